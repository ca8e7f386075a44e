//! Versions of objects: kind, `resourceVersion` and what one edits ↔ `ETag`; `If-None-Match` ([`Known`]) spares a body,
//! `If-Match` ([`Meant`]) a lost update.
//!
//! A tag such as `"workspace-4711-0f31c2a9b7d4"` names a version and, by its mark, what of the object people edit. What
//! is read is another wherever the version is. What is changed is the same while its mark is: a status that the operator
//! wrote meanwhile takes no edit away, and an edit of somebody else does.

use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use beffroi_core::evidence::canonical::sha256;
use beffroi_crds::labels::DELETION_REQUEST;
use http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{self, ToStrError},
    request::Parts,
};
use kube::Resource;
use serde::Serialize;
use serde_json::json;

use crate::{
    language::{Accepted, Language},
    operation::{JSON, Reads, Told, Unchanged, Versioned},
    problem::{Kind, Problem},
};

/// What a tag ends with in English.
const ENGLISH: &str = "-en";

/// How many digits the mark of what is edited has.
const MARK: usize = 12;
/// Codings that proxies name at the end of a tag (RFC 9110, 8.4.1).
const CODINGS: [&str; 6] = ["x-gzip", "gzip", "br", "zstd", "deflate", "compress"];
/// What they put before it: Apache a hyphen, Jetty two, others a semicolon.
const JOINTS: [&str; 3] = ["--", "-", ";"];

/// What a reader has already.
#[derive(Clone, Debug, Default)]
pub struct Known(Option<String>);

/// Which version a change is meant for.
#[derive(Clone, Debug, Default)]
pub struct Meant(Option<String>);

/// What stands for an answer as it is, without its quotes: another one where anything of it differs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Tag(String);

impl<S: Send + Sync> FromRequestParts<S> for Known {
    type Rejection = Problem;

    /// What cannot be read is taken for none: a body that need not be spared can be sent.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(Self(list(&parts.headers, header::IF_NONE_MATCH).unwrap_or_default()))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Meant {
    type Rejection = Problem;

    /// A condition that cannot be read must not be taken for none.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        list(&parts.headers, header::IF_MATCH).map(Self).map_err(|_| {
            Problem::new(
                Kind::Malformed,
                "If-Match ne peut pas être lu : renvoyez l'ETag tel qu'il a été donné.",
                "If-Match cannot be read: send the ETag as it was given",
            )
        })
    }
}

impl Reads for Known {
    fn tell(told: &mut Told) {
        let description = "`ETag` of what you have.";
        told.takes_header(
            "If-None-Match",
            json!({ "description": description, "schema": { "type": "string" } }),
        );
    }
}

impl Reads for Meant {
    fn tell(told: &mut Told) {
        let description = "`ETag` of the version that is meant.";
        told.takes_header(
            "If-Match",
            json!({ "description": description, "schema": { "type": "string" }, "example": "*" }),
        );
        told.may(412);
    }
}

/// All lines of a header as one list (RFC 9110, 5.3).
fn list(headers: &HeaderMap, name: HeaderName) -> Result<Option<String>, ToStrError> {
    let lines = headers.get_all(name).iter().map(HeaderValue::to_str);
    lines.collect::<Result<Vec<_>, _>>().map(|lines| (!lines.is_empty()).then(|| lines.join(",")))
}

impl Meant {
    /// Whether the client says which version it changes: `*` is any.
    pub fn names_a_version(&self) -> bool {
        self.0.as_ref().is_some_and(|wanted| !tags(wanted).any(|tag| tag == "*"))
    }

    /// Whether this is what the client wants to change. It may name it by its `ETag`, in any language and however a
    /// proxy coded it; by kind and version; or by its version alone.
    pub fn may_change<K: Resource<DynamicType = ()>>(&self, there: &K) -> bool {
        let version = there.meta().resource_version.as_deref().unwrap_or_default();
        let (kind, mark) = (K::kind(&()).to_lowercase(), mark(there));
        let meant = |tag: &str| {
            tag == "*"
                || tag == version
                || Named::read(tag).is_some_and(|named| {
                    named.kind == kind && named.mark.map_or(named.version == version, |wanted| wanted == mark)
                })
        };
        self.0.as_ref().is_none_or(|wanted| tags(wanted).any(meant))
    }
}

impl Known {
    /// Answers with an object, or 304 where the client has it already.
    pub fn answer<T: Serialize>(&self, tag: &Tag, object: impl FnOnce() -> T) -> Versioned<T> {
        Versioned::new(self.reply(tag, || axum::Json(object())))
    }

    /// The same, with an object that one language tells.
    pub fn answer_in<T: Serialize>(
        &self,
        language: Language,
        tag: Tag,
        object: impl FnOnce() -> T,
    ) -> Versioned<T> {
        Versioned::new((Accepted(language), self.answer(&tag.told_in(language), object)))
    }

