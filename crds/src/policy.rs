//! `SovereigntyPolicy`: the rules that a tenant's workspaces are held to.

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    conditions::Condition,
    provider::Scheme,
    rule::{self, rules},
    text::{Country, Host, Name, Subdivision},
    workspace::DataKind,
};

rules! {
    "policy.subdivisions" SUBDIVISIONS: "!has(self.subdivisions) || self.subdivisions.all(s, self.countries.exists(c, s.startsWith(c + '-')))",
        "subdivisions: each must lie in one of countries",
        "subdivisions : chacune doit être dans un des pays de countries";
    "policy.foreign-shares" FOREIGN_SHARES: "self.maxForeignShareEach <= self.maxForeignShareTogether",
        "maxForeignShareEach must not be above maxForeignShareTogether",
        "maxForeignShareEach ne doit pas dépasser maxForeignShareTogether";
    "policy.min-cities" MIN_CITIES: "self.minCities <= self.minSites",
        "minCities must not be above minSites",
        "minCities ne doit pas dépasser minSites";
}

/// The rules that a tenant's workspaces are held to.
#[derive(CustomResource, KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[kube(
    group = "beffroi.fr",
    version = "v1alpha1",
    kind = "SovereigntyPolicy",
    plural = "sovereigntypolicies",
    status = "PolicyStatus",
    derive = "PartialEq",
    derive = "Default",
    shortname = "sovpol",
    category = "beffroi",
    annotation("helm.sh/resource-policy", "keep"),
    label("app.kubernetes.io/name", "beffroi-kinds"),
    label("app.kubernetes.io/part-of", "beffroi"),
    doc = "The rules that a tenant's workspaces are held to: who may own, who may operate, where data may lie.",
    printcolumn(name = "Countries", type_ = "string", json_path = ".spec.place.countries"),
    printcolumn(name = "Sites", type_ = "integer", json_path = ".spec.redundancy.minSites"),
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
pub struct SovereigntyPolicySpec {
    /// What this policy is for, in a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1000))]
    pub description: Option<String>,
    /// Where data may lie.
    pub place: Place,
    /// Who may own, and which laws are kept out.
    pub law: Law,
    /// Certifications that must be in force.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    pub certifications: Vec<RequiredCertification>,
    /// Registries that charts and images may come from; empty: any registry that the site declares.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    pub registries: Vec<Host>,
    /// How images are named.
    #[serde(default)]
    pub images: ImageRule,
    /// What is asked of volumes.
    #[serde(default)]
    pub volumes: VolumeRule,
    /// Publishers whose apps may be ordered; empty: all that the rules of law let pass.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    pub publishers: Vec<Name>,
    /// Destinations outside the workspace that its apps may open connections to; none by default.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub egress: Vec<EgressDestination>,
    /// Where and whether data is backed up.
    #[serde(default)]
    pub backup: BackupRule,
    /// How data is encrypted at rest.
    #[serde(default)]
    pub encryption: EncryptionRule,
    /// On how many sites, how far apart.
    #[serde(default)]
    pub redundancy: Redundancy,
    /// How long deleted data is kept.
    #[serde(default)]
    pub deletion: DeletionRule,
    /// Rules that refuse although their severity alone would only warn.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(min = 4, max = 6)))]
    pub enforce: Vec<String>,
    /// Rules of one's own, in CEL, judged for each candidate site.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub custom_rules: Vec<CustomRule>,
    /// Seconds after which an observation of where data lies is too old to rest on.
    #[serde(default = "observation_max_age")]
    #[schemars(range(min = 60, max = 604_800))]
    pub observation_max_age_seconds: u32,
    /// Whether a short-lived pod of Beffroi's tries in each site, now and then, what pods of a workspace reach beyond
    /// what they may: LOC-04 is then observed, and otherwise declared.
    #[serde(default, skip_serializing_if = "is_false")]
    pub network_probe: bool,
}

// The shape that serde asks for.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_false(asked: &bool) -> bool {
    !asked
}

fn observation_max_age() -> u32 {
    900
}

/// How images are named.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ImageRule {
    /// Whether each image must be named by digest: a tag can be moved to other content.
    #[serde(default)]
    pub by_digest: bool,
}

/// What is asked of volumes.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VolumeRule {
    /// Whether the place of each volume must be shown by what is seen of it: a class whose provisioner the site
    /// declares, and a topology. A volume of unknown place is then a finding (LOC-01); otherwise it is only said not
    /// to be proven.
    #[serde(default)]
    pub proven_place: bool,
}

/// Where data may lie.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = SUBDIVISIONS)]
pub struct Place {
    /// Countries.
    #[schemars(length(min = 1, max = 64))]
    pub countries: Vec<Country>,
    /// Subdivisions of those countries; empty: anywhere in them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 128))]
    pub subdivisions: Vec<Subdivision>,
    /// Subdivisions to leave out although their country is allowed, for example FR-NC, which lies outside
    /// the European Union.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 128))]
    pub excluded_subdivisions: Vec<Subdivision>,
}

