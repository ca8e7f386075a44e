//! Why a request is not of anyone: each reason has a code that does not change.

use thiserror::Error;

use super::OidcError;

/// Why nobody was recognized.
#[derive(Clone, Debug, Error, Eq, PartialEq)]
pub enum AuthError {
    /// The token is missing or bad: 401.
    #[error(transparent)]
    Refused(#[from] TokenError),
    /// The token may be good, but the keys of its issuer cannot be had: 503.
    #[error("the token cannot be checked now, try again in a few seconds: {0}")]
    Unavailable(#[from] OidcError),
}

impl AuthError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(error) => error.code(),
            Self::Unavailable(error) => error.code(),
        }
    }
}

macro_rules! token_errors {
    ($($(#[doc = $doc:literal])+ $name:ident $(($field:ty))?, $code:literal, $message:literal;)+) => {
        /// What is wrong with a token. No message repeats what the token holds.
        #[derive(Clone, Copy, Debug, Error, Eq, PartialEq)]
        pub enum TokenError {
            $($(#[doc = $doc])+ #[error($message)] $name $(($field))?,)+
        }

        impl TokenError {
            /// Stable code.
            pub fn code(&self) -> &'static str {
                match self {
                    $(token_errors!(@pattern $name $($field)?) => $code,)+
                }
            }
        }
    };
    (@pattern $name:ident) => { Self::$name };
    (@pattern $name:ident $field:ty) => { Self::$name(_) };
}

token_errors! {
    /// No `Authorization` header.
    Missing, "token-missing", "sign in, and send `Authorization: Bearer TOKEN`";
    /// The header is not of scheme `Bearer`.
    Scheme, "token-scheme", "send one token as `Authorization: Bearer TOKEN`, with one space and nothing after it";
    /// More than [`super::token::MAX_BYTES`].
    TooLarge, "token-too-large", "the token is larger than 8 KiB: ask the issuer to put fewer claims into it";
    /// Not three parts.
    Shape, "token-shape", "a token has three parts, HEADER.CLAIMS.SIGNATURE (RFC 7515, 7.1)";
    /// Five parts, or a header that speaks of encryption.
    Encrypted, "token-encrypted", "encrypted and nested tokens are not read: ask the issuer for signed ones";
    /// A part is not base64url.
    Encoding, "token-encoding", "each part of a token is base64url without padding (RFC 7515, 2)";
    /// The header is no JSON object, or says something twice.
    Header, "token-header", "the header of the token is not a JSON object that names each member once";
    /// Algorithm unknown, not asymmetric, or not the one that is pinned.
    Algorithm, "token-algorithm", "the token is not signed with the algorithm that is agreed with its issuer";
    /// `typ` of something else.
    Type, "token-type", "the token is of another type: send an access token (typ at+jwt or JWT)";
    /// `crit`.
    Critical, "token-critical", "the token demands an extension (crit), and none is known";
    /// `jwk`, `jku`, `x5c`, `x5u`.
    BringsKey, "token-brings-key", "the token brings its own key or says where one lies: only keys that the issuer publishes are used";
    /// `kid` missing, not a text, or too long.
    KeyId, "token-key-id", "the token must name its key (kid, 200 characters at most), unless its issuer has one key only";
    /// The claims are no JSON object, or say something twice, or one is of a wrong type.
    Claims(&'static str), "token-claims", "the claims of the token cannot be read ({0}): ask its issuer";
    /// `iss` is trusted by nobody.
    Issuer, "token-issuer", "no tenant has people from the issuer of this token: check iss, letter by letter";
    /// The issuer publishes no such key.
    KeyUnknown, "token-key-unknown", "the issuer publishes no key of this id and algorithm: sign in again";
    /// The signature is wrong.
    Signature, "token-signature", "the signature of the token does not hold: sign in again";
    /// `exp` missing, or `exp`, `nbf` or `iat` is not a time.
    Time(&'static str), "token-time", "claim {0} of the token must be a time in seconds since 1970: ask its issuer";
    /// `exp` is over.
    Expired, "token-expired", "the token has expired: sign in again";
    /// `nbf` or `iat` is to come.
    NotYet, "token-not-yet", "the token is not valid yet: check the clocks, here and at its issuer";
    /// An id, refresh or logout token.
    NotAccess, "token-not-access", "this is an id, refresh or logout token: send the access token";
    /// Bound to a key (`cnf`).
    Bound, "token-bound", "the token is bound to a key (cnf), and proofs of possession are not checked here: ask for a plain bearer token";
    /// `aud` names others.
    Audience, "token-audience", "the token is meant for another service: ask the issuer for one with the audience of this API";
    /// `sub` missing or unusable.
    Subject, "token-subject", "claim sub of the token must be 1 to 255 printable characters: ask its issuer";
}
