//! JUR-04: no veto and no power to appoint the majority outside.

use beffroi_crds::ownership::Ground;

use super::{
    Case, Chain, Check, Input, Outcome, Rule, Severity, Source,
    chain::Link,
    doubts::Doubts,
    outcome::Tally,
    ownership::{Ownership, findings::Asked, hands::HandId, judge},
};
use crate::message::law::{LawMessage, Power, Through};

/// SecNumCloud 3.2, 19.6.b.
pub const RULE: Rule = Rule {
    id: "JUR-04",
    severity: Severity::Blocking,
    source: Source::same("SecNumCloud 3.2, 19.6.b"),
    fr: "Aucun détenteur extérieur aux pays admis n'a de droit de veto ni ne nomme la majorité des membres des organes de direction.",
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
            tally.fail(told(ownership, (link, id), power));
            tally.path(ownership.path_of_power(id, power));
        }
        doubts.note(chain, (link, id), &mut tally);
    }
    doubts.outcome(chain, tally, LawMessage::Powerless, LawMessage::PowerlessWhoever)
}

fn told(ownership: &Ownership<'_>, (link, id): (&Link<'_>, HandId), found: &judge::Power) -> LawMessage {
    let (who, holder) = (link.who(), ownership.told(found.holder));
    let power = if found.ground == Ground::Appointment { Power::Appointment } else { Power::Veto };
    let through = (found.by != found.holder).then(|| ownership.name(found.by).to_owned());
    let through = Through(through.into_iter().collect());
    let firm = (found.firm != id).then(|| ownership.name(found.firm).to_owned());
    match (firm, found.together) {
        (None, false) => LawMessage::HasPower { who, holder, power, through },
        (None, true) => LawMessage::HasPowerByPact { who, holder, power, through },
        (Some(firm), false) => LawMessage::HasPowerOver { who, holder, power, firm, through },
        (Some(firm), true) => LawMessage::HasPowerOverByPact { who, holder, power, firm, through },
    }
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
        assert!(
            with("US", false, true).reason.to_string().contains("Northwind (US) has the power to appoint")
        );
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
            outcome.reason.to_string().contains("Northwind Inc. (US) has a veto through Holding SA"),
            "{}",
            outcome.reason
        );
    }
}
