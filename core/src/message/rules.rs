//! What the rules say that are not on providers: certificates, places, operations, tenants, models, publishers, and a
//! policy's own. What those on providers say is in [`law`](super::law).

use std::fmt;

use beffroi_crds::{provider::Scheme, tenant::TenantKind, text::Date};
use jiff::civil;
use serde::{Deserialize, Serialize};

use super::{Draw, Language, Message};

messages! {
    /// What the rules say that are not on providers.
    RuleMessage {
        /// LOC-01 is broken: the site lies elsewhere.
        "rule.site-misplaced" SiteMisplaced { lies: Misplaced }
            "the site lies {lies}"
            "le site se trouve {lies}"
        /// LOC-01 is broken: data lies elsewhere.
        "rule.class-misplaced" ClassMisplaced { class: String, lies: Misplaced }
            "storage class {class} keeps its data {lies}"
            "la classe de stockage {class} garde ses données {lies}"
        /// LOC-01 is broken: a node bears another label than is declared.
        "rule.node-label" NodeLabel { node: String, label: String, seen: String, declared: String }
            "node {node}: {label} is {seen}, not {declared}"
            "nœud {node} : {label} vaut {seen} au lieu de {declared}"
        /// LOC-01 is broken: a node has the identifier of another place.
        "rule.node-id" NodeId { node: String, seen: String, prefix: String }
            "node {node}: spec.providerID is {seen}, not {prefix}…"
            "nœud {node} : son identifiant (spec.providerID) est {seen} au lieu de {prefix}…"
        /// LOC-01 is broken: a storage class is another than is declared.
        "rule.class-differs" ClassDiffers { class: String, seen: Box<Message>, declared: Box<Message> }
            "storage class {class}: {seen}, not {declared}"
            "classe de stockage {class} : {seen}, et non {declared}"
        /// Nothing of a site is known.
        "rule.site-never-reached" SiteNeverReached
            "the site was never reached: nothing of it was seen"
            "le site n'a jamais été joint : rien n'en a été vu"
        /// Nothing of a site's nodes is known.
        "rule.no-node" NoNode
            "no node was seen"
            "aucun nœud n'a été vu"
        /// A site declares nothing that would prove where its nodes are.
        "rule.labels-alone" LabelsAlone
            "labels alone prove no place: declare spec.nodes.providerIdPrefix"
            "les étiquettes seules ne prouvent pas le lieu : l'hébergeur doit déclarer les identifiants de ses nœuds"
        /// A node lacks a label that is declared.
        "rule.node-unlabelled" NodeUnlabelled { node: String, label: String }
            "node {node} bears no label {label}"
            "le nœud {node} ne porte pas l'étiquette {label}"
        /// A node has no identifier.
        "rule.node-without-id" NodeWithoutId { node: String }
            "node {node} bears no spec.providerID"
            "le nœud {node} ne porte pas d'identifiant (spec.providerID)"
        /// A storage class is declared and not there.
        "rule.class-missing" ClassMissing { class: String }
            "storage class {class} is declared, but not in the cluster"
            "la classe de stockage {class} est déclarée, mais absente du cluster"
        /// Nothing says what makes the volumes of a storage class.
        "rule.class-unproven" ClassUnproven { class: String }
            "storage class {class}: its provisioner is not declared, so that nothing shows what its volumes are"
            "classe de stockage {class} : son fournisseur de volumes n'est pas déclaré, si bien que rien ne montre ce que sont ses volumes"
        /// LOC-01 is met.
        "rule.nodes-seen" NodesSeen { nodes: usize, city: String, subdivision: String }
            "{nodes} nodes seen in {city} ({subdivision})"
            "nœuds vus à {city} ({subdivision}) : {nodes}"

        /// Certificates that are in force.
        "rule.certificate-in-force" InForce { scheme: Scheme, version: String, reference: String, until: Date }
            "{scheme} {version} {reference} until {until}"
            "{scheme} {version} {reference} jusqu'au {until}"
        /// No certificate covers some of the activities of HDS.
        "rule.activities-not-covered" NotCovered { activities: Vec<u32> }
            "HDS activities {activities} are not covered (CSP R.1111-9)"
            "activités HDS non couvertes : {activities} (CSP R.1111-9)"
        /// A certificate is for other services.
        "rule.certificate-for-another-service" OtherService { provider: String, scheme: Scheme, services: Vec<Quoted>, service: Quoted }
            "{provider}: {scheme} is for {services}, not for service {service}"
            "{provider} : le certificat {scheme} vaut pour {services}, non pour le service {service}"
        /// There is no certificate.
        "rule.no-certificate" NoCertificate { provider: String, name: String, scheme: Scheme }
            "{provider} ({name}): no {scheme} certificate"
            "{provider} ({name}) : aucun certificat {scheme}"
        /// A certificate is of too early a version.
        "rule.certificate-below" Below { provider: String, scheme: Scheme, reference: String, version: String, least: String }
            "{provider}: {scheme} {reference} is version {version}, below {least}"
            "{provider} : le certificat {scheme} {reference} est de version {version}, antérieure à la version {least}"
        /// A certificate is of a version that says nothing.
        "rule.certificate-incomparable" Incomparable { provider: String, scheme: Scheme, reference: String, version: String }
            "{provider}: {scheme} {reference}: version {version} cannot be compared"
            "{provider} : certificat {scheme} {reference} : sa version ({version}) ne peut pas être comparée"
        /// A certificate is over.
        "rule.certificate-ended" Ended { provider: String, scheme: Scheme, reference: String, last: Date }
            "{provider}: {scheme} {reference} ended on {last}"
            "{provider} : le certificat {scheme} {reference} a pris fin le {last}"
        /// A certificate is yet to come.
        "rule.certificate-to-come" ToCome { provider: String, scheme: Scheme, reference: String, first: Date }
            "{provider}: {scheme} {reference} begins on {first}"
            "{provider} : le certificat {scheme} {reference} ne commence que le {first}"
        /// A certificate has days that are none.
        "rule.certificate-dates-unread" DatesUnread { provider: String, scheme: Scheme, reference: String }
            "{provider}: {scheme} {reference}: its dates cannot be read"
            "{provider} : certificat {scheme} {reference} : ses dates sont illisibles"
        /// A certificate has days that cannot be its.
        "rule.certificate-odd" Odd { provider: String, scheme: Scheme, reference: String, oddity: Oddity }
            "{provider}: {scheme} {reference} {oddity}: check its dates"
            "{provider} : le certificat {scheme} {reference} {oddity} : ses dates sont à vérifier"
        /// A certificate has no document.
        "rule.certificate-only-declared" CertificateOnlyDeclared { provider: String, scheme: Scheme, reference: String }
            "{provider}: {scheme} {reference} is only declared: give its document (spec.certifications[].document)"
            "{provider} : le certificat {scheme} {reference} n'est que déclaré, il manque le document signé"
        /// QUA-01 asks for nothing.
        "rule.no-state-data" NoStateData
            "not needed: no sensitive data of the State, nor does the policy ask"
            "sans objet : pas de données sensibles de l'État, et la politique ne le demande pas"
        /// QUA-02 and QUA-03 ask for nothing.
        "rule.no-health-data" NoHealthData
            "not needed: no health data, nor does the policy ask"
            "sans objet : pas de données de santé, et la politique ne le demande pas"
        /// CERT asks for nothing.
        "rule.no-other-certificate" NoOtherCertificate
            "not needed: the policy asks for no other certificate"
            "sans objet : la politique ne demande aucun autre certificat"
        /// QUA-03 cannot be told without the certificates of QUA-02.
        "rule.rests-on-hds" RestsOnHds
            "rests on HDS certificates, see QUA-02"
            "dépend des certificats HDS, voir QUA-02"
        /// QUA-03 is broken.
        "rule.access-undisclosed" AccessUndisclosed { service: String, reference: String }
            "{service} ({reference}): access from outside the EEA is not disclosed"
            "{service} ({reference}) : les accès depuis un pays hors de l'EEE ne figurent pas au contrat"
        /// It is not said whether the contract has them.
        "rule.disclosure-undeclared" DisclosureUndeclared { service: String, reference: String }
            "{service} ({reference}): outsideEeaAccessDisclosed is not declared, say true or false"
            "{service} ({reference}) : rien ne dit si les accès depuis un pays hors de l'EEE figurent au contrat, l'hébergeur doit le déclarer"
        /// QUA-03 is met.
        "rule.access-disclosed" AccessDisclosed
            "disclosed, or none"
            "les accès depuis un pays hors de l'EEE figurent au contrat, ou il n'y en a pas"

        /// OPS-01 cannot be told: a site says nothing.
        "rule.nobody-operates" NobodyOperates
            "nobody is named: declare spec.operations of the Site"
            "personne n'est nommé : l'hébergeur doit déclarer qui exploite le site"
        /// Somebody is named who is not there.
        "rule.operator-unknown" OperatorUnknown { duty: Duty, provider: String }
            "operations.{duty}: Provider {provider} does not exist: create it, or correct the name"
            "{duty} : le prestataire {provider} n'est pas enregistré, l'hébergeur doit le déclarer ou corriger le nom"
        /// It is not said who owns the code.
        "rule.no-code-owner" NoCodeOwner
            "operations.codeOwner is empty"
            "il n'est pas dit à qui est le code, l'hébergeur doit le déclarer"
        /// OPS-01 is broken by from where one steps in.
        "rule.call-from-outside" CallFromOutside { country: String }
            "the call is answered from {country}, outside the allowed countries"
            "l'astreinte répond depuis un pays non admis ({country})"
        /// OPS-01 is broken by when one steps in.
        "rule.nobody-at-night" NobodyAtNight
            "nobody is on call at night: operations.aroundTheClock is false"
            "personne n'est d'astreinte la nuit"
        /// No signed document says who operates.
        "rule.operations-only-declared" OperationsOnlyDeclared
            "only declared: give the signed agreement (operations.document)"
            "ce n'est que déclaré : il manque la convention signée"
        /// OPS-01 is met.
        "rule.operated" Operated { updates: String, call: String, country: String, minutes: u32 }
            "{updates} updates, {call} is on call from {country} within {minutes} minutes"
            "{updates} fait les mises à jour, {call} assure l'astreinte depuis le pays {country} sous {minutes} min"

        /// IDN-01 is broken: who is no grouping has members.
        "rule.members-of-no-grouping" MembersOfNoGrouping
            "only a Groupement has members"
            "seul un groupement a des membres"
        /// IDN-01 is broken: a tenant has a number that is not for such.
        "rule.identifier-unfit" IdentifierUnfit { tenant: String, register: Register, number: String, kind: TenantKind }
            "{tenant}: {register} {number} is not for kind {kind}"
            "{tenant} : le {register} {number} ne convient pas à la nature « {kind} »"
        /// IDN-01 is broken: the key of a number is wrong.
        "rule.identifier-wrong" IdentifierWrong { tenant: String, register: Register, number: String }
            "{tenant}: {register} {number} is wrong: check it against the register"
            "{tenant} : le {register} {number} est inexact, vérifiez-le dans le répertoire"
        /// IDN-01 is broken: a tenant lacks a number that such have.
        "rule.identifier-missing" IdentifierMissing { tenant: String, register: Register, kind: TenantKind }
            "{tenant}: {register} is missing, kind {kind} needs it"
            "{tenant} : {register} manquant, la nature « {kind} » le demande"
        /// IDN-01 is broken: a tenant bears no number of all firms.
        "rule.no-siren-nor-siret" NoSirenNorSiret { tenant: String }
            "{tenant}: neither SIREN nor SIRET"
            "{tenant} : ni SIREN ni SIRET"
        /// IDN-01 is broken: two numbers are of two firms.
        "rule.siret-of-another" SiretOfAnother { tenant: String, siret: String, siren: String }
            "{tenant}: SIRET {siret} does not begin with SIREN {siren}"
            "{tenant} : le SIRET {siret} ne commence pas par le SIREN {siren}"
        /// IDN-01 is broken: a grouping groups nobody.
        "rule.few-members" FewMembers
            "a Groupement has at least two members"
            "un groupement a au moins deux membres"
        /// A grouping names a member that is not there.
        "rule.member-unknown" MemberUnknown { member: String }
            "member {member} does not exist: create the Tenant, or correct spec.members"
            "le membre {member} n'est pas enregistré : demandez à l'hébergeur de l'enregistrer ou de corriger les membres"
        /// IDN-01 is broken: a grouping of groupings.
        "rule.member-is-grouping" MemberIsGrouping { member: String }
            "member {member} is itself a Groupement"
            "le membre {member} est lui-même un groupement"
        /// IDN-01 is met.
        "rule.identified" Identified
            "identifiers fit the kind; the siret claim is compared at sign-in"
            "les identifiants conviennent à la nature de l'organisation ; la revendication siret est comparée lors de la connexion"

        /// AI-01 or AI-03 is broken by one model, or cannot be told of it.
        "rule.model" OfModel { model: String, fault: ModelFault }
            "model {model}: {fault}"
            "modèle {model} : {fault}"
        /// AI-01 and AI-03 ask for nothing.
        "rule.no-model" NoModel
            "declares no AI model"
            "ne déclare aucun modèle d'IA"
        /// AI-01 is met.
        "rule.models-complete" ModelsComplete { models: usize }
            "{models} models, complete"
            "modèles d'IA décrits entièrement : {models}"
        /// AI-03 is met.
        "rule.models-held-in" ModelsHeldIn { models: usize }
            "{models} models, as declared: inference where the rules allow, no training on tenants' data"
            "modèles d'IA, selon ce qui est déclaré, exécutés là où les règles l'admettent et non entraînés sur les données des organisations : {models}"

        /// PUB-01 is met.
        "rule.published-by" PublishedBy { publisher: String }
            "published by {publisher}"
            "publiée par {publisher}"
        /// PUB-01 is broken.
        "rule.publisher-not-allowed" PublisherNotAllowed { publisher: String, allowed: Vec<String> }
            "published by {publisher}; the policy allows {allowed}"
            "publiée par {publisher} ; la politique admet {allowed}"

        /// A rule of a policy's own is met.
        "rule.custom-holds" CustomHolds { rule: String }
            "{rule} holds"
            "la règle {rule} est respectée"
        /// A rule of a policy's own says neither yes nor no. What its author wrote is told first.
        "rule.custom-yields" CustomYields { wanted: String, yielded: String }
            "{wanted}: yields {yielded}, not true or false"
            "{wanted} : la règle donne {yielded}, ni vrai ni faux"
        /// A rule of a policy's own fails to be judged.
        "rule.custom-fails" CustomFails { wanted: String, why: String }
            "{wanted}: cannot be evaluated: {why}"
            "{wanted} : la règle ne peut pas être évaluée : {why}"
        /// A rule of a policy's own is no CEL.
        "rule.custom-syntax" CustomSyntax { rule: String, line: usize, column: usize, why: String }
            "custom rule {rule}: line {line}, column {column}: {why}: correct the expression"
            "règle personnalisée {rule} : ligne {line}, colonne {column} : {why} : corrigez l'expression"
        /// A rule of a policy's own names what is not there.
        "rule.custom-unknown-name" CustomUnknownName { rule: String, line: usize, column: usize, name: String }
            "custom rule {rule}: line {line}, column {column}: {name} is not known: use site, provider, tenant, workspace and CEL's standard functions"
            "règle personnalisée {rule} : ligne {line}, colonne {column} : {name} n'est pas connu, employez site, provider, tenant, workspace et les fonctions usuelles de CEL"
        /// A rule of a policy's own is too long.
        "rule.custom-long" CustomLong { rule: String, length: usize, most: usize }
            "custom rule {rule}: {length} bytes, at most {most} are allowed: split it into several rules"
            "règle personnalisée {rule} : {length} octets, pour {most} admis : partagez-la en plusieurs règles"
        /// A rule of a policy's own is nested too deeply.
        "rule.custom-deep" CustomDeep { rule: String, most: usize }
            "custom rule {rule}: nested more than {most} deep: split it into several rules"
            "règle personnalisée {rule} : plus de {most} niveaux d'imbrication : partagez-la en plusieurs règles"
        /// A rule of a policy's own could take too long.
        "rule.custom-costly" CustomCostly { rule: String, steps: u64, most: u64 }
            "custom rule {rule}: could take {steps} steps, at most {most} are allowed: nest fewer all, exists, map, filter and matches"
            "règle personnalisée {rule} : pourrait demander {steps} étapes, pour {most} admises : imbriquez moins de all, exists, map, filter et matches"
        /// A rule of a policy's own could build too much.
        "rule.custom-large" CustomLarge { rule: String, copies: u64, most: u64 }
            "custom rule {rule}: could build {copies} copies of what it is given, at most {most} are allowed: map and add less"
            "règle personnalisée {rule} : pourrait faire {copies} copies de ce qu'elle reçoit, pour {most} admises : employez moins map et +"
        /// A policy enforces what is no rule.
        "rule.enforced-unknown" EnforcedUnknown { rule: String, known: Vec<String> }
            "enforce: {rule} is not a rule: name one of {known}"
            "enforce : {rule} n'est pas une règle : nommez l'une de celles-ci : {known}"
        /// A policy enforces a rule that nobody judges.
        "rule.enforced-awaited" EnforcedAwaited { rule: String, awaits: Awaited }
            "enforce: {rule} is not evaluated yet, it waits for {awaits}: take it out, or nobody would check what the policy promises"
            "enforce : {rule} n'est pas encore évaluée, elle attend {awaits} : retirez-la, sinon personne ne vérifierait ce que la politique promet"
    }
}

