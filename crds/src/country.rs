//! Country codes: ISO 3166-1 alpha-2, those that are officially assigned, and no others.
//!
//! A reserved or colloquial code looks right and names nobody: `excludedControl: [UK]` would keep nobody out. Schemas
//! refuse it, and name the right one; [`problem`] says the same of what was stored before, or is read from a file.

/// Officially assigned codes (ISO 3166-1, 2024), sorted.
pub const ASSIGNED: [&str; 249] = [
    "AD", "AE", "AF", "AG", "AI", "AL", "AM", "AO", "AQ", "AR", "AS", "AT", "AU", "AW", "AX", "AZ", "BA",
    "BB", "BD", "BE", "BF", "BG", "BH", "BI", "BJ", "BL", "BM", "BN", "BO", "BQ", "BR", "BS", "BT", "BV",
    "BW", "BY", "BZ", "CA", "CC", "CD", "CF", "CG", "CH", "CI", "CK", "CL", "CM", "CN", "CO", "CR", "CU",
    "CV", "CW", "CX", "CY", "CZ", "DE", "DJ", "DK", "DM", "DO", "DZ", "EC", "EE", "EG", "EH", "ER", "ES",
    "ET", "FI", "FJ", "FK", "FM", "FO", "FR", "GA", "GB", "GD", "GE", "GF", "GG", "GH", "GI", "GL", "GM",
    "GN", "GP", "GQ", "GR", "GS", "GT", "GU", "GW", "GY", "HK", "HM", "HN", "HR", "HT", "HU", "ID", "IE",
    "IL", "IM", "IN", "IO", "IQ", "IR", "IS", "IT", "JE", "JM", "JO", "JP", "KE", "KG", "KH", "KI", "KM",
    "KN", "KP", "KR", "KW", "KY", "KZ", "LA", "LB", "LC", "LI", "LK", "LR", "LS", "LT", "LU", "LV", "LY",
    "MA", "MC", "MD", "ME", "MF", "MG", "MH", "MK", "ML", "MM", "MN", "MO", "MP", "MQ", "MR", "MS", "MT",
    "MU", "MV", "MW", "MX", "MY", "MZ", "NA", "NC", "NE", "NF", "NG", "NI", "NL", "NO", "NP", "NR", "NU",
    "NZ", "OM", "PA", "PE", "PF", "PG", "PH", "PK", "PL", "PM", "PN", "PR", "PS", "PT", "PW", "PY", "QA",
    "RE", "RO", "RS", "RU", "RW", "SA", "SB", "SC", "SD", "SE", "SG", "SH", "SI", "SJ", "SK", "SL", "SM",
    "SN", "SO", "SR", "SS", "ST", "SV", "SX", "SY", "SZ", "TC", "TD", "TF", "TG", "TH", "TJ", "TK", "TL",
    "TM", "TN", "TO", "TR", "TT", "TV", "TW", "TZ", "UA", "UG", "UM", "US", "UY", "UZ", "VA", "VC", "VE",
    "VG", "VI", "VN", "VU", "WF", "WS", "YE", "YT", "ZA", "ZM", "ZW",
];

/// A code that people write and that is not officially assigned, and what to write instead.
#[derive(Clone, Copy, Debug)]
pub struct Reserved {
    /// The code.
    pub code: &'static str,
    /// What to write, in English.
    pub en: &'static str,
    /// The same in French.
    pub fr: &'static str,
}

macro_rules! reserved {
    ($($code:literal: $en:literal, $fr:literal;)+) => {
        /// Those that are reserved, withdrawn, colloquial, or assigned by users.
        pub const RESERVED: &[Reserved] = &[$(Reserved { code: $code, en: $en, fr: $fr }),+];
    };
}

