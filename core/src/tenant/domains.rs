//! Domains: what is declared for a tenant, what its orders ask for, what was looked up, what every tenant holds → what
//! it holds from now on ([`settle`]); and whether an order may be reached by one ([`standing`]).
//!
//! A domain belongs to one tenant, with all that is below it. Whoever came first has it: that is read from what was
//! recorded, and where nothing is recorded yet, from when each was registered. It is let go of once it is neither
//! declared nor proven and nothing of the tenant is reached by it any more, or once the tenant is gone.

use std::collections::{BTreeMap, BTreeSet};

use beffroi_crds::{
    Tenant,
    conditions::{
        DOMAINS_HELD,
        reason::{AS_EXPECTED, UNREADABLE},
    },
    tenant::{HeldBy, HeldDomain, HeldNumber, Rival},
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::ResourceExt;
use serde_json::json;

use super::{audit, bodies};
use crate::{
    conditions::{Finding, State},
    evidence::statement::Action,
    facts::World,
    message::{
        Message,
        tenant::{NoAnswer, TenantMessage},
    },
    plan::Refusal,
    trail::Record,
};

/// Field of the spec that declares them.
pub(super) const DOMAINS: &str = "domains";
/// Label below a domain where its proof is looked up.
const LABEL: &str = "_beffroi";
/// Most domains above one that is asked for, itself included, where its proof is looked for.
const HEIGHT: usize = 6;
/// Most orders of a tenant whose domains are looked up at the same time.
const ASKED: usize = 64;
/// Longest DNS name.
const LONGEST: usize = 253;

/// What a lookup of the record of a domain found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Lookup {
    /// The values that are there; none where there is no record.
    Found(Vec<String>),
    /// Why nobody knows.
    Failed(NoAnswer),
}

/// Lookups by domain; one that was not made yet is absent.
pub type Lookups = BTreeMap<String, Lookup>;

/// What each tenant holds, by UID, as it was decided last: newer than what a cache tells of its status, or the same.
#[derive(Debug, Default)]
pub struct Holdings(BTreeMap<String, (Vec<HeldDomain>, Vec<HeldNumber>)>);

impl Holdings {
    /// A tenant holds this from now on.
    pub fn set(&mut self, tenant: &Tenant, settled: &Settled) {
        self.0.insert(tenant.uid().unwrap_or_default(), (settled.held.clone(), settled.numbers.clone()));
    }

    /// A tenant is gone, and holds nothing.
    pub fn remove(&mut self, tenant: &Tenant) {
        self.0.remove(&tenant.uid().unwrap_or_default());
    }

    fn domains<'a>(&'a self, tenant: &'a Tenant) -> &'a [HeldDomain] {
        self.of(tenant).map_or_else(|| held(tenant), |(domains, _)| domains)
    }

    /// Numbers that a tenant holds.
    pub(super) fn numbers<'a>(&'a self, tenant: &'a Tenant) -> &'a [HeldNumber] {
        let recorded = || tenant.status.as_ref().map_or(&[][..], |status| &status.numbers);
        self.of(tenant).map_or_else(recorded, |(_, numbers)| numbers)
    }

    fn of(&self, tenant: &Tenant) -> Option<&(Vec<HeldDomain>, Vec<HeldNumber>)> {
        self.0.get(tenant.metadata.uid.as_deref()?)
    }
}

/// What rests on the domains of one tenant.
#[derive(Clone, Debug, Default)]
pub struct Needs {
    /// Domains that its orders name.
    pub ordered: BTreeSet<String>,
    /// Domains that orders were accepted under: what its apps are reached by.
    pub used: BTreeSet<String>,
}

/// What a tenant holds from now on.
#[derive(Debug)]
pub struct Settled {
    /// For its status.
    pub held: Vec<HeldDomain>,
    /// For its status.
    pub numbers: Vec<HeldNumber>,
    /// For its status: what others hold of what it asks for.
    pub rivals: Vec<Rival>,
    /// Its condition.
    pub finding: Finding,
    /// For the audit log.
    pub records: Vec<Record>,
    /// Domains whose record is to be looked up.
    pub wanted: BTreeSet<String>,
}

