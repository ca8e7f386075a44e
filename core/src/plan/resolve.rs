//! Everything that a workspace names, found and allowed: references → releases → quota → rules of the tenant
//! and the apps.

use std::{borrow::Cow, collections::BTreeSet};

use beffroi_crds::{
    App, Site, SovereigntyPolicy, SovereigntyPolicySpec, Tenant,
    app::{Release, ValueSource},
    conditions::reason::{BODY_TAKEN, MEMBER_REPLACED, POLICY_REFUSED, REFERENCE_NOT_FOUND, UNREADABLE},
    workspace::{Judgement, PendingRelease, Verdict},
};
use kube::ResourceExt;
use thiserror::Error;

use super::{Order, current_sites, domain, needs, releases, unread};
use crate::{
    conditions::State,
    facts::{Resources, World},
    manifests::{self, Placed},
    policy::{self, Case},
    quantity,
    tenant::{bodies, members},
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
    pub apps: Vec<(Cow<'a, App>, Cow<'a, Release>)>,
    /// Releases that do not come yet.
    pub pending: Vec<PendingRelease>,
    /// What the apps need together.
    pub needs: Resources,
    /// What rules warn of.
    pub warnings: Vec<Judgement>,
    /// Whether its domain is neither declared nor proven any more: what is reached by it stays.
    pub domain_lost: bool,
    /// Hosts that it is reached by.
    pub hosts: BTreeSet<String>,
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
    /// Another tenant has the name of a member of the grouping by now.
    #[error(
        "Tenant {tenant} names member {member}, whose name another Tenant has by now: ask the hosting provider to put spec.members right"
    )]
    MemberReplaced {
        /// The grouping.
        tenant: String,
        /// The name.
        member: String,
    },
    /// The tenant is a body that is registered as another one already.
    #[error(
        "Tenant {0} is registered with a number of another one: ask the hosting provider to put that right"
    )]
    BodyTaken(String),
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
    /// The release cannot be installed where another is held.
    #[error(
        "spec.apps[{app}]: {wanted} cannot follow {held}, which is held: {why}; versions that can be ordered: {known}"
    )]
    NoUpgradePath {
        /// The app.
        app: String,
        /// Version that is ordered.
        wanted: String,
        /// Version that is held.
        held: String,
        /// What stands between them.
        why: String,
        /// Versions to which a way leads.
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
    /// Nobody has shown that the domain is the tenant's.
    #[error(
        "spec.domain: {domain} is neither declared for Tenant {tenant} nor proven by it: add the DNS record {record} TXT \"{value}\", for this domain or one above it, and the order goes on by itself; or ask the hosting provider to declare it"
    )]
    DomainNotProven {
        /// The domain.
        domain: String,
        /// The tenant.
        tenant: String,
        /// Name of the record.
        record: String,
        /// Value of the record.
        value: String,
    },
    /// The domain was the tenant's, and is neither declared nor proven any more.
    #[error(
        "spec.domain: {domain} is neither declared for Tenant {tenant} nor proven by it any more: put back the DNS record {record} TXT \"{value}\", and the order goes on by itself; or ask the hosting provider to declare it"
    )]
    DomainLost {
        /// The domain.
        domain: String,
        /// The tenant.
        tenant: String,
        /// Name of the record.
        record: String,
        /// Value of the record.
        value: String,
    },
    /// The domain is another tenant's.
    #[error(
        "spec.domain: {0} belongs to another tenant, or lies above or below a domain that does: order under a domain of your own, or ask the hosting provider"
    )]
    DomainTaken(String),
    /// The domain can be nobody's.
    #[error("spec.domain: others register below {0}: order under a domain of your own below it")]
    PublicSuffix(String),
    /// The domain is declared, and is not recorded as the tenant's yet.
    #[error("spec.domain: {domain} is declared for Tenant {tenant}, which is being recorded")]
    DomainPending {
        /// The domain.
        domain: String,
        /// The tenant.
        tenant: String,
    },
    /// Another workspace of the tenant has a host of it.
    #[error(
        "spec.domain: host {host} is that of workspace {workspace}: order under another domain, or let that one go first"
    )]
    HostTaken {
        /// The host.
        host: String,
        /// The workspace that has it.
        workspace: String,
    },
    /// A host is longer than a name can be.
    #[error("spec.domain: host {0} has more than 253 characters: order under a shorter domain")]
    HostTooLong(String),
    /// Something that it rests on is there and cannot be read: that is no verdict.
    #[error(
        "{kind} {name} cannot be read, and nothing is judged without it: its own status says what to correct"
    )]
    Unreadable {
        /// Kind of the object.
        kind: &'static str,
        /// Its name.
        name: String,
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
            Self::MemberReplaced { .. } => MEMBER_REPLACED,
            Self::BodyTaken(_) => BODY_TAKEN,
            Self::BrokenPolicy { .. } => "PolicyNotAccepted",
            Self::NoRelease { .. } => "ReleaseNotFound",
            Self::NoUpgradePath { .. } => "NoUpgradePath",
            Self::OverQuota { .. } => "QuotaExceeded",
            Self::DomainNotProven { .. } => "DomainNotProven",
            Self::DomainLost { .. } => "DomainLost",
            Self::DomainTaken(_) => "DomainTaken",
            Self::PublicSuffix(_) => "PublicSuffix",
            Self::DomainPending { .. } => "DomainPending",
            Self::HostTaken { .. } => "HostTaken",
            Self::HostTooLong(_) => "HostTooLong",
            Self::Unreadable { .. } => UNREADABLE,
            Self::Rules(_) => POLICY_REFUSED,
        }
    }

    /// Whether a DNS record of the tenant's would do.
    pub fn awaits_domain(&self) -> bool {
        matches!(self, Self::DomainNotProven { .. } | Self::DomainLost { .. } | Self::DomainPending { .. })
    }

    /// Whether the order stands: what rests on something that cannot be read is not judged.
    pub fn state(&self) -> State {
        if matches!(self, Self::Unreadable { .. }) { State::Unknown } else { State::False }
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
    let tenant = order.tenant.ok_or_else(|| {
        let nobody = || Refusal::NoTenant(order.workspace.namespace().unwrap_or_default());
        unread::tenant(order).unwrap_or_else(nobody)
    })?;
    if let Some(unread) = unread::of_place(order) {
        return Err(unread);
    }
    // What it ordered before is upheld until it is deleted by itself.
    if tenant.metadata.deletion_timestamp.is_some() && current_sites(order).is_empty() {
        return Err(Refusal::TenantLeaving(tenant.name_any()));
    }
    if bodies::is_taken(tenant) {
        return Err(Refusal::BodyTaken(tenant.name_any()));
    }
    let members = members(order, tenant)?;
    let policy = world.policies.get(&*tenant.spec.policy).map(AsRef::as_ref).ok_or_else(|| {
        Refusal::NoPolicy { tenant: tenant.name_any(), policy: tenant.spec.policy.to_string() }
    })?;
    if let Some(error) = policy::check_rules(&policy.spec).first() {
        return Err(Refusal::BrokenPolicy { policy: policy.name_any(), why: error.to_string() });
    }
    let ordered = order.workspace.spec.apps.iter();
    // Nobody knows whether the catalogue lists what is held.
    if let Some(unread) = ordered.clone().find_map(|ordered| unread::object(order, "App", &ordered.name)) {
        return Err(unread);
    }
    let chosen = ordered
        .map(|ordered| releases::choose(world, order.workspace, ordered))
        .collect::<Result<Vec<_>, _>>()?;
    let (mut apps, mut pending) = (Vec::new(), Vec::new());
    for chosen in chosen {
        apps.push((chosen.app, chosen.release));
        pending.extend(chosen.pending);
    }
    let needs = needs(world, order.workspace);
    within_quota(order, tenant, needs)?;
    let domain_lost = domain::check(order, tenant)?;
    let hosts = domain::claim(order, apps.iter().map(|(app, _)| &**app))?;

    let case = Case { world, policy: &policy.spec, tenant, members, workspace: &order.workspace.spec };
    if let Some(unread) = listed(world, &apps).find_map(|app| unread::of_app(&case, app)) {
        return Err(unread);
    }
    let warnings = rules(&case, &listed(world, &apps).collect::<Vec<_>>())?;
    Ok(Resolved { tenant, members: case.members, policy, apps, pending, needs, warnings, domain_lost, hosts })
}

