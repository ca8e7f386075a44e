//! LOC-01, LOC-03, LOC-04: pods that would keep data outside the place, choose their node, or share it.

use anyhow::Result;
use serde_json::{Value, json};

use crate::guards::{
    door::{Door, change, make},
    home::{Home, container},
    images::{makers, merged},
    storage::claim,
};

const REGION: &str = "topology.kubernetes.io/region";

pub(crate) async fn check(door: &Door, home: &Home) -> Result<()> {
    large_pods_pass(door, home).await?;
    volumes(door, home).await?;
    host(door, home).await?;
    placement(door, home).await?;
    updates(door).await
}

/// What was good when it was made does not become bad by a later change.
async fn updates(door: &Door) -> Result<()> {
    let of = |source: Value| json!({"volumes": [merged(&json!({"name": "v"}), &source)]});
    let elsewhere = claim(&json!({"storageClassName": "francfort"}));
    for (more, guard) in [
        (of(json!({"hostPath": {"path": "/var"}})), "'beffroi-volumes'"),
        (of(json!({"ephemeral": {"volumeClaimTemplate": {"spec": elsewhere}}})), "'beffroi-storage'"),
        (json!({"hostNetwork": true}), "'beffroi-host'"),
        (json!({"nodeName": "par1-0"}), "'beffroi-placement'"),
        (json!({"nodeSelector": {REGION: "eu-central-1"}}), "'beffroi-placement'"),
        (json!({"tolerations": [{"operator": "Exists"}]}), "'beffroi-placement'"),
    ] {
        let patch = json!({"spec": {"template": {"spec": more}}});
        door.no(change("apps/v1", "Deployment", "maj", patch), &[guard]).await?;
    }
    Ok(())
}

/// Each pod spec is refused in a Pod and in the template of every kind, in the same words.
pub(crate) async fn refused(door: &Door, home: &Home, more: &Value, says: &[&str]) -> Result<()> {
    for (bad, path) in makers(&merged(&home.pod(), more)) {
        // Of a bare Pod, Pod Security refuses some of these sooner.
        if bad["kind"] == "Pod" && says[0] == "pod-security" {
            continue;
        }
        let says: Vec<String> = says.iter().map(|word| word.replace("PATH", path)).collect();
        let says: Vec<&str> =
            says.iter().map(String::as_str).filter(|word| *word != "pod-security").collect();
        door.no(make(&bad), &says).await?;
    }
    Ok(())
}

pub(crate) async fn taken(door: &Door, home: &Home, more: &Value) -> Result<()> {
    for (good, _) in makers(&merged(&home.pod(), more)) {
        door.yes(make(&good)).await?;
    }
    Ok(())
}

/// Judging has a budget in Kubernetes: a pod larger than any real one stays within it.
async fn large_pods_pass(door: &Door, home: &Home) -> Result<()> {
    let ports = |first: usize| (first..first + 10).map(|p| json!({"containerPort": p})).collect::<Vec<_>>();
    let containers = (0..40).map(|index| {
        let mut one = container(&format!("c{index}"), &home.image());
        one["ports"] = json!(ports(1000 + index * 10));
        one["resources"]["limits"] = json!({"ephemeral-storage": "64Mi"});
        one
    });
    let volumes = (0..100).map(|index| json!({"name": format!("v{index}"), "emptyDir": {}}));
    let large = json!({"containers": containers.collect::<Vec<_>>(), "volumes": volumes.collect::<Vec<_>>()});
    taken(door, home, &large).await
}

