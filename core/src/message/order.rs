//! Why an order does not stand.

use super::joint::Parts;

messages! {
    /// Why an order does not stand.
    OrderMessage {
        /// The namespace belongs to no tenant.
        "order.no-tenant" NoTenant { namespace: String }
            "namespace {namespace} belongs to no Tenant: order workspaces in namespace tenant-NAME, which Beffroi makes for each Tenant"
            "l'espace de noms {namespace} n'est celui d'aucune organisation : commandez dans l'espace de noms tenant-NOM, que Beffroi fait pour chaque organisation"
        /// The tenant is being deleted, and this is a new order.
        "order.tenant-leaving" TenantLeaving { tenant: String }
            "Tenant {tenant} is being deleted: it takes no new orders any more"
            "l'organisation {tenant} est en cours de suppression : elle ne peut plus passer de nouvelle commande"
        /// A member of the grouping does not exist.
        "order.no-member" NoMember { tenant: String, member: String }
            "Tenant {tenant} names member {member}, which does not exist: create it, or correct spec.members"
            "l'organisation {tenant} nomme le membre {member}, qui n'est pas enregistré : demandez à l'hébergeur de l'enregistrer ou de corriger les membres"
        /// Another tenant has the name of a member of the grouping by now.
        "order.member-replaced" MemberReplaced { tenant: String, member: String }
            "Tenant {tenant} names member {member}, whose name another Tenant has by now: ask the hosting provider to put spec.members right"
            "l'organisation {tenant} nomme le membre {member}, dont une autre organisation porte désormais le nom : demandez à l'hébergeur de corriger les membres"
        /// The tenant is a body that is registered as another one already.
        "order.body-taken" BodyTaken { tenant: String }
            "Tenant {tenant} is registered with a number of another one: ask the hosting provider to put that right"
            "l'organisation {tenant} est enregistrée avec un numéro d'une autre : demandez à l'hébergeur de le corriger"
        /// The policy does not exist.
        "order.no-policy" NoPolicy { tenant: String, policy: String }
            "Tenant {tenant} names SovereigntyPolicy {policy}, which does not exist: create it, or correct spec.policy"
            "l'organisation {tenant} est soumise à la politique {policy}, qui n'existe pas : demandez à l'hébergeur de la créer ou d'en nommer une autre"
        /// The policy has rules of its own that do not hold together.
        "order.policy-not-in-order" PolicyNotInOrder { policy: String, why: Box<super::Message> }
            "SovereigntyPolicy {policy} is not in order: {why}"
            "la politique {policy} n'est pas en ordre, voyez avec l'hébergeur : {why}"
        /// The app does not exist.
        "order.no-app" NoApp { app: String, known: Known }
            "spec.apps: no App is named {app}; the catalogue has {known}"
            "aucune application ne porte le nom {app} ; applications au catalogue : {known}"
        /// The app has no such release.
        "order.no-release" NoRelease { app: String, wanted: Wanted, known: Known }
            "spec.apps[{app}]: no release {wanted}; it has {known}"
            "application {app} : aucune version {wanted} ; versions offertes : {known}"
        /// The release cannot be installed where another is held.
        "order.no-upgrade-path" NoUpgradePath {
            app: String, wanted: String, held: String, why: Obstacle, known: Known,
        }
            "spec.apps[{app}]: {wanted} cannot follow {held}, which is held: {why}; versions that can be ordered: {known}"
            "application {app} : la version {wanted} ne peut pas succéder à la version tenue, {held} : {why} ; versions qui peuvent être commandées : {known}"
        /// More than the tenant may use.
        "order.over-quota" OverQuota { tenant: String, what: Resource, limit: String, wanted: String }
            "Tenant {tenant} may use at most {limit} of {what} (spec.quota.{what}); with this workspace it would be {wanted}"
            "le quota de l'organisation {tenant} est de {limit} ({what}) ; avec cet espace de travail, ce serait {wanted}"
        /// Nobody has shown that the domain is the tenant's.
        "order.domain-not-proven" DomainNotProven { domain: String, tenant: String, record: String, value: String }
            "spec.domain: {domain} is neither declared for Tenant {tenant} nor proven by it: add the DNS record {record} TXT \"{value}\", for this domain or one above it, and the order goes on by itself; or ask the hosting provider to declare it"
            "le domaine {domain} n'est ni déclaré pour l'organisation {tenant} ni prouvé par elle : ajoutez l'enregistrement DNS {record} TXT \"{value}\", pour ce domaine ou un domaine au-dessus, et la commande reprend d'elle-même ; ou demandez à l'hébergeur de le déclarer"
        /// The domain was the tenant's, and is neither declared nor proven any more.
        "order.domain-lost" DomainLost { domain: String, tenant: String, record: String, value: String }
            "spec.domain: {domain} is neither declared for Tenant {tenant} nor proven by it any more: put back the DNS record {record} TXT \"{value}\", and the order goes on by itself; or ask the hosting provider to declare it"
            "le domaine {domain} n'est plus ni déclaré pour l'organisation {tenant} ni prouvé par elle : remettez l'enregistrement DNS {record} TXT \"{value}\", et la commande reprend d'elle-même ; ou demandez à l'hébergeur de le déclarer"
        /// The domain is another tenant's.
        "order.domain-taken" DomainTaken { domain: String }
            "spec.domain: {domain} belongs to another tenant, or lies above or below a domain that does: order under a domain of your own, or ask the hosting provider"
            "le domaine {domain} est celui d'une autre organisation, ou se trouve au-dessus ou en dessous d'un tel domaine : commandez sous un domaine à vous, ou voyez avec l'hébergeur"
        /// The domain can be nobody's.
        "order.public-suffix" PublicSuffix { domain: String }
            "spec.domain: others register below {domain}: order under a domain of your own below it"
            "d'autres s'enregistrent sous le domaine {domain} : commandez sous un domaine à vous, en dessous"
        /// The domain is declared, and is not recorded as the tenant's yet.
        "order.domain-pending" DomainPending { domain: String, tenant: String }
            "spec.domain: {domain} is declared for Tenant {tenant}, which is being recorded"
            "le domaine {domain} est déclaré pour l'organisation {tenant}, ce qui est en cours d'enregistrement"
        /// Another workspace of the tenant has a host of it.
        "order.host-taken" HostTaken { host: String, workspace: String }
            "spec.domain: host {host} is that of workspace {workspace}: order under another domain, or let that one go first"
            "l'adresse {host} est celle de l'espace de travail {workspace} : commandez sous un autre domaine, ou supprimez d'abord cet espace de travail"
        /// A host is longer than a name can be.
        "order.host-too-long" HostTooLong { host: String }
            "spec.domain: host {host} has more than 253 characters: order under a shorter domain"
            "l'adresse {host} a plus de 253 caractères : commandez sous un domaine plus court"
        /// Rules of sovereignty refuse the tenant or an app.
        "order.refused" Refused { by: Parts }
            "refused by {by}"
            "commande refusée par {by}"
        /// One of these rules.
        "order.judged" Judged { rule: String, of: Subject, reason: Box<super::Message> }
            "{rule} ({of}): {reason}"
            "{rule} ({of}) : {reason}"
    }
}

