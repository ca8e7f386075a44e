//! What a request is taken through.
//!
//! Pipeline: every one gets its id ([`id`]) → is counted by the address that it comes from ([`rate`], [`proxies`]) →
//! is somebody's ([`signed`]) → waits for the caches, where it says what it has seen ([`at_least`]). Then what its
//! operation reads of it: parameters ([`query`], [`page`], [`since`]), the version that it knows ([`version`]), its body
//! ([`body`], [`checked`]), the key under which it is done once ([`key`]).

pub mod at_least;
pub mod between;
pub mod body;
pub mod checked;
pub mod id;
pub mod key;
pub mod page;
pub mod proxies;
pub mod query;
pub mod rate;
pub mod signed;
pub mod since;
pub mod version;
