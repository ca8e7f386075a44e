//! Certificates, for the rules that ask for one: what is needed → who must hold it → whether one is in force.
//!
//! A certificate attaches to a service and version, never to a firm: the hoster's must name the service that
//! the site runs on. A subprocessor's service is not declared by the site, so any of its services counts.
//! HDS activities may be shared: with `HosterAndSubprocessors` each must hold a certificate, and together they
//! must cover the activities needed; with `Hoster` the hoster alone covers them.

use std::collections::BTreeSet;

use beffroi_crds::{
    Provider,
    policy::{Holder, RequiredCertification},
    provider::{Certification, Scheme},
    workspace::Verdict,
};
use jiff::civil::Date;
use kube::ResourceExt;

use super::{Case, Chain, Outcome, chain::Role, names, outcome::Tally};
use crate::{
    facts::SiteFacts,
    message::{
        Message, list,
        rules::{Oddity, Quoted, RuleMessage},
    },
};

/// Days before the end at which a certificate begins to warn, the nearest first.
const THRESHOLDS: [i64; 3] = [7, 30, 90];

/// How far a certificate is from its end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Expiry {
    /// Its end is far.
    InForce {
        /// Days left after today.
        days: i64,
    },
    /// Its end is near.
    Warn {
        /// Days left after today; 0 on its last day, on which it is still valid.
        days: i64,
        /// The threshold that it has passed: 90, 30 or 7.
        threshold: i64,
    },
    /// Its last day is over.
    Expired,
    /// Its first day is yet to come.
    NotYet,
    /// Its dates cannot be read.
    Unreadable,
}

/// How far a certificate is from its end. It is valid from its first day through its last.
pub fn expiry(certification: &Certification, today: Date) -> Expiry {
    let read = |date: &beffroi_crds::text::Date| date.0.parse::<Date>().ok();
    let Some((first, last)) = read(&certification.issued).zip(read(&certification.expires)) else {
        return Expiry::Unreadable;
    };
    match days_between(today, last) {
        ..0 => Expiry::Expired,
        _ if first > today => Expiry::NotYet,
        days => match THRESHOLDS.into_iter().find(|t| days <= *t) {
            Some(threshold) => Expiry::Warn { days, threshold },
            None => Expiry::InForce { days },
        },
    }
}

/// Whether it is of this service, however that is spelt.
pub fn is_for(certification: &Certification, service: &str) -> bool {
    names::same(&certification.service, service)
}

/// Whether it is in force, and nothing is wrong with its dates.
pub fn is_in_force(certification: &Certification, today: Date) -> bool {
    matches!(expiry(certification, today), Expiry::InForce { .. } | Expiry::Warn { .. })
        && oddity(certification).is_none()
}

/// What is wrong with the dates of a certificate by themselves: it lasts longer than its scheme allows, or was issued
/// before its version existed.
pub fn oddity(certification: &Certification) -> Option<Oddity> {
    let read = |date: &beffroi_crds::text::Date| date.0.parse::<Date>().ok();
    let (first, last) = read(&certification.issued).zip(read(&certification.expires))?;
    // Three years for each of them: SecNumCloud (ANSSI), HDS (arrêté of 26 April 2024), ISO/IEC 27006, PAMS (ANSSI).
    let longest = first.checked_add(jiff::Span::new().years(3)).ok()?;
    if last > longest {
        let (first, last) = (certification.issued.clone(), certification.expires.clone());
        return Some(Oddity::Lasts { first, last });
    }
    let (_, since) = VERSIONS
        .iter()
        .rfind(|(scheme, version, _)| {
            *scheme == certification.scheme && reaches(&certification.version, version) == Some(true)
        })
        .and_then(|(_, version, since)| Some((version, since.parse::<Date>().ok()?)))?;
    (first < since).then(|| Oddity::BeforeVersion {
        issued: certification.issued.clone(),
        version: certification.version.clone(),
        since,
    })
}

/// When versions came into being, of each scheme the earlier first: SecNumCloud 3.1 and 3.2 (ANSSI), HDS 1 and 2 (arrêtés
/// of 11 June 2018 and 26 April 2024), ISO/IEC 27001.
const VERSIONS: [(Scheme, &str, &str); 6] = [
    (Scheme::SecNumCloud, "3.1", "2018-06-11"),
    (Scheme::SecNumCloud, "3.2", "2022-03-08"),
    (Scheme::Hds, "1", "2018-06-11"),
    (Scheme::Hds, "2", "2024-04-26"),
    (Scheme::Iso27001, "2013", "2013-10-01"),
    (Scheme::Iso27001, "2022", "2022-10-25"),
];

