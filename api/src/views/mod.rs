//! What the API shows of each resource: named field by field, so that a new field stays private until it is added
//! here. Sentences are told in the language of the request: those that the cluster and the log keep are English there.

pub mod app;
pub mod bundle;
pub mod condition;
pub mod ending;
pub mod evidence;
pub mod explanation;
pub mod location;
pub mod map;
pub mod ownership;
pub mod pending;
pub mod policy;
pub mod preview;
pub mod provider;
pub mod rule;
pub mod site;
pub mod tenant;
pub mod workspace;
