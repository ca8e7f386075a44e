//! Answers that nobody takes. A client may ask for much and read none of it: each answer lies in memory until it is
//! sent, and nothing would end that. So what waits to be sent has its measure, in all and for each subscriber; who has
//! filled it is told to come back, and a connection on which an answer gets no further is closed.
//!
//! Pipeline: a request takes a part ([`Counted`]) → its answer takes as many as it is long → it is handed on in pieces
//! ([`body`]) → its parts are free once the connection has sent them ([`Answers`]).
//!
//! Streams of events are not measured here: they wait for as long as they are wanted, and have
//! [seats](crate::events) of their own.

mod answers;
mod body;
#[cfg(test)]
pub(super) mod tests;

use std::{
    net::IpAddr,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, HttpBody},
    response::Response,
};
use futures::future::BoxFuture;
use http::{
    HeaderValue, Request, StatusCode, Version,
    header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER},
};
use tower::Service;

pub use self::answers::Answers;
use self::body::Untaken;
use super::proxies::Proxies;
use crate::{
    auth::rate::Network,
    share::{Share, Shares},
};

/// What an answer takes at least, in bytes, with all that is kept of its request; it is counted in multiples of it.
const UNIT: usize = 8 << 10;
/// How much may wait in all: 64 MiB.
const ALL: usize = (64 << 20) / UNIT;
/// Of it, for one subscriber: 4 MiB.
const EACH: usize = ALL / 16;
/// As how much one answer counts at most, so that a long one leaves room for others of its subscriber. Who is not
/// signed in gets none that long.
const LONGEST: usize = EACH / 4;
/// How long an answer may get no further.
const PATIENCE: Duration = Duration::from_mins(2);
/// The same, where there is little room left.
const HURRY: Duration = Duration::from_secs(10);

/// How long an answer is, in bytes, before it is packed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Size(pub u64);

/// Room for what waits to be taken.
pub struct Room {
    parts: Shares<Network>,
    longest: usize,
    proxies: Proxies,
    patience: Duration,
    hurry: Duration,
}

/// The service of one connection: it tells the [`Network`] that a request comes from, and measures what is answered.
#[derive(Clone)]
pub struct Counted<S> {
    inner: S,
    peer: IpAddr,
    room: Arc<Room>,
    answers: Arc<Answers>,
}

impl Size {
    /// Of a body that knows.
    pub fn of(body: &Body) -> Option<Self> {
        body.size_hint().exact().map(Self)
    }
}

impl Room {
    /// Told apart by addresses, as far as `proxies` tell them.
    pub fn new(proxies: Proxies) -> Self {
        let parts = Shares::new(ALL, EACH);
        Self { parts, longest: LONGEST, proxies, patience: PATIENCE, hurry: HURRY }
    }

    /// How long an answer may get no further now.
    fn patience(&self) -> Duration {
        if self.parts.are_scarce() { self.hurry } else { self.patience }
    }

    /// Parts besides the first, for an answer of that length.
    fn more(&self, size: Size) -> u32 {
        let parts = usize::try_from(size.0).unwrap_or(usize::MAX) / UNIT;
        u32::try_from(parts.min(self.longest)).unwrap_or(u32::MAX)
    }
}

impl<S> Counted<S> {
    /// The service of a connection from `peer`.
    pub fn new(inner: S, peer: IpAddr, room: Arc<Room>) -> Self {
        let answers = Arc::new(Answers::new(room.clone()));
        Self { inner, peer, room, answers }
    }

    /// What waits on that connection.
    pub fn answers(&self) -> Arc<Answers> {
        self.answers.clone()
    }
}

impl<S, B> Service<Request<B>> for Counted<S>
where
    S: Service<Request<B>, Response = Response, Future: Send + 'static>,
{
    type Response = Response;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<Response, S::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let network = Network::from(self.room.proxies.client(self.peer, request.headers()));
        let whose = network.subscriber();
        let Some(first) = self.room.parts.take(&whose, 1) else { return Box::pin(async { Ok(full()) }) };
        request.extensions_mut().insert(network);
        let safe = request.method().is_safe();
        let apart = request.version() == Version::HTTP_2;
        let answered = self.inner.call(request);
        let (room, answers) = (self.room.clone(), self.answers.clone());
        Box::pin(async move {
            let response = answered.await?;
            if response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream") {
                return Ok(response);
            }
            let size = response.extensions().get().copied().or_else(|| Size::of(response.body()));
            let more = size.map_or(0, |size| room.more(size));
            let rest = room.parts.take(&whose, more);
            // What is done is told.
            if rest.is_none() && safe {
                return Ok(full());
            }
            let held = Held { _first: first, _rest: rest };
            Ok(response.map(|body| Body::new(Untaken::new(body, apart, answers, held))))
        })
    }
}

/// What an answer holds until it is sent.
struct Held {
    _first: Share,
    _rest: Option<Share>,
}

/// There is no room for an answer: this one takes none, for its body would wait as well.
fn full() -> Response {
    metrics::counter!("beffroi_api_answers_refused_total").increment(1);
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
