//! Who asks, and what they may do.
//!
//! Pipeline: one `Authorization` header → a token, verified by what is agreed on with its issuer ([`beffroi_oidc`]) →
//! claims, matched with what each tenant and the hoster trust ([`trust`]) → a [`Principal`] with its roles →
//! [`authorize`], for each object that is asked for. What was verified is remembered ([`Authenticator`]). How often one
//! may ask is [`rate`].

mod authenticator;
pub mod authorize;
mod error;
mod options;
mod principal;
pub mod rate;
pub mod trust;

#[cfg(test)]
pub(crate) mod tests;

use std::{path::Path, time::Duration};

use beffroi_oidc::{ClientError, IssuerClient, Issuers, Pace};

pub use authenticator::Authenticator;
pub use authorize::{Action, Decision, Resource, TenantStanding, authorize};
pub(crate) use error::{logged, told};
pub use options::AuthOptions;
pub use principal::{Principal, Role, TenantUid};
pub use rate::Limits;
pub use trust::{Trust, Trusts, Whom};

/// How this program names itself to issuers.
const AGENT: &str = concat!("beffroi-api/", env!("CARGO_PKG_VERSION"));
/// How long an issuer may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// The issuers that this program asks, with more authorities than the system's where a file with them is given.
///
/// # Errors
/// Where the file cannot be read, or no TLS client can be made.
pub fn issuers(authorities: Option<&Path>) -> Result<Issuers, ClientError> {
    Ok(Issuers::new(IssuerClient::new(AGENT, authorities, PATIENCE)?, Pace::default()))
}
