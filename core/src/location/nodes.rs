//! LOC-01: the nodes that carry pods, or that local volumes are bound to, are known, bear what the site declares, and say what they said before.

use super::{Case, seen::Node};
use crate::message::location::{Carried, LocationMessage};

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
        for (key, wanted) in &identity.labels {
            let seen = node.labels.get(key);
            if seen != Some(wanted) {
                let (label, carries) = (key.clone(), carried(case, node));
                let observed = match seen {
                    None => LocationMessage::NodeWithoutLabel { label, carries },
                    Some(value) => LocationMessage::NodeLabel { label, value: value.clone(), carries },
                };
                case.tell("LOC-01", object.clone(), observed, value(key, Some(wanted)));
            }
        }
        match (&identity.provider_id_prefix, &node.provider_id) {
            (Some(prefix), seen) if !seen.as_ref().is_some_and(|id| id.starts_with(prefix.as_str())) => {
                case.tell(
                    "LOC-01",
                    object.clone(),
                    value("spec.providerID", seen.as_ref()),
                    LocationMessage::ProviderIdPrefix { prefix: prefix.clone() },
                );
            }
            (None, _) => case.tell(
                "LOC-01",
                object.clone(),
                LocationMessage::LabelsAlone,
                LocationMessage::ProviderIdPrefixDeclared,
            ),
            _ => {}
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
            case.tell("LOC-01", object.clone(), observed, value(&change.what, change.before.as_ref()));
        }
    }
}

fn value(of: &str, value: Option<&String>) -> LocationMessage {
    let of = of.to_owned();
    match value.cloned() {
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
