//! What becomes of a reconcile: a closed set. Success never leaves as an error, and no failure as a success.

use std::time::Duration;

use beffroi_core::message::Message;
use beffroi_process::panics::Panicked;
use thiserror::Error;

use crate::evidence::NotRecorded;

/// What became of one reconcile. Nothing else can.
#[derive(Debug)]
pub enum Outcome {
    /// All is as wanted: it is looked at again when it changes, or at the latest after this time.
    Settled(Option<Duration>),
    /// Something is awaited that tells us nothing by itself: it is looked at again after this time.
    Waiting(Duration),
    /// What it asks for is refused: that stands on it, and it is looked at again at the latest after this time.
    Refused(Duration),
    /// What it was read from lags behind what was written: nothing is wrong, it is looked at again.
    StaleView(&'static str),
    /// It failed, and is tried again, each time later.
    Retried(Error),
}

/// Why a reconcile ended before its end.
#[derive(Debug, Error)]
pub enum Stopped {
    /// What it was read from is older than what is there.
    #[error("{0}: what is known is older than what is there")]
    StaleView(&'static str),
    /// It failed.
    #[error("{0}")]
    Failed(Error),
}

impl From<Result<Outcome, Stopped>> for Outcome {
    fn from(result: Result<Outcome, Stopped>) -> Self {
        result.unwrap_or_else(|stopped| match stopped {
            Stopped::StaleView(step) => Self::StaleView(step),
            Stopped::Failed(error) => Self::Retried(error),
        })
    }
}

impl<E: Into<Error>> From<E> for Stopped {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl Outcome {
    /// As metrics name it.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Settled(_) => "settled",
            Self::Waiting(_) => "waiting",
            Self::Refused(_) => "refused",
            Self::StaleView(_) => "stale",
            Self::Retried(_) => "error",
        }
    }
}

/// Why a reconcile failed; it is tried again.
#[derive(Debug, Error)]
pub enum Error {
    /// The management cluster refused or did not answer.
    #[error("management cluster, {step}: {why}")]
    Management {
        /// What was tried.
        step: &'static str,
        /// What it said.
        why: String,
    },
    /// The evidence log does not take what must stand in it first.
    #[error("{0}")]
    Evidence(#[from] NotRecorded),
    /// Sites refused or did not answer.
    #[error("{0}")]
    Sites(Message),
    /// It met a fault of ours.
    #[error("{0}")]
    Panicked(#[from] Panicked),
}

/// For `map_err` on a request to the management cluster, told by the step that it is.
pub fn management(step: &'static str) -> impl FnOnce(kube::Error) -> Stopped {
    move |source| match source {
        // Somebody was faster: what was read is past.
        kube::Error::Api(status) if status.code == 409 => Stopped::StaleView(step),
        kube::Error::Api(status) => Error::Management { step, why: status.message }.into(),
        other => Error::Management { step, why: other.to_string() }.into(),
    }
}
