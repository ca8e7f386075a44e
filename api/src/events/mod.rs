//! What changes, told as it does: changes of the caches ([`follow`]) → those that matter to a reader ([`told`]), each
//! serialized once → a ring that all streams read from ([`ring`]) → the streams of those who may know ([`hub`],
//! [`seats`], [`stream`]).
//!
//! Nothing is kept for a stream but where in the ring it stands. An id ([`place`]) tells how far each watch had got,
//! so that any replica can go on from it.

mod cursor;
mod follow;
mod hub;
mod options;
mod ring;
mod seats;
mod seen;
mod stream;
#[cfg(test)]
mod tests;
mod told;

pub use self::{
    follow::{Following, follow},
    hub::{Full, Hub},
    options::StreamOptions,
    told::Notice,
};
