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
use beffroi_cluster::access::client;
use beffroi_tests::{
    Scene, eventually,
    multitude::{self, Member, SITE},
    task::Task,
};
use clap::Parser;
use futures::{StreamExt, TryStreamExt, stream};
use k8s_openapi::api::core::v1::Pod;
use kube::{
    Api,
    api::{Patch, PatchParams},
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
    let before = scene.operator()?.task()?.memory()?;
    multitude::run_pods(&scene, &members).await?;
    multitude::until_located(&scene).await?;
    let after = scene.operator()?.task()?.memory()?;
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
    let own = scene.operator()?.task()?;
    let (operator, watched) = (own.processor()?, bare.task.processor()?);
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
    let thousand = |seconds: f64| seconds * 1000.0 / f64::from(u32::try_from(members.len()).unwrap_or(1));
    let (operator, watched) =
        (thousand(own.processor()? - operator), thousand(bare.task.processor()? - watched));
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
    let task = scene.operator()?.task()?;
    eventually("a quiet operator", async || {
        let before = task.processor()?;
        tokio::time::sleep(Duration::from_secs(2)).await;
        let used = task.processor()? - before;
        ensure!(used < 0.045, "{used:.2} s of 2 s");
        Ok(())
    })
    .await
}

/// A client that watches pods, on a thread of its own so that its time can be told.
struct Bare {
    task: Task,
    seen: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
}

impl Bare {
    async fn start(kubeconfig: std::path::PathBuf) -> Result<Self> {
        let (tell, told) = tokio::sync::oneshot::channel();
        let (seen, stop) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let (count, ended) = (seen.clone(), stop.clone());
        std::thread::spawn(move || -> Result<()> {
            let _ = tell.send(Task::this_thread()?);
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let pods: Api<Pod> = Api::all(client(&fs::read_to_string(kubeconfig)?).await?);
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
}

impl Drop for Bare {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

#[allow(clippy::cast_precision_loss)]
fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
