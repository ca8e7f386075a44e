//! `Tenant`: a public body, or a grouping of several.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    conditions::Condition,
    rule::rules,
    text::{Domain, Finess, Insee, Issuer, Name, Quantity, Scope, Siren, Siret, Uai},
};

/// Pattern of a mail address.
const MAIL: &str = "^[^@ ]+@[^@ ]+$";

rules! {
    "tenant.name-length" NAME_LENGTH: "size(self.metadata.name) <= 50",
        "metadata.name must have at most 50 characters: namespace tenant-NAME is made from it",
        "le nom a 50 caractères au plus : l'espace de noms tenant-NOM en est formé";
    "tenant.name-dot" NAME_DOT: "!self.metadata.name.contains('.')",
        "metadata.name must not hold a dot: namespace tenant-NAME is made from it",
        "le nom ne contient pas de point : l'espace de noms tenant-NOM en est formé";
    "tenant.kind-stays" KIND_STAYS: "self.kind == oldSelf.kind",
        "kind is immutable: another body is another Tenant",
        "kind ne change pas : un autre organisme s'enregistre comme une autre organisation";
    "tenant.siren-stays" SIREN_STAYS: "!has(oldSelf.siren) || (has(self.siren) && self.siren == oldSelf.siren)",
        "siren is immutable: another body is another Tenant",
        "siren ne change pas : un autre organisme s'enregistre comme une autre organisation";
    "tenant.siret-moves" SIRET_MOVES: "!has(oldSelf.siret) || (has(self.siret) && self.siret.startsWith(oldSelf.siret.substring(0, 9)))",
        "siret may change while its first nine digits, the SIREN, stay: another body is another Tenant",
        "siret peut changer tant que ses neuf premiers chiffres, le SIREN, restent les mêmes : un autre organisme s'enregistre comme une autre organisation";
    "tenant.finess-stays" FINESS_STAYS: "!has(oldSelf.finess) || (has(self.finess) && self.finess == oldSelf.finess)",
        "finess is immutable: another establishment is another Tenant",
        "finess ne change pas : un autre établissement s'enregistre comme une autre organisation";
    "tenant.uai-stays" UAI_STAYS: "!has(oldSelf.uai) || (has(self.uai) && self.uai == oldSelf.uai)",
        "uai is immutable: another establishment is another Tenant",
        "uai ne change pas : un autre établissement s'enregistre comme une autre organisation";
    "tenant.insee-stays" INSEE_STAYS: "!has(oldSelf.insee) || (has(self.insee) && self.insee == oldSelf.insee)",
        "insee is immutable: another commune is another Tenant",
        "insee ne change pas : une autre commune s'enregistre comme une autre organisation";
    "tenant.siret-of-siren" SIRET_OF_SIREN: "!has(self.siren) || !has(self.siret) || self.siret.startsWith(self.siren)",
        "siret must begin with siren",
        "siret doit commencer par siren";
    "tenant.number-needed" NUMBER_NEEDED: "self.kind == 'Groupement' || has(self.siren) || has(self.siret)",
        "siren or siret is required, except for kind Groupement",
        "siren ou siret est obligatoire, sauf pour un Groupement";
    "tenant.grouping-no-number" GROUPING_NO_NUMBER: "self.kind != 'Groupement' || !(has(self.siren) || has(self.siret))",
        "a Groupement has no legal personality, hence no siren or siret: name its members instead",
        "un Groupement n'a pas la personnalité morale, donc ni siren ni siret : nommez plutôt ses membres";
    "tenant.members" MEMBERS: "self.kind == 'Groupement' ? (has(self.members) && size(self.members) >= 2) : !has(self.members)",
        "members: a Groupement names at least two tenants, and no other kind names any",
        "members : un Groupement nomme au moins deux organisations, et lui seul en nomme";
    "tenant.members-once" MEMBERS_ONCE: "!has(self.members) || self.members.all(m, self.members.exists_one(n, n == m))",
        "members: the same tenant is named twice",
        "members : la même organisation est nommée deux fois";
    "tenant.insee-needed" INSEE_NEEDED: "self.kind != 'Commune' || has(self.insee)",
        "insee is required for kind Commune",
        "insee est obligatoire pour une Commune";
    "tenant.finess-needed" FINESS_NEEDED: "self.kind != 'EtablissementDeSante' || has(self.finess)",
        "finess is required for kind EtablissementDeSante",
        "finess est obligatoire pour un EtablissementDeSante";
    "tenant.uai-needed" UAI_NEEDED: "!(self.kind in ['EtablissementScolaire', 'Rectorat']) || has(self.uai)",
        "uai is required for kinds EtablissementScolaire and Rectorat",
        "uai est obligatoire pour un EtablissementScolaire et un Rectorat";
    "tenant.insee-commune" INSEE_COMMUNE: "!has(self.insee) || self.kind == 'Commune'",
        "insee is for kind Commune only",
        "insee est réservé à une Commune";
    "tenant.finess-hospital" FINESS_HOSPITAL: "!has(self.finess) || self.kind == 'EtablissementDeSante'",
        "finess is for kind EtablissementDeSante only",
        "finess est réservé à un EtablissementDeSante";
    "tenant.uai-school" UAI_SCHOOL: "!has(self.uai) || self.kind in ['EtablissementScolaire', 'Rectorat']",
        "uai is for kinds EtablissementScolaire and Rectorat only",
        "uai est réservé à un EtablissementScolaire et à un Rectorat";
    "identity.claims-checked" CLAIMS_CHECKED: "!has(self.require) || self.require.all(r, !(r.claim in ['iss', 'aud', 'exp', 'nbf', 'iat', self.groupsClaim]))",
        "require: iss, aud, exp, nbf, iat and the groups are checked already: name another claim, for example siret",
        "require : iss, aud, exp, nbf, iat et les groupes sont déjà vérifiés : nommez une autre revendication, par exemple siret";
    "identity.flow" FLOW: "!has(self.flow) || self.flow != 'Confidential'",
        "flow: Confidential is not supported: people sign in with a public client and PKCE, and tokens are JWT access tokens; put a broker such as Keycloak before an issuer that takes confidential clients only, and name the broker",
        "flow : Confidential n'est pas pris en charge : on se connecte avec un client public et PKCE, et les jetons d'accès sont des JWT ; mettez un intermédiaire tel que Keycloak devant un fournisseur d'identité qui n'admet que des clients confidentiels, et nommez l'intermédiaire";
    "identity.broker" BROKER: "!self.issuer.lowerAscii().matches('^https?://([^/@]*@)?([^/]*\\\\.)?(proconnect\\\\.gouv\\\\.fr|agentconnect\\\\.gouv\\\\.fr|dev-agentconnect\\\\.fr|franceconnect\\\\.gouv\\\\.fr|dev-franceconnect\\\\.fr)\\\\.?(:|/|$)')",
        "issuer: ProConnect and FranceConnect take confidential clients only, want a nonce, refuse PKCE and give access tokens that are no JWTs: put a broker such as Keycloak between, and name the broker's issuer",
        "issuer : ProConnect et FranceConnect n'admettent que des clients confidentiels, exigent un nonce, refusent PKCE et donnent des jetons d'accès qui ne sont pas des JWT : mettez un intermédiaire tel que Keycloak entre les deux, et nommez l'émetteur de l'intermédiaire";
    "identity.claims-once" CLAIMS_ONCE: "!has(self.require) || self.require.all(r, self.require.exists_one(s, s.claim == r.claim))",
        "require: the same claim is named twice, and a token bears it once",
        "require : la même revendication est nommée deux fois, et un jeton ne la porte qu'une fois";
    "contact.email" EMAIL: "self.matches('^[^@ ]+@[^@ ]+$')",
        "must be a mail address",
        "doit être une adresse de courriel";
}

