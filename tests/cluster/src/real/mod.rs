//! Nodes that run pods: a [`World`] of this run's own (network, processes and mounts, without a route out) → a
//! [`link`] for each node → a [`machine`] (containerd, kubelet, kube-proxy, kube-router) → [`image`]s in the world's
//! registry → [`addons`] (names, volumes, an ingress controller, Flux). [`doors`] lead in for people.
//!
//! Needs root, and says so. A world is one process tree with namespaces of its own: when it ends, by whatever way,
//! the kernel takes processes, mounts and addresses with it.

mod addons;
mod doors;
pub mod image;
mod link;
mod machine;
mod nodes;
mod world;

pub use image::Image;
pub use link::{GATEWAY, METADATA, OUTSIDE};
pub use machine::Machine;
pub use world::{World, within};
