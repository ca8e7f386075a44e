//! SUB-01: every subprocessor is listed, with the countries it reaches data from and who controls it.

use super::{
    Case, Chain, Check, Input, Outcome, Rule, Severity,
    chain::{Link, Role},
    outcome::Tally,
};

/// GDPR art. 28.
pub const RULE: Rule = Rule {
    id: "SUB-01",
    severity: Severity::Blocking,
    source: "GDPR art. 28",
    fr: "Chaque sous-traitant figure avec son pays, les pays d'où il accède aux données et qui le contrôle.",
    en: "Each subprocessor is listed with its country, the countries it reaches data from, and who controls it.",
    inputs: &[Input::Declared, Input::Signed],
    check: Check::Chain(judge),
};

fn judge(case: &Case<'_>, chain: &Chain<'_>) -> Outcome {
    let mut tally = Tally::default();
    let mut listed = 0_usize;
    for (by, line) in chain.entrusted() {
        listed += 1;
        let who = chain.link(&line.provider).map_or(&*line.provider, |l| &l.provider.spec.legal_name);
        let of = &by.provider.spec.legal_name;
        for country in line.access_from.iter().filter(|c| case.outside(c)) {
            tally.fail(format!(
                "{who}, subprocessor of {of}, reaches data from {country}, outside the allowed countries"
            ));
        }
        if line.access_from.is_empty() {
            tally.unproven(format!("{who}, subprocessor of {of}: accessFrom is empty"));
        }
        if line.document.is_none() {
            tally.unproven(format!("{who}, subprocessor of {of}, is only declared: give its document"));
        }
    }
    let on_site = |link: &&Link<'_>| link.roles.contains(&Role::SubprocessorOfSite);
    for link in chain.links.iter().filter(on_site) {
        if !chain.entrusted().any(|(_, line)| *line.provider == *link.name) {
            tally.unproven(format!(
                "{link}: nobody lists it in spec.subprocessors of a Provider, with accessFrom and a document"
            ));
        }
    }
    let works = |role: Role<'_>| matches!(role, Role::SubprocessorOf(_) | Role::SubprocessorOfSite);
    chain.missing.iter().filter(|m| works(m.role)).for_each(|m| tally.unproven(m.to_string()));
    tally.outcome(match listed {
        0 => "no subprocessor is declared".to_owned(),
        listed => format!("{listed} subprocessors listed, each with a document"),
    })
}

#[cfg(test)]
mod tests {
    use beffroi_crds::workspace::Verdict;

    use super::*;
    use crate::policy::fixtures::{Scene, provider, subprocessor};

    fn verdict(scene: &Scene) -> Outcome {
        judge(&scene.case(), &scene.chain())
    }

    #[test]
    fn listed_with_document_and_from_inside() {
        let mut scene = Scene::default();
        scene.provide("premises", provider("Premises SA", "FR"));
        scene.hoster(|h| h.subprocessors = vec![subprocessor("premises", &["FR"])]);
        assert_eq!(verdict(&scene).verdict, Verdict::Pass);
        scene.hoster(|h| h.subprocessors[0].document = None);
        assert_eq!(verdict(&scene).verdict, Verdict::Unproven);
        scene.hoster(|h| h.subprocessors = vec![subprocessor("premises", &["FR", "IN"])]);
        assert!(
            verdict(&scene).reason.contains("Premises SA, subprocessor of Hoster SAS, reaches data from IN")
        );
    }

    #[test]
    fn subprocessors_of_subprocessors_count() {
        let mut scene = Scene::default();
        let mut premises = provider("Premises SA", "FR");
        premises.subprocessors = vec![subprocessor("guards", &["US"])];
        scene.provide("premises", premises);
        scene.provide("guards", provider("Guards SARL", "FR"));
        scene.hoster(|h| h.subprocessors = vec![subprocessor("premises", &["FR"])]);
        assert_eq!(verdict(&scene).verdict, Verdict::Fail);
    }

    #[test]
    fn a_subprocessor_of_the_site_that_nobody_lists_is_unproven() {
        let mut scene = Scene::default();
        scene.provide("premises", provider("Premises SA", "FR"));
        scene.par1(|s| s.subprocessors = vec!["premises".into()]);
        assert_eq!(verdict(&scene).verdict, Verdict::Unproven);
        scene.hoster(|h| h.subprocessors = vec![subprocessor("premises", &["FR"])]);
        assert_eq!(verdict(&scene).verdict, Verdict::Pass);
        scene.hoster(|h| h.subprocessors = vec![subprocessor("ghost", &["FR"])]);
        assert!(verdict(&scene).reason.contains("Provider ghost (subprocessor of hoster) does not exist"));
    }
}