/// A public body, or a grouping of several.
#[derive(CustomResource, KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[kube(
    group = "beffroi.fr",
    version = "v1alpha1",
    kind = "Tenant",
    status = "TenantStatus",
    derive = "PartialEq",
    derive = "Default",
    category = "beffroi",
    annotation("helm.sh/resource-policy", "keep"),
    label("app.kubernetes.io/name", "beffroi-kinds"),
    label("app.kubernetes.io/part-of", "beffroi"),
    doc = "A public body, or a grouping of several, who orders workspaces. Owns namespace tenant-NAME.",
    printcolumn(name = "Title", type_ = "string", json_path = ".spec.title"),
    printcolumn(name = "Kind", type_ = "string", json_path = ".spec.kind"),
    printcolumn(name = "Policy", type_ = "string", json_path = ".spec.policy"),
    printcolumn(name = "Workspaces", type_ = "integer", json_path = ".status.workspaces"),
    printcolumn(name = "Ready", type_ = "string", json_path = r#".status.conditions[?(@.type=="Ready")].status"#),
    printcolumn(name = "Reason", type_ = "string", json_path = r#".status.conditions[?(@.type=="Ready")].reason"#),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    validation = NAME_LENGTH,
    validation = NAME_DOT
)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = KIND_STAYS, validation = SIREN_STAYS, validation = SIRET_MOVES, validation = FINESS_STAYS,
    validation = UAI_STAYS, validation = INSEE_STAYS, validation = SIRET_OF_SIREN,
    validation = NUMBER_NEEDED, validation = GROUPING_NO_NUMBER, validation = MEMBERS,
    validation = MEMBERS_ONCE, validation = INSEE_NEEDED, validation = FINESS_NEEDED,
    validation = UAI_NEEDED, validation = INSEE_COMMUNE, validation = FINESS_HOSPITAL,
    validation = UAI_SCHOOL,
)]
pub struct TenantSpec {
    /// Name shown to people.
    #[schemars(length(min = 1, max = 200))]
    pub title: String,
    /// What body it is in French public law; rules key on it. Immutable.
    pub kind: TenantKind,
    /// SIREN. Immutable once given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub siren: Option<Siren>,
    /// SIRET of the establishment. Once given, it changes only where the body moves: its SIREN stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub siret: Option<Siret>,
    /// FINESS number of a health establishment. Immutable once given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finess: Option<Finess>,
    /// UAI of a school or rectorat. Immutable once given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uai: Option<Uai>,
    /// INSEE code of a commune. Immutable once given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub insee: Option<Insee>,
    /// The `SovereigntyPolicy` that its workspaces are held to.
    pub policy: Name,
    /// Tenants of a grouping, who share its workspaces.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    pub members: Vec<Name>,
    /// Domains that are its own, as the hosting provider vouches: workspaces are reached under these and no other. One
    /// that is not declared is proven by the tenant, with a DNS record that the condition of its order shows. A domain
    /// belongs to one tenant, with all below it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), extend("x-kubernetes-list-type" = "set"))]
    pub domains: Vec<Domain>,
    /// What it may use at most, all workspaces together, on each site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quota: Option<Quota>,
    /// Who signs in, and as what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    /// Whom to call.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    pub contacts: Vec<Contact>,
}

