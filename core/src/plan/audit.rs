//! What must stand in the audit log of what happens to a workspace: status before and after, or what was done →
//! [`Audit`] entries. They are recorded before what they tell of is reported, so that a crash in between repeats
//! an entry and never loses one.

use beffroi_crds::{
    WorkspaceStatus,
    conditions::{READY, reason::PAUSED},
};
use serde_json::{Value, json};

use super::{Order, locate::workspace_ref};
use crate::evidence::statement::{Action, Audit};

/// An entry, and the content that its subject is the digest of.
pub type Record = (Audit, Value);

/// Longest note that is kept, in characters: an entry of the log has an end.
const NOTE: usize = 1000;

/// What a new status tells that the one before did not: sites chosen or left, a pause begun or ended.
pub fn changes(order: &Order<'_>, after: &WorkspaceStatus) -> Vec<Record> {
    let before = order.workspace.status.clone().unwrap_or_default();
    let mut records = Vec::new();
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
    let note = format!("nothing is left of it on {}", from.join(", "));
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

    use beffroi_crds::{Tenant, Workspace, workspace::PlacedSite};
    use jiff::Timestamp;

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
        changes(&order, after).into_iter().map(|(audit, _)| (audit.action, audit.note)).collect()
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
