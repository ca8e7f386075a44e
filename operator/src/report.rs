//! Status and events: written only where something changed.

use std::fmt::Display;

use beffroi_core::{
    endings::{self as ends, End},
    plan::{grace, releases},
};
use beffroi_crds::{
    Workspace, WorkspaceStatus,
    conditions::{
        BACKED_UP, COMPLIANT, Condition, LOCATED,
        reason::{DELETION_SCHEDULED, RELEASE_WITHDRAWN},
    },
    ending::Ending,
    labels::MANAGER,
    workspace::{HeldRelease, LocationFinding},
};
use k8s_openapi::{NamespaceResourceScope, api::core::v1::ObjectReference};
use kube::{
    Api, Resource, ResourceExt,
    api::{ObjectMeta, Patch, PatchParams},
    core::{ApiResource, DynamicObject},
    runtime::events::{Event, EventType, Reporter},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{context::Context, reconcile::Error};

/// Who reports.
pub fn reporter(instance: &str) -> Reporter {
    Reporter { controller: "beffroi.fr/operator".into(), instance: Some(instance.to_owned()) }
}

/// Writes `after` where it differs from `before`, by server-side apply, and tells of a changed `Ready`.
///
/// # Errors
/// When the API server refuses.
pub async fn status<K, S>(
    context: &Context,
    api: &Api<K>,
    object: &K,
    before: Option<&S>,
    after: &S,
    conditions: fn(&S) -> &[Condition],
) -> Result<(), Error>
where
    K: Resource<DynamicType = ()> + DeserializeOwned + Clone + std::fmt::Debug,
    S: Serialize + PartialEq,
{
    if before == Some(after) {
        return Ok(());
    }
    let patch = json!({
        "apiVersion": K::api_version(&()),
        "kind": K::kind(&()),
        "metadata": {"uid": object.uid()},
        "status": after,
    });
    let params = PatchParams::apply(MANAGER).force();
    let answer = api.patch_status(&object.name_any(), &params, &Patch::Apply(&patch)).await;
    context.wrote(&answer.map_err(Error::management("writing a status"))?);
    metrics::counter!("beffroi_writes_total", "cluster" => "management", "kind" => K::kind(&()).to_string(), "verb" => "status")
        .increment(1);
    let empty: &[Condition] = &[];
    tell_ready(context, object, before.map_or(empty, conditions), conditions(after)).await;
    Ok(())
}

/// Writes a status as it is, of an object of whatever kind: all that it said before and is to go on saying.
///
/// # Errors
/// When the API server refuses.
pub async fn raw_status(
    context: &Context,
    kind: &ApiResource,
    meta: &ObjectMeta,
    status: &Value,
) -> Result<(), Error> {
    let name = meta.name.as_deref().unwrap_or_default();
    let api: Api<DynamicObject> = match &meta.namespace {
        Some(namespace) => Api::namespaced_with(context.client.clone(), namespace, kind),
        None => Api::all_with(context.client.clone(), kind),
    };
    let patch = json!({
        "apiVersion": kind.api_version,
        "kind": kind.kind,
        "metadata": {"uid": meta.uid},
        "status": status,
    });
    let answer = api.patch_status(name, &PatchParams::apply(MANAGER).force(), &Patch::Apply(&patch)).await;
    answer.map_err(Error::management("writing a status"))?;
    metrics::counter!("beffroi_writes_total", "cluster" => "management", "kind" => kind.kind.clone(), "verb" => "status")
        .increment(1);
    Ok(())
}

async fn tell_ready<K: Resource<DynamicType = ()>>(
    context: &Context,
    object: &K,
    before: &[Condition],
    after: &[Condition],
) {
    let ready = |conditions: &[Condition]| conditions.iter().find(|c| c.type_ == "Ready").cloned();
    let (before, Some(after)) = (ready(before), ready(after)) else { return };
    if before.is_none() && after.status == "True" {
        // In order from the first look: nothing happened that a person should see.
        return;
    }
    if before.as_ref().map(|c| (&c.status, &c.reason)) == Some((&after.status, &after.reason)) {
        return;
    }
    let passing = matches!(
        after.reason.as_str(),
        "Applying" | "AppsStarting" | "Progressing" | "Deleting" | "DomainPending" | DELETION_SCHEDULED
    );
    let (type_, reason) = match after.status.as_str() {
        "True" => (EventType::Normal, "Ready".to_owned()),
        _ if passing => (EventType::Normal, after.reason),
        _ => (EventType::Warning, after.reason),
    };
    event(context, object, type_, &reason, "Reconcile", &after.message).await;
}

/// Tells of a changed verdict on where a workspace's data lies, and of each new finding: by event, and by metric.
pub async fn location(context: &Context, workspace: &Workspace, after: &WorkspaceStatus) {
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
pub async fn withdrawn(context: &Context, workspace: &Workspace, after: &WorkspaceStatus) {
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
pub async fn requirements(context: &Context, workspace: &Workspace, after: &WorkspaceStatus) {
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

/// Tells of each end that has come nearer since `before`, by an event for each stage that it reaches.
pub async fn endings<K: Resource<DynamicType = ()>>(
    context: &Context,
    object: &K,
    before: &[Ending],
    after: &[Ending],
) {
    for ending in ends::news(before, after) {
        // What it is of makes it an event of its own: those that differ in their note alone are counted as one.
        let of = ObjectReference {
            api_version: Some("beffroi.fr/v1alpha1".to_owned()),
            kind: Some(ending.kind.clone()),
            name: Some(ending.name.clone()),
            ..ObjectReference::default()
        };
        let action = format!("Watch{:?}", ending.what);
        let (reason, note) = (ends::reason(ending.stage), ends::told(ending));
        event_on(context, object, EventType::Warning, (reason, &action, Some(of)), &note).await;
    }
}

/// Measures what ends of an object, and forgets those of its kind that are gone.
pub fn measure(kind: &'static str, name: &str, all: &[End], is_there: impl Fn(&str) -> bool) {
    let title = |end: &End| {
        let own = end.kind == kind && end.name == name;
        if own { end.title.to_string() } else { format!("{}: {}", end.name, end.title) }
    };
    beffroi_process::ends::set(
        kind,
        name,
        all.iter().map(|end| (title(end), end.ends.as_second())).collect(),
    );
    beffroi_process::ends::retain(kind, is_there);
}

/// Measures of a workspace what has ended or ends soon: of all that is far there would be too much.
pub fn measure_workspace(workspace: &Workspace, endings: &[Ending]) {
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
pub async fn deletion(context: &Context, workspace: &Workspace, after: &WorkspaceStatus) {
    let requested = |status: &WorkspaceStatus| status.deletion.as_ref()?.requested.clone();
    let Some(asked) = requested(after) else { return };
    if workspace.status.as_ref().and_then(requested).as_ref() != Some(&asked) {
        event(context, workspace, EventType::Warning, "DeletionRequested", "Delete", &grace::asked(&asked))
            .await;
    }
}

/// Tells people of something, once; a note that cannot be written is logged and does not fail the work.
pub async fn event<K: Resource<DynamicType = ()>>(
    context: &Context,
    object: &K,
    type_: EventType,
    reason: &str,
    action: &str,
    note: impl Display + Send,
) {
    event_on(context, object, type_, (reason, action, None), note).await;
}

async fn event_on<K: Resource<DynamicType = ()>>(
    context: &Context,
    object: &K,
    type_: EventType,
    (reason, action, secondary): (&str, &str, Option<ObjectReference>),
    note: impl Display + Send,
) {
    let mut note = note.to_string();
    if note.len() > 1000 {
        let end = (0..=1000).rev().find(|i| note.is_char_boundary(*i)).unwrap_or(0);
        note.truncate(end);
    }
    let event = Event { type_, reason: reason.into(), note: Some(note), action: action.into(), secondary };
    if let Err(error) = context.recorder.publish(&event, &object.object_ref(&())).await {
        tracing::warn!(%error, reason, "an event could not be written");
    }
}

/// Sets or removes our finalizer; the write fails if the object changed meanwhile. Whoever looks at what was let go of
/// looks at what is past.
///
/// # Errors
/// When the API server refuses.
pub async fn finalizer<K>(context: &Context, api: &Api<K>, object: &K, wanted: bool) -> Result<(), Error>
where
    K: Resource<DynamicType = ()> + DeserializeOwned + Clone + std::fmt::Debug,
{
    use beffroi_crds::labels::FINALIZER;
    let mut finalizers = object.finalizers().to_vec();
    if finalizers.iter().any(|f| f == FINALIZER) == wanted {
        return Ok(());
    }
    if wanted {
        finalizers.push(FINALIZER.to_owned());
    } else {
        finalizers.retain(|f| f != FINALIZER);
    }
    let patch = json!({"metadata": {"resourceVersion": object.resource_version(), "finalizers": finalizers}});
    match api.patch(&object.name_any(), &PatchParams::default(), &Patch::Merge(&patch)).await {
        Err(kube::Error::Api(status)) if status.code == 404 && !wanted => {}
        answer => {
            answer.map_err(Error::management("setting the finalizer"))?;
        }
    }
    if !wanted {
        context.let_go(object);
    }
    Ok(())
}

/// An API for the namespace that `object` is in.
pub fn namespaced<K>(context: &Context, object: &K) -> Api<K>
where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>,
{
    Api::namespaced(context.client.clone(), &object.namespace().unwrap_or_default())
}
