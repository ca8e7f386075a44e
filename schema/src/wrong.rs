//! What is wrong with a value, as data: a closed list, each with a stable code and its arguments.

use serde_json::{Map, Value, json};

/// What is wrong at one place of a value.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// Where, for example `spec.apps[0].version`; empty: the whole.
    pub path: String,
    /// What stands there, where it is short enough to be shown.
    pub value: Option<Value>,
    /// What is wrong.
    pub wrong: Wrong,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum Wrong {
    /// It must be given.
    Missing,
    /// No field of that name is read.
    Unknown,
    /// It is of another type.
    Type {
        /// What it must be.
        wanted: Type,
        /// What it is.
        given: Given,
    },
    /// It is none of a few values.
    NotAllowed {
        /// What it is.
        given: Value,
        /// What it may be.
        allowed: Vec<Value>,
    },
    /// It has too few parts.
    TooFew {
        /// Of what.
        of: Part,
        /// How many it has.
        count: u64,
        /// How many it must have at least.
        least: u64,
    },
    /// It has too many parts.
    TooMany {
        /// Of what.
        of: Part,
        /// How many it has.
        count: u64,
        /// How many it may have.
        most: u64,
    },
    /// It is below the least.
    TooSmall {
        /// What it is.
        given: f64,
        /// The least.
        least: f64,
    },
    /// It is above the greatest.
    TooGreat {
        /// What it is.
        given: f64,
        /// The greatest.
        most: f64,
    },
    /// It is not of a pattern.
    Pattern {
        /// What it is.
        given: String,
        /// The pattern.
        pattern: String,
    },
    /// It is no day.
    NoDay {
        /// What it is.
        given: String,
    },
    /// The list has it already.
    Repeated,
    /// It is given more than once.
    GivenTwice,
    /// It is no name of a resource.
    Name,
    /// It is no key of a label or of an annotation.
    Key,
    /// A label cannot have this value.
    LabelValue,
    /// It breaks a rule of ours, which says what to do.
    Rule {
        /// Stable code of the rule.
        code: &'static str,
        /// What the rule says in English.
        en: String,
        /// The same in French.
        fr: String,
    },
    /// A rule could not be evaluated: a fault of ours.
    Unjudged {
        /// The rule, in CEL.
        rule: String,
        /// Why.
        why: String,
    },
}

/// A type of values.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Type {
    /// Fields by name.
    Object,
    /// Items in order.
    List,
    /// A text.
    Text,
    /// A number without a fraction.
    Whole,
    /// Any number.
    Number,
    /// True or false.
    Truth,
    /// A number without a fraction, or a text.
    WholeOrText,
}

/// A value of another type than was wanted.
#[derive(Clone, Debug, PartialEq)]
pub enum Given {
    /// Nothing.
    Null,
    /// True or false.
    Truth(bool),
    /// A number, as it is written.
    Number(String),
    /// A text.
    Text(String),
    /// Items in order.
    List,
    /// Fields by name.
    Object,
}

/// What something has too few or too many of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Part {
    /// Items of a list.
    Item,
    /// Characters of a text.
    Character,
}

impl Wrong {
    /// Stable code: programs may rely on it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Unknown => "unknown-field",
            Self::Type { .. } => "wrong-type",
            Self::NotAllowed { .. } => "not-allowed",
            Self::TooFew { of: Part::Item, .. } => "too-few-items",
            Self::TooMany { of: Part::Item, .. } => "too-many-items",
            Self::TooFew { of: Part::Character, .. } => "too-short",
            Self::TooMany { of: Part::Character, .. } => "too-long",
            Self::TooSmall { .. } => "too-small",
            Self::TooGreat { .. } => "too-great",
            Self::Pattern { .. } => "not-of-pattern",
            Self::NoDay { .. } => "no-day",
            Self::Repeated => "repeated",
            Self::GivenTwice => "given-twice",
            Self::Name => "no-name",
            Self::Key => "no-key",
            Self::LabelValue => "no-label-value",
            Self::Rule { code, .. } => code,
            Self::Unjudged { .. } => "not-judged",
        }
    }

    /// What the code is about, by name; not the value itself, which stands beside it.
    pub fn args(&self) -> Map<String, Value> {
        let args = match self {
            Self::Type { wanted, given } => json!({ "wanted": wanted.word(), "given": given.word() }),
            Self::NotAllowed { allowed, .. } => json!({ "allowed": allowed }),
            Self::TooFew { count, least, .. } => json!({ "count": count, "least": least }),
            Self::TooMany { count, most, .. } => json!({ "count": count, "most": most }),
            Self::TooSmall { least, .. } => json!({ "least": least }),
            Self::TooGreat { most, .. } => json!({ "most": most }),
            Self::Pattern { pattern, .. } => json!({ "pattern": pattern }),
            Self::Unjudged { rule, .. } => json!({ "rule": rule }),
            Self::Missing
            | Self::Unknown
            | Self::NoDay { .. }
            | Self::Repeated
            | Self::GivenTwice
            | Self::Name
            | Self::Key
            | Self::LabelValue
            | Self::Rule { .. } => Value::Null,
        };
        if let Value::Object(args) = args { args } else { Map::new() }
    }
}

impl Type {
    /// As JSON Schema calls it.
    fn word(self) -> &'static str {
        match self {
            Self::Object => "object",
            Self::List => "array",
            Self::Text => "string",
            Self::Whole => "integer",
            Self::Number => "number",
            Self::Truth => "boolean",
            Self::WholeOrText => "integer or string",
        }
    }
}

impl Given {
    /// As JSON Schema calls it.
    fn word(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Truth(_) => "boolean",
            Self::Number(_) => "number",
            Self::Text(_) => "string",
            Self::List => "array",
            Self::Object => "object",
        }
    }
}

impl From<&Value> for Given {
    fn from(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(truth) => Self::Truth(*truth),
            Value::Number(number) => Self::Number(number.to_string()),
            Value::String(text) => Self::Text(text.clone()),
            Value::Array(_) => Self::List,
            Value::Object(_) => Self::Object,
        }
    }
}
