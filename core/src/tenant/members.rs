//! Members of a grouping: names in its spec, and whom each was when it was first seen → who is a member, and which name
//! is a stranger's now. A tenant that is registered anew under a member's name inherits nothing.

use beffroi_crds::{Tenant, tenant::BoundMember};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::ResourceExt;

use crate::facts::World;

/// The members that a grouping has from now on: those of before, and those that are seen for the first time.
pub fn bind(world: &World, grouping: &Tenant) -> Vec<BoundMember> {
    let bound = |name: &str| {
        let before = bound(grouping, name).cloned();
        before.or_else(|| {
            let uid = world.tenants.get(name)?.uid()?;
            Some(BoundMember { name: name.to_owned(), uid, since: Time(world.now) })
        })
    };
    grouping.spec.members.iter().filter_map(|name| bound(name)).collect()
}

/// UIDs of those who are members, as was recorded: rights rest on these alone.
pub fn uids(grouping: &Tenant) -> impl Iterator<Item = &str> {
    grouping.spec.members.iter().filter_map(|name| Some(bound(grouping, name)?.uid.as_str()))
}

/// Whether the tenant that has a member's name now is another one than the member.
pub fn is_stranger(world: &World, grouping: &Tenant, name: &str) -> bool {
    let now = world.tenants.get(name).and_then(|tenant| tenant.metadata.uid.as_deref());
    bound(grouping, name).zip(now).is_some_and(|(bound, now)| bound.uid != now)
}

/// The members that there are, but for strangers.
pub fn of<'a>(world: &'a World, grouping: &'a Tenant) -> impl Iterator<Item = &'a Tenant> {
    let known = grouping.spec.members.iter().filter(|name| !is_stranger(world, grouping, name));
    known.filter_map(|name| world.tenants.get(&**name)).map(AsRef::as_ref)
}

fn bound<'a>(grouping: &'a Tenant, name: &str) -> Option<&'a BoundMember> {
    grouping.status.as_ref()?.members.iter().find(|member| member.name == name)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use beffroi_crds::{TenantSpec, TenantStatus, conditions::ACCEPTED};

    use super::*;
    use crate::{facts::World, tenant::judge};

    fn tenant(name: &str, uid: &str) -> Arc<Tenant> {
        let mut tenant = Tenant::new(name, TenantSpec { policy: "standard".into(), ..TenantSpec::default() });
        tenant.metadata.uid = Some(uid.to_owned());
        Arc::new(tenant)
    }

    #[test]
    fn a_stranger_of_a_members_name_is_told_and_is_no_member() {
        let mut world = World::default();
        world.policies.insert("standard".into(), Arc::default());
        world.tenants.insert("ch-macon".into(), tenant("ch-macon", "u-1"));
        let mut ght = Tenant::clone(&tenant("ght", "u-g"));
        ght.spec.members = vec!["ch-macon".into(), "ch-tournus".into()];
        let mut look = |world: &World| {
            let members = bind(world, &ght);
            ght.status = Some(TenantStatus { members, ..TenantStatus::default() });
            let told = judge(world, &ght, &[]);
            let uids = uids(&ght).map(str::to_owned).collect::<Vec<_>>();
            (told.kind, told.reason, uids, of(world, &ght).map(ResourceExt::name_any).collect::<Vec<_>>())
        };
        let told = look(&world);
        assert_eq!(told, (ACCEPTED, "ReferenceNotFound", vec!["u-1".into()], vec!["ch-macon".into()]));
        // A second one comes later; the first is deleted, and its name given to somebody else.
        world.tenants.insert("ch-tournus".into(), tenant("ch-tournus", "u-2"));
        assert_eq!(look(&world).2, ["u-1", "u-2"]);
        world.tenants.remove("ch-macon");
        assert_eq!(look(&world).2, ["u-1", "u-2"], "who was a member is known still");
        world.tenants.insert("ch-macon".into(), tenant("ch-macon", "u-3"));
        let told = look(&world);
        assert_eq!(
            (told.1, told.2, told.3),
            ("MemberReplaced", vec!["u-1".into(), "u-2".into()], vec!["ch-tournus".into()])
        );
        // Taken out of the grouping and put in again, it is who has the name then.
        ght.spec.members.remove(0);
        ght.status.as_mut().unwrap().members = bind(&world, &ght);
        ght.spec.members.push("ch-macon".into());
        let members = bind(&world, &ght);
        assert_eq!(members.iter().map(|m| m.uid.as_str()).collect::<Vec<_>>(), ["u-2", "u-3"]);
    }
}
