//! An object as it comes from the API server: its text → its kind; or, where it cannot be read as such (it was stored
//! before a bound was set, or by another version's definitions), what is known of it all the same.
//!
//! What cannot be read must not be taken for what is not there: whoever watches goes on knowing of it.

use std::borrow::Cow;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::{Resource, core::ApiResource};
use serde::{Deserialize, Deserializer, de};
use serde_json::{Value, value::RawValue};

/// Longest that is told of why something cannot be read, in characters.
const WHY: usize = 400;

/// An object that may not be readable.
#[derive(Clone, Debug)]
pub enum Tolerant<K> {
    /// It is.
    Read(Box<K>),
    /// It is not.
    Unread(Box<Unreadable>),
}

/// What is known of an object that cannot be read as what it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Unreadable {
    /// Its kind.
    pub kind: ApiResource,
    /// Its name, UID and the like.
    pub meta: ObjectMeta,
    /// The field that is wrong.
    pub field: String,
    /// What is wrong with it, in the words of who reads it.
    pub why: String,
    /// Its status as it is.
    pub status: Value,
    /// Its spec as it is; nothing where that is nested too deep.
    pub spec: Value,
}

impl Unreadable {
    /// Its name, after its namespace where it has one.
    pub fn name(&self) -> String {
        path(self.meta.namespace.as_deref(), self.meta.name.as_deref().unwrap_or_default())
    }

    /// Names in a list of its spec or status, as far as they can be told.
    pub fn names(&self, pointer: &str) -> Vec<String> {
        let (part, list) = match pointer.strip_prefix("/status") {
            Some(list) => (&self.status, list),
            None => (&self.spec, pointer.strip_prefix("/spec").unwrap_or(pointer)),
        };
        let entries = part.pointer(list).and_then(Value::as_array).into_iter().flatten();
        entries.filter_map(|entry| Some(entry.get("name")?.as_str()?.to_owned())).collect()
    }
}

/// A name, after its namespace where it has one.
pub fn path(namespace: Option<&str>, name: &str) -> String {
    namespace.map_or_else(|| name.to_owned(), |namespace| format!("{namespace}/{name}"))
}

impl<'de, K> Deserialize<'de> for Tolerant<K>
where
    K: Resource<DynamicType = ()> + de::DeserializeOwned,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Text, for a reader of values gives up on what is nested deep, which the API server stores.
        let text = Box::<RawValue>::deserialize(deserializer)?;
        let mut reader = serde_json::Deserializer::from_str(text.get());
        let error = match serde_path_to_error::deserialize::<_, K>(&mut reader) {
            Ok(object) => return Ok(Self::Read(Box::new(object))),
            Err(error) => error,
        };
        let known: Known = serde_json::from_str(text.get()).map_err(de::Error::custom)?;
        let whole = |part: Option<Box<RawValue>>| {
            part.and_then(|text| serde_json::from_str(text.get()).ok()).unwrap_or_default()
        };
        let (field, why) = wrong::<K>(text.get(), error);
        Ok(Self::Unread(Box::new(Unreadable {
            kind: ApiResource::erase::<K>(&()),
            meta: known.metadata,
            field,
            why,
            status: whole(known.status),
            spec: whole(known.spec),
        })))
    }
}

/// What is looked for in an object that cannot be read.
#[derive(Deserialize)]
struct Known {
    metadata: ObjectMeta,
    #[serde(default)]
    status: Option<Box<RawValue>>,
    #[serde(default)]
    spec: Option<Box<RawValue>>,
}

/// The field, and what is wrong with it. Read as a value, its place in a text that nobody sees is not told; one that is
/// nested too deep for that is told with it.
fn wrong<K: de::DeserializeOwned>(
    text: &str,
    first: serde_path_to_error::Error<serde_json::Error>,
) -> (String, String) {
    let again = || serde_path_to_error::deserialize::<_, K>(serde_json::from_str::<Value>(text).ok()?).err();
    let error = again().unwrap_or(first);
    let field = error.path().to_string();
    (field, error.inner().to_string().chars().take(WHY).collect())
}

