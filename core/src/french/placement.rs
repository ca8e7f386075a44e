//! Of placement: what refuses a site besides the law, and what is lacking.

use super::Pair;

pub(super) const PAIRS: &[Pair] = &[
    (
        "no Site is named {w}: declare it again, or move the workspace",
        "aucun site ne porte le nom {} : l'hébergeur doit le déclarer de nouveau, ou déplacer l'espace de travail",
    ),
    (
        "was never reached: check its kubeconfig Secret",
        "n'a jamais été joint : l'hébergeur doit vérifier l'accès au site",
    ),
    (
        "does not answer now: check its API server and the way to it",
        "ne répond pas en ce moment : l'hébergeur doit vérifier le site et le réseau",
    ),
    (
        "does not serve Flux's kinds: install chart beffroi-site",
        "n'a pas de quoi installer les applications (Flux) : l'hébergeur doit y installer le chart beffroi-site",
    ),
    ("takes no new workspace (spec.unschedulable)", "ne prend pas de nouvel espace de travail"),
    ("is being deleted", "est en cours de suppression"),
    ("has {n} workspaces, at most {n}", "porte {} espaces de travail, pour {} au plus"),
    ("{=} would be {w} of {w}", "{} : il en faudrait {} sur {}"),
    (
        "would exceed the site's capacity of {n} workspaces",
        "dépasserait la capacité du site, de {} espaces de travail",
    ),
    (
        "{w} of {=} more would exceed the site's capacity of {w}",
        "{} de plus ({}) dépasseraient la capacité du site, de {}",
    ),
    ("cpu", "processeurs"),
    ("memory", "mémoire"),
    ("storage", "stockage"),
    (
        "{n} sites are wanted, {n} are acceptable: put right what refuses the others, declare more sites, or ask for fewer",
        "sites demandés : {}, sites admissibles : {} ; demandez moins de sites, ou voyez avec l'hébergeur ce qui refuse les autres",
    ),
    (
        "{n} cities are wanted, acceptable sites lie in {n}: declare sites in other cities, or ask for fewer cities",
        "villes demandées : {}, villes des sites admissibles : {} ; demandez moins de villes, ou d'autres sites à l'hébergeur",
    ),
    (
        "no {n} acceptable sites in {n} cities are {n} km apart from each other: declare sites further away, or ask for less distance",
        "aucun ensemble de sites admissibles ({}, dans {} villes) n'a {} km entre tous ses sites : demandez moins de distance, ou des sites plus éloignés à l'hébergeur",
    ),
    (
        "it lies on {w} and {w}, less than {n} km apart: nothing is moved by itself, plan a move or ask for less distance",
        "il se trouve sur {} et {}, à moins de {} km : rien n'est déplacé de soi-même, demandez moins de distance ou prévoyez un déplacement avec l'hébergeur",
    ),
    (
        "it lies on {n} sites in {n} cities, {n} are wanted: nothing is moved by itself, plan a move or ask for fewer cities",
        "sites occupés : {}, villes : {}, villes demandées : {} ; rien n'est déplacé de soi-même, demandez moins de villes ou prévoyez un déplacement avec l'hébergeur",
    ),
    (
        "no set was found among {n} acceptable sites within the steps allowed: ask for fewer sites or less distance",
        "aucun ensemble n'a été trouvé parmi les sites admissibles ({}) dans le temps de calcul permis : demandez moins de sites ou moins de distance",
    ),
    // What a workspace's status says of it.
    ("on {names}", "sur {}"),
    ("leaves once the other sites are ready", "le quitte une fois les autres sites prêts"),
];
