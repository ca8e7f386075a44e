//! Who asks, as the API sees it.

use axum::{Json, extract::State as Extract};
use jiff::Timestamp;
use kube::ResourceExt;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    auth::{Action, Role, TenantUid},
    door,
    language::Accepted,
    operation::{Routes, operation},
    problem::Problem,
    request::signed::Signed,
    state::State,
};

/// Who asks.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Me {
    /// Unique for the issuer.
    pub subject: String,
    /// How that person is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Who vouches.
    pub issuer: String,
    /// Until when the token holds.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub expires: Timestamp,
    /// Whether of the hosting provider.
    pub hoster: bool,
    /// Tenants that one may know of, but for the hoster, who knows all.
    pub tenants: Vec<Belonging>,
    /// Why one has no role anywhere, where one has none: what one's token lacks, and what to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(rename = "withoutRole")]
    pub without_role: Option<String>,
}

/// A tenant, and what one is there.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Belonging {
    /// Name.
    pub name: String,
    /// Name shown to people.
    pub title: String,
    /// Roles that one was given there; none in a grouping that one sees as a member.
    pub roles: Vec<Role>,
    /// What one may do there.
    pub may: Vec<String>,
}

/// Routes.
pub fn router() -> Routes<State> {
    Routes::new().with(operation!(read))
}

/// Who you are here, and what you may do.
#[utoipa::path(
    get, path = "/v1/me", operation_id = "readMe", tag = "Sign-in",
    responses((status = 200, description = "Who you are."))
)]
async fn read(
    Extract(state): Extract<State>,
    Signed(who): Signed,
    Accepted(language): Accepted,
) -> Result<(Accepted, Json<Me>), Problem> {
    door::anyone(&who, Action::Whoami)?;
    let seen = if who.hoster { Vec::new() } else { door::tenants(&state.caches, &who, Action::Read) };
    let belonging = |tenant: std::sync::Arc<beffroi_crds::Tenant>| {
        let uid = TenantUid::from(tenant.metadata.uid.as_deref().unwrap_or_default());
        let may = [
            (Action::Preview, "preview"),
            (Action::Order, "order"),
            (Action::ConfirmDeletion, "confirmDeletion"),
            (Action::Evidence, "evidence"),
            (Action::Log, "log"),
        ];
        Belonging {
            name: tenant.name_any(),
            title: tenant.spec.title.clone(),
            roles: who.roles_in(&uid).collect(),
            may: may
                .into_iter()
                .filter(|(action, _)| door::may(&who, *action, &tenant))
                .map(|(_, word)| word.to_owned())
                .collect(),
        }
    };
    let me = Me {
        subject: who.subject.clone(),
        name: who.name.clone(),
        issuer: who.issuer.clone(),
        expires: who.expires,
        hoster: who.hoster,
        tenants: seen.into_iter().map(belonging).collect(),
        without_role: who.without_role().map(|text| text.get(language).to_owned()),
    };
    Ok((Accepted(language), Json(me)))
}
