//! Offline verification: a bundle and public keys in, what is proven out.
//!
//! Pipeline: one text → keys that follow from those trusted → signature of the log's state → place of the
//! entry in it → signature of the statement → digest of what was observed → the verdict drawn again from that
//! → what the reader expects (workspace, age, a state of the log seen before).

use jiff::{SignedDuration, Timestamp};
use thiserror::Error;
use tlog_tiles::{Hash, check_record, check_tree, record_hash};

use super::{
    Bundle, Predicate, PublicKeys, Statement,
    bundle::{self, Consistency, Inclusion},
    canonical,
    checkpoint::{self, Checkpoint},
    dsse::{self, Envelope},
    keys, statement,
};
use crate::location;

/// Why a bundle proves nothing.
#[derive(Debug, Error)]
pub enum Error {
    /// It cannot be read.
    #[error(transparent)]
    Bundle(#[from] bundle::Error),
    /// The signature of the statement.
    #[error(transparent)]
    Envelope(#[from] dsse::Error),
    /// The log's state.
    #[error(transparent)]
    Checkpoint(#[from] checkpoint::Error),
    /// The statement.
    #[error(transparent)]
    Statement(#[from] statement::Error),
    /// A successor's keys.
    #[error("a change of keys names keys that cannot be read: {0}")]
    Successor(#[from] keys::Error),
    /// Something in the chain of keys.
    #[error("change of keys {index}: {why}")]
    Rotation {
        /// Which, from 0.
        index: usize,
        /// What is wrong.
        why: &'static str,
    },
    /// The keys that signed had no authority there.
    #[error("{0}")]
    Authority(&'static str),
    /// The entry is not in the log.
    #[error("entry {index} is not in the log of {size} entries that the checkpoint speaks of")]
    NotInLog {
        /// Its index.
        index: u64,
        /// Size of the log.
        size: u64,
    },
    /// What was observed is not what was signed.
    #[error("what the bundle says was observed is not what was signed")]
    OtherObservation,
    /// The verdict does not follow.
    #[error("the statement does not follow from what was observed: {0} differs")]
    DoesNotFollow(&'static str),
    /// Another workspace than expected.
    #[error("the bundle is about workspace {found}, not about {wanted}")]
    OtherWorkspace {
        /// What it is about.
        found: String,
        /// What was expected.
        wanted: String,
    },
    /// It says that it comes from the future.
    #[error("the statement is dated {0}, which is yet to come: check the clock of this machine")]
    FromTheFuture(Timestamp),
    /// It is too old.
    #[error(
        "the statement was made at {made}: older than {limit}. Ask for a new bundle, or allow the age with --max-age"
    )]
    TooOld {
        /// When it was made.
        made: Timestamp,
        /// Oldest that is taken.
        limit: String,
    },
    /// The log shown is not the one seen before.
    #[error(
        "split view: {0}. Someone shows different logs to different people: keep both files and tell your RSSI"
    )]
    SplitView(String),
    /// The log shown is older than the one seen before.
    #[error(
        "the bundle rests on a state of the log ({found} entries) older than the one you know ({known}): ask for a new one"
    )]
    OldCheckpoint {
        /// Size shown.
        found: u64,
        /// Size known.
        known: u64,
    },
    /// Nothing connects the two states.
    #[error(
        "nothing in the bundle shows that the log only grew since the state you know ({known} entries): ask for a bundle made with --since that state"
    )]
    NoConsistency {
        /// Size known.
        known: u64,
    },
}

/// What the reader expects beyond that everything is genuine.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    /// Name or UID of the workspace.
    pub workspace: Option<String>,
    /// The reader's clock, and the age that is still taken. Without it any age is.
    pub fresh: Option<(Timestamp, SignedDuration)>,
    /// A state of this log that the reader saw before.
    pub known: Option<Checkpoint>,
}

