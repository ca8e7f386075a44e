//! What is claimed: an in-toto Statement v1 with one of three predicates.
//!
//! Where data lies ([`DataLocation`], in the shape of SLSA's verification summary: who verified, when, what,
//! by which policy, with which result), what touched a tenant ([`Audit`]), and which keys come next
//! ([`KeyRotation`]). Each is one entry of the same log.

use beffroi_crds::{
    message::Said,
    workspace::{Compared, LocationFinding},
};
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use schemars::JsonSchema;
use serde::{
    Deserialize, Serialize,
    de::{DeserializeOwned, Error as _},
};
use serde_json::Value;
use thiserror::Error;

use super::canonical;
use crate::message::{self, Draw, Language, Message};

/// Type of every statement.
pub const STATEMENT: &str = "https://in-toto.io/Statement/v1";
/// Predicate of [`DataLocation`].
pub const DATA_LOCATION: &str = "https://beffroi.fr/attestations/data-location/v2";
/// Predicate of [`DataLocation`] in its first version, which is read and written no more.
pub const DATA_LOCATION_V1: &str = "https://beffroi.fr/attestations/data-location/v1";
/// Predicate of [`Audit`].
pub const AUDIT: &str = "https://beffroi.fr/attestations/audit/v1";
/// Predicate of [`KeyRotation`].
pub const KEY_ROTATION: &str = "https://beffroi.fr/attestations/key-rotation/v1";

/// Why a statement cannot be read.
#[derive(Debug, Error)]
pub enum Error {
    /// Not JSON of this shape.
    #[error("the statement cannot be read: {0}")]
    Malformed(#[from] serde_json::Error),
    /// A predicate of another type.
    #[error("the statement claims {0}, which this version of Beffroi does not know: use a newer one")]
    UnknownPredicate(String),
    /// Not in-toto v1.
    #[error("the statement is of type {0}, not https://in-toto.io/Statement/v1")]
    UnknownType(String),
    /// The text is not the one canonical text.
    #[error("the statement is not in its one canonical text")]
    NotCanonical,
}

/// A statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// What it is about.
    pub subject: Subject,
    /// What is claimed of it.
    pub predicate: Predicate,
}

/// What a statement is about: one thing, by name and content.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// For a workspace `beffroi.fr/workspace/UID`.
    pub name: String,
    /// Digest of what was observed of it.
    pub digest: Sha256,
}

/// A SHA-256 digest, as in-toto's digest sets write it.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Sha256 {
    /// In hexadecimal.
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    pub sha256: String,
}

/// What is claimed.
#[derive(Clone, Debug, PartialEq)]
pub enum Predicate {
    /// Where the data of a workspace lies.
    DataLocation(Box<DataLocation>),
    /// Something that touched a tenant.
    Audit(Box<Audit>),
    /// Which keys sign from the next entry on.
    KeyRotation(KeyRotation),
}

/// Where the data of a workspace lies, by which rules, and how that was seen.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DataLocation {
    /// Which version of the predicate it is: told by the predicate's type, and not in it.
    #[serde(skip)]
    pub version: Version,
    /// Who verified.
    pub verifier: Verifier,
    /// When.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub time_verified: Timestamp,
    /// The workspace: `beffroi://tenants/UID/workspaces/UID`.
    pub resource_uri: String,
    /// The workspace, for people.
    pub workspace: WorkspaceRef,
    /// The rules that it was held to.
    pub policy: PolicyRef,
    /// Whether its data lies where the rules allow.
    pub verification_result: LocationVerdict,
    /// Sites where it lies.
    #[schemars(length(max = 64))]
    pub sites: Vec<SiteSummary>,
    /// Rules that were judged, each with its result.
    pub rules: Vec<RuleResult>,
    /// What contradicts them.
    #[schemars(length(max = 32))]
    pub findings: Vec<Finding>,
    /// Findings beyond those listed; all are in what was observed.
    pub findings_omitted: u32,
    /// What nobody proved: codes, each explained by `beffroi verify`.
    pub not_proven: Vec<Limit>,
}

/// A version of [`DataLocation`].
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Version {
    /// What was observed holds an extract of the policy that nothing binds to its digest, and rules over nothing
    /// hold. Its verdict is not drawn again.
    First,
    /// What was observed holds the policy whole, rules over nothing are without object, and findings are told in codes
    /// with arguments, rules by their ids: another wording changes nothing of what was signed.
    #[default]
    Second,
}

/// Something that contradicts the place that data should lie in, or that nobody knows.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Finding {
    /// Id of the rule, for example LOC-01.
    pub rule: String,
    /// Name of the `Site`.
    pub site: String,
    /// Kind and name of what was seen.
    pub object: String,
    /// What was seen.
    pub observed: Told,
    /// What should have been.
    pub expected: Told,
    /// Since when.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub since: Time,
}