/// Name of the DNS record that proves a domain.
pub fn record_name(domain: &str) -> String {
    format!("{LABEL}.{domain}")
}

/// Value of the DNS record that proves a domain to be that tenant's: of the one with this UID, and of no other that is
/// given its name later.
pub fn record_value(uid: &str) -> String {
    format!("beffroi-tenant={uid}")
}

/// Whether others register below it (a suffix of the Public Suffix List, or no name that could be one's own).
pub fn is_public_suffix(domain: &str) -> bool {
    psl::domain_str(domain).is_none()
}

/// Whether a name is a domain, or below it.
pub fn is_under(name: &str, domain: &str) -> bool {
    name.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Whether two domains cannot be two tenants': they are the same, or one is below the other.
fn overlap(one: &str, other: &str) -> bool {
    is_under(one, other) || is_under(other, one)
}

/// A domain and those above it that can be somebody's own, the nearest first: a proof at any of them will do.
fn upwards(domain: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(domain), |name| name.split_once('.').map(|(_, above)| above))
        .take_while(|name| !is_public_suffix(name))
        .take(HEIGHT)
        .filter(|name| name.len() + LABEL.len() < LONGEST)
}

/// What the status of a tenant says that it holds.
fn held(tenant: &Tenant) -> &[HeldDomain] {
    tenant.status.as_ref().map_or(&[], |status| &status.domains)
}

/// Where a domain stands with a tenant.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Standing {
    /// It is the tenant's.
    Held,
    /// It was, and is neither declared nor proven any more.
    Lost,
    /// It is declared, and that is not recorded yet.
    Declared,
    /// It is another's.
    Taken,
    /// It is nobody's own.
    Suffix,
    /// Nobody says whose it is.
    Unproven,
}

/// Where a domain stands with a tenant, as was recorded.
pub fn standing(world: &World, tenant: &Tenant, domain: &str) -> Standing {
    if is_public_suffix(domain) {
        return Standing::Suffix;
    }
    let own: Vec<_> = held(tenant).iter().filter(|held| is_under(domain, &held.domain)).collect();
    if own.iter().any(|held| held.lost_since.is_none()) {
        return Standing::Held;
    }
    let name = tenant.name_any();
    let others = world.tenants.values().filter(|other| other.name_any() != name);
    if others.flat_map(|other| held(other)).any(|held| overlap(domain, &held.domain)) {
        return Standing::Taken;
    }
    if !own.is_empty() {
        return Standing::Lost;
    }
    if tenant.spec.domains.iter().any(|declared| is_under(domain, declared) && !is_public_suffix(declared)) {
        return Standing::Declared;
    }
    Standing::Unproven
}

/// Who has one that overlaps with `domain` before `tenant` does: who holds it, or is to be given it for it is declared
/// there and that tenant was registered first.
fn rival<'a>(
    world: &'a World,
    holdings: &'a Holdings,
    tenant: &Tenant,
    domain: &str,
) -> Option<(&'a Tenant, &'a str)> {
    let name = tenant.name_any();
    let others = || world.tenants.values().map(AsRef::as_ref).filter(|other| other.name_any() != name);
    let holds = |other: &'a Tenant| {
        let found = holdings.domains(other).iter().find(|held| overlap(domain, &held.domain))?;
        Some((other, found.domain.as_str()))
    };
    let is_to_hold = |other: &'a Tenant| {
        let found = other.spec.domains.iter().find(|d| overlap(domain, d) && !is_public_suffix(d))?;
        super::came_before(other, tenant).then_some((other, &**found))
    };
    others().find_map(holds).or_else(|| others().find_map(is_to_hold))
}

