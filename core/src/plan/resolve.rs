//! Everything that a workspace names, found and allowed: references → releases → quota → rules of the tenant
//! and the apps.

use std::{borrow::Cow, collections::BTreeSet};

use beffroi_crds::{
    App, Site, SovereigntyPolicy, SovereigntyPolicySpec, Tenant,
    app::{Release, ValueSource},
    workspace::{Judgement, PendingRelease, Verdict},
};
use kube::ResourceExt;

use super::{Order, Refusal, current_sites, domain, needs, releases, unread};
use crate::{
    facts::{Resources, World},
    manifests::{self, Placed},
    message::{
        Message,
        order::{OrderMessage, Resource, Subject},
        placement::PlacementMessage,
    },
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

/// Resolves an order, or says why it does not stand.
///
/// # Errors
/// [`Refusal`], the first met.
pub fn resolve<'a>(order: &Order<'a>) -> Result<Resolved<'a>, Refusal> {
    let world = order.world;
    let tenant = order.tenant.ok_or_else(|| {
        let namespace = order.workspace.namespace().unwrap_or_default();
        unread::tenant(order).unwrap_or(OrderMessage::NoTenant { namespace }.into())
    })?;
    if let Some(unread) = unread::of_place(order) {
        return Err(unread);
    }
    // What it ordered before is upheld until it is deleted by itself.
    if tenant.metadata.deletion_timestamp.is_some() && current_sites(order).is_empty() {
        return Err(OrderMessage::TenantLeaving { tenant: tenant.name_any() }.into());
    }
    if bodies::is_taken(tenant) {
        return Err(OrderMessage::BodyTaken { tenant: tenant.name_any() }.into());
    }
    let members = members(order, tenant)?;
    let policy = world.policies.get(&*tenant.spec.policy).map(AsRef::as_ref).ok_or_else(|| {
        OrderMessage::NoPolicy { tenant: tenant.name_any(), policy: tenant.spec.policy.to_string() }
    })?;
    if let Some(error) = policy::check_rules(&policy.spec).into_iter().next() {
        let (policy, why) = (policy.name_any(), Box::new(error.into()));
        return Err(OrderMessage::PolicyNotInOrder { policy, why }.into());
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
            return Err(OrderMessage::MemberReplaced { tenant: tenant_name, member }.into());
        }
        let found = world.tenants.get(&**name).map(AsRef::as_ref);
        found.ok_or_else(|| {
            let nobody = OrderMessage::NoMember { tenant: tenant_name, member };
            unread::object(order, "Tenant", name).unwrap_or(nobody.into())
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
        Err(OrderMessage::OverQuota { tenant: tenant.name_any(), what, limit, wanted }.into())
    };
    let count = u32::try_from(order.siblings.len() + unread.len() + 1).unwrap_or(u32::MAX);
    if let Some(limit) = quota.workspaces.filter(|limit| count > *limit) {
        return over(Resource::Workspaces, limit.to_string(), count.to_string());
    }
    if let Some(limit) =
        quota.cpu.as_ref().filter(|q| quantity::millis(q).is_some_and(|l| sum.cpu_millis > l))
    {
        return over(Resource::Cpu, limit.to_string(), quantity::cpu(sum.cpu_millis).to_string());
    }
    let bytes = [
        (Resource::Memory, &quota.memory, sum.memory_bytes),
        (Resource::Storage, &quota.storage, sum.storage_bytes),
    ];
    for (what, limit, wanted) in bytes {
        if let Some(limit) = limit.as_ref().filter(|q| quantity::bytes(q).is_some_and(|l| wanted > l)) {
            return over(what, limit.to_string(), quantity::memory(wanted).to_string());
        }
    }
    Ok(())
}

/// Rules on the tenant and on each app: what refuses is an error, the rest are warnings.
fn rules(case: &Case<'_>, apps: &[&App]) -> Result<Vec<Judgement>, Refusal> {
    let of = |subject: Subject| move |judgement| (subject.clone(), judgement);
    let tenant = Subject::Tenant { name: case.tenant.name_any() };
    let tenant = policy::judge_tenant(case).into_iter().map(of(tenant));
    let each = apps.iter().flat_map(|app| {
        policy::judge_app(case, app).into_iter().map(of(Subject::App { name: app.name_any() }))
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
pub fn no_gateway(placed: &Placed<'_>) -> Option<Message> {
    let leads =
        |app: &App| app.spec.filled_values.iter().any(|filled| filled.from == ValueSource::GatewayHost);
    let (app, _) = placed.apps.iter().find(|(app, _)| leads(app))?;
    let none = manifests::gateway_hosts(placed).is_empty();
    none.then(|| PlacementMessage::NoGateway { app: app.name_any() }.into())
}

/// Why a chart must not be pulled in `site`: its registry is not one that the site declares, or not one that
/// the policy allows.
pub fn foreign_registry(
    policy: &SovereigntyPolicySpec,
    site: &Site,
    apps: &[(Cow<'_, App>, Cow<'_, Release>)],
) -> Option<Message> {
    apps.iter().find_map(|(app, release)| {
        let host = release.chart.host();
        let (app, registry) = (app.name_any(), host.to_owned());
        if !site.spec.registries.iter().any(|declared| &*declared.host == host) {
            return Some(PlacementMessage::RegistryNotDeclared { app, registry }.into());
        }
        let allowed =
            policy.registries.is_empty() || policy.registries.iter().any(|allowed| &**allowed == host);
        (!allowed).then(|| PlacementMessage::RegistryNotAllowed { app, registry }.into())
    })
}
