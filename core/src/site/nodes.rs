//! How a node agrees with what its site declares of each node: the one comparison that the rule on sites, the findings on
//! place and the status of a site draw from.

use std::collections::BTreeMap;

use beffroi_crds::site::NodeIdentity;

/// What of a node differs from the declaration.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Mismatch<'a> {
    /// A label has another value, or is not there.
    Label {
        /// Its key.
        label: &'a str,
        /// What is declared.
        wanted: &'a str,
        /// What the node bears.
        seen: Option<&'a str>,
    },
    /// `spec.providerID` does not begin as declared, or is not there.
    ProviderId {
        /// How it is declared to begin.
        prefix: &'a str,
        /// What the node bears.
        seen: Option<&'a str>,
    },
}

/// Every one: labels in the order of their keys, then `spec.providerID`, where the site declares how it begins.
pub fn mismatches<'a>(
    declared: &'a NodeIdentity,
    labels: &'a BTreeMap<String, String>,
    provider_id: Option<&'a str>,
) -> Vec<Mismatch<'a>> {
    let labels = declared.labels.iter().filter_map(|(label, wanted)| {
        let seen = labels.get(label).map(String::as_str);
        (seen != Some(wanted)).then_some(Mismatch::Label { label, wanted, seen })
    });
    let id = declared.provider_id_prefix.as_deref().and_then(|prefix| {
        let begins = provider_id.is_some_and(|id| id.starts_with(prefix));
        (!begins).then_some(Mismatch::ProviderId { prefix, seen: provider_id })
    });
    labels.chain(id).collect()
}
