//! The rules, as a person reads them.

use std::fmt::Write;

use beffroi_core::{
    message::{In, Language},
    policy::{self, Check},
};

/// A line for each rule; those that are not judged yet say what they wait for.
pub(crate) fn text(language: Language) -> String {
    let mut out = String::new();
    for rule in policy::all() {
        let (text, not_yet) = match language {
            Language::Fr => (rule.fr, "pas encore évaluée"),
            Language::En => (rule.en, "not evaluated yet"),
        };
        let source = In(language, &rule.source);
        let state = match rule.check {
            Check::NotEvaluated(awaited) => format!(" — {not_yet} ({})", In(language, &awaited)),
            _ => String::new(),
        };
        // Writing to a string cannot fail.
        let _ =
            writeln!(out, "{:<7} {:<9} {text} [{source}]{state}", rule.id, format!("{:?}", rule.severity));
    }
    out
}
