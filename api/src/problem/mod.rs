//! Problems, as RFC 9457 wants them: what went wrong ([`Problem`], in both languages) → an answer that carries it →
//! its body in the language of the request ([`render`]), with the request's id.

mod allowed;
mod causes;
mod cluster;
mod kind;
pub mod length;

use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use beffroi_schema::Wrong;
use http::{HeaderValue, StatusCode, header};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

pub(crate) use self::cluster::{changed_meanwhile, precondition_failed};
pub use self::{cluster::Refused, kind::Kind};
use crate::{
    id::request_id,
    language::{Language, Text, accepted},
};

/// Most faults that are told at once.
const TOLD: usize = 32;
/// Media type of problems.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// What went wrong, before it is known in which language to say it.
#[derive(Clone, Debug)]
pub struct Problem {
    /// What kind of problem.
    pub kind: Kind,
    /// What happened here, and what to do.
    pub detail: Text,
    /// What is wrong with which field.
    pub errors: Vec<Fault>,
    /// Seconds to wait before another try.
    pub retry_after: Option<u64>,
    /// What exactly is wrong with a token, or with who vouches for it: a stable code, for the log and metrics.
    pub code: Option<&'static str>,
}

/// What is wrong with one field.
#[derive(Clone, Debug, Default)]
pub struct Fault {
    /// Path of the field, for example `apps[0].version`.
    pub field: String,
    /// The value that was given.
    pub value: Option<Value>,
    /// The rule that it breaks.
    pub rule: Text,
    /// How to put it right.
    pub fix: Text,
    /// What is wrong, for programs.
    pub said: Option<Said>,
}

/// What is wrong, without words: a stable code, and what it is about.
#[derive(Clone, Debug)]
pub struct Said {
    /// Stable code.
    pub code: &'static str,
    /// Its arguments, by name.
    pub args: Map<String, Value>,
}

impl Fault {
    /// What is wrong by a schema, and how to put it right.
    pub fn of(fault: beffroi_schema::Fault, fix: Text) -> Self {
        let beffroi_schema::Fault { path, value, wrong } = fault;
        let rule = Text::new(
            wrong.sentence(beffroi_schema::Language::Fr),
            wrong.sentence(beffroi_schema::Language::En),
        );
        let said = Some(Said { code: wrong.code(), args: wrong.args() });
        Self { field: if path.is_empty() { "/".to_owned() } else { path }, value, rule, fix, said }
    }
}

/// What is told of what was found: no more than a person reads, and nothing that we could not judge, which the API server
/// judges still.
pub fn judged(faults: Vec<beffroi_schema::Fault>) -> Vec<beffroi_schema::Fault> {
    let (unjudged, mut judged): (Vec<_>, Vec<_>) =
        faults.into_iter().partition(|fault| matches!(fault.wrong, Wrong::Unjudged { .. }));
    for fault in unjudged {
        tracing::error!(field = fault.path, wrong = ?fault.wrong, "a rule cannot be evaluated");
    }
    judged.truncate(TOLD);
    judged
}

/// A problem, as it is answered (RFC 9457).
#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Problem")]
pub struct ProblemBody {
    /// Stable address of the kind of problem.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind of problem in words.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// What happened here, and what to do.
    pub detail: String,
    /// Id of the request, to be told to whoever helps.
    pub request_id: String,
    /// What is wrong with which field.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

/// What is wrong with one field.
#[derive(Debug, JsonSchema, Serialize)]
pub struct FieldError {
    /// Path of the field, for example `apps[0].version`.
    pub field: String,
    /// The value that was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// The rule that it breaks.
    pub rule: String,
    /// How to put it right.
    pub fix: String,
    /// What is wrong as a stable code, for programs: `missing`, `wrong-type`, `too-great`, or that of a rule, such as
    /// `siret.key`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What the code is about, by name: `most` of `too-great`, for example.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub args: Map<String, Value>,
}

impl Problem {
    /// A problem of a kind, told in both languages.
    pub fn new(kind: Kind, fr: impl Into<String>, en: impl Into<String>) -> Self {
        Self { kind, detail: Text::new(fr, en), errors: Vec::new(), retry_after: None, code: None }
    }

