//! Tenants: one's own; all for the hoster, who registers, changes and removes them.

use axum::{
    Json,
    extract::{Path, State as Extract},
    response::{IntoResponse, Response},
};
use beffroi_core::tenant as law;
use beffroi_crds::{Tenant, Workspace, labels};
use http::StatusCode;
use kube::{Api, ResourceExt, api::ListParams};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    asked::Asked,
    create::create_once,
    replace::{expected, remove, replace},
    taken,
};
use crate::{
    auth::Action,
    door,
    language::{Accepted, Language},
    problem::{Kind, Problem, Refused},
    request::{
        body::{Fields, Merge},
        checked,
        key::Key,
        page::{Page, Wanted},
        query::Parameters,
        signed::Signed,
        version::{Known, Tag},
    },
    state::{State, as_manager},
    views::tenant::{NewTenant, TenantFields, TenantPatch, TenantView},
};

/// Most workspaces that are named where they keep a tenant from being removed.
const NAMED: u32 = 10;

/// A page of them.
type Listed = Page<TenantView>;

/// Routes.
pub fn router() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(read, change, delete))
}

/// The tenants that one may know of, by name.
#[utoipa::path(
    get, path = "/v1/tenants", operation_id = "listTenants", tag = "Tenants", params(Wanted),
    responses((status = 200, body = Listed, description = "A page of them."))
)]
async fn list(
    Extract(state): Extract<State>,
    Signed(who): Signed,
    Accepted(language): Accepted,
    Parameters(wanted): Parameters<Wanted>,
) -> Result<(Accepted, Json<Page<TenantView>>), Problem> {
    door::anyone(&who, Action::Read)?;
    let page = wanted.of(door::tenants(&state.caches, &who, Action::Read), |tenant| tenant.name_any())?;
    Ok((Accepted(language), Json(page.map(|tenant| TenantView::of(&tenant, who.hoster, language)))))
}

/// One tenant.
#[utoipa::path(
    get, path = "/v1/tenants/{tenant}", operation_id = "readTenant", tag = "Tenants",
    params(("tenant" = String, Path, description = "Its name.", max_length = 63)),
    responses((status = 200, body = TenantView, description = "The tenant."))
)]
async fn read(
    Extract(state): Extract<State>,
    Signed(who): Signed,
    known: Known,
    Accepted(language): Accepted,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let tenant = door::tenant(&state.caches, &who, Action::Read, &name)?;
    let tag = Tag::of(&*tenant);
    let tag = if who.hoster { tag } else { tag.view("public") };
    Ok(known.answer_in(language, tag, || TenantView::of(&tenant, who.hoster, language)))
}

/// Registers a tenant; for the hoster.
#[utoipa::path(
    post, path = "/v1/tenants", operation_id = "createTenant", tag = "Tenants", request_body = NewTenant,
    params(("Idempotency-Key" = Option<String>, Header, description = "One for each registration, for example a UUID.", min_length = 1, max_length = 128, pattern = "^[ -~]+$")),
    responses((status = 201, body = TenantView, description = "It is registered.", headers(("Location" = String, description = "Where to read it."))))
)]
async fn create(
    Extract(state): Extract<State>,
    asked: Asked,
    key: Key,
    fields: Fields,
) -> Result<Response, Problem> {
    door::anyone(&asked.who, Action::ManageTenants)?;
    let new = NewTenant::read(fields)?;
    let sent = serde_json::to_value(&new).unwrap_or_default();
    let (cache, tenant) = (&state.caches.tenants, Tenant::new(&new.name, new.fields.into()));
    taken::refuse(&taken::faults(&state, &tenant), &[])?;
    let created = create_once(&api(&state), cache, || cache.all(), (&asked, &key), tenant, &sent).await?;
    let path = format!("/v1/tenants/{}", created.object.name_any());
    Ok(created.answer(&path, answer(&created.object, asked.language)))
}

