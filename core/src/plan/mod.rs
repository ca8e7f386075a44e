//! Everything a reconcile of a workspace will do, as data.
//!
//! Pipeline: [`Order`] (facts about one workspace) → [`resolve`](resolve::resolve) (everything it names is
//! found and allowed) → [`placement`](crate::placement) → [`settle`] (what to write in each site),
//! [`close`] (what to remove) or `stop` (what must not run, whatever else is refused) → [`locate`](locate::locate) (what
//! was seen, and the verdict) → [`report`] (its status) → [`Decision`] (all of that for its case, whole). The same plan serves preview, audit and execution: nothing is left to choose when it is carried out.

pub mod audit;
pub mod backup;
pub mod change;
pub mod close;
pub mod compliance;
pub mod decide;
mod domain;
pub mod grace;
pub mod locate;
pub mod probe;
mod refusal;
pub mod releases;
pub mod remains;
pub mod report;
pub mod residue;
pub mod resolve;
mod running;
pub mod settle;
mod stop;
mod unread;

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use beffroi_crds::{
    App, Tenant, Workspace,
    app::Release,
    workspace::{HeldNeeds, HeldRelease, Judgement, PendingRelease},
};
use jiff::Timestamp;
use kube::ResourceExt;

pub use close::{Closing, close};
pub use decide::{Case, Decision, RESYNC, Refused, SOON, Steps, Then, gone};
pub use grace::{Due, due, look_again};
pub use locate::{Located, locate};
pub use probe::{ProbePod, ProbeStep};
pub use refusal::Refusal;

use crate::{
    facts::{Resources, World},
    location::Seen,
    manifests::{self, Kind, Live, Object, Placed},
    message::{Message, placement::PlacementMessage},
    placement::{self, Placement, Request},
    policy, quantity,
};

/// Facts about one workspace.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    /// Everything else.
    pub world: &'a World,
    /// The workspace.
    pub workspace: &'a Workspace,
    /// The tenant that owns the workspace's namespace, found by UID.
    pub tenant: Option<&'a Tenant>,
    /// The tenant's other workspaces.
    pub siblings: &'a [Arc<Workspace>],
    /// What is there, by site. A site that was never reached is absent.
    pub live: &'a BTreeMap<String, SiteLive>,
}

/// What is there of one workspace in one site.
#[derive(Clone, Debug, Default)]
pub struct SiteLive {
    /// Whether the site answers now; if not, the rest is what was last seen.
    pub reachable: bool,
    /// Objects that bear the workspace's UID.
    pub objects: Vec<Arc<Live>>,
    /// Its pods, but for the one by which its network is probed.
    pub pods: Vec<PodFacts>,
    /// Pods that cannot be made, as those say who should make them.
    pub unborn: Vec<Unborn>,
    /// Objects that were seen and then went, without our doing.
    pub vanished: Vec<(Kind, String)>,
    /// The pod by which its network is probed.
    pub probe: Option<ProbePod>,
    /// What its place rests on.
    pub seen: Seen,
    /// When all of that was last known to be whole.
    pub observed_at: Option<Timestamp>,
}

/// A pod of a workspace.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PodFacts {
    /// Name.
    pub name: String,
    /// Whether it is Ready, or has run to its end.
    pub fine: bool,
    /// Whether it has come to an end, good or bad: nothing of it runs.
    pub over: bool,
    /// Why not, where it says so.
    pub reason: Option<String>,
}

/// Pods that cannot be made.
#[derive(Clone, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Unborn {
    /// Kind and name of what should make them.
    pub of: String,
    /// What the cluster says to that, for example that a quota is exceeded.
    pub why: String,
    /// Whether that is so now; told by an event, it may be over.
    pub stands: bool,
}

/// Everything that a reconcile will do.
#[derive(Debug)]
pub struct Plan<'a> {
    /// What the order resolves to, or why it is refused.
    pub accepted: Result<Accepted<'a>, Refusal>,
    /// What is done in each site, in order.
    pub sites: BTreeMap<String, SitePlan>,
}

