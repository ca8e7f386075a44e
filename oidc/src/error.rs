//! Why a token is refused, or an issuer is of no help: each reason has a code that does not change.

use std::sync::Arc;

use thiserror::Error;

/// Why a token was not verified.
#[derive(Clone, Debug, Error, Eq, PartialEq)]
pub enum VerifyError {
    /// The token is missing or bad.
    #[error(transparent)]
    Refused(#[from] TokenError),
    /// The token may be good, but the keys of its issuer cannot be had.
    #[error("the token cannot be checked now, try again in a few seconds: {0}")]
    Unavailable(#[from] IssuerError),
}

impl VerifyError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(error) => error.code(),
            Self::Unavailable(error) => error.code(),
        }
    }
}

macro_rules! token_errors {
    ($($(#[doc = $doc:literal])+ $name:ident, $code:literal, $text:literal;)+) => {
        /// What is wrong with a token. No message repeats what the token holds.
        #[derive(Clone, Copy, Debug, Error, Eq, PartialEq)]
        pub enum TokenError {
            $($(#[doc = $doc])+ #[error($text)] $name,)+
        }

        impl TokenError {
            /// Stable code.
            pub fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)+
                }
            }
        }
    };
}

token_errors! {
    /// No `Authorization` header.
    Missing, "token-missing",
        "sign in, and send `Authorization: Bearer TOKEN`";
    /// The header is not of scheme `Bearer`.
    Scheme, "token-scheme",
        "send one token as `Authorization: Bearer TOKEN`, with one space and nothing after it";
    /// More than 8 KiB.
    TooLarge, "token-too-large",
        "the token is larger than 8 KiB: ask the issuer to put fewer claims into it";
    /// Not three parts.
    Shape, "token-shape",
        "a token has three parts, HEADER.CLAIMS.SIGNATURE (RFC 7515, 7.1), and this one is no JWT: in an opaque token nothing can be verified. Have the issuer give JWT access tokens (RFC 9068)";
    /// Five parts, or a header that speaks of encryption.
    Encrypted, "token-encrypted",
        "encrypted and nested tokens are not read: ask the issuer for signed ones";
    /// A part is not base64url.
    Encoding, "token-encoding",
        "each part of a token is base64url without padding (RFC 7515, 2)";
    /// The header is no JSON object, or says something twice.
    Header, "token-header",
        "the header of the token is not a JSON object that names each member once";
    /// Algorithm unknown, not asymmetric, or not the one that is pinned.
    Algorithm, "token-algorithm",
        "the token is not signed with the algorithm that is agreed with its issuer";
    /// `typ` of something else.
    Type, "token-type",
        "the token is of another type: send an access token (typ at+jwt or JWT)";
    /// `crit`.
    Critical, "token-critical",
        "the token demands an extension (crit), and none is known";
    /// `jwk`, `jku`, `x5c`, `x5u`.
    BringsKey, "token-brings-key",
        "the token brings its own key or says where one lies: only keys that the issuer publishes are used";
    /// `kid` missing, not a text, or too long.
    KeyId, "token-key-id",
        "the token must name its key (kid, 200 characters at most), unless its issuer has one key only";
    /// The claims are no JSON object, or say something twice, or one is of a wrong type.
    Claims, "token-claims",
        "the claims of the token are not a JSON object that names each once, or one is of another type: ask its issuer";
    /// `iss` is not an issuer that is dealt with.
    Issuer, "token-issuer",
        "the token is of an issuer that is not trusted: check iss, letter by letter";
    /// The issuer publishes no such key.
    KeyUnknown, "token-key-unknown",
        "the issuer publishes no key of this id and algorithm: sign in again";
    /// The signature is wrong.
    Signature, "token-signature",
        "the signature of the token does not hold: sign in again";
    /// `exp` missing, or `exp`, `nbf` or `iat` is not a time.
    Time, "token-time",
        "claim exp of the token is missing, or exp, nbf or iat is not a time in seconds since 1970: ask its issuer";
    /// `exp` is over.
    Expired, "token-expired",
        "the token has expired: sign in again";
    /// `nbf` or `iat` is to come.
    NotYet, "token-not-yet",
        "the token is not valid yet: check the clocks, here and at its issuer";
    /// An id, refresh or logout token.
    NotAccess, "token-not-access",
        "this is an id, refresh or logout token: send the access token";
    /// Bound to a key (`cnf`).
    Bound, "token-bound",
        "the token is bound to a key (cnf), and proofs of possession are not checked here: ask for a plain bearer token";
    /// `aud` names others.
    Audience, "token-audience",
        "the token is meant for another service: have the issuer put the audience that is expected here into claim aud";
    /// `sub` missing or unusable.
    Subject, "token-subject",
        "claim sub of the token must be 1 to 255 printable characters: ask its issuer";
}

/// Why an issuer was of no help.
#[derive(Clone, Debug, Error, Eq, PartialEq)]
pub enum IssuerError {
    /// Its address is not one (`OpenID` Connect Discovery 1.0, 2).
    #[error("the issuer is no https address without query and fragment")]
    Address,
    /// No answer.
    #[error("the issuer cannot be reached: {0}")]
    Unreachable(Arc<str>),
    /// Another status of HTTP than expected.
    #[error("the issuer answers with status {0}: is it the issuer's exact address?")]
    Status(u16),
    /// More than 256 KiB.
    #[error("the issuer answers with more than 256 KiB")]
    TooLarge,
    /// Not what it should be.
    #[error("the issuer's answer is no {0}")]
    Document(&'static str),
    /// The document is of another issuer (`OpenID` Connect Discovery 1.0, 4.3).
    #[error("the discovery document there is of another issuer: correct the address, letter by letter")]
    OtherIssuer,
    /// An endpoint without TLS, by its name in the discovery document.
    #[error("the issuer's {0} is not an https address")]
    Endpoint(&'static str),
    /// More than 100 keys.
    #[error("the issuer publishes more than 100 keys")]
    TooManyKeys,
    /// The issuer has no endpoint to sign in at, by its name in the discovery document.
    #[error("the issuer offers no sign-in: its discovery document has no {0}")]
    NoSignIn(&'static str),
    /// The issuer gives no token for this code; with the error code of RFC 6749, 5.2.
    #[error("the issuer gives no token ({0}): sign in again")]
    Refused(Arc<str>),
    /// The asking was ended, by the end of the process.
    #[error("the process is stopping")]
    Stopped,
}

impl IssuerError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Address => "issuer-address",
            Self::Unreachable(_) => "issuer-unreachable",
            Self::Status(_) => "issuer-status",
            Self::TooLarge => "issuer-answer-too-large",
            Self::Document(_) => "issuer-document",
            Self::OtherIssuer => "issuer-other",
            Self::Endpoint(_) => "issuer-endpoint",
            Self::TooManyKeys => "issuer-too-many-keys",
            Self::NoSignIn(_) => "issuer-no-sign-in",
            Self::Refused(_) => "sign-in-refused",
            Self::Stopped => "stopping",
        }
    }
}
