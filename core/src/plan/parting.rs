//! What an order leaves out: an app that it named before, a site where its workspace lay → stopped, and kept for as long
//! as one person's order to delete would leave it → removed, as anything that is not wanted. Ordered again before that,
//! it goes on with its data.
//!
//! To leave something out of an order deletes its data, as an order to delete the whole does: no single person does
//! either sooner than the policy says. Since when something is left out stands in the workspace's status. What rules
//! refuse by now is left at once, for data must not stay where the law forbids it; what they refuse for the order's own
//! words of late is not, for then whoever orders could have it erased by them.

use std::{borrow::Cow, collections::BTreeSet};

use beffroi_crds::{
    App, AppSpec, Workspace, WorkspaceSpec, WorkspaceStatus, labels, ordered_generation,
    workspace::{HeldRelease, Parting},
};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::{Order, SiteLive, change, current_sites, grace, releases, report, stop, unread};
use crate::{
    facts::{Resources, World},
    manifests::{self, Kind, Live},
    placement::Placement,
    policy::{self, Case},
    quantity,
};

/// Most that are noted. What is left out beyond these is kept all the same, until there is room to note since when.
const NOTED: usize = 64;

/// Which of the two a parting is of.
fn key(parting: &Parting) -> (&Option<String>, &Option<String>) {
    (&parting.app, &parting.site)
}

/// What status says of what is left out.
fn noted(workspace: &Workspace) -> &[Parting] {
    workspace.status.as_ref().map_or(&[], |status| &status.partings)
}

/// Whether changes of the order came together, of which one may have taken back what another left out.
fn unseen_between(workspace: &Workspace) -> bool {
    let recorded = workspace.status.as_ref().and_then(|status| status.recorded_generation);
    recorded.is_some_and(|recorded| ordered_generation(workspace) > recorded.saturating_add(1))
}

/// How long what is left out is kept; none where it goes at once.
fn kept_for(order: &Order<'_>) -> Option<SignedDuration> {
    let days = grace::least_days(order.world, order.tenant);
    (days > 0).then(|| SignedDuration::from_hours(24 * i64::from(days)))
}

/// Since when something is left out, and until when it is kept.
fn parting(order: &Order<'_>, of: Parting, kept: SignedDuration) -> Parting {
    let known = noted(order.workspace).iter().find(|noted| key(noted) == key(&of));
    let since = known.filter(|_| !unseen_between(order.workspace)).map(|noted| noted.since.0);
    let since = since.unwrap_or(order.world.now);
    let until = since.saturating_add(kept).unwrap_or(Timestamp::MAX);
    Parting { since: Time(since), until: Time(until), ..of }
}

fn new(order: &Order<'_>, app: Option<String>, site: Option<String>) -> Parting {
    let now = Time(order.world.now);
    Parting { app, site, since: now.clone(), until: now, stopped: false, held: None }
}

/// Whether the time that a parting is kept for is over.
pub(super) fn is_over(parting: &Parting, now: Timestamp) -> bool {
    parting.until.0 <= now
}

/// Sites that were left before, where the workspace's data is kept yet.
pub(super) fn left_sites(workspace: &Workspace) -> Vec<String> {
    noted(workspace).iter().filter_map(|parting| parting.site.clone()).collect()
}

/// Apps that are installed, or may be, and that the order does not name.
pub(super) fn apps(order: &Order<'_>) -> Vec<Parting> {
    let Some(kept) = kept_for(order) else { return Vec::new() };
    let (workspace, left) = (order.workspace, left_sites(order.workspace));
    let stays = |site: &String| !left.contains(site);
    let sites: Vec<String> = current_sites(order).into_iter().filter(stays).collect();
    let held: Vec<&HeldRelease> = workspace.status.iter().flat_map(|status| &status.releases).collect();
    let known = noted(workspace).iter().filter_map(|parting| parting.app.clone());
    let known: BTreeSet<String> = known.chain(held.iter().map(|held| held.app.clone())).collect();
    let seen = sites.iter().filter_map(|site| order.live.get(site)).flat_map(releases_of);
    // What is being uninstalled is past keeping.
    let seen = seen.filter(|live| live.deleting_since().is_none());
    let mut names: BTreeSet<String> = seen.map(|live| live.name().to_owned()).collect();
    // Where nobody sees whether an app is there that was, it is.
    let unseen = sites.iter().any(|site| order.live.get(site).is_none_or(|live| !live.reachable));
    names.extend(known.into_iter().filter(|_| unseen));
    names.retain(|name| !workspace.spec.apps.iter().any(|ordered| *ordered.name == **name));
    let of = |name: String| {
        let before = noted(workspace).iter().find(|parting| parting.app.as_ref() == Some(&name));
        let held = held.iter().find(|held| held.app == name).copied().cloned();
        let held = held.or_else(|| before?.held.clone());
        let stopped = sites.iter().all(|site| match order.live.get(site).filter(|live| live.reachable) {
            Some(live) => releases_of(live).filter(|live| live.name() == name).all(has_stopped),
            None => before.is_some_and(|before| before.stopped),
        });
        let one = Parting { stopped, held, ..new(order, Some(name), None) };
        parting(order, one, kept)
    };
    names.into_iter().map(of).collect()
}

