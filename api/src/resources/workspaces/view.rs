//! A workspace: what was ordered, what became of it; and the forms in which it is ordered and changed.

use beffroi_core::message;
use beffroi_crds::{
    DeletionRequest, Person, Workspace, WorkspaceSpec,
    app::Channel,
    conditions::{BACKED_UP, COMPLIANT, LOCATED, READY},
    message::Args,
    ordered_generation,
    text::{Domain, Name},
    workspace::{
        BackupRequest, DataKind, HeldRelease, MaintenanceWindow, OrderedApp, PlacementRequest, UpdatePolicy,
    },
};
use jiff::Timestamp;
use kube::ResourceExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    door::Admitted,
    language::Language,
    problem::Problem,
    request::body::Fields,
    views::{
        condition::{ConditionView, Status, find, status, told, views},
        ending::EndingView,
        pending::PendingView,
        state::State,
    },
};

/// A workspace.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Workspace")]
#[serde(rename_all = "camelCase")]
pub struct WorkspaceView {
    /// `TENANT.WORKSPACE`.
    pub id: String,
    /// Its tenant.
    pub tenant: String,
    /// Its name.
    pub name: String,
    /// Apps, each with the release that it is held at.
    pub apps: Vec<AppOfWorkspace>,
    /// Releases of the channels that its apps follow which do not come yet.
    pub pending: Vec<PendingView>,
    /// Kinds of data that it holds.
    pub data: Vec<DataKind>,
    /// On how many sites, how far apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placement: Option<PlacementRequest>,
    /// Domain under which its apps are reached.
    pub domain: String,
    /// When changes may come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maintenance_window: Option<MaintenanceWindow>,
    /// Which new releases come by themselves.
    pub updates: UpdatePolicy,
    /// How it is backed up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup: Option<BackupRequest>,
    /// Whether its apps are stopped.
    pub suspended: bool,
    /// When it is deleted, unless it is restored before: not before its order says so, nor before the policy lets one
    /// person have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub delete_after: Option<Timestamp>,
    /// Deletion sooner than that, which one person asked for and which waits for another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_request: Option<DeletionRequestView>,
    /// In one word.
    pub state: State,
    /// Why, for people.
    pub message: String,
    /// Sites where it lies.
    pub sites: Vec<SiteOfWorkspace>,
    /// Whether its data lies where the rules allow.
    pub located: Status,
    /// Whether a recent backup of it was seen where it may lie.
    pub backed_up: Status,
    /// Whether all that its policy requires holds.
    pub compliant: Status,
    /// What it rests on and that has ended, or ends within 90 days: certificates, statements, support, access to sites.
    pub endings: Vec<EndingView>,
    /// What holds of it.
    pub conditions: Vec<ConditionView>,
    /// When it was ordered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub created_at: Option<Timestamp>,
    /// Version: the number in `ETag`.
    pub version: String,
}

/// A deletion that waits for a second person: another manager of the tenant, or the hosting provider.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "DeletionRequest")]
#[serde(rename_all = "camelCase")]
pub struct DeletionRequestView {
    /// What is confirmed: field `request` of `confirmDeletion`.
    pub id: String,
    /// Who asks: unique for the issuer.
    pub subject: String,
    /// Who vouches for them.
    pub issuer: String,
    /// How that person is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// When it was asked for.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub at: Timestamp,
    /// Until when it can be confirmed.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub until: Timestamp,
    /// Days from its confirmation to the end.
    pub grace_days: u32,
}

/// An app of a workspace.
#[derive(Debug, JsonSchema, Serialize)]
pub struct AppOfWorkspace {
    /// Name in the catalogue.
    pub name: String,
    /// Version that was ordered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Channel that was ordered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// Release that it is held at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<Held>,
}

/// The release that an app is held at.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Held {
    /// Version.
    pub version: String,
    /// Digest of its chart.
    pub digest: String,
    /// Whether the catalogue lists it no longer: what runs stays.
    pub withdrawn: bool,
    /// Last day of support, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supported_until: Option<String>,
    /// What really runs, by site, wherever that is not this release as a whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub running: Vec<Running>,
}

