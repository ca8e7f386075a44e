//! Conditions: what holds of an object, since when.

use beffroi_core::message;
use beffroi_crds::{
    conditions::{Condition, READY},
    message::Args,
};
use jiff::Timestamp;
use kube::ResourceExt;
use schemars::JsonSchema;
use serde::Serialize;

use crate::language::Language;

/// Something that holds of an object, or does not, or that nobody knows.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Condition")]
pub struct ConditionView {
    /// What, for example `Located`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether it holds.
    pub status: Status,
    /// Why, as a stable word.
    pub reason: String,
    /// Why, for people.
    pub message: String,
    /// Stable code of the message; absent where nothing needs to be said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub code: String,
    /// Arguments of the message.
    #[serde(default, skip_serializing_if = "Args::is_empty")]
    pub args: Args,
    /// Since when.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub since: Timestamp,
}

/// Whether something holds.
#[derive(Clone, Copy, Debug, Default, Eq, JsonSchema, PartialEq, Serialize)]
#[schemars(rename = "ConditionStatus")]
#[allow(missing_docs)]
pub enum Status {
    True,
    False,
    #[default]
    Unknown,
}

impl From<&str> for Status {
    fn from(text: &str) -> Self {
        match text {
            "True" => Self::True,
            "False" => Self::False,
            _ => Self::Unknown,
        }
    }
}

impl ConditionView {
    /// A condition, its message in one language.
    pub fn of(condition: &Condition, language: Language) -> Self {
        Self {
            kind: condition.type_.clone(),
            status: condition.status.as_str().into(),
            reason: condition.reason.clone(),
            message: told(condition, language),
            code: condition.code.clone(),
            args: condition.args.clone(),
            since: condition.last_transition_time.0,
        }
    }
}

/// The message of a condition in one language.
pub fn told(condition: &Condition, language: Language) -> String {
    message::drawn(language, &condition.code, &condition.args, &condition.message)
}

/// All of them.
pub fn views(conditions: &[Condition], language: Language) -> Vec<ConditionView> {
    conditions.iter().map(|condition| ConditionView::of(condition, language)).collect()
}

/// One of them.
pub fn find<'a>(conditions: &'a [Condition], kind: &str) -> Option<&'a Condition> {
    conditions.iter().find(|condition| condition.type_ == kind)
}

/// Whether one of them holds.
pub fn status(conditions: &[Condition], kind: &str) -> Status {
    find(conditions, kind).map(|condition| condition.status.as_str().into()).unwrap_or_default()
}

/// Whether an object is ready: not while it goes, though the operator has not said so yet.
pub fn ready(object: &impl ResourceExt, conditions: &[Condition]) -> Status {
    let leaving = object.meta().deletion_timestamp.is_some();
    if leaving { Status::False } else { status(conditions, READY) }
}
