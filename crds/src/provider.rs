//! `Provider`: a legal entity one depends on.

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    conditions::Condition,
    ending::Ending,
    percent::Percent,
    rule::{self, rules},
    text::{Address, Country, Date, Digest, Lei, Name, Siren, Subdivision},
};

/// Countries whose registered entities have a SIREN, as CEL writes a list: France, and those of its lands that have a
/// code of their own in ISO 3166-1.
macro_rules! french {
    () => {
        "['FR','RE','GP','MQ','GF','YT','MF','BL','PM','NC','PF','WF','TF']"
    };
}

rules! {
    "provider.siren-stays" SIREN_STAYS: "!has(oldSelf.siren) || (has(self.siren) && self.siren == oldSelf.siren)",
        "siren is immutable: another legal entity is another Provider",
        "siren ne change pas : une autre entité juridique est un autre Provider";
    "provider.siren-french" SIREN_FRENCH: concat!("!has(self.siren) || self.seat.country in ", french!(), " || (has(self.branch) && self.branch)"),
        "siren is for an entity with its seat in France, or for a branch there of a firm whose seat is abroad: correct seat.country, say branch: true, or remove siren",
        "siren est réservé à une entité qui a son siège en France, ou à la succursale française d'une société étrangère : corrigez seat.country, indiquez branch: true, ou retirez siren";
    "provider.branch-abroad" BRANCH_ABROAD: concat!("!has(self.branch) || !self.branch || (has(self.siren) && !(self.seat.country in ", french!(), "))"),
        "branch is for a firm whose seat is abroad, with the SIREN of its branch in France: give seat.country and siren, or remove branch",
        "branch est réservé à une société dont le siège est à l'étranger, avec le SIREN de sa succursale en France : donnez seat.country et siren, ou retirez branch";
    "provider.capital-sum" CAPITAL_SUM: "!has(self.shareholders) || self.shareholders.map(s, s.capitalPercent).sum() <= 100.000000001",
        "shareholders: the capitalPercent of all add up to more than 100",
        "shareholders : la somme des capitalPercent dépasse 100 : corrigez les parts";
    "provider.votes-sum" VOTES_SUM: "!has(self.shareholders) || self.shareholders.map(s, s.votesPercent).sum() <= 100.000000001",
        "shareholders: the votesPercent of all add up to more than 100",
        "shareholders : la somme des votesPercent dépasse 100 : corrigez les parts";
    "provider.seat-subdivision" SEAT_SUBDIVISION: concat!("!has(self.subdivision) || self.subdivision.startsWith(self.country + '-') || (self.subdivision.startsWith('FR-') && self.country in ", french!(), ")"),
        "subdivision must lie in country",
        "subdivision doit être dans country : corrigez l'un des deux champs";
    "provider.identifier" IDENTIFIER: "has(self.siren) || has(self.lei)",
        "give siren, lei or both",
        "donnez siren, lei ou les deux";
    "provider.certificate-period" CERTIFICATE_PERIOD: "self.issued < self.expires",
        "expires must be later than issued",
        "expires doit être postérieur à issued";
    "provider.hds-activities" HDS_ACTIVITIES: "self.scheme == 'HDS' ? (has(self.hdsActivities) && size(self.hdsActivities) > 0) : !has(self.hdsActivities)",
        "hdsActivities must be given for HDS (numbers 1 to 6 of CSP R.1111-9), and for HDS only",
        "hdsActivities est obligatoire pour HDS (numéros 1 à 6 du CSP R.1111-9), et réservé à HDS";
}

