//! How something was built: an in-toto statement with the predicate of SLSA's provenance, version 1.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::evidence::{
    PublicKeys, SigningKeys, canonical,
    dsse::{self, Envelope},
    statement::{STATEMENT, Subject},
};

/// Type of the predicate.
pub const PREDICATE: &str = "https://slsa.dev/provenance/v1";
/// Type of our builds: what [`Parameters`] mean, and that `make images` and `make bundle` carry them out.
pub const BUILD: &str = "https://beffroi.fr/builds/make/v1";

/// Why no provenance is read from an envelope.
#[derive(Debug, Error)]
pub enum Error {
    /// Not signed by one of the keys.
    #[error(transparent)]
    Envelope(#[from] dsse::Error),
    /// No provenance of this shape.
    #[error("what is signed is no provenance: {0}")]
    Malformed(#[from] serde_json::Error),
    /// Signed, and something else.
    #[error("what is signed claims {0}, not how something was built (https://slsa.dev/provenance/v1)")]
    OtherPredicate(String),
}

/// The statement.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Statement {
    /// Always in-toto's, version 1.
    #[serde(rename = "_type")]
    pub kind: String,
    /// What was built.
    pub subject: Vec<Subject>,
    /// [`PREDICATE`].
    pub predicate_type: String,
    /// How.
    pub predicate: Provenance,
}

/// How something was built.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Provenance {
    /// From what.
    pub build_definition: Definition,
    /// By whom.
    pub run_details: Run,
}

/// From what something was built.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Definition {
    /// [`BUILD`].
    pub build_type: String,
    /// What was asked for.
    pub external_parameters: Parameters,
    /// Versions of the tools that built.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub internal_parameters: BTreeMap<String, String>,
    /// What went into it.
    #[serde(default)]
    pub resolved_dependencies: Vec<Resource>,
}

/// What was asked for.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Parameters {
    /// Where the source is published.
    pub source: String,
    /// Its commit; with `-dirty` behind it, where files differed from that.
    pub revision: String,
    /// Cargo's profile.
    pub profile: String,
}

/// Something that went into a build.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Resource {
    /// What it is, as a package URL or another.
    pub uri: String,
    /// Its digests, by algorithm.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub digest: BTreeMap<String, String>,
}

/// A run of a build.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Run {
    /// Who ran it.
    pub builder: Builder,
}

/// Who ran a build.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Builder {
    /// Name, as a URI.
    pub id: String,
}

impl Statement {
    /// The statement on what was built.
    pub fn new(subject: Vec<Subject>, predicate: Provenance) -> Self {
        Self { kind: STATEMENT.to_owned(), subject, predicate_type: PREDICATE.to_owned(), predicate }
    }

    /// The signed text.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn sign(&self, keys: &SigningKeys) -> Result<Vec<u8>, serde_json::Error> {
        Envelope::sign(&canonical::to_vec(self)?, keys).to_entry()
    }

    /// Reads what one of `keys` signed; with the id of that key.
    ///
    /// # Errors
    /// When none of them did, or it is no provenance.
    pub fn open(envelope: &[u8], keys: &[&PublicKeys]) -> Result<(Self, String), Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Kind {
            predicate_type: String,
        }
        let (payload, place) = Envelope::from_entry(envelope)?.verify(keys)?;
        let kind: Kind = serde_json::from_slice(&payload)?;
        if kind.predicate_type != PREDICATE {
            return Err(Error::OtherPredicate(kind.predicate_type));
        }
        Ok((serde_json::from_slice(&payload)?, keys[place].id()))
    }
}
