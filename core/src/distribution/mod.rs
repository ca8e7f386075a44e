//! What we hand out, and how anyone sees that it is ours.
//!
//! Pipeline: [`oci`] (documents of an image layout) → [`provenance`] (what was built, from what, by whom; signed by
//! [`dsse`](crate::evidence::dsse), as evidence is) → [`verify`] (layout and archive, offline, with the public keys
//! alone).

pub mod oci;
pub mod provenance;
#[cfg(test)]
mod tests;
pub mod verify;