/// A legal entity one depends on: hoster, publisher, subprocessor, operator of a registry or backup store.
#[derive(CustomResource, KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[kube(
    group = "beffroi.fr",
    version = "v1alpha1",
    kind = "Provider",
    status = "ProviderStatus",
    derive = "PartialEq",
    derive = "Default",
    shortname = "prov",
    category = "beffroi",
    annotation("helm.sh/resource-policy", "keep"),
    label("app.kubernetes.io/name", "beffroi-kinds"),
    label("app.kubernetes.io/part-of", "beffroi"),
    doc = "A legal entity one depends on: who it is, who owns it, what is certified of it.",
    printcolumn(name = "Legal name", type_ = "string", json_path = ".spec.legalName"),
    printcolumn(name = "Seat", type_ = "string", json_path = ".spec.seat.country"),
    printcolumn(name = "SIREN", type_ = "string", json_path = ".spec.siren"),
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
#[x_kube(
    validation = SIREN_STAYS, validation = SIREN_FRENCH, validation = BRANCH_ABROAD,
    validation = CAPITAL_SUM, validation = VOTES_SUM,
)]
pub struct ProviderSpec {
    /// Name in the trade register.
    #[schemars(length(min = 1, max = 200))]
    pub legal_name: String,
    /// SIREN, for an entity registered in France, or for the branch there of a firm from abroad. Immutable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub siren: Option<Siren>,
    /// LEI of the entity (ISO 17442), where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lei: Option<Lei>,
    /// Whether `siren` is that of a branch: the firm itself has its seat abroad, where `seat` says.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub branch: bool,
    /// Where the entity has its seat, its central administration and its principal establishment.
    pub seat: Seat,
    /// Who holds its capital and votes. What is left to 100 % is unproven, unless the entity is listed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    pub shareholders: Vec<Shareholder>,
    /// Agreements by which holders act in concert.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    pub pacts: Vec<Pact>,
    /// Whether its shares are traded on a regulated market: then only holders from 5 % on count, for smaller ones need
    /// not declare themselves (SecNumCloud 3.2, 19.6.b; code de commerce L233-7 I).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub listed: bool,
    /// The statement of ownership that backs `seat` and `shareholders`. Without it they are only declared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ownership_statement: Option<OwnershipStatement>,
    /// Providers that this one entrusts work or data to (GDPR art. 28).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    pub subprocessors: Vec<Subprocessor>,
    /// Technologies from outside the allowed countries that its service cannot run without, and whether their makers
    /// can reach data.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    pub dependencies: Vec<Dependency>,
    /// Qualifications and certificates. Each attaches to a service and version, never to the whole firm.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    pub certifications: Vec<Certification>,
    /// Whether the facts of this entry are invented for a sample.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub fictional: bool,
}

/// Seat, central administration and principal establishment (SecNumCloud 3.2, 19.6.a).
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = SEAT_SUBDIVISION)]
pub struct Seat {
    /// Country of the registered seat.
    pub country: Country,
    /// Subdivision of the registered seat (ISO 3166-2): Nouméa (FR-NC) is French and outside the European Union, Saint-Denis
    /// (FR-974, FR-RE) is French and inside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subdivision: Option<Subdivision>,
    /// Country of the central administration, where it differs from the seat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub administration_country: Option<Country>,
    /// Country of the principal establishment, where it differs from the seat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub establishment_country: Option<Country>,
}

/// What a holder is.
#[derive(JsonSchema, Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub enum HolderKind {
    /// A human being.
    Person,
    /// A State, or a body of public law.
    PublicBody,
    /// A company: somebody holds it in turn.
    Company,
    /// A company whose shares are traded on a regulated market.
    ListedCompany,
    /// A foundation or an association: nobody holds it.
    Foundation,
    /// The members of a cooperative, together: each has one vote.
    CooperativeMembers,
}

/// How registers know a holder: one hand is one hand under two spellings.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = IDENTIFIER)]
pub struct Identifier {
    /// SIREN, for one registered in France.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub siren: Option<Siren>,
    /// LEI (ISO 17442).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lei: Option<Lei>,
}

/// A holder of capital or votes (SecNumCloud 3.2, 19.6.b).
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Shareholder {
    /// Name of the holder.
    #[schemars(length(min = 1, max = 200))]
    pub name: String,
    /// What it is. Who stands behind a company must be said by the `Provider` that describes it; a holder whose kind is
    /// not said counts as a company.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<HolderKind>,
    /// How registers know it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identifier: Option<Identifier>,
    /// Country whose law the holder is under.
    pub country: Country,
    /// Share of the capital, in percent, as exactly as it is known: 24.004 is more than 24.
    pub capital_percent: Percent,
    /// Share of the votes, in percent, as exactly as it is known.
    pub votes_percent: Percent,
    /// Whether it holds a right of veto.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub veto: bool,
    /// Whether it may appoint the majority of the governing bodies.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub appoints_majority: bool,
    /// The `Provider` that describes this holder, where there is one: ownership is followed through it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<Name>,
}

/// What partners of a pact decide together.
#[derive(JsonSchema, Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub enum Decision {
    /// How they vote: with more than half of the votes, or more than 40 % and nobody larger, they control together.
    Votes,
    /// Whether to use a right of veto that is theirs together.
    Veto,
    /// Whom to appoint to the majority of the governing bodies.
    Appointment,
}

/// Holders who act in concert (code de commerce L233-10, L233-3 III).
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Pact {
    /// Who: names of `shareholders`, or of the `Provider` that describes them.
    #[schemars(length(min = 2, max = 32), inner(length(min = 1, max = 200)))]
    pub partners: Vec<String>,
    /// What they decide together; empty: their shares are added up, and no more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 3))]
    pub decide: Vec<Decision>,
}