/// What a bundle proves.
#[derive(Debug)]
pub struct Verified {
    /// What was signed.
    pub statement: Statement,
    /// Its place in the log.
    pub log_index: u64,
    /// The state of the log.
    pub checkpoint: Checkpoint,
    /// Id of the key that signed the statement.
    pub key: String,
    /// Changes of keys between the trusted ones and those that signed.
    pub rotations: usize,
    /// Whether the verdict was drawn again from what was observed.
    pub redrawn: bool,
}

/// How far a clock may be behind.
const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// Checks a bundle with the keys that the reader trusts.
///
/// # Errors
/// The first thing that does not hold.
pub fn verify(text: &[u8], trusted: &PublicKeys, expected: &Expected) -> Result<Verified, Error> {
    let bundle = Bundle::parse(text)?;
    let chain = chain(&bundle, trusted)?;
    let keys: Vec<&PublicKeys> = chain.iter().map(|link| &link.keys).collect();
    let (checkpoint, log_key) = Checkpoint::verify(&bundle.checkpoint, &keys)?;
    if log_key + 1 != keys.len() {
        return Err(Error::Authority("the log's state is signed by keys that had been replaced"));
    }
    for (index, (rotation, link)) in bundle.rotations.iter().zip(&chain[1..]).enumerate() {
        included(&rotation.envelope, &rotation.inclusion, &checkpoint)?;
        if chain[index].from >= link.from {
            return Err(Error::Rotation { index, why: "it does not come after the one before" });
        }
    }
    included(&bundle.envelope, &bundle.inclusion, &checkpoint)?;
    let grown_from = bundle.consistency.as_ref().map(|proof| grown(proof, &checkpoint, &keys)).transpose()?;

    let (payload, key) = bundle.envelope.verify(&keys)?;
    let place = bundle.inclusion.log_index;
    if place < chain[key].from || chain.get(key + 1).is_some_and(|next| place >= next.from) {
        return Err(Error::Authority(
            "the statement is signed by keys that had no authority at its place in the log",
        ));
    }
    let statement = Statement::parse(&payload)?;
    let redrawn = follows(&bundle, &statement)?;
    meets(&statement, &checkpoint, grown_from.as_ref(), expected)?;
    Ok(Verified {
        statement,
        log_index: place,
        checkpoint,
        key: keys[key].id(),
        rotations: bundle.rotations.len(),
        redrawn,
    })
}

/// Keys, and the index of the log from which on they sign.
struct Link {
    keys: PublicKeys,
    from: u64,
}

/// The keys that follow, one change after the other, from those that are trusted.
fn chain(bundle: &Bundle, trusted: &PublicKeys) -> Result<Vec<Link>, Error> {
    let mut chain = vec![Link { keys: trusted.clone(), from: 0 }];
    for (index, rotation) in bundle.rotations.iter().enumerate() {
        let wrong = |why| Error::Rotation { index, why };
        let Some(last) = chain.last() else { return Err(wrong("no keys come before it")) };
        let (payload, _) = rotation.envelope.verify(&[&last.keys])?;
        let statement = Statement::parse(&payload)?;
        let Predicate::KeyRotation(change) = &statement.predicate else {
            return Err(wrong("it is no change of keys"));
        };
        if statement.subject != statement::rotation_subject(&change.successor) {
            return Err(wrong("its subject is not the keys that it names"));
        }
        let keys = PublicKeys::parse(&change.successor)?;
        if keys.origin() != trusted.origin() {
            return Err(wrong("it names keys of another log"));
        }
        let from = rotation.inclusion.log_index.saturating_add(1);
        chain.push(Link { keys, from });
    }
    Ok(chain)
}

