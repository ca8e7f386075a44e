//! Whether an order may be reached by its domain: where the domain stands with its tenant ([`check`]), and whether its
//! hosts are no other workspace's ([`hosts`]) → go on, or why not.

use std::collections::BTreeSet;

use beffroi_crds::{App, Tenant, Workspace};
use kube::ResourceExt;

use super::{Order, Refusal};
use crate::{
    hosts::hosts,
    message::order::OrderMessage,
    tenant::domains::{self, Standing},
};

/// Longest DNS name.
const LONGEST: usize = 253;

/// Holds an order to the domains of its tenant. True where its domain is neither declared nor proven any more, and it
/// was accepted under it before: what is reached by it stays.
///
/// # Errors
/// Where the domain is not the tenant's.
pub(super) fn check(order: &Order<'_>, tenant: &Tenant) -> Result<bool, Refusal> {
    let domain = order.workspace.spec.domain.to_string();
    let (name, record) = (tenant.name_any(), domains::record_name(&domain));
    let value = domains::record_value(&tenant.uid().unwrap_or_default());
    let refused = match domains::standing(order.world, tenant, &domain) {
        Standing::Held => return Ok(false),
        Standing::Lost if accepted_before(order) => return Ok(true),
        Standing::Lost => OrderMessage::DomainLost { domain, tenant: name, record, value },
        Standing::Declared => OrderMessage::DomainPending { domain, tenant: name },
        Standing::Taken => OrderMessage::DomainTaken { domain },
        Standing::Suffix => OrderMessage::PublicSuffix { domain },
        Standing::Unproven => OrderMessage::DomainNotProven { domain, tenant: name, record, value },
    };
    Err(refused.into())
}

/// Whether it was accepted under the domain that it names now.
fn accepted_before(order: &Order<'_>) -> bool {
    let before = order.workspace.status.as_ref().and_then(|status| status.domain.as_deref());
    before == Some(&*order.workspace.spec.domain)
}

/// The hosts of an order with these apps, where none of them is that of another workspace: one that is accepted with it,
/// or, where neither is, that was ordered before. A domain has one tenant, so that the tenant's own are all there are.
///
/// # Errors
/// Where one is another's, or too long to be a name.
pub(super) fn claim<'a>(
    order: &Order<'_>,
    apps: impl IntoIterator<Item = &'a App>,
) -> Result<BTreeSet<String>, Refusal> {
    let own = hosts(&order.workspace.spec, apps);
    if let Some(long) = own.iter().find(|host| host.len() > LONGEST) {
        return Err(OrderMessage::HostTooLong { host: long.clone() }.into());
    }
    let held = recorded(order.workspace);
    for sibling in order.siblings {
        let before = came_before(sibling, order.workspace);
        let (asked, accepted) = asked(order, sibling);
        let is_theirs = |host: &&String| {
            let ours = held.contains(*host);
            asked.contains(*host) && if accepted { before || !ours } else { before && !ours }
        };
        if let Some(host) = own.iter().find(is_theirs).cloned() {
            return Err(OrderMessage::HostTaken { host, workspace: sibling.name_any() }.into());
        }
    }
    Ok(own)
}

/// The hosts that a workspace was accepted with.
fn recorded(workspace: &Workspace) -> &[String] {
    workspace.status.as_ref().map_or(&[], |status| &status.hosts)
}

/// The hosts that another workspace has or asks for, and whether it was accepted with them: of one that an older version
/// accepted, no status says with which.
fn asked(order: &Order<'_>, other: &Workspace) -> (BTreeSet<String>, bool) {
    let accepted = recorded(other);
    if !accepted.is_empty() {
        return (accepted.iter().cloned().collect(), true);
    }
    let (ours, theirs) = (&*order.workspace.spec.domain, &*other.spec.domain);
    if !domains::is_under(ours, theirs) && !domains::is_under(theirs, ours) {
        return (BTreeSet::new(), false);
    }
    let lies = other.status.as_ref().is_some_and(|status| !status.sites.is_empty());
    let apps = other.spec.apps.iter().filter_map(|app| order.world.apps.get(&*app.name)).map(AsRef::as_ref);
    (hosts(&other.spec, apps), lies)
}

/// Whether a workspace was ordered before another; one that is still to be ordered comes last.
fn came_before(one: &Workspace, other: &Workspace) -> bool {
    let when = |workspace: &Workspace| {
        let at = workspace.creation_timestamp().map(|at| at.0);
        (at.is_none(), at, workspace.uid())
    };
    when(one) < when(other)
}
