//! The rules, as a person reads them.

use std::{borrow::Cow, fmt::Write};

use beffroi_core::{
    french,
    policy::{self, Check},
};

use crate::Language;

/// A line for each rule; those that are not judged yet say what they wait for.
pub(crate) fn text(language: Language) -> String {
    let mut out = String::new();
    for rule in policy::all() {
        let (text, not_yet) = match language {
            Language::Fr => (rule.fr, "pas encore évaluée"),
            Language::En => (rule.en, "not evaluated yet"),
        };
        let source = say(language, rule.source);
        let state = match rule.check {
            Check::NotEvaluated(what) => format!(" — {not_yet} ({})", say(language, what)),
            _ => String::new(),
        };
        // Writing to a string cannot fail.
        let _ =
            writeln!(out, "{:<7} {:<9} {text} [{source}]{state}", rule.id, format!("{:?}", rule.severity));
    }
    out
}

/// What the rules keep in English.
fn say(language: Language, stored: &str) -> Cow<'_, str> {
    match language {
        Language::Fr => french::of(stored),
        Language::En => stored.into(),
    }
}