/// What runs of an app in a site that does not run the release that is held.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Running {
    /// Name of the site.
    pub site: String,
    /// Version that was installed whole last; absent: none was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Version that was begun after it and failed: parts of it may run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
}

impl Held {
    fn of(held: &HeldRelease) -> Self {
        let running = held.running.iter().cloned();
        Self {
            version: held.version.clone(),
            digest: held.digest.clone(),
            withdrawn: held.withdrawn,
            supported_until: held.supported_until.as_ref().map(ToString::to_string),
            running: running
                .map(|r| Running { site: r.site, version: r.version, failed: r.failed })
                .collect(),
        }
    }
}

/// A site where a workspace lies.
#[derive(Debug, JsonSchema, Serialize)]
pub struct SiteOfWorkspace {
    /// Name.
    pub name: String,
    /// City.
    pub city: String,
    /// Since when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub since: Option<Timestamp>,
    /// Whether all is ready there.
    pub ready: bool,
    /// What is going on there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Stable code of the message.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub code: String,
    /// Arguments of the message.
    #[serde(default, skip_serializing_if = "Args::is_empty")]
    pub args: Args,
    /// Pods that are ready, of those that exist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pods: Option<String>,
}

/// What can be ordered and changed of a workspace.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WorkspaceFields {
    /// Apps of the catalogue, each once.
    #[schemars(length(min = 1, max = 16))]
    pub apps: Vec<OrderedApp>,
    /// Kinds of data that it will hold.
    #[schemars(length(min = 1, max = 16), extend("uniqueItems" = true))]
    pub data: Vec<DataKind>,
    /// On how many sites, how far apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placement: Option<PlacementRequest>,
    /// Domain under which its apps are reached.
    pub domain: Domain,
    /// When changes may come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maintenance_window: Option<MaintenanceWindow>,
    /// Which new releases come by themselves.
    #[serde(default)]
    pub updates: UpdatePolicy,
    /// How it is backed up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup: Option<BackupRequest>,
    /// Whether its apps are stopped.
    #[serde(default)]
    pub suspended: bool,
}

/// A workspace to be ordered.
#[derive(Clone, Debug, JsonSchema, Serialize)]
#[schemars(extend("additionalProperties" = false))]
pub struct NewWorkspace {
    /// Who orders it.
    pub tenant: Name,
    /// Its name: lower-case letters, digits and hyphens, at most 50. It does not change.
    #[schemars(length(min = 1, max = 50))]
    pub name: Name,
    /// What is ordered.
    #[serde(flatten)]
    pub fields: WorkspaceFields,
}

/// Fields to change of a workspace (RFC 7396): absent stays, `null` takes away.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-merge-patch" = true))]
#[allow(missing_docs)]
pub struct WorkspacePatch {
    #[serde(default)]
    #[schemars(with = "Vec<OrderedApp>", length(min = 1, max = 16))]
    pub apps: Option<Vec<OrderedApp>>,
    #[serde(default)]
    #[schemars(with = "Vec<DataKind>", length(min = 1, max = 16), extend("uniqueItems" = true))]
    pub data: Option<Vec<DataKind>>,
    pub placement: Option<PlacementRequest>,
    #[serde(default)]
    #[schemars(with = "Domain")]
    pub domain: Option<Domain>,
    pub maintenance_window: Option<MaintenanceWindow>,
    pub updates: Option<UpdatePolicy>,
    pub backup: Option<BackupRequest>,
    pub suspended: Option<bool>,
}

impl NewWorkspace {
    /// Reads a body.
    ///
    /// # Errors
    /// Naming each field that does not fit.
    pub fn read(mut fields: Fields) -> Result<Self, Problem> {
        fields.check::<Self>()?;
        Ok(Self { tenant: fields.take("tenant")?, name: fields.take("name")?, fields: fields.rest()? })
    }
}