    /// The same, for an answer that is made of several objects: what stands for it is made of the answer itself.
    pub fn answer_whole<T: Serialize>(&self, object: &T) -> Unchanged<T> {
        let body = serde_json::to_vec(object).unwrap_or_default();
        let tag = Tag(sha256(&body)[..32].to_owned());
        Unchanged::new(self.reply(&tag, || ([(header::CONTENT_TYPE, JSON)], body)))
    }

    fn reply<R: IntoResponse>(&self, tag: &Tag, body: impl FnOnce() -> R) -> Response {
        if self.0.as_ref().is_some_and(|known| tag.is_in(known)) {
            return (StatusCode::NOT_MODIFIED, tag.headers()).into_response();
        }
        (tag.headers(), body()).into_response()
    }
}

impl Tag {
    /// Of an object: versions of one kind can be compared with each other, and with those of no other.
    pub fn of<K: Resource<DynamicType = ()>>(object: &K) -> Self {
        let version = object.meta().resource_version.as_deref().unwrap_or_default();
        Self(format!("{}-{version}-{}", K::kind(&()).to_lowercase(), mark(object)))
    }

    /// Of what not everyone is shown of the same object.
    #[must_use]
    pub fn view(self, name: &str) -> Self {
        Self(format!("{}-{name}", self.0))
    }

    /// Of what one language tells of the object: a tag stands for one text (RFC 9110, 8.8.3).
    #[must_use]
    pub fn told_in(self, language: Language) -> Self {
        match language {
            Language::Fr => self,
            Language::En => Self(format!("{}{ENGLISH}", self.0)),
        }
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

/// What a tag of this API names, whichever view and language it is of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Named<'a> {
    /// Kind, in lower case.
    pub kind: &'a str,
    /// `resourceVersion`.
    pub version: &'a str,
    /// Stands for what is edited; tags of earlier versions of this API have none.
    pub mark: Option<&'a str>,
}

impl<'a> Named<'a> {
    /// Reads a tag without its quotes and coding, as [`bare`] gives it.
    pub fn read(tag: &'a str) -> Option<Self> {
        let mut parts = tag.split('-');
        let (kind, version) = (parts.next()?, parts.next()?);
        let mark =
            parts.next().filter(|part| part.len() == MARK && part.bytes().all(|b| b.is_ascii_hexdigit()));
        Some(Self { kind, version, mark })
    }
}

/// Stands for what people edit of an object: that very one, its spec, and what is asked for beside the spec.
fn mark<K: Resource<DynamicType = ()>>(object: &K) -> String {
    let meta = object.meta();
    let beside = meta.annotations.as_ref().and_then(|all| all.get(DELETION_REQUEST));
    let edited = format!(
        "{} {} {}",
        meta.uid.as_deref().unwrap_or_default(),
        meta.generation.unwrap_or_default(),
        beside.map_or("", String::as_str)
    );
    sha256(edited.as_bytes())[..MARK].to_owned()
}

/// The entity tags of a list (RFC 9110, 8.8.3), each [`bare`].
fn tags(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(bare)
}

/// A tag as we wrote it, without its quotes. A proxy that compresses makes it weak, or writes the coding at its end,
/// within the quotes or after them; several in a row do it one after the other.
pub fn bare(tag: &str) -> &str {
    let tag = tag.trim();
    let mut rest = tag.strip_prefix("W/").unwrap_or(tag);
    loop {
        let plain = rest.trim().trim_matches('"');
        let shorter = CODINGS.iter().find_map(|coding| {
            let before = plain.strip_suffix(coding)?;
            JOINTS.iter().find_map(|joint| before.strip_suffix(joint))
        });
        match shorter {
            Some(shorter) => rest = shorter,
            None => return plain,
        }
    }
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
        tenant.metadata.generation = Some(1);
        tenant
    }

    /// The tag of it, as an answer bears it.
    fn tag(object: &Tenant) -> String {
        Tag::of(object).headers()[header::ETAG].to_str().unwrap().to_owned()
    }

    async fn meant(lines: &[&[u8]]) -> Result<Meant, Problem> {
        let mut request = Request::new(Body::empty());
        for line in lines {
            request.headers_mut().append("if-match", HeaderValue::from_bytes(line).unwrap());
        }
        Meant::from_request(request, &()).await
    }

    #[test]
    fn lists_stars_and_weak_tags_are_understood() {
        let own = Tag::of(&tenant("42"));
        let told = tag(&tenant("42"));
        for (list, held) in [
            (format!("\"tenant-41\", W/{told}"), true),
            ("*".into(), true),
            (tag(&tenant("43")), false),
            (told.replace("tenant", "workspace"), false),
            (told.replace("-4", "-"), false),
            (String::new(), false),
        ] {
            assert_eq!(own.is_in(&list), held, "{list}");
        }
        assert_ne!(own.clone().view("public"), own);
    }

