//! The whole life of a workspace under its guards: Flux installs, controllers make pods that run, volumes are
//! bound, things are scaled; a policy narrows; Beffroi takes it all away.

use anyhow::{Context, Result, ensure};
use beffroi_core::manifests::Kind;
use beffroi_tests::eventually;
use k8s_openapi::api::{
    apps::v1::Deployment,
    batch::v1::{CronJob, Job},
    core::v1::{Namespace, PersistentVolumeClaim, Pod},
};
use kube::{
    Api,
    api::{DeleteParams, ListParams, Patch, PatchParams},
};
use serde_json::json;

use crate::guards::{
    door::{Door, make, object},
    home::Home,
    images::{makers, merged},
    storage::{CLASS, claim},
};

/// A `CronJob`, whose first minute passes meanwhile.
pub(crate) async fn begin(door: &Door, home: &Home) -> Result<()> {
    let mut cron = makers(&home.pod())[8].0.clone();
    cron["metadata"]["name"] = json!("cronjob");
    cron["spec"]["schedule"] = json!("* * * * *");
    door.make(&cron).await.map(|_| ())
}

pub(crate) async fn check(door: &Door, home: &Home) -> Result<()> {
    flux_installs(home).await?;
    everything_runs(door, home).await?;
    what_was_taken_once_can_still_go(door, home).await?;
    nothing_is_left(home).await
}

async fn flux_installs(home: &Home) -> Result<()> {
    let releases = home.api(Kind::HelmRelease);
    eventually("the release", async || {
        let release = releases.get("docs").await?;
        let conditions = release.data["status"]["conditions"].as_array().cloned().unwrap_or_default();
        let ready = conditions.into_iter().find(|c| c["type"] == "Ready").context("not reconciled")?;
        ensure!(ready["status"] == "True", "{ready}");
        Ok(())
    })
    .await
}

/// One of each kind that makes pods, by Kubernetes' own controllers.
async fn everything_runs(door: &Door, home: &Home) -> Result<()> {
    let volume = object(
        "v1",
        "PersistentVolume",
        "volume",
        &json!({
            "capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "storageClassName": CLASS,
            "csi": {"driver": "beffroi.example", "volumeHandle": "volume"},
            // Not for another claim that waits for one.
            "claimRef": {"namespace": door.home, "name": "donnees-statefulset-0"},
        }),
    );
    door.make(&volume).await?;
    for (mut maker, _) in makers(&home.pod()) {
        let kind = maker["kind"].as_str().unwrap_or_default().to_lowercase();
        let labels = json!({"app": kind});
        maker["metadata"]["name"] = json!(kind);
        match kind.as_str() {
            "pod" | "podtemplate" | "cronjob" => continue,
            "job" => {}
            _ => {
                let selector = if kind == "replicationcontroller" {
                    labels.clone()
                } else {
                    json!({"matchLabels": labels})
                };
                maker["spec"]["selector"] = selector;
            }
        }
        maker["spec"]["template"]["metadata"]["labels"] = labels;
        if kind == "statefulset" {
            let spec = claim(&json!({"storageClassName": CLASS}));
            maker["spec"]["volumeClaimTemplates"] = json!([{"metadata": {"name": "donnees"}, "spec": spec}]);
        }
        door.make(&maker).await?;
    }
    let pods: Api<Pod> = Api::namespaced(door.admin.clone(), &door.home);
    for (kind, count) in [
        ("deployment", 1),
        ("replicaset", 1),
        ("replicationcontroller", 1),
        ("statefulset", 1),
        ("daemonset", 2),
    ] {
        running(&pods, kind, count).await?;
    }
    let jobs: Api<Job> = Api::namespaced(door.admin.clone(), &door.home);
    eventually("the job", async || {
        let status = jobs.get("job").await?.status.unwrap_or_default();
        ensure!(status.succeeded == Some(1) && status.completion_time.is_some(), "{status:?}");
        Ok(())
    })
    .await?;
    let crons: Api<CronJob> = Api::namespaced(door.admin.clone(), &door.home);
    eventually("a minute of the CronJob", async || {
        let status = crons.get("cronjob").await?.status.unwrap_or_default();
        ensure!(status.last_successful_time.is_some(), "{status:?}");
        Ok(())
    })
    .await?;
    let claims: Api<PersistentVolumeClaim> = Api::namespaced(door.admin.clone(), &door.home);
    let bound = claims.get("donnees-statefulset-0").await?.spec.and_then(|spec| spec.volume_name);
    ensure!(bound.as_deref() == Some("volume"), "Kubernetes binds volumes: {bound:?}");
    scale(door, 2).await?;
    running(&pods, "deployment", 2).await
}

async fn scale(door: &Door, replicas: u32) -> Result<()> {
    let deployments: Api<Deployment> = Api::namespaced(door.admin.clone(), &door.home);
    let patch = Patch::Merge(json!({"spec": {"replicas": replicas}}));
    deployments.patch_scale("deployment", &PatchParams::default(), &patch).await?;
    Ok(())
}

async fn running(pods: &Api<Pod>, kind: &str, count: usize) -> Result<()> {
    eventually(&format!("{count} running pods of the {kind}"), async || {
        let found = pods.list(&ListParams::default().labels(&format!("app={kind}"))).await?.items;
        let phases: Vec<_> = found.iter().filter_map(|pod| pod.status.as_ref()?.phase.clone()).collect();
        ensure!(phases.len() == count && phases.iter().all(|phase| phase == "Running"), "{phases:?}");
        Ok(())
    })
    .await
}

/// A registry is allowed no more: nothing new comes from there, and what runs can be scaled down.
async fn what_was_taken_once_can_still_go(door: &Door, home: &Home) -> Result<()> {
    let mut narrower = home.policy.clone();
    narrower.registries = vec!["autre.example".into()];
    let objects = home.objects(&narrower);
    let wanted = objects.iter().find(|object| object.kind == Kind::Namespace).context("no namespace")?;
    let params = PatchParams::apply("beffroi").force();
    home.api(Kind::Namespace).patch(wanted.name(), &params, &Patch::Apply(&wanted.manifest)).await?;
    let pod = &makers(&merged(&home.pod(), &json!({})))[0].0;
    eventually("the narrower policy", async || {
        door.no(make(pod), &["LOC-05: spec.containers[app].image", "registries allowed here: none"]).await
    })
    .await?;
    scale(door, 1).await?;
    let pods: Api<Pod> = Api::namespaced(door.admin.clone(), &door.home);
    running(&pods, "deployment", 1).await
}

/// Releases first, so that Flux uninstalls; then the namespace with all it holds.
async fn nothing_is_left(home: &Home) -> Result<()> {
    let releases = home.api(Kind::HelmRelease);
    releases.delete("docs", &DeleteParams::default()).await?;
    eventually("the end of the release", async || {
        ensure!(releases.get_opt("docs").await?.is_none(), "still there");
        Ok(())
    })
    .await?;
    home.doom().await?;
    home.api(Kind::Namespace).delete(&home.namespace, &DeleteParams::background()).await?;
    let namespaces: Api<Namespace> = Api::all(home.cluster.admin());
    eventually("the end of the namespace", async || {
        let left = namespaces.get_opt(&home.namespace).await?;
        let conditions = left.as_ref().and_then(|n| n.status.as_ref()?.conditions.clone());
        ensure!(left.is_none(), "still there: {conditions:?}");
        Ok(())
    })
    .await
}
