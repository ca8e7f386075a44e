//! SUB-01: every subprocessor is listed, with the countries it reaches data from and who controls it.

use super::{
    Case, Chain, Check, Input, Outcome, Rule, Severity, Source,
    chain::{Link, Role},
    outcome::Tally,
};
use crate::message::law::LawMessage;

/// GDPR art. 28.
pub const RULE: Rule = Rule {
    id: "SUB-01",
    severity: Severity::Blocking,
    source: Source { fr: "RGPD, art. 28", en: "GDPR art. 28" },
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
        let link = chain.link(&line.provider);
        let who = || link.map_or(&*line.provider, |link| &link.provider.spec.legal_name).to_owned();
        let of = || by.provider.spec.legal_name.clone();
        for country in line.access_from.iter().filter(|c| case.outside(c)) {
            tally.fail(LawMessage::AccessFromOutside { who: who(), of: of(), country: country.to_string() });
        }
        if line.access_from.is_empty() {
            tally.unproven(LawMessage::AccessUndeclared { who: who(), of: of() });
        }
        if line.document.is_none() {
            tally.unproven(LawMessage::SubprocessorOnlyDeclared { who: who(), of: of() });
        }
    }
    let on_site = |link: &&Link<'_>| link.roles.contains(&Role::SubprocessorOfSite);
    for link in chain.links.iter().filter(on_site) {
        if !chain.entrusted().any(|(_, line)| *line.provider == *link.name) {
            tally.unproven(LawMessage::SubprocessorUnlisted { who: link.who() });
        }
    }
    let works = |role: Role<'_>| matches!(role, Role::SubprocessorOf(_) | Role::SubprocessorOfSite);
    chain.missing.iter().filter(|m| works(m.role)).for_each(|m| tally.unproven(m.told()));
    tally.outcome(match listed {
        0 => LawMessage::NoSubprocessor,
        listed => LawMessage::SubprocessorsListed { listed },
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
            verdict(&scene)
                .reason
                .to_string()
                .contains("Premises SA, subprocessor of Hoster SAS, reaches data from IN")
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
        assert!(
            verdict(&scene)
                .reason
                .to_string()
                .contains("Provider ghost (subprocessor of hoster) does not exist")
        );
    }
}