/// An order that stands.
#[derive(Debug)]
pub struct Accepted<'a> {
    /// Apps with the release that each is held at.
    pub apps: Vec<(Cow<'a, App>, Cow<'a, Release>)>,
    /// Releases that do not come yet.
    pub pending: Vec<PendingRelease>,
    /// The sites.
    pub placement: Placement,
    /// What rules warn of without refusing, of the tenant and of the apps.
    pub warnings: Vec<Judgement>,
    /// Whether its domain is neither declared nor proven any more: what is reached by it stays.
    pub domain_lost: bool,
    /// Hosts that it is reached by.
    pub hosts: BTreeSet<String>,
    /// What the rules on sites rest on and nobody can read.
    pub unread: Option<Refusal>,
    /// Apps that are held at a release that the catalogue lists no longer.
    pub withdrawn: BTreeSet<String>,
}

/// What is done in one site.
#[derive(Clone, Debug, Default)]
pub struct SitePlan {
    /// What is wanted there; empty where the workspace leaves.
    pub wanted: Vec<Object>,
    /// Apps that the catalogue has no longer: what is there of them stays as it is.
    pub kept: BTreeSet<String>,
    /// Writes, in order.
    pub steps: Vec<Step>,
    /// What is done beside them with the pod by which its network is probed: nothing waits for that.
    pub probe: Option<ProbeStep>,
    /// What must happen elsewhere first.
    pub waiting: Option<Message>,
    /// Why nothing may be written there.
    pub refused: Option<Message>,
}

impl SitePlan {
    /// Whether nothing is left to do there.
    pub fn settled(&self) -> bool {
        self.steps.is_empty() && self.waiting.is_none() && self.refused.is_none()
    }
}

/// One write.
#[derive(Clone, Debug)]
pub enum Step {
    /// Create a namespace, and fail if the name is taken by someone else.
    Create(Object, Drift),
    /// Server-side apply.
    Apply(Object, Drift),
    /// Delete.
    Delete(Arc<Live>),
    /// Take the finalizers off an object whose own controller does not answer.
    Release(Arc<Live>),
}

/// What someone else did to an object since we wrote it, to be recorded before it is put right.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Drift {
    /// Nothing: the plan changed, or the object is new.
    None,
    /// It was deleted.
    Deleted,
    /// These fields were changed.
    Changed(Vec<String>),
}

impl Accepted<'_> {
    /// The releases, as status holds them: enough to go on holding them whatever the catalogue forgets.
    pub fn held(&self) -> Vec<HeldRelease> {
        let held = |(app, release): &(Cow<'_, App>, Cow<'_, Release>)| HeldRelease {
            app: app.name_any(),
            version: release.version.clone(),
            digest: release.chart.digest.to_string(),
            repository: release.chart.repository.to_string(),
            needs: Some(HeldNeeds {
                cpu: app.spec.needs.cpu.to_string(),
                memory: app.spec.needs.memory.to_string(),
                storage: app.spec.needs.storage.as_ref().map(ToString::to_string),
                kubernetes_api: app.spec.needs.kubernetes_api.clone(),
            }),
            hosts: app.spec.hosts.iter().map(ToString::to_string).collect(),
            supported_until: release.supported_until.clone(),
            irreversible: release.irreversible,
            withdrawn: self.withdrawn.contains(&app.name_any()),
            running: Vec::new(),
        };
        self.apps.iter().map(held).collect()
    }
}

