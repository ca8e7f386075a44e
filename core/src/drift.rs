//! Whether a live object already is what is wanted.
//!
//! Only the fields that we set count: others may be defaulted by the server or owned by someone else. Lists
//! are compared whole, so that an opening added to a network policy is seen; an empty list or map equals an
//! absent one, as the server drops them.

use serde_json::Value;

/// Paths where `live` differs from `wanted`, in order. Empty: nothing to write.
pub fn differences(wanted: &Value, live: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare(wanted, live, &mut String::new(), &mut found);
    found
}

fn compare(wanted: &Value, live: &Value, path: &mut String, found: &mut Vec<String>) {
    match (wanted, live) {
        (Value::Object(wanted), Value::Object(live)) => {
            for (key, value) in wanted {
                let length = path.len();
                path.push('.');
                path.push_str(key);
                compare(value, live.get(key).unwrap_or(&Value::Null), path, found);
                path.truncate(length);
            }
        }
        (Value::Array(wanted), Value::Array(live)) if wanted.len() == live.len() => {
            for (index, (wanted, live)) in wanted.iter().zip(live).enumerate() {
                let length = path.len();
                path.push('[');
                path.push_str(&index.to_string());
                path.push(']');
                compare(wanted, live, path, found);
                path.truncate(length);
            }
        }
        _ if wanted == live || (is_empty(wanted) && is_empty(live)) => {}
        _ => found.push(path.trim_start_matches('.').to_owned()),
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_of_others_do_not_count() {
        let wanted = json!({"spec": {"hard": {"pods": "10"}}});
        let live = json!({"spec": {"hard": {"pods": "10", "secrets": "5"}}, "status": {}});
        assert!(differences(&wanted, &live).is_empty());
    }

    #[test]
    fn an_added_opening_is_seen() {
        let wanted = json!({"spec": {"ingress": [], "podSelector": {}}});
        assert!(differences(&wanted, &json!({"spec": {"podSelector": {}}})).is_empty());
        assert_eq!(differences(&wanted, &json!({"spec": {"ingress": [{}]}})), ["spec.ingress"]);
    }

    #[test]
    fn a_changed_and_a_missing_field_are_named() {
        let wanted = json!({"a": {"b": 1}, "c": ["x", "y"]});
        assert_eq!(differences(&wanted, &json!({"a": {"b": 2}, "c": ["x", "z"]})), ["a.b", "c[1]"]);
        assert_eq!(differences(&wanted, &json!({"c": ["x"]})), ["a", "c"]);
    }
}
