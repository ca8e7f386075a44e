//! Looks up the DNS records that prove domains, beside all other work: what tenants want looked up ([`Prover::want`])
//! → lookups that are due, a few at a time, each given up in time → what was found ([`Prover::lookups`]), and the
//! tenants that it is news for are looked at again. A DNS server that is slow or silent holds nobody.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    net::{IpAddr, SocketAddr},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use beffroi_core::{
    message::tenant::NoAnswer,
    tenant::domains::{Lookup, Lookups, record_name},
};
use futures::{FutureExt, StreamExt, future::BoxFuture, stream::FuturesUnordered};
use hickory_resolver::{
    TokioResolver,
    config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig},
    net::{DnsError, NetError, runtime::TokioRuntimeProvider},
    proto::{op::ResponseCode, rr::RData},
};
use tokio_util::sync::CancellationToken;

/// How long one lookup may take, with all its attempts.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long one attempt may take.
const ATTEMPT: Duration = Duration::from_secs(3);
/// Lookups at the same time, of all tenants and of one.
const AT_ONCE: usize = 32;
const EACH: usize = 4;
/// How soon a record that is awaited, or that could not be looked up, is looked up again.
const AWAITED: Duration = Duration::from_secs(30);
/// How often it is seen which lookups are due.
const BEAT: Duration = Duration::from_millis(500);
/// Most values of a record, and longest value, that are kept: a proof is short.
const VALUES: (usize, usize) = (64, 255);

/// Who is asked.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Resolver {
    /// Whoever the system asks (`/etc/resolv.conf`).
    #[default]
    System,
    /// This DNS server.
    Server(SocketAddr),
}

impl std::str::FromStr for Resolver {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let server = || text.parse().or_else(|_| text.parse::<IpAddr>().map(|ip| SocketAddr::new(ip, 53)));
        match text {
            "system" => Ok(Self::System),
            _ => server().map(Self::Server).map_err(|_| "give system, an IP address or IP:PORT".to_owned()),
        }
    }
}

impl fmt::Display for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => f.write_str("system"),
            Self::Server(address) => address.fmt(f),
        }
    }
}

/// A domain whose record is looked up.
struct Entry {
    /// Names of the tenants that want it.
    by: BTreeSet<String>,
    found: Option<Lookup>,
    due: Instant,
}

/// What is looked up, and what was found.
pub struct Prover {
    resolver: Option<TokioResolver>,
    /// How often a record that is there is looked up again.
    recheck: Duration,
    entries: Mutex<BTreeMap<String, Entry>>,
}

impl Prover {
    /// Asks `resolver`, and looks up what it found again after `recheck`.
    pub fn new(resolver: Resolver, recheck: Duration) -> Self {
        let resolver = open(resolver)
            .inspect_err(|error| tracing::error!(%error, "no DNS record can be looked up: give --resolver"));
        Self { resolver: resolver.ok(), recheck, entries: Mutex::default() }
    }

    /// From now on a tenant wants the records of these domains looked up, and no others.
    pub fn want(&self, tenant: &str, domains: &BTreeSet<String>) {
        let mut entries = self.entries();
        for (domain, entry) in entries.iter_mut() {
            if !domains.contains(domain) {
                entry.by.remove(tenant);
            }
        }
        for domain in domains {
            let new = || Entry { by: BTreeSet::new(), found: None, due: Instant::now() };
            entries.entry(domain.clone()).or_insert_with(new).by.insert(tenant.to_owned());
        }
        entries.retain(|_, entry| !entry.by.is_empty());
    }

    /// Whether a tenant wants the record of a domain looked up already.
    pub fn is_wanted(&self, tenant: &str, domain: &str) -> bool {
        self.entries().get(domain).is_some_and(|entry| entry.by.contains(tenant))
    }

    /// What was found so far of what a tenant wants.
    pub fn lookups(&self, tenant: &str) -> Lookups {
        let entries = self.entries();
        let wanted = entries.iter().filter(|(_, entry)| entry.by.contains(tenant));
        wanted.filter_map(|(domain, entry)| Some((domain.clone(), entry.found.clone()?))).collect()
    }

