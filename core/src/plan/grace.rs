//! The grace period of deletion: an order that names its end → apps stopped, said in `Ready` once seen → deleted
//! once that instant has passed. Until then the order is taken back by taking the end out of it.
//!
//! One person alone does not erase data at once: a workspace that holds any is kept for as long as the policy says,
//! from when its deletion was ordered, unless a second person confirmed an earlier end. What asks for that waits in an
//! annotation of the API's; here is told who asked, and what became of it.

use std::time::Duration;

use beffroi_crds::{
    DeletionConfirmed, DeletionRequest, Person, Tenant, Workspace,
    conditions::{READY, reason::DELETION_SCHEDULED},
    labels, ordered_generation,
    workspace::{Deletion, RequestedDeletion},
};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::{Order, current_sites, stop};
use crate::{
    conditions::Finding,
    facts::World,
    message::{Message, change::ChangeMessage, list, progress::ProgressMessage},
    tenant::members,
    trail,
};

/// Days that data is kept where the rules of its tenant cannot be read: as the strictest profile does.
const UNKNOWN_RULES: u32 = 21;
/// By how much an end may fall short of the time of grace: clocks differ, and an order takes its time to be seen.
const SLACK: SignedDuration = SignedDuration::from_hours(1);

/// When a workspace is to be deleted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Due {
    /// Not by its order, or not while it is paused.
    Never,
    /// Not before this instant.
    At(Timestamp),
    /// That instant has passed.
    Now,
}

impl Due {
    /// How long until it is, if it will be; never longer than `otherwise`.
    pub fn within(self, now: Timestamp, otherwise: Duration) -> Duration {
        match self {
            Self::At(at) => {
                let left: SignedDuration = at.duration_since(now);
                Duration::try_from(left).unwrap_or_default().min(otherwise)
            }
            Self::Never => otherwise,
            Self::Now => Duration::ZERO,
        }
    }
}

/// Days that one person's order to delete leaves to a workspace of `tenant`: those of its policy; for a grouping, the
/// most that it or one of its members is held to, for the data of all of them may lie there.
pub fn least_days(world: &World, tenant: Option<&Tenant>) -> u32 {
    let of = |tenant: &Tenant| {
        let policy = world.policies.get(&*tenant.spec.policy);
        policy.map_or(UNKNOWN_RULES, |policy| policy.spec.deletion.min_grace_days)
    };
    let Some(tenant) = tenant else { return UNKNOWN_RULES };
    // A stranger of a member's name says nothing of how long its data is to be kept.
    let members = tenant
        .spec
        .members
        .iter()
        .map(|name| world.tenants.get(&**name).filter(|_| !members::is_stranger(world, tenant, name)));
    members.map(|member| member.map_or(UNKNOWN_RULES, |member| of(member))).fold(of(tenant), u32::max)
}

/// Whether data of a workspace lies anywhere, as far as is known.
pub fn holds_data(order: &Order<'_>) -> bool {
    !current_sites(order).is_empty()
}

/// Whether one person alone may have a workspace deleted at `at`.
pub fn one_may(order: &Order<'_>, at: Timestamp) -> bool {
    !holds_data(order) || at >= kept_until(order)
}

/// Until when data stays although its deletion is ordered, but for what clocks may differ by.
fn kept_until(order: &Order<'_>) -> Timestamp {
    let days = SignedDuration::from_hours(24 * i64::from(least_days(order.world, order.tenant)));
    ordered_at(order).saturating_add(days - SLACK).unwrap_or(Timestamp::MAX)
}

/// Since when a workspace is ordered to be deleted, as far as it was seen; now, where it is not, or was not seen to be.
fn ordered_at(order: &Order<'_>) -> Timestamp {
    let (workspace, generation) = (order.workspace, ordered_generation(order.workspace));
    // Of several changes that nobody looked at in between, one may have taken it back.
    let known =
        noted(workspace).filter(|noted| (noted.generation..=noted.generation + 1).contains(&generation));
    let since =
        known.filter(|_| workspace.spec.delete_after.is_some()).and_then(|noted| noted.ordered_at.as_ref());
    since.map_or(order.world.now, |Time(since)| *since)
}

