//! `Workspace`: observe → plan → locate → record → apply → report; its end when that is due; and the way out.
//!
//! What stands in the audit log is recorded before it is reported or put right; where the data lies is offered
//! as evidence each time it is judged, and written when it differs from what was written last.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use beffroi_core::{
    evidence::statement::Audit,
    facts::World,
    manifests,
    message::{Message, progress::ProgressMessage},
    plan::{
        self, Closing, Due, Located, Order, SiteLive, SitePlan, audit,
        remains::{Found, awaited},
        report as status,
    },
    tenant as law,
};
use beffroi_crds::{SiteSpec, Tenant, Workspace, WorkspaceStatus, labels};
use futures::future::join_all;
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, Preconditions},
    runtime::{controller::Action, events::EventType, reflector::ObjectRef},
};

use crate::{
    apply,
    context::Context,
    reconcile::{Error, RESYNC},
    report::{self, finalizer},
    sites::{
        remains::{Gone, look},
        seen::VolumeRow,
    },
};

/// How soon to look again while something is awaited that tells us nothing by itself.
const SOON: Duration = Duration::from_secs(5);

/// What is seen of one workspace.
struct Observed {
    tenant: Option<Arc<Tenant>>,
    siblings: Vec<Arc<Workspace>>,
    live: BTreeMap<String, SiteLive>,
    namespace: String,
}

/// Brings one workspace to what was ordered.
///
/// # Errors
/// When the management cluster or a site refuses a write.
pub async fn reconcile(workspace: Arc<Workspace>, context: Arc<Context>) -> Result<Action, Error> {
    context.filled().await;
    context.remember(&workspace);
    let api = report::namespaced(&context, &*workspace);
    let namespace = home_in_sites(&workspace);
    // Asked before looking: what was seen by then is in what is seen now.
    let lag = context.sites.lag(&namespace);
    let observed = observe(&workspace, &context, namespace);
    if lag {
        tell_where(&workspace, &observed, &context, &api).await?;
        return Err(Error::Stale("looking at what was written in a site"));
    }
    if labels::is_paused(&*workspace) {
        return look_on(&workspace, &observed, &context, &api).await;
    }
    if workspace.metadata.deletion_timestamp.is_some() {
        return leave(&workspace, &observed, &context, &api).await;
    }
    if workspace.finalizers().is_empty() {
        context.touch_tenant(&workspace);
    }
    finalizer(&context, &api, &*workspace, true).await?;
    if end(&workspace, &observed, &context, &api).await? {
        return Ok(Action::await_change());
    }

    let uid = workspace.uid().unwrap_or_default();
    let world;
    let plan = {
        let mut ledger = context.ledger();
        world = context.caches.world(context.site_facts(&ledger, &uid));
        let plan = plan::plan(&observed.order(&world, &workspace));
        if plan.accepted.is_ok() {
            ledger.set(&uid, plan.sites.keys().cloned().collect(), plan::needs(&world, &workspace));
        }
        plan
    };
    if plan.accepted.is_ok() {
        want(&context, &observed.namespace, &plan.sites);
    }
    if let Err(refusal) = &plan.accepted
        && refusal.awaits_domain()
    {
        have_looked_up(&workspace, &context);
    }
    let order = observed.order(&world, &workspace);
    let located = locate(&context, &order);
    let mut after = status::status(&order, &plan, located.as_ref(), &BTreeMap::new());
    // Where something will lie is written down before anything lies there: whoever stops us now, it is found
    // again.
    record_and_write(&context, &api, &order, located.as_ref(), &after).await?;
    let failures = carry_out(&context, &order, &plan.sites).await;
    if !failures.is_empty() {
        let failed = status::status(&order, &plan, located.as_ref(), &failures);
        report::status(&context, &api, &*workspace, Some(&after), &failed, |s| &s.conditions).await?;
        after = failed;
    }
    touch_sites(&context, &workspace, &after);
    if failures.is_empty() {
        let waiting = plan.sites.values().any(|site| site.waiting.is_some());
        let next = if waiting { SOON } else { RESYNC };
        let next = next_look(located.as_ref(), world.now, next);
        let order =
            Order { workspace: &Workspace { status: Some(after), ..Workspace::clone(&workspace) }, ..order };
        Ok(Action::requeue(plan::look_again(&order).within(world.now, next)))
    } else {
        Err(Error::Sites(
            failures.into_iter().map(|(site, why)| format!("{site}: {why}")).collect::<Vec<_>>().join("; "),
        ))
    }
}

