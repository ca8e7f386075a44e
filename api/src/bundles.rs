//! Entries of the log of evidence, for those who may read them: pages of entries, and bundles that verify offline.

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use beffroi_core::{
    evidence::{
        bundle::MEDIA_TYPE,
        dsse,
        period::MEDIA_TYPE as PERIOD,
        statement::{Action, Predicate, Statement},
        verify::Order,
    },
    tenant::siren,
};
use beffroi_crds::Tenant;
use beffroi_log::{Error, Filter, Kind as Entries, Listed};
use futures::{StreamExt, stream};
use http::header;

use crate::{
    auth::Principal,
    language::Text,
    operation::{Answers, Told},
    problem::{Kind, Problem},
    proofs::{Turn, failed},
    request::{
        page::{Page, Wanted, cursor, foreign},
        since::{Since, not_grown},
    },
    state::State,
    views::bundle::BundleView,
};

/// Most entries of a period that is taken away at once.
const MOST: usize = 10_000;

/// An entry with all that is needed to check it offline, as the log has its bytes.
pub struct Bundle(Response);

/// All of a period as one file: JSON lines, a bundle each.
pub struct Period(Response);

impl IntoResponse for Bundle {
    fn into_response(self) -> Response {
        self.0
    }
}

impl Answers for Bundle {
    fn tell(told: &mut Told) {
        told.answers::<BundleView>(MEDIA_TYPE);
    }
}

impl IntoResponse for Period {
    fn into_response(self) -> Response {
        self.0
    }
}

impl Answers for Period {
    fn tell(told: &mut Told) {
        told.answers::<String>(PERIOD);
    }
}

/// Waits for the turn of `who`.
///
/// # Errors
/// Where no log is configured.
pub async fn turn<'a>(state: &'a State, who: &Principal) -> Result<Turn<'a>, Problem> {
    let Some(proofs) = &state.log else {
        return Err(Problem::new(
            Kind::LogUnavailable,
            "Aucun journal de preuves n'est configuré : l'hébergeur doit donner --evidence-store à l'API.",
            "no log of evidence is configured: the hosting provider must give the API --evidence-store",
        ));
    };
    proofs.turn(who).await
}

/// The tenants that one came after, by UID: those of its SIREN whose end stands in the log, and that are no more.
///
/// # Errors
/// Where the log does not answer.
pub async fn predecessors(state: &State, who: &Principal, tenant: &Tenant) -> Result<Vec<String>, Problem> {
    let Some(siren) = siren(&tenant.spec) else { return Ok(Vec::new()) };
    let ended = Filter {
        siren: Some(siren),
        action: Some(Action::TenantDeleted),
        kind: Some(Entries::Audit),
        ..Filter::default()
    };
    let ended = turn(state, who).await?.reader.list(&ended).await.map_err(|error| failed(&error))?;
    // Who was there beside it did not come after it: of one SIREN there may be several bodies at once.
    // Clusters keep whole seconds.
    let born = tenant.metadata.creation_timestamp.as_ref().map(|at| at.0.as_second());
    let before =
        |listed: &&Listed| born.is_some_and(|born| listed.statement.predicate.time().as_second() <= born);
    let mut uids: Vec<String> = ended
        .iter()
        .filter(before)
        .filter_map(|listed| listed.statement.predicate.tenant_uid().map(str::to_owned))
        .collect();
    uids.sort();
    uids.dedup();
    let lives =
        |uid: &str| !state.caches.tenants.filter(|one| one.metadata.uid.as_deref() == Some(uid)).is_empty();
    uids.retain(|uid| !lives(uid));
    Ok(uids)
}

/// Whether the log holds anything that `filter` wants.
///
/// # Errors
/// Where the log does not answer.
pub async fn any(state: &State, who: &Principal, filter: &Filter) -> Result<bool, Problem> {
    let one = Filter { limit: 1, ..filter.clone() };
    let found = turn(state, who).await?.reader.list(&one).await.map_err(|error| failed(&error))?;
    Ok(!found.is_empty())
}

