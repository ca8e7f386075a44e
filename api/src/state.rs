//! What every request shares.

use std::{net::IpAddr, ops::Deref, sync::Arc, time::Duration};

use http::HeaderMap;
use ipnet::IpNet;
use kube::Client;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::{
    auth::{Authenticator, Limits, Options as AuthOptions, Trust},
    bundles::Proofs,
    caches::Caches,
    events::Hub,
    vital::Tasks,
    world::Register,
};

/// Field manager of what the API writes.
pub const MANAGER: &str = "beffroi-api";

/// Plans that are made at the same time: each takes a processor for a while.
pub const PLANS: usize = 2;

/// What every request shares; cheap to clone.
#[derive(Clone)]
pub struct State(Arc<Shared>);

/// What every request shares.
pub struct Shared {
    /// Client of the management cluster, for writes.
    pub client: Client,
    /// Where answers come from.
    pub caches: Caches,
    /// What decisions rest on.
    pub register: Register,
    /// Turns of those who plan.
    pub plans: Semaphore,
    /// What goes on in the background.
    pub tasks: Tasks,
    /// Who is who.
    pub auth: Authenticator,
    /// Whom the hoster trusts, and which audience is meant where none is named.
    pub trust: AuthOptions,
    /// How often one may ask.
    pub limits: Limits,
    /// Proxies whose word on addresses counts.
    pub proxies: Proxies,
    /// Streams of what changes.
    pub events: Hub,
    /// The log of evidence.
    pub log: Option<Proofs>,
    /// Beffroi's own namespace.
    pub namespace: String,
    /// Days of grace, where a request names none.
    pub grace_days: u32,
    /// Longest time that a request may take.
    pub patience: Duration,
    /// Cancelled when the process is asked to stop.
    pub stop: CancellationToken,
}

impl State {
    /// Shares it.
    pub fn new(shared: Shared) -> Self {
        Self(Arc::new(shared))
    }

    /// Whom to trust, as tenants and options say now.
    pub fn renew_trusts(&self) {
        let tenants = self.caches.tenants.all();
        let trusts = tenants.iter().filter_map(|tenant| Trust::of(tenant, &self.trust.audience));
        self.auth.set_trusts(trusts.chain(self.trust.hoster()).collect());
    }
}

impl Deref for State {
    type Target = Shared;
    fn deref(&self) -> &Shared {
        &self.0
    }
}

/// Networks of proxies whose word on the address of a client counts.
#[derive(Clone, Debug, Default)]
pub struct Proxies(pub Vec<IpNet>);

impl Proxies {
    /// The address that a request comes from: the last one in `X-Forwarded-For` that is no proxy of ours, where it
    /// came through one.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let known = |address: &IpAddr| self.0.iter().any(|network| network.contains(&address.to_canonical()));
        if !known(&peer) {
            return peer;
        }
        let named = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
        let mut hops: Vec<IpAddr> =
            named.flat_map(|line| line.split(',')).map_while(|hop| hop.trim().parse().ok()).collect();
        while hops.last().is_some_and(known) {
            hops.pop();
        }
        hops.last().copied().unwrap_or(peer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_proxies_of_ours_are_believed() {
        let proxies = Proxies(vec!["10.0.0.0/8".parse().unwrap()]);
        for (peer, forwarded, client) in [
            ("192.0.2.1", "198.51.100.1", "192.0.2.1"),
            ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
            ("10.0.0.1", "203.0.113.9, 198.51.100.1, 10.2.3.4", "198.51.100.1"),
            ("10.0.0.1", "", "10.0.0.1"),
            ("10.0.0.1", "nobody", "10.0.0.1"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("x-forwarded-for", forwarded.parse().unwrap());
            assert_eq!(
                proxies.client(peer.parse().unwrap(), &headers),
                client.parse::<IpAddr>().unwrap(),
                "{forwarded}"
            );
        }
    }
}