/// What others have of the domains that are declared for a tenant, or are to be.
pub fn rivals(world: &World, holdings: &Holdings, tenant: &Tenant) -> Vec<Rival> {
    let declared = tenant.spec.domains.iter().filter(|domain| !holds(tenant, domain));
    let rival = |domain: &beffroi_crds::text::Domain| {
        let (other, theirs) = rival(world, holdings, tenant, domain)?;
        Some(Rival {
            field: DOMAINS.to_owned(),
            value: domain.to_string(),
            theirs: theirs.to_owned(),
            tenant: other.name_any(),
        })
    };
    declared.filter_map(rival).collect()
}

fn holds(tenant: &Tenant, domain: &str) -> bool {
    held(tenant).iter().any(|held| held.domain == domain)
}

/// What a tenant holds from now on. Who comes first of several is settled by asking for one after the other, with all
/// that was settled before in `holdings`.
pub fn settle(
    world: &World,
    holdings: &Holdings,
    tenant: &Tenant,
    needs: &Needs,
    lookups: &Lookups,
) -> Settled {
    let mut rivals = rivals(world, holdings, tenant);
    let bodies = bodies::rivals(world, holdings, tenant);
    // What a tenant that cannot be read holds is known to nobody: nothing is given away meanwhile.
    let unread = world.unread.of_kind("Tenant").next();
    let mut waits = false;
    let numbers = match bodies::held(tenant, &bodies) {
        new if unread.is_none() => new,
        new => {
            let before = bodies::before(tenant);
            waits |= new != before;
            before
        }
    };
    let is_taken = |domain: &str| {
        rivals.iter().any(|r| r.value == domain) || rival(world, holdings, tenant, domain).is_some()
    };
    let value = record_value(&tenant.uid().unwrap_or_default());
    let is_proven = |domain: &str| match lookups.get(domain) {
        Some(Lookup::Found(values)) => Some(values.contains(&value)),
        _ => None,
    };
    let now = Time(world.now);
    let mut all: BTreeMap<String, HeldDomain> = BTreeMap::new();
    let mut wanted = BTreeSet::new();
    let entry =
        |domain: &str, by| HeldDomain { domain: domain.to_owned(), by, since: now.clone(), lost_since: None };

    // What was held, and by what it is now.
    for before in held(tenant) {
        let domain = before.domain.as_str();
        let declared = tenant.spec.domains.iter().any(|d| **d == *domain);
        if !declared {
            wanted.insert(domain.to_owned());
        }
        let held = match (declared, before.by, is_proven(domain)) {
            (true, ..) => Some((HeldBy::Declared, None)),
            (false, _, Some(true)) => Some((HeldBy::Proven, None)),
            // Not known is not gone.
            (false, HeldBy::Proven, None) => Some((HeldBy::Proven, before.lost_since.clone())),
            // It may be proven as well: that is seen in a moment.
            (false, by, None) if !lookups.contains_key(domain) => Some((by, before.lost_since.clone())),
            _ => {
                // A workspace that cannot be read may be reached by it.
                let hidden = world.unread.within("Workspace", &super::namespace(&tenant.name_any())).next();
                let used = hidden.is_some() || needs.used.iter().any(|used| is_under(used, domain));
                used.then(|| (before.by, Some(before.lost_since.clone().unwrap_or_else(|| now.clone()))))
            }
        };
        if let Some((by, lost_since)) = held {
            all.insert(domain.to_owned(), HeldDomain { by, lost_since, ..before.clone() });
        }
    }
    for domain in &tenant.spec.domains {
        if !all.contains_key(&**domain) && !is_public_suffix(domain) && !is_taken(domain) {
            waits |= unread.is_some();
            if unread.is_none() {
                all.insert(domain.to_string(), entry(domain, HeldBy::Declared));
            }
        }
    }
    // What is held already takes nobody's turn.
    let mut asked = 0;
    for ordered in &needs.ordered {
        if all.values().any(|held| held.lost_since.is_none() && is_under(ordered, &held.domain)) {
            continue;
        }
        asked += 1;
        if asked > ASKED {
            break;
        }
        wanted.extend(upwards(ordered).map(str::to_owned));
        let proven = upwards(ordered).find(|domain| is_proven(domain) == Some(true));
        if let Some(domain) = proven.filter(|domain| !all.contains_key(*domain) && !is_taken(domain)) {
            waits |= unread.is_some();
            if unread.is_none() {
                all.insert(domain.to_owned(), entry(domain, HeldBy::Proven));
            }
        }
    }
    let held: Vec<HeldDomain> = all.into_values().collect();
    let records = records(world, tenant, &held);
    let finding = match unread.filter(|_| waits) {
        Some(name) => {
            let unread = Refusal::Unreadable { kind: "Tenant", name: name.to_owned() };
            Finding::new(DOMAINS_HELD, State::Unknown, UNREADABLE, unread.message())
        }
        None => finding(tenant, &held, &rivals, lookups),
    };
    rivals.extend(bodies);
    Settled { held, numbers, rivals, finding, records, wanted }
}

