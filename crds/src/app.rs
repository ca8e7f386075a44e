//! `App`: an entry of the catalogue.

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    conditions::Condition,
    ending::Ending,
    provider::Document,
    rule::rules,
    text::{Address, Country, Date, Digest, HostLabel, Name, OciRepository, Quantity, Subdivision},
};

rules! {
    "app.name-length" NAME_LENGTH: "size(self.metadata.name) <= 53",
        "metadata.name must have at most 53 characters: its Helm release is named after it",
        "metadata.name a 53 caractères au plus : sa release Helm porte ce nom";
    "app.name-dot" NAME_DOT: "!self.metadata.name.contains('.')",
        "metadata.name must not hold a dot: the label APP of host APP.DOMAIN is made from it",
        "metadata.name ne contient pas de point : la partie APPLICATION de l'hôte APPLICATION.DOMAINE en est formée";
    "app.publisher-stays" PUBLISHER_STAYS: "self.publisher == oldSelf.publisher",
        "publisher is immutable: an app taken over by another publisher is another App",
        "publisher ne change pas : une application reprise par un autre éditeur est une autre App";
    "app.charts-stay" CHARTS_STAY: "!has(oldSelf.releases) || !has(self.releases) || self.releases.all(r, !oldSelf.releases.exists(o, o.version == r.version && (o.chart.digest != r.chart.digest || o.chart.repository != r.chart.repository)))",
        "releases: the chart of a published version is immutable: publish another version",
        "releases : le chart d'une version publiée ne change pas : publiez une autre version";
    "app.value-path" VALUE_PATH: "self.matches('^[A-Za-z0-9_-]+([.][A-Za-z0-9_-]+)*$')",
        "must be keys joined by dots, for example ingress.host",
        "s'écrit en clés séparées par des points, par exemple ingress.host";
    "app.inference-place" INFERENCE_PLACE: "!has(self.inference) || self.inference != 'InWorkspace' || !(has(self.inferenceCountry) || has(self.inferenceSubdivision) || has(self.inferenceProvider))",
        "inference: InWorkspace runs where the workspace lies: leave out inferenceCountry, inferenceSubdivision and inferenceProvider, or say Hosted",
        "inference : InWorkspace s'exécute là où se trouve l'espace de travail : omettez inferenceCountry, inferenceSubdivision et inferenceProvider, ou indiquez Hosted";
    "app.inference-subdivision" INFERENCE_SUBDIVISION: "!has(self.inferenceSubdivision) || (has(self.inferenceCountry) && self.inferenceSubdivision.startsWith(self.inferenceCountry + '-'))",
        "inferenceSubdivision must lie in inferenceCountry: for FR it begins with FR-",
        "inferenceSubdivision doit être dans inferenceCountry : pour FR, elle commence par FR-";
}

/// An entry of the catalogue: what it is, who publishes it, what it needs, where it keeps data.
#[derive(CustomResource, KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[kube(
    group = "beffroi.fr",
    version = "v1alpha1",
    kind = "App",
    status = "AppStatus",
    derive = "PartialEq",
    derive = "Default",
    category = "beffroi",
    annotation("helm.sh/resource-policy", "keep"),
    label("app.kubernetes.io/name", "beffroi-kinds"),
    label("app.kubernetes.io/part-of", "beffroi"),
    doc = "An entry of the catalogue: what it is, who publishes it, what it needs, where it keeps data.",
    printcolumn(name = "Title", type_ = "string", json_path = ".spec.title"),
    printcolumn(name = "Category", type_ = "string", json_path = ".spec.category"),
    printcolumn(name = "Publisher", type_ = "string", json_path = ".spec.publisher"),
    printcolumn(name = "Licence", type_ = "string", json_path = ".spec.licence"),
    printcolumn(
        name = "Orderable",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Orderable")].status"#
    ),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    validation = NAME_LENGTH,
    validation = NAME_DOT
)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = PUBLISHER_STAYS, validation = CHARTS_STAY)]
pub struct AppSpec {
    /// Name shown to people.
    #[schemars(length(min = 1, max = 100))]
    pub title: String,
    /// What it does, in a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1000))]
    pub description: Option<String>,
    /// What it serves for.
    pub category: Category,
    /// The `Provider` that publishes it. Immutable.
    pub publisher: Name,
    /// SPDX expression of its licence, or `LicenseRef-…`.
    #[schemars(length(min = 1, max = 100))]
    pub licence: String,
    /// Where its publisher offers its chart or describes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upstream: Option<Address>,
    /// Versions that can be ordered, each pinned by digest, the newest first. An entry without releases is listed,
    /// not offered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["version"]))]
    pub releases: Vec<Release>,
    /// What one instance needs.
    pub needs: Needs,
    /// Every place where it keeps data. It drives location evidence, backup and deletion alike; an app that
    /// keeps none says so with an empty list.
    #[schemars(length(max = 32), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub data_stores: Vec<DataStore>,
    /// Values that every instance is given.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    #[schemars(schema_with = "crate::text::free_object")]
    pub values: Map<String, Value>,
    /// Values filled from the workspace and its site.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["path"]))]
    pub filled_values: Vec<FilledValue>,
    /// Further hosts that it is reached by: labels below the workspace's domain, beside `APP.DOMAIN` and the domain
    /// itself, which every app may use. Ingresses of any other host are refused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "set"))]
    pub hosts: Vec<HostLabel>,
    /// AI models that it uses. Left out, none is declared: whoever publishes an app that uses one says so here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub ai_models: Vec<AiModel>,
}

