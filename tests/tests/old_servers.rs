//! A management cluster that streams no lists, as those before Kubernetes 1.34: both programs fill their caches all the
//! same, say so once for each kind, and end soon when they are asked to while a cache cannot be filled.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use beffroi_cluster::Cluster;
use beffroi_crds::SovereigntyPolicy;
use beffroi_tests::{
    Fleet, Operator,
    api::Api as Server,
    eventually,
    oidc::{Provider, Realm},
    operator::get,
    samples,
};
use k8s_openapi::api::rbac::v1::ClusterRole;
use kube::{Api, api::PostParams};

/// Far less than the 30 s after which Kubernetes kills.
const SOON: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_streams_no_lists_is_asked_for_them_and_none_is_waited_for_for_ever() -> Result<()> {
    let fleet = Fleet::start_as(Cluster::builder("management").without_streamed_lists(), &[]).await?;
    let client = fleet.management.admin();
    for policy in samples::profiles()? {
        samples::apply::<SovereigntyPolicy>(&client, &policy).await?;
    }
    let operator = Operator::start(&fleet).await?;
    let policies: Api<SovereigntyPolicy> = Api::all(client.clone());
    eventually("its word", async || {
        let policy = policies.get("standard").await?;
        ensure!(policy.status.is_some(), "{policy:?}");
        Ok(())
    })
    .await?;
    let said = operator.log().matches("the server does not stream lists").count();
    ensure!((1..=12).contains(&said), "said {said} times: {}", operator.last_words());
    operator.stop();

    let provider = Provider::start(vec![Realm::new("essai", "Essai", Vec::new())]).await?;
    let api = Server::start(&fleet, &provider).await?;
    drop(api);

    // One kind may not be watched: its cache is never filled.
    let roles: Api<ClusterRole> = Api::all(client);
    let mut role = roles.get("beffroi-operator").await?;
    for rule in role.rules.iter_mut().flatten() {
        if let Some(kinds) = &mut rule.resources {
            kinds.retain(|kind| kind != "sovereigntypolicies");
        }
    }
    role.rules.iter_mut().for_each(|rules| {
        rules.retain(|rule| rule.resources.as_ref().is_none_or(|kinds| !kinds.is_empty()));
    });
    roles.replace("beffroi-operator", &PostParams::default(), &role).await?;
    let operator = Operator::begin(&fleet, &[]).await?;
    eventually("what it waits for", async || {
        let answer = get(operator.address(), "/readyz").await?;
        ensure!(answer.contains("sovereigntypolicies"), "{answer}");
        Ok(())
    })
    .await?;
    let begun = Instant::now();
    let ended = tokio::task::spawn_blocking(move || operator.stop());
    tokio::time::timeout(2 * SOON, ended).await.context("it does not end")??;
    ensure!(begun.elapsed() < SOON, "it took {:?}", begun.elapsed());
    fleet.stop();
    Ok(())
}
