//! The log for reading, over HTTP: `GET /PATH` answers the object at PATH, in the layout of c2sp.org/tlog-tiles.
//!
//! Entries of all tenants lie in it, so it is served on loopback alone: whoever may `kubectl port-forward` to the
//! operator may read it, and nobody else.

use std::net::SocketAddr;

use anyhow::Context as _;
use axum::{
    Router,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use beffroi_log::Store;
use tokio_util::sync::CancellationToken;

/// Serves until `stop`.
///
/// # Errors
/// When the address cannot be listened on.
pub async fn serve(listen: SocketAddr, store: Store, stop: CancellationToken) -> anyhow::Result<()> {
    let router = Router::new().route("/{*path}", get(object)).with_state(store);
    let listener = tokio::net::TcpListener::bind(listen)
        .await
        .with_context(|| format!("cannot listen on {listen}: choose another address with --log-listen"))?;
    axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned()).await?;
    Ok(())
}

async fn object(State(store): State<Store>, Path(path): Path<String>) -> Response {
    match store.read(&path).await {
        Ok(Some(bytes)) => ([(header::CONTENT_TYPE, "application/octet-stream")], bytes).into_response(),
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => {
            tracing::warn!(%error, path, "the log could not be read");
            StatusCode::BAD_GATEWAY.into_response()
        }
    }
}
