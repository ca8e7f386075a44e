//! `Site`: one Kubernetes cluster in one place.

use std::collections::BTreeMap;

use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};

use crate::{
    conditions::Condition,
    ending::Ending,
    provider::Document,
    rule::{self, rules},
    text::{Address, Country, Host, Name, PriorityClassName, Quantity, Subdivision},
};

pub(crate) mod network;
pub(crate) mod operators;

pub use network::{ApiServer, DnsServer, GatewayHost};
pub use operators::{OperatorKind, ServiceOperator};

rules! {
    "site.provider-stays" PROVIDER_STAYS: "self.provider == oldSelf.provider",
        "provider is immutable: a cluster that changes hands is another Site",
        "provider ne change pas : un cluster qui change de mains est un autre Site";
    "site.place-stays" PLACE_STAYS: "self.country == oldSelf.country && self.subdivision == oldSelf.subdivision && self.city == oldSelf.city",
        "country, subdivision and city are immutable: a cluster in another place is another Site",
        "country, subdivision et city ne changent pas : un cluster à un autre endroit est un autre Site";
    "site.subdivision" SUBDIVISION: "self.subdivision.startsWith(self.country + '-')",
        "subdivision must lie in country: for FR it begins with FR-",
        "subdivision doit être dans country : pour FR, elle commence par FR-";
    "site.secret-name" SECRET_NAME: "self.matches('^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')",
        "must be the name of a Secret: lower-case letters, digits, hyphens and dots",
        "doit être le nom d'un Secret : minuscules, chiffres, traits d'union et points";
    "site.secret-key" SECRET_KEY: "self.matches('^[-._a-zA-Z0-9]+$')",
        "must be a key of a Secret: letters, digits, hyphens, dots and underscores",
        "doit être une clé d'un Secret : lettres, chiffres, traits d'union, points et tirets bas";
    "site.node-identity" NODE_IDENTITY: "size(self.labels) > 0 || has(self.providerIdPrefix)",
        "give labels, providerIdPrefix or both",
        "donnez labels, providerIdPrefix ou les deux";
    "site.provisioner" PROVISIONER: "has(self.provisioner) || !(has(self.parameters) || has(self.volumeHandlePrefix) || has(self.topology))",
        "parameters, volumeHandlePrefix and topology say nothing without provisioner",
        "parameters, volumeHandlePrefix et topology ne disent rien sans provisioner : donnez-le aussi";
}

/// One Kubernetes cluster in one place, and what it offers there.
#[derive(CustomResource, KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[kube(
    group = "beffroi.fr",
    version = "v1alpha1",
    kind = "Site",
    status = "SiteStatus",
    derive = "PartialEq",
    derive = "Default",
    category = "beffroi",
    annotation("helm.sh/resource-policy", "keep"),
    label("app.kubernetes.io/name", "beffroi-kinds"),
    label("app.kubernetes.io/part-of", "beffroi"),
    doc = "One Kubernetes cluster in one place: who runs it, where it lies, what it offers there.",
    printcolumn(name = "Provider", type_ = "string", json_path = ".spec.provider"),
    printcolumn(name = "City", type_ = "string", json_path = ".spec.city"),
    printcolumn(name = "Place", type_ = "string", json_path = ".spec.subdivision"),
    printcolumn(
        name = "Reachable",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Reachable")].status"#
    ),
    printcolumn(
        name = "Verified",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Verified")].status"#
    ),
    printcolumn(name = "Workspaces", type_ = "integer", json_path = ".status.workspaces"),
    printcolumn(name = "Version", type_ = "string", json_path = ".status.kubernetesVersion"),
    printcolumn(
        name = "Ready",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Ready")].status"#
    ),
    printcolumn(
        name = "Reason",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Ready")].reason"#
    ),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    validation = rule::NAME
)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = PROVIDER_STAYS, validation = PLACE_STAYS, validation = SUBDIVISION)]
pub struct SiteSpec {
    /// The `Provider` that hosts this cluster. Immutable.
    pub provider: Name,
    /// The provider's service that the cluster runs on, as its certificates name it: a certificate of
    /// another service of the same firm does not count.
    #[schemars(length(min = 1, max = 200))]
    pub service: String,
    /// Further providers that work on this site.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    pub subprocessors: Vec<Name>,
    /// Country. Immutable.
    pub country: Country,
    /// ISO 3166-2 subdivision. Immutable. New Caledonia, Polynesia, Saint-Barthélemy and
    /// Saint-Pierre-et-Miquelon are French yet outside the European Union: the country alone says too little.
    pub subdivision: Subdivision,
    /// City. Immutable.
    #[schemars(length(min = 1, max = 100))]
    pub city: String,
    /// Where it stands.
    pub coordinates: Coordinates,
    /// How to reach the cluster's API server.
    pub kubeconfig: KubeconfigRef,
    /// What shows that a node belongs to this place.
    pub nodes: NodeIdentity,
    /// Storage classes that may be used, and where each keeps its data.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub storage_classes: Vec<StorageClass>,
    /// Priority classes that workspaces may use; without them none but the cluster's default. Those of the cluster
    /// itself (`system-…`) are for nobody's workspace.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8), extend("x-kubernetes-list-type" = "set"))]
    pub priority_classes: Vec<PriorityClassName>,
    /// Registries that this site pulls charts and images from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["host"]))]
    pub registries: Vec<Registry>,
    /// Stores that this site backs up to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub backup_stores: Vec<BackupStore>,
    /// How workspaces are reached from outside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ingress: Option<IngressOffer>,
    /// Annotations that apps may put on ingresses and services here, beside those that guard `beffroi-ingresses` knows
    /// to be harmless. An ingress controller serves every workspace: declare none by which an app writes into its
    /// configuration, has it ask or mirror to another place, or reaches into another namespace.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), extend("x-kubernetes-list-type" = "set"),
        inner(length(max = 317), regex(pattern = r"^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$")))]
    pub ingress_annotations: Vec<String>,
    /// Hosts that a Service of type `ExternalName` may stand for: the site's own gateways, to a store of objects for
    /// example, each of which asks whoever comes who they are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["host"]))]
    pub gateway_hosts: Vec<GatewayHost>,
    /// Where pods ask for names; empty: pods of namespace `kube-system` with label `k8s-app=kube-dns`, at port 53. A
    /// list takes their place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8))]
    pub dns: Vec<DnsServer>,
    /// Where pods of service operators reach this cluster's API server: the addresses behind Service `kubernetes` and
    /// their port.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8))]
    pub api_servers: Vec<ApiServer>,
    /// Operators of the site that work in workspaces, each with the one identity that the guards let do it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub operators: Vec<ServiceOperator>,
    /// Most workspaces that this site takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub max_workspaces: Option<u32>,
    /// Takes no new workspace; those here stay.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unschedulable: bool,
    /// Who operates the site, by day and at 3 a.m.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operations: Option<Operations>,
}

