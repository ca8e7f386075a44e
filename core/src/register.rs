//! Whether a provider's entry is in order, and its certifications in force.

use beffroi_crds::{
    ProviderSpec,
    conditions::{CERTIFIED, reason::AS_EXPECTED},
};

use crate::{
    conditions::Finding,
    facts::World,
    message::{
        Message, Parts, list,
        provider::{Certificate, ProviderMessage},
    },
    policy::certification::{Expiry, carries_on, expiry, is_succeeded, oddity},
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
    let makers = provider.dependencies.iter();
    let makers = makers.filter_map(|d| Some(("spec.dependencies[].provider", d.provider.as_ref()?)));
    let thirds = provider.dependencies.iter().filter_map(|d| d.qualified_third_party.as_ref());
    let thirds = thirds.map(|t| ("spec.dependencies[].qualifiedThirdParty.provider", &t.provider));
    references::to_providers(world, parents.chain(others).chain(makers).chain(thirds))
}

/// The certification that is worst off decides. One that another carries on is not waited for.
fn certified(world: &World, provider: &ProviderSpec) -> Finding {
    let mut soon: Vec<Message> = Vec::new();
    let mut ended: Vec<Message> = Vec::new();
    let all = &provider.certifications;
    for certification in all.iter().filter(|c| !is_succeeded(c, all)) {
        let certificate = Certificate {
            scheme: certification.scheme,
            reference: certification.reference.clone(),
            service: certification.service.clone(),
        };
        if let Some(oddity) = oddity(certification) {
            ended.push(ProviderMessage::CertificateOdd { certificate, oddity }.into());
            continue;
        }
        let (first, last) = (certification.issued.clone(), certification.expires.clone());
        match expiry(certification, world.today()) {
            Expiry::InForce { .. } => {}
            // No days are counted: what is said stays the same from one day to the next.
            Expiry::Warn { .. } => soon.push(ProviderMessage::CertificateEnds { certificate, last }.into()),
            Expiry::Expired => ended.push(ProviderMessage::CertificateEnded { certificate, last }.into()),
            // A renewal that is yet to begin spoils nothing: what it carries on stands.
            Expiry::NotYet if all.iter().any(|old| carries_on(certification, old)) => {}
            Expiry::NotYet => ended.push(ProviderMessage::CertificateBegins { certificate, first }.into()),
            Expiry::Unreadable => {
                ended.push(ProviderMessage::CertificateDatesUnreadable { certificate }.into());
            }
        }
    }
    if !ended.is_empty() {
        let message = ProviderMessage::CertificatesNotInForce { faults: Parts(ended) };
        Finding::new(CERTIFIED, false, "NotInForce", message)
    } else if all.is_empty() {
        Finding::new(CERTIFIED, true, AS_EXPECTED, ProviderMessage::NoCertificate)
    } else {
        let reason = if soon.is_empty() { AS_EXPECTED } else { "EndsSoon" };
        Finding::new(CERTIFIED, true, reason, list(soon))
    }
}
