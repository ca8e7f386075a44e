//! A watch of whatever server: what is there is streamed first, or asked for page by page where the server does not
//! stream it → events; and what is said where it fails.
//!
//! Servers stream a list where their feature `WatchList` is on: by default since Kubernetes 1.34. It costs them far less
//! memory than a list.

use std::{
    fmt::Debug,
    time::{Duration, Instant},
};

use futures::{Stream, StreamExt, stream};
use kube::{
    Api, Resource,
    core::Status,
    runtime::watcher::{self, Event, watcher},
};
use serde::de::DeserializeOwned;

/// How soon it is said again that a watch fails.
const AGAIN: Duration = Duration::from_mins(1);

/// The field of a request that older servers refuse.
const STREAMED: &str = "sendInitialEvents";

/// What happens to the objects of one kind.
pub fn events<K>(
    api: Api<K>,
    config: watcher::Config,
) -> impl Stream<Item = watcher::Result<Event<K>>> + Send + 'static
where
    K: Resource + Clone + Debug + DeserializeOwned + Send + 'static,
{
    let listed = (api.clone(), config.clone());
    let streamed = watcher(api, config.streaming_lists()).boxed();
    stream::unfold((streamed, Some(listed)), async |(mut events, mut listed)| {
        loop {
            let event = events.next().await?;
            match (&event, listed.take()) {
                (Err(error), Some((api, config))) if refuses_to_stream(error) => {
                    tracing::warn!(
                        of = api.resource_url(),
                        "the server does not stream lists (Kubernetes before 1.34): it is asked for them page by page"
                    );
                    events = watcher(api, config).boxed();
                }
                (_, still) => return Some((event, (events, still))),
            }
        }
    })
    .boxed()
}

/// Whether a server refused a request because it asks for a stream.
fn refuses_to_stream(error: &watcher::Error) -> bool {
    let details = answer(error).and_then(|status| status.details.as_ref());
    details.is_some_and(|details| details.causes.iter().any(|cause| cause.field == STREAMED))
}

/// What the server itself said.
fn answer(error: &watcher::Error) -> Option<&Status> {
    use watcher::Error::{InitialListFailed, WatchError, WatchFailed, WatchStartFailed};
    match error {
        InitialListFailed(kube::Error::Api(status))
        | WatchStartFailed(kube::Error::Api(status))
        | WatchFailed(kube::Error::Api(status))
        | WatchError(status) => Some(status),
        _ => None,
    }
}

/// Why a watch fails, by what is to be done about it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fault {
    /// It may not be watched by whoever asks.
    Refused,
    /// The server does not know any more what happened since it was asked last.
    Forgotten,
    /// The server does not serve the kind, or takes no such request.
    NotUnderstood,
    /// The server is overwhelmed, or there is none at the other end.
    Broken,
}

impl Fault {
    /// That of an error.
    pub fn of(error: &watcher::Error) -> Self {
        match answer(error).map(|status| status.code) {
            Some(401 | 403) => Self::Refused,
            Some(410) => Self::Forgotten,
            Some(400 | 404..=406 | 415 | 422) => Self::NotUnderstood,
            _ if matches!(error, watcher::Error::NoResourceVersion) => Self::NotUnderstood,
            _ => Self::Broken,
        }
    }

    /// What is to be done about it in the cluster where Beffroi itself runs.
    fn hint(self) -> &'static str {
        match self {
            Self::Refused => "upgrade chart beffroi: it gives the rights",
            Self::Forgotten => "if that comes again and again, look at the API server's load and at its etcd",
            Self::NotUnderstood => {
                "is the API server of a version that Beffroi supports, and are the CRDs of chart beffroi there?"
            }
            Self::Broken => "look at the API server, and at what lies between",
        }
    }
}

/// Says that a watch of the cluster where Beffroi itself runs fails: at warning level what is new, and once a minute.
pub struct Teller {
    kind: String,
    told: Option<(String, Instant)>,
}

impl Teller {
    /// Of watches of a kind.
    pub fn of(kind: impl Into<String>) -> Self {
        Self { kind: kind.into(), told: None }
    }

    /// Takes note of a failure; tells whether it was said aloud.
    pub fn failed(&mut self, error: &watcher::Error) -> bool {
        let (kind, why, hint) = (&self.kind, error.to_string(), Fault::of(error).hint());
        let known = |(told, at): &(String, Instant)| *told == why && at.elapsed() < AGAIN;
        if self.told.as_ref().is_some_and(known) {
            tracing::debug!(kind, why, "a watch fails still: it is tried again");
            return false;
        }
        tracing::warn!(kind, why, hint, "a watch failed: it is tried again");
        self.told = Some((why, Instant::now()));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_is_said_aloud_once_with_what_to_do() {
        let error = |code| {
            let status = Status { code, message: format!("it says {code}"), ..Status::default() };
            watcher::Error::WatchError(Box::new(status))
        };
        for (code, fault) in [
            (401, Fault::Refused),
            (403, Fault::Refused),
            (404, Fault::NotUnderstood),
            (410, Fault::Forgotten),
            (422, Fault::NotUnderstood),
            (429, Fault::Broken),
            (500, Fault::Broken),
        ] {
            assert_eq!(Fault::of(&error(code)), fault);
        }
        let mut teller = Teller::of("Pod");
        let said = [403, 403, 410, 403].map(|code| teller.failed(&error(code)));
        assert_eq!(said, [true, false, true, true]);
    }
}