/// What is told in a statement: a message, by code and arguments; in the first version an English sentence.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Told {
    /// A message.
    Said(Said),
    /// A sentence.
    Prose(String),
}

impl Told {
    /// The sentence in a language; what was written by a version that knows more is told by its code.
    pub fn in_language(&self, language: Language) -> String {
        match self {
            Self::Said(said) => message::drawn(language, &said.code, &said.args, &said.code),
            Self::Prose(text) => text.clone(),
        }
    }
}

impl Told {
    /// Code and arguments, where it has them.
    pub fn said(&self) -> Option<&Said> {
        match self {
            Self::Said(said) => Some(said),
            Self::Prose(_) => None,
        }
    }
}

impl Draw for Told {
    fn draw(&self, language: Language, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.in_language(language))
    }
}

impl From<&Message> for Told {
    fn from(message: &Message) -> Self {
        Self::Said(message.said())
    }
}

/// In English.
impl std::fmt::Display for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.in_language(Language::En))
    }
}

/// As a status tells it.
impl From<&Finding> for LocationFinding {
    fn from(finding: &Finding) -> Self {
        let said = |told: &Told| match told {
            Told::Said(said) => said.clone(),
            Told::Prose(_) => Said::default(),
        };
        Self {
            rule: finding.rule.clone(),
            site: finding.site.clone(),
            object: finding.object.clone(),
            observed: finding.observed.to_string(),
            expected: finding.expected.to_string(),
            said: Some(Compared { observed: said(&finding.observed), expected: said(&finding.expected) }),
            since: finding.since.clone(),
        }
    }
}

/// Whether data lies where the rules allow.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub enum LocationVerdict {
    /// All that was seen lies there.
    Located,
    /// Something lies elsewhere, or cannot be told.
    NotLocated,
    /// What was seen is too old, or not whole, or nothing was seen at all.
    Unknown,
}

/// Who verified.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Verifier {
    /// `https://beffroi.fr/operator`.
    pub id: String,
    /// Its version.
    pub version: String,
}

impl Default for Verifier {
    fn default() -> Self {
        Self { id: "https://beffroi.fr/operator".into(), version: env!("CARGO_PKG_VERSION").into() }
    }
}

/// A workspace and its tenant.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WorkspaceRef {
    /// UID: what it is.
    pub uid: String,
    /// Name, for people.
    pub name: String,
    /// Namespace in the management cluster.
    pub namespace: String,
    /// Name of the tenant, for people.
    pub tenant: String,
    /// UID of the tenant.
    pub tenant_uid: String,
}

/// The rules, by name and content.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyRef {
    /// `beffroi://policies/NAME`.
    pub uri: String,
    /// Digest of its spec.
    pub digest: Sha256,
}

/// A site where a workspace lies, in short.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SiteSummary {
    /// Name of the `Site`.
    pub name: String,
    /// Its hoster.
    pub provider: String,
    /// Country, as declared.
    pub country: String,
    /// ISO 3166-2 subdivision, as declared.
    pub subdivision: String,
    /// City, as declared.
    pub city: String,
    /// When it was last seen in full.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub observed_at: Option<Timestamp>,
    /// Pods seen.
    pub pods: u32,
    /// Nodes that carry them.
    pub nodes: u32,
    /// Claims of volumes seen.
    pub volumes: u32,
}

/// A rule and its result.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RuleResult {
    /// Id, for example LOC-01.
    pub id: String,
    /// Where it comes from, in English: in the first version alone. Whoever has the law finds it by the id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(skip)]
    pub source: Option<String>,
    /// What it found.
    pub result: RuleVerdict,
    /// Of LOC-04: when a probe of ours tried last what pods reach, in each site; of several the oldest. Absent: ways in
    /// and out are what objects declare, and nobody tried.
    #[serde(default, rename = "probedAt", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub probed_at: Option<Timestamp>,
}

/// What a rule found of what was seen.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub enum RuleVerdict {
    /// All that was seen keeps to it.
    Pass,
    /// Something contradicts it.
    Fail,
    /// It cannot be told; never counts as pass.
    Unproven,
    /// Nothing was seen that it speaks of: it neither holds nor not. Never counts as pass.
    WithoutObject,
}

