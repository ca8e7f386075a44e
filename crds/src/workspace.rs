//! `Workspace`: what a tenant orders.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    app::{ApiAccess, Channel},
    conditions::Condition,
    ending::Ending,
    message::{Args, Said},
    ownership::OwnershipPath,
    probe::NetworkProbe,
    rule::rules,
    text::{Date, Domain, Name, TimeOfDay, TimeZone},
};

rules! {
    "workspace.name-length" NAME_LENGTH: "size(self.metadata.name) <= 63",
        "metadata.name must have at most 63 characters: labels of what is written in sites bear it",
        "le nom a 63 caractères au plus : des étiquettes de ce qui est écrit dans les sites le portent";
    "workspace.min-cities" MIN_CITIES: "!has(self.placement) || !has(self.placement.minCities) || self.placement.minCities <= (has(self.placement.sites) ? self.placement.sites : 1)",
        "placement.minCities must not be above placement.sites",
        "placement.minCities ne doit pas dépasser placement.sites";
    "workspace.host-length" HOST_LENGTH: "self.apps.all(a, size(a.name) + 1 + size(self.domain) <= 253)",
        "APP.DOMAIN must have at most 253 characters: order under a shorter domain",
        "APPLICATION.DOMAINE a 253 caractères au plus : commandez sous un domaine plus court";
    "workspace.one-release" ONE_RELEASE: "has(self.version) != has(self.channel)",
        "give version or channel, one of them",
        "donnez version ou channel, l'un des deux";
}

/// What a tenant orders: apps, the kinds of data they will hold, how many sites, when changes may come.
#[derive(CustomResource, KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[kube(
    group = "beffroi.fr",
    version = "v1alpha1",
    kind = "Workspace",
    namespaced,
    status = "WorkspaceStatus",
    derive = "PartialEq",
    derive = "Default",
    shortname = "ws",
    category = "beffroi",
    annotation("helm.sh/resource-policy", "keep"),
    label("app.kubernetes.io/name", "beffroi-kinds"),
    label("app.kubernetes.io/part-of", "beffroi"),
    doc = "What a tenant orders: apps, the kinds of data they will hold, how many sites, when changes may come.",
    printcolumn(name = "Sites", type_ = "string", json_path = ".status.liesOn"),
    printcolumn(
        name = "Accepted",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Accepted")].status"#
    ),
    printcolumn(
        name = "Placed",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Placed")].status"#
    ),
    printcolumn(
        name = "Provisioned",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Provisioned")].status"#
    ),
    printcolumn(
        name = "Located",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Located")].status"#
    ),
    printcolumn(
        name = "BackedUp",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="BackedUp")].status"#
    ),
    printcolumn(
        name = "Compliant",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Compliant")].status"#
    ),
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
    printcolumn(name = "Deletion", type_ = "string", json_path = ".status.deletion.at"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    validation = NAME_LENGTH
)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = MIN_CITIES, validation = HOST_LENGTH)]
pub struct WorkspaceSpec {
    /// Apps of the catalogue, each once.
    #[schemars(length(min = 1, max = 16), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub apps: Vec<OrderedApp>,
    /// Kinds of data that it will hold; they decide which certifications are needed.
    #[schemars(length(min = 1, max = 16), extend("x-kubernetes-list-type" = "set"))]
    pub data: Vec<DataKind>,
    /// On how many sites, how far apart. The policy may ask for more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placement: Option<PlacementRequest>,
    /// Domain under which its apps are reached.
    pub domain: Domain,
    /// When changes may come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maintenance_window: Option<MaintenanceWindow>,
    /// Which new releases come by themselves.
    #[serde(default)]
    pub updates: UpdatePolicy,
    /// How it is backed up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup: Option<BackupRequest>,
    /// Stops its apps; data stays. A suspended workspace is not Ready.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub suspended: bool,
    /// When it is deleted with all its data. Until then its apps are stopped and data stays; unset, it is taken
    /// back. Nothing is deleted while it is paused. A workspace that holds data is kept for as long as the policy says
    /// (`deletion.minGraceDays`), counted from this order, whatever is written here: sooner it goes only where the API
    /// noted that a second person confirmed it. `status.deletion.at` tells which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delete_after: Option<Time>,
}

impl WorkspaceSpec {
    /// Whether its apps are stopped while its data stays.
    pub fn is_stopped(&self) -> bool {
        self.suspended || self.delete_after.is_some()
    }
}

/// An app of the catalogue, at a version or on a channel.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-one-of" = ["version", "channel"]))]
#[x_kube(validation = ONE_RELEASE)]
pub struct OrderedApp {
    /// Name of the `App`.
    pub name: Name,
    /// Version to stay on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63))]
    pub version: Option<String>,
    /// Channel to follow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
}

