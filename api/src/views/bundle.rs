//! A bundle as the document tells it: what is served are the log's own bytes, of which each counts.

use schemars::JsonSchema;
use serde::Serialize;

/// One entry of the log with all that is needed to check it offline, as `beffroi verify` does.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Bundle")]
#[serde(rename_all = "camelCase")]
pub struct BundleView {
    /// `application/vnd.beffroi.bundle.v1+json`.
    pub media_type: String,
    /// The signed statement: the entry.
    pub envelope: Envelope,
    /// What was seen, of which a statement on data location is drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observation: Option<serde_json::Map<String, serde_json::Value>>,
    /// The entry's place in the log.
    pub inclusion: Inclusion,
    /// The log's state, a signed note.
    pub checkpoint: String,
    /// Changes of keys, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rotations: Vec<KeyRotation>,
    /// That the log only grew since a smaller state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consistency: Option<Consistency>,
}

/// A DSSE envelope.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Envelope {
    /// What is signed, an in-toto statement, in base64.
    pub payload: String,
    /// Its type.
    pub payload_type: String,
    /// The signature.
    #[schemars(length(min = 1))]
    pub signatures: Vec<Signature>,
}

/// A signature.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Signature {
    /// SHA-256 of the key's DER.
    pub keyid: String,
    /// ASN.1 DER of the signature, in base64.
    pub sig: String,
}

/// A place in the log.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Inclusion {
    /// Index of the entry, from 0.
    pub log_index: u64,
    /// The audit path (RFC 6962, 2.1.1), in base64.
    pub hashes: Vec<String>,
}

/// A change of keys and its place in the log.
#[derive(Debug, JsonSchema, Serialize)]
pub struct KeyRotation {
    /// Signed by the keys before.
    pub envelope: Envelope,
    /// Its place.
    pub inclusion: Inclusion,
}

/// That the log only grew.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Consistency {
    /// The smaller state, a signed note.
    pub checkpoint: String,
    /// The proof (RFC 6962, 2.1.2), in base64.
    pub hashes: Vec<String>,
}