/// What is not proven: the honest limits of a statement.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, Ord, PartialEq, PartialOrd, Serialize)]
pub enum Limit {
    /// A node's labels and provider id are what the cluster says of itself.
    NodePlaceIsDeclared,
    /// Where a storage class keeps its data is what the hosting provider declares.
    StoragePlaceIsDeclared,
    /// Nothing seen of some volume shows where it lies: its class's provisioner is not declared, or it has no topology.
    VolumePlaceNotShown,
    /// That volumes are encrypted is what the hosting provider declares.
    EncryptionIsDeclared,
    /// No volume was seen: nothing is said of where volumes lie.
    VolumesNotSeen,
    /// No backup was seen: nothing is said of where backups lie.
    BackupsNotSeen,
    /// Network policies are stored; that they are enforced was not seen.
    FlowsNotSeen,
    /// What is reached was tried from one node of each site, at one moment, and of the destinations that are listed: other
    /// nodes and other destinations were not.
    FlowsTriedFromOneNode,
    /// Images are identified by digest and registry; their signatures were not verified.
    ImageSignaturesNotVerified,
    /// Who owns and operates rests on documents whose own signatures were not verified.
    DocumentsNotVerified,
    /// What happened between two observations was not seen.
    BetweenObservations,
}

/// Something that touched a tenant.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Audit {
    /// When it was recorded.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub time: Timestamp,
    /// What happened.
    pub action: Action,
    /// Name of the tenant, for people.
    pub tenant: String,
    /// UID of the tenant.
    pub tenant_uid: String,
    /// SIREN of the tenant, where it is about the tenant itself and it has one: whoever comes after it is known by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub siren: Option<String>,
    /// The workspace, where it is about one.
    pub workspace: Option<WorkspaceRef>,
    /// The site, where it happened in one.
    pub site: Option<String>,
    /// What was touched.
    pub object: String,
    /// Who did it, as far as it can be told.
    pub actor: Option<String>,
    /// What happened.
    pub note: Told,
    /// Where a workspace was deleted: what was looked for then, and what was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remains: Option<Remains>,
}

/// What was looked for once the namespaces of a workspace were gone, and what was found.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Remains {
    /// Kinds that were looked for, site by site.
    #[schemars(length(max = 256))]
    pub looked_at: Vec<LookedAt>,
    /// What is left; the first 64.
    #[schemars(length(max = 64))]
    pub left: Vec<Left>,
    /// How many more there are.
    pub left_omitted: u32,
    /// Where data of the workspace may lie that nobody looked at.
    #[schemars(length(max = 64))]
    pub not_looked_at: Vec<Told>,
}

/// A kind that was looked for in a site.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LookedAt {
    /// Name of the `Site`.
    pub site: String,
    /// Kind.
    pub kind: String,
    /// How that went.
    pub result: LookResult,
}

/// How a look for a kind went.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, Ord, PartialEq, PartialOrd, Serialize)]
pub enum LookResult {
    /// All objects of the kind were listed.
    Seen,
    /// The site serves no such kind.
    NotServed,
    /// The site does not let Beffroi list the kind: nothing is said of it.
    NotAllowed,
}

/// Something that is left of a workspace.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Left {
    /// Name of the `Site`.
    pub site: String,
    /// Kind.
    pub kind: String,
    /// Name.
    pub name: String,
    /// Where it lies, as far as the object says: class and handle, store.
    pub place: String,
    /// What becomes of it: `Released, Retain`.
    pub state: String,
}

/// What happened.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub enum Action {
    /// A tenant was registered.
    TenantRegistered,
    /// What is said of a tenant was changed: who may sign in and as what, its members, its quota, its policy.
    TenantChanged,
    /// A tenant is gone.
    TenantDeleted,
    /// The rules that a tenant is held to changed.
    PolicyChanged,
    /// A workspace was ordered.
    WorkspaceOrdered,
    /// The order of a workspace was changed: other apps, suspended, resumed, its deletion scheduled or taken back.
    WorkspaceChanged,
    /// Sites were chosen for a workspace, or others than before.
    WorkspacePlaced,
    /// One person asked to have a workspace deleted sooner than one person may: it waits for another.
    DeletionRequested,
    /// What was so asked for came to nothing: taken back, void, or confirmed by nobody in time.
    DeletionDropped,
    /// A workspace is gone from every site.
    WorkspaceDeleted,
    /// An app of a workspace is held at another release, or at one that the catalogue lists no longer.
    ReleaseChanged,
    /// Someone changed or deleted what Beffroi placed in a site; it was put right.
    Intervention,
    /// Reconciliation of a workspace was paused.
    Paused,
    /// Reconciliation of a workspace goes on.
    Resumed,
}

/// Which keys sign from the next entry on; signed by those before them.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KeyRotation {
    /// When.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub time: Timestamp,
    /// The public file of the keys that follow.
    pub successor: String,
}

/// An in-toto Statement v1 about one subject.
#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "Statement")]
pub(super) struct Wire<P> {
    #[serde(rename = "_type")]
    type_: String,
    subject: [Subject; 1],
    predicate_type: String,
    predicate: P,
}

