//! JUR-05: nobody in the chain under the control of a country whose law reaches data abroad.

use super::{
    Case, Chain, Check, Input, Outcome, Rule, Severity,
    chain::Link,
    doubts::Doubts,
    outcome::Tally,
    ownership::{Law, findings::Asked},
};

/// The founding text ("immune to the Cloud Act and FISA"), as a house rule.
pub const RULE: Rule = Rule {
    id: "JUR-05",
    severity: Severity::Blocking,
    source: "founding text; house rule",
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
                let reach = reach(land);
                tally.fail(if *ruler == id {
                    format!("{link}: established in {land}; {reach}")
                } else {
                    format!("{link}: controlled by {} ({land}); {reach}", ownership.name(*ruler))
                });
            }
            tally.path(ownership.path_of_ruler(id, *ruler));
        }
        doubts.note(chain, (link, id), &mut tally);
    }
    for (link, _) in chain.working() {
        note_makers(case, link, law, &mut tally);
    }
    doubts.outcome(
        chain,
        tally,
        "nobody in the chain is under the control of an excluded country",
        "whoever holds what is not declared, nobody in the chain can be under the control of an excluded country",
    )
}

/// A maker who can reach data works in the chain, though nobody describes it; and one of whom nothing says whether it can
/// may (19.6.c).
fn note_makers(case: &Case<'_>, link: &Link<'_>, law: Law<'_>, tally: &mut Tally) {
    for dependency in &link.provider.spec.dependencies {
        let Some(land) = case.lands_of(dependency).find(|land| law.excluded(land)) else { continue };
        let name = &dependency.name;
        match dependency.technical_access {
            Some(true) if case.maker_of(dependency).is_none() => {
                tally.fail(format!("{link}: the maker of {name} ({land}) can reach data; {}", reach(land)));
            }
            None => tally.unproven(format!(
                "{link}: nothing says whether the maker of {name} ({land}) can reach data: say technicalAccess"
            )),
            _ => {}
        }
    }
}

/// Laws by which a country reaches data held abroad (the United States' re-read, the others from memory).
fn reach(country: &str) -> String {
    let laws = match country {
        "US" | "PR" | "GU" | "VI" | "AS" | "MP" | "UM" => "Cloud Act, FISA 702",
        "CN" => "National Intelligence Law, Data Security Law",
        "GB" => "Investigatory Powers Act 2016",
        "AU" => "Assistance and Access Act 2018",
        "RU" => "Federal Law 374-FZ",
        _ => return format!("the policy excludes control from {country}"),
    };
    format!("{country} law reaches it: {laws}")
}

#[cfg(test)]
mod tests {
    use beffroi_crds::{provider::Dependency, workspace::Verdict};

    use super::*;
    use crate::policy::fixtures::{Scene, holder, parent, provider};

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
        assert!(
            verdict(&scene)
                .reason
                .contains("controlled by Northwind Inc. (US); US law reaches it: Cloud Act, FISA 702")
        );
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
