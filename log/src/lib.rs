//! A Merkle log on an object store: entries → one durable commit → tiles → a signed checkpoint → proofs.
//!
//! Below the root of a [`Store`] lies what c2sp.org/tlog-tiles prescribes (`checkpoint`, `tile/…`), so that
//! any reader of such logs, or a plain web server, is enough to follow it. Three folders more are our own:
//! `observation/SHA256` (what statements were drawn from), `index/…` (derived, see [`index`]) and
//! `commit/SEQ` (coordination, see [`commit`]).
//!
//! # Why a crash does no harm
//! Each append is one object `commit/SEQ`, created only if nobody created it before: a conditional put on S3,
//! a hard link in a folder. That is the point of no return, and the reason why the log cannot fork: of two
//! writers one gets SEQ, and the other reads what is there and stops. To open the log is to create a commit
//! too, without entries and with the opener's epoch; every writer of an older epoch fails at it.
//!
//! All that follows a commit follows *from* it: tiles and bundles of entries have one name and one content for
//! each size, so to write them twice is to write them once. The checkpoint comes last, and the caller's answer
//! after it. Killed in between, the next writer finds commits that the checkpoint does not cover and does the
//! rest. The checkpoint is the one object that is replaced: by a conditional put on S3, under a file lock in a
//! folder, and never by a smaller one.
//!
//! Commits that the checkpoint covers are deleted, but for the newest few. A writer that slept so long that
//! its next SEQ came and went sees newer commits after it created its own, takes its own away and stops. If it
//! dies in between, nobody follows the stray commit: each names the digest of the one before.

pub mod commit;
mod directory;
mod entry;
mod error;
pub mod index;
mod kept;
mod layout;
mod proof;
mod publish;
mod reader;
mod recover;
mod sequencer;
mod store;
mod tiles;
mod tree;
mod writer;

pub use entry::Entry;
pub use error::Error;
pub use index::{Filter, Kind};
pub use reader::{Listed, Reader};
pub use store::{Store, open_store};
pub use writer::Writer;
