//! The API's process: caches, then the server, until it is asked to stop.

use std::{fmt::Debug, net::SocketAddr};

use anyhow::{Context, anyhow};
use clap::Parser;
use futures::StreamExt;
use kube::{
    Api, Client, Resource,
    runtime::{
        WatchStreamExt,
        reflector::{self, Store},
        watcher,
    },
};
use serde::de::DeserializeOwned;
use tracing_subscriber::EnvFilter;

/// Beffroi's HTTP API: rules, providers and sites, as everyone may know them.
#[derive(Parser)]
#[command(version)]
struct Options {
    /// Where it listens.
    #[arg(long, default_value = "127.0.0.1:8090")]
    listen: SocketAddr,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    rustls::crypto::ring::default_provider()
        .install_default()
        .map_err(|_| anyhow!("a TLS provider was installed before"))?;
    let client = Client::try_default()
        .await
        .context("no access to the management cluster: run inside it, or point KUBECONFIG at it")?;
    let state = beffroi_api::State { providers: cache(&client), sites: cache(&client) };
    tokio::try_join!(state.providers.wait_until_ready(), state.sites.wait_until_ready())
        .context("the caches were never filled")?;
    let listener = tokio::net::TcpListener::bind(options.listen).await.with_context(|| {
        format!("cannot listen on {}: choose another address with --listen", options.listen)
    })?;
    tracing::info!(address = %options.listen, "serving");
    let stop = async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::error!(%error, "signals cannot be heard: stopping");
        }
    };
    axum::serve(listener, beffroi_api::router(state)).with_graceful_shutdown(stop).await?;
    Ok(())
}

/// A store that a watch in the background keeps filled.
fn cache<K>(client: &Client) -> Store<K>
where
    K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + Send + Sync + 'static,
{
    let (store, writer) = reflector::store();
    let events = watcher::watcher(Api::all(client.clone()), watcher::Config::default().streaming_lists())
        .default_backoff()
        .reflect(writer);
    tokio::spawn(events.for_each(|event| async move {
        if let Err(error) = event {
            tracing::warn!(%error, "a watch failed: it is tried again");
        }
    }));
    store
}
