//! What chart beffroi renders to for values that its schema lets pass: manifests in order, or a word on what to do.
//! [`life`]: installed, upgraded, rolled back and taken away by helm 3 and helm 4; [`values`]: of values that people get
//! wrong, and of all that is off by default.

mod life;
mod values;

use std::net::IpAddr;

use anyhow::{Context, Result, ensure};
use beffroi_cluster::{Cluster, helm};
use beffroi_tests::{
    digests, eventually,
    fleet::{NAMESPACE, OPERATOR, chart},
};
use ipnet::IpNet;
use k8s_openapi::api::{core::v1::Namespace, discovery::v1::EndpointSlice, networking::v1::NetworkPolicy};
use kube::{
    Api,
    api::{DeleteParams, Patch, PatchParams, PostParams},
};
use serde_json::{Value, json};

/// Values of an installation with the API, and `more`.
fn values(more: &Value) -> Value {
    let image =
        json!({"repository": "registre.example/beffroi", "digest": format!("sha256:{}", "a".repeat(64))});
    let mut values = json!({"image": image, "api": {"replicas": 2, "image": image}});
    merge(&mut values, more);
    values
}

fn merge(values: &mut Value, more: &Value) {
    match (values, more) {
        (Value::Object(values), Value::Object(more)) => {
            for (key, value) in more {
                merge(values.entry(key).or_insert(Value::Null), value);
            }
        }
        (values, more) => *values = more.clone(),
    }
}

/// What an object is to be, as it is rendered.
async fn spec(kind: &str, name: &str, more: &Value) -> Result<Value> {
    let all = helm::render(NAMESPACE, &chart("beffroi"), &values(more)).await?;
    let found = all.into_iter().find(|m| m["kind"] == kind && m["metadata"]["name"] == name);
    Ok(found.with_context(|| format!("no {kind} {name}"))?["spec"].take())
}

/// A Deployment's pod.
async fn pod(deployment: &str, more: &Value) -> Result<Value> {
    Ok(spec("Deployment", deployment, more).await?["template"]["spec"].take())
}

async fn refusal(more: &Value) -> Result<String> {
    let refused = helm::render(NAMESPACE, &chart("beffroi"), &values(more)).await.err();
    Ok(refused.with_context(|| format!("rendered: {more}"))?.to_string())
}

