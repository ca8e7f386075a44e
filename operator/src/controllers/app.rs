//! `App`: its publisher is known, and it has a release to order.

use std::{collections::BTreeMap, sync::Arc};

use beffroi_core::{
    catalogue,
    conditions::{renew, summary},
    endings,
};
use beffroi_crds::{App, AppStatus, conditions::ORDERABLE};
use kube::{Api, ResourceExt, runtime::reflector::ObjectRef};

use crate::{
    context::Context,
    outcome::{Outcome, Stopped},
    reconcile::until,
    report,
};

/// Judges one entry of the catalogue.
pub async fn reconcile(app: Arc<App>, context: Arc<Context>) -> Outcome {
    judge(&app, &context).await.into()
}

async fn judge(app: &App, context: &Context) -> Result<Outcome, Stopped> {
    context.filled().await;
    let world = context.caches.world(BTreeMap::new());
    let mut findings = catalogue::judge(&world, &app.spec);
    let ready = summary(&findings, &[ORDERABLE]);
    let before = app.status.as_ref();
    let ends = endings::of_app(app);
    let soon = endings::soon(&ends, world.now);
    findings.extend([endings::finding(&soon), ready]);
    let generation = app.metadata.generation;
    let status = AppStatus {
        observed_generation: generation,
        conditions: renew(before.map_or(&[], |s| &s.conditions), findings, generation, world.now),
        endings: soon,
    };
    let api = Api::all(context.client.clone());
    report::status(context, &api, app, before, &status, |s| &s.conditions).await?;
    report::endings(context, app, before.map_or(&[], |s| &s.endings), &status.endings).await;
    let store = &context.caches.apps;
    report::measure("App", &app.name_any(), &ends, |name| store.get(&ObjectRef::new(name)).is_some());
    Ok(Outcome::Settled(Some(until(endings::next(&ends, world.now), world.now))))
}