    /// Something went wrong that should not.
    pub fn internal() -> Self {
        Self::new(
            Kind::Internal,
            "Une erreur de notre fait : donnez l'identifiant de la demande à votre hébergeur.",
            "a fault of ours: give the id of the request to your hosting provider",
        )
    }

    /// The same problem, which another try some seconds later may not meet.
    #[must_use]
    pub fn after(self, seconds: u64) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }

    /// Nothing of that name, or nothing that this person may know of: the two must not be told apart.
    pub fn not_found(name: &str) -> Self {
        Self::new(
            Kind::NotFound,
            format!("Rien ici ne porte le nom « {name} » : la liste donne les noms connus."),
            format!("nothing here is named {name}: the list has the names that are known"),
        )
    }

    /// The field is wrong.
    pub fn field(field: impl Into<String>, value: Option<Value>, rule: Text, fix: Text) -> Self {
        Self::invalid(vec![Fault { field: field.into(), value, rule, fix, said: None }])
    }

    /// Fields are wrong.
    pub fn invalid(errors: Vec<Fault>) -> Self {
        let names = errors.iter().map(|fault| fault.field.as_str()).collect::<Vec<_>>().join(", ");
        let problem = Self::new(
            Kind::Invalid,
            format!("La demande n'est pas acceptée : corrigez {names}."),
            format!("the request is not accepted: correct {names}"),
        );
        Self { errors, ..problem }
    }

    /// How it is said in one language.
    pub fn body(&self, language: Language, request_id: &str) -> ProblemBody {
        let error = |fault: &Fault| FieldError {
            field: fault.field.clone(),
            value: fault.value.clone(),
            rule: fault.rule.get(language).to_owned(),
            fix: fault.fix.get(language).to_owned(),
            code: fault.said.as_ref().map(|said| said.code.to_owned()),
            args: fault.said.as_ref().map(|said| said.args.clone()).unwrap_or_default(),
        };
        ProblemBody {
            kind: self.kind.address(),
            title: self.kind.title().get(language).to_owned(),
            status: self.kind.status().as_u16(),
            detail: self.detail.get(language).to_owned(),
            request_id: request_id.to_owned(),
            errors: self.errors.iter().map(error).collect(),
        }
    }
}

impl IntoResponse for Problem {
    /// The body is written by [`render`], which knows the language.
    fn into_response(self) -> Response {
        let mut response = self.kind.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// What is refused before a handler sees it, such as a path that is not UTF-8.
fn unread(status: StatusCode) -> Option<Problem> {
    let problem = || {
        Problem::new(
            Kind::Malformed,
            "La demande ne peut pas être lue : vérifiez l'adresse, en UTF-8.",
            "the request cannot be read: check the address, in UTF-8",
        )
    };
    (status == StatusCode::BAD_REQUEST).then(problem)
}

/// Middleware: writes the body of a problem.
pub async fn render(request: Request, next: Next) -> Response {
    let language = accepted(request.headers());
    let id = request_id(request.headers()).to_owned();
    let mut response = next.run(request).await;
    let told = response.extensions_mut().remove::<Problem>();
    let Some(problem) = told.or_else(|| unread(response.status())) else { return response };
    let status = problem.kind.status();
    let text = serde_json::to_vec(&problem.body(language, &id)).unwrap_or_default();
    let mut answer = (status, text).into_response();
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Language"));
    if let Some(seconds) = problem.retry_after {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if problem.kind == Kind::Unauthenticated {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"beffroi\""));
    }
    // What the answer already bore, such as Allow, is kept.
    for (name, value) in response.headers() {
        if !headers.contains_key(name) && name != header::CONTENT_LENGTH {
            headers.insert(name.clone(), value.clone());
        }
    }
    answer
}