messages! {
    /// What the catalogue has instead.
    Known {
        /// Nothing.
        "none" Nothing
            "none"
            "aucune"
        /// These.
        "some" These { names: Vec<String> }
            "{names}"
            "{names}"
    }
}

impl<T: Into<String>> FromIterator<T> for Known {
    fn from_iter<I: IntoIterator<Item = T>>(names: I) -> Self {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        if names.is_empty() { Self::Nothing } else { Self::These { names } }
    }
}

messages! {
    /// Which release was ordered.
    Wanted {
        /// This one.
        "version" Version { version: String }
            "{version}"
            "{version}"
        /// The newest of a channel.
        "channel" Channel { channel: String }
            "on channel {channel}"
            "du canal {channel}"
    }
}

messages! {
    /// What stands between two releases.
    Obstacle {
        /// A step of no return.
        "no-return" NoReturn { version: String }
            "release {version} changed data in a way that no older version can read"
            "la version {version} est une étape sans retour, après laquelle aucune version plus ancienne ne sait lire les données"
        /// The catalogue names other ways to it.
        "only-from" OnlyFrom { versions: Vec<String> }
            "its upgradesFrom names only {versions}"
            "on ne passe à cette version que depuis : {versions}"
    }
}

messages! {
    /// Whom or what a rule judged.
    Subject {
        /// The tenant.
        "tenant" Tenant { name: String }
            "tenant {name}"
            "organisation {name}"
        /// An app.
        "app" App { name: String }
            "app {name}"
            "application {name}"
    }
}

words! {
    /// What is counted.
    Resource {
        Workspaces "workspaces" "espaces de travail"
        Cpu "cpu" "processeurs"
        Memory "memory" "mémoire"
        Storage "storage" "stockage"
    }
}
