//! `Provider`: what it names exists, its certifications are in force; warns before they end.

use std::{collections::BTreeMap, sync::Arc};

use beffroi_core::{
    conditions::{renew, summary},
    endings, register,
};
use beffroi_crds::{Provider, ProviderStatus, conditions::CERTIFIED};
use kube::{Api, ResourceExt, runtime::reflector::ObjectRef};

use crate::{
    context::Context,
    outcome::{Outcome, Stopped},
    reconcile::until,
    report,
};

/// Judges one provider.
pub async fn reconcile(provider: Arc<Provider>, context: Arc<Context>) -> Outcome {
    judge(&provider, &context).await.into()
}

async fn judge(provider: &Provider, context: &Context) -> Result<Outcome, Stopped> {
    context.filled().await;
    let world = context.caches.world(BTreeMap::new());
    let mut findings = register::judge(&world, &provider.spec);
    let ready = summary(&findings, &[CERTIFIED]);
    let before = provider.status.as_ref();
    let ends = endings::of_provider(&world, provider);
    let soon = endings::soon(&ends, world.now);
    findings.extend([endings::finding(&soon), ready]);
    let generation = provider.metadata.generation;
    let status = ProviderStatus {
        observed_generation: generation,
        conditions: renew(before.map_or(&[], |s| &s.conditions), findings, generation, world.now),
        endings: soon,
    };
    let api = Api::all(context.client.clone());
    report::status(context, &api, provider, before, &status, |s| &s.conditions).await?;
    report::endings(context, provider, before.map_or(&[], |s| &s.endings), &status.endings).await;
    let store = &context.caches.providers;
    report::measure("Provider", &provider.name_any(), &ends, |name| {
        store.get(&ObjectRef::new(name)).is_some()
    });
    Ok(Outcome::Settled(Some(until(endings::next(&ends, world.now), world.now))))
}
