//! The network of a workspace is probed where its policy asks: a pod comes, what it writes makes LOC-04 observed or broken,
//! it goes, and nothing is written until the next. Nodes are simulated here, so the test stands in for the kubelet and
//! for the program in the pod; `tests/tests/real` has both.

use anyhow::{Context, Result, ensure};
use beffroi_core::{
    location::probe::{NAME, Report},
    manifests::probe::PROBE,
};
use beffroi_crds::{
    SovereigntyPolicy,
    probe::{ProbeAttempt, ProbeResult, ProbeTarget},
};
use beffroi_tests::{
    Operator, Scene, cli, eventually,
    fleet::NAMESPACE,
    quiet::Quiet,
    scene::{HOME, condition, until, until_reason, workspace},
};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;
use kube::{
    Api, ResourceExt,
    api::{Patch, PatchParams},
};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn what_pods_reach_is_declared_until_a_probe_has_tried() -> Result<()> {
    let mut scene = Scene::start(&["rbx1"]).await?;
    scene.order(&workspace("mairie", "nextcloud", &["rbx1"])).await?;
    let ready = until(&scene.workspaces(), "mairie", "Ready", "True").await?;
    ensure!(condition(&ready, "Probed").is_err(), "no policy asks for it");
    let namespace = ready.status.context("no status")?.namespace.context("no namespace")?;

    set(&scene, json!({"networkProbe": true})).await?;
    let told = until_reason(&scene.workspaces(), "mairie", "Probed", "NotProvided").await?;
    ensure!(told.contains("--probe-image"), "{told}");
    until(&scene.workspaces(), "mairie", "Ready", "True").await?;
    eventually("a proof under that policy", async || {
        let proven = proof(&scene, 0).await?;
        let declared = proven.lines().any(|line| line.contains("LOC-04") && line.contains(", déclaré"));
        ensure!(declared && proven.contains("leur application n'a pas été observée"), "{proven}");
        Ok(())
    })
    .await?;

    let image = format!("{}/beffroi@sha256:{}", scene.fleet.registry.host(), "0a".repeat(32));
    scene.operator.take().context("an operator")?.stop();
    let arguments = ["--probe-image", &image, "--probe-outside", "203.0.113.1:80", "--leader-elect", "false"];
    scene.operator = Some(Operator::start_with(&scene.fleet, &arguments).await?);
    ends(&scene, &namespace, ProbeResult::NoAnswer).await?;
    let probed = until(&scene.workspaces(), "mairie", "Probed", "True").await?;
    ensure!(condition(&probed, "Ready")?.status == "True", "{probed:?}");
    let proven = eventually("a proof", async || {
        let proven = proof(&scene, 0).await?;
        ensure!(proven.contains("LOC-04 tenue, observé par une sonde le 20"), "{proven}");
        Ok(proven)
    })
    .await?;
    ensure!(proven.contains("depuis un seul nœud de chaque site"), "{proven}");
    let ran = cli::run(&scene.fleet, scene.operator()?, &["where", "mairie", "-n", HOME]).await?.ok()?;
    ensure!(
        ran.contains("Probed=True (AsExpected) rbx1: what its pods reach was tried from node rbx1-"),
        "{ran}"
    );
    nothing_is_written(&scene).await?;

    // Another text of the policy calls for another probe at once.
    set(&scene, json!({"description": "Sonde"})).await?;
    ends(&scene, &namespace, ProbeResult::Reached).await?;
    let told = until_reason(&scene.workspaces(), "mairie", "Located", "NotAsDeclared").await?;
    ensure!(told.contains("the API server of the site answers at 10.96.0.1:443"), "{told}");
    let broken = eventually("a proof of it", async || {
        let broken = proof(&scene, 10).await?;
        ensure!(broken.contains("LOC-04 ENFREINTE, observé par une sonde le 20"), "{broken}");
        Ok(broken)
    })
    .await?;
    ensure!(broken.contains("le serveur d'API du site répond à l'adresse 10.96.0.1:443"), "{broken}");

    set(&scene, json!({"networkProbe": false})).await?;
    until(&scene.workspaces(), "mairie", "Located", "True").await?;
    let last = scene.workspaces().get("mairie").await?;
    ensure!(condition(&last, "Probed").is_err(), "nobody asks for it any more: {last:?}");
    Ok(())
}

