//! What can go wrong, and what to do then.

use std::{fmt, path::PathBuf};

use thiserror::Error;

/// Why a cluster could not be started or used.
#[derive(Error)]
#[allow(missing_docs)]
pub enum Error {
    #[error(
        "Go could not be started ({0}): the parts of a cluster are built with it once; install Go 1.26 or later (https://go.dev/dl) and have it in PATH"
    )]
    NoGo(std::io::Error),
    #[error(
        "{part} could not be built; put right what its last words tell and run again, what is built stays:\n{output}"
    )]
    Build { part: &'static str, output: String },
    #[error("{doing} {path}: {source}")]
    Files { doing: &'static str, path: PathBuf, source: std::io::Error },
    #[error(
        "{name} ended before it was ready; set BEFFROI_KEEP=1 to keep its whole log; its last words:\n{output}"
    )]
    Ended { name: String, output: String },
    #[error(
        "{name} was not ready within {seconds} s; set BEFFROI_KEEP=1 to keep its whole log; its last words:\n{output}"
    )]
    NotReady { name: String, seconds: u64, output: String },
    #[error("{doing}: {source}")]
    Kubernetes { doing: &'static str, source: Box<kube::Error> },
    #[error("{command} failed:\n{output}")]
    Command { command: String, output: String },
    #[error("{0}")]
    Other(String),
}

/// As for people: a test that unwraps, or a `main` that returns it, then tells what to do next.
impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl Error {
    /// For `map_err` on a file operation.
    pub(crate) fn files(
        doing: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Files { doing, path, source }
    }

    /// For `map_err` on a request.
    pub(crate) fn kubernetes(doing: &'static str) -> impl FnOnce(kube::Error) -> Self {
        move |source| Self::Kubernetes { doing, source: Box::new(source) }
    }

    /// Whether a port was taken between its choice and its use, so that another one helps.
    pub(crate) fn is_port_taken(&self) -> bool {
        matches!(self, Self::Ended { output, .. } if output.contains("address already in use"))
    }
}
