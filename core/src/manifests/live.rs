//! What is kept of an object that is there: what identifies it, and the rest as text, which is read when its workspace is
//! looked at.
//!
//! A site of a thousand workspaces has some twenty thousand of them. As a tree in memory each of their maps, however
//! small, takes more than half a kilobyte; and a digest could not say which field another has changed.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use kube::core::DynamicObject;
use serde_json::Value;

use super::Kind;

/// Where there are none.
static NONE: BTreeMap<String, String> = BTreeMap::new();

/// An object that is there.
#[derive(Clone, Debug)]
pub struct Live {
    /// Its kind.
    pub kind: Kind,
    /// What identifies it, as it was last seen.
    pub metadata: ObjectMeta,
    /// The rest, as JSON.
    rest: Box<str>,
}

impl Live {
    /// What is kept of `object`.
    pub fn of(kind: Kind, object: DynamicObject) -> Self {
        let metadata = ObjectMeta { managed_fields: None, ..object.metadata };
        Self { kind, metadata, rest: object.data.to_string().into() }
    }

    /// Name in its namespace.
    pub fn name(&self) -> &str {
        self.metadata.name.as_deref().unwrap_or_default()
    }

    /// Its labels.
    pub fn labels(&self) -> &BTreeMap<String, String> {
        self.metadata.labels.as_ref().unwrap_or(&NONE)
    }

    /// Its annotations.
    pub fn annotations(&self) -> &BTreeMap<String, String> {
        self.metadata.annotations.as_ref().unwrap_or(&NONE)
    }

    /// Since when it is being deleted.
    pub fn deleting_since(&self) -> Option<&Time> {
        self.metadata.deletion_timestamp.as_ref()
    }

    /// Its fields beside metadata, read anew at each call.
    pub fn data(&self) -> Value {
        // It was written from such a value.
        serde_json::from_str(&self.rest).unwrap_or_default()
    }
}
