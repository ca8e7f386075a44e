//! Why a request is not of anyone: each reason has a code that does not change.

use thiserror::Error;

use super::OidcError;
use crate::language::Text;

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
    ($($(#[doc = $doc:literal])+ $name:ident, $code:literal, $english:literal, $french:literal;)+) => {
        /// What is wrong with a token. No message repeats what the token holds.
        #[derive(Clone, Copy, Debug, Error, Eq, PartialEq)]
        pub enum TokenError {
            $($(#[doc = $doc])+ #[error($english)] $name,)+
        }

        impl TokenError {
            /// Stable code.
            pub fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)+
                }
            }

            /// What is wrong, and what to do, in both languages.
            pub fn told(self) -> Text {
                match self {
                    $(Self::$name => Text::new($french, $english),)+
                }
            }
        }
    };
}

token_errors! {
    /// No `Authorization` header.
    Missing, "token-missing",
        "sign in, and send `Authorization: Bearer TOKEN`",
        "connectez-vous, et envoyez `Authorization: Bearer JETON`";
    /// The header is not of scheme `Bearer`.
    Scheme, "token-scheme",
        "send one token as `Authorization: Bearer TOKEN`, with one space and nothing after it",
        "envoyez un seul jeton, `Authorization: Bearer JETON`, avec une espace et rien après";
    /// More than [`super::token::MAX_BYTES`].
    TooLarge, "token-too-large",
        "the token is larger than 8 KiB: ask the issuer to put fewer claims into it",
        "le jeton dépasse 8 Kio : demandez à son émetteur d'y mettre moins de revendications";
    /// Not three parts.
    Shape, "token-shape",
        "a token has three parts, HEADER.CLAIMS.SIGNATURE (RFC 7515, 7.1), and this one is no JWT: in an opaque token nothing can be verified. Have the issuer give JWT access tokens (RFC 9068): register this API there as a resource with an audience, and name that audience, and the scope that asks for it, in spec.identity of the tenant (audience, scopes) or in --audience and --hoster-scope",
        "un jeton a trois parties, ENTÊTE.REVENDICATIONS.SIGNATURE (RFC 7515, 7.1), et celui-ci n'est pas un JWT : dans un jeton opaque, rien ne peut être vérifié. Faites émettre des jetons d'accès JWT (RFC 9068) : déclarez cette API chez l'émetteur comme ressource, avec son audience, et nommez cette audience, et le scope qui la demande, dans spec.identity de l'organisme (audience, scopes) ou dans --audience et --hoster-scope";
    /// Five parts, or a header that speaks of encryption.
    Encrypted, "token-encrypted",
        "encrypted and nested tokens are not read: ask the issuer for signed ones",
        "un jeton chiffré ou emboîté n'est pas lu : demandez à son émetteur un jeton signé";
    /// A part is not base64url.
    Encoding, "token-encoding",
        "each part of a token is base64url without padding (RFC 7515, 2)",
        "chaque partie d'un jeton est en base64url sans remplissage (RFC 7515, 2)";
    /// The header is no JSON object, or says something twice.
    Header, "token-header",
        "the header of the token is not a JSON object that names each member once",
        "l'en-tête du jeton n'est pas un objet JSON qui nomme chaque membre une fois";
    /// Algorithm unknown, not asymmetric, or not the one that is pinned.
    Algorithm, "token-algorithm",
        "the token is not signed with the algorithm that is agreed with its issuer",
        "le jeton n'est pas signé par l'algorithme convenu avec son émetteur";
    /// `typ` of something else.
    Type, "token-type",
        "the token is of another type: send an access token (typ at+jwt or JWT)",
        "le jeton est d'un autre type : envoyez un jeton d'accès (typ at+jwt ou JWT)";
    /// `crit`.
    Critical, "token-critical",
        "the token demands an extension (crit), and none is known",
        "le jeton exige une extension (crit), et aucune n'est connue";
    /// `jwk`, `jku`, `x5c`, `x5u`.
    BringsKey, "token-brings-key",
        "the token brings its own key or says where one lies: only keys that the issuer publishes are used",
        "le jeton apporte sa clé ou dit où elle se trouve : seules servent les clés que publie son émetteur";
    /// `kid` missing, not a text, or too long.
    KeyId, "token-key-id",
        "the token must name its key (kid, 200 characters at most), unless its issuer has one key only",
        "le jeton doit nommer sa clé (kid, 200 caractères au plus), sauf si son émetteur n'en a qu'une";
    /// The claims are no JSON object, or say something twice, or one is of a wrong type.
    Claims, "token-claims",
        "the claims of the token are not a JSON object that names each once, or one is of another type: ask its issuer",
        "les revendications du jeton ne sont pas un objet JSON qui nomme chacune une fois, ou l'une est d'un autre type : voyez avec son émetteur";
    /// `iss` is trusted by nobody.
    Issuer, "token-issuer",
        "no tenant has people from the issuer of this token: check iss, letter by letter",
        "aucun organisme n'a de personnes de l'émetteur de ce jeton : vérifiez iss, lettre à lettre";
    /// The issuer publishes no such key.
    KeyUnknown, "token-key-unknown",
        "the issuer publishes no key of this id and algorithm: sign in again",
        "l'émetteur ne publie pas de clé de cet identifiant et de cet algorithme : reconnectez-vous";
    /// The signature is wrong.
    Signature, "token-signature",
        "the signature of the token does not hold: sign in again",
        "la signature du jeton ne tient pas : reconnectez-vous";
    /// `exp` missing, or `exp`, `nbf` or `iat` is not a time.
    Time, "token-time",
        "claim exp of the token is missing, or exp, nbf or iat is not a time in seconds since 1970: ask its issuer",
        "la revendication exp du jeton manque, ou exp, nbf ou iat n'est pas une heure en secondes depuis 1970 : voyez avec son émetteur";
    /// `exp` is over.
    Expired, "token-expired",
        "the token has expired: sign in again",
        "le jeton a expiré : reconnectez-vous";
    /// `nbf` or `iat` is to come.
    NotYet, "token-not-yet",
        "the token is not valid yet: check the clocks, here and at its issuer",
        "le jeton n'est pas encore valide : vérifiez les horloges, ici et chez son émetteur";
    /// An id, refresh or logout token.
    NotAccess, "token-not-access",
        "this is an id, refresh or logout token: send the access token",
        "c'est un jeton d'identité, de rafraîchissement ou de déconnexion : envoyez le jeton d'accès";
    /// Bound to a key (`cnf`).
    Bound, "token-bound",
        "the token is bound to a key (cnf), and proofs of possession are not checked here: ask for a plain bearer token",
        "le jeton est lié à une clé (cnf), et la preuve de possession n'est pas vérifiée ici : demandez un jeton simple";
    /// `aud` names others.
    Audience, "token-audience",
        "the token is meant for another service: have the issuer put the audience of this API into claim aud, or name the one that it puts there in spec.identity.audience of the tenant",
        "le jeton est destiné à un autre service : faites mettre par son émetteur l'audience de cette API dans la revendication aud, ou nommez celle qu'il y met dans spec.identity.audience de l'organisme";
    /// `sub` missing or unusable.
    Subject, "token-subject",
        "claim sub of the token must be 1 to 255 printable characters: ask its issuer",
        "la revendication sub du jeton doit compter de 1 à 255 caractères imprimables : voyez avec son émetteur";
}
