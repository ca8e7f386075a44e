//! Keys that change: who may sign what, and all that goes wrong on the way.

use super::*;
use crate::evidence::{bundle::Rotation, dsse::Envelope};

#[test]
fn changes_lead_from_the_first_keys_to_those_that_signed() {
    for rotations in 0..=3 {
        let (log, index, trusted) = rotated(rotations);
        let verified = check(&log.bundle(index, Some(&observation())), &trusted).unwrap();
        assert_eq!(verified.rotations, usize::from(rotations));
        assert_eq!(verified.key, log.keys().public().id());
        // An entry of the first keys still stands, as does each change.
        assert_eq!(check(&log.bundle(0, None), &trusted).unwrap().key, trusted.id());
        for change in log.bundle(0, None).rotations {
            let index = change.inclusion.log_index;
            assert!(check(&log.bundle(index, None), &trusted).is_ok());
        }
    }
}

#[test]
fn who_trusts_later_keys_verifies_what_they_sign_and_not_what_was_before() {
    let (log, index, _) = rotated(3);
    for (number, left) in [(2, 2), (3, 1), (4, 0)] {
        let trusted = keys(number, LOG).public().clone();
        let verified = check(&log.bundle(index, Some(&observation())), &trusted).unwrap();
        assert_eq!(verified.rotations, left);
        refused!(check(&log.bundle(0, None), &trusted), Error::Envelope(dsse::Error::UnknownKey { .. }));
    }
    // Changes that bring the reader nothing are still in the log, or the bundle was changed.
    let mut bundle = log.bundle(index, Some(&observation()));
    bundle.rotations[0].inclusion.hashes[0].0[0] ^= 1;
    refused!(check(&bundle, keys(4, LOG).public()), Error::NotInLog { .. });
}

#[test]
fn a_change_left_out_breaks_the_chain() {
    let (log, index, trusted) = rotated(3);
    let genuine = log.bundle(index, Some(&observation()));
    for left_out in 0..3 {
        let mut bundle = genuine.clone();
        bundle.rotations.remove(left_out);
        let result = check(&bundle, &trusted);
        assert!(
            matches!(
                result,
                Err(Error::Envelope(dsse::Error::UnknownKey { .. })
                    | Error::Checkpoint(checkpoint::Error::UnknownKey { .. }))
            ),
            "{result:?}"
        );
    }
    let mut swapped = genuine.clone();
    swapped.rotations.swap(0, 1);
    refused!(check(&swapped, &trusted), Error::Rotation { index: 1, .. });
    let mut twice = genuine;
    twice.rotations.insert(0, twice.rotations[0].clone());
    refused!(check(&twice, &trusted), Error::Rotation { index: 1, .. });
}

#[test]
fn a_thief_of_old_keys_can_hide_the_change_but_not_from_who_knows_the_log() {
    let (log, _, trusted) = rotated(1);
    // With the stolen keys: a log of one's own that never changed keys.
    let (forged, index, _) = super::log(9);
    let bundle = forged.bundle(index, Some(&observation()));
    assert!(check(&bundle, &trusted).is_ok(), "the old keys alone cannot tell");
    let expected = Expected { known: Some(read(&log.checkpoint(log.size()))), ..Expected::default() };
    refused!(expecting(&bundle, &trusted, &expected), Error::NoConsistency { .. });
    let mut with_proof = bundle.clone();
    with_proof.consistency = Some(forged.grown_from(&forged.checkpoint(log.size()), log.size()));
    refused!(expecting(&with_proof, &trusted, &expected), Error::SplitView { .. });
    let newer = keys(2, LOG).public().clone();
    refused!(check(&bundle, &newer), Error::Checkpoint(checkpoint::Error::UnknownKey { .. }));
}

#[test]
fn old_keys_sign_nothing_after_their_change() {
    let (mut log, _, trusted) = rotated(1);
    let late = Envelope::sign(&located(&observation()).to_vec().unwrap(), &keys(1, LOG));
    let index = log.push(late);
    refused!(check(&log.bundle(index, Some(&observation())), &trusted), Error::Authority(_));
    // Nor the log's state.
    let mut bundle = log.bundle(0, None);
    let root = read(&bundle.checkpoint).root;
    bundle.checkpoint = Checkpoint::sign(log.size(), root, &keys(1, LOG)).unwrap();
    refused!(check(&bundle, &trusted), Error::Authority(_));
    // Nor a smaller state that the change is already a part of.
    let mut bundle = log.bundle(0, None);
    let change = bundle.rotations[0].inclusion.log_index;
    for (size, stands) in [(change, true), (change + 1, true), (change + 2, false)] {
        let root = read(&log.checkpoint(size)).root;
        let old = Checkpoint::sign(size, root, &keys(1, LOG)).unwrap();
        bundle.consistency = Some(log.grown_from(&old, size));
        let result = check(&bundle, &trusted);
        assert_eq!(result.is_ok(), stands, "{size}: {result:?}");
        assert!(stands || matches!(result, Err(Error::Authority(_))));
    }
}