messages! {
    /// Why a place is not allowed, as it stands after `lies` and `se trouve`.
    Misplaced {
        "country" Country { country: String }
            "in {country}, outside the allowed countries"
            "dans un pays non admis ({country})"
        "no-part" NoPart { subdivision: String, country: String }
            "subdivision {subdivision} does not lie in {country}"
            "dans la subdivision {subdivision}, qui n'est pas du pays {country}"
        "left-out" LeftOut { subdivision: String }
            "in {subdivision}, which the policy leaves out"
            "dans une subdivision que la politique écarte ({subdivision})"
        "subdivision" Subdivision { subdivision: String }
            "in {subdivision}, outside the allowed subdivisions"
            "dans une subdivision non admise ({subdivision})"
    }
}

messages! {
    /// What is wrong with the days of a certificate by themselves.
    Oddity {
        "lasts-too-long" Lasts { first: Date, last: Date }
            "lasts from {first} to {last}, longer than the three years that its scheme allows"
            "va du {first} au {last}, plus que les trois ans admis pour ce type de certificat"
        "before-its-version" BeforeVersion { issued: Date, version: String, since: civil::Date }
            "was issued on {issued}, before version {version} existed, on {since}"
            "date du {issued}, alors que la version {version} n'existe que depuis le {since}"
    }
}

