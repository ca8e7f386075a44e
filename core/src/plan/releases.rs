//! Which release each app is held at: the order, what is held, what may follow that → a release, and what is still
//! awaited; or why the order does not stand.
//!
//! An app on a channel keeps what it has until it may go on. A version that is ordered comes at once or is refused:
//! nobody who asks for one is given another. What runs stays whatever the catalogue forgets, a release or the whole app:
//! what was recorded of it is held.

use std::{borrow::Cow, cmp::Ordering};

use beffroi_crds::{
    App, AppSpec, Workspace,
    app::{Chart, Release},
    conditions::{
        OFFERED,
        reason::{AS_EXPECTED, RELEASE_WITHDRAWN},
    },
    text::{Digest, OciRepository, Quantity},
    workspace::{HeldRelease, OrderedApp, PendingRelease, UpdatePolicy, WaitsFor},
};
use kube::ResourceExt;

use super::Refusal;
use crate::{
    conditions::Finding,
    facts::World,
    message::{
        Message, list,
        order::{Known, Obstacle, OrderMessage, Wanted},
        progress::ProgressMessage,
    },
    window,
};

/// An app of a workspace.
#[derive(Clone, Debug)]
pub struct Chosen<'a> {
    /// The app; of one that the catalogue has no longer, what is known of it.
    pub app: Cow<'a, App>,
    /// The release that it is held at; of one that the catalogue has no longer, what was recorded.
    pub release: Cow<'a, Release>,
    /// The release that it should have, and does not yet.
    pub pending: Option<PendingRelease>,
}

/// What the catalogue lists of what is held, or what was recorded of it; `None` where too little was.
fn held_release<'a>(app: Option<&'a App>, held: &HeldRelease) -> Option<Cow<'a, Release>> {
    let listed = app.and_then(|app| app.spec.release(Some(&held.version), None));
    let same = |release: &&Release| held.digest.is_empty() || *release.chart.digest == *held.digest;
    if let Some(listed) = listed.filter(same) {
        return Some(Cow::Borrowed(listed));
    }
    let chart =
        Chart { repository: OciRepository(held.repository.clone()), digest: Digest(held.digest.clone()) };
    let recorded = || Release {
        version: held.version.clone(),
        chart,
        supported_until: held.supported_until.clone(),
        irreversible: held.irreversible,
        ..Release::default()
    };
    (!held.repository.is_empty()).then(|| Cow::Owned(recorded()))
}

/// Whether the catalogue lists a release, the very same.
pub fn is_listed(world: &World, app: &str, release: &Release) -> bool {
    let listed = world.apps.get(app).and_then(|app| app.spec.release(Some(&release.version), None));
    listed.is_some_and(|listed| listed.chart.digest == release.chart.digest)
}

/// Notes which of what is held the catalogue lists; of an app that cannot be read nobody can tell.
pub(super) fn note_withdrawn(world: &World, held: &mut [HeldRelease]) {
    for held in held.iter_mut().filter(|held| !world.unread.has("App", &held.app)) {
        let listed = world.apps.get(&held.app).and_then(|app| app.spec.release(Some(&held.version), None));
        held.withdrawn = listed.is_none_or(|listed| *listed.chart.digest != *held.digest);
    }
}

/// Whether the catalogue lists all that is held: what it lists no longer is not mended any more.
pub(super) fn offered(held: &[HeldRelease]) -> Finding {
    let withdrawn: Vec<Message> = held.iter().filter(|held| held.withdrawn).map(withdrawal).collect();
    if withdrawn.is_empty() {
        return Finding::new(OFFERED, true, AS_EXPECTED, Message::none());
    }
    Finding::new(OFFERED, false, RELEASE_WITHDRAWN, list(withdrawn))
}

/// What is told of a release that the catalogue lists no longer.
pub fn withdrawal(held: &HeldRelease) -> Message {
    let (app, version) = (held.app.clone(), held.version.clone());
    let told = match held.supported_until.clone() {
        Some(until) => ProgressMessage::ReleaseWithdrawn { app, version, until },
        None => ProgressMessage::ReleaseUnsupported { app, version },
    };
    told.into()
}

/// What is known of an app that the catalogue has no longer.
fn forgotten(held: &HeldRelease) -> App {
    let needs = held.needs.clone().unwrap_or_default();
    let mut app = App::new(&held.app, AppSpec::default());
    app.spec.needs.cpu = Quantity(needs.cpu);
    app.spec.needs.memory = Quantity(needs.memory);
    app.spec.needs.storage = needs.storage.map(Quantity);
    app.spec.needs.kubernetes_api = needs.kubernetes_api;
    app.spec.hosts = held.hosts.iter().map(|host| host.as_str().into()).collect();
    app
}

