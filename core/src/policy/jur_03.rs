//! JUR-03: outside holders together.

use super::{
    Case, Chain, Check, Input, Outcome, Rule, Severity,
    jur_02::note_ownership,
    outcome::Tally,
    ownership::{limit, percent},
};

/// SecNumCloud 3.2, 19.6.b.
pub const RULE: Rule = Rule {
    id: "JUR-03",
    severity: Severity::Blocking,
    source: "SecNumCloud 3.2, 19.6.b",
    fr: "Les détenteurs extérieurs aux pays admis n'ont pas ensemble plus que la part admise (39 %) du capital ou des droits de vote.",
    en: "Holders from outside the allowed countries have together no more than the allowed share (39 %) of capital or votes.",
    inputs: &[Input::Signed],
    check: Check::Chain(judge),
};

fn judge(case: &Case<'_>, chain: &Chain<'_>) -> Outcome {
    let most = limit(case.policy.law.max_foreign_share_together);
    let mut tally = Tally::default();
    for link in chain.decisive() {
        let stakes = chain.ownership.stakes(link.name);
        let together: [(&str, u32); 2] = [
            ("capital", stakes.iter().map(|s| s.capital).sum()),
            ("votes", stakes.iter().map(|s| s.votes).sum()),
        ];
        for (what, share) in together.into_iter().filter(|(_, share)| *share > most) {
            let names = stakes.iter().map(|s| s.holder.to_string()).collect::<Vec<_>>().join(", ");
            let (share, most) = (percent(share), percent(most));
            tally.fail(format!("{link}: {share} of {what} held together by {names}, over {most}"));
        }
    }
    note_ownership(chain, &mut tally);
    tally.outcome(format!("outside holders have no more than {} of anyone in the chain", percent(most)))
}

#[cfg(test)]
mod tests {
    use beffroi_crds::workspace::Verdict;

    use super::*;
    use crate::policy::fixtures::{Scene, holder};

    #[test]
    fn exactly_the_limit_passes_and_a_hundredth_more_does_not() {
        for (second, wanted) in [(15.0, Verdict::Pass), (15.01, Verdict::Fail)] {
            let mut scene = Scene::default();
            scene.hoster(|h| h.shareholders = vec![holder("A", "US", 24.0), holder("B", "CH", second)]);
            let outcome = judge(&scene.case(), &scene.chain());
            assert_eq!(outcome.verdict, wanted, "{}", outcome.reason);
        }
    }

    #[test]
    fn holders_from_allowed_countries_do_not_count() {
        let mut scene = Scene::default();
        scene.hoster(|h| h.shareholders = vec![holder("A", "DE", 60.0), holder("B", "US", 20.0)]);
        assert_eq!(judge(&scene.case(), &scene.chain()).verdict, Verdict::Pass);
    }
}
