//! Tenants: their namespace, and whether what they name exists.

use std::sync::Arc;

use beffroi_crds::{
    Tenant, Workspace,
    conditions::{
        ACCEPTED, READY,
        reason::{AS_EXPECTED, DELETING, REFERENCE_NOT_FOUND, WORKSPACES_LEFT},
    },
};
use kube::ResourceExt;
use serde_json::{Value, json};

use crate::{
    conditions::Finding,
    evidence::{
        canonical,
        statement::{Action, Audit},
    },
    facts::World,
    plan::audit::Record,
};

const PREFIX: &str = "tenant-";

/// Name of a tenant's namespace in the management cluster.
pub fn namespace(tenant: &str) -> String {
    format!("{PREFIX}{tenant}")
}

/// Name of the tenant that a namespace is named after. Ownership rests on UIDs, not on this.
pub fn of_namespace(namespace: &str) -> Option<&str> {
    namespace.strip_prefix(PREFIX)
}

/// What happened to a tenant.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Event {
    /// It is seen for the first time.
    Registered,
    /// Nothing is left of it.
    Deleted,
}

/// An entry for the audit log.
pub fn record(world: &World, tenant: &Tenant, event: Event) -> Record {
    let (action, note) = match event {
        Event::Registered => (Action::TenantRegistered, "registered"),
        Event::Deleted => (Action::TenantDeleted, "its workspaces and its namespace are gone"),
    };
    // A spec came from JSON, so it can be written as JSON.
    let spec = serde_json::to_value(&tenant.spec).unwrap_or_default();
    (audit(world, tenant, action, note.to_owned()), spec)
}

/// Digest of the policy that a tenant is held to, and an entry for the audit log where it was told of another
/// one before.
pub fn policy_change(world: &World, tenant: &Tenant) -> (Option<String>, Option<Record>) {
    let before = tenant.status.as_ref().and_then(|status| status.policy_digest.clone());
    let name = &*tenant.spec.policy;
    let Some(policy) = world.policies.get(name) else {
        let told = before.map(|before| {
            let note = format!("policy {name} does not exist any more, before: {before}");
            (audit(world, tenant, Action::PolicyChanged, note), json!({"policy": name, "spec": null}))
        });
        return (None, told);
    };
    let Ok(digest) = canonical::digest(&policy.spec) else { return (before, None) };
    if before.as_ref() == Some(&digest) {
        return (before, None);
    }
    let from = before.map(|before| format!(", before: {before}")).unwrap_or_default();
    let note = format!("held to policy {name}, SHA-256 {digest}{from}");
    let content: Value = json!({"policy": name, "spec": policy.spec});
    (Some(digest), Some((audit(world, tenant, Action::PolicyChanged, note), content)))
}

/// Most workspaces that are named.
const NAMED: usize = 20;

/// `Ready` of a tenant that is deleted while workspaces of it are there: it waits until each was deleted by itself.
pub fn still_there(workspaces: &[Arc<Workspace>]) -> Option<Finding> {
    let (leaving, standing): (Vec<_>, Vec<_>) =
        workspaces.iter().partition(|workspace| workspace.metadata.deletion_timestamp.is_some());
    if standing.is_empty() {
        let being = |names| format!("its workspaces are being removed: {names}");
        return (!leaving.is_empty()).then(|| Finding::new(READY, false, DELETING, being(names(&leaving))));
    }
    let message = format!(
        "is deleted once its workspaces are, and these still stand: {}; no data goes with its tenant: delete each of them, or wait for the end that its order names (spec.deleteAfter)",
        names(&standing)
    );
    Some(Finding::new(READY, false, WORKSPACES_LEFT, message))
}

fn names(workspaces: &[&Arc<Workspace>]) -> String {
    let mut names: Vec<String> = workspaces.iter().map(|workspace| workspace.name_any()).collect();
    names.sort_unstable();
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    names.join(", ") + &more
}

fn audit(world: &World, tenant: &Tenant, action: Action, note: String) -> Audit {
    Audit {
        time: world.now,
        action,
        tenant: tenant.name_any(),
        tenant_uid: tenant.uid().unwrap_or_default(),
        workspace: None,
        site: None,
        object: format!("Tenant {}", tenant.name_any()),
        actor: None,
        note,
    }
}

/// `Accepted` of a tenant.
pub fn judge(world: &World, tenant: &Tenant) -> Finding {
    let spec = &tenant.spec;
    let missing = |message: String| Finding::new(ACCEPTED, false, REFERENCE_NOT_FOUND, message);
    if !world.policies.contains_key(&*spec.policy) {
        return missing(format!(
            "spec.policy: no SovereigntyPolicy is named {}: create it, or correct the name",
            spec.policy
        ));
    }
    let unknown: Vec<&str> =
        spec.members.iter().map(|m| &**m).filter(|m| !world.tenants.contains_key(*m)).collect();
    if unknown.is_empty() {
        Finding::new(ACCEPTED, true, AS_EXPECTED, "")
    } else {
        missing(format!(
            "spec.members: no Tenant is named {}: create it, or correct the name",
            unknown.join(", ")
        ))
    }
}

#[cfg(test)]
mod tests {
    use beffroi_crds::WorkspaceSpec;
    use jiff::Timestamp;
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

    use super::*;

    #[test]
    fn a_tenant_waits_for_its_workspaces_by_name_and_not_for_ever_many() {
        assert_eq!(still_there(&[]), None);
        let order = |index: u32| Workspace::new(&format!("w{index:02}"), WorkspaceSpec::default());
        let mut going = order(0);
        going.metadata.deletion_timestamp = Some(Time(Timestamp::UNIX_EPOCH));
        let mut all = vec![Arc::new(going)];
        assert_eq!(still_there(&all).unwrap().reason, DELETING);
        all.extend((1..=22).map(|index| Arc::new(order(index))));
        let waits = still_there(&all).unwrap();
        assert_eq!((waits.kind, waits.reason), (READY, WORKSPACES_LEFT));
        let told = waits.message;
        assert!(told.contains("stand: w01, ") && told.contains("w20 and 2 more; "), "{told}");
    }
}
