//! Tenants: their namespace, and whether what they name exists. What they hold that nobody else may is in
//! [`domains`] and [`bodies`], who is of a grouping in [`members`]; what the log says of them is in [`audit`].

pub mod audit;
pub mod bodies;
mod change;
pub mod domains;
pub mod members;

use std::sync::Arc;

use beffroi_crds::{
    Tenant, TenantSpec, Workspace,
    conditions::{
        ACCEPTED, READY,
        reason::{AS_EXPECTED, BODY_TAKEN, DELETING, MEMBER_REPLACED, REFERENCE_NOT_FOUND, WORKSPACES_LEFT},
    },
    tenant::Rival,
};
use kube::ResourceExt;

use crate::{
    conditions::Finding,
    facts::World,
    message::{
        Message,
        tenant::{Names, TenantMessage},
    },
    plan::Refusal,
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

/// Whether a tenant was registered before another: by when, and where that is the same second, by UID.
fn came_before(one: &Tenant, other: &Tenant) -> bool {
    // One that is still to be registered comes last.
    let when = |tenant: &Tenant| {
        let at = tenant.creation_timestamp().map(|at| at.0);
        (at.is_none(), at, tenant.uid())
    };
    when(one) < when(other)
}

/// SIREN of the body that a tenant is: its own, or that of its SIRET. A grouping has none.
pub fn siren(spec: &TenantSpec) -> Option<String> {
    let of_siret = || spec.siret.as_ref().and_then(|siret| siret.get(..9)).map(str::to_owned);
    spec.siren.as_ref().map(ToString::to_string).or_else(of_siret)
}

/// Most workspaces that are named.
const NAMED: usize = 20;

/// `Ready` of a tenant that is deleted while workspaces of it are there: it waits until each was deleted by itself.
pub fn still_there(workspaces: &[Arc<Workspace>]) -> Option<Finding> {
    let (leaving, standing): (Vec<_>, Vec<_>) =
        workspaces.iter().partition(|workspace| workspace.metadata.deletion_timestamp.is_some());
    if standing.is_empty() {
        let being = TenantMessage::WorkspacesLeave { workspaces: names(&leaving) };
        return (!leaving.is_empty()).then(|| Finding::new(READY, false, DELETING, being));
    }
    let waits = TenantMessage::WorkspacesStand { workspaces: names(&standing) };
    Some(Finding::new(READY, false, WORKSPACES_LEFT, waits))
}

fn names(workspaces: &[&Arc<Workspace>]) -> Names {
    let mut names: Vec<String> = workspaces.iter().map(|workspace| workspace.name_any()).collect();
    names.sort_unstable();
    match names.len().saturating_sub(NAMED) {
        0 => Names::All { names },
        more => {
            names.truncate(NAMED);
            Names::AndMore { names, more }
        }
    }
}

/// `Accepted` of a tenant, of whose numbers or domains these have some already.
pub fn judge(world: &World, tenant: &Tenant, rivals: &[Rival]) -> Finding {
    let spec = &tenant.spec;
    let not = |reason, message| Finding::new(ACCEPTED, false, reason, message);
    if let Some(taken) = bodies::told(rivals) {
        return not(BODY_TAKEN, taken);
    }
    let named = spec.members.iter().map(|member| ("Tenant", member));
    let mut named = [("SovereigntyPolicy", &spec.policy)].into_iter().chain(named);
    if let Some((kind, name)) = named.find(|(kind, name)| world.unread.has(kind, name)) {
        let unread = Refusal::Unreadable { kind, name: name.to_string() };
        return Finding::new(ACCEPTED, unread.state(), unread.reason(), unread.message());
    }
    if !world.policies.contains_key(&*spec.policy) {
        return not(REFERENCE_NOT_FOUND, TenantMessage::NoSuchPolicy { policy: spec.policy.to_string() });
    }
    let (members, unknown): (Vec<_>, Vec<_>) =
        spec.members.iter().map(ToString::to_string).partition(|name| world.tenants.contains_key(name));
    let strangers: Vec<_> =
        members.into_iter().filter(|name| members::is_stranger(world, tenant, name)).collect();
    if !strangers.is_empty() {
        return not(MEMBER_REPLACED, TenantMessage::MemberReplaced { members: strangers });
    }
    if !unknown.is_empty() {
        return not(REFERENCE_NOT_FOUND, TenantMessage::NoSuchMember { members: unknown });
    }
    Finding::new(ACCEPTED, true, AS_EXPECTED, Message::none())
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
        let told = waits.message.to_string();
        assert!(told.contains("stand: w01, ") && told.contains("w20 and 2 more; "), "{told}");
    }
}
