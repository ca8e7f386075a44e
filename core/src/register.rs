//! Whether a provider's entry is in order, and its certifications in force.

use beffroi_crds::{
    ProviderSpec,
    conditions::{CERTIFIED, reason::AS_EXPECTED},
};

use crate::{
    conditions::Finding,
    facts::World,
    policy::certification::{Expiry, expiry},
    references,
};

/// `Accepted` and `Certified` of a provider.
pub fn judge(world: &World, provider: &ProviderSpec) -> Vec<Finding> {
    vec![accepted(world, provider), certified(world, provider)]
}

fn accepted(world: &World, provider: &ProviderSpec) -> Finding {
    let holders = provider.shareholders.iter();
    let parents = holders.filter_map(|s| Some(("spec.shareholders[].provider", s.provider.as_ref()?)));
    let others = provider.subprocessors.iter().map(|s| ("spec.subprocessors[].provider", &s.provider));
    references::to_providers(world, parents.chain(others))
}

/// The certification that is worst off decides.
fn certified(world: &World, provider: &ProviderSpec) -> Finding {
    let mut soon = Vec::new();
    let mut ended = Vec::new();
    for certification in &provider.certifications {
        let what =
            format!("{:?} {} for {}", certification.scheme, certification.reference, certification.service);
        match expiry(certification, world.today()) {
            Expiry::InForce { .. } => {}
            Expiry::Warn { days, .. } => {
                soon.push(format!("{what} ends in {days} days, on {}", certification.expires));
            }
            Expiry::Expired => ended.push(format!("{what} ended on {}", certification.expires)),
            Expiry::NotYet => ended.push(format!("{what} begins on {}", certification.issued)),
            Expiry::Unreadable => ended.push(format!("{what} has dates that cannot be read")),
        }
    }
    if !ended.is_empty() {
        let message = format!("{}: sites that need it take no new workspaces", ended.join("; "));
        Finding::new(CERTIFIED, false, "NotInForce", message)
    } else if soon.is_empty() {
        let message = if provider.certifications.is_empty() { "none declared" } else { "" };
        Finding::new(CERTIFIED, true, AS_EXPECTED, message)
    } else {
        Finding::new(CERTIFIED, true, "EndsSoon", soon.join("; "))
    }
}
