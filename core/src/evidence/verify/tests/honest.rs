//! What an honest log hands out verifies, whatever the size of the log and the place in it.

use super::*;

#[test]
fn every_entry_of_every_small_log_verifies() {
    for size in 1..=9 {
        let mut log = MemoryLog::new(keys(1, LOG));
        fill(&mut log, size);
        for index in 0..log.size() {
            let verified = check(&log.bundle(index, None), log.keys().public()).unwrap();
            assert_eq!(
                (verified.log_index, verified.checkpoint.size, verified.policy.is_some()),
                (index, log.size(), false)
            );
        }
    }
}

#[test]
fn the_verdict_is_drawn_again_whatever_it_is() {
    for (observation, verdict) in [
        (observation(), statement::LocationVerdict::Located),
        (elsewhere(), statement::LocationVerdict::NotLocated),
        (Observation { sites: Vec::new(), ..observation() }, statement::LocationVerdict::Unknown),
    ] {
        let (bundle, trusted) = bundle_of(&located(&observation), Some(&observation));
        let verified = check(&bundle, &trusted).unwrap();
        let Predicate::DataLocation(claim) = &verified.statement.predicate else { panic!("{verified:?}") };
        assert!(
            verified.policy == Some(observation.policy) && claim.verification_result == verdict,
            "{claim:?}"
        );
        assert_eq!(verified.key, trusted.id());
    }
}

#[test]
fn everything_that_a_bundle_can_hold_verifies() {
    let (bundle, trusted) = whole();
    assert!(bundle.observation.is_some() && bundle.rotations.len() == 1 && bundle.consistency.is_some());
    let verified = check(&bundle, &trusted).unwrap();
    assert_eq!(verified.rotations, 1);
}
