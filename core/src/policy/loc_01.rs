//! LOC-01: nodes and volumes at registered sites. Declared place → what was seen of nodes → of storage classes.
//!
//! Labels are arbitrary strings: a node is proven by its `spec.providerID` as well, so a site that declares
//! labels alone stays unproven. What contradicts the register fails; what merely does not show is unproven.
//! An observation is judged as it was last made, whether or not the site answers now.

use super::{Case, Check, Input, Outcome, Rule, Severity, Source, outcome::Tally, place};
use crate::{
    facts::{NodeFacts, SiteFacts},
    message::{Message, rules::RuleMessage},
    site::{
        classes,
        nodes::{self, Mismatch},
    },
};
use beffroi_crds::SiteSpec;

/// SecNumCloud 3.2, 19.2.b.
pub const RULE: Rule = Rule {
    id: "LOC-01",
    severity: Severity::Blocking,
    source: Source::same("SecNumCloud 3.2, 19.2.b"),
    fr: "Nœuds et volumes se trouvent sur des sites déclarés, dans les lieux admis.",
    en: "Nodes and volumes lie at registered sites, in allowed places.",
    inputs: &[Input::Observed, Input::Signed],
    check: Check::Site(judge),
};

fn judge(case: &Case<'_>, site: &SiteFacts) -> Outcome {
    let spec = &site.site.spec;
    let allowed = &case.policy.place;
    let mut tally = Tally::default();
    if let Some(lies) = place::refusal(allowed, &spec.country, &spec.subdivision) {
        tally.fail(RuleMessage::SiteMisplaced { lies });
    }
    for class in &spec.storage_classes {
        if let Some(lies) = place::refusal(allowed, &class.country, &class.subdivision) {
            tally.fail(RuleMessage::ClassMisplaced { class: class.name.clone(), lies });
        }
    }
    let Some(observed) = &site.observed else {
        tally.unproven(RuleMessage::SiteNeverReached);
        return tally.outcome(Message::none());
    };
    if observed.nodes.is_empty() {
        tally.unproven(RuleMessage::NoNode);
    }
    if spec.nodes.provider_id_prefix.is_none() {
        tally.unproven(RuleMessage::LabelsAlone);
    }
    observed.nodes.iter().for_each(|node| compare(spec, node, &mut tally));
    for class in &spec.storage_classes {
        let name = || class.name.clone();
        match observed.storage_classes.get(&class.name) {
            None => tally.unproven(RuleMessage::ClassMissing { class: name() }),
            Some(seen) => classes::differences(class, seen)
                .into_iter()
                .for_each(|difference| tally.fail(difference.of(&class.name))),
        }
        if case.policy.volumes.proven_place && class.provisioner.is_none() {
            tally.unproven(RuleMessage::ClassUnproven { class: name() });
        }
    }
    tally.outcome(RuleMessage::NodesSeen {
        nodes: observed.nodes.len(),
        city: spec.city.clone(),
        subdivision: spec.subdivision.to_string(),
    })
}

fn compare(spec: &SiteSpec, node: &NodeFacts, tally: &mut Tally) {
    for mismatch in nodes::mismatches(&spec.nodes, &node.labels, node.provider_id.as_deref()) {
        let node = node.name.clone();
        match mismatch {
            Mismatch::Label { label, wanted, seen: Some(seen) } => {
                let (label, seen, declared) = (label.to_owned(), seen.to_owned(), wanted.to_owned());
                tally.fail(RuleMessage::NodeLabel { node, label, seen, declared });
            }
            Mismatch::Label { label, seen: None, .. } => {
                tally.unproven(RuleMessage::NodeUnlabelled { node, label: label.to_owned() });
            }
            Mismatch::ProviderId { prefix, seen: Some(seen) } => {
                let (seen, prefix) = (seen.to_owned(), prefix.to_owned());
                tally.fail(RuleMessage::NodeId { node, seen, prefix });
            }
            Mismatch::ProviderId { seen: None, .. } => tally.unproven(RuleMessage::NodeWithoutId { node }),
        }
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
