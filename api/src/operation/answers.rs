//! What the answer of a handler tells.

use std::marker::PhantomData;

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use schemars::JsonSchema;

use super::{JSON, Told};
use crate::language::Accepted;

/// The answer of a handler, which tells its body and its headers.
pub trait Answers {
    /// Tells it.
    fn tell(told: &mut Told);
}

/// Nothing but that it is so.
impl Answers for StatusCode {
    fn tell(_: &mut Told) {}
}

impl<T: JsonSchema> Answers for Json<T> {
    fn tell(told: &mut Told) {
        told.answers::<T>(JSON);
    }
}

/// In the language of the request.
impl<A: Answers> Answers for (Accepted, A) {
    fn tell(told: &mut Told) {
        A::tell(told);
    }
}

macro_rules! bearing {
    ($($(#[doc = $doc:literal])+ $name:ident: $bears:expr;)+) => {$(
        $(#[doc = $doc])+
        #[derive(Debug)]
        pub struct $name<T>(Response, PhantomData<fn() -> T>);

        impl<T> $name<T> {
            /// An answer that was made so.
            pub fn new(answer: impl IntoResponse) -> Self {
                Self(answer.into_response(), PhantomData)
            }
        }

        impl<T> IntoResponse for $name<T> {
            fn into_response(self) -> Response {
                self.0
            }
        }

        impl<T: JsonSchema> Answers for $name<T> {
            fn tell(told: &mut Told) {
                told.answers::<T>(JSON);
                let bears: fn(&mut Told) = $bears;
                bears(told);
            }
        }
    )+};
}

bearing! {
    /// One object with its version; 304 where the client has that version.
    Versioned: |told| {
        told.bears("ETag", "Version");
        told.spares("Version");
    };
    /// What is made of several objects, with what stands for it; 304 where the client has the same.
    Unchanged: |told| {
        told.bears("ETag", "Digest");
        told.spares("Digest");
    };
    /// What a write left, with its new version.
    Written: |told| told.bears("ETag", "Version");
    /// What a write made, with its version, where to read it, and whether an earlier request made it.
    Made: |told| {
        told.bears("ETag", "Version");
        told.bears("Location", "Location");
        told.bears("Idempotency-Replayed", "Replayed");
    };
}
