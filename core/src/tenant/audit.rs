//! What must stand in the audit log of what happens to a tenant: that it is registered, each change of it, the rules
//! that it is held to, its end. Recorded before it is reported, as of a workspace (see [`crate::plan::audit`]).

use beffroi_crds::{ChangedBy, Tenant, TenantStatus, labels::FINALIZER, ordered_generation};
use kube::ResourceExt;
use serde_json::{Map, Value, json};

use super::{change, siren};
use crate::{
    evidence::{
        canonical,
        statement::{Action, Audit},
    },
    facts::World,
    message::{Message, list, tenant::TenantMessage},
    trail::{self, Record, Unrecorded},
};

/// What is to be recorded of a tenant now, and its status once that stands in the log: otherwise as it was.
pub fn news(world: &World, tenant: &Tenant) -> (Vec<Record>, TenantStatus) {
    let mut status = tenant.status.clone().unwrap_or_default();
    let mut records = Vec::new();
    records.extend(said(world, tenant));
    if status.recorded_generation != Some(ordered_generation(tenant)) {
        status.recorded_generation = Some(ordered_generation(tenant));
        status.recorded_spec = spec(tenant);
    }
    let (digest, told) = held_to(world, tenant);
    records.extend(told);
    status.policy_digest = digest;
    (records, status)
}

/// What the tenant's spec says, where that does not stand in the log yet.
fn said(world: &World, tenant: &Tenant) -> Option<Record> {
    let recorded = recorded_generation(tenant);
    let pending = Unrecorded::of(tenant, recorded)?;
    let (action, told) = if recorded == 0 {
        (Action::TenantRegistered, vec![TenantMessage::Registered.into()])
    } else {
        let before = tenant.status.as_ref().map(|status| status.recorded_spec.clone()).unwrap_or_default();
        (Action::TenantChanged, change::told(&before, &tenant.spec))
    };
    let content = json!({"generation": pending.generation, "spec": tenant.spec});
    Some((entry(world, tenant, action, pending.actor(), pending.note(told)), content))
}

/// Generation of the spec that stands in the log; 0: none does. Before specs were recorded, a tenant's registration was,
/// and then its finalizer was set: of such a one it is told what is newer than what was seen of it.
fn recorded_generation(tenant: &Tenant) -> i64 {
    let status = tenant.status.as_ref();
    if let Some(recorded) = status.and_then(|status| status.recorded_generation) {
        return recorded;
    }
    let registered = tenant.finalizers().iter().any(|one| one == FINALIZER);
    let seen = status.and_then(|status| status.observed_generation).filter(|_| registered);
    // What was seen while it was deleted counts deletion as a change.
    seen.map_or(0, |seen| seen.min(ordered_generation(tenant)))
}

fn spec(tenant: &Tenant) -> Map<String, Value> {
    // A spec came from JSON, so it can be written as JSON.
    serde_json::to_value(&tenant.spec).ok().and_then(|spec| spec.as_object().cloned()).unwrap_or_default()
}

/// Digest of the policy that a tenant is held to, and an entry for the audit log where it was told of another
/// one before.
fn held_to(world: &World, tenant: &Tenant) -> (Option<String>, Option<Record>) {
    let before = tenant.status.as_ref().and_then(|status| status.policy_digest.clone());
    let name = &*tenant.spec.policy;
    let told = |note| entry(world, tenant, Action::PolicyChanged, None, note);
    let gone = |before| TenantMessage::PolicyGone { policy: name.to_owned(), before };
    let Some(rules) = world.policies.get(name) else {
        return (None, before.map(|before| (told(gone(before)), json!({"policy": name, "spec": null}))));
    };
    let Ok(digest) = canonical::digest(&rules.spec) else { return (before, None) };
    if before.as_ref() == Some(&digest) {
        return (before, None);
    }
    let policy = name.to_owned();
    let note = match before {
        None => TenantMessage::HeldTo { policy, digest: digest.clone() },
        Some(before) => TenantMessage::HeldToOtherRules { policy, digest: digest.clone(), before },
    };
    let content = json!({"policy": name, "spec": rules.spec});
    (Some(digest), Some((told(note), content)))
}

