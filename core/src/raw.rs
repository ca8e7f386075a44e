//! A status that is kept as it is but for some of its conditions: of an object that nobody could judge.

use beffroi_crds::conditions::Condition;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::conditions::{Finding, overlay};

/// The status after `findings`. Conditions that cannot be read are dropped: they say nothing.
pub fn with(
    before: Option<&Value>,
    findings: Vec<Finding>,
    generation: Option<i64>,
    now: Timestamp,
) -> Value {
    let mut status = before.filter(|status| status.is_object()).cloned().unwrap_or_else(|| json!({}));
    let known = status.get("conditions").and_then(Value::as_array).into_iter().flatten();
    let known: Vec<Condition> = known.filter_map(|c| serde_json::from_value(c.clone()).ok()).collect();
    let after = findings
        .into_iter()
        .fold(known, |conditions, finding| overlay(&conditions, finding, generation, now));
    status["conditions"] = json!(after);
    status
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{conditions::State, message::Message};

    #[test]
    fn all_but_the_finding_stays_and_what_is_told_is_told_once() {
        let before = json!({"odd": -1, "conditions": [
            {"type": "Placed", "status": "True", "reason": "AsExpected", "message": "", "lastTransitionTime": "2026-11-29T03:00:00Z"},
            {"type": "Ready", "status": 5},
        ]});
        let told = |before: Option<&Value>, at: i64| {
            let finding = Finding::new("Ready", State::Unknown, "InternalError", Message::verbatim("x"));
            with(before, vec![finding], Some(2), Timestamp::from_second(at).unwrap())
        };
        let after = told(Some(&before), 1);
        assert_eq!(after["odd"], -1);
        let conditions = after["conditions"].as_array().unwrap();
        assert_eq!((conditions.len(), &conditions[0]), (2, &before["conditions"][0]));
        assert_eq!(conditions[1]["status"], "Unknown");
        assert_eq!(told(Some(&after), 2), after);
        assert_eq!(told(None, 1)["conditions"].as_array().unwrap().len(), 1);
    }
}