impl AppSpec {
    /// The release that a workspace means by `version`, or the newest listed of `channel`.
    pub fn release(&self, version: Option<&str>, channel: Option<Channel>) -> Option<&Release> {
        match (version, channel) {
            (Some(version), _) => self.releases.iter().find(|r| r.version == version),
            (None, Some(channel)) => self.releases.iter().find(|r| r.channel == channel),
            (None, None) => None,
        }
    }
}

/// What an app serves for, in the words of those who use it.
#[derive(JsonSchema, Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Category {
    /// Mail.
    Courriel,
    /// Instant messaging.
    #[default]
    Messagerie,
    /// Calendar.
    Agenda,
    /// Video meetings.
    Visio,
    /// Documents kept and shared (gestion électronique de documents).
    Ged,
    /// Editing of documents.
    Bureautique,
    /// Human resources.
    Rh,
    /// Directory of people.
    Annuaire,
    /// Wiki.
    Wiki,
    /// Intranet and social network.
    Intranet,
    /// A whole suite.
    Suite,
}

/// How settled a release is.
#[derive(JsonSchema, Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub enum Channel {
    /// For everyday use.
    #[default]
    Stable,
    /// Supported for long.
    LongTerm,
    /// For trials.
    Preview,
}

/// A version that can be ordered. The first listed of a channel is the newest.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Release {
    /// Version of the app.
    #[schemars(length(min = 1, max = 63))]
    pub version: String,
    /// How settled it is.
    #[serde(default)]
    pub channel: Channel,
    /// The chart that installs it.
    pub chart: Chart,
    /// Images that it runs, each by digest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub images: Vec<Image>,
    /// Last day of support.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supported_until: Option<Date>,
    /// Whether installing it changes data in a way that an older version cannot read: who holds it, or a newer one,
    /// goes back to no older one. Older is what has the lower numbers, and of equal numbers what is listed below.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub irreversible: bool,
    /// Versions from which one may come straight to this one, whatever lies between; empty: from any, but for what
    /// is `irreversible`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(min = 1, max = 63)))]
    pub upgrades_from: Vec<String>,
}

/// A Helm chart in an OCI registry, by digest.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Chart {
    /// Repository.
    pub repository: OciRepository,
    /// Digest of the chart's manifest.
    pub digest: Digest,
}

impl Chart {
    /// Host of the registry, with its port.
    pub fn host(&self) -> &str {
        let rest = self.repository.strip_prefix("oci://").unwrap_or(&self.repository);
        rest.split_once('/').map_or(rest, |(host, _)| host)
    }
}

/// A container image, by digest.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Image {
    /// Repository with its registry, without tag.
    #[schemars(length(min = 1, max = 512))]
    pub name: String,
    /// Digest of the image's manifest.
    pub digest: Digest,
}

/// What one instance needs.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Needs {
    /// Processors.
    pub cpu: Quantity,
    /// Memory.
    pub memory: Quantity,
    /// Volumes, together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage: Option<Quantity>,
    /// Services that it must be given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    pub services: Vec<Service>,
    /// What it must be able to do with the Kubernetes API of its site. Beffroi makes an account for that, whose name
    /// the chart is given by filled value `ServiceAccount`; pods under other accounts are given no token.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 3), extend("x-kubernetes-list-type" = "set"))]
    pub kubernetes_api: Vec<ApiAccess>,
}

/// What an app may do with the Kubernetes API, in its workspace's namespace alone. It never reaches Secrets,
/// `ConfigMaps`, rights, or what runs inside pods.
#[derive(JsonSchema, Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub enum ApiAccess {
    /// See pods: members of a cluster find each other.
    Pods,
    /// See services and where they lead.
    Services,
    /// Hold leases: members of a cluster choose the one that leads.
    Leases,
}

impl ApiAccess {
    /// The role for it that chart `beffroi-site` defines.
    pub fn cluster_role(self) -> &'static str {
        match self {
            Self::Pods => "beffroi-app-pods",
            Self::Services => "beffroi-app-services",
            Self::Leases => "beffroi-app-leases",
        }
    }
}