/// Whether another of `all` carries on what this one certifies, without a gap: then nobody waits for its end.
pub fn is_succeeded(certification: &Certification, all: &[Certification]) -> bool {
    all.iter().any(|new| carries_on(new, certification))
}

/// Whether a certificate covers as much as an older one, and lasts longer, without a gap between them.
pub fn carries_on(new: &Certification, old: &Certification) -> bool {
    let read = |date: &beffroi_crds::text::Date| date.0.parse::<Date>().ok();
    let (Some(last), Some(first), Some(end)) = (read(&old.expires), read(&new.issued), read(&new.expires))
    else {
        return false;
    };
    new.scheme == old.scheme
        && is_for(new, &old.service)
        && reaches(&new.version, &old.version) != Some(false)
        && old.hds_activities.iter().all(|activity| new.hds_activities.contains(activity))
        && (new.document.is_some() || old.document.is_none())
        && end > last
        && days_between(last, first) <= 1
}

/// Days from one day to another; negative if the other is earlier.
pub fn days_between(from: Date, to: Date) -> i64 {
    to.duration_since(from).as_hours() / 24
}

/// Whether a version reaches another, as people write them: `3.10` is above `3.2`, `2.0` is `2`, `v3.2` is `3.2`, and
/// `3.2.a` or `3.2a` is an edition of `3.2`, which it reaches. `None` if one cannot be read.
pub fn reaches(version: &str, least: &str) -> Option<bool> {
    Some(edition(version)? >= edition(least)?)
}

/// Numbers and letters of a version, in turn; a letter comes after nothing and before a number.
fn edition(text: &str) -> Option<Vec<(u8, u64, String)>> {
    let folded = names::folded(text);
    let bare =
        ["version", "v.", "v"].iter().find_map(|mark| folded.strip_prefix(mark)).unwrap_or(&folded).trim();
    let mut parts: Vec<(u8, u64, String)> = Vec::new();
    for part in bare.split(['.', ' ', '-', '_']) {
        if part.is_empty() {
            return None;
        }
        let mut rest = part;
        while let Some(first) = rest.chars().next() {
            let number = first.is_ascii_digit();
            if !number && !first.is_ascii_lowercase() {
                return None;
            }
            let end = rest.find(|c: char| c.is_ascii_digit() != number).unwrap_or(rest.len());
            let (now, later) = rest.split_at(end);
            parts.push(if number { (2, now.parse().ok()?, String::new()) } else { (1, 0, now.to_owned()) });
            rest = later;
        }
    }
    // It begins with a number: words alone cannot be compared.
    parts.first().filter(|(kind, ..)| *kind == 2)?;
    while parts.last().is_some_and(|part| *part == (2, 0, String::new())) {
        parts.pop();
    }
    Some(parts)
}

/// A certificate that must be in force.
#[derive(Clone, Debug)]
pub(super) struct Need {
    pub scheme: Scheme,
    pub least: Option<String>,
    pub activities: BTreeSet<u8>,
    pub held_by: Holder,
}

impl Need {
    fn of(required: &RequiredCertification) -> Self {
        Self {
            scheme: required.scheme,
            least: required.min_version.clone(),
            activities: required.hds_activities.iter().copied().collect(),
            held_by: required.held_by,
        }
    }
}

/// What the policy asks of a scheme for the data that the workspace will hold.
pub(super) fn required(case: &Case<'_>, scheme: Scheme) -> Vec<Need> {
    let applies = |r: &&RequiredCertification| {
        r.scheme == scheme && (r.for_data.is_empty() || r.for_data.iter().any(|kind| case.holds(*kind)))
    };
    case.policy.certifications.iter().filter(applies).map(Need::of).collect()
}

/// Whether the policy asks for a scheme for the data that the workspace will hold.
pub fn is_required(case: &Case<'_>, scheme: Scheme) -> bool {
    !required(case, scheme).is_empty()
}

/// Whether it asks for a scheme of subprocessors too.
pub fn is_required_of_all(case: &Case<'_>, scheme: Scheme) -> bool {
    required(case, scheme).iter().any(|need| need.held_by == Holder::HosterAndSubprocessors)
}

/// Judges needs at a site, all together; `none` is the reason where nothing is needed.
pub(super) fn judge(case: &Case<'_>, site: &SiteFacts, needs: &[Need], none: RuleMessage) -> Outcome {
    let mut tally = Tally::default();
    let mut held = Vec::new();
    for need in needs {
        let found = counting(case, site, need, &mut tally);
        let covered: BTreeSet<u8> = found.iter().flat_map(|c| c.hds_activities.iter().copied()).collect();
        let activities: Vec<_> = need.activities.difference(&covered).copied().map(u32::from).collect();
        if !found.is_empty() && !activities.is_empty() {
            tally.fail(RuleMessage::NotCovered { activities });
        }
        held.extend(found.into_iter().map(|c| {
            Message::from(RuleMessage::InForce {
                scheme: c.scheme,
                version: c.version.clone(),
                reference: c.reference.clone(),
                until: c.expires.clone(),
            })
        }));
    }
    held.dedup();
    tally.outcome(if needs.is_empty() { none.into() } else { list(held) })
}

