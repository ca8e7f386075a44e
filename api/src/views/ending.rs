//! What a workspace rests on and that has ended, or ends soon.

use beffroi_core::endings;
use beffroi_crds::ending::{Ending, Stage, What};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::language::Language;

/// Something that a workspace rests on and that has ended, or ends within 90 days.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Ending")]
#[serde(rename_all = "camelCase")]
pub struct EndingView {
    /// What it is.
    pub what: What,
    /// Kind of what it is of: `Provider`, `Site`, `App`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Last day on which it holds, in Paris.
    #[schemars(extend("format" = "date"))]
    pub last_day: String,
    /// From when on it holds no more.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub ends: Timestamp,
    /// How near that is.
    pub stage: Stage,
    /// Whether the rules that the workspace is held to ask for it.
    pub required: bool,
    /// All of that, for people.
    pub message: String,
}

impl EndingView {
    /// All of them, what ends first before the others.
    pub fn all(endings: &[Ending], language: Language) -> Vec<Self> {
        let view = |ending: &Ending| {
            let message = endings::told(ending).in_language(language);
            // Taken apart without `..`: a new field is decided upon here.
            let Ending { what, kind, name, title: _, code: _, args: _, last_day, ends, stage, required } =
                ending.clone();
            Self { what, kind, name, last_day: last_day.0, ends: ends.0, stage, required, message }
        };
        endings.iter().map(view).collect()
    }
}
