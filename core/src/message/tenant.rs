//! What is said of tenants: what they name, what they hold, what keeps them, and what the log tells of them.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Draw, Language};

messages! {
    /// What is said of tenants.
    TenantMessage {
        /// It names a policy that there is not.
        "tenant.no-such-policy" NoSuchPolicy { policy: String }
            "spec.policy: no SovereigntyPolicy is named {policy}: create it, or correct the name"
            "aucune politique ne porte le nom {policy} : l'hébergeur doit la créer ou corriger le nom"
        /// It names members that there are not.
        "tenant.no-such-member" NoSuchMember { members: Vec<String> }
            "spec.members: no Tenant is named {members}: create it, or correct the name"
            "membres qui ne sont pas enregistrés : {members} ; l'hébergeur doit les enregistrer ou corriger les noms"
        /// Somebody else has a member's name by now.
        "tenant.member-replaced" MemberReplaced { members: Vec<String> }
            "spec.members: another Tenant has the name of member {members} by now, and is no member: take the name out, or, to make it one, take it out and put it in again"
            "membres dont une autre organisation, qui n'est pas membre, porte désormais le nom : {members} ; pour chacun, l'hébergeur doit retirer le nom ou, pour en faire un membre, le retirer puis le remettre"
        /// Another tenant is that body already.
        "tenant.body-taken" BodyTaken { numbers: Vec<Number> }
            "another Tenant is registered with {numbers}: one body is one Tenant: correct the number, or remove one of both; the hosting provider reads which in status.rivals"
            "une autre organisation est enregistrée avec {numbers} : un organisme n'est enregistré qu'une fois : l'hébergeur, qui sait laquelle, doit corriger le numéro ou retirer l'une des deux"
        /// Domains below which others register are declared for it.
        "tenant.domain-is-public-suffix" PublicSuffix { domains: Vec<String> }
            "spec.domains: others register below {domains}: name the tenant's own domain below it"
            "domaines : d'autres s'enregistrent sous {domains} : l'hébergeur doit nommer le domaine propre de l'organisation, en dessous"
        /// Domains that another tenant holds are declared for it.
        "tenant.domain-taken" DomainTaken { domains: Vec<String> }
            "spec.domains: another Tenant holds {domains}, or what lies above or below it: correct one of both, whose name the hosting provider reads in status.rivals"
            "domaines : une autre organisation tient {domains}, ou ce qui se trouve au-dessus ou en dessous : l'hébergeur, qui sait laquelle, doit corriger l'une des deux"
        /// Domains that it holds are neither declared nor proven any more.
        "tenant.domain-lost" DomainLost { domains: Vec<String>, record: String, value: String }
            "neither declared nor proven any more: {domains}; what is reached by it stays and no other order is taken under it: put back the DNS record {record} TXT \"{value}\" or that of the domain concerned, declare it in spec.domains, or move its workspaces to another domain"
            "domaines qui ne sont plus ni déclarés ni prouvés : {domains} ; ce qui est accessible par eux reste en place, et aucune autre commande n'est prise sous ces domaines : remettez l'enregistrement DNS {record} TXT \"{value}\", ou celui du domaine concerné, demandez à l'hébergeur de le déclarer, ou passez ses espaces de travail à un autre domaine"
        /// Whether a domain that it holds is proven still cannot be seen now.
        "tenant.domain-not-looked-up" DomainNotLookedUp { domain: String, why: NoAnswer }
            "the DNS record of {domain} cannot be looked up, and counts until it is seen to be gone: {why}"
            "l'enregistrement DNS de {domain} n'a pas pu être lu, et compte jusqu'à ce qu'on voie qu'il n'est plus là : {why}"
        /// It is deleted, and its workspaces are as well.
        "tenant.workspaces-leave" WorkspacesLeave { workspaces: Names }
            "its workspaces are being removed: {workspaces}"
            "ses espaces de travail sont en cours de suppression : {workspaces}"
        /// It is to be deleted, and workspaces of it are not.
        "tenant.workspaces-stand" WorkspacesStand { workspaces: Names }
            "is deleted once its workspaces are, and these still stand: {workspaces}; no data goes with its tenant: delete each of them, or wait for the end that its order names (spec.deleteAfter)"
            "sera supprimée quand ses espaces de travail le seront ; il reste : {workspaces} ; aucune donnée ne part avec son organisation : supprimez chacun d'eux, ou attendez la fin que sa commande fixe"
        /// Its namespace is somebody else's.
        "tenant.namespace-taken" NamespaceTaken { namespace: String }
            "namespace {namespace} exists and is not this tenant's: remove or rename it, Beffroi takes over nothing that it did not make"
            "l'espace de noms {namespace} existe et n'est pas celui de cette organisation : l'hébergeur doit l'enlever ou le renommer, Beffroi ne reprend que ce qu'il a fait"
        /// It is deleted, and its namespace goes.
        "tenant.namespace-leaves" NamespaceLeaves { namespace: String }
            "namespace {namespace} is being removed"
            "l'espace de noms {namespace} est en cours de suppression"
        /// The log: it is there.
        "tenant.registered" Registered
            "registered"
            "enregistrée"
        /// The log: it is gone.
        "tenant.gone" Gone
            "its workspaces and its namespace are gone"
            "ses espaces de travail et son espace de noms sont supprimés"
        /// The log: it changed, and what it was nobody kept.
        "tenant.changed-unkept" ChangedUnkept
            "changed since an older version of Beffroi looked, which kept nothing of it"
            "modifiée depuis le passage d'une version antérieure de Beffroi, qui n'en avait rien gardé"
        /// The log: it changed, and is as it was.
        "tenant.changed-back" ChangedBack
            "changed, and changed back"
            "modifiée, puis remise comme avant"
        /// The log: what of it changed.
        "tenant.changed" Changed { fields: Vec<Field> }
            "changed: {fields}"
            "modifiée : {fields}"
        /// The log: a field says something else.
        "tenant.field-replaced" Replaced { field: Field, is: Quoted, was: Quoted }
            "{field} is now {is}, before: {was}"
            "{field} : désormais {is}, auparavant {was}"
        /// The log: a field says something that said nothing.
        "tenant.field-set" Set { field: Field, is: Quoted }
            "{field} is now {is}, before: nothing"
            "{field} : désormais {is}, auparavant rien"
        /// The log: a field says nothing any more.
        "tenant.field-unset" Unset { field: Field, was: Quoted }
            "{field} is now nothing, before: {was}"
            "{field} : désormais rien, auparavant {was}"
        /// The log: what a list has besides.
        "tenant.list-gains" Gains { field: Field, items: Vec<Quoted> }
            "{field} gains {items}"
            "{field} : en plus {items}"
        /// The log: what a list has no more.
        "tenant.list-loses" Loses { field: Field, items: Vec<Quoted> }
            "{field} loses {items}"
            "{field} : en moins {items}"
        /// The log: a domain is its own no longer.
        "tenant.domain-let-go" DomainLetGo { domain: String }
            "domain {domain} is let go of: nothing is reached by it any more"
            "le domaine {domain} est libéré : plus rien n'est accessible par lui"
        /// The log: nothing says any more that a domain that it holds is its own.
        "tenant.domain-unfounded" DomainUnfounded { domain: String }
            "domain {domain} is neither declared nor proven any more: what is reached by it stays"
            "le domaine {domain} n'est plus ni déclaré ni prouvé : ce qui est accessible par lui reste en place"
        /// The log: a domain is its own by declaration.
        "tenant.domain-declared" DomainDeclared { domain: String }
            "domain {domain} is held: the hosting provider declares it"
            "le domaine {domain} est tenu : l'hébergeur le déclare"
        /// The log: a domain is its own by proof.
        "tenant.domain-proven" DomainProven { domain: String }
            "domain {domain} is held: its DNS record names this tenant"
            "le domaine {domain} est tenu : son enregistrement DNS désigne cette organisation"
        /// The log: the policy that it is held to is gone.
        "tenant.policy-gone" PolicyGone { policy: String, before: String }
            "policy {policy} does not exist any more, before: {before}"
            "la politique {policy} n'existe plus, auparavant : {before}"
        /// The log: which rules it is held to first.
        "tenant.held-to" HeldTo { policy: String, digest: String }
            "held to policy {policy}, SHA-256 {digest}"
            "soumise à la politique {policy}, SHA-256 {digest}"
        /// The log: it is held to other rules.
        "tenant.held-to-other-rules" HeldToOtherRules { policy: String, digest: String, before: String }
            "held to policy {policy}, SHA-256 {digest}, before: {before}"
            "soumise à la politique {policy}, SHA-256 {digest}, auparavant : {before}"
    }
}

