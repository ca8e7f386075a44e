//! Documents of an OCI image layout (image-spec 1.1), with the fields that we write and read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::evidence::canonical::sha256;

/// Type of an image's or a referrer's manifest.
pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// Type of an index.
pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// Type of an image's configuration.
pub const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
/// Type of a layer.
pub const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
/// Type of the configuration of what is no image.
pub const EMPTY: &str = "application/vnd.oci.empty.v1+json";
/// Type of a bill of materials.
pub const SBOM: &str = "application/vnd.cyclonedx+json";
/// Type of a referrer that holds a statement.
pub const STATEMENT: &str = "application/vnd.in-toto+json";
/// Type of the envelope in it.
pub const ENVELOPE: &str = "application/vnd.dsse.envelope.v1+json";
/// Annotation of an image's name in an index.
pub const NAME: &str = "org.opencontainers.image.ref.name";

/// Says what a blob is, and which.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// Type of what it holds.
    pub media_type: String,
    /// `sha256:…`.
    pub digest: String,
    /// Length in bytes.
    pub size: u64,
    /// Of a manifest that is no image: of what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// Where an image runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// Other facts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

impl Descriptor {
    /// The descriptor of these bytes.
    pub fn of(media_type: &str, bytes: &[u8]) -> Self {
        Self {
            media_type: media_type.to_owned(),
            digest: format!("sha256:{}", sha256(bytes)),
            // A length is never beyond 64 bits.
            size: bytes.len() as u64,
            artifact_type: None,
            platform: None,
            annotations: BTreeMap::new(),
        }
    }

    /// The digest in hexadecimal, which is the blob's name; nothing, where it is of another kind or no digest.
    pub fn sha256(&self) -> Option<&str> {
        let hex = self.digest.strip_prefix("sha256:")?;
        let is_hex = hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        (hex.len() == 64 && is_hex).then_some(hex)
    }

    /// The name that an index gives it.
    pub fn name(&self) -> Option<&str> {
        self.annotations.get(NAME).map(String::as_str)
    }
}

/// Where an image runs.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Platform {
    /// As Go names it.
    pub architecture: String,
    /// As Go names it.
    pub os: String,
}

/// An image, or what refers to one.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// Always 2.
    pub schema_version: u8,
    /// [`MANIFEST`].
    pub media_type: String,
    /// Of what is no image: what it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// The configuration.
    pub config: Descriptor,
    /// What it is made of.
    pub layers: Vec<Descriptor>,
    /// What it refers to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Descriptor>,
    /// Other facts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

/// A list of manifests.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Index {
    /// Always 2.
    pub schema_version: u8,
    /// [`INDEX`].
    pub media_type: String,
    /// The manifests.
    pub manifests: Vec<Descriptor>,
}
