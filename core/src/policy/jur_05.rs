//! JUR-05: nobody in the chain under the control of a country whose law reaches data abroad.

use super::{
    Case, Chain, Check, Input, Outcome, Rule, Severity, Source,
    chain::Link,
    doubts::Doubts,
    outcome::Tally,
    ownership::{Law, findings::Asked},
};
use crate::message::law::{LawMessage, Laws, Reach};

/// The founding text ("immune to the Cloud Act and FISA"), as a house rule.
pub const RULE: Rule = Rule {
    id: "JUR-05",
    severity: Severity::Blocking,
    source: Source { fr: "texte fondateur ; règle maison", en: "founding text; house rule" },
    fr: "Aucune entité de la chaîne n'est sous le contrôle d'un pays exclu, dont la loi atteint les données à l'étranger.",
    en: "No entity in the chain is under the control of an excluded country, whose law reaches data abroad.",
    inputs: &[Input::Signed],
    check: Check::Chain(judge),
};

fn judge(case: &Case<'_>, chain: &Chain<'_>) -> Outcome {
    let law = chain.law();
    let ownership = chain.ownership();
    let mut tally = Tally::default();
    let mut doubts = Doubts::about(Asked::Rulers);
    // Whoever decides over one that works is found there, and so is whoever decides over that.
    for (link, id) in chain.working() {
        let found = chain.findings(id);
        for ruler in &found.broken.rulers {
            let lands = ownership.hands.all.get(*ruler).map(|hand| &hand.lands);
            for land in lands.into_iter().flatten().filter(|land| law.excluded(land)) {
                let (who, country, reach) = (link.who(), (*land).to_owned(), reach(land));
                tally.fail(if *ruler == id {
                    LawMessage::EstablishedInExcluded { who, country, reach }
                } else {
                    let by = ownership.name(*ruler).to_owned();
                    LawMessage::ControlledFromExcluded { who, by, country, reach }
                });
            }
            tally.path(ownership.path_of_ruler(id, *ruler));
        }
        doubts.note(chain, (link, id), &mut tally);
    }
    for (link, _) in chain.working() {
        note_makers(case, link, law, &mut tally);
    }
    doubts.outcome(chain, tally, LawMessage::FreeOfExcluded, LawMessage::FreeOfExcludedWhoever)
}

/// A maker who can reach data works in the chain, though nobody describes it; and one of whom nothing says whether it can
/// may (19.6.c).
fn note_makers(case: &Case<'_>, link: &Link<'_>, law: Law<'_>, tally: &mut Tally) {
    for dependency in &link.provider.spec.dependencies {
        let Some(land) = case.lands_of(dependency).find(|land| law.excluded(land)) else { continue };
        let (who, technology, country) = (link.who(), dependency.name.clone(), land.to_owned());
        match dependency.technical_access {
            Some(true) if case.maker_of(dependency).is_none() => {
                tally.fail(LawMessage::MakerFromExcluded { who, technology, country, reach: reach(land) });
            }
            None => tally.unproven(LawMessage::MakerAccessUndeclared { who, technology, country }),
            _ => {}
        }
    }
}

/// By what a country reaches data held abroad, as far as we know; a policy may exclude it all the same.
fn reach(land: &str) -> Reach {
    let country = land.to_owned();
    let laws = match land {
        "US" | "PR" | "GU" | "VI" | "AS" | "MP" | "UM" => Laws::UnitedStates,
        "CN" => Laws::China,
        "GB" => Laws::UnitedKingdom,
        "AU" => Laws::Australia,
        "RU" => Laws::Russia,
        _ => return Reach::Policy { country },
    };
    Reach::Law { country, laws }
}

#[cfg(test)]
mod tests {
    use beffroi_crds::{provider::Dependency, workspace::Verdict};

    use super::*;
    use crate::{
        message::Language,
        policy::fixtures::{Scene, holder, parent, provider},
    };

    fn verdict(scene: &Scene) -> Outcome {
        judge(&scene.case(), &scene.chain())
    }

    #[test]
    fn a_minority_is_not_control_but_for_one_of_more_than_forty_that_nobody_matches() {
        let mut scene = Scene::default();
        for (share, others, wanted) in [
            (50.0, &[50.0][..], Verdict::Pass),
            (40.0, &[30.0, 30.0], Verdict::Pass),
            (40.01, &[30.0, 29.99], Verdict::Fail),
            (45.0, &[45.0, 10.0], Verdict::Pass),
            (45.0, &[30.0], Verdict::Unproven),
            (50.01, &[49.99], Verdict::Fail),
        ] {
            scene.hoster(|h| {
                h.shareholders = vec![holder("Northwind Inc.", "US", share)];
                let named =
                    others.iter().enumerate().map(|(n, share)| holder(&format!("P{n}"), "FR", *share));
                h.shareholders.extend(named);
            });
            assert_eq!(verdict(&scene).verdict, wanted, "{share} {others:?}: {}", verdict(&scene).reason);
        }
        let reason = verdict(&scene).reason;
        assert!(
            reason
                .to_string()
                .contains("controlled by Northwind Inc. (US); US law reaches it: Cloud Act, FISA 702")
        );
        assert!(reason.in_language(Language::Fr).contains(
            "sous le contrôle de Northwind Inc., d'un pays exclu (US), dont la loi l'atteint : Cloud Act"
        ));
    }

    #[test]
    fn control_is_followed_through_holdings_and_adds_up_over_paths() {
        let mut scene = Scene::default();
        for name in ["east", "west"] {
            let mut holding = provider(name, "FR");
            holding.shareholders = vec![holder("Northwind Inc.", "US", 100.0)];
            scene.provide(name, holding);
        }
        scene.hoster(|h| {
            h.shareholders =
                vec![parent("east", "FR", 30.0), parent("west", "FR", 30.0), holder("P", "FR", 40.0)];
        });
        assert!(
            verdict(&scene)
                .reason
                .to_string()
                .contains("Hoster SAS (hoster, updates, on call): controlled by Northwind Inc.")
        );
    }

    #[test]
    fn other_countries_outside_are_the_business_of_other_rules() {
        let mut scene = Scene::default();
        scene.hoster(|h| h.seat.country = "CH".into());
        assert_eq!(verdict(&scene).verdict, Verdict::Pass);
        scene.hoster(|h| h.seat.establishment_country = Some("US".into()));
        assert_eq!(verdict(&scene).verdict, Verdict::Fail);
    }

    #[test]
    fn a_maker_who_can_reach_data_is_in_the_chain_and_one_of_whom_nothing_is_said_may_be() {
        for (land, access, wanted) in [
            ("US", Some(true), Verdict::Fail),
            ("US", None, Verdict::Unproven),
            ("US", Some(false), Verdict::Pass),
            ("FR", Some(true), Verdict::Unproven),
            ("FR", None, Verdict::Pass),
        ] {
            let mut scene = Scene::default();
            scene.hoster(|h| {
                h.dependencies = vec![Dependency {
                    name: "Hypervisor".into(),
                    country: land.into(),
                    technical_access: access,
                    ..Dependency::default()
                }];
            });
            let outcome = verdict(&scene);
            assert_eq!(outcome.verdict, wanted, "{land} {access:?}: {}", outcome.reason);
        }
    }
}
