//! What tests and demo share: [`samples`] (the YAML that people copy) → [`fleet`] (a management cluster and
//! sites, with the charts installed) → [`guards`] (of a site, lifted and put back as an administrator would), [`nodes`] →
//! [`operator`] (as a process, under its own `ServiceAccount`) → [`wait`]. Who signs in, and where: [`oidc`]; in which
//! browser: [`web`]; to what: [`api`]; all of it together: [`stage`]. Programs that we did not write: [`python`].
//! Who tells whose a domain is: [`dns`].
//! What ours take of the machine: [`task`]. What guards must say: [`digests`]. Which
//! rights are used: [`rights`]. What alerts look at: [`alerts`].

pub mod alerts;
pub mod api;
pub mod cli;
pub mod digests;
pub mod dns;
pub mod fleet;
pub mod guards;
pub mod multitude;
pub mod nodes;
pub mod oidc;
pub mod operator;
pub mod python;
pub mod quiet;
pub mod rights;
pub mod samples;
pub mod scene;
pub mod stage;
pub mod task;
pub mod wait;
pub mod web;

pub use api::Api;
pub use fleet::Fleet;
pub use operator::Operator;
pub use scene::Scene;
pub use stage::Stage;
pub use wait::{eventually, within};
