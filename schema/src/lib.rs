//! What is wrong with a value, by its schema, in French and English.
//!
//! Pipeline: a custom resource of ours ([`Kind`]) or a type of ours ([`Schema::of`]) → its structural schema, whose CEL
//! rules are compiled once ([`rules`]) → a value, with what was there before it where there was something → unknown
//! fields, types, bounds and rules ([`walk`]) → each [`Fault`]: a path, and what is [`Wrong`] there, as data → a sentence
//! in a [`Language`].
//!
//! It is a second reader beside the API server, which decides: no sentence of the API server is ever read.

mod functions;
mod kind;
mod metadata;
mod quantity;
mod rules;
mod sentence;
#[cfg(test)]
mod tests;
mod walk;
mod wrong;

use std::{
    any::TypeId,
    collections::HashMap,
    sync::{Arc, LazyLock, PoisonError, RwLock},
};

use beffroi_crds::bounds;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::JSONSchemaProps;
use kube::core::schema::{OptionalEnum, OptionalIntOrString, StructuralSchemaRewriter};
use schemars::{JsonSchema, generate::SchemaSettings, transform::AddNullable};
use serde_json::Value;
use thiserror::Error;

pub use beffroi_crds::message::Language;

pub use self::{
    kind::Kind,
    wrong::{Fault, Given, Part, Type, Wrong},
};
use rules::Rules;

/// A schema of this program that it cannot use: a fault of the program.
#[derive(Clone, Debug, Error)]
pub enum SchemaError {
    /// There is no such kind.
    #[error("this program has lost the schema of {0}: report it")]
    Lost(String),
    /// It is not structural.
    #[error("this program cannot read its own schema of {0}, report it: {1}")]
    Unstructured(String, String),
    /// A rule is no CEL.
    #[error("this program cannot read a rule of its own schema, report it: {0}")]
    Rule(String),
}

/// A structural schema, with its rules ready to be evaluated.
#[derive(Debug)]
pub struct Schema {
    props: JSONSchemaProps,
    rules: Rules,
}

impl Schema {
    fn new(props: JSONSchemaProps) -> Result<Self, SchemaError> {
        let rules = Rules::of(&props)?;
        Ok(Self { props, rules })
    }

    /// That of a type, compiled once.
    ///
    /// # Errors
    /// Where the type has no structural schema.
    pub fn of<T: JsonSchema + 'static>() -> Result<Arc<Self>, SchemaError> {
        static KNOWN: LazyLock<RwLock<HashMap<TypeId, Arc<Schema>>>> = LazyLock::new(RwLock::default);
        let id = TypeId::of::<T>();
        if let Some(known) = KNOWN.read().unwrap_or_else(PoisonError::into_inner).get(&id) {
            return Ok(known.clone());
        }
        let schema = Arc::new(Self::new(structural::<T>()?)?);
        KNOWN.write().unwrap_or_else(PoisonError::into_inner).insert(id, schema.clone());
        Ok(schema)
    }

    /// Everything that is wrong with a value. What is as it was before is not judged again.
    pub fn faults(&self, value: &Value, before: Option<&Value>) -> Vec<Fault> {
        let (mut unread, mut found) = (Vec::new(), Vec::new());
        walk::unknown(&self.props, value, "", &mut unread);
        let filled = |value: &Value| {
            let mut value = value.clone();
            walk::fill(&self.props, &mut value);
            value
        };
        self.walk(&filled(value), before.map(filled).as_ref(), &mut found);
        unread.append(&mut found);
        unread
    }

    fn walk(&self, value: &Value, before: Option<&Value>, found: &mut Vec<Fault>) {
        walk::Walk { rules: &self.rules, found }.judge(&self.props, value, before, "");
    }

    /// The types of the fields of an object, by name.
    pub fn fields(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        let fields = self.props.properties.iter().flatten();
        fields.map(|(name, schema)| (name.as_str(), schema.type_.as_deref()))
    }
}

/// The schema of a type as a definition would bear it.
fn structural<T: JsonSchema>() -> Result<JSONSchemaProps, SchemaError> {
    let settings = SchemaSettings::openapi3().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    let settings = settings
        .with_transform(AddNullable::default())
        .with_transform(StructuralSchemaRewriter)
        .with_transform(OptionalEnum)
        .with_transform(OptionalIntOrString);
    let schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    let mut props: JSONSchemaProps = serde_json::from_value(schema)
        .map_err(|error| SchemaError::Unstructured(T::schema_name().into_owned(), error.to_string()))?;
    bounds::set(&mut props);
    Ok(props)
}
