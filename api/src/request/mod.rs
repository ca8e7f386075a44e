//! What a request is taken through.
//!
//! Pipeline: every one gets its id ([`id`](crate::id)) → is counted by the address that it comes from ([`rate`])
//! → is somebody's ([`signed`]) → waits for the caches, where it says what it has seen ([`at_least`]). Then
//! what its operation reads of it: which object ([`which`]), parameters ([`query`], [`page`], [`since`], [`between`]), the
//! version that it knows ([`version`]), its body ([`body`], [`checked`]), the key under which it is done once ([`key`]).
//! What is read tells itself ([`Reads`](crate::operation::Reads)): parameter, header, body, and the problems of it.

pub mod at_least;
pub mod between;
pub mod body;
pub mod checked;
pub mod key;
pub mod page;
pub mod query;
pub mod rate;
pub mod signed;
pub mod since;
pub mod version;
pub mod which;
