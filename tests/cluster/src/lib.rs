//! Real Kubernetes clusters for tests and demo, without a container engine.
//!
//! Pipeline: [`parts`] (every component, built once into the user's cache) → [`process`] (each one started
//! under a guard, so that nothing outlives who started it) → [`Cluster`] (etcd, API server, controller
//! manager, scheduler; kwok nodes; Flux) and [`Registry`] (charts, on loopback).

pub mod access;
pub mod cluster;
pub mod error;
pub mod flux;
pub mod helm;
pub mod node;
pub mod parts;
pub mod process;
pub mod registry;

pub use cluster::{Builder, Cluster};
pub use error::Error;
pub use node::Node;
pub use process::{Guarded, free_port};
pub use registry::{PushedChart, Registry};
