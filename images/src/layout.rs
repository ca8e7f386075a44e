//! An OCI image layout: a folder with every blob by its digest, and an index. It appears when it is whole.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use beffroi_core::distribution::oci::{self, Descriptor, Index, Manifest};
use serde::Serialize;

/// A layout that is being written.
pub(crate) struct Layout {
    folder: PathBuf,
    partial: PathBuf,
    manifests: Vec<Descriptor>,
}

impl Layout {
    /// Begins one beside `folder`.
    pub(crate) fn begin(folder: &Path) -> anyhow::Result<Self> {
        let partial = folder.with_extension("partial");
        remove(&partial)?;
        let blobs = partial.join("blobs/sha256");
        fs::create_dir_all(&blobs).with_context(|| format!("making {}", blobs.display()))?;
        Ok(Self { folder: folder.to_owned(), partial, manifests: Vec::new() })
    }

    /// Adds a blob.
    pub(crate) fn put(&self, kind: &str, bytes: &[u8]) -> anyhow::Result<Descriptor> {
        let descriptor = Descriptor::of(kind, bytes);
        let name = descriptor.sha256().context("a digest of our own")?;
        let path = self.partial.join("blobs/sha256").join(name);
        fs::write(&path, bytes).with_context(|| format!("writing {}", path.display()))?;
        Ok(descriptor)
    }

    /// Adds a document as a blob.
    pub(crate) fn document(&self, kind: &str, document: &impl Serialize) -> anyhow::Result<Descriptor> {
        self.put(kind, &serde_json::to_vec(document)?)
    }

    /// Lists a manifest in the index.
    pub(crate) fn list(&mut self, descriptor: Descriptor) {
        self.manifests.push(descriptor);
    }

    /// Adds something that refers to an image.
    pub(crate) fn refer(&mut self, image: &Descriptor, kind: &str, layer: Descriptor) -> anyhow::Result<()> {
        let manifest = Manifest {
            schema_version: 2,
            media_type: oci::MANIFEST.to_owned(),
            artifact_type: Some(kind.to_owned()),
            config: self.put(oci::EMPTY, b"{}")?,
            layers: vec![layer],
            subject: Some(Descriptor { annotations: BTreeMap::new(), platform: None, ..image.clone() }),
            annotations: BTreeMap::new(),
        };
        let mut listed = self.document(oci::MANIFEST, &manifest)?;
        listed.artifact_type = Some(kind.to_owned());
        self.list(listed);
        Ok(())
    }

    /// Writes the index, and puts all in place.
    pub(crate) fn finish(self) -> anyhow::Result<()> {
        let index = Index { schema_version: 2, media_type: oci::INDEX.to_owned(), manifests: self.manifests };
        fs::write(self.partial.join("index.json"), serde_json::to_vec_pretty(&index)?)?;
        fs::write(self.partial.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#)?;
        remove(&self.folder)?;
        fs::rename(&self.partial, &self.folder)
            .with_context(|| format!("renaming {}", self.partial.display()))
    }
}

/// Removes a layout of an earlier run, and nothing that is none.
fn remove(folder: &Path) -> anyhow::Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    anyhow::ensure!(
        folder.join("blobs/sha256").is_dir(),
        "{} is there and is no OCI layout: choose another folder",
        folder.display()
    );
    fs::remove_dir_all(folder).with_context(|| format!("removing {}", folder.display()))
}