messages! {
    /// What is wrong with an AI model, or not known of it.
    ModelFault {
        "no-licence" NoLicence
            "no licence"
            "sans licence"
        "bases-undeclared" BasesUndeclared
            "its base models are not declared (an empty list says that there are none)"
            "ses modèles d'origine ne sont pas déclarés (une liste vide dit qu'il n'y en a pas)"
        "base-without-licence" BaseWithoutLicence { base: String }
            "base model {base} has no licence"
            "le modèle d'origine {base} est sans licence"
        "datasets-undeclared" DatasetsUndeclared
            "its datasets are not declared"
            "ses jeux de données ne sont pas déclarés"
        "trained-on-tenants" TrainedOnTenants
            "it is trained on tenants' data"
            "il est entraîné sur les données des organisations"
        "training-undeclared" TrainingUndeclared
            "whether it is trained on tenants' data is not declared"
            "il n'est pas dit s'il est entraîné sur les données des organisations"
        "inference-undeclared" InferenceUndeclared
            "where inference runs is not declared"
            "il n'est pas dit où a lieu l'inférence"
        "inference-country-undeclared" CountryUndeclared
            "the country where inference runs is not declared"
            "le pays où a lieu l'inférence n'est pas déclaré"
        "inference-subdivision-undeclared" SubdivisionUndeclared { country: String }
            "inference runs in {country}, and the policy allows only parts of it: declare inferenceSubdivision"
            "l'inférence a lieu dans un pays ({country}) dont la politique n'admet qu'une partie : la subdivision doit être déclarée"
        "inference-misplaced" InferenceMisplaced { runs: Misplaced }
            "inference runs {runs}"
            "l'inférence a lieu {runs}"
        "inference-provider-undeclared" ProviderUndeclared
            "who runs inference is not declared (inferenceProvider)"
            "il n'est pas dit qui exécute l'inférence"
    }
}