async fn volumes(door: &Door, home: &Home) -> Result<()> {
    let of = |source: Value| json!({"volumes": [merged(&json!({"name": "v"}), &source)]});
    let foreign = [
        ("hostPath", json!({"path": "/var"})),
        ("nfs", json!({"server": "192.0.2.1", "path": "/"})),
        ("iscsi", json!({"targetPortal": "192.0.2.1", "iqn": "iqn.2001-04.example:s", "lun": 0})),
        ("rbd", json!({"monitors": ["192.0.2.1"], "image": "x"})),
        ("cephfs", json!({"monitors": ["192.0.2.1"]})),
        ("glusterfs", json!({"endpoints": "e", "path": "p"})),
        ("flexVolume", json!({"driver": "example/x"})),
        ("gitRepo", json!({"repository": "https://ailleurs.example/x"})),
        ("azureFile", json!({"secretName": "s", "shareName": "s"})),
    ];
    for (kind, source) in foreign {
        let told = format!("LOC-01: PATH.volumes[v] is of kind {kind}:");
        refused(
            door,
            home,
            &of(json!({kind: source})),
            &["pod-security", "'beffroi-volumes'", &told, "allowed here"],
        )
        .await?;
    }
    // Pod Security lets this one pass.
    refused(
        door,
        home,
        &of(json!({"csi": {"driver": "ailleurs.example"}})),
        &["LOC-01: PATH.volumes[v] is of kind csi"],
    )
    .await?;
    let token = |more: Value| of(json!({"projected": {"sources": [{"serviceAccountToken": more}]}}));
    // Under the one account that may have tokens at all.
    let mut abroad = token(json!({"path": "t", "audience": "https://nuage.example"}));
    abroad["serviceAccountName"] = json!("beffroi-app-docs");
    refused(door, home, &abroad, &["LOC-03: PATH.volumes[v].projected", "audience"]).await?;
    let certificate = json!({"podCertificate": {"signerName": "ailleurs.example/s", "keyType": "ED25519", "credentialBundlePath": "c"}});
    let projected = of(json!({"projected": {"sources": [certificate]}}));
    let bad = &makers(&merged(&home.pod(), &projected))[3].0;
    door.no(make(bad), &["LOC-01: spec.template.spec.volumes[v].projected has a source of another kind"])
        .await?;

    let mut good = vec![of(json!({"emptyDir": {}}))];
    good.push(of(json!({"configMap": {"name": "c"}})));
    good.push(of(json!({"secret": {"secretName": "s"}})));
    good.push(of(
        json!({"downwardAPI": {"items": [{"path": "l", "fieldRef": {"fieldPath": "metadata.labels"}}]}}),
    ));
    good.push(of(json!({"persistentVolumeClaim": {"claimName": "c"}})));
    good.push(of(json!({"image": {"reference": home.image()}})));
    good.push(of(
        json!({"projected": {"sources": [{"configMap": {"name": "c"}}, {"secret": {"name": "s"}}]}}),
    ));
    for more in &good {
        taken(door, home, more).await?;
    }
    Ok(())
}

async fn host(door: &Door, home: &Home) -> Result<()> {
    for field in ["hostNetwork", "hostPID", "hostIPC"] {
        let told = format!("LOC-04: PATH.{field} is true");
        refused(door, home, &json!({field: true}), &["pod-security", "'beffroi-host'", &told]).await?;
    }
    let mut port = home.pod();
    port["containers"][0]["ports"] = json!([{"containerPort": 80, "hostPort": 80}]);
    refused(door, home, &port, &["pod-security", "LOC-04: PATH.containers[app].ports has a hostPort"])
        .await?;
    let mut port = home.pod();
    port["containers"][0]["ports"] = json!([{"containerPort": 80}]);
    taken(door, home, &port).await?;
    // The node's own loopback counts too.
    for (action, host) in
        [("httpGet", "192.0.2.1"), ("httpGet", "127.0.0.1"), ("tcpSocket", "metadata.example")]
    {
        let to = json!({action: {"port": 80, "host": host}});
        let ways = [
            json!({"livenessProbe": to}),
            json!({"readinessProbe": to}),
            json!({"startupProbe": to}),
            json!({"lifecycle": {"postStart": to}}),
            json!({"lifecycle": {"preStop": to}}),
        ];
        for way in ways {
            let bad = json!({"containers": [merged(&container("app", &home.image()), &way)]});
            let says = "LOC-04: PATH.containers[app] has a probe or a lifecycle hook with a host";
            refused(door, home, &bad, &["pod-security", "'beffroi-host'", says]).await?;
        }
    }
    let probed = json!({"readinessProbe": {"httpGet": {"port": 80, "httpHeaders": [{"name": "Host", "value": "web"}]}}});
    taken(door, home, &json!({"containers": [merged(&container("app", &home.image()), &probed)]})).await
}

fn required(term: &Value) -> Value {
    json!({"affinity": {"nodeAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]},
    }}})
}

