//! That the guards are well formed, and that each was provoked.

use anyhow::{Context, Result, ensure};
use beffroi_cluster::Cluster;
use beffroi_core::site::GUARDS;
use beffroi_tests::eventually;
use k8s_openapi::api::admissionregistration::v1::ValidatingAdmissionPolicy as Guard;
use kube::{Api, ResourceExt, api::ListParams};

use crate::guards::door::Door;

async fn guards(cluster: &Cluster) -> Result<Vec<Guard>> {
    let api: Api<Guard> = Api::all(cluster.admin());
    Ok(api.list(&ListParams::default().labels("app.kubernetes.io/component=guard")).await?.items)
}

/// Kubernetes checks the types of every expression and finds nothing to warn of.
pub(crate) async fn expressions_fit(cluster: &Cluster) -> Result<()> {
    let checked = eventually("types checked", async || {
        let guards = guards(cluster).await?;
        for guard in &guards {
            let checked = guard.status.as_ref().and_then(|status| status.observed_generation);
            ensure!(checked == guard.metadata.generation, "{} is not checked yet", guard.name_any());
        }
        Ok(guards)
    })
    .await?;
    let names: Vec<String> = checked.iter().map(ResourceExt::name_any).collect();
    ensure!(names == GUARDS, "the operator looks for other guards than the chart has: {names:?}");
    for guard in checked {
        let status = guard.status.clone().context("no status")?;
        let warnings = status.type_checking.and_then(|checking| checking.expression_warnings);
        ensure!(warnings.is_none(), "{}: {warnings:#?}", guard.name_any());
        let spec = guard.spec.context("no spec")?;
        ensure!(spec.failure_policy.as_deref() == Some("Fail"), "an error in a guard lets pass");
    }
    Ok(())
}

/// Every validation of every guard has refused something.
pub(crate) async fn every_guard_was_provoked(cluster: &Cluster, door: &Door) -> Result<()> {
    let refusals = door.refusals();
    let (mut silent, mut count) = (Vec::new(), 0);
    for guard in guards(cluster).await? {
        for validation in guard.spec.iter().flat_map(|spec| spec.validations.iter().flatten()) {
            count += 1;
            let said = words(validation.message_expression.as_deref(), validation.message.as_deref());
            let provoked = refusals
                .iter()
                .any(|r| r.guard == guard.name_any() && said.iter().all(|word| r.text.contains(word)));
            if !provoked {
                silent.push(format!("{}: {}", guard.name_any(), validation.expression));
            }
        }
    }
    ensure!(silent.is_empty(), "no bypass provokes: {silent:#?}");
    println!("{} refusals, {count} validations", refusals.len());
    Ok(())
}

/// What a message says whatever the object: its literals, but for the shortest.
fn words<'a>(expression: Option<&'a str>, message: Option<&'a str>) -> Vec<&'a str> {
    let literals = expression.into_iter().flat_map(|text| text.split('\'').skip(1).step_by(2));
    literals.chain(message).filter(|literal| literal.len() >= 12).collect()
}
