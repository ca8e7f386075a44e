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
    ("maker with access to {w}", "fabricant ayant accès à {}"),
    (
        "nobody describes who makes {} ({=}): name its Provider",
        "rien ne dit qui fabrique {} ({}) : demandez à l'hébergeur de déclarer ce prestataire",
    ),
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
        "{who}: {n} of {=} held in concert by {} through {}, over {n}",
        "{} : {} {} aux mains de {}, de concert, par l'intermédiaire de {}, pour {} admis",
    ),
    (
        "{who}: {n} of {=} held in concert by {}, over {n}",
        "{} : {} {} aux mains de {}, de concert, pour {} admis",
    ),
    (
        "{who}: {n} of {=} held by {} through {}, over {n}",
        "{} : {} {} aux mains de {}, par l'intermédiaire de {}, pour {} admis",
    ),
    ("{who}: {n} of {=} held by {}, over {n}", "{} : {} {} aux mains de {}, pour {} admis"),
    ("capital", "du capital"),
    ("votes", "des droits de vote"),
    (
        "no outside holder has more than {n} of anyone at work in the chain",
        "aucun actionnaire extérieur n'a plus de {} d'un prestataire qui intervient dans la chaîne",
    ),
    (
        "whoever holds what is not declared, no hand from outside can have more than {n} of anyone at work in the chain",
        "à qui que soit ce qui n'est pas déclaré, aucun actionnaire extérieur ne peut avoir plus de {} d'un prestataire qui intervient dans la chaîne",
    ),
    // What is not known.
    (
        "{who}: nobody is declared to hold {n} of the capital and {n} of the votes of {}",
        "{0} : personne n'est déclaré pour {1} du capital et {2} des droits de vote de {3}",
    ),
    ("{who}: no holder of {} is declared", "{} : aucun détenteur de {} n'est déclaré"),
    (
        "{who}: {} is owned in a ring in which nobody outside has a share",
        "{} : {} est détenu en boucle, sans que personne d'autre n'y ait de part",
    ),
    (
        "{who}: more than one Provider describes {}: keep one",
        "{} : plusieurs prestataires décrivent {}, l'hébergeur doit n'en garder qu'un",
    ),
    (
        "{who}: more than 100 % of {} is declared: correct spec.shareholders",
        "{} : plus de 100 % de {} est déclaré, l'hébergeur doit corriger les parts",
    ),
    (
        "{who}: a pact of {} names {}, whom nobody knows: write it as its line is",
        "{} : un pacte de {} nomme {}, que rien ne désigne ailleurs",
    ),
    (
        "{who}: several holders are called {}: give the identifier of each, siren or lei",
        "{} : plusieurs détenteurs se nomment {}, l'hébergeur doit donner le SIREN ou le LEI de chacun",
    ),
    (
        "{who}: two numbers of one register are said to be of {}: correct siren or lei",
        "{} : {} porte deux numéros d'un même registre, l'hébergeur doit corriger le SIREN ou le LEI",
    ),
    (
        "{who}: {} stands in a ring of {n} firms, more than are judged: ask who holds them",
        "{} : {} appartient à une boucle de {} sociétés, trop longue pour être jugée",
    ),
    (
        "{who}: nobody describes {}, a company: name its Provider in spec.shareholders[].provider",
        "{} : la société {} n'est décrite nulle part, l'hébergeur doit dire qui la détient",
    ),
    (
        "the policy names {w}, which is no country of ISO 3166-1: correct its spec.law",
        "la politique nomme {}, qui n'est le code d'aucun pays (ISO 3166-1)",
    ),
    // JUR-03
    ("{who}: {n} of {=} held together by {}, over {n}", "{} : {} {} ensemble aux mains de {}, pour {} admis"),
    (
        "outside holders have no more than {n} of anyone at work in the chain",
        "les actionnaires extérieurs n'ont pas ensemble plus de {} d'un prestataire qui intervient dans la chaîne",
    ),
    (
        "whoever holds what is not declared, no more than {n} of anyone at work in the chain can be held from outside",
        "à qui que soit ce qui n'est pas déclaré, pas plus de {} d'un prestataire qui intervient dans la chaîne ne peut être détenu de l'extérieur",
    ),
    // SUB-02
    ("{who}: the maker of {} ({w}) can reach data", "{} : le fabricant de {} ({}) peut accéder aux données"),
    (
        "{who}: nothing says whether the maker of {} ({w}) can reach data: say technicalAccess",
        "{} : rien ne dit si le fabricant de {} ({}) peut accéder aux données, l'hébergeur doit le déclarer",
    ),
    (
        "{who}: the way out of {} ({w}) is only declared: give its document",
        "{} : la solution de remplacement de {} ({}) n'est que déclarée, il manque le document signé",
    ),
    (
        "{who}: {} ({w}) rests on {w}, which has no SecNumCloud in force for \"{}\"",
        "{0} : {1} ({2}) repose sur {3}, sans qualification SecNumCloud en cours pour « {4} »",
    ),
    (
        "{who}: {} ({w}) has {n} alternatives, 2 are wanted",
        "{} : {} ({}), solutions de remplacement nommées : {}, deux sont demandées",
    ),
    (
        "{who}: {} ({w}) rests on {w}, which is no third party",
        "{} : {} ({}) repose sur {}, qui n'est pas un tiers",
    ),
    (
        "no technology is declared that the service could not run without",
        "aucune technologie indispensable au service n'est déclarée",
    ),
    (
        "there is a way out of every technology from outside, and no maker of one reaches data",
        "chaque technologie venue d'ailleurs peut être remplacée, et aucun de leurs fabricants n'accède aux données",
    ),
    // JUR-04
    (
        "{who}: {} has, by a pact, {=} over {}, who decides over it through {}",
        "{} : {} a, par un pacte, {} de {}, qui décide pour lui, par l'intermédiaire de {}",
    ),
    (
        "{who}: {} has, by a pact, {=} over {}, who decides over it",
        "{} : {} a, par un pacte, {} de {}, qui décide pour lui",
    ),
    (
        "{who}: {} has {=} over {}, who decides over it through {}",
        "{} : {} a {} de {}, qui décide pour lui, par l'intermédiaire de {}",
    ),
    ("{who}: {} has {=} over {}, who decides over it", "{} : {} a {} de {}, qui décide pour lui"),
    ("{who}: {} has, by a pact, {=} through {}", "{} : {} a, par un pacte, {} par l'intermédiaire de {}"),
    ("{who}: {} has, by a pact, {=}", "{} : {} a, par un pacte, {}"),
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
    (
        "whoever holds what is not declared, nobody from outside can have a veto or appoint the majority",
        "à qui que soit ce qui n'est pas déclaré, aucun actionnaire extérieur ne peut avoir de droit de veto ni nommer la majorité des organes de direction",
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
        "{who}: the maker of {} ({w}) can reach data; {w} law reaches it: {=}",
        "{0} : le fabricant de {1} ({2}), d'un pays exclu, peut accéder aux données ; la loi de ce pays l'atteint : {4}",
    ),
    (
        "{who}: the maker of {} ({w}) can reach data; the policy excludes control from {w}",
        "{0} : le fabricant de {1} ({2}), d'un pays que la politique exclut, peut accéder aux données",
    ),
    (
        "nobody in the chain is under the control of an excluded country",
        "personne dans la chaîne n'est sous le contrôle d'un pays exclu",
    ),
    (
        "whoever holds what is not declared, nobody in the chain can be under the control of an excluded country",
        "à qui que soit ce qui n'est pas déclaré, personne dans la chaîne ne peut être sous le contrôle d'un pays exclu",
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
    ("no subprocessor is declared", "aucun sous-traitant n'est déclaré"),
    (
        "{n} subprocessors listed, each with a document",
        "sous-traitants déclarés, chacun avec son document : {}",
    ),
];
