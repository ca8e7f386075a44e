//! Real Kubernetes clusters for tests and demo, without a container engine.
//!
//! Pipeline: [`parts`] (every component, built once into the user's cache) → [`process`] (each one started
//! under a guard, so that nothing outlives who started it) → [`Cluster`] (etcd, API server, controller
//! manager, scheduler; kwok nodes; Flux) and [`Registry`] (charts, on loopback).
//!
//! With `BEFFROI_KEEP=1` the folder of each run, with data and logs, stays and is told on standard error. With
//! `BEFFROI_AUDIT=FOLDER` each API server writes there what it was asked, and under which right it allowed that.

pub mod access;
mod audit;
mod build;
mod certificates;
pub mod cluster;
mod control_plane;
pub mod error;
pub mod flux;
mod folder;
pub mod helm;
pub mod kwok;
pub mod node;
pub mod parts;
mod port;
pub mod process;
pub mod real;
pub mod registry;
pub mod requests;

pub use cluster::{Builder, Cluster, EtcdBackup};
pub use error::Error;
pub use node::Node;
pub use port::free_port;
pub use process::{Guarded, without_proxy};
pub use registry::{PushedChart, Registry};
pub use requests::Requests;
