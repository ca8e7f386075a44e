//! `Idempotency-Key`: a creation asked for twice under one key is done once. What is kept of it lies on the object
//! itself, so that any replica knows it: the key's digest with whom it came from, and the digest of the body.

use std::fmt::Debug;

use axum::extract::FromRequestParts;
use beffroi_core::evidence::canonical::sha256;
use http::{HeaderMap, HeaderName, HeaderValue, request::Parts};
use kube::{Api, ResourceExt};
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::{
    auth::Principal,
    language::Text,
    operation::{Reads, Told},
    problem::{Kind, Problem},
};

/// Annotation that keeps what is known of the key.
pub const ANNOTATION: &str = "beffroi.fr/idempotency";
/// The header.
const HEADER: &str = "idempotency-key";
/// Longest key.
const LONGEST: usize = 128;

/// The key of a request, if it has one.
#[derive(Clone, Debug)]
pub struct Key(Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for Key {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get(HEADER) else { return Ok(Self(None)) };
        let text = value.to_str().unwrap_or_default();
        // HTTP admits tabs, too.
        let printable = text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        if printable && (1..=LONGEST).contains(&text.len()) {
            return Ok(Self(Some(text.to_owned())));
        }
        Err(Problem::field(
            "Idempotency-Key",
            None,
            Text::new(
                format!("de 1 à {LONGEST} caractères ASCII"),
                format!("1 to {LONGEST} ASCII characters"),
            ),
            Text::new("Un UUID convient.", "a UUID will do"),
        ))
    }
}

impl Reads for Key {
    fn tell(told: &mut Told) {
        let description = "One for each creation, for example a UUID.";
        let schema = json!({ "type": "string", "minLength": 1, "maxLength": LONGEST, "pattern": "^[ -~]+$" });
        let header = json!({ "description": description, "required": false, "schema": schema });
        told.takes_header("Idempotency-Key", header);
    }
}

/// What is kept of a key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fingerprint {
    key: String,
    body: String,
}

impl Key {
    /// What is to be kept of it; nothing without a key.
    pub fn mark(&self, who: &Principal, body: &[u8]) -> Option<Fingerprint> {
        let key = self.0.as_ref()?;
        let whose = format!("{}\n{}\n{key}", who.issuer, who.subject);
        Some(Fingerprint { key: sha256(whose.as_bytes()), body: sha256(body) })
    }
}

impl Fingerprint {
    /// As the annotation holds it.
    pub fn text(&self) -> String {
        format!("{}/{}", self.key, self.body)
    }

    /// The object that an earlier request under this key made, among `objects`.
    ///
    /// # Errors
    /// Where that request was another one.
    pub fn earlier<'a, K: ResourceExt>(
        &self,
        objects: impl IntoIterator<Item = &'a K>,
    ) -> Result<Option<&'a K>, Problem> {
        for object in objects {
            let kept = object.annotations().get(ANNOTATION).and_then(|kept| kept.split_once('/'));
            match kept {
                Some((key, body)) if key == self.key && body == self.body => return Ok(Some(object)),
                Some((key, _)) if key == self.key => {
                    return Err(Problem::new(
                        Kind::IdempotencyMismatch,
                        "Cette Idempotency-Key a déjà servi à une autre demande : prenez-en une nouvelle.",
                        "this Idempotency-Key came with another request before: take a new one",
                    ));
                }
                _ => {}
            }
        }
        Ok(None)
    }

    /// The object of that name, where the API server refused another one and an earlier request under this key made it:
    /// a moment ago, by another replica, so that the cache did not have it yet.
    ///
    /// # Errors
    /// As [`Fingerprint::earlier`].
    pub async fn made_meanwhile<K>(
        &self,
        api: &Api<K>,
        name: &str,
        refused: &kube::Error,
    ) -> Result<Option<K>, Problem>
    where
        K: ResourceExt + Clone + Debug + DeserializeOwned,
    {
        if !matches!(refused, kube::Error::Api(status) if status.code == 409) {
            return Ok(None);
        }
        let there = api.get_opt(name).await.ok().flatten();
        self.earlier(there.iter()).map(Option::<&K>::cloned)
    }
}

/// Tells that nothing new was made.
pub fn tell_replayed(headers: &mut HeaderMap) {
    headers.insert(HeaderName::from_static("idempotency-replayed"), HeaderValue::from_static("true"));
}
