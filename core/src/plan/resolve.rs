//! Everything that a workspace names, found and allowed: references → releases → quota → rules of the tenant
//! and the apps.

use beffroi_crds::{
    App, Site, SovereigntyPolicy, SovereigntyPolicySpec, Tenant,
    app::Release,
    conditions::reason::{POLICY_REFUSED, REFERENCE_NOT_FOUND},
    workspace::{Judgement, OrderedApp, UpdatePolicy, Verdict},
};
use kube::ResourceExt;
use thiserror::Error;

use super::{Order, current_sites, needs};
use crate::{
    facts::Resources,
    policy::{self, Case},
    quantity, window,
};

/// A workspace whose every reference is resolved.
#[derive(Debug)]
pub struct Resolved<'a> {
    /// Who ordered it.
    pub tenant: &'a Tenant,
    /// Members, where the tenant is a grouping.
    pub members: Vec<&'a Tenant>,
    /// The rules it is held to.
    pub policy: &'a SovereigntyPolicy,
    /// Apps with the release that each is held at.
    pub apps: Vec<(&'a App, &'a Release)>,
    /// What the apps need together.
    pub needs: Resources,
    /// What rules warn of.
    pub warnings: Vec<Judgement>,
}

/// Why an order does not stand.
#[derive(Debug, Error)]
pub enum Refusal {
    /// The namespace belongs to no tenant.
    #[error(
        "namespace {0} belongs to no Tenant: order workspaces in namespace tenant-NAME, which Beffroi makes for each Tenant"
    )]
    NoTenant(String),
    /// The tenant is being deleted, and this is a new order.
    #[error("Tenant {0} is being deleted: it takes no new orders any more")]
    TenantLeaving(String),
    /// A member of the grouping does not exist.
    #[error(
        "Tenant {tenant} names member {member}, which does not exist: create it, or correct spec.members"
    )]
    NoMember {
        /// The grouping.
        tenant: String,
        /// The name.
        member: String,
    },
    /// The policy does not exist.
    #[error(
        "Tenant {tenant} names SovereigntyPolicy {policy}, which does not exist: create it, or correct spec.policy"
    )]
    NoPolicy {
        /// The tenant.
        tenant: String,
        /// The name.
        policy: String,
    },
    /// The policy has custom rules that do not compile.
    #[error("SovereigntyPolicy {policy} is not in order: {why}")]
    BrokenPolicy {
        /// The policy.
        policy: String,
        /// What is wrong.
        why: String,
    },
    /// The app does not exist.
    #[error("spec.apps: no App is named {app}; the catalogue has {known}")]
    NoApp {
        /// The name.
        app: String,
        /// Names that exist.
        known: String,
    },
    /// The app has no such release.
    #[error("spec.apps[{app}]: no release {wanted}; it has {known}")]
    NoRelease {
        /// The app.
        app: String,
        /// Version or channel.
        wanted: String,
        /// Releases that exist.
        known: String,
    },
    /// More than the tenant may use.
    #[error(
        "Tenant {tenant} may use at most {limit} of {what} (spec.quota.{what}); with this workspace it would be {wanted}"
    )]
    OverQuota {
        /// The tenant.
        tenant: String,
        /// Field of the quota.
        what: &'static str,
        /// Limit.
        limit: String,
        /// What it would come to.
        wanted: String,
    },
    /// Rules of sovereignty refuse the tenant or an app.
    #[error("refused by {}", list(.0))]
    Rules(Vec<(String, Judgement)>),
}

impl Refusal {
    /// Stable reason for the condition `Accepted`.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::NoTenant(_) => "NoTenant",
            Self::TenantLeaving(_) => "TenantLeaving",
            Self::NoMember { .. } | Self::NoPolicy { .. } | Self::NoApp { .. } => REFERENCE_NOT_FOUND,
            Self::BrokenPolicy { .. } => "PolicyNotAccepted",
            Self::NoRelease { .. } => "ReleaseNotFound",
            Self::OverQuota { .. } => "QuotaExceeded",
            Self::Rules(_) => POLICY_REFUSED,
        }
    }
}

fn list(judgements: &[(String, Judgement)]) -> String {
    let lines = judgements.iter().map(|(what, j)| format!("{} ({what}): {}", j.rule, j.reason));
    lines.collect::<Vec<_>>().join("; ")
}

/// Resolves an order, or says why it does not stand.
///
/// # Errors
/// [`Refusal`], the first met.
pub fn resolve<'a>(order: &Order<'a>) -> Result<Resolved<'a>, Refusal> {
    let world = order.world;
    let tenant =
        order.tenant.ok_or_else(|| Refusal::NoTenant(order.workspace.namespace().unwrap_or_default()))?;
    // What it ordered before is upheld until it is deleted by itself.
    if tenant.metadata.deletion_timestamp.is_some() && current_sites(order).is_empty() {
        return Err(Refusal::TenantLeaving(tenant.name_any()));
    }
    let members = tenant
        .spec
        .members
        .iter()
        .map(|member| {
            world
                .tenants
                .get(&**member)
                .map(AsRef::as_ref)
                .ok_or_else(|| Refusal::NoMember { tenant: tenant.name_any(), member: member.to_string() })
        })
        .collect::<Result<Vec<_>, _>>()?;
    let policy = world.policies.get(&*tenant.spec.policy).map(AsRef::as_ref).ok_or_else(|| {
        Refusal::NoPolicy { tenant: tenant.name_any(), policy: tenant.spec.policy.to_string() }
    })?;
    if let Some(error) = policy::check_rules(&policy.spec).first() {
        return Err(Refusal::BrokenPolicy { policy: policy.name_any(), why: error.to_string() });
    }
    let apps = order
        .workspace
        .spec
        .apps
        .iter()
        .map(|ordered| release(order, ordered))
        .collect::<Result<Vec<_>, _>>()?;
    let needs = needs(world, &order.workspace.spec);
    within_quota(order, tenant, needs)?;

    let case = Case { world, policy: &policy.spec, tenant, members, workspace: &order.workspace.spec };
    let warnings = rules(&case, &apps)?;
    Ok(Resolved { tenant, members: case.members, policy, apps, needs, warnings })
}

