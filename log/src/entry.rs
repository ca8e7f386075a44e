//! What is appended: a statement, and what it was drawn from.

use beffroi_core::{
    evidence::{Statement, canonical},
    location::Observation,
};
use object_store::path::Path;

use crate::Error;

/// A statement to be signed and appended.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What is claimed.
    pub statement: Statement,
    /// What it was drawn from; its digest is the statement's subject. Kept beside the log, under that digest.
    pub observation: Option<Observation>,
}

impl Entry {
    /// The object that holds the observation: where, and its text.
    ///
    /// # Errors
    /// When the statement names another.
    pub(crate) fn observed(&self) -> Result<Option<(Path, Vec<u8>)>, Error> {
        let Some(observation) = &self.observation else { return Ok(None) };
        let text = canonical::to_vec(observation).map_err(Error::json("the observation"))?;
        let digest = canonical::sha256(&text);
        if self.statement.subject.digest.sha256 != digest {
            return Err(Error::OtherObservation);
        }
        Ok(Some((observation_path(&digest), text)))
    }
}

impl From<Statement> for Entry {
    fn from(statement: Statement) -> Self {
        Self { statement, observation: None }
    }
}

/// Where an observation lies.
pub(crate) fn observation_path(digest: &str) -> Path {
    Path::from(format!("observation/{digest}"))
}
