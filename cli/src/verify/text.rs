//! What a verified bundle proves, and what it does not, for people.

use std::fmt::Write;

use beffroi_core::{
    evidence::{
        Expected, Predicate, Verified,
        statement::{Audit, DataLocation, KeyRotation, Limit, LocationVerdict, RuleVerdict, Version},
    },
    location::Policy,
    message::In,
    policy,
};

use crate::{
    Language::{self, En, Fr},
    plain,
};

/// The report.
pub(super) fn report(verified: &Verified, expected: &Expected, language: Language) -> String {
    let mut out = String::new();
    let say = |fr: &'static str, en: &'static str| pick(language, fr, en);
    line(&mut out, say("Preuve authentique", "Genuine"), say("oui", "yes"));
    match &verified.statement.predicate {
        Predicate::DataLocation(claim) => location(&mut out, claim, verified, language),
        Predicate::Audit(entry) => audit(&mut out, entry, language),
        Predicate::KeyRotation(change) => rotation(&mut out, change, language),
    }
    let log = &verified.checkpoint;
    let place = match language {
        Fr => format!("{}, entrée {} sur {}", log.origin, verified.log_index, log.size),
        En => format!("{}, entry {} of {}", log.origin, verified.log_index, log.size),
    };
    line(&mut out, say("Journal", "Log"), &place);
    line(&mut out, say("Signé par la clé", "Signed by key"), &verified.key);
    if verified.rotations > 0 {
        line(&mut out, say("Changements de clés", "Changes of keys"), &verified.rotations.to_string());
    }
    heading(&mut out, say("Non prouvé", "Not proven"));
    if let Predicate::DataLocation(claim) = &verified.statement.predicate {
        claim.not_proven.iter().for_each(|l| item(&mut out, limit(*l, language)));
        if claim.version == Version::First {
            item(
                &mut out,
                say(
                    "ni le verdict ni les règles : une preuve de la première version ne contient qu'un extrait de la politique, que rien ne lie à son empreinte, et y dit tenues des règles sans objet",
                    "neither verdict nor rules: a proof of the first version holds an extract of the policy that nothing binds to its digest, and calls rules over nothing kept",
                ),
            );
        }
        if expected.policy.is_none() {
            item(
                &mut out,
                say(
                    "que ces règles soient les vôtres : --policy les compare à votre exemplaire de la politique",
                    "that these are the rules you know: --policy compares them with your own copy of the policy",
                ),
            );
        }
    }
    if expected.fresh.is_none() {
        item(
            &mut out,
            say(
                "que cette preuve soit la dernière : sans --max-age, une ancienne est acceptée",
                "that this is the latest: without --max-age an old one is taken",
            ),
        );
    }
    if expected.known.is_none() {
        item(
            &mut out,
            say(
                "que le même journal soit montré à tous : sans état connu (--state), deux versions ne se distinguent pas",
                "that all are shown the same log: without a known state (--state) two versions cannot be told apart",
            ),
        );
    }
    out
}

