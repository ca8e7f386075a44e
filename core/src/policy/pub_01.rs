//! PUB-01: publishers that the policy names.

use super::{Case, Check, Input, Outcome, Rule, Severity, Source};
use crate::message::rules::RuleMessage;
use beffroi_crds::App;

/// House rule: `spec.publishers` of a policy narrows what the rules of law let pass.
pub const RULE: Rule = Rule {
    id: "PUB-01",
    severity: Severity::Blocking,
    source: Source { fr: "règle maison", en: "house rule" },
    fr: "L'éditeur figure parmi ceux que la politique nomme, si elle en nomme.",
    en: "The publisher is among those that the policy names, if it names any.",
    inputs: &[Input::Declared],
    check: Check::App(judge),
};

fn judge(case: &Case<'_>, app: &App) -> Outcome {
    let allowed = &case.policy.publishers;
    let publisher = app.spec.publisher.to_string();
    if allowed.is_empty() || allowed.contains(&app.spec.publisher) {
        return Outcome::pass(RuleMessage::PublishedBy { publisher });
    }
    let allowed = allowed.iter().map(ToString::to_string).collect();
    Outcome::fail(RuleMessage::PublisherNotAllowed { publisher, allowed })
}

#[cfg(test)]
mod tests {
    use beffroi_crds::workspace::Verdict;

    use super::*;
    use crate::policy::fixtures::Scene;

    #[test]
    fn named_or_nobody_named() {
        let mut scene = Scene::default();
        for (names, wanted) in
            [(vec![], Verdict::Pass), (vec!["publisher"], Verdict::Pass), (vec!["other"], Verdict::Fail)]
        {
            scene.policy.publishers = names.into_iter().map(Into::into).collect();
            assert_eq!(judge(&scene.case(), &scene.app).verdict, wanted);
        }
    }
}
