//! The log of evidence, read by few at a time.

use beffroi_log::{Filter, Kind as Entries, Reader, Store};

use crate::{
    auth::{Principal, rate::Payer},
    problem::{Kind, Problem},
    share::{Share, Shares},
};

/// Bytes of the log that are kept: it is the same for all who read.
const KEPT: u64 = 64 << 20;
/// Who may read at the same time: a page holds the entries that it was chosen from.
const TURNS: usize = 8;
/// Of them, on the account of one payer.
const EACH: usize = 2;

/// The log, read by few at a time.
pub struct Proofs {
    reader: Reader,
    turns: Shares<Payer>,
}

/// Somebody's turn to read.
pub struct Turn<'a> {
    /// The log.
    pub reader: &'a Reader,
    _turn: Share,
}

impl Proofs {
    /// Of the log that lies in `store`.
    pub fn new(store: Store) -> Self {
        Self { reader: Reader::new(store).keeping(KEPT), turns: Shares::new(TURNS, EACH) }
    }

    /// Waits for the turn of `who`; whoever waits too long is told by the limit of time of all requests.
    ///
    /// # Errors
    /// Where nobody gets a turn any more.
    pub async fn turn(&self, who: &Principal) -> Result<Turn<'_>, Problem> {
        let turn = self.turns.wait(&who.into()).await.map_err(|_| Problem::internal())?;
        Ok(Turn { reader: &self.reader, _turn: turn })
    }
}

impl Turn<'_> {
    /// The newest proof of where data lies among what `filter` wants.
    ///
    /// # Errors
    /// Where the log does not answer.
    pub async fn latest(&self, filter: &Filter) -> Result<Option<u64>, Problem> {
        let newest = Filter { kind: Some(Entries::DataLocation), limit: 1, ..filter.clone() };
        let newest = self.reader.list(&newest).await.map_err(|error| failed(&error))?;
        Ok(newest.first().map(|listed| listed.index))
    }
}

/// The log does not answer, or is damaged.
pub fn failed(error: &dyn std::error::Error) -> Problem {
    tracing::error!(%error, "the log of evidence could not be read");
    Problem::new(
        Kind::LogUnavailable,
        "Le journal de preuves ne répond pas : réessayez dans un instant.",
        "the log of evidence does not answer: try again in a moment",
    )
    .after(5)
}