/// The certificates by which a need is met, one for each that must hold one; what is wrong goes to `tally`.
pub(super) fn counting<'a>(
    case: &Case<'a>,
    site: &'a SiteFacts,
    need: &Need,
    tally: &mut Tally,
) -> Vec<&'a Certification> {
    let today = case.world.today();
    let chain = Chain::of_hosting(case, &site.site);
    let must = |roles: &[Role<'_>]| {
        let subprocessor =
            |role: &Role<'_>| matches!(role, Role::SubprocessorOf(_) | Role::SubprocessorOfSite);
        roles.contains(&Role::Hoster)
            || (need.held_by == Holder::HosterAndSubprocessors && roles.iter().any(subprocessor))
    };
    chain.missing.iter().filter(|m| must(&[m.role])).for_each(|m| tally.unproven(m.told()));
    let mut found = Vec::new();
    for link in chain.links.iter().filter(|link| must(&link.roles)) {
        let service = link.roles.contains(&Role::Hoster).then_some(&*site.site.spec.service);
        let (outcome, certification) = best(link.provider, service, need, today);
        tally.take(outcome);
        found.extend(certification);
    }
    found
}

/// The best that a provider has to show.
fn best<'a>(
    provider: &'a Provider,
    service: Option<&str>,
    need: &Need,
    today: Date,
) -> (Outcome, Option<&'a Certification>) {
    let scheme = need.scheme;
    let of_scheme: Vec<_> = provider.spec.certifications.iter().filter(|c| c.scheme == scheme).collect();
    let fits = |c: &&&Certification| service.is_none_or(|service| is_for(c, service));
    let judged = of_scheme.iter().filter(fits).map(|c| (judge_one(provider, c, need, today), Some(*c)));
    let rank = |outcome: &Outcome| match outcome.verdict {
        Verdict::Pass => 0,
        Verdict::Unproven => 1,
        Verdict::Fail => 2,
    };
    judged.min_by_key(|(outcome, _)| rank(outcome)).unwrap_or_else(|| {
        let (legal_name, name) = (provider.spec.legal_name.clone(), provider.name_any());
        let services: Vec<_> = of_scheme.iter().map(|c| Quoted(c.service.clone())).collect();
        let reason = match service.filter(|_| !services.is_empty()) {
            Some(service) => {
                let service = Quoted(service.to_owned());
                RuleMessage::OtherService { provider: legal_name, scheme, services, service }
            }
            None => RuleMessage::NoCertificate { provider: legal_name, name, scheme },
        };
        (Outcome::fail(reason), None)
    })
}

