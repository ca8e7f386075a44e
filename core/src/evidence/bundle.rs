//! Everything that is needed to check one entry of the log, in one file: the signed statement, what it was
//! drawn from, its place in the log, and the log's signed state.
//!
//! A bundle has one text: canonical JSON and a final line feed. Any other text is refused, so that there is no
//! byte in it that nobody checks, but the lines of keys that the reader does not know on a checkpoint.

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serde_json::Value;
use thiserror::Error;
use tlog_tiles::Hash;

use super::{
    canonical,
    dsse::{Envelope, decode, encode},
};
use crate::location::Observation;

/// Type of the file.
pub const MEDIA_TYPE: &str = "application/vnd.beffroi.bundle.v1+json";

/// Longest bundle that is read, in bytes.
pub const LONGEST: usize = 64 << 20;

/// Why a bundle cannot be read.
#[derive(Debug, Error)]
pub enum Error {
    /// Too long.
    #[error("the bundle is longer than {LONGEST} bytes")]
    TooLong,
    /// Not JSON of this shape.
    #[error("the bundle cannot be read: {0}")]
    Malformed(#[from] serde_json::Error),
    /// Another type of file.
    #[error("the file is of type {0}, not {MEDIA_TYPE}")]
    MediaType(String),
    /// Not its one canonical text.
    #[error("the bundle is not in its one canonical text: it was changed, or written by another program")]
    NotCanonical,
}

/// One entry of the log with all that is needed to check it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Bundle {
    /// [`MEDIA_TYPE`].
    pub media_type: String,
    /// The signed statement: the entry.
    pub envelope: Envelope,
    /// What a statement on data location was drawn from; its digest is the statement's subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observation: Option<Observed>,
    /// The entry's place in the log.
    pub inclusion: Inclusion,
    /// The log's state, a signed note.
    pub checkpoint: String,
    /// Changes of keys, oldest first, from the keys that the reader may have to those that signed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rotations: Vec<Rotation>,
    /// That the log only grew since a smaller state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consistency: Option<Consistency>,
}

/// What a statement on data location was drawn from.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Observed {
    /// As it is written now.
    Whole(Box<Observation>),
    /// As the first version wrote it, with an extract of the policy. Nothing is drawn from it any more, but the
    /// digest that was signed.
    First(Value),
}

impl From<Observation> for Observed {
    fn from(observation: Observation) -> Self {
        Self::Whole(Box::new(observation))
    }
}

impl<'de> Deserialize<'de> for Observed {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(from)?;
        if value.get("rules").is_some() {
            return Ok(Self::First(value));
        }
        serde_json::from_value(value).map(Self::Whole).map_err(D::Error::custom)
    }
}

/// A place in the log.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Inclusion {
    /// Index of the entry, from 0.
    pub log_index: u64,
    /// The audit path (RFC 6962, 2.1.1), in base64.
    #[serde(with = "hashes")]
    pub hashes: Vec<Hash>,
}

/// A change of keys and its place in the log.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rotation {
    /// Signed by the keys before.
    pub envelope: Envelope,
    /// Its place.
    pub inclusion: Inclusion,
}

/// That the log only grew.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Consistency {
    /// The smaller state, a signed note.
    pub checkpoint: String,
    /// The proof (RFC 6962, 2.1.2), in base64.
    #[serde(with = "hashes")]
    pub hashes: Vec<Hash>,
}

impl Bundle {
    /// The one text.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn to_vec(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut text = canonical::to_vec(self)?;
        text.push(b'\n');
        Ok(text)
    }

    /// Reads a bundle; nothing of it is checked yet but that it is in its one text.
    ///
    /// # Errors
    /// When it is not.
    pub fn parse(text: &[u8]) -> Result<Self, Error> {
        if text.len() > LONGEST {
            return Err(Error::TooLong);
        }
        let bundle: Self = serde_json::from_slice(text)?;
        if bundle.media_type != MEDIA_TYPE {
            return Err(Error::MediaType(bundle.media_type));
        }
        if bundle.to_vec()? == text { Ok(bundle) } else { Err(Error::NotCanonical) }
    }
}

/// Hashes as base64 text.
mod hashes {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
    use tlog_tiles::Hash;

    use super::{decode, encode};

    pub(super) fn serialize<S: Serializer>(hashes: &[Hash], to: S) -> Result<S::Ok, S::Error> {
        hashes.iter().map(|hash| encode(&hash.0)).collect::<Vec<_>>().serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Hash>, D::Error> {
        let texts = Vec::<String>::deserialize(from)?;
        let read = |text: &String| decode(text)?.try_into().ok().map(Hash);
        texts
            .iter()
            .map(|t| read(t).ok_or_else(|| D::Error::custom("32 bytes in base64 are expected")))
            .collect()
    }
}
