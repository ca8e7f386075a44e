//! JUR-01: seat, central administration and principal establishment.

use super::{Case, Chain, Check, Input, Outcome, Rule, Severity, Source, outcome::Tally, territory};
use crate::message::law::{LawMessage, SeatOf};

/// SecNumCloud 3.2, 19.6.a.
pub const RULE: Rule = Rule {
    id: "JUR-01",
    severity: Severity::Blocking,
    source: Source::same("SecNumCloud 3.2, 19.6.a"),
    fr: "Siège, administration centrale et établissement principal dans les pays admis.",
    en: "Seat, central administration and principal establishment in allowed countries.",
    inputs: &[Input::Signed],
    check: Check::Chain(judge),
};

fn judge(case: &Case<'_>, chain: &Chain<'_>) -> Outcome {
    let mut tally = Tally::default();
    for link in chain.decisive() {
        let seat = &link.provider.spec.seat;
        let places = [
            (SeatOf::Seat, Some(territory::at(&seat.country, seat.subdivision.as_deref()))),
            (SeatOf::Administration, seat.administration_country.as_deref().map(territory::of)),
            (SeatOf::Establishment, seat.establishment_country.as_deref().map(territory::of)),
        ];
        for (seat, land) in places {
            if let Some(land) = land.filter(|land| case.outside(land)) {
                tally.fail(LawMessage::SeatOutside { who: link.who(), seat, country: land.to_owned() });
            }
        }
    }
    chain.note_missing(&mut tally);
    Chain::note_unsigned(chain.decisive(), &mut tally);
    tally.outcome(LawMessage::SeatsInside)
}

#[cfg(test)]
mod tests {
    use beffroi_crds::workspace::Verdict;

    use super::*;
    use crate::policy::fixtures::{Scene, parent, provider};

    fn verdict(scene: &Scene) -> Outcome {
        judge(&scene.case(), &scene.chain())
    }

    #[test]
    fn a_signed_french_seat_passes_and_an_unsigned_one_is_unproven() {
        let mut scene = Scene::default();
        assert_eq!(verdict(&scene).verdict, Verdict::Pass);
        scene.hoster(|h| h.ownership_statement.as_mut().unwrap().document = None);
        assert_eq!(verdict(&scene).verdict, Verdict::Unproven);
        scene.hoster(|h| h.ownership_statement = None);
        assert_eq!(verdict(&scene).verdict, Verdict::Unproven);
    }

    #[test]
    fn an_admission_against_oneself_needs_no_proof() {
        let mut scene = Scene::default();
        scene.hoster(|h| {
            h.seat.administration_country = Some("US".into());
            h.ownership_statement = None;
        });
        let outcome = verdict(&scene);
        assert_eq!(outcome.verdict, Verdict::Fail);
        assert!(
            outcome
                .reason
                .to_string()
                .contains("Hoster SAS (hoster, updates, on call): central administration in US")
        );
    }

    #[test]
    fn a_parent_counts_where_it_decides() {
        let mut scene = Scene::default();
        scene.provide("northwind", provider("Northwind Inc.", "US"));
        scene.hoster(|h| h.shareholders = vec![parent("northwind", "US", 24.0)]);
        assert_eq!(verdict(&scene).verdict, Verdict::Pass);
        scene.hoster(|h| h.seat.subdivision = Some("FR-974".into()));
        assert_eq!(verdict(&scene).verdict, Verdict::Pass);
        scene.hoster(|h| h.shareholders = vec![parent("northwind", "US", 51.0)]);
        assert_eq!(verdict(&scene).verdict, Verdict::Fail);
    }

    #[test]
    fn a_name_that_nobody_bears_is_unproven_and_named() {
        let mut scene = Scene::default();
        scene.par1(|s| s.subprocessors = vec!["ghost".into()]);
        let outcome = verdict(&scene);
        assert_eq!(outcome.verdict, Verdict::Unproven);
        assert!(
            outcome
                .reason
                .to_string()
                .contains("Provider ghost (subprocessor of the site) does not exist: create it")
        );
    }

    #[test]
    fn noumea_is_french_and_outside_the_union() {
        let mut scene = Scene::default();
        for (country, subdivision, wanted) in [
            ("FR", Some("FR-NC"), Verdict::Fail),
            ("NC", None, Verdict::Fail),
            ("RE", None, Verdict::Pass),
            ("GP", Some("FR-971"), Verdict::Pass),
            ("FR", Some("FR-RE"), Verdict::Pass),
        ] {
            scene.hoster(|h| {
                h.seat.country = country.into();
                h.seat.subdivision = subdivision.map(Into::into);
            });
            assert_eq!(verdict(&scene).verdict, wanted, "{country} {subdivision:?}");
        }
    }
}
