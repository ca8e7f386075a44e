//! Serving: one address for the world (plain or TLS, HTTP/1.1 and HTTP/2), which ends once requests under way are done
//! or their time is up; another for health and metrics, which tells until then that it is ending.
//!
//! Whoever can reach a server can also hold it up, without a token. What keeps them from it, and what a proxy in front
//! would do instead (nginx, where nothing else is said):
//!
//! | guard | against | a proxy |
//! |---|---|---|
//! | so many connections at once ([`connection`]) | so many open files that none is left to speak with the cluster | `worker_connections`; `HAProxy` `maxconn` |
//! | the first word within 10 s ([`connection`]), the whole head too, and the first request ([`limited`]) | connections that say nothing, or a byte now and then | `client_header_timeout`; `HAProxy` `timeout http-request` |
//! | a head of 32 KiB, 256 requests at once on one connection ([`limited`]) | memory that one connection fills | `large_client_header_buffers`, `http2_max_concurrent_streams` |
//! | 64 MiB of answers that wait to be read, 4 MiB for each subscriber; after 2 minutes in which an answer gets no further, 10 s while more than half of that room is taken, the connection is closed ([`untaken`]) | clients that ask for much and read none of it | it reads the answers itself, into memory and files of its own (`proxy_buffering`), and closes by `send_timeout` |
//! | 2 minutes for what the kernel has to send ([`UNREAD`]) | the same, once all was handed to the kernel | `send_timeout`, `reset_timedout_connection` |
//! | the address before our proxies, as far as these tell it ([`proxies`]) | one who takes another's share by writing `X-Forwarded-For` | `real_ip_header`, `set_real_ip_from` |
//!
//! Further in, where more is known of a request: its rate ([`rate`](crate::request::rate); `limit_req`), its time
//! ([`router`](crate::router); `proxy_read_timeout`), its body ([`body`](crate::request::body); `client_max_body_size`,
//! `client_body_timeout`), and the streams of one tenant ([`events`](crate::events)), of which a proxy knows no more than
//! the address (`limit_conn`).
//!
//! Behind a proxy that reads requests and answers in its clients' stead, the first five rows have little to do, as long as
//! nobody reaches this address past it.

mod connection;
pub mod proxies;
mod untaken;

use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use axum::Router;
use axum_server::{Handle, Server, accept::NoDelayAcceptor, tls_rustls::RustlsAcceptor};
use tokio_util::sync::CancellationToken;

pub use self::untaken::Size;
use self::{connection::Prompt, proxies::Proxies, untaken::Room};
use crate::{Options, tls};

/// How long a connection may say nothing, take for the head of a request, or hold back its first request.
const PATIENCE: Duration = Duration::from_secs(10);

/// Milliseconds that a connection may take none of the bytes that are sent to it, so that one that is not read from does
/// not lie here for ever (RFC 5482).
const UNREAD: u32 = 120_000;

/// Serves `outside` to the world and `inside` to probes, until `stop`, at most so many connections at once.
///
/// # Errors
/// When an address cannot be listened on, or the certificate does not serve.
pub async fn serve(
    options: &Options,
    (outside, inside): (Router, Router),
    connections: usize,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let handle = Handle::new();
    let drain = Duration::from_secs(options.drain_seconds);
    tokio::spawn(drain_when(stop, handle.clone(), drain));

    let listener = tokio::net::TcpListener::bind(options.metrics_listen).await.with_context(|| {
        format!("cannot listen on {}: choose another address with --metrics-listen", options.metrics_listen)
    })?;
    let inside = axum::serve(listener, inside);

    let listener = std::net::TcpListener::bind(options.listen).with_context(|| {
        format!("cannot listen on {}: choose another address with --listen", options.listen)
    })?;
    listener.set_nonblocking(true)?;
    // Connections have it from their listener.
    rustix::net::sockopt::set_tcp_user_timeout(&listener, UNREAD)?;
    let room = Arc::new(Room::new(Proxies(options.trusted_proxy.clone())));
    let service = outside.into_make_service();
    tracing::info!(address = %options.listen, "serving");
    let outside = async {
        if let (Some(certificate), Some(key)) = (&options.tls_certificate, &options.tls_key) {
            let config = tls::configuration(certificate, key).await?;
            let tls = RustlsAcceptor::new(config).acceptor(NoDelayAcceptor);
            let prompt = Prompt::new(tls, connections, PATIENCE, room);
            let server = axum_server::from_tcp(listener)?.acceptor(prompt).handle(handle);
            limited(server, PATIENCE).serve(service).await?;
        } else {
            let prompt = Prompt::new(NoDelayAcceptor, connections, PATIENCE, room);
            let server = axum_server::from_tcp(listener)?.acceptor(prompt).handle(handle);
            limited(server, PATIENCE).serve(service).await?;
        }
        anyhow::Ok(())
    };
    tokio::select! {
        ended = outside => ended,
        failed = inside.into_future() => failed.context("health and metrics are not served any more"),
    }
}

