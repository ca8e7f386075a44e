//! A bundle as the first version wrote it: later versions go on verifying it.
//!
//! When this fails, what was handed out before no longer verifies. The text of a predicate, an observation or a
//! check of place then needs a new version beside the old one, not a new fixture.

use std::{fs, path::PathBuf};

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
    fs::create_dir_all(folder()).unwrap();
    fs::write(folder().join("v1.known"), known).unwrap();
    fs::write(folder().join("v1.pub"), trusted.to_text()).unwrap();
    fs::write(folder().join("v1.bundle.json"), bundle.to_vec().unwrap()).unwrap();
}