words! {
    /// What somebody is named for, in `spec.operations` of a site.
    Duty {
        Updates "updatedBy" "mises à jour"
        OnCall "onCall" "astreinte"
    }
}

words! {
    /// A register of bodies, by what it calls its numbers.
    Register {
        Siren "SIREN" "numéro SIREN"
        Siret "SIRET" "numéro SIRET"
        Finess "FINESS" "numéro FINESS"
        Uai "UAI" "numéro UAI"
        Insee "INSEE code" "code INSEE"
    }
}

words! {
    /// What a rule waits for that is not judged yet.
    Awaited {
        Inventory
            "an inventory of where logs, directory and certificates lie"
            "un inventaire des lieux des journaux, de l'annuaire et des certificats"
        KeyManagement
            "observation of key management"
            "l'observation de la gestion des clés"
        Sessions
            "the bastion's sessions joined with the API servers' audit logs"
            "le rapprochement des sessions du bastion et des journaux d'audit des serveurs d'API"
        Intervention
            "kind Intervention"
            "la ressource Intervention"
        CountryOfIntervention
            "kind Intervention, with the country of each session"
            "la ressource Intervention, avec le pays de chaque session"
        SharedByPods
            "observation of what pods share; the guards of each site hold it at the door"
            "l'observation de ce que les pods partagent ; les gardes de chaque site y veillent à l'entrée"
        LogStores
            "observation of log stores"
            "l'observation des dépôts de journaux"
        Restore
            "kind Restore"
            "la ressource Restore"
        Incident
            "kind Incident"
            "la ressource Incident"
        Export
            "kind Export, and the contract's delays"
            "la ressource Export et les délais du contrat"
        Charges
            "the contract's charges"
            "les tarifs du contrat"
        Closure
            "kind Closure"
            "la ressource Closure"
        CurrentSummary
            "when a summary counts as current"
            "une définition de ce qu'est un résumé à jour"
        FieldOfApp
            "a field for it in App"
            "un champ qui la porte dans la ressource App"
    }
}

/// A name that would be read as part of the sentence.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Quoted(pub String);

impl Draw for Quoted {
    fn draw(&self, language: Language, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match language {
            Language::En => write!(f, "\"{}\"", self.0),
            Language::Fr => write!(f, "« {} »", self.0),
        }
    }
}

// As people call them.
words! {
    for Scheme {
        SecNumCloud "SecNumCloud" "SecNumCloud"
        Hds "Hds" "HDS"
        Iso27001 "Iso27001" "ISO 27001"
        Pams "Pams" "PAMS"
    }
}

words! {
    for TenantKind {
        Commune "Commune" "commune"
        Epci "Epci" "intercommunalité"
        Departement "Departement" "département"
        Region "Region" "région"
        EtablissementDeSante "EtablissementDeSante" "établissement de santé"
        Rectorat "Rectorat" "rectorat"
        EtablissementScolaire "EtablissementScolaire" "établissement scolaire"
        Prefecture "Prefecture" "préfecture"
        AdministrationCentrale "AdministrationCentrale" "administration centrale"
        OperateurDeLEtat "OperateurDeLEtat" "opérateur de l'État"
        Groupement "Groupement" "groupement"
        Autre "Autre" "autre"
    }
}