/// Bounds what a connection may cost before it is known whose it is.
///
/// Before the first request nothing else ends a connection: hyper-util waits for the preface of HTTP/2, and hyper for
/// its first stream, for as long as it takes.
fn limited<A: axum_server::Address, C>(server: Server<A, C>, patience: Duration) -> Server<A, C> {
    let mut server = server.first_request_timeout(patience);
    let http = server.http_builder();
    http.http1()
        .max_buf_size(32 * 1024)
        .header_read_timeout(patience)
        .timer(hyper_util::rt::TokioTimer::new());
    http.http2()
        .max_header_list_size(32 * 1024)
        .max_concurrent_streams(256)
        // What is handed on is sent before more of it is asked for: 400 kB of each answer would lie there uncounted.
        .max_send_buf_size(1)
        .keep_alive_interval(Duration::from_secs(30))
        .timer(hyper_util::rt::TokioTimer::new());
    server
}

async fn drain_when<A: axum_server::Address>(stop: CancellationToken, handle: Handle<A>, drain: Duration) {
    stop.cancelled().await;
    handle.graceful_shutdown(Some(drain));
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use rustls::pki_types::{PrivateKeyDer, ServerName};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpStream,
        time::timeout,
    };

    use super::*;
    use crate::serve::untaken::tests::room;

    const SHORT: Duration = Duration::from_millis(200);

    async fn is_closed(mut stream: impl AsyncReadExt + Unpin) -> bool {
        let all = async { stream.read_to_end(&mut Vec::new()).await };
        timeout(20 * SHORT, all).await.is_ok()
    }

    fn service() -> Router {
        Router::new().route("/", get(async || "ok"))
    }

    #[tokio::test]
    async fn who_says_too_little_is_sent_away() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let server = axum_server::from_tcp(listener).unwrap();
        let server = limited(server.acceptor(Prompt::new(NoDelayAcceptor, 9, SHORT, room())), SHORT);
        tokio::spawn(server.serve(service().into_make_service()));
        for said in ["", "P", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET / HTTP/1.1\r\n"] {
            let mut client = TcpStream::connect(address).await.unwrap();
            client.write_all(said.as_bytes()).await.unwrap();
            assert!(is_closed(client).await, "{said}");
        }
    }

    #[tokio::test]
    async fn who_agrees_on_http2_and_says_nothing_is_sent_away() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::Pkcs8(own.signing_key.serialize_der().into());
        let config = rustls::ServerConfig::builder().with_no_client_auth();
        let mut config = config.with_single_cert(vec![own.cert.der().clone()], key).unwrap();
        config.alpn_protocols = vec![b"h2".to_vec()];
        let tls = RustlsAcceptor::new(axum_server::tls_rustls::RustlsConfig::from_config(Arc::new(config)));

        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let server = axum_server::from_tcp(listener).unwrap();
        let tls = tls.acceptor(NoDelayAcceptor);
        let server = limited(server.acceptor(Prompt::new(tls, 9, SHORT, room())), SHORT);
        tokio::spawn(server.serve(service().into_make_service()));

        let mut roots = rustls::RootCertStore::empty();
        roots.add(own.cert.der().clone()).unwrap();
        let config = rustls::ClientConfig::builder().with_root_certificates(roots);
        let mut config = config.with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec()];
        let client = TcpStream::connect(address).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let client = tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name, client).await.unwrap();
        assert!(is_closed(client).await);
    }
}
