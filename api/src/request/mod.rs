//! What every request is taken through: [`id`] → [`rate`] → [`signed`] (who asks) → language → [`body`] (type, length, fields) → [`version`]
//! (`If-Match`, `If-None-Match`) and [`at_least`] (what is read is as new as what was written) → [`key`] (`Idempotency-Key`) → [`name`] (of what is made) → [`query`] (parameters) → [`page`] (cursors).

pub mod at_least;
pub mod body;
pub mod id;
pub mod key;
pub mod name;
pub mod page;
pub mod query;
pub mod rate;
pub mod signed;
pub mod version;
