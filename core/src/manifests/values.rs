//! Chart values: what the catalogue fixes, then what the workspace and its site fill in.

use beffroi_crds::{App, app::ValueSource};
use kube::ResourceExt;
use serde_json::{Map, Value};

use super::{Placed, offer, service_account};

pub(super) fn fill(placed: &Placed<'_>, app: &App) -> Value {
    let mut values = app.spec.values.clone();
    for filled in &app.spec.filled_values {
        if let Some(value) = source(placed, app, filled.from) {
            put(&mut values, &filled.path, value);
        }
    }
    Value::Object(values)
}

/// `None` where the site offers nothing of the sort: the chart's own default then stands.
fn source(placed: &Placed<'_>, app: &App, from: ValueSource) -> Option<String> {
    let domain = &placed.workspace.spec.domain;
    match from {
        ValueSource::Host => Some(format!("{}.{domain}", app.name_any())),
        ValueSource::Domain => Some(domain.to_string()),
        ValueSource::TenantTitle => Some(placed.tenant.spec.title.clone()),
        ValueSource::WorkspaceName => Some(placed.workspace.name_any()),
        ValueSource::SiteName => Some(placed.site.name_any()),
        ValueSource::StorageClass => offer::storage_classes(placed).first().map(ToString::to_string),
        ValueSource::GatewayHost => offer::gateway_hosts(placed).first().map(ToString::to_string),
        ValueSource::IngressClass => offer::ingress_class(placed).map(str::to_owned),
        ValueSource::ServiceAccount => service_account::of(app),
    }
}

/// Sets `path` (keys joined by dots); what stands in the way and is no object is replaced.
fn put(values: &mut Map<String, Value>, path: &str, value: String) {
    match path.split_once('.') {
        None => {
            values.insert(path.to_owned(), Value::String(value));
        }
        Some((key, rest)) => {
            let below = values.entry(key).or_insert_with(|| Value::Object(Map::new()));
            if !below.is_object() {
                *below = Value::Object(Map::new());
            }
            if let Value::Object(below) = below {
                put(below, rest, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn puts_values_deep_and_keeps_neighbours() {
        let Value::Object(mut values) = json!({"ingress": {"enabled": true}, "flat": 1}) else {
            unreachable!()
        };
        put(&mut values, "ingress.host", "docs.example".into());
        put(&mut values, "flat.below", "x".into());
        assert_eq!(
            Value::Object(values),
            json!({"ingress": {"enabled": true, "host": "docs.example"}, "flat": {"below": "x"}})
        );
    }
}
