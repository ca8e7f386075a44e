use std::{net::SocketAddr, time::Instant};

use axum::{Router, body::Bytes, routing::get};
use axum_server::accept::NoDelayAcceptor;
use h2::client::{ResponseFuture, SendRequest};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    task::JoinHandle,
    time::{sleep, timeout},
};

use super::{body::PIECE, *};
use crate::serve::connection::Prompt;

const SHORT: Duration = Duration::from_millis(300);
/// Parts of one address.
const OWN: usize = 4;
/// An answer of a dozen pieces; it is counted as two parts more than the first.
const LONG: usize = 200_000;
/// One that hyper takes all of at once over HTTP/1.1, counted as the same.
const BRIEF: usize = 3 * UNIT;
/// What the kernel is to keep of a connection, in bytes.
const LITTLE: u32 = 4096;
/// What an HTTP/2 client says that opens every window, and asks for `/long`.
const WIDE_OPEN: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\
    \x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x04\x7f\xff\xff\xff\
    \x00\x00\x04\x08\x00\x00\x00\x00\x00\x7f\xff\x00\x00\
    \x00\x00\x0c\x01\x05\x00\x00\x00\x01\x82\x86\x04\x05/long\x41\x01a";

/// As much room as in production.
pub(in crate::serve) fn room() -> Arc<Room> {
    Arc::new(Room::new(Proxies::default()))
}

/// Serves answers of several lengths.
fn served(patience: Duration) -> SocketAddr {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_send_buffer_size(LITTLE).unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(99).unwrap().into_std().unwrap();
    let address = listener.local_addr().unwrap();
    let parts = Shares::new(6, OWN);
    let room = Room { parts, longest: 2, proxies: Proxies::default(), patience, hurry: patience };
    let long = async || "x".repeat(LONG);
    let app = Router::new()
        .route("/", get(async || "an answer that is longer than the window"))
        .route("/brief", get(async || "x".repeat(BRIEF)))
        .route("/long", get(long).post(long));
    let server = axum_server::from_tcp(listener).unwrap();
    let prompt = Prompt::new(NoDelayAcceptor, 99, PATIENCE, Arc::new(room));
    let server = crate::serve::limited(server.acceptor(prompt), PATIENCE);
    tokio::spawn(server.serve(app.into_make_service()));
    address
}

/// A connection from an address of this machine.
async fn connected(own: &str, server: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(LITTLE).unwrap();
    socket.bind(format!("{own}:0").parse().unwrap()).unwrap();
    socket.connect(server).await.unwrap()
}

struct Client {
    send: SendRequest<Bytes>,
    over: JoinHandle<()>,
    pings: h2::PingPong,
}

impl Client {
    /// One that takes so much of each answer until it says otherwise.
    async fn new(own: &str, server: SocketAddr, window: u32) -> Self {
        let stream = connected(own, server).await;
        let mut builder = h2::client::Builder::new();
        let (send, mut connection) =
            builder.initial_window_size(window).handshake::<_, Bytes>(stream).await.unwrap();
        let pings = connection.ping_pong().unwrap();
        let over = tokio::spawn(async move {
            let _ = connection.await;
        });
        Self { send, over, pings }
    }

    async fn ask(&self, method: &str, path: &str) -> ResponseFuture {
        let mut send = self.send.clone().ready().await.unwrap();
        let request = Request::builder().method(method).uri(format!("http://a{path}"));
        send.send_request(request.body(()).unwrap(), true).unwrap().0
    }

    async fn status(&self, path: &str) -> StatusCode {
        self.ask("GET", path).await.await.unwrap().status()
    }
}

/// Reads all of an answer, with a pause after each piece.
async fn read(answer: http::Response<h2::RecvStream>, pause: Duration) -> Result<usize, h2::Error> {
    let mut body = answer.into_body();
    let mut length = 0;
    while let Some(piece) = body.data().await {
        let piece = piece?;
        length += piece.len();
        sleep(pause).await;
        body.flow_control().release_capacity(piece.len())?;
    }
    Ok(length)
}

