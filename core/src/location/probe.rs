//! LOC-04, tried: what a probe says of its attempts → whether that tells anything → findings on what it reached.
//!
//! What a probe writes is read as closed words and addresses, and never as a sentence: whoever could write in its stead
//! could say nothing else.

use std::net::{IpAddr, SocketAddr};

use beffroi_crds::{
    policy::EgressDestination,
    probe::{ProbeAttempt, ProbeResult, ProbeTarget},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Case, Observation, Seen, seen::Probe};
use crate::message::location::LocationMessage;

/// The name that every pod may ask for.
pub const NAME: &str = "kubernetes.default.svc";
/// How old an attempt may be for LOC-04 to be observed.
pub const FRESH: SignedDuration = SignedDuration::from_hours(24);
/// Longest report that is read: as much as Kubernetes keeps of a pod's last words.
const LONGEST: usize = 4096;
/// Most attempts of a report.
const MOST: usize = 8;

/// What the probe's pod writes when it ends.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Each attempt.
    pub tried: Vec<ProbeAttempt>,
}

impl Report {
    /// What a pod wrote; `None` where that is no report.
    pub fn read(text: &str) -> Option<Self> {
        let report: Self = (text.len() <= LONGEST).then(|| serde_json::from_str(text).ok())??;
        let sound = |one: &ProbeAttempt| match (&one.address, one.target) {
            (None, _) => one.result == ProbeResult::NotTried,
            (Some(name), ProbeTarget::Names) => name == NAME,
            (Some(address), _) => address.parse::<SocketAddr>().is_ok(),
        };
        (report.tried.len() <= MOST && report.tried.iter().all(sound)).then_some(report)
    }
}

/// The probe of a site, where it tells anything: with no name answered, that nothing else answers says nothing; and of
/// what is known to listen both must have been tried.
pub fn conclusive(seen: &Seen) -> Option<&Probe> {
    seen.probe.as_ref().filter(|probe| tells(&probe.tried))
}

/// Whether attempts tell anything of what is closed.
pub fn tells(tried: &[ProbeAttempt]) -> bool {
    let any = |target, test: fn(ProbeResult) -> bool| {
        tried.iter().any(|one| one.target == target && test(one.result))
    };
    any(ProbeTarget::Names, |result| result == ProbeResult::Reached)
        && [ProbeTarget::ApiServer, ProbeTarget::Node]
            .into_iter()
            .all(|target| any(target, |result| result != ProbeResult::NotTried))
}

/// When it was last tried in every site, if that was of late everywhere; of several the oldest.
pub fn observed_at(observation: &Observation, now: Timestamp) -> Option<Timestamp> {
    let fresh = |at: &Timestamp| *at <= now && now.duration_since(*at) <= FRESH;
    let tried = observation.sites.iter().map(|site| Some(conclusive(&site.seen)?.at).filter(fresh));
    tried.collect::<Option<Vec<_>>>()?.into_iter().min()
}

/// What was reached and may not be. It stands until another attempt shows that it is closed, however old it is.
pub(super) fn check(case: &mut Case<'_>) {
    let site = case.site;
    let Some(probe) = &site.seen.probe else { return };
    for one in probe.tried.iter().filter(|one| one.result == ProbeResult::Reached) {
        let Some(address) = &one.address else { continue };
        if one.target == ProbeTarget::Names || case.rules.named(address) {
            continue;
        }
        let observed = LocationMessage::Reached { target: one.target, address: address.clone() };
        case.tell("LOC-04", format!("Probe {}", probe.node), observed, LocationMessage::ReachedByNobody);
    }
}

/// Whether a policy names an address among the destinations that its workspaces may reach.
pub(super) fn names(egress: &[EgressDestination], address: &str) -> bool {
    let Ok(address) = address.parse::<SocketAddr>() else { return false };
    egress.iter().any(|to| to.port == address.port() && within(&to.cidr, address.ip()))
}

