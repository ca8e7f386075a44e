//! CERT: the other certificates that a policy asks for.

use beffroi_crds::provider::Scheme;

use super::{Case, Check, Input, Outcome, Rule, Severity, Source, certification};
use crate::{facts::SiteFacts, message::rules::RuleMessage};

/// House rule: law.md has no line for ISO/IEC 27001 or PAMS, yet a policy may ask for them.
pub const RULE: Rule = Rule {
    id: "CERT",
    severity: Severity::Blocking,
    source: Source { fr: "règle maison", en: "house rule" },
    fr: "Les autres certificats que la politique demande (ISO 27001, PAMS) sont en cours.",
    en: "The other certificates that the policy asks for (ISO 27001, PAMS) are in force.",
    inputs: &[Input::Signed],
    check: Check::Site(judge),
};

fn judge(case: &Case<'_>, site: &SiteFacts) -> Outcome {
    let needs: Vec<_> =
        [Scheme::Iso27001, Scheme::Pams].into_iter().flat_map(|s| certification::required(case, s)).collect();
    certification::judge(case, site, &needs, RuleMessage::NoOtherCertificate)
}

#[cfg(test)]
mod tests {
    use beffroi_crds::{policy::RequiredCertification, workspace::Verdict};

    use super::*;
    use crate::policy::fixtures::{Scene, certification};

    #[test]
    fn what_the_policy_asks_for() {
        let mut scene = Scene::default();
        assert_eq!(judge(&scene.case(), scene.site()).verdict, Verdict::Pass);
        let asked = |scheme| RequiredCertification { scheme, ..RequiredCertification::default() };
        scene.policy.certifications = vec![asked(Scheme::Iso27001), asked(Scheme::Pams)];
        scene.hoster(|h| {
            h.certifications = vec![certification(Scheme::Iso27001, "2022", "Managed Kubernetes")];
        });
        let outcome = judge(&scene.case(), scene.site());
        assert_eq!(outcome.verdict, Verdict::Fail);
        let reason = outcome.reason.to_string();
        assert!(reason.contains("no Pams certificate") && !reason.contains("no Iso27001"));
    }
}
