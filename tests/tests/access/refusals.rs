//! What the management cluster refuses for reasons of its own, told in its words: by a policy, by a quota.

use anyhow::{Result, ensure};
use beffroi_crds::tenant::Role;
use beffroi_tests::{Stage, api::Answer, eventually};
use http::Method;
use k8s_openapi::api::{
    admissionregistration::v1::{ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding},
    core::v1::ResourceQuota,
};
use kube::{
    Api,
    api::{DeleteParams, PostParams},
};
use serde_json::{Value, json};

const TENANT: &str = "rectorat-dijon";

/// Orders that a policy or a quota refuses, tried without being carried out.
pub async fn are_told_as_they_are(stage: &Stage) -> Result<()> {
    let manager = stage.token(TENANT, Role::Gestionnaire).await?;
    policy(stage, &manager, "Invalid").await?;
    policy(stage, &manager, "Forbidden").await?;
    quota(stage, &manager).await
}

async fn tried(stage: &Stage, token: &str) -> Result<Answer> {
    let order = json!({
        "tenant": TENANT, "name": "gel", "domain": "gel.ac-dijon.example", "data": ["Staff"],
        "apps": [{"name": "docs", "channel": "Stable"}],
    });
    stage.api.ask(Some(token), Method::POST, "/v1/preview", &[("Accept-Language", "en")], Some(&order)).await
}

async fn policy(stage: &Stage, token: &str, reason: &str) -> Result<()> {
    let name = format!("frozen-{}", reason.to_lowercase());
    let guard: ValidatingAdmissionPolicy = serde_json::from_value(json!({
        "metadata": {"name": name},
        "spec": {
            "matchConstraints": {"resourceRules": [{
                "apiGroups": ["beffroi.fr"], "apiVersions": ["*"], "operations": ["CREATE"], "resources": ["workspaces"],
            }]},
            "validations": [{
                "expression": "object.metadata.name != 'gel'", "message": "no orders in August", "reason": reason,
            }],
        },
    }))?;
    let binding: ValidatingAdmissionPolicyBinding = serde_json::from_value(json!({
        "metadata": {"name": name}, "spec": {"policyName": name, "validationActions": ["Deny"]},
    }))?;
    let guards: Api<ValidatingAdmissionPolicy> = Api::all(stage.scene.client());
    let bindings: Api<ValidatingAdmissionPolicyBinding> = Api::all(stage.scene.client());
    guards.create(&PostParams::default(), &guard).await?;
    bindings.create(&PostParams::default(), &binding).await?;
    eventually("a policy that refuses", async || {
        let answer = tried(stage, token).await?;
        let said = answer.body["detail"].as_str().unwrap_or_default();
        ensure!(answer.status == 422 && said.contains("no orders in August"), "{answer:?}");
        ensure!(said.contains("the management cluster says: "), "{answer:?}");
        ensure!(answer.body["type"] == "https://beffroi.fr/problems/invalid", "{answer:?}");
        Ok(())
    })
    .await?;
    bindings.delete(&name, &DeleteParams::default()).await?;
    guards.delete(&name, &DeleteParams::default()).await?;
    taken_again(stage, token).await
}

async fn quota(stage: &Stage, token: &str) -> Result<()> {
    let quotas: Api<ResourceQuota> = Api::namespaced(stage.scene.client(), &format!("tenant-{TENANT}"));
    let none: Value = json!({
        "metadata": {"name": "orders"}, "spec": {"hard": {"count/workspaces.beffroi.fr": "0"}},
    });
    quotas.create(&PostParams::default(), &serde_json::from_value(none)?).await?;
    eventually("a quota that refuses", async || {
        let answer = tried(stage, token).await?;
        let said = answer.body["detail"].as_str().unwrap_or_default();
        ensure!(answer.status == 409 && said.contains("exceeded quota: orders"), "{answer:?}");
        Ok(())
    })
    .await?;
    quotas.delete("orders", &DeleteParams::default()).await?;
    taken_again(stage, token).await
}

async fn taken_again(stage: &Stage, token: &str) -> Result<()> {
    eventually("an order that is taken again", async || {
        let answer = tried(stage, token).await?;
        ensure!(answer.status == 200, "{answer:?}");
        Ok(())
    })
    .await
}
