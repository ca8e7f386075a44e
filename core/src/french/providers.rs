//! Of providers, apps and tenants: what they name, what is in force, what the log tells of them.

use super::Pair;

pub(super) const PAIRS: &[Pair] = &[
    // Names that point nowhere; only the last of several says what to do.
    (
        "{w}: no Provider is named {w}: create it, or correct the name",
        "{} : aucun prestataire ne porte le nom {}, l'hébergeur doit le déclarer ou corriger le nom",
    ),
    ("{w}: no Provider is named {w}", "{} : aucun prestataire ne porte le nom {}"),
    (
        "spec.policy: no SovereigntyPolicy is named {w}: create it, or correct the name",
        "aucune politique ne porte le nom {} : l'hébergeur doit la créer ou corriger le nom",
    ),
    (
        "spec.members: no Tenant is named {}: create it, or correct the name",
        "membres qui ne sont pas enregistrés : {}, l'hébergeur doit les enregistrer ou corriger les noms",
    ),
    // Certificates.
    ("{w} {} for {} ends in {n} days, on {date}", "{} {} pour {} prend fin le {4}, dans {3} jours"),
    (
        "{w} {} for {} ended on {date}: sites that need it take no new workspaces",
        "{} {} pour {} a pris fin le {} : les sites qui en dépendent ne prennent plus de nouvel espace de travail",
    ),
    ("{w} {} for {} ended on {date}", "{} {} pour {} a pris fin le {}"),
    (
        "{w} {} for {} begins on {date}: sites that need it take no new workspaces",
        "{} {} pour {} ne commence que le {} : les sites qui en dépendent ne prennent pas de nouvel espace de travail",
    ),
    ("{w} {} for {} begins on {date}", "{} {} pour {} ne commence que le {}"),
    (
        "{w} {} for {} has dates that cannot be read: sites that need it take no new workspaces",
        "{} {} pour {} a des dates illisibles : les sites qui en dépendent ne prennent pas de nouvel espace de travail",
    ),
    ("{w} {} for {} has dates that cannot be read", "{} {} pour {} a des dates illisibles"),
    ("none declared", "aucun n'est déclaré"),
    // Apps.
    ("newest supported release: {}", "version maintenue la plus récente : {}"),
    (
        "listed, not offered: spec.releases has no release pinned by digest",
        "au catalogue, mais pas à la commande : aucune version n'est fixée par empreinte",
    ),
    (
        "support has ended for every release: publish a newer one",
        "plus aucune version n'est maintenue : demandez à l'hébergeur d'en publier une plus récente",
    ),
    // Tenants.
    ("registered", "enregistrée"),
    ("its workspaces are being removed: {}", "ses espaces de travail sont en cours de suppression : {}"),
    (
        "is deleted once its workspaces are, and these still stand: {}; no data goes with its tenant: delete each of them, or wait for the end that its order names (spec.deleteAfter)",
        "sera supprimée quand ses espaces de travail le seront ; il reste : {} ; aucune donnée ne part avec son organisation : supprimez chacun d'eux, ou attendez la fin que sa commande fixe",
    ),
    (
        "its workspaces and its namespace are gone",
        "ses espaces de travail et son espace de noms sont supprimés",
    ),
    ("policy {w} does not exist any more, before: {w}", "la politique {} n'existe plus, auparavant : {}"),
    (
        "held to policy {w}, SHA-256 {w}, before: {w}",
        "soumise à la politique {}, SHA-256 {}, auparavant : {}",
    ),
    ("held to policy {w}, SHA-256 {w}", "soumise à la politique {}, SHA-256 {}"),
    (
        "namespace {w} exists and is not this tenant's: remove or rename it, Beffroi takes over nothing that it did not make",
        "l'espace de noms {} existe et n'est pas celui de cette organisation : l'hébergeur doit l'enlever ou le renommer, Beffroi ne reprend rien qu'il n'a pas fait",
    ),
    ("its workspaces are being removed: {}", "ses espaces de travail sont en cours de suppression : {}"),
    ("namespace {w} is being removed", "l'espace de noms {} est en cours de suppression"),
];
