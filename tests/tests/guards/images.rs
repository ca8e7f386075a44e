//! LOC-05: images from elsewhere, or that may change under their name, by every way into a pod.

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::guards::{
    door::{Door, change, change_part, make, object},
    home::{Home, container},
};

const GUARD: [&str; 2] = ["'beffroi-images'", "LOC-05: "];

/// Every kind that makes pods, with the path of its pod's spec.
pub(crate) fn makers(pod: &Value) -> Vec<(Value, &'static str)> {
    let labels = json!({"app": "web"});
    let labelled = json!({"metadata": {"labels": labels}, "spec": pod});
    let running = |kind: &str, more: Value| {
        object("apps/v1", kind, "web", &merged(&json!({"template": labelled}), &more))
    };
    let selector = json!({"selector": {"matchLabels": labels}});
    let mut once = pod.clone();
    once["restartPolicy"] = json!("Never");
    let job = json!({"template": {"metadata": {"labels": labels}, "spec": once}});
    let deep = "spec.template.spec";
    vec![
        (object("v1", "Pod", "web", pod), "spec"),
        (
            json!({"apiVersion": "v1", "kind": "PodTemplate", "metadata": {"name": "web"}, "template": labelled}),
            "template.spec",
        ),
        (
            object("v1", "ReplicationController", "web", &json!({"selector": labels, "template": labelled})),
            deep,
        ),
        (running("Deployment", selector.clone()), deep),
        (running("ReplicaSet", selector.clone()), deep),
        (running("DaemonSet", selector.clone()), deep),
        (running("StatefulSet", merged(&selector, &json!({"serviceName": "web"}))), deep),
        (object("batch/v1", "Job", "web", &job), deep),
        (
            object(
                "batch/v1",
                "CronJob",
                "web",
                &json!({"schedule": "0 3 * * *", "jobTemplate": {"spec": job}}),
            ),
            "spec.jobTemplate.spec.template.spec",
        ),
    ]
}

/// `one` with the fields of `other`.
pub(crate) fn merged(one: &Value, other: &Value) -> Value {
    let mut all = one.clone();
    for (key, value) in other.as_object().into_iter().flatten() {
        all[key] = value.clone();
    }
    all
}

pub(crate) async fn check(door: &Door, home: &Home) -> Result<()> {
    let image = home.image();
    for (good, _) in makers(&home.pod()) {
        door.yes(make(&good)).await?;
    }
    every_way_into_a_pod(door, home).await?;
    every_trick_of_a_name(door, home).await?;
    updates(door, home, &image).await
}

async fn every_way_into_a_pod(door: &Door, home: &Home) -> Result<()> {
    let foreign = format!("ailleurs.example/web@sha256:{}", "0a".repeat(32));
    let ways = [
        ("containers[app].image", json!({"containers": [container("app", &foreign)]})),
        ("initContainers[init].image", json!({"initContainers": [container("init", &foreign)]})),
        (
            "volumes[image].image.reference",
            json!({"volumes": [{"name": "image", "image": {"reference": foreign}}]}),
        ),
    ];
    for (at, more) in ways {
        for (bad, path) in makers(&merged(&home.pod(), &more)) {
            let at = format!("{path}.{at} is \"{foreign}\", from ailleurs.example");
            door.no(make(&bad), &[GUARD[0], GUARD[1], &at, &home.registry.host()]).await?;
        }
    }
    // A name that the server makes up is no way round.
    let mut unnamed =
        makers(&merged(&home.pod(), &json!({"containers": [container("app", &foreign)]})))[0].0.clone();
    unnamed["metadata"] = json!({"generateName": "web-"});
    door.no(make(&unnamed), &GUARD).await
}

