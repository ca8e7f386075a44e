//! What must stand in the audit log of what happens to a workspace: status before and after, or what was done →
//! [`Audit`] entries. They are recorded before what they tell of is reported, so that a crash in between repeats
//! an entry and never loses one.

use beffroi_crds::{
    WorkspaceStatus,
    conditions::{READY, reason::PAUSED},
    ordered_generation,
    workspace::HeldRelease,
};
use serde_json::{Value, json};

use super::{
    Order, change, grace,
    locate::workspace_ref,
    releases,
    remains::{Remnants, elsewhere, note, remains},
};
use crate::{
    evidence::statement::{Action, Audit},
    message::{
        Message,
        change::{Cause, ChangeMessage, Where},
        work::{Touched, WorkMessage, Writer},
    },
    trail::{self, Record, Unrecorded, named},
};

/// What a new status tells that the one before did not: an order taken up, sites chosen or left, another release of an
/// app and why, a pause begun or ended.
pub fn changes(order: &Order<'_>, after: &WorkspaceStatus) -> Vec<Record> {
    let before = order.workspace.status.clone().unwrap_or_default();
    let mut records = Vec::new();
    if before.recorded_generation != after.recorded_generation {
        records.extend(ordered(order));
    }
    if sites(&before) != sites(after) {
        let on = |status: &WorkspaceStatus| match sites(status) {
            none if none.is_empty() => Where::Nowhere,
            some => Where::Sites { sites: some.into_iter().map(str::to_owned).collect() },
        };
        let note = ChangeMessage::Placed { on: on(after), before: on(&before) };
        let content = json!({"sites": sites(after), "refused": after.refused});
        records.extend(record(order, Action::WorkspacePlaced, None, note, content));
    }
    records.extend(after.releases.iter().filter_map(|held| {
        let known = before.releases.iter().find(|known| known.app == held.app)?;
        release(order, known, held)
    }));
    if paused(&before) != paused(after) {
        let (action, note) = if paused(after) {
            (Action::Paused, ChangeMessage::Paused)
        } else {
            (Action::Resumed, ChangeMessage::Unpaused)
        };
        records.extend(record(order, action, None, note, Value::Null));
    }
    records.extend(requested(order, &before, after));
    records
}

/// What became of a release that is held: it is another, the catalogue lists it no longer, or lists it again.
fn release(order: &Order<'_>, known: &HeldRelease, held: &HeldRelease) -> Option<Record> {
    let (app, version) = (held.app.clone(), held.version.clone());
    let content = json!({"app": app, "before": known, "now": held});
    let note = if (&known.version, &known.digest) != (&version, &held.digest) {
        let ordered = order.workspace.spec.apps.iter().find(|ordered| *ordered.name == *app)?;
        let cause = match ordered.channel.filter(|_| ordered.version.is_none()) {
            Some(channel) => Cause::Channel { channel: format!("{channel:?}") },
            None => Cause::Ordered,
        };
        ChangeMessage::Release { app, version, before: known.version.clone(), cause }.into()
    } else if held.withdrawn && !known.withdrawn {
        releases::withdrawal(held)
    } else if known.withdrawn && !held.withdrawn {
        ChangeMessage::ListedAgain { app, version }.into()
    } else {
        return None;
    };
    record(order, Action::ReleaseChanged, None, note, content)
}

/// Deletion that one person asks for and another may confirm; and one that came to nothing.
fn requested(order: &Order<'_>, before: &WorkspaceStatus, after: &WorkspaceStatus) -> Option<Record> {
    let requested = |status: &WorkspaceStatus| status.deletion.as_ref()?.requested.clone();
    let (was, is) = (requested(before), requested(after));
    if was == is {
        return None;
    }
    if let Some(is) = is {
        let content = json!({"graceDays": is.grace_days, "until": is.until, "request": is.request});
        let (mut audit, content) =
            record(order, Action::DeletionRequested, None, grace::asked(&is), content)?;
        audit.actor = Some(is.by);
        return Some((audit, content));
    }
    let was = was?;
    let (by, note) = grace::over(order, &was)?;
    let content = json!({"request": was.request});
    let (mut audit, content) = record(order, Action::DeletionDropped, None, note, content)?;
    audit.actor = by.as_ref().map(named);
    Some((audit, content))
}

