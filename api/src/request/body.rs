//! A JSON body: content type → length → JSON → fields, which are [checked](super::checked) and read.

use std::{collections::BTreeMap, marker::PhantomData, time::Duration};

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
};
use beffroi_schema::Wrong;
use http::{HeaderMap, header::CONTENT_TYPE};
use schemars::JsonSchema;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use tokio::time::timeout;

use super::checked::{check, parse, read};
use crate::{
    language::Text,
    operation::{JSON, Reads, Told},
    problem::{Fault, Kind, Problem, Said},
    schema,
};

/// Longest body that is read, in bytes.
pub const LONGEST: usize = 64 * 1024;
/// Media type of a merge patch (RFC 7396).
const MERGE_PATCH: &str = "application/merge-patch+json";
/// How long a body may take to come.
const PATIENCE: Duration = Duration::from_secs(10);
/// Numbers below this are whole where they say so: 2⁵³.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A JSON body of known fields.
#[derive(Debug)]
pub struct Body<T>(pub T);

/// The fields of a JSON object, some of which are read apart from the others.
#[derive(Debug, Deserialize)]
pub struct Fields(Map<String, Value>);

/// A JSON object that the document tells as a `T`, whose fields are read apart.
#[derive(Debug)]
pub struct Apart<T> {
    /// The fields.
    pub fields: Fields,
    told: PhantomData<fn() -> T>,
}

/// A JSON merge patch (RFC 7396): an object of fields to set, `null` to take away. Its schema `T` says which there are.
#[derive(Debug)]
pub struct Merge<T>(Value, PhantomData<fn() -> T>);

impl<S: Send + Sync, T: DeserializeOwned + JsonSchema + 'static> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        typed(request.headers(), &[JSON])?;
        parse(&json(request, state).await?).map(Self)
    }
}

impl<T: JsonSchema + 'static> Reads for Body<T> {
    fn tell(told: &mut Told) {
        told.takes_body::<T>(JSON);
    }
}

impl<S: Send + Sync, T> FromRequest<S> for Apart<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        typed(request.headers(), &[JSON])?;
        let body = json(request, state).await?;
        check::<Map<String, Value>>(&body, None)?;
        Ok(Self { fields: read(&body)?, told: PhantomData })
    }
}

impl<T: JsonSchema + 'static> Reads for Apart<T> {
    fn tell(told: &mut Told) {
        told.takes_body::<T>(JSON);
    }
}

impl Fields {
    /// Refuses what is not of a type.
    ///
    /// # Errors
    /// [`Kind::Invalid`], with each field that does not fit.
    pub fn check<T: JsonSchema + 'static>(&self) -> Result<(), Problem> {
        check::<T>(&Value::Object(self.0.clone()), None)
    }

    /// Takes an id, the one field that is read apart from a patch.
    ///
    /// # Errors
    /// [`Kind::Invalid`], where it is no text.
    pub fn id(&mut self, name: &str) -> Result<String, Problem> {
        let id = Map::from_iter(self.0.remove_entry(name));
        let mut read: BTreeMap<String, String> = parse(&Value::Object(id))?;
        read.remove(name).ok_or_else(Problem::internal)
    }

    /// Takes a field that was checked.
    ///
    /// # Errors
    /// [`Kind::Internal`], where it was not.
    pub fn take<T: DeserializeOwned>(&mut self, name: &str) -> Result<T, Problem> {
        read(&self.0.remove(name).unwrap_or_default())
    }

    /// Whether a field is there.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Reads the others, which were checked.
    ///
    /// # Errors
    /// [`Kind::Internal`], where they were not.
    pub fn rest<T: DeserializeOwned>(self) -> Result<T, Problem> {
        read(&Value::Object(self.0))
    }

    /// Takes the others for a patch.
    pub fn patch<T>(self) -> Merge<T> {
        Merge(Value::Object(self.0), PhantomData)
    }
}

impl<S: Send + Sync, T> FromRequest<S> for Merge<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        typed(request.headers(), &[MERGE_PATCH, JSON])?;
        let value = json(request, state).await?;
        if value.is_object() {
            return Ok(Self(value, PhantomData));
        }
        Err(Problem::new(
            Kind::Malformed,
            "Le corps doit être un objet JSON : les champs à changer (RFC 7396).",
            "the body must be a JSON object: the fields to change (RFC 7396)",
        ))
    }
}

impl<T: JsonSchema + 'static> Reads for Merge<T> {
    fn tell(told: &mut Told) {
        told.takes_body::<T>(MERGE_PATCH);
    }
}

