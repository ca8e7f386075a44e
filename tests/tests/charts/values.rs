//! What chart beffroi makes of values that people get wrong, of names that YAML reads as something else, and of all that
//! is asked for at once.

use anyhow::{Context, Result, ensure};
use beffroi_cluster::helm;
use beffroi_tests::fleet::{NAMESPACE, chart};
use serde_json::{Value, json};

use super::{merge, pod, refusal, spec, values};

/// Values with all that is off by default.
fn all() -> Value {
    let digest = format!("sha256:{}", "b".repeat(64));
    let entry = json!([{"podSelector": {"matchLabels": {"app": "entree"}}}]);
    values(&json!({
        "image": {"pullSecrets": ["123"]},
        "cli": {"image": {"repository": "registre.example:5000/beffroi/cli", "digest": digest}},
        "priorityClassName": "on",
        "evidence": {"credentials": "0x1", "volume": {"storageClass": "1e3"}},
        "monitoring": {"dashboard": true, "rules": true, "serviceMonitors": true},
        "api": {
            "autoscaling": {"maxReplicas": 5},
            "ingress": {"host": "beffroi.example", "className": "1", "tlsSecret": "null"},
            "route": {"host": "route.example", "parentRefs": [{"name": "public", "namespace": "on"}]},
            "trustedProxies": ["10.42.7.0/24", "fd00::/8"],
            "networkPolicy": {"ingressFrom": entry},
            "oidcCa": "yes",
            "tls": {"secret": "no"},
        },
    }))
}

async fn render(release: &str, namespace: &str, name: &str, values: &Value) -> Result<Vec<Value>> {
    let served = ["--api-versions", "monitoring.coreos.com/v1"];
    Ok(helm::render_as(release, namespace, &chart(name), values, &served).await?)
}

/// Each value that is a name, at whatever depth, is a text.
fn names_are_texts(value: &Value, path: &str) -> Result<()> {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let path = format!("{path}.{key}");
                let named =
                    ["name", "namespace", "secretName", "storageClassName", "priorityClassName", "host"];
                let named =
                    named.contains(&&**key) || path.contains("abels.") || path.contains("annotations.");
                ensure!(!named || value.is_string() || value.is_object(), "{path} is {value}");
                names_are_texts(value, &path)?;
            }
            Ok(())
        }
        Value::Array(items) => items.iter().try_for_each(|item| names_are_texts(item, path)),
        _ => Ok(()),
    }
}

