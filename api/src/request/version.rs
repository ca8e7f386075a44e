//! Versions of objects: kind and `resourceVersion` ↔ `ETag`; `If-None-Match` spares a body, `If-Match` a lost update.

use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use beffroi_core::evidence::canonical::sha256;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request::Parts};
use kube::Resource;
use serde::Serialize;

use crate::{
    language::{Language, versioned},
    problem::{Kind, Problem},
};

/// What a request knows of the version.
#[derive(Clone, Debug, Default)]
pub struct Known {
    matches: Option<String>,
    none_matches: Option<String>,
}

/// What stands for an answer as it is, without its quotes: another one where anything of it differs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Tag(String);

impl<S: Send + Sync> FromRequestParts<S> for Known {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let list = |name: HeaderName| {
            let lines = parts.headers.get_all(name).iter().map(HeaderValue::to_str);
            lines.collect::<Result<Vec<_>, _>>().map(|lines| (!lines.is_empty()).then(|| lines.join(",")))
        };
        let unreadable = |_| {
            Problem::new(
                Kind::Malformed,
                "If-Match ne peut pas être lu : renvoyez l'ETag tel qu'il a été donné.",
                "If-Match cannot be read: send the ETag as it was given",
            )
        };
        // A condition that cannot be read must not be taken for none; a body that need not be spared can be sent.
        let matches = list(header::IF_MATCH).map_err(unreadable)?;
        Ok(Self { matches, none_matches: list(header::IF_NONE_MATCH).unwrap_or_default() })
    }
}

impl Known {
    /// Whether the client says which version it changes: `*` is any.
    pub fn names_a_version(&self) -> bool {
        self.matches.as_ref().is_some_and(|wanted| !tags(wanted).any(|tag| tag == "*"))
    }

    /// Whether this is a version that the client wants to change. It may name it without its kind, in any language.
    pub fn may_change<K: Resource<DynamicType = ()>>(&self, there: &K) -> bool {
        let version = there.meta().resource_version.as_deref().unwrap_or_default();
        let own = Tag::of(there);
        let meant = |tag: &str| tag == "*" || tag == own.0 || tag == version;
        self.matches.as_ref().is_none_or(|wanted| tags(wanted).map(versioned).any(meant))
    }

    /// Answers with an object, or 304 where the client has it already.
    pub fn answer<T: Serialize>(&self, tag: &Tag, object: impl FnOnce() -> T) -> Response {
        self.reply(tag, || axum::Json(object()))
    }

    /// The same, with an object that one language tells.
    pub fn answer_in<T: Serialize>(
        &self,
        language: Language,
        tag: Tag,
        object: impl FnOnce() -> T,
    ) -> Response {
        (language, self.answer(&tag.told_in(language), object)).into_response()
    }

    /// The same, for an answer that is made of several objects: what stands for it is made of the answer itself.
    pub fn answer_whole<T: Serialize>(&self, object: &T) -> Response {
        let body = serde_json::to_vec(object).unwrap_or_default();
        let tag = Tag(sha256(&body)[..32].to_owned());
        self.reply(&tag, || ([(header::CONTENT_TYPE, "application/json")], body))
    }

    fn reply<R: IntoResponse>(&self, tag: &Tag, body: impl FnOnce() -> R) -> Response {
        if self.none_matches.as_ref().is_some_and(|known| tag.is_in(known)) {
            return (StatusCode::NOT_MODIFIED, tag.headers()).into_response();
        }
        (tag.headers(), body()).into_response()
    }
}

impl Tag {
    /// Of an object: versions of one kind can be compared with each other, and with those of no other.
    pub fn of<K: Resource<DynamicType = ()>>(object: &K) -> Self {
        let version = object.meta().resource_version.as_deref().unwrap_or_default();
        Self(format!("{}-{version}", K::kind(&()).to_lowercase()))
    }

    /// Of what not everyone is shown of the same object.
    #[must_use]
    pub fn view(self, name: &str) -> Self {
        Self(format!("{}-{name}", self.0))
    }

    /// Of what one language tells of the object: a tag stands for one text (RFC 9110, 8.8.3).
    #[must_use]
    pub fn told_in(self, language: Language) -> Self {
        Self(language.version(&self.0))
    }

