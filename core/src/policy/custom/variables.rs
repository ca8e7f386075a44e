//! What a policy's own rules see: `site`, `provider`, `tenant`, `workspace`, each the spec as it is written in
//! YAML, with `name` added (a [`Case`] knows no name of its workspace). As in Kubernetes, a field that is not
//! set is absent: ask with `has()`.

use std::collections::HashMap;

use cel::{Context, Value};
use kube::ResourceExt;
use serde::Serialize;

use crate::{facts::SiteFacts, policy::Case};

/// Names of the variables.
pub(super) const NAMES: [&str; 4] = ["site", "provider", "tenant", "workspace"];

/// The variables of one candidate site.
pub(super) fn context<'p, 'v>(case: &Case<'_>, site: &SiteFacts) -> Context<'p, 'v> {
    let spec = &site.site.spec;
    let provider = case.world.providers.get(&*spec.provider);
    let mut context = Context::default();
    let mut set = |name: &str, value| context.add_variable_from_value(name, value);
    set("site", object(spec, Some(site.site.name_any())));
    set("provider", provider.map_or(Value::Null, |p| object(&p.spec, Some(p.name_any()))));
    set("tenant", object(&case.tenant.spec, Some(case.tenant.name_any())));
    set("workspace", object(case.workspace, None));
    context
}

/// A spec as a map; what cannot be written as one is null, on which every selection is an error.
fn object(spec: &impl Serialize, name: Option<String>) -> Value {
    let Ok(serde_json::Value::Object(mut fields)) = serde_json::to_value(spec) else { return Value::Null };
    fields.extend(name.map(|name| ("name".to_owned(), name.into())));
    value(fields.into())
}

/// JSON as CEL sees it: whole numbers are `int`, never `uint`, so that they compare and add as one writes them.
fn value(json: serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(b) => b.into(),
        serde_json::Value::Number(n) => match (n.as_i64(), n.as_f64()) {
            (Some(whole), _) => whole.into(),
            (None, Some(real)) => real.into(),
            (None, None) => Value::Null,
        },
        serde_json::Value::String(text) => text.into(),
        serde_json::Value::Array(items) => items.into_iter().map(value).collect::<Vec<_>>().into(),
        serde_json::Value::Object(fields) => {
            fields.into_iter().map(|(key, field)| (key, value(field))).collect::<HashMap<_, _>>().into()
        }
    }
}
