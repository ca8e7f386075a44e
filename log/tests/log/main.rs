//! The log as its callers see it: its layout, its proofs, its crashes, its rivals.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod broken;
mod common;
mod crash;
mod layout;
mod lists;
mod proofs;
mod rivals;
mod rotation;
mod s3;
mod served;
mod times;
