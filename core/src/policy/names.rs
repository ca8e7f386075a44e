//! Names and services, compared as people read them.
//!
//! Two spellings of one name must not count as two: compatibility forms of Unicode (NFKC) are one, and so are capitals and
//! small letters, any run of white space, the apostrophes and the hyphens. What nobody sees does not count.

use icu_normalizer::ComposingNormalizerBorrowed;

/// The register of firms of France.
pub const SIREN: &str = "SIREN";
/// The register of legal entities of the world.
pub const LEI: &str = "LEI";

/// The form in which names are compared.
pub fn folded(name: &str) -> String {
    let normalizer = ComposingNormalizerBorrowed::new_nfkc();
    let seen: String = normalizer.normalize(name).chars().filter_map(plain).collect();
    // Small letters of capitals: ß and SS, ς and σ are one.
    let folded: String = seen.to_uppercase().chars().flat_map(char::to_lowercase).collect();
    normalizer.normalize(&folded).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A character as it is compared; nothing of one that nobody sees (`Default_Ignorable_Code_Point`).
fn plain(c: char) -> Option<char> {
    match c {
        '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{e0000}'..='\u{e0fff}' => None,
        '‘' | '’' | 'ʼ' | '＇' => Some('\''),
        '‐'..='―' | '−' => Some('-'),
        'ẞ' => Some('ß'),
        c => Some(c),
    }
}

/// Whether two names are one.
pub fn same(one: &str, other: &str) -> bool {
    one == other || folded(one) == folded(other)
}

/// A number as registers write it.
pub fn bare(number: &str) -> String {
    number.split_whitespace().collect::<String>().to_uppercase()
}

/// What registers call a legal entity, each number with its register.
pub fn numbers<'n>(siren: Option<&'n str>, lei: Option<&'n str>) -> impl Iterator<Item = String> + 'n {
    let all = [(SIREN, siren), (LEI, lei)].into_iter();
    all.filter_map(|(register, number)| Some(format!("{register} {}", bare(number?))))
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
            ("STRAẞE", "strasse"),
            ("Ate\u{200b}lier de l’Orée\u{ad}", "Atelier de l'orée"),
            ("Val‑d’Oise", "VAL-D'OISE"),
            ("ΟΔΟΣ", "οδος"),
        ] {
            assert!(same(one, other), "{one} {other}");
        }
        assert!(!same("Saône", "Saone") && !same("AB", "A B"));
    }
}
