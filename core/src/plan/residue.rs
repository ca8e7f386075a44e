//! What holds a namespace that is being deleted: its own conditions, as Kubernetes writes them → kinds and finalizers,
//! each with how many → what is told of them. Nothing of it is read beyond that.

use beffroi_crds::workspace::Residue;
use jiff::SignedDuration;
use serde_json::Value;

use crate::{
    manifests::Live,
    message::{
        Message,
        progress::{LeftIn, ProgressMessage},
    },
};

/// What is left in a namespace, by kind, and which finalizers hold it.
pub fn residue(site: &str, namespace: &Live) -> Vec<Residue> {
    conditions(namespace.data().get("status"))
        .into_iter()
        .flat_map(|c| of_condition(site, &c.kind, &c.message))
        .collect()
}

/// The same of a namespace of the management cluster.
pub fn of_namespace(namespace: &k8s_openapi::api::core::v1::Namespace) -> Vec<Residue> {
    let status = serde_json::to_value(&namespace.status).unwrap_or_default();
    conditions(Some(&status)).into_iter().flat_map(|c| of_condition("", &c.kind, &c.message)).collect()
}

/// What is told of it: `left in it: 1 configmaps, held by finalizer example.com/hold of 1`.
pub fn told(residue: &[Residue]) -> Option<Message> {
    let left = |one: &Residue| match (one.finalizer.clone(), one.failure.clone(), one.count) {
        (Some(finalizer), _, count) => LeftIn::Held { finalizer, count },
        (None, Some(why), _) => LeftIn::Undeletable { why },
        (None, None, count) => LeftIn::Objects { count, resource: one.resource.clone().unwrap_or_default() },
    };
    let all: Vec<LeftIn> = residue.iter().map(left).collect();
    (!all.is_empty()).then(|| ProgressMessage::LeftInIt { all }.into())
}

/// Who is to look at what holds a namespace for longer than it should take.
pub fn look(patience: SignedDuration) -> Message {
    ProgressMessage::DeletionHeld { seconds: patience.as_secs() }.into()
}

struct Held {
    kind: String,
    message: String,
}

/// Conditions that hold.
fn conditions(status: Option<&Value>) -> Vec<Held> {
    let all = status.and_then(|status| status.get("conditions")).and_then(Value::as_array);
    let text = |condition: &Value, key: &str| {
        condition.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let holds = all.into_iter().flatten().filter(|c| text(c, "status") == "True");
    holds.map(|c| Held { kind: text(c, "type"), message: text(c, "message") }).collect()
}

/// Most objects of one status.
const MOST: usize = 32;
/// Longest text of a failure that is kept, in characters.
const TEXT: usize = 500;

fn of_condition(site: &str, kind: &str, message: &str) -> Vec<Residue> {
    let new = || Residue { site: site.to_owned(), ..Residue::default() };
    let found: Vec<Residue> = match kind {
        // "Some resources are remaining: configmaps. has 1 resource instances, pods. has 2 resource instances"
        "NamespaceContentRemaining" => counted(message, " has ")
            .map(|(resource, count)| Residue { resource: Some(resource), count, ..new() })
            .collect(),
        // "Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances"
        "NamespaceFinalizersRemaining" => counted(message, " in ")
            .map(|(finalizer, count)| Residue { finalizer: Some(finalizer), count, ..new() })
            .collect(),
        "NamespaceDeletionContentFailure"
        | "NamespaceDeletionDiscoveryFailure"
        | "NamespaceDeletionGroupVersionParsingFailure" => {
            return vec![Residue { failure: Some(message.chars().take(TEXT).collect()), ..new() }];
        }
        _ => return Vec::new(),
    };
    if found.is_empty() {
        // Kubernetes says it in other words by now: they are told as they are.
        return vec![Residue { failure: Some(message.chars().take(TEXT).collect()), ..new() }];
    }
    found.into_iter().take(MOST).collect()
}

/// `NAME JOINT COUNT resource instances`, by commas, after the colon.
fn counted<'a>(message: &'a str, joint: &'a str) -> impl Iterator<Item = (String, u32)> + 'a {
    let list = message.split_once(": ").map_or("", |(_, list)| list);
    list.split(", ").filter_map(move |part| {
        let (name, rest) = part.split_once(joint)?;
        let count = rest.split(' ').next()?.parse().ok()?;
        Some((name.trim_end_matches('.').to_owned(), count))
    })
}

#[cfg(test)]
mod tests {
    use kube::core::DynamicObject;
    use serde_json::json;

    use super::*;
    use crate::manifests::Kind;

    fn namespace(conditions: &[(&str, &str, &str)]) -> Live {
        let all: Vec<Value> = conditions
            .iter()
            .map(|(kind, status, message)| json!({"type": kind, "status": status, "message": message}))
            .collect();
        let data = json!({"status": {"phase": "Terminating", "conditions": all}});
        let metadata = kube::core::ObjectMeta::default();
        Live::of(Kind::Namespace, DynamicObject { types: None, metadata, data })
    }

    fn told(conditions: &[(&str, &str, &str)]) -> Option<String> {
        super::told(&residue("rbx1", &namespace(conditions))).map(|told| told.to_string())
    }

    #[test]
    fn what_kubernetes_counts_is_told_by_kind_and_finalizer() {
        let content = "Some resources are remaining: configmaps. has 1 resource instances, certificates.cert-manager.io has 12 resource instances";
        let finalizers = "Some content in the namespace has finalizers remaining: example.com/hold in 13 resource instances";
        let both = [
            ("NamespaceDeletionDiscoveryFailure", "False", "All resources successfully discovered"),
            ("NamespaceContentRemaining", "True", content),
            ("NamespaceFinalizersRemaining", "True", finalizers),
        ];
        let words = "left in it: 1 configmaps, 12 certificates.cert-manager.io, held by finalizer example.com/hold of 13";
        assert_eq!(told(&both).as_deref(), Some(words));
        let found = residue("rbx1", &namespace(&both));
        assert_eq!((found.len(), found[1].count, &*found[1].site), (3, 12, "rbx1"));
        assert_eq!(told(&[]), None);
    }

    #[test]
    fn failures_and_words_that_nobody_knows_are_told_as_they_are() {
        let refused =
            "Failed to delete all resource types, 1 remaining: admission webhook denied the request";
        let found = told(&[("NamespaceDeletionContentFailure", "True", refused)]).unwrap();
        assert!(found.contains(refused), "{found}");
        let found = told(&[("NamespaceContentRemaining", "True", "three things are there")]).unwrap();
        assert!(found.contains("three things"), "{found}");
        let long = "é".repeat(9_000);
        let found = residue("s", &namespace(&[("NamespaceDeletionContentFailure", "True", &long)]));
        assert_eq!(found[0].failure.as_ref().unwrap().chars().count(), TEXT);
    }
}
