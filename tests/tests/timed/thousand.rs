//! A thousand workspaces on one site: a breach is told within five seconds all the same, and what is settled stays
//! silent.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use beffroi_tests::{
    Scene, eventually,
    multitude::{self, SITE, Verdicts},
};
use k8s_openapi::api::core::v1::Service;
use kube::{Api, api::PostParams};
use serde_json::json;

use crate::ALONE;

const COUNT: usize = 1000;
const PROMISE: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread")]
async fn a_breach_among_a_thousand_workspaces_is_told_within_five_seconds() -> Result<()> {
    let _alone = ALONE.lock().await;
    let mut scene = Scene::start(&[SITE]).await?;
    let started = Instant::now();
    let members = multitude::gather(&mut scene, COUNT).await?;
    println!("{COUNT} workspaces after {:.0} s", started.elapsed().as_secs_f64());
    multitude::run_pods(&scene, &members).await?;
    println!("with pods after {:.0} s", started.elapsed().as_secs_f64());
    multitude::until_located(&scene).await?;
    println!("located after {:.0} s", started.elapsed().as_secs_f64());

    let one = &members[COUNT / 2];
    let lifted = beffroi_tests::guards::lift(scene.fleet.site(SITE)?).await?;
    let services: Api<Service> = Api::namespaced(scene.fleet.site(SITE)?.admin(), &one.namespace);
    let away = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "ailleurs"},
        "spec": {"type": "ExternalName", "externalName": "collecte.example.com"}});
    let verdicts = Verdicts::follow(&scene).await?;
    services.create(&PostParams::default(), &serde_json::from_value(away)?).await?;
    let (_, took) = verdicts.until_told(std::slice::from_ref(&one.name), Instant::now()).await?;
    println!("a way out of one workspace: told after {:.2} s", took.as_secs_f64());
    ensure!(took < PROMISE, "told after {took:?}");
    services.delete("ailleurs", &kube::api::DeleteParams::default()).await?;
    beffroi_tests::guards::restore(scene.fleet.site(SITE)?, lifted).await?;
    multitude::until_located(&scene).await?;

    let node = format!("{SITE}-2");
    let carried = multitude::carried_by(&scene, &members, &node).await?;
    ensure!(carried.len() > COUNT / 10, "{} on {node}", carried.len());
    let verdicts = Verdicts::follow(&scene).await?;
    multitude::move_node(&scene, &node, "de-fra").await?;
    let (first, last) = verdicts.until_told(&carried, Instant::now()).await?;
    let (first, last) = (first.as_secs_f64(), last.as_secs_f64());
    println!(
        "a node that carries {}: the first told after {first:.2} s, the last after {last:.2} s",
        carried.len()
    );
    ensure!(first < PROMISE.as_secs_f64(), "the first was told after {first} s");
    eventually("events", async || {
        let verdicts = scene.operator()?.metric("beffroi_workspaces_located", "NotLocated").await?;
        let wanted = u32::try_from(carried.len()).context("too many")?;
        ensure!((verdicts - f64::from(wanted)).abs() < 0.5, "the gauge says {verdicts}");
        Ok(())
    })
    .await
}
