//! Reading: entries, bundles that verify offline, and lists. No lock, no listing of the store: a plain web
//! server that serves the log's files is enough.

use std::sync::Arc;

use beffroi_core::evidence::{
    Bundle, Statement,
    bundle::{Consistency, Inclusion, MEDIA_TYPE, Observed, Rotation},
    canonical,
    checkpoint::Checkpoint,
    dsse::{self, Envelope},
    period::{self, Header},
    statement::Predicate,
    verify::contains,
};
use futures::{StreamExt, TryStreamExt, stream};
use tlog_tiles::record_hash;

use crate::{
    Error, Filter, Kind, Store,
    directory::Directory,
    entry::observation_path,
    index::{Row, SEGMENT},
    proof, publish, recover,
    tiles::{self, PARALLEL},
};

/// A reader of a log; cheap to clone. It sees what the published checkpoint covers, and nothing else.
#[derive(Clone, Debug)]
pub struct Reader {
    store: Store,
    directory: Arc<Directory>,
}

/// An entry of a list. Its signature is not checked: ask for its bundle.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// Its place in the log.
    pub index: u64,
    /// What was signed.
    pub statement: Statement,
}

impl Reader {
    /// Reads the log in `store`.
    pub fn new(store: Store) -> Self {
        Self { store, directory: Arc::default() }
    }

    /// Keeps up to so many bytes of what never changes, for those who read again and again.
    #[must_use]
    pub fn keeping(self, bytes: u64) -> Self {
        Self { store: self.store.keeping(bytes), ..self }
    }

    /// The published checkpoint, a signed note whose signature is not checked here; `None`: the log is empty.
    ///
    /// # Errors
    /// When the store fails, or what is there is no checkpoint.
    pub async fn checkpoint(&self) -> Result<Option<String>, Error> {
        Ok(publish::published(&self.store).await?.map(|(note, _)| note))
    }

    /// An entry: the signed statement.
    ///
    /// # Errors
    /// [`Error::NoSuchEntry`] when the log is shorter.
    pub async fn envelope(&self, index: u64) -> Result<Envelope, Error> {
        self.envelope_of(index, self.size().await?).await
    }

    /// An entry with all that is needed to check it offline: what it was drawn from, its proof, every change of
    /// keys, and, for a state of the log that one already knows (`since`, a checkpoint), that it only grew.
    ///
    /// # Errors
    /// [`Error::NoSuchEntry`] when the log is shorter, [`Error::NotGrown`] when `since` is larger than the log,
    /// [`Error::Damaged`] when the proof would not hold.
    pub async fn bundle(&self, index: u64, since: Option<&str>) -> Result<Bundle, Error> {
        let Some((note, log)) = publish::published(&self.store).await? else {
            return Err(Error::NoSuchEntry { index, size: 0 });
        };
        self.bundle_at(index, since, note, &log).await
    }

    async fn bundle_at(
        &self,
        index: u64,
        since: Option<&str>,
        note: String,
        log: &Checkpoint,
    ) -> Result<Bundle, Error> {
        let (envelope, inclusion) = self.included(index, log).await?;
        let statement = statement(&envelope)?;
        let observation = match &statement.predicate {
            Predicate::DataLocation(_) => {
                let digest = &statement.subject.digest.sha256;
                let found = self.observation(digest).await?;
                Some(found.ok_or_else(|| Error::Missing(observation_path(digest).to_string()))?)
            }
            Predicate::Audit(_) | Predicate::KeyRotation(_) => None,
        };
        let mut rotations = Vec::new();
        for index in recover::rotations(&self.store, log.size).await? {
            let (envelope, inclusion) = self.included(index, log).await?;
            rotations.push(Rotation { envelope, inclusion });
        }
        let consistency = match since {
            Some(since) => self.grown(since, log).await?,
            None => None,
        };
        let media_type = MEDIA_TYPE.to_owned();
        Ok(Bundle { media_type, envelope, observation, inclusion, checkpoint: note, rotations, consistency })
    }

    /// The entries from `from` on and before `until`, as they stand in the log of `size` entries.
    ///
    /// # Errors
    /// When the store fails, or the log is shorter.
    pub async fn entries(&self, from: u64, until: u64, size: u64) -> Result<Vec<Vec<u8>>, Error> {
        tiles::entries(&self.store, from, until, size).await
    }

    /// All that `filter` wants, to be taken away as one file (see [`period`]): what its first line says, each bundle
    /// of it by [`Reader::bundle_in`].
    ///
    /// # Errors
    /// When the store fails; [`Error::TooMany`] where there are more than `filter.limit`.
    pub async fn period(&self, filter: &Filter) -> Result<Header, Error> {
        let Some((checkpoint, log)) = publish::published(&self.store).await? else {
            return Err(Error::NoSuchEntry { index: 0, size: 0 });
        };
        let before = filter.before.unwrap_or(log.size).min(log.size);
        let all = Filter { before: Some(before), limit: filter.limit + 1, ..filter.clone() };
        let mut indexes: Vec<u64> = self.list(&all).await?.iter().map(|listed| listed.index).collect();
        if indexes.len() > filter.limit {
            return Err(Error::TooMany { most: filter.limit });
        }
        indexes.reverse();
        let tenants = filter.tenant.iter().chain(&filter.predecessors).cloned().collect();
        Ok(Header {
            media_type: period::MEDIA_TYPE.to_owned(),
            tenants,
            workspace: filter.workspace.clone(),
            workspace_name: filter.name.clone(),
            from: filter.from,
            until: filter.until,
            checkpoint,
            indexes,
        })
    }

