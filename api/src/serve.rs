//! Serving: one address for the world (plain or TLS, HTTP/1.1 and HTTP/2), which ends once requests under way are done
//! or their time is up; another for health and metrics, which tells until then that it is ending.

use std::{net::SocketAddr, time::Duration};

use anyhow::Context as _;
use axum::{Router, routing::get};
use axum_server::{Handle, Server, accept::NoDelayAcceptor, tls_rustls::RustlsAcceptor};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio_util::sync::CancellationToken;

use crate::{Options, State, connection::Prompt, health, router, tls};

/// Serves until `stop`.
///
/// # Errors
/// When an address cannot be listened on, or the certificate does not serve.
pub async fn serve(
    options: &Options,
    state: State,
    metrics: PrometheusHandle,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let handle = Handle::new();
    let drain = Duration::from_secs(options.drain_seconds);
    tokio::spawn(drain_when(stop, handle.clone(), drain));

    let inside = Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(async move || metrics.render()))
        .with_state(state.clone());
    let listener = tokio::net::TcpListener::bind(options.metrics_listen).await.with_context(|| {
        format!("cannot listen on {}: choose another address with --metrics-listen", options.metrics_listen)
    })?;
    let inside = axum::serve(listener, inside);

    let listener = std::net::TcpListener::bind(options.listen).with_context(|| {
        format!("cannot listen on {}: choose another address with --listen", options.listen)
    })?;
    listener.set_nonblocking(true)?;
    let service = router::router(state).into_make_service_with_connect_info::<SocketAddr>();
    tracing::info!(address = %options.listen, "serving");
    let outside = async {
        if let (Some(certificate), Some(key)) = (&options.tls_certificate, &options.tls_key) {
            let config = tls::configuration(certificate, key).await?;
            let tls = RustlsAcceptor::new(config).acceptor(NoDelayAcceptor);
            let server = axum_server::from_tcp(listener)?.acceptor(Prompt(tls)).handle(handle);
            limited(server).serve(service).await?;
        } else {
            let server = axum_server::from_tcp(listener)?.acceptor(Prompt(NoDelayAcceptor)).handle(handle);
            limited(server).serve(service).await?;
        }
        anyhow::Ok(())
    };
    tokio::select! {
        ended = outside => ended,
        failed = inside.into_future() => failed.context("health and metrics are not served any more"),
    }
}

/// Bounds what a connection may cost before it is known whose it is.
fn limited<A: axum_server::Address, C>(mut server: Server<A, C>) -> Server<A, C> {
    let http = server.http_builder();
    http.http1()
        .max_buf_size(32 * 1024)
        .header_read_timeout(Duration::from_secs(10))
        .timer(hyper_util::rt::TokioTimer::new());
    http.http2()
        .max_header_list_size(32 * 1024)
        .max_concurrent_streams(256)
        .keep_alive_interval(Duration::from_secs(30))
        .timer(hyper_util::rt::TokioTimer::new());
    server
}

async fn drain_when<A: axum_server::Address>(stop: CancellationToken, handle: Handle<A>, drain: Duration) {
    stop.cancelled().await;
    handle.graceful_shutdown(Some(drain));
}
