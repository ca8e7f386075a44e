//! Which object is meant, by a segment of the path.

use serde::Deserialize;
use utoipa::IntoParams;

/// A workspace.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct OfWorkspace {
    /// `TENANT.WORKSPACE`
    #[serde(rename = "workspace")]
    #[param(max_length = 128, example = "ght-bm.communication")]
    pub id: String,
}

/// A tenant.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct OfTenant {
    /// Its name.
    #[serde(rename = "tenant")]
    #[param(max_length = 63, example = "ght-bm")]
    pub name: String,
}
