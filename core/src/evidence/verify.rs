//! Offline verification: a bundle and public keys in, what is proven out.
//!
//! Pipeline: one text → keys that follow from those trusted ([`chain`]) → signature of the log's state → place of
//! the entry in it ([`proof`]) → signature of the statement → digest of what was observed → the verdict drawn
//! again from that and from the whole policy in it → what the reader expects (kind of statement, workspace, age,
//! a policy, a state of the log seen before).
//!
//! # What a bundle cannot show
//! That no later statement says otherwise: a genuine bundle that is shown again later stands, even one whose entry
//! is old and whose checkpoint is new. The reader bounds its age ([`Expected::fresh`]), or keeps the newest state
//! of the log and demands one that grew from it ([`Expected::known`]), which old bundles are not. That nobody is
//! shown another log: that comes out only where two readers, or one reader at two times, compare states. That
//! keys were not stolen: who holds the private keys can sign a log of his own, and name any successors in it;
//! a reader who knows a state of the real log sees that it is another. And that what was observed is true: a
//! statement only says what was seen, and what was not ([`DataLocation::not_proven`]).
//!
//! [`DataLocation::not_proven`]: super::statement::DataLocation::not_proven

mod chain;
pub mod history;
mod proof;

use beffroi_crds::SovereigntyPolicySpec;
use jiff::{SignedDuration, Timestamp};
use thiserror::Error;

use self::chain::Chain;
pub use self::proof::contains;
use super::{
    Bundle, Predicate, PublicKeys, Statement,
    bundle::{self, Observed},
    canonical,
    checkpoint::{self, Checkpoint},
    dsse, keys,
    statement::{self, DataLocation, Version},
};
use crate::location::{self, Observation, Policy};

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
    /// A statement that is dated before one that stands before it in the log.
    #[error(
        "entry {index} of the log is dated {time}, and entry {after} before it {later}: time ran backwards. A clock was set back, or a statement is dated falsely: ask the hosting provider which"
    )]
    BackInTime {
        /// Its index.
        index: u64,
        /// When it says that it was made.
        time: Timestamp,
        /// The one before it.
        after: u64,
        /// When that says that it was made.
        later: Timestamp,
    },
    /// A statement about something else than its subject.
    #[error("the statement speaks of something else than its subject")]
    OtherSubject,
    /// What was observed is not what was signed.
    #[error("what the bundle says was observed is not what was signed")]
    OtherObservation,
    /// The verdict does not follow.
    #[error("the statement does not follow from what was observed: {0} differs")]
    DoesNotFollow(&'static str),
    /// A statement of another kind than expected.
    #[error(
        "it is genuine, and {}, not {}: it proves nothing else. If that is what you want to verify, say so with --type {found}",
        .found.told(), .wanted.told()
    )]
    OtherKind {
        /// What it holds.
        found: Kind,
        /// What was expected.
        wanted: Kind,
    },
    /// Other rules than those of the policy that the reader has.
    #[error(
        "the rules in the bundle are not those of your policy: they differ in {}. Who signed held the workspace to others",
        .parts.join(", ")
    )]
    OtherPolicy {
        /// Where they differ.
        parts: Vec<String>,
    },
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
    /// The state known is of another log.
    #[error("the state you know is of log {known}, the bundle is of log {found}: is this the right file?")]
    OtherLog {
        /// Name of the log that is shown.
        found: String,
        /// Name of the log that is known.
        known: String,
    },
    /// Two different logs under one name.
    #[error(
        "split view: two logs of {size} entries with different contents. Someone shows different logs to different people: keep both files and tell your RSSI"
    )]
    SplitView {
        /// Size of both.
        size: u64,
    },
    /// A proof of growth that shows none.
    #[error(
        "the bundle does not show that the log of {to} entries grew from the one of {from}: it was changed, or history was rewritten. Ask for another; if that fails too, keep both files and tell your RSSI"
    )]
    NotGrown {
        /// Size of the smaller state.
        from: u64,
        /// Size of the larger one.
        to: u64,
    },
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
    /// Of which kind the statement is; without it any is taken.
    pub kind: Option<Kind>,
    /// The reader's own copy of the policy that the workspace is to be held to.
    pub policy: Option<SovereigntyPolicySpec>,
    /// UID of the workspace, or NAMESPACE/NAME. Only the UID tells a workspace from another that bears its name
    /// after it; the name alone would be that of other tenants' workspaces too.
    pub workspace: Option<String>,
    /// The reader's clock, and the age that is still taken. Without it any age is.
    pub fresh: Option<(Timestamp, SignedDuration)>,
    /// A state of this log that the reader saw before.
    pub known: Option<Checkpoint>,
    /// Place and time of an entry of this log that the reader verified before: what stands after it is not older, and
    /// what stands before it not newer.
    pub seen: Option<(u64, Timestamp)>,
}

/// What a statement is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// Where the data of a workspace lies.
    Location,
    /// Something that touched a tenant.
    Audit,
    /// A change of keys.
    Keys,
}

