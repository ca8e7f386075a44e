//! What is sent, checked: a value → the schema of the type that is read → everything that is wrong with it, by field, in
//! both languages; and what is right, read.

use beffroi_schema::Schema;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{
    language::Text,
    problem::{Fault, Problem, judged},
};

/// Reads a value of a type.
///
/// # Errors
/// [`Kind::Invalid`](crate::problem::Kind::Invalid), with each field that does not fit.
pub fn parse<T: DeserializeOwned + JsonSchema + 'static>(value: &Value) -> Result<T, Problem> {
    check::<T>(value, None)?;
    read(value)
}

/// Reads what a change makes of a value: what is as it was before is not judged again.
///
/// # Errors
/// As [`parse`].
pub fn changed<T: DeserializeOwned + JsonSchema + 'static>(
    value: &Value,
    before: &Value,
) -> Result<T, Problem> {
    check::<T>(value, Some(before))?;
    read(value)
}

/// Refuses a value that is not of a type.
///
/// # Errors
/// As [`parse`].
pub fn check<T: JsonSchema + 'static>(value: &Value, before: Option<&Value>) -> Result<(), Problem> {
    let schema = schema::<T>()?;
    let faults = judged(schema.faults(value, before));
    if faults.is_empty() {
        return Ok(());
    }
    let fix = Text::new(
        "La référence de l'API (/reference) donne les champs et leurs types.",
        "the reference of the API (/reference) tells the fields and their types",
    );
    Err(Problem::invalid(faults.into_iter().map(|fault| Fault::of(fault, fix.clone())).collect()))
}

/// Reads what was checked: what is refused nevertheless is a fault of ours.
///
/// # Errors
/// [`Kind::Internal`](crate::problem::Kind::Internal).
pub fn read<T: DeserializeOwned>(value: &Value) -> Result<T, Problem> {
    T::deserialize(value).map_err(|error| {
        tracing::error!(%error, kind = std::any::type_name::<T>(), "its schema takes what cannot be read");
        Problem::internal()
    })
}

/// The schema of a type.
///
/// # Errors
/// [`Kind::Internal`](crate::problem::Kind::Internal), where it cannot be used.
pub fn schema<T: JsonSchema + 'static>() -> Result<std::sync::Arc<Schema>, Problem> {
    Schema::of::<T>().map_err(|error| {
        tracing::error!(%error, "a schema cannot be used");
        Problem::internal()
    })
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;
    use crate::problem::Kind as Problems;

    #[derive(Debug, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    struct Order {
        #[expect(dead_code, reason = "it is read")]
        sites: u32,
        #[expect(dead_code, reason = "it is read")]
        apps: Option<Vec<App>>,
    }

    /// As types of custom resources are: they ignore what they do not know.
    #[derive(Debug, Deserialize, JsonSchema)]
    struct App {
        #[expect(dead_code, reason = "it is read")]
        version: Option<String>,
    }

    #[derive(Debug, Deserialize, JsonSchema)]
    enum Kind {
        Staff,
    }

    #[derive(Debug, Deserialize, JsonSchema)]
    struct Orders {
        #[expect(dead_code, reason = "it is read")]
        all: Vec<Order>,
        #[expect(dead_code, reason = "it is read")]
        kind: Kind,
    }

    #[test]
    fn what_does_not_fit_names_its_field() {
        for (body, field) in [
            (json!({"sites": "two"}), "sites"),
            (json!({"site": 2}), "site"),
            (json!({}), "sites"),
            (json!(3), "/"),
            (json!({"sites": 5_000_000_000_u64}), "sites"),
            (json!({"sites": 2, "apps": [{}, {"version": "1", "versoin": "1"}]}), "apps[1].versoin"),
            (json!({"sites": 2, "apps": [{"version": 1}]}), "apps[0].version"),
        ] {
            let problem = parse::<Order>(&body).unwrap_err();
            assert_eq!((problem.kind, &*problem.errors[0].field), (Problems::Invalid, field), "{body}");
        }
        assert!(parse::<Order>(&json!({"sites": 2, "apps": null})).is_ok());
    }

    #[test]
    fn a_list_is_no_object_and_an_object_no_word() {
        let good = json!({"all": [{"sites": 2}, {"sites": 3}], "kind": "Staff"});
        assert!(parse::<Orders>(&good).is_ok());
        for (body, field) in [
            (json!([[{"sites": 2}], "Staff"]), "/"),
            (json!({"all": [{"sites": 2}, [3]], "kind": "Staff"}), "all[1]"),
            (json!({"all": [], "kind": {"Staff": null}}), "kind"),
        ] {
            let problem = parse::<Orders>(&body).unwrap_err();
            assert_eq!(problem.errors.len(), 1, "{problem:?}");
            assert_eq!(problem.errors[0].field, field, "{body}");
        }
    }

    #[test]
    fn what_stood_there_before_does_not_keep_anybody_from_changing_the_rest() {
        let before = json!({"sites": 1, "apps": [{"version": 1}]});
        assert!(check::<Order>(&json!({"sites": 2, "apps": [{"version": 1}]}), Some(&before)).is_ok());
        assert!(check::<Order>(&json!({"sites": -1, "apps": [{"version": 1}]}), Some(&before)).is_err());
    }
}
