//! Serving: one address for the world (plain or TLS, HTTP/1.1 and HTTP/2), which ends once requests under way are done
//! or their time is up; another for health and metrics, which tells until then that it is ending.

use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use axum::{Router, routing::get};
use axum_server::{Handle, Server, accept::NoDelayAcceptor, tls_rustls::RustlsAcceptor};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio_util::sync::CancellationToken;

use crate::{
    Options, connection::Prompt, health, request::proxies::Proxies, router, state::State, tls, untaken::Room,
};

/// How long a connection may say nothing, take for the head of a request, or hold back its first request.
const PATIENCE: Duration = Duration::from_secs(10);

/// Milliseconds that a connection may take none of the bytes that are sent to it, so that one that is not read from does
/// not lie here for ever (RFC 5482).
const UNREAD: u32 = 120_000;

/// Serves until `stop`, at most so many connections at once.
///
/// # Errors
/// When an address cannot be listened on, or the certificate does not serve.
pub async fn serve(
    options: &Options,
    state: State,
    metrics: PrometheusHandle,
    connections: usize,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let handle = Handle::new();
    let drain = Duration::from_secs(options.drain_seconds);
    tokio::spawn(drain_when(stop, handle.clone(), drain));

    let inside = Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(async move || metrics.render() + &beffroi_process::ends::render()))
        .with_state(state.clone());
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
    let service = router::router(state).into_make_service();
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
pub(crate) fn limited<A: axum_server::Address, C>(server: Server<A, C>, patience: Duration) -> Server<A, C> {
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
    use rustls::pki_types::{PrivateKeyDer, ServerName};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpStream,
        time::timeout,
    };

    use super::*;
    use crate::untaken::tests::room;

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
