//! `make bench`: what it costs to observe a thousand pods, against a bare client that watches the same pods in the
//! same run; and how soon a breach is told among a thousand workspaces.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use beffroi_tests::{
    Operator, Scene, eventually,
    multitude::{self, Member, SITE},
};
use clap::Parser;
use futures::{StreamExt, TryStreamExt, stream};
use k8s_openapi::api::core::v1::Pod;
use kube::{
    Api, Client,
    api::{Patch, PatchParams},
    config::{KubeConfigOptions, Kubeconfig},
    runtime::watcher::{self, watcher},
};
use serde_json::json;

/// Measures observation.
#[derive(Parser)]
struct Options {
    /// Workspaces, each with a pod.
    #[arg(long, default_value_t = 1000)]
    workspaces: usize,
}

#[tokio::main]
async fn main() -> Result<()> {
    let count = Options::parse().workspaces;
    let mut scene = Scene::start(&[SITE]).await?;
    let started = Instant::now();
    let members = multitude::gather(&mut scene, count).await?;
    println!(
        "{count} workspaces written in {:.1} s, one site, two cores shared by all",
        started.elapsed().as_secs_f64()
    );
    let before = rss(&scene)?;
    multitude::run_pods(&scene, &members).await?;
    multitude::until_located(&scene).await?;
    let after = rss(&scene)?;
    println!(
        "operator memory     {:>8.1} MiB with {count} workspaces, {:.1} MiB more with a pod in each",
        mib(before),
        mib(after) - mib(before)
    );
    settle(&scene).await?;
    changes(&scene, &members).await?;
    breach(&scene, &members).await?;
    scene.operator.take().context("no operator")?.stop();
    scene.fleet.stop();
    Ok(())
}

/// One change in each pod: processor time of the operator, and of a client that does nothing but watch.
async fn changes(scene: &Scene, members: &[Member]) -> Result<()> {
    let site = scene.fleet.site(SITE)?.admin();
    let bare = Bare::start(scene.fleet.site(SITE)?.kubeconfig()).await?;
    let (operator, watched) = (cpu(&process(scene)?)?, bare.cpu()?);
    let seen = bare.seen();
    let change = json!({"metadata": {"annotations": {"beffroi.example/mark": "1"}}});
    let change = &change;
    let changing = stream::iter(members).map(async |member| {
        let pods: Api<Pod> = Api::namespaced(site.clone(), &member.namespace);
        pods.patch("app", &PatchParams::default(), &Patch::Merge(change)).await
    });
    changing.buffer_unordered(16).try_collect::<Vec<_>>().await?;
    eventually("the bare client", async || {
        ensure!(bare.seen() - seen >= members.len(), "{} of {}", bare.seen() - seen, members.len());
        Ok(())
    })
    .await?;
    settle(scene).await?;
    let thousand =
        |ticks: u64| ticks_to_seconds(ticks) * 1000.0 / f64::from(u32::try_from(members.len()).unwrap_or(1));
    let (operator, watched) = (thousand(cpu(&process(scene)?)? - operator), thousand(bare.cpu()? - watched));
    println!("a change in each of 1,000 pods, processor seconds:");
    println!("operator            {operator:>8.2} (watched, joined, planned, judged again; nothing written)");
    println!("bare client         {watched:>8.2} (watched and decoded)");
    println!("ratio               {:>8.2}", operator / watched.max(0.01));
    Ok(())
}

/// How soon the verdicts of all workspaces on a node fall.
async fn breach(scene: &Scene, members: &[Member]) -> Result<()> {
    let node = format!("{SITE}-2");
    let carried = multitude::carried_by(scene, members, &node).await?;
    let verdicts = multitude::Verdicts::follow(scene).await?;
    multitude::move_node(scene, &node, "de-fra").await?;
    let (first, last) = verdicts.until_told(&carried, Instant::now()).await?;
    println!(
        "a node that carries {} of {} workspaces lies elsewhere: the first told after {:.2} s, the last after {:.2} s",
        carried.len(),
        members.len(),
        first.as_secs_f64(),
        last.as_secs_f64()
    );
    Ok(())
}