impl Observed {
    fn order<'a>(&'a self, world: &'a World, workspace: &'a Workspace) -> Order<'a> {
        Order { world, workspace, tenant: self.tenant.as_deref(), siblings: &self.siblings, live: &self.live }
    }
}

/// Its domain is not its tenant's yet: the tenant has the record looked up that would make it so.
fn have_looked_up(workspace: &Workspace, context: &Context) {
    let home = workspace.namespace().unwrap_or_default();
    let tenant = law::of_namespace(&home).unwrap_or_default();
    if !context.prover.is_wanted(tenant, &workspace.spec.domain) {
        context.touch_tenant(workspace);
    }
}

/// The namespace that it has in each site.
fn home_in_sites(workspace: &Workspace) -> String {
    let home = workspace.namespace().unwrap_or_default();
    manifests::namespace_name(law::of_namespace(&home).unwrap_or(&home), workspace)
}

fn observe(workspace: &Workspace, context: &Context, namespace: String) -> Observed {
    let home = workspace.namespace().unwrap_or_default();
    let uid = workspace.uid().unwrap_or_default();
    let live = context.sites.all().into_iter().map(|connection| {
        let site = context.caches.sites.get(&ObjectRef::new(connection.name()));
        let nothing = SiteSpec::default();
        let declared = site.as_ref().map_or(&nothing, |site| &site.spec);
        (connection.name().to_owned(), connection.live(&namespace, &uid, declared))
    });
    let live = live.collect();
    let siblings = context
        .caches
        .workspaces
        .state_filter(|w| w.namespace().as_deref() == Some(&home) && w.uid().as_ref() != Some(&uid));
    Observed { tenant: context.caches.tenant_of(&home), siblings, live, namespace }
}

/// Everything that decisions on one workspace rest on.
fn world(context: &Context, workspace: &Workspace) -> World {
    let ledger = context.ledger();
    context.caches.world(context.site_facts(&ledger, &workspace.uid().unwrap_or_default()))
}

/// Judges where the data lies, and offers that as evidence.
fn locate(context: &Context, order: &Order<'_>) -> Option<Located> {
    let located = plan::locate(order)?;
    context.evidence.offer(&located);
    Some(located)
}

/// What goes on while a site does not show yet what was written there: where data lies does not rest on that, and is
/// told at once.
async fn tell_where(
    workspace: &Workspace,
    observed: &Observed,
    context: &Context,
    api: &Api<Workspace>,
) -> Result<(), Error> {
    let world = world(context, workspace);
    let order = observed.order(&world, workspace);
    let located = locate(context, &order);
    write(context, api, workspace, &status::observed(&order, located.as_ref())).await
}

/// Says in each site what is wanted there. Of one that waits to be left that is not known: what it holds counts still.
fn want(context: &Context, namespace: &str, plans: &BTreeMap<String, SitePlan>) {
    for connection in context.sites.all() {
        let plan = plans.get(connection.name());
        if !plan.is_some_and(|plan| plan.wanted.is_empty() && plan.waiting.is_some()) {
            connection.inventory().want(namespace, plan.map_or(&[][..], |plan| &plan.wanted));
        }
    }
}

/// What is done for a paused workspace: nothing but to go on looking where its data lies.
async fn look_on(
    workspace: &Workspace,
    observed: &Observed,
    context: &Context,
    api: &Api<Workspace>,
) -> Result<Action, Error> {
    let world = world(context, workspace);
    let order = observed.order(&world, workspace);
    let located = locate(context, &order);
    let after = status::paused(&order, located.as_ref());
    record_and_write(context, api, &order, located.as_ref(), &after).await?;
    let next = next_look(located.as_ref(), world.now, RESYNC);
    Ok(Action::requeue(plan::look_again(&order).within(world.now, next)))
}

