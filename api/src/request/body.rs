//! A JSON body: content type → length → fields; what does not fit names its field.

use std::{collections::BTreeMap, time::Duration};

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
};
use http::{HeaderMap, header::CONTENT_TYPE};
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_ignored::Path;
use serde_json::{Map, Value};
use tokio::time::timeout;

use crate::{
    language::Text,
    problem::{Kind, Problem, at, unread_rule},
    schema,
};

/// Longest body that is read, in bytes.
pub const LONGEST: usize = 64 * 1024;
/// How long a body may take to come.
const PATIENCE: Duration = Duration::from_secs(10);
/// Numbers below this are whole where they say so: 2⁵³.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A JSON body of known fields.
#[derive(Debug)]
pub struct Body<T>(pub T);

/// A JSON object of which some fields are read apart from the others.
#[derive(Debug)]
pub struct Fields(Map<String, Value>);

/// A JSON merge patch (RFC 7396): an object of fields to set, `null` to take away.
#[derive(Debug)]
pub struct Merge(pub Value);

impl<S: Send + Sync, T: DeserializeOwned + Serialize> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        typed(request.headers(), &["application/json"])?;
        parse(&json(request, state).await?).map(Self)
    }
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        typed(request.headers(), &["application/json"])?;
        match json(request, state).await? {
            Value::Object(fields) => Ok(Self(fields)),
            other => Err(wrong(&other, "/", Text::new("est attendu : un objet", "expected: an object"))),
        }
    }
}

impl Fields {
    /// Those of an example.
    #[cfg(test)]
    pub fn given(value: &Value) -> Self {
        Self(value.as_object().cloned().unwrap_or_default())
    }

    /// Takes a field that must be there.
    ///
    /// # Errors
    /// [`Kind::Invalid`].
    pub fn take<T: DeserializeOwned + Serialize>(&mut self, name: &str) -> Result<T, Problem> {
        let value = self.0.remove(name);
        let mut read: BTreeMap<String, T> =
            parse(&value.into_iter().map(|value| (name.to_owned(), value)).collect())?;
        read.remove(name).ok_or_else(|| {
            let rule = Text::new("champ obligatoire", "required");
            wrong(&Value::Null, name, rule)
        })
    }

    /// Whether a field is there.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Reads the others.
    ///
    /// # Errors
    /// [`Kind::Invalid`].
    pub fn rest<T: DeserializeOwned + Serialize>(self) -> Result<T, Problem> {
        parse(&Value::Object(self.0))
    }

    /// Takes the others for a patch.
    pub fn patch(self) -> Merge {
        Merge(Value::Object(self.0))
    }
}

impl<S: Send + Sync> FromRequest<S> for Merge {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        typed(request.headers(), &["application/merge-patch+json", "application/json"])?;
        let value = json(request, state).await?;
        if value.is_object() {
            return Ok(Self(value));
        }
        Err(Problem::new(
            Kind::Malformed,
            "Le corps doit être un objet JSON : les champs à changer (RFC 7396).",
            "the body must be a JSON object: the fields to change (RFC 7396)",
        ))
    }
}

