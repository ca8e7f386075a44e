//! `Provider`: what it names exists, its certifications are in force; warns before they end.

use std::{collections::BTreeMap, sync::Arc};

use beffroi_core::{
    conditions::{renew, summary},
    register,
};
use beffroi_crds::{Provider, ProviderStatus, conditions::CERTIFIED};
use kube::{Api, runtime::controller::Action};

use crate::{
    context::Context,
    reconcile::{Error, RESYNC},
    report,
};

/// Judges one provider.
///
/// # Errors
/// When its status cannot be written.
pub async fn reconcile(provider: Arc<Provider>, context: Arc<Context>) -> Result<Action, Error> {
    context.filled().await;
    let world = context.caches.world(BTreeMap::new());
    let mut findings = register::judge(&world, &provider.spec);
    findings.push(summary(&findings, &[CERTIFIED]));
    let before = provider.status.as_ref();
    let generation = provider.metadata.generation;
    let status = ProviderStatus {
        observed_generation: generation,
        conditions: renew(before.map_or(&[], |s| &s.conditions), findings, generation, world.now),
    };
    let api = Api::all(context.client.clone());
    report::status(&context, &api, &*provider, before, &status, |s| &s.conditions).await?;
    Ok(Action::requeue(RESYNC))
}
