//! An app of the catalogue, as one tenant may use it.

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
use serde::Serialize;

use super::{
    condition::{Status, status},
    rule::JudgementView,
};
use crate::language::Language;

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
