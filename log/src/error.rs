//! What can go wrong, told so that the reader knows what to do.

use std::sync::Arc;

use beffroi_core::evidence::{checkpoint, dsse, keys, statement};
use jiff::Timestamp;
use thiserror::Error;

use crate::layout::LONGEST_ENTRY;

/// Why the log cannot be read or written.
#[derive(Clone, Debug, Error)]
pub enum Error {
    /// The URL names no store.
    #[error(
        "{url} names no store for the log: {why}. Use a folder, s3://BUCKET/PREFIX, or http(s):// to read"
    )]
    Url {
        /// As given.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// The store failed.
    #[error("the store of the log failed at {what}: {source}")]
    Store {
        /// Which object.
        what: String,
        /// Why.
        source: Arc<object_store::Error>,
    },
    /// The file lock of a local store.
    #[error("the lock of the log {path}: {why}. Does another process hold it, or is the folder read-only?")]
    Lock {
        /// Its file.
        path: String,
        /// Why.
        why: String,
    },
    /// An object that must be there is not.
    #[error("{0} is missing from the log: was a part of it deleted? Restore it from a copy")]
    Missing(String),
    /// What is there contradicts itself.
    #[error("the log is damaged: {0}. Keep the folder as it is, and restore a copy beside it")]
    Damaged(String),
    /// Another writer took over.
    #[error(
        "another writer took over the log (epoch {found}, ours is {ours}): this one must not write any more"
    )]
    Fenced {
        /// Its epoch.
        found: u64,
        /// Ours.
        ours: u64,
    },
    /// The writer stopped at an earlier failure.
    #[error("the writer of the log stopped: {0}. Open the log again: that finishes what was begun")]
    Stopped(String),
    /// The keys were replaced.
    #[error(
        "the keys of the log were replaced by others: open it with the private half of the successor named in its last change of keys"
    )]
    Rotated {
        /// The public file of the keys that sign now.
        successor: String,
    },
    /// The keys never were the log's.
    #[error(
        "these keys ({ours}) are not those of the log ({found}): is this the right Secret for this store?"
    )]
    OtherKeys {
        /// Verifier key given.
        ours: String,
        /// What signed the log.
        found: String,
    },
    /// The successor belongs to another log.
    #[error("the successor's keys are of log {found}, this is log {ours}: make them with the same origin")]
    OtherLog {
        /// Name of the successor's log.
        found: String,
        /// Name of this one.
        ours: String,
    },
    /// An envelope signed by another key.
    #[error("the envelope is signed by key {found}, the log's key is {ours}: sign it again")]
    OtherSigner {
        /// Id of its key.
        found: String,
        /// Id of the log's.
        ours: String,
    },
    /// A successor that is not new.
    #[error("one of the successor's two keys signs already: draw both anew with `beffroi keys generate`")]
    SameKey,
    /// An entry that the layout cannot hold.
    #[error(
        "the signed statement has {0} bytes, more than the {LONGEST_ENTRY} that an entry of a tlog-tiles log may have: shorten it"
    )]
    TooLong(usize),
    /// An entry that is not there.
    #[error("the log has {size} entries: there is no entry {index}")]
    NoSuchEntry {
        /// Asked for.
        index: u64,
        /// Entries of the log.
        size: u64,
    },
    /// More entries than are taken away at once.
    #[error("more than {most} entries: take a shorter period")]
    TooMany {
        /// Most entries.
        most: usize,
    },
    /// A state larger than the log.
    #[error(
        "the state to start from has {known} entries, the log only {size}: it is of another log, or this is an old copy"
    )]
    NotGrown {
        /// Entries of that state.
        known: u64,
        /// Entries of the log.
        size: u64,
    },
    /// An entry that is dated before what stands in the log.
    #[error(
        "an entry is dated {time}, and the log has one of {latest}: nothing is written that would run backwards. Set the clock right; if the log's own entry is of a time that has not come, start a new log"
    )]
    BackInTime {
        /// When it says that it was made.
        time: Timestamp,
        /// The latest time that an entry bears.
        latest: Timestamp,
    },
    /// What was observed is not what the statement was drawn from.
    #[error("the observation is not the one that the statement names: its digest differs")]
    OtherObservation,
    /// The store is read-only.
    #[error("a log read over HTTP cannot be written: open the store itself")]
    ReadOnly,
    /// A checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] checkpoint::Error),
    /// An envelope.
    #[error(transparent)]
    Envelope(#[from] dsse::Error),
    /// A statement.
    #[error("a statement in the log: {0}")]
    Statement(#[source] Arc<statement::Error>),
    /// Public keys.
    #[error(transparent)]
    Keys(#[from] keys::Error),
    /// JSON.
    #[error("{what}: {source}")]
    Json {
        /// Which object.
        what: String,
        /// Why.
        source: Arc<serde_json::Error>,
    },
}

impl Error {
    pub(crate) fn store(what: &object_store::path::Path) -> impl FnOnce(object_store::Error) -> Self {
        let what = what.to_string();
        |source| Self::Store { what, source: Arc::new(source) }
    }

    pub(crate) fn json(what: &str) -> impl FnOnce(serde_json::Error) -> Self {
        let what = what.to_owned();
        |source| Self::Json { what, source: Arc::new(source) }
    }

    pub(crate) fn damaged(why: impl Into<String>) -> Self {
        Self::Damaged(why.into())
    }
}

impl From<statement::Error> for Error {
    fn from(error: statement::Error) -> Self {
        Self::Statement(Arc::new(error))
    }
}
