//! Parameters of a query; what does not fit names its parameter.

use axum::extract::FromRequestParts;
use http::request::Parts;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::form_urlencoded;

use crate::{
    language::Text,
    problem::{Fault, Kind, Problem, unread_rule},
};

/// Longest name that is looked for, in characters.
const LONGEST: usize = 63;

/// Parameters of a query.
#[derive(Debug)]
pub struct Parameters<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Parameters<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        read(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

fn read<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
    let pairs = || form_urlencoded::parse(query.as_bytes());
    let given = serde_urlencoded::Deserializer::new(pairs());
    serde_path_to_error::deserialize(given).map_err(|error| {
        let (path, rule) = (error.path().to_string(), error.inner().to_string());
        // What comes twice has no path: only the message names it.
        let field = if path == "." { rule.split('`').nth(1).unwrap_or("?") } else { &path };
        let value = pairs().find(|(name, _)| name == field).map(|(_, value)| Value::from(&*value));
        let fault = Fault {
            field: field.to_owned(),
            value,
            rule: unread_rule(&rule),
            fix: Text::new(
                "La référence de l'API (/reference) donne les paramètres et leurs types.",
                "the reference of the API (/reference) tells the parameters and their types",
            ),
        };
        Problem {
            errors: vec![fault],
            ..Problem::new(
                Kind::Malformed,
                format!("La demande ne peut pas être lue : corrigez {field}."),
                format!("the request cannot be read: correct {field}"),
            )
        }
    })
}

/// Refuses a name that is longer than any that there can be.
///
/// # Errors
/// 422, naming the parameter.
pub fn name<'a>(field: &str, given: Option<&'a str>) -> Result<Option<&'a str>, Problem> {
    given.map(|name| between(field, name, 0, LONGEST).map(|()| name)).transpose()
}

/// Refuses a text that is shorter or longer than the document says.
///
/// # Errors
/// 422, naming the field, but not what it holds: it may be a secret.
pub fn between(field: &str, given: &str, least: usize, most: usize) -> Result<(), Problem> {
    let length = given.chars().count();
    if (least..=most).contains(&length) {
        return Ok(());
    }
    Err(Problem::field(
        field,
        None,
        Text::new(
            format!("de {least} à {most} caractères ; il y en a {length}"),
            format!("{least} to {most} characters; there are {length}"),
        ),
        Text::new("Vérifiez qu'il est entier, et lui seul.", "check that it is whole, and nothing else"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::page::Wanted;

    #[test]
    fn what_cannot_be_read_names_its_parameter() {
        for (query, field, value) in [
            ("limit=abc", "limit", Some("abc")),
            ("cursor=x&limit=-1", "limit", Some("-1")),
            ("limit=1&limit=2", "limit", Some("1")),
            ("limit=", "limit", Some("")),
        ] {
            let problem = read::<Wanted>(query).unwrap_err();
            assert_eq!((problem.kind, problem.errors[0].field.as_str()), (Kind::Malformed, field), "{query}");
            assert_eq!(problem.errors[0].value, value.map(Value::from), "{query}");
        }
        assert_eq!(read::<Wanted>("limit=7&other=x").unwrap().limit, Some(7));
    }

    #[test]
    fn lengths_are_those_of_the_document() {
        assert!(name("tenant", Some(&"é".repeat(63))).is_ok() && name("tenant", None).is_ok());
        assert_eq!(name("tenant", Some(&"a".repeat(64))).unwrap_err().errors[0].field, "tenant");
        assert!(between("verifier", &"a".repeat(42), 43, 128).is_err());
    }
}
