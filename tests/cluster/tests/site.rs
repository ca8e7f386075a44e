//! A site: Flux installs a chart from a registry on loopback, by digest, with the rights of one account.

// Helpers of tests too may fail the test by a panic.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{path::Path, time::Duration};

use beffroi_cluster::{Cluster, Registry};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::{
    Api,
    api::{ApiResource, DynamicObject, GroupVersionKind, Patch, PatchParams},
};
use serde_json::{Value, json};

#[tokio::test]
async fn flux_installs_a_chart_by_digest_with_the_rights_of_an_account() {
    let (registry, cluster) = tokio::join!(Registry::start(), Cluster::builder("site").flux(true).start());
    let (registry, mut cluster) = (registry.unwrap(), cluster.unwrap());
    let hello = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/hello");
    let pushed = registry.push_chart(&hello).await.unwrap();
    assert_eq!(pushed.repository, format!("oci://{}/charts/hello", registry.host()));
    assert_eq!(pushed.version, "0.1.0");
    assert!(pushed.digest.starts_with("sha256:"), "{}", pushed.digest);

    let metadata = json!({"name": "hello", "namespace": "default"});
    let roles = "rbac.authorization.k8s.io/v1";
    apply(&cluster, &json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata})).await;
    apply(
        &cluster,
        &json!({
            "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "OCIRepository", "metadata": metadata,
            "spec": {
                "interval": "10m", "insecure": true, "url": pushed.repository,
                "ref": {"digest": pushed.digest},
                "layerSelector": {
                    "mediaType": "application/vnd.cncf.helm.chart.content.v1.tar+gzip", "operation": "copy",
                },
            },
        }),
    )
    .await;
    let release = json!({
        "apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease", "metadata": metadata,
        "spec": {
            "interval": "10m", "serviceAccountName": "hello",
            "chartRef": {"kind": "OCIRepository", "name": "hello"},
            "values": {"greeting": "salut"},
            "install": {"strategy": {"name": "RetryOnFailure", "retryInterval": "1s"}},
        },
    });
    apply(&cluster, &release).await;

    // Without a role the release fails, whatever Flux itself may do …
    let refused = until_ready(&cluster, "False").await;
    assert!(refused.contains("forbidden"), "{refused}");

    // … and with one it is installed.
    apply(
        &cluster,
        &json!({
            "apiVersion": roles, "kind": "Role", "metadata": metadata,
            "rules": [{"apiGroups": [""], "resources": ["configmaps", "secrets"], "verbs": ["*"]}],
        }),
    )
    .await;
    apply(
        &cluster,
        &json!({
            "apiVersion": roles, "kind": "RoleBinding", "metadata": metadata,
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "hello"},
            "subjects": [{"kind": "ServiceAccount", "name": "hello"}],
        }),
    )
    .await;
    until_ready(&cluster, "True").await;
    assert_eq!(greeting(&cluster, "hello").await, "salut");

    cluster.stop_flux();
    cluster.start_flux().await.unwrap();
}

#[tokio::test]
async fn helm_installs_a_chart_from_a_folder() {
    let cluster = Cluster::builder("helm").start().await.unwrap();
    let hello = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/hello");
    cluster.helm_install("one", "default", &hello, &json!({})).await.unwrap();
    assert_eq!(greeting(&cluster, "one").await, "hello");
    cluster.helm_install("one", "default", &hello, &json!({"greeting": "bonjour"})).await.unwrap();
    assert_eq!(greeting(&cluster, "one").await, "bonjour");
    let error =
        cluster.helm_install("two", "default", &hello.join("templates"), &json!({})).await.unwrap_err();
    assert!(error.to_string().contains("Chart.yaml"), "helm's own words are told: {error}");
}

async fn greeting(cluster: &Cluster, name: &str) -> String {
    let maps: Api<ConfigMap> = Api::namespaced(cluster.admin(), "default");
    maps.get(name).await.unwrap().data.unwrap().remove("greeting").unwrap()
}

fn dynamic(cluster: &Cluster, object: &Value) -> Api<DynamicObject> {
    let text = |field: &str| object[field].as_str().unwrap().to_owned();
    let (version, kind) = (text("apiVersion"), text("kind"));
    let (group, version) = version.split_once('/').unwrap_or(("", &version));
    let plural = match kind.as_str() {
        "OCIRepository" => "ocirepositories".to_owned(),
        other => format!("{}s", other.to_lowercase()),
    };
    let resource = ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk(group, version, &kind), &plural);
    Api::namespaced_with(cluster.admin(), "default", &resource)
}

async fn apply(cluster: &Cluster, object: &Value) {
    let name = object["metadata"]["name"].as_str().unwrap();
    let params = PatchParams::apply("test").force();
    dynamic(cluster, object).patch(name, &params, &Patch::Apply(object)).await.unwrap();
}

/// Waits until the release's Ready is `status`; returns its message.
async fn until_ready(cluster: &Cluster, status: &str) -> String {
    let releases =
        dynamic(cluster, &json!({"apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease"}));
    let mut last = Value::Null;
    for _ in 0..600 {
        let release = releases.get("hello").await.unwrap();
        let conditions = release.data["status"]["conditions"].as_array().cloned().unwrap_or_default();
        last = conditions.into_iter().find(|condition| condition["type"] == "Ready").unwrap_or_default();
        let message = last["message"].as_str().unwrap_or_default();
        if last["status"] == status && (status == "True" || message.contains("forbidden")) {
            return message.to_owned();
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the release is not {status} within a minute: {last}");
}