/// Degrees north and east (WGS 84).
#[derive(KubeSchema, Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Coordinates {
    /// Degrees north.
    #[schemars(range(min = -90.0, max = 90.0))]
    pub latitude: f64,
    /// Degrees east.
    #[schemars(range(min = -180.0, max = 180.0))]
    pub longitude: f64,
}

/// A key of a Secret in the operator's namespace.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KubeconfigRef {
    /// Name of the Secret.
    #[schemars(length(min = 1, max = 253))]
    #[x_kube(validation = SECRET_NAME)]
    pub secret_name: String,
    /// Key in the Secret.
    #[serde(default = "kubeconfig_key")]
    #[schemars(length(min = 1, max = 253))]
    #[x_kube(validation = SECRET_KEY)]
    pub key: String,
}

fn kubeconfig_key() -> String {
    "kubeconfig".into()
}

/// What shows that a node belongs to this place. Labels are arbitrary strings: they are compared with this
/// register and with `spec.providerID`, and prove nothing alone.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = NODE_IDENTITY)]
pub struct NodeIdentity {
    /// Labels that each node bears, for example `topology.kubernetes.io/region`.
    #[serde(default)]
    #[schemars(length(max = 16))]
    pub labels: BTreeMap<String, String>,
    /// What each node's `spec.providerID` begins with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub provider_id_prefix: Option<String>,
}

/// A storage class, where it keeps its data, and what shows that a volume is really one of it.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = PROVISIONER)]
pub struct StorageClass {
    /// Name of the `StorageClass` in the cluster.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// Country where the data lies.
    pub country: Country,
    /// Subdivision where the data lies.
    pub subdivision: Subdivision,
    /// Whether volumes are encrypted at rest.
    #[serde(default)]
    pub encrypted: bool,
    /// `provisioner` of the `StorageClass`: for CSI the driver that each of its volumes must be of. Without it the
    /// place of its volumes is not proven.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub provisioner: Option<String>,
    /// `parameters` of the `StorageClass`, all of them: one that is not named here is told as a contradiction.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(length(max = 64))]
    pub parameters: BTreeMap<String, String>,
    /// What the handle of each of its volumes begins with (for local volumes, their path).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub volume_handle_prefix: Option<String>,
    /// Labels by which the node affinity of its volumes says where they lie: each volume asks for one of them.
    /// Where none is given, those of `spec.nodes.labels`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(length(max = 16))]
    pub topology: BTreeMap<String, String>,
}

/// A registry of charts and images.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Registry {
    /// Host and port.
    pub host: Host,
    /// The `Provider` that operates it.
    pub operator: Name,
    /// Country where it lies.
    pub country: Country,
    /// Whether it speaks plain HTTP; only for a registry on the cluster's own network.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub plain_http: bool,
}