/// What body a tenant is in French public law.
#[derive(JsonSchema, Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub enum TenantKind {
    /// Commune.
    #[default]
    Commune,
    /// Établissement public de coopération intercommunale.
    #[serde(rename = "EPCI")]
    Epci,
    /// Département.
    Departement,
    /// Région.
    Region,
    /// Public health establishment.
    EtablissementDeSante,
    /// Rectorat d'académie, a service of the State.
    Rectorat,
    /// School, collège or lycée.
    EtablissementScolaire,
    /// Préfecture, a service of the State.
    Prefecture,
    /// Central administration of the State.
    AdministrationCentrale,
    /// Operator of the State.
    OperateurDeLEtat,
    /// Grouping without legal personality, such as a GHT.
    Groupement,
    /// Another public body.
    Autre,
}

impl TenantKind {
    /// Whether article 31 of the loi SREN (21 May 2024) binds it directly: the State and its operators.
    pub fn is_state(self) -> bool {
        matches!(
            self,
            Self::Rectorat | Self::Prefecture | Self::AdministrationCentrale | Self::OperateurDeLEtat
        )
    }
}

/// What a tenant may use at most, all workspaces together, on each site.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Quota {
    /// Workspaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspaces: Option<u32>,
    /// Processors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu: Option<Quantity>,
    /// Memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<Quantity>,
    /// Volumes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage: Option<Quantity>,
}

