//! Workspaces: read from the caches, written as custom resources.

mod change;
mod confirm;
mod create;
mod leave;
mod read;
mod suspend;

pub use self::confirm::Confirmation;
pub(super) use self::{change::patched, create::draft};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::State;

/// Routes.
pub fn router() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(read::list, create::create))
        .routes(routes!(read::read, change::change, leave::delete))
        .routes(routes!(suspend::suspend))
        .routes(routes!(suspend::resume))
        .routes(routes!(leave::restore))
        .routes(routes!(confirm::confirm))
}
