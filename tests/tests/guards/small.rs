//! A workspace as small as the sample order of La Suite Docs, and a chart as lax as real ones: eight containers that
//! name no resources, accounts and budgets as their defaults make them. Flux installs it under the guards, and there
//! is room for an update.

use anyhow::{Context, Result, ensure};
use beffroi_core::{
    manifests::{Kind, namespace_name},
    quantity,
};
use beffroi_crds::App;
use beffroi_tests::{eventually, samples, scene::workspace};
use k8s_openapi::api::{
    apps::v1::Deployment,
    core::v1::{Pod, ResourceQuota, ServiceAccount},
    policy::v1::PodDisruptionBudget,
};
use kube::{Api, ResourceExt, api::ListParams};
use serde_json::json;

use crate::guards::{
    door::Door,
    home::{Home, Order, sample},
};

pub(crate) async fn check(door: &Door, home: &Home) -> Result<()> {
    let folder = samples::root().join("tests/tests/guards/lax");
    let chart = home.registry.push_chart(&folder).await?;
    let mut app = sample::<App>("catalogue", "docs")?;
    samples::offer(&mut app, &home.registry, &chart);
    app.spec.filled_values.clear();
    app.spec.values.insert("image".to_owned(), json!(home.image()));
    let mut workspace = workspace("petite", "docs", &["par1"]);
    workspace.metadata.uid = Some("9b1f4f0e-0000-4000-8000-000000000003".into());
    let namespace = namespace_name("essaim", &workspace);
    let mut order = Order { needs: quantity::needs(&app.spec.needs), workspace, app };
    home.write(home.objects_of(&order, &home.policy)).await?;
    installed(door, &namespace, "first").await?;
    carries_no_token(door, &namespace).await?;
    order.app.spec.values.insert("mark".to_owned(), json!("second"));
    let objects = home.objects_of(&order, &home.policy);
    home.write(objects.into_iter().filter(|object| object.kind == Kind::HelmRelease).collect()).await?;
    installed(door, &namespace, "second").await
}

/// Every Deployment runs what bears the mark, and nothing else.
async fn installed(door: &Door, namespace: &str, mark: &str) -> Result<()> {
    let deployments: Api<Deployment> = Api::namespaced(door.admin.clone(), namespace);
    let quotas: Api<ResourceQuota> = Api::namespaced(door.admin.clone(), namespace);
    eventually(&format!("mark {mark} on eight pods"), async || {
        let all = deployments.list(&ListParams::default()).await?.items;
        let used = quotas.get("workspace").await?.status.and_then(|status| status.used);
        ensure!(all.len() == 4, "{} deployments, used: {used:?}", all.len());
        for deployment in all {
            let name = deployment.name_any();
            let template = deployment.spec.template.metadata.unwrap_or_default();
            let marked = template.labels.unwrap_or_default().get("mark").is_some_and(|it| it == mark);
            let status = deployment.status.unwrap_or_default();
            let fresh = status.observed_generation == deployment.metadata.generation
                && status.updated_replicas == Some(2)
                && status.available_replicas == Some(2)
                && status.replicas == Some(2);
            ensure!(marked && fresh, "{name}: {:?}, used: {used:?}", status.conditions);
        }
        Ok(())
    })
    .await
}

async fn carries_no_token(door: &Door, namespace: &str) -> Result<()> {
    let accounts: Api<ServiceAccount> = Api::namespaced(door.admin.clone(), namespace);
    let all = accounts.list(&ListParams::default()).await?.items;
    let names: Vec<String> = all.iter().map(ResourceExt::name_any).collect();
    ensure!(names == ["beffroi-apps", "default", "docs-web", "prepare"], "{names:?}");
    for account in &all {
        ensure!(account.automount_service_account_token == Some(false), "{account:?}");
    }
    let pods: Api<Pod> = Api::namespaced(door.admin.clone(), namespace);
    for pod in pods.list(&ListParams::default()).await?.items {
        let spec = pod.spec.context("no spec")?;
        ensure!(spec.volumes.iter().flatten().all(|volume| volume.projected.is_none()), "{spec:?}");
    }
    let budgets: Api<PodDisruptionBudget> = Api::namespaced(door.admin.clone(), namespace);
    let budget = budgets.get("backend").await?;
    let wanted = json!({"maxUnavailable": 1, "unhealthyPodEvictionPolicy": "AlwaysAllow",
        "selector": {"matchLabels": {"part": "backend"}}});
    ensure!(serde_json::to_value(&budget.spec)? == wanted, "{budget:?}");
    eventually("a disruption to spare", async || {
        let status = budgets.get("backend").await?.status.unwrap_or_default();
        ensure!(status.disruptions_allowed == Some(1), "{status:?}");
        Ok(())
    })
    .await
}
