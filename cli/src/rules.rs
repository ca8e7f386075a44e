//! The rules, as a person reads them.

use std::fmt::Write;

use beffroi_core::{
    french,
    policy::{self, Check},
};

use crate::Language;

/// A line for each rule; those that are not judged yet say what they wait for.
pub(crate) fn text(language: Language) -> String {
    let mut out = String::new();
    for rule in policy::all() {
        let (text, source) = match language {
            Language::Fr => (rule.fr, french::of(rule.source)),
            Language::En => (rule.en, rule.source.into()),
        };
        let state = match (&rule.check, language) {
            (Check::NotEvaluated(what), Language::Fr) => {
                format!(" — pas encore évaluée ({})", french::of(what))
            }
            (Check::NotEvaluated(what), Language::En) => format!(" — not evaluated yet ({what})"),
            _ => String::new(),
        };
        // Writing to a string cannot fail.
        let _ =
            writeln!(out, "{:<7} {:<9} {text} [{source}]{state}", rule.id, format!("{:?}", rule.severity));
    }
    out
}
