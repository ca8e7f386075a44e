//! LOC-04: the pod by which Beffroi tries what a workspace reaches is made as `core` builds it and no otherwise, and by
//! nobody else.

use anyhow::Result;
use beffroi_core::facts::Prober;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::guards::{
    door::{Door, change, change_part, make, remove},
    home::{Home, container},
};

pub(crate) async fn check(door: &Door, home: &Home) -> Result<()> {
    const SAYS: [&str; 2] = ["'beffroi-probes'", "LOC-04: Pod "];
    let good = probe(home);
    // By another: under its name, under its label, and as Beffroi makes it.
    let mut named =
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "beffroi-probe"}, "spec": home.pod()});
    door.no(make(&named), &SAYS).await?;
    named["metadata"] = json!({"name": "autre", "labels": {"beffroi.fr/probe": "network"}});
    door.no(make(&named), &SAYS).await?;
    door.no(make(&good), &SAYS).await?;

    // By Beffroi, but of another shape: each alone is enough.
    let volume = json!([{"name": "v", "emptyDir": {}}]);
    let bad: [(&str, Value); 9] = [
        ("/metadata/name", json!("autre")),
        ("/spec/restartPolicy", json!("Always")),
        ("/spec/activeDeadlineSeconds", json!(3600)),
        ("/spec/automountServiceAccountToken", Value::Null),
        ("/spec/volumes", volume),
        ("/spec/initContainers", json!([container("first", &home.image())])),
        ("/spec/containers/0/command", json!(["/bin/sh"])),
        ("/spec/containers/0/args", json!(["keys"])),
        ("/spec/containers/0/terminationMessagePath", json!("/tmp/x")),
    ];
    for (path, value) in bad {
        let mut pod = good.clone();
        put(&mut pod, path, value);
        let field = path.trim_start_matches('/').replace("containers/0", "containers[0]").replace('/', ".");
        // Of a token its own guard may speak first.
        let says: &[&str] = if path.ends_with("Token") { &[] } else { &["'beffroi-probes'", &field] };
        door.no_as(&home.beffroi, make(&pod), says).await?;
    }
    let mut bare = good.clone();
    bare["metadata"]["labels"].as_object_mut().unwrap().remove("beffroi.fr/probe");
    door.no_as(&home.beffroi, make(&bare), &["'beffroi-probes'", "beffroi.fr/probe"]).await?;
    let mut foreign = good.clone();
    foreign["spec"]["containers"][0]["image"] =
        json!(format!("ailleurs.example/x@sha256:{}", "0a".repeat(32)));
    door.no_as(&home.beffroi, make(&foreign), &["'beffroi-images'", "LOC-05"]).await?;

    // In no other namespace, and of no other workspace.
    for (field, value) in [("namespace", json!("default")), ("namespace", json!("kube-system"))] {
        let mut elsewhere = good.clone();
        elsewhere["metadata"][field] = value;
        door.no_as(&home.beffroi, make(&elsewhere), &["'beffroi-identity'", "ADM-01: Pod"]).await?;
    }
    let mut other = good.clone();
    other["metadata"]["labels"]["beffroi.fr/workspace-uid"] = json!("autre");
    door.no_as(&home.beffroi, make(&other), &["'beffroi-identity'", "ADM-01: Pod"]).await?;

    // As it is built it is made; nobody changes it, and Beffroi removes it, and no pod of an app.
    let own = home.beffroi_makes(&good).await?;
    assert_eq!(own, "beffroi-probe");
    let deadline = json!({"spec": {"activeDeadlineSeconds": 60}});
    door.no(change("v1", "Pod", "beffroi-probe", deadline), &SAYS).await?;
    let unnamed = json!({"metadata": {"labels": {"beffroi.fr/probe": null}}});
    door.no(change("v1", "Pod", "beffroi-probe", unnamed), &SAYS).await?;
    let mut debug = container("debug", &home.image());
    debug.as_object_mut().unwrap().remove("resources");
    let more = json!({"spec": {"ephemeralContainers": [debug]}});
    door.no(change_part("v1", "Pod", "beffroi-probe", "ephemeralcontainers", more), &SAYS).await?;
    let note = json!({"metadata": {"annotations": {"exemple.fr/note": "x"}}});
    door.yes(change("v1", "Pod", "beffroi-probe", note)).await?;
    let app =
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "application"}, "spec": home.pod()});
    door.make(&app).await?;
    let labelled = json!({"metadata": {"labels": {"beffroi.fr/probe": "network"}}});
    door.no(change("v1", "Pod", "application", labelled), &SAYS).await?;
    door.no_as(&home.beffroi, remove("v1", "Pod", "application"), &["'beffroi-identity'", "ADM-01: Pod"])
        .await?;
    door.yes_as(&home.beffroi, remove("v1", "Pod", "beffroi-probe")).await
}

/// The pod, as the operator makes it.
fn probe(home: &Home) -> Value {
    let prober = Prober {
        image: home.image().replace(":1@", "@"),
        outside: Some("203.0.113.1:80".parse().unwrap()),
        every: SignedDuration::from_hours(6),
    };
    let mut pod = serde_json::to_value(home.probe(&prober)).unwrap();
    pod["apiVersion"] = json!("v1");
    pod["kind"] = json!("Pod");
    pod
}

/// Puts a value where a JSON pointer leads.
fn put(pod: &mut Value, path: &str, value: Value) {
    let (parent, key) = path.rsplit_once('/').unwrap();
    let parent = pod.pointer_mut(parent).unwrap();
    parent[key] = value;
}
