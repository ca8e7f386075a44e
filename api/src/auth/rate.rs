//! How often one may ask: a bucket per network address before anyone is recognized, and one per payer after.
//!
//! Buckets lie in a cache of fixed size, so that memory is bounded by construction and nothing needs sweeping.
//! Where more keys ask than it holds, the ones that ask least are forgotten, and begin with a full bucket again.

use std::{
    fmt,
    hash::Hash,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    num::NonZeroU32,
    sync::Arc,
};

use governor::{
    InsufficientCapacity, NotUntil, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::NoOpMiddleware,
    nanos::Nanos,
    state::{InMemoryState, NotKeyed, StateStore},
};
use quick_cache::sync::Cache;

use super::{Principal, TenantUid};

/// How many buckets each limiter holds.
pub const BUCKETS: usize = 50_000;

/// How often one may ask.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct Rates {
    /// Requests a second of one network address (IPv6: of one /64); ten times as many for files of the page, and a
    /// sign-in counts as ten.
    #[arg(long, default_value = "50")]
    pub rate_address: NonZeroU32,
    /// Requests that one network address may make at once.
    #[arg(long, default_value = "200")]
    pub burst_address: NonZeroU32,
    /// Requests a second of all people of one tenant; a preview counts as ten.
    #[arg(long, default_value = "100")]
    pub rate_tenant: NonZeroU32,
    /// Requests that all people of one tenant may make at once.
    #[arg(long, default_value = "400")]
    pub burst_tenant: NonZeroU32,
}

/// As how many requests some count besides their own: a plan takes a processor for a while, and a code is sent on to an
/// issuer, which may hold against us how many of them are wrong.
const MORE: NonZeroU32 = NonZeroU32::new(9).unwrap();

/// The answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Pass {
    /// Go on.
    Allowed,
    /// 429, with `Retry-After`.
    Wait {
        /// Seconds, at least one.
        seconds: u64,
    },
}

/// A network address as it is counted: IPv4 whole, IPv6 by /64, which one subscriber has for itself.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Network(u64);

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            // Below ::/32 no global unicast address lies: IPv4 has that place for itself.
            IpAddr::V4(v4) => Self(u64::from(v4.to_bits())),
            IpAddr::V6(v6) => Self((v6.to_bits() >> 64) as u64),
        }
    }
}

impl Network {
    /// All that one subscriber may have: of IPv6 up to a /48 (RFC 6177, 2).
    #[must_use]
    pub fn subscriber(self) -> Self {
        if u32::try_from(self.0).is_ok() { self } else { Self(self.0 & !0xffff) }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match u32::try_from(self.0) {
            Ok(v4) => Ipv4Addr::from_bits(v4).fmt(f),
            Err(_) => write!(f, "{}/64", Ipv6Addr::from_bits(u128::from(self.0) << 64)),
        }
    }
}

/// On whose account a request goes.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum Payer {
    /// A tenant: the first one that the person has a role in.
    Tenant(TenantUid),
    /// The hosting provider.
    Hoster,
    /// People of an issuer who have no role.
    Issuer(String),
}

/// As the access log names it: the UID of a tenant, for its name may be another's later.
impl fmt::Display for Payer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tenant(uid) => write!(f, "tenant {uid}"),
            Self::Hoster => f.write_str("hoster"),
            Self::Issuer(issuer) => write!(f, "issuer {issuer}"),
        }
    }
}

impl From<&Principal> for Payer {
    fn from(principal: &Principal) -> Self {
        match principal.roles.keys().next() {
            Some(tenant) => Self::Tenant(tenant.clone()),
            None if principal.hoster => Self::Hoster,
            None => Self::Issuer(principal.issuer.clone()),
        }
    }
}

/// How many files of the page an address may ask for in the time of one request: opening it takes some twenty.
const FILES: NonZeroU32 = NonZeroU32::new(10).unwrap();

/// All limiters.
pub struct Limits<C: Clock = DefaultClock> {
    addresses: Limiter<Network, C>,
    files: Limiter<Network, C>,
    payers: Limiter<Payer, C>,
}

impl Limits {
    /// With the clock of the machine.
    pub fn new(rates: Rates) -> Self {
        Self::with_clock(rates, &DefaultClock::default())
    }
}

impl<C: Clock + Clone> Limits<C> {
    /// With another clock.
    pub fn with_clock(rates: Rates, clock: &C) -> Self {
        let files = |rate: NonZeroU32| rate.saturating_mul(FILES);
        Self {
            addresses: limiter(rates.rate_address, rates.burst_address, clock),
            files: limiter(files(rates.rate_address), files(rates.burst_address), clock),
            payers: limiter(rates.rate_tenant, rates.burst_tenant, clock),
        }
    }

    /// Counts a request of an address.
    pub fn address(&self, address: impl Into<Network>) -> Pass {
        pass(&self.addresses, &address.into())
    }

    /// Counts a file of the page that an address asks for.
    pub fn file(&self, address: impl Into<Network>) -> Pass {
        pass(&self.files, &address.into())
    }

    /// Counts a request of somebody.
    pub fn principal(&self, principal: &Principal) -> Pass {
        pass(&self.payers, &principal.into())
    }

    /// Counts what somebody's plan costs more than another request.
    pub fn plan(&self, principal: &Principal) -> Pass {
        pass_more(&self.payers, &principal.into())
    }

    /// Counts what a code costs that somebody signs in with, more than another request.
    pub fn code(&self, network: Network) -> Pass {
        pass_more(&self.addresses, &network)
    }
}

type Limiter<K, C> = RateLimiter<K, Buckets<K>, C, NoOpMiddleware<<C as Clock>::Instant>>;

fn limiter<K: Eq + Hash + Clone, C: Clock + Clone>(
    rate: NonZeroU32,
    burst: NonZeroU32,
    clock: &C,
) -> Limiter<K, C> {
    let quota = Quota::per_second(rate).allow_burst(burst);
    RateLimiter::new(quota, Buckets(Cache::new(BUCKETS)), clock.clone())
}

fn pass<K: Eq + Hash + Clone, C: Clock>(limiter: &Limiter<K, C>, key: &K) -> Pass {
    match limiter.check_key(key) {
        Ok(()) => Pass::Allowed,
        Err(denied) => wait(&denied, limiter.clock()),
    }
}

fn pass_more<K: Eq + Hash + Clone, C: Clock>(limiter: &Limiter<K, C>, key: &K) -> Pass {
    match limiter.check_key_n(key, MORE) {
        Ok(Ok(())) => Pass::Allowed,
        Ok(Err(denied)) => wait(&denied, limiter.clock()),
        // Less is allowed at once than it costs.
        Err(InsufficientCapacity(_)) => pass(limiter, key),
    }
}

fn wait<C: Clock>(denied: &NotUntil<C::Instant>, clock: &C) -> Pass {
    let left = denied.wait_time_from(clock.now());
    let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
    Pass::Wait { seconds: seconds.max(1) }
}

/// A bounded number of buckets.
struct Buckets<K>(Cache<K, Arc<InMemoryState>>);

impl<K: Eq + Hash + Clone> StateStore for Buckets<K> {
    type Key = K;

    fn measure_and_replace<T, F, E>(&self, key: &K, f: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let Ok(bucket) = self.0.get_or_insert_with(key, || Ok::<_, std::convert::Infallible>(Arc::default()));
        bucket.measure_and_replace(&NotKeyed::NonKey, f)
    }
}
