//! Tenants: their namespace, and whether what they name exists.

use beffroi_crds::{
    Tenant,
    conditions::{
        ACCEPTED,
        reason::{AS_EXPECTED, REFERENCE_NOT_FOUND},
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