/// The members of a grouping, each as it was first seen.
fn members<'a>(order: &Order<'a>, tenant: &Tenant) -> Result<Vec<&'a Tenant>, Refusal> {
    let world = order.world;
    let member = |name: &beffroi_crds::text::Name| {
        let (tenant_name, member) = (tenant.name_any(), name.to_string());
        if members::is_stranger(world, tenant, name) {
            return Err(Refusal::MemberReplaced { tenant: tenant_name, member });
        }
        let found = world.tenants.get(&**name).map(AsRef::as_ref);
        found.ok_or_else(|| {
            let nobody = Refusal::NoMember { tenant: tenant_name, member };
            unread::object(order, "Tenant", name).unwrap_or(nobody)
        })
    };
    tenant.spec.members.iter().map(member).collect()
}

/// Apps that the catalogue has: of the others nothing is known that a rule could judge.
fn listed<'o>(
    world: &'o World,
    apps: &'o [(Cow<'_, App>, Cow<'_, Release>)],
) -> impl Iterator<Item = &'o App> {
    let listed = |app: &&App| world.apps.contains_key(&app.name_any());
    apps.iter().map(|(app, _)| &**app).filter(listed)
}

fn within_quota(order: &Order<'_>, tenant: &Tenant, own: Resources) -> Result<(), Refusal> {
    let Some(quota) = &tenant.spec.quota else { return Ok(()) };
    // They count, and nobody knows what they need: nothing new comes beside them where that is bounded.
    let home = order.workspace.namespace().unwrap_or_default();
    let unread: Vec<&str> = order.world.unread.within("Workspace", &home).collect();
    let bounded = quota.cpu.is_some() || quota.memory.is_some() || quota.storage.is_some();
    if let Some(name) = unread.first().filter(|_| bounded && current_sites(order).is_empty()) {
        return Err(Refusal::Unreadable { kind: "Workspace", name: (*name).to_owned() });
    }
    let others = order.siblings.iter().map(|w| needs(order.world, w));
    let sum = others.fold(own, Resources::plus);
    let over = |what, limit: String, wanted: String| {
        Err(Refusal::OverQuota { tenant: tenant.name_any(), what, limit, wanted })
    };
    let count = u32::try_from(order.siblings.len() + unread.len() + 1).unwrap_or(u32::MAX);
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
fn rules(case: &Case<'_>, apps: &[&App]) -> Result<Vec<Judgement>, Refusal> {
    let tenant =
        policy::judge_tenant(case).into_iter().map(|j| (format!("tenant {}", case.tenant.name_any()), j));
    let each = apps.iter().flat_map(|app| {
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

/// Why an app cannot be installed there: a Service of it stands for a gateway, and the site offers none.
pub fn no_gateway(placed: &Placed<'_>) -> Option<String> {
    let leads =
        |app: &App| app.spec.filled_values.iter().any(|filled| filled.from == ValueSource::GatewayHost);
    let (app, _) = placed.apps.iter().find(|(app, _)| leads(app))?;
    manifests::gateway_hosts(placed).is_empty().then(|| {
        format!(
            "{}: it leads to a gateway of the site, and the Site declares none in an allowed country: add one to spec.gatewayHosts",
            app.name_any()
        )
    })
}

/// Why a chart must not be pulled in `site`: its registry is not one that the site declares, or not one that
/// the policy allows.
pub fn foreign_registry(
    policy: &SovereigntyPolicySpec,
    site: &Site,
    apps: &[(Cow<'_, App>, Cow<'_, Release>)],
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