    /// Looks up what is due until `stop`; `tell` hears of each tenant that there is news for.
    pub async fn run(&self, tell: impl Fn(String), stop: CancellationToken) {
        let mut beat = tokio::time::interval(BEAT);
        let mut asking: FuturesUnordered<BoxFuture<'_, (String, String, Lookup)>> = FuturesUnordered::new();
        let mut busy: BTreeMap<String, usize> = BTreeMap::new();
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = beat.tick() => {}
                Some((domain, payer, found)) = asking.next() => {
                    if let Some(count) = busy.get_mut(&payer) {
                        *count -= 1;
                    }
                    for tenant in self.note(&domain, found) {
                        tell(tenant);
                    }
                }
            }
            while let Some((domain, payer)) = self.next(&busy).filter(|_| asking.len() < AT_ONCE) {
                *busy.entry(payer.clone()).or_default() += 1;
                let asked = async move {
                    let found = self.ask(&domain).await;
                    (domain, payer, found)
                };
                asking.push(asked.boxed());
            }
            busy.retain(|_, count| *count > 0);
        }
    }

    /// A domain whose lookup is due, and on whose account it is made: one whose others are not all under way, so that
    /// the many or silent domains of one tenant are not what the others wait for.
    fn next(&self, busy: &BTreeMap<String, usize>) -> Option<(String, String)> {
        let now = Instant::now();
        let mut entries = self.entries();
        let due = entries.iter_mut().filter(|(_, entry)| entry.due <= now);
        let free = |tenant: &&String| busy.get(*tenant).copied().unwrap_or_default() < EACH;
        let mut found = due
            .filter_map(|(domain, entry)| Some((domain.clone(), entry.by.iter().find(free)?.clone(), entry)));
        let (domain, payer, entry) = found.next()?;
        // Not once more meanwhile.
        entry.due = now + 2 * PATIENCE;
        Some((domain, payer))
    }

    /// Keeps what was found; names of the tenants that it is news for.
    fn note(&self, domain: &str, found: Lookup) -> Vec<String> {
        let mut entries = self.entries();
        let Some(entry) = entries.get_mut(domain) else { return Vec::new() };
        let there = matches!(&found, Lookup::Found(values) if !values.is_empty());
        entry.due = Instant::now() + if there { self.recheck } else { AWAITED.min(self.recheck) };
        let news = entry.found.as_ref() != Some(&found);
        entry.found = Some(found);
        if news { entry.by.iter().cloned().collect() } else { Vec::new() }
    }

    async fn ask(&self, domain: &str) -> Lookup {
        let Some(resolver) = &self.resolver else { return Lookup::Failed(NoAnswer::Silent) };
        // With its dot at the end it is looked up as it is, and not within the domains that the system searches.
        let name = format!("{}.", record_name(domain));
        let answer = tokio::time::timeout(PATIENCE, resolver.txt_lookup(name.as_str())).await;
        let outcome = match &answer {
            Ok(Ok(_)) => "found",
            Ok(Err(NetError::Dns(DnsError::NoRecordsFound(_)))) => "none",
            _ => "failed",
        };
        metrics::counter!("beffroi_domain_lookups_total", "outcome" => outcome).increment(1);
        match answer {
            Err(_) | Ok(Err(NetError::Timeout)) => Lookup::Failed(NoAnswer::Late),
            Ok(Ok(answer)) => {
                let records = answer.answers().iter();
                let values = records.filter_map(|record| match &record.data {
                    RData::TXT(text) => Some(text.txt_data.concat()),
                    _ => None,
                });
                let text = values.filter(|value| value.len() <= VALUES.1);
                let mut values: Vec<String> = text.filter_map(|text| String::from_utf8(text).ok()).collect();
                // Servers turn them around.
                values.sort();
                values.truncate(VALUES.0);
                Lookup::Found(values)
            }
            Ok(Err(error)) => {
                tracing::debug!(domain, %error, "the DNS record of a domain was not found");
                match error {
                    NetError::Dns(DnsError::NoRecordsFound(none))
                        if matches!(none.response_code, ResponseCode::NXDomain | ResponseCode::NoError) =>
                    {
                        Lookup::Found(Vec::new())
                    }
                    NetError::Dns(_) => Lookup::Failed(NoAnswer::Failing),
                    _ => Lookup::Failed(NoAnswer::Silent),
                }
            }
        }
    }

    fn entries(&self) -> MutexGuard<'_, BTreeMap<String, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn open(resolver: Resolver) -> Result<TokioResolver, NetError> {
    let mut builder = match resolver {
        Resolver::System => TokioResolver::builder_tokio()?,
        Resolver::Server(address) => {
            let port = |mut connection: ConnectionConfig| {
                connection.port = address.port();
                connection
            };
            let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(port).into();
            let server = NameServerConfig::new(address.ip(), true, connections);
            let config = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
            TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
        }
    };
    let options = builder.options_mut();
    options.timeout = ATTEMPT;
    options.attempts = 2;
    // What was found is kept here, for as long as we say.
    options.cache_size = 0;
    options.use_hosts_file = ResolveHosts::Never;
    builder.build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(values: &[&str]) -> Lookup {
        Lookup::Found(values.iter().map(ToString::to_string).collect())
    }

    fn names(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(ToString::to_string).collect()
    }

    #[tokio::test]
    async fn what_nobody_wants_any_more_is_forgotten_and_news_are_told_once() {
        let prover = Prover::new("127.0.0.1:9".parse().unwrap(), Duration::from_hours(1));
        prover.want("a", &names(&["x.example", "y.example"]));
        prover.want("b", &names(&["x.example"]));
        assert_eq!(prover.note("x.example", found(&["v"])), ["a", "b"]);
        assert!(prover.note("x.example", found(&["v"])).is_empty());
        let busy = BTreeMap::from([("b".to_owned(), EACH)]);
        let next = Some(("y.example".to_owned(), "a".to_owned()));
        assert_eq!(prover.next(&busy), next, "what was found is kept for a while");
        assert_eq!(prover.next(&busy), None, "nothing is looked up twice at once");
        prover.want("b", &names(&["x.example", "z.example"]));
        assert_eq!(prover.next(&busy), None, "one tenant's turn comes when those before are answered");
        assert!(prover.next(&BTreeMap::new()).is_some());
        prover.want("a", &names(&[]));
        assert!(prover.lookups("a").is_empty());
        assert_eq!(prover.lookups("b").into_keys().collect::<Vec<_>>(), ["x.example"]);
        prover.want("b", &names(&[]));
        assert!(prover.lookups("b").is_empty() && prover.note("x.example", found(&[])).is_empty());
    }

    #[test]
    fn a_resolver_is_the_systems_or_a_server() {
        for (text, resolver) in [
            ("system", Some(Resolver::System)),
            ("127.0.0.1:5353", Some(Resolver::Server(([127, 0, 0, 1], 5353).into()))),
            ("127.0.0.1", Some(Resolver::Server(([127, 0, 0, 1], 53).into()))),
            ("dns.example", None),
        ] {
            assert_eq!(text.parse().ok(), resolver, "{text}");
        }
    }
}
