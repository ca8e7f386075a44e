//! Streams by the thousand: what each costs the API in memory, and how soon the last one has a change that all of
//! them are told.

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use anyhow::{Result, bail, ensure};
use beffroi_crds::{Tenant, tenant::Role};
use beffroi_tests::{Api, eventually, oidc::person, samples};
use futures::{StreamExt, TryStreamExt, stream};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use kube::{
    ResourceExt,
    api::{Patch, PatchParams},
};
use serde_json::json;

use crate::{
    client::{Sender, Server},
    goals::Goal,
    scene::{Scene, TENANT, WORKSPACE},
};

/// Distinct tokens: each is shown by several streams.
const TOKENS: usize = 2000;
/// Streams on one connection of HTTP/2.
const SHARED: usize = 200;
/// Between two changes.
const PAUSE: Duration = Duration::from_millis(100);

/// How streams reach the API.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Way {
    /// A connection each.
    Http1,
    /// Many on a connection.
    Http2,
    /// A connection each, with TLS.
    Tls,
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http1 => "HTTP/1.1, a connection each, as behind an ingress",
            Self::Http2 => "HTTP/2, 200 on a connection",
            Self::Tls => "HTTP/1.1 with TLS, a connection each",
        })
    }
}

/// What readers have heard.
#[derive(Default)]
struct Heard {
    ready: AtomicUsize,
    /// By version of the workspace: how many have it, since when the last one.
    changes: Mutex<HashMap<u64, (usize, Instant)>>,
}

/// Opens them, tells them changes.
pub async fn measure(scene: &Scene, way: Way, streams: usize, changes: usize) -> Result<[Goal; 2]> {
    let api = scene.api(way == Way::Tls).await?;
    let task = api.task()?;
    let tokens = tokens(scene, streams).await?;
    let heard = Arc::new(Heard::default());
    let begun = Instant::now();
    let empty = task.memory()?;
    open(scene, &api, way, streams, &tokens, &heard).await?;
    let opened = begun.elapsed();
    let full = task.memory()?;
    let told = told(scene, &heard, streams, changes).await?;
    let used = task.memory()?;
    #[allow(clippy::cast_precision_loss)]
    let each = |memory: u64| memory.saturating_sub(empty) as f64 / 1024.0 / streams as f64;
    println!("{streams} streams: {way}; opened in {:.1} s", opened.as_secs_f64());
    println!(
        "memory of each {:>8.1} KiB once open, {:.1} KiB after {changes} changes ({:.0} MiB in all)",
        each(full),
        each(used),
        f64::from(u32::try_from(used / 1024)?) / 1024.0
    );
    for (from, times) in [("the change was sent", &told.sent), ("the write returned", &told.returned)] {
        let (half, most) = (percentile(times, 50), percentile(times, 99));
        println!("the last has it, p50 {half:>5.0} ms, p99 {most:>5.0} ms, counted from when {from}");
    }
    api.stop();
    let whole = percentile(&told.sent, 99);
    Ok([
        Goal::at_most(format!("KiB for each of {streams} streams ({way})"), 20.0, each(full).max(each(used))),
        Goal::at_most(
            format!("ms until the last of them has a change that is sent, p99 ({way})"),
            250.0,
            whole,
        ),
    ])
}

/// In milliseconds.
fn percentile(times: &[Duration], part: usize) -> f64 {
    let mut times = times.to_vec();
    times.sort_unstable();
    times.get(times.len() * part / 100).copied().unwrap_or_default().as_secs_f64() * 1e3
}

/// How long it took until the last reader had each change.
#[derive(Default)]
struct Times {
    sent: Vec<Duration>,
    returned: Vec<Duration>,
}