#[test]
fn new_keys_sign_nothing_before_their_change() {
    let (mut log, _, trusted) = log(1);
    let early = log.push(Envelope::sign(&located(&observation()).to_vec().unwrap(), &keys(2, LOG)));
    log.rotate(keys(2, LOG));
    for trusted in [&trusted, keys(2, LOG).public()] {
        refused!(check(&log.bundle(early, Some(&observation())), trusted), Error::Authority(_));
    }
    let mut bundle = log.bundle(0, None);
    bundle.consistency = Some(log.grown_from(&log.checkpoint(early), early));
    refused!(check(&bundle, &trusted), Error::Authority(_));
}

#[test]
fn a_change_that_is_not_in_the_log_brings_no_keys() {
    let (log, index, trusted) = log(1);
    // Stolen: the key of statements, not the log. Attacker's keys are 9.
    let change =
        Envelope::sign(&statement::rotation(keys(9, LOG).public(), time(TIME)).to_vec().unwrap(), log.keys());
    let genuine = log.bundle(index, Some(&observation()));
    let root = read(&genuine.checkpoint).root;
    let mut bundle = Bundle {
        checkpoint: Checkpoint::sign(log.size(), root, &keys(9, LOG)).unwrap(),
        rotations: vec![Rotation { envelope: change, inclusion: log.inclusion(2, log.size()) }],
        ..genuine
    };
    refused!(check(&bundle, &trusted), Error::NotInLog { index: 2, size: 3 });
    for index in [3, u64::MAX] {
        bundle.rotations[0].inclusion.log_index = index;
        refused!(check(&bundle, &trusted), Error::NotInLog { .. });
    }
}

/// A log whose first entry is `statement`, which a bundle shows as its change of keys to `successor`.
fn changed_by(statement: &Statement, signer: u8, successor: u8) -> Result<Verified, Error> {
    let mut log = MemoryLog::new(keys(successor, LOG));
    let index = log.push(Envelope::sign(&statement.to_vec().unwrap(), &keys(signer, LOG)));
    let entry = log.append(&audit("x"));
    let mut bundle = log.bundle(entry, None);
    let inclusion = log.inclusion(index, log.size());
    bundle.rotations = vec![Rotation { envelope: log.entry(index), inclusion }];
    check(&bundle, keys(1, LOG).public())
}

#[test]
fn only_the_keys_before_name_the_next() {
    let change = |to: u8| statement::rotation(keys(to, LOG).public(), time(TIME));
    assert!(changed_by(&change(2), 1, 2).is_ok());
    // By themselves, and by strangers.
    refused!(changed_by(&change(2), 2, 2), Error::Envelope(dsse::Error::UnknownKey { .. }));
    refused!(changed_by(&change(2), 9, 2), Error::Envelope(dsse::Error::UnknownKey { .. }));
    refused!(changed_by(&audit("x"), 1, 2), Error::Rotation { why: "it is no change of keys", .. });
    let other_log = statement::rotation(keys(2, "beffroi.fr/log/other").public(), time(TIME));
    refused!(changed_by(&other_log, 1, 2), Error::Rotation { why: "it names keys of another log", .. });
    let mut subject = change(2);
    subject.subject = change(3).subject;
    refused!(changed_by(&subject, 1, 2), Error::Rotation { .. });
    let named = |successor: String| Statement {
        subject: statement::rotation_subject(&successor),
        predicate: Predicate::KeyRotation(statement::KeyRotation { time: time(TIME), successor }),
    };
    refused!(changed_by(&named("x".into()), 1, 2), Error::Successor(_));
    let loose = format!("comment\n{}", keys(2, LOG).public().to_text());
    refused!(changed_by(&named(loose), 1, 2), Error::Rotation { .. });
}

#[test]
fn no_key_comes_back() {
    let text = |pem: u8, note: u8| {
        format!("{}{}\n", keys(pem, LOG).public().pem(), keys(note, LOG).public().verifier_key())
    };
    for (pem, note) in [(1, 1), (1, 2), (2, 1)] {
        let successor = text(pem, note);
        let statement = Statement {
            subject: statement::rotation_subject(&successor),
            predicate: Predicate::KeyRotation(statement::KeyRotation { time: time(TIME), successor }),
        };
        refused!(
            changed_by(&statement, 1, note),
            Error::Rotation { why: "it names a key that was in use before", .. }
        );
    }
    // A loop: 1, 2, and 1 again.
    let (mut log, _, trusted) = rotated(1);
    log.rotate(keys(1, LOG));
    let index = log.append(&located(&observation()));
    for trusted in [&trusted, keys(2, LOG).public()] {
        let result = check(&log.bundle(index, Some(&observation())), trusted);
        refused!(result, Error::Rotation { why: "it names a key that was in use before", .. });
    }
}