fn noted(workspace: &Workspace) -> Option<&Deletion> {
    workspace.status.as_ref()?.deletion.as_ref()
}

/// When a workspace goes by its own order: not before that says so, nor before one person may have it.
fn end(order: &Order<'_>) -> Option<Timestamp> {
    let Time(wanted) = order.workspace.spec.delete_after.as_ref()?;
    let free = !holds_data(order) || DeletionConfirmed::now(order.workspace).is_some();
    let kept = kept_until(order);
    Some(if free || *wanted >= kept { *wanted } else { kept.saturating_add(SLACK).unwrap_or(Timestamp::MAX) })
}

/// When a workspace is to be deleted by its own order.
pub fn due(order: &Order<'_>) -> Due {
    let Some(at) = end(order) else { return Due::Never };
    if labels::is_paused(order.workspace) || order.workspace.metadata.deletion_timestamp.is_some() {
        Due::Never
    } else if at > order.world.now {
        Due::At(at)
    } else {
        Due::Now
    }
}

/// When what is said of a deletion is to be looked at again, though nothing happens: at its end, or when nobody can
/// confirm any more what one person asked for.
pub fn look_again(order: &Order<'_>) -> Due {
    let (end, asked) = (due(order), DeletionRequest::pending(order.workspace, order.world.now));
    match (end, asked.map(|asked| asked.until.0)) {
        (Due::Now, _) | (_, None) => end,
        (Due::At(at), Some(until)) => Due::At(at.min(until)),
        (Due::Never, Some(until)) => Due::At(until),
    }
}

/// What status says of the deletion of a workspace.
pub(super) fn deletion(order: &Order<'_>) -> Option<Deletion> {
    let (workspace, generation) = (order.workspace, ordered_generation(order.workspace));
    if workspace.metadata.deletion_timestamp.is_some() {
        return noted(workspace).cloned();
    }
    let ordered_at = workspace.spec.delete_after.as_ref().map(|_| Time(ordered_at(order)));
    let pending = DeletionRequest::pending(workspace, order.world.now);
    let requested = pending.map(|asked| RequestedDeletion {
        by: trail::named(&asked.by),
        request: asked.by.request,
        grace_days: asked.grace_days,
        at: asked.at,
        until: asked.until,
    });
    let at = end(order).map(Time);
    let some = ordered_at.is_some() || requested.is_some();
    some.then_some(Deletion { generation, ordered_at, at, requested })
}

/// `Ready` of a workspace whose deletion is scheduled.
pub(super) fn scheduled(order: &Order<'_>) -> Option<Finding> {
    let (Time(wanted), at) = (order.workspace.spec.delete_after.as_ref()?, end(order)?);
    let scheduled = ProgressMessage::DeletionScheduled { apps: stop::told(order), at };
    let why = if at > *wanted {
        let days = least_days(order.world, order.tenant);
        Some(ProgressMessage::DeletionPutOff { ordered: *wanted, days })
    } else {
        DeletionConfirmed::now(order.workspace).map(|_| ProgressMessage::DeletionConfirmed)
    };
    let message = list([scheduled].into_iter().chain(why).map(Message::from));
    Some(Finding::new(READY, false, DELETION_SCHEDULED, message))
}

/// Whether the deletion that is under way is the one that the order named.
pub(super) fn was_due(order: &Order<'_>) -> bool {
    let deleted = order.workspace.metadata.deletion_timestamp.as_ref();
    // Whoever deletes writes whole seconds.
    let second = |time: Timestamp| time.as_second();
    end(order).zip(deleted).is_some_and(|(at, Time(on))| second(at) <= second(*on))
}

/// What the log says of who agreed on an end, where the order has one that two people agreed on.
pub(super) fn agreed(workspace: &Workspace) -> Option<ChangeMessage> {
    let DeletionConfirmed { asked, by, .. } = DeletionConfirmed::now(workspace)?;
    Some(ChangeMessage::DeletionAgreed {
        by: trail::named(&asked.by),
        request: asked.by.request,
        other: trail::named(&by),
        confirmation: by.request,
    })
}

/// What the log and an event say of a request that waits for a second person.
pub fn asked(requested: &RequestedDeletion) -> Message {
    let RequestedDeletion { request, grace_days: days, until: Time(until), .. } = requested;
    ChangeMessage::DeletionAsked { days: *days, until: *until, request: request.clone() }.into()
}

