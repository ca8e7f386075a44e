//! What a server does to its objects, as Kubernetes would: a [`Write`] → what is there → [`News`] of it.

use std::collections::BTreeMap;

use http::Method;
use jiff::Timestamp;
use serde_json::{Value, json};

/// Where something is: group and version, plural, namespace and name, as in an address.
#[derive(Clone, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Place {
    group: String,
    /// Plural.
    pub kind: String,
    namespace: String,
    /// Its name; empty where all of them are meant.
    pub name: String,
}

impl Place {
    /// Of an address, and what of the object is meant.
    pub fn of(path: &str) -> (Self, String) {
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        let (group, rest) = parts.split_at(parts.len().min(if parts[0] == "api" { 2 } else { 3 }));
        let (namespace, rest) = match rest {
            ["namespaces", namespace, rest @ ..] if !rest.is_empty() => (*namespace, rest),
            rest => ("", rest),
        };
        let part = |n: usize| rest.get(n).copied().unwrap_or_default().to_owned();
        let place =
            Self { group: group.join("/"), kind: part(0), namespace: namespace.to_owned(), name: part(1) };
        (place, part(2))
    }

    /// Of an object as a file has it.
    pub fn of_object(object: &Value) -> Self {
        let (version, kind) = (text_of(object, "/apiVersion"), text_of(object, "/kind"));
        let plural = match kind.to_lowercase().as_str() {
            "sovereigntypolicy" => "sovereigntypolicies".to_owned(),
            "storageclass" => "storageclasses".to_owned(),
            kind => format!("{kind}s"),
        };
        Self {
            group: if version == "v1" { "api/v1".to_owned() } else { format!("apis/{version}") },
            kind: plural,
            namespace: text_of(object, "/metadata/namespace"),
            name: text_of(object, "/metadata/name"),
        }
    }

    /// Whether `other` is one of those that are meant.
    pub fn holds(&self, other: &Self) -> bool {
        let kind = |place: &Self| (place.group.clone(), place.kind.clone());
        kind(self) == kind(other) && (self.namespace.is_empty() || self.namespace == other.namespace)
    }
}

/// What is asked of an object.
pub struct Write {
    pub method: Method,
    pub place: Place,
    /// What of the object is meant: nothing, or `status`.
    pub part: String,
    /// Whether it is a server-side apply.
    pub applies: bool,
    pub body: Value,
}