    #[test]
    fn what_proxies_write_at_the_end_of_a_tag_is_none_of_it() {
        for coded in [
            "\"a-1\"",
            "W/\"a-1\"",
            "\"a-1-gzip\"",
            "\"a-1--gzip\"",
            "\"a-1;gzip\"",
            "W/\"a-1;gzip\"",
            "W/\"a-1-br\"",
            "\"a-1-zstd\"",
            "\"a-1-x-gzip\"",
            "\"a-1--deflate\"",
            "\"a-1\"-gzip",
            "\"a-1\";gzip",
            "W/\"a-1-gzip-gzip\"",
            "a-1",
        ] {
            assert_eq!(bare(coded), "a-1", "{coded}");
        }
        for ours in ["a-1-en", "a-1-public", "gzip", "a-1gzip", "a-1-gzipped"] {
            assert_eq!(bare(&format!("\"{ours}\"")), ours);
        }
    }

    /// However a client or a proxy between writes the tag that it was given.
    fn written(tag: &str) -> Vec<String> {
        let inner = tag.trim_matches('"');
        ["\"TAG\"", "W/\"TAG\"", "\"TAG-gzip\"", "W/\"TAG;gzip\"", "\"TAG--gzip\"", "\"x-1\", \"TAG-en-br\""]
            .map(|form| form.replace("TAG", inner))
            .into()
    }

    #[tokio::test]
    async fn a_status_takes_no_edit_away_and_an_edit_does() {
        let seen = tenant("1");
        let of_status = Tenant { metadata: tenant("9").metadata, ..seen.clone() };
        let mut edited = of_status.clone();
        edited.metadata.generation = Some(2);
        let mut another = of_status.clone();
        another.metadata.uid = Some("of the same name".into());
        let mut asked_for = of_status.clone();
        asked_for.metadata.annotations = Some([(DELETION_REQUEST.to_owned(), "{}".to_owned())].into());
        for form in written(&tag(&seen)) {
            let meant = meant(&[form.as_bytes()]).await.unwrap();
            assert!(meant.may_change(&seen) && meant.may_change(&of_status), "{form}");
            for other in [&edited, &another, &asked_for] {
                assert!(!meant.may_change(other), "{form}");
            }
            assert!(meant.names_a_version(), "{form}");
        }
        // What is read differs wherever the version does.
        assert_ne!(tag(&seen), tag(&of_status));
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
            let meant = meant(lines).await.unwrap();
            assert_eq!((meant.may_change(&old), meant.may_change(&new)), (may_old, may_new), "{lines:?}");
            assert_eq!(meant.names_a_version(), names, "{lines:?}");
        }
        let problem = meant(&[b"\"tenant-2\"", b"\"\xe9\""]).await.unwrap_err();
        assert_eq!(problem.kind, Kind::Malformed);
    }

    #[test]
    fn what_is_known_in_one_language_is_not_known_in_another() {
        let status = |known: &str, language| {
            let known = Known(Some(known.to_owned()));
            let answer = known.answer_in(language, Tag::of(&tenant("42")), || "text").into_response();
            let header = |name| answer.headers().get(name).unwrap().to_str().unwrap().to_owned();
            assert_eq!(header(header::CONTENT_LANGUAGE), language.tag());
            assert_eq!(header(header::VARY), "Accept-Language");
            (answer.status().as_u16(), header(header::ETAG))
        };
        let fr = tag(&tenant("42"));
        let en = fr.strip_suffix('"').unwrap().to_owned() + "-en\"";
        assert_eq!(status(&fr, Language::Fr), (304, fr.clone()));
        assert_eq!(status(&fr, Language::En), (200, en.clone()));
        assert_eq!(status(&en, Language::En).0, 304);
        assert_eq!(status(&en.replace("-en", "-en-gzip"), Language::En).0, 304);
        assert_eq!(status(&en, Language::Fr).0, 200);
    }

    #[test]
    fn what_is_made_of_several_objects_is_another_where_any_of_it_is() {
        let tag = |answer: &Response| answer.headers()[header::ETAG].to_str().unwrap().to_owned();
        let told = |city: &str| serde_json::json!({ "workspace": "a.b", "sites": [{ "city": city }] });
        let first = Known::default().answer_whole(&told("Paris")).into_response();
        let known = Known(Some(tag(&first)));
        assert_eq!(known.answer_whole(&told("Paris")).into_response().status(), StatusCode::NOT_MODIFIED);
        let corrected = known.answer_whole(&told("Mâcon")).into_response();
        assert_eq!(corrected.status(), StatusCode::OK);
        assert_ne!(tag(&corrected), tag(&first));
    }
}