/// A store of backups.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BackupStore {
    /// Name of the store.
    pub name: Name,
    /// Address of the bucket.
    pub address: Address,
    /// The `Provider` that operates it.
    pub operator: Name,
    /// Country where it lies.
    pub country: Country,
    /// Subdivision where it lies.
    pub subdivision: Subdivision,
}

/// How workspaces are reached from outside.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IngressOffer {
    /// Name of the `IngressClass` in the cluster.
    #[schemars(length(min = 1, max = 253))]
    pub class_name: String,
    /// Namespace of the ingress controller: the only one that may open connections to workspaces.
    pub namespace: Name,
    /// Country where its addresses are announced.
    pub country: Country,
}

/// Who operates the site (the founding questions: who patches, who steps in at 3 a.m.).
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Operations {
    /// Who owns the code that runs the platform.
    #[schemars(length(min = 1, max = 200))]
    pub code_owner: String,
    /// The `Provider` that installs updates.
    pub updated_by: Name,
    /// The `Provider` on call.
    pub on_call: Name,
    /// Country from which the call is answered.
    pub on_call_country: Country,
    /// Whether the call is answered day and night.
    pub around_the_clock: bool,
    /// Minutes until someone steps in on the gravest incident.
    #[schemars(range(min = 1, max = 10080))]
    pub response_minutes: u32,
    /// The signed agreement. Without it all this is only declared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<Document>,
}

/// What Beffroi saw of a site. Nothing here moves while nothing changes there.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SiteStatus {
    /// Generation of the spec that this status speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// `Accepted`, `Reachable`, `FluxReady`, `Guarded`, `Verified`, `NoOrphans`, `Lasting`, `Ready`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
    /// Version of the API server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kubernetes_version: Option<String>,
    /// What the nodes offer together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<Capacity>,
    /// What was last seen of the cluster, as far as decisions rest on it; absent until it was reached in full.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed: Option<Observed>,
    /// Workspaces placed here.
    #[serde(default)]
    pub workspaces: u32,
    /// What in the cluster contradicts the declaration: nodes, storage classes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 256))]
    pub contradictions: Vec<String>,
    /// Namespaces that bear Beffroi's labels and that no known workspace owns. They are never deleted by
    /// themselves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 256))]
    pub orphans: Vec<String>,
    /// What has ended, or ends within 90 days; the first 64.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    pub endings: Vec<Ending>,
}

/// What the nodes of a site offer together.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Capacity {
    /// Nodes that are Ready.
    pub nodes: u32,
    /// Allocatable processors.
    pub cpu: Quantity,
    /// Allocatable memory.
    pub memory: Quantity,
}

/// What was last seen of a cluster, as far as decisions rest on it.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Observed {
    /// Whether its API server answers; if not, the rest is what was seen before.
    pub reachable: bool,
    /// Whether Flux's kinds are served.
    pub flux: bool,
    /// Guards that are bound and refuse.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    pub guards: Vec<String>,
    /// Guards that say something else than the chart of this version makes them say; absent where they cannot be
    /// read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub altered_guards: Option<Vec<String>>,
    /// Declared storage classes that are in the cluster, as they are there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    pub classes: Vec<ObservedClass>,
    /// Nodes; those that contradict the declaration come first where they are not all listed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 512))]
    pub nodes: Vec<ObservedNode>,
    /// The nodes that are not listed, together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub more_nodes: Option<MoreNodes>,
}

impl Observed {
    /// Most nodes that are listed one by one.
    pub const NODES: usize = 512;
}

/// A node as it was last seen.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ObservedNode {
    /// Name.
    pub name: String,
    /// Whether it is Ready.
    pub ready: bool,
    /// `spec.providerID`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_id: Option<String>,
    /// Those of its labels that `spec.nodes.labels` names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(length(max = 16))]
    pub labels: BTreeMap<String, String>,
    /// What it can give to pods.
    pub allocatable: Allocatable,
}

/// A storage class as it was last seen.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ObservedClass {
    /// Name.
    pub name: String,
    /// Its provisioner.
    pub provisioner: String,
    /// Those of its parameters that `spec.storageClasses[].parameters` names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(length(max = 64))]
    pub parameters: BTreeMap<String, String>,
    /// Names of its other parameters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 512))]
    pub undeclared: Vec<String>,
}

/// Nodes that are not listed one by one.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MoreNodes {
    /// How many.
    pub count: u32,
    /// What the Ready ones can give to pods.
    pub allocatable: Allocatable,
}

/// What can be given to pods.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Allocatable {
    /// Processors.
    pub cpu: Quantity,
    /// Memory.
    pub memory: Quantity,
    /// Volumes, where the cluster says how much.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage: Option<Quantity>,
}