/// A kind of data.
#[derive(JsonSchema, Clone, Copy, Debug, Default, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub enum DataKind {
    /// Of public knowledge.
    Public,
    /// Of staff and daily administration.
    #[default]
    Staff,
    /// Of citizens.
    Citizens,
    /// Of pupils and students.
    Pupils,
    /// Of social aid.
    Social,
    /// Personal health data (CSP L.1111-8).
    Health,
    /// Sensitive data of the State (loi SREN art. 31).
    StateSensitive,
}

/// On how many sites, how far apart.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlacementRequest {
    /// Number of sites.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 8))]
    pub sites: Option<u32>,
    /// Least number of distinct cities.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 8))]
    pub min_cities: Option<u32>,
    /// Least great-circle distance between any two sites, in kilometres.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 20_000))]
    pub min_distance_km: Option<u32>,
    /// Sites to take first where the rules allow, in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    pub preferred_sites: Vec<Name>,
}

/// When changes may come.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MaintenanceWindow {
    /// Days of the week.
    #[schemars(length(min = 1, max = 7), extend("x-kubernetes-list-type" = "set"))]
    pub days: Vec<Weekday>,
    /// When it opens.
    pub start: TimeOfDay,
    /// How long it stays open, in minutes.
    #[schemars(range(min = 30, max = 1440))]
    pub duration_minutes: u32,
    /// Time zone of `start`.
    pub time_zone: TimeZone,
}

/// Day of the week.
#[derive(JsonSchema, Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[allow(missing_docs)]
pub enum Weekday {
    #[default]
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// Which new releases come by themselves.
#[derive(JsonSchema, Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub enum UpdatePolicy {
    /// None: the tenant says when. A channel is resolved once, at first installation.
    #[default]
    Pinned,
    /// The newest of the channel, inside the maintenance window.
    FollowChannel,
}

/// How a workspace is backed up.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BackupRequest {
    /// Hours between two backups.
    #[schemars(range(min = 1, max = 168))]
    pub every_hours: u32,
    /// Days that backups are kept.
    #[schemars(range(min = 1, max = 3650))]
    pub keep_days: u32,
}

/// What became of an order.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkspaceStatus {
    /// Generation of the spec that this status speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Mark of the order that stands in the audit log, field by field: what differs from it is told there.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub recorded_order: String,
    /// Generation of that order: who brought it to the next is known of that one step, and of no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded_generation: Option<i64>,
    /// `Accepted`, `Placed`, `Provisioned`, `Offered`, `Located`, `BackedUp`, `Probed`, `Compliant`, `Lasting`,
    /// `Ready`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
    /// Its namespace in each site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Domain that it was accepted under last: what its apps are reached by. It stays with its tenant for as long as
    /// this says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// Hosts that it was accepted with last; no other workspace is accepted with one of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 512), extend("x-kubernetes-list-type" = "set"))]
    pub hosts: Vec<String>,
    /// Names of the sites where it lies, in one line: a column of kubectl shows no more than one value.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub lies_on: String,
    /// Sites where it lies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub sites: Vec<PlacedSite>,
    /// Every site that was refused, with each rule that refused it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<RefusedSite>,
    /// What rules warn of without refusing, on the sites where it lies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Judgement>,
    /// What contradicts the place that its data should lie in; the first 32.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    pub findings: Vec<LocationFinding>,
    /// How many more there are.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub findings_omitted: u32,
    /// What holds its namespace in a site while it is being deleted, by kind and by finalizer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 256))]
    pub residue: Vec<Residue>,
    /// Release that each app is held at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["app"]))]
    pub releases: Vec<HeldRelease>,
    /// Releases that do not come yet, each with what it waits for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["app"]))]
    pub pending: Vec<PendingRelease>,
    /// What has ended, or ends within 90 days; the first 64.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    pub endings: Vec<Ending>,
    /// Its deletion, where it is ordered or asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion: Option<Deletion>,
}

/// A deletion that is ordered or asked for.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Deletion {
    /// Generation of the order that this speaks of.
    pub generation: i64,
    /// When the order to delete it was seen first, without having been taken back since: its time of grace counts from
    /// there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ordered_at: Option<Time>,
    /// When it is deleted: not before its order says so, nor before the policy lets one person have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Time>,
    /// Deletion sooner than that, which one person asked for and another may confirm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested: Option<RequestedDeletion>,
}

/// A deletion that waits for a second person.
#[derive(KubeSchema, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestedDeletion {
    /// Who asks: the subject of the token, and its issuer.
    pub by: String,
    /// Id of the request.
    pub request: String,
    /// Days from its confirmation to the end.
    pub grace_days: u32,
    /// When it was asked for.
    pub at: Time,
    /// Until when another person may confirm it.
    pub until: Time,
}

