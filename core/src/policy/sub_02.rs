//! SUB-02: a way out of every technology from outside.

use std::collections::BTreeSet;

use beffroi_crds::provider::{Certification, Dependency, Scheme};

use super::{
    Case, Chain, Check, Input, Outcome, Rule, Severity, Source, certification, chain::Link, names::folded,
    outcome::Tally, territory,
};
use crate::message::{
    law::{LawMessage, Who},
    rules::Quoted,
};

/// SecNumCloud 3.2, 19.6.d: continuous autonomy of operation, by own skills and means, by two third companies, or by a
/// third party whose own service is qualified. 19.6.c bars technical access of a maker from outside.
pub const RULE: Rule = Rule {
    id: "SUB-02",
    severity: Severity::Major,
    source: Source::same("SecNumCloud 3.2, 19.6.d"),
    fr: "Pour chaque technologie qui vient d'ailleurs que des pays admis : compétences propres, deux sociétés tierces ou un tiers qualifié, et un fabricant sans accès aux données.",
    en: "For each technology from outside the allowed countries: own skills, two third companies or a qualified third party, and a maker without access to data.",
    inputs: &[Input::Declared],
    check: Check::Chain(judge),
};

/// The version of SecNumCloud whose 19.6 asks for it.
const LEAST: &str = "3.2";

fn judge(case: &Case<'_>, chain: &Chain<'_>) -> Outcome {
    let mut tally = Tally::default();
    let mut declared = 0_usize;
    for link in chain.decisive() {
        declared = declared.saturating_add(link.provider.spec.dependencies.len());
        let outside = |dependency: &&Dependency| case.lands_of(dependency).any(|land| case.outside(land));
        for dependency in link.provider.spec.dependencies.iter().filter(outside) {
            access(link, dependency, &mut tally);
            way_out(case, link, dependency, &mut tally);
        }
    }
    tally.outcome(if declared == 0 { LawMessage::NoTechnology } else { LawMessage::WaysOut })
}

/// A maker with access is no mere dependency.
fn access(link: &Link<'_>, dependency: &Dependency, tally: &mut Tally) {
    let (who, technology, country) = told(link, dependency);
    match dependency.technical_access {
        Some(false) => {}
        Some(true) => tally.fail(LawMessage::MakerReachesData { who, technology, country }),
        None => tally.unproven(LawMessage::MakerAccessUndeclared { who, technology, country }),
    }
}

/// Who depends on what from where, as it is told.
fn told(link: &Link<'_>, dependency: &Dependency) -> (Who, String, String) {
    (link.who(), dependency.name.clone(), territory::of(&dependency.country).to_owned())
}

fn way_out(case: &Case<'_>, link: &Link<'_>, dependency: &Dependency, tally: &mut Tally) {
    // Neither the maker nor the provider itself is a third company.
    let own = [&dependency.name, &link.provider.spec.legal_name];
    let own: BTreeSet<String> = dependency.maker.iter().chain(own).map(|name| folded(name)).collect();
    let named = dependency.alternatives.iter().map(|name| folded(name));
    let count = named.filter(|name| !name.is_empty() && !own.contains(name)).collect::<BTreeSet<_>>().len();
    let backed = dependency.own_skills.as_ref().map(|skills| skills.document.is_some());
    if count >= 2 || backed == Some(true) {
        return;
    }
    let (who, technology, country) = told(link, dependency);
    // Nobody takes over from itself, and the maker is no third party.
    let third = dependency.qualified_third_party.as_ref();
    let own = |provider: &str| provider == link.name || dependency.provider.as_deref() == Some(provider);
    if let Some(third) = third.filter(|third| own(&third.provider)) {
        let provider = third.provider.to_string();
        tally.fail(LawMessage::NoThirdParty { who, technology, country, provider });
        return;
    }
    let qualified = third.map(|third| {
        let provider = case.world.providers.get(&*third.provider);
        let all = provider.map(|p| p.spec.certifications.as_slice()).unwrap_or_default();
        let stands = |c: &&Certification| {
            c.scheme == Scheme::SecNumCloud
                && certification::reaches(&c.version, LEAST) == Some(true)
                && certification::is_for(c, &third.service)
                && certification::is_in_force(c, case.world.today())
        };
        all.iter().find(stands).map(|c| c.document.is_some())
    });
    if qualified == Some(Some(true)) {
        return;
    }
    if backed == Some(false) || qualified == Some(Some(false)) {
        tally.unproven(LawMessage::WayOutOnlyDeclared { who, technology, country });
    } else if let Some(third) = third {
        let (provider, service) = (third.provider.to_string(), Quoted(third.service.clone()));
        tally.fail(LawMessage::ThirdPartyNotQualified { who, technology, country, provider, service });
    } else {
        tally.fail(LawMessage::FewAlternatives { who, technology, country, alternatives: count });
    }
}

