//! LOC-01: the nodes that carry pods, or that local volumes are bound to, are known, bear what the site declares, and say what they said before.

use super::{Case, seen::Node};
use crate::{
    message::location::{Carried, LocationMessage},
    site::nodes::{self, Mismatch},
};

pub(super) fn check(case: &mut Case<'_>) {
    let site = case.site;
    for node in &site.seen.nodes {
        let object = format!("Node {}", node.name);
        if !node.known {
            let carries = carried(case, node);
            case.tell(
                "LOC-01",
                object,
                LocationMessage::NodeUnknown { carries },
                LocationMessage::NodeOfTheSite,
            );
            continue;
        }
        let identity = &site.declared.nodes;
        for mismatch in nodes::mismatches(identity, &node.labels, node.provider_id.as_deref()) {
            let (observed, expected) = match mismatch {
                Mismatch::Label { label, wanted, seen } => {
                    let expected = value(label, Some(wanted));
                    let (label, carries) = (label.to_owned(), carried(case, node));
                    let observed = match seen.map(str::to_owned) {
                        None => LocationMessage::NodeWithoutLabel { label, carries },
                        Some(value) => LocationMessage::NodeLabel { label, value, carries },
                    };
                    (observed, expected)
                }
                Mismatch::ProviderId { prefix, seen } => {
                    let expected = LocationMessage::ProviderIdPrefix { prefix: prefix.to_owned() };
                    (value("spec.providerID", seen), expected)
                }
            };
            case.tell("LOC-01", object.clone(), observed, expected);
        }
        if identity.provider_id_prefix.is_none() {
            let declared = LocationMessage::ProviderIdPrefixDeclared;
            case.tell("LOC-01", object.clone(), LocationMessage::LabelsAlone, declared);
        }
        for change in &node.changes {
            // What the declaration fixes was told above, in its own words.
            if identity.labels.contains_key(&change.what) {
                continue;
            }
            let of = change.what.clone();
            let observed = match change.now.clone() {
                None => LocationMessage::NodeChangedToNothing { of },
                Some(value) => LocationMessage::NodeChanged { of, value },
            };
            case.tell("LOC-01", object.clone(), observed, value(&change.what, change.before.as_deref()));
        }
    }
}

fn value(of: &str, value: Option<&str>) -> LocationMessage {
    let of = of.to_owned();
    match value.map(str::to_owned) {
        None => LocationMessage::NoValue { of },
        Some(value) => LocationMessage::Value { of, value },
    }
}

fn carried(case: &Case<'_>, node: &Node) -> Carried {
    let pods = case.site.seen.pods.iter().filter(|pod| pod.node.as_ref() == Some(&node.name));
    let names: Vec<&str> = pods.map(|pod| pod.name.as_str()).collect();
    match names.as_slice() {
        [] => Carried::AVolume,
        [one] => Carried::Pod { name: (*one).to_owned() },
        several => Carried::Pods { count: several.len() },
    }
}
