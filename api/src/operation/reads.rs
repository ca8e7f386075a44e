//! What an argument of a handler tells.

use axum::extract::{Path, State};
use http::{Extensions, HeaderMap};
use utoipa::{IntoParams, openapi::path::ParameterIn};

use super::Told;
use crate::language::Accepted;

/// An argument of a handler, which tells what it reads of a request and which problems it may answer with.
pub trait Reads {
    /// Tells it; by default nothing.
    fn tell(_: &mut Told) {}
}

impl<S> Reads for State<S> {}
impl Reads for HeaderMap {}
impl Reads for Extensions {}
/// That sentences come in the language of `Accept-Language` stands before all operations.
impl Reads for Accepted {}

impl<T: IntoParams> Reads for Path<T> {
    fn tell(told: &mut Told) {
        told.takes::<T>(&ParameterIn::Path);
        told.may(404);
    }
}