fn judge_one(provider: &Provider, c: &Certification, need: &Need, today: Date) -> Outcome {
    let (scheme, reference) = (c.scheme, c.reference.clone());
    let provider = provider.spec.legal_name.clone();
    if let Some(least) = &need.least {
        let version = c.version.clone();
        match reaches(&version, least) {
            Some(true) => {}
            Some(false) => {
                let least = least.clone();
                return Outcome::fail(RuleMessage::Below { provider, scheme, reference, version, least });
            }
            None => {
                return Outcome::unproven(RuleMessage::Incomparable { provider, scheme, reference, version });
            }
        }
    }
    match expiry(c, today) {
        Expiry::InForce { .. } | Expiry::Warn { .. } => {}
        Expiry::Expired => {
            let last = c.expires.clone();
            return Outcome::fail(RuleMessage::Ended { provider, scheme, reference, last });
        }
        Expiry::NotYet => {
            let first = c.issued.clone();
            return Outcome::fail(RuleMessage::ToCome { provider, scheme, reference, first });
        }
        Expiry::Unreadable => {
            return Outcome::unproven(RuleMessage::DatesUnread { provider, scheme, reference });
        }
    }
    if let Some(oddity) = oddity(c) {
        return Outcome::unproven(RuleMessage::Odd { provider, scheme, reference, oddity });
    }
    if c.document.is_none() {
        return Outcome::unproven(RuleMessage::CertificateOnlyDeclared { provider, scheme, reference });
    }
    Outcome::pass(Message::none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::fixtures::certification;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn a_certificate_is_valid_through_its_last_day() {
        let mut c = certification(Scheme::SecNumCloud, "3.2", "s");
        c.expires = "2026-06-15".into();
        assert_eq!(expiry(&c, day("2026-06-15")), Expiry::Warn { days: 0, threshold: 7 });
        assert_eq!(expiry(&c, day("2026-06-16")), Expiry::Expired);
        assert_eq!(expiry(&c, day("2026-06-08")), Expiry::Warn { days: 7, threshold: 7 });
        assert_eq!(expiry(&c, day("2026-06-07")), Expiry::Warn { days: 8, threshold: 30 });
        assert_eq!(expiry(&c, day("2026-05-15")), Expiry::Warn { days: 31, threshold: 90 });
        assert_eq!(expiry(&c, day("2026-03-17")), Expiry::Warn { days: 90, threshold: 90 });
        assert_eq!(expiry(&c, day("2026-03-16")), Expiry::InForce { days: 91 });
        assert_eq!(expiry(&c, day("2024-12-31")), Expiry::NotYet);
        c.expires = "never".into();
        assert_eq!(expiry(&c, day("2026-03-16")), Expiry::Unreadable);
    }

    #[test]
    fn a_certificate_is_carried_on_by_one_that_covers_as_much_without_a_gap() {
        let mut old = certification(Scheme::Hds, "2", "s");
        (old.issued, old.expires) = ("2023-06-16".into(), "2026-06-15".into());
        let mut new = certification(Scheme::Hds, "2", "S ");
        (new.issued, new.expires) = ("2026-06-16".into(), "2029-06-15".into());
        assert!(
            is_succeeded(&old, &[old.clone(), new.clone()])
                && !is_succeeded(&new, &[old.clone(), new.clone()])
        );
        assert!(!is_succeeded(&old, std::slice::from_ref(&old)));
        let spoil: [fn(&mut Certification); 6] = [
            |c| c.issued = "2026-06-17".into(),
            |c| c.service = "other".into(),
            |c| c.version = "1.1".into(),
            |c| c.hds_activities = vec![1, 2],
            |c| c.document = None,
            |c| c.scheme = Scheme::Iso27001,
        ];
        for spoil in spoil {
            let mut other = new.clone();
            spoil(&mut other);
            assert!(!is_succeeded(&old, &[old.clone(), other]));
        }
    }

    #[test]
    fn versions_compare_by_number() {
        assert_eq!(reaches("3.10", "3.2"), Some(true));
        assert_eq!(reaches("2.0", "2"), Some(true));
        assert_eq!(reaches("2", "2.0"), Some(true));
        assert_eq!(reaches("v1.1", "2"), Some(false));
        assert_eq!(reaches("two", "2"), None);
        for (version, least, wanted) in [
            ("3.2.a", "3.2", true),
            ("3.2a", "3.2", true),
            ("3.2", "3.2.a", false),
            ("3.2.b", "3.2.a", true),
            ("3.2.1", "3.2.a", true),
            ("v3.2", "3.2", true),
            ("V 3.2", "3.2", true),
            ("version 3.2", "v3.2", true),
            ("3.1.z", "3.2", false),
            ("３.２", "3.2", true),
        ] {
            assert_eq!(reaches(version, least), Some(wanted), "{version} {least}");
        }
        for unread in ["", "3..2", ".", "a", "3,2", "v"] {
            assert_eq!(reaches(unread, "3.2"), None, "{unread}");
        }
    }

    #[test]
    fn a_certificate_lasts_three_years_at_most_and_is_no_older_than_its_version() {
        let told = |scheme, version: &str, issued: &str, expires: &str| {
            let mut c = certification(scheme, version, "s");
            (c.issued, c.expires) = (issued.into(), expires.into());
            oddity(&c)
        };
        assert_eq!(told(Scheme::SecNumCloud, "3.2", "2026-03-02", "2029-03-01"), None);
        assert_eq!(told(Scheme::SecNumCloud, "3.2", "2026-03-02", "2029-03-02"), None);
        assert!(
            told(Scheme::SecNumCloud, "3.2", "2026-03-02", "2029-03-03")
                .unwrap()
                .to_string()
                .contains("three years")
        );
        assert!(
            told(Scheme::SecNumCloud, "v3.2.a", "2022-03-07", "2025-03-06")
                .unwrap()
                .to_string()
                .contains("2022-03-08")
        );
        assert_eq!(told(Scheme::SecNumCloud, "3.1", "2022-03-07", "2025-03-06"), None);
        assert!(told(Scheme::Hds, "2", "2024-04-25", "2027-04-24").is_some());
        assert_eq!(told(Scheme::Pams, "1", "2020-01-01", "2022-12-31"), None);
    }
}
