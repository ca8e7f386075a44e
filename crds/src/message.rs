//! A message as it is kept beside its text: a stable code and its arguments, for programs and for every language.

use std::cmp::Ordering;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A language that Beffroi speaks.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Language {
    /// French, what tenants read.
    #[default]
    Fr,
    /// English, what statuses and logs hold.
    En,
}

impl Language {
    /// As BCP 47 names it.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Fr => "fr",
            Self::En => "en",
        }
    }
}

/// What is said, without words: `beffroi-core` draws the sentence from it, in each of its languages.
#[derive(JsonSchema, Clone, Debug, Default, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Said {
    /// Stable code of the message.
    pub code: String,
    /// Its arguments, by name.
    #[serde(default, skip_serializing_if = "Args::is_empty")]
    pub args: Args,
}

/// Arguments of a message, by name. An argument can be a message itself, or a list of them.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Args(pub Map<String, Value>);

impl Args {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// In the order of their JSON text.
impl Ord for Args {
    fn cmp(&self, other: &Self) -> Ordering {
        let text = |args: &Self| Value::Object(args.0.clone()).to_string();
        text(self).cmp(&text(other))
    }
}

impl PartialOrd for Args {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl JsonSchema for Args {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Args".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object", "x-kubernetes-preserve-unknown-fields": true })
    }
}