/// All that `filter` wants as one file, bundle by bundle as they are taken.
///
/// # Errors
/// Where the log does not answer; 422 where there is more than is taken away at once.
pub async fn period(
    state: &State,
    who: &Principal,
    filter: Filter,
    since: &Since,
    name: &str,
) -> Result<Period, Problem> {
    let since = since.read()?.map(str::to_owned);
    let first = turn(state, who).await?;
    let period = match first.reader.period(&Filter { limit: MOST, ..filter }).await {
        Err(Error::TooMany { most }) => return Err(too_many(most)),
        period => period.map_err(|error| failed(&error))?,
    };
    if let Some(index) = period.indexes.first() {
        // Where the log did not grow from there, this says so before anything is sent.
        match first.reader.bundle_in(&period, *index, since.as_deref()).await {
            Err(Error::NotGrown { known, size }) => return Err(not_grown(known, size)),
            bundle => drop(bundle.map_err(|error| failed(&error))?),
        }
    }
    drop(first);
    let header = period.to_vec().map_err(|error| failed(&error))?;
    let (state, who, indexes) = (state.clone(), who.clone(), period.indexes.clone());
    let bundles = stream::iter(indexes).then(move |index| {
        let (state, who, period, since) = (state.clone(), who.clone(), period.clone(), since.clone());
        async move {
            let failed = || std::io::Error::other("the log of evidence does not answer");
            // A turn for each: whoever takes a file slowly keeps nobody from reading.
            let turn = turn(&state, &who).await.map_err(|_| failed())?;
            let bundle = turn.reader.bundle_in(&period, index, since.as_deref()).await;
            let text = bundle.map_err(|error| {
                tracing::error!(%error, index, "a period could not be given whole");
                failed()
            })?;
            text.to_vec().map_err(std::io::Error::other)
        }
    });
    let body = Body::from_stream(stream::once(async { Ok::<_, std::io::Error>(header) }).chain(bundles));
    let disposition = format!("attachment; filename=\"{name}.jsonl\"");
    let headers = [(header::CONTENT_TYPE, PERIOD.to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    Ok(Period((headers, body).into_response()))
}

fn too_many(most: usize) -> Problem {
    Problem::field(
        "from",
        None,
        Text::new(
            format!("plus de {most} entrées dans la période"),
            format!("more than {most} entries in the period"),
        ),
        Text::new("Prenez une période plus courte.", "take a shorter period"),
    )
}

/// A page of the entries that `filter` wants, newest first; each is seen with whether its time runs backwards.
///
/// # Errors
/// Where the log does not answer.
pub async fn page<V>(
    state: &State,
    who: &Principal,
    filter: Filter,
    wanted: &Wanted,
    view: impl Fn(&Listed, bool) -> Option<V>,
) -> Result<Page<V>, Problem> {
    let (limit, after) = wanted.read()?;
    let unknown = || foreign(wanted.cursor.as_deref().unwrap_or_default());
    let before = after.map(|index| index.parse().map_err(|_| unknown())).transpose()?;
    let filter = Filter { before, limit: limit + 1, ..filter };
    let mut listed = turn(state, who).await?.reader.list(&filter).await.map_err(|error| failed(&error))?;
    let more = listed.len() > limit;
    listed.truncate(limit);
    let next = listed.last().filter(|_| more).map(|last| cursor(&last.index.to_string()));
    // Oldest first: whether each is dated before one of the page that stands before it in the log.
    let mut order = Order::default();
    let mut items: Vec<Option<V>> = listed
        .iter()
        .rev()
        .map(|one| view(one, order.next(one.index, one.statement.predicate.time()).is_err()))
        .collect();
    items.reverse();
    Ok(Page { items: items.into_iter().flatten().collect(), next })
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
) -> Result<Bundle, Problem> {
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
    let headers = [(header::CONTENT_TYPE, MEDIA_TYPE.to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    Ok(Bundle((headers, text).into_response()))
}
