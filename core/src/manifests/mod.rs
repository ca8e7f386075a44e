//! What a workspace becomes in a site: [`Placed`] (everything resolved and checked) → [`desired`] objects.
//!
//! One builder per object kind. Builders only ever see a resolved workspace, so they cannot meet an unknown
//! app or a missing release. [`Kind`] is the closed set of what Beffroi writes in a site: what is pruned,
//! watched and granted is the same list. Beside it stands one pod that comes and goes: [`probe`].

mod helm_release;
mod isolation;
mod kind;
mod live;
mod namespace;
mod oci_repository;
mod offer;
pub mod probe;
mod quota;
mod service_account;
mod values;

pub(crate) use helm_release::{is_stopped, stopped};
pub use kind::{Kind, Object};
pub use live::Live;
pub use namespace::doomed;
pub(crate) use namespace::is_doomed;
pub(crate) use offer::gateway_hosts;
pub use service_account::APPS_CLUSTER_ROLE;

use std::collections::BTreeMap;

use beffroi_crds::{App, Site, SovereigntyPolicySpec, Tenant, Workspace, app::Release, labels};
use kube::{
    ResourceExt,
    core::{DynamicObject, ObjectMeta},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::facts::Resources;

/// A workspace with everything it refers to resolved, about to be built in one site.
#[derive(Clone, Copy, Debug)]
pub struct Placed<'a> {
    /// Who ordered it.
    pub tenant: &'a Tenant,
    /// What was ordered.
    pub workspace: &'a Workspace,
    /// Where it is built.
    pub site: &'a Site,
    /// The rules it is held to.
    pub policy: &'a SovereigntyPolicySpec,
    /// Apps with the release that each is held at.
    pub apps: &'a [(&'a App, &'a Release)],
    /// Apps beside these, of which nothing is built: the catalogue has them no longer, and they run on.
    pub gone: &'a [&'a App],
    /// What the apps need together.
    pub needs: Resources,
}

impl<'a> Placed<'a> {
    /// Every app that runs here, those too that the catalogue has no longer.
    fn every_app(&self) -> impl Iterator<Item = &'a App> {
        self.apps.iter().map(|(app, _)| *app).chain(self.gone.iter().copied())
    }
}

/// Every object that the workspace is made of in this site, in the order in which they are written.
pub fn desired(placed: &Placed<'_>) -> Vec<Object> {
    let mut objects = vec![namespace::build(placed)];
    objects.extend(isolation::build(placed));
    objects.extend(service_account::build(placed));
    // After what it counts: until Kubernetes has counted once, it lets nothing of that in.
    objects.extend(quota::build(placed));
    for (app, release) in placed.apps {
        objects.push(oci_repository::build(placed, app, release));
        objects.push(helm_release::build(placed, app, release));
    }
    objects
}

/// Name of the workspace's namespace in every site: readable, and unique to this workspace's UID, so that
/// one created again under the same name never finds the data of the former.
pub fn namespace_name(tenant: &str, workspace: &Workspace) -> String {
    let uid = workspace.uid().unwrap_or_default();
    let mark = hex(&Sha256::digest(uid.as_bytes())[..4]);
    let mut stem = format!("{tenant}-{}", workspace.name_any());
    stem.truncate(63 - 1 - mark.len());
    format!("{}-{mark}", stem.trim_end_matches(['-', '.']).replace('.', "-"))
}

/// An object of the workspace: metadata with Beffroi's labels, the given body, and the digest of both.
fn object(placed: &Placed<'_>, kind: Kind, name: &str, body: Value) -> Object {
    labelled(placed, kind, name, body, BTreeMap::new())
}

fn labelled(
    placed: &Placed<'_>,
    kind: Kind,
    name: &str,
    body: Value,
    more: BTreeMap<String, String>,
) -> Object {
    annotated(placed, kind, name, body, more, BTreeMap::new())
}

fn annotated(
    placed: &Placed<'_>,
    kind: Kind,
    name: &str,
    body: Value,
    more: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
) -> Object {
    let mut own = own_labels(placed);
    own.extend(more);
    let namespace = (kind != Kind::Namespace).then(|| namespace_of(placed));
    marked(kind, name, namespace, body, own, annotations)
}

/// Labels of all that a workspace is made of.
fn own_labels(placed: &Placed<'_>) -> BTreeMap<String, String> {
    let tenant = placed.tenant;
    BTreeMap::from([
        (labels::MANAGED_BY.to_owned(), labels::MANAGER.to_owned()),
        (labels::TENANT.to_owned(), tenant.name_any()),
        (labels::TENANT_UID.to_owned(), tenant.uid().unwrap_or_default()),
        (labels::WORKSPACE.to_owned(), placed.workspace.name_any()),
        (labels::WORKSPACE_UID.to_owned(), placed.workspace.uid().unwrap_or_default()),
    ])
}

fn namespace_of(placed: &Placed<'_>) -> String {
    namespace_name(&placed.tenant.name_any(), placed.workspace)
}

/// An object that bears the digest of all that it is written from.
fn marked(
    kind: Kind,
    name: &str,
    namespace: Option<String>,
    body: Value,
    own: BTreeMap<String, String>,
    mut annotations: BTreeMap<String, String>,
) -> Object {
    let digest = hex(&Sha256::digest(json!([own, annotations, body]).to_string().as_bytes())[..16]);
    annotations.insert(labels::APPLIED.to_owned(), digest);
    Object {
        kind,
        manifest: DynamicObject {
            types: Some(kind.type_meta()),
            metadata: ObjectMeta {
                name: Some(name.to_owned()),
                namespace,
                labels: Some(own),
                annotations: Some(annotations),
                ..ObjectMeta::default()
            },
            data: body,
        },
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
