//! The CEL rules of a schema: their text → programs, each once → a value → what is broken, in the words of the schema.
//!
//! Nothing is written anew here: functions that Kubernetes adds to CEL are given to the interpreter, so that a rule says the
//! same to us as to the API server.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};

use anyhow::anyhow;
use cel::{Context, Env, ExecutionError, Program, Value, extractors::This};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{JSONSchemaProps, ValidationRule};
use regex::Regex;
use serde_json::Value as Json;

/// Programs of all rules of a schema, and of their messages, by text.
pub(crate) struct Rules {
    env: Arc<Env>,
    programs: HashMap<String, Program>,
}

impl Rules {
    /// Compiles them; nobody is judged by half of the rules.
    pub(super) fn of(schema: &JSONSchemaProps) -> anyhow::Result<Self> {
        let mut env = Env::stdlib();
        env.add_extension(cel::extensions::strings).map_err(|error| anyhow!("CEL: {error}"))?;
        let mut programs = HashMap::new();
        let mut all = Vec::new();
        super::each(schema, "", &mut |_, schema| {
            for rule in schema.x_kubernetes_validations.iter().flatten().filter(|rule| !is_transition(rule)) {
                all.extend([Some(rule.rule.clone()), rule.message_expression.clone()].into_iter().flatten());
            }
        });
        for text in all {
            if let Entry::Vacant(place) = programs.entry(text) {
                let program = env.compile(place.key()).map_err(|error| {
                    anyhow!("this program cannot read a rule of its own schema, report it: {error}")
                })?;
                place.insert(program);
            }
        }
        Ok(Self { env: Arc::new(env), programs })
    }

    /// Messages of the rules that a value breaks, and below which field each is to be told.
    pub(super) fn broken(&self, schema: &JSONSchemaProps, value: &Json) -> Vec<(String, String)> {
        let rules = schema.x_kubernetes_validations.iter().flatten();
        let value = cel(Some(schema), value);
        let broken = rules.filter(|rule| !is_transition(rule)).filter_map(|rule| {
            let told = match self.run(&rule.rule, &value) {
                Ok(Value::Bool(true)) => return None,
                Ok(Value::Bool(false)) => self.message(rule, &value),
                // As with the API server: what cannot be evaluated is refused.
                Ok(_) => format!("rule {} says neither yes nor no: report it", rule.rule),
                Err(error) => format!("rule {} cannot be evaluated, report it: {error}", rule.rule),
            };
            Some((rule.field_path.clone().unwrap_or_default(), told))
        });
        broken.collect()
    }

    fn message(&self, rule: &ValidationRule, value: &Value) -> String {
        let told = rule.message_expression.as_ref().and_then(|text| match self.run(text, value) {
            Ok(Value::String(told)) if !told.trim().is_empty() => Some(told.trim().to_owned()),
            _ => None,
        });
        told.or_else(|| rule.message.clone()).unwrap_or_else(|| format!("breaks rule {}", rule.rule))
    }

    /// Evaluates one text with a value as `self`.
    pub(super) fn run(&self, text: &str, value: &Value) -> Result<Value, ExecutionError> {
        let program = self.programs.get(text).ok_or_else(|| ExecutionError::undeclared_reference(text))?;
        let mut context = Context::with_env(Arc::clone(&self.env));
        let declared =
            context.add_function("sum", sum).and_then(|()| context.add_function("findAll", find_all));
        declared.map_err(|error| ExecutionError::function_error("self", error))?;
        context.add_variable_from_value("self", value.clone());
        program.execute(&context)
    }
}

/// Whether a rule compares with what was there before: on creation nothing was.
pub(super) fn is_transition(rule: &ValidationRule) -> bool {
    rule.rule.contains("oldSelf")
}

/// JSON as CEL sees it through its schema: a `number` is a double even if whole, and a field that is null is absent.
pub(super) fn cel(schema: Option<&JSONSchemaProps>, json: &Json) -> Value {
    let is_number = schema.is_some_and(|schema| schema.type_.as_deref() == Some("number"));
    match json {
        Json::Null => Value::Null,
        Json::Bool(truth) => (*truth).into(),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) if !is_number => whole.into(),
            (_, Some(real)) => real.into(),
            _ => Value::Null,
        },
        Json::String(text) => text.as_str().into(),
        Json::Array(items) => {
            let schema = schema.and_then(super::items);
            items.iter().map(|item| cel(schema, item)).collect::<Vec<_>>().into()
        }
        Json::Object(fields) => {
            let said = fields.iter().filter(|(_, value)| !value.is_null());
            let seen = said.map(|(key, value)| {
                (key.clone(), cel(schema.and_then(|schema| super::property(schema, key)), value))
            });
            seen.collect::<HashMap<_, _>>().into()
        }
    }
}

/// `sum` of Kubernetes' list library, for numbers.
#[allow(clippy::needless_pass_by_value)] // CEL hands values over.
fn sum(This(list): This<Arc<Vec<Value>>>) -> Result<Value, ExecutionError> {
    let wrong =
        || ExecutionError::function_error("sum", "what is added up is no number, or the sum is too great");
    let mut total = list.first().map_or(Value::Int(0), |first| match first {
        Value::Float(_) => Value::Float(0.0),
        _ => Value::Int(0),
    });
    for item in list.iter() {
        total = match (total, item) {
            (Value::Int(sum), Value::Int(item)) => Value::Int(sum.checked_add(*item).ok_or_else(wrong)?),
            (Value::Float(sum), Value::Float(item)) => Value::Float(sum + item),
            _ => return Err(wrong()),
        };
    }
    Ok(total)
}

/// `findAll` of Kubernetes' regex library.
#[allow(clippy::needless_pass_by_value)] // CEL hands values over.
fn find_all(This(text): This<Arc<String>>, pattern: Arc<String>) -> Result<Value, ExecutionError> {
    let pattern = Regex::new(&pattern).map_err(|error| ExecutionError::function_error("findAll", error))?;
    Ok(pattern.find_iter(&text).map(|found| Value::from(found.as_str())).collect::<Vec<_>>().into())
}
