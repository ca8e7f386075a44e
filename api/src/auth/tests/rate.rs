//! Buckets empty, fill again, and do not grow in number.

use std::{net::IpAddr, num::NonZeroU32, time::Duration};

use governor::clock::FakeRelativeClock;

use super::*;
use crate::auth::rate::{Network, Pass, Payer, Rates};

fn limits(clock: &FakeRelativeClock) -> Limits<FakeRelativeClock> {
    let few = |number| NonZeroU32::new(number).unwrap();
    let rates =
        Rates { rate_address: few(2), burst_address: few(4), rate_tenant: few(1), burst_tenant: few(3) };
    Limits::with_clock(rates, clock)
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn of(tenant: &str) -> Principal {
    Principal {
        issuer: "https://a.example".into(),
        subject: "camille".into(),
        name: None,
        hoster: false,
        roles: [(tenant.into(), [Role::Lecteur].into())].into(),
        expires: now(),
        lacks: std::collections::BTreeSet::new(),
    }
}

#[test]
fn one_waits_and_others_do_not() {
    let clock = FakeRelativeClock::default();
    let limits = limits(&clock);
    let (busy, calm) = (of("busy"), of("calm"));
    for _ in 0..3 {
        assert_eq!(limits.principal(&busy), Pass::Allowed);
    }
    for _ in 0..1000 {
        assert_eq!(limits.principal(&busy), Pass::Wait { seconds: 1 });
    }
    assert_eq!(limits.principal(&calm), Pass::Allowed);
    clock.advance(Duration::from_millis(1001));
    assert_eq!(limits.principal(&busy), Pass::Allowed);
    assert_eq!(limits.principal(&busy), Pass::Wait { seconds: 1 });
}

#[test]
fn a_plan_counts_as_ten_requests() {
    let clock = FakeRelativeClock::default();
    let rates = |burst| {
        let [few, many] = [1, burst].map(|rate| NonZeroU32::new(rate).unwrap());
        Rates { rate_address: few, burst_address: many, rate_tenant: few, burst_tenant: many }
    };
    let limits = Limits::with_clock(rates(25), &clock);
    let pass = |limits: &Limits<_>| (limits.principal(&of("a")), limits.plan(&of("a")));
    assert_eq!([pass(&limits), pass(&limits)], [(Pass::Allowed, Pass::Allowed); 2]);
    assert_eq!(pass(&limits), (Pass::Allowed, Pass::Wait { seconds: 5 }));
    // So does a code that an issuer is asked about, for an address.
    let network = Network::from(ip("192.0.2.1"));
    let codes = [(); 3].map(|()| limits.code(network));
    assert_eq!(codes, [Pass::Allowed, Pass::Allowed, Pass::Wait { seconds: 2 }]);
    let narrow = Limits::with_clock(rates(2), &clock);
    assert_eq!(pass(&narrow), (Pass::Allowed, Pass::Allowed));
}

#[test]
fn networks_are_counted_as_subscribers_have_them() {
    let network = |text| Network::from(ip(text));
    assert_eq!(network("2001:db8::1"), network("2001:db8::ffff:1"));
    assert_ne!(network("2001:db8::1"), network("2001:db8:0:1::1"));
    assert_eq!(network("192.0.2.1"), network("::ffff:192.0.2.1"));
    assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
    let limits = limits(&FakeRelativeClock::default());
    let passed = (0..10).filter(|host| limits.address(ip(&format!("2001:db8::{host}"))) == Pass::Allowed);
    assert_eq!(passed.count(), 4);
}

#[test]
fn many_addresses_do_not_wear_out_the_memory_nor_free_who_insists() {
    let limits = limits(&FakeRelativeClock::default());
    let insistent = ip("192.0.2.1");
    let mut passed = 0;
    for number in 0..200_000_u32 {
        limits.address(IpAddr::V4(number.into()));
        if number % 10 == 0 {
            passed += u32::from(limits.address(insistent) == Pass::Allowed);
        }
    }
    assert!(passed <= 8, "{passed} passed of 20,000, and 4 are due");
}

#[test]
fn somebody_is_charged_to_a_tenant_or_to_an_issuer() {
    let nobody = Principal { roles: std::collections::BTreeMap::new(), ..of("x") };
    assert_eq!(Payer::from(&of("ght")), Payer::Tenant("ght".into()));
    assert_eq!(Payer::from(&nobody), Payer::Issuer("https://a.example".into()));
    assert_eq!(Payer::from(&Principal { hoster: true, ..nobody }), Payer::Hoster);
}
