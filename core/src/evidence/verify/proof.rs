//! What Merkle proofs show: that an entry is in the log, and that the log only grew (RFC 6962, 2.1).

use tlog_tiles::{EMPTY_HASH, Hash, check_record, check_tree, record_hash};

use super::{
    super::{
        bundle::{Consistency, Inclusion},
        checkpoint::Checkpoint,
        dsse::Envelope,
    },
    Error,
    chain::Chain,
};

/// That an envelope is an entry of the log.
pub(super) fn included(envelope: &Envelope, inclusion: &Inclusion, log: &Checkpoint) -> Result<(), Error> {
    let outside = || Error::NotInLog { index: inclusion.log_index, size: log.size };
    let entry = envelope.to_entry().map_err(|_| outside())?;
    contains(log, inclusion.log_index, record_hash(&entry), &inclusion.hashes).map_err(|()| outside())
}

/// That a leaf is in the log: the audit path leads to the root.
///
/// # Errors
/// When it does not.
#[allow(clippy::result_unit_err)]
pub fn contains(log: &Checkpoint, index: u64, leaf: Hash, path: &[Hash]) -> Result<(), ()> {
    // No path of a tree with 64-bit indices is longer; a longer one is not walked.
    if path.len() > 64 {
        return Err(());
    }
    check_record(&path.to_vec(), log.size, log.root, index, leaf).map_err(|_| ())
}

/// That the log only grew: the smaller state, signed by its keys and a part of the larger one.
pub(super) fn grown(proof: &Consistency, larger: &Checkpoint, chain: &Chain) -> Result<Checkpoint, Error> {
    let (smaller, signers) = Checkpoint::verify(&proof.checkpoint, &chain.keys())?;
    chain.signs_state(&signers, smaller.size)?;
    let holds = if smaller.size == 0 {
        // All logs grew from the empty one, which needs no proof.
        proof.hashes.is_empty() && smaller.root == EMPTY_HASH
    } else {
        // Twice the height of the tallest tree; a longer proof is not walked.
        proof.hashes.len() <= 128
            && check_tree(&proof.hashes, larger.size, larger.root, smaller.size, smaller.root).is_ok()
    };
    if holds { Ok(smaller) } else { Err(Error::NotGrown { from: smaller.size, to: larger.size }) }
}