/// Whether an address lies in a block.
fn within(block: &str, address: IpAddr) -> bool {
    let Some((base, bits)) = block.split_once('/') else { return false };
    let (Ok(base), Ok(bits)) = (base.parse::<IpAddr>(), bits.parse::<u32>()) else { return false };
    match (base, address) {
        (IpAddr::V4(base), IpAddr::V4(address)) => {
            same(base.to_bits().into(), address.to_bits().into(), bits, 32)
        }
        (IpAddr::V6(base), IpAddr::V6(address)) => same(base.to_bits(), address.to_bits(), bits, 128),
        _ => false,
    }
}

/// Whether the first `bits` of two addresses of `width` bits are the same.
fn same(one: u128, other: u128, bits: u32, width: u32) -> bool {
    bits <= width && (one ^ other).checked_shr(width - bits).unwrap_or(0) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(target: ProbeTarget, address: &str, result: ProbeResult) -> ProbeAttempt {
        ProbeAttempt { target, address: Some(address.to_owned()), result }
    }

    fn closed() -> Vec<ProbeAttempt> {
        vec![
            attempt(ProbeTarget::Names, NAME, ProbeResult::Reached),
            attempt(ProbeTarget::ApiServer, "10.96.0.1:443", ProbeResult::NoAnswer),
            attempt(ProbeTarget::Node, "10.77.0.11:10250", ProbeResult::Refused),
        ]
    }

    #[test]
    fn blocks_hold_addresses_by_their_first_bits() {
        for (block, address, wanted) in [
            ("192.0.2.0/24", "192.0.2.7", true),
            ("192.0.2.0/24", "192.0.3.7", false),
            ("192.0.2.7/32", "192.0.2.7", true),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("192.0.2.0/33", "192.0.2.7", false),
            ("2001:db8::/32", "2001:db8:1::1", true),
            ("2001:db8::/32", "192.0.2.7", false),
            ("::/0", "2001:db8::1", true),
            ("192.0.2.7", "192.0.2.7", false),
        ] {
            assert_eq!(within(block, address.parse().unwrap()), wanted, "{block} {address}");
        }
    }

    #[test]
    fn a_destination_that_the_policy_names_is_named_with_its_port() {
        let egress =
            [EgressDestination { cidr: "192.0.2.0/24".into(), port: 443, ..EgressDestination::default() }];
        assert!(names(&egress, "192.0.2.9:443"));
        assert!(
            !names(&egress, "192.0.2.9:80") && !names(&egress, "198.51.100.1:443") && !names(&egress, NAME)
        );
    }

    #[test]
    fn a_report_holds_closed_words_and_addresses_and_nothing_else() {
        let good = Report { tried: closed() };
        let text = serde_json::to_string(&good).unwrap();
        assert_eq!(Report::read(&text), Some(good.clone()));
        let long = format!("{text}{}", " ".repeat(LONGEST));
        let many = Report { tried: vec![closed()[0].clone(); MOST + 1] };
        let many = serde_json::to_string(&many).unwrap();
        for bad in [
            "",
            "OOMKilled",
            &text.replace("\"tried\"", "\"more\":1,\"tried\""),
            &text.replace("NoAnswer", "Perhaps"),
            &text.replace("10.96.0.1:443", "ask docs.example"),
            &text.replace(NAME, "autre.example"),
            &text.replace("\"address\":\"10.96.0.1:443\",", ""),
            &long,
            &many,
        ] {
            assert_eq!(Report::read(bad), None, "{bad}");
        }
    }

    #[test]
    fn silence_tells_nothing_where_no_name_answered_or_not_all_was_tried() {
        assert!(tells(&closed()));
        let mut mute = closed();
        mute[0].result = ProbeResult::NoAnswer;
        assert!(!tells(&mute));
        let mut half = closed();
        half[2].result = ProbeResult::NotTried;
        assert!(!tells(&half) && !tells(&closed()[..2]) && !tells(&[]));
    }
}
