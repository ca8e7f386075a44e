//! Whose law a place is under: country and subdivision → the land whose law counts.
//!
//! A land of a country may lie outside the European Union although its country is in it (Nouméa is French), and another
//! inside although it has a code of its own (RE is French, and in the Union). Both spellings of one land are one:
//! `FR-974`, `FR-RE` and `RE`; `FR-NC` and `NC`.

use beffroi_crds::{country, provider::Seat};

/// Lands that are in the Union with their country, by their own code (TFEU 349, 355; protocol 2 on Åland).
const INSIDE: [(&str, &str); 7] =
    [("RE", "FR"), ("GP", "FR"), ("MQ", "FR"), ("GF", "FR"), ("YT", "FR"), ("MF", "FR"), ("AX", "FI")];

/// Lands under another law than the rest of their country, by subdivision (ISO 3166-2), and their own code.
const APART: [(&str, &str); 23] = [
    ("FR-NC", "NC"),
    ("FR-988", "NC"),
    ("FR-PF", "PF"),
    ("FR-987", "PF"),
    ("FR-WF", "WF"),
    ("FR-986", "WF"),
    ("FR-BL", "BL"),
    ("FR-977", "BL"),
    ("FR-PM", "PM"),
    ("FR-975", "PM"),
    ("FR-TF", "TF"),
    ("FR-984", "TF"),
    // Clipperton has no code of its own in ISO 3166-1.
    ("FR-CP", "FR-CP"),
    ("NL-AW", "AW"),
    ("NL-CW", "CW"),
    ("NL-SX", "SX"),
    ("NL-BQ1", "BQ"),
    ("NL-BQ2", "BQ"),
    ("NL-BQ3", "BQ"),
    ("CN-HK", "HK"),
    ("CN-MO", "MO"),
    ("NO-21", "SJ"),
    ("NO-22", "SJ"),
];

/// Subdivisions of France that ISO 3166-2 spells in letters, and people in digits; or the reverse.
const SPELLINGS: [(&str, &str); 12] = [
    ("FR-RE", "FR-974"),
    ("FR-GP", "FR-971"),
    ("FR-MQ", "FR-972"),
    ("FR-GF", "FR-973"),
    ("FR-YT", "FR-976"),
    ("FR-978", "FR-MF"),
    ("FR-988", "FR-NC"),
    ("FR-987", "FR-PF"),
    ("FR-986", "FR-WF"),
    ("FR-977", "FR-BL"),
    ("FR-975", "FR-PM"),
    ("FR-984", "FR-TF"),
];

/// Lands with a code of their own that the law of another reaches.
const UNDER: [(&str, &str); 8] = [
    ("PR", "US"),
    ("GU", "US"),
    ("VI", "US"),
    ("AS", "US"),
    ("MP", "US"),
    ("UM", "US"),
    ("HK", "CN"),
    ("MO", "CN"),
];

fn find(list: &[(&'static str, &'static str)], code: &str) -> Option<&'static str> {
    list.iter().find(|(from, _)| *from == code).map(|(_, to)| *to)
}

/// The land whose law counts for a country code. A reserved code that stands for one country (UK, EL) is read as that:
/// schemas refuse it, yet it may have been stored before.
pub fn of(code: &str) -> &str {
    let right = match code {
        "UK" => "GB",
        "EL" => "GR",
        "FX" => "FR",
        _ => code,
    };
    find(&INSIDE, right).unwrap_or(right)
}

/// The land whose law counts for a country and one of its subdivisions.
pub fn at<'a>(country: &'a str, subdivision: Option<&'a str>) -> &'a str {
    let Some(subdivision) = subdivision else { return of(country) };
    if let Some(apart) = find(&APART, subdivision) {
        return apart;
    }
    match subdivision.split_once('-') {
        // US-PR and the like: the land has its own code after the country's.
        Some(("US", land)) if find(&UNDER, land).is_some() => land,
        // A subdivision of France that contradicts a country code of a land outside (NC, FR-IDF) does not move it.
        _ => of(country),
    }
}

/// One spelling of a subdivision: `FR-974` for `FR-RE`, `FR-NC` for `FR-988`.
pub fn subdivision(code: &str) -> &str {
    find(&SPELLINGS, code).unwrap_or(code)
}

/// The lands that an entity is tied to: its seat, central administration and principal establishment.
pub fn of_seat(seat: &Seat) -> impl Iterator<Item = &str> {
    let elsewhere = seat.administration_country.iter().chain(&seat.establishment_country);
    let seat = at(&seat.country, seat.subdivision.as_deref());
    [seat].into_iter().chain(elsewhere.map(|country| of(country)))
}

/// Whether a list of countries names the land, or the country that it belongs to in the Union.
pub fn is_in<'a>(land: &str, mut countries: impl Iterator<Item = &'a str>) -> bool {
    countries.any(|country| of(country) == of(land))
}

/// Whether one of these countries has power over the land: itself, or that whose law reaches it.
pub fn is_under<'a>(land: &str, mut countries: impl Iterator<Item = &'a str>) -> bool {
    let reached = find(&UNDER, land);
    countries.any(|country| of(country) == of(land) || Some(of(country)) == reached)
}

/// What is wrong with country codes that were stored before schemas refused them; nothing for those that stand for one
/// country.
pub fn problem(code: &str) -> Option<String> {
    (of(code) == code).then(|| country::problem(code)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_of_a_land_are_one() {
        for (country, subdivision, land) in [
            ("FR", Some("FR-IDF"), "FR"),
            ("FR", Some("FR-974"), "FR"),
            ("FR", Some("FR-RE"), "FR"),
            ("RE", None, "FR"),
            ("RE", Some("FR-974"), "FR"),
            ("MF", None, "FR"),
            ("FR", Some("FR-NC"), "NC"),
            ("NC", None, "NC"),
            ("NC", Some("FR-988"), "NC"),
            ("FR", Some("FR-987"), "PF"),
            ("FR", Some("FR-BL"), "BL"),
            ("NL", Some("NL-CW"), "CW"),
            ("US", Some("US-PR"), "PR"),
            ("US", Some("US-CA"), "US"),
            ("AX", None, "FI"),
            ("UK", None, "GB"),
        ] {
            assert_eq!(at(country, subdivision), land, "{country} {subdivision:?}");
        }
    }

    #[test]
    fn a_list_that_names_france_names_reunion_and_not_noumea() {
        let france = || ["FR", "DE"].into_iter();
        assert!(is_in("FR", france()) && is_in("RE", france()) && !is_in("NC", france()));
        assert!(is_in("NC", ["NC"].into_iter()));
        assert!(is_under("PR", ["US"].into_iter()) && is_under("GB", ["UK"].into_iter()));
        assert!(!is_under("FR", ["US"].into_iter()));
        assert!(problem("XK").is_some() && problem("UK").is_none() && problem("FR").is_none());
    }
}
