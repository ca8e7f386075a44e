//! What is told of a workspace: its status, and by events and metrics what in it is news to a person.

use beffroi_core::{
    evidence::statement::Audit,
    plan::{grace, releases},
};
use beffroi_crds::{
    Workspace, WorkspaceStatus,
    conditions::{BACKED_UP, COMPLIANT, Condition, LOCATED, reason::RELEASE_WITHDRAWN},
    ending::Ending,
    workspace::{HeldRelease, LocationFinding},
};
use kube::{Api, ResourceExt, runtime::events::EventType};

use super::{endings, event, status};
use crate::{context::Context, outcome::Stopped};

/// Writes the status of a workspace where it differs, and tells of what is new in it.
///
/// # Errors
/// When the API server refuses.
pub async fn tell(
    context: &Context,
    api: &Api<Workspace>,
    workspace: &Workspace,
    after: &WorkspaceStatus,
) -> Result<(), Stopped> {
    status(context, api, workspace, workspace.status.as_ref(), after, |s| &s.conditions).await?;
    location(context, workspace, after).await;
    withdrawn(context, workspace, after).await;
    requirements(context, workspace, after).await;
    let before = workspace.status.as_ref().map(|status| status.endings.as_slice()).unwrap_or_default();
    endings(context, workspace, before, &after.endings).await;
    measure(workspace, &after.endings);
    deletion(context, workspace, after).await;
    Ok(())
}

/// Tells of what is left of a workspace that is gone.
pub async fn remains(context: &Context, workspace: &Workspace, told: Option<Audit>) {
    let Some((note, remains)) = told.and_then(|audit| Some((audit.note, audit.remains?))) else { return };
    if remains.left.is_empty() {
        return;
    }
    for left in &remains.left {
        metrics::counter!("beffroi_left_total", "site" => left.site.clone(), "kind" => left.kind.clone())
            .increment(1);
    }
    event(context, workspace, EventType::Warning, "DataLeft", "Delete", &note).await;
}

/// Tells of a changed verdict on where a workspace's data lies, and of each new finding: by event, and by metric.
async fn location(context: &Context, workspace: &Workspace, after: &WorkspaceStatus) {
    let located = |status: &WorkspaceStatus| status.conditions.iter().find(|c| c.type_ == LOCATED).cloned();
    let before = workspace.status.clone().unwrap_or_default();
    let (was, Some(now)) = (located(&before), located(after)) else { return };
    let same = |a: &LocationFinding, b: &LocationFinding| {
        (&a.rule, &a.site, &a.object) == (&b.rule, &b.site, &b.object)
    };
    let news: Vec<_> =
        after.findings.iter().filter(|f| !before.findings.iter().any(|known| same(known, f))).collect();
    for finding in &news {
        metrics::counter!("beffroi_location_findings_total",
            "site" => finding.site.clone(), "rule" => finding.rule.clone())
        .increment(1);
    }
    let turned = was.as_ref().map(|c| &c.status) != Some(&now.status);
    if turned {
        metrics::counter!("beffroi_location_verdicts_total", "verdict" => now.status.clone()).increment(1);
    }
    let (type_, reason) = match now.status.as_str() {
        "False" if turned || !news.is_empty() => (EventType::Warning, "NotLocated"),
        "True" if turned && was.as_ref().is_some_and(|was| was.reason != "NotPlaced") => {
            (EventType::Normal, "Located")
        }
        "Unknown" if turned && was.is_some() => (EventType::Warning, "LocationUnknown"),
        _ => return,
    };
    let told = |f: &&LocationFinding| {
        format!("{} {} {}: {}, expected {}", f.rule, f.site, f.object, f.observed, f.expected)
    };
    let note =
        if news.is_empty() { now.message } else { news.iter().map(told).collect::<Vec<_>>().join("; ") };
    event(context, workspace, type_, reason, "Locate", &note).await;
}

/// Tells of each release that the catalogue lists no longer, once.
async fn withdrawn(context: &Context, workspace: &Workspace, after: &WorkspaceStatus) {
    let before = workspace.status.as_ref().map_or(&[][..], |status| &status.releases);
    let known = |held: &HeldRelease| {
        before.iter().any(|b| b.withdrawn && b.app == held.app && b.version == held.version)
    };
    for held in after.releases.iter().filter(|held| held.withdrawn && !known(held)) {
        let note = releases::withdrawal(held);
        event(context, workspace, EventType::Warning, RELEASE_WITHDRAWN, "Reconcile", &note).await;
    }
}

/// Tells of a change of whether a workspace is backed up, and of whether all that its policy requires holds: by event,
/// and by metric. What was never looked at before is told only where it does not hold.
async fn requirements(context: &Context, workspace: &Workspace, after: &WorkspaceStatus) {
    let before = workspace.status.as_ref().map(|status| status.conditions.as_slice()).unwrap_or_default();
    for (kind, holds, fails) in
        [(BACKED_UP, "BackedUp", "NotBackedUp"), (COMPLIANT, "Compliant", "NotCompliant")]
    {
        let find = |all: &[Condition]| all.iter().find(|c| c.type_ == kind).cloned();
        let (was, Some(now)) = (find(before), find(&after.conditions)) else { continue };
        let said = |c: &Condition| (c.status.clone(), c.reason.clone());
        if was.as_ref().map(said) == Some(said(&now)) {
            continue;
        }
        metrics::counter!("beffroi_requirements_total",
            "condition" => kind, "status" => now.status.clone(), "reason" => now.reason.clone())
        .increment(1);
        let (type_, reason) = match (now.status.as_str(), now.reason.as_str()) {
            ("True", _) if was.is_some() => (EventType::Normal, holds),
            // What lies nowhere yet lacks all, and nobody asked for what nobody asked for.
            ("False", why) if why != "NotRequested" && !after.sites.is_empty() => (EventType::Warning, fails),
            _ => continue,
        };
        event(context, workspace, type_, reason, "Judge", &now.message).await;
    }
}

/// Measures of a workspace what has ended or ends soon: of all that is far there would be too much.
fn measure(workspace: &Workspace, endings: &[Ending]) {
    let name = workspace_name(workspace);
    let of = endings.iter().map(|end| (format!("{}: {}", end.name, end.title), end.ends.0.as_second()));
    beffroi_process::ends::set("Workspace", &name, of.collect());
}

/// Measures nothing of a workspace that goes.
pub fn measure_no_more(workspace: &Workspace) {
    beffroi_process::ends::set("Workspace", &workspace_name(workspace), beffroi_process::ends::Ends::new());
}

fn workspace_name(workspace: &Workspace) -> String {
    format!("{}/{}", workspace.namespace().unwrap_or_default(), workspace.name_any())
}

/// Tells of a deletion that one person asked for and another may confirm, once.
async fn deletion(context: &Context, workspace: &Workspace, after: &WorkspaceStatus) {
    let requested = |status: &WorkspaceStatus| status.deletion.as_ref()?.requested.clone();
    let Some(asked) = requested(after) else { return };
    if workspace.status.as_ref().and_then(requested).as_ref() != Some(&asked) {
        event(context, workspace, EventType::Warning, "DeletionRequested", "Delete", &grace::asked(&asked))
            .await;
    }
}
