//! Every kind of problem: its stable address, its status and its title. Programs rely on the address.

use http::StatusCode;

use crate::language::Text;

macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $name:ident = $slug:literal, $status:ident, $fr:literal, $en:literal;)+) => {
        /// A kind of problem.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub enum Kind {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Kind {
            /// All of them.
            #[cfg(test)]
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// Stable address.
            pub fn address(self) -> String {
                let slug = match self { $(Self::$name => $slug),+ };
                format!("https://beffroi.fr/problems/{slug}")
            }

            /// HTTP status.
            pub fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status),+ }
            }

            /// The kind in words.
            pub fn title(self) -> Text {
                let (fr, en) = match self { $(Self::$name => ($fr, $en)),+ };
                Text::new(fr, en)
            }
        }
    };
}

kinds! {
    /// The request cannot be read.
    Malformed = "malformed", BAD_REQUEST, "Demande illisible", "The request cannot be read";
    /// No token, or one that is not accepted.
    Unauthenticated = "unauthenticated", UNAUTHORIZED, "Connexion requise", "Sign-in is required";
    /// The role does not allow it.
    Forbidden = "forbidden", FORBIDDEN, "Action non permise", "The action is not allowed";
    /// Nothing of that name that this person may know of.
    NotFound = "not-found", NOT_FOUND, "Introuvable", "Not found";
    /// No such path.
    NoSuchPath = "no-such-path", NOT_FOUND, "Adresse inconnue", "No such path";
    /// The path takes no such method.
    MethodNotAllowed = "method-not-allowed", METHOD_NOT_ALLOWED, "Méthode non admise", "Method not allowed";
    /// The body does not come in time.
    SlowBody = "slow-body", REQUEST_TIMEOUT, "Demande trop lente", "The request is too slow";
    /// There is one of that name already.
    AlreadyExists = "already-exists", CONFLICT, "Existe déjà", "It exists already";
    /// It changed meanwhile, or is not in a state for this.
    Conflict = "conflict", CONFLICT, "Conflit", "Conflict";
    /// It is not the version that `If-Match` names.
    PreconditionFailed = "precondition-failed", PRECONDITION_FAILED, "Modifié entre-temps", "It changed meanwhile";
    /// The body is too long.
    TooLarge = "too-large", PAYLOAD_TOO_LARGE, "Demande trop longue", "The request is too long";
    /// The body is of another type.
    UnsupportedMediaType = "unsupported-media-type", UNSUPPORTED_MEDIA_TYPE, "Type de contenu non admis", "Unsupported media type";
    /// Fields are wrong.
    Invalid = "invalid", UNPROCESSABLE_ENTITY, "Demande refusée", "The request is not accepted";
    /// The same key came with another request.
    IdempotencyMismatch = "idempotency-mismatch", UNPROCESSABLE_ENTITY, "Clé déjà utilisée", "The key was used before";
    /// Too many requests.
    RateLimited = "rate-limited", TOO_MANY_REQUESTS, "Trop de demandes", "Too many requests";
    /// A fault of ours.
    Internal = "internal", INTERNAL_SERVER_ERROR, "Erreur interne", "Internal error";
    /// The management cluster does not answer.
    ClusterUnavailable = "cluster-unavailable", SERVICE_UNAVAILABLE, "Service momentanément indisponible", "The management cluster does not answer";
    /// The log of evidence does not answer.
    LogUnavailable = "log-unavailable", SERVICE_UNAVAILABLE, "Journal momentanément indisponible", "The log of evidence does not answer";
    /// The issuer of tokens does not answer.
    IssuerUnavailable = "issuer-unavailable", SERVICE_UNAVAILABLE, "Fournisseur d'identité indisponible", "The identity provider does not answer";
    /// It took too long.
    Timeout = "timeout", SERVICE_UNAVAILABLE, "Délai dépassé", "It took too long";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn addresses_are_distinct_and_every_kind_is_an_error() {
        let addresses: BTreeSet<String> = Kind::ALL.iter().map(|kind| kind.address()).collect();
        assert_eq!(addresses.len(), Kind::ALL.len());
        assert!(
            Kind::ALL.iter().all(|kind| kind.status().is_client_error() || kind.status().is_server_error())
        );
    }
}
