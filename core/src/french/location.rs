//! Of where data lies: what was seen, what was expected, and the verdict.

use super::Pair;

pub(super) const PAIRS: &[Pair] = &[
    // The verdict.
    ("lies nowhere yet", "ne se trouve encore nulle part"),
    (
        "its tenant or its policy is not known: nobody can say where its data may lie",
        "son organisation ou sa politique n'est pas connue : personne ne peut dire où ses données peuvent se trouver",
    ),
    (
        "all that was seen on {names} lies where the rules allow; without object, for nothing was seen that they speak of: {names}",
        "tout ce qui a été vu sur {} se trouve là où les règles l'admettent ; sans objet, faute d'avoir rien vu dont elles parlent : {}",
    ),
    (
        "all that was seen on {} lies where the rules allow",
        "tout ce qui a été vu sur {} se trouve là où les règles l'admettent",
    ),
    ("{w} {w} {}: {=}; carries {=}, expected {}", "{} {} {} : {} ; porte {} ; attendu : {}"),
    ("{w} {w} {}: {=}, expected {=}", "{} {} {} : {} ; attendu : {}"),
    (
        "{w} was last seen in full at {date}: longer ago than the {n} s that the policy allows",
        "{} a été vu entièrement pour la dernière fois le {} : il y a plus longtemps que les {} s que la politique admet",
    ),
    ("{w} was never seen in full", "{} n'a jamais été vu entièrement"),
    ("neither nodes nor volumes of it are seen on {names}", "aucun nœud ni volume n'en est vu sur {}"),
    ("lies {=}", "se trouve {}"),
    ("an allowed place", "un lieu admis"),
    // Nodes.
    ("carries {=} and is not known to the cluster", "porte {} et n'est pas connu du cluster"),
    ("a node of the site", "un nœud du site"),
    ("no label {w}; carries {=}", "pas d'étiquette {} ; porte {}"),
    ("no label {w}", "pas d'étiquette {}"),
    ("{w}; carries {=}", "{} ; porte {}"),
    ("pod {w}", "le pod {}"),
    ("{n} pods", "{} pods"),
    ("spec.providerID=none", "pas de spec.providerID"),
    ("labels alone, which prove no place", "des étiquettes seules, qui ne prouvent pas le lieu"),
    (
        "spec.nodes.providerIdPrefix declared by the site",
        "les identifiants de nœuds que le site déclare (spec.nodes.providerIdPrefix)",
    ),
    ("{}, changed since it was first seen", "{}, qui a changé depuis qu'il a été vu d'abord"),
    // Volumes.
    ("{w} unknown, whose place is not known", "{} sans identifiant, dont le lieu n'est pas connu"),
    ("{}, whose place is not known", "{}, dont le lieu n'est pas connu"),
    (
        "a claim of a storage class that the site declares",
        "une demande de volume dans une classe de stockage que le site déclare",
    ),
    ("volume {w}, which is not known to the cluster", "le volume {}, qui n'est pas connu du cluster"),
    ("a volume of the site", "un volume du site"),
    ("no storage class", "pas de classe de stockage"),
    ("a storage class that the site declares", "une classe de stockage que le site déclare"),
    ("storage class {w}, which is not declared", "la classe de stockage {}, qui n'est pas déclarée"),
    ("one of {names}", "l'une de : {}"),
    ("storage class {w} does not encrypt", "la classe de stockage {} ne chiffre pas"),
    ("encryption at rest", "le chiffrement au repos"),
    ("a volume of a CSI driver, or of a node", "un volume d'un pilote CSI ou d'un nœud"),
    ("{w} in {names}", "{} : {}"),
    // Images and charts.
    ("image {w} from {w}", "image {} de {}"),
    ("image {w} without digest", "image {} sans empreinte"),
    ("an image by digest", "une image par empreinte"),
    ("runs an image, of unknown digest", "exécute une image d'empreinte inconnue"),
    ("runs {}, of unknown digest", "exécute {}, d'empreinte inconnue"),
    ("a digest in imageID", "une empreinte dans imageID"),
    ("runs {w} from {w}", "exécute {} de {}"),
    ("runs {w}", "exécute {}"),
    ("no registry is allowed", "aucun registre n'est admis"),
    ("oci:// from ", "oci:// d'un registre admis, or aucun ne l'est"),
    ("oci:// from {names}", "oci:// de {}"),
    ("from {names}", "de {}"),
    // Ways out.
    ("type {w} to {}", "de type {} vers {}"),
    ("type ClusterIP without external addresses", "de type ClusterIP sans adresse extérieure"),
    ("type {w}", "de type {}"),
    ("an ingress", "une entrée"),
    ("none: the site declares no ingress class", "aucune : le site ne déclare pas de classe d'entrée"),
    ("class none", "sans classe"),
    ("class {w}", "classe {}"),
    ("addresses announced in {w}", "des adresses annoncées en {}"),
    ("an allowed country", "un pays admis"),
    // Backups.
    ("a store that is not known", "un dépôt qui n'est pas connu"),
    ("a store that the site declares", "un dépôt que le site déclare"),
    ("store {w}, which is not declared", "le dépôt {}, qui n'est pas déclaré"),
    ("a declared store", "un dépôt déclaré"),
    ("store {w} lies in {w}, as the site does", "le dépôt {} se trouve en {}, comme le site"),
    ("store {w} lies {=}", "le dépôt {} se trouve {}"),
    ("another subdivision", "une autre subdivision"),
];
