//! Who asks, and what they may do.
//!
//! Pipeline: one `Authorization` header → one compact token, its signature checked with a key that its issuer
//! publishes ([`token`], [`keys`]) → claims, matched with what each tenant and the hoster trust ([`trust`]) → a
//! [`Principal`] with its roles → [`authorize`], for each object that is asked for. How often one may ask is
//! [`rate`]; signing in on the page is [`oidc`].
//!
//! Nothing is believed before the signature holds: the unverified issuer only chooses among the issuers that are
//! trusted already, the unverified key id only among the keys that this issuer publishes, and no address in a
//! token is ever followed.

pub mod algorithm;
mod authenticator;
pub mod authorize;
mod claims;
mod error;
pub mod keys;
mod keyset;
mod object;
pub mod oidc;
mod options;
mod path;
mod principal;
pub mod rate;
pub mod token;
pub mod trust;

#[cfg(test)]
pub(crate) mod tests;

pub use authenticator::Authenticator;
pub use authorize::{Action, Decision, Resource, TenantStanding, authorize};
pub use error::{AuthError, TokenError};
pub use keys::Keys;
pub use oidc::{Oidc, OidcError};
pub use options::Options;
pub use principal::{Principal, Role, TenantUid};
pub use rate::Limits;
pub use trust::{Trust, Trusts, Whom};