fn release<'a>(order: &Order<'a>, ordered: &OrderedApp) -> Result<(&'a App, &'a Release), Refusal> {
    let app: &App = order.world.apps.get(&*ordered.name).ok_or_else(|| Refusal::NoApp {
        app: ordered.name.to_string(),
        known: known(order.world.apps.keys().cloned()),
    })?;
    let newest = app.spec.release(ordered.version.as_deref(), ordered.channel);
    let held = order
        .workspace
        .status
        .iter()
        .flat_map(|status| &status.releases)
        .find(|held| held.app == *ordered.name)
        .and_then(|held| app.spec.release(Some(&held.version), None));
    let chosen = match (ordered.version.is_some(), held) {
        (false, Some(held)) if !may_move(order, held, newest) => Some(held),
        _ => newest,
    };
    chosen.map(|release| (app, release)).ok_or_else(|| Refusal::NoRelease {
        app: app.name_any(),
        wanted: ordered
            .version
            .clone()
            .unwrap_or_else(|| format!("on channel {:?}", ordered.channel.unwrap_or_default())),
        known: known(app.spec.releases.iter().map(|r| format!("{} ({:?})", r.version, r.channel))),
    })
}

/// Whether an app on a channel may go from what it holds to the newest now.
fn may_move(order: &Order<'_>, held: &Release, newest: Option<&Release>) -> bool {
    let spec = &order.workspace.spec;
    let path = newest.is_some_and(|n| n.upgrades_from.is_empty() || n.upgrades_from.contains(&held.version));
    let open = spec.maintenance_window.as_ref().is_none_or(|w| window::is_open(w, order.world.now));
    spec.updates == UpdatePolicy::FollowChannel && path && open
}

fn known(names: impl Iterator<Item = String>) -> String {
    let names: Vec<_> = names.collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

fn within_quota(order: &Order<'_>, tenant: &Tenant, own: Resources) -> Result<(), Refusal> {
    let Some(quota) = &tenant.spec.quota else { return Ok(()) };
    let others = order.siblings.iter().map(|w| needs(order.world, &w.spec));
    let sum = others.fold(own, Resources::plus);
    let over = |what, limit: String, wanted: String| {
        Err(Refusal::OverQuota { tenant: tenant.name_any(), what, limit, wanted })
    };
    let count = u32::try_from(order.siblings.len() + 1).unwrap_or(u32::MAX);
    if let Some(limit) = quota.workspaces.filter(|limit| count > *limit) {
        return over("workspaces", limit.to_string(), count.to_string());
    }
    if let Some(limit) =
        quota.cpu.as_ref().filter(|q| quantity::millis(q).is_some_and(|l| sum.cpu_millis > l))
    {
        return over("cpu", limit.to_string(), quantity::cpu(sum.cpu_millis).to_string());
    }
    let bytes = [("memory", &quota.memory, sum.memory_bytes), ("storage", &quota.storage, sum.storage_bytes)];
    for (what, limit, wanted) in bytes {
        if let Some(limit) = limit.as_ref().filter(|q| quantity::bytes(q).is_some_and(|l| wanted > l)) {
            return over(what, limit.to_string(), quantity::memory(wanted).to_string());
        }
    }
    Ok(())
}

/// Rules on the tenant and on each app: what refuses is an error, the rest are warnings.
fn rules(case: &Case<'_>, apps: &[(&App, &Release)]) -> Result<Vec<Judgement>, Refusal> {
    let tenant =
        policy::judge_tenant(case).into_iter().map(|j| (format!("tenant {}", case.tenant.name_any()), j));
    let each = apps.iter().flat_map(|(app, _)| {
        policy::judge_app(case, app).into_iter().map(|j| (format!("app {}", app.name_any()), j))
    });
    let unmet = tenant.chain(each).filter(|(_, j)| j.verdict != Verdict::Pass);
    let (refusals, warnings): (Vec<_>, Vec<_>) =
        unmet.partition(|(_, j)| policy::refuses(&j.rule, j.verdict, case.policy));
    if refusals.is_empty() {
        Ok(warnings.into_iter().map(|(_, judgement)| judgement).collect())
    } else {
        Err(Refusal::Rules(refusals))
    }
}

/// Why a chart must not be pulled in `site`: its registry is not one that the site declares, or not one that
/// the policy allows.
pub fn foreign_registry(
    policy: &SovereigntyPolicySpec,
    site: &Site,
    apps: &[(&App, &Release)],
) -> Option<String> {
    apps.iter().find_map(|(app, release)| {
        let (app, host) = (app.name_any(), release.chart.host());
        if !site.spec.registries.iter().any(|declared| &*declared.host == host) {
            return Some(format!(
                "{app}: registry {host} is not declared by the Site: add it to spec.registries, or order a release from a registry of the site"
            ));
        }
        let allowed = policy.registries.is_empty() || policy.registries.iter().any(|allowed| &**allowed == host);
        (!allowed).then(|| {
            format!("{app}: registry {host} is not allowed by the policy: add it to spec.registries there, or order a release from one that is")
        })
    })
}
