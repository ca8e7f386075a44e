//! Signature algorithms: a fixed set, all asymmetric.

use beffroi_crds::tenant::TokenAlgorithm;
use jsonwebtoken::Algorithm;

/// Name of each.
pub const NAMES: [(&str, TokenAlgorithm); 4] = [
    ("RS256", TokenAlgorithm::Rs256),
    ("PS256", TokenAlgorithm::Ps256),
    ("ES256", TokenAlgorithm::Es256),
    ("EdDSA", TokenAlgorithm::EdDsa),
];

/// The algorithm of that name, letter by letter; `none` and the symmetric ones are not among them.
pub fn parse(name: &str) -> Option<TokenAlgorithm> {
    NAMES.iter().find(|(known, _)| *known == name).map(|(_, algorithm)| *algorithm)
}

/// The name of an algorithm.
pub fn name(algorithm: TokenAlgorithm) -> &'static str {
    NAMES.iter().find(|(_, known)| *known == algorithm).map_or("", |(name, _)| *name)
}

/// For the library that verifies.
pub fn verifier(algorithm: TokenAlgorithm) -> Algorithm {
    match algorithm {
        TokenAlgorithm::Rs256 => Algorithm::RS256,
        TokenAlgorithm::Ps256 => Algorithm::PS256,
        TokenAlgorithm::Es256 => Algorithm::ES256,
        TokenAlgorithm::EdDsa => Algorithm::EdDSA,
    }
}
