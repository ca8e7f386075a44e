//! What befalls an installation: a machine lost, an upgrade and its way back while people ask.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use beffroi_tests::eventually;

use crate::{hoster::DOOR, opening::Opened, visitor::Visitor};

/// The next archive's images: those of this one with another label, so that their digests differ.
const NEXT: &str = r#"
cd beffroi-0.1.0
for digest in $(grep -o 'sha256:[0-9a-f]*' values-digests.yaml | sort -u); do
    crane mutate "$REGISTRY/beffroi@$digest" --label next=yes --tag "$REGISTRY/beffroi:next"
    sed -i "s/$digest/$(crane digest "$REGISTRY/beffroi:next")/" values-digests.yaml
done
"#;
/// And back to what was there before.
const BACK: &str = "helm --kube-context management rollback beffroi 1 --namespace beffroi-system --wait";
const IMAGES: &str = "kubectl --context management -n beffroi-system get deployments -o jsonpath='{.items[*].spec.template.spec.containers[*].image}'";

/// An app's pods, and no probe's.
const APPS: &str = "!beffroi.fr/probe";

/// Cuts the power of the machine that the app runs on, and waits until it is back; which one it was.
pub(crate) async fn lose_a_machine(opened: &mut Opened) -> Result<String> {
    let namespace = opened.namespace.clone();
    let cluster = opened.cluster()?;
    let place = ["get", "pods", "-n", &namespace, "-l", APPS, "-o", "jsonpath={.items[0].spec.nodeName}"];
    let node = cluster.kubectl(&place).await?.trim().to_owned();
    let machine = cluster.machines_mut().iter_mut().find(|machine| machine.name() == node);
    machine.context("a machine")?.cut_power();
    let moved = "jsonpath={range .items[*]}{.spec.nodeName} {.status.containerStatuses[0].ready}\n{end}";
    eventually("another pod", async || {
        let pods = cluster.kubectl(&["get", "pods", "-n", &namespace, "-l", APPS, "-o", moved]).await?;
        ensure!(pods.lines().any(|pod| pod.ends_with("true") && !pod.starts_with(&node)), "{pods}");
        Ok(())
    })
    .await?;
    opened.answers().await?;
    Ok(node)
}

/// Upgrades to images of another digest and rolls back, while somebody asks; how many asked.
pub(crate) async fn upgrade_and_roll_back(opened: &Opened) -> Result<u64> {
    let terminal = &opened.hoster.terminal;
    let before = terminal.run(IMAGES).await?;
    let asking = Asking::start(&opened.door);
    terminal.run(NEXT).await?;
    terminal.run_readme("upgrade").await?;
    ensure!(terminal.run(IMAGES).await? != before, "nothing was upgraded");
    terminal.run(BACK).await?;
    ensure!(terminal.run(IMAGES).await? == before, "nothing was rolled back");
    tokio::time::sleep(Duration::from_secs(5)).await;
    let (asked, failed) = asking.end().await?;
    ensure!(failed == 0, "{failed} of {asked} requests failed while Beffroi was upgraded and rolled back");
    Ok(asked)
}

/// Somebody who asks the API twenty times a second.
struct Asking {
    counts: Arc<(AtomicU64, AtomicU64, AtomicBool)>,
    task: tokio::task::JoinHandle<()>,
}

impl Asking {
    fn start(door: &Visitor) -> Self {
        let counts = Arc::new((AtomicU64::new(0), AtomicU64::new(0), AtomicBool::new(false)));
        let (door, shared) = (door.clone(), Arc::clone(&counts));
        let task = tokio::spawn(async move {
            let (asked, failed, over) = &*shared;
            while !over.load(Ordering::Relaxed) {
                if let Err(error) = door.page(&format!("https://{DOOR}/v1/sites")).await {
                    println!("          a request failed: {error:#}");
                    failed.fetch_add(1, Ordering::Relaxed);
                }
                asked.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        });
        Self { counts, task }
    }

    /// How many requests there were, and how many of them failed.
    async fn end(self) -> Result<(u64, u64)> {
        self.counts.2.store(true, Ordering::Relaxed);
        self.task.await?;
        Ok((self.counts.0.load(Ordering::Relaxed), self.counts.1.load(Ordering::Relaxed)))
    }
}
