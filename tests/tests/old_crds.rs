//! An operator that is newer than the CRDs, as where helm left them at an upgrade: it says which step is missing, on the
//! CRD, in its log and by a metric, and goes on with what these take.

use anyhow::{Context, Result, ensure};
use beffroi_crds::SovereigntyPolicy;
use beffroi_tests::{Fleet, Operator, eventually, samples};
use k8s_openapi::{
    api::events::v1::Event, apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition,
};
use kube::{
    Api,
    api::{ListParams, Patch, PatchParams},
};
use serde_json::json;

const CRD: &str = "sovereigntypolicies.beffroi.fr";
/// What an older version did not know.
const FIELD: &str = "/spec/versions/0/schema/openAPIV3Schema/properties/status/properties/observedGeneration";

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_on_older_crds_says_which_step_is_missing_and_goes_on() -> Result<()> {
    let fleet = Fleet::start(&[]).await?;
    let client = fleet.management.admin();
    let crds: Api<CustomResourceDefinition> = Api::all(client.clone());
    let changed = async |change: serde_json::Value| {
        let patch = Patch::Json::<()>(serde_json::from_value(json!([change]))?);
        crds.patch(CRD, &PatchParams::default(), &patch).await.context("changing the CRD")
    };
    changed(json!({"op": "remove", "path": FIELD})).await?;
    for policy in samples::profiles()? {
        samples::apply::<SovereigntyPolicy>(&client, &policy).await?;
    }
    let operator = Operator::start(&fleet).await?;
    let policies: Api<SovereigntyPolicy> = Api::all(client.clone());
    let status = async || policies.get("standard").await?.status.context("no status");
    eventually("a status with what these CRDs take", async || {
        let status = status().await?;
        ensure!(!status.conditions.is_empty() && status.observed_generation.is_none(), "{status:?}");
        Ok(())
    })
    .await?;
    let lacking = async || operator.metric("beffroi_crds_outdated", CRD).await;
    ensure!(lacking().await? > 0.5, "no metric tells of it");
    let log = operator.log();
    let said = log.lines().filter(|line| line.contains("status.observedGeneration")).count();
    ensure!(said == 1 && log.contains("kubectl apply --server-side --force-conflicts"), "{log}");
    let events: Api<Event> = Api::all(client.clone());
    eventually("an event on the CRD", async || {
        let all = events.list(&ListParams::default()).await?;
        let on = |event: &Event| event.regarding.as_ref().is_some_and(|of| of.name.as_deref() == Some(CRD));
        let told = all.items.iter().filter(|event| on(event)).any(|event| {
            event.reason.as_deref() == Some("CrdOutdated")
                && event.note.as_ref().is_some_and(|note| note.contains("observedGeneration"))
        });
        ensure!(told, "{:?}", all.items);
        Ok(())
    })
    .await?;

    // As that step brings it.
    changed(json!({"op": "add", "path": FIELD, "value": {"type": "integer", "format": "int64", "nullable": true}}))
        .await?;
    eventually("its word that all is well", async || {
        ensure!(lacking().await? < 0.5, "{}", operator.last_words());
        Ok(())
    })
    .await?;
    operator.stop();
    fleet.stop();
    Ok(())
}
