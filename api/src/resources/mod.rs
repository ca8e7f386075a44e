//! One file per resource: a handler asks at the [`door`](crate::door), answers with a view, and says in its
//! attributes what the `OpenAPI` document tells of it.

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
mod taken;
mod tenants;
mod workspaces;

use utoipa_axum::router::OpenApiRouter;

pub use self::{
    me::Me,
    preview::PreviewRequest,
    sign_in::{Code, SignIn, Token},
    workspaces::Confirmation,
};

use crate::state::State;

/// Every resource under `/v1`.
pub fn router() -> OpenApiRouter<State> {
    OpenApiRouter::new()
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
