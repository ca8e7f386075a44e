//! A node that changes its word, an operator that is killed: the change is known afterwards too, and what stands in
//! the log already is not written again.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use beffroi_log::open_store;
use beffroi_tests::{
    Operator, Scene, eventually, nodes,
    operator::{entries, evidence},
    scene::until,
};
use k8s_openapi::api::core::v1::Node;
use kube::{
    Api,
    api::{Patch, PatchParams},
};
use serde_json::{Value, json};

const RACK: &str = "topology.beffroi.example/baie";

pub(crate) async fn an_operator_that_starts_anew_knows_what_was_seen_and_writes_nothing(
    scene: &mut Scene,
    namespace: &str,
) -> Result<()> {
    let site = scene.fleet.site("rbx1")?.admin();
    let node = nodes::carrier(&site, namespace).await?;
    let api: Api<Node> = Api::all(site.clone());
    let label = async |value: Value| -> Result<()> {
        let patch = Patch::Merge(json!({"metadata": {"labels": {RACK: value}}}));
        api.patch(&node, &PatchParams::default(), &patch).await?;
        Ok(())
    };
    let store = open_store(&evidence(&scene.fleet).display().to_string())?;
    label(json!("a12")).await?;
    eventually("a note of what the node says", async || {
        let kept = store.read("register/nodes/rbx1.json").await?.context("nothing is kept")?;
        ensure!(String::from_utf8_lossy(&kept).contains("a12"), "not yet");
        Ok(())
    })
    .await?;
    until(&scene.workspaces(), "mairie", "Located", "True").await?;

    // What is said for the first time is no change; what is said otherwise is.
    label(json!("b07")).await?;
    let told = async || {
        eventually("the change of the node", async || {
            let status = scene.workspaces().get("mairie").await?.status.context("no status")?;
            let told = |text: &str| text.contains(RACK) && text.contains("changed since it was first seen");
            ensure!(status.findings.iter().any(|f| told(&f.observed)), "{:?}", status.findings);
            Ok(status)
        })
        .await
    };
    let before = told().await?;

    let size = settled(scene).await?;
    scene.operator.take().context("no operator")?.kill();
    scene.operator = Some(Operator::start(&scene.fleet).await?);
    tokio::time::sleep(Duration::from_secs(12)).await;
    let told = scene.workspaces().get("mairie").await?.status.context("no status")?;
    ensure!(told.findings == before.findings, "{:?}, before: {:?}", told.findings, before.findings);
    ensure!(settled(scene).await? == size, "an operator that starts anew wrote what stood there already");

    label(json!("a12")).await?;
    until(&scene.workspaces(), "mairie", "Located", "True").await.map(|_| ())
}

/// Entries of the log, once it has not grown for longer than what it rests on is given to settle.
async fn settled(scene: &Scene) -> Result<u64> {
    eventually("a log that rests", async || {
        let before = entries(&scene.fleet).await?;
        tokio::time::sleep(Duration::from_secs(8)).await;
        let after = entries(&scene.fleet).await?;
        ensure!(before == after, "it grew from {before} to {after}");
        Ok(after)
    })
    .await
}
