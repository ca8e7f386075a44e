//! Is it ours, and whole: index → manifests and blobs, each by its digest → referrers → the signed provenance, whose
//! subjects the image and its bill of materials must be. And an archive: its sums → its files.
//!
//! An index itself is bound by nothing: whatever it names is held against the signature.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;
use thiserror::Error;

use super::{
    oci::{self, Descriptor, Index, Manifest},
    provenance::{self, Builder, Parameters, Statement},
};
use crate::evidence::{PublicKeys, canonical::sha256};

/// Why something is not taken for ours.
#[derive(Debug, Error)]
pub enum Error {
    /// No document of its kind.
    #[error("{what} cannot be read, it was changed or cut off: {source}")]
    Malformed {
        /// Which.
        what: String,
        /// Why.
        source: serde_json::Error,
    },
    /// A digest of another kind, or none.
    #[error("{0:?} is no digest of SHA-256: the layout was changed, or another program wrote it")]
    Digest(String),
    /// Named, and not there.
    #[error("{what} {digest} is missing ({why}): copy the folder anew, whole")]
    Missing {
        /// What it is.
        what: &'static str,
        /// Its digest.
        digest: String,
        /// Why.
        why: String,
    },
    /// Not what its name says.
    #[error("{what} {digest} was changed: its bytes have another digest")]
    Changed {
        /// What it is.
        what: &'static str,
        /// Its digest.
        digest: String,
    },
    /// Not in the layout.
    #[error("the layout holds no image {wanted}; it holds: {}", .found.join(", "))]
    NoImage {
        /// The name.
        wanted: String,
        /// The names that are there.
        found: Vec<String>,
    },
    /// No image at all.
    #[error("the layout holds no image that has a name: is it the folder images of the archive?")]
    Nothing,
    /// Nobody says where it comes from.
    #[error("image {name} has no provenance: nobody signed for where it comes from. Do not run it")]
    NoProvenance {
        /// The image.
        name: String,
    },
    /// Not signed by who should, or no provenance.
    #[error("the provenance of image {name} does not hold: {source}")]
    Provenance {
        /// The image.
        name: String,
        /// Why.
        source: provenance::Error,
    },
    /// Signed for something else.
    #[error("the provenance with image {name} is genuine, but that of another image: it is about {}", .about.join(", "))]
    OtherImage {
        /// The image.
        name: String,
        /// What it is about.
        about: Vec<String>,
    },
    /// A bill that is not the signed one.
    #[error("the bill of materials with image {name} is not the one that was signed with it, or is missing")]
    OtherBill {
        /// The image.
        name: String,
    },
    /// The sums of an archive are not signed by who should.
    #[error("the signature over SHA256SUMS does not hold: {0}")]
    Sums(provenance::Error),
    /// Signed for other sums.
    #[error("the signature over SHA256SUMS is genuine, but that of other sums: files were exchanged")]
    OtherSums,
    /// A line that is none.
    #[error("SHA256SUMS cannot be read at {0:?}")]
    Line(String),
    /// A file that is not what was summed.
    #[error("the file {0} was changed, or is missing: its digest is not that in SHA256SUMS")]
    File(String),
    /// A file that nobody signed for.
    #[error("the file {0} stands in no line of SHA256SUMS: it was added by somebody else")]
    Stranger(String),
}

/// An image that is whole, and whose provenance one of the keys signed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Image {
    /// Name in the layout.
    pub name: String,
    /// Digest of its manifest: `sha256:…`.
    pub digest: String,
    /// Where it comes from.
    pub origin: Origin,
}

/// What a signed provenance tells.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Origin {
    /// What it was built from.
    pub parameters: Parameters,
    /// Who built it.
    pub builder: Builder,
    /// Id of the key that signed.
    pub key: String,
}

impl Origin {
    fn of(statement: &Statement, key: String) -> Self {
        Self {
            parameters: statement.predicate.build_definition.external_parameters.clone(),
            builder: statement.predicate.run_details.builder.clone(),
            key,
        }
    }
}

/// Reads a blob by the hexadecimal of its digest, or says why it cannot.
pub type Read<'a> = dyn Fn(&str) -> Result<Vec<u8>, String> + 'a;

