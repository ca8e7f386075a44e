//! The catalogue, as one tenant may use it.

use axum::{
    Json,
    extract::{Path, State as Extract},
};
use beffroi_core::{
    policy::{self, Case},
    tenant as law,
};
use beffroi_crds::{
    App, AppSpec, Tenant, WorkspaceSpec,
    app::{AiModel, Category, Channel, Chart, DataStore, Image, Needs, Release},
    conditions::ORDERABLE,
    workspace::Judgement,
};
use kube::ResourceExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use crate::{
    auth::Action,
    door,
    language::{Accepted, Language},
    operation::{Routes, operation},
    problem::Problem,
    request::{
        page::{Page, Wanted},
        query::Parameters,
        signed::Signed,
    },
    state::State,
    views::{
        condition::{Status, status},
        judgement::JudgementView,
    },
};

/// An app of the catalogue, as one tenant may use it.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "App")]
#[serde(rename_all = "camelCase")]
pub struct AppView {
    /// Name.
    pub name: String,
    /// Name shown to people.
    pub title: String,
    /// What it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What it serves for.
    pub category: Category,
    /// Who publishes it.
    pub publisher: Publisher,
    /// SPDX expression of its licence.
    pub licence: String,
    /// Where its publisher offers or describes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upstream: Option<String>,
    /// Versions that can be ordered.
    pub releases: Vec<ReleaseView>,
    /// What one instance needs, of each site's quota.
    pub needs: Needs,
    /// Every place where it keeps data.
    pub data_stores: Vec<DataStore>,
    /// AI models that it uses.
    pub ai_models: Vec<AiModel>,
    /// Whether this tenant may order it.
    pub orderable: bool,
    /// Each rule that refuses it to this tenant.
    pub refusals: Vec<JudgementView>,
}

/// Who publishes an app.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Publisher {
    /// Name of the provider.
    pub name: String,
    /// Legal name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_name: Option<String>,
    /// Country of its seat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

/// A version that can be ordered.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Release")]
#[serde(rename_all = "camelCase")]
pub struct ReleaseView {
    /// Version.
    pub version: String,
    /// How settled it is.
    pub channel: Channel,
    /// Its chart, by digest.
    pub chart: Chart,
    /// Images that it runs, each by digest.
    pub images: Vec<Image>,
    /// Last day of support.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub supported_until: Option<String>,
    /// Whether installing it changes data in a way that an older version cannot read.
    pub irreversible: bool,
    /// Versions from which one may come straight to this one; empty: from any.
    pub upgrades_from: Vec<String>,
}

impl From<Release> for ReleaseView {
    fn from(release: Release) -> Self {
        // Taken apart without `..`: a new field is decided upon here.
        let Release { version, channel, chart, images, supported_until, irreversible, upgrades_from } =
            release;
        Self {
            version,
            channel,
            chart,
            images,
            supported_until: supported_until.map(|day| day.0),
            irreversible,
            upgrades_from,
        }
    }
}

impl AppView {
    /// An app as `tenant` may use it in a workspace without data of any particular kind; that it is orderable at all is
    /// its own status.
    pub fn of(app: &App, world: &beffroi_core::facts::World, tenant: &Tenant, language: Language) -> Self {
        // Taken apart without `..`: a new field is decided upon here.
        let AppSpec {
            title,
            description,
            category,
            publisher,
            licence,
            upstream,
            releases,
            needs,
            data_stores,
            ai_models,
            // How the hoster sets the chart up: his business, and it may name what is inside.
            values: _,
            filled_values: _,
            hosts: _,
        } = app.spec.clone();
        let known = world.providers.get(&*publisher);
        let refusals = refusals(app, world, tenant);
        let offered = refusals.as_ref().is_some_and(Vec::is_empty);
        let refusals = refusals.unwrap_or_default();
        let conditions = app.status.as_ref().map(|status| status.conditions.as_slice()).unwrap_or_default();
        Self {
            name: app.name_any(),
            title,
            description,
            category,
            publisher: Publisher {
                legal_name: known.map(|p| p.spec.legal_name.clone()),
                country: known.map(|p| p.spec.seat.country.to_string()),
                name: publisher.0,
            },
            licence,
            upstream: upstream.map(|address| address.0),
            releases: releases.into_iter().map(ReleaseView::from).collect(),
            needs,
            data_stores,
            ai_models,
            orderable: offered && status(conditions, ORDERABLE) == Status::True,
            refusals: JudgementView::all(&refusals, language),
        }
    }
}

/// The rules that refuse an app to a tenant, whatever the workspace; none where the tenant has no policy, and may order
/// nothing.
fn refusals(app: &App, world: &beffroi_core::facts::World, tenant: &Tenant) -> Option<Vec<Judgement>> {
    let policy = world.policies.get(&*tenant.spec.policy)?;
    let workspace = WorkspaceSpec::default();
    let members = law::members::of(world, tenant).collect();
    let case = Case { world, policy: &policy.spec, tenant, members, workspace: &workspace };
    let judgements = policy::judge_app(&case, app);
    Some(judgements.into_iter().filter(|j| policy::refuses(&j.rule, j.verdict, &policy.spec)).collect())
}

/// For whom the catalogue is told.
#[derive(Debug, Deserialize, IntoParams, JsonSchema)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// For this tenant; needed by those who may see several.
    #[param(max_length = 63, example = "ght-bm")]
    tenant: Option<String>,
}

/// Which app.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct Named {
    /// Its name.
    #[param(max_length = 63, example = "meet")]
    name: String,
}

/// Routes.
pub fn router() -> Routes<State> {
    Routes::new()
        .with(operation!(list).leads_to("readApp", &[("name", "$response.body#/items/0/name")]))
        .with(operation!(read))
}

/// The catalogue as a tenant may use it: publisher, licence, versions, end of support, and what refuses an app.
#[utoipa::path(
    get, path = "/v1/apps", operation_id = "listApps", tag = "Catalogue",
    responses((status = 200, description = "A page of apps, by name."))
)]
async fn list(
    Extract(state): Extract<State>,
    Signed(who): Signed,
    Accepted(language): Accepted,
    Parameters(asked): Parameters<Asked>,
    Parameters(wanted): Parameters<Wanted>,
) -> Result<(Accepted, Json<Page<AppView>>), Problem> {
    let tenant = door::one_tenant(&state.caches, &who, Action::Read, asked.tenant.as_deref())?;
    let world = state.register.of(&state.caches);
    let page = wanted.of(state.caches.apps.all(), |app| app.name_any())?;
    Ok((Accepted(language), Json(page.map(|app| AppView::of(&app, &world, &tenant, language)))))
}

/// One app, as a tenant may use it.
#[utoipa::path(
    get, path = "/v1/apps/{name}", operation_id = "readApp", tag = "Catalogue",
    responses((status = 200, description = "The app, as the tenant may use it."))
)]
async fn read(
    Extract(state): Extract<State>,
    Signed(who): Signed,
    Accepted(language): Accepted,
    Path(Named { name }): Path<Named>,
    Parameters(asked): Parameters<Asked>,
) -> Result<(Accepted, Json<AppView>), Problem> {
    let tenant = door::one_tenant(&state.caches, &who, Action::Read, asked.tenant.as_deref())?;
    let app = state.caches.apps.get(&name).ok_or_else(|| Problem::not_found(&name))?;
    let world = state.register.of(&state.caches);
    Ok((Accepted(language), Json(AppView::of(&app, &world, &tenant, language))))
}