/// Puts into a status that the order stands in the log, where there is a log for it to stand in.
pub(super) fn note_order(order: &Order<'_>, status: &mut WorkspaceStatus) {
    if order.tenant.is_some() && recorded_generation(status) != ordered_generation(order.workspace) {
        status.recorded_order = change::mark(&order.workspace.spec);
        status.recorded_generation = Some(ordered_generation(order.workspace));
    }
}

/// The order, where it does not stand in the log yet.
pub fn ordered(order: &Order<'_>) -> Option<Record> {
    let (workspace, spec) = (order.workspace, &order.workspace.spec);
    let before = workspace.status.clone().unwrap_or_default();
    let pending = Unrecorded::of(workspace, recorded_generation(&before))?;
    let first = before.recorded_order.is_empty();
    let action = if first { Action::WorkspaceOrdered } else { Action::WorkspaceChanged };
    let mut told = change::told(spec, &before.recorded_order);
    told.extend(grace::agreed(workspace));
    let note = pending.note(told.into_iter().map(Message::from));
    let content = json!({"generation": pending.generation, "spec": spec});
    let (mut audit, content) = record(order, action, None, note, content)?;
    audit.actor = pending.actor();
    Some((audit, content))
}

/// Generation of the order that stands in the log; 0: none does.
fn recorded_generation(status: &WorkspaceStatus) -> i64 {
    let recorded = status.recorded_generation.filter(|_| !status.recorded_order.is_empty());
    recorded.unwrap_or_default()
}

/// Someone changed or deleted what Beffroi placed in `site`.
pub fn intervention(order: &Order<'_>, site: &str, object: &str, what: &Touched) -> Option<Record> {
    let who = match what {
        Touched::Deleted | Touched::Changed { by: Writer::Unknown, .. } => None,
        Touched::Changed { by, .. } => Some(by.to_string()),
    };
    let note = WorkMessage::Drift { object: object.to_owned(), what: what.clone() };
    let content = json!({"site": site, "object": object, "what": what.to_string(), "who": who});
    let (mut audit, content) = record(order, Action::Intervention, Some(site), note, content)?;
    object.clone_into(&mut audit.object);
    audit.actor = who;
    Some((audit, content))
}

/// The workspace is gone from every site; what was looked for then, and what is left of it.
pub fn deleted(order: &Order<'_>, found: &[Remnants]) -> Option<Record> {
    let from = order.workspace.status.as_ref().map(sites).unwrap_or_default();
    let elsewhere = elsewhere(order, found);
    let remains = remains(found, &elsewhere);
    let note = note(&from, &remains, &elsewhere, grace::was_due(order));
    let content = json!({"sites": from, "remains": remains});
    let (mut audit, content) = record(order, Action::WorkspaceDeleted, None, note, content)?;
    audit.remains = Some(remains);
    Some((audit, content))
}

fn record(
    order: &Order<'_>,
    action: Action,
    site: Option<&str>,
    note: impl Into<Message>,
    content: Value,
) -> Option<Record> {
    let workspace = workspace_ref(order)?;
    let audit = Audit {
        time: order.world.now,
        action,
        tenant: workspace.tenant.clone(),
        tenant_uid: workspace.tenant_uid.clone(),
        siren: None,
        site: site.map(str::to_owned),
        object: format!("Workspace {}/{}", workspace.namespace, workspace.name),
        workspace: Some(workspace),
        actor: None,
        note: trail::kept(&note.into()),
        remains: None,
    };
    Some((audit, content))
}

fn sites(status: &WorkspaceStatus) -> Vec<&str> {
    let mut names: Vec<&str> = status.sites.iter().map(|site| site.name.as_str()).collect();
    names.sort_unstable();
    names
}