    /// A bundle of a period; the first also proves that the log only grew from `since`.
    ///
    /// # Errors
    /// As [`Reader::bundle`].
    pub async fn bundle_in(&self, period: &Header, index: u64, since: Option<&str>) -> Result<Bundle, Error> {
        let log = Checkpoint::read(&period.checkpoint)?;
        let since = since.filter(|_| period.indexes.first() == Some(&index));
        self.bundle_at(index, since, period.checkpoint.clone(), &log).await
    }

    /// Entries that `filter` wants, newest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list(&self, filter: &Filter) -> Result<Vec<Listed>, Error> {
        let size = self.size().await?;
        let end = filter.before.map_or(size, |before| before.min(size));
        let segments = (0..end.div_ceil(SEGMENT)).rev();
        let found = stream::iter(segments)
            .map(async |number| self.directory.matching(&self.store, number, size, filter).await);
        let mut found = std::pin::pin!(found.buffered(PARALLEL));
        let mut listed = Vec::new();
        // What an index does not tell apart is left out once it is read: then there may be room for more.
        while listed.len() < filter.limit
            && let Some(in_segment) = found.try_next().await?
        {
            let indexes = in_segment.into_iter().rev().filter(|index| *index < end);
            let read = stream::iter(indexes).map(async |index| self.listed(index, size, filter).await);
            let mut read = std::pin::pin!(read.buffered(PARALLEL));
            while listed.len() < filter.limit
                && let Some(wanted) = read.try_next().await?
            {
                listed.extend(wanted);
            }
        }
        Ok(listed)
    }

    /// An entry, if it is wanted.
    async fn listed(&self, index: u64, size: u64, filter: &Filter) -> Result<Option<Listed>, Error> {
        let payload = payload(&self.envelope_of(index, size).await?)?;
        if !filter.wants(&Row::of_payload(&payload)?) {
            return Ok(None);
        }
        Ok(Some(Listed { index, statement: Statement::parse(&payload)? }))
    }

    /// The newest statement on where the data of a workspace (by UID) lies.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn latest_location(&self, workspace_uid: &str) -> Result<Option<Listed>, Error> {
        let filter = Filter {
            workspace: Some(workspace_uid.to_owned()),
            kind: Some(Kind::DataLocation),
            limit: 1,
            ..Filter::default()
        };
        Ok(self.list(&filter).await?.pop())
    }

    /// What a statement was drawn from, by its digest (SHA-256 in hexadecimal); `None`: it is not there.
    ///
    /// # Errors
    /// [`Error::OtherObservation`] when what is there has another digest.
    pub async fn observation(&self, digest: &str) -> Result<Option<Observed>, Error> {
        let path = observation_path(digest);
        let Some(text) = self.store.get(&path).await? else { return Ok(None) };
        if canonical::sha256(&text) != digest {
            return Err(Error::OtherObservation);
        }
        serde_json::from_slice(&text).map(Some).map_err(Error::json(path.as_ref()))
    }

    async fn size(&self) -> Result<u64, Error> {
        Ok(publish::published(&self.store).await?.map_or(0, |(_, log)| log.size))
    }

    async fn envelope_of(&self, index: u64, size: u64) -> Result<Envelope, Error> {
        let missing = || Error::NoSuchEntry { index, size };
        if index >= size {
            return Err(missing());
        }
        let entry = tiles::entries(&self.store, index, index + 1, size).await?.pop().ok_or_else(missing)?;
        Ok(Envelope::from_entry(&entry)?)
    }

    /// An entry and its place; what would not verify is not given out.
    async fn included(&self, index: u64, log: &Checkpoint) -> Result<(Envelope, Inclusion), Error> {
        let envelope = self.envelope_of(index, log.size).await?;
        let hashes = proof::inclusion(&self.store, log.size, index).await?;
        let leaf = record_hash(&envelope.to_entry().map_err(Error::json("an entry"))?);
        contains(log, index, leaf, &hashes)
            .map_err(|()| Error::damaged(format!("entry {index} is not where its tiles say")))?;
        Ok((envelope, Inclusion { log_index: index, hashes }))
    }

    /// That the log grew from `since`; nothing, where that goes without saying.
    async fn grown(&self, since: &str, log: &Checkpoint) -> Result<Option<Consistency>, Error> {
        let known = Checkpoint::read(since)?.size;
        if known > log.size {
            return Err(Error::NotGrown { known, size: log.size });
        }
        if known == 0 || known == log.size {
            return Ok(None);
        }
        let hashes = proof::consistency(&self.store, log.size, known).await?;
        Ok(Some(Consistency { checkpoint: since.to_owned(), hashes }))
    }
}

/// What an envelope holds.
fn statement(envelope: &Envelope) -> Result<Statement, Error> {
    Ok(Statement::parse(&payload(envelope)?)?)
}

fn payload(envelope: &Envelope) -> Result<Vec<u8>, Error> {
    Ok(dsse::decode(&envelope.payload).ok_or(dsse::Error::Malformed("payload is not base64"))?)
}
