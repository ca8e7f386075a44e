//! Keys of French administrative identifiers, as plain functions. The API server checks the same in CEL; here
//! they hold for whatever did not come through it.

/// Nobody's SIREN, though its key is right.
const NOBODY: &str = "000000000";

/// SIREN: nine digits with a Luhn key (INSEE).
pub fn is_siren(text: &str) -> bool {
    text.len() == 9 && luhn(text) && text != NOBODY
}

/// SIRET: a SIREN and five digits, Luhn key; for La Poste (SIREN 356000000) a sum of digits divisible by five
/// will do as well (INSEE).
pub fn is_siret(text: &str) -> bool {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    let poste = || text.starts_with("356000000") && sum(text).is_multiple_of(5);
    let numbered = || text.get(9..13).is_some_and(|number| number != "0000");
    text.len() == 14 && digits && text.get(..9).is_some_and(is_siren) && (luhn(text) || poste()) && numbered()
}

/// UAI: seven digits, and the letter that their number modulo 23 points at.
pub fn is_uai(text: &str) -> bool {
    const KEYS: &[u8; 23] = b"ABCDEFGHJKLMNPRSTUVWXYZ";
    let Some((number, key)) = text.split_at_checked(7).filter(|_| text.len() == 8) else { return false };
    let digits = number.bytes().all(|b| b.is_ascii_digit());
    let index = number.parse::<usize>().ok().map(|n| n % KEYS.len());
    digits && index.and_then(|i| KEYS.get(i)) == key.as_bytes().first() && !text.starts_with("000")
}

/// FINESS: nine characters with a Luhn key; of Corsican numbers (`2A`, `2B`) only the form is checked (from
/// memory).
pub fn is_finess(text: &str) -> bool {
    let corsican = text.strip_prefix("2A").or(text.strip_prefix("2B"));
    let digits = |rest: &str| rest.bytes().all(|b| b.is_ascii_digit());
    text.len() == 9 && !text.starts_with("00") && corsican.map_or_else(|| luhn(text), digits)
}

/// INSEE code of a commune, not a postcode (Code officiel géographique): a department of today, and a number in it that
/// is not 0. Overseas, departments and collectivities have three digits.
pub fn is_insee(text: &str) -> bool {
    let overseas = text.starts_with("97") || text.starts_with("98");
    let Some((department, number)) = text.split_at_checked(if overseas { 3 } else { 2 }) else {
        return false;
    };
    let known = match department.parse::<u16>() {
        Ok(number) => {
            matches!(number, 1..=19 | 21..=95 | 971..=978 | 986..=988) && !department.starts_with('+')
        }
        Err(_) => matches!(department, "2A" | "2B"),
    };
    let digits = text.get(2..).is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit()));
    text.len() == 5 && known && digits && number.bytes().any(|b| b != b'0')
}

fn luhn(text: &str) -> bool {
    let weigh = |(i, b): (usize, u8)| {
        let digit = u32::from(b - b'0') * if i.is_multiple_of(2) { 1 } else { 2 };
        if digit > 9 { digit - 9 } else { digit }
    };
    text.bytes().all(|b| b.is_ascii_digit())
        && text.bytes().rev().enumerate().map(weigh).sum::<u32>().is_multiple_of(10)
}

fn sum(digits: &str) -> u32 {
    digits.bytes().map(|b| u32::from(b.saturating_sub(b'0'))).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_registers_vectors() {
        for siret in ["11002001300097", "20003452800014", "35600000000048", "35600000009075"] {
            assert!(is_siret(siret), "{siret}");
        }
        assert!(!luhn("35600000009075"), "valid by La Poste's exception only");
        assert!(!is_siret("20003452800015"));
        assert!(!is_siret("2000345280001"));
        assert!(is_siren("200034528") && is_siren("356000000") && !is_siren("200034529"));
        assert!(is_uai("0710001R") && !is_uai("0710001A") && !is_uai("0710001"));
        for insee in
            ["71270", "01001", "95690", "2A004", "2B366", "97101", "97617", "97502", "97801", "98818"]
        {
            assert!(is_insee(insee), "{insee}");
        }
        for insee in [
            "7127", "2C004", "20004", "00000", "99138", "96001", "71000", "2A000", "97100", "97001", "97901",
            "98401", "98501", "98901", "712700", "+1001", "é001", "",
        ] {
            assert!(!is_insee(insee), "{insee}");
        }
        assert!(!is_siren(NOBODY) && !is_siret("00000000000000") && !is_siret("20003452800006"));
        assert!(!is_finess("000000000") && !is_uai("0000000A"));
        assert!(is_finess("2A0000000") && !is_finess("2A000000X"));
    }

    proptest! {
        #[test]
        fn one_wrong_digit_breaks_the_key(body in "[0-9]{8}", at in 0_usize..9, by in 1_u8..10) {
            let key = (0..10).map(|d| format!("{body}{d}")).find(|s| is_siren(s)).unwrap();
            let mut wrong = key.into_bytes();
            wrong[at] = b'0' + (wrong[at] - b'0' + by) % 10;
            prop_assert!(!is_siren(std::str::from_utf8(&wrong).unwrap()));
        }

        #[test]
        fn one_letter_alone_closes_a_uai(number in "[0-9]{7}") {
            // No département has the number 000.
            prop_assume!(!number.starts_with("000"));
            prop_assert_eq!(('A'..='Z').filter(|key| is_uai(&format!("{number}{key}"))).count(), 1);
        }

        #[test]
        fn nothing_panics(text in "\\PC{0,20}") {
            let _ = (is_siren(&text), is_siret(&text), is_uai(&text), is_finess(&text), is_insee(&text));
        }
    }
}
