//! Answers that nobody takes. Over HTTP/2 a client may ask for much and read none of it: each answer lies in memory until
//! it is read, and nothing would end that. So what waits to be taken has its measure, in all and for each network address;
//! who has filled it gets no answer, and a connection on which nothing is taken for long is closed.
//!
//! Streams of events are not measured here: they wait for as long as they are wanted, and have seats of their own.

use std::{
    net::IpAddr,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use axum::{
    BoxError,
    body::{Body, Bytes, HttpBody},
    response::Response,
};
use futures::future::BoxFuture;
use http::{Request, Version, header::CONTENT_TYPE};
use http_body::{Frame, SizeHint};
use tower::Service;

use crate::{
    auth::rate::Network,
    request::proxies::Proxies,
    share::{Share, Shares},
};

/// What an answer takes at least, in bytes, with all that is kept of its request; it is counted in multiples of it.
const UNIT: usize = 8 << 10;
/// How much may wait in all: 64 MiB.
const ALL: usize = (64 << 20) / UNIT;
/// Of it, for one network address: 8 MiB.
const EACH: usize = ALL / 8;
/// How long a connection may take nothing of what waits for it.
const PATIENCE: Duration = Duration::from_mins(2);

/// How long an answer is, in bytes, before it is packed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Size(pub u64);

/// Room for what waits to be taken.
pub struct Room {
    parts: Shares<Network>,
    proxies: Proxies,
    patience: Duration,
}

/// There is no room for the answer.
#[derive(Debug, thiserror::Error)]
#[error("too many answers wait to be read")]
struct Full;

/// The service of one connection: it tells the [`Network`] that a request comes from, and measures what is answered.
#[derive(Clone)]
pub struct Counted<S> {
    inner: S,
    peer: IpAddr,
    room: Arc<Room>,
    answers: Arc<Answers>,
}

/// What waits on one connection.
#[derive(Debug)]
pub struct Answers {
    since: Instant,
    patience: Duration,
    waiting: AtomicUsize,
    /// Milliseconds after `since` when something was taken last.
    taken: AtomicU64,
}

/// An answer until it is taken.
struct Untaken {
    body: Body,
    /// Whether the last byte of each piece goes apart.
    apart: bool,
    last: Option<Bytes>,
    answers: Arc<Answers>,
    _share: (Share, Option<Share>),
}

impl Size {
    /// Of a body that knows.
    pub fn of(body: &Body) -> Option<Self> {
        body.size_hint().exact().map(Self)
    }

    /// Parts besides the first.
    fn more(self) -> u32 {
        u32::try_from(self.0 / UNIT as u64).unwrap_or(u32::MAX)
    }
}

impl Room {
    /// Told apart by addresses, as far as `proxies` tell them.
    pub fn new(proxies: Proxies) -> Self {
        Self { parts: Shares::new(ALL, EACH), proxies, patience: PATIENCE }
    }

    fn take(&self, whose: Network, parts: u32) -> Result<Share, Full> {
        self.parts.take(&whose, parts).ok_or_else(|| {
            metrics::counter!("beffroi_api_answers_refused_total").increment(1);
            Full
        })
    }
}

impl Answers {
    fn of(room: &Room) -> Self {
        let (waiting, taken) = (AtomicUsize::new(0), AtomicU64::new(0));
        Self { since: Instant::now(), patience: room.patience, waiting, taken }
    }

    fn begin(&self) {
        if self.waiting.fetch_add(1, Relaxed) == 0 {
            self.note();
        }
    }

    fn note(&self) {
        self.taken.store(self.now(), Relaxed);
    }

    /// Whether nothing of it was taken for long. A client that takes nothing still answers pings, or it is closed for
    /// that: one looks at each that is read.
    pub fn are_left(&self) -> bool {
        let left = || Duration::from_millis(self.now().saturating_sub(self.taken.load(Relaxed)));
        self.waiting.load(Relaxed) > 0 && left() > self.patience
    }

    fn now(&self) -> u64 {
        u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

impl<S> Counted<S> {
    /// The service of a connection from `peer`.
    pub fn new(inner: S, peer: IpAddr, room: Arc<Room>) -> Self {
        let answers = Arc::new(Answers::of(&room));
        Self { inner, peer, room, answers }
    }

    /// What waits on that connection.
    pub fn answers(&self) -> Arc<Answers> {
        self.answers.clone()
    }
}

impl<S, B> Service<Request<B>> for Counted<S>
where
    S: Service<Request<B>, Response = Response, Error: Into<BoxError>, Future: Send + 'static>,
{
    type Response = Response;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response, BoxError>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let whose = Network::from(self.room.proxies.client(self.peer, request.headers()));
        // An error resets the stream of HTTP/2, or closes the connection of HTTP/1.1: nothing is kept for it. It comes
        // before anything is done.
        let share = match self.room.take(whose, 1) {
            Ok(share) => share,
            Err(full) => return Box::pin(async { Err(full.into()) }),
        };
        request.extensions_mut().insert(whose);
        let apart = request.version() == Version::HTTP_2;
        let answered = self.inner.call(request);
        let (room, answers) = (self.room.clone(), self.answers.clone());
        Box::pin(async move {
            let response = answered.await.map_err(Into::into)?;
            if response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream") {
                return Ok(response);
            }
            let size = response.extensions().get().copied().or_else(|| Size::of(response.body()));
            let more = size.map_or(0, Size::more);
            let more = (more > 0).then(|| room.take(whose, more)).transpose()?;
            Ok(response.map(|body| {
                answers.begin();
                Body::new(Untaken { body, apart, last: None, answers, _share: (share, more) })
            }))
        })
    }
}

impl HttpBody for Untaken {
    type Data = Bytes;
    type Error = axum::Error;

    /// Over HTTP/2 hyper hands on all of a piece as soon as one byte of it may be sent; what waits then is not seen any
    /// more. So the last byte goes apart: it may be sent once all before it is.
    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.answers.note();
        if let Some(last) = self.last.take() {
            return Poll::Ready(Some(Ok(Frame::data(last))));
        }
        let mut piece = ready!(Pin::new(&mut self.body).poll_frame(context));
        if let Some(Ok(frame)) = &mut piece
            && let Some(data) = frame.data_mut().filter(|data| self.apart && data.len() > 1)
        {
            self.last = Some(data.split_off(data.len() - 1));
        }
        Poll::Ready(piece)
    }

    fn is_end_stream(&self) -> bool {
        self.last.is_none() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let last = self.last.as_ref().map_or(0, |last| last.len() as u64);
        let rest = self.body.size_hint();
        let mut hint = SizeHint::new();
        hint.set_lower(rest.lower() + last);
        if let Some(upper) = rest.upper() {
            hint.set_upper(upper + last);
        }
        hint
    }
}

