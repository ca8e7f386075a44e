//! Versions of objects: `resourceVersion` ↔ `ETag`; `If-None-Match` spares a body, `If-Match` a lost update.

use std::convert::Infallible;

use axum::{
    Json,
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use serde::Serialize;

use crate::{
    language::{Language, versioned},
    problem::{Problem, precondition_failed},
};

/// What a request knows of the version.
#[derive(Clone, Debug, Default)]
pub struct Known {
    matches: Option<String>,
    none_matches: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Known {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let text =
            |name| parts.headers.get(name).and_then(|v: &HeaderValue| v.to_str().ok()).map(str::to_owned);
        Ok(Self { matches: text(header::IF_MATCH), none_matches: text(header::IF_NONE_MATCH) })
    }
}

impl Known {
    /// Whether the client says which version it changes.
    pub fn conditional(&self) -> bool {
        self.matches.is_some()
    }

    /// Refuses a change of another version than the one that the client knows.
    ///
    /// # Errors
    /// 412 where it changed meanwhile.
    pub fn may_change(&self, version: &str) -> Result<(), Problem> {
        match &self.matches {
            Some(wanted) if !holds(wanted, |tag| versioned(tag) == version) => Err(precondition_failed()),
            _ => Ok(()),
        }
    }

    /// Answers with an object, or 304 where the client has it already.
    pub fn answer<T: Serialize>(&self, version: &str, object: impl FnOnce() -> T) -> Response {
        if self.has(version) {
            return (StatusCode::NOT_MODIFIED, tag(version)).into_response();
        }
        (tag(version), Json(object())).into_response()
    }

    /// The same, with an object that one language tells.
    pub fn answer_in<T: Serialize>(
        &self,
        language: Language,
        version: &str,
        object: impl FnOnce() -> T,
    ) -> Response {
        (language, self.answer(&language.version(version), object)).into_response()
    }

    fn has(&self, version: &str) -> bool {
        self.none_matches.as_ref().is_some_and(|known| holds(known, |tag| tag == version))
    }
}

/// The headers of a version.
pub fn tag(version: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_str(&format!("\"{version}\"")) {
        headers.insert(header::ETAG, value);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers
}

/// Whether a list of entity tags has a wanted one (RFC 9110, 8.8.3); a proxy that compresses makes them weak.
fn holds(list: &str, wanted: impl Fn(&str) -> bool) -> bool {
    list.split(',')
        .map(str::trim)
        .any(|one| one == "*" || wanted(one.strip_prefix("W/").unwrap_or(one).trim_matches('"')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_stars_and_weak_tags_are_understood() {
        let names = |list: &str, version: &str| holds(list, |tag| tag == version);
        assert!(names("\"41\", W/\"42\"", "42") && names("*", "1"));
        assert!(!names("\"4\"", "42") && !names("", "42"));
    }

    #[test]
    fn what_is_known_in_one_language_is_not_known_in_another() {
        let status = |known: &str, language| {
            let known = Known { matches: None, none_matches: Some(known.to_owned()) };
            let answer = known.answer_in(language, "42", || "text");
            let header = |name| answer.headers().get(name).unwrap().to_str().unwrap().to_owned();
            assert_eq!(header(header::CONTENT_LANGUAGE), language.tag());
            assert_eq!(header(header::VARY), "Accept-Language");
            (answer.status().as_u16(), header(header::ETAG))
        };
        assert_eq!(status("\"42\"", Language::Fr), (304, "\"42\"".to_owned()));
        assert_eq!(status("\"42\"", Language::En), (200, "\"42-en\"".to_owned()));
        assert_eq!(status("\"42-en\"", Language::En).0, 304);
        assert_eq!(status("\"42-en\"", Language::Fr).0, 200);
    }

    #[test]
    fn a_change_of_another_version_is_refused() {
        let known = |tag: Option<&str>| Known { matches: tag.map(str::to_owned), none_matches: None };
        assert!(known(None).may_change("2").is_ok() && known(Some("\"2\"")).may_change("2").is_ok());
        assert!(known(Some("\"2-en\"")).may_change("2").is_ok(), "read in English");
        assert_eq!(known(Some("\"1\"")).may_change("2").unwrap_err().kind.status(), 412);
    }
}
