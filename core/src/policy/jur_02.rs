//! JUR-02: no outside holder above the limit for one hand.

use super::{
    Case, Chain, Check, Input, Outcome, Rule, Severity,
    chain::Link,
    outcome::Tally,
    ownership::{Stake, limit, percent},
};

/// SecNumCloud 3.2, 19.6.b.
pub const RULE: Rule = Rule {
    id: "JUR-02",
    severity: Severity::Blocking,
    source: "SecNumCloud 3.2, 19.6.b",
    fr: "Aucun détenteur extérieur aux pays admis n'a, directement ou non, plus que la part admise (24 %) du capital ou des droits de vote.",
    en: "No holder from outside the allowed countries has, directly or not, more than the allowed share (24 %) of capital or votes.",
    inputs: &[Input::Signed],
    check: Check::Chain(judge),
};

fn judge(case: &Case<'_>, chain: &Chain<'_>) -> Outcome {
    let most = limit(case.policy.law.max_foreign_share_each);
    let mut tally = Tally::default();
    for link in chain.decisive() {
        for stake in chain.ownership.stakes(link.name) {
            for (what, share) in [("capital", stake.capital), ("votes", stake.votes)] {
                if share > most {
                    tally.fail(sentence(link, &stake, what, share, most));
                }
            }
        }
    }
    note_ownership(chain, &mut tally);
    tally.outcome(format!("no outside holder has more than {} of anyone in the chain", percent(most)))
}

fn sentence(link: &Link<'_>, stake: &Stake<'_>, what: &str, share: u32, most: u32) -> String {
    let through = match stake.through.as_slice() {
        [] => String::new(),
        names => format!(" through {}", names.join(", ")),
    };
    let (share, most) = (percent(share), percent(most));
    format!("{link}: {share} of {what} held by {}{through}, over {most}", stake.holder)
}

/// What rules on ownership find unproven: names that nobody bears, holders only declared, ownership in a ring.
pub(super) fn note_ownership(chain: &Chain<'_>, tally: &mut Tally) {
    chain.missing.iter().for_each(|missing| tally.unproven(missing.to_string()));
    Chain::note_unsigned(chain.links.iter(), tally);
    for link in chain.links.iter().filter(|link| chain.ownership.circular(link.name)) {
        tally.unproven(format!("{link}: owned in a ring in which nobody outside has a share"));
    }
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
    fn exactly_the_limit_passes_and_a_hundredth_more_does_not() {
        for (share, wanted) in [(24.0, Verdict::Pass), (24.01, Verdict::Fail), (0.1 + 23.9, Verdict::Pass)] {
            let mut scene = Scene::default();
            scene.hoster(|h| h.shareholders = vec![holder("Northwind Inc.", "US", share)]);
            assert_eq!(verdict(&scene).verdict, wanted, "{share}");
        }
    }

    #[test]
    fn capital_and_votes_count_apart() {
        let mut scene = Scene::default();
        scene.hoster(|h| {
            h.shareholders = vec![holder("Northwind Inc.", "US", 1.0)];
            h.shareholders[0].votes_percent = 30.0.try_into().unwrap();
        });
        let outcome = verdict(&scene);
        assert_eq!(outcome.verdict, Verdict::Fail);
        assert!(
            outcome.reason.contains("30 % of votes held by Northwind Inc. (US), over 24 %"),
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
            reason.contains("30 % of capital held by Northwind Inc. (US) through Holding SA, over 24 %"),
            "{reason}"
        );
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
