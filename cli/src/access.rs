//! What commands read: a workspace in the management cluster, the log of evidence.

use anyhow::{Context, bail};
use beffroi_crds::Workspace;
use beffroi_log::{Reader, open_store};
use clap::{Args, ValueEnum};
use kube::{Api, Client};

/// A workspace, and how to print it.
#[derive(Args)]
pub(crate) struct Target {
    #[command(flatten)]
    pub(crate) workspace: Named,
    /// How to print it.
    #[arg(short, long, value_enum, default_value_t = Output::Text)]
    pub(crate) output: Output,
}

/// A workspace.
#[derive(Args)]
pub(crate) struct Named {
    /// Name of the workspace.
    #[arg(value_name = "WORKSPACE")]
    pub(crate) name: String,
    /// Namespace of its tenant, tenant-NAME; by default that of the current context.
    #[arg(short, long)]
    pub(crate) namespace: Option<String>,
}

/// How to print.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub(crate) enum Output {
    /// For people.
    Text,
    /// JSON.
    Json,
    /// YAML.
    Yaml,
}

/// Where the log of evidence lies.
#[derive(Args)]
pub(crate) struct Log {
    /// The log: an address that somebody serves it at, `s3://BUCKET/PREFIX`, or a folder.
    #[arg(long, env = "BEFFROI_LOG", default_value = "http://127.0.0.1:8081")]
    log: String,
}

impl Log {
    /// A reader of it, once it has answered.
    pub(crate) async fn reader(&self) -> anyhow::Result<Reader> {
        tls();
        let reader = Reader::new(open_store(&self.log)?);
        match reader.checkpoint().await {
            Ok(Some(_)) => Ok(reader),
            Ok(None) => bail!("{} holds no log yet, or none at all: is --log right?", self.log),
            Err(error) => bail!(
                "no log answers at {} ({}): run `kubectl -n beffroi-system port-forward deployment/beffroi-operator 8081` beside, or say with --log where it lies",
                self.log,
                innermost(&error)
            ),
        }
    }
}

/// A client of the management cluster.
pub(crate) async fn client() -> anyhow::Result<Client> {
    tls();
    Client::try_default().await.context("no access to a cluster: point KUBECONFIG at the management cluster")
}

/// Reads the workspace from the management cluster.
pub(crate) async fn workspace(client: Client, named: &Named) -> anyhow::Result<Workspace> {
    let api: Api<Workspace> = match &named.namespace {
        Some(namespace) => Api::namespaced(client, namespace),
        None => Api::default_namespaced(client),
    };
    match api.get_opt(&named.name).await {
        Ok(Some(workspace)) => Ok(workspace),
        Ok(None) => bail!(
            "no workspace {} in namespace {}: `kubectl get workspaces -A` lists them; choose the tenant's with -n tenant-NAME",
            named.name,
            named.namespace.as_deref().unwrap_or("of the current context"),
        ),
        Err(error) => Err(error).context(
            "the workspace cannot be read: is this the management cluster, with Beffroi's kinds installed?",
        ),
    }
}

/// The cause that tells most: those around it repeat it.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

/// One provider of TLS for the process.
pub(crate) fn tls() {
    // Refused only where it was chosen before, in this very function.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