/// Changes a tenant (RFC 7396); for the hoster.
#[utoipa::path(
    patch, path = "/v1/tenants/{tenant}", operation_id = "changeTenant", tag = "Tenants",
    request_body(content = TenantPatch, content_type = "application/merge-patch+json"),
    params(("tenant" = String, Path, description = "Its name.", max_length = 63)),
    responses((status = 200, body = TenantView, description = "As the cluster accepted it."))
)]
async fn change(
    Extract(state): Extract<State>,
    asked: Asked,
    Path(name): Path<String>,
    patch: Merge,
) -> Result<Response, Problem> {
    let tenant = door::tenant(&state.caches, &asked.who, Action::ManageTenants, &name)?;
    patch.only::<TenantPatch>()?;
    let changed = |there: &Tenant| {
        let before = serde_json::to_value(TenantFields::from(there.spec.clone())).unwrap_or_default();
        let fields: TenantFields = checked::changed(&patch.applied_to(before.clone()), &before)?;
        let mut wanted = Tenant { spec: fields.into(), ..there.clone() };
        // What stands already may be mended one field after the other.
        taken::refuse(&taken::faults(&state, &wanted), &taken::faults(&state, there))?;
        wanted.status = None;
        asked.note(&mut wanted, labels::CHANGED_BY);
        Ok(Some(wanted).filter(|wanted| wanted.spec != there.spec))
    };
    let written = replace(&api(&state), &as_manager(), tenant, &asked.known, changed).await?;
    state.caches.tenants.reached(&written).await;
    Ok(answer(&written, asked.language))
}

/// Removes a tenant that has no workspaces any more; for the hoster.
#[utoipa::path(
    delete, path = "/v1/tenants/{tenant}", operation_id = "deleteTenant", tag = "Tenants",
    params(("tenant" = String, Path, description = "Its name.", max_length = 63)),
    responses((status = 202, description = "It is being removed."))
)]
async fn delete(
    Extract(state): Extract<State>,
    asked: Asked,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let known = &asked.known;
    let tenant = door::tenant(&state.caches, &asked.who, Action::ManageTenants, &name)?;
    let tenant = expected(&api(&state), tenant, known).await?;
    // Past the cache: another replica may have taken an order a moment ago.
    let orders: Api<Workspace> = Api::namespaced(state.client.clone(), &law::namespace(&name));
    let left = orders.list_metadata(&ListParams::default().limit(NAMED)).await;
    let left = match left {
        Ok(left) => left.items,
        Err(error) => return Err(Refused::reading(&name).problem(error).await),
    };
    let left: Vec<String> = left.iter().map(ResourceExt::name_any).collect();
    if !left.is_empty() {
        return Err(still_there(&name, &left.join(", ")));
    }
    let tenant = replace(&api(&state), &as_manager(), tenant, known, |there| {
        let mut noted = Tenant { status: None, ..there.clone() };
        asked.note(&mut noted, labels::DELETED_BY);
        // Whoever deleted it first did.
        Ok(Some(noted).filter(|_| there.metadata.deletion_timestamp.is_none()))
    })
    .await?;
    remove(&api(&state), tenant.clone(), known).await?;
    state.caches.tenants.parted(&tenant).await;
    Ok(StatusCode::ACCEPTED.into_response())
}

fn still_there(tenant: &str, workspaces: &str) -> Problem {
    Problem::new(
        Kind::Conflict,
        format!(
            "« {tenant} » a encore des espaces de travail : {workspaces}. Leur gestionnaire les supprime d'abord ; leurs données restent jusqu'à la fin du délai."
        ),
        format!(
            "{tenant} still has workspaces: {workspaces}; their manager deletes them first, and their data stays until their time of grace is over"
        ),
    )
}

fn api(state: &State) -> Api<Tenant> {
    Api::all(state.client.clone())
}

/// The hoster's view: nobody else writes tenants.
fn answer(tenant: &Tenant, language: Language) -> Response {
    let headers = Tag::of(tenant).told_in(language).headers();
    (Accepted(language), headers, Json(TenantView::of(tenant, true, language))).into_response()
}