/// Who may own, and which laws are kept out (SecNumCloud 3.2, 19.6).
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = FOREIGN_SHARES)]
pub struct Law {
    /// Countries where a provider may have its seat and its holders.
    #[schemars(length(min = 1, max = 64))]
    pub countries: Vec<Country>,
    /// Most that one holder from elsewhere may have, in percent of capital or votes (19.6.b: 24).
    #[serde(default = "share_each")]
    #[schemars(range(min = 0.0, max = 100.0))]
    pub max_foreign_share_each: f64,
    /// Most that holders from elsewhere may have together, in percent of capital or votes (19.6.b: 39).
    #[serde(default = "share_together")]
    #[schemars(range(min = 0.0, max = 100.0))]
    pub max_foreign_share_together: f64,
    /// Countries under whose control nobody in the chain may be, because their law reaches data abroad
    /// (US: Cloud Act, FISA 702).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    pub excluded_control: Vec<Country>,
    /// Days after which an ownership statement is too old (JUR-06).
    #[serde(default = "statement_days")]
    #[schemars(range(min = 1, max = 3650))]
    pub ownership_statement_max_age_days: u32,
}

fn share_each() -> f64 {
    24.0
}
fn share_together() -> f64 {
    39.0
}
fn statement_days() -> u32 {
    365
}

/// Who must hold a certification.
#[derive(JsonSchema, Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub enum Holder {
    /// The hoster, for the service that the site runs on.
    #[default]
    Hoster,
    /// The hoster and each subprocessor of the site.
    HosterAndSubprocessors,
}

/// A certification that must be in force.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RequiredCertification {
    /// Which scheme.
    pub scheme: Scheme,
    /// Lowest version of the scheme's reference document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 32))]
    pub min_version: Option<String>,
    /// HDS activities needed, 1 to 6.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 6), inner(range(min = 1, max = 6)))]
    pub hds_activities: Vec<u8>,
    /// Who must hold it.
    #[serde(default)]
    pub held_by: Holder,
    /// Only for workspaces that hold one of these kinds of data; empty: for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    pub for_data: Vec<DataKind>,
}

/// A destination that apps may open connections to.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EgressDestination {
    /// What lies there.
    pub name: Name,
    /// Address block.
    #[schemars(length(max = 64))]
    #[x_kube(validation = rule::CIDR)]
    pub cidr: String,
    /// Country where it lies.
    pub country: Country,
    /// TCP port.
    #[schemars(range(min = 1, max = 65535))]
    pub port: u16,
}

/// Where and whether data is backed up.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BackupRule {
    /// Whether a workspace must be backed up.
    #[serde(default)]
    pub required: bool,
    /// Whether backups must lie in another subdivision than the workspace.
    #[serde(default)]
    pub elsewhere: bool,
}

/// How data is encrypted at rest.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EncryptionRule {
    /// Whether each volume must be encrypted.
    #[serde(default)]
    pub at_rest: bool,
}

/// How long deleted data is kept, unless a second person confirms that it goes sooner.
#[derive(KubeSchema, Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeletionRule {
    /// Days that a workspace which holds data is kept once one person has ordered its deletion. Sooner it goes only
    /// where another person confirms it: another manager of the tenant, or the hosting provider (SecNumCloud 3.2 keeps
    /// data 21 days at closure). For a grouping, the longest among its own policy and its members'.
    #[serde(default = "grace_days")]
    #[schemars(range(min = 1, max = 90))]
    pub min_grace_days: u32,
}

impl Default for DeletionRule {
    fn default() -> Self {
        Self { min_grace_days: grace_days() }
    }
}

fn grace_days() -> u32 {
    7
}

/// On how many sites, how far apart.
#[derive(KubeSchema, Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = MIN_CITIES)]
pub struct Redundancy {
    /// Least number of sites.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 8))]
    pub min_sites: u32,
    /// Least number of distinct cities.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 8))]
    pub min_cities: u32,
    /// Least great-circle distance between any two sites, in kilometres.
    #[serde(default)]
    #[schemars(range(min = 0, max = 20_000))]
    pub min_distance_km: u32,
}

impl Default for Redundancy {
    fn default() -> Self {
        Self { min_sites: 1, min_cities: 1, min_distance_km: 0 }
    }
}

fn one() -> u32 {
    1
}

/// A rule of one's own. Variables: `site`, `provider`, `tenant`, `workspace`. True lets the site pass.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomRule {
    /// Name of the rule, shown in refusals.
    pub name: Name,
    /// CEL expression that yields a boolean.
    #[schemars(length(min = 1, max = 1024))]
    pub expression: String,
    /// What to tell when it refuses.
    #[schemars(length(min = 1, max = 500))]
    pub message: String,
}

/// What Beffroi found of a policy.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PolicyStatus {
    /// Generation of the spec that this status speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// `Accepted`, `Ready`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
}
