//! QUA-02: health data on a certified host.

use std::collections::BTreeSet;

use beffroi_crds::{provider::Scheme, workspace::DataKind};
use jiff::civil::{Date, date};

use super::{
    Case, Check, Input, Outcome, Rule, Severity, Source,
    certification::{self, Need, reaches},
};
use crate::{facts::SiteFacts, message::rules::RuleMessage};

/// CSP L.1111-8; version 2 by the arrêté of 26 April 2024, the only one since 16 May 2026.
///
/// Activities (CSP R.1111-9), where the policy names none: 1 to 5 (premises, hardware, virtual
/// infrastructure, platform, administration of the information system), and 6 (backups) where backups are
/// ordered or required.
pub const RULE: Rule = Rule {
    id: "QUA-02",
    severity: Severity::Blocking,
    source: Source {
        fr: "CSP L.1111-8, R.1111-9 ; arrêté du 26 avril 2024",
        en: "CSP L.1111-8, R.1111-9; arrêté du 26 avril 2024",
    },
    fr: "Données de santé : certificat HDS v2 en cours pour les activités nécessaires.",
    en: "Health data: HDS v2 certificate in force for the needed activities.",
    inputs: &[Input::Signed],
    check: Check::Site(judge),
};

/// First day on which a version 1 certificate no longer counts.
const V1_ENDS: Date = date(2026, 5, 16);

fn judge(case: &Case<'_>, site: &SiteFacts) -> Outcome {
    certification::judge(case, site, &needs(case), RuleMessage::NoHealthData)
}

/// What is asked of HDS: by the policy, and by the law for health data whatever the policy says.
pub(super) fn needs(case: &Case<'_>) -> Vec<Need> {
    let mut needs = certification::required(case, Scheme::Hds);
    if case.holds(DataKind::Health) && needs.is_empty() {
        needs.push(Need {
            scheme: Scheme::Hds,
            least: None,
            activities: BTreeSet::new(),
            held_by: beffroi_crds::policy::Holder::default(),
        });
    }
    let floor = if case.world.today() < V1_ENDS { "1" } else { "2" };
    let backups = case.policy.backup.required || case.workspace.backup.is_some();
    for need in &mut needs {
        if need.least.as_deref().is_none_or(|least| reaches(least, floor) == Some(false)) {
            need.least = Some(floor.to_owned());
        }
        if need.activities.is_empty() {
            need.activities = (1..=if backups { 6 } else { 5 }).collect();
        }
    }
    needs
}

#[cfg(test)]
mod tests {
    use beffroi_crds::{
        policy::{Holder, RequiredCertification},
        workspace::Verdict,
    };

    use super::*;
    use crate::policy::fixtures::{Scene, certification, provider, subprocessor};

    const SERVICE: &str = "Managed Kubernetes";

    fn health(version: &str, activities: &[u8]) -> Scene {
        let mut scene = Scene::default();
        scene.workspace.data = vec![DataKind::Health];
        scene.hoster(|h| {
            h.certifications = vec![certification(Scheme::Hds, version, SERVICE)];
            h.certifications[0].hds_activities = activities.to_vec();
        });
        scene
    }

    fn verdict(scene: &Scene) -> Outcome {
        judge(&scene.case(), scene.site())
    }

    #[test]
    fn version_one_ended() {
        let mut scene = health("1.1", &[1, 2, 3, 4, 5]);
        assert_eq!(verdict(&scene).verdict, Verdict::Fail);
        scene.policy.certifications = vec![RequiredCertification {
            scheme: Scheme::Hds,
            min_version: Some("1".into()),
            ..Default::default()
        }];
        assert_eq!(verdict(&scene).verdict, Verdict::Fail, "no policy lowers the law");
        scene.world.now = "2026-05-15T12:00:00Z".parse().unwrap();
        assert_eq!(verdict(&scene).verdict, Verdict::Pass);
        scene.world.now = "2026-05-16T00:00:00Z".parse().unwrap();
        assert_eq!(verdict(&scene).verdict, Verdict::Fail);
    }

    #[test]
    fn the_needed_activities_are_covered() {
        assert_eq!(verdict(&health("2", &[1, 2, 3, 4, 5])).verdict, Verdict::Pass);
        let outcome = verdict(&health("2", &[1, 2, 3]));
        assert!(
            outcome.reason.to_string().contains("HDS activities 4, 5 are not covered"),
            "{}",
            outcome.reason
        );
        let mut scene = health("2", &[1, 2, 3, 4, 5]);
        scene.policy.backup.required = true;
        assert_eq!(verdict(&scene).verdict, Verdict::Fail);
        let mut scene = health("2", &[3]);
        scene.policy.certifications = vec![RequiredCertification {
            scheme: Scheme::Hds,
            hds_activities: vec![3],
            ..Default::default()
        }];
        assert_eq!(verdict(&scene).verdict, Verdict::Pass);
    }

    #[test]
    fn hoster_and_subprocessors_cover_them_together_and_each_is_certified() {
        let mut scene = health("2", &[2, 3, 4, 5]);
        let held_by = Holder::HosterAndSubprocessors;
        scene.policy.certifications =
            vec![RequiredCertification { scheme: Scheme::Hds, held_by, ..Default::default() }];
        scene.hoster(|h| h.subprocessors = vec![subprocessor("premises", &["FR"])]);
        assert_eq!(verdict(&scene).verdict, Verdict::Fail, "it does not exist, and nobody covers 1");
        scene.provide("premises", provider("Premises SA", "FR"));
        assert!(verdict(&scene).reason.to_string().contains("Premises SA (premises): no Hds certificate"));
        let mut premises = provider("Premises SA", "FR");
        premises.certifications = vec![certification(Scheme::Hds, "2", "Colocation")];
        premises.certifications[0].hds_activities = vec![1];
        scene.provide("premises", premises);
        assert_eq!(verdict(&scene).verdict, Verdict::Pass);
    }

    #[test]
    fn other_data_needs_none() {
        assert_eq!(verdict(&Scene::default()).verdict, Verdict::Pass);
    }
}