#[tokio::test]
async fn every_object_is_labelled_and_no_name_becomes_a_number() -> Result<()> {
    let site = json!({"token": {"longLived": true}});
    for (release, namespace) in [("beffroi", NAMESPACE), ("123", "on"), ("null", "1e3"), ("no", "0x10")] {
        for (name, values) in [("beffroi", &all()), ("beffroi-site", &site)] {
            for manifest in render(release, namespace, name, values).await? {
                let labels = &manifest["metadata"]["labels"];
                for label in ["name", "instance", "version", "part-of", "managed-by"] {
                    ensure!(labels[format!("app.kubernetes.io/{label}")].is_string(), "{label}: {manifest}");
                }
                ensure!(labels["app.kubernetes.io/instance"] == release, "{manifest}");
                ensure!(labels["helm.sh/chart"].is_string(), "{manifest}");
                let lies_in = &manifest["metadata"]["namespace"];
                ensure!(lies_in.is_null() || lies_in == namespace, "{manifest}");
                names_are_texts(&manifest, manifest["kind"].as_str().unwrap_or_default())?;
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn an_image_without_digest_is_told_what_to_write() -> Result<()> {
    let of = |repository: &str, digest: &str| json!({"repository": repository, "digest": digest});
    let good = format!("sha256:{}", "a".repeat(64));
    for (image, says) in [
        (of("registre.example/op:1.2", &good), "with a tag, which may name another image tomorrow"),
        (of("registre.example:5000/op:1.2", &good), "`crane digest registre.example:5000/op:1.2`"),
        (of(&format!("registre.example/op@{good}"), &good), "write what stands behind @ into"),
        (of("https://registre.example/op", &good), "without https://"),
        (of("registre.example/op", "1.2"), "a tag is no digest"),
        (of("registre.example/op", ""), "by digest, never by tag"),
    ] {
        for (at, more) in
            [("image", json!({"image": image})), ("api.image", json!({"api": {"image": image}}))]
        {
            let told = refusal(&more).await?;
            ensure!(told.contains(&format!("{at}.")) && told.contains(says), "{more}: {told}");
        }
    }
    pod("beffroi-operator", &json!({"image": {"repository": "registre.example:5000/a/b_c"}})).await?;
    Ok(())
}

#[tokio::test]
async fn what_is_no_size_network_or_name_is_refused() -> Result<()> {
    let size = |size: &str| json!({"evidence": {"volume": {"size": size}}});
    let memory = |memory: &str| json!({"resources": {"limits": {"memory": memory}}});
    let proxy = |network: &str| json!({"api": {"trustedProxies": [network]}});
    let private = |network: &str| json!({"api": {"networkPolicy": {"privateNetworks": [network]}}});
    let secret = |name: &str| json!({"api": {"evidenceCredentials": name}});
    let refused = [
        (size("10Go"), "/evidence/volume/size"),
        (size("0Gi"), "/evidence/volume/size"),
        (size("-1Gi"), "/evidence/volume/size"),
        (memory("512MB"), "/resources/limits/memory"),
        (memory("beaucoup"), "/resources/limits/memory"),
        (json!({"resources": {"memory": "1Gi"}}), "/resources"),
        (proxy("10.0.0.0/33"), "/api/trustedProxies/0"),
        (proxy("10.0.0/8"), "/api/trustedProxies/0"),
        (proxy("300.0.0.0/8"), "/api/trustedProxies/0"),
        (proxy("10.0.0.1"), "/api/trustedProxies/0"),
        (private("fe80::/129"), "/api/networkPolicy/privateNetworks/0"),
        (private("1::2::3/64"), "/api/networkPolicy/privateNetworks/0"),
        (private("1:2:3:4:5:6:7:8:9/64"), "/api/networkPolicy/privateNetworks/0"),
        (secret("Mon_Secret"), "/api/evidenceCredentials"),
        (json!({"api": {"tls": {"secret": "tls/secret"}}}), "/api/tls/secret"),
        (json!({"image": {"pullSecrets": [""]}}), "/image/pullSecrets/0"),
        (json!({"api": {"ingress": {"host": "https://x.fr"}}}), "/api/ingress/host"),
        (json!({"priorityClassName": "Haute"}), "/priorityClassName"),
    ];
    for (more, at) in &refused {
        let told = refusal(more).await?;
        ensure!(told.contains(&format!("at '{at}'")), "{more}: {told}");
    }
    for network in ["0.0.0.0/0", "10.1.2.0/24", "::/0", "::1/128", "fe80::/10", "2001:db8:1:2:3:4:5:6/128"] {
        let mut taken = proxy(network);
        merge(&mut taken, &memory("1.5Gi"));
        merge(&mut taken, &size("250Gi"));
        pod("beffroi-api", &taken).await?;
    }
    Ok(())
}

#[tokio::test]
async fn the_api_scales_and_is_reached_as_asked() -> Result<()> {
    let none = spec("Deployment", "beffroi-api", &json!({})).await?;
    ensure!(none["replicas"] == 2, "{none}");
    let scaled = json!({"api": {"autoscaling": {"maxReplicas": 5, "cpu": 60}}});
    let deployment = spec("Deployment", "beffroi-api", &scaled).await?;
    ensure!(
        deployment.get("replicas").is_none(),
        "an upgrade would undo what the autoscaler did: {deployment}"
    );
    let scaler = spec("HorizontalPodAutoscaler", "beffroi-api", &scaled).await?;
    ensure!(scaler["minReplicas"] == 2 && scaler["maxReplicas"] == 5, "{scaler}");
    let told = refusal(&json!({"api": {"autoscaling": {"maxReplicas": 1}}})).await?;
    ensure!(told.contains("below api.replicas"), "{told}");

    let route = |more: Value| {
        let mut api = json!({
            "route": {"host": "beffroi.example", "parentRefs": [{"name": "public"}]},
            "trustedProxies": ["10.42.7.0/24"],
            "networkPolicy": {"ingressFrom": [{"podSelector": {}}]},
        });
        merge(&mut api, &more);
        json!({"api": api})
    };
    let led = spec("HTTPRoute", "beffroi-api", &route(json!({}))).await?;
    ensure!(
        led["hostnames"] == json!(["beffroi.example"]) && led["parentRefs"][0]["name"] == "public",
        "{led}"
    );
    let service = spec("Service", "beffroi-api", &json!({})).await?;
    ensure!(led["rules"][0]["backendRefs"][0]["port"] == service["ports"][0]["port"], "{led} {service}");
    for (more, says) in [
        (json!({"route": {"parentRefs": []}}), "api.route.parentRefs is needed"),
        (json!({"trustedProxies": []}), "api.trustedProxies is needed with api.route.host"),
        (json!({"networkPolicy": {"ingressFrom": []}}), "ingressFrom is needed with api.route.host"),
    ] {
        let told = refusal(&route(more)).await?;
        ensure!(told.contains(says), "{told}");
    }
    Ok(())
}

/// Probes ask ports and paths that are served, and the pod of `helm test` may reach them.
#[tokio::test]
async fn health_is_asked_where_it_is_told() -> Result<()> {
    let manifests = render("beffroi", NAMESPACE, "beffroi", &all()).await?;
    let find = |kind: &str, name: &str| {
        let found = manifests.iter().find(|m| m["kind"] == kind && m["metadata"]["name"] == name);
        found.with_context(|| format!("no {kind} {name}"))
    };
    let test = find("Pod", "beffroi-test")?;
    ensure!(test["metadata"]["annotations"]["helm.sh/hook"] == "test", "{test}");
    let asked = test["spec"]["containers"][0]["args"].as_array().context("no arguments")?;
    for (name, port) in [("beffroi-operator", "http"), ("beffroi-api", "metrics")] {
        let deployment = find("Deployment", name)?;
        let pod = &deployment["spec"]["template"]["spec"];
        let container = &pod["containers"][0];
        for (probe, path) in
            [("startupProbe", "/healthz"), ("livenessProbe", "/healthz"), ("readinessProbe", "/readyz")]
        {
            let wanted = json!({"path": path, "port": port});
            ensure!(container[probe]["httpGet"] == wanted, "{name} {probe}: {container}");
        }
        ensure!(pod["priorityClassName"] == "on", "{pod}");
        ensure!(container["securityContext"]["readOnlyRootFilesystem"] == true, "{container}");

        let service = find("Service", &format!("{name}-metrics"))?;
        let address =
            format!("http://{name}-metrics.{NAMESPACE}:{}/readyz", service["spec"]["ports"][0]["port"]);
        ensure!(asked.contains(&json!(address)), "{address}: {asked:?}");
        let policy = find("NetworkPolicy", name)?;
        let rules = policy["spec"]["ingress"].as_array().context("nobody may")?;
        let open = rules.iter().find(|rule| rule["ports"][0]["port"] == port).context("not open")?;
        let peers = open["from"].as_array().context("anyone may")?;
        let labels = &test["metadata"]["labels"];
        let of_test = |peer: &&Value| {
            let wanted = peer["podSelector"]["matchLabels"].as_object();
            wanted.is_some_and(|wanted| wanted.iter().all(|(key, value)| labels[key] == *value))
        };
        ensure!(peers.iter().filter(of_test).count() == 1, "{policy}");
    }
    Ok(())
}
