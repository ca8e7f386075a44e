//! `Workspace`: observe → decide → carry out, and for one that leaves, once more by what its sites say is left.
//!
//! `beffroi-core` decides, whole, in every case; [`execute`] has nothing left to choose.
//!
//! [`execute`]: crate::execute

use std::{collections::BTreeMap, sync::Arc};

use beffroi_core::{
    facts::World,
    manifests,
    plan::{self, Case, Order, SiteLive},
    tenant as law,
};
use beffroi_crds::{SiteSpec, Tenant, Workspace};
use kube::{ResourceExt, runtime::reflector::ObjectRef};

use crate::{
    context::Context,
    execute::{Next, Work},
    outcome::{Outcome, Stopped},
    report,
};

/// What is seen of one workspace.
struct Observed {
    tenant: Option<Arc<Tenant>>,
    siblings: Vec<Arc<Workspace>>,
    live: BTreeMap<String, SiteLive>,
}

/// Brings one workspace to what was ordered.
pub async fn reconcile(workspace: Arc<Workspace>, context: Arc<Context>) -> Outcome {
    bring(&workspace, &context).await.into()
}

async fn bring(workspace: &Workspace, context: &Context) -> Result<Outcome, Stopped> {
    context.filled().await;
    context.remember(workspace);
    let uid = workspace.uid().unwrap_or_default();
    if workspace.metadata.deletion_timestamp.is_some() && context.has_left(&uid) {
        context.forget(&uid);
        return Ok(Outcome::Settled(None));
    }
    let namespace = home_in_sites(workspace);
    // Asked before looking: what was seen by then is in what is seen now.
    let lags = context.sites.lag(&namespace);
    let observed = observe(workspace, context, &namespace);
    let world;
    let case = {
        // What is chosen here is taken before anybody else chooses.
        let mut ledger = context.ledger();
        world = World {
            prober: context.prober.clone(),
            ..context.caches.world(context.site_facts(&ledger, &uid))
        };
        let case = Case::of(&observed.order(&world, workspace), lags);
        if let Case::Wanted(plan) = &case
            && plan.accepted.is_ok()
        {
            ledger.set(&uid, plan.sites.keys().cloned().collect(), plan::needs(&world, workspace));
        }
        case
    };
    if let Case::Wanted(plan) = &case
        && plan.accepted.as_ref().is_err_and(plan::Refusal::awaits_domain)
    {
        have_looked_up(workspace, context);
    }
    let order = observed.order(&world, workspace);
    let api = report::namespaced(context, workspace);
    let work = Work { context, api: &api, order: &order, namespace: &namespace };
    let decision = case.decide(&order, context.options.deletion_patience());
    match work.carry_out(decision).await? {
        Next::Done(outcome) => Ok(outcome),
        Next::AskWhatIsLeft(asked) => {
            let (located, closing) = *asked;
            let found = work.what_is_left(&closing).await;
            match work.carry_out(plan::gone(&order, located, closing, found)).await? {
                Next::Done(outcome) => Ok(outcome),
                Next::AskWhatIsLeft(_) => Ok(Outcome::Waiting(plan::SOON)),
            }
        }
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

fn observe(workspace: &Workspace, context: &Context, namespace: &str) -> Observed {
    let home = workspace.namespace().unwrap_or_default();
    let uid = workspace.uid().unwrap_or_default();
    let live = context.sites.all().into_iter().map(|connection| {
        let site = context.caches.sites.get(&ObjectRef::new(connection.name()));
        let nothing = SiteSpec::default();
        let declared = site.as_ref().map_or(&nothing, |site| &site.spec);
        (connection.name().to_owned(), connection.live(namespace, &uid, declared))
    });
    let live = live.collect();
    let siblings = context
        .caches
        .workspaces
        .state_filter(|w| w.namespace().as_deref() == Some(&home) && w.uid().as_ref() != Some(&uid));
    Observed { tenant: context.caches.tenant_of(&home), siblings, live }
}