impl<K: Resource<DynamicType = ()>> Resource for Tolerant<K> {
    type DynamicType = ();
    type Scope = K::Scope;

    fn kind((): &()) -> Cow<'_, str> {
        K::kind(&())
    }

    fn group((): &()) -> Cow<'_, str> {
        K::group(&())
    }

    fn version((): &()) -> Cow<'_, str> {
        K::version(&())
    }

    fn plural((): &()) -> Cow<'_, str> {
        K::plural(&())
    }

    fn meta(&self) -> &ObjectMeta {
        match self {
            Self::Read(object) => object.meta(),
            Self::Unread(object) => &object.meta,
        }
    }

    fn meta_mut(&mut self) -> &mut ObjectMeta {
        match self {
            Self::Read(object) => object.meta_mut(),
            Self::Unread(object) => &mut object.meta,
        }
    }
}

#[cfg(test)]
mod tests {
    use kube::core::WatchEvent;
    use serde_json::json;

    use super::*;
    use crate::{App, Tenant, Workspace};

    fn unread<K: Resource<DynamicType = ()> + de::DeserializeOwned>(text: &str) -> Unreadable {
        match serde_json::from_str(text).unwrap() {
            Tolerant::<K>::Unread(unread) => *unread,
            Tolerant::Read(_) => panic!("it can be read"),
        }
    }

    #[test]
    fn what_is_known_of_what_cannot_be_read_stays() {
        let text = json!({
            "apiVersion": "beffroi.fr/v1alpha1", "kind": "Workspace",
            "metadata": {"name": "mairie", "namespace": "tenant-macon", "uid": "u"},
            "spec": {
                "apps": [{"name": "docs", "version": "1"}], "data": ["Staff"], "domain": "a.example",
                "deleteAfter": "9999-12-31T23:59:59Z",
            },
            "status": {"sites": [{"name": "par1", "city": "Paris", "ready": true}]},
        });
        let found = unread::<Workspace>(&text.to_string());
        assert_eq!(found.field, "spec.deleteAfter");
        assert!(!found.why.contains("line"), "{}", found.why);
        assert_eq!(
            (found.name().as_str(), found.kind.plural.as_str()),
            ("tenant-macon/mairie", "workspaces")
        );
        assert_eq!(found.names("/status/sites"), ["par1"]);
        assert_eq!(found.names("/spec/apps"), ["docs"]);
        assert!(found.names("/spec/data").is_empty() && found.names("/spec/none").is_empty());
    }

    #[test]
    fn a_number_that_is_too_great_is_named() {
        let text = json!({
            "metadata": {"name": "macon"},
            "spec": {"title": "Mâcon", "policy": "p", "quota": {"workspaces": 5_000_000_000_u64}},
        });
        let found = unread::<Tenant>(&text.to_string());
        assert!(found.why.contains("5000000000") || found.field.contains("spec"), "{}", found.why);
    }

    #[test]
    fn what_is_nested_deeper_than_we_read_is_known_too() {
        let (open, close) = ("{\"a\":".repeat(300), "}".repeat(300));
        let text = format!(
            "{{\"metadata\":{{\"name\":\"docs\"}},\"spec\":{{\"title\":\"t\",\"values\":{open}1{close}}},\"status\":{{\"x\":1}}}}"
        );
        let found = unread::<App>(&text);
        assert_eq!(
            (found.name().as_str(), &found.status, &found.spec),
            ("docs", &json!({"x": 1}), &Value::Null)
        );
        let event = format!("{{\"type\":\"ADDED\",\"object\":{text}}}");
        let event: WatchEvent<Tolerant<App>> = serde_json::from_str(&event).unwrap();
        assert!(matches!(event, WatchEvent::Added(Tolerant::Unread(_))));
    }

    #[test]
    fn what_can_be_read_is() {
        let text = serde_json::to_string(&Workspace::default()).unwrap();
        assert!(matches!(serde_json::from_str(&text).unwrap(), Tolerant::<Workspace>::Read(_)));
    }
}
