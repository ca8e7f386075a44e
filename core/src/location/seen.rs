//! What is seen of one workspace in one site, reduced to what its place rests on. No content, no name of a
//! person, no secret.

use std::collections::{BTreeMap, BTreeSet};

use beffroi_crds::probe::ProbeAttempt;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::facts::ClassFacts;

/// Everything seen of one workspace in one site.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Seen {
    /// Its pods.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pods: Vec<Pod>,
    /// The nodes that carry them, and those that its local volumes are bound to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub nodes: Vec<Node>,
    /// Its claims of volumes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<Claim>,
    /// The volumes bound to them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub volumes: Vec<Volume>,
    /// The real storage classes that its claims and volumes name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<Class>,
    /// Its services that open a way in or out beyond the cluster's own network.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<Service>,
    /// Its ingresses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ingresses: Vec<Ingress>,
    /// Where Flux takes its charts from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Source>,
    /// Its backups.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub backups: Vec<Backup>,
    /// What a probe of ours tried to reach from it last; `None`: nobody tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probe: Option<Probe>,
}

/// What a pod of ours tried to reach from a workspace, as its apps would.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Probe {
    /// When it ended.
    pub at: Timestamp,
    /// Node that it tried from.
    pub node: String,
    /// Its image.
    pub image: Image,
    /// Each attempt.
    pub tried: Vec<ProbeAttempt>,
}

/// A pod.
#[derive(Clone, Debug, Default, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Pod {
    /// Name.
    pub name: String,
    /// Node that it was bound to; `None` while it waits.
    pub node: Option<String>,
    /// Its images, of every kind of container and of image volumes.
    pub images: Vec<Image>,
    /// Volumes that it names past any claim, of a node or of a network: `hostPath`, `nfs`, `csi`…
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub volumes: Vec<OwnVolume>,
}

/// A volume that a pod names by itself.
#[derive(Clone, Debug, Default, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OwnVolume {
    /// Name.
    pub name: String,
    /// Kind of source, and what it is there.
    pub source: String,
}

/// An image of a pod.
#[derive(Clone, Debug, Default, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Image {
    /// Container or volume.
    pub of: String,
    /// What was asked for.
    pub image: String,
    /// What really runs (`imageID`); `None` while nothing runs.
    pub running: Option<String>,
}

/// A node, as far as its place goes.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Node {
    /// Name.
    pub name: String,
    /// UID: a node that is registered anew is another one.
    pub uid: String,
    /// Whether the cluster knows it.
    pub known: bool,
    /// Labels that speak of its place: those that the site declares, and the well-known topology ones.
    pub labels: BTreeMap<String, String>,
    /// `spec.providerID`.
    pub provider_id: Option<String>,
    /// What these said when the node was first seen, where they said something else.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
}

/// Something that a node says of its place, and said otherwise before.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Change {
    /// Label, or `spec.providerID`.
    pub what: String,
    /// When the node was first seen.
    pub before: Option<String>,
    /// Now.
    pub now: Option<String>,
}

/// A claim of a volume.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Claim {
    /// Name.
    pub name: String,
    /// Storage class, as Kubernetes reads it: annotation `volume.beta.kubernetes.io/storage-class` wins over the spec.
    pub class: Option<String>,
    /// The volume bound to it.
    pub volume: Option<String>,
}

/// A storage class, as it is in the cluster.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Class {
    /// Name.
    pub name: String,
    /// Whether the cluster knows it.
    pub known: bool,
    /// What it is; of parameters that the site does not declare the names alone.
    pub facts: ClassFacts,
}

/// A volume.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Volume {
    /// Name.
    pub name: String,
    /// Whether the cluster knows it.
    pub known: bool,
    /// Storage class, as Kubernetes reads it: annotation `volume.beta.kubernetes.io/storage-class` wins over the spec.
    pub class: Option<String>,
    /// Kind of source: `csi`, `local`, `nfs`…
    pub source: String,
    /// For CSI the driver.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub driver: Option<String>,
    /// For CSI the handle, for others address or path.
    pub handle: Option<String>,
    /// For CSI those of its attributes that are named as a declared parameter of its class is.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
    /// Who provisioned it (`pv.kubernetes.io/provisioned-by`); `None`: somebody made it by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provisioner: Option<String>,
    /// Labels that its nodes must bear, each with the values that it takes; and what its own labels say of its place.
    pub topology: BTreeMap<String, Vec<String>>,
    /// Those of these labels that only some of its alternatives ask for: they show nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub loose: Vec<String>,
    /// Nodes that it is bound to by their hostname, each of them among the nodes that are seen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nodes: Vec<String>,
}

/// A service that opens a way beyond the cluster's own network.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Service {
    /// Name.
    pub name: String,
    /// Type: `LoadBalancer`, `ExternalName`, `NodePort`; or `ClusterIP` with external addresses.
    #[serde(rename = "type")]
    pub type_: String,
    /// Addresses or names beyond the cluster.
    pub addresses: Vec<String>,
}

/// An ingress.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Ingress {
    /// Name.
    pub name: String,
    /// Its class.
    pub class: Option<String>,
    /// Addresses that it is reached at.
    pub addresses: Vec<String>,
}

/// A source of Flux.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Source {
    /// Kind.
    pub kind: String,
    /// Name.
    pub name: String,
    /// Address.
    pub url: String,
}

/// A backup of the workspace's namespace.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Backup {
    /// Name.
    pub name: String,
    /// Address of the store where it lies; `None` when it cannot be told.
    pub store: Option<String>,
    /// How far it came, in Velero's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<String>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed: Option<Timestamp>,
    /// Fields of it that leave out some of the namespace, or may.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub narrowed: BTreeSet<String>,
}