#[cfg(test)]
mod tests {
    use beffroi_crds::{
        provider::{OwnSkills, QualifiedThirdParty},
        workspace::Verdict,
    };

    use super::*;
    use crate::policy::fixtures::{Scene, certification, document, provider};

    fn verdict(change: impl FnOnce(&mut Scene, &mut Dependency)) -> Verdict {
        let mut scene = Scene::default();
        let mut dependency = Dependency {
            name: "Hypervisor".into(),
            country: "US".into(),
            maker: Some("Northwind Inc.".into()),
            technical_access: Some(false),
            ..Dependency::default()
        };
        change(&mut scene, &mut dependency);
        scene.hoster(|h| h.dependencies = vec![dependency]);
        judge(&scene.case(), &scene.chain()).verdict
    }

    fn with(alternatives: &[&str]) -> Verdict {
        verdict(|_, d| d.alternatives = alternatives.iter().map(|a| (*a).into()).collect())
    }

    #[test]
    fn two_third_companies_that_differ() {
        assert_eq!(with(&["KVM", "Xen"]), Verdict::Pass);
        assert_eq!(with(&["KVM", "ＫＶＭ "]), Verdict::Fail);
        assert_eq!(with(&["KVM", "northwind  inc."]), Verdict::Fail);
        assert_eq!(with(&["KVM"]), Verdict::Fail);
        assert_eq!(with(&["KVM", "hoster sas"]), Verdict::Fail);
        for (third, wanted) in [("hoster", Verdict::Fail), ("northwind", Verdict::Fail)] {
            let found = verdict(|scene, d| {
                let mut maker = provider("Northwind Inc.", "US");
                maker.certifications = vec![certification(Scheme::SecNumCloud, "3.2", "Cloud")];
                scene.provide("northwind", maker);
                d.provider = Some("northwind".into());
                d.qualified_third_party =
                    Some(QualifiedThirdParty { provider: third.into(), service: "Cloud".into() });
            });
            assert_eq!(found, wanted, "{third}");
        }
        assert_eq!(verdict(|_, d| d.country = "DE".into()), Verdict::Pass);
    }

    #[test]
    fn own_skills_or_a_third_party_that_is_qualified() {
        let skills = |document| Some(OwnSkills { description: "sources and people".into(), document });
        assert_eq!(verdict(|_, d| d.own_skills = skills(Some(document()))), Verdict::Pass);
        assert_eq!(verdict(|_, d| d.own_skills = skills(None)), Verdict::Unproven);
        for (service, expires, wanted) in [
            ("Managed kubernetes", "2027-12-31", Verdict::Pass),
            ("Other", "2027-12-31", Verdict::Fail),
            ("Managed Kubernetes", "2026-06-14", Verdict::Fail),
        ] {
            let found = verdict(|scene, d| {
                let mut third = provider("Third SAS", "FR");
                let mut c = certification(Scheme::SecNumCloud, "3.2", "Managed Kubernetes");
                c.expires = expires.into();
                third.certifications = vec![c];
                scene.provide("third", third);
                d.qualified_third_party =
                    Some(QualifiedThirdParty { provider: "third".into(), service: service.into() });
            });
            assert_eq!(found, wanted, "{service} {expires}");
        }
    }

    #[test]
    fn a_maker_with_access_is_a_link_and_one_without_is_none() {
        for (access, wanted, links) in
            [(Some(false), Verdict::Pass, 1), (Some(true), Verdict::Fail, 2), (None, Verdict::Unproven, 1)]
        {
            let mut scene = Scene::default();
            scene.provide("northwind", provider("Northwind Inc.", "US"));
            scene.hoster(|h| {
                h.dependencies = vec![Dependency {
                    name: "Hypervisor".into(),
                    country: "US".into(),
                    provider: Some("northwind".into()),
                    technical_access: access,
                    alternatives: vec!["KVM".into(), "Xen".into()],
                    ..Dependency::default()
                }];
            });
            let chain = scene.chain();
            assert_eq!((judge(&scene.case(), &chain).verdict, chain.links.len()), (wanted, links));
        }
    }
}