/// Verifies every image of a layout, or the one of that name.
///
/// # Errors
/// When one does not hold.
pub fn layout(
    index: &[u8],
    read: &Read<'_>,
    name: Option<&str>,
    keys: &[&PublicKeys],
) -> Result<Vec<Image>, Error> {
    let index: Index = document("index.json", index)?;
    let mut manifests = Vec::new();
    for listed in &index.manifests {
        let manifest: Manifest = document(&listed.digest, &blob("the manifest", listed, read)?)?;
        manifests.push((listed, manifest));
    }
    let named = |(listed, _): &&(&Descriptor, Manifest)| listed.name().is_some();
    let mut images: Vec<_> = manifests.iter().filter(named).collect();
    if images.is_empty() {
        return Err(Error::Nothing);
    }
    if let Some(wanted) = name {
        let found = images.iter().filter_map(|(listed, _)| listed.name()).map(str::to_owned).collect();
        images.retain(|(listed, _)| listed.name() == Some(wanted));
        if images.is_empty() {
            return Err(Error::NoImage { wanted: wanted.to_owned(), found });
        }
    }
    let verified = images.into_iter().map(|(listed, manifest)| {
        let referrers = manifests.iter().map(|(_, manifest)| manifest);
        let referrers = referrers.filter(|m| m.subject.as_ref().is_some_and(|s| s.digest == listed.digest));
        image(listed, manifest, &referrers.collect::<Vec<_>>(), read, keys)
    });
    verified.collect()
}

fn image(
    listed: &Descriptor,
    manifest: &Manifest,
    referrers: &[&Manifest],
    read: &Read<'_>,
    keys: &[&PublicKeys],
) -> Result<Image, Error> {
    let name = listed.name().unwrap_or_default().to_owned();
    blob("the configuration", &manifest.config, read)?;
    for layer in &manifest.layers {
        blob("the layer", layer, read)?;
    }
    let mut origin = None;
    let (mut signed, mut bills) = (BTreeSet::new(), BTreeSet::new());
    for referrer in referrers {
        blob("the configuration", &referrer.config, read)?;
        for layer in &referrer.layers {
            let content = blob("what refers to an image,", layer, read)?;
            match referrer.artifact_type.as_deref() {
                Some(oci::STATEMENT) => {
                    let (statement, key) = Statement::open(&content, keys)
                        .map_err(|source| Error::Provenance { name: name.clone(), source })?;
                    signed.extend(others(&statement, listed, &name)?);
                    origin = Some(Origin::of(&statement, key));
                }
                Some(oci::SBOM) => drop(bills.insert(layer.digest.clone())),
                _ => {}
            }
        }
    }
    let origin = origin.ok_or_else(|| Error::NoProvenance { name: name.clone() })?;
    if signed != bills {
        return Err(Error::OtherBill { name });
    }
    Ok(Image { name, digest: listed.digest.clone(), origin })
}

/// Digests that a statement is about besides the image, which it must be about.
fn others(statement: &Statement, image: &Descriptor, name: &str) -> Result<Vec<String>, Error> {
    let all = statement.subject.iter().map(|subject| format!("sha256:{}", subject.digest.sha256));
    let (own, others): (Vec<_>, Vec<_>) = all.partition(|digest| *digest == image.digest);
    if own.is_empty() {
        let about = statement.subject.iter().map(|subject| subject.name.clone()).collect();
        return Err(Error::OtherImage { name: name.to_owned(), about });
    }
    Ok(others)
}

fn document<T: DeserializeOwned>(what: &str, text: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(text).map_err(|source| Error::Malformed { what: what.to_owned(), source })
}

fn blob(what: &'static str, wanted: &Descriptor, read: &Read<'_>) -> Result<Vec<u8>, Error> {
    let hex = wanted.sha256().ok_or_else(|| Error::Digest(wanted.digest.clone()))?;
    let digest = wanted.digest.clone();
    let bytes = read(hex).map_err(|why| Error::Missing { what, digest: digest.clone(), why })?;
    if bytes.len() as u64 != wanted.size || sha256(&bytes) != hex {
        return Err(Error::Changed { what, digest });
    }
    Ok(bytes)
}

/// Verifies the files of an archive, given as path and SHA-256, without `SHA256SUMS` and its signature themselves.
///
/// # Errors
/// When the sums are not signed by one of the keys, or the files are not those.
pub fn archive(
    sums: &[u8],
    signature: &[u8],
    files: &BTreeMap<String, String>,
    keys: &[&PublicKeys],
) -> Result<Origin, Error> {
    let (statement, key) = Statement::open(signature, keys).map_err(Error::Sums)?;
    let digest = sha256(sums);
    if !statement.subject.iter().any(|subject| subject.digest.sha256 == digest) {
        return Err(Error::OtherSums);
    }
    let text = String::from_utf8_lossy(sums);
    let mut listed = BTreeMap::new();
    for line in text.lines() {
        let (sum, path) = line.split_once("  ").ok_or_else(|| Error::Line(line.to_owned()))?;
        listed.insert(path, sum);
    }
    if let Some((path, _)) = listed.iter().find(|(path, sum)| files.get(**path).is_none_or(|f| f != *sum)) {
        return Err(Error::File((*path).to_owned()));
    }
    match files.keys().find(|path| !listed.contains_key(path.as_str())) {
        Some(path) => Err(Error::Stranger(path.clone())),
        None => Ok(Origin::of(&statement, key)),
    }
}