/// Sites where the workspace lies, that the placement leaves, and whose data there is kept.
pub(super) fn sites(order: &Order<'_>, case: &Case<'_>, placement: &Placement) -> Vec<Parting> {
    let Some(kept) = kept_for(order) else { return Vec::new() };
    let left = left_sites(order.workspace);
    let leaves = |name: &String| {
        !placement.chosen.contains(name)
            && (placement.leaving.contains(name) || left.contains(name))
            && !forbids(order, case, placement, name)
            && order.live.get(name).is_none_or(|live| !live.reachable || holds_anything(live))
    };
    let of = |name: String| {
        let before = noted(order.workspace).iter().find(|parting| parting.site.as_ref() == Some(&name));
        let stopped = match order.live.get(&name).filter(|live| live.reachable) {
            Some(live) => stop::stopped(live),
            None => before.is_some_and(|before| before.stopped),
        };
        parting(order, Parting { stopped, ..new(order, None, Some(name)) }, kept)
    };
    current_sites(order).into_iter().filter(leaves).map(of).collect()
}

/// What is noted, in order: what was noted before stays, and what is new has what room is left.
pub(super) fn note(order: &Order<'_>, mut all: Vec<Parting>) -> Vec<Parting> {
    let known = |parting: &Parting| noted(order.workspace).iter().any(|noted| key(noted) == key(parting));
    all.sort_by_key(|parting| (!known(parting), parting.app.clone(), parting.site.clone()));
    all.truncate(NOTED);
    all.sort_by_key(|parting| (parting.since.0, parting.app.clone(), parting.site.clone()));
    all
}

/// What is noted where the order is not carried out: it does not stand, or is paused. What is ordered again is not left
/// out any more; whether a site is, nobody says then, and its time counts anew.
pub(super) fn upheld(order: &Order<'_>) -> Vec<Parting> {
    let workspace = order.workspace;
    let seen = workspace.status.as_ref().and_then(|status| status.recorded_generation);
    let changed = order.tenant.is_some() && seen.is_some_and(|seen| seen != ordered_generation(workspace));
    let left_out = |parting: &&Parting| {
        let app = parting.app.as_deref();
        !workspace.spec.apps.iter().any(|ordered| Some(&*ordered.name) == app)
    };
    let anew = |parting: &Parting| match kept_for(order).filter(|_| changed) {
        Some(kept) if parting.site.is_some() || unseen_between(workspace) => {
            let until = order.world.now.saturating_add(kept).unwrap_or(Timestamp::MAX);
            Parting { since: Time(order.world.now), until: Time(until), ..parting.clone() }
        }
        _ => parting.clone(),
    };
    noted(workspace).iter().filter(left_out).map(anew).collect()
}

/// When what is said of what is left out is to be looked at again, though nothing happens.
pub(super) fn next_end(order: &Order<'_>) -> Option<Timestamp> {
    let paused = labels::is_paused(order.workspace);
    let leaves = order.workspace.metadata.deletion_timestamp.is_some();
    let ends = noted(order.workspace).iter().map(|parting| parting.until.0);
    ends.filter(|until| !paused && !leaves && *until > order.world.now).min()
}

/// An app that is left out, as far as anything is known of it.
pub(super) fn app<'a>(world: &'a World, parting: &Parting) -> Option<Cow<'a, App>> {
    let name = parting.app.as_ref()?;
    let known = world.apps.get(name).map(|app| Cow::Borrowed(&**app));
    let held = || parting.held.as_ref().map(|held| Cow::Owned(releases::forgotten(held)));
    Some(known.or_else(held).unwrap_or_else(|| Cow::Owned(App::new(name, AppSpec::default()))))
}

/// What apps that are left out need while they are kept: all of it, for the bounds of their namespace.
pub(super) fn needs<'p>(world: &World, partings: impl IntoIterator<Item = &'p Parting>) -> Resources {
    let of = |parting: &Parting| match world.apps.get(parting.app.as_ref()?) {
        Some(app) => Some(quantity::needs(&app.spec.needs)),
        None => quantity::held(parting.held.as_ref()?.needs.as_ref()?),
    };
    partings.into_iter().filter_map(of).fold(Resources::default(), Resources::plus)
}

