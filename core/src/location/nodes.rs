//! LOC-01: the nodes that carry pods, or that local volumes are bound to, are known, bear what the site declares, and say what they said before.

use super::{Case, seen::Node};

pub(super) fn check(case: &mut Case<'_>) {
    let site = case.site;
    for node in &site.seen.nodes {
        let object = format!("Node {}", node.name);
        if !node.known {
            let pods = carried(case, node);
            case.tell(
                "LOC-01",
                object,
                format!("carries {pods} and is not known to the cluster"),
                "a node of the site",
            );
            continue;
        }
        let identity = &site.declared.nodes;
        for (key, wanted) in &identity.labels {
            let seen = node.labels.get(key);
            if seen != Some(wanted) {
                let observed = seen.map_or_else(|| format!("no label {key}"), |seen| format!("{key}={seen}"));
                let pods = carried(case, node);
                case.tell(
                    "LOC-01",
                    object.clone(),
                    format!("{observed}; carries {pods}"),
                    format!("{key}={wanted}"),
                );
            }
        }
        match (&identity.provider_id_prefix, &node.provider_id) {
            (Some(prefix), seen) if !seen.as_ref().is_some_and(|id| id.starts_with(prefix.as_str())) => {
                let observed = seen.as_deref().unwrap_or("none");
                case.tell(
                    "LOC-01",
                    object.clone(),
                    format!("spec.providerID={observed}"),
                    format!("spec.providerID={prefix}…"),
                );
            }
            (None, _) => case.tell(
                "LOC-01",
                object.clone(),
                "labels alone, which prove no place",
                "spec.nodes.providerIdPrefix declared by the site",
            ),
            _ => {}
        }
        for change in &node.changes {
            // What the declaration fixes was told above, in its own words.
            if identity.labels.contains_key(&change.what) {
                continue;
            }
            let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".into());
            case.tell(
                "LOC-01",
                object.clone(),
                format!("{}={}, changed since it was first seen", change.what, text(&change.now)),
                format!("{}={}", change.what, text(&change.before)),
            );
        }
    }
}

fn carried(case: &Case<'_>, node: &Node) -> String {
    let pods = case.site.seen.pods.iter().filter(|pod| pod.node.as_ref() == Some(&node.name));
    let names: Vec<&str> = pods.map(|pod| pod.name.as_str()).collect();
    match names.as_slice() {
        [] => "no pod, but a volume".to_owned(),
        [one] => format!("pod {one}"),
        several => format!("{} pods", several.len()),
    }
}
