//! Whether an order may be reached by its domain: where the domain stands with its tenant → go on, or why not.

use beffroi_crds::Tenant;
use kube::ResourceExt;

use super::{Order, Refusal};
use crate::tenant::domains::{self, Standing};

/// Holds an order to the domains of its tenant. True where its domain is neither declared nor proven any more, and it
/// was accepted under it before: what is reached by it stays.
///
/// # Errors
/// Where the domain is not the tenant's.
pub(super) fn check(order: &Order<'_>, tenant: &Tenant) -> Result<bool, Refusal> {
    let domain = order.workspace.spec.domain.to_string();
    let (name, record) = (tenant.name_any(), domains::record_name(&domain));
    let value = domains::record_value(&tenant.uid().unwrap_or_default());
    match domains::standing(order.world, tenant, &domain) {
        Standing::Held => Ok(false),
        Standing::Lost if accepted_before(order) => Ok(true),
        Standing::Lost => Err(Refusal::DomainLost { domain, tenant: name, record, value }),
        Standing::Declared => Err(Refusal::DomainPending { domain, tenant: name }),
        Standing::Taken => Err(Refusal::DomainTaken(domain)),
        Standing::Suffix => Err(Refusal::PublicSuffix(domain)),
        Standing::Unproven => Err(Refusal::DomainNotProven { domain, tenant: name, record, value }),
    }
}

/// Whether it was accepted under the domain that it names now.
fn accepted_before(order: &Order<'_>) -> bool {
    let before = order.workspace.status.as_ref().and_then(|status| status.domain.as_deref());
    before == Some(&*order.workspace.spec.domain)
}