async fn set(scene: &Scene, spec: Value) -> Result<()> {
    let policies: Api<SovereigntyPolicy> = Api::all(scene.client());
    let patch = Patch::Merge(json!({ "spec": spec }));
    policies.patch("standard", &PatchParams::default(), &patch).await?;
    Ok(())
}

/// A probe comes, ends with what it found of the API server, and is removed.
async fn ends(scene: &Scene, namespace: &str, api_server: ProbeResult) -> Result<()> {
    let pods: Api<Pod> = Api::namespaced(scene.fleet.site("rbx1")?.admin(), namespace);
    let pod = eventually("the probe's pod on a node", async || {
        let pod = pods.get(PROBE).await?;
        let node = pod.spec.as_ref().and_then(|spec| spec.node_name.clone());
        let runs = pod.status.as_ref().and_then(|status| status.phase.as_deref()) == Some("Running");
        ensure!(node.is_some() && runs, "{:?}", pod.status);
        Ok(pod)
    })
    .await?;
    let attempt =
        |target, address: &str, result| ProbeAttempt { target, address: Some(address.into()), result };
    let tried = vec![
        attempt(ProbeTarget::Names, NAME, ProbeResult::Reached),
        attempt(ProbeTarget::ApiServer, "10.96.0.1:443", api_server),
        attempt(ProbeTarget::Node, "192.0.2.7:10250", ProbeResult::Refused),
        attempt(ProbeTarget::Outside, "203.0.113.1:80", ProbeResult::NoAnswer),
    ];
    let words = serde_json::to_string(&Report { tried })?;
    let image = pod.spec.context("a spec")?.containers[0].image.clone();
    let now = Timestamp::from_second(Timestamp::now().as_second())?.to_string();
    let terminated =
        json!({"exitCode": 0, "reason": "Completed", "message": words, "startedAt": now, "finishedAt": now});
    let container = json!({"name": "probe", "image": image, "imageID": image, "ready": false, "restartCount": 0,
        "state": {"terminated": terminated}});
    let status = json!({"status": {"phase": "Succeeded", "containerStatuses": [container]}});
    pods.patch_status(PROBE, &PatchParams::default(), &Patch::Merge(&status)).await?;
    let uid = pod.metadata.uid;
    eventually("the probe to be removed", async || {
        let left = pods.get_opt(PROBE).await?.filter(|left| left.uid() == uid);
        ensure!(left.is_none(), "{left:?}");
        Ok(())
    })
    .await
}

/// What verifies offline of the newest proof, with an exit code.
async fn proof(scene: &Scene, code: i32) -> Result<String> {
    let folder = scene.fleet.management.folder();
    let (key, file) = (folder.join("beffroi.pub"), folder.join("probe.json"));
    let asked =
        ["get", "configmap", "beffroi-evidence", "-n", NAMESPACE, "-o", r"jsonpath={.data.beffroi\.pub}"];
    std::fs::write(&key, scene.fleet.management.kubectl(&asked).await?)?;
    let arguments = ["evidence", "mairie", "-n", HOME, "-o", &file.display().to_string()];
    cli::run(&scene.fleet, scene.operator()?, &arguments).await?.ok()?;
    let ran = cli::verify(&file, &key, &[]).await?;
    ensure!(ran.code == code, "exit code {}: {}{}", ran.code, ran.out, ran.err);
    Ok(ran.out)
}

/// Between two probes no cluster is written to.
async fn nothing_is_written(scene: &Scene) -> Result<()> {
    for cluster in [&scene.fleet.management, scene.fleet.site("rbx1")?] {
        eventually("quiet", async || {
            let quiet = Quiet::from_now(cluster).await?;
            tokio::time::sleep(std::time::Duration::from_secs(6)).await;
            let writes = quiet.writes(cluster).await?;
            ensure!(
                writes == 0,
                "{writes} writes to {}: {:?}",
                cluster.name(),
                quiet.offenders(cluster).await?
            );
            Ok(())
        })
        .await?;
    }
    Ok(())
}
