//! QUA-01: the State's sensitive data on a SecNumCloud service.

use std::collections::BTreeSet;

use beffroi_crds::{policy::Holder, provider::Scheme, workspace::DataKind};

use super::{
    Case, Check, Input, Outcome, Rule, Severity, Source,
    certification::{self, Need},
};
use crate::{facts::SiteFacts, message::rules::RuleMessage};

/// Loi SREN (21 May 2024), art. 31. Derogations exist, and end; they are not recorded yet, so none counts. A
/// policy may ask for the qualification of whatever data.
pub const RULE: Rule = Rule {
    id: "QUA-01",
    severity: Severity::Blocking,
    source: Source::same("loi SREN art. 31"),
    fr: "Données sensibles de l'État : service qualifié SecNumCloud, ou dérogation en cours.",
    en: "The State's sensitive data: SecNumCloud for that service, or a live derogation.",
    inputs: &[Input::Signed],
    check: Check::Site(judge),
};

/// The first version that sets limits to foreign law (19.6).
const LEAST: &str = "3.2";

fn judge(case: &Case<'_>, site: &SiteFacts) -> Outcome {
    let mut needs = certification::required(case, Scheme::SecNumCloud);
    for need in &mut needs {
        need.least.get_or_insert_with(|| LEAST.to_owned());
    }
    let state = case.tenant.spec.kind.is_state() || case.members.iter().any(|m| m.spec.kind.is_state());
    if state && case.holds(DataKind::StateSensitive) {
        let least = Some(LEAST.to_owned());
        needs.push(Need {
            scheme: Scheme::SecNumCloud,
            least,
            activities: BTreeSet::new(),
            held_by: Holder::Hoster,
        });
    }
    certification::judge(case, site, &needs, RuleMessage::NoStateData)
}

#[cfg(test)]
mod tests {
    use beffroi_crds::{policy::RequiredCertification, tenant::TenantKind, workspace::Verdict};

    use super::*;
    use crate::{
        message::Language,
        policy::fixtures::{Scene, TODAY, certification},
    };

    fn state() -> Scene {
        let mut scene = Scene::default();
        scene.tenant.spec.kind = TenantKind::Prefecture;
        scene.workspace.data = vec![DataKind::StateSensitive];
        scene
    }

    fn verdict(scene: &Scene) -> Outcome {
        judge(&scene.case(), scene.site())
    }

    #[test]
    fn it_keys_on_the_data_and_on_who_the_tenant_is() {
        let mut scene = state();
        assert_eq!(verdict(&scene).verdict, Verdict::Fail);
        scene.tenant.spec.kind = TenantKind::Commune;
        assert_eq!(verdict(&scene).verdict, Verdict::Pass);
        let required = RequiredCertification {
            for_data: vec![DataKind::StateSensitive],
            ..RequiredCertification::default()
        };
        scene.policy.certifications = vec![required];
        assert_eq!(verdict(&scene).verdict, Verdict::Fail);
        scene.workspace.data = vec![DataKind::Staff];
        assert_eq!(verdict(&scene).verdict, Verdict::Pass);
    }

    #[test]
    fn the_qualification_is_of_the_service_and_of_its_version() {
        let cases = [
            ("3.2", "managed kubernetes", Verdict::Pass),
            ("3.1", "Managed Kubernetes", Verdict::Fail),
            ("3.2", "Bare Metal Pod", Verdict::Fail),
        ];
        for (version, service, wanted) in cases {
            let mut scene = state();
            scene.hoster(|h| h.certifications = vec![certification(Scheme::SecNumCloud, version, service)]);
            assert_eq!(verdict(&scene).verdict, wanted, "{version} {service}");
        }
        let mut scene = state();
        scene
            .hoster(|h| h.certifications = vec![certification(Scheme::SecNumCloud, "3.2", "Bare Metal Pod")]);
        let reason = verdict(&scene).reason;
        assert!(
            reason.to_string().contains("is for \"Bare Metal Pod\", not for service \"Managed Kubernetes\"")
        );
        assert!(reason.in_language(Language::Fr).contains(
            "SecNumCloud vaut pour « Bare Metal Pod », non pour le service « Managed Kubernetes »"
        ));
    }

    #[test]
    fn it_has_a_first_and_a_last_day_and_a_document() {
        let cases: [(&str, &str, Verdict); 4] = [
            ("2025-01-01", TODAY, Verdict::Pass),
            ("2025-01-01", "2026-06-14", Verdict::Fail),
            (TODAY, "2027-01-01", Verdict::Pass),
            ("2026-06-16", "2027-01-01", Verdict::Fail),
        ];
        for (issued, expires, wanted) in cases {
            let mut scene = state();
            let mut c = certification(Scheme::SecNumCloud, "3.2", "Managed Kubernetes");
            (c.issued, c.expires) = (issued.into(), expires.into());
            scene.hoster(|h| h.certifications = vec![c.clone()]);
            assert_eq!(verdict(&scene).verdict, wanted, "{issued} {expires}");
            c.document = None;
            scene.hoster(|h| h.certifications = vec![c]);
            assert_ne!(verdict(&scene).verdict, Verdict::Pass);
        }
    }
}
