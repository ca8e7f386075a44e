//! What views of several resources share. What one resource shows is in its own file: named field by field, so that a new
//! field stays private until it is added there. Sentences are told in the language of the request: those that the cluster
//! and the log keep are English there.

pub mod bundle;
pub mod condition;
pub mod ending;
pub mod judgement;
pub mod pending;
pub mod place;
pub mod refused;
pub mod state;