impl WorkspaceFields {
    /// What can be changed of an order.
    pub fn of(spec: WorkspaceSpec) -> Self {
        // Taken apart without `..`: a new field is decided upon here.
        let WorkspaceSpec {
            apps,
            data,
            placement,
            domain,
            maintenance_window,
            updates,
            backup,
            suspended,
            delete_after: _,
        } = spec;
        Self { apps, data, placement, domain, maintenance_window, updates, backup, suspended }
    }

    /// Puts it into an order.
    pub fn put_into(self, spec: &mut WorkspaceSpec) {
        let Self { apps, data, placement, domain, maintenance_window, updates, backup, suspended } = self;
        let delete_after = spec.delete_after.take();
        *spec = WorkspaceSpec {
            apps,
            data,
            placement,
            domain,
            maintenance_window,
            updates,
            backup,
            suspended,
            delete_after,
        };
    }
}

/// When a workspace is deleted by its order. The operator says when the policy lets it, once it has seen the order.
fn delete_after(workspace: &Workspace) -> Option<Timestamp> {
    let ordered = workspace.spec.delete_after.as_ref()?.0;
    let deletion = workspace.status.as_ref().and_then(|status| status.deletion.as_ref());
    let seen = deletion.filter(|deletion| deletion.generation == ordered_generation(workspace));
    Some(seen.and_then(|deletion| deletion.at.as_ref()).map_or(ordered, |at| at.0))
}

impl From<DeletionRequest> for DeletionRequestView {
    fn from(asked: DeletionRequest) -> Self {
        let DeletionRequest { by, at, until, grace_days, .. } = asked;
        let Person { subject, issuer, name, request } = by;
        Self { id: request, subject, issuer, name, at: at.0, until: until.0, grace_days }
    }
}

impl WorkspaceView {
    /// A workspace.
    pub fn of(found: &Admitted, language: Language) -> Self {
        let Admitted { tenant, workspace } = found;
        let status_of = workspace.status.clone().unwrap_or_default();
        let conditions = &status_of.conditions;
        let WorkspaceFields { apps, data, placement, domain, maintenance_window, updates, backup, suspended } =
            WorkspaceFields::of(workspace.spec.clone());
        let app = |ordered: OrderedApp| {
            let held = status_of.releases.iter().find(|held| held.app == *ordered.name);
            AppOfWorkspace {
                name: ordered.name.to_string(),
                version: ordered.version,
                channel: ordered.channel,
                held: held.map(Held::of),
            }
        };
        let site = |site: &beffroi_crds::workspace::PlacedSite| SiteOfWorkspace {
            name: site.name.clone(),
            city: site.city.clone(),
            since: site.since.as_ref().map(|since| since.0),
            ready: site.ready,
            message: site
                .message
                .as_deref()
                .map(|text| message::drawn(language, &site.code, &site.args, text)),
            code: site.code.clone(),
            args: site.args.clone(),
            pods: site.pods.clone(),
        };
        Self {
            id: found.id(),
            tenant: tenant.name_any(),
            name: workspace.name_any(),
            apps: apps.into_iter().map(app).collect(),
            pending: PendingView::all(&status_of.pending, language),
            data,
            placement,
            domain: domain.to_string(),
            maintenance_window,
            updates,
            backup,
            suspended,
            delete_after: delete_after(workspace),
            deletion_request: DeletionRequest::pending(workspace, Timestamp::now()).map(Into::into),
            state: State::of(workspace),
            message: find(conditions, READY).map(|ready| told(ready, language)).unwrap_or_default(),
            sites: status_of.sites.iter().map(site).collect(),
            located: status(conditions, LOCATED),
            backed_up: status(conditions, BACKED_UP),
            compliant: status(conditions, COMPLIANT),
            endings: EndingView::all(&status_of.endings, language),
            conditions: views(conditions, language),
            created_at: workspace.metadata.creation_timestamp.as_ref().map(|time| time.0),
            version: workspace.resource_version().unwrap_or_default(),
        }
    }
}
