//! CEL rules: what a schema asks of a value → what is said where that is broken, in each language.
//!
//! A rule is declared once, beside the type that it is of: its stable code, its text in CEL, its English and its French.
//! Definitions bear the text and the English; [`CelRule::of`] finds the rest of what stands in one.

use std::{borrow::Cow, collections::HashMap, sync::LazyLock};

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::ValidationRule;
use kube::core::Rule;

use crate::{app, bounds, policy, provider, site, tenant, text, workspace};

/// A CEL rule of a schema.
#[derive(Clone, Debug)]
pub struct CelRule {
    /// Stable code: programs may rely on it.
    pub code: &'static str,
    /// What must hold, in CEL.
    pub rule: Cow<'static, str>,
    /// What is said where it does not, in English.
    pub en: &'static str,
    /// The same in French.
    pub fr: &'static str,
    /// What is said of the value at hand instead: CEL that yields a text.
    pub told: Option<Told>,
}

/// CEL that yields what is said of a value, in each language.
#[derive(Clone, Debug)]
pub struct Told {
    /// In English.
    pub en: String,
    /// In French.
    pub fr: String,
}

impl CelRule {
    pub(crate) const fn new(
        code: &'static str,
        rule: &'static str,
        en: &'static str,
        fr: &'static str,
    ) -> Self {
        Self { code, rule: Cow::Borrowed(rule), en, fr, told: None }
    }

    /// What was declared of a rule that stands in a definition.
    pub fn of(rule: &ValidationRule) -> Option<&'static Self> {
        static ALL: LazyLock<HashMap<(&str, &str), &CelRule>> = LazyLock::new(|| {
            CelRule::all().iter().map(|declared| ((&*declared.rule, declared.en), declared)).collect()
        });
        ALL.get(&(rule.rule.as_str(), rule.message.as_deref()?)).copied()
    }

    /// Every rule of every kind.
    pub fn all() -> &'static [Self] {
        static ALL: LazyLock<Vec<CelRule>> = LazyLock::new(|| {
            let files: [&[CelRule]; 10] = [
                RULES,
                app::RULES,
                bounds::RULES,
                policy::RULES,
                provider::RULES,
                site::RULES,
                site::network::RULES,
                site::operators::RULES,
                tenant::RULES,
                workspace::RULES,
            ];
            text::rules().into_iter().chain(files.concat()).collect()
        });
        &ALL
    }
}

/// As an attribute `validation` takes it.
impl From<CelRule> for Rule {
    fn from(declared: CelRule) -> Self {
        Self::new(declared.rule).message(declared.en)
    }
}

impl From<&CelRule> for ValidationRule {
    fn from(declared: &CelRule) -> Self {
        Self {
            rule: declared.rule.clone().into_owned(),
            message: Some(declared.en.to_owned()),
            message_expression: declared.told.as_ref().map(|told| told.en.clone()),
            ..Self::default()
        }
    }
}

/// Declares the rules of a file: each a constant that attributes name, and all of them together.
macro_rules! rules {
    ($($code:literal $name:ident: $rule:expr, $en:literal, $fr:literal;)+) => {
        $(pub(crate) const $name: $crate::rule::CelRule = $crate::rule::CelRule::new($code, $rule, $en, $fr);)+

        /// The rules that are declared here.
        pub(crate) const RULES: &[$crate::rule::CelRule] = &[$($name),+];
    };
}
pub(crate) use rules;

// Those of several kinds.
rules! {
    "metadata.name" NAME: "size(self.metadata.name) <= 63 && !self.metadata.name.contains('.')",
        "metadata.name must have at most 63 characters and no dot: others name it, in fields that take no more",
        "metadata.name a 63 caractères au plus, et pas de point : d'autres le nomment, dans des champs qui n'en admettent pas plus";
    "cidr" CIDR: "isCIDR(self)",
        "must be an address block such as 192.0.2.0/24",
        "doit être un bloc d'adresses tel que 192.0.2.0/24";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;

    /// Rules of a schema and of all below it.
    fn below(schema: &Value, found: &mut Vec<ValidationRule>) {
        if let Some(rules) = schema.get("x-kubernetes-validations") {
            found.extend(serde_json::from_value::<Vec<ValidationRule>>(rules.clone()).unwrap());
        }
        match schema {
            Value::Object(fields) => fields.values().for_each(|field| below(field, found)),
            Value::Array(items) => items.iter().for_each(|item| below(item, found)),
            _ => {}
        }
    }

    #[test]
    fn every_rule_of_every_kind_is_told_in_both_languages() {
        let mut found = Vec::new();
        below(&serde_json::to_value(crate::all()).unwrap(), &mut found);
        assert!(found.len() > 200, "{}", found.len());
        let mut told = BTreeSet::new();
        for rule in &found {
            let declared = CelRule::of(rule);
            let declared = declared.unwrap_or_else(|| panic!("declare it with rules!: {rule:?}"));
            assert_eq!(&ValidationRule::from(declared), rule);
            told.insert(declared.code);
        }
        let idle: Vec<_> = CelRule::all().iter().filter(|rule| !told.contains(rule.code)).collect();
        assert!(idle.is_empty(), "no kind has {idle:?}");
    }

    #[test]
    fn codes_are_distinct_and_french_is_french() {
        let all = CelRule::all();
        let codes: BTreeSet<_> = all.iter().map(|rule| rule.code).collect();
        let rules: BTreeSet<_> = all.iter().map(|rule| (&rule.rule, rule.en)).collect();
        assert_eq!((codes.len(), rules.len()), (all.len(), all.len()));
        for rule in all {
            assert!(!rule.fr.is_empty() && rule.fr != rule.en, "{}", rule.code);
            assert!(!rule.fr.ends_with('.') && !rule.en.ends_with('.'), "{}", rule.code);
            // Before what stands high in French, a space.
            let tight = rule.fr.match_indices([';', '?', '!']).any(|(at, _)| !rule.fr[..at].ends_with(' '));
            assert!(!tight, "{}: {}", rule.code, rule.fr);
        }
    }
}
