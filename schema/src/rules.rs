//! The CEL rules of a schema: their text → programs, each once → a value, and what was there before → what is broken, in
//! the words that were declared with the rule.

use std::{
    collections::{HashMap, hash_map::Entry},
    fmt,
    sync::Arc,
};

use beffroi_crds::rule::CelRule;
use cel::{Context, Env, ExecutionError, Program, Value};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{JSONSchemaProps, ValidationRule};
use serde_json::Value as Json;

use crate::{
    SchemaError, functions,
    walk::{each, items, property},
    wrong::Wrong,
};

/// What was there before, as rules name it.
const BEFORE: &str = "oldSelf";

/// Programs of all rules of a schema, and of their messages, by text.
pub struct Rules {
    env: Arc<Env>,
    programs: HashMap<String, Program>,
}

impl Rules {
    /// Compiles them; nobody is judged by half of the rules.
    pub fn of(schema: &JSONSchemaProps) -> Result<Self, SchemaError> {
        let unread = |error: &dyn fmt::Display| SchemaError::Rule(error.to_string());
        let mut env = Env::stdlib();
        env.add_extension(cel::extensions::strings).map_err(|error| unread(&error))?;
        let mut texts = Vec::new();
        each(schema, "", &mut |_, schema| {
            for rule in schema.x_kubernetes_validations.iter().flatten() {
                texts.push(rule.rule.clone());
                texts.extend(rule.message_expression.clone());
                texts.extend(CelRule::of(rule).and_then(|declared| Some(declared.told.as_ref()?.fr.clone())));
            }
        });
        let mut programs = HashMap::new();
        for text in texts {
            if let Entry::Vacant(place) = programs.entry(text) {
                let program = env.compile(place.key()).map_err(|error| unread(&error))?;
                place.insert(program);
            }
        }
        Ok(Self { env: Arc::new(env), programs })
    }

    /// The rules that a value breaks, and below which field each is to be told. Where nothing was there before, those that
    /// compare with it hold.
    pub fn broken(
        &self,
        schema: &JSONSchemaProps,
        value: &Json,
        before: Option<&Json>,
    ) -> Vec<(String, Wrong)> {
        let Some(rules) = &schema.x_kubernetes_validations else { return Vec::new() };
        let (value, before) = (cel(Some(schema), value), before.map(|before| cel(Some(schema), before)));
        let judged = rules.iter().filter(|rule| before.is_some() || !self.is_transition(rule));
        let broken = judged.filter_map(|rule| {
            let unjudged = |why: String| Wrong::Unjudged { rule: rule.rule.clone(), why };
            let wrong = match self.run(&rule.rule, &value, before.as_ref()) {
                Ok(Value::Bool(true)) => return None,
                Ok(Value::Bool(false)) => self.told(rule, &value, before.as_ref()),
                Ok(_) => unjudged("it says neither yes nor no".to_owned()),
                Err(error) => unjudged(error.to_string()),
            };
            Some((rule.field_path.clone().unwrap_or_default(), wrong))
        });
        broken.collect()
    }

    fn told(&self, rule: &ValidationRule, value: &Value, before: Option<&Value>) -> Wrong {
        let said = |text: Option<&String>| match self.run(text?, value, before) {
            Ok(Value::String(said)) if !said.trim().is_empty() => Some(said.trim().to_owned()),
            _ => None,
        };
        let Some(CelRule { code, en, fr, told, .. }) = CelRule::of(rule) else {
            let fr = format!("enfreint la règle {}", rule.rule);
            let en = said(rule.message_expression.as_ref()).or_else(|| rule.message.clone());
            let en = en.unwrap_or_else(|| format!("breaks rule {}", rule.rule));
            return Wrong::Rule { code: "rule", en, fr };
        };
        let told = told.as_ref();
        let en = said(told.map(|told| &told.en)).unwrap_or_else(|| (*en).to_owned());
        let fr = said(told.map(|told| &told.fr)).unwrap_or_else(|| (*fr).to_owned());
        Wrong::Rule { code, en, fr }
    }

    /// Evaluates one text with a value as `self`, and what was there before as `oldSelf`.
    pub fn run(&self, text: &str, value: &Value, before: Option<&Value>) -> Result<Value, ExecutionError> {
        let program = self.programs.get(text).ok_or_else(|| ExecutionError::undeclared_reference(text))?;
        let mut context = Context::with_env(Arc::clone(&self.env));
        functions::declare(&mut context)?;
        context.add_variable_from_value("self", value.clone());
        if let Some(before) = before {
            context.add_variable_from_value(BEFORE, before.clone());
        }
        program.execute(&context)
    }

    /// Whether a rule compares with what was there before.
    pub fn is_transition(&self, rule: &ValidationRule) -> bool {
        self.programs.get(&rule.rule).is_some_and(|program| program.references().has_variable(BEFORE))
    }
}

impl fmt::Debug for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rules").field("programs", &self.programs.len()).finish_non_exhaustive()
    }
}

/// JSON as CEL sees it through its schema: a `number` is a double even if whole, a `date-time` is an instant, and a field
/// that is null is absent.
pub fn cel(schema: Option<&JSONSchemaProps>, json: &Json) -> Value {
    let is_number = schema.is_some_and(|schema| schema.type_.as_deref() == Some("number"));
    let is_instant = schema.is_some_and(|schema| schema.format.as_deref() == Some("date-time"));
    match json {
        Json::Null => Value::Null,
        Json::Bool(truth) => (*truth).into(),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) if !is_number => whole.into(),
            (_, Some(real)) => real.into(),
            _ => Value::Null,
        },
        Json::String(text) => match functions::instant(text).filter(|_| is_instant) {
            Some(instant) => instant.into(),
            None => text.as_str().into(),
        },
        Json::Array(list) => {
            let schema = schema.and_then(items);
            list.iter().map(|item| cel(schema, item)).collect::<Vec<_>>().into()
        }
        Json::Object(fields) => {
            let said = fields.iter().filter(|(_, value)| !value.is_null());
            let seen = said.map(|(key, value)| {
                (key.clone(), cel(schema.and_then(|schema| property(schema, key)), value))
            });
            seen.collect::<HashMap<_, _>>().into()
        }
    }
}