messages! {
    /// Names, of which there may be too many to tell all.
    Names {
        "all" All { names: Vec<String> }
            "{names}"
            "{names}"
        "and-more" AndMore { names: Vec<String>, more: usize }
            "{names} and {more} more"
            "{names} et {more} de plus"
    }
}

words! {
    /// Why the record of a domain could not be looked up.
    NoAnswer {
        /// The server did not answer in time.
        Late "no answer in time" "pas de réponse à temps"
        /// There is no server.
        Silent "the DNS server does not answer" "le serveur DNS ne répond pas"
        /// The server says that it cannot tell.
        Failing "the DNS server refuses or fails" "le serveur DNS refuse ou échoue"
    }
}

words! {
    /// A field of a tenant's spec.
    Field {
        IdentityIssuer "identity.issuer" "fournisseur d'identité"
        IdentityAudience "identity.audience" "destinataire des jetons"
        IdentityFlow "identity.flow" "mode de connexion"
        IdentityClientId "identity.clientId" "client de connexion"
        IdentityScopes "identity.scopes" "portées demandées"
        IdentityAlgorithm "identity.algorithm" "algorithme des jetons"
        IdentityGroupsClaim "identity.groupsClaim" "revendication des groupes"
        IdentityRequire "identity.require" "revendications exigées"
        IdentityRoles "identity.roles" "rôles des groupes"
        Policy "policy" "politique"
        Members "members" "membres"
        Domains "domains" "domaines"
        QuotaWorkspaces "quota.workspaces" "quota d'espaces de travail"
        QuotaCpu "quota.cpu" "quota de processeurs"
        QuotaMemory "quota.memory" "quota de mémoire"
        QuotaStorage "quota.storage" "quota de stockage"
        Title "title" "titre"
        Kind "kind" "nature"
        Siren "siren" "SIREN"
        Siret "siret" "SIRET"
        Finess "finess" "FINESS"
        Uai "uai" "UAI"
        Insee "insee" "code INSEE"
        Contacts "contacts" "contacts"
    }
}

phrase! {
    /// A number in a public register.
    Number {
        /// The field that gives it.
        field: Field,
        /// The number.
        value: String,
    }
        "{field} {value}"
        "{field} {value}"
}

/// What somebody wrote, told between quotes, so that nothing within it can be taken for the end of it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Quoted(pub String);

impl Draw for Quoted {
    fn draw(&self, _: Language, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", serde_json::Value::from(self.0.as_str()))
    }
}
