//! A period: each entry verified, and all of them as one → what it proves, for people.

use std::{collections::BTreeMap, fmt::Write, process::ExitCode};

use beffroi_core::evidence::{
    Expected, Predicate, PublicKeys, Verified,
    period::{self, Header, verify_period},
    statement::{DataLocation, LocationVerdict},
};

use super::{Arguments, Type, code, known, policy, refusal, refused, remember, remember_time, seen};
use crate::{
    Language::{self, En, Fr},
    plain,
};

/// Verifies, prints, and tells the exit code.
pub(super) fn run(arguments: &Arguments, text: &[u8], keys: &PublicKeys) -> anyhow::Result<ExitCode> {
    let expected = Expected {
        kind: arguments.kind.and_then(Type::kind),
        policy: arguments.policy.as_deref().map(policy::read).transpose()?,
        workspace: arguments.workspace.clone(),
        fresh: arguments.max_age.map(|age| (jiff::Timestamp::now(), age)),
        known: arguments.state.as_deref().map(known).transpose()?.flatten(),
        seen: arguments.state.as_deref().and_then(seen),
    };
    let (header, entries) = match verify_period(text, keys, &expected) {
        Ok(whole) => whole,
        Err(error) => {
            eprintln!("{}", refusal::of_period(&error, arguments.language));
            let code = match &error {
                period::Error::Entry { source, .. } => refused(source),
                _ => 20,
            };
            return Ok(code.into());
        }
    };
    if arguments.kind.is_none() && !entries.iter().any(|one| location(one).is_some()) {
        let told = match arguments.language {
            Fr => {
                "REFUSÉ. Cette période est authentique, mais ne contient aucune déclaration du lieu des données : elle n'en prouve rien. Si c'est bien le journal que vous voulez vérifier, dites-le avec --type audit"
            }
            En => {
                "REFUSED. The period is genuine, and holds no statement on where data lies: it proves nothing of that. If it is the audit log that you want to verify, say so with --type audit"
            }
        };
        eprintln!("{told}");
        return Ok(23.into());
    }
    print!("{}", report(&header, &entries, &expected, arguments.language));
    if let Some(path) = arguments.state.as_ref().filter(|_| !entries.is_empty()) {
        remember(path, &header.checkpoint)?;
        if let Some(last) = entries.last() {
            remember_time(path, last.log_index, last.statement.predicate.time())?;
        }
    }
    // The worst first: what lay elsewhere, what nobody could tell, what only the first version said.
    let codes: Vec<u8> = entries.iter().map(code).collect();
    Ok([10, 11, 12].into_iter().find(|code| codes.contains(code)).unwrap_or(0).into())
}

fn location(one: &Verified) -> Option<&DataLocation> {
    match &one.statement.predicate {
        Predicate::DataLocation(claim) => Some(claim),
        Predicate::Audit(_) | Predicate::KeyRotation(_) => None,
    }
}

fn report(header: &Header, entries: &[Verified], expected: &Expected, language: Language) -> String {
    let say = |fr: &'static str, en: &'static str| match language {
        Fr => fr,
        En => en,
    };
    let mut out = String::new();
    // Writing to a string cannot fail, here and below.
    let mut line = |what: &str, value: &str| {
        let _ = writeln!(out, "{what:<20} {}", plain(value));
    };
    line(say("Période authentique", "Genuine period"), say("oui", "yes"));
    let at = |time: Option<jiff::Timestamp>, none: &str| {
        time.map_or_else(|| none.to_owned(), |t| format!("{t:.0}"))
    };
    line(say("Du", "From"), &at(header.from, say("début du journal", "the log's beginning")));
    line(say("Au", "Until"), &at(header.until, say("moment de l'extraction", "the time it was taken")));
    line(say("Entrées", "Entries"), &entries.len().to_string());
    let mut workspaces: BTreeMap<&str, Vec<&DataLocation>> = BTreeMap::new();
    for claim in entries.iter().filter_map(location) {
        workspaces.entry(&claim.workspace.uid).or_default().push(claim);
    }
    for (uid, claims) in workspaces {
        let of = |verdict| claims.iter().filter(|claim| claim.verification_result == verdict).count();
        let name = claims.last().map_or("", |claim| &claim.workspace.name);
        let counts = match language {
            Fr => format!(
                "{} déclarations : {} là où les règles l'admettent, {} PAS là, {} indéterminées",
                claims.len(),
                of(LocationVerdict::Located),
                of(LocationVerdict::NotLocated),
                of(LocationVerdict::Unknown)
            ),
            En => format!(
                "{} statements: {} where the rules allow, {} NOT there, {} unknown",
                claims.len(),
                of(LocationVerdict::Located),
                of(LocationVerdict::NotLocated),
                of(LocationVerdict::Unknown)
            ),
        };
        line(say("Espace", "Workspace"), &format!("{name} ({uid})"));
        line("", &counts);
        let mut policies: Vec<String> =
            claims.iter().map(|c| format!("{} (SHA-256 {})", c.policy.uri, c.policy.digest.sha256)).collect();
        policies.sort();
        policies.dedup();
        line(say("  tenu à", "  held to"), &policies.join(", "));
    }
    for one in entries {
        let index = one.log_index;
        match &one.statement.predicate {
            Predicate::DataLocation(claim) if claim.verification_result == LocationVerdict::Located => {}
            Predicate::DataLocation(claim) => {
                let found = claim.findings.iter().map(|f| {
                    format!("{} {} {}: {}", f.rule, f.site, f.object, f.observed.in_language(language))
                });
                let found: Vec<String> = found.collect();
                let (name, verdict) = (&claim.workspace.name, claim.verification_result);
                line(
                    &format!("{:.0}", claim.time_verified),
                    &format!("{index} {name} {verdict:?} {}", found.join("; ")),
                );
            }
            Predicate::Audit(entry) => line(
                &format!("{:.0}", entry.time),
                &format!("{index} {:?} {}: {}", entry.action, entry.object, entry.note.in_language(language)),
            ),
            Predicate::KeyRotation(change) => {
                line(
                    &format!("{:.0}", change.time),
                    &format!("{index} {}", say("changement de clés", "change of keys")),
                );
            }
        }
    }
    let _ = writeln!(out, "{}", say("Non prouvé", "Not proven"));
    let mut item = |text: &str| {
        let _ = writeln!(out, "  - {text}");
    };
    item(say(
        "que rien n'ait été omis de la période : seul le journal entier le montre (beffroi log --verify)",
        "that nothing of the period was left out: only the whole log shows that (beffroi log --verify)",
    ));
    if expected.policy.is_none() {
        item(say(
            "que ces règles soient les vôtres : --policy les compare à votre exemplaire de la politique",
            "that these are the rules you know: --policy compares them with your own copy of the policy",
        ));
    }
    if expected.known.is_none() {
        item(say(
            "que le même journal soit montré à tous : sans état connu (--state), deux versions ne se distinguent pas",
            "that all are shown the same log: without a known state (--state) two versions cannot be told apart",
        ));
    }
    out
}
