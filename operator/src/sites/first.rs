//! What each node said of its place when it was first seen: a node that says something else later is told.
//!
//! Kept by UID, so that a node registered anew is another node: that is how a provider owns up to a change.
//! What a node says for the first time later (a cloud's controller labels it after it has joined) is no change.
//! It is kept beside the log of evidence, so that an operator that starts anew knows it too.

use std::collections::BTreeMap;

use beffroi_core::{facts::NodeFacts, location::seen};
use serde::{Deserialize, Serialize};

/// `spec.providerID`, beside the labels.
const PROVIDER_ID: &str = "spec.providerID";

/// What nodes first said, by UID.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct FirstSeen {
    nodes: BTreeMap<String, BTreeMap<String, String>>,
    #[serde(skip)]
    changed: bool,
}

impl FirstSeen {
    /// Takes note of what a node says.
    pub fn note(&mut self, node: &NodeFacts) {
        let known = self.nodes.entry(node.uid.clone()).or_default();
        let labels = node.labels.iter().filter(|(key, _)| speaks_of_place(key));
        let said = labels.map(|(key, value)| (key.as_str(), value));
        for (what, value) in said.chain(node.provider_id.iter().map(|id| (PROVIDER_ID, id))) {
            known.entry(what.to_owned()).or_insert_with(|| {
                self.changed = true;
                value.clone()
            });
        }
    }

    /// A copy to be kept, if anything is new since the last one.
    pub fn take_changed(&mut self) -> Option<Self> {
        std::mem::take(&mut self.changed).then(|| self.clone())
    }

    /// The copy could not be kept: it is asked for again.
    pub fn still_changed(&mut self) {
        self.changed = true;
    }

    /// What a node says otherwise than at first.
    pub fn changes(&self, node: &NodeFacts) -> Vec<seen::Change> {
        let Some(known) = self.nodes.get(&node.uid) else { return Vec::new() };
        let now = |what: &str| match what {
            PROVIDER_ID => node.provider_id.as_ref(),
            label => node.labels.get(label),
        };
        let changed = known.iter().filter(|(what, before)| now(what) != Some(*before));
        changed
            .map(|(what, before)| seen::Change {
                what: what.clone(),
                before: Some(before.clone()),
                now: now(what).cloned(),
            })
            .collect()
    }

    /// Forgets nodes that are gone.
    pub fn forget(&mut self, uid: &str) {
        self.changed |= self.nodes.remove(uid).is_some();
    }
}

/// Labels that Kubernetes, clouds and CSI drivers tell a node's place by.
pub fn speaks_of_place(label: &str) -> bool {
    label.starts_with("topology.") || label.starts_with("failure-domain.beta.kubernetes.io/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(zone: Option<&str>, id: Option<&str>) -> NodeFacts {
        let zone = zone.map(|zone| ("topology.kubernetes.io/zone".to_owned(), zone.to_owned()));
        NodeFacts {
            name: "n".into(),
            uid: "u".into(),
            labels: zone.into_iter().chain([("role".to_owned(), id.unwrap_or("x").to_owned())]).collect(),
            provider_id: id.map(str::to_owned),
            ..NodeFacts::default()
        }
    }

    #[test]
    fn what_is_said_later_is_no_change_and_what_is_said_otherwise_is() {
        let mut first = FirstSeen::default();
        first.note(&node(None, None));
        first.note(&node(Some("fr-a"), Some("osc:///1")));
        assert!(first.changes(&node(Some("fr-a"), Some("osc:///1"))).is_empty());
        let changes = first.changes(&node(Some("de-a"), None));
        let told: Vec<_> = changes.iter().map(|c| (c.what.as_str(), c.now.as_deref())).collect();
        assert_eq!(told, [("spec.providerID", None), ("topology.kubernetes.io/zone", Some("de-a"))]);
        first.forget("u");
        assert!(first.changes(&node(Some("de-a"), None)).is_empty(), "a node registered anew is another");
    }

    #[test]
    fn what_was_kept_is_known_to_a_new_process() {
        let mut first = FirstSeen::default();
        first.note(&node(Some("fr-a"), None));
        let kept = first.take_changed().unwrap();
        assert!(first.take_changed().is_none(), "kept once");
        let mut second: FirstSeen = serde_json::from_slice(&serde_json::to_vec(&kept).unwrap()).unwrap();
        second.note(&node(Some("de-a"), None));
        assert_eq!(second.changes(&node(Some("de-a"), None))[0].before.as_deref(), Some("fr-a"));
        assert!(second.take_changed().is_none(), "nothing new was learnt");
    }
}
