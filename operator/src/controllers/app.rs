//! `App`: its publisher is known, and it has a release to order.

use std::{collections::BTreeMap, sync::Arc};

use beffroi_core::{
    catalogue,
    conditions::{renew, summary},
};
use beffroi_crds::{App, AppStatus, conditions::ORDERABLE};
use kube::{Api, runtime::controller::Action};

use crate::{
    context::Context,
    reconcile::{Error, RESYNC},
    report,
};

/// Judges one entry of the catalogue.
///
/// # Errors
/// When its status cannot be written.
pub async fn reconcile(app: Arc<App>, context: Arc<Context>) -> Result<Action, Error> {
    context.filled().await;
    let world = context.caches.world(BTreeMap::new());
    let mut findings = catalogue::judge(&world, &app.spec);
    findings.push(summary(&findings, &[ORDERABLE]));
    let before = app.status.as_ref();
    let generation = app.metadata.generation;
    let status = AppStatus {
        observed_generation: generation,
        conditions: renew(before.map_or(&[], |s| &s.conditions), findings, generation, world.now),
    };
    let api = Api::all(context.client.clone());
    report::status(&context, &api, &*app, before, &status, |s| &s.conditions).await?;
    Ok(Action::requeue(RESYNC))
}
