//! JUR-04: no veto and no power to appoint the majority outside.

use beffroi_crds::ownership::Ground;

use super::{
    Case, Chain, Check, Input, Outcome, Rule, Severity, doubts::Doubts, outcome::Tally,
    ownership::findings::Asked,
};

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
    let ownership = chain.ownership();
    let mut tally = Tally::default();
    let mut doubts = Doubts::about(Asked::Powers);
    for (link, id) in chain.working() {
        let found = chain.findings(id);
        for power in &found.broken.powers {
            let what = match power.ground {
                Ground::Appointment => "the power to appoint the majority of the governing bodies",
                _ => "a veto",
            };
            let by = if power.by == power.holder {
                String::new()
            } else {
                format!(" through {}", ownership.name(power.by))
            };
            let together = if power.together { ", by a pact," } else { "" };
            let holder = ownership.told(power.holder);
            tally.fail(if power.firm == id {
                format!("{link}: {holder} has{together} {what}{by}")
            } else {
                let firm = ownership.name(power.firm);
                format!("{link}: {holder} has{together} {what} over {firm}, who decides over it{by}")
            });
            tally.path(ownership.path_of_power(id, power));
        }
        doubts.note(chain, (link, id), &mut tally);
    }
    doubts.outcome(
        chain,
        tally,
        "no outside holder has a veto or appoints the majority",
        "whoever holds what is not declared, nobody from outside can have a veto or appoint the majority",
    )
}

#[cfg(test)]
mod tests {
    use beffroi_crds::workspace::Verdict;

    use super::*;
    use crate::policy::fixtures::{Scene, holder, parent, provider};

    fn with(country: &str, veto: bool, appoints: bool) -> Outcome {
        let mut scene = Scene::default();
        scene.hoster(|h| {
            h.shareholders = vec![holder("Northwind", country, 1.0), holder("Someone", "FR", 99.0)];
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
            h.shareholders = vec![parent("holding", "FR", 5.0), holder("Someone", "FR", 95.0)];
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
