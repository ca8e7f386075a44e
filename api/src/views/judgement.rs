//! What a rule says of something.

use beffroi_core::{
    message::{self, In},
    policy,
};
use beffroi_crds::{
    message::Args,
    workspace::{Judgement, Verdict},
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::language::Language;

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