/// Whether a release may be gone back from where its upgrade fails: neither it nor an older one changed data in a way
/// that what ran before may not read.
pub fn may_roll_back(app: &AppSpec, release: &Release) -> bool {
    let older = |one: &Release| one.version == release.version || !newer(app, &one.version, &release.version);
    !release.irreversible && !app.releases.iter().any(|one| one.irreversible && older(one))
}

/// The release that an app of a workspace is to be held at.
///
/// # Errors
/// [`Refusal`]: there is no such app or release, or it cannot follow the one that is held.
pub fn choose<'a>(
    world: &'a World,
    workspace: &Workspace,
    ordered: &OrderedApp,
) -> Result<Chosen<'a>, Refusal> {
    let mut status = workspace.status.iter().flat_map(|status| &status.releases);
    let before = status.find(|held| held.app == *ordered.name);
    let Some(app) = world.apps.get(&*ordered.name).map(AsRef::as_ref) else {
        // What runs stays, though the catalogue forgets the whole app.
        let kept = before.and_then(|held| {
            let asked = ordered.version.as_ref().is_none_or(|version| *version == held.version);
            Some((held, held_release(None, held).filter(|_| asked)?))
        });
        let (held, release) = kept.ok_or_else(|| OrderMessage::NoApp {
            app: ordered.name.to_string(),
            known: world.apps.keys().cloned().collect(),
        })?;
        return Ok(Chosen { app: Cow::Owned(forgotten(held)), release, pending: None });
    };
    let wanted = app.spec.release(ordered.version.as_deref(), ordered.channel);
    let held = before.and_then(|held| held_release(Some(app), held));
    let chosen = |release, pending| Ok(Chosen { app: Cow::Borrowed(app), release, pending });
    let none = |wanted| {
        let known = app.spec.releases.iter().map(|r| format!("{} ({:?})", r.version, r.channel));
        Err(OrderMessage::NoRelease { app: app.name_any(), wanted, known: known.collect() }.into())
    };
    match (wanted, held, before) {
        // The one that is held, be it listed still or not.
        (_, Some(held), _) if ordered.version.as_ref() == Some(&held.version) => chosen(held, None),
        (Some(wanted), Some(held), _) if ordered.version.is_none() => {
            match awaited(world, workspace, app, &held, wanted) {
                None if held.version == wanted.version => chosen(held, None),
                None => chosen(Cow::Borrowed(wanted), None),
                Some(waits_for) => {
                    let (app, version) = (app.name_any(), wanted.version.clone());
                    chosen(held, Some(PendingRelease { app, version, waits_for }))
                }
            }
        }
        // Withdrawn before anything was recorded of it but its version: nothing else comes by itself.
        (Some(_), None, Some(before)) if ordered.version.is_none() => {
            none(Wanted::Version { version: before.version.clone() })
        }
        (Some(wanted), held, Some(before)) => {
            let step = held.is_some_and(|held| held.irreversible);
            match follows(&app.spec, (&before.version, step), wanted) {
                Ok(()) => chosen(Cow::Borrowed(wanted), None),
                Err(why) => Err(cannot_follow(app, (&before.version, step), wanted, why).into()),
            }
        }
        (Some(first), _, None) => chosen(Cow::Borrowed(first), None),
        // A channel that has ended takes nothing from what is there.
        (None, Some(held), _) if ordered.version.is_none() => chosen(held, None),
        (None, ..) => none(match ordered.version.clone() {
            Some(version) => Wanted::Version { version },
            None => Wanted::Channel { channel: format!("{:?}", ordered.channel.unwrap_or_default()) },
        }),
    }
}

/// What is awaited by the apps of a workspace, as it is ordered now; of an order that does not stand, what can be told.
pub fn pending(world: &World, workspace: &Workspace) -> Vec<PendingRelease> {
    let chosen = workspace.spec.apps.iter().map(|ordered| choose(world, workspace, ordered));
    chosen.filter_map(|chosen| chosen.ok()?.pending).collect()
}