impl Statement {
    /// The one canonical text.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn to_vec(&self) -> Result<Vec<u8>, serde_json::Error> {
        let predicate = match &self.predicate {
            Predicate::DataLocation(p) => serde_json::to_value(p)?,
            Predicate::Audit(p) => serde_json::to_value(p)?,
            Predicate::KeyRotation(p) => serde_json::to_value(p)?,
        };
        canonical::to_vec(&Wire {
            type_: STATEMENT.into(),
            subject: [self.subject.clone()],
            predicate_type: self.predicate.uri().into(),
            predicate,
        })
    }

    /// Reads a statement.
    ///
    /// # Errors
    /// When it is not one, or not in its one canonical text.
    pub fn parse(text: &[u8]) -> Result<Self, Error> {
        fn read<T: DeserializeOwned>(value: Value) -> Result<T, Error> {
            Ok(serde_json::from_value(value)?)
        }
        let wire: Wire<Value> = serde_json::from_slice(text)?;
        if wire.type_ != STATEMENT {
            return Err(Error::UnknownType(wire.type_));
        }
        let predicate = match wire.predicate_type.as_str() {
            DATA_LOCATION => Predicate::DataLocation(Box::new(second(read(wire.predicate)?)?)),
            DATA_LOCATION_V1 => Predicate::DataLocation(Box::new(first(read(wire.predicate)?)?)),
            AUDIT => Predicate::Audit(read(wire.predicate)?),
            KEY_ROTATION => Predicate::KeyRotation(read(wire.predicate)?),
            other => return Err(Error::UnknownPredicate(other.to_owned())),
        };
        let [subject] = wire.subject;
        let statement = Self { subject, predicate };
        if statement.to_vec()? == text { Ok(statement) } else { Err(Error::NotCanonical) }
    }
}

/// A claim of the second version; its rules are told by their ids.
fn second(claim: DataLocation) -> Result<DataLocation, Error> {
    if claim.rules.iter().any(|rule| rule.source.is_some()) {
        return Err(serde_json::Error::custom("the source of a rule in one of the second version").into());
    }
    Ok(claim)
}

/// A claim of the first version; it knows none of the words that came later.
fn first(claim: DataLocation) -> Result<DataLocation, Error> {
    let later =
        claim.rules.iter().any(|rule| rule.result == RuleVerdict::WithoutObject || rule.source.is_none())
            || claim
                .not_proven
                .iter()
                .any(|limit| [Limit::VolumesNotSeen, Limit::VolumePlaceNotShown].contains(limit));
    if later {
        return Err(serde_json::Error::custom("a shape of a later version in one of the first").into());
    }
    Ok(DataLocation { version: Version::First, ..claim })
}

impl Predicate {
    /// Its type.
    pub fn uri(&self) -> &'static str {
        match self {
            Self::DataLocation(claim) if claim.version == Version::First => DATA_LOCATION_V1,
            Self::DataLocation(_) => DATA_LOCATION,
            Self::Audit(_) => AUDIT,
            Self::KeyRotation(_) => KEY_ROTATION,
        }
    }

    /// When it was made.
    pub fn time(&self) -> Timestamp {
        match self {
            Self::DataLocation(p) => p.time_verified,
            Self::Audit(p) => p.time,
            Self::KeyRotation(p) => p.time,
        }
    }

    /// UID of the tenant that it is about.
    pub fn tenant_uid(&self) -> Option<&str> {
        match self {
            Self::DataLocation(p) => Some(&p.workspace.tenant_uid),
            Self::Audit(p) => Some(&p.tenant_uid),
            Self::KeyRotation(_) => None,
        }
    }

    /// The workspace that it is about.
    pub fn workspace(&self) -> Option<&WorkspaceRef> {
        match self {
            Self::DataLocation(p) => Some(&p.workspace),
            Self::Audit(p) => p.workspace.as_ref(),
            Self::KeyRotation(_) => None,
        }
    }
}

/// Name of a workspace as a subject.
pub fn workspace_subject(uid: &str) -> String {
    format!("beffroi.fr/workspace/{uid}")
}

/// A change of keys as a statement.
pub fn rotation(successor: &super::PublicKeys, time: Timestamp) -> Statement {
    let text = successor.to_text();
    Statement {
        subject: rotation_subject(&text),
        predicate: Predicate::KeyRotation(KeyRotation { time, successor: text }),
    }
}

/// What a change of keys is about: the public file of the keys that follow.
pub fn rotation_subject(successor: &str) -> Subject {
    Subject {
        name: "beffroi.fr/keys".into(),
        digest: Sha256 { sha256: canonical::sha256(successor.as_bytes()) },
    }
}

/// An audit entry as a statement about `object`, whose content (if any) is `content`.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn audit(entry: Audit, content: &impl Serialize) -> Result<Statement, serde_json::Error> {
    Ok(Statement {
        subject: Subject {
            name: entry.object.clone(),
            digest: Sha256 { sha256: canonical::digest(content)? },
        },
        predicate: Predicate::Audit(Box::new(entry)),
    })
}
