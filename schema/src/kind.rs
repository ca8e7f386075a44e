//! Objects of a custom resource, as the API server takes them: what it drops is dropped, what it fills in is filled in,
//! and the rest is judged.

use std::{collections::HashMap, sync::LazyLock, sync::OnceLock};

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::JSONSchemaProps;
use serde_json::Value;

use crate::{Schema, SchemaError, metadata, walk, wrong::Fault};

/// A kind of ours.
#[derive(Debug)]
pub struct Kind {
    /// Its schema.
    whole: JSONSchemaProps,
    /// The same without the status, which the API server drops before it looks at anything.
    written: Schema,
}

impl Kind {
    /// The one of that name, compiled once.
    ///
    /// # Errors
    /// Where there is none, or its schema cannot be used.
    pub fn named(name: &str) -> Result<&'static Self, SchemaError> {
        type Known = HashMap<String, (Option<JSONSchemaProps>, OnceLock<Result<Kind, SchemaError>>)>;
        static KNOWN: LazyLock<Known> = LazyLock::new(|| {
            let known = beffroi_crds::all().into_iter().map(|crd| {
                let mut stored = crd.spec.versions.into_iter().filter(|version| version.storage);
                let schema = stored.next().and_then(|version| version.schema?.open_api_v3_schema);
                (crd.spec.names.kind, (schema, OnceLock::new()))
            });
            known.collect()
        });
        let lost = || SchemaError::Lost(name.to_owned());
        let (schema, kind) = KNOWN.get(name).ok_or_else(lost)?;
        let compile = || Self::of(schema.clone().ok_or_else(lost)?);
        kind.get_or_init(compile).as_ref().map_err(Clone::clone)
    }

    fn of(whole: JSONSchemaProps) -> Result<Self, SchemaError> {
        let mut written = whole.clone();
        written.properties.iter_mut().for_each(|properties| drop(properties.remove("status")));
        Ok(Self { whole, written: Schema::new(written)? })
    }

    /// Everything that would be refused of an object, on creation or, with what was there before, on change. It loses what
    /// the API server drops, and gains what it fills in.
    pub fn refused(&self, object: &mut Value, before: Option<&Value>) -> Vec<Fault> {
        let (mut unread, mut found) = (Vec::new(), Vec::new());
        walk::unknown_of_object(&self.whole, object, &mut unread);
        self.prepare(object);
        let before = before.cloned().map(|mut before| {
            self.prepare(&mut before);
            before
        });
        metadata::judge(&object["metadata"], &mut found);
        self.written.walk(object, before.as_ref(), &mut found);
        unread.append(&mut found);
        unread
    }

    fn prepare(&self, object: &mut Value) {
        if let Value::Object(fields) = &mut *object {
            fields.remove("status");
        }
        walk::prune(&self.written.props, object);
        walk::fill(&self.written.props, object);
    }

    #[cfg(test)]
    pub(crate) fn schema(&self) -> &Schema {
        &self.written
    }
}