/// Waits until the operator uses no processor time to speak of.
async fn settle(scene: &Scene) -> Result<()> {
    let process = process(scene)?;
    eventually("a quiet operator", async || {
        let before = cpu(&process)?;
        tokio::time::sleep(Duration::from_secs(2)).await;
        let used = cpu(&process)? - before;
        ensure!(used <= 4, "{used} ticks in 2 s");
        Ok(())
    })
    .await
}

/// A client that watches pods, on a thread of its own so that its time can be told.
struct Bare {
    task: std::path::PathBuf,
    seen: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
}

impl Bare {
    async fn start(kubeconfig: std::path::PathBuf) -> Result<Self> {
        let (tell, told) = tokio::sync::oneshot::channel();
        let (seen, stop) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let (count, ended) = (seen.clone(), stop.clone());
        std::thread::spawn(move || -> Result<()> {
            let task = fs::read_link("/proc/thread-self")?;
            let _ = tell.send(std::path::Path::new("/proc").join(task));
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let text = fs::read_to_string(kubeconfig)?;
                let config = Kubeconfig::from_yaml(&text)?;
                let config =
                    kube::Config::from_custom_kubeconfig(config, &KubeConfigOptions::default()).await?;
                let pods: Api<Pod> = Api::all(Client::try_from(config)?);
                let mut events = std::pin::pin!(watcher(pods, watcher::Config::default().streaming_lists()));
                while !ended.load(Ordering::Relaxed) {
                    let next = tokio::time::timeout(Duration::from_millis(500), events.next()).await;
                    if let Ok(Some(Ok(watcher::Event::Apply(_) | watcher::Event::InitApply(_)))) = next {
                        count.fetch_add(1, Ordering::Relaxed);
                    }
                }
                Ok(())
            })
        });
        let bare = Self { task: told.await?, seen, stop };
        eventually("the bare client's list", async || {
            let before = bare.seen();
            tokio::time::sleep(Duration::from_secs(1)).await;
            ensure!(before > 0 && before == bare.seen(), "still listing");
            Ok(())
        })
        .await?;
        Ok(bare)
    }

    fn seen(&self) -> usize {
        self.seen.load(Ordering::Relaxed)
    }

    fn cpu(&self) -> Result<u64> {
        cpu(&self.task)
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// The operator's folder below /proc.
fn process(scene: &Scene) -> Result<std::path::PathBuf> {
    let address = scene.operator.as_ref().map(Operator::address).context("no operator")?;
    let ours = |path: &std::path::PathBuf| {
        let line = fs::read(path.join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).into_owned();
        line.split('\0').next().is_some_and(|program| program.ends_with("beffroi-operator"))
            && line.contains(address)
    };
    let all = fs::read_dir("/proc")?.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    all.into_iter().find(ours).context("the operator's process is not found")
}

/// Ticks of processor time of a process or a thread (proc(5): fields 14 and 15 of stat).
fn cpu(task: &std::path::Path) -> Result<u64> {
    let stat = fs::read_to_string(task.join("stat"))?;
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect::<Vec<_>>();
    let field = |place: usize| fields.get(place).and_then(|text| text.parse::<u64>().ok());
    field(11).zip(field(12)).map(|(user, system)| user + system).context("no times in stat")
}

/// Resident memory in bytes.
fn rss(scene: &Scene) -> Result<u64> {
    let status = fs::read_to_string(process(scene)?.join("status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    let kib: u64 = line.trim().trim_end_matches(" kB").trim().parse()?;
    Ok(kib * 1024)
}

#[allow(clippy::cast_precision_loss)]
fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// Linux counts 100 ticks a second on every machine that this runs on (`getconf CLK_TCK`).
#[allow(clippy::cast_precision_loss)]
fn ticks_to_seconds(ticks: u64) -> f64 {
    ticks as f64 / 100.0
}
