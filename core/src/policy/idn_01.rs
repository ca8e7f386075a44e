//! IDN-01: identifiers that fit what the tenant is.

use beffroi_crds::{
    Tenant,
    tenant::TenantKind::{Commune, EtablissementDeSante, EtablissementScolaire, Groupement, Rectorat},
};
use kube::ResourceExt;

use super::{Case, Check, Input, Outcome, Rule, Severity, Source, identifiers, outcome::Tally};
use crate::message::rules::{Register, RuleMessage};

/// Keys of INSEE, FINESS and UAI numbers. That the `siret` claim of those who sign in agrees is checked where
/// they sign in; here, that the identifiers hold by themselves and that a grouping is made of tenants.
pub const RULE: Rule = Rule {
    id: "IDN-01",
    severity: Severity::Blocking,
    source: Source { fr: "registres INSEE, FINESS et UAI", en: "INSEE, FINESS and UAI registers" },
    fr: "Les identifiants conviennent à la nature de l'organisation, et leurs clés sont justes.",
    en: "Identifiers fit the tenant's kind, and their keys are right.",
    inputs: &[Input::Declared],
    check: Check::Tenant(judge),
};

fn judge(case: &Case<'_>) -> Outcome {
    let mut tally = Tally::default();
    identify(case.tenant, &mut tally);
    if case.tenant.spec.kind == Groupement {
        group(case, &mut tally);
    } else if !case.tenant.spec.members.is_empty() {
        tally.fail(RuleMessage::MembersOfNoGrouping);
    }
    tally.outcome(RuleMessage::Identified)
}

fn identify(tenant: &Tenant, tally: &mut Tally) {
    let spec = &tenant.spec;
    let name = || tenant.name_any();
    let kind = spec.kind;
    let numbers = [
        (
            Register::Siren,
            spec.siren.as_deref(),
            identifiers::is_siren as fn(&str) -> bool,
            kind != Groupement,
            false,
        ),
        (Register::Siret, spec.siret.as_deref(), identifiers::is_siret, kind != Groupement, false),
        (
            Register::Finess,
            spec.finess.as_deref(),
            identifiers::is_finess,
            kind == EtablissementDeSante,
            true,
        ),
        (
            Register::Uai,
            spec.uai.as_deref(),
            identifiers::is_uai,
            matches!(kind, EtablissementScolaire | Rectorat),
            true,
        ),
        (Register::Insee, spec.insee.as_deref(), identifiers::is_insee, kind == Commune, true),
    ];
    for (register, number, valid, fits, needed) in numbers {
        match number {
            Some(number) if !fits => {
                let (tenant, number) = (name(), number.to_owned());
                tally.fail(RuleMessage::IdentifierUnfit { tenant, register, number, kind });
            }
            Some(number) if !valid(number) => {
                let (tenant, number) = (name(), number.to_owned());
                tally.fail(RuleMessage::IdentifierWrong { tenant, register, number });
            }
            None if fits && needed => {
                tally.fail(RuleMessage::IdentifierMissing { tenant: name(), register, kind });
            }
            _ => {}
        }
    }
    match (&spec.siren, &spec.siret) {
        (None, None) if kind != Groupement => {
            tally.fail(RuleMessage::NoSirenNorSiret { tenant: name() });
        }
        (Some(siren), Some(siret)) if !siret.starts_with(&**siren) => {
            let (siret, siren) = (siret.to_string(), siren.to_string());
            tally.fail(RuleMessage::SiretOfAnother { tenant: name(), siret, siren });
        }
        _ => {}
    }
}

/// A grouping has no legal personality: it is what its members are.
fn group(case: &Case<'_>, tally: &mut Tally) {
    let names: std::collections::BTreeSet<_> = case.tenant.spec.members.iter().map(|name| &**name).collect();
    if names.len() < 2 {
        tally.fail(RuleMessage::FewMembers);
    }
    for name in names {
        match case.members.iter().find(|m| m.name_any() == name) {
            None => tally.unproven(RuleMessage::MemberUnknown { member: name.to_owned() }),
            Some(member) if member.spec.kind == Groupement => {
                tally.fail(RuleMessage::MemberIsGrouping { member: name.to_owned() });
            }
            Some(member) => identify(member, tally),
        }
    }
}

#[cfg(test)]
mod tests {
    use beffroi_crds::{TenantSpec, tenant::TenantKind, workspace::Verdict};

    use super::*;
    use crate::policy::fixtures::Scene;

    fn hospital(name: &str) -> Tenant {
        let finess = (0..10).map(|d| format!("71000000{d}")).find(|f| identifiers::is_finess(f)).unwrap();
        let spec = TenantSpec {
            kind: EtablissementDeSante,
            siret: Some("11002001300097".into()),
            finess: Some((&*finess).into()),
            ..TenantSpec::default()
        };
        Tenant::new(name, spec)
    }

    fn ght(members: &[Tenant]) -> Scene {
        let mut scene = Scene::default();
        let names = members.iter().map(|m| m.name_any().as_str().into()).collect();
        scene.tenant.spec = TenantSpec { kind: Groupement, members: names, ..TenantSpec::default() };
        scene.members = members.to_vec();
        scene
    }

    #[test]
    fn a_commune_has_an_insee_code_and_a_siret_that_agree() {
        let spoil: [(fn(&mut TenantSpec), Verdict); 6] = [
            (|_| {}, Verdict::Pass),
            (|t| t.insee = None, Verdict::Fail),
            (|t| t.siren = Some("356000000".into()), Verdict::Fail),
            (|t| t.siret = Some("20003452800015".into()), Verdict::Fail),
            (|t| t.uai = Some("0710001R".into()), Verdict::Fail),
            (|t| t.kind = TenantKind::Rectorat, Verdict::Fail),
        ];
        for (spoil, wanted) in spoil {
            let mut scene = Scene::default();
            spoil(&mut scene.tenant.spec);
            assert_eq!(judge(&scene.case()).verdict, wanted);
        }
    }

    #[test]
    fn a_grouping_is_made_of_two_tenants_that_are_none() {
        let (a, b) = (hospital("a"), hospital("b"));
        assert_eq!(judge(&ght(&[a.clone(), b.clone()]).case()), Outcome::pass(RuleMessage::Identified));
        assert_eq!(judge(&ght(std::slice::from_ref(&a)).case()).verdict, Verdict::Fail);
        let mut scene = ght(&[a.clone(), b]);
        scene.members.pop();
        assert_eq!(judge(&scene.case()).verdict, Verdict::Unproven);
        let mut inner = hospital("c");
        inner.spec = TenantSpec { kind: Groupement, ..TenantSpec::default() };
        assert_eq!(judge(&ght(&[a, inner]).case()).verdict, Verdict::Fail);
    }
}
