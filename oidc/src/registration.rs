//! What is agreed on with an issuer: whose tokens, for whom, signed how, and what else they must say.

use super::{algorithm::Algorithm, claims::Claims};

/// Tokens of one issuer that are taken, and the client that people sign in with there.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Registration {
    /// Claim `iss`, letter by letter; also where discovery begins (`OpenID` Connect Discovery 1.0, 4).
    pub issuer: String,
    /// What claim `aud` must hold (RFC 7519, 4.1.3).
    pub audience: String,
    /// Public client that people sign in with (RFC 6749, 2.2).
    pub client_id: String,
    /// What they ask for when they sign in, besides `openid`; none: `profile`.
    pub scopes: Vec<String>,
    /// The one algorithm (RFC 8725, 3.1).
    pub algorithm: Algorithm,
    /// What else a token must say.
    pub require: Vec<RequiredClaim>,
}

/// What a token must say besides what the standard asks for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RequiredClaim {
    /// Name of the claim, as [`Claims::says`] takes it.
    pub claim: String,
    /// The text that it must be, or hold where it is a list.
    pub value: String,
}

/// A claim that is required in vain, by its name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unmet<'r> {
    /// It is not there, or is neither a text nor a list of texts.
    Absent(&'r str),
    /// It says something else.
    Other(&'r str),
}

impl Registration {
    /// The scope of a sign-in: `openid` makes it one (`OpenID` Connect Core 1.0, 3.1.2.1).
    pub fn scope(&self) -> String {
        let others = if self.scopes.is_empty() { "profile".to_owned() } else { self.scopes.join(" ") };
        let others = others.split(' ').filter(|scope| *scope != "openid");
        ["openid"].into_iter().chain(others).collect::<Vec<_>>().join(" ")
    }

    /// Whether a token is of this issuer, signed as agreed on, for this audience.
    pub fn accepts(&self, claims: &Claims) -> bool {
        self.issuer == claims.issuer && self.algorithm == claims.algorithm && claims.is_for(&self.audience)
    }

    /// The first required claim that a token does not bear; none: it bears them all.
    pub fn unmet(&self, claims: &Claims) -> Option<Unmet<'_>> {
        let unmet = self.require.iter().find(|one| !claims.says(&one.claim, &one.value))?;
        let name = unmet.claim.as_str();
        Some(if claims.tells(name) { Unmet::Other(name) } else { Unmet::Absent(name) })
    }
}
