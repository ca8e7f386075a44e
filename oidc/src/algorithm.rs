//! Signature algorithms: a fixed set, all asymmetric.

use jsonwebtoken::Algorithm as Verifier;

/// An algorithm that tokens are signed with (RFC 7518, 3.1; RFC 8037, 3.1).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256: what every issuer can (`OpenID` Connect Core 1.0, 15.1).
    Rs256,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// Ed25519.
    EdDsa,
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Rs256, Self::Ps256, Self::Es256, Self::EdDsa];

    /// The algorithm of that name, letter by letter; `none` and the symmetric ones are not among them.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }

    /// Its name, as header `alg` has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }

    /// For the library that verifies.
    pub(crate) const fn verifier(self) -> Verifier {
        match self {
            Self::Rs256 => Verifier::RS256,
            Self::Ps256 => Verifier::PS256,
            Self::Es256 => Verifier::ES256,
            Self::EdDsa => Verifier::EdDSA,
        }
    }
}
