//! Of policies: rules of their own that do not hold or cannot be judged, and rules of the law that wait.

use super::Pair;

pub(super) const PAIRS: &[Pair] = &[
    ("{w} holds", "{} est respectée"),
    ("{}: yields {w}, not true or false", "{} : donne {}, ni vrai ni faux"),
    ("{}: cannot be evaluated: {}", "{} : ne peut pas être évaluée : {}"),
    (
        "custom rule {w}: line {n}, column {n}: {} is not known: use site, provider, tenant, workspace and CEL's standard functions",
        "règle propre {} : ligne {}, colonne {} : {} n'est pas connu, employez site, provider, tenant, workspace et les fonctions usuelles de CEL",
    ),
    (
        "custom rule {w}: line {n}, column {n}: {}: correct the expression",
        "règle propre {} : ligne {}, colonne {} : {} : corrigez l'expression",
    ),
    (
        "custom rule {w}: {n} bytes, at most {n} are allowed: split it into several rules",
        "règle propre {} : {} octets, pour {} admis : partagez-la en plusieurs règles",
    ),
    (
        "custom rule {w}: nested more than {n} deep: split it into several rules",
        "règle propre {} : plus de {} niveaux d'imbrication : partagez-la en plusieurs règles",
    ),
    (
        "custom rule {w}: could take {n} steps, at most {n} are allowed: nest fewer all, exists, map, filter and matches",
        "règle propre {} : pourrait demander {} étapes, pour {} admises : imbriquez moins de all, exists, map, filter et matches",
    ),
    (
        "custom rule {w}: could build {n} copies of what it is given, at most {n} are allowed: map and add less",
        "règle propre {} : pourrait faire {} copies de ce qu'elle reçoit, pour {} admises : employez moins map et +",
    ),
    ("enforce: {} is not a rule: name one of {}", "enforce : {} n'est pas une règle : nommez l'une de {}"),
    (
        "enforce: {w} is not evaluated yet, it waits for {=}: take it out, or nobody would check what the policy promises",
        "enforce : {} n'est pas encore évaluée, elle attend {} : retirez-la, sinon personne ne vérifierait ce que la politique promet",
    ),
    // Where rules come from.
    ("founding text", "texte fondateur"),
    ("house rule", "règle maison"),
    ("GDPR art. 28", "RGPD, art. 28"),
    ("AI Act art. 53", "règlement européen sur l'IA, art. 53"),
    ("INSEE, FINESS and UAI registers", "registres INSEE, FINESS et UAI"),
    // What rules wait for.
    (
        "an inventory of where logs, directory and certificates lie",
        "un inventaire des lieux des journaux, de l'annuaire et des certificats",
    ),
    ("observation of key management", "l'observation de la gestion des clés"),
    (
        "the bastion's sessions joined with the API servers' audit logs",
        "le rapprochement des sessions du bastion et des journaux d'audit des serveurs d'API",
    ),
    ("kind Intervention", "la ressource Intervention"),
    (
        "kind Intervention, with the country of each session",
        "la ressource Intervention, avec le pays de chaque session",
    ),
    ("observation of log stores", "l'observation des dépôts de journaux"),
    (
        "observation of what pods share; the guards of each site hold it at the door",
        "l'observation de ce que les pods partagent ; les gardes de chaque site y veillent à l'entrée",
    ),
    ("kind Restore", "la ressource Restore"),
    ("kind Incident", "la ressource Incident"),
    ("kind Export, and the contract's delays", "la ressource Export et les délais du contrat"),
    ("the contract's charges", "les tarifs du contrat"),
    ("kind Closure", "la ressource Closure"),
    ("when a summary counts as current", "de savoir quand un résumé est réputé à jour"),
    (
        "observation of where inference runs, and the publisher's signed commitment",
        "l'observation des lieux d'inférence et l'engagement signé de l'éditeur",
    ),
    ("a field for it in App", "un champ qui la porte dans la ressource App"),
];
