//! The issuers that one deals with: their tokens verified, their people signed in.

use jiff::Timestamp;

use super::{
    claims::Claims,
    client::IssuerClient,
    discovery::Endpoints,
    error::{IssuerError, TokenError, VerifyError},
    exchange::Granted,
    keys::{Generation, Keys, Pace},
    registration::Registration,
    token::Unverified,
};

/// The issuers that one deals with, each known from when it is needed first.
pub struct Issuers {
    client: IssuerClient,
    keys: Keys,
}

impl Issuers {
    /// Knows none yet; `pace` tells how often each may be asked.
    pub fn new(client: IssuerClient, pace: Pace) -> Self {
        Self { keys: Keys::new(client.clone(), pace), client }
    }

    /// What a token says that one of `agreed` takes at `now`, with the keys that it was verified with.
    ///
    /// Asks its issuer for keys, where the one that the token names is not known; how often is bounded ([`Pace`]).
    ///
    /// # Errors
    /// [`VerifyError::Refused`] where the token is bad, or of no issuer, algorithm and audience in `agreed`;
    /// [`VerifyError::Unavailable`] where it may be good, and its issuer is of no help.
    pub async fn verify(
        &self,
        token: Unverified<'_>,
        agreed: &[&Registration],
        now: Timestamp,
    ) -> Result<(Claims, Generation), VerifyError> {
        let issuer = token.issuer().ok_or(TokenError::Issuer)?.to_owned();
        if !agreed.iter().any(|one| one.issuer == issuer) {
            return Err(TokenError::Issuer.into());
        }
        if !agreed.iter().any(|one| one.issuer == issuer && one.algorithm == token.algorithm()) {
            return Err(TokenError::Algorithm.into());
        }
        let published = self.keys.find(&issuer, &token).await?;
        let key = published.key(&token)?;
        let claims = token.verify(key, now)?;
        if !agreed.iter().any(|one| one.accepts(&claims)) {
            return Err(TokenError::Audience.into());
        }
        Ok((claims, published.generation))
    }

    /// The keys of an issuer that one deals with, where they are known and not too old; old ones are asked for again
    /// meanwhile.
    pub fn generation(&self, issuer: &str) -> Option<Generation> {
        self.keys.generation(issuer)
    }

    /// Forgets the issuers that one does not deal with any more.
    pub fn retain(&self, keep: impl Fn(&str) -> bool) {
        self.keys.retain(keep);
    }

    /// Where an issuer that one deals with does what (`OpenID` Connect Discovery 1.0, 3). It is asked: never give an issuer
    /// that only a token names.
    ///
    /// # Errors
    /// Where the issuer is of no help.
    pub async fn endpoints(&self, issuer: &str) -> Result<Endpoints, IssuerError> {
        self.keys.endpoints(issuer).await
    }

    /// A token for an authorization code, as a public client with PKCE: `verifier` and `redirect` are those that the code
    /// was asked for with (RFC 6749, 4.1.3; RFC 7636, 4.5). The token is not verified.
    ///
    /// # Errors
    /// [`IssuerError::Refused`] where the issuer gives none for this code; others where it is of no help.
    pub async fn exchange_code(
        &self,
        registration: &Registration,
        code: &str,
        verifier: &str,
        redirect: &str,
    ) -> Result<Granted, IssuerError> {
        let endpoints = self.endpoints(&registration.issuer).await?;
        self.client.exchange(&endpoints, &registration.client_id, code, verifier, redirect).await
    }
}