/// What a release waits for, and what helps, for people.
pub fn told(pending: &PendingRelease) -> Message {
    let version = pending.version.clone();
    let told = match pending.waits_for {
        WaitsFor::Window => ProgressMessage::ReleaseInWindow { version },
        WaitsFor::Pinned => ProgressMessage::ReleasePinned { version },
        WaitsFor::UpgradePath => ProgressMessage::ReleaseCannotFollow { version },
    };
    told.into()
}

/// What keeps an app on a channel from going from what it holds to the newest now; none where it may. What never
/// passes by itself comes first.
fn awaited(
    world: &World,
    workspace: &Workspace,
    app: &App,
    held: &Release,
    newest: &Release,
) -> Option<WaitsFor> {
    let spec = &workspace.spec;
    let open = spec.maintenance_window.as_ref().is_none_or(|window| window::is_open(window, world.now));
    if held.version == newest.version {
        None
    } else if follows(&app.spec, (&held.version, held.irreversible), newest).is_err() {
        Some(WaitsFor::UpgradePath)
    } else if spec.updates == UpdatePolicy::Pinned {
        Some(WaitsFor::Pinned)
    } else {
        (!open).then_some(WaitsFor::Window)
    }
}

/// Whether a release may be installed where `held` is (its version, and whether it was a step of no return), or why not.
fn follows(app: &AppSpec, (held, step): (&str, bool), wanted: &Release) -> Result<(), Obstacle> {
    // What the catalogue names is a way, wherever it leads.
    if wanted.version == held || wanted.upgrades_from.iter().any(|from| from == held) {
        return Ok(());
    }
    let crossed = app.releases.iter().map(|release| (&*release.version, release.irreversible));
    let mut crossed = crossed.chain([(held, step)]).filter(|(version, irreversible)| {
        let at_hand = *version == held || newer(app, held, version);
        *irreversible && newer(app, version, &wanted.version) && at_hand
    });
    match crossed.next() {
        Some((version, _)) => Err(Obstacle::NoReturn { version: version.to_owned() }),
        None if wanted.upgrades_from.is_empty() => Ok(()),
        None => Err(Obstacle::OnlyFrom { versions: wanted.upgrades_from.clone() }),
    }
}

/// Whether a version is newer than another: by its numbers, then by its place in the catalogue.
fn newer(app: &AppSpec, a: &str, b: &str) -> bool {
    let age = |version: &str| app.releases.iter().position(|release| release.version == version);
    match numbers(a).zip(numbers(b)).map(|(a, b)| a.cmp(&b)) {
        None | Some(Ordering::Equal) => age(a) < age(b),
        Some(order) => order.is_gt(),
    }
}

/// The numbers of a version, without zeros at their end; none where it is not made of numbers.
fn numbers(version: &str) -> Option<Vec<u64>> {
    let core = version.trim_start_matches('v').split(['-', '+']).next()?;
    let mut numbers = core.split('.').map(|part| part.parse().ok()).collect::<Option<Vec<u64>>>()?;
    while numbers.last() == Some(&0) {
        numbers.pop();
    }
    Some(numbers)
}