impl Kind {
    /// That of a statement.
    pub fn of(predicate: &Predicate) -> Self {
        match predicate {
            Predicate::DataLocation(_) => Self::Location,
            Predicate::Audit(_) => Self::Audit,
            Predicate::KeyRotation(_) => Self::Keys,
        }
    }

    fn told(self) -> &'static str {
        match self {
            Self::Location => "a statement on where data lies",
            Self::Audit => "an entry of the audit log",
            Self::Keys => "a change of keys",
        }
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Location => "location",
            Self::Audit => "audit",
            Self::Keys => "keys",
        })
    }
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
    /// The same, as it was signed.
    pub note: String,
    /// Id of the key that signed the statement.
    pub key: String,
    /// Changes of keys between the trusted ones and those that signed.
    pub rotations: usize,
    /// The policy that the verdict was drawn again by, from what was observed; `None`: nothing was drawn again, for
    /// there is no verdict, or it is one of the first version.
    pub policy: Option<Policy>,
}

/// How far a clock may be behind: another's, and the log's own. Times of statements run with the log's order, but
/// for so much.
pub const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// Checks a bundle with the keys that the reader trusts.
///
/// # Errors
/// The first thing that does not hold.
pub fn verify(text: &[u8], trusted: &PublicKeys, expected: &Expected) -> Result<Verified, Error> {
    let bundle = Bundle::parse(text)?;
    let chain = Chain::follow(&bundle.rotations, trusted)?;
    let keys = chain.keys();
    let (checkpoint, signers) = Checkpoint::verify(&bundle.checkpoint, &keys)?;
    if !signers.contains(&(keys.len() - 1)) {
        return Err(Error::Authority("the log's state is signed by keys that had been replaced"));
    }
    for rotation in &bundle.rotations {
        proof::included(&rotation.envelope, &rotation.inclusion, &checkpoint)?;
    }
    proof::included(&bundle.envelope, &bundle.inclusion, &checkpoint)?;
    let grown = bundle.consistency.as_ref().map(|proof| proof::grown(proof, &checkpoint, &chain));
    let grown_from = grown.transpose()?;

    let (payload, key) = bundle.envelope.verify(&keys)?;
    chain.signs_entry(key, bundle.inclusion.log_index)?;
    let statement = Statement::parse(&payload)?;
    in_time(&bundle, &statement, expected.seen)?;
    let policy = follows(&statement, bundle.observation.as_ref())?.cloned();
    meets(&statement, expected)?;
    if let Some(wanted) = &expected.policy {
        held_to(wanted, bundle.observation.as_ref())?;
    }
    if let Some(known) = &expected.known {
        continues(known, &checkpoint, grown_from.as_ref())?;
    }
    Ok(Verified {
        statement,
        log_index: bundle.inclusion.log_index,
        key: keys[key].id(),
        rotations: keys.len() - 1,
        checkpoint,
        note: bundle.checkpoint,
        policy,
    })
}

/// That times run with the log's order, as far as one sees several: those of the changes of keys, its own, and that of
/// an entry that was seen before.
fn in_time(bundle: &Bundle, statement: &Statement, seen: Option<(u64, Timestamp)>) -> Result<(), Error> {
    let mut times = vec![(bundle.inclusion.log_index, statement.predicate.time())];
    times.extend(seen);
    for rotation in &bundle.rotations {
        let payload = rotation.envelope.unverified().unwrap_or_default();
        times.push((rotation.inclusion.log_index, Statement::parse(&payload)?.predicate.time()));
    }
    times.sort_by_key(|(index, _)| *index);
    let mut order = Order::default();
    times.into_iter().try_for_each(|(index, time)| order.next(index, time))
}

/// Times of statements in the log's order: none is earlier than one before it, but for [`SKEW`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Order {
    latest: Option<(u64, Timestamp)>,
}

impl Order {
    /// What goes on after an entry of some time.
    pub fn after(time: Timestamp) -> Self {
        Self { latest: Some((0, time)) }
    }

    /// The latest time that was seen.
    pub fn latest(&self) -> Option<Timestamp> {
        self.latest.map(|(_, time)| time)
    }

    /// Takes the next one that is seen; others may stand between.
    ///
    /// # Errors
    /// [`Error::BackInTime`] when it is dated before one that stands before it.
    pub fn next(&mut self, index: u64, time: Timestamp) -> Result<(), Error> {
        match self.latest {
            Some((after, later)) if later.duration_since(time) > SKEW => {
                Err(Error::BackInTime { index, time, after, later })
            }
            Some((_, later)) if later >= time => Ok(()),
            _ => {
                self.latest = Some((index, time));
                Ok(())
            }
        }
    }
}

