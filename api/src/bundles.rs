//! Entries of the log of evidence, for those who may read them: pages of entries, and bundles that verify offline.

use axum::response::{IntoResponse, Response};
use beffroi_core::evidence::{
    bundle::MEDIA_TYPE,
    dsse,
    statement::{Predicate, Statement},
};
use beffroi_log::{Error, Filter, Listed, Reader, Store};
use http::header;

use crate::{
    auth::{Principal, rate::Payer},
    problem::{Kind, Problem},
    request::{
        page::{Page, Wanted, cursor, foreign},
        since::{Since, not_grown},
    },
    share::{Share, Shares},
    state::State,
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
    reader: &'a Reader,
    _turn: Share,
}

impl Proofs {
    /// Of the log that lies in `store`.
    pub fn new(store: Store) -> Self {
        Self { reader: Reader::new(store).keeping(KEPT), turns: Shares::new(TURNS, EACH) }
    }
}

impl Turn<'_> {
    /// The newest proof of where the data of a workspace (by UID) lies.
    ///
    /// # Errors
    /// Where the log does not answer.
    pub async fn latest(&self, workspace_uid: &str) -> Result<Option<u64>, Problem> {
        let latest = self.reader.latest_location(workspace_uid).await;
        Ok(latest.map_err(|error| failed(&error))?.map(|listed| listed.index))
    }
}

/// Waits for the turn of `who`; whoever waits too long is told by the limit of time of all requests.
///
/// # Errors
/// Where no log is configured.
pub async fn turn<'a>(state: &'a State, who: &Principal) -> Result<Turn<'a>, Problem> {
    let Some(Proofs { reader, turns }) = &state.log else {
        return Err(Problem::new(
            Kind::LogUnavailable,
            "Aucun journal de preuves n'est configuré : l'hébergeur doit donner --evidence-store à l'API.",
            "no log of evidence is configured: the hosting provider must give the API --evidence-store",
        ));
    };
    let turn = turns.wait(&who.into()).await.map_err(|_| Problem::internal())?;
    Ok(Turn { reader, _turn: turn })
}

/// A page of the entries that `filter` wants, newest first.
///
/// # Errors
/// Where the log does not answer.
pub async fn page<V>(
    state: &State,
    who: &Principal,
    filter: Filter,
    wanted: &Wanted,
    view: impl Fn(&Listed) -> Option<V>,
) -> Result<Page<V>, Problem> {
    let (limit, after) = wanted.read()?;
    let unknown = || foreign(wanted.cursor.as_deref().unwrap_or_default());
    let before = after.map(|index| index.parse().map_err(|_| unknown())).transpose()?;
    let filter = Filter { before, limit: limit + 1, ..filter };
    let mut listed = turn(state, who).await?.reader.list(&filter).await.map_err(|error| failed(&error))?;
    let more = listed.len() > limit;
    listed.truncate(limit);
    let next = listed.last().filter(|_| more).map(|last| cursor(&last.index.to_string()));
    Ok(Page { items: listed.iter().filter_map(view).collect(), next })
}

/// An entry as a bundle, where `allowed` says that it is one to give.
///
/// # Errors
/// 404 where it is not, 422 where the log did not grow from the state that is known.
pub async fn answer(
    state: &State,
    who: &Principal,
    index: u64,
    name: &str,
    since: &Since,
    allowed: impl Fn(&Predicate) -> bool,
) -> Result<Response, Problem> {
    let missing = || Problem::not_found(&index.to_string());
    let turn = turn(state, who).await?;
    let reader = turn.reader;
    let envelope = match reader.envelope(index).await {
        Err(Error::NoSuchEntry { .. }) => return Err(missing()),
        envelope => envelope.map_err(|error| failed(&error))?,
    };
    let payload = dsse::decode(&envelope.payload).ok_or_else(missing)?;
    let statement = Statement::parse(&payload).map_err(|_| missing())?;
    if !allowed(&statement.predicate) {
        return Err(missing());
    }
    let bundle = match reader.bundle(index, since.read()?).await {
        Err(Error::NotGrown { known, size }) => return Err(not_grown(known, size)),
        bundle => bundle.map_err(|error| failed(&error))?,
    };
    let text = bundle.to_vec().map_err(|error| failed(&error))?;
    let disposition = format!("attachment; filename=\"{name}.json\"");
    Ok(([(header::CONTENT_TYPE, MEDIA_TYPE.to_owned()), (header::CONTENT_DISPOSITION, disposition)], text)
        .into_response())
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
