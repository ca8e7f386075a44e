//! What chart beffroi renders to for values that its schema lets pass: manifests in order, or a word on what to do.

use anyhow::{Context, Result, ensure};
use beffroi_cluster::helm;
use beffroi_tests::fleet::{NAMESPACE, chart};
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

/// A Deployment's pod, as it is rendered.
async fn pod(deployment: &str, more: &Value) -> Result<Value> {
    let all = helm::render(NAMESPACE, &chart("beffroi"), &values(more)).await?;
    let found = all.into_iter().find(|m| m["kind"] == "Deployment" && m["metadata"]["name"] == deployment);
    Ok(found.with_context(|| format!("no Deployment {deployment}"))?["spec"]["template"]["spec"].take())
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
    let host = json!({"ingress": {"host": "beffroi.example"}});
    let told = refusal(&json!({"api": host})).await?;
    ensure!(told.contains("api.trustedProxies is needed"), "{told}");
    let mut known = host;
    known["trustedProxies"] = json!(["10.0.0.0/8"]);
    let api = pod("beffroi-api", &json!({"api": known})).await?;
    ensure!(arguments(&api).contains(&"10.0.0.0/8"), "{api}");
    Ok(())
}
