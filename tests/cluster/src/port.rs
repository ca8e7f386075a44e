//! Free ports on loopback.

use std::{
    net::TcpListener,
    sync::atomic::{AtomicU16, Ordering},
};

use crate::Error;

/// Below the ports that Linux gives to outgoing connections (from 32768): one of those could take the port of
/// an API server that is down for a moment and comes back.
const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;

/// A port on loopback that nobody listens on now, and that this process has not handed out before.
///
/// # Errors
/// When there is none.
pub fn free_port() -> Result<u16, Error> {
    // Processes begin far apart, so that parallel tests seldom meet.
    static HANDED_OUT: AtomicU16 = AtomicU16::new(0);
    let start = u16::try_from(u64::from(std::process::id()) * 997 % u64::from(COUNT)).unwrap_or_default();
    for _ in 0..COUNT {
        let step = HANDED_OUT.fetch_add(1, Ordering::Relaxed) % COUNT;
        let port = FIRST
            + u16::try_from((u32::from(start) + u32::from(step)) % u32::from(COUNT)).unwrap_or_default();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    Err(Error::Other(format!(
        "no free port on loopback between {FIRST} and {}: stop what listens there",
        FIRST + COUNT
    )))
}
