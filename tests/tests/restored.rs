//! Backups of the control plane put back, as docs/operations says and as it happens: etcd older than the log, with the
//! operator stopped and with the operator running; the log older than what the cluster knows of it. What both know stays as it is, what
//! etcd forgot is told and not removed, and the log never forks.

use std::{fs, path::Path, process::Command};

use anyhow::{Context, Result, ensure};
use beffroi_crds::{Site, Workspace};
use beffroi_tests::{
    Operator, Scene, cli, eventually,
    fleet::NAMESPACE,
    guards,
    operator::{entries, evidence},
    scene::{until, until_reason, workspace},
};
use k8s_openapi::api::{coordination::v1::Lease, core::v1::ConfigMap};
use kube::{Api, ResourceExt, api::DeleteParams};

const SITE: &str = "rbx1";

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_put_back_loses_nothing_that_both_know_and_forks_no_log() -> Result<()> {
    let mut scene = Scene::start(&[SITE]).await?;
    scene.order(&order("avant")).await?;
    let before = ready(&scene, "avant").await?;
    let state = scene.fleet.management.folder().join("restored.state");

    etcd_is_older(&mut scene, &before, &state).await.context("etcd is older")?;
    etcd_is_older_and_nobody_stopped_the_operator(&mut scene, &before, &state)
        .await
        .context("etcd is older, and the operator ran")?;
    the_log_is_older(&mut scene, &before, &state).await.context("the log is older")
}

fn order(name: &str) -> Workspace {
    workspace(name, "nextcloud", &[SITE])
}

async fn ready(scene: &Scene, name: &str) -> Result<Workspace> {
    until(&scene.workspaces(), name, "Ready", "True").await
}

fn namespace(workspace: &Workspace) -> Result<String> {
    workspace.status.as_ref().and_then(|status| status.namespace.clone()).context("no namespace")
}

/// The whole log is that of whoever keeps `state` of it, grown or not; how many entries it has.
async fn verified(scene: &Scene, state: &Path) -> Result<u64> {
    let file = state.display().to_string();
    let key = key(scene).await?;
    let verify = ["log", "--verify", "--key", &key, "--state", &file, "--limit", "1"];
    let ran = cli::run(&scene.fleet, scene.operator()?, &verify).await?;
    ensure!(ran.code == 0, "{ran:?}");
    entries(&scene.fleet).await
}

/// The file of the public keys, as the operator publishes them.
async fn key(scene: &Scene) -> Result<String> {
    let maps: Api<ConfigMap> = Api::namespaced(scene.client(), NAMESPACE);
    let data = maps.get("beffroi-evidence").await?.data.context("no data")?;
    let file = scene.fleet.management.folder().join("restored.pub");
    fs::write(&file, data.get("beffroi.pub").context("no keys")?)?;
    Ok(file.display().to_string())
}

/// What both know is the order that it was, in its namespace; what etcd forgot is told as an orphan, and stays.
async fn is_as_before(scene: &Scene, before: &Workspace, forgotten: &str) -> Result<()> {
    let sites: Api<Site> = Api::all(scene.client());
    eventually("the orphan", async || {
        let told = until_reason(&sites, SITE, "NoOrphans", "OrphansFound").await?;
        ensure!(told.contains(forgotten), "{told}");
        Ok(())
    })
    .await?;
    let now = ready(scene, &before.name_any()).await?;
    ensure!(now.uid() == before.uid() && namespace(&now)? == namespace(before)?, "{now:?}");
    Ok(())
}

/// Takes an orphan away by hand, as its condition says.
async fn clear(scene: &Scene, namespace: &str) -> Result<()> {
    let site = scene.fleet.site(SITE)?;
    let lifted = guards::lift(site).await?;
    site.kubectl(&["delete", "namespace", namespace, "--wait=false"]).await?;
    let sites: Api<Site> = Api::all(scene.client());
    until(&sites, SITE, "NoOrphans", "True").await?;
    guards::restore(site, lifted).await
}

async fn etcd_is_older(scene: &mut Scene, before: &Workspace, state: &Path) -> Result<()> {
    let backup = scene.fleet.management.keep_etcd().await?;
    scene.order(&order("apres")).await?;
    let forgotten = namespace(&ready(scene, "apres").await?)?;
    let written = verified(scene, state).await?;

    scene.operator.take().context("no operator")?.stop();
    scene.fleet.management.restore_etcd(&backup).await?;
    let leases: Api<Lease> = Api::namespaced(scene.client(), NAMESPACE);
    leases.delete("beffroi-operator", &DeleteParams::default()).await?;
    scene.operator = Some(Operator::start(&scene.fleet).await?);

    ensure!(scene.workspaces().get_opt("apres").await?.is_none(), "etcd is not older");
    is_as_before(scene, before, &forgotten).await?;
    ensure!(verified(scene, state).await? >= written, "the log shrank");
    let told = ["log", "--limit", "100"];
    let told = cli::run(&scene.fleet, scene.operator()?, &told).await?.ok()?;
    ensure!(told.contains("apres"), "the log does not tell what to order again: {told}");
    // Ordered again, it is another workspace beside what is left of the first.
    scene.order(&order("apres")).await?;
    let again = ready(scene, "apres").await?;
    ensure!(namespace(&again)? != forgotten, "the orphan was taken for the new one's");
    clear(scene, &forgotten).await
}

async fn etcd_is_older_and_nobody_stopped_the_operator(
    scene: &mut Scene,
    before: &Workspace,
    state: &Path,
) -> Result<()> {
    let backup = scene.fleet.management.keep_etcd().await?;
    scene.order(&order("encore")).await?;
    let forgotten = namespace(&ready(scene, "encore").await?)?;
    let written = verified(scene, state).await?;
    scene.fleet.management.restore_etcd(&backup).await?;
    is_as_before(scene, before, &forgotten).await?;
    ensure!(verified(scene, state).await? >= written, "the log shrank");
    clear(scene, &forgotten).await
}

async fn the_log_is_older(scene: &mut Scene, before: &Workspace, state: &Path) -> Result<()> {
    scene.operator.take().context("no operator")?.stop();
    let (log, backup) = (evidence(&scene.fleet), scene.fleet.management.folder().join("log.backup"));
    copy(&log, &backup)?;
    scene.operator = Some(Operator::start(&scene.fleet).await?);
    scene.order(&order("tard")).await?;
    ready(scene, "tard").await?;
    verified(scene, state).await?;
    scene.operator.take().context("no operator")?.stop();
    let newer = log.with_extension("newer");
    fs::rename(&log, &newer)?;
    copy(&backup, &log)?;
    // Whoever knows the newer one is right to refuse: so does the operator, and signs nothing.
    refuses(scene).await?;
    fs::remove_dir_all(&log)?;
    refuses(scene).await?;
    let _ = fs::remove_dir_all(&log);
    fs::rename(&newer, &log)?;
    scene.operator = Some(Operator::start(&scene.fleet).await?);
    verified(scene, state).await?;
    ready(scene, &before.name_any()).await.map(drop)
}

/// The operator ends, and says what is to be done.
async fn refuses(scene: &Scene) -> Result<()> {
    let mut operator = Operator::begin(&scene.fleet, &[]).await?;
    eventually("its end", async || {
        ensure!(!operator.alive(), "it goes on with an older log");
        Ok(())
    })
    .await?;
    let told = operator.last_words();
    ensure!(told.contains("this cluster knows of") && told.contains("Put the newer log back"), "{told}");
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let done = Command::new("cp").arg("-a").arg(from).arg(to).status()?;
    ensure!(done.success(), "{} is not copied", from.display());
    Ok(())
}
