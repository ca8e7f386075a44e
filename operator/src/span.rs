//! What a line of the log is about: each reconcile is a span, and so is each site that it works on.

use beffroi_crds::ChangedBy;
use kube::{Resource, ResourceExt};
use tracing::{Span, field::Empty};

/// Longest id of a request that is told.
const LONGEST: usize = 64;

/// Of one object: what it is, and the request that changed it last.
pub fn of<K: Resource<DynamicType = ()>>(object: &K) -> Span {
    let (kind, name) = (K::kind(&()), object.name_any());
    let path = object.namespace().map_or(name.clone(), |namespace| format!("{namespace}/{name}"));
    let uid = object.uid();
    let span = tracing::info_span!(
        "reconcile",
        workspace = Empty,
        tenant = Empty,
        site = Empty,
        object = Empty,
        uid,
        request = request(object)
    );
    match &*kind {
        "Workspace" => span.record("workspace", path),
        "Tenant" => span.record("tenant", path),
        "Site" => span.record("site", path),
        kind => span.record("object", format!("{kind}/{path}")),
    };
    span
}

/// Of what is done in one site.
pub fn site(name: &str) -> Span {
    tracing::info_span!("in", site = name)
}

/// The id of the request by which the API brought an object to what it asks for now, or deleted it.
pub fn request<K: Resource>(object: &K) -> Option<String> {
    let by = ChangedBy::deletion(object).or_else(|| ChangedBy::now(object))?;
    Some(by.request.chars().filter(char::is_ascii_graphic).take(LONGEST).collect())
}
