//! Rules of sovereignty, and what they say of something.

use beffroi_core::{
    message::{self, In},
    policy::{self, Check, Severity},
};
use beffroi_crds::{
    message::Args,
    workspace::{Judgement, Verdict},
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::language::Language;

/// A rule of sovereignty.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Rule")]
#[serde(rename_all = "camelCase")]
pub struct RuleView {
    /// Stable id, for example `JUR-02`.
    pub id: &'static str,
    /// Whether what breaks it is refused, or only told.
    pub severity: Severity,
    /// Where it comes from: a law, a reference framework.
    pub source: String,
    /// In French.
    pub fr: &'static str,
    /// In English.
    pub en: &'static str,
    /// Whether Beffroi judges it today.
    pub evaluated: bool,
    /// What its evaluation waits for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub awaits: Option<String>,
}

/// What a rule says of something. Unproven never counts as pass.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "JudgementOfRule")]
pub struct JudgementView {
    /// Id of the rule.
    pub rule: String,
    /// What it found.
    pub verdict: Verdict,
    /// Why, naming who and what.
    pub reason: String,
    /// Stable code of the reason.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub code: String,
    /// Arguments of the reason.
    #[serde(default, skip_serializing_if = "Args::is_empty")]
    pub args: Args,
    /// What the rule wants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<&'static str>,
    /// Where it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// Every rule, in the order of the law.
pub fn rules(language: Language) -> Vec<RuleView> {
    let view = |rule: &'static policy::Rule| {
        let awaits = match rule.check {
            Check::NotEvaluated(awaited) => Some(In(language, &awaited).to_string()),
            _ => None,
        };
        RuleView {
            id: rule.id,
            severity: rule.severity,
            source: In(language, &rule.source).to_string(),
            fr: rule.fr,
            en: rule.en,
            evaluated: awaits.is_none(),
            awaits,
        }
    };
    policy::all().iter().map(view).collect()
}

impl JudgementView {
    /// A judgement, with the text and the source of its rule. A rule of one's own has neither.
    pub fn of(judgement: &Judgement, language: Language) -> Self {
        let rule = policy::all().iter().find(|rule| rule.id == judgement.rule);
        Self {
            rule: judgement.rule.clone(),
            verdict: judgement.verdict,
            reason: message::drawn(language, &judgement.code, &judgement.args, &judgement.reason),
            code: judgement.code.clone(),
            args: judgement.args.clone(),
            text: rule.map(|rule| match language {
                Language::Fr => rule.fr,
                Language::En => rule.en,
            }),
            source: rule.map(|rule| In(language, &rule.source).to_string()),
        }
    }

    /// Several of them.
    pub fn all(judgements: &[Judgement], language: Language) -> Vec<Self> {
        judgements.iter().map(|judgement| Self::of(judgement, language)).collect()
    }
}
