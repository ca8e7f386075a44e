//! A ready scene for tests: a fleet of sample sites, the operator, the samples applied, and a tenant without
//! quota who orders small workspaces.

use anyhow::{Context, Result, ensure};
use beffroi_cluster::{Cluster, PushedChart};
use beffroi_crds::conditions::Condition;
use beffroi_crds::{
    Site, Tenant, Workspace, WorkspaceSpec,
    app::Channel,
    tenant::TenantKind,
    workspace::{DataKind, OrderedApp, PlacementRequest},
};
use kube::{Api, Client, Resource, ResourceExt, core::object::HasStatus};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::{Fleet, Operator, eventually, fleet, samples};

/// Everything that a test needs.
pub struct Scene {
    /// The operator; first, so that it ends before the clusters.
    pub operator: Option<Operator>,
    /// The clusters.
    pub fleet: Fleet,
    /// The chart that stands in for every app.
    pub chart: PushedChart,
}

/// Name of the tenant without quota.
pub const TENANT: &str = "essaim";
/// Its namespace.
pub const HOME: &str = "tenant-essaim";

impl Scene {
    /// Starts the sample sites of these names, the operator and a tenant.
    ///
    /// # Errors
    /// When anything cannot be started.
    pub async fn start(names: &[&str]) -> Result<Self> {
        Self::start_as(names, |builder| builder).await
    }

    /// The same on clusters that are told how to be, each of them.
    ///
    /// # Errors
    /// When anything cannot be started.
    pub async fn start_as(names: &[&str], shape: fleet::Shape) -> Result<Self> {
        let all: Vec<Site> = samples::read("sites")?;
        let sites: Vec<Site> =
            all.into_iter().filter(|site| names.contains(&site.name_any().as_str())).collect();
        let fleet = Fleet::start_each(shape(Cluster::builder("management")), &sites, shape).await?;
        let operator = Operator::start(&fleet).await?;
        let chart = fleet.registry.push_chart(&fleet::chart("stand-in")).await?;
        let scene = Self { operator: Some(operator), fleet, chart };
        let client = scene.client();
        samples::apply_all(&client, &scene.fleet.registry, &scene.chart).await?;
        samples::apply(&client, &tenant(TENANT)).await?;
        for name in names {
            let api: Api<Site> = Api::all(client.clone());
            until(&api, name, "Ready", "True").await?;
        }
        Ok(scene)
    }

    /// The administrator of the management cluster.
    pub fn client(&self) -> Client {
        self.fleet.management.admin()
    }

    /// The running operator.
    ///
    /// # Errors
    /// When none runs.
    pub fn operator(&self) -> Result<&Operator> {
        self.operator.as_ref().context("no operator runs")
    }

    /// Workspaces of the tenant.
    pub fn workspaces(&self) -> Api<Workspace> {
        Api::namespaced(self.client(), HOME)
    }

    /// Orders a workspace.
    ///
    /// # Errors
    /// When the tenant's namespace does not come, or the order is refused.
    pub async fn order(&self, workspace: &Workspace) -> Result<Workspace> {
        let client = self.client();
        eventually("the order", async || samples::apply_in(&client, workspace).await).await
    }
}

/// A commune without quota, with numbers and a domain of its own.
pub fn tenant(name: &str) -> Tenant {
    let mark = Sha256::digest(name.as_bytes());
    let number = |at: usize, below: u32| {
        mark[at..at + 4].iter().fold(0, |sum: u32, byte| (sum << 8) | u32::from(*byte)) % below
    };
    let siren = keyed(&format!("9{:07}", number(0, 10_000_000)));
    let mut tenant = Tenant::default();
    tenant.metadata.name = Some(name.to_owned());
    tenant.spec.title = format!("Commune de {name}");
    tenant.spec.kind = TenantKind::Commune;
    tenant.spec.siret = Some(keyed(&format!("{siren}0001")).as_str().into());
    tenant.spec.insee = Some(format!("{:02}{:03}", 21 + number(4, 60), 1 + number(8, 900)).as_str().into());
    tenant.spec.policy = "standard".into();
    tenant.spec.domains = vec![format!("{name}.example").as_str().into()];
    tenant
}

/// Digits with their Luhn key, as SIREN and SIRET have it.
fn keyed(digits: &str) -> String {
    let weigh = |(at, digit): (usize, u32)| {
        let digit = digit * if at.is_multiple_of(2) { 2 } else { 1 };
        if digit > 9 { digit - 9 } else { digit }
    };
    let sum: u32 = digits.chars().rev().filter_map(|digit| digit.to_digit(10)).enumerate().map(weigh).sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

/// A workspace with one app of the catalogue, preferring a site.
pub fn workspace(name: &str, app: &str, preferred: &[&str]) -> Workspace {
    let mut workspace = Workspace::new(
        name,
        WorkspaceSpec {
            apps: vec![OrderedApp { name: app.into(), version: None, channel: Some(Channel::Stable) }],
            data: vec![DataKind::Staff],
            domain: format!("{name}.{TENANT}.example").as_str().into(),
            placement: Some(PlacementRequest {
                preferred_sites: preferred.iter().map(|site| (*site).into()).collect(),
                ..PlacementRequest::default()
            }),
            ..WorkspaceSpec::default()
        },
    );
    workspace.metadata.namespace = Some(HOME.to_owned());
    workspace
}

/// Kinds whose status has conditions.
pub trait Conditions {
    /// Its conditions, once there is a status.
    fn conditions(&self) -> &[Condition];
}

macro_rules! conditions {
    ($($kind:ty),+) => {
        $(impl Conditions for $kind {
            fn conditions(&self) -> &[Condition] {
                self.status().map(|status| status.conditions.as_slice()).unwrap_or_default()
            }
        })+
    };
}
conditions!(
    beffroi_crds::App,
    beffroi_crds::Provider,
    beffroi_crds::SovereigntyPolicy,
    Site,
    Tenant,
    Workspace
);

/// A condition of an object.
///
/// # Errors
/// When it has none of that type.
pub fn condition<'a>(object: &'a impl Conditions, kind: &str) -> Result<&'a Condition> {
    object.conditions().iter().find(|c| c.type_ == kind).with_context(|| format!("no condition {kind} yet"))
}

/// Waits until a condition has a status, and returns the object then.
///
/// # Errors
/// When it does not.
pub async fn until<K>(api: &Api<K>, name: &str, kind: &str, status: &str) -> Result<K>
where
    K: Resource + Conditions + Clone + std::fmt::Debug + DeserializeOwned,
{
    let what = format!("{name} {kind}={status}");
    eventually(&what, async || {
        let object = api.get(name).await?;
        let found = condition(&object, kind)?;
        ensure!(found.status == status, "{kind}={} ({}): {}", found.status, found.reason, found.message);
        Ok(object)
    })
    .await
}

/// Waits until a condition has a reason, and returns its message.
///
/// # Errors
/// When it does not.
pub async fn until_reason<K>(api: &Api<K>, name: &str, kind: &str, reason: &str) -> Result<String>
where
    K: Resource + Conditions + Clone + std::fmt::Debug + DeserializeOwned,
{
    let what = format!("{name} {kind} with reason {reason}");
    eventually(&what, async || {
        let object = api.get(name).await?;
        let found = condition(&object, kind)?;
        ensure!(found.reason == reason, "{kind}={} ({}): {}", found.status, found.reason, found.message);
        Ok(found.message.clone())
    })
    .await
}