/// `DomainsHeld` of a tenant; it never names another one, for the tenant's people read it.
fn finding(tenant: &Tenant, held: &[HeldDomain], rivals: &[Rival], lookups: &Lookups) -> Finding {
    let not = |reason, message| Finding::new(DOMAINS_HELD, false, reason, message);
    let declared = tenant.spec.domains.iter().map(ToString::to_string);
    let domains: Vec<String> = declared.filter(|domain| is_public_suffix(domain)).collect();
    if !domains.is_empty() {
        return not("PublicSuffix", TenantMessage::PublicSuffix { domains });
    }
    let domains: Vec<String> = rivals.iter().map(|rival| rival.value.clone()).collect();
    if !domains.is_empty() {
        return not("DomainTaken", TenantMessage::DomainTaken { domains });
    }
    let lost = held.iter().filter(|held| held.lost_since.is_some());
    let domains: Vec<String> = lost.map(|held| held.domain.clone()).collect();
    if let Some(first) = domains.first() {
        let (record, value) = (record_name(first), record_value(&tenant.uid().unwrap_or_default()));
        return not("DomainLost", TenantMessage::DomainLost { domains, record, value });
    }
    let unread = held.iter().filter(|held| held.by == HeldBy::Proven).find_map(|held| {
        match lookups.get(&held.domain) {
            Some(Lookup::Failed(why)) => Some((held.domain.clone(), *why)),
            _ => None,
        }
    });
    match unread {
        Some((domain, why)) => {
            let unread = TenantMessage::DomainNotLookedUp { domain, why };
            Finding::new(DOMAINS_HELD, true, "LookupFailed", unread)
        }
        None => Finding::new(DOMAINS_HELD, true, AS_EXPECTED, Message::none()),
    }
}

/// What is told of domains in the audit log: each that is held, lost, held again or let go of.
fn records(world: &World, tenant: &Tenant, after: &[HeldDomain]) -> Vec<Record> {
    let before = held(tenant);
    let find = |list: &'_ [HeldDomain], domain: &str| list.iter().find(|held| held.domain == domain).cloned();
    let gone = before.iter().filter(|held| find(after, &held.domain).is_none());
    let gone = gone.map(|held| (TenantMessage::DomainLetGo { domain: held.domain.clone() }, None));
    let told = after.iter().filter_map(|held| {
        let was = find(before, &held.domain);
        let domain = held.domain.clone();
        let note = match (&was, held.lost_since.is_some(), held.by) {
            (Some(was), lost, by) if was.lost_since.is_some() == lost && was.by == by => return None,
            (_, true, _) => TenantMessage::DomainUnfounded { domain },
            (_, false, HeldBy::Declared) => TenantMessage::DomainDeclared { domain },
            (_, false, HeldBy::Proven) => TenantMessage::DomainProven { domain },
        };
        Some((note, Some(held.clone())))
    });
    gone.chain(told)
        .map(|(note, held)| {
            (audit::entry(world, tenant, Action::TenantChanged, None, note), json!({ "domain": held }))
        })
        .collect()
}

#[cfg(test)]
mod tests;
