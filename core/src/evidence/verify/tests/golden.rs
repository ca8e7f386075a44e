//! Bundles as each version wrote them: later versions go on verifying them.
//!
//! When this fails, what was handed out before no longer verifies. The text of a predicate, an observation or a
//! check of place then needs a new version beside the old one, not a new fixture; but version 2 is not in any
//! release yet, and its fixtures may still be renewed.
//!
//! Version 1 verifies as genuine and in the log. Its verdict is not drawn again: it rests on an extract of the policy
//! that whoever holds the key could widen while the policy's digest stayed, and held rules over nothing for kept.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use super::*;
use crate::{
    evidence::statement::{Finding, LocationVerdict, Told},
    message::{
        Language, Message,
        tests::{reworded, rows},
    },
};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/evidence")
}

/// A golden bundle, verified by whoever knows the log, and expects this besides.
fn golden(version: &str, policy: Option<SovereigntyPolicySpec>) -> Result<Verified, Error> {
    named(version, "bundle.json", policy)
}

/// One of this name.
fn named(version: &str, bundle: &str, policy: Option<SovereigntyPolicySpec>) -> Result<Verified, Error> {
    let read = |what: &str| fs::read(folder().join(format!("{version}.{what}"))).unwrap();
    let public = PublicKeys::parse(&String::from_utf8(read("pub")).unwrap()).unwrap();
    let expected = Expected {
        kind: Some(Kind::Location),
        policy,
        workspace: Some(workspace().uid),
        fresh: Some((time("2026-11-24T12:10:00Z"), SignedDuration::from_hours(1))),
        known: Some(super::read(&String::from_utf8(read("known")).unwrap())),
        seen: None,
    };
    verify(&read(bundle), &public, &expected)
}

/// The golden bundles of workspaces that break the rules of place, verified.
fn golden_breaches() -> Vec<Verified> {
    let numbers = 1..=breaches().len();
    numbers.map(|number| named("v2", &breach(number), None).unwrap()).collect()
}

fn breach(number: usize) -> String {
    format!("breach-{number}.bundle.json")
}

/// What a verified statement on data location found.
fn findings(verified: &Verified) -> &[Finding] {
    let Predicate::DataLocation(claim) = &verified.statement.predicate else { panic!("{verified:?}") };
    &claim.findings
}

/// What is told in the findings of a statement.
fn told(verified: &Verified) -> impl Iterator<Item = &Told> {
    findings(verified).iter().flat_map(|finding| [&finding.observed, &finding.expected])
}

#[test]
fn the_golden_bundle_still_verifies() {
    let verified = golden("v2", None).unwrap();
    assert!(verified.policy.is_some() && verified.rotations == 1, "{verified:?}");
    assert!(golden("v2", Some(policy())).is_ok());
}

#[test]
fn the_golden_bundles_of_breaches_verify_and_hold_every_code() {
    let mut text = String::new();
    for verified in golden_breaches() {
        let Predicate::DataLocation(claim) = &verified.statement.predicate else { panic!("{verified:?}") };
        assert_eq!(
            (claim.version, claim.verification_result),
            (Version::Second, LocationVerdict::NotLocated)
        );
        assert!(verified.rotations == 1 && !claim.findings.is_empty(), "{verified:?}");
        for told in told(&verified) {
            assert!(Message::read(told.said().unwrap()).is_some(), "{told:?}");
        }
        text += &serde_json::to_string(&claim.findings).unwrap();
    }
    let rows =
        ["location::LocationMessage", "location::Carried", "rules::Misplaced"].into_iter().flat_map(rows);
    let missing: BTreeSet<String> =
        rows.map(|row| row.0).filter(|code| !text.contains(&format!("\"code\":\"{code}\""))).collect();
    assert_eq!(missing, BTreeSet::new());
}