reserved! {
    "UK": "UK is only reserved in ISO 3166-1: write GB",
        "UK n'est que réservé dans l'ISO 3166-1 : écrivez GB";
    "EL": "EL is the code of the European Union for Greece: write GR",
        "EL est le code de l'Union européenne pour la Grèce : écrivez GR";
    "EU": "EU is the European Union, which is no country: name its countries one by one, for example FR",
        "EU est l'Union européenne, qui n'est pas un pays : nommez ses pays un par un, par exemple FR";
    "EZ": "EZ is the euro area, which is no country: name its countries one by one, for example FR",
        "EZ est la zone euro, qui n'est pas un pays : nommez ses pays un par un, par exemple FR";
    "UN": "UN is the United Nations, which are no country: name the country of the seat, for example CH",
        "UN est l'Organisation des Nations unies, qui n'est pas un pays : nommez le pays du siège, par exemple CH";
    "XK": "XK is no code of ISO 3166-1, where Kosovo has none: write the country whose register the entity is in",
        "XK n'est pas un code de l'ISO 3166-1, où le Kosovo n'en a pas : écrivez le pays au registre duquel l'entité est inscrite";
    "FX": "FX was withdrawn from ISO 3166-1: write FR",
        "FX a été retiré de l'ISO 3166-1 : écrivez FR";
    "CP": "CP is only reserved in ISO 3166-1: write FR",
        "CP n'est que réservé dans l'ISO 3166-1 : écrivez FR";
    "AC": "AC is only reserved in ISO 3166-1: write SH",
        "AC n'est que réservé dans l'ISO 3166-1 : écrivez SH";
    "TA": "TA is only reserved in ISO 3166-1: write SH",
        "TA n'est que réservé dans l'ISO 3166-1 : écrivez SH";
    "DG": "DG is only reserved in ISO 3166-1: write IO",
        "DG n'est que réservé dans l'ISO 3166-1 : écrivez IO";
    "EA": "EA is only reserved in ISO 3166-1: write ES",
        "EA n'est que réservé dans l'ISO 3166-1 : écrivez ES";
    "IC": "IC is only reserved in ISO 3166-1: write ES",
        "IC n'est que réservé dans l'ISO 3166-1 : écrivez ES";
    "CQ": "CQ is only reserved in ISO 3166-1: write GG",
        "CQ n'est que réservé dans l'ISO 3166-1 : écrivez GG";
    "SU": "SU was withdrawn from ISO 3166-1: write the country of today, for example RU",
        "SU a été retiré de l'ISO 3166-1 : écrivez le pays d'aujourd'hui, par exemple RU";
    "AN": "AN was withdrawn from ISO 3166-1: write CW, SX or BQ",
        "AN a été retiré de l'ISO 3166-1 : écrivez CW, SX ou BQ";
    "CS": "CS was withdrawn from ISO 3166-1: write CZ, SK, RS or ME",
        "CS a été retiré de l'ISO 3166-1 : écrivez CZ, SK, RS ou ME";
    "YU": "YU was withdrawn from ISO 3166-1: write the country of today, for example RS",
        "YU a été retiré de l'ISO 3166-1 : écrivez le pays d'aujourd'hui, par exemple RS";
    "DD": "DD was withdrawn from ISO 3166-1: write DE",
        "DD a été retiré de l'ISO 3166-1 : écrivez DE";
    "BU": "BU was withdrawn from ISO 3166-1: write MM",
        "BU a été retiré de l'ISO 3166-1 : écrivez MM";
    "TP": "TP was withdrawn from ISO 3166-1: write TL",
        "TP a été retiré de l'ISO 3166-1 : écrivez TL";
    "ZR": "ZR was withdrawn from ISO 3166-1: write CD",
        "ZR a été retiré de l'ISO 3166-1 : écrivez CD";
}

/// Said of a code that nobody assigned.
pub(crate) const UNASSIGNED: &str =
    "is not an officially assigned code of ISO 3166-1 alpha-2: look the country up, for example FR";
/// The same in French.
pub(crate) const UNASSIGNED_FR: &str =
    "n'est pas un code officiellement attribué de l'ISO 3166-1 alpha-2 : cherchez le pays, par exemple FR";

/// What is wrong with a country code, and what to write; nothing if it is officially assigned.
pub fn problem(code: &str) -> Option<String> {
    if ASSIGNED.binary_search(&code).is_ok() {
        return None;
    }
    let told = RESERVED.iter().find(|reserved| reserved.code == code).map(|reserved| reserved.en.to_owned());
    Some(told.unwrap_or_else(|| format!("{code:?} {UNASSIGNED}")))
}

/// A regular expression of the assigned codes, by first letter.
pub(crate) fn pattern() -> String {
    let mut groups: Vec<(&str, String)> = Vec::new();
    for code in ASSIGNED {
        let (first, second) = code.split_at(1);
        match groups.last_mut() {
            Some((known, letters)) if *known == first => letters.push_str(second),
            _ => groups.push((first, second.to_owned())),
        }
    }
    let groups: Vec<_> = groups.iter().map(|(first, letters)| format!("{first}[{letters}]")).collect();
    format!("^({})$", groups.join("|"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_no_reserved_code_is_in_it() {
        assert!(ASSIGNED.is_sorted_by(|a, b| a < b));
        for reserved in RESERVED {
            assert_eq!(problem(reserved.code).as_deref(), Some(reserved.en));
        }
        assert_eq!(problem("FR"), None);
        assert!(problem("QQ").is_some_and(|p| p.contains("\"QQ\" is not an officially assigned code")));
        assert!(problem("fr").is_some() && problem("").is_some());
    }
}
