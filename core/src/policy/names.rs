//! Names and services, compared as people read them.
//!
//! Two spellings of one name must not count as two: compatibility forms of Unicode (NFKC) are one, and so are capitals and
//! small letters, and any run of white space.

use icu_normalizer::ComposingNormalizerBorrowed;

/// The form in which names are compared.
pub fn folded(name: &str) -> String {
    let normalizer = ComposingNormalizerBorrowed::new_nfkc();
    // Small letters of capitals: ß and SS, ς and σ are one.
    let folded: String =
        normalizer.normalize(name).to_uppercase().chars().flat_map(char::to_lowercase).collect();
    normalizer.normalize(&folded).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether two names are one.
pub fn same(one: &str, other: &str) -> bool {
    one == other || folded(one) == folded(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_in_two_spellings_is_one() {
        for (one, other) in [
            ("Saône  Hébergement", "SAO\u{302}NE HE\u{301}BERGEMENT"),
            ("Straße AG", "STRASSE ag"),
            ("ﬁne", "Fine"),
            (" Managed\u{a0}Kubernetes\n", "managed kubernetes"),
            ("Ⅳ", "iv"),
            ("ΟΔΟΣ", "οδος"),
        ] {
            assert!(same(one, other), "{one} {other}");
        }
        assert!(!same("Saône", "Saone") && !same("AB", "A B"));
    }
}