/// Nothing of the tenant is left.
pub fn deleted(world: &World, tenant: &Tenant) -> Record {
    let by = ChangedBy::deletion(tenant);
    let note = list([TenantMessage::Gone.into(), trail::asked(by.as_ref())]);
    let actor = by.as_ref().map(trail::person);
    let content = Value::Object(spec(tenant));
    (entry(world, tenant, Action::TenantDeleted, actor, note), content)
}

/// An entry on a tenant.
pub(super) fn entry(
    world: &World,
    tenant: &Tenant,
    action: Action,
    actor: Option<String>,
    note: impl Into<Message>,
) -> Audit {
    Audit {
        time: world.now,
        action,
        tenant: tenant.name_any(),
        tenant_uid: tenant.uid().unwrap_or_default(),
        siren: siren(&tenant.spec),
        workspace: None,
        site: None,
        object: format!("Tenant {}", tenant.name_any()),
        actor,
        note: trail::kept(&note.into()),
        remains: None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use beffroi_crds::{
        SovereigntyPolicy, TenantSpec,
        labels::{CHANGED_BY, DELETED_BY},
    };
    use jiff::Timestamp;
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

    use super::*;

    /// A world with policy `standard`, and a tenant that is held to it.
    fn scene() -> (World, Tenant) {
        let mut world = World::default();
        let policy = SovereigntyPolicy::default();
        world.policies.insert("standard".into(), Arc::new(policy));
        let spec = TenantSpec { title: "Ville".into(), policy: "standard".into(), ..TenantSpec::default() };
        let mut tenant = Tenant::new("ville", spec);
        tenant.metadata.generation = Some(1);
        (world, tenant)
    }

    fn by(tenant: &mut Tenant, annotation: &str, generation: i64) {
        let (subject, request) = ("hervé".to_owned(), format!("r{generation}"));
        let note = ChangedBy { generation, subject, issuer: "i".into(), request };
        tenant.annotations_mut().insert(annotation.to_owned(), note.to_value());
    }

    /// What is recorded, and the tenant once its status says so.
    fn look(world: &World, tenant: &mut Tenant) -> Vec<(Action, Option<String>, String)> {
        let (records, status) = news(world, tenant);
        tenant.status = Some(status);
        records.into_iter().map(|(audit, _)| (audit.action, audit.actor, audit.note.to_string())).collect()
    }

    const HERVE: Option<&str> = Some("hervé (i)");

    #[test]
    fn each_change_is_told_once_with_who_made_it_where_that_is_known() {
        let (world, mut tenant) = scene();
        by(&mut tenant, CHANGED_BY, 1);
        let told = look(&world, &mut tenant);
        let [(Action::TenantRegistered, who, note), (Action::PolicyChanged, None, _)] = &*told else {
            panic!("{told:?}")
        };
        assert_eq!((who.as_deref(), note.as_str()), (HERVE, "registered; request r1"));
        assert_eq!(look(&world, &mut tenant), [], "it stands in the log");

        tenant.spec.members = vec!["voisine".into()];
        tenant.metadata.generation = Some(2);
        by(&mut tenant, CHANGED_BY, 2);
        let told = look(&world, &mut tenant);
        let [(Action::TenantChanged, who, note)] = &*told else { panic!("{told:?}") };
        assert_eq!(who.as_deref(), HERVE);
        assert_eq!(note, "changed: members; members gains \"voisine\"; request r2");

        // Past the API, then both ways before anybody looked.
        tenant.spec.members.clear();
        tenant.metadata.generation = Some(3);
        let told = look(&world, &mut tenant);
        assert!(told[0].1.is_none() && told[0].2.ends_with("not through the API: who did it is not known"));
        tenant.metadata.generation = Some(5);
        by(&mut tenant, CHANGED_BY, 5);
        let told = look(&world, &mut tenant);
        assert_eq!(told[0].1, None, "two changes are no one's");
        assert!(
            told[0].2.starts_with("changed, and changed back; 2 changes together, the last by hervé (i)")
        );
        assert_eq!(look(&world, &mut tenant), []);
    }

    #[test]
    fn what_an_older_version_registered_is_neither_told_anew_nor_as_changed() {
        let (world, mut tenant) = scene();
        look(&world, &mut tenant);
        let status = tenant.status.as_mut().unwrap();
        (status.recorded_generation, status.observed_generation) = (None, Some(4));
        status.recorded_spec.clear();
        tenant.metadata.finalizers = Some(vec![FINALIZER.to_owned()]);
        tenant.metadata.generation = Some(4);
        let old = tenant.clone();
        assert_eq!(look(&world, &mut tenant), []);
        assert_eq!(tenant.status.as_ref().unwrap().recorded_generation, Some(4));
        assert!(!tenant.status.as_ref().unwrap().recorded_spec.is_empty());

        // Deleted: what was seen since counts that as a change.
        let mut leaving = old.clone();
        leaving.metadata.deletion_timestamp = Some(Time(Timestamp::UNIX_EPOCH));
        leaving.metadata.generation = Some(5);
        for seen in [4, 5] {
            leaving.status.as_mut().unwrap().observed_generation = Some(seen);
            assert_eq!(news(&world, &leaving).0, [], "{seen}");
        }

        // Changed while no operator looked: that it did is true, and no more is known.
        let mut changed = old;
        changed.metadata.generation = Some(6);
        let told = look(&world, &mut changed);
        assert_eq!((told.len(), told[0].0, &told[0].1), (1, Action::TenantChanged, &None));
        assert!(told[0].2.contains("kept nothing of it; 2 changes together"), "{told:?}");
    }

    #[test]
    fn registration_is_told_again_where_it_may_have_been_cut_short() {
        let (world, mut tenant) = scene();
        // Recorded and marked as ours, and ended before it was reported.
        tenant.metadata.finalizers = Some(vec![FINALIZER.to_owned()]);
        tenant.metadata.generation = Some(2);
        let told = look(&world, &mut tenant);
        assert_eq!(told[0].0, Action::TenantRegistered);
    }

    #[test]
    fn what_was_pending_at_deletion_is_told_and_who_deleted() {
        let (world, mut tenant) = scene();
        look(&world, &mut tenant);
        tenant.spec.title = "Autre".into();
        tenant.metadata.generation = Some(3);
        tenant.metadata.deletion_timestamp = Some(Time(Timestamp::UNIX_EPOCH));
        by(&mut tenant, CHANGED_BY, 2);
        by(&mut tenant, DELETED_BY, 3);
        let told = look(&world, &mut tenant);
        assert_eq!((told[0].0, told[0].1.as_deref()), (Action::TenantChanged, HERVE));
        assert_eq!(look(&world, &mut tenant), [], "deletion is no change");
        let (audit, _) = deleted(&world, &tenant);
        let note = audit.note.to_string();
        assert_eq!((audit.actor.as_deref(), note.ends_with("are gone; request r3")), (HERVE, true));
        tenant.annotations_mut().clear();
        let (audit, _) = deleted(&world, &tenant);
        let note = audit.note.to_string();
        assert!(audit.actor.is_none() && note.ends_with("not through the API: who did it is not known"));
    }

    #[test]
    fn other_rules_are_told_and_those_that_are_gone() {
        let (mut world, mut tenant) = scene();
        look(&world, &mut tenant);
        let mut policy = SovereigntyPolicy::default();
        policy.spec.description = Some("autre".into());
        world.policies.insert("standard".into(), Arc::new(policy));
        let told = look(&world, &mut tenant);
        assert!(told[0].0 == Action::PolicyChanged && told[0].2.contains(", before: "), "{told:?}");
        world.policies.clear();
        assert!(look(&world, &mut tenant)[0].2.contains("does not exist any more"));
        assert_eq!(look(&world, &mut tenant), []);
    }
}
