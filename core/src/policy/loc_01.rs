//! LOC-01: nodes and volumes at registered sites. Declared place → what was seen of nodes → of storage classes.
//!
//! Labels are arbitrary strings: a node is proven by its `spec.providerID` as well, so a site that declares
//! labels alone stays unproven. What contradicts the register fails; what merely does not show is unproven.
//! An observation is judged as it was last made, whether or not the site answers now.

use super::{Case, Check, Input, Outcome, Rule, Severity, outcome::Tally, place};
use crate::{
    facts::{NodeFacts, SiteFacts},
    site::classes,
};
use beffroi_crds::SiteSpec;

/// SecNumCloud 3.2, 19.2.b.
pub const RULE: Rule = Rule {
    id: "LOC-01",
    severity: Severity::Blocking,
    source: "SecNumCloud 3.2, 19.2.b",
    fr: "Nœuds et volumes se trouvent sur des sites déclarés, dans les lieux admis.",
    en: "Nodes and volumes lie at registered sites, in allowed places.",
    inputs: &[Input::Observed, Input::Signed],
    check: Check::Site(judge),
};

fn judge(case: &Case<'_>, site: &SiteFacts) -> Outcome {
    let spec = &site.site.spec;
    let allowed = &case.policy.place;
    let mut tally = Tally::default();
    if let Some(why) = place::refusal(allowed, &spec.country, &spec.subdivision) {
        tally.fail(format!("the site lies {why}"));
    }
    for class in &spec.storage_classes {
        if let Some(why) = place::refusal(allowed, &class.country, &class.subdivision) {
            tally.fail(format!("storage class {} keeps its data {why}", class.name));
        }
    }
    let Some(observed) = &site.observed else {
        tally.unproven("the site was never reached: nothing of it was seen");
        return tally.outcome("");
    };
    if observed.nodes.is_empty() {
        tally.unproven("no node was seen");
    }
    if spec.nodes.provider_id_prefix.is_none() {
        tally.unproven("labels alone prove no place: declare spec.nodes.providerIdPrefix");
    }
    observed.nodes.iter().for_each(|node| compare(spec, node, &mut tally));
    for class in &spec.storage_classes {
        let name = &class.name;
        match observed.storage_classes.get(name) {
            None => tally.unproven(format!("storage class {name} is declared, but not in the cluster")),
            Some(seen) => classes::differences(class, seen).into_iter().for_each(|d| {
                tally.fail(format!("storage class {name}: {}, not {}", d.observed, d.expected));
            }),
        }
        if case.policy.volumes.proven_place && class.provisioner.is_none() {
            tally.unproven(format!(
                "storage class {name}: its provisioner is not declared, so that nothing shows what its volumes are"
            ));
        }
    }
    tally.outcome(format!("{} nodes seen in {} ({})", observed.nodes.len(), spec.city, spec.subdivision))
}

fn compare(spec: &SiteSpec, node: &NodeFacts, tally: &mut Tally) {
    let name = &node.name;
    for (key, wanted) in &spec.nodes.labels {
        match node.labels.get(key) {
            Some(seen) if seen != wanted => tally.fail(format!("node {name}: {key} is {seen}, not {wanted}")),
            Some(_) => {}
            None => tally.unproven(format!("node {name} bears no label {key}")),
        }
    }
    match (&spec.nodes.provider_id_prefix, &node.provider_id) {
        (Some(prefix), Some(seen)) if !seen.starts_with(prefix.as_str()) => {
            tally.fail(format!("node {name}: spec.providerID is {seen}, not {prefix}…"));
        }
        (Some(_), None) => tally.unproven(format!("node {name} bears no spec.providerID")),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use beffroi_crds::workspace::Verdict;

    use super::*;
    use crate::policy::fixtures::Scene;

    fn verdict(scene: &Scene) -> Verdict {
        judge(&scene.case(), scene.site()).verdict
    }

    #[test]
    fn what_was_seen_agrees_with_what_is_declared() {
        let mut scene = Scene::default();
        assert_eq!(verdict(&scene), Verdict::Pass);
        scene.policy.place.excluded_subdivisions = vec!["FR-IDF".into()];
        assert_eq!(verdict(&scene), Verdict::Fail);
    }

    #[test]
    fn nothing_seen_is_unproven() {
        let mut scene = Scene::default();
        scene.seen(|o| o.nodes.clear());
        assert_eq!(verdict(&scene), Verdict::Unproven);
        scene.world.sites.get_mut("par1").unwrap().observed = None;
        assert_eq!(verdict(&scene), Verdict::Unproven);
    }

    #[test]
    fn one_node_elsewhere_fails_and_one_that_does_not_show_is_unproven() {
        let spoil: [(fn(&mut NodeFacts), Verdict); 4] = [
            (|n| n.provider_id = Some("elsewhere://1".into()), Verdict::Fail),
            (|n| n.provider_id = None, Verdict::Unproven),
            (|n| _ = n.labels.insert("region".into(), "Ohio".into()), Verdict::Fail),
            (|n| n.labels.clear(), Verdict::Unproven),
        ];
        for (spoil, wanted) in spoil {
            let mut scene = Scene::default();
            scene.seen(|o| {
                let mut second = o.nodes[0].clone();
                spoil(&mut second);
                o.nodes.push(second);
            });
            assert_eq!(verdict(&scene), wanted);
        }
    }

    #[test]
    fn labels_alone_prove_nothing() {
        let mut scene = Scene::default();
        scene.par1(|s| s.nodes.provider_id_prefix = None);
        assert_eq!(verdict(&scene), Verdict::Unproven);
    }

    #[test]
    fn storage_classes_are_in_allowed_places_and_in_the_cluster() {
        let mut scene = Scene::default();
        scene.seen(|o| o.storage_classes.clear());
        assert_eq!(verdict(&scene), Verdict::Unproven);
        scene.par1(|s| s.storage_classes[0].country = "IE".into());
        assert_eq!(verdict(&scene), Verdict::Fail);
    }

    #[test]
    fn a_class_is_what_it_is_declared_to_be() {
        let mut scene = Scene::default();
        scene.seen(|o| o.storage_classes.get_mut("local").unwrap().provisioner = "other.example".into());
        assert_eq!(verdict(&scene), Verdict::Fail);
        let mut scene = Scene::default();
        scene.par1(|s| s.storage_classes[0].provisioner = None);
        assert_eq!(verdict(&scene), Verdict::Pass, "nobody asks for proof");
        scene.policy.volumes.proven_place = true;
        assert_eq!(verdict(&scene), Verdict::Unproven);
    }
}
