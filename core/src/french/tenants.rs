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
    ("identity.clientId", "client de connexion"),
    ("identity.scopes", "portées demandées"),
    ("identity.algorithm", "algorithme des jetons"),
    ("identity.groupsClaim", "revendication des groupes"),
    ("identity.require", "revendications exigées"),
    ("identity.roles", "rôles des groupes"),
    ("policy", "politique"),
    ("members", "membres"),
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
