//! Parameters of a query: those that the document names ([`Documented`]) → texts as the values that they are of by the
//! schema of what is read → [checked] and read ([`Parameters`]); what does not fit names its parameter.

use std::collections::{HashMap, HashSet, hash_map::Entry};

use axum::{
    extract::{FromRequestParts, MatchedPath, Request},
    middleware::Next,
    response::{IntoResponse, Response},
};
use beffroi_schema::{self as schema, Wrong};
use http::{Method, request::Parts};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use url::form_urlencoded;
use utoipa::{IntoParams, openapi::path::ParameterIn};

use super::checked;
use crate::{
    language::Text,
    operation::{Reads, Told},
    problem::{Fault, Kind, Problem, Said, judged},
};

/// The parameters that the document names for each operation: by its method and path.
#[derive(Debug)]
pub struct Documented(HashMap<(String, String), HashSet<String>>);

impl Documented {
    /// As a document tells them.
    pub fn of(document: &Value) -> Self {
        let operations = document["paths"].as_object().into_iter().flatten().flat_map(|(path, methods)| {
            let methods = methods.as_object().into_iter().flatten();
            methods.map(move |(method, operation)| ((method.to_uppercase(), path.clone()), named(operation)))
        });
        Self(operations.collect())
    }

    /// Middleware: a parameter that nobody reads was meant to be another one, and is refused.
    pub async fn hold(&self, request: Request, next: Next) -> Response {
        match request.extensions().get::<MatchedPath>().and_then(|path| self.stranger(&request, path)) {
            Some((name, value)) => unknown(name, &value).into_response(),
            None => next.run(request).await,
        }
    }

    fn stranger(&self, request: &Request, path: &MatchedPath) -> Option<(String, String)> {
        let query = request.uri().query()?;
        let method = if request.method() == Method::HEAD { &Method::GET } else { request.method() };
        let names = self.0.get(&(method.to_string(), path.as_str().to_owned()))?;
        form_urlencoded::parse(query.as_bytes()).into_owned().find(|(name, _)| !names.contains(name))
    }
}

fn named(operation: &Value) -> HashSet<String> {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let names = parameters.filter(|one| one["in"] == "query").filter_map(|one| one["name"].as_str());
    names.map(str::to_owned).collect()
}

fn unknown(name: String, value: &str) -> Problem {
    unreadable(vec![Fault {
        field: name,
        value: Some(Value::from(value)),
        rule: Text::new("paramètre inconnu", "unknown parameter"),
        fix: fix(),
        said: Some(Said { code: Wrong::Unknown.code(), args: Map::new() }),
    }])
}

/// Parameters of a query.
#[derive(Debug)]
pub struct Parameters<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + JsonSchema + 'static> FromRequestParts<S> for Parameters<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        read(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

impl<T: IntoParams> Reads for Parameters<T> {
    fn tell(told: &mut Told) {
        told.takes::<T>(&ParameterIn::Query);
    }
}

fn read<T: DeserializeOwned + JsonSchema + 'static>(query: &str) -> Result<T, Problem> {
    let schema = checked::schema::<T>()?;
    let (mut given, mut texts, mut found) = (Map::new(), HashMap::new(), Vec::new());
    for (name, text) in form_urlencoded::parse(query.as_bytes()) {
        // Several read the same query, each its own.
        let Some((_, kind)) = schema.fields().find(|(known, _)| *known == name) else { continue };
        match texts.entry(name.clone().into_owned()) {
            Entry::Vacant(place) => {
                given.insert(name.into_owned(), typed(&text, kind));
                place.insert(Value::from(&*text));
            }
            Entry::Occupied(_) if found.iter().any(|fault: &schema::Fault| fault.path == name) => {}
            Entry::Occupied(_) => {
                found.push(schema::Fault { path: name.into(), value: None, wrong: Wrong::GivenTwice });
            }
        }
    }
    let given = Value::Object(given);
    found.extend(judged(schema.faults(&given, None)));
    if found.is_empty() {
        return checked::read(&given);
    }
    let told = found.into_iter().map(|fault| {
        let value = texts.get(&fault.path).cloned();
        Fault { value, ..Fault::of(fault, fix()) }
    });
    Err(unreadable(told.collect()))
}

/// A text as a value of its type, where it is one.
fn typed(text: &str, kind: Option<&str>) -> Value {
    let value = match kind {
        Some("integer") => text.parse::<i64>().ok().map(Value::from),
        Some("number") => text.parse::<f64>().ok().map(Value::from),
        Some("boolean") => text.parse::<bool>().ok().map(Value::from),
        _ => None,
    };
    value.unwrap_or_else(|| text.into())
}

fn unreadable(errors: Vec<Fault>) -> Problem {
    let names = errors.iter().map(|fault| fault.field.as_str()).collect::<Vec<_>>().join(", ");
    let problem = Problem::new(
        Kind::Malformed,
        format!("La demande ne peut pas être lue : corrigez {names}."),
        format!("the request cannot be read: correct {names}"),
    );
    Problem { errors, ..problem }
}

fn fix() -> Text {
    Text::new(
        "La référence de l'API (/reference) donne les paramètres et leurs types.",
        "the reference of the API (/reference) tells the parameters and their types",
    )
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
        let problem = read::<Wanted>("limit=1&limit=2&limit=3&cursor=a&cursor=b").unwrap_err();
        let codes: Vec<_> = problem.errors.iter().map(|fault| fault.said.as_ref().unwrap().code).collect();
        assert_eq!(codes, ["given-twice"; 2]);
    }
}
