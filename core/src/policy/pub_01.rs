//! PUB-01: publishers that the policy names.

use super::{Case, Check, Input, Outcome, Rule, Severity};
use beffroi_crds::App;

/// House rule: `spec.publishers` of a policy narrows what the rules of law let pass.
pub const RULE: Rule = Rule {
    id: "PUB-01",
    severity: Severity::Blocking,
    source: "house rule",
    fr: "L'éditeur figure parmi ceux que la politique nomme, si elle en nomme.",
    en: "The publisher is among those that the policy names, if it names any.",
    inputs: &[Input::Declared],
    check: Check::App(judge),
};

fn judge(case: &Case<'_>, app: &App) -> Outcome {
    let (allowed, publisher) = (&case.policy.publishers, &app.spec.publisher);
    if allowed.is_empty() || allowed.contains(publisher) {
        return Outcome::pass(format!("published by {publisher}"));
    }
    let names = allowed.iter().map(|name| &**name).collect::<Vec<_>>().join(", ");
    Outcome::fail(format!("published by {publisher}; the policy allows {names}"))
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