/// Plans a workspace that is wanted. For one being deleted see [`close`].
pub fn plan<'a>(order: &Order<'a>) -> Plan<'a> {
    let resolved = match resolve::resolve(order) {
        Ok(resolved) => resolved,
        // What is already in place stays as it is: a change of mind must not pull a service down. Only who ordered
        // it may.
        Err(refusal) => {
            let mut sites = BTreeMap::new();
            stop::stop(order, &mut sites);
            probe::remove(order, &mut sites);
            return Plan { accepted: Err(refusal), sites };
        }
    };
    let case = policy::Case {
        world: order.world,
        policy: &resolved.policy.spec,
        tenant: resolved.tenant,
        members: resolved.members.clone(),
        workspace: &order.workspace.spec,
    };
    let current = current_sites(order);
    let placement = placement::place(&Request { case: &case, needs: resolved.needs, current: &current });

    // Nothing can be built of an app that the catalogue has no longer: what is there of it is left as it is.
    let (listed, gone): (Vec<_>, Vec<_>) =
        resolved.apps.iter().partition(|(app, _)| order.world.apps.contains_key(&app.name_any()));
    let listed: Vec<(&App, &Release)> = listed.iter().map(|(app, release)| (&**app, &**release)).collect();
    let gone: Vec<&App> = gone.iter().map(|(app, _)| &**app).collect();
    let kept: BTreeSet<String> = gone.iter().map(|app| app.name_any()).collect();

    let mut sites = BTreeMap::new();
    for name in &placement.chosen {
        let Some(facts) = order.world.sites.get(name) else { continue };
        let placed = Placed {
            tenant: resolved.tenant,
            workspace: order.workspace,
            site: &facts.site,
            policy: &resolved.policy.spec,
            apps: &listed,
            gone: &gone,
            needs: resolved.needs,
        };
        let wanted = manifests::desired(&placed);
        let refused = resolve::foreign_registry(&resolved.policy.spec, &facts.site, &resolved.apps);
        let mut plan = match refused.or_else(|| resolve::no_gateway(&placed)) {
            None => settle::settle_beside(wanted, kept.clone(), order.live.get(name)),
            // Nothing is pulled from there, and what is in place stays.
            Some(why) => SitePlan { wanted, refused: Some(why), ..SitePlan::default() },
        };
        plan.probe = probe::step(order, &placed, &plan);
        sites.insert(name.clone(), plan);
    }
    let doubted = order.world.sites.values().filter(|_| !order.world.unread.is_empty());
    let unread = doubted.into_iter().find_map(|facts| unread::of_site(&case, &facts.site));
    let withdrawn = resolved.apps.iter().map(|(app, release)| (app.name_any(), release));
    let withdrawn = withdrawn.filter(|(app, release)| !releases::is_listed(order.world, app, release));
    let accepted = Accepted {
        withdrawn: withdrawn.map(|(app, _)| app).collect(),
        apps: resolved.apps,
        pending: resolved.pending,
        placement,
        warnings: resolved.warnings,
        domain_lost: resolved.domain_lost,
        hosts: resolved.hosts,
        unread,
    };
    leave(order, &accepted.placement, &mut sites);
    stop::stop(order, &mut sites);
    Plan { accepted: Ok(accepted), sites }
}

/// A site is left only once every site that stays is ready: data never loses its last place first.
fn leave(order: &Order<'_>, placement: &Placement, sites: &mut BTreeMap<String, SitePlan>) {
    if placement.leaving.is_empty() {
        return;
    }
    let settled = placement.chosen.iter().all(|name| {
        let live = order.live.get(name);
        sites.get(name).zip(live).is_some_and(|(plan, live)| report::progress(plan, live).ready())
    });
    for name in &placement.leaving {
        let plan = if settled {
            close::remove(order.live.get(name), order.world.now, close::PATIENCE)
        } else {
            SitePlan { waiting: Some(PlacementMessage::LeavesLater.into()), ..SitePlan::default() }
        };
        sites.insert(name.clone(), plan);
    }
}

/// Where the workspace lies now: what its status recorded before anything was written, and whatever is seen
/// although status does not say so.
pub fn current_sites(order: &Order<'_>) -> Vec<String> {
    let recorded =
        order.workspace.status.iter().flat_map(|status| &status.sites).map(|site| site.name.clone());
    let mut sites: Vec<String> = recorded.collect();
    for (name, live) in order.live {
        if !sites.contains(name) && live.objects.iter().any(|l| l.kind == Kind::Namespace) {
            sites.push(name.clone());
        }
    }
    sites
}

/// The sum of what a workspace's apps need; of one that the catalogue has no longer, what it needed. Unknown ones count
/// as nothing.
pub fn needs(world: &World, workspace: &Workspace) -> Resources {
    let held = |name: &str| {
        let mut all = workspace.status.iter().flat_map(|status| &status.releases);
        quantity::held(all.find(|held| held.app == name)?.needs.as_ref()?)
    };
    let app = |name: &str| match world.apps.get(name) {
        Some(app) => Some(quantity::needs(&app.spec.needs)),
        None => held(name),
    };
    let apps = workspace.spec.apps.iter().filter_map(|ordered| app(&ordered.name));
    apps.fold(Resources::default(), Resources::plus)
}

#[cfg(test)]
mod tests;