/// What became of a request that does not wait any more: who ended it, and how. Confirmed, it stands in the log with
/// the order that it led to.
pub(super) fn over(
    order: &Order<'_>,
    requested: &RequestedDeletion,
) -> Option<(Option<Person>, ChangeMessage)> {
    let request = &requested.request;
    if DeletionConfirmed::now(order.workspace).is_some_and(|agreed| agreed.asked.by.request == *request) {
        return None;
    }
    let back = DeletionRequest::noted(order.workspace).filter(|noted| noted.by.request == *request);
    let back = back.and_then(|noted| noted.withdrawn);
    let request = request.clone();
    let what = if let Some(by) = &back {
        ChangeMessage::RequestTakenBack { request, by: by.request.clone() }
    } else if requested.until.0 <= order.world.now {
        ChangeMessage::RequestUnconfirmed { request }
    } else {
        ChangeMessage::RequestOvertaken { request }
    };
    Some((back, what))
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, sync::Arc};

    use beffroi_crds::{
        SovereigntyPolicy, TenantSpec, WorkspaceStatus,
        labels::{DELETION_CONFIRMED, DELETION_REQUEST},
        workspace::PlacedSite,
    };
    use kube::ResourceExt;

    use super::*;

    const DAY: i64 = 86_400;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    /// A workspace of a tenant whose policy keeps data for ten days.
    struct Leaving {
        world: World,
        tenant: Tenant,
        workspace: Workspace,
    }

    impl Leaving {
        /// Ordered to go at `end`, and to be looked at at `now`; it lies on a site.
        fn new(end: i64, now: i64) -> Self {
            let mut world = World { now: at(now), ..World::default() };
            keep(&mut world, "standard", 10);
            let mut workspace = Workspace::default();
            workspace.metadata.generation = Some(1);
            workspace.spec.delete_after = Some(Time(at(end)));
            workspace.status =
                Some(WorkspaceStatus { sites: vec![PlacedSite::default()], ..WorkspaceStatus::default() });
            Self { world, tenant: member("ville", "standard"), workspace }
        }

        fn look<T>(&self, see: impl Fn(&Order<'_>) -> T) -> T {
            let live = BTreeMap::new();
            see(&Order {
                world: &self.world,
                workspace: &self.workspace,
                tenant: Some(&self.tenant),
                siblings: &[],
                live: &live,
            })
        }

        fn status(&mut self) -> &mut WorkspaceStatus {
            self.workspace.status.as_mut().unwrap()
        }

        /// Looks at it, and writes down what is to be said.
        fn note(&mut self) {
            let deletion = self.look(deletion);
            self.status().deletion = deletion;
        }

        fn due_at(&mut self, now: i64) -> Due {
            self.world.now = at(now);
            self.look(due)
        }

        fn ask(&mut self, asked: &DeletionRequest) {
            self.workspace.annotations_mut().insert(DELETION_REQUEST.into(), asked.to_value());
        }
    }

    fn keep(world: &mut World, policy: &str, days: u32) {
        let mut kept = SovereigntyPolicy::default();
        kept.spec.deletion.min_grace_days = days;
        world.policies.insert(policy.into(), Arc::new(kept));
    }

    fn member(name: &str, policy: &str) -> Tenant {
        Tenant::new(name, TenantSpec { policy: policy.into(), ..TenantSpec::default() })
    }

    fn person(subject: &str) -> Person {
        Person { subject: subject.into(), issuer: "i".into(), name: None, request: format!("r-{subject}") }
    }

    fn asked(generation: i64) -> DeletionRequest {
        DeletionRequest {
            generation,
            grace_days: 0,
            by: person("léa"),
            at: Time(at(5)),
            until: Time(at(100)),
            withdrawn: None,
        }
    }

    #[test]
    fn an_order_ends_when_it_says_and_not_while_it_is_paused() {
        let mut leaving = Leaving::new(10, 9);
        leaving.status().sites.clear();
        assert_eq!(
            [leaving.due_at(9), leaving.due_at(10)],
            [Due::At(at(10)), Due::Now],
            "no data lies anywhere"
        );
        leaving.workspace.annotations_mut().insert(labels::PAUSED.into(), "true".into());
        assert_eq!(leaving.due_at(10), Due::Never);
        leaving.workspace.annotations_mut().clear();
        leaving.workspace.metadata.deletion_timestamp = Some(Time(at(10)));
        assert_eq!(leaving.due_at(10), Due::Never, "it is being deleted already");
        assert!(leaving.look(was_due));
        leaving.workspace.metadata.deletion_timestamp = Some(Time(at(9)));
        assert!(!leaving.look(was_due), "somebody else was faster");
        leaving.workspace.spec.delete_after = None;
        assert_eq!(leaving.due_at(10), Due::Never);
    }

    #[test]
    fn data_stays_for_as_long_as_the_policy_says_from_when_its_deletion_was_ordered() {
        let mut leaving = Leaving::new(10, 100);
        assert_eq!(leaving.due_at(20 * DAY), Due::At(at(30 * DAY)), "nobody wrote down since when");
        leaving.world.now = at(100);
        leaving.note();
        let end = 100 + 10 * DAY;
        assert_eq!(leaving.due_at(200), Due::At(at(end)));
        assert_eq!(leaving.due_at(end), Due::Now);
        // Another end, sooner or later than that, does not begin it anew.
        leaving.workspace.metadata.generation = Some(2);
        leaving.workspace.spec.delete_after = Some(Time(at(60 * DAY)));
        leaving.world.now = at(5 * DAY);
        leaving.note();
        assert_eq!(leaving.due_at(5 * DAY), Due::At(at(60 * DAY)));
        leaving.workspace.metadata.generation = Some(3);
        leaving.workspace.spec.delete_after = Some(Time(at(0)));
        leaving.note();
        assert_eq!(leaving.due_at(6 * DAY), Due::At(at(end)));
        let told = leaving.look(scheduled).unwrap().message.to_string();
        assert!(
            told.contains("at 1970-01-11T00:01:40Z it is deleted") && told.contains("leaves 10 days"),
            "{told}"
        );
        // Whoever deletes it past its order, before its time, is not taken for the order.
        let mut gone = leaving.workspace.clone();
        gone.metadata.deletion_timestamp = Some(Time(at(6 * DAY)));
        gone.metadata.generation = Some(4);
        let gone = Leaving { workspace: gone, ..leaving };
        assert!(!gone.look(was_due));
    }

    #[test]
    fn whatever_may_have_been_taken_back_in_between_is_counted_anew() {
        let mut leaving = Leaving::new(0, 100);
        leaving.note();
        leaving.workspace.metadata.generation = Some(3);
        leaving.world.now = at(9 * DAY);
        leaving.note();
        assert_eq!(leaving.due_at(9 * DAY), Due::At(at(19 * DAY)));
        leaving.workspace.spec.delete_after = None;
        leaving.note();
        assert_eq!(leaving.status().deletion, None);
    }

    #[test]
    fn a_grouping_keeps_what_any_of_its_members_would_and_unknown_rules_are_strict() {
        let mut leaving = Leaving::new(0, 100);
        let days = |leaving: &Leaving| least_days(&leaving.world, Some(&leaving.tenant));
        assert_eq!((days(&leaving), least_days(&leaving.world, None)), (10, UNKNOWN_RULES));
        keep(&mut leaving.world, "sante", 30);
        for (name, policy) in [("ch-macon", "sante"), ("ch-tournus", "standard")] {
            leaving.world.tenants.insert(name.into(), Arc::new(member(name, policy)));
        }
        leaving.tenant.spec.members = vec!["ch-tournus".into()];
        assert_eq!(days(&leaving), 10);
        leaving.tenant.spec.members.push("ch-macon".into());
        assert_eq!(days(&leaving), 30);
        leaving.tenant.spec.members = vec!["nobody".into()];
        assert_eq!(days(&leaving), UNKNOWN_RULES);
        leaving.world.policies.clear();
        leaving.tenant.spec.members.clear();
        assert_eq!(days(&leaving), UNKNOWN_RULES);
    }

    #[test]
    fn one_person_may_have_what_the_policy_leaves_and_two_may_have_it_sooner() {
        let mut leaving = Leaving::new(0, 0);
        leaving.workspace.spec.delete_after = None;
        let may = |leaving: &Leaving, end| leaving.look(|order| one_may(order, at(end)));
        assert!(!may(&leaving, 0) && !may(&leaving, 9 * DAY) && may(&leaving, 10 * DAY));
        leaving.status().sites.clear();
        assert!(may(&leaving, 0), "it holds nothing");

        let mut leaving = Leaving::new(10, 9);
        leaving.note();
        let mut agreed_on = DeletionConfirmed {
            generation: 1,
            delete_after: Time(at(10)),
            asked: asked(0),
            by: person("noé"),
        };
        let confirm = |leaving: &mut Leaving, agreed: &DeletionConfirmed| {
            leaving.workspace.annotations_mut().insert(DELETION_CONFIRMED.into(), agreed.to_value());
        };
        confirm(&mut leaving, &agreed_on);
        assert_eq!([leaving.due_at(9), leaving.due_at(10)], [Due::At(at(10)), Due::Now]);
        let told = agreed(&leaving.workspace).unwrap().to_string();
        assert_eq!(told, "asked for by léa (i), request r-léa, and confirmed by noé (i), request r-noé");
        let told = leaving.look(scheduled).unwrap().message.to_string();
        assert!(told.ends_with("; a second person confirmed it"), "{told}");
        // The order changed since: it is what one person wants.
        leaving.workspace.metadata.generation = Some(2);
        assert_eq!(leaving.due_at(10), Due::At(at(9 + 10 * DAY)));
        leaving.workspace.metadata.generation = Some(1);
        agreed_on.by = person("léa");
        confirm(&mut leaving, &agreed_on);
        assert_eq!(leaving.due_at(10), Due::At(at(9 + 10 * DAY)), "one person, twice");
    }

    #[test]
    fn what_is_asked_for_is_told_until_it_is_over_and_why_it_is() {
        let mut leaving = Leaving::new(0, 10);
        leaving.workspace.spec.delete_after = None;
        leaving.ask(&asked(1));
        leaving.note();
        let said = leaving.status().deletion.clone().unwrap();
        assert_eq!((said.ordered_at, said.at), (None, None));
        let requested = said.requested.unwrap();
        assert_eq!(requested.by, "léa (i)");
        assert_eq!(leaving.look(look_again), Due::At(at(100)), "then nobody can confirm it any more");

        let ended = |leaving: &Leaving| {
            assert_eq!(leaving.look(deletion), None);
            let (by, told) = leaving.look(|order| over(order, &requested)).unwrap();
            (by.map(|by| by.subject), told.to_string())
        };
        leaving.world.now = at(100);
        let (by, told) = ended(&leaving);
        assert!(by.is_none() && told.ends_with("nobody confirmed it in time"), "{told}");
        leaving.world.now = at(50);
        leaving.workspace.metadata.generation = Some(2);
        let (by, told) = ended(&leaving);
        assert!(by.is_none() && told.contains("came in between"), "{told}");
        leaving.ask(&DeletionRequest { withdrawn: Some(person("noé")), ..asked(2) });
        let (by, told) = ended(&leaving);
        assert!(by.as_deref() == Some("noé") && told.contains("taken back"), "{told}");
        let agreed = DeletionConfirmed {
            generation: 2,
            delete_after: Time(at(50)),
            asked: asked(1),
            by: person("noé"),
        };
        leaving.workspace.spec.delete_after = Some(Time(at(50)));
        leaving.workspace.annotations_mut().insert(DELETION_CONFIRMED.into(), agreed.to_value());
        assert_eq!(leaving.look(|order| over(order, &requested)), None, "the order itself tells that");
    }

    #[test]
    fn nobody_looks_again_later_than_it_is_due() {
        let minute = Duration::from_mins(1);
        assert_eq!(Due::At(at(70)).within(at(60), minute), Duration::from_secs(10));
        assert_eq!(Due::At(at(700)).within(at(60), minute), minute);
        assert_eq!(Due::At(at(50)).within(at(60), minute), Duration::ZERO);
        assert_eq!(Due::Now.within(at(60), minute), Duration::ZERO, "it fell between two looks at the clock");
        assert_eq!(Due::Never.within(at(60), minute), minute);
    }
}
