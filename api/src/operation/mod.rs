//! One operation of the API: its route, and all that the `OpenAPI` document tells of it.
//!
//! A handler documents itself. Its attribute has path, method, name and words; what it reads and what it answers is told
//! by the types of its arguments ([`Reads`]) and of its answer ([`Answers`]), which know their headers, their problems and
//! the schemas that they need. What no type can know, such as an example or where an answer leads, is said where its
//! route is: [`operation!`](operation) → [`Operation::example`], [`Operation::leads_to`], [`Operation::may`] → [`Routes`].

mod answers;
pub mod headers;
pub mod problems;
mod reads;
mod routes;
mod told;

use axum::routing::MethodRouter;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use utoipa_axum::router::UtoipaMethodRouter;

pub use self::{
    answers::{Answers, Made, Unchanged, Versioned, Written},
    reads::Reads,
    routes::Routes,
    told::Told,
};

/// JSON, the media type of most bodies.
pub const JSON: &str = "application/json";

/// The operation of a handler that has an attribute `#[utoipa::path]`.
macro_rules! operation {
    ($($handler:tt)+) => {
        $crate::operation::Operation::of(::utoipa_axum::routes!($($handler)+), $($handler)+)
    };
}
pub(crate) use operation;

/// A handler: what its arguments and its answer tell.
pub trait Handles<Arguments> {
    /// Tells it.
    fn tell(told: &mut Told);
}

macro_rules! handles {
    ($($argument:ident)+) => {
        impl<F, Fut, A, E, $($argument),+> Handles<($($argument,)+)> for F
        where
            F: Fn($($argument),+) -> Fut,
            Fut: Future<Output = Result<A, E>>,
            A: Answers,
            $($argument: Reads),+
        {
            fn tell(told: &mut Told) {
                $($argument::tell(told);)+
                A::tell(told);
            }
        }
    };
}

handles!(A1);
handles!(A1 A2);
handles!(A1 A2 A3);
handles!(A1 A2 A3 A4);
handles!(A1 A2 A3 A4 A5);
handles!(A1 A2 A3 A4 A5 A6);
handles!(A1 A2 A3 A4 A5 A6 A7);
handles!(A1 A2 A3 A4 A5 A6 A7 A8);

/// One operation.
pub struct Operation<S> {
    path: String,
    method: String,
    handler: MethodRouter<S>,
    told: Told,
}

impl<S> Operation<S> {
    /// That of one handler, as [`operation!`](operation) reads it.
    pub fn of<H: Handles<A>, A>((_, paths, handler): UtoipaMethodRouter<S>, _: H) -> Self {
        let paths = told_by(&paths);
        let one = paths.as_object().into_iter().flatten().find_map(|(path, methods)| {
            let (method, operation) = methods.as_object()?.iter().next()?;
            Some((path.clone(), method.clone(), operation.clone()))
        });
        let (path, method, operation) = one.unwrap_or_default();
        let mut told = Told::new(operation);
        H::tell(&mut told);
        Self { path, method, handler, told }
    }

    /// It may also answer with the problem of this status, which no type of it tells.
    #[must_use]
    pub fn may(mut self, status: u16) -> Self {
        self.told.may(status);
        self
    }

    /// An example of its body, which is a `T`: name, summary, value.
    #[must_use]
    pub fn example<T: JsonSchema + 'static>(mut self, name: &str, summary: &str, value: &Value) -> Self {
        self.told.example::<T>(name, summary, value);
        self
    }

    /// Its answer leads to another operation, whose parameters come from there: each with its runtime expression.
    #[must_use]
    pub fn leads_to(mut self, operation: &str, parameters: &[(&str, &str)]) -> Self {
        self.told.link(operation, parameters);
        self
    }
}

/// As the document has it.
fn told_by(part: &impl Serialize) -> Value {
    serde_json::to_value(part).unwrap_or_default()
}