/// The words of a sentence are no part of what was signed.
#[test]
fn another_wording_of_every_sentence_verifies_all_the_same() {
    let sentences = |all: &[Verified]| -> Vec<[String; 2]> {
        let all = all.iter().flat_map(told);
        all.map(|told| [Language::En, Language::Fr].map(|language| told.in_language(language))).collect()
    };
    let usual = golden_breaches();
    reworded(|| {
        assert_eq!(golden("v2", Some(policy())).unwrap().statement, golden("v2", None).unwrap().statement);
        assert!(golden("v1", None).is_ok());
        let again = golden_breaches();
        let signed = |all: &[Verified]| -> Vec<Vec<u8>> {
            all.iter().map(|one| one.statement.to_vec().unwrap()).collect()
        };
        assert_eq!(signed(&again), signed(&usual));
        // What would be stated anew says the same too.
        let anew: Vec<_> =
            breaches().iter().map(|observation| located(observation).to_vec().unwrap()).collect();
        assert_eq!(anew, signed(&usual));
    });
    let (words, others) = (sentences(&usual), reworded(|| sentences(&usual)));
    assert!(!words.is_empty() && words.len() == others.len());
    for (words, others) in words.iter().zip(&others) {
        assert!(words.iter().zip(others).all(|(one, other)| one != other), "{words:?}: {others:?}");
    }
}

#[test]
fn one_of_the_first_version_is_genuine_and_its_verdict_is_not_drawn_again() {
    let verified = golden("v1", None).unwrap();
    assert!(verified.policy.is_none() && verified.rotations == 1, "{verified:?}");
    let Predicate::DataLocation(claim) = &verified.statement.predicate else { panic!("{verified:?}") };
    assert_eq!(
        (claim.version, verified.statement.predicate.uri()),
        (Version::First, statement::DATA_LOCATION_V1)
    );
    // Who has the policy knows at least that these were its rules.
    assert!(golden("v1", Some(policy())).is_ok());
    let mut other = policy();
    other.place.countries.push("US".into());
    refused!(golden("v1", Some(other)), Error::OtherPolicy { .. });
}

/// `cargo test --locked -p beffroi-core golden -- --ignored`, before the first release only.
#[test]
#[ignore = "writes the fixtures"]
fn renew_the_golden_bundles() {
    let (bundle, trusted) = whole();
    let known = &bundle.consistency.as_ref().unwrap().checkpoint;
    let write = |name: &str, text: &[u8]| write(&folder().join(name), text);
    write("v2.known", known.as_bytes());
    write("v2.pub", trusted.to_text().as_bytes());
    write("v2.bundle.json", &bundle.to_vec().unwrap());
    for (number, bundle) in (1..).zip(broken()) {
        write(&format!("v2.{}", breach(number)), &bundle.to_vec().unwrap());
    }
}

/// `cargo test --locked -p beffroi-core seeds -- --ignored`: what fuzzing starts from, genuine and of every kind.
#[test]
#[ignore = "writes fuzz/seeds"]
fn renew_the_seeds_of_fuzzing() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds");
    let write = |name: &str, text: &[u8]| write(&folder.join(name), text);
    let mut log = MemoryLog::new(keys(1, "beffroi.fr/log/fuzz"));
    write("checkpoint/empty", log.checkpoint(0).as_bytes());
    let rotation = statement::rotation(keys(2, LOG).public(), time(TIME));
    for (name, statement) in [
        ("located", located(&observation())),
        ("elsewhere", located(&elsewhere())),
        ("audit", audit("placed")),
        ("rotation", rotation),
    ] {
        let index = log.append(&statement);
        write(&format!("envelope/{name}"), &log.entry(index).to_entry().unwrap());
        write(&format!("statement/{name}"), &statement.to_vec().unwrap());
    }
    write("checkpoint/four", log.checkpoint(4).as_bytes());
    for (number, observation) in (1..).zip(breaches()) {
        write(&format!("statement/breach-{number}"), &located(&observation).to_vec().unwrap());
    }
    // As fuzz/fuzz_targets/proof.rs reads them: an even byte and a text, or an odd one and edits.
    write("proof/whole", &[b"0", whole().0.to_vec().unwrap().as_slice()].concat());
    write("proof/audit", &[b"0", log.bundle(2, None).to_vec().unwrap().as_slice()].concat());
    write("proof/unchanged", b"1");
    write("proof/edits", b"1\x00\x10\x00A\x01\x00\x01\x01\x02\x00\x02 \x03\x00\x03 ");
}

fn write(path: &Path, text: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}