/// Carries out what each site needs, all sites at once; returns what failed. Drift is recorded first; a log that
/// does not answer keeps nobody from putting it right.
async fn carry_out(
    context: &Context,
    order: &Order<'_>,
    plans: &BTreeMap<String, SitePlan>,
) -> BTreeMap<String, Message> {
    let patience = Duration::from_secs(context.options.write_timeout_seconds);
    let uid = order.workspace.uid().unwrap_or_default();
    for (name, _) in plans.iter().filter(|(_, plan)| plan.settled()) {
        context.put_right(&uid, name);
    }
    let work = plans.iter().filter(|(_, plan)| !plan.steps.is_empty()).map(async |(name, plan)| {
        let connection = context.sites.get(name)?;
        let drifts = apply::drifts(&connection, plan, patience).await;
        // What stands in the log already is not recorded anew at each attempt to put it right.
        let news = drifts.iter().filter(|d| context.drifted(&uid, name, &format!("{} {}", d.object, d.what)));
        let interventions = news.filter_map(|d| audit::intervention(order, name, &d.object, &d.what));
        context.evidence.record_or_keep(interventions.collect()).await;
        let result = apply::carry_out(&connection, plan, patience).await;
        if result.is_ok() {
            context.put_right(&uid, name);
        }
        for drift in drifts.iter().filter(|_| result.is_ok()) {
            let note = format!("{} in site {name} {}; it was put right", drift.object, drift.what);
            report::event(context, order.workspace, EventType::Warning, "DriftCorrected", "Apply", &note)
                .await;
        }
        result.err().map(|error| (name.clone(), error.into()))
    });
    join_all(work).await.into_iter().flatten().collect()
}

/// Deletes a workspace whose grace period has ended; false where it has none, or has not come to its end, or where
/// the order to end it does not stand in the log yet. Whoever takes it back first wins: what was read is deleted, and
/// nothing newer.
async fn end(
    workspace: &Workspace,
    observed: &Observed,
    context: &Context,
    api: &Api<Workspace>,
) -> Result<bool, Error> {
    if workspace.spec.delete_after.is_none() {
        return Ok(false);
    }
    let world = world(context, workspace);
    let order = observed.order(&world, workspace);
    if plan::due(&order) != Due::Now || audit::ordered(&order).is_some() {
        return Ok(false);
    }
    let only = Preconditions { uid: workspace.uid(), resource_version: workspace.resource_version() };
    let params = DeleteParams { preconditions: Some(only), ..DeleteParams::default() };
    match api.delete(&workspace.name_any(), &params).await {
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(true),
        result => result.map(|_| true).map_err(Error::management("deleting a workspace at its end")),
    }
}

/// Removes the workspace from every site; the finalizer goes once its namespaces are gone, and what is left beside
/// them stands in the log.
async fn leave(
    workspace: &Workspace,
    observed: &Observed,
    context: &Context,
    api: &Api<Workspace>,
) -> Result<Action, Error> {
    let uid = workspace.uid().unwrap_or_default();
    if context.has_left(&uid) {
        context.forget(&uid);
        return Ok(Action::await_change());
    }
    let world = world(context, workspace);
    let order = observed.order(&world, workspace);
    let located = locate(context, &order);
    let patience = context.options.deletion_patience();
    let closing = plan::close(&order, patience);
    let mut waiting = closing.waiting();
    let began = status::closing(&order, located.as_ref(), &closing, waiting.clone());
    if !audit::changes(&order, &began).is_empty() {
        // The last order stands in the log before anything of it goes.
        record_and_write(context, api, &order, located.as_ref(), &began).await?;
        return Ok(Action::requeue(SOON));
    }
    let failures = carry_out(context, &order, &closing.sites).await;
    if closing.done() && failures.is_empty() {
        match remains(workspace, observed, context, &closing).await {
            Ok(found) => {
                want(context, &observed.namespace, &BTreeMap::new());
                let record = audit::deleted(&order, &found);
                let told = record.as_ref().map(|(audit, _)| audit.clone());
                if let Err(error) = context.evidence.record(record.into_iter().collect()).await {
                    let first = ProgressMessage::MustBeRecorded { why: Box::new(error.0.clone().into()) };
                    let why = vec![ProgressMessage::NamespacesGone.into(), first.into()];
                    let after = status::closing(&order, located.as_ref(), &closing, why);
                    write(context, api, workspace, &after).await?;
                    return Err(error.into());
                }
                tell_remains(context, workspace, told).await;
                finalizer(context, api, workspace, false).await?;
                if workspace.finalizers().iter().any(|holder| holder != labels::FINALIZER) {
                    context.note_left(&uid);
                }
                context.forget(&uid);
                report::measure_no_more(workspace);
                context.touch_tenant(workspace);
                touch_sites(context, workspace, &WorkspaceStatus::default());
                return Ok(Action::await_change());
            }
            Err(why) => waiting = vec![why],
        }
    }
    waiting.extend(failures.into_iter().map(|(site, why)| why.of(site)));
    let after = status::closing(&order, located.as_ref(), &closing, waiting);
    write(context, api, workspace, &after).await?;
    Ok(Action::requeue(SOON))
}

