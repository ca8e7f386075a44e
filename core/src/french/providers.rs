//! Of providers and apps: what they name, what is in force.

use super::Pair;

pub(super) const PAIRS: &[Pair] = &[
    (
        "Provider {w} ({}) cannot be read: its own status says what to correct",
        "le prestataire {} ({}) est illisible : son état dit que corriger",
    ),
    // Names that point nowhere; only the last of several says what to do.
    (
        "{w}: no Provider is named {w}: create it, or correct the name",
        "{} : aucun prestataire ne porte le nom {}, l'hébergeur doit le déclarer ou corriger le nom",
    ),
    ("{w}: no Provider is named {w}", "{} : aucun prestataire ne porte le nom {}"),
    // What ends.
    ("{w}: {=} ends on {date}, within {n} days", "{} : {}, échéance le {}, d'ici {} jours"),
    ("{w}: {=} has ended, its last day was {date}", "{} : {}, échéance passée le {}"),
    ("certificate {w} {} for {}", "certificat {} {} pour {}"),
    (
        "ownership statement of {date} under policy {w}",
        "déclaration de détention du {} selon la politique {}",
    ),
    ("support of release {}", "suivi de la version {}"),
    ("the token of its kubeconfig", "jeton d'accès au site"),
    ("the client certificate of its kubeconfig", "certificat d'accès au site"),
    ("the authority of its kubeconfig", "autorité de certification du site"),
    (
        "nothing that is known of ends within 90 days",
        "rien de ce qui est connu n'arrive à échéance dans les 90 jours",
    ),
    // Certificates.
    ("{w} {} for {} ends on {date}", "{} {} pour {} prend fin le {}"),
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
    (
        "{w} {} for {} lasts from {date} to {date}, longer than the three years that its scheme allows: sites that need it take no new workspaces",
        "{} {} pour {} va du {} au {}, plus que les trois ans admis : les sites qui en dépendent ne prennent pas de nouvel espace de travail",
    ),
    (
        "{w} {} for {} lasts from {date} to {date}, longer than the three years that its scheme allows",
        "{} {} pour {} va du {} au {}, plus que les trois ans admis",
    ),
    (
        "{w} {} for {} was issued on {date}, before version {} existed, on {date}: sites that need it take no new workspaces",
        "{} {} pour {} date du {}, avant que la version {} n'existe, le {} : les sites qui en dépendent ne prennent pas de nouvel espace de travail",
    ),
    (
        "{w} {} for {} was issued on {date}, before version {} existed, on {date}",
        "{} {} pour {} date du {}, avant que la version {} n'existe, le {}",
    ),
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
];
