//! Whether a place is allowed: country, then subdivision, then what is left out.
//!
//! A French département lies in its région (ISO 3166-2:FR), so a policy that names `FR-BFC` allows `FR-71`,
//! and one that leaves out `FR-GES` leaves out `FR-67`. The overseas collectivities are subdivisions of
//! France outside the European Union: the country alone says too little.

use beffroi_crds::policy::Place;

use super::territory;
use crate::message::rules::Misplaced;

/// Régions of metropolitan France and Corsica, each with its départements.
const REGIONS: [(&str, &str); 13] = [
    ("FR-ARA", "01 03 07 15 26 38 42 43 63 69 69M 73 74"),
    ("FR-BFC", "21 25 39 58 70 71 89 90"),
    ("FR-BRE", "22 29 35 56"),
    ("FR-CVL", "18 28 36 37 41 45"),
    ("FR-20R", "2A 2B"),
    ("FR-GES", "08 10 51 52 54 55 57 67 68 6AE 88"),
    ("FR-HDF", "02 59 60 62 80"),
    ("FR-IDF", "75 75C 77 78 91 92 93 94 95"),
    ("FR-NOR", "14 27 50 61 76"),
    ("FR-NAQ", "16 17 19 23 24 33 40 47 64 79 86 87"),
    ("FR-OCC", "09 11 12 30 31 32 34 46 48 65 66 81 82"),
    ("FR-PDL", "44 49 53 72 85"),
    ("FR-PAC", "04 05 06 13 83 84"),
];

/// Whether a country is allowed, as far as a country alone can tell.
pub fn allows(place: &Place, country: &str) -> bool {
    place.countries.iter().any(|allowed| territory::of(allowed) == territory::of(country))
}

/// Why a place is not allowed; `None` if it is.
pub fn refusal(place: &Place, country: &str, subdivision: &str) -> Option<Misplaced> {
    // Réunion is RE, FR-RE and FR-974.
    let (land, part) = (territory::of(country), territory::subdivision(subdivision));
    let within = |area: &str| part == territory::subdivision(area) || region(part) == Some(area);
    if !allows(place, country) {
        Some(Misplaced::Country { country: country.to_owned() })
    } else if !part.strip_prefix(land).is_some_and(|rest| rest.starts_with('-')) {
        Some(Misplaced::NoPart { subdivision: subdivision.to_owned(), country: country.to_owned() })
    } else if place.excluded_subdivisions.iter().any(|area| within(area)) {
        Some(Misplaced::LeftOut { subdivision: subdivision.to_owned() })
    } else if !place.subdivisions.is_empty() && !place.subdivisions.iter().any(|area| within(area)) {
        Some(Misplaced::Subdivision { subdivision: subdivision.to_owned() })
    } else {
        None
    }
}

fn region(subdivision: &str) -> Option<&'static str> {
    let code = subdivision.strip_prefix("FR-")?;
    REGIONS
        .iter()
        .find(|(_, departements)| departements.split(' ').any(|d| d == code))
        .map(|(region, _)| *region)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(countries: &[&str], within: &[&str], without: &[&str]) -> Place {
        Place {
            countries: countries.iter().map(|c| (*c).into()).collect(),
            subdivisions: within.iter().map(|c| (*c).into()).collect(),
            excluded_subdivisions: without.iter().map(|c| (*c).into()).collect(),
        }
    }

    #[test]
    fn france_is_not_the_union() {
        let policy = place(&["FR", "DE"], &[], &["FR-NC", "FR-PF"]);
        assert_eq!(refusal(&policy, "FR", "FR-IDF"), None);
        assert_eq!(refusal(&policy, "DE", "DE-BE"), None);
        assert!(refusal(&policy, "FR", "FR-NC").unwrap().to_string().contains("leaves out"));
        assert!(refusal(&policy, "FR", "FR-988").unwrap().to_string().contains("leaves out"));
        assert!(
            refusal(&policy, "CH", "CH-GE").unwrap().to_string().contains("outside the allowed countries")
        );
    }

    #[test]
    fn a_departement_lies_in_its_region_and_not_the_reverse() {
        let policy = place(&["FR"], &["FR-BFC"], &[]);
        assert_eq!(refusal(&policy, "FR", "FR-71"), None);
        assert_eq!(refusal(&policy, "FR", "FR-BFC"), None);
        assert!(refusal(&policy, "FR", "FR-69M").is_some());
        assert!(refusal(&place(&["FR"], &["FR-71"], &[]), "FR", "FR-BFC").is_some());
        assert!(refusal(&place(&["FR"], &[], &["FR-GES"]), "FR", "FR-6AE").is_some());
    }

    #[test]
    fn every_spelling_of_a_land_is_one() {
        for (country, subdivision) in [("FR", "FR-974"), ("FR", "FR-RE"), ("RE", "FR-974"), ("RE", "FR-RE")] {
            for area in ["FR-974", "FR-RE"] {
                assert_eq!(refusal(&place(&["FR"], &[area], &[]), country, subdivision), None);
                assert!(refusal(&place(&["FR"], &[], &[area]), country, subdivision).is_some());
            }
            assert_eq!(refusal(&place(&["RE"], &[], &[]), country, subdivision), None);
        }
    }

    #[test]
    fn a_subdivision_lies_in_its_country() {
        assert!(
            refusal(&place(&["FR"], &[], &[]), "FR", "US-NY")
                .unwrap()
                .to_string()
                .contains("does not lie in FR")
        );
    }

    #[test]
    fn every_departement_is_listed_once() {
        let mut all: Vec<_> = REGIONS.iter().flat_map(|(_, list)| list.split(' ')).collect();
        all.sort_unstable();
        let count = all.len();
        all.dedup();
        // 96 départements, and 69M, 75C and 6AE, which stand for one or two of them.
        assert_eq!((all.len(), count), (99, 99));
    }
}
