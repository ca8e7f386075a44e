//! What must stand in the audit log of what happens to a workspace: status before and after, or what was done →
//! [`Audit`] entries. They are recorded before what they tell of is reported, so that a crash in between repeats
//! an entry and never loses one.

use beffroi_crds::{
    ChangedBy, WorkspaceStatus,
    conditions::{READY, reason::PAUSED},
};
use serde_json::{Value, json};

use super::{Order, change, grace, locate::workspace_ref};
use crate::evidence::statement::{Action, Audit};

/// An entry, and the content that its subject is the digest of.
pub type Record = (Audit, Value);

/// Longest note that is kept, in characters: an entry of the log has an end.
const NOTE: usize = 1000;
/// Longest name of an actor that is kept, in characters.
const ACTOR: usize = 500;

/// What a new status tells that the one before did not: an order taken up, sites chosen or left, a pause begun or
/// ended.
pub fn changes(order: &Order<'_>, after: &WorkspaceStatus) -> Vec<Record> {
    let before = order.workspace.status.clone().unwrap_or_default();
    let mut records = Vec::new();
    let seen = (&before.recorded_order, before.observed_generation);
    if seen != (&after.recorded_order, after.observed_generation) {
        records.extend(ordered(order));
    }
    if sites(&before) != sites(after) {
        let on = |status: &WorkspaceStatus| match sites(status).join(", ") {
            none if none.is_empty() => "nowhere".to_owned(),
            some => some,
        };
        let note = format!("lies on {}, before: {}", on(after), on(&before));
        let content = json!({"sites": sites(after), "refused": after.refused});
        records.extend(record(order, Action::WorkspacePlaced, None, &note, content));
    }
    if paused(&before) != paused(after) {
        let (action, note) = if paused(after) {
            (Action::Paused, "reconciliation is paused by annotation")
        } else {
            (Action::Resumed, "reconciliation goes on")
        };
        records.extend(record(order, action, None, note, Value::Null));
    }
    records
}

/// The order, where it does not stand in the log yet. Who gave it is known of a change that came through the API.
pub fn ordered(order: &Order<'_>) -> Option<Record> {
    let (workspace, spec) = (order.workspace, &order.workspace.spec);
    let generation = workspace.metadata.generation;
    let before = workspace.status.as_ref();
    let mark = before.map_or("", |status| &status.recorded_order);
    if mark == change::mark(spec) && before.and_then(|status| status.observed_generation) == generation {
        return None;
    }
    let action = if mark.is_empty() { Action::WorkspaceOrdered } else { Action::WorkspaceChanged };
    let by = ChangedBy::now(workspace);
    let how = by.as_ref().map_or_else(
        || "not through the API: who did it is not known".to_owned(),
        |by| format!("request {}", by.request),
    );
    let told: String = change::told(spec, mark).chars().take(NOTE - ACTOR).collect();
    let note = format!("{told}; {how}");
    let content = json!({"generation": generation, "spec": spec});
    let (mut audit, content) = record(order, action, None, &note, content)?;
    audit.actor = by.map(|by| format!("{} ({})", by.subject, by.issuer).chars().take(ACTOR).collect());
    Some((audit, content))
}

/// Someone changed or deleted what Beffroi placed in `site`.
pub fn intervention(
    order: &Order<'_>,
    site: &str,
    object: &str,
    what: &str,
    who: Option<&str>,
) -> Option<Record> {
    let note = format!("{object} {what}; it is to be put right");
    let content = json!({"site": site, "object": object, "what": what, "who": who});
    let (mut audit, content) = record(order, Action::Intervention, Some(site), &note, content)?;
    object.clone_into(&mut audit.object);
    audit.actor = who.map(str::to_owned);
    Some((audit, content))
}

/// Nothing of the workspace is left in any site.
pub fn deleted(order: &Order<'_>) -> Option<Record> {
    let from = order.workspace.status.as_ref().map(sites).unwrap_or_default();
    let why = if grace::was_due(order.workspace) { ": deleted at the time that its order named" } else { "" };
    let note = format!("nothing is left of it on {}{why}", from.join(", "));
    record(order, Action::WorkspaceDeleted, None, &note, json!({"sites": from}))
}

fn record(
    order: &Order<'_>,
    action: Action,
    site: Option<&str>,
    note: &str,
    content: Value,
) -> Option<Record> {
    let workspace = workspace_ref(order)?;
    let audit = Audit {
        time: order.world.now,
        action,
        tenant: workspace.tenant.clone(),
        tenant_uid: workspace.tenant_uid.clone(),
        site: site.map(str::to_owned),
        object: format!("Workspace {}/{}", workspace.namespace, workspace.name),
        workspace: Some(workspace),
        actor: None,
        note: note.chars().take(NOTE).collect(),
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
        Tenant, Workspace,
        labels::CHANGED_BY,
        workspace::{OrderedApp, PlacedSite},
    };
    use jiff::Timestamp;

    use super::*;
    use crate::{conditions::pause, facts::World, french::tests::assert_french};

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
        let told = changes(&order, after).into_iter().map(|(audit, _)| (audit.action, audit.note));
        told.inspect(|(_, note)| assert_french(note)).collect()
    }

    /// What is told of an order at a generation, when status kept what it says of the one before.
    fn told_of(workspace: &Workspace, tenant: Option<&Tenant>) -> Option<(Action, Option<String>, String)> {
        let (world, live) = (World::default(), BTreeMap::new());
        let order = Order { world: &world, workspace, tenant, siblings: &[], live: &live };
        let told = ordered(&order).map(|(audit, _)| (audit.action, audit.actor, audit.note));
        told.inspect(|(_, _, note)| assert_french(note))
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

        workspace.status = Some(WorkspaceStatus {
            observed_generation: Some(1),
            recorded_order: change::mark(&workspace.spec),
            ..WorkspaceStatus::default()
        });
        assert_eq!(told_of(&workspace, Some(&tenant)), None, "it stands in the log");

        // Past the API, the note of the generation before says nothing.
        workspace.metadata.generation = Some(2);
        workspace.spec.suspended = true;
        let (action, actor, told) = told_of(&workspace, Some(&tenant)).unwrap();
        assert_eq!((action, actor), (Action::WorkspaceChanged, None));
        assert!(told.contains("suspended") && told.contains("not through the API"), "{told}");
    }

    #[test]
    fn sites_are_told_when_they_change_and_not_when_only_their_order_does() {
        assert!(told(&on(&["a", "b"]), &on(&["b", "a"])).is_empty());
        let moved = told(&on(&[]), &on(&["a"]));
        assert_eq!(moved, [(Action::WorkspacePlaced, "lies on a, before: nowhere".to_owned())]);
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
