//! What every write of a workspace or a tenant is asked with: by whom, in which request, to be answered in which language.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use beffroi_crds::{ChangedBy, Person, ordered_generation};
use http::request::Parts;
use kube::ResourceExt;

use crate::{
    auth::Principal,
    id::request_id,
    language::{Language, accepted},
    operation::{Reads, Told},
    problem::Problem,
    request::signed::{self, Signed},
};

/// A write that somebody asks for.
pub(super) struct Asked {
    /// Who asks.
    pub(super) who: Arc<Principal>,
    /// Language of the answer.
    pub(super) language: Language,
    /// Id of the request.
    request: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Asked {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Signed(who) = Signed::from_request_parts(parts, state).await?;
        let language = accepted(&parts.headers);
        Ok(Self { who, language, request: request_id(&parts.headers).to_owned() })
    }
}

impl Reads for Asked {
    fn tell(told: &mut Told) {
        signed::needed(told);
        told.may(409);
    }
}

impl Asked {
    /// Leaves a note of it on an object that is about to be written or deleted, which brings it to its next generation:
    /// the operator takes it into the audit log.
    pub(super) fn note(&self, object: &mut impl ResourceExt, annotation: &str) {
        let by = ChangedBy {
            generation: ordered_generation(object) + 1,
            subject: self.who.subject.clone(),
            issuer: self.who.issuer.clone(),
            request: self.request.clone(),
        };
        object.annotations_mut().insert(annotation.to_owned(), by.to_value());
    }

    /// Who asks, as what waits for a second person names them.
    pub(super) fn person(&self) -> Person {
        Person {
            subject: self.who.subject.clone(),
            issuer: self.who.issuer.clone(),
            name: self.who.name.clone(),
            request: self.request.clone(),
        }
    }
}
