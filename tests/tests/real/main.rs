//! `make e2e`: everything as people use it, in real pods on real nodes. Root alone can start it; it builds nothing but
//! takes the archive that `make bundle` wrote (`BEFFROI_BUNDLE`).
//!
//! [`hoster`] (what a hosting provider has before: clusters with Flux, volumes and a way in; an issuer; files that say
//! who they are) → [`lines`] (the README's own lines, from nothing to the first workspace) → [`story`] (an app opened,
//! [`walls`] tried, [`flows`] probed by
//! Beffroi itself, a machine lost, an upgrade under load, the end).

#![allow(clippy::unwrap_used, reason = "helpers of tests, which may")]

mod flows;
mod hoster;
mod lines;
mod story;
mod visitor;
mod walls;