// The shape that serde asks for.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// A site where a workspace lies.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlacedSite {
    /// Name of the `Site`.
    pub name: String,
    /// City, as the site declares it.
    pub city: String,
    /// Since when it was chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Time>,
    /// Whether everything there is as planned and reports ready.
    pub ready: bool,
    /// What is going on there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Stable code of the message.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub code: String,
    /// Arguments of the message.
    #[serde(default, skip_serializing_if = "Args::is_empty")]
    pub args: Args,
    /// Pods that are ready, of those that exist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pods: Option<String>,
    /// What a probe of the network tried there last, where the policy asks for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<NetworkProbe>,
}

/// What is left in a namespace that is being deleted, as Kubernetes counts it: of one kind, or held by one finalizer;
/// or why nobody can delete it.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Residue {
    /// Name of the `Site`.
    pub site: String,
    /// Kind, as in addresses, with its group: `configmaps`, `certificates.cert-manager.io`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// Finalizer that holds them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finalizer: Option<String>,
    /// How many.
    pub count: u32,
    /// Why they cannot be deleted, in Kubernetes' own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

/// A site that was refused.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RefusedSite {
    /// Name of the `Site`.
    pub name: String,
    /// Each rule that refused it.
    pub by: Vec<Judgement>,
}

/// What a rule says.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Judgement {
    /// Id of the rule, for example JUR-02.
    pub rule: String,
    /// What it found.
    pub verdict: Verdict,
    /// Why, naming who and what.
    pub reason: String,
    /// Stable code of the reason.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub code: String,
    /// Arguments of the reason.
    #[serde(default, skip_serializing_if = "Args::is_empty")]
    pub args: Args,
    /// Of a rule on ownership: how the verdict comes about; the first four paths.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 4))]
    pub paths: Vec<OwnershipPath>,
}

/// Something that contradicts the place that data should lie in, or that nobody knows.
#[derive(KubeSchema, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LocationFinding {
    /// Id of the rule, for example LOC-01.
    pub rule: String,
    /// Name of the `Site`.
    pub site: String,
    /// Kind and name of what was seen.
    pub object: String,
    /// What was seen.
    pub observed: String,
    /// What should have been.
    pub expected: String,
    /// Both as codes with arguments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<Compared>,
    /// Since when.
    pub since: Time,
}

/// What was seen, and what should have been.
#[derive(JsonSchema, Clone, Debug, Default, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Compared {
    /// What was seen.
    pub observed: Said,
    /// What should have been.
    pub expected: Said,
}

/// What a rule found. Unproven never counts as pass.
#[derive(JsonSchema, Clone, Copy, Debug, Default, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub enum Verdict {
    /// The rule is met.
    Pass,
    /// The rule is broken.
    Fail,
    /// Only declared where the rule wants a signed document or an observation.
    #[default]
    Unproven,
}

/// Release that an app is held at.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HeldRelease {
    /// Name of the `App`.
    pub app: String,
    /// Version.
    pub version: String,
    /// Digest of its chart.
    pub digest: String,
    /// Repository of its chart. With what follows, it is held whatever the catalogue forgets.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub repository: String,
    /// What the app needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needs: Option<HeldNeeds>,
    /// Further hosts of the app below the workspace's domain.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// Last day of support, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supported_until: Option<Date>,
    /// Whether no older version can read the data that it changed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub irreversible: bool,
    /// Whether the catalogue lists it no longer: what runs stays.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withdrawn: bool,
    /// What really runs, by site, wherever that is not this release as a whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["site"]))]
    pub running: Vec<RunningRelease>,
}

/// What an app that is held needs.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HeldNeeds {
    /// Processors.
    pub cpu: String,
    /// Memory.
    pub memory: String,
    /// Volumes, together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage: Option<String>,
    /// What it does with the Kubernetes API of its site.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kubernetes_api: Vec<ApiAccess>,
}

/// What runs of an app in a site that does not run the release that is held.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RunningRelease {
    /// Name of the `Site`.
    pub site: String,
    /// Version that was installed whole last; absent: none was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Version that was begun after it and failed: parts of it may run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
}

/// The newest release of the channel that an app follows, where it is not the one that the app is held at.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PendingRelease {
    /// Name of the `App`.
    pub app: String,
    /// Version.
    pub version: String,
    /// What it waits for.
    pub waits_for: WaitsFor,
}

/// What a release waits for.
#[derive(JsonSchema, Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub enum WaitsFor {
    /// The maintenance window.
    #[default]
    Window,
    /// The tenant, whose updates are `Pinned`.
    Pinned,
    /// A release in between: it cannot follow the one that is held.
    UpgradePath,
}
