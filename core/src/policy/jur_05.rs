//! JUR-05: nobody in the chain under the control of a country whose law reaches data abroad.

use super::{Case, Chain, Check, Input, Outcome, Rule, Severity, jur_02::note_ownership, outcome::Tally};

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
    let excluded = |country: &str| case.policy.law.excluded_control.iter().any(|c| **c == *country);
    let mut tally = Tally::default();
    for link in chain.decisive() {
        let seat = &link.provider.spec.seat;
        let own =
            [Some(&seat.country), seat.administration_country.as_ref(), seat.establishment_country.as_ref()];
        for country in own.into_iter().flatten().filter(|c| excluded(c)) {
            tally.fail(format!("{link}: established in {country}; {}", reach(country)));
        }
        for ruler in chain.ownership.rulers(link.name) {
            for country in ruler.countries.iter().filter(|c| excluded(c)) {
                tally.fail(format!("{link}: controlled by {} ({country}); {}", ruler.name, reach(country)));
            }
        }
    }
    note_ownership(chain, &mut tally);
    tally.outcome("nobody in the chain is under the control of an excluded country")
}

/// Laws by which a country reaches data held abroad (the United States' re-read, the others from memory).
fn reach(country: &str) -> String {
    let laws = match country {
        "US" => "Cloud Act, FISA 702",
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
    use beffroi_crds::workspace::Verdict;

    use super::*;
    use crate::policy::fixtures::{Scene, holder, parent, provider};

    fn verdict(scene: &Scene) -> Outcome {
        judge(&scene.case(), &scene.chain())
    }

    #[test]
    fn a_minority_is_not_control() {
        let mut scene = Scene::default();
        scene.hoster(|h| h.shareholders = vec![holder("Northwind Inc.", "US", 50.0)]);
        assert_eq!(verdict(&scene).verdict, Verdict::Pass);
        scene.hoster(|h| h.shareholders = vec![holder("Northwind Inc.", "US", 50.01)]);
        let outcome = verdict(&scene);
        assert_eq!(outcome.verdict, Verdict::Fail);
        assert!(
            outcome
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
        scene.hoster(|h| h.shareholders = vec![parent("east", "FR", 30.0), parent("west", "FR", 30.0)]);
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
}
