//! What is said in French, as it is committed for the page, which draws it a second time from the same rows.

use std::{collections::BTreeSet, fs, path::PathBuf};

use super::*;
use crate::evidence::{
    Predicate,
    sample::{breaches, located},
};

fn fixture() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/french.jsonl")
}

/// What each sample says and each statement that is golden, with its sentence.
fn drawn_in_french() -> String {
    let mut all: BTreeSet<Said> = Message::samples().iter().map(Message::said).collect();
    for observation in breaches() {
        let Predicate::DataLocation(claim) = located(&observation).predicate else {
            panic!("{observation:?}")
        };
        let told = claim.findings.iter().flat_map(|finding| [&finding.observed, &finding.expected]);
        all.extend(told.filter_map(|told| told.said().cloned()));
    }
    let french = |said: &Said| drawn(Language::Fr, &said.code, &said.args, "");
    all.iter().map(|said| serde_json::to_string(&(said, french(said))).unwrap() + "\n").collect()
}

#[test]
fn committed_sentences_are_those_that_are_drawn() {
    let committed = fs::read_to_string(fixture()).unwrap_or_default();
    assert!(
        committed == drawn_in_french(),
        "core/fixtures/french.jsonl has drifted from core/src/message: run `make generate` and commit it"
    );
}

/// `make generate`.
#[test]
#[ignore = "writes the fixture"]
fn renew_the_french_sentences() {
    fs::write(fixture(), drawn_in_french()).unwrap();
}
