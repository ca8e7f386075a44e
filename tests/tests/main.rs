//! Everything on real clusters, in one program: it is linked once, and while one suite waits for a site the next has the
//! processors (`RUST_TEST_THREADS` says how many run at once). `cargo test --locked --package beffroi-tests --test it
//! page::` runs one suite.
//!
//! What holds a bound of time stands in `timed`, where nothing runs beside it.

#![allow(clippy::unwrap_used, reason = "helpers of tests, which may")]

mod access;
mod admission;
mod alerts;
mod api;
mod bad_input;
mod charts;
mod clients;
mod foreign;
mod grace;
mod guards;
mod key_files;
mod law;
mod oidc;
mod old_crds;
mod old_servers;
mod page;
mod probe;
mod proof;
mod restored;
mod rights;
mod settled;
mod tenants;
mod upkeep;