fn expression(key: &str, operator: &str, values: &[&str]) -> Value {
    let mut one = json!({"key": key, "operator": operator});
    if !values.is_empty() {
        one["values"] = json!(values);
    }
    json!({"matchExpressions": [one]})
}

async fn placement(door: &Door, home: &Home) -> Result<()> {
    let here = home.site.spec.nodes.labels[REGION].clone();
    refused(
        door,
        home,
        &json!({"nodeName": "par1-0"}),
        &["'beffroi-placement'", "LOC-01: PATH.nodeName is \"par1-0\""],
    )
    .await?;
    for (key, value) in [(REGION, "eu-central-1"), ("kubernetes.io/hostname", "par1-0"), ("type", "kwok")] {
        let told = format!("LOC-01: PATH.nodeSelector has {key}={value}");
        refused(door, home, &json!({"nodeSelector": {key: value}}), &[&told, &format!("{REGION}={here}")])
            .await?;
    }
    let leaning = [
        expression(REGION, "In", &["eu-central-1"]),
        expression(REGION, "In", &[&here, "eu-central-1"]),
        expression(REGION, "NotIn", &[&here]),
        expression(REGION, "Exists", &[]),
        expression(REGION, "DoesNotExist", &[]),
        expression("kubernetes.io/hostname", "In", &["par1-0"]),
    ];
    for term in &leaning {
        refused(door, home, &required(term), &["LOC-01: PATH.affinity.nodeAffinity names"]).await?;
    }
    let preferred = json!({"affinity": {"nodeAffinity": {
        "preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1, "preference": leaning[0]}],
    }}});
    refused(door, home, &preferred, &["LOC-01: PATH.affinity.nodeAffinity names"]).await?;
    let by_name = json!({"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["par1-0"]}]});
    refused(
        door,
        home,
        &required(&by_name),
        &["LOC-01: PATH.affinity.nodeAffinity chooses a node by matchFields"],
    )
    .await?;
    for toleration in [
        json!({"operator": "Exists"}),
        json!({"key": "lieu", "operator": "Exists"}),
        json!({"key": "node-role.kubernetes.io/control-plane", "operator": "Exists"}),
    ] {
        refused(door, home, &json!({"tolerations": [toleration]}), &["LOC-01: PATH.tolerations has key"])
            .await?;
    }
    refused(
        door,
        home,
        &json!({"schedulerName": "ailleurs"}),
        &["LOC-01: PATH.schedulerName is \"ailleurs\""],
    )
    .await?;
    // Of classes that do not exist a bare Pod is refused sooner; system-* exist.
    let sandboxed = &makers(&merged(&home.pod(), &json!({"runtimeClassName": "distant"})))[3].0;
    door.no(make(sandboxed), &["LOC-01: spec.template.spec.runtimeClassName is \"distant\""]).await?;
    let urgent = json!({"priorityClassName": "system-node-critical"});
    refused(door, home, &urgent, &["LOC-01: PATH.priorityClassName is \"system-node-critical\""]).await?;

    let system = json!({"kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64", REGION: here});
    taken(door, home, &json!({"nodeSelector": system})).await?;
    taken(door, home, &required(&expression(REGION, "In", &[&here]))).await?;
    taken(door, home, &required(&expression("kubernetes.io/arch", "NotIn", &["arm"]))).await?;
    let patient = json!({"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute"});
    taken(door, home, &json!({"tolerations": [patient]})).await?;

    // A pod held back may still be given a choice of nodes, and it is judged then.
    let mut gated =
        makers(&merged(&home.pod(), &json!({"schedulingGates": [{"name": "example.org/attend"}]})))[0]
            .0
            .clone();
    gated["metadata"]["name"] = json!("retenu");
    door.make(&gated).await?;
    for patch in [json!({"nodeSelector": {REGION: "eu-central-1"}}), required(&by_name)] {
        door.no(change("v1", "Pod", "retenu", json!({"spec": patch})), &["'beffroi-placement'", "LOC-01"])
            .await?;
    }
    let mut tolerations = door.read("v1", "Pod", "maj").await?["spec"]["tolerations"].take();
    tolerations.as_array_mut().unwrap().push(json!({"operator": "Exists"}));
    let more = json!({"spec": {"tolerations": tolerations}});
    door.no(change("v1", "Pod", "maj", more), &["LOC-01: spec.tolerations"]).await
}
