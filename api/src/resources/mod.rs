//! One file per resource: a handler asks at the [`door`](crate::door) and answers with a view; its attribute, its types and
//! its route are what the `OpenAPI` document tells of it ([`operation`](crate::operation)).

mod apps;
mod asked;
mod create;
mod events;
mod evidence;
mod explanation;
mod keys;
mod location;
mod log;
mod me;
mod policies;
mod preview;
mod providers;
mod replace;
mod rules;
mod sign_in;
mod sites;
mod tenants;
mod workspaces;

use crate::{operation::Routes, state::State};

/// Every resource under `/v1`.
pub fn router() -> Routes<State> {
    Routes::new()
        .merge(me::router())
        .merge(sign_in::router())
        .merge(tenants::router())
        .merge(workspaces::router())
        .merge(location::router())
        .merge(explanation::router())
        .merge(evidence::router())
        .merge(preview::router())
        .merge(apps::router())
        .merge(policies::router())
        .merge(providers::router())
        .merge(sites::router())
        .merge(rules::router())
        .merge(log::router())
        .merge(keys::router())
        .merge(events::router())
}
