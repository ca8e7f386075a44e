//! A grouping's members are who they were when they were first seen: whoever is registered anew under the name of one
//! that is gone inherits nothing, and is told.

use anyhow::{Context, Result, ensure};
use beffroi_crds::{Tenant, Workspace, tenant::Role};
use beffroi_tests::{
    Stage, eventually, samples,
    scene::{self, until, until_reason},
};
use http::Method;
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, Patch, PatchParams, PostParams},
};
use serde_json::json;

use super::tenants;

const GROUPING: &str = "ght-bm";
const MEMBER: &str = "ch-tournus";

pub async fn a_stranger_of_a_members_name_inherits_nothing(stage: &Stage) -> Result<()> {
    let orders: Api<Workspace> = Api::namespaced(stage.scene.client(), "tenant-ght-bm");
    let mut order = scene::workspace("temoin", "docs", &[]);
    order.metadata.namespace = None;
    order.spec.domain = "temoin.ght-bm.example".into();
    orders.create(&PostParams::default(), &order).await?;
    until(&orders, "temoin", "Accepted", "True").await?;
    sees(stage, true).await?;

    let was = tenants(stage).get(MEMBER).await?.uid();
    replaced(stage).await?;
    let message = until_reason(&tenants(stage), GROUPING, "Accepted", "MemberReplaced").await?;
    ensure!(message.contains(MEMBER), "{message}");
    until_reason(&orders, "temoin", "Accepted", "MemberReplaced").await?;
    let bound = tenants(stage).get(GROUPING).await?.status.context("no status")?.members;
    ensure!(bound.iter().any(|member| Some(&member.uid) == was.as_ref()), "{bound:?}");
    sees(stage, false).await?;

    // Named anew, it is a member like the others.
    let all = tenants(stage).get(GROUPING).await?.spec.members;
    let without: Vec<_> = all.iter().filter(|name| &***name != MEMBER).cloned().collect();
    name(stage, &without).await?;
    eventually("its leave", async || {
        let bound = tenants(stage).get(GROUPING).await?.status.context("no status")?.members;
        ensure!(bound.iter().all(|member| member.name != MEMBER), "{bound:?}");
        Ok(())
    })
    .await?;
    name(stage, &all).await?;
    until(&tenants(stage), GROUPING, "Accepted", "True").await?;
    until(&orders, "temoin", "Accepted", "True").await?;
    sees(stage, true).await?;
    orders.delete("temoin", &DeleteParams::default()).await?;
    Ok(())
}

/// The member is deleted, and another registered under its name, whose people sign in at the same desk.
async fn replaced(stage: &Stage) -> Result<()> {
    tenants(stage).delete(MEMBER, &DeleteParams::default()).await?;
    eventually("its end", async || {
        ensure!(tenants(stage).get_opt(MEMBER).await?.is_none(), "still there");
        Ok(())
    })
    .await?;
    let all: Vec<Tenant> = samples::read("tenants")?;
    let mut again = all.into_iter().find(|tenant| tenant.name_any() == MEMBER).context("no sample")?;
    stage.provider.identify(&mut again);
    samples::apply(&stage.scene.client(), &again).await?;
    until(&tenants(stage), MEMBER, "Ready", "True").await?;
    Ok(())
}

/// Whether people of who has the member's name now read what is the grouping's.
async fn sees(stage: &Stage, allowed: bool) -> Result<()> {
    eventually("its rights", async || {
        let reader = stage.token(MEMBER, Role::Lecteur).await?;
        let own = format!("/v1/tenants/{MEMBER}");
        let answer = stage.api.ask(Some(&reader), Method::GET, &own, &[], None).await?;
        ensure!(answer.status == 200, "{answer:?}");
        for path in ["/v1/tenants/ght-bm", "/v1/workspaces/ght-bm.temoin"] {
            let answer = stage.api.ask(Some(&reader), Method::GET, path, &[], None).await?;
            ensure!(answer.status == if allowed { 200 } else { 404 }, "{path}: {answer:?}");
        }
        let all = stage.api.read(&reader, "/v1/workspaces").await?;
        ensure!(all.to_string().contains("temoin") == allowed, "{all}");
        Ok(())
    })
    .await
}

async fn name(stage: &Stage, members: &[beffroi_crds::text::Name]) -> Result<()> {
    let patch = Patch::Merge(json!({"spec": {"members": members}}));
    tenants(stage).patch(GROUPING, &PatchParams::default(), &patch).await?;
    Ok(())
}
