//! Of tenants: what they name, what keeps them, what the log tells of them.

use super::Pair;

pub(super) const PAIRS: &[Pair] = &[
    // Names that point nowhere.
    (
        "spec.policy: no SovereigntyPolicy is named {w}: create it, or correct the name",
        "aucune politique ne porte le nom {} : l'hébergeur doit la créer ou corriger le nom",
    ),
    (
        "spec.members: no Tenant is named {}: create it, or correct the name",
        "membres qui ne sont pas enregistrés : {}, l'hébergeur doit les enregistrer ou corriger les noms",
    ),
    (
        "spec.members: another Tenant has the name of member {names} by now, and is no member: take the name out, or, to make it one, take it out and put it in again",
        "membres : une autre organisation porte désormais le nom {} et n'est pas membre : l'hébergeur doit retirer ce nom ou, pour en faire un membre, le retirer puis le remettre",
    ),
    (
        "another Tenant is registered with {}: one body is one Tenant: correct the number, or remove one of both; the hosting provider reads which in status.rivals",
        "une autre organisation est enregistrée avec {} : un organisme n'est qu'une organisation : l'hébergeur, qui sait laquelle, doit corriger le numéro ou retirer l'une des deux",
    ),
    // Domains.
    (
        "spec.domains: others register below {names}: name the tenant's own domain below it",
        "domaines : d'autres s'enregistrent sous {} : l'hébergeur doit nommer le domaine propre de l'organisation, en dessous",
    ),
    (
        "spec.domains: another Tenant holds {names}, or what lies above or below it: correct one of both, whose name the hosting provider reads in status.rivals",
        "domaines : une autre organisation tient {}, ou ce qui se trouve au-dessus ou en dessous : l'hébergeur, qui sait laquelle, doit corriger l'une des deux",
    ),
    (
        "neither declared nor proven any more: {names}; what is reached by it stays and no other order is taken under it: put back the DNS record {w} TXT \"{w}\" or that of the domain concerned, declare it in spec.domains, or move its workspaces to another domain",
        "plus ni déclaré ni prouvé : {} ; ce qui est joint par ce domaine reste, et aucune autre commande n'y est prise : remettez l'enregistrement DNS {} TXT \"{}\", ou celui du domaine concerné, demandez à l'hébergeur de le déclarer, ou passez ses espaces de travail à un autre domaine",
    ),
    (
        "the DNS record of {w} cannot be looked up, and counts until it is seen to be gone: {=}",
        "l'enregistrement DNS de {} n'a pas pu être lu, et compte jusqu'à ce qu'on voie qu'il n'est plus là : {}",
    ),
    ("no answer in time", "pas de réponse à temps"),
    ("the DNS server does not answer", "le serveur DNS ne répond pas"),
    ("the DNS server refuses or fails", "le serveur DNS refuse ou échoue"),
    // Housing and leaving.
    ("its workspaces are being removed: {}", "ses espaces de travail sont en cours de suppression : {}"),
    (
        "is deleted once its workspaces are, and these still stand: {}; no data goes with its tenant: delete each of them, or wait for the end that its order names (spec.deleteAfter)",
        "sera supprimée quand ses espaces de travail le seront ; il reste : {} ; aucune donnée ne part avec son organisation : supprimez chacun d'eux, ou attendez la fin que sa commande fixe",
    ),
    (
        "namespace {w} exists and is not this tenant's: remove or rename it, Beffroi takes over nothing that it did not make",
        "l'espace de noms {} existe et n'est pas celui de cette organisation : l'hébergeur doit l'enlever ou le renommer, Beffroi ne reprend rien qu'il n'a pas fait",
    ),
    ("namespace {w} is being removed", "l'espace de noms {} est en cours de suppression"),
    // The log.
    ("registered", "enregistrée"),
    (
        "its workspaces and its namespace are gone",
        "ses espaces de travail et son espace de noms sont supprimés",
    ),
    (
        "changed since an older version of Beffroi looked, which kept nothing of it",
        "modifiée depuis le passage d'une version antérieure de Beffroi, qui n'en avait rien gardé",
    ),
    ("{=} is now \"{}\", before: \"{}\"", "{} : désormais \"{}\", auparavant \"{}\""),
    ("{=} is now \"{}\", before: nothing", "{} : désormais \"{}\", auparavant rien"),
    ("{=} is now nothing, before: \"{}\"", "{} : désormais rien, auparavant \"{}\""),
    ("{=} gains \"{}\"", "{} : en plus \"{}\""),
    ("{=} loses \"{}\"", "{} : en moins \"{}\""),
    ("identity.issuer", "fournisseur d'identité"),
    ("identity.audience", "destinataire des jetons"),
    ("identity.flow", "mode de connexion"),
    ("identity.clientId", "client de connexion"),
    ("identity.scopes", "portées demandées"),
    ("identity.algorithm", "algorithme des jetons"),
    ("identity.groupsClaim", "revendication des groupes"),
    ("identity.require", "revendications exigées"),
    ("identity.roles", "rôles des groupes"),
    ("policy", "politique"),
    ("members", "membres"),
    ("domains", "domaines"),
    (
        "domain {w} is let go of: nothing is reached by it any more",
        "le domaine {} est libéré : plus rien n'est joint par lui",
    ),
    (
        "domain {w} is neither declared nor proven any more: what is reached by it stays",
        "le domaine {} n'est plus ni déclaré ni prouvé : ce qui est joint par lui reste",
    ),
    (
        "domain {w} is held: the hosting provider declares it",
        "le domaine {} est tenu : l'hébergeur le déclare",
    ),
    (
        "domain {w} is held: its DNS record names this tenant",
        "le domaine {} est tenu : son enregistrement DNS désigne cette organisation",
    ),
    ("quota.workspaces", "quota d'espaces de travail"),
    ("quota.cpu", "quota de processeurs"),
    ("quota.memory", "quota de mémoire"),
    ("quota.storage", "quota de stockage"),
    ("title", "titre"),
    ("kind", "nature"),
    ("siren", "SIREN"),
    ("siret", "SIRET"),
    ("finess", "FINESS"),
    ("uai", "UAI"),
    ("insee", "code INSEE"),
    ("contacts", "contacts"),
    ("policy {w} does not exist any more, before: {w}", "la politique {} n'existe plus, auparavant : {}"),
    (
        "held to policy {w}, SHA-256 {w}, before: {w}",
        "soumise à la politique {}, SHA-256 {}, auparavant : {}",
    ),
    ("held to policy {w}, SHA-256 {w}", "soumise à la politique {}, SHA-256 {}"),
];