    /// As an answer bears it.
    pub fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if let Ok(value) = HeaderValue::from_str(&format!("\"{}\"", self.0)) {
            headers.insert(header::ETAG, value);
        }
        headers
    }

    fn is_in(&self, list: &str) -> bool {
        tags(list).any(|tag| tag == "*" || tag == self.0)
    }
}

/// The entity tags of a list (RFC 9110, 8.8.3); a proxy that compresses makes them weak.
fn tags(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).map(|one| one.strip_prefix("W/").unwrap_or(one).trim_matches('"'))
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, extract::FromRequest};
    use beffroi_crds::{Tenant, TenantSpec};
    use http::Request;

    use super::*;

    fn tenant(version: &str) -> Tenant {
        let mut tenant = Tenant::new("ght", TenantSpec::default());
        tenant.metadata.resource_version = Some(version.to_owned());
        tenant
    }

    async fn known(lines: &[&[u8]]) -> Result<Known, Problem> {
        let mut request = Request::new(Body::empty());
        for line in lines {
            request.headers_mut().append("if-match", HeaderValue::from_bytes(line).unwrap());
        }
        Known::from_request(request, &()).await
    }

    #[test]
    fn lists_stars_and_weak_tags_are_understood() {
        let tag = Tag::of(&tenant("42"));
        for (list, held) in [
            ("\"tenant-41\", W/\"tenant-42\"", true),
            ("*", true),
            ("\"tenant-4\"", false),
            ("\"workspace-42\"", false),
            ("", false),
        ] {
            assert_eq!(tag.is_in(list), held, "{list}");
        }
        assert_ne!(tag.clone().view("public"), tag);
    }

    #[tokio::test]
    async fn only_a_version_that_the_client_names_may_be_changed() {
        let (old, new) = (tenant("1"), tenant("2"));
        for (lines, may_old, may_new, names) in [
            (&[][..], true, true, false),
            (&[&b"\"tenant-2\""[..]][..], false, true, true),
            (&[b"\"tenant-9\"", b"W/\"tenant-2\""], false, true, true),
            (&[b"\"2\""], false, true, true),
            (&[b"\"tenant-2-en\""], false, true, true),
            (&[b"*"], true, true, false),
            (&[b"\"workspace-2\""], false, false, true),
            (&[b""], false, false, true),
        ] {
            let known = known(lines).await.unwrap();
            assert_eq!((known.may_change(&old), known.may_change(&new)), (may_old, may_new), "{lines:?}");
            assert_eq!(known.names_a_version(), names, "{lines:?}");
        }
        let problem = known(&[b"\"tenant-2\"", b"\"\xe9\""]).await.unwrap_err();
        assert_eq!(problem.kind, Kind::Malformed);
    }

    #[test]
    fn what_is_known_in_one_language_is_not_known_in_another() {
        let status = |known: &str, language| {
            let known = Known { none_matches: Some(known.to_owned()), ..Known::default() };
            let answer = known.answer_in(language, Tag::of(&tenant("42")), || "text");
            let header = |name| answer.headers().get(name).unwrap().to_str().unwrap().to_owned();
            assert_eq!(header(header::CONTENT_LANGUAGE), language.tag());
            assert_eq!(header(header::VARY), "Accept-Language");
            (answer.status().as_u16(), header(header::ETAG))
        };
        assert_eq!(status("\"tenant-42\"", Language::Fr), (304, "\"tenant-42\"".to_owned()));
        assert_eq!(status("\"tenant-42\"", Language::En), (200, "\"tenant-42-en\"".to_owned()));
        assert_eq!(status("\"tenant-42-en\"", Language::En).0, 304);
        assert_eq!(status("\"tenant-42-en\"", Language::Fr).0, 200);
    }

    #[test]
    fn what_is_made_of_several_objects_is_another_where_any_of_it_is() {
        let tag = |answer: &Response| answer.headers()[header::ETAG].to_str().unwrap().to_owned();
        let told = |city: &str| serde_json::json!({ "workspace": "a.b", "sites": [{ "city": city }] });
        let first = Known::default().answer_whole(&told("Paris"));
        let known = Known { none_matches: Some(tag(&first)), ..Known::default() };
        assert_eq!(known.answer_whole(&told("Paris")).status(), StatusCode::NOT_MODIFIED);
        let corrected = known.answer_whole(&told("Mâcon"));
        assert_eq!(corrected.status(), StatusCode::OK);
        assert_ne!(tag(&corrected), tag(&first));
    }
}
