//! Tenants: one's own; all for the hoster, who registers, changes and removes them.

use axum::{
    Json,
    extract::{Path, State as Extract},
    response::{IntoResponse, Response},
};
use beffroi_core::tenant as law;
use beffroi_crds::{Tenant, Workspace, labels};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, ListParams, PostParams, Preconditions},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    changed_by,
    replace::{expected, replace},
};
use crate::{
    auth::Action,
    door,
    language::Language,
    problem::{Kind, Problem, Refused},
    request::{
        body::{Merge, parse},
        id::request_id,
        key::{ANNOTATION, Key, tell_replayed},
        name,
        page::{Page, Wanted},
        query::Parameters,
        signed::Signed,
        version::{Known, Tag},
    },
    state::{MANAGER, State},
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
    language: Language,
    Parameters(wanted): Parameters<Wanted>,
) -> Result<(Language, Json<Page<TenantView>>), Problem> {
    door::anyone(&who, Action::Read)?;
    let page = wanted.of(door::tenants(&state.caches, &who, Action::Read), |tenant| tenant.name_any())?;
    Ok((language, Json(page.map(|tenant| TenantView::of(&tenant, who.hoster, language)))))
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
    language: Language,
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
    Signed(who): Signed,
    key: Key,
    language: Language,
    headers: HeaderMap,
    Merge(sent): Merge,
) -> Result<Response, Problem> {
    door::anyone(&who, Action::ManageTenants)?;
    let mut fields = sent.clone();
    let name = fields.as_object_mut().and_then(|fields| fields.remove("name")).unwrap_or_default();
    let Named { name } = parse(&json!({ "name": name }))?;
    name::given(&name)?;
    let fields: TenantFields = parse(&fields)?;
    let mark = key.mark(&who, sent.to_string().as_bytes());
    if let Some(mark) = &mark {
        let known = state.caches.tenants.all();
        if let Some(earlier) = mark.earlier(known.iter().map(AsRef::as_ref))? {
            return Ok(created(earlier, true, language));
        }
    }
    let mut tenant = Tenant::new(&name, fields.into());
    changed_by::note(&mut tenant, labels::CHANGED_BY, &who, request_id(&headers));
    if let Some(mark) = &mark {
        tenant.annotations_mut().insert(ANNOTATION.to_owned(), mark.text());
    }
    let (written, again) = match api(&state).create(&params(), &tenant).await {
        Ok(written) => (written, false),
        Err(error) => {
            let earlier = match &mark {
                Some(mark) => mark.made_meanwhile(&api(&state), &name, &error).await?,
                None => None,
            };
            let refused = Refused { name: &name, sent: &sent, conditional: false };
            (earlier.ok_or_else(|| refused.problem(error))?, true)
        }
    };
    state.caches.tenants.reached(&written).await;
    Ok(created(&written, again, language))
}

/// Changes a tenant (RFC 7396); for the hoster.
#[utoipa::path(
    patch, path = "/v1/tenants/{tenant}", operation_id = "changeTenant", tag = "Tenants",
    request_body(content = TenantPatch, content_type = "application/merge-patch+json"),
    params(
        ("tenant" = String, Path, description = "Its name.", max_length = 63),
        ("If-Match" = Option<String>, Header, description = "`ETag` of the version that is changed."),
    ),
    responses((status = 200, body = TenantView, description = "As the cluster accepted it."))
)]
async fn change(
    Extract(state): Extract<State>,
    Signed(who): Signed,
    known: Known,
    language: Language,
    headers: HeaderMap,
    Path(name): Path<String>,
    patch: Merge,
) -> Result<Response, Problem> {
    let tenant = door::tenant(&state.caches, &who, Action::ManageTenants, &name)?;
    patch.only::<TenantPatch>()?;
    let changed = |there: &Tenant| {
        let before = serde_json::to_value(TenantFields::from(there.spec.clone())).unwrap_or_default();
        let fields: TenantFields = parse(&patch.applied_to(before))?;
        let mut wanted = Tenant { spec: fields.into(), status: None, ..there.clone() };
        changed_by::note(&mut wanted, labels::CHANGED_BY, &who, request_id(&headers));
        Ok(Some(wanted).filter(|wanted| wanted.spec != there.spec))
    };
    let written = replace(&api(&state), &params(), tenant, &known, changed).await?;
    state.caches.tenants.reached(&written).await;
    Ok(answer(&written, language))
}

/// Removes a tenant that has no workspaces any more; for the hoster.
#[utoipa::path(
    delete, path = "/v1/tenants/{tenant}", operation_id = "deleteTenant", tag = "Tenants",
    params(
        ("tenant" = String, Path, description = "Its name.", max_length = 63),
        ("If-Match" = Option<String>, Header, description = "`ETag` of the version that is removed."),
    ),
    responses((status = 202, description = "It is being removed."))
)]
async fn delete(
    Extract(state): Extract<State>,
    Signed(who): Signed,
    known: Known,
    headers: HeaderMap,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let tenant = door::tenant(&state.caches, &who, Action::ManageTenants, &name)?;
    let tenant = expected(&api(&state), tenant, &known).await?;
    // Past the cache: another replica may have taken an order a moment ago.
    let orders: Api<Workspace> = Api::namespaced(state.client.clone(), &law::namespace(&name));
    let left = orders.list_metadata(&ListParams::default().limit(NAMED)).await;
    let sent = serde_json::Value::Null;
    let refused = Refused { name: &name, sent: &sent, conditional: known.names_a_version() };
    let left: Vec<String> =
        left.map_err(|error| refused.problem(error))?.items.iter().map(ResourceExt::name_any).collect();
    if !left.is_empty() {
        return Err(still_there(&name, &left.join(", ")));
    }
    let tenant = replace(&api(&state), &params(), tenant, &known, |there| {
        let mut noted = Tenant { status: None, ..there.clone() };
        changed_by::note(&mut noted, labels::DELETED_BY, &who, request_id(&headers));
        // Whoever deleted it first did.
        Ok(Some(noted).filter(|_| there.metadata.deletion_timestamp.is_none()))
    })
    .await?;
    let preconditions = Preconditions {
        uid: tenant.uid(),
        resource_version: tenant.resource_version().filter(|_| known.names_a_version()),
    };
    let params = DeleteParams { preconditions: Some(preconditions), ..DeleteParams::default() };
    api(&state).delete(&name, &params).await.map_err(|error| refused.problem(error))?;
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

#[derive(Deserialize, Serialize)]
struct Named {
    name: String,
}

fn api(state: &State) -> Api<Tenant> {
    Api::all(state.client.clone())
}

fn params() -> PostParams {
    PostParams { field_manager: Some(MANAGER.into()), ..PostParams::default() }
}

/// The hoster's view: nobody else writes tenants.
fn answer(tenant: &Tenant, language: Language) -> Response {
    let headers = Tag::of(tenant).told_in(language).headers();
    (language, headers, Json(TenantView::of(tenant, true, language))).into_response()
}

fn created(tenant: &Tenant, again: bool, language: Language) -> Response {
    let mut response = answer(tenant, language);
    *response.status_mut() = StatusCode::CREATED;
    if let Ok(location) = HeaderValue::from_str(&format!("/v1/tenants/{}", tenant.name_any())) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    if again {
        tell_replayed(response.headers_mut());
    }
    response
}
