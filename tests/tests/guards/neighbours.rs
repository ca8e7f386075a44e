//! ISO-01: what pods of one workspace would do to those of another, and to the nodes that carry both; and that no
//! workspace takes what all share.

use anyhow::{Result, ensure};
use beffroi_tests::eventually;
use kube::{Api, ResourceExt, api::PostParams, core::DynamicObject};
use serde_json::{Value, json};

use crate::guards::{
    door::{Door, change, make, object},
    home::{Home, container},
    images::{makers, merged},
    pods::{refused, taken},
};

const GUARD: &str = "'beffroi-neighbours'";

pub(crate) async fn check(door: &Door, home: &Home) -> Result<()> {
    affinities(door, home).await?;
    priorities(door, home).await?;
    devices(door, home).await?;
    drains(door, home).await?;
    networks(door, home).await?;
    budgets(door).await?;
    sizes(door, home).await?;
    quotas(door, home).await
}

async fn affinities(door: &Door, home: &Home) -> Result<()> {
    let term = |more: Value| {
        let base = json!({"topologyKey": "topology.kubernetes.io/region", "labelSelector": {"matchLabels": {"app": "web"}}});
        merged(&base, &more)
    };
    let affinity = |kind: &str, term: &Value, required: bool| {
        let rule = if required {
            json!({"requiredDuringSchedulingIgnoredDuringExecution": [term]})
        } else {
            json!({"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 100, "podAffinityTerm": term}]})
        };
        json!({"affinity": {kind: rule}})
    };
    let reaching = [
        json!({"namespaceSelector": {}}),
        json!({"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}),
        json!({"namespaces": ["kube-system"]}),
        json!({"namespaces": [door.home]}),
    ];
    for kind in ["podAffinity", "podAntiAffinity"] {
        for required in [true, false] {
            for more in &reaching {
                let bad = affinity(kind, &term(more.clone()), required);
                let says = format!("ISO-01: PATH.affinity.{kind} has namespaces or a namespaceSelector");
                refused(door, home, &bad, &[GUARD, &says]).await?;
            }
            taken(door, home, &affinity(kind, &term(json!({})), required)).await?;
        }
    }
    let bad = affinity("podAntiAffinity", &term(reaching[0].clone()), true);
    let patch = json!({"spec": {"template": {"spec": bad}}});
    door.no(change("apps/v1", "Deployment", "maj", patch), &[GUARD]).await?;
    let spread = json!({"topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {"matchLabels": {"app": "web"}}}]});
    taken(door, home, &spread).await
}

async fn priorities(door: &Door, home: &Home) -> Result<()> {
    for (name, value) in [("courante", 100), ("pressee", 1_000_000)] {
        let class = json!({"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": name}, "value": value});
        door.make(&class).await?;
    }
    let class = |name: &str| json!({"priorityClassName": name});
    // Of a class that the API server does not know yet a Pod is refused sooner.
    eventually("the refusal of a class that is not offered", async || {
        let says =
            "ISO-01: PATH.priorityClassName is \"pressee\": priority classes that the site offers: courante";
        refused(door, home, &class("pressee"), &[GUARD, says]).await?;
        taken(door, home, &class("courante")).await
    })
    .await?;
    for (bad, path) in makers(&merged(&home.pod(), &json!({"priority": 1_000_000}))) {
        // Of a Pod, Kubernetes itself refuses a number that is not that of its class.
        if bad["kind"] != "Pod" {
            door.no(make(&bad), &[GUARD, &format!("ISO-01: {path}.priority is a number of its own")]).await?;
        }
    }
    Ok(())
}

async fn devices(door: &Door, home: &Home) -> Result<()> {
    let asking = |what: &str| {
        let mut one = container("app", &home.image());
        one["resources"] = json!({"requests": {what: "1"}, "limits": {what: "1"}});
        json!({"containers": [one]})
    };
    let says = "ISO-01: resources of PATH ask for others than cpu, memory, ephemeral-storage";
    refused(door, home, &asking("nvidia.com/gpu"), &[GUARD, says]).await?;
    let mut pages = asking("hugepages-2Mi");
    pages["containers"][0]["resources"] = json!({"requests": {"cpu": "1", "hugepages-2Mi": "2Mi"}, "limits": {"cpu": "1", "hugepages-2Mi": "2Mi"}});
    refused(door, home, &pages, &[GUARD, says]).await?;
    let claimed = json!({"resourceClaims": [{"name": "carte", "resourceClaimName": "carte"}]});
    refused(door, home, &claimed, &[GUARD, "ISO-01: PATH.resourceClaims holds devices"]).await
}

async fn drains(door: &Door, home: &Home) -> Result<()> {
    let grace = |seconds: i64| json!({"terminationGracePeriodSeconds": seconds});
    refused(
        door,
        home,
        &grace(2_000_000_000),
        &[GUARD, "ISO-01: PATH.terminationGracePeriodSeconds is 2000000000"],
    )
    .await?;
    taken(door, home, &grace(3600)).await?;
    let mut probed = container("app", &home.image());
    probed["livenessProbe"] = json!({"tcpSocket": {"port": 80}, "terminationGracePeriodSeconds": 3601});
    let says = "PATH: a probe of container app has a terminationGracePeriodSeconds of more than 3600";
    refused(door, home, &json!({"containers": [probed]}), &[GUARD, says]).await?;
    for key in ["unschedulable", "disk-pressure", "pid-pressure", "network-unavailable"] {
        let key = format!("node.kubernetes.io/{key}");
        let back = json!({"tolerations": [{"key": key, "operator": "Exists"}]});
        refused(door, home, &back, &[GUARD, &format!("ISO-01: PATH.tolerations has {key}")]).await?;
    }
    for (mut bad, path) in makers(&home.pod()) {
        let at = template(path);
        let metadata = bad.pointer_mut(&format!("/{}", at.replace('.', "/"))).unwrap();
        metadata["finalizers"] = json!(["exemple.fr/garde"]);
        let says = format!("ISO-01: {at}.finalizers has exemple.fr/garde");
        door.no(make(&bad), &[GUARD, &says]).await?;
    }
    Ok(())
}

/// Where the labels and annotations of a maker's pods stand.
fn template(path: &str) -> String {
    path.strip_suffix("spec").map(|stem| format!("{stem}metadata")).unwrap_or_default()
}

async fn networks(door: &Door, home: &Home) -> Result<()> {
    for (of, key) in [
        ("annotations", "k8s.v1.cni.cncf.io/networks"),
        ("annotations", "cni.projectcalico.org/ipAddrs"),
        ("annotations", "iam.amazonaws.com/role"),
        ("labels", "azure.workload.identity/use"),
    ] {
        for (mut bad, path) in makers(&home.pod()) {
            let at = template(path);
            let metadata = bad.pointer_mut(&format!("/{}", at.replace('.', "/"))).unwrap();
            metadata[of][key] = json!("x");
            door.no(make(&bad), &[GUARD, &format!("ISO-01: {at} has {key}")]).await?;
        }
    }
    let later = json!({"spec": {"template": {"metadata": {"annotations": {"k8s.v1.cni.cncf.io/networks": "autre/reseau"}}}}});
    door.no(change("apps/v1", "Deployment", "maj", later), &[GUARD, "ISO-01: spec.template.metadata has"])
        .await?;
    // Whoever runs the cluster notes what it gave to a pod.
    let noted = json!({"metadata": {"annotations": {"cni.projectcalico.org/podIP": "192.0.2.1"}}});
    door.yes(change("v1", "Pod", "maj", noted)).await
}

async fn budgets(door: &Door) -> Result<()> {
    const GUARD: &str = "'beffroi-disruptions'";
    let budget = |name: &str, more: Value| {
        let base =
            json!({"selector": {"matchLabels": {"app": "web"}}, "unhealthyPodEvictionPolicy": "AlwaysAllow"});
        object("policy/v1", "PodDisruptionBudget", name, &merged(&base, &more))
    };
    for (more, says) in [
        (json!({"maxUnavailable": 0}), "ISO-01: spec.maxUnavailable of PodDisruptionBudget web is 0"),
        (json!({"maxUnavailable": "0%"}), "ISO-01: spec.maxUnavailable of PodDisruptionBudget web is 0%"),
        (json!({"minAvailable": "100%"}), "ISO-01: spec.minAvailable of PodDisruptionBudget web is 100%"),
        (json!({"minAvailable": "51%"}), "ISO-01: spec.minAvailable of PodDisruptionBudget web is 51%"),
        (json!({"minAvailable": 1}), "ISO-01: spec.minAvailable of PodDisruptionBudget web is 1"),
        (
            json!({"minAvailable": 1_000_000}),
            "ISO-01: spec.minAvailable of PodDisruptionBudget web is 1000000",
        ),
        (
            json!({"maxUnavailable": 1, "unhealthyPodEvictionPolicy": "IfHealthyBudget"}),
            "ISO-01: spec.unhealthyPodEvictionPolicy of PodDisruptionBudget web is not AlwaysAllow",
        ),
        (json!({"maxUnavailable": 1, "unhealthyPodEvictionPolicy": null}), "is not AlwaysAllow"),
    ] {
        door.no(make(&budget("web", more)), &[GUARD, says]).await?;
    }
    for most in [json!(1), json!("1%"), json!("50%")] {
        door.yes(make(&budget("web", json!({"maxUnavailable": most})))).await?;
    }
    door.make(&budget("change", json!({"maxUnavailable": 1}))).await?;
    let held = json!({"spec": {"maxUnavailable": 0}});
    door.no(change("policy/v1", "PodDisruptionBudget", "change", held), &[GUARD]).await
}

async fn sizes(door: &Door, home: &Home) -> Result<()> {
    const GUARD: &str = "'beffroi-sizes'";
    let holding = |kind: &str, more: Value| {
        merged(&json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": "gros"}}), &more)
    };
    let (much, little) = ("a".repeat(524_292), "a".repeat(500_000));
    let says = |kind: &str| format!("ISO-01: {kind} gros holds ");
    for kind in ["ConfigMap", "Secret"] {
        door.no(make(&holding(kind, json!({"data": {"x": much}}))), &[GUARD, &says(kind)]).await?;
    }
    door.no(make(&holding("ConfigMap", json!({"binaryData": {"x": much}}))), &[GUARD, &says("ConfigMap")])
        .await?;
    let several = json!({"data": {"x": little, "y": little}});
    door.no(make(&holding("ConfigMap", several)), &[GUARD, &says("ConfigMap")]).await?;
    door.no(make(&holding("Secret", json!({"stringData": {"x": much}}))), &[GUARD, &says("Secret")]).await?;
    door.yes(make(&holding("ConfigMap", json!({"data": {"x": little}})))).await?;
    // A record of Helm's is as large as its chart.
    let record = json!({"type": "helm.sh/release.v1", "stringData": {"release": "a".repeat(700_000)}});
    door.yes(make(&holding("Secret", record))).await?;
    let long = || "a".repeat(131_073);
    for (field, value) in [
        ("env", json!([{"name": "X", "value": long()}])),
        ("livenessProbe", json!({"exec": {"command": [long()]}})),
        ("readinessProbe", json!({"httpGet": {"port": 80, "httpHeaders": [{"name": "x", "value": long()}]}})),
        ("startupProbe", json!({"httpGet": {"port": 80, "path": format!("/{}", long())}})),
        ("lifecycle", json!({"preStop": {"exec": {"command": ["sh", long()]}}})),
    ] {
        let mut one = container("app", &home.image());
        one[field] = value;
        refused(
            door,
            home,
            &json!({"containers": [one]}),
            &[GUARD, "ISO-01: commands, arguments, variables, probes and mounts of"],
        )
        .await?;
    }
    let mut one = container("app", &home.image());
    one["volumeMounts"] = json!([{"name": "x", "mountPath": "/x", "subPath": long()}]);
    let volumes = json!([{"name": "x", "emptyDir": {"sizeLimit": "1Mi"}}]);
    refused(door, home, &json!({"containers": [one], "volumes": volumes}), &[GUARD]).await
}

/// Each kind that a chart may make is counted, and one more than the quota's is refused.
async fn quotas(door: &Door, home: &Home) -> Result<()> {
    let quota: Api<DynamicObject> = home.api(beffroi_core::manifests::Kind::ResourceQuota);
    let hard = |quota: DynamicObject| quota.data["spec"]["hard"].clone();
    let counted = hard(quota.get("workspace").await?);
    let role = door.read("rbac.authorization.k8s.io/v1", "ClusterRole", "beffroi-workspace-apps").await?;
    for rule in role["rules"].as_array().into_iter().flatten() {
        let makes = rule["verbs"].as_array().into_iter().flatten().any(|verb| verb == "create");
        let group = rule["apiGroups"][0].as_str().unwrap_or_default();
        for resource in rule["resources"].as_array().into_iter().flatten().filter(|_| makes) {
            let resource = resource.as_str().unwrap_or_default();
            let key = format!("count/{resource}.{group}");
            ensure!(counted.get(key.trim_end_matches('.')).is_some(), "charts make {resource} without count");
        }
    }
    let across = quota.get("across-namespaces").await?;
    ensure!(
        across.data["spec"]["scopeSelector"]["matchExpressions"][0]["scopeName"]
            == "CrossNamespacePodAffinity"
    );
    ensure!(across.data["spec"]["hard"] == json!({"pods": "0"}), "{}", across.data);
    // A pod asks for more than any default limit and names none; Kubernetes takes it.
    let mut large = container("app", &home.image());
    large["resources"] = json!({"requests": {"cpu": "1", "memory": "512Mi"}});
    taken(door, home, &json!({"containers": [large]})).await?;
    let most: usize = counted["count/poddisruptionbudgets.policy"].as_str().unwrap_or_default().parse()?;
    let api: Api<DynamicObject> = Api::namespaced_with(door.admin.clone(), &door.home, &resource());
    let mut made = Vec::new();
    let refusal = loop {
        let body = json!({"maxUnavailable": 1, "unhealthyPodEvictionPolicy": "AlwaysAllow", "selector": {"matchLabels": {"a": "b"}}});
        let name = format!("un-de-plus-{}", made.len());
        let typed = serde_json::from_value(object("policy/v1", "PodDisruptionBudget", &name, &body))?;
        match api.create(&PostParams::default(), &typed).await {
            Ok(there) => made.push(there.name_any()),
            Err(error) => break error.to_string(),
        }
        ensure!(made.len() <= most, "{} budgets were taken, {most} are allowed", made.len());
    };
    ensure!(refusal.contains("exceeded quota: workspace"), "{refusal}");
    for name in made {
        api.delete(&name, &kube::api::DeleteParams::default()).await?;
    }
    Ok(())
}

fn resource() -> kube::core::ApiResource {
    let kind = kube::core::GroupVersionKind::gvk("policy", "v1", "PodDisruptionBudget");
    kube::core::ApiResource::from_gvk_with_plural(&kind, "poddisruptionbudgets")
}
