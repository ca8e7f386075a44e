//! Of the chain of providers: who they are, who holds them, who works for them.

use super::Pair;

pub(super) const PAIRS: &[Pair] = &[
    // Roles.
    ("hoster", "hébergeur"),
    ("publisher", "éditeur"),
    ("inference", "inférence"),
    ("operator of registry {w}", "exploitant du registre {}"),
    ("operator of backup store {w}", "exploitant du dépôt de sauvegarde {}"),
    ("updates", "mises à jour"),
    ("on call", "astreinte"),
    ("parent of {w}", "actionnaire de {}"),
    ("subprocessor of {w}", "sous-traitant de {}"),
    ("subprocessor of the site", "sous-traitant du site"),
    (
        "Provider {w} ({=}) does not exist: create it, or correct the name",
        "le prestataire {} ({}) n'est pas enregistré : demandez à l'hébergeur de le déclarer ou de corriger le nom",
    ),
    (
        "{who}: seat and holders are only declared, {=} is missing",
        "{} : le siège et les actionnaires ne sont que déclarés, il manque {}",
    ),
    ("spec.ownershipStatement", "la déclaration de détention"),
    ("spec.ownershipStatement.document", "le document signé de la déclaration de détention"),
    // JUR-01
    ("{who}: {=} in {w}, outside the allowed countries", "{} : {} hors des pays admis ({})"),
    ("seat", "siège"),
    ("central administration", "administration centrale"),
    ("principal establishment", "établissement principal"),
    (
        "every provider in the chain has its seat in allowed countries",
        "tous les prestataires de la chaîne ont leur siège dans les pays admis",
    ),
    // JUR-02
    (
        "{who}: {n} of {=} held by {} through {}, over {n}",
        "{} : {} {} aux mains de {}, par l'intermédiaire de {}, pour {} admis",
    ),
    ("{who}: {n} of {=} held by {}, over {n}", "{} : {} {} aux mains de {}, pour {} admis"),
    ("capital", "du capital"),
    ("votes", "des droits de vote"),
    (
        "no outside holder has more than {n} of anyone in the chain",
        "aucun actionnaire extérieur n'a plus de {} d'un prestataire de la chaîne",
    ),
    (
        "{who}: owned in a ring in which nobody outside has a share",
        "{} : détenu en boucle, sans que personne d'autre n'y ait de part",
    ),
    // JUR-03
    ("{who}: {n} of {=} held together by {}, over {n}", "{} : {} {} ensemble aux mains de {}, pour {} admis"),
    (
        "outside holders have no more than {n} of anyone in the chain",
        "les actionnaires extérieurs n'ont pas ensemble plus de {} d'un prestataire de la chaîne",
    ),
    // SUB-02
    (
        "{who}: {} ({w}) has {n} alternatives, 2 are wanted",
        "{} : {} ({}), solutions de remplacement nommées : {}, deux sont demandées",
    ),
    (
        "every technology from outside has two alternatives",
        "chaque technologie venue d'ailleurs a deux solutions de remplacement",
    ),
    // JUR-04
    ("{who}: {} has {=} through {}", "{} : {} a {} par l'intermédiaire de {}"),
    ("{who}: {} has {=}", "{} : {} a {}"),
    ("a veto", "un droit de veto"),
    (
        "the power to appoint the majority of the governing bodies",
        "le pouvoir de nommer la majorité des organes de direction",
    ),
    (
        "no outside holder has a veto or appoints the majority",
        "aucun actionnaire extérieur n'a de droit de veto ni ne nomme la majorité des organes de direction",
    ),
    // JUR-05
    (
        "{who}: established in {w}; {w} law reaches it: {=}",
        "{0} : établi dans un pays exclu ({1}), dont la loi l'atteint : {3}",
    ),
    (
        "{who}: established in {w}; the policy excludes control from {w}",
        "{0} : établi dans un pays que la politique exclut ({1})",
    ),
    (
        "{who}: controlled by {} ({w}); {w} law reaches it: {=}",
        "{0} : sous le contrôle de {1}, d'un pays exclu ({2}), dont la loi l'atteint : {4}",
    ),
    (
        "{who}: controlled by {} ({w}); the policy excludes control from {w}",
        "{0} : sous le contrôle de {1}, d'un pays que la politique exclut ({2})",
    ),
    (
        "National Intelligence Law, Data Security Law",
        "loi sur le renseignement national, loi sur la sécurité des données",
    ),
    ("Federal Law 374-FZ", "loi fédérale 374-FZ"),
    (
        "nobody in the chain is under the control of an excluded country",
        "personne dans la chaîne n'est sous le contrôle d'un pays exclu",
    ),
    // JUR-06
    (
        "{who}: statement dated {date}, which is not past",
        "{} : la déclaration de détention porte une date à venir ({})",
    ),
    (
        "{who}: statement of {date} is {n} days old, over {n}",
        "{} : la déclaration de détention du {} a {} jours, pour {} admis",
    ),
    (
        "every ownership statement is at most {n} days old",
        "toutes les déclarations de détention ont {} jours au plus",
    ),
    // SUB-01
    (
        "{}, subprocessor of {}, reaches data from {w}, outside the allowed countries",
        "{}, sous-traitant de {}, accède aux données depuis un pays non admis ({})",
    ),
    (
        "{}, subprocessor of {}: accessFrom is empty",
        "{}, sous-traitant de {} : les pays d'où il accède aux données ne sont pas déclarés",
    ),
    (
        "{}, subprocessor of {}, is only declared: give its document",
        "{}, sous-traitant de {}, n'est que déclaré : il manque le document signé",
    ),
    (
        "{who}: nobody lists it in spec.subprocessors of a Provider, with accessFrom and a document",
        "{} : aucun prestataire ne le déclare parmi ses sous-traitants, avec les pays d'accès et le document signé",
    ),
    (
        "{n} subprocessors listed, each with a document",
        "sous-traitants déclarés, chacun avec son document : {}",
    ),
];
