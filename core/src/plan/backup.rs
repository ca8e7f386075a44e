//! Whether a workspace is backed up: what its order and its policy ask for → backups that were seen in each of its
//! sites → condition `BackedUp`. It holds only by what was seen; that somebody ordered backups makes none.

use beffroi_crds::{
    SovereigntyPolicySpec,
    conditions::{
        BACKED_UP,
        reason::{AS_EXPECTED, NOT_PROVIDED},
    },
};
use jiff::{SignedDuration, Timestamp};

use super::{Located, Order};
use crate::{
    conditions::{Finding, State},
    location::{self, SiteView, seen::Backup},
    message::{
        Message, list,
        progress::{Asking, ProgressMessage},
    },
};

/// Hours between two backups where the policy asks for some and the order does not say how often.
const DAILY: u32 = 24;
/// What a backup is given to run, beside the hours between two of them.
const RUN: SignedDuration = SignedDuration::from_hours(1);
/// Phase of Velero's backups that hold all that they should.
const COMPLETED: &str = "Completed";

/// Who asks that a workspace be backed up.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Asked {
    /// Its order.
    pub order: bool,
    /// The policy.
    pub policy: bool,
}

impl Asked {
    fn by(self) -> Asking {
        match (self.order, self.policy) {
            (true, true) => Asking::Both,
            (true, false) => Asking::Order,
            (false, true) => Asking::Policy,
            (false, false) => Asking::Nobody,
        }
    }

    /// What whoever orders must know before: none is made because it is ordered.
    pub fn told(self) -> Option<Message> {
        (self != Self::default()).then(|| ProgressMessage::BackupsNotOurs { asked: self.by() }.into())
    }
}

/// The policy that a workspace is held to.
pub(super) fn policy<'a>(order: &Order<'a>) -> Option<&'a SovereigntyPolicySpec> {
    let tenant = order.tenant?;
    order.world.policies.get(&*tenant.spec.policy).map(|policy| &policy.spec)
}

/// Who asks that a workspace be backed up.
pub fn asked(order: &Order<'_>) -> Asked {
    Asked {
        order: order.workspace.spec.backup.is_some(),
        policy: policy(order).is_some_and(|policy| policy.backup.required),
    }
}

/// What is so.
pub fn backed_up(order: &Order<'_>, seen: Option<&Located>) -> Finding {
    let asked = asked(order);
    let Some(Located { observation, .. }) = seen else {
        return Finding::new(BACKED_UP, State::Unknown, "NotObserved", ProgressMessage::BackupsNotSeen);
    };
    let any = observation.sites.iter().any(|site| !site.seen.backups.is_empty());
    if let Some((site, _)) = location::stale(observation, order.world.now) {
        let message = ProgressMessage::BackupsSeenTooLongAgo { site: site.to_owned() };
        return Finding::new(BACKED_UP, State::Unknown, "ObservationTooOld", message);
    }
    if asked == Asked::default() && !any {
        return Finding::new(BACKED_UP, false, "NotRequested", ProgressMessage::NoBackupAsked);
    }
    let hours = order.workspace.spec.backup.as_ref().map_or(DAILY, |backup| backup.every_hours);
    let mut told = Vec::new();
    for site in &observation.sites {
        let Some(last) = site.seen.backups.iter().max_by_key(|backup| backup.completed) else {
            let message = ProgressMessage::NoBackup { asked: asked.by(), site: site.name.clone() };
            return Finding::new(BACKED_UP, false, NOT_PROVIDED, message);
        };
        match of_site(site, last, observation, hours, order.world.now) {
            (AS_EXPECTED, good) => told.push(Message::from(good).of(&site.name)),
            (reason, why) => {
                return Finding::new(BACKED_UP, false, reason, Message::from(why).of(&site.name));
            }
        }
    }
    Finding::new(BACKED_UP, true, AS_EXPECTED, list(told))
}

/// The last backup of one site that serves, or why none does; with the reason for the condition.
fn of_site(
    site: &SiteView,
    last: &Backup,
    observation: &location::Observation,
    hours: u32,
    now: Timestamp,
) -> (&'static str, ProgressMessage) {
    let backups = &site.seen.backups;
    let completed: Vec<&Backup> =
        backups.iter().filter(|backup| backup.phase.as_deref() == Some(COMPLETED)).collect();
    let Some(latest) = completed.iter().max_by_key(|backup| backup.completed) else {
        let backup = last.name.clone();
        let why = match last.phase.clone() {
            Some(phase) => ProgressMessage::BackupNotCompleted { backup, phase },
            None => ProgressMessage::BackupUnknown { backup },
        };
        return ("BackupNotCompleted", why);
    };
    let whole: Vec<&Backup> = completed.iter().copied().filter(|backup| backup.narrowed.is_empty()).collect();
    if whole.is_empty() {
        let fields = latest.narrowed.iter().cloned().collect();
        let why = ProgressMessage::BackupNotWhole { backup: latest.name.clone(), fields };
        return ("BackupNotWhole", why);
    }
    let rules = observation.policy.rules();
    let lawful = whole.iter().filter(|backup| location::backup_faults(&rules, site, backup).is_empty());
    // What is said to have ended later than now was not seen to end.
    let ended = |backup: &Backup| backup.completed.filter(|at| *at <= now);
    let Some((newest, at)) =
        lawful.filter_map(|backup| Some((backup, ended(backup)?))).max_by_key(|(_, at)| *at)
    else {
        return ("StoreNotAllowed", ProgressMessage::BackupElsewhere);
    };
    let backup = newest.name.clone();
    let limit = SignedDuration::from_hours(i64::from(hours)) + RUN;
    if now.duration_since(at) > limit {
        return ("BackupTooOld", ProgressMessage::BackupTooOld { backup, at, hours });
    }
    (AS_EXPECTED, ProgressMessage::BackedUp { backup, at })
}

