//! The tenants' API on real clusters, under the rights of its chart: a whole lifecycle without kubectl.

mod changes;
mod events;
mod lifecycle;
mod remains;