async fn told(scene: &Scene, heard: &Heard, streams: usize, changes: usize) -> Result<Times> {
    let workspaces = scene.workspaces();
    let mut times = Times::default();
    for index in 0..changes {
        tokio::time::sleep(PAUSE).await;
        let days = index % 365 + 1;
        let change = Patch::Merge(json!({"spec": {"backup": {"everyHours": 24, "keepDays": days}}}));
        let sent = Instant::now();
        let written = workspaces.patch(WORKSPACE, &PatchParams::default(), &change).await?;
        let returned = Instant::now();
        let version: u64 = written.resource_version().unwrap_or_default().parse()?;
        let last = eventually("every stream", async || {
            let (count, last) = heard.of(version).unwrap_or((0, sent));
            ensure!(count == streams, "{count} of {streams}");
            Ok(last)
        })
        .await?;
        times.sent.push(last - sent);
        times.returned.push(last.saturating_duration_since(returned));
    }
    Ok(times)
}

async fn open(
    scene: &Scene,
    api: &Api,
    way: Way,
    streams: usize,
    tokens: &[String],
    heard: &Arc<Heard>,
) -> Result<()> {
    let address = api.url().trim_start_matches("http://").parse()?;
    let server = &Server::new(address, (way == Way::Tls).then_some(&scene.certificate))?;
    let shared = if way == Way::Http2 { SHARED } else { 1 };
    let connections =
        (0..streams.div_ceil(shared)).map(|index| (index * shared)..streams.min((index + 1) * shared));
    let opening = stream::iter(connections).map(async |numbers| {
        let mut sender = server.connect(way == Way::Http2).await?;
        for number in numbers {
            let answer = sender.ask(server.get("/v1/events", &tokens[number % tokens.len()])?).await?;
            if !answer.status().is_success() {
                let (status, body) = (answer.status(), answer.into_body().collect().await?.to_bytes());
                bail!("{status}: {}", String::from_utf8_lossy(&body));
            }
            tokio::spawn(read(answer.into_body(), heard.clone()));
        }
        // Whoever drops it would close the connection.
        Ok::<Sender, anyhow::Error>(sender)
    });
    let kept: Vec<Sender> = opening.buffer_unordered(64).try_collect().await?;
    eventually("every stream to be ready", async || {
        let ready = heard.ready.load(Relaxed);
        ensure!(ready == streams, "{ready} of {streams}");
        Ok(())
    })
    .await?;
    drop(kept);
    Ok(())
}

async fn read(mut body: Incoming, heard: Arc<Heard>) {
    let mut rest = Vec::new();
    while let Some(Ok(frame)) = body.frame().await {
        let Ok(bytes) = frame.into_data() else { continue };
        if rest.is_empty() && bytes.ends_with(b"\n\n") {
            heard.blocks(&bytes);
            continue;
        }
        rest.extend_from_slice(&bytes);
        if rest.ends_with(b"\n\n") {
            heard.blocks(&rest);
            rest.clear();
        }
    }
}

impl Heard {
    fn blocks(&self, blocks: &[u8]) {
        let blocks = std::str::from_utf8(blocks).unwrap_or_default();
        blocks.split_terminator("\n\n").for_each(|block| self.block(block));
    }

    fn block(&self, block: &str) {
        if block.contains("event: ready") {
            self.ready.fetch_add(1, Relaxed);
        }
        let version = block.split_once("\"version\":\"").and_then(|(_, rest)| rest.split('"').next());
        if let Some(version) = version.and_then(|version| version.parse().ok()) {
            let now = Instant::now();
            let mut changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
            let (count, last) = changes.entry(version).or_insert((0, now));
            *count += 1;
            *last = now.max(*last);
        }
    }

    fn of(&self, version: u64) -> Option<(usize, Instant)> {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner).get(&version).copied()
    }
}

/// Tokens of people of the grouping and of its members: all of them see its workspaces.
async fn tokens(scene: &Scene, streams: usize) -> Result<Vec<String>> {
    let tenants: Vec<Tenant> = samples::read("tenants")?;
    let members =
        tenants.iter().find(|tenant| tenant.name_any() == TENANT).map(|tenant| &tenant.spec.members);
    let mut names: Vec<String> = members.into_iter().flatten().map(ToString::to_string).collect();
    names.push(TENANT.to_owned());
    let wanted = (0..TOKENS.min(streams)).map(|index| &names[index % names.len()]);
    let asking =
        stream::iter(wanted).map(async |tenant| scene.provider.token(tenant, person(Role::Lecteur).0).await);
    asking.buffer_unordered(8).try_collect().await
}
