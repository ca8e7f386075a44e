//! The guards of a site, and what each must say: an admission policy's spec as a site has it → [`text`] → [`digest`]
//! → compared with what chart `beffroi-site` of this version makes it say.
//!
//! The chart writes the name of Beffroi's own identity into the policies, which differs by the namespace that it is
//! installed in. Who compares knows that name, for it is its own: it is taken out before, and only that one. So one
//! list of digests holds for every site, and a policy that names another identity is not the chart's.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::evidence::canonical;

/// Guards of a site: admission policies of chart `beffroi-site`, each with a binding of its name.
pub const GUARDS: [&str; 24] = [
    "beffroi-accounts",
    "beffroi-api-access",
    "beffroi-bindings",
    "beffroi-boundaries",
    "beffroi-claims",
    "beffroi-disruptions",
    "beffroi-endpoints",
    "beffroi-flux",
    "beffroi-gateways",
    "beffroi-host",
    "beffroi-identity",
    "beffroi-images",
    "beffroi-ingresses",
    "beffroi-namespaces",
    "beffroi-neighbours",
    "beffroi-operators",
    "beffroi-placement",
    "beffroi-probes",
    "beffroi-releases",
    "beffroi-services",
    "beffroi-sizes",
    "beffroi-storage",
    "beffroi-tokens",
    "beffroi-volumes",
];

/// A guard and the digest of what it must say, a line each: generated (`make generate`) and compared with the chart
/// in the tests.
const DIGESTS: &str = include_str!("guards.txt");

/// What stands for Beffroi's own identity.
const SELF: &str = "'Beffroi itself'";

/// The digest of what each guard must say, by name.
pub fn digests() -> BTreeMap<&'static str, &'static str> {
    DIGESTS.lines().filter_map(|line| line.split_once(' ')).collect()
}

/// Everything that a policy says, as one text: with what the API server fills in, and keys in order.
pub fn text(spec: &Value) -> String {
    let mut spec = spec.clone();
    default(&mut spec, "failurePolicy", json!("Fail"));
    if let Some(matched) = spec.get_mut("matchConstraints") {
        default(matched, "matchPolicy", json!("Equivalent"));
        default(matched, "namespaceSelector", json!({}));
        default(matched, "objectSelector", json!({}));
        for rules in ["resourceRules", "excludeResourceRules"] {
            for rule in matched.get_mut(rules).and_then(Value::as_array_mut).into_iter().flatten() {
                default(rule, "scope", json!("*"));
            }
        }
    }
    let bytes = canonical::to_vec(&spec).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The digest of such a text, whoever `identity` is: the user that Beffroi acts as in this site.
pub fn digest(text: &str, identity: &str) -> String {
    if text.contains(SELF) {
        return "of no chart: it bears what stands for Beffroi's own identity".to_owned();
    }
    canonical::sha256(text.replace(&format!("'{identity}'"), SELF).as_bytes())
}

fn default(within: &mut Value, key: &str, value: Value) {
    if let Some(fields) = within.as_object_mut() {
        fields.entry(key).or_insert(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDENTITY: &str = "system:serviceaccount:beffroi-system:beffroi";

    fn policy(expression: &str) -> Value {
        json!({
            "matchConstraints": {"resourceRules": [{"apiGroups": [""], "resources": ["pods"]}]},
            "validations": [{"expression": expression}],
        })
    }

    fn of(spec: &Value, identity: &str) -> String {
        digest(&text(spec), identity)
    }

    #[test]
    fn every_guard_has_a_digest() {
        let digests = digests();
        assert_eq!(digests.keys().copied().collect::<Vec<_>>(), GUARDS);
        assert!(digests.values().all(|digest| digest.len() == 64), "{digests:?}");
    }

    #[test]
    fn what_the_server_fills_in_and_the_namespace_do_not_count() {
        let (other, mut stored) =
            ("system:serviceaccount:ailleurs:beffroi", policy(&format!("x == '{IDENTITY}'")));
        let wanted = of(&stored, IDENTITY);
        stored["failurePolicy"] = json!("Fail");
        stored["matchConstraints"]["matchPolicy"] = json!("Equivalent");
        stored["matchConstraints"]["objectSelector"] = json!({});
        stored["matchConstraints"]["namespaceSelector"] = json!({});
        stored["matchConstraints"]["resourceRules"][0]["scope"] = json!("*");
        assert_eq!(of(&stored, IDENTITY), wanted);
        assert_eq!(of(&policy(&format!("x == '{other}'")), other), wanted);
    }

    #[test]
    fn any_other_word_counts() {
        let wanted = of(&policy(&format!("x == '{IDENTITY}'")), IDENTITY);
        let mut excluding = policy(&format!("x == '{IDENTITY}'"));
        excluding["matchConditions"] = json!([{"name": "no", "expression": "false"}]);
        let mut lenient = policy(&format!("x == '{IDENTITY}'"));
        lenient["failurePolicy"] = json!("Ignore");
        let mut later = policy(&format!("x == '{IDENTITY}'"));
        later["aFieldToCome"] = json!(true);
        for other in [
            policy("true"),
            policy("x == 'system:serviceaccount:ailleurs:beffroi'"),
            // What stands for the identity is not the identity.
            policy(&format!("x == {SELF}")),
            excluding,
            lenient,
            later,
        ] {
            assert_ne!(of(&other, IDENTITY), wanted, "{other}");
        }
    }
}