fn location(out: &mut String, claim: &DataLocation, verified: &Verified, language: Language) {
    let say = |fr: &'static str, en: &'static str| pick(language, fr, en);
    let verdict = match claim.verification_result {
        LocationVerdict::Located => {
            say("les données se trouvent où les règles l'admettent", "the data lies where the rules allow")
        }
        LocationVerdict::NotLocated => say(
            "des données NE se trouvent PAS, ou pas à coup sûr, où les règles l'admettent",
            "data does NOT lie, or not for certain, where the rules allow",
        ),
        LocationVerdict::Unknown if claim.sites.iter().all(|site| site.nodes == 0 && site.volumes == 0) => {
            say(
                "personne ne peut le dire : ni nœud ni volume n'en a été vu",
                "nobody can tell: neither nodes nor volumes of it were seen",
            )
        }
        LocationVerdict::Unknown => say("personne ne peut le dire", "nobody can tell"),
    };
    line(out, "Verdict", verdict);
    let workspace = &claim.workspace;
    line(
        out,
        say("Espace", "Workspace"),
        &format!("{}/{} ({})", workspace.namespace, workspace.name, workspace.uid),
    );
    line(out, "Tenant", &format!("{} ({})", workspace.tenant, workspace.tenant_uid));
    line(out, say("Établi le", "Made at"), &format!("{:.0}", claim.time_verified));
    line(
        out,
        say("Règles", "Rules"),
        &format!("{} (SHA-256 {})", claim.policy.uri, claim.policy.digest.sha256),
    );
    let redrawn = if verified.policy.is_some() {
        say(
            "oui, à partir de l'observation et de la politique jointes",
            "yes, from the observation and the policy in the bundle",
        )
    } else {
        say("NON : preuve de la première version", "NO: a proof of the first version")
    };
    line(out, say("Verdict recalculé", "Verdict drawn again"), redrawn);
    if let Some(policy) = &verified.policy {
        rules(out, policy, language);
    }
    heading(out, say("Où", "Where"));
    for site in &claim.sites {
        let seen = site
            .observed_at
            .map_or_else(|| say("jamais vu", "never seen").to_owned(), |at| format!("{at:.0}"));
        let counts = match language {
            Fr => {
                format!("{} pods sur {} nœuds, {} volumes, vu le {seen}", site.pods, site.nodes, site.volumes)
            }
            En => {
                format!("{} pods on {} nodes, {} volumes, seen {seen}", site.pods, site.nodes, site.volumes)
            }
        };
        item(
            out,
            &format!("{}: {}, {} ({}), {counts}", site.name, site.city, site.subdivision, site.provider),
        );
    }
    heading(out, say("Règles jugées", "Rules judged"));
    for result in &claim.rules {
        let verdict = match result.result {
            RuleVerdict::Pass => say("tenue", "pass"),
            RuleVerdict::Fail => say("ENFREINTE", "FAIL"),
            RuleVerdict::Unproven => say("non prouvée", "unproven"),
            RuleVerdict::WithoutObject => say("sans objet", "without object"),
        };
        let known = match result.probed_at {
            _ if result.id != "LOC-04" => String::new(),
            Some(at) => format!(", {} {at:.0}", say("observé par une sonde le", "observed by a probe at")),
            None => say(", déclaré", ", declared").to_owned(),
        };
        let judged = format!("{} {verdict}{known}", result.id);
        // One that this program does not know was judged by a later one.
        let rule = policy::all().iter().find(|rule| rule.id == result.id);
        let told =
            rule.map(|rule| format!("{judged}: {} [{}]", say(rule.fr, rule.en), In(language, &rule.source)));
        item(out, &told.unwrap_or(judged));
    }
    if !claim.findings.is_empty() {
        heading(out, say("Constats", "Findings"));
    }
    for finding in &claim.findings {
        item(out, &format!("{} {} {}", finding.rule, finding.site, finding.object));
        let lines = [
            (say("vu", "seen"), finding.observed.in_language(language)),
            (say("attendu", "expected"), finding.expected.in_language(language)),
            (say("depuis", "since"), format!("{:.0}", finding.since.0)),
        ];
        for (what, text) in lines {
            // Writing to a string cannot fail, here and below.
            let _ = writeln!(out, "      {what:<9} {}", plain(&text));
        }
    }
    if claim.findings_omitted > 0 {
        item(out, &format!("+ {}", claim.findings_omitted));
    }
}

/// The rules that counted, for whoever has no copy of the policy to compare with.
fn rules(out: &mut String, policy: &Policy, language: Language) {
    let say = |fr: &'static str, en: &'static str| pick(language, fr, en);
    let listed = |items: Vec<&str>, none: &'static str| match items.join(", ") {
        empty if empty.is_empty() => none.to_owned(),
        items => items,
    };
    let (spec, rules) = (policy.spec(), policy.rules());
    let place = &rules.place;
    heading(out, say("Règles qui ont compté", "Rules that counted"));
    let asked = |asked: bool| if asked { say("oui", "yes") } else { say("non", "no") }.to_owned();
    let elsewhere = match (spec.backup.required, rules.backups_elsewhere) {
        (true, true) => say("exigées, dans une autre subdivision", "required, in another subdivision"),
        (true, false) => say("exigées", "required"),
        (false, true) => {
            say("non exigées ; dans une autre subdivision", "not required; in another subdivision")
        }
        (false, false) => say("non exigées", "not required"),
    };
    for (what, text) in [
        (
            say("pays", "countries"),
            listed(place.countries.iter().map(|c| &**c).collect(), say("aucun", "none")),
        ),
        (
            say("subdivisions", "subdivisions"),
            listed(
                place.subdivisions.iter().map(|s| &**s).collect(),
                say("toutes celles de ces pays", "all of these countries"),
            ),
        ),
        (
            say("sauf", "but"),
            listed(place.excluded_subdivisions.iter().map(|s| &**s).collect(), say("aucune", "none")),
        ),
        (
            say("registres", "registries"),
            listed(
                rules.registries.iter().map(String::as_str).collect(),
                say("tous ceux que le site déclare", "all that the site declares"),
            ),
        ),
        (say("images par empreinte", "images by digest"), asked(rules.images_by_digest)),
        (say("volumes chiffrés", "volumes encrypted"), asked(rules.encrypted)),
        (say("sauvegardes", "backups"), elsewhere.to_owned()),
        (say("âge d'une observation", "age of what is seen"), format!("{} s", rules.max_age_seconds)),
    ] {
        item(out, &format!("{what}: {text}"));
    }
}

