//! Old bundles shown again, and logs that are not the one known.

use super::*;
use crate::evidence::bundle::Consistency;

fn fresh(now: &str, oldest: SignedDuration) -> Expected {
    Expected { fresh: Some((time(now), oldest)), ..Expected::default() }
}

fn known(note: &str) -> Expected {
    Expected { known: Some(read(note)), ..Expected::default() }
}

#[test]
fn an_old_statement_is_caught_by_its_age() {
    let (log, index, trusted) = log(1);
    let bundle = log.bundle(index, Some(&observation()));
    let at = |now: &str| expecting(&bundle, &trusted, &fresh(now, SignedDuration::from_hours(25)));
    assert!(at("2026-11-24T12:00:00Z").is_ok() && at("2026-11-25T13:00:00Z").is_ok());
    refused!(at("2026-11-25T13:00:01Z"), Error::TooOld { .. });
    // A clock may be a little behind.
    assert!(at("2026-11-24T11:55:00Z").is_ok());
    refused!(at("2026-11-24T11:54:59Z"), Error::FromTheFuture(_));
}

#[test]
fn an_old_statement_with_a_new_state_of_the_log_is_caught_by_its_age_alone() {
    let (mut log, index, trusted) = log(1);
    let before = log.checkpoint(log.size());
    let size = log.size();
    log.append(&located_at(&observation(), time("2026-11-24T12:00:20Z")));
    let mut replayed = log.bundle(index, Some(&observation()));
    replayed.consistency = Some(log.grown_from(&before, size));
    // All of it is genuine: that a newer statement exists is not for a bundle to show.
    assert!(expecting(&replayed, &trusted, &known(&before)).is_ok());
    let expected = fresh("2026-11-24T12:00:25Z", SignedDuration::from_secs(10));
    refused!(expecting(&replayed, &trusted, &expected), Error::TooOld { .. });
}

#[test]
fn an_old_bundle_is_caught_by_a_newer_state_of_the_log() {
    let (mut log, index, trusted) = log(1);
    let old = log.bundle(index, Some(&observation()));
    assert!(expecting(&old, &trusted, &known(&old.checkpoint)).is_ok());
    fill(&mut log, 1);
    let newer = known(&log.checkpoint(log.size()));
    refused!(expecting(&old, &trusted, &newer), Error::OldCheckpoint { found: 3, known: 4 });
}

#[test]
fn growth_must_be_shown_from_every_smaller_state() {
    let (log, index, trusted) = log(4);
    let genuine = log.bundle(index, Some(&observation()));
    for size in 0..=log.size() {
        let state = log.checkpoint(size);
        let mut shown = genuine.clone();
        shown.consistency = Some(log.grown_from(&state, size));
        assert!(expecting(&shown, &trusted, &known(&state)).is_ok(), "{size}");
        if (1..log.size()).contains(&size) {
            refused!(expecting(&genuine, &trusted, &known(&state)), Error::NoConsistency { .. });
            for hash in 0..shown.consistency.as_ref().unwrap().hashes.len() {
                let mut forged = shown.clone();
                forged.consistency.as_mut().unwrap().hashes[hash].0[7] ^= 1;
                refused!(expecting(&forged, &trusted, &known(&state)), Error::NotGrown { .. });
                forged.consistency.as_mut().unwrap().hashes.remove(hash);
                refused!(expecting(&forged, &trusted, &known(&state)), Error::NotGrown { .. });
            }
        }
        let mut longer = shown.clone();
        longer.consistency.as_mut().unwrap().hashes.push(tlog_tiles::Hash([0; 32]));
        refused!(check(&longer, &trusted), Error::NotGrown { .. });
        let walk = vec![tlog_tiles::Hash([0; 32]); 100_000];
        shown.consistency.as_mut().unwrap().hashes = walk;
        refused!(check(&shown, &trusted), Error::NotGrown { .. });
    }
}

#[test]
fn growth_from_another_state_than_the_one_known_does_not_help() {
    let (log, index, trusted) = log(4);
    let mut bundle = log.bundle(index, Some(&observation()));
    bundle.consistency = Some(log.grown_from(&log.checkpoint(3), 3));
    refused!(expecting(&bundle, &trusted, &known(&log.checkpoint(4))), Error::NoConsistency { known: 4 });
}

#[test]
fn a_state_larger_than_the_log_is_no_smaller_one() {
    let (mut log, index, trusted) = log(1);
    let mut bundle = log.bundle(index, Some(&observation()));
    fill(&mut log, 2);
    let later = log.checkpoint(log.size());
    bundle.consistency = Some(Consistency { checkpoint: later, hashes: Vec::new() });
    refused!(check(&bundle, &trusted), Error::NotGrown { .. });
}