#[tokio::test]
async fn who_reads_nothing_fills_no_more_than_a_share() {
    let server = served(PATIENCE);
    let greedy = Client::new("127.0.0.2", server, 1).await;
    let mut kept = Vec::new();
    for _ in 0..OWN {
        kept.push(greedy.ask("GET", "/").await.await.unwrap());
    }
    let refused = greedy.ask("GET", "/").await.await.unwrap();
    assert_eq!(
        (refused.status(), &refused.headers()[RETRY_AFTER]),
        (StatusCode::SERVICE_UNAVAILABLE, &HeaderValue::from_static("1"))
    );
    // Another is served, and has all of it once it reads.
    let calm = Client::new("127.0.0.3", server, 9).await;
    for _ in 0..9 {
        assert_eq!(read(calm.ask("GET", "/").await.await.unwrap(), Duration::ZERO).await.unwrap(), 40);
    }
    // What is read, or given up, makes room again.
    drop(kept);
    sleep(SHORT).await;
    assert_eq!(greedy.status("/").await, StatusCode::OK);
}

#[tokio::test]
async fn what_lies_with_a_connection_is_counted_until_it_is_sent() {
    let server = served(PATIENCE);
    let other = Client::new("127.0.0.2", server, 1 << 20).await;
    // Whatever windows an HTTP/2 client opens, and over HTTP/1.1, which has none.
    for (said, begins) in [
        (WIDE_OPEN, LONG / 4),
        (b"GET /long HTTP/1.1\r\nHost: a\r\n\r\n", LONG / 4),
        (b"GET /brief HTTP/1.1\r\nHost: a\r\n\r\n", 1),
    ] {
        let mut slow = connected("127.0.0.2", server).await;
        slow.write_all(said).await.unwrap();
        slow.read_exact(&mut vec![0; begins]).await.unwrap();
        sleep(SHORT).await;
        assert_eq!(other.status("/long").await, StatusCode::SERVICE_UNAVAILABLE, "{said:?}");
        let mut rest = vec![0; PIECE];
        while let Ok(read) = timeout(5 * SHORT, slow.read(&mut rest)).await {
            assert!(read.unwrap() > 0);
        }
        assert_eq!(other.status("/brief").await, StatusCode::OK, "{said:?}");
        sleep(SHORT).await;
    }
}

#[tokio::test]
async fn what_is_done_is_told_though_there_is_no_room() {
    let server = served(PATIENCE);
    let client = Client::new("127.0.0.2", server, 1).await;
    let _kept = (client.ask("GET", "/").await.await, client.ask("GET", "/").await.await);
    assert_eq!(client.status("/long").await, StatusCode::SERVICE_UNAVAILABLE);
    let done = client.ask("POST", "/long").await.await.unwrap();
    assert_eq!(done.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_connection_on_which_nothing_is_taken_is_closed() {
    for window in [0, 1] {
        let server = served(2 * SHORT);
        let mut client = Client::new("127.0.0.2", server, window).await;
        client.pings.ping(h2::Ping::opaque()).await.unwrap();
        sleep(3 * SHORT).await;
        // Nothing waits: silence is no fault.
        client.pings.ping(h2::Ping::opaque()).await.unwrap();
        let (asked, _kept) = (Instant::now(), client.ask("GET", "/").await.await.unwrap());
        // Whoever goes on asking takes no more for that.
        while let Ok(mut send) = client.send.clone().ready().await {
            let _ = send.send_request(Request::get("http://a/").body(()).unwrap(), true);
            sleep(SHORT).await;
            assert!(asked.elapsed() < 20 * SHORT, "it may ask for ever");
        }
        timeout(10 * SHORT, client.over).await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn who_reads_slowly_gets_all_of_it() {
    let server = served(10 * SHORT);
    let client = Client::new("127.0.0.2", server, 65_535).await;
    let begun = Instant::now();
    let answer = client.ask("GET", "/long").await.await.unwrap();
    assert_eq!(read(answer, 2 * SHORT).await.unwrap(), LONG);
    assert!(begun.elapsed() > 10 * SHORT, "read in {:?}", begun.elapsed());
}