impl Merge {
    /// Refuses a patch that names a field which its schema `T` does not.
    ///
    /// # Errors
    /// [`Kind::Invalid`].
    pub fn only<T: JsonSchema>(&self) -> Result<(), Problem> {
        let stranger = schema::stranger(&T::schema_name(), &self.0);
        let rule =
            || Text::new("champ inconnu, ou qui ne change pas", "unknown field, or one that does not change");
        stranger.map_or(Ok(()), |field| Err(wrong(&self.0, &field, rule())))
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

/// Reads fields; what is unknown, missing or of another type is named, however deep it lies.
///
/// # Errors
/// [`Kind::Invalid`].
pub fn parse<T: DeserializeOwned + Serialize>(value: &Value) -> Result<T, Problem> {
    let mut unknown = None;
    let mut note = |path: Path<'_>| {
        unknown.get_or_insert_with(|| name(&path));
    };
    let known = serde_ignored::Deserializer::new(value, &mut note);
    let read = serde_path_to_error::deserialize(known).map_err(|error| {
        let path = error.path().to_string();
        let rule = unread_rule(&error.inner().to_string());
        wrong(value, if path == "." { "/" } else { &path }, rule)
    })?;
    if let Some(field) = unknown {
        return Err(wrong(value, &field, Text::new("champ inconnu", "unknown field")));
    }
    // Serde takes a list for an object, field by field, and an object for a word: the document does not.
    match differs(value, &serde_json::to_value(&read).unwrap_or_default(), "") {
        None => Ok(read),
        Some((path, rule)) => Err(wrong(value, if path.is_empty() { "/" } else { &path }, rule)),
    }
}

/// The first place where what was given is of another kind than what was understood.
fn differs(given: &Value, understood: &Value, path: &str) -> Option<(String, Text)> {
    match (given, understood) {
        (Value::Object(given), Value::Object(understood)) => understood.iter().find_map(|(name, field)| {
            let dot = if path.is_empty() { "" } else { "." };
            differs(given.get(name)?, field, &format!("{path}{dot}{name}"))
        }),
        (Value::Array(given), Value::Array(understood)) => {
            let mut pairs = given.iter().zip(understood).enumerate();
            pairs.find_map(|(index, (given, item))| differs(given, item, &format!("{path}[{index}]")))
        }
        (Value::Array(_), Value::Object(_)) => {
            Some((path.to_owned(), Text::new("est attendu : un objet", "expected: an object")))
        }
        (Value::Object(_), Value::String(_)) => {
            Some((path.to_owned(), Text::new("est attendu : un texte", "expected: a text")))
        }
        _ => None,
    }
}

fn wrong(body: &Value, field: &str, rule: Text) -> Problem {
    let fix = Text::new(
        "La référence de l'API (/reference) donne les champs et leurs types.",
        "the reference of the API (/reference) tells the fields and their types",
    );
    Problem::field(field, at(body, field).filter(|given| !given.is_object()).cloned(), rule, fix)
}

/// A path as problems name fields: `apps[0].version`.
fn name(path: &Path<'_>) -> String {
    match path {
        Path::Root => String::new(),
        Path::Seq { parent, index } => format!("{}[{index}]", name(parent)),
        Path::Map { parent, key } => match name(parent) {
            before if before.is_empty() => key.clone(),
            before => format!("{before}.{key}"),
        },
        Path::Some { parent } | Path::NewtypeStruct { parent } | Path::NewtypeVariant { parent } => {
            name(parent)
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
    use serde::Deserialize;
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
            assert_eq!(Merge(patch).applied_to(target), result);
        }
    }

    #[test]
    fn whole_numbers_are_whole_however_they_are_written() {
        let read = |text: &str| whole(serde_json::from_str(text).unwrap());
        assert_eq!(read(r#"{"a": [2.0, 2e2, -0.0]}"#), json!({"a": [2, 200, 0]}));
        assert_eq!(read("[2.5, 1e300, 7, \"2.0\"]"), json!([2.5, 1e300, 7, "2.0"]));
    }

    #[derive(Debug, Deserialize, Serialize)]
    #[serde(deny_unknown_fields)]
    struct Order {
        sites: u32,
        apps: Option<Vec<App>>,
    }

    /// As types of custom resources are: they ignore what they do not know.
    #[derive(Debug, Deserialize, Serialize)]
    struct App {
        version: Option<String>,
    }

    #[derive(Debug, Deserialize, Serialize)]
    enum Kind {
        Staff,
    }

    #[derive(Debug, Deserialize, Serialize)]
    struct Orders {
        all: Vec<Order>,
        kind: Kind,
    }

    #[test]
    fn what_does_not_fit_names_its_field() {
        for (body, field) in [
            (json!({"sites": "two"}), "sites"),
            (json!({"site": 2}), "site"),
            (json!({}), "/"),
            (json!(3), "/"),
            (json!({"sites": 2, "apps": [{}, {"version": "1", "versoin": "1"}]}), "apps[1].versoin"),
            (json!({"sites": 2, "apps": [{"version": 1}]}), "apps[0].version"),
        ] {
            let problem = parse::<Order>(&body).unwrap_err();
            assert_eq!(problem.errors[0].field, field, "{body}");
        }
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
            assert_eq!(problem.errors[0].field, field, "{body}");
        }
    }
}
