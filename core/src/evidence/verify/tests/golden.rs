//! A bundle as the first version wrote it: later versions go on verifying it.
//!
//! When this fails, what was handed out before no longer verifies. The text of a predicate, an observation or a
//! check of place then needs a new version beside the old one, not a new fixture.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::*;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/evidence")
}

#[test]
fn the_golden_bundle_still_verifies() {
    let read = |name: &str| fs::read(folder().join(name)).unwrap();
    let public = PublicKeys::parse(&String::from_utf8(read("v1.pub")).unwrap()).unwrap();
    let expected = Expected {
        workspace: Some(workspace().uid),
        fresh: Some((time("2026-11-24T12:10:00Z"), SignedDuration::from_hours(1))),
        known: Some(super::read(&String::from_utf8(read("v1.known")).unwrap())),
    };
    let verified = verify(&read("v1.bundle.json"), &public, &expected).unwrap();
    assert!(verified.redrawn && verified.rotations == 1, "{verified:?}");
}

/// `cargo test -p beffroi-core golden -- --ignored`, before the first release only.
#[test]
#[ignore = "writes the fixture"]
fn renew_the_golden_bundle() {
    let (bundle, trusted) = whole();
    let known = &bundle.consistency.as_ref().unwrap().checkpoint;
    let write = |name: &str, text: &[u8]| write(&folder().join(name), text);
    write("v1.known", known.as_bytes());
    write("v1.pub", trusted.to_text().as_bytes());
    write("v1.bundle.json", &bundle.to_vec().unwrap());
}

/// `cargo test -p beffroi-core seeds -- --ignored`: what fuzzing starts from, genuine and of every kind.
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