fn audit(out: &mut String, entry: &Audit, language: Language) {
    let say = |fr: &'static str, en: &'static str| pick(language, fr, en);
    line(out, say("Fait", "What happened"), &format!("{:?}", entry.action));
    line(out, say("Le", "At"), &format!("{:.0}", entry.time));
    line(out, "Tenant", &format!("{} ({})", entry.tenant, entry.tenant_uid));
    if let Some(workspace) = &entry.workspace {
        line(
            out,
            say("Espace", "Workspace"),
            &format!("{}/{} ({})", workspace.namespace, workspace.name, workspace.uid),
        );
    }
    if let Some(site) = &entry.site {
        line(out, "Site", site);
    }
    line(out, say("Objet", "Object"), &entry.object);
    line(out, say("Par", "By"), entry.actor.as_deref().unwrap_or(say("inconnu", "unknown")));
    line(out, "Note", &entry.note.in_language(language));
}

fn rotation(out: &mut String, change: &KeyRotation, language: Language) {
    line(
        out,
        pick(language, "Fait", "What happened"),
        pick(language, "changement de clés", "change of keys"),
    );
    line(out, pick(language, "Le", "At"), &format!("{:.0}", change.time));
}

fn limit(limit: Limit, language: Language) -> &'static str {
    let (fr, en) = match limit {
        Limit::NodePlaceIsDeclared => (
            "le lieu des nœuds : étiquettes et identifiants sont ce que le cluster dit de lui-même",
            "where nodes stand: labels and ids are what the cluster says of itself",
        ),
        Limit::StoragePlaceIsDeclared => (
            "le lieu des volumes : c'est ce que l'hébergeur déclare de ses classes de stockage",
            "where volumes lie: it is what the hosting provider declares of its storage classes",
        ),
        Limit::VolumePlaceNotShown => (
            "le lieu d'un volume au moins : ni sa topologie ni ce qui l'a fourni ne le montre",
            "where at least one volume lies: neither its topology nor what provisioned it shows it",
        ),
        Limit::EncryptionIsDeclared => (
            "le chiffrement des volumes : c'est ce que l'hébergeur déclare",
            "that volumes are encrypted: it is what the hosting provider declares",
        ),
        Limit::VolumesNotSeen => {
            ("le lieu des volumes : aucun n'a été vu", "where volumes lie: none was seen")
        }
        Limit::BackupsNotSeen => {
            ("le lieu des sauvegardes : aucune n'a été vue", "where backups lie: none was seen")
        }
        Limit::FlowsNotSeen => (
            "les flux réels : les règles de réseau sont écrites, leur application n'a pas été observée",
            "real flows: network policies are written, that they are enforced was not seen",
        ),
        Limit::FlowsTriedFromOneNode => (
            "les flux réels au-delà de ce qu'une sonde a essayé : depuis un seul nœud de chaque site, à un moment, vers les destinations jointes",
            "real flows beyond what a probe tried: from one node of each site, at one moment, to the destinations in the observation",
        ),
        Limit::ImageSignaturesNotVerified => (
            "les signatures des images : seuls registre et empreinte ont été comparés",
            "signatures of images: registry and digest alone were compared",
        ),
        Limit::DocumentsNotVerified => (
            "les documents sur le capital et les certificats : leurs signatures n'ont pas été vérifiées",
            "documents on ownership and certificates: their signatures were not verified",
        ),
        Limit::BetweenObservations => {
            ("ce qui s'est passé entre deux observations", "what happened between two observations")
        }
    };
    pick(language, fr, en)
}

pub(super) fn pick<'a>(language: Language, fr: &'a str, en: &'a str) -> &'a str {
    match language {
        Fr => fr,
        En => en,
    }
}

fn heading(out: &mut String, text: &str) {
    let _ = writeln!(out, "{text}");
}

fn item(out: &mut String, text: &str) {
    let _ = writeln!(out, "  - {}", plain(text));
}

pub(super) fn line(out: &mut String, what: &str, value: &str) {
    let _ = writeln!(out, "{what:<20} {}", plain(value));
}