#[cfg(test)]
mod tests {
    use std::{
        collections::{BTreeMap, BTreeSet},
        sync::Arc,
    };

    use beffroi_crds::{
        SovereigntyPolicy, Workspace,
        site::BackupStore,
        workspace::{BackupRequest, PlacedSite, WorkspaceStatus},
    };

    use super::*;
    use crate::{
        plan::{SiteLive, locate},
        policy::fixtures::Scene,
    };

    const STORE: &str = "https://s.example/par1";

    fn backup(name: &str, phase: &str, hours_ago: i64, now: Timestamp) -> Backup {
        let completed = (phase == COMPLETED).then(|| now - SignedDuration::from_hours(hours_ago));
        Backup {
            name: name.into(),
            store: Some(format!("{STORE}/x")),
            phase: Some(phase.into()),
            completed,
            narrowed: BTreeSet::new(),
        }
    }

    /// What is said of a workspace on par1 with these backups.
    fn told(
        required: bool,
        every: Option<u32>,
        backups: impl Fn(Timestamp) -> Vec<Backup>,
        spoil: impl Fn(&mut SiteLive, &mut Scene),
    ) -> (State, &'static str, String) {
        let mut scene = Scene::default();
        scene.world.now = "2026-06-15T12:00:00Z".parse().unwrap();
        let now = scene.world.now;
        scene.par1(|site| {
            site.backup_stores = vec![BackupStore {
                name: "ailleurs".into(),
                address: STORE.into(),
                operator: "hoster".into(),
                country: "FR".into(),
                subdivision: "FR-CVL".into(),
            }];
        });
        let mut live = SiteLive { reachable: true, observed_at: Some(now), ..SiteLive::default() };
        live.seen.backups = backups(now);
        spoil(&mut live, &mut scene);
        let mut policy = scene.policy.clone();
        policy.observation_max_age_seconds = 600;
        policy.backup.required = required;
        scene.world.policies.insert("standard".into(), Arc::new(SovereigntyPolicy::new("standard", policy)));
        let mut workspace = Workspace::new("mairie", scene.workspace.clone());
        workspace.spec.backup = every.map(|every_hours| BackupRequest { every_hours, keep_days: 30 });
        let placed = PlacedSite { name: "par1".into(), ..PlacedSite::default() };
        workspace.status = Some(WorkspaceStatus { sites: vec![placed], ..WorkspaceStatus::default() });
        let live = BTreeMap::from([("par1".to_owned(), live)]);
        let order = Order {
            world: &scene.world,
            workspace: &workspace,
            tenant: Some(&scene.tenant),
            siblings: &[],
            live: &live,
        };
        let located = locate(&order);
        let finding = backed_up(&order, located.as_ref());
        (finding.state, finding.reason, finding.message.to_string())
    }

    fn as_is(_: &mut SiteLive, _: &mut Scene) {}

    #[test]
    fn what_is_asked_for_and_not_seen_is_not_provided() {
        for (required, every) in [(true, None), (false, Some(24)), (true, Some(24))] {
            let (state, reason, message) = told(required, every, |_| Vec::new(), as_is);
            assert_eq!((state, reason), (State::False, NOT_PROVIDED));
            assert!(message.contains("none was seen on par1"), "{message}");
        }
        let (state, reason, _) = told(false, None, |_| Vec::new(), as_is);
        assert_eq!((state, reason), (State::False, "NotRequested"), "and still nothing is backed up");
    }

    #[test]
    fn only_a_recent_completed_backup_at_an_allowed_store_counts() {
        let one = |phase: &'static str, hours: i64| move |now| vec![backup("velero/nuit", phase, hours, now)];
        let (state, _, message) = told(true, Some(24), one(COMPLETED, 24), as_is);
        assert_eq!(state, State::True, "{message}");
        assert!(message.contains("velero/nuit"), "{message}");
        let reason = |(state, reason, _)| {
            assert_eq!(state, State::False);
            reason
        };
        assert_eq!(reason(told(true, Some(24), one(COMPLETED, 26), as_is)), "BackupTooOld");
        assert_eq!(reason(told(true, Some(4), one(COMPLETED, 6), as_is)), "BackupTooOld");
        assert_eq!(reason(told(true, None, one("PartiallyFailed", 0), as_is)), "BackupNotCompleted");
        let elsewhere = |live: &mut SiteLive, _: &mut Scene| {
            live.seen.backups[0].store = Some("https://elsewhere.example/x".into());
        };
        assert_eq!(reason(told(true, None, one(COMPLETED, 1), elsewhere)), "StoreNotAllowed");
        let narrow = |live: &mut SiteLive, _: &mut Scene| {
            live.seen.backups[0].narrowed = ["labelSelector".to_owned()].into();
        };
        assert_eq!(reason(told(true, None, one(COMPLETED, 1), narrow)), "BackupNotWhole");
        let both = |now| vec![backup("a", COMPLETED, 1, now), backup("b", "Failed", 0, now)];
        assert_eq!(told(true, None, both, as_is).0, State::True, "the one before serves still");
    }

    #[test]
    fn what_is_not_seen_any_more_is_unknown() {
        let unseen = |live: &mut SiteLive, scene: &mut Scene| {
            live.observed_at = Some(scene.world.now - SignedDuration::from_hours(1));
        };
        let recent = |now| vec![backup("a", COMPLETED, 1, now)];
        assert_eq!(told(true, None, recent, unseen).0, State::Unknown);
    }
}