/// That an envelope is an entry of the log.
fn included(envelope: &Envelope, inclusion: &Inclusion, log: &Checkpoint) -> Result<(), Error> {
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

/// That what is claimed of data location follows from what was observed; tells whether there was anything to
/// draw from.
fn follows(bundle: &Bundle, statement: &Statement) -> Result<bool, Error> {
    let Predicate::DataLocation(claim) = &statement.predicate else {
        return if bundle.observation.is_some() { Err(Error::OtherObservation) } else { Ok(false) };
    };
    let observation = bundle.observation.as_ref().ok_or(Error::OtherObservation)?;
    let digest = canonical::digest(observation).map_err(|_| Error::OtherObservation)?;
    let name = statement::workspace_subject(&claim.workspace.uid);
    if statement.subject.digest.sha256 != digest || statement.subject.name != name {
        return Err(Error::OtherObservation);
    }
    let redrawn = location::claim(observation, &location::Since::of(&claim.findings), claim.time_verified);
    let differences = [
        ("workspace", redrawn.workspace == claim.workspace && redrawn.resource_uri == claim.resource_uri),
        ("policy", redrawn.policy == claim.policy),
        ("verificationResult", redrawn.verification_result == claim.verification_result),
        ("sites", redrawn.sites == claim.sites),
        ("rules", redrawn.rules == claim.rules),
        (
            "findings",
            (&redrawn.findings, redrawn.findings_omitted) == (&claim.findings, claim.findings_omitted),
        ),
        ("notProven", redrawn.not_proven == claim.not_proven),
    ];
    match differences.iter().find(|(_, same)| !same) {
        None => Ok(true),
        Some((what, _)) => Err(Error::DoesNotFollow(what)),
    }
}

/// That it is what the reader expects.
fn meets(
    statement: &Statement,
    checkpoint: &Checkpoint,
    grown_from: Option<&Checkpoint>,
    expected: &Expected,
) -> Result<(), Error> {
    if let Some(wanted) = &expected.workspace {
        let found = statement.predicate.workspace();
        if !found.is_some_and(|w| w.uid == *wanted || w.name == *wanted) {
            let found = found.map_or_else(|| "none".to_owned(), |w| format!("{} ({})", w.name, w.uid));
            return Err(Error::OtherWorkspace { found, wanted: wanted.clone() });
        }
    }
    if let Some((now, oldest)) = expected.fresh {
        let made = statement.predicate.time();
        let age = now.duration_since(made);
        if age < -SKEW {
            return Err(Error::FromTheFuture(made));
        }
        if age > oldest {
            return Err(Error::TooOld { made, limit: format!("{oldest:#}") });
        }
    }
    let Some(known) = &expected.known else { return Ok(()) };
    if known.origin != checkpoint.origin {
        return Err(Error::SplitView(format!(
            "you know log {}, this is {}",
            known.origin, checkpoint.origin
        )));
    }
    if known.size > checkpoint.size {
        return Err(Error::OldCheckpoint { found: checkpoint.size, known: known.size });
    }
    if known.size == checkpoint.size {
        return if known.root == checkpoint.root {
            Ok(())
        } else {
            Err(Error::SplitView(format!("two logs of {} entries with different contents", known.size)))
        };
    }
    match grown_from {
        _ if known.size == 0 => Ok(()),
        Some(smaller) if smaller.size == known.size && smaller.root == known.root => Ok(()),
        Some(smaller) if smaller.size == known.size => {
            Err(Error::SplitView(format!("two logs of {} entries with different contents", known.size)))
        }
        _ => Err(Error::NoConsistency { known: known.size }),
    }
}

/// That the log only grew: the smaller state, signed and a part of the larger one.
fn grown(proof: &Consistency, larger: &Checkpoint, keys: &[&PublicKeys]) -> Result<Checkpoint, Error> {
    let (smaller, _) = Checkpoint::verify(&proof.checkpoint, keys)?;
    let split = || Error::SplitView(format!("the log did not grow from the {} entries it had", smaller.size));
    if proof.hashes.len() > 128 {
        return Err(split());
    }
    check_tree(&proof.hashes, larger.size, larger.root, smaller.size, smaller.root).map_err(|_| split())?;
    Ok(smaller)
}

#[cfg(test)]
mod tests;
