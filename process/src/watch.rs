//! A watch of whatever server: what is there is streamed first, or asked for page by page where the server does not
//! stream it → events.
//!
//! Servers stream a list where their feature `WatchList` is on: by default since Kubernetes 1.34. It costs them far less
//! memory than a list.

use std::fmt::Debug;

use futures::{Stream, StreamExt, stream};
use kube::{
    Api, Resource,
    runtime::watcher::{self, Event, watcher},
};
use serde::de::DeserializeOwned;

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
    use watcher::Error::{InitialListFailed, WatchError, WatchStartFailed};
    let (InitialListFailed(kube::Error::Api(status))
    | WatchStartFailed(kube::Error::Api(status))
    | WatchError(status)) = error
    else {
        return false;
    };
    let causes = status.details.as_ref().map_or(&[][..], |details| &details.causes);
    causes.iter().any(|cause| cause.field == STREAMED)
}
