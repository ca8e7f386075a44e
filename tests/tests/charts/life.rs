//! The life of a release, by helm 3 and by helm 4: the chart as it was before its last change → this one → back → this
//! one again → gone, with all that tenants ordered still there → installed anew; and from helm 3 to helm 4.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};
use beffroi_cluster::{Cluster, Node};
use beffroi_crds::Workspace;
use beffroi_tests::{
    fleet::{NAMESPACE, chart},
    samples,
};
use k8s_openapi::api::core::v1::PersistentVolume;
use kube::{Api, ResourceExt, api::PostParams};
use serde_json::json;

use super::values;

const RELEASE: &str = "beffroi";
const HELMS: [&str; 2] = ["helm", "helm3"];

/// The chart as it was before the last commit that changed it, unpacked; `None` where this checkout has no such commit.
fn before(folder: &Path) -> Result<Option<PathBuf>> {
    let git = |arguments: &[&str]| -> Result<Option<Vec<u8>>> {
        let output = Command::new("git").arg("-C").arg(samples::root()).args(arguments).output()?;
        Ok(output.status.success().then_some(output.stdout))
    };
    let changed = git(&["log", "-1", "--format=%H", "--", "charts/beffroi"])?.unwrap_or_default();
    let parent = format!("{}^", String::from_utf8(changed)?.trim());
    let Some(archive) = git(&["archive", &parent, "charts/beffroi", "crds/yaml"])? else { return Ok(None) };
    let path = folder.join("before.tar");
    fs::write(&path, archive)?;
    let unpacked = Command::new("tar").arg("-xf").arg(&path).arg("-C").arg(folder).status()?;
    ensure!(unpacked.success(), "{} cannot be unpacked", path.display());
    Ok(Some(folder.join("charts/beffroi")))
}

/// What is there of the release's own, by kind and name.
async fn objects(cluster: &Cluster) -> Result<String> {
    let kinds = "deployments,services,configmaps,serviceaccounts,persistentvolumeclaims,networkpolicies,roles,rolebindings,poddisruptionbudgets";
    let label = format!("app.kubernetes.io/instance={RELEASE}");
    Ok(cluster.kubectl(&["get", kinds, "-n", NAMESPACE, "-l", &label, "-o", "name"]).await?)
}

#[tokio::test]
async fn a_release_lives_and_comes_back_by_either_helm() -> Result<()> {
    let cluster = Cluster::builder("management").node(Node::named("m0")).start().await?;
    let mut values = values(&json!({}));
    values["api"]["networkPolicy"] =
        json!({"apiServer": {"port": cluster.port(), "to": [{"ipBlock": {"cidr": "127.0.0.1/32"}}]}});
    let file = cluster.folder().join("life.json");
    fs::write(&file, values.to_string())?;
    let (file, this) = (file.display().to_string(), chart("beffroi").display().to_string());
    volume(&cluster).await?;
    let old = before(cluster.folder())?;
    if old.is_none() {
        println!("this checkout holds no commit before the chart's last change: its upgrade is not tried");
    }
    let old = old.map_or_else(|| this.clone(), |path| path.display().to_string());

    for helm in HELMS {
        let act = async |arguments: &[&str]| {
            let all = [arguments, &["--namespace", NAMESPACE]].concat();
            cluster.helm(helm, &all).await.with_context(|| format!("{helm} {}", arguments.join(" ")))
        };
        let waited = ["--values", &*file, "--wait", "--timeout", "120s"];
        act(&[&["install", RELEASE, &*old, "--create-namespace"][..], &waited].concat()).await?;
        let kept = ordered(&cluster).await?;
        act(&[&["upgrade", RELEASE, &*this][..], &waited].concat()).await?;
        let upgraded = objects(&cluster).await?;
        act(&["rollback", RELEASE, "1", "--wait", "--timeout", "120s"]).await?;
        act(&[&["upgrade", RELEASE, &*this][..], &waited].concat()).await?;
        ensure!(objects(&cluster).await? == upgraded, "{helm}: {upgraded}");
        act(&["uninstall", RELEASE, "--wait"]).await?;
        let left = objects(&cluster).await?;
        ensure!(left.lines().all(|name| name.starts_with("persistentvolumeclaim/")), "{helm} leaves {left}");
        ensure!(ordered(&cluster).await? == kept, "{helm}: what was ordered is not what it was");
    }
    // Whoever comes from helm 3 has CRDs that are kubectl's by now: kubectl brings them up to date, before helm 4 too.
    let crds = async |chart: &str| {
        // With a slash at its end: the folder is a link.
        let folder = format!("{chart}/crds/");
        cluster.kubectl(&["apply", "--server-side", "--force-conflicts", "-f", &folder]).await
    };
    let both = ["--namespace", NAMESPACE, "--values", &*file, "--wait", "--timeout", "120s"];
    crds(&old).await?;
    cluster.helm("helm", &[&["install", RELEASE, &*old][..], &both].concat()).await?;
    crds(&this).await?;
    cluster.helm("helm", &[&["upgrade", RELEASE, &*this][..], &both].concat()).await?;
    cluster.stop();
    Ok(())
}

/// A volume for the log of evidence: no provisioner runs here.
async fn volume(cluster: &Cluster) -> Result<()> {
    let volume = json!({
        "metadata": {"name": "journal"},
        "spec": {
            "capacity": {"storage": "100Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/journal"},
            "claimRef": {"namespace": NAMESPACE, "name": "beffroi-evidence"},
        },
    });
    let volumes: Api<PersistentVolume> = Api::all(cluster.admin());
    volumes.create(&PostParams::default(), &serde_json::from_value(volume)?).await?;
    Ok(())
}

/// A workspace, ordered once: its UID tells whether it is still the same.
async fn ordered(cluster: &Cluster) -> Result<Option<String>> {
    let workspaces: Api<Workspace> = Api::namespaced(cluster.admin(), "default");
    if let Some(there) = workspaces.get_opt("communication").await? {
        return Ok(there.uid());
    }
    let all: Vec<Workspace> = samples::read("workspaces")?;
    let mut order = all.into_iter().next().context("no sample")?;
    order.metadata.name = Some("communication".into());
    order.metadata.namespace = None;
    Ok(workspaces.create(&PostParams::default(), &order).await?.uid())
}
