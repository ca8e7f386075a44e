//! Of the other rules: certificates, operations, identity, models, places.

use super::Pair;

pub(super) const PAIRS: &[Pair] = &[
    // Several findings.
    ("and {n} more", "et {} de plus"),
    // Certificates: QUA-01, QUA-02, QUA-03, CERT.
    ("HDS activities {} are not covered (CSP R.1111-9)", "activités HDS non couvertes : {} (CSP R.1111-9)"),
    ("{w} {} until {date}", "{} {} jusqu'au {}"),
    (
        "{}: {w} is for {}, not for service \"{}\"",
        "{} : le certificat {} vaut pour {}, non pour le service « {} »",
    ),
    ("{} ({w}): no {w} certificate", "{} ({}) : aucun certificat {}"),
    (
        "{}: {w} {} is version {}, below {}",
        "{} : le certificat {} {} est de version {}, antérieure à la version {}",
    ),
    (
        "{}: {w} {}: version {} cannot be compared",
        "{} : certificat {} {} : sa version ({}) ne peut pas être comparée",
    ),
    ("{}: {w} {} ended on {date}", "{} : le certificat {} {} a pris fin le {}"),
    ("{}: {w} {} begins on {date}", "{} : le certificat {} {} ne commence que le {}"),
    (
        "{}: {w} {} lasts from {date} to {date}, longer than the three years that its scheme allows: check its dates",
        "{} : le certificat {} {} va du {} au {}, plus que les trois ans admis",
    ),
    (
        "{}: {w} {} was issued on {date}, before version {} existed, on {date}: check its dates",
        "{} : le certificat {} {} date du {}, avant que la version {} n'existe, le {}",
    ),
    ("{}: {w} {}: its dates cannot be read", "{} : certificat {} {} : ses dates sont illisibles"),
    (
        "{}: {w} {} is only declared: give its document (spec.certifications[].document)",
        "{} : le certificat {} {} n'est que déclaré, il manque le document signé",
    ),
    (
        "not needed: no sensitive data of the State, nor does the policy ask",
        "sans objet : pas de données sensibles de l'État, et la politique ne le demande pas",
    ),
    (
        "not needed: no health data, nor does the policy ask",
        "sans objet : pas de données de santé, et la politique ne le demande pas",
    ),
    (
        "not needed: the policy asks for no other certificate",
        "sans objet : la politique ne demande aucun autre certificat",
    ),
    ("rests on HDS certificates, see QUA-02", "dépend des certificats HDS, voir QUA-02"),
    (
        "{} ({}): access from outside the EEA is not disclosed",
        "{} ({}) : les accès depuis un pays hors de l'EEE ne figurent pas au contrat",
    ),
    (
        "{} ({}): outsideEeaAccessDisclosed is not declared, say true or false",
        "{} ({}) : il n'est pas déclaré si les accès depuis un pays hors de l'EEE figurent au contrat",
    ),
    ("disclosed, or none", "ils figurent au contrat, ou il n'y en a pas"),
    // OPS-01
    (
        "nobody is named: declare spec.operations of the Site",
        "personne n'est nommé : l'hébergeur doit déclarer qui exploite le site",
    ),
    (
        "operations.{=}: Provider {w} does not exist: create it, or correct the name",
        "{} : le prestataire {} n'est pas enregistré, l'hébergeur doit le déclarer ou corriger le nom",
    ),
    ("updatedBy", "mises à jour"),
    ("onCall", "astreinte"),
    ("operations.codeOwner is empty", "il n'est pas dit à qui est le code"),
    (
        "the call is answered from {w}, outside the allowed countries",
        "l'astreinte répond depuis un pays non admis ({})",
    ),
    ("nobody is on call at night: operations.aroundTheClock is false", "personne n'est d'astreinte la nuit"),
    (
        "only declared: give the signed agreement (operations.document)",
        "ce n'est que déclaré : il manque la convention signée",
    ),
    (
        "{w} updates, {w} is on call from {w} within {n} minutes",
        "{} met à jour, {} est d'astreinte depuis le pays {} sous {} minutes",
    ),
    // IDN-01
    (
        "identifiers fit the kind; the siret claim is compared at sign-in",
        "les identifiants conviennent à la nature de l'organisation ; le SIRET est comparé à la connexion",
    ),
    ("only a Groupement has members", "seul un groupement a des membres"),
    ("{w}: INSEE code {w} is not for kind {w}", "{} : le code INSEE {} ne convient pas à la nature {}"),
    ("{w}: {w} {w} is not for kind {w}", "{} : le numéro {} {} ne convient pas à la nature {}"),
    (
        "{w}: INSEE code {w} is wrong: check it against the register",
        "{} : le code INSEE {} est inexact, vérifiez-le au répertoire",
    ),
    (
        "{w}: {w} {w} is wrong: check it against the register",
        "{} : le numéro {} {} est inexact, vérifiez-le au répertoire",
    ),
    ("{w}: {=} is missing, kind {w} needs it", "{} : {} manquant, la nature {} le demande"),
    ("INSEE code", "code INSEE"),
    ("{w}: neither SIREN nor SIRET", "{} : ni SIREN ni SIRET"),
    ("{w}: SIRET {w} does not begin with SIREN {w}", "{} : le SIRET {} ne commence pas par le SIREN {}"),
    ("a Groupement has at least two members", "un groupement a au moins deux membres"),
    (
        "member {w} does not exist: create the Tenant, or correct spec.members",
        "le membre {} n'est pas enregistré : demandez à l'hébergeur de l'enregistrer ou de corriger les membres",
    ),
    ("member {w} is itself a Groupement", "le membre {} est lui-même un groupement"),
    // AI-01
    ("model {}: {=}", "modèle {} : {}"),
    ("declares no AI model", "ne déclare aucun modèle d'IA"),
    ("uses no AI model", "n'utilise aucun modèle d'IA"),
    ("{n} models, complete", "modèles d'IA décrits entièrement : {}"),
    ("no licence", "sans licence"),
    (
        "its base models are not declared (an empty list says that there are none)",
        "ses modèles d'origine ne sont pas déclarés (une liste vide dit qu'il n'y en a pas)",
    ),
    ("base model {} has no licence", "le modèle d'origine {} est sans licence"),
    ("its datasets are not declared", "ses jeux de données ne sont pas déclarés"),
    // AI-03
    (
        "{n} models, as declared: inference where the rules allow, no training on tenants' data",
        "modèles d'IA, selon ce qui est déclaré, exécutés là où les règles l'admettent et non entraînés sur les données des organisations : {}",
    ),
    ("it is trained on tenants' data", "il est entraîné sur les données des organisations"),
    (
        "whether it is trained on tenants' data is not declared",
        "il n'est pas dit s'il est entraîné sur les données des organisations",
    ),
    ("where inference runs is not declared", "il n'est pas dit où a lieu l'inférence"),
    ("the country where inference runs is not declared", "le pays où a lieu l'inférence n'est pas déclaré"),
    (
        "inference runs in {w}, and the policy allows only parts of it: declare inferenceSubdivision",
        "l'inférence a lieu dans un pays ({}) dont la politique n'admet qu'une partie : la subdivision doit être déclarée",
    ),
    ("inference runs {=}", "l'inférence a lieu {}"),
    ("who runs inference is not declared (inferenceProvider)", "il n'est pas dit qui exécute l'inférence"),
    // PUB-01
    ("published by {w}; the policy allows {}", "publiée par {} ; la politique admet {}"),
    ("published by {w}", "publiée par {}"),
    // LOC-01, on what a site declares.
    ("the site lies {=}", "le site se trouve {}"),
    ("storage class {w} keeps its data {=}", "la classe de stockage {} garde ses données {}"),
    ("in {w}, outside the allowed countries", "hors des pays admis ({})"),
    ("subdivision {w} does not lie in {w}", "dans la subdivision {}, qui n'est pas du pays {}"),
    ("in {w}, which the policy leaves out", "dans une subdivision que la politique écarte ({})"),
    ("in {w}, outside the allowed subdivisions", "hors des subdivisions admises ({})"),
    (
        "the site was never reached: nothing of it was seen",
        "le site n'a jamais été joint : rien n'en a été vu",
    ),
    ("no node was seen", "aucun nœud n'a été vu"),
    (
        "labels alone prove no place: declare spec.nodes.providerIdPrefix",
        "les étiquettes seules ne prouvent pas le lieu : l'hébergeur doit déclarer les identifiants de ses nœuds",
    ),
    (
        "storage class {w}: its provisioner is not declared, so that nothing shows what its volumes are",
        "classe de stockage {} : son fournisseur de volumes n'est pas déclaré, si bien que rien ne montre ce que sont ses volumes",
    ),
    ("storage class {w}: {=}, not {=}", "classe de stockage {} : {}, et non {}"),
    (
        "storage class {w} is declared, but not in the cluster",
        "la classe de stockage {} est déclarée, mais absente du cluster",
    ),
    ("{n} nodes seen in {} ({w})", "nœuds vus à {1} ({2}) : {0}"),
    (
        "node {w}: spec.providerID is {}, not {w}…",
        "nœud {} : son identifiant (spec.providerID) est {} au lieu de {}…",
    ),
    ("node {w}: {w} is {}, not {}", "nœud {} : {} vaut {} au lieu de {}"),
    ("node {w} bears no label {w}", "le nœud {} ne porte pas l'étiquette {}"),
    ("node {w} bears no spec.providerID", "le nœud {} ne porte pas d'identifiant (spec.providerID)"),
];
