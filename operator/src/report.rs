//! Status and events: written only where something changed. What is told of a workspace beyond its status is in
//! [`workspace`].

pub mod workspace;

use std::fmt::{Display, Write as _};

use beffroi_core::endings::{self as ends, End};
use beffroi_crds::{
    conditions::{Condition, reason::DELETION_SCHEDULED},
    ending::Ending,
    labels::MANAGER,
};
use k8s_openapi::{NamespaceResourceScope, api::core::v1::ObjectReference};
use kube::{
    Api, Resource, ResourceExt,
    api::{ObjectMeta, Patch, PatchParams},
    core::{ApiResource, DynamicObject},
    runtime::events::{Event, EventType},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{
    context::Context,
    outcome::{Stopped, management},
    span,
};

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
) -> Result<(), Stopped>
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
    let patch = context.definitions.fit(&K::kind(&()), patch);
    let params = PatchParams::apply(MANAGER).force();
    let answer = api.patch_status(&object.name_any(), &params, &Patch::Apply(&patch)).await;
    context.wrote(&answer.map_err(management("writing a status"))?);
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
) -> Result<(), Stopped> {
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
    let patch = context.definitions.fit(&kind.kind, patch);
    let answer = api.patch_status(name, &PatchParams::apply(MANAGER).force(), &Patch::Apply(&patch)).await;
    answer.map_err(management("writing a status"))?;
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
    if let Some(request) = span::request(object) {
        let _ = write!(note, " (last changed by request {request})");
    }
    let event = Event { type_, reason: reason.into(), note: Some(note), action: action.into(), secondary };
    if let Err(error) = context.recorder.publish(&event, &object.object_ref(&())).await {
        tracing::warn!(%error, reason, "an event could not be written");
    }
}

/// Sets or removes our finalizer; the write fails if the object changed meanwhile. Whoever looks at what was let go of
/// looks at what is past. Tells whether the object was there, as far as the API server says.
///
/// # Errors
/// When the API server refuses.
pub async fn finalizer<K>(context: &Context, api: &Api<K>, object: &K, wanted: bool) -> Result<bool, Stopped>
where
    K: Resource<DynamicType = ()> + DeserializeOwned + Clone + std::fmt::Debug,
{
    use beffroi_crds::labels::FINALIZER;
    let mut finalizers = object.finalizers().to_vec();
    if finalizers.iter().any(|f| f == FINALIZER) == wanted {
        return Ok(true);
    }
    if wanted {
        finalizers.push(FINALIZER.to_owned());
    } else {
        finalizers.retain(|f| f != FINALIZER);
    }
    let patch = json!({"metadata": {"resourceVersion": object.resource_version(), "finalizers": finalizers}});
    let there = match api.patch(&object.name_any(), &PatchParams::default(), &Patch::Merge(&patch)).await {
        Err(kube::Error::Api(status)) if status.code == 404 && !wanted => false,
        answer => answer.map(|_| true).map_err(management("setting the finalizer"))?,
    };
    if !wanted {
        context.let_go(object);
    }
    Ok(there)
}

/// An API for the namespace that `object` is in.
pub fn namespaced<K>(context: &Context, object: &K) -> Api<K>
where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>,
{
    Api::namespaced(context.client.clone(), &object.namespace().unwrap_or_default())
}
