//! JUR-03: outside holders together.

use super::{
    Case, Chain, Check, Input, Outcome, Rule, Severity, Source,
    doubts::Doubts,
    jur_02::limit,
    outcome::Tally,
    ownership::{findings::Asked, ratio::percent},
};
use crate::message::law::LawMessage;

/// SecNumCloud 3.2, 19.6.b.
pub const RULE: Rule = Rule {
    id: "JUR-03",
    severity: Severity::Blocking,
    source: Source::same("SecNumCloud 3.2, 19.6.b"),
    fr: "Les détenteurs extérieurs aux pays admis n'ont pas ensemble plus que la part admise (39 %) du capital ou des droits de vote.",
    en: "Holders from outside the allowed countries have together no more than the allowed share (39 %) of capital or votes.",
    inputs: &[Input::Signed],
    check: Check::Chain(judge),
};

fn judge(_: &Case<'_>, chain: &Chain<'_>) -> Outcome {
    let limits = chain.law().limits();
    let ownership = chain.ownership();
    let most = limit(&limits.together);
    let mut tally = Tally::default();
    let mut doubts = Doubts::about(Asked::Together);
    for (link, id) in chain.working() {
        let found = chain.findings(id);
        for excess in &found.broken.together {
            tally.fail(LawMessage::HeldTogether {
                who: link.who(),
                share: percent(&excess.share, Some(&limits.together)),
                of: excess.ground.into(),
                by: excess.holders.iter().map(|id| ownership.told(*id)).collect(),
                most: most.clone(),
            });
            tally.path(ownership.path_of_excess(id, excess));
        }
        doubts.note(chain, (link, id), &mut tally);
    }
    doubts.outcome(
        chain,
        tally,
        LawMessage::LittleTogether { most: most.clone() },
        LawMessage::LittleTogetherWhoever { most },
    )
}

#[cfg(test)]
mod tests {
    use beffroi_crds::workspace::Verdict;

    use super::*;
    use crate::policy::fixtures::{Scene, holder};

    #[test]
    fn exactly_the_limit_passes_and_a_hundredth_more_does_not() {
        for (second, rest, wanted) in [(15.0, 61.0, Verdict::Pass), (15.01, 60.99, Verdict::Fail)] {
            let mut scene = Scene::default();
            scene.hoster(|h| {
                h.shareholders =
                    vec![holder("A", "US", 24.0), holder("B", "CH", second), holder("C", "FR", rest)];
            });
            let outcome = judge(&scene.case(), &scene.chain());
            assert_eq!(outcome.verdict, wanted, "{}", outcome.reason);
        }
    }

    #[test]
    fn holders_from_allowed_countries_do_not_count() {
        let mut scene = Scene::default();
        scene.hoster(|h| h.shareholders = vec![holder("A", "DE", 80.0), holder("B", "US", 20.0)]);
        assert_eq!(judge(&scene.case(), &scene.chain()).verdict, Verdict::Pass);
    }
}
