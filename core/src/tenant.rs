//! Tenants: their namespace, and whether what they name exists.

use beffroi_crds::{
    Tenant,
    conditions::{
        ACCEPTED,
        reason::{AS_EXPECTED, REFERENCE_NOT_FOUND},
    },
};

use crate::{conditions::Finding, facts::World};

const PREFIX: &str = "tenant-";

/// Name of a tenant's namespace in the management cluster.
pub fn namespace(tenant: &str) -> String {
    format!("{PREFIX}{tenant}")
}

/// Name of the tenant that a namespace is named after. Ownership rests on UIDs, not on this.
pub fn of_namespace(namespace: &str) -> Option<&str> {
    namespace.strip_prefix(PREFIX)
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