impl<T: JsonSchema> Merge<T> {
    /// Refuses a patch that names a field which its schema does not.
    ///
    /// # Errors
    /// [`Kind::Invalid`].
    pub fn check(&self) -> Result<(), Problem> {
        let Some(field) = schema::stranger::<T>(&self.0) else { return Ok(()) };
        Err(Problem::invalid(vec![Fault {
            field,
            rule: Text::new(
                "champ inconnu, ou qui ne change pas",
                "unknown field, or one that does not change",
            ),
            fix: Text::new(
                "La référence de l'API (/reference) donne les champs qui changent.",
                "the reference of the API (/reference) tells the fields that change",
            ),
            said: Some(Said { code: Wrong::Unknown.code(), args: Map::new() }),
            ..Fault::default()
        }]))
    }

    /// What `target` is once the patch is applied.
    pub fn applied_to(&self, mut target: Value) -> Value {
        merge(&mut target, &self.0);
        target
    }
}

/// RFC 7396, 2.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(fields) = patch else {
        target.clone_from(patch);
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let Value::Object(map) = target else { return };
    for (name, value) in fields {
        if value.is_null() {
            map.remove(name);
        } else {
            merge(map.entry(name).or_insert(Value::Null), value);
        }
    }
}

fn typed(headers: &HeaderMap, wanted: &[&str]) -> Result<(), Problem> {
    let given = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim();
    if wanted.iter().any(|wanted| essence.eq_ignore_ascii_case(wanted)) {
        return Ok(());
    }
    let wanted = wanted.join(", ");
    Err(Problem::new(
        Kind::UnsupportedMediaType,
        format!("Content-Type est « {essence} » : envoyez {wanted}."),
        format!("Content-Type is \"{essence}\": send {wanted}"),
    ))
}

async fn json<S: Send + Sync>(request: Request, state: &S) -> Result<Value, Problem> {
    let read = timeout(PATIENCE, Bytes::from_request(request, state)).await.map_err(|_| {
        Problem::new(
            Kind::SlowBody,
            "Le corps n'est pas arrivé à temps : rien n'a été fait.",
            "the body did not come in time: nothing was done",
        )
    })?;
    let bytes = read.map_err(|rejection| {
        if rejection.status() == http::StatusCode::PAYLOAD_TOO_LARGE {
            Problem::new(
                Kind::TooLarge,
                format!("Le corps dépasse {LONGEST} octets."),
                format!("the body is longer than {LONGEST} bytes"),
            )
        } else {
            Problem::new(Kind::Malformed, "Le corps n'a pas pu être lu.", "the body could not be read")
        }
    })?;
    let read: Result<Value, _> = serde_json::from_slice(&bytes);
    read.map(whole).map_err(|error| {
        Problem::new(
            Kind::Malformed,
            format!("Le corps n'est pas du JSON : ligne {}, colonne {}.", error.line(), error.column()),
            format!("the body is not JSON: {error}"),
        )
    })
}

/// To JSON, `2.0` is `2` (JSON Schema 2020-12, 4.2.3).
fn whole(value: Value) -> Value {
    match value {
        Value::Number(number) => {
            let whole = number.as_f64().filter(|n| n.fract() == 0.0 && n.abs() < EXACT && number.is_f64());
            #[allow(clippy::cast_possible_truncation, reason = "it is whole, and small enough")]
            whole.map_or(Value::Number(number), |n| Value::from(n as i64))
        }
        Value::Array(items) => items.into_iter().map(whole).collect(),
        Value::Object(fields) => fields.into_iter().map(|(name, field)| (name, whole(field))).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The examples of RFC 7396, appendix A, that are objects.
    #[test]
    fn patches_merge_as_the_rfc_says() {
        for (target, patch, result) in [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "b"}), json!({"b": "c"}), json!({"a": "b", "b": "c"})),
            (json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"})),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": {"b": "c"}}), json!({"a": {"b": "d", "c": null}}), json!({"a": {"b": "d"}})),
            (json!({"a": [1]}), json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}})),
        ] {
            assert_eq!(Merge::<Value>(patch, PhantomData).applied_to(target), result);
        }
    }

    #[test]
    fn whole_numbers_are_whole_however_they_are_written() {
        let read = |text: &str| whole(serde_json::from_str(text).unwrap());
        assert_eq!(read(r#"{"a": [2.0, 2e2, -0.0]}"#), json!({"a": [2, 200, 0]}));
        assert_eq!(read("[2.5, 1e300, 7, \"2.0\"]"), json!([2.5, 1e300, 7, "2.0"]));
    }
}