/// Asks each site itself, past every cache, what is left; `Err` says what is waited for. Sites that it left before are
/// asked too, where a volume of it is seen there.
async fn remains(
    workspace: &Workspace,
    observed: &Observed,
    context: &Context,
    closing: &Closing,
) -> Result<Vec<Found>, Message> {
    let namespace = observed.namespace.as_str();
    let deleted = workspace.metadata.deletion_timestamp.as_ref();
    let gone = Gone {
        namespace,
        ordered: workspace.creation_timestamp().map_or(Timestamp::UNIX_EPOCH, |Time(at)| at),
        deleted: deleted.map_or_else(Timestamp::now, |Time(at)| *at),
    };
    let mut names: BTreeSet<String> = closing.sites.keys().cloned().collect();
    for connection in context.sites.all() {
        let holds = |row: &VolumeRow| row.namespace.as_deref() == Some(namespace);
        if connection.reachable() && connection.inventory().volumes.all().any(holds) {
            names.insert(connection.name().to_owned());
        }
    }
    let mut found = Vec::new();
    for name in names {
        let Some(connection) = context.sites.get(&name) else {
            return Err(Message::from(ProgressMessage::NoConnection).of(name));
        };
        found.push(look(&connection, &gone).await.map_err(|why| Message::from(why).of(name))?);
    }
    awaited(&found, Timestamp::now(), context.options.deletion_patience()).map_or(Ok(found), Err)
}

/// What is left of a workspace is told once more where people look: the order itself is about to go.
async fn tell_remains(context: &Context, workspace: &Workspace, told: Option<Audit>) {
    let Some((note, remains)) = told.and_then(|audit| Some((audit.note, audit.remains?))) else { return };
    if remains.left.is_empty() {
        return;
    }
    for left in &remains.left {
        metrics::counter!("beffroi_left_total", "site" => left.site.clone(), "kind" => left.kind.clone())
            .increment(1);
    }
    report::event(context, workspace, EventType::Warning, "DataLeft", "Delete", &note.to_string()).await;
}

/// When to look again although nothing has happened: at the latest when what was seen is too old to rest on.
fn next_look(located: Option<&Located>, now: Timestamp, otherwise: Duration) -> Duration {
    let doubted = located.and_then(|located| located.until_unknown(now));
    doubted.map_or(otherwise, |doubted| doubted.clamp(SOON, otherwise))
}

/// Sites that a workspace came to or left count it.
fn touch_sites(context: &Context, workspace: &Workspace, after: &WorkspaceStatus) {
    let names = |status: &WorkspaceStatus| status.sites.iter().map(|s| s.name.clone()).collect::<Vec<_>>();
    let before = workspace.status.as_ref().map(names).unwrap_or_default();
    let after = names(after);
    if before != after {
        before.iter().chain(&after).for_each(|name| context.sites.bell().site(name));
    }
}

/// Writes `after` once what it tells stands in the log. A log that does not answer hides no breach: where the data
/// lies is written all the same.
async fn record_and_write(
    context: &Context,
    api: &Api<Workspace>,
    order: &Order<'_>,
    located: Option<&Located>,
    after: &WorkspaceStatus,
) -> Result<(), Error> {
    let recorded = context.evidence.record(audit::changes(order, after)).await;
    match recorded {
        Ok(()) => write(context, api, order.workspace, after).await,
        Err(error) => {
            write(context, api, order.workspace, &status::observed(order, located)).await?;
            Err(error.into())
        }
    }
}

async fn write(
    context: &Context,
    api: &Api<Workspace>,
    workspace: &Workspace,
    after: &WorkspaceStatus,
) -> Result<(), Error> {
    report::status(context, api, workspace, workspace.status.as_ref(), after, |s| &s.conditions).await?;
    report::location(context, workspace, after).await;
    report::withdrawn(context, workspace, after).await;
    report::requirements(context, workspace, after).await;
    let before = workspace.status.as_ref().map(|status| status.endings.as_slice()).unwrap_or_default();
    report::endings(context, workspace, before, &after.endings).await;
    report::measure_workspace(workspace, &after.endings);
    report::deletion(context, workspace, after).await;
    Ok(())
}
