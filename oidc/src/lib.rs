//! Verifies access tokens of `OpenID` Connect issuers, and signs people in there.
//!
//! Pipeline: one `Authorization` header → its token ([`bearer`]) → what it says, with nobody who vouches for it
//! ([`Unverified`]) → what was agreed on with the issuer that it names ([`Registration`]) → the key of that issuer, asked
//! for over HTTP and kept ([`Issuers`]) → a signature that holds → the standard's claims, and those that one asks for
//! ([`Claims`]).
//!
//! Nothing is believed before the signature holds: the unverified issuer only chooses among the issuers that are
//! trusted already, the unverified key id only among the keys that this issuer publishes, and no address in a
//! token is ever followed. Who people are to the program that asks, and what they may do there, is not known here.

mod algorithm;
mod bearer;
mod claims;
mod client;
mod discovery;
mod error;
mod exchange;
mod issuers;
mod keys;
mod keyset;
mod object;
mod path;
mod registration;
#[cfg(any(test, feature = "sample"))]
pub mod sample;
mod token;

#[cfg(test)]
mod tests;

pub use algorithm::Algorithm;
pub use bearer::bearer;
pub use claims::{Claims, LEEWAY};
pub use client::{ClientError, IssuerClient};
pub use discovery::Endpoints;
pub use error::{IssuerError, TokenError, VerifyError};
pub use exchange::Granted;
pub use issuers::Issuers;
pub use keys::{Generation, Pace};
pub use registration::{Registration, RequiredClaim, Unmet};
pub use token::Unverified;
