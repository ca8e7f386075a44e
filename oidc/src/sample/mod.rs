//! For tests: keys that everybody knows, tokens made by hand, and an issuer on loopback.
//!
//! Only under feature `sample`: whoever trusts these keys trusts everybody.
#![allow(clippy::unwrap_used, clippy::missing_panics_doc)]

mod issuer;
mod signer;

pub use issuer::{Issuer, Mood, Script};
pub use signer::{PUBLIC_PEM, Signer, decode, der, encode};

#[cfg(test)]
pub(crate) use issuer::serve;

use serde_json::Value;

/// The same object with some of its members replaced, or taken away where null.
pub fn with(mut object: Value, changes: Value) -> Value {
    let Value::Object(changes) = changes else { panic!("changes are an object") };
    for (member, value) in changes {
        match value {
            Value::Null => object.as_object_mut().unwrap().remove(&member),
            value => object.as_object_mut().unwrap().insert(member, value),
        };
    }
    object
}