fn cannot_follow(app: &App, held: (&str, bool), wanted: &Release, why: Obstacle) -> OrderMessage {
    let can = app.spec.releases.iter().filter(|release| follows(&app.spec, held, release).is_ok());
    OrderMessage::NoUpgradePath {
        app: app.name_any(),
        wanted: wanted.version.clone(),
        held: held.0.to_owned(),
        why,
        known: can.map(|release| release.version.clone()).collect::<Known>(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use beffroi_crds::{
        WorkspaceSpec, WorkspaceStatus,
        app::Channel,
        workspace::{HeldNeeds, MaintenanceWindow, Weekday},
    };

    use super::*;

    /// The catalogue: 4 follows only 3, 3 is a step of no return, and a channel of its own has 2 and 1.
    fn world() -> World {
        let release = |version: &str, channel, irreversible, from: &[&str]| Release {
            version: version.into(),
            channel,
            irreversible,
            upgrades_from: from.iter().map(ToString::to_string).collect(),
            ..Release::default()
        };
        let releases = vec![
            release("2.1", Channel::LongTerm, false, &[]),
            release("4", Channel::Stable, false, &["3", "3.1"]),
            release("3.1", Channel::Preview, false, &[]),
            release("3", Channel::Stable, true, &[]),
            release("2", Channel::LongTerm, false, &[]),
        ];
        let docs = App::new("docs", AppSpec { releases, ..AppSpec::default() });
        let now = "2026-11-24T12:00:00Z".parse().unwrap();
        let mut world = World { now, ..World::default() };
        world.apps.insert("docs".to_owned(), Arc::new(docs));
        world
    }

    fn workspace(held: Option<&str>, updates: UpdatePolicy) -> Workspace {
        let spec = WorkspaceSpec { updates, ..WorkspaceSpec::default() };
        let held = held.map(|version| HeldRelease {
            app: "docs".into(),
            version: version.into(),
            ..HeldRelease::default()
        });
        let status = WorkspaceStatus { releases: held.into_iter().collect(), ..WorkspaceStatus::default() };
        Workspace { status: Some(status), ..Workspace::new("mairie", spec) }
    }

    fn version(version: &str) -> OrderedApp {
        OrderedApp { name: "docs".into(), version: Some(version.into()), channel: None }
    }

    fn channel(channel: Channel) -> OrderedApp {
        OrderedApp { name: "docs".into(), version: None, channel: Some(channel) }
    }

    /// The version that is given, or why none is.
    fn given(held: Option<&str>, wanted: &str) -> Result<String, String> {
        let world = world();
        match choose(&world, &workspace(held, UpdatePolicy::Pinned), &version(wanted)) {
            Ok(chosen) => Ok(chosen.release.version.clone()),
            Err(refusal) => {
                assert_eq!(refusal.reason(), "NoUpgradePath");
                Err(refusal.to_string())
            }
        }
    }

    #[test]
    fn a_version_is_given_where_a_way_leads_to_it() {
        for (held, wanted) in
            [(None, "2"), (Some("2"), "2"), (Some("2"), "2.1"), (Some("2.1"), "2"), (Some("2"), "3")]
        {
            assert_eq!(given(held, wanted).as_deref(), Ok(wanted), "from {held:?}");
        }
        assert_eq!(given(Some("3"), "3.1").as_deref(), Ok("3.1"), "a newer one reads the data");
        assert_eq!(given(Some("3.1"), "3").as_deref(), Ok("3"), "the step is not gone back over");
        assert_eq!(given(Some("3"), "4").as_deref(), Ok("4"));
    }

    #[test]
    fn a_version_that_only_others_lead_to_is_refused() {
        assert_eq!(
            given(Some("2"), "4").unwrap_err(),
            "spec.apps[docs]: 4 cannot follow 2, which is held: its upgradesFrom names only 3, 3.1; \
             versions that can be ordered: 2.1, 3.1, 3, 2"
        );
        let withdrawn = given(Some("1"), "4").unwrap_err();
        assert!(withdrawn.contains("4 cannot follow 1"), "{withdrawn}");
    }

    #[test]
    fn nobody_goes_back_over_a_step_of_no_return() {
        // 2.1 is listed first, and is older all the same.
        for (held, wanted) in [("3", "2"), ("3", "2.1"), ("3.1", "2"), ("4", "2.1")] {
            let why = given(Some(held), wanted).unwrap_err();
            assert!(why.contains("release 3 changed data"), "{held} → {wanted}: {why}");
        }
        let mut world = world();
        let app = Arc::make_mut(world.apps.get_mut("docs").unwrap());
        app.spec.releases[4].upgrades_from = vec!["3".into()];
        let order = workspace(Some("3"), UpdatePolicy::Pinned);
        assert!(choose(&world, &order, &version("2")).is_ok(), "the catalogue names that way");
    }

    #[test]
    fn versions_are_compared_by_number_where_they_have_some() {
        assert!(numbers("v2.10") > numbers("2.9.9") && numbers("2") == numbers("2.0.0-rc1"));
        assert_eq!(numbers("noble"), None);
    }

    #[test]
    fn what_a_channel_has_and_an_app_has_not_says_what_it_waits_for() {
        let world = world();
        let mut order = workspace(Some("2"), UpdatePolicy::FollowChannel);
        let told_of = |order: &Workspace, wanted: Channel| {
            let chosen = choose(&world, order, &channel(wanted)).unwrap();
            let waits = chosen.pending.map(|pending| (pending.version, pending.waits_for));
            (chosen.release.version.clone(), waits)
        };
        let waits = |version: &str, what| ("2".to_owned(), Some((version.to_owned(), what)));
        assert_eq!(told_of(&order, Channel::Preview), ("3.1".to_owned(), None));
        assert_eq!(told_of(&order, Channel::Stable), waits("4", WaitsFor::UpgradePath));
        order.spec.maintenance_window = Some(MaintenanceWindow {
            days: vec![Weekday::Sunday],
            start: "22:00".into(),
            duration_minutes: 60,
            time_zone: "Europe/Paris".into(),
        });
        assert_eq!(told_of(&order, Channel::LongTerm), waits("2.1", WaitsFor::Window));
        order.spec.updates = UpdatePolicy::Pinned;
        assert_eq!(told_of(&order, Channel::Preview), waits("3.1", WaitsFor::Pinned));
        // Nor does a channel lead back over a step of no return.
        let new = workspace(Some("3"), UpdatePolicy::FollowChannel);
        let back = choose(&world, &new, &channel(Channel::LongTerm)).unwrap();
        assert_eq!((&*back.release.version, back.pending.unwrap().waits_for), ("3", WaitsFor::UpgradePath));
    }

    /// A workspace that holds `version` of another chart than the catalogue has, as it was recorded.
    fn recorded(version: &str, updates: UpdatePolicy) -> Workspace {
        let mut order = workspace(Some(version), updates);
        let held = &mut order.status.as_mut().unwrap().releases[0];
        held.repository = "oci://registre.example/charts/docs".into();
        held.digest = format!("sha256:{}", "7".repeat(64));
        held.needs = Some(HeldNeeds { cpu: "2".into(), memory: "1Gi".into(), ..HeldNeeds::default() });
        order
    }

    #[test]
    fn what_the_catalogue_forgets_is_held_all_the_same() {
        let (world, none) = (world(), World::default());
        for (catalogue, held, ordered) in [
            (&world, "2.0.5", channel(Channel::Stable)),
            (&world, "2.0.5", version("2.0.5")),
            // Published anew with another chart.
            (&world, "2", version("2")),
            (&world, "2", channel(Channel::LongTerm)),
            // The whole app is gone.
            (&none, "2", channel(Channel::Stable)),
            (&none, "2", version("2")),
        ] {
            let order = recorded(held, UpdatePolicy::Pinned);
            let chosen = choose(catalogue, &order, &ordered).unwrap();
            assert_eq!(chosen.release.version, held);
            assert_eq!(&*chosen.release.chart.repository, "oci://registre.example/charts/docs");
            assert!(
                chosen.release.chart.digest.ends_with('7') && !is_listed(catalogue, "docs", &chosen.release)
            );
            assert_eq!(chosen.app.name_any(), "docs");
        }
        let gone = choose(&none, &recorded("2", UpdatePolicy::Pinned), &channel(Channel::Stable)).unwrap();
        assert_eq!(&*gone.app.spec.needs.cpu, "2");
        // Nobody who asks for another is given this one.
        assert!(choose(&none, &recorded("2", UpdatePolicy::Pinned), &version("3")).is_err());
        // Of a version alone nothing can be built, and nothing else comes instead.
        let unrecorded = workspace(Some("2.0.5"), UpdatePolicy::Pinned);
        assert_eq!(
            choose(&world, &unrecorded, &channel(Channel::Stable)).unwrap_err().reason(),
            "ReleaseNotFound"
        );
    }

    #[test]
    fn a_withdrawn_step_of_no_return_is_not_gone_back_over() {
        let mut order = recorded("5", UpdatePolicy::FollowChannel);
        order.status.as_mut().unwrap().releases[0].irreversible = true;
        let world = world();
        let chosen = choose(&world, &order, &channel(Channel::Stable)).unwrap();
        assert_eq!(
            (&*chosen.release.version, chosen.pending.unwrap().waits_for),
            ("5", WaitsFor::UpgradePath)
        );
    }

    #[test]
    fn no_upgrade_is_rolled_back_once_a_step_of_no_return_was_taken() {
        let world = world();
        let app = &world.apps["docs"].spec;
        let may = |version: &str| may_roll_back(app, app.release(Some(version), None).unwrap());
        assert!(may("2") && may("2.1"));
        assert!(!may("3") && !may("3.1") && !may("4"));
    }

    #[test]
    fn an_app_that_is_refused_hides_nothing_that_others_wait_for() {
        let mut order = workspace(Some("2"), UpdatePolicy::Pinned);
        order.spec.apps =
            vec![OrderedApp { name: "gone".into(), ..version("1") }, channel(Channel::LongTerm)];
        let found = pending(&world(), &order);
        assert_eq!(found.iter().map(|p| p.version.as_str()).collect::<Vec<_>>(), ["2.1"]);
    }
}
