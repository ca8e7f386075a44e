//! QUA-03: access to health data from outside the EEA is disclosed.

use beffroi_crds::workspace::Verdict;

use super::{Case, Check, Input, Outcome, Rule, Severity, Source, certification, outcome::Tally, qua_02};
use crate::{
    facts::SiteFacts,
    message::{Message, rules::RuleMessage},
};

/// HDS v2 reference document (arrêté of 26 April 2024): remote access from third countries is in the contract.
pub const RULE: Rule = Rule {
    id: "QUA-03",
    severity: Severity::Major,
    source: Source {
        fr: "CSP L.1111-8 ; arrêté du 26 avril 2024",
        en: "CSP L.1111-8; arrêté du 26 avril 2024",
    },
    fr: "Données de santé : tout accès depuis un pays hors de l'EEE figure au contrat.",
    en: "Health data: any access from outside the EEA is disclosed in the contract.",
    inputs: &[Input::Signed],
    check: Check::Site(judge),
};

fn judge(case: &Case<'_>, site: &SiteFacts) -> Outcome {
    let mut tally = Tally::default();
    let needs = qua_02::needs(case);
    for need in &needs {
        let mut lacking = Tally::default();
        let found = certification::counting(case, site, need, &mut lacking);
        if lacking.outcome(Message::none()).verdict != Verdict::Pass {
            tally.unproven(RuleMessage::RestsOnHds);
        }
        for c in found {
            let (service, reference) = (c.service.clone(), c.reference.clone());
            match c.outside_eea_access_disclosed {
                Some(true) => {}
                Some(false) => tally.fail(RuleMessage::AccessUndisclosed { service, reference }),
                None => tally.unproven(RuleMessage::DisclosureUndeclared { service, reference }),
            }
        }
    }
    tally.outcome(if needs.is_empty() { RuleMessage::NoHealthData } else { RuleMessage::AccessDisclosed })
}

#[cfg(test)]
mod tests {
    use beffroi_crds::{provider::Scheme, workspace::DataKind};

    use super::*;
    use crate::policy::fixtures::{Scene, certification};

    #[test]
    fn said_not_said_denied() {
        for (disclosed, wanted) in
            [(Some(true), Verdict::Pass), (None, Verdict::Unproven), (Some(false), Verdict::Fail)]
        {
            let mut scene = Scene::default();
            scene.workspace.data = vec![DataKind::Health];
            scene.hoster(|h| {
                h.certifications = vec![certification(Scheme::Hds, "2", "Managed Kubernetes")];
                h.certifications[0].outside_eea_access_disclosed = disclosed;
            });
            assert_eq!(judge(&scene.case(), scene.site()).verdict, wanted);
        }
    }

    #[test]
    fn without_certificate_it_is_unproven_and_without_health_data_not_needed() {
        let mut scene = Scene::default();
        assert_eq!(judge(&scene.case(), scene.site()).verdict, Verdict::Pass);
        scene.workspace.data = vec![DataKind::Health];
        assert_eq!(judge(&scene.case(), scene.site()).verdict, Verdict::Unproven);
    }
}
