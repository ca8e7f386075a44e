//! Who changed a workspace or a tenant: a note that the API leaves with each change, and the operator takes into the
//! audit log.

use kube::{Resource, ResourceExt};
use serde::{Deserialize, Serialize};

use crate::labels::{CHANGED_BY, DELETED_BY};

/// Who brought an object to a generation, as annotations [`CHANGED_BY`] and [`DELETED_BY`] say it.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangedBy {
    /// The generation that the change made: the note says nothing of any other.
    pub generation: i64,
    /// Subject of the token (claim `sub`).
    pub subject: String,
    /// Issuer of the token (claim `iss`).
    pub issuer: String,
    /// Id of the request.
    pub request: String,
}

impl ChangedBy {
    /// The note on an object, where it speaks of the spec that the object bears now.
    pub fn now<K: Resource>(object: &K) -> Option<Self> {
        Self::of(object, CHANGED_BY, ordered_generation(object))
    }

    /// The note on an object that is being deleted, where it speaks of that.
    pub fn deletion<K: Resource>(object: &K) -> Option<Self> {
        object.meta().deletion_timestamp.as_ref()?;
        Self::of(object, DELETED_BY, object.meta().generation?)
    }

    fn of<K: Resource>(object: &K, annotation: &str, generation: i64) -> Option<Self> {
        let note: Self = serde_json::from_str(object.annotations().get(annotation)?).ok()?;
        (note.generation == generation).then_some(note)
    }

    /// The annotation's value.
    pub fn to_value(&self) -> String {
        let Self { generation, subject, issuer, request } = self;
        serde_json::json!({"generation": generation, "subject": subject, "issuer": issuer, "request": request})
            .to_string()
    }
}

/// The generation that an object's spec has come to; 0 where it has none. The API server counts deletion as one more,
/// though nothing of the spec changes with it.
pub fn ordered_generation<K: Resource>(object: &K) -> i64 {
    let meta = object.meta();
    meta.generation.unwrap_or_default() - i64::from(meta.deletion_timestamp.is_some())
}

#[cfg(test)]
mod tests {
    use k8s_openapi::{apimachinery::pkg::apis::meta::v1::Time, jiff::Timestamp};

    use super::*;
    use crate::Workspace;

    #[test]
    fn a_note_speaks_of_its_own_generation_only() {
        let note = ChangedBy { generation: 3, subject: "léa".into(), ..ChangedBy::default() };
        let mut workspace = Workspace::default();
        assert_eq!(ChangedBy::now(&workspace), None);
        workspace.annotations_mut().insert(CHANGED_BY.into(), note.to_value());
        for (generation, said) in [(2, None), (3, Some(note.clone())), (4, None)] {
            workspace.metadata.generation = Some(generation);
            assert_eq!(ChangedBy::now(&workspace), said);
        }
        workspace.metadata.deletion_timestamp = Some(Time(Timestamp::UNIX_EPOCH));
        assert_eq!(ChangedBy::now(&workspace), Some(note.clone()), "deleted since, and not changed");
        assert_eq!(ChangedBy::deletion(&workspace), None, "by somebody else");
        workspace.annotations_mut().insert(DELETED_BY.into(), note.to_value());
        assert_eq!(ChangedBy::deletion(&workspace), None, "asked for before, and not what deleted it");
        workspace.metadata.generation = Some(3);
        assert_eq!(ChangedBy::deletion(&workspace), Some(note));
        workspace.metadata.deletion_timestamp = None;
        assert_eq!(ChangedBy::deletion(&workspace), None, "asked for, and refused");
        workspace.annotations_mut().insert(CHANGED_BY.into(), "nobody".into());
        assert_eq!(ChangedBy::now(&workspace), None);
    }
}
