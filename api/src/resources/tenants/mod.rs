//! Tenants: one's own; all for the hoster, who registers, changes and removes them.

mod taken;
mod view;

use axum::{
    Json,
    extract::{Path, State as Extract},
};
use beffroi_core::tenant as law;
use beffroi_crds::{Tenant, Workspace, labels};
use http::StatusCode;
use kube::{Api, ResourceExt, api::ListParams};
use serde_json::{Value, json};

use self::view::{NewTenant, TenantFields, TenantPatch, TenantView};
use super::{
    asked::Asked,
    create::create_once,
    replace::{expected, remove, replace},
};
use crate::{
    auth::Action,
    door,
    language::{Accepted, Language},
    operation::{Made, Routes, Versioned, Written, operation},
    problem::{Kind, Problem, Refused},
    request::{
        body::{Apart, Merge},
        checked,
        key::Key,
        page::{Page, Wanted},
        query::Parameters,
        signed::Signed,
        version::{Known, Meant, Tag},
        which::OfTenant,
    },
    state::{State, as_manager},
};

/// Most workspaces that are named where they keep a tenant from being removed.
const NAMED: u32 = 10;

/// Where the name of a tenant that was made comes from.
const MADE: [(&str, &str); 1] = [("tenant", "$response.body#/name")];

/// Routes.
pub fn router() -> Routes<State> {
    Routes::new()
        .with(operation!(list).leads_to("readTenant", &[("tenant", "$response.body#/items/0/name")]))
        .with(
            operation!(create)
                .example::<NewTenant>("commune", "A commune.", &commune())
                .leads_to("readTenant", &MADE)
                .leads_to("changeTenant", &MADE)
                .leads_to("deleteTenant", &MADE),
        )
        .with(operation!(read))
        .with(operation!(change).example::<TenantPatch>(
            "title",
            "Another title.",
            &json!({ "title": "GHT Bourgogne Méridionale" }),
        ))
        .with(operation!(delete))
}

/// The tenants that one may know of, by name.
#[utoipa::path(
    get, path = "/v1/tenants", operation_id = "listTenants", tag = "Tenants",
    responses((status = 200, description = "A page of them."))
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
    responses((status = 200, description = "The tenant."))
)]
async fn read(
    Extract(state): Extract<State>,
    Signed(who): Signed,
    known: Known,
    Accepted(language): Accepted,
    Path(OfTenant { name }): Path<OfTenant>,
) -> Result<Versioned<TenantView>, Problem> {
    let tenant = door::tenant(&state.caches, &who, Action::Read, &name)?;
    let tag = Tag::of(&*tenant);
    let tag = if who.hoster { tag } else { tag.view("public") };
    Ok(known.answer_in(language, tag, || TenantView::of(&tenant, who.hoster, language)))
}

/// Registers a tenant; for the hoster.
#[utoipa::path(
    post, path = "/v1/tenants", operation_id = "createTenant", tag = "Tenants",
    responses((status = 201, description = "It is registered."))
)]
async fn create(
    Extract(state): Extract<State>,
    asked: Asked,
    key: Key,
    Apart { fields, .. }: Apart<NewTenant>,
) -> Result<Made<TenantView>, Problem> {
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
    responses((status = 200, description = "As the cluster accepted it."))
)]
async fn change(
    Extract(state): Extract<State>,
    asked: Asked,
    meant: Meant,
    Path(OfTenant { name }): Path<OfTenant>,
    patch: Merge<TenantPatch>,
) -> Result<Written<TenantView>, Problem> {
    let tenant = door::tenant(&state.caches, &asked.who, Action::ManageTenants, &name)?;
    patch.check()?;
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
    let written = replace(&api(&state), &as_manager(), tenant, &meant, changed).await?;
    state.caches.tenants.reached(&written).await;
    Ok(answer(&written, asked.language))
}

/// Removes a tenant that has no workspaces any more; for the hoster.
#[utoipa::path(
    delete, path = "/v1/tenants/{tenant}", operation_id = "deleteTenant", tag = "Tenants",
    responses((status = 202, description = "It is being removed."))
)]
async fn delete(
    Extract(state): Extract<State>,
    asked: Asked,
    meant: Meant,
    Path(OfTenant { name }): Path<OfTenant>,
) -> Result<StatusCode, Problem> {
    let tenant = door::tenant(&state.caches, &asked.who, Action::ManageTenants, &name)?;
    let tenant = expected(&api(&state), tenant, &meant).await?;
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
    let tenant = replace(&api(&state), &as_manager(), tenant, &meant, |there| {
        let mut noted = Tenant { status: None, ..there.clone() };
        asked.note(&mut noted, labels::DELETED_BY);
        // Whoever deleted it first did.
        Ok(Some(noted).filter(|_| there.metadata.deletion_timestamp.is_none()))
    })
    .await?;
    remove(&api(&state), tenant.clone(), &meant).await?;
    state.caches.tenants.parted(&tenant).await;
    Ok(StatusCode::ACCEPTED)
}

fn commune() -> Value {
    json!({
        "name": "mairie-tournus", "title": "Commune de Tournus", "kind": "Commune", "siren": "999002033",
        "insee": "71543", "policy": "standard", "domains": ["mairie-tournus.example"],
        "contacts": [{
            "role": "DPO", "name": "Délégué à la protection des données", "email": "dpo@mairie-tournus.example",
        }],
    })
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
fn answer(tenant: &Tenant, language: Language) -> Written<TenantView> {
    let headers = Tag::of(tenant).told_in(language).headers();
    Written::new((Accepted(language), headers, Json(TenantView::of(tenant, true, language))))
}
