//! `make e2e`: everything as people use it, in real pods on real nodes. Root alone can start it; it builds nothing but
//! takes the archive that `make bundle` wrote (`BEFFROI_BUNDLE`).
//!
//! [`hoster`] (what a hosting provider has before: clusters with Flux, volumes and a way in; an issuer; files that say
//! who they are) → [`opening`] (the README's own [`lines`], from nothing to a workspace ordered on the page) → [`story`]
//! (its [`walls`] tried, [`flows`] probed by Beffroi itself, its [`trials`]: a machine lost, an upgrade under load; the end) or [`stay`] (open to people).

#![allow(clippy::unwrap_used, reason = "helpers of tests, which may")]

mod flows;
mod hoster;
mod lines;
mod opening;
mod stay;
mod story;
mod trials;
mod visitor;
mod walls;

use beffroi_cluster::Error;
use beffroi_tests::web;

/// What comes from registries of packages comes before: nobody reaches them from inside.
fn prepared() -> Result<(), Error> {
    let ready = hoster::bundle().and_then(|_| web::prepared());
    ready.map(drop).map_err(|error| Error::Other(format!("{error:#}")))
}
