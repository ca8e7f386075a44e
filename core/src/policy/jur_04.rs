//! JUR-04: no veto and no power to appoint the majority outside.

use super::{Case, Chain, Check, Input, Outcome, Rule, Severity, jur_02::note_ownership, outcome::Tally};

/// SecNumCloud 3.2, 19.6.b.
pub const RULE: Rule = Rule {
    id: "JUR-04",
    severity: Severity::Blocking,
    source: "SecNumCloud 3.2, 19.6.b",
    fr: "Aucun détenteur extérieur aux pays admis n'a de droit de veto ni ne nomme la majorité des organes de direction.",
    en: "No holder from outside the allowed countries has a veto or may appoint the majority of the governing bodies.",
    inputs: &[Input::Signed],
    check: Check::Chain(judge),
};

fn judge(_: &Case<'_>, chain: &Chain<'_>) -> Outcome {
    let mut tally = Tally::default();
    for link in chain.decisive() {
        for power in chain.ownership.powers(link.name) {
            let by =
                if power.by == power.holder.name { String::new() } else { format!(" through {}", power.by) };
            tally.fail(format!("{link}: {} has {}{by}", power.holder, power.what));
        }
    }
    note_ownership(chain, &mut tally);
    tally.outcome("no outside holder has a veto or appoints the majority")
}

#[cfg(test)]
mod tests {
    use beffroi_crds::workspace::Verdict;

    use super::*;
    use crate::policy::fixtures::{Scene, holder, parent, provider};

    fn with(country: &str, veto: bool, appoints: bool) -> Outcome {
        let mut scene = Scene::default();
        scene.hoster(|h| {
            h.shareholders = vec![holder("Northwind", country, 1.0)];
            h.shareholders[0].veto = veto;
            h.shareholders[0].appoints_majority = appoints;
        });
        judge(&scene.case(), &scene.chain())
    }

    #[test]
    fn powers_are_for_holders_from_inside() {
        assert_eq!(with("DE", true, true).verdict, Verdict::Pass);
        assert_eq!(with("US", false, false).verdict, Verdict::Pass);
        assert_eq!(with("US", true, false).verdict, Verdict::Fail);
        assert!(with("US", false, true).reason.contains("Northwind (US) has the power to appoint"));
    }

    #[test]
    fn a_veto_of_a_holding_controlled_from_outside_counts() {
        let mut scene = Scene::default();
        let mut holding = provider("Holding SA", "FR");
        holding.shareholders = vec![holder("Northwind Inc.", "US", 60.0)];
        scene.provide("holding", holding);
        scene.hoster(|h| {
            h.shareholders = vec![parent("holding", "FR", 5.0)];
            h.shareholders[0].veto = true;
        });
        let outcome = judge(&scene.case(), &scene.chain());
        assert_eq!(outcome.verdict, Verdict::Fail);
        assert!(
            outcome.reason.contains("Northwind Inc. (US) has a veto through Holding SA"),
            "{}",
            outcome.reason
        );
    }
}