impl Drop for Untaken {
    fn drop(&mut self) {
        self.answers.waiting.fetch_sub(1, Relaxed);
        self.answers.note();
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use axum::{Router, routing::get};
    use axum_server::accept::NoDelayAcceptor;
    use h2::client::{ResponseFuture, SendRequest};
    use tokio::{net::TcpSocket, time::timeout};

    use super::*;
    use crate::connection::Prompt;

    const SHORT: Duration = Duration::from_millis(300);
    const WINDOW: u32 = 1;

    /// Serves answers of one part each, of which one address may have four.
    fn served(patience: Duration) -> SocketAddr {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let room = Room { parts: Shares::new(6, 4), proxies: Proxies::default(), patience };
        let server = axum_server::from_tcp(listener).unwrap();
        let app = Router::new().route("/", get(async || "an answer that is longer than the window"));
        let server = server.acceptor(Prompt::new(NoDelayAcceptor, 9, PATIENCE, Arc::new(room)));
        tokio::spawn(server.serve(app.into_make_service()));
        address
    }

    /// A client from another address of this machine, that takes so much of each answer until it says otherwise.
    async fn client(
        own: &str,
        server: SocketAddr,
    ) -> (SendRequest<Bytes>, tokio::task::JoinHandle<()>, h2::PingPong) {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(format!("{own}:0").parse().unwrap()).unwrap();
        let stream = socket.connect(server).await.unwrap();
        let mut builder = h2::client::Builder::new();
        let (client, mut connection) =
            builder.initial_window_size(WINDOW).handshake::<_, Bytes>(stream).await.unwrap();
        let pings = connection.ping_pong().unwrap();
        let over = tokio::spawn(async move {
            let _ = connection.await;
        });
        (client, over, pings)
    }

    async fn ask(client: &SendRequest<Bytes>) -> ResponseFuture {
        let mut client = client.clone().ready().await.unwrap();
        client.send_request(Request::get("http://a/").body(()).unwrap(), true).unwrap().0
    }

    #[tokio::test]
    async fn who_reads_nothing_fills_no_more_than_a_share() {
        let server = served(PATIENCE);
        let (greedy, ..) = client("127.0.0.2", server).await;
        let mut kept = Vec::new();
        for _ in 0..4 {
            kept.push(ask(&greedy).await.await.unwrap());
        }
        assert!(ask(&greedy).await.await.unwrap_err().is_reset());
        // Another is served, and has all of it once it reads.
        let (calm, ..) = client("127.0.0.3", server).await;
        for _ in 0..9 {
            let mut answer = ask(&calm).await.await.unwrap().into_body();
            answer.flow_control().release_capacity(0).unwrap();
            let mut length = 0;
            while let Some(piece) = answer.data().await {
                let piece = piece.unwrap();
                length += piece.len();
                answer.flow_control().release_capacity(piece.len()).unwrap();
            }
            assert_eq!(length, 40);
        }
        // What is read, or given up, makes room again.
        drop(kept);
        tokio::time::sleep(SHORT).await;
        assert!(ask(&greedy).await.await.is_ok());
    }

    #[tokio::test]
    async fn a_connection_on_which_nothing_is_taken_is_closed() {
        let server = served(SHORT);
        let (client, over, mut pings) = client("127.0.0.2", server).await;
        pings.ping(h2::Ping::opaque()).await.unwrap();
        tokio::time::sleep(2 * SHORT).await;
        // Nothing waits: silence is no fault.
        pings.ping(h2::Ping::opaque()).await.unwrap();
        let _kept = ask(&client).await.await.unwrap();
        tokio::time::sleep(2 * SHORT).await;
        let _ = timeout(SHORT, pings.ping(h2::Ping::opaque())).await;
        timeout(10 * SHORT, over).await.unwrap().unwrap();
    }
}
