//! Whether a cluster is written to: its revision grows with each write; heartbeats (Leases) are counted apart.

use anyhow::{Context, Result};
use beffroi_cluster::Cluster;
use futures::{StreamExt, pin_mut};
use k8s_openapi::api::coordination::v1::Lease;
use kube::{
    Api,
    api::{WatchEvent, WatchParams},
};

/// Writes to a cluster other than heartbeats, from a moment on.
pub struct Quiet {
    from: i64,
}

impl Quiet {
    /// From now on.
    ///
    /// # Errors
    /// When the API server does not answer.
    pub async fn from_now(cluster: &Cluster) -> Result<Self> {
        Ok(Self { from: cluster.revision().await? })
    }

    /// What was written since, as far as it is still there.
    ///
    /// # Errors
    /// When kubectl fails.
    pub async fn offenders(&self, cluster: &Cluster) -> Result<Vec<String>> {
        written_since(cluster, self.from).await
    }

    /// Writes until now.
    ///
    /// # Errors
    /// When the API server does not answer.
    pub async fn writes(&self, cluster: &Cluster) -> Result<i64> {
        let until = cluster.revision().await?;
        Ok(until - self.from - heartbeats(cluster, self.from, until).await?)
    }
}

/// What was written last since a revision, as far as it is still there: for a failure to be understood.
async fn written_since(cluster: &Cluster, from: i64) -> Result<Vec<String>> {
    const COLUMNS: &str = "custom-columns=VERSION:.metadata.resourceVersion,KIND:.kind,NAMESPACE:.metadata.namespace,NAME:.metadata.name";
    let kinds = cluster.kubectl(&["api-resources", "--verbs=list", "-o", "name"]).await?;
    let kinds: Vec<&str> = kinds.lines().filter(|kind| !kind.is_empty() && !kind.contains(' ')).collect();
    let listing =
        cluster.kubectl(&["get", &kinds.join(","), "-A", "--ignore-not-found", "-o", COLUMNS]).await?;
    let newer = |line: &&str| {
        line.split_whitespace()
            .next()
            .and_then(|version| version.parse::<i64>().ok())
            .is_some_and(|v| v > from)
    };
    Ok(listing.lines().filter(newer).map(str::to_owned).collect())
}

/// Writes of Leases after revision `from`, up to `until`.
async fn heartbeats(cluster: &Cluster, from: i64, until: i64) -> Result<i64> {
    let api: Api<Lease> = Api::all(cluster.admin());
    // The watch may run behind the store: give it time to tell of the last heartbeat.
    let events = api.watch(&WatchParams::default().timeout(4), &from.to_string()).await?;
    pin_mut!(events);
    let mut count = 0;
    while let Some(event) = events.next().await {
        let object = match event? {
            WatchEvent::Added(lease) | WatchEvent::Modified(lease) | WatchEvent::Deleted(lease) => lease,
            WatchEvent::Bookmark(_) => continue,
            WatchEvent::Error(error) => anyhow::bail!("watching leases: {error}"),
        };
        let version = object.metadata.resource_version.context("a lease without version")?;
        if version.parse::<i64>()? <= until {
            count += 1;
        }
    }
    Ok(count)
}
