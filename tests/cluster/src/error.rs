//! What can go wrong, and what to do then.

use std::path::PathBuf;

use thiserror::Error;

/// Why a cluster could not be started or used.
#[derive(Debug, Error)]
#[allow(missing_docs)]
pub enum Error {
    #[error("Go is not installed or not in PATH ({0}): install Go 1.26 or later (https://go.dev/dl), or point KUBEBUILDER_ASSETS at a folder with etcd and kube-apiserver and build the rest elsewhere")]
    NoGo(std::io::Error),
    #[error("{part} could not be built; its last words:\n{output}")]
    Build { part: &'static str, output: String },
    #[error("{doing} {path}: {source}")]
    Files { doing: &'static str, path: PathBuf, source: std::io::Error },
    #[error("{name} ended before it was ready; its last words:\n{output}")]
    Ended { name: String, output: String },
    #[error("{name} was not ready within {seconds} s; its last words:\n{output}")]
    NotReady { name: String, seconds: u64, output: String },
    #[error("{doing}: {source}")]
    Kubernetes { doing: &'static str, source: Box<kube::Error> },
    #[error("{command} failed:\n{output}")]
    Command { command: String, output: String },
    #[error("{0}")]
    Other(String),
}

impl Error {
    /// For `map_err` on a file operation.
    pub(crate) fn files(doing: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Files { doing, path, source }
    }

    /// For `map_err` on a request.
    pub(crate) fn kubernetes(doing: &'static str) -> impl FnOnce(kube::Error) -> Self {
        move |source| Self::Kubernetes { doing, source: Box::new(source) }
    }
}