/// A service that an app must be given.
#[derive(JsonSchema, Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Service {
    /// OpenID Connect provider.
    #[serde(rename = "OIDC")]
    Oidc,
    /// `PostgreSQL` database.
    #[serde(rename = "PostgreSQL")]
    Postgresql,
    /// `MySQL` or `MariaDB` database.
    #[serde(rename = "MySQL")]
    Mysql,
    /// Redis cache.
    Redis,
    /// S3 bucket.
    S3,
    /// Mail relay.
    #[serde(rename = "SMTP")]
    Smtp,
    /// `LiveKit` media server.
    LiveKit,
    /// TURN relay.
    #[serde(rename = "TURN")]
    Turn,
}

/// A place where an app keeps data.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DataStore {
    /// Name.
    pub name: Name,
    /// What it is.
    pub kind: DataStoreKind,
    /// What lies there, as one would tell a DPO.
    #[schemars(length(min = 1, max = 500))]
    pub contents: String,
    /// Whether it holds personal data.
    pub personal_data: bool,
    /// Whether it is backed up.
    pub backed_up: bool,
}

/// What a data store is.
#[derive(JsonSchema, Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub enum DataStoreKind {
    /// A volume in the workspace.
    #[default]
    Volume,
    /// A database.
    Database,
    /// A bucket.
    Bucket,
    /// A cache that may be lost.
    Cache,
    /// The publisher's own hosted service.
    Hosted,
}

/// A value filled from the workspace and its site.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FilledValue {
    /// Where in the chart's values: keys joined by dots, for example `ingress.host`.
    #[schemars(length(max = 200))]
    #[x_kube(validation = VALUE_PATH)]
    pub path: String,
    /// What is put there.
    pub from: ValueSource,
}

/// Where a filled value comes from.
#[derive(JsonSchema, Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub enum ValueSource {
    /// `APP.DOMAIN` of the workspace.
    #[default]
    Host,
    /// Domain of the workspace.
    Domain,
    /// Display name of the tenant.
    TenantTitle,
    /// Name of the workspace.
    WorkspaceName,
    /// Name of the site.
    SiteName,
    /// First storage class that the site declares.
    StorageClass,
    /// Ingress class that the site declares.
    IngressClass,
    /// First of the site's `gatewayHosts` that the policy allows, for a Service of type `ExternalName`. Where there is
    /// none, the app is not installed.
    GatewayHost,
    /// The account under which its pods may do what `needs.kubernetesApi` says; nothing where that says nothing.
    ServiceAccount,
}

/// An AI model that an app uses (AI Act art. 53).
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = INFERENCE_PLACE, validation = INFERENCE_SUBDIVISION)]
pub struct AiModel {
    /// Name and version.
    #[schemars(length(min = 1, max = 200))]
    pub name: String,
    /// SPDX expression of its licence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 100))]
    pub licence: Option<String>,
    /// Models it was made from, back to the first; empty for one trained from nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 16))]
    pub base_models: Option<Vec<BaseModel>>,
    /// Datasets it was trained on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64), inner(length(min = 1, max = 200)))]
    pub datasets: Option<Vec<String>>,
    /// Where inference runs. Left out with all of `inferenceCountry` and `inferenceProvider`, nobody has said where
    /// tenants' data goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inference: Option<Inference>,
    /// Country where inference runs, where that is not in the workspace itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inference_country: Option<Country>,
    /// Subdivision where it runs. Parts of France lie outside the European Union: the country alone says too little
    /// where the policy leaves some out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inference_subdivision: Option<Subdivision>,
    /// The `Provider` that runs it: the rules of law hold for it as for the publisher.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inference_provider: Option<Name>,
    /// Whether it is trained on tenants' data. Left out, nobody has said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trained_on_tenant_data: Option<bool>,
    /// The public summary of training content (AI Act art. 53.1.d).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<Document>,
}

/// Where inference runs.
#[derive(JsonSchema, Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Inference {
    /// In the workspace itself, at the sites where it lies; nothing is sent elsewhere.
    InWorkspace,
    /// As somebody's service, elsewhere.
    Hosted,
}

/// A model that another was made from.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BaseModel {
    /// Name and version.
    #[schemars(length(min = 1, max = 200))]
    pub name: String,
    /// SPDX expression of its licence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 100))]
    pub licence: Option<String>,
}

/// What Beffroi found of a catalogue entry.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AppStatus {
    /// Generation of the spec that this status speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// `Accepted`, `Orderable`, `Lasting`, `Ready`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
    /// What has ended, or ends within 90 days; the first 64.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    pub endings: Vec<Ending>,
}