/// Where something happened, what, and the object then.
pub type News = (Place, &'static str, Value);

/// A code, and what is said with it.
pub type Answer = (u16, Value);

/// All objects of a server.
#[derive(Default)]
pub struct Objects {
    /// Begins each UID that the server gives.
    pub name: &'static str,
    pub all: BTreeMap<Place, Value>,
    pub version: u64,
    /// What happened since anybody was told.
    pub news: Vec<News>,
}

impl Objects {
    /// Does what is asked for.
    pub fn carry_out(&mut self, write: &Write) -> Answer {
        let Write { method, place, part, applies, body } = write;
        let only = if method == Method::DELETE { &body["preconditions"] } else { &body["metadata"] };
        let other = |there: &Value| {
            ["uid", "resourceVersion"]
                .iter()
                .any(|key| !only[key].is_null() && only[key] != there["metadata"][key])
        };
        match self.all.get(place).cloned() {
            Some(there) if method == Method::POST || other(&there) => failure(409),
            Some(there) if method == Method::DELETE => {
                self.delete(place, there);
                (200, json!({"apiVersion": "v1", "kind": "Status", "status": "Success"}))
            }
            Some(there) => {
                let mut after = there.clone();
                match (applies, part.as_str()) {
                    (true, "status") => after["status"] = body["status"].clone(),
                    (true, _) => apply(&mut after, body),
                    (false, _) => merge(&mut after, body),
                }
                if after == there {
                    return (200, there);
                }
                if after["spec"] != there["spec"] {
                    count_generation(&mut after);
                }
                if is_leaving(&after) && !is_held(&after) {
                    self.delete(place, after.clone());
                    return (200, after);
                }
                (200, self.put(place, after, "MODIFIED"))
            }
            None if method == Method::POST || (*applies && part.is_empty() && only["uid"].is_null()) => {
                if self.is_homeless(place) {
                    return failure(404);
                }
                (201, self.put(place, body.clone(), "ADDED"))
            }
            None => failure(404),
        }
    }

    /// Whether the namespace is missing that something is to be in; events may be anywhere.
    fn is_homeless(&self, place: &Place) -> bool {
        let home = |at: &Place| at.kind == "namespaces" && at.name == place.namespace;
        !place.namespace.is_empty() && place.kind != "events" && !self.all.keys().any(home)
    }

    /// What is held leaves; what is not goes, and all that is in it.
    fn delete(&mut self, place: &Place, mut object: Value) {
        if is_held(&object) {
            if !is_leaving(&object) {
                object["metadata"]["deletionTimestamp"] = json!(now());
                count_generation(&mut object);
                self.put(place, object, "MODIFIED");
            }
            return;
        }
        let inside = self.all.keys().filter(|at| place.kind == "namespaces" && at.namespace == place.name);
        for gone in inside.cloned().chain([place.clone()]).collect::<Vec<_>>() {
            if let Some(object) = self.all.get(&gone).cloned() {
                self.put(&gone, object, "DELETED");
                self.all.remove(&gone);
            }
        }
    }

    /// Puts an object, and says `what` has happened to it.
    pub fn put(&mut self, place: &Place, mut object: Value, what: &'static str) -> Value {
        self.version += 1;
        let meta = &mut object["metadata"];
        meta["resourceVersion"] = json!(self.version.to_string());
        for (key, first) in [
            ("uid", json!(format!("{}-{}", self.name, self.version))),
            ("creationTimestamp", json!(now())),
            ("generation", json!(1)),
        ] {
            if meta[key].is_null() {
                meta[key] = first;
            }
        }
        self.all.insert(place.clone(), object.clone());
        self.news.push((place.clone(), what, object.clone()));
        object
    }
}

/// Server-side apply, where nobody but us applies.
fn apply(there: &mut Value, wanted: &Value) {
    for (key, value) in wanted.as_object().into_iter().flatten() {
        if key == "metadata" {
            for key in ["labels", "annotations"] {
                there["metadata"][key] = value[key].clone();
            }
        } else {
            there[key] = value.clone();
        }
    }
}

/// A merge patch (RFC 7386).
fn merge(there: &mut Value, patch: &Value) {
    let Some(patch) = patch.as_object() else { return *there = patch.clone() };
    for (key, value) in patch {
        if !value.is_null() {
            merge(&mut there[key], value);
        } else if let Some(there) = there.as_object_mut() {
            there.remove(key);
        }
    }
}

fn count_generation(object: &mut Value) {
    let before = object["metadata"]["generation"].as_i64().unwrap_or(1);
    object["metadata"]["generation"] = json!(before + 1);
}

fn is_held(object: &Value) -> bool {
    object["metadata"]["finalizers"].as_array().is_some_and(|holders| !holders.is_empty())
}

fn is_leaving(object: &Value) -> bool {
    !object["metadata"]["deletionTimestamp"].is_null()
}

/// A refusal.
pub fn failure(code: u16) -> Answer {
    let reason = match code {
        404 => "NotFound",
        409 => "Conflict",
        _ => "InternalError",
    };
    let status = json!({
        "apiVersion": "v1", "kind": "Status", "status": "Failure", "code": code, "reason": reason,
        "message": format!("the server says {code}"),
    });
    (code, status)
}

/// The text at a pointer; empty where there is none.
pub fn text_of(object: &Value, pointer: &str) -> String {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Servers write whole seconds.
fn now() -> String {
    Timestamp::from_second(Timestamp::now().as_second()).unwrap().to_string()
}
