//! Where the data of one workspace lies: its order and what was seen in each site → observation → claim.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use kube::ResourceExt;

use super::{Order, current_sites, probe, unread};
use crate::{
    evidence::statement::{DataLocation, WorkspaceRef},
    location::{self, Declared, Observation, Policy, Since, SiteView},
};

/// What was seen of a workspace, and what can be claimed of it.
#[derive(Clone, Debug)]
pub struct Located {
    /// What the claim rests on.
    pub observation: Observation,
    /// The claim.
    pub claim: DataLocation,
}

/// Judges where the data of a workspace lies, whether or not its order still stands. `None` where it lies
/// nowhere yet, or where nobody can say which rules it is held to.
pub fn locate(order: &Order<'_>) -> Option<Located> {
    let tenant = order.tenant?;
    if unread::of_place(order).is_some() {
        return None;
    }
    let policy = order.world.policies.get(&*tenant.spec.policy)?;
    let mut names = current_sites(order);
    names.sort();
    let sites: Vec<SiteView> = names.into_iter().map(|name| view(order, name)).collect();
    if sites.is_empty() {
        return None;
    }
    let observation = Observation {
        workspace: workspace_ref(order)?,
        policy: Policy::of(&tenant.spec.policy, &policy.spec),
        sites,
    };
    let before = order.workspace.status.as_ref().map_or(&[][..], |status| &status.findings);
    let claim = location::claim(&observation, &Since::of_status(before), order.world.now);
    Some(Located { observation, claim })
}

impl Located {
    /// How long this verdict stands if nothing more is seen; `None` when nothing is known to go by, or it has
    /// ended already.
    pub fn until_unknown(&self, now: Timestamp) -> Option<Duration> {
        let oldest = self.observation.sites.iter().map(|site| site.observed_at).min().flatten()?;
        let limit =
            SignedDuration::from_secs(self.observation.policy.spec().observation_max_age_seconds.into());
        (limit - now.duration_since(oldest)).try_into().ok()
    }

    /// Mark of what the verdict rests on: evidence is written anew when it changes.
    pub fn basis(&self) -> String {
        location::basis(&self.claim, &self.observation)
    }
}

/// How evidence names a workspace; `None` while its tenant is not known.
pub fn workspace_ref(order: &Order<'_>) -> Option<WorkspaceRef> {
    let tenant = order.tenant?;
    Some(WorkspaceRef {
        uid: order.workspace.uid().unwrap_or_default(),
        name: order.workspace.name_any(),
        namespace: order.workspace.namespace().unwrap_or_default(),
        tenant: tenant.name_any(),
        tenant_uid: tenant.uid().unwrap_or_default(),
    })
}

/// A site that is no longer registered declares nothing, so all that lies there is a finding.
fn view(order: &Order<'_>, name: String) -> SiteView {
    let declared = order.world.sites.get(&name).map(|facts| Declared::from(&facts.site.spec));
    let live = order.live.get(&name);
    let mut seen = live.map(|live| live.seen.clone()).unwrap_or_default();
    seen.probe = probe::last(order, &name).and_then(probe::seen);
    SiteView {
        declared: declared.unwrap_or_default(),
        observed_at: live.and_then(|live| live.observed_at),
        seen,
        name,
    }
}