/// What apps that are left out take from others meanwhile: nothing runs of them, and their volumes are there.
pub(super) fn storage<'p>(world: &World, partings: impl IntoIterator<Item = &'p Parting>) -> Resources {
    let all = needs(world, partings);
    Resources { storage_bytes: all.storage_bytes, ..Resources::default() }
}

/// The same of what the status of a workspace notes.
pub(super) fn noted_storage(world: &World, workspace: &Workspace) -> Resources {
    let left_out = |parting: &&Parting| {
        let app = parting.app.as_deref();
        !workspace.spec.apps.iter().any(|ordered| Some(&*ordered.name) == app)
    };
    storage(world, noted(workspace).iter().filter(left_out))
}

/// What people are told of it.
pub fn told(parting: &Parting) -> String {
    let until = &parting.until.0;
    match (&parting.app, &parting.site, parting.stopped) {
        (Some(app), _, true) => format!(
            "app {app} is left out of the order: it is stopped, and its data is kept until {until:.0}; to take it back, order it again"
        ),
        (Some(app), _, false) => format!(
            "app {app} is left out of the order: it is to be stopped, and its data is kept until {until:.0}; to take it back, order it again"
        ),
        (None, site, true) => format!(
            "site {} is left: what ran there is stopped, and the data there is kept until {until:.0}; to take it back, order as many sites as before",
            site.as_deref().unwrap_or_default()
        ),
        (None, site, false) => format!(
            "site {} is left: what runs there is to be stopped, and the data there is kept until {until:.0}; to take it back, order as many sites as before",
            site.as_deref().unwrap_or_default()
        ),
    }
}

/// What is left out by `after` that was not by `before`.
pub fn begun<'s>(before: Option<&WorkspaceStatus>, after: &'s WorkspaceStatus) -> Vec<&'s Parting> {
    let known = before.map_or(&[][..], |status| &status.partings);
    after.partings.iter().filter(|one| !known.iter().any(|known| key(known) == key(one))).collect()
}

/// Apps that were left out and kept, and are neither ordered nor kept any more.
pub(super) fn ended<'s>(
    spec: &WorkspaceSpec,
    before: &'s WorkspaceStatus,
    after: &WorkspaceStatus,
) -> Vec<&'s Parting> {
    let ordered = |one: &Parting| spec.apps.iter().any(|app| Some(&*app.name) == one.app.as_deref());
    let over = |one: &&Parting| one.app.is_some() && !ordered(one);
    let gone = |one: &&Parting| !after.partings.iter().any(|known| key(known) == key(one));
    before.partings.iter().filter(over).filter(gone).collect()
}

/// Whether the rules refuse the site by now, whatever the order said of late.
fn forbids(order: &Order<'_>, case: &Case<'_>, placement: &Placement, name: &str) -> bool {
    let Some(refused) = placement.refused.iter().find(|site| site.name == name) else { return false };
    let Some(facts) = order.world.sites.get(name) else { return false };
    let site = &facts.site.spec;
    // A place that is declared to be elsewhere is, whatever was ordered.
    if policy::place::refusal(&case.policy.place, &site.country, &site.subdivision).is_some() {
        return true;
    }
    let rules = report::lawful(refused);
    // What cannot be read is no verdict.
    if unread::of_site(case, &facts.site).is_some() {
        return false;
    }
    let data = if data_is_new(order) { Vec::new() } else { order.workspace.spec.data.clone() };
    let bare = WorkspaceSpec { data, ..WorkspaceSpec::default() };
    let judged = policy::judge_site(&Case { workspace: &bare, ..case.clone() }, facts);
    let (refusals, _) = policy::split(judged, case.policy);
    rules.iter().any(|rule| refusals.iter().any(|other| other.rule == rule.rule))
}

/// Whether the order has other kinds of data since less than the time that data is kept.
fn data_is_new(order: &Order<'_>) -> bool {
    let Some(status) = &order.workspace.status else { return false };
    if change::touches(&order.workspace.spec, &status.recorded_order, "data") {
        return true;
    }
    let Some(Time(since)) = &status.data_since else { return false };
    kept_for(order).is_some_and(|kept| order.world.now.duration_since(*since) < kept)
}

/// Whether anything of the workspace is there.
fn holds_anything(live: &SiteLive) -> bool {
    live.objects.iter().any(|live| live.kind == Kind::Namespace && live.deleting_since().is_none())
}

fn releases_of(live: &SiteLive) -> impl Iterator<Item = &Live> {
    live.objects.iter().map(AsRef::as_ref).filter(|live| live.kind == Kind::HelmRelease)
}

/// Whether Flux says that a release is as it is told to be, and it is told to run nothing.
fn has_stopped(release: &Live) -> bool {
    manifests::is_stopped(release) && report::is_in_place(release)
}

#[cfg(test)]
mod tests;
