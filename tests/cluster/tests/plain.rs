//! A cluster without Flux: its nodes, its rights, and its return after a crash.

// Helpers of tests too may fail the test by a panic.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::time::Duration;

use beffroi_cluster::{Cluster, Node};
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, Node as NodeObject, Pod, ServiceAccount};
use kube::{
    Api, Client,
    api::{DeleteParams, ListParams, PostParams},
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

const REGION: &str = "topology.kubernetes.io/region";

#[tokio::test]
async fn nodes_are_ready_as_described_and_run_pods() {
    let cluster = Cluster::builder("nodes")
        .node(
            Node::named("par1-a")
                .label(REGION, "FR-IDF")
                .provider_id("numspot://par1/a")
                .capacity("cpu", "4")
                .capacity("pods", "20"),
        )
        .node(Node::named("lyo1-a").label(REGION, "FR-ARA"))
        .start()
        .await
        .unwrap();

    let nodes: Api<NodeObject> = Api::all(cluster.admin());
    let found = nodes.list(&ListParams::default().labels(&format!("{REGION}=FR-IDF"))).await.unwrap().items;
    let [node] = found.as_slice() else { panic!("one node is in FR-IDF, not {}", found.len()) };
    assert_eq!(node.metadata.name.as_deref(), Some("par1-a"));
    assert_eq!(node.spec.as_ref().unwrap().provider_id.as_deref(), Some("numspot://par1/a"));
    let capacity = node.status.as_ref().unwrap().allocatable.as_ref().unwrap();
    assert_eq!((capacity["cpu"].0.as_str(), capacity["pods"].0.as_str()), ("4", "20"));

    let pods: Api<Pod> = Api::namespaced(cluster.admin(), "default");
    let pod = object(json!({
        "metadata": {"name": "here"},
        "spec": {"nodeSelector": {REGION: "FR-ARA"}, "containers": [{"name": "main", "image": "none"}]},
    }));
    pods.create(&PostParams::default(), &pod).await.unwrap();
    within(Duration::from_mins(1), "the pod runs", async || {
        let pod = pods.get("here").await.unwrap();
        let phase = pod.status.as_ref().and_then(|status| status.phase.clone());
        phase.as_deref() == Some("Running") && pod.spec.unwrap().node_name.as_deref() == Some("lyo1-a")
    })
    .await;
}

#[tokio::test]
async fn an_account_has_only_its_own_rights_and_namespaces_go_quickly() {
    let cluster = Cluster::builder("rights").start().await.unwrap();
    make_namespace(&cluster.admin(), "tenant").await;
    let accounts: Api<ServiceAccount> = Api::namespaced(cluster.admin(), "tenant");
    let account = object(json!({"metadata": {"name": "worker"}}));
    accounts.create(&PostParams::default(), &account).await.unwrap();

    let worker = cluster.client_as("tenant", "worker").await.unwrap();
    let refused = Api::<ConfigMap>::namespaced(worker.clone(), "tenant").list(&ListParams::default()).await;
    assert!(is_status(&refused, 403), "without a role nothing is allowed: {refused:?}");
    let refused = Api::<Namespace>::all(worker).list(&ListParams::default()).await;
    assert!(is_status(&refused, 403), "{refused:?}");

    // Made for each new namespace, when its controller comes to it.
    let roots: Api<ConfigMap> = Api::namespaced(cluster.admin(), "tenant");
    within(Duration::from_secs(30), "the namespace has its root certificates", async || {
        roots.get_opt("kube-root-ca.crt").await.unwrap().is_some()
    })
    .await;
    let before = (cluster.revision().await.unwrap(), cluster.requests().await.unwrap());
    let maps: Api<ConfigMap> = Api::namespaced(cluster.admin(), "tenant");
    maps.create(&PostParams::default(), &object(json!({"metadata": {"name": "one"}}))).await.unwrap();
    assert!(cluster.revision().await.unwrap() > before.0);
    assert_eq!(cluster.requests().await.unwrap().since(&before.1).mutating_of("configmaps"), 1);

    let namespaces: Api<Namespace> = Api::all(cluster.admin());
    namespaces.delete("tenant", &DeleteParams::default()).await.unwrap();
    within(Duration::from_secs(30), "the namespace is gone", async || {
        namespaces.get_opt("tenant").await.unwrap().is_none()
    })
    .await;
}

#[tokio::test]
async fn the_api_server_comes_back_with_its_data() {
    let mut cluster = Cluster::builder("returning").start().await.unwrap();
    make_namespace(&cluster.admin(), "kept").await;
    let token = cluster.token("default", "default").await.unwrap();
    let url = cluster.url();

    cluster.kill_api_server();
    assert!(cluster.revision().await.is_err(), "a dead API server does not answer");
    cluster.start_api_server().await.unwrap();

    assert_eq!(cluster.url(), url);
    assert!(Api::<Namespace>::all(cluster.admin()).get_opt("kept").await.unwrap().is_some());
    // Its key for tokens is the same too: refused for want of rights, not for want of an identity.
    assert!(cluster.kubeconfig_for(&token).contains(&url));
    let old = cluster.client_as("default", "default").await.unwrap();
    let refused = Api::<Namespace>::all(old).list(&ListParams::default()).await;
    assert!(is_status(&refused, 403), "{refused:?}");
    let listed = cluster.kubectl(&["get", "namespace", "kept", "--output=name"]).await.unwrap();
    assert_eq!(listed.trim(), "namespace/kept");
}

fn object<K: DeserializeOwned>(value: Value) -> K {
    serde_json::from_value(value).unwrap()
}

fn is_status<T>(result: &kube::Result<T>, code: u16) -> bool {
    matches!(result, Err(kube::Error::Api(status)) if status.code == code)
}

async fn make_namespace(client: &Client, name: &str) {
    let namespace = object(json!({"metadata": {"name": name}}));
    Api::<Namespace>::all(client.clone()).create(&PostParams::default(), &namespace).await.unwrap();
    let accounts: Api<ServiceAccount> = Api::namespaced(client.clone(), name);
    within(Duration::from_secs(30), "the namespace has its account", async || {
        accounts.get_opt("default").await.unwrap().is_some()
    })
    .await;
}

async fn within(patience: Duration, what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    assert!(tokio::time::timeout(patience, wait).await.is_ok(), "not within {patience:?}: {what}");
}
