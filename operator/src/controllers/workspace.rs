//! `Workspace`: observe → plan → record the sites → apply → report; and the way out.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use beffroi_core::{
    facts::World,
    manifests,
    plan::{self, Order, SiteLive, SitePlan, report as status},
    tenant as law,
};
use beffroi_crds::{Tenant, Workspace, WorkspaceStatus};
use futures::future::join_all;
use k8s_openapi::api::core::v1::Namespace;
use kube::{
    Api, ResourceExt,
    runtime::{controller::Action, events::EventType},
};

use crate::{
    apply,
    context::Context,
    reconcile::{Error, RESYNC},
    report::{self, finalizer, is_paused},
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
    let observed = observe(&workspace, &context);
    if is_paused(&*workspace) {
        let world = context.caches.world(BTreeMap::new());
        let after = status::paused(&observed.order(&world, &workspace));
        write(&context, &api, &workspace, &after).await?;
        return Ok(Action::await_change());
    }
    if workspace.metadata.deletion_timestamp.is_some() {
        return leave(&workspace, &observed, &context, &api).await;
    }
    if workspace.finalizers().is_empty() {
        context.touch_tenant(&workspace);
    }
    finalizer(&api, &*workspace, true).await?;

    let uid = workspace.uid().unwrap_or_default();
    let world;
    let plan = {
        let mut ledger = context.ledger();
        world = context.caches.world(context.site_facts(&ledger, &uid));
        let plan = plan::plan(&observed.order(&world, &workspace));
        if plan.accepted.is_ok() {
            ledger.set(&uid, plan.sites.keys().cloned().collect(), plan::needs(&world, &workspace.spec));
        }
        plan
    };
    let order = observed.order(&world, &workspace);
    let mut after = status::status(&order, &plan, &BTreeMap::new());
    // Where something will lie is written down before anything lies there: whoever stops us now, it is found
    // again.
    write(&context, &api, &workspace, &after).await?;
    let failures = carry_out(&context, &workspace, &plan.sites).await;
    if !failures.is_empty() {
        let failed = status::status(&order, &plan, &failures);
        report::status(&context, &api, &*workspace, Some(&after), &failed, |s| &s.conditions).await?;
        after = failed;
    }
    touch_sites(&context, &workspace, &after);
    if failures.is_empty() {
        let waiting = plan.sites.values().any(|site| site.waiting.is_some());
        Ok(Action::requeue(if waiting { SOON } else { RESYNC }))
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

fn observe(workspace: &Workspace, context: &Context) -> Observed {
    let home = workspace.namespace().unwrap_or_default();
    let uid = workspace.uid().unwrap_or_default();
    let tenant_name = law::of_namespace(&home).unwrap_or(&home);
    let namespace = manifests::namespace_name(tenant_name, workspace);
    let live =
        context.sites.all().into_iter().map(|c| (c.name().to_owned(), c.live(&namespace, &uid))).collect();
    let siblings = context
        .caches
        .workspaces
        .state_filter(|w| w.namespace().as_deref() == Some(&home) && w.uid().as_ref() != Some(&uid));
    Observed { tenant: context.caches.tenant_of(&home), siblings, live, namespace }
}

/// Carries out what each site needs, all sites at once; returns what failed.
async fn carry_out(
    context: &Context,
    workspace: &Workspace,
    plans: &BTreeMap<String, SitePlan>,
) -> BTreeMap<String, String> {
    let patience = Duration::from_secs(context.options.write_timeout_seconds);
    let work = plans.iter().filter(|(_, plan)| !plan.steps.is_empty()).map(async |(name, plan)| {
        let connection = context.sites.get(name)?;
        let mut corrected = Vec::new();
        let result = apply::carry_out(&connection, plan, patience, &mut corrected).await;
        for fix in corrected {
            let note = format!("{} in site {name} {}; it was put right", fix.object, fix.what);
            report::event(context, workspace, EventType::Warning, "DriftCorrected", "Apply", &note).await;
        }
        result.err().map(|error| (name.clone(), error.to_string()))
    });
    join_all(work).await.into_iter().flatten().collect()
}

/// Removes the workspace from every site; the finalizer goes when nothing is left anywhere.
async fn leave(
    workspace: &Workspace,
    observed: &Observed,
    context: &Context,
    api: &Api<Workspace>,
) -> Result<Action, Error> {
    let uid = workspace.uid().unwrap_or_default();
    let world = {
        let ledger = context.ledger();
        context.caches.world(context.site_facts(&ledger, &uid))
    };
    let order = observed.order(&world, workspace);
    let closing = plan::close(&order);
    let failures = carry_out(context, workspace, &closing.sites).await;
    let mut waiting = closing.waiting();
    if closing.done() && failures.is_empty() {
        match remains(context, &observed.namespace, &closing.sites).await {
            None => {
                for name in closing.sites.keys() {
                    if let Some(connection) = context.sites.get(name) {
                        connection.inventory().forget(&observed.namespace);
                    }
                }
                finalizer(api, workspace, false).await?;
                context.forget(&uid);
                context.touch_tenant(workspace);
                touch_sites(context, workspace, &WorkspaceStatus::default());
                return Ok(Action::await_change());
            }
            Some(why) => waiting = why,
        }
    }
    for (site, why) in failures {
        waiting = format!("{waiting}; {site}: {why}");
    }
    write(context, api, workspace, &status::closing(&order, waiting.trim_start_matches("; "))).await?;
    Ok(Action::requeue(SOON))
}

/// Asks each site itself, past every cache, whether anything is left.
async fn remains(context: &Context, namespace: &str, sites: &BTreeMap<String, SitePlan>) -> Option<String> {
    for name in sites.keys() {
        let Some(connection) = context.sites.get(name) else {
            return Some(format!("{name}: there is no connection to the site"));
        };
        match Api::<Namespace>::all(connection.client()).get_opt(namespace).await {
            Ok(None) => {}
            Ok(Some(_)) => return Some(format!("{name}: its namespace is being deleted")),
            Err(error) => return Some(format!("{name}: whether anything is left cannot be seen: {error}")),
        }
    }
    None
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

async fn write(
    context: &Context,
    api: &Api<Workspace>,
    workspace: &Workspace,
    after: &WorkspaceStatus,
) -> Result<(), Error> {
    report::status(context, api, workspace, workspace.status.as_ref(), after, |s| &s.conditions).await
}