/// That what is claimed follows from what was observed; the policy by which it does, where there was anything to
/// draw from.
fn follows<'a>(statement: &Statement, observed: Option<&'a Observed>) -> Result<Option<&'a Policy>, Error> {
    let subject = &statement.subject;
    let named = match &statement.predicate {
        Predicate::DataLocation(claim) => subject.name == statement::workspace_subject(&claim.workspace.uid),
        Predicate::Audit(entry) => subject.name == entry.object,
        Predicate::KeyRotation(change) => *subject == statement::rotation_subject(&change.successor),
    };
    if !named {
        return Err(Error::OtherSubject);
    }
    let Predicate::DataLocation(claim) = &statement.predicate else {
        return if observed.is_none() { Ok(None) } else { Err(Error::OtherObservation) };
    };
    let observed = observed.ok_or(Error::OtherObservation)?;
    let digest = canonical::digest(observed).map_err(|_| Error::OtherObservation)?;
    if subject.digest.sha256 != digest {
        return Err(Error::OtherObservation);
    }
    match (claim.version, observed) {
        (Version::Second, Observed::Whole(observation)) => {
            redrawn(claim, observation).map(|()| Some(&observation.policy))
        }
        (Version::First, Observed::First(_)) => Ok(None),
        _ => Err(Error::OtherObservation),
    }
}

/// That the rules are those of a policy that the reader has.
fn held_to(wanted: &SovereigntyPolicySpec, observed: Option<&Observed>) -> Result<(), Error> {
    let parts = match observed {
        Some(Observed::Whole(observation)) => observation.policy.differs(wanted),
        Some(Observed::First(told)) => {
            let rules = Policy::of("", wanted).rules();
            let same = told.get("rules").is_some_and(|told| rules.are_first(told));
            if same { Vec::new() } else { vec!["rules".to_owned()] }
        }
        // What is held to no rules differs from none.
        None => Vec::new(),
    };
    if parts.is_empty() { Ok(()) } else { Err(Error::OtherPolicy { parts }) }
}

/// That the claim, drawn again from what was observed, is the same.
fn redrawn(claim: &DataLocation, observation: &Observation) -> Result<(), Error> {
    let since = location::Since::of(&claim.findings);
    let again = location::claim(observation, &since, claim.time_verified);
    let past = claim.findings.iter().all(|finding| finding.since.0 <= claim.time_verified);
    let parts = [
        ("verifier", again.verifier.id == claim.verifier.id),
        ("workspace", again.workspace == claim.workspace && again.resource_uri == claim.resource_uri),
        ("policy", again.policy == claim.policy),
        ("verificationResult", again.verification_result == claim.verification_result),
        ("sites", again.sites == claim.sites),
        ("rules", again.rules == claim.rules),
        ("findings", again.findings == claim.findings && past),
        ("findingsOmitted", again.findings_omitted == claim.findings_omitted),
        ("notProven", again.not_proven == claim.not_proven),
    ];
    match parts.iter().find(|(_, same)| !same) {
        None => Ok(()),
        Some((what, _)) => Err(Error::DoesNotFollow(what)),
    }
}

/// That the statement is of the kind, about the workspace and of the age that the reader expects.
fn meets(statement: &Statement, expected: &Expected) -> Result<(), Error> {
    let found = Kind::of(&statement.predicate);
    if let Some(wanted) = expected.kind.filter(|wanted| *wanted != found) {
        return Err(Error::OtherKind { found, wanted });
    }
    if let Some(wanted) = &expected.workspace {
        let found = statement.predicate.workspace();
        let name = found.map(|w| format!("{}/{}", w.namespace, w.name));
        if found.is_none_or(|w| w.uid != *wanted) && name.as_ref() != Some(wanted) {
            let uid = found.map_or("none", |w| &w.uid);
            let found = format!("{} ({uid})", name.as_deref().unwrap_or("none"));
            return Err(Error::OtherWorkspace { found, wanted: wanted.clone() });
        }
    }
    let Some((now, oldest)) = expected.fresh else { return Ok(()) };
    let made = statement.predicate.time();
    let age = now.duration_since(made);
    if age < -SKEW {
        return Err(Error::FromTheFuture(made));
    }
    if age > oldest {
        return Err(Error::TooOld { made, limit: format!("{oldest:#}") });
    }
    Ok(())
}

/// That the log shown is the one known, later.
fn continues(known: &Checkpoint, shown: &Checkpoint, grown_from: Option<&Checkpoint>) -> Result<(), Error> {
    if known.origin != shown.origin {
        return Err(Error::OtherLog { found: shown.origin.clone(), known: known.origin.clone() });
    }
    if known.size > shown.size {
        return Err(Error::OldCheckpoint { found: shown.size, known: known.size });
    }
    let same = [Some(shown), grown_from].into_iter().flatten().find(|state| state.size == known.size);
    match same {
        Some(state) if state.root == known.root => Ok(()),
        Some(_) => Err(Error::SplitView { size: known.size }),
        None if known.size == 0 => Ok(()),
        None => Err(Error::NoConsistency { known: known.size }),
    }
}

#[cfg(test)]
mod tests;
