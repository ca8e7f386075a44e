//! JUR-02: no outside holder above the limit for one hand.

use super::{
    Case, Chain, Check, Input, Outcome, Rule, Severity, Source,
    doubts::Doubts,
    outcome::Tally,
    ownership::{
        findings::Asked,
        ratio::{Ratio, percent},
    },
};
use crate::message::{
    Decimal,
    law::{LawMessage, Part, Through},
};

/// SecNumCloud 3.2, 19.6.b.
pub const RULE: Rule = Rule {
    id: "JUR-02",
    severity: Severity::Blocking,
    source: Source::same("SecNumCloud 3.2, 19.6.b"),
    fr: "Aucun détenteur extérieur aux pays admis n'a, directement ou non, plus que la part admise (24 %) du capital ou des droits de vote.",
    en: "No holder from outside the allowed countries has, directly or not, more than the allowed share (24 %) of capital or votes.",
    inputs: &[Input::Signed],
    check: Check::Chain(judge),
};

fn judge(_: &Case<'_>, chain: &Chain<'_>) -> Outcome {
    let limits = chain.law().limits();
    let ownership = chain.ownership();
    let most = limit(&limits.each);
    let mut tally = Tally::default();
    let mut doubts = Doubts::about(Asked::Each);
    for (link, id) in chain.working() {
        let found = chain.findings(id);
        for excess in &found.broken.each {
            let (who, of, most) = (link.who(), Part::from(excess.ground), most.clone());
            let share = percent(&excess.share, Some(&limits.each));
            let by: Vec<String> = excess.holders.iter().map(|id| ownership.told(*id)).collect();
            let through = Through(ownership.through(id, excess).into_iter().map(str::to_owned).collect());
            tally.fail(if by.len() > 1 {
                LawMessage::HeldInConcert { who, share, of, by, through, most }
            } else {
                LawMessage::Held { who, share, of, by, through, most }
            });
            tally.path(ownership.path_of_excess(id, excess));
        }
        doubts.note(chain, (link, id), &mut tally);
    }
    doubts.outcome(
        chain,
        tally,
        LawMessage::LittleEach { most: most.clone() },
        LawMessage::LittleEachWhoever { most },
    )
}

/// A limit, in percent.
pub(super) fn limit(limit: &Ratio) -> Decimal {
    percent(limit, None)
}

#[cfg(test)]
mod tests {
    use beffroi_crds::{provider::Identifier, workspace::Verdict};

    use super::*;
    use crate::{
        message::{Language, Message},
        policy::fixtures::{Scene, holder, parent, provider},
    };

    fn verdict(scene: &Scene) -> Outcome {
        judge(&scene.case(), &scene.chain())
    }

    #[test]
    fn exactly_the_limit_passes_and_the_least_bit_more_does_not() {
        for (share, rest, wanted) in [
            (24.0, 76.0, Verdict::Pass),
            (24.004, 75.996, Verdict::Fail),
            (23.996, 76.004, Verdict::Pass),
            (20.0, 70.0, Verdict::Unproven),
            (5.0, 90.0, Verdict::Pass),
        ] {
            let mut scene = Scene::default();
            scene.hoster(|h| {
                h.shareholders = vec![holder("Northwind Inc.", "US", share), holder("Someone", "FR", rest)];
            });
            assert_eq!(verdict(&scene).verdict, wanted, "{share}");
        }
    }

    #[test]
    fn capital_and_votes_count_apart() {
        let mut scene = Scene::default();
        scene.hoster(|h| {
            h.shareholders = vec![holder("Northwind Inc.", "US", 1.0), holder("Someone", "FR", 70.0)];
            h.shareholders[0].votes_percent = 30.0.try_into().unwrap();
        });
        let outcome = verdict(&scene);
        assert_eq!(outcome.verdict, Verdict::Fail);
        assert!(
            outcome.reason.to_string().contains("30 % of votes held by Northwind Inc. (US), over 24 %"),
            "{}",
            outcome.reason
        );
    }

    #[test]
    fn the_reason_names_the_path() {
        let mut scene = Scene::default();
        scene.provide("holding", provider("Holding SA", "FR"));
        scene.world.providers.entry("holding".into()).and_modify(|p| {
            std::sync::Arc::make_mut(p).spec.shareholders = vec![holder("Northwind Inc.", "US", 60.0)];
        });
        scene.hoster(|h| h.shareholders = vec![parent("holding", "FR", 30.0)]);
        let reason = verdict(&scene).reason;
        assert!(
            reason
                .to_string()
                .contains("30 % of capital held by Northwind Inc. (US) through Holding SA, over 24 %"),
            "{reason}"
        );
        assert!(
            reason.in_language(Language::Fr).starts_with(
                "Hoster SAS (hébergeur, mises à jour, astreinte) : 30 % du capital aux mains de \
                 Northwind Inc. (US), par l'intermédiaire de Holding SA, pour 24 % admis ; "
            ),
            "{reason:?}"
        );
        assert_eq!(Message::read(&reason.said()), Some(reason), "what is kept is read again");
    }

    #[test]
    fn a_holder_that_is_named_only_by_its_number_or_name_is_followed_too() {
        let lei = "529900T8BM49AURSDO55";
        for (name, number) in [("Other SA", Some(lei)), ("holding  sa", None), ("Stranger SA", None)] {
            let mut scene = Scene::default();
            let mut holding = provider("Holding SA", "FR");
            holding.lei = Some(lei.into());
            holding.shareholders = vec![holder("Northwind Inc.", "US", 60.0), holder("P", "FR", 40.0)];
            scene.provide("holding", holding);
            scene.hoster(|h| {
                h.shareholders = vec![holder(name, "FR", 30.0), holder("Someone", "FR", 70.0)];
                h.shareholders[0].identifier =
                    number.map(|lei| Identifier { lei: Some(lei.into()), ..Identifier::default() });
            });
            let wanted = if name == "Stranger SA" { Verdict::Pass } else { Verdict::Fail };
            assert_eq!(verdict(&scene).verdict, wanted, "{name}: {}", verdict(&scene).reason);
        }
    }

    #[test]
    fn what_a_parent_is_held_by_multiplies() {
        let mut scene = Scene::default();
        let mut holding = provider("Holding SA", "FR");
        holding.shareholders = vec![holder("Alpen AG", "CH", 40.0), holder("P", "FR", 60.0)];
        scene.provide("holding", holding);
        scene.hoster(|h| h.shareholders = vec![parent("holding", "FR", 60.0), holder("Someone", "FR", 40.0)]);
        assert_eq!(verdict(&scene).verdict, Verdict::Pass, "{}", verdict(&scene).reason);
    }

    #[test]
    fn whoever_a_share_is_followed_through_must_be_signed_for() {
        let mut scene = Scene::default();
        let mut unsigned = provider("Holding SA", "FR");
        unsigned.ownership_statement = None;
        scene.provide("holding", unsigned);
        scene.hoster(|h| h.shareholders = vec![parent("holding", "FR", 10.0)]);
        assert_eq!(verdict(&scene).verdict, Verdict::Unproven);
    }
}
