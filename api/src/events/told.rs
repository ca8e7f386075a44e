//! What is told of an object, and what must differ for it to be told again: what a reader sees, not every heartbeat.

use std::hash::{DefaultHasher, Hash, Hasher};

use beffroi_crds::{
    Site, Tenant, Workspace,
    conditions::{Condition, GUARDED, REACHABLE, VERIFIED},
};
use kube::ResourceExt;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    door,
    views::{
        condition::{Status, ready, status},
        state::State,
    },
};

/// What an event says: enough to know what to read again.
#[derive(Clone, Debug, Default, JsonSchema, Serialize)]
#[schemars(rename = "Event")]
pub struct Notice {
    /// Of a workspace: `TENANT.WORKSPACE`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Of a tenant or a site: its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The tenant of a workspace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// Version: the number in `ETag`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// State of a workspace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
    /// Whether the data of a workspace lies where the rules allow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub located: Option<Status>,
    /// Names of the sites where a workspace lies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sites: Option<Vec<String>>,
    /// Whether a tenant or a site is ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready: Option<Status>,
}

impl Notice {
    /// What is left to tell of an object that is gone.
    #[must_use]
    pub fn gone(self, version: Option<String>) -> Self {
        let Self { id, name, tenant, .. } = self;
        Self { id, name, tenant, version, ..Self::default() }
    }

    /// As an event has it.
    pub fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// A workspace of a tenant: what is told, and a digest of what a reader sees.
pub fn workspace(tenant: &str, workspace: &Workspace) -> (Notice, u64) {
    let seen = workspace.status.clone().unwrap_or_default();
    let told = Notice {
        id: Some(door::id(tenant, &workspace.name_any())),
        tenant: Some(tenant.to_owned()),
        version: workspace.resource_version(),
        state: Some(State::of(workspace)),
        located: Some(status(&seen.conditions, beffroi_crds::conditions::LOCATED)),
        sites: Some(seen.sites.iter().map(|site| site.name.clone()).collect()),
        ..Notice::default()
    };
    let ready: Vec<bool> = seen.sites.iter().map(|site| site.ready).collect();
    let found: Vec<_> = seen.findings.iter().map(|f| (&f.rule, &f.site, &f.object)).collect();
    let held: Vec<_> =
        seen.releases.iter().map(|held| (&held.app, &held.version, held.withdrawn, &held.running)).collect();
    let asked = workspace.annotations().get(beffroi_crds::labels::DELETION_REQUEST);
    let digest = digest(&(
        (workspace.metadata.generation, asked, seen.deletion.is_some_and(|told| told.requested.is_some())),
        told.state,
        told.located,
        &told.sites,
        ready,
        found,
        held,
        conditions(&seen.conditions),
    ));
    (told, digest)
}

/// A tenant.
pub fn tenant(tenant: &Tenant) -> (Notice, u64) {
    let seen = tenant.status.clone().unwrap_or_default();
    let told = named(tenant.name_any(), tenant.resource_version(), ready(tenant, &seen.conditions));
    let held = (seen.domains, seen.rivals);
    let digest = digest(&(tenant.metadata.generation, leaving(tenant), told.ready, seen.workspaces, held));
    (told, digest)
}

/// A site.
pub fn site(site: &Site) -> (Notice, u64) {
    let conditions = site.status.as_ref().map(|status| status.conditions.as_slice()).unwrap_or_default();
    let told = named(site.name_any(), site.resource_version(), ready(site, conditions));
    let seen = [REACHABLE, VERIFIED, GUARDED].map(|kind| status(conditions, kind));
    let digest = digest(&(site.metadata.generation, leaving(site), told.ready, seen));
    (told, digest)
}

fn named(name: String, version: Option<String>, ready: Status) -> Notice {
    Notice { name: Some(name), version, ready: Some(ready), ..Notice::default() }
}

fn leaving(object: &impl ResourceExt) -> bool {
    object.meta().deletion_timestamp.is_some()
}

fn conditions(all: &[Condition]) -> Vec<(&str, &str, &str)> {
    all.iter().map(|c| (c.type_.as_str(), c.status.as_str(), c.reason.as_str())).collect()
}

/// Compared within this process alone.
fn digest(seen: &impl std::fmt::Debug) -> u64 {
    let mut hasher = DefaultHasher::new();
    format!("{seen:?}").hash(&mut hasher);
    hasher.finish()
}
