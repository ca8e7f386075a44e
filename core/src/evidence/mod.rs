//! Evidence that someone who trusts neither the provider nor Beffroi can check.
//!
//! Pipeline: [`statement`] (in-toto, what is claimed) → [`dsse`] (signed, ECDSA P-256) → an entry of a Merkle
//! log (crate `beffroi-log`) → [`checkpoint`] (the log's root, a signed note) → [`bundle`] (all of it in one
//! file) → [`verify`] (offline, with the public keys alone).
//!
//! Signatures are deterministic (RFC 6979, RFC 8032): nothing here draws a random number. Keys come in as text
//! and never leave [`keys::SigningKeys`].

pub mod bundle;
pub mod canonical;
pub mod checkpoint;
pub mod dsse;
pub mod keys;
pub mod period;
#[cfg(any(test, feature = "sample"))]
pub mod sample;
pub mod schema;
pub mod statement;
pub mod verify;

pub use bundle::Bundle;
pub use keys::{PublicKeys, SigningKeys};
pub use statement::{Predicate, Statement};
pub use verify::{Expected, Verified, verify};