#[test]
fn a_split_view_is_told_at_the_same_size_and_at_a_larger_one() {
    let (honest, _, trusted) = log(3);
    // The same keys, another history from entry 2 on.
    let mut other = MemoryLog::new(keys(1, LOG));
    fill(&mut other, 2);
    other.append(&audit("what only some are shown"));
    let index = other.append(&located(&observation()));
    fill(&mut other, 3);
    assert_eq!(honest.size(), other.size());
    let mut bundle = other.bundle(index, Some(&observation()));
    assert!(check(&bundle, &trusted).is_ok(), "alone it cannot be told from the honest one");
    let seen = known(&honest.checkpoint(honest.size()));
    refused!(expecting(&bundle, &trusted, &seen), Error::SplitView { size: 7 });
    // Up to where they part, both are the same log.
    bundle.consistency = Some(other.grown_from(&honest.checkpoint(2), 2));
    assert!(expecting(&bundle, &trusted, &known(&honest.checkpoint(2))).is_ok());
    // From there on no proof holds, and a proof from its own past is of another log.
    for size in 3..honest.size() {
        let theirs = known(&honest.checkpoint(size));
        bundle.consistency = Some(other.grown_from(&honest.checkpoint(size), size));
        refused!(expecting(&bundle, &trusted, &theirs), Error::NotGrown { .. });
        bundle.consistency = Some(other.grown_from(&other.checkpoint(size), size));
        refused!(expecting(&bundle, &trusted, &theirs), Error::SplitView { .. });
        bundle.consistency = None;
        refused!(expecting(&bundle, &trusted, &theirs), Error::NoConsistency { .. });
    }
}

#[test]
fn the_state_of_another_log_is_not_taken_for_this_one() {
    let (log, index, trusted) = log(1);
    let mut other = MemoryLog::new(keys(1, "beffroi.fr/log/other"));
    fill(&mut other, 1);
    let bundle = log.bundle(index, Some(&observation()));
    refused!(expecting(&bundle, &trusted, &known(&other.checkpoint(1))), Error::OtherLog { .. });
    let mut mixed = bundle;
    mixed.consistency = Some(log.grown_from(&other.checkpoint(1), 1));
    refused!(check(&mixed, &trusted), Error::Checkpoint(checkpoint::Error::UnknownKey { .. }));
}

#[test]
fn time_does_not_run_backwards_in_the_order_of_the_log() {
    let (mut log, _, trusted) = log(1);
    log.rotate(keys(2, LOG));
    // The change of keys is dated 12:00.
    for (made, stands) in
        [("2026-11-24T11:55:00Z", true), ("2026-11-24T11:54:59Z", false), ("2026-11-25T12:00:00Z", true)]
    {
        let mut observation = observation();
        observation.sites[0].observed_at = Some(time("2026-11-24T11:54:00Z"));
        let index = log.append(&located_at(&observation, time(made)));
        match check(&log.bundle(index, Some(&observation)), &trusted) {
            Ok(_) if stands => {}
            Err(Error::BackInTime { after, .. }) if !stands => assert!(after < index),
            other => panic!("{made}: {other:?}"),
        }
    }
    // Against what the reader verified before: a later entry is not older than that, an earlier one not newer.
    let index = log.append(&located(&observation()));
    let bundle = log.bundle(index, Some(&observation()));
    for (seen, at, stands) in [
        (0, "2026-11-24T12:05:00Z", true),
        (0, "2026-11-24T12:05:01Z", false),
        (index + 1, "2026-11-24T11:55:00Z", true),
        (index + 1, "2026-11-24T11:54:59Z", false),
    ] {
        let expected = Expected { seen: Some((seen, time(at))), ..Expected::default() };
        let result = expecting(&bundle, &trusted, &expected);
        assert_eq!(result.is_ok(), stands, "{seen} {at}: {result:?}");
        assert!(stands || matches!(result, Err(Error::BackInTime { .. })));
    }
    let mut order = Order::default();
    let at = |seconds: i64| time(TIME) + SignedDuration::from_secs(seconds);
    for (index, seconds, stands) in
        [(1, 0, true), (2, 600, true), (5, 300, true), (6, 299, false), (7, 601, true)]
    {
        assert_eq!(order.next(index, at(seconds)).is_ok(), stands, "{index}");
    }
}

#[test]
fn a_cosigned_state_stands_and_a_bad_signature_of_the_log_does_not() {
    let (log, index, trusted) = log(2);
    let genuine = log.bundle(index, Some(&observation()));
    let (text, own) = genuine.checkpoint.split_once("\n\n").unwrap();
    let witness = |number: u8, origin: &str| {
        let state = read(&genuine.checkpoint);
        let note = Checkpoint::sign(state.size, state.root, &keys(number, origin)).unwrap();
        note.split_once("\n\n").unwrap().1.to_owned()
    };
    let with = |lines: &str| Bundle { checkpoint: format!("{text}\n\n{lines}"), ..genuine.clone() };
    let witnesses = [witness(8, "witness.example/a"), witness(9, LOG)].concat();
    assert!(check(&with(&format!("{own}{witnesses}")), &trusted).is_ok());
    assert!(check(&with(&format!("{witnesses}{own}")), &trusted).is_ok());
    refused!(check(&with(&witnesses), &trusted), Error::Checkpoint(checkpoint::Error::UnknownKey { .. }));
    let other = log.checkpoint(log.size() - 1);
    let bad = other.split_once("\n\n").unwrap().1;
    refused!(
        check(&with(&format!("{own}{bad}")), &trusted),
        Error::Checkpoint(checkpoint::Error::BadSignature)
    );
}
