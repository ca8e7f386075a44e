//! One object, read as often as possible: through the API and from the API server, by the same client over the same
//! number of kept-alive HTTP/1.1 connections, both with TLS.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use beffroi_crds::tenant::Role;
use beffroi_tests::{api::API, eventually, fleet::NAMESPACE, oidc::person};
use bytes::Bytes;
use futures::future::try_join_all;
use http::Request;
use http_body_util::{BodyExt, Empty};

use crate::{
    client::{Sender, Server},
    goals::Goal,
    scene::{Scene, TENANT, WORKSPACE},
};

/// Who is asked for what.
struct Target {
    server: Server,
    request: Request<Empty<Bytes>>,
}

/// What was measured.
struct Rate {
    per_second: f64,
    median: Duration,
    high: Duration,
    bytes: usize,
}

/// Measures both in turns, so that what else the machine does falls on both, and takes the best of each.
pub async fn measure(scene: &Scene, connections: usize, seconds: u64) -> Result<Goal> {
    let api = scene.api(true).await?;
    let token = scene.provider.token(TENANT, person(Role::Lecteur).0).await?;
    let address = api.url().trim_start_matches("http://").parse()?;
    let server = Server::new(address, Some(&scene.certificate))?;
    let path = format!("/v1/workspaces/{TENANT}.{WORKSPACE}");
    let through = Target { request: server.get(&path, &token)?, server };

    let cluster = &scene.fleet.management;
    let address = SocketAddr::from(([127, 0, 0, 1], cluster.port()));
    let server = Server::new(address, Some(cluster.certificate()))?;
    let path = format!("/apis/beffroi.fr/v1alpha1/namespaces/tenant-{TENANT}/workspaces/{WORKSPACE}");
    let token = cluster.token(NAMESPACE, API).await?;
    let from = Target { request: server.get(&path, &token)?, server };

    eventually("the API to know the workspace", async || through.run(1, Duration::from_millis(10)).await)
        .await?;
    println!(
        "one workspace, {connections} HTTP/1.1 connections kept alive, TLS for both, all on the same two cores"
    );
    let task = api.task()?;
    let time = Duration::from_secs(seconds);
    let (mut bare, mut own, mut used) = (Rate::NONE, Rate::NONE, 0.0);
    for _ in 0..2 {
        bare = bare.best(from.run(connections, time).await?);
        let before = task.processor()?;
        let now = through.run(connections, time).await?;
        used = (task.processor()? - before) / (now.per_second * time.as_secs_f64());
        own = own.best(now);
    }
    bare.tell("kube-apiserver");
    own.tell("API");
    let ratio = own.per_second / bare.per_second;
    println!("ratio          {ratio:>8.1}; the API's own processor time: {:.0} µs a request", used * 1e6);
    api.stop();
    Ok(Goal::at_least("times as many reads as kube-apiserver's", 10.0, ratio))
}

impl Target {
    /// As many requests as go, one after the other on each connection.
    #[allow(clippy::cast_precision_loss)]
    async fn run(&self, connections: usize, time: Duration) -> Result<Rate> {
        let senders = try_join_all((0..connections).map(|_| self.server.connect(false))).await?;
        let begun = Instant::now();
        let tasks =
            senders.into_iter().map(|sender| tokio::spawn(ask(sender, self.request.clone(), begun, time)));
        let (mut times, mut bytes) = (Vec::new(), 0);
        for done in try_join_all(tasks).await? {
            let (own, length) = done?;
            times.extend(own);
            bytes = length;
        }
        let took = begun.elapsed().as_secs_f64();
        times.sort_unstable();
        let at = |part: usize| times.get(times.len() * part / 100).copied().unwrap_or_default();
        Ok(Rate { per_second: times.len() as f64 / took, median: at(50), high: at(99), bytes })
    }
}

impl Rate {
    const NONE: Self = Self { per_second: 0.0, median: Duration::ZERO, high: Duration::ZERO, bytes: 0 };

    fn best(self, other: Self) -> Self {
        if other.per_second > self.per_second { other } else { self }
    }

    fn tell(&self, name: &str) {
        let millis = |time: Duration| time.as_secs_f64() * 1e3;
        println!(
            "{name:<15}{:>8.0} requests/s, p50 {:.2} ms, p99 {:.2} ms, {} bytes",
            self.per_second,
            millis(self.median),
            millis(self.high),
            self.bytes
        );
    }
}

async fn ask(
    mut sender: Sender,
    request: Request<Empty<Bytes>>,
    begun: Instant,
    time: Duration,
) -> Result<(Vec<Duration>, usize)> {
    let (mut times, mut bytes) = (Vec::new(), 0);
    while begun.elapsed() < time {
        let asked = Instant::now();
        let answer = sender.ask(request.clone()).await?;
        let status = answer.status();
        let body = answer.into_body().collect().await?.to_bytes();
        ensure!(status.is_success(), "{status}: {}", String::from_utf8_lossy(&body));
        bytes = body.len();
        times.push(asked.elapsed());
    }
    Ok((times, bytes))
}
