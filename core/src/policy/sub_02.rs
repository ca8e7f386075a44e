//! SUB-02: two ways out of every technology from outside.

use std::collections::BTreeSet;

use super::{Case, Chain, Check, Input, Outcome, Rule, Severity, outcome::Tally};

/// SecNumCloud 3.2, 19.6.d: continuous autonomy of operation, glossed as two alternative suppliers.
pub const RULE: Rule = Rule {
    id: "SUB-02",
    severity: Severity::Major,
    source: "SecNumCloud 3.2, 19.6.d",
    fr: "Deux solutions de remplacement pour chaque technologie qui vient d'ailleurs que des pays admis.",
    en: "Two alternatives for each technology from outside the allowed countries.",
    inputs: &[Input::Declared],
    check: Check::Chain(judge),
};

fn judge(case: &Case<'_>, chain: &Chain<'_>) -> Outcome {
    let mut tally = Tally::default();
    for link in chain.decisive() {
        for dependency in link.provider.spec.dependencies.iter().filter(|d| case.outside(&d.country)) {
            let named = dependency.alternatives.iter().map(|a| a.trim().to_lowercase());
            let count = named.filter(|a| !a.is_empty()).collect::<BTreeSet<_>>().len();
            if count < 2 {
                let (name, country) = (&dependency.name, &dependency.country);
                tally.fail(format!("{link}: {name} ({country}) has {count} alternatives, 2 are wanted"));
            }
        }
    }
    tally.outcome("every technology from outside has two alternatives")
}

#[cfg(test)]
mod tests {
    use beffroi_crds::{provider::Dependency, workspace::Verdict};

    use super::*;
    use crate::policy::fixtures::Scene;

    fn with(country: &str, alternatives: &[&str]) -> Verdict {
        let mut scene = Scene::default();
        scene.hoster(|h| {
            h.dependencies = vec![Dependency {
                name: "Hypervisor".into(),
                country: country.into(),
                alternatives: alternatives.iter().map(|a| (*a).into()).collect(),
                ..Dependency::default()
            }];
        });
        judge(&scene.case(), &scene.chain()).verdict
    }

    #[test]
    fn two_that_differ() {
        assert_eq!(with("US", &["KVM", "Xen"]), Verdict::Pass);
        assert_eq!(with("US", &["KVM", "kvm "]), Verdict::Fail);
        assert_eq!(with("US", &["KVM"]), Verdict::Fail);
        assert_eq!(with("DE", &[]), Verdict::Pass);
    }
}