/// Who signs in, and as what: access tokens of one issuer (RFC 9068, or plain JWT), whose groups are roles here.
#[derive(KubeSchema, Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = CLAIMS_CHECKED, validation = FLOW, validation = BROKER, validation = CLAIMS_ONCE)]
pub struct Identity {
    /// Issuer of the tokens: claim `iss`, letter by letter.
    pub issuer: Issuer,
    /// What claim `aud` must hold (RFC 9068, 2.2). Absent: the audience that the API was started with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 200))]
    pub audience: Option<String>,
    /// How people sign in. What is declared and cannot work is refused at once.
    #[serde(default, skip_serializing_if = "Flow::is_public")]
    pub flow: Flow,
    /// Public client (RFC 6749, 2.1) that people sign in with on the API's page. Absent: the same as the audience.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 200))]
    pub client_id: Option<String>,
    /// What the page asks the issuer for besides `openid`, where groups or the audience come under a scope of their own.
    /// Empty: `profile`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "set"))]
    pub scopes: Vec<Scope>,
    /// The one algorithm that its tokens are signed with; a token that names another is refused (RFC 8725, 3.1).
    #[serde(default)]
    pub algorithm: TokenAlgorithm,
    /// Claim that holds the groups of a person: a list of texts, or one text (RFC 9068, 2.2.3.1). A dot steps into an
    /// object, as in Keycloak's `realm_access.roles`. A dot of the name itself is written `\\.`
    /// (`resource_access.portail\\.fr.roles`); a name that is an address (`https://x.example/groups`) is one name as it
    /// stands.
    #[serde(default = "groups_claim")]
    #[schemars(length(min = 1, max = 200))]
    pub groups_claim: String,
    /// What else a token must say to be of this tenant, where several bodies share an issuer: for example claim `siret`,
    /// as a broker before `ProConnect` hands it on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8))]
    pub require: Vec<ClaimValue>,
    /// Groups of that issuer, and the role of each.
    #[schemars(length(min = 1, max = 64))]
    pub roles: Vec<RoleBinding>,
}

impl Default for Identity {
    fn default() -> Self {
        Self {
            issuer: Issuer::default(),
            audience: None,
            flow: Flow::default(),
            client_id: None,
            scopes: Vec::new(),
            algorithm: TokenAlgorithm::default(),
            groups_claim: groups_claim(),
            require: Vec::new(),
            roles: Vec::new(),
        }
    }
}

fn groups_claim() -> String {
    "groups".into()
}

/// How people sign in at an issuer.
#[derive(JsonSchema, Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub enum Flow {
    /// With a public client and PKCE (RFC 7636): no secret is kept.
    #[default]
    Public,
    /// With a client that has a secret, as `ProConnect` wants it: not supported, and refused with what to do instead.
    Confidential,
}

impl Flow {
    // The shape that serde asks for.
    #[allow(clippy::trivially_copy_pass_by_ref)]
    fn is_public(&self) -> bool {
        *self == Self::Public
    }
}

/// Domains of issuers that take confidential clients only, and whose access tokens are no JWTs.
const CONFIDENTIAL: [&str; 5] = [
    "proconnect.gouv.fr",
    "agentconnect.gouv.fr",
    "dev-agentconnect.fr",
    "franceconnect.gouv.fr",
    "dev-franceconnect.fr",
];

/// Whether people may sign in at an issuer without a secret, as far as is known of it: the rule that the schema tells of
/// a tenant's.
pub fn takes_public_clients(issuer: &str) -> bool {
    let issuer = issuer.to_ascii_lowercase();
    let rest = issuer.split_once("://").map_or(issuer.as_str(), |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default().split(':').next().unwrap_or_default();
    let host = host.trim_end_matches('.');
    !CONFIDENTIAL.iter().any(|domain| {
        host.strip_suffix(domain).is_some_and(|before| before.is_empty() || before.ends_with('.'))
    })
}

/// An algorithm that tokens are signed with (RFC 7518, 3.1; RFC 8037).
#[derive(JsonSchema, Clone, Copy, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub enum TokenAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256: what every issuer can (`OpenID` Connect Core 1.0, 15.1).
    #[default]
    #[serde(rename = "RS256")]
    Rs256,
    /// RSASSA-PSS with SHA-256.
    #[serde(rename = "PS256")]
    Ps256,
    /// ECDSA on P-256 with SHA-256.
    #[serde(rename = "ES256")]
    Es256,
    /// Ed25519.
    #[serde(rename = "EdDSA")]
    EdDsa,
}

/// A claim and its value.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClaimValue {
    /// Name of the claim, written as `groupsClaim` is.
    #[schemars(length(min = 1, max = 200))]
    pub claim: String,
    /// The text that it must be, or hold where it is a list.
    #[schemars(length(min = 1, max = 200))]
    pub value: String,
}

/// A group and its role.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleBinding {
    /// Group as the token names it.
    #[schemars(length(min = 1, max = 200))]
    pub group: String,
    /// Role in Beffroi.
    pub role: Role,
}

/// A role of a tenant's people.
#[derive(JsonSchema, Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Reads.
    #[default]
    Lecteur,
    /// Orders and changes.
    Gestionnaire,
    /// Reads, with evidence and the audit log.
    Dpo,
}