async fn every_trick_of_a_name(door: &Door, home: &Home) -> Result<()> {
    let (host, digest) = (home.registry.host(), "0a".repeat(32));
    let (name, port) = host.split_once(':').unwrap();
    let foreign = [
        "web".to_owned(),
        format!("web@sha256:{digest}"),
        format!("library/web@sha256:{digest}"),
        format!("localhost/web@sha256:{digest}"),
        format!("{name}/web@sha256:{digest}"),
        format!("{name}:1{port}/web@sha256:{digest}"),
        format!("{host}.ailleurs.example/web@sha256:{digest}"),
        format!("{host}@ailleurs.example/web@sha256:{digest}"),
        format!("ailleurs.example/{host}/web@sha256:{digest}"),
        format!("https://{host}/web@sha256:{digest}"),
        format!("{host}%2fweb@sha256:{digest}"),
        format!("AILLEURS/web@sha256:{digest}"),
        format!("LocalHost:{port}/web@sha256:{digest}"),
    ];
    for image in &foreign {
        let bad = &makers(&merged(&home.pod(), &json!({"containers": [container("app", image)]})))[0].0;
        door.no(
            make(bad),
            &[GUARD[0], GUARD[1], &format!("is \"{image}\", from"), "registries allowed here"],
        )
        .await?;
    }
    let loose = [
        format!("{host}/web"),
        format!("{host}/web:1"),
        format!("{host}/web@sha256:{}", &digest[1..]),
        format!("{host}/web@sha256:{digest}0"),
        format!("{host}/web@sha256:{}", digest.to_uppercase()),
        format!("{host}/web@sha512:{digest}{digest}"),
        format!("{host}/web:sha256-{digest}"),
        format!("{host}/web@sha256:{digest}@sha256:{digest}"),
    ];
    for image in &loose {
        let bad = &makers(&merged(&home.pod(), &json!({"containers": [container("app", image)]})))[0].0;
        door.no(make(bad), &[GUARD[0], GUARD[1], image, "name the image by digest"]).await?;
    }
    Ok(())
}

/// What was good when it was made does not become bad.
async fn updates(door: &Door, home: &Home, image: &str) -> Result<()> {
    let mut deployment = makers(&home.pod())[3].0.clone();
    deployment["metadata"]["name"] = json!("maj");
    deployment["spec"]["replicas"] = json!(0);
    door.make(&deployment).await?;
    let bad =
        json!({"spec": {"template": {"spec": {"containers": [container("app", "ailleurs.example/web")]}}}});
    door.no(change("apps/v1", "Deployment", "maj", bad.clone()), &GUARD).await?;
    door.yes(change("apps/v1", "Deployment", "maj", json!({"spec": {"replicas": 1}}))).await?;
    door.yes(change_part("apps/v1", "Deployment", "maj", "scale", json!({"spec": {"replicas": 3}}))).await?;
    // A write of a subresource carries nothing else with it.
    for part in ["status", "scale"] {
        let written = door.change_for_real("apps/v1", "Deployment", "maj", part, &bad).await;
        let now = door.read("apps/v1", "Deployment", "maj").await?;
        let image_now = now["spec"]["template"]["spec"]["containers"][0]["image"].as_str().unwrap();
        ensure!(image_now == image, "a patch of {part} ({written:?}) changed the image to {image_now}");
    }

    for (mut maker, path) in makers(&home.pod()) {
        let text = |field: &str| maker[field].as_str().unwrap().to_owned();
        let (version, kind) = (text("apiVersion"), text("kind"));
        // Of a Pod more below; the template of a Job does not change.
        if ["Pod", "Job"].contains(&kind.as_str()) {
            continue;
        }
        maker["metadata"]["name"] = json!("change");
        if !maker["spec"]["selector"].is_null() && kind != "DaemonSet" {
            maker["spec"]["replicas"] = json!(0);
        }
        door.make(&maker).await?;
        let mut bad = json!({"containers": [container("app", "ailleurs.example/web")]});
        for field in path.rsplit('.') {
            bad = json!({field: bad});
        }
        door.no(change(&version, &kind, "change", bad), &GUARD).await?;
    }

    let mut pod = makers(&home.pod())[0].0.clone();
    pod["metadata"]["name"] = json!("maj");
    let mut containers = door.make(&pod).await?.data["spec"]["containers"].take();
    containers[0]["image"] = json!("ailleurs.example/web");
    let bad = json!({"spec": {"containers": containers}});
    door.no(change("v1", "Pod", "maj", bad), &GUARD).await?;
    door.yes(change("v1", "Pod", "maj", json!({"metadata": {"labels": {"vu": "oui"}}}))).await?;
    let debug = |image: &str| json!({"spec": {"ephemeralContainers": [container_without_resources(image)]}});
    let into = |image: &str| change_part("v1", "Pod", "maj", "ephemeralcontainers", debug(image));
    door.no(into("busybox"), &[GUARD[0], GUARD[1], "spec.ephemeralContainers[debug].image"]).await?;
    door.yes(into(image)).await
}

/// Ephemeral containers have no resources.
fn container_without_resources(image: &str) -> Value {
    let mut debug = container("debug", image);
    debug.as_object_mut().unwrap().remove("resources");
    debug
}