/// A document one can ask for and compare with its digest.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Document {
    /// Where the document is published or kept.
    pub address: Address,
    /// SHA-256 digest of the document.
    pub digest: Digest,
    /// Who signed it.
    #[schemars(length(min = 1, max = 200))]
    pub signed_by: String,
}

/// A signed statement of who owns the entity.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OwnershipStatement {
    /// Day on which the statement was made.
    pub issued: Date,
    /// The signed document. Without it the statement is only declared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<Document>,
}

/// A provider that this one entrusts work or data to.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Subprocessor {
    /// The `Provider` that describes it.
    pub provider: Name,
    /// What it does.
    #[schemars(length(min = 1, max = 500))]
    pub activity: String,
    /// Countries from which it can reach data.
    #[schemars(length(min = 1, max = 32))]
    pub access_from: Vec<Country>,
    /// The contract or register entry that backs this line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<Document>,
}

/// A technology that the service cannot run without (SecNumCloud 3.2, 19.6.d), and what its maker can reach (19.6.c).
///
/// One of three ways out is wanted: `alternatives` from two third companies, `ownSkills`, or `qualifiedThirdParty`.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Dependency {
    /// Name of the technology.
    #[schemars(length(min = 1, max = 200))]
    pub name: String,
    /// Country whose law its publisher is under.
    pub country: Country,
    /// Who makes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 200))]
    pub maker: Option<String>,
    /// The `Provider` that describes the maker, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<Name>,
    /// Whether the maker has a technical possibility to reach data: then it is a link of the chain, like a
    /// subprocessor. One without is none. Not said: unproven.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub technical_access: Option<bool>,
    /// Third companies, or technologies of theirs, that could take its place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), inner(length(min = 1, max = 200)))]
    pub alternatives: Vec<String>,
    /// Own skills and means to go on without the maker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_skills: Option<OwnSkills>,
    /// A third party whose own service is qualified SecNumCloud, and that would take over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qualified_third_party: Option<QualifiedThirdParty>,
}

/// Skills and means of one's own.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OwnSkills {
    /// Which: people, sources, licences.
    #[schemars(length(min = 1, max = 500))]
    pub description: String,
    /// What backs them. Without it they are only declared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<Document>,
}

/// A third party that would take over.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct QualifiedThirdParty {
    /// The `Provider` that describes it.
    pub provider: Name,
    /// Its service, as its SecNumCloud certificate names it.
    #[schemars(length(min = 1, max = 200))]
    pub service: String,
}

/// Scheme of a qualification or certificate.
#[derive(JsonSchema, Clone, Copy, Debug, Default, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub enum Scheme {
    /// ANSSI's SecNumCloud qualification.
    #[default]
    SecNumCloud,
    /// Hébergeur de données de santé (CSP L.1111-8).
    #[serde(rename = "HDS")]
    Hds,
    /// ISO/IEC 27001.
    #[serde(rename = "ISO27001")]
    Iso27001,
    /// ANSSI's qualification of maintenance and administration providers.
    #[serde(rename = "PAMS")]
    Pams,
}

impl Scheme {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::SecNumCloud => "SecNumCloud",
            Self::Hds => "HDS",
            Self::Iso27001 => "ISO27001",
            Self::Pams => "PAMS",
        }
    }
}

/// A qualification or certificate: of a service and version, for a time.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = CERTIFICATE_PERIOD, validation = HDS_ACTIVITIES)]
pub struct Certification {
    /// Which scheme.
    pub scheme: Scheme,
    /// Version of the scheme's reference document, for example `3.2` for SecNumCloud or `2` for HDS.
    #[schemars(length(min = 1, max = 32))]
    pub version: String,
    /// Number of the certificate or decision.
    #[schemars(length(min = 1, max = 200))]
    pub reference: String,
    /// The service that is certified, as the certificate names it; a `Site` names the service it runs on.
    #[schemars(length(min = 1, max = 200))]
    pub service: String,
    /// HDS activities covered, 1 to 6 (CSP R.1111-9).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 6), inner(range(min = 1, max = 6)))]
    pub hds_activities: Vec<u8>,
    /// HDS: access from outside the EEA is disclosed in the contract (or there is none).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outside_eea_access_disclosed: Option<bool>,
    /// First day of validity.
    pub issued: Date,
    /// Last day of validity.
    pub expires: Date,
    /// The certificate itself. Without it the certification is only declared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<Document>,
}

/// What Beffroi found of a provider.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProviderStatus {
    /// Generation of the spec that this status speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// `Accepted`, `Certified`, `Lasting`, `Ready`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
    /// What has ended, or ends within 90 days; the first 64.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    pub endings: Vec<Ending>,
}