fn paused(status: &WorkspaceStatus) -> bool {
    status.conditions.iter().any(|c| c.type_ == READY && c.reason == PAUSED)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use beffroi_crds::{
        ChangedBy, Tenant, Workspace,
        app::Channel,
        labels::CHANGED_BY,
        workspace::{OrderedApp, PlacedSite},
    };
    use jiff::Timestamp;
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

    use super::*;
    use crate::{conditions::pause, facts::World};

    fn on(names: &[&str]) -> WorkspaceStatus {
        let site = |name: &&str| PlacedSite { name: (*name).to_owned(), ..PlacedSite::default() };
        WorkspaceStatus { sites: names.iter().map(site).collect(), ..WorkspaceStatus::default() }
    }

    fn told(before: &WorkspaceStatus, after: &WorkspaceStatus) -> Vec<(Action, String)> {
        let (world, tenant) = (World::default(), Tenant::default());
        let workspace = Workspace { status: Some(before.clone()), ..Workspace::default() };
        let live = BTreeMap::new();
        let order =
            Order { world: &world, workspace: &workspace, tenant: Some(&tenant), siblings: &[], live: &live };
        let told = changes(&order, after).into_iter();
        told.map(|(audit, _)| (audit.action, audit.note.to_string())).collect()
    }

    /// What is told of an order at a generation, when status kept what it says of the one before.
    fn told_of(workspace: &Workspace, tenant: Option<&Tenant>) -> Option<(Action, Option<String>, String)> {
        let (world, live) = (World::default(), BTreeMap::new());
        let order = Order { world: &world, workspace, tenant, siblings: &[], live: &live };
        ordered(&order).map(|(audit, _)| (audit.action, audit.actor, audit.note.to_string()))
    }

    #[test]
    fn an_order_is_told_once_and_who_gave_it_where_that_is_known() {
        let tenant = Tenant::default();
        let mut workspace = Workspace::default();
        workspace.spec.apps = vec![OrderedApp { name: "docs".into(), ..OrderedApp::default() }];
        workspace.metadata.generation = Some(1);
        let note =
            ChangedBy { generation: 1, subject: "léa".into(), issuer: "i".into(), request: "r7".into() };
        workspace.metadata.annotations = Some([(CHANGED_BY.to_owned(), note.to_value())].into());
        assert_eq!(told_of(&workspace, None), None, "nobody's log");
        let (action, actor, told) = told_of(&workspace, Some(&tenant)).unwrap();
        assert_eq!((action, actor.as_deref()), (Action::WorkspaceOrdered, Some("léa (i)")));
        assert!(told.ends_with("; request r7"), "{told}");

        workspace.status = Some(recorded(&workspace, Some(&tenant)));
        assert_eq!(told_of(&workspace, Some(&tenant)), None, "it stands in the log");

        // Past the API, the note of the generation before says nothing.
        workspace.metadata.generation = Some(2);
        workspace.spec.suspended = true;
        let (action, actor, told) = told_of(&workspace, Some(&tenant)).unwrap();
        assert_eq!((action, actor), (Action::WorkspaceChanged, None));
        assert!(told.contains("suspended") && told.contains("not through the API"), "{told}");
    }

    /// Status once the order stands in the log.
    fn recorded(workspace: &Workspace, tenant: Option<&Tenant>) -> WorkspaceStatus {
        let (world, live) = (World::default(), BTreeMap::new());
        let order = Order { world: &world, workspace, tenant, siblings: &[], live: &live };
        let mut status = workspace.status.clone().unwrap_or_default();
        note_order(&order, &mut status);
        status
    }

    fn noted(workspace: &mut Workspace, generation: i64) {
        let note = ChangedBy { generation, subject: "léa".into(), issuer: "i".into(), request: "r".into() };
        workspace.metadata.annotations = Some([(CHANGED_BY.to_owned(), note.to_value())].into());
    }

    #[test]
    fn nobody_is_named_for_changes_that_came_together() {
        let tenant = Tenant::default();
        let mut workspace = Workspace::default();
        workspace.metadata.generation = Some(1);
        workspace.status = Some(recorded(&workspace, Some(&tenant)));

        // One past the API, then one through it, before anybody looked.
        workspace.spec.suspended = true;
        workspace.spec.domain = "autre.example".into();
        workspace.metadata.generation = Some(3);
        noted(&mut workspace, 3);
        let (action, actor, told) = told_of(&workspace, Some(&tenant)).unwrap();
        assert_eq!((action, actor), (Action::WorkspaceChanged, None), "{told}");
        assert!(told.contains("2 changes together, the last by léa (i), request r"), "{told}");

        // The other way round, and at first.
        workspace.metadata.generation = Some(4);
        let (.., actor, told) = told_of(&workspace, Some(&tenant)).unwrap();
        assert_eq!(actor, None);
        assert!(told.contains("3 changes together, the last not through the API"), "{told}");
        workspace.status = None;
        noted(&mut workspace, 4);
        let (action, actor, _) = told_of(&workspace, Some(&tenant)).unwrap();
        assert_eq!((action, actor), (Action::WorkspaceOrdered, None));
    }

    #[test]
    fn deletion_is_no_change_of_the_order_and_what_was_pending_is_told_all_the_same() {
        let tenant = Tenant::default();
        let mut workspace = Workspace::default();
        workspace.metadata.generation = Some(2);
        workspace.status = Some(recorded(&workspace, Some(&tenant)));
        workspace.metadata.deletion_timestamp = Some(Time(Timestamp::UNIX_EPOCH));
        workspace.metadata.generation = Some(3);
        assert_eq!(told_of(&workspace, Some(&tenant)), None);
        // Changed a moment before it was deleted.
        workspace.spec.suspended = true;
        workspace.metadata.generation = Some(4);
        noted(&mut workspace, 3);
        let (.., actor, told) = told_of(&workspace, Some(&tenant)).unwrap();
        assert_eq!(actor.as_deref(), Some("léa (i)"), "{told}");
    }

    #[test]
    fn an_order_that_did_not_move_is_not_told_anew_though_it_is_marked_otherwise() {
        let tenant = Tenant::default();
        let mut workspace = Workspace::default();
        workspace.metadata.generation = Some(1);
        let status = recorded(&workspace, Some(&tenant));
        workspace.status = Some(WorkspaceStatus { recorded_order: "apps=other".into(), ..status });
        assert_eq!(told_of(&workspace, Some(&tenant)), None, "another version of Beffroi marked it");
    }

    #[test]
    fn sites_are_told_when_they_change_and_not_when_only_their_order_does() {
        assert!(told(&on(&["a", "b"]), &on(&["b", "a"])).is_empty());
        let moved = told(&on(&[]), &on(&["a"]));
        assert_eq!(moved, [(Action::WorkspacePlaced, "lies on a, before: nowhere".to_owned())]);
    }

    #[test]
    fn a_release_is_told_when_it_changes_and_when_the_catalogue_forgets_it() {
        let held = |version: &str, withdrawn| {
            let held = HeldRelease {
                app: "docs".into(),
                version: version.into(),
                withdrawn,
                ..HeldRelease::default()
            };
            WorkspaceStatus { releases: vec![held], ..WorkspaceStatus::default() }
        };
        let docs = OrderedApp { name: "docs".into(), channel: Some(Channel::Stable), version: None };
        let (world, tenant, live) = (World::default(), Tenant::default(), BTreeMap::new());
        let told = |before: WorkspaceStatus, after: WorkspaceStatus| {
            let mut workspace = Workspace { status: Some(before), ..Workspace::default() };
            workspace.spec.apps = vec![docs.clone()];
            let order = Order {
                world: &world,
                workspace: &workspace,
                tenant: Some(&tenant),
                siblings: &[],
                live: &live,
            };
            let told = changes(&order, &after)
                .into_iter()
                .filter(|(audit, _)| audit.action == Action::ReleaseChanged);
            told.map(|(audit, _)| audit.note.to_string()).collect::<Vec<_>>().join(" | ")
        };
        assert_eq!(
            told(WorkspaceStatus::default(), held("1", false)),
            "",
            "the order tells what is installed first"
        );
        assert_eq!(told(held("1", false), held("1", false)), "");
        assert_eq!(
            told(held("1", false), held("2", false)),
            "docs is now at 2, before 1: the newest of channel Stable"
        );
        assert!(told(held("1", false), held("1", true)).contains("is in the catalogue no longer"));
        assert_eq!(told(held("1", true), held("1", true)), "");
        assert_eq!(told(held("1", true), held("1", false)), "docs 1 is in the catalogue again");
    }

    #[test]
    fn a_pause_is_told_when_it_begins_and_when_it_ends() {
        let running = on(&["a"]);
        let mut still = running.clone();
        still.conditions = pause(&[], None, Timestamp::UNIX_EPOCH);
        assert_eq!(told(&running, &still)[0].0, Action::Paused);
        assert!(told(&still, &still).is_empty());
        assert_eq!(told(&still, &running)[0].0, Action::Resumed);
    }
}