fn arguments(pod: &Value) -> Vec<&str> {
    pod["containers"][0]["args"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

#[tokio::test]
async fn no_arguments_are_none() -> Result<()> {
    for (deployment, none) in
        [("beffroi-api", json!({"api": {"args": []}})), ("beffroi-operator", json!({"args": []}))]
    {
        let (some, none) = (pod(deployment, &json!({})).await?, pod(deployment, &none).await?);
        ensure!(arguments(&some).len() == arguments(&none).len() + 2, "{some} {none}");
    }
    Ok(())
}

#[tokio::test]
async fn issuers_may_have_an_authority_of_their_own() -> Result<()> {
    let api = pod("beffroi-api", &json!({"api": {"oidcCa": "autorites"}})).await?;
    ensure!(
        arguments(&api).windows(2).any(|pair| pair == ["--oidc-ca", "/etc/beffroi/oidc/ca.crt"]),
        "{api}"
    );
    let mounts = api["containers"][0]["volumeMounts"].as_array().context("no mounts")?;
    let mount = mounts.iter().find(|mount| mount["mountPath"] == "/etc/beffroi/oidc").context("no mount")?;
    let volumes = api["volumes"].as_array().context("no volumes")?;
    let volume = volumes.iter().find(|volume| volume["name"] == mount["name"]).context("no volume")?;
    ensure!(volume["configMap"]["name"] == "autorites", "{volume}");
    Ok(())
}

#[tokio::test]
async fn the_api_has_keys_of_its_own_and_no_secret_says_who_is_hoster() -> Result<()> {
    let store = |own: &str| {
        json!({
            "evidence": {"store": "s3://beffroi/journal", "credentials": "ecrire"},
            "api": {"evidenceCredentials": own},
        })
    };
    for own in ["", "ecrire"] {
        let told = refusal(&store(own)).await?;
        ensure!(told.contains("api.evidenceCredentials is needed"), "{told}");
    }
    for (deployment, secret) in [("beffroi-api", "lire"), ("beffroi-operator", "ecrire")] {
        let pod = pod(deployment, &store("lire")).await?;
        let container = &pod["containers"][0];
        ensure!(container.get("envFrom").is_none(), "{container}");
        let variables = container["env"].as_array().context("no environment")?;
        let keys: Vec<&Value> =
            variables.iter().filter(|v| v.pointer("/valueFrom/secretKeyRef").is_some()).collect();
        ensure!(keys.iter().any(|key| key["name"] == "AWS_SECRET_ACCESS_KEY"), "{container}");
        let named = |key: &&Value| key["name"].as_str().is_some_and(|name| name.starts_with("AWS_"));
        ensure!(keys.iter().all(named), "{container}");
        ensure!(keys.iter().all(|key| key["valueFrom"]["secretKeyRef"]["name"] == secret), "{container}");
    }
    Ok(())
}

#[tokio::test]
async fn behind_an_ingress_clients_are_told_apart() -> Result<()> {
    let controller =
        json!([{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ingress"}}}]);
    let host = json!({
        "ingress": {"host": "beffroi.example"},
        "networkPolicy": {"ingressFrom": controller},
    });
    let told = refusal(&json!({"api": host})).await?;
    ensure!(told.contains("api.trustedProxies is needed"), "{told}");
    let mut known = host;
    known["trustedProxies"] = json!(["10.0.0.0/8"]);
    let api = pod("beffroi-api", &json!({"api": known})).await?;
    ensure!(arguments(&api).contains(&"10.0.0.0/8"), "{api}");
    Ok(())
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

#[tokio::test]
async fn network_policies_hold_for_the_pods_that_run() -> Result<()> {
    let entry = json!([{"podSelector": {"matchLabels": {"app": "entree"}}}]);
    let watch =
        json!([{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}]);
    let named = json!({"api": {"networkPolicy": {"ingressFrom": entry}}});
    let unwatched = json!({"networkPolicy": {"metricsFrom": []}});
    let anyone = |port| json!({"ports": [{"port": port}]});
    let only = |from: &Value, port| json!({"from": from, "ports": [{"port": port}]});
    for (name, more, opened) in [
        ("beffroi-api", &json!({}), json!([anyone("api"), only(&watch, "metrics")])),
        ("beffroi-api", &named, json!([only(&entry, "api"), only(&watch, "metrics")])),
        ("beffroi-api", &unwatched, json!([anyone("api")])),
        ("beffroi-operator", &json!({}), json!([only(&watch, "http")])),
        ("beffroi-operator", &unwatched, json!(null)),
    ] {
        let policy = spec("NetworkPolicy", name, more).await?;
        let deployment = spec("Deployment", name, more).await?;
        ensure!(policy["podSelector"] == deployment["selector"], "{policy} {deployment}");
        ensure!(policy["ingress"] == opened, "{policy}");
        ensure!(list(&policy["policyTypes"]).contains(&json!("Ingress")), "{policy}");
        let served = list(&deployment["template"]["spec"]["containers"][0]["ports"]);
        for port in list(&opened).iter().map(|rule| &rule["ports"][0]["port"]) {
            ensure!(served.iter().any(|served| served["name"] == *port), "{port}: {served:?}");
        }
    }
    Ok(())
}

/// Whether a policy lets its pods out to an address that is no pod's.
fn lets_out(policy: &Value, address: &str, port: u16) -> Result<bool> {
    let address: IpAddr = address.parse()?;
    let lies_in = |network: &Value| -> Result<bool> {
        Ok(network.as_str().context("no network")?.parse::<IpNet>()?.contains(&address))
    };
    for rule in list(&policy["egress"]) {
        if !list(&rule["ports"]).iter().any(|p| p["port"] == port && p["protocol"] != "UDP") {
            continue;
        }
        if rule.get("to").is_none() {
            return Ok(true);
        }
        for block in list(&rule["to"]).iter().filter_map(|peer| peer.get("ipBlock")) {
            let excepted = list(&block["except"]).iter().map(lies_in).collect::<Result<Vec<_>>>()?;
            if lies_in(&block["cidr"])? && !excepted.contains(&true) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

#[tokio::test]
async fn no_issuer_leads_the_api_to_a_private_address() -> Result<()> {
    let policy = spec("NetworkPolicy", "beffroi-api", &json!({})).await?;
    for public in ["192.0.2.1", "172.32.0.1", "2001:db8::1"] {
        ensure!(lets_out(&policy, public, 443)? && !lets_out(&policy, public, 80)?, "{public}: {policy}");
    }
    for port in [53, 5353] {
        ensure!(lets_out(&policy, "10.0.0.10", port)?, "names are looked up: {policy}");
    }
    let inside = ["10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.31.0.1", "192.168.1.1"];
    for private in inside.into_iter().chain(["::1", "fd00::1", "fe80::1"]) {
        ensure!(!lets_out(&policy, private, 443)?, "{private}: {policy}");
        ensure!(lets_out(&policy, private, 6443)?, "the API server may lie at {private}: {policy}");
    }

    let own = json!({
        "apiServer": {"port": 443, "to": [{"ipBlock": {"cidr": "10.0.0.1/32"}}]},
        "egress": [{"to": [{"ipBlock": {"cidr": "fd00::5/128"}}], "ports": [{"port": 443}]}],
        "privateNetworks": ["10.0.0.0/8", "192.0.2.0/24", "fc00::/7"],
    });
    let policy = spec("NetworkPolicy", "beffroi-api", &json!({"api": {"networkPolicy": own}})).await?;
    for open in ["10.0.0.1", "198.51.100.1", "fd00::5", "2001:db8::1"] {
        ensure!(lets_out(&policy, open, 443)?, "{open}: {policy}");
    }
    for shut in ["10.0.0.2", "192.0.2.1", "fd00::6"] {
        ensure!(!lets_out(&policy, shut, 443)?, "{shut}: {policy}");
    }
    Ok(())
}

#[tokio::test]
async fn what_a_network_policy_would_break_is_asked_for() -> Result<()> {
    for (more, needed) in [
        (
            json!({"ingress": {"host": "beffroi.example"}, "trustedProxies": ["10.0.0.0/24"]}),
            "api.networkPolicy.ingressFrom is needed",
        ),
        (json!({"traces": "http://collecteur.example/v1"}), "egress is needed with api.traces at port 80"),
        (
            json!({"traces": "https://collecteur.example:4318"}),
            "egress is needed with api.traces at port 4318",
        ),
        (
            json!({"hoster": {"issuer": "https://id.example:8443/realms/essaim", "groups": ["exploitation"]}}),
            "egress is needed with api.hoster.issuer at port 8443",
        ),
        (json!({"networkPolicy": {"apiServer": {"port": 443}}}), "api.networkPolicy.apiServer.to is needed"),
    ] {
        let told = refusal(&json!({"api": more})).await?;
        ensure!(told.contains(needed), "{told}");
        let without = values(&json!({"api": more, "networkPolicy": {"enabled": false}}));
        let all = helm::render(NAMESPACE, &chart("beffroi"), &without).await?;
        ensure!(all.iter().all(|manifest| manifest["kind"] != "NetworkPolicy"), "{all:?}");
    }
    Ok(())
}

/// Where helm sees the cluster, it sees the API server's port; and an API server takes the policies.
#[tokio::test]
async fn the_api_server_is_where_its_policy_says() -> Result<()> {
    let cluster = Cluster::builder("management").start().await?;
    let slice: EndpointSlice = serde_json::from_value(json!({
        "metadata": {"name": "kubernetes"},
        "addressType": "IPv4",
        "endpoints": [{"addresses": ["10.0.0.1"]}],
        "ports": [{"name": "https", "port": 443}],
    }))?;
    let slices: Api<EndpointSlice> = Api::namespaced(cluster.admin(), "default");
    slices.create(&PostParams::default(), &slice).await?;
    let refused =
        cluster.helm_install("beffroi", NAMESPACE, &chart("beffroi"), &values(&json!({}))).await.err();
    let told = refused.context("installed")?.to_string();
    ensure!(told.contains("this cluster's API server answers on 443"), "{told}");

    let to = json!([{"ipBlock": {"cidr": "10.0.0.1/32"}}]);
    let said = json!({"api": {"networkPolicy": {"apiServer": {"port": 443, "to": to}}}});
    cluster.helm_install("beffroi", NAMESPACE, &chart("beffroi"), &values(&said)).await?;
    let policies: Api<NetworkPolicy> = Api::namespaced(cluster.admin(), NAMESPACE);
    for name in ["beffroi-api", "beffroi-operator"] {
        policies.get(name).await?;
    }
    the_operator_has_to_do_with_namespaces_of_tenants_alone(&cluster).await
}

/// RBAC lets it make, change and remove any; an admission policy says which.
async fn the_operator_has_to_do_with_namespaces_of_tenants_alone(cluster: &Cluster) -> Result<()> {
    let (admin, operator) = (cluster.admin(), cluster.client_as(NAMESPACE, OPERATOR).await?);
    let (admin, operator): (Api<Namespace>, Api<Namespace>) = (Api::all(admin), Api::all(operator));
    let namespace = |name: &str, labels: Value| -> Result<Namespace> {
        Ok(serde_json::from_value(json!({"metadata": {"name": name, "labels": labels}}))?)
    };
    let own = |tenant: &str| json!({"app.kubernetes.io/managed-by": "beffroi", "beffroi.fr/tenant": tenant, "beffroi.fr/tenant-uid": "u1"});
    let with = |key: &str, value: Value| {
        let mut labels = own("essaim");
        labels[key] = value;
        labels
    };
    let refused = |what: &str, answer: Result<(), kube::Error>, says: &str| -> Result<()> {
        let told = answer.err().with_context(|| format!("taken: {what}"))?.to_string();
        ensure!(told.contains("beffroi-operator-namespaces") && told.contains(says), "{what}: {told}");
        Ok(())
    };
    // Policies hold a moment after they are written.
    eventually("the policy", async || {
        let dry = PostParams { dry_run: true, ..PostParams::default() };
        let made = operator.create(&dry, &namespace("autre", own("autre"))?).await;
        refused("autre", made.map(drop), "namespaces tenant-NAME alone")
    })
    .await?;
    let unlabelled = "made without the labels that say whose it is";
    for (name, labels, says) in [
        ("tenant-essaim", json!({}), unlabelled),
        ("tenant-essaim", with("beffroi.fr/tenant-uid", json!("")), unlabelled),
        ("tenant-essaim", with("app.kubernetes.io/managed-by", json!("Helm")), unlabelled),
        ("tenant-essaim", own("autre"), unlabelled),
        ("beffroi-tenant-essaim", own("essaim"), "namespaces tenant-NAME alone"),
        (
            "tenant-essaim",
            with("pod-security.kubernetes.io/enforce", json!("privileged")),
            "is not for the operator",
        ),
        ("tenant-essaim", with("beffroi.fr/workspace-uid", json!("x")), "is not for the operator"),
    ] {
        let made = operator.create(&PostParams::default(), &namespace(name, labels.clone())?).await;
        refused(&format!("{name} {labels}"), made.map(drop), says)?;
    }
    operator.create(&PostParams::default(), &namespace("tenant-essaim", own("essaim"))?).await?;

    // What is there already is adopted by no label, whatever its name is; nor is it removed.
    admin.create(&PostParams::default(), &namespace("tenant-ancien", json!({}))?).await?;
    let labels = |labels: &Value| Patch::Merge(json!({"metadata": {"labels": labels}}));
    for name in ["tenant-ancien", "kube-system", "default", NAMESPACE] {
        let says = if name == "tenant-ancien" { "takes over nothing" } else { "tenant-NAME alone" };
        let adopted = operator.patch(name, &PatchParams::default(), &labels(&own("ancien"))).await;
        refused(name, adopted.map(drop), says)?;
        let put: Value = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": own("ancien")}});
        let adopted = operator.patch(name, &PatchParams::apply("beffroi").force(), &Patch::Apply(&put)).await;
        refused(name, adopted.map(drop), says)?;
        // Kubernetes itself keeps its own.
        if !["kube-system", "default"].contains(&name) {
            let removed = operator.delete(name, &DeleteParams::default()).await;
            refused(name, removed.map(drop), says)?;
        }
    }
    // Its own stays with its tenant, and is made no other by labels.
    for (key, value, says) in [
        ("beffroi.fr/tenant-uid", json!("u2"), "stays with the tenant"),
        ("beffroi.fr/tenant-uid", Value::Null, "stays with the tenant"),
        ("pod-security.kubernetes.io/enforce", json!("privileged"), "is not for the operator to write"),
    ] {
        let changed =
            operator.patch("tenant-essaim", &PatchParams::default(), &labels(&json!({key: value}))).await;
        refused(key, changed.map(drop), says)?;
    }
    // What others put there stays, and what is the operator's is put right.
    let theirs = json!({"sauvegarde.example/plan": "nuit", "app.kubernetes.io/managed-by": null});
    admin.patch("tenant-essaim", &PatchParams::default(), &labels(&theirs)).await?;
    operator.patch("tenant-essaim", &PatchParams::default(), &labels(&own("essaim"))).await?;
    operator.delete("tenant-essaim", &DeleteParams::default()).await?;
    Ok(())
}

/// The operator knows what each guard says, wherever its chart is installed.
#[tokio::test]
async fn guards_say_what_the_operator_expects() -> Result<()> {
    let committed = std::fs::read_to_string(digests::file())?;
    for namespace in [NAMESPACE, "ailleurs"] {
        let rendered = digests::render(namespace).await?;
        ensure!(
            rendered == committed,
            "core/src/site/guards.txt is not of these guards: run `make generate`\n{rendered}"
        );
    }
    Ok(())
}