/// Whom to call.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Contact {
    /// For what.
    pub role: ContactRole,
    /// Name of the person or desk.
    #[schemars(length(min = 1, max = 200))]
    pub name: String,
    /// Mail address.
    #[schemars(length(max = 254), extend("x-pattern" = MAIL))]
    #[x_kube(validation = EMAIL)]
    pub email: String,
    /// Telephone number (E.164).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 20))]
    pub phone: Option<String>,
}

/// What a contact is for.
#[derive(JsonSchema, Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub enum ContactRole {
    /// Data protection officer.
    #[default]
    #[serde(rename = "DPO")]
    Dpo,
    /// Responsable de la sécurité des systèmes d'information.
    #[serde(rename = "RSSI")]
    Rssi,
    /// On call, day and night.
    Astreinte,
}

/// What Beffroi made of a tenant.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TenantStatus {
    /// Generation of the spec that this status speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// The spec that stands in the audit log: what differs from it is told there.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    #[schemars(schema_with = "crate::text::free_object")]
    pub recorded_spec: Map<String, Value>,
    /// Generation of that spec: who brought it to the next is known of that one step, and of no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded_generation: Option<i64>,
    /// `Accepted`, `DomainsHeld`, `Ready`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
    /// Its namespace in the management cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Workspaces that it has ordered.
    #[serde(default)]
    pub workspaces: u32,
    /// SHA-256 of the policy that it was last told to be held to, as its audit log says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_digest: Option<String>,
    /// Domains that it holds: declared, or proven by it, since when. Nobody else is given one of them, or one above or
    /// below it, before it is let go of here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["domain"]))]
    pub domains: Vec<HeldDomain>,
    /// Numbers in public registers that it holds: no other Tenant is the body that they stand for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["field"]))]
    pub numbers: Vec<HeldNumber>,
    /// Members of a grouping, as they were when they were first seen: another Tenant that is given the name of one later
    /// is no member.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub members: Vec<BoundMember>,
    /// What it asks for and another Tenant has. Only the hosting provider reads whose it is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 128))]
    pub rivals: Vec<Rival>,
}

/// A domain that a tenant holds.
#[derive(KubeSchema, Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HeldDomain {
    /// The domain; what is below it is held with it.
    pub domain: String,
    /// What it rests on.
    pub by: HeldBy,
    /// Since when it is held.
    pub since: Time,
    /// Since when it is neither declared nor proven any more. What runs under it stays, and keeps it from others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost_since: Option<Time>,
}

/// What a domain is held by.
#[derive(JsonSchema, Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub enum HeldBy {
    /// The hosting provider vouches for it in `spec.domains`.
    #[default]
    Declared,
    /// The tenant has proven it, with a DNS record that names its UID.
    Proven,
}

/// A number in a public register that a tenant holds.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HeldNumber {
    /// Field of the spec that says it, for example `siret`.
    pub field: String,
    /// The number.
    pub value: String,
}

/// A member of a grouping.
#[derive(KubeSchema, Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BoundMember {
    /// Name of the Tenant.
    pub name: String,
    /// UID of the Tenant that had this name when it was first seen.
    pub uid: String,
    /// Since when.
    pub since: Time,
}

/// Something that another tenant has already.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rival {
    /// What is asked for, for example `domains`.
    pub field: String,
    /// The value that is asked for.
    pub value: String,
    /// The value that the other has.
    pub theirs: String,
    /// Name of the other Tenant.
    pub tenant: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuers_that_want_a_secret_are_known_by_their_domain() {
        for confidential in [
            "https://proconnect.gouv.fr/api/v2",
            "https://auth.agentconnect.gouv.fr/api/v2",
            "https://AUTH.AgentConnect.gouv.fr:443/api/v2",
            "https://fca.integ01.dev-agentconnect.fr/api/v2",
            "https://proconnect.gouv.fr.",
        ] {
            assert!(!takes_public_clients(confidential), "{confidential}");
        }
        for other in [
            "https://identite.example/realms/agents",
            "https://monproconnect.gouv.fr/api",
            "https://proconnect.gouv.fr.example/api",
            "https://identite.example/proconnect.gouv.fr",
        ] {
            assert!(takes_public_clients(other), "{other}");
        }
    }
    #[test]
    fn the_pattern_of_an_address_is_that_of_its_rule() {
        assert_eq!(EMAIL.rule, format!("self.matches('{MAIL}')"));
    }
}
