//! What every request shares.

use std::{
    ops::Deref,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use kube::{Client, api::PostParams};
use tokio_util::sync::CancellationToken;

use crate::{
    auth::{AuthOptions, Authenticator, Limits, Trust, rate::Payer},
    caches::Caches,
    events::{self, Hub},
    proofs::Proofs,
    share::Shares,
    vital::Tasks,
    world::Register,
};

/// Field manager of what the API writes.
const MANAGER: &str = "beffroi-api";

/// Parameters of what the API writes.
pub fn as_manager() -> PostParams {
    PostParams { field_manager: Some(MANAGER.into()), ..PostParams::default() }
}

/// Plans that are made at the same time, and of them on the account of one payer: each takes a processor for a while.
const PLANS: (usize, usize) = (2, 1);

/// Turns of those who plan.
pub fn plans() -> Shares<Payer> {
    Shares::new(PLANS.0, PLANS.1)
}

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
    pub plans: Shares<Payer>,
    /// What goes on in the background.
    pub tasks: Tasks,
    /// Who is who.
    pub auth: Authenticator,
    /// Whom the hoster trusts, and which audience is meant where none is named.
    pub trust: AuthOptions,
    /// How often one may ask.
    pub limits: Limits,
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
    /// Whether every cache was filled once.
    pub begun: AtomicBool,
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

    /// Tells what changes until the process is asked to stop.
    pub async fn tell_changes(self) {
        let following = events::Following {
            caches: &self.caches,
            hub: &self.events,
            audience: &self.trust.audience,
            renew_trusts: &|| self.renew_trusts(),
        };
        events::follow(&following, &self.stop).await;
    }
}

impl Deref for State {
    type Target = Shared;
    fn deref(&self) -> &Shared {
        &self.0
    }
}
