//! Open files: each connection is one.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Files that are open besides connections.
const OWN: u64 = 200;

/// Lets the process open as many files as it may at most; service managers begin with fewer (`systemd`: 1,024), for the
/// sake of programs that would not stand more. Returns how many of them connections may take.
pub fn allow(streams: usize) -> usize {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, ..limit };
    let current = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => raised.current,
        Err(error) => {
            tracing::warn!(%error, "the limit of open files cannot be raised");
            limit.current
        }
    };
    if current.is_some_and(|files| files < streams as u64 + OWN) {
        tracing::warn!(
            files = current,
            streams,
            "fewer files may be open than streams: raise the limit (LimitNOFILE), or lower --streams"
        );
    }
    current
        .map_or(usize::MAX, |files| usize::try_from(files.saturating_sub(OWN)).unwrap_or(usize::MAX).max(1))
}
