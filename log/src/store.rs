//! Where a log lies: URL → store, with the few operations that the log needs.

use std::{path::PathBuf, sync::Arc};

use bytes::Bytes;
use futures::TryStreamExt;
use object_store::{
    ClientOptions, ObjectStore, ObjectStoreExt, PutMode, PutOptions, UpdateVersion,
    aws::{AmazonS3Builder, S3ConditionalPut},
    http::HttpBuilder,
    local::LocalFileSystem,
    path::Path,
    prefix::PrefixStore,
};
use url::Url;

use crate::{Error, kept::Kept};

/// An object store and how its one changing object is replaced there.
#[derive(Clone, Debug)]
pub struct Store {
    objects: Arc<dyn ObjectStore>,
    kind: Kind,
    /// What never changes, where it is kept.
    kept: Option<Kept>,
}

#[derive(Clone, Debug)]
pub(crate) enum Kind {
    /// Objects are replaced only if they are as they were read (S3's `If-Match`).
    Conditional,
    /// Objects are replaced under a lock of this file.
    Folder(PathBuf),
    /// Objects are only read.
    Served,
}

/// Whether an object was created.
pub(crate) enum Created {
    New,
    Exists,
}

/// A store for `url`: a path or `file://` (a local folder, made durable by fsync), `s3://BUCKET/PREFIX`
/// (credentials and endpoint from the usual `AWS_*` variables of the process), `http://` or `https://` (plain
/// GET, read-only: a log that somebody serves).
///
/// # Errors
/// When the URL is none of these.
pub fn open_store(url: &str) -> Result<Store, Error> {
    let variables = std::env::vars_os();
    Store::open(
        url,
        variables.filter_map(|(name, value)| name.into_string().ok().zip(value.into_string().ok())),
    )
}

impl Store {
    /// [`open_store`] with other variables than those of the process.
    ///
    /// # Errors
    /// When the URL is none of those it knows.
    pub fn open(url: &str, variables: impl IntoIterator<Item = (String, String)>) -> Result<Self, Error> {
        let wrong = |why: &dyn std::fmt::Display| Error::Url { url: url.to_owned(), why: why.to_string() };
        let Some((scheme, _)) = url.split_once("://") else { return Self::folder(url.as_ref(), true) };
        let parsed = Url::parse(url).map_err(|e| wrong(&e))?;
        // TLS needs one; another may stand already, and any does.
        let _ = rustls::crypto::ring::default_provider().install_default();
        match scheme {
            "file" => {
                let folder = parsed.to_file_path();
                Self::folder(&folder.map_err(|()| wrong(&"it names no folder of this machine"))?, true)
            }
            "s3" => {
                let bucket = parsed.host_str().ok_or_else(|| wrong(&"it names no bucket"))?;
                let mut builder = AmazonS3Builder::new();
                for (name, value) in variables {
                    if name.starts_with("AWS_")
                        && let Ok(key) = name.to_ascii_lowercase().parse()
                    {
                        builder = builder.with_config(key, value);
                    }
                }
                let builder =
                    builder.with_bucket_name(bucket).with_conditional_put(S3ConditionalPut::ETagMatch);
                let prefix = Path::from_url_path(parsed.path()).map_err(|e| wrong(&e))?;
                Ok(Self::new(Arc::new(PrefixStore::new(builder.build().map_err(|e| wrong(&e))?, prefix))))
            }
            "http" | "https" => {
                let options = ClientOptions::new().with_allow_http(scheme == "http");
                let objects = HttpBuilder::new().with_url(url).with_client_options(options).build();
                Ok(Self {
                    objects: Arc::new(objects.map_err(|e| wrong(&e))?),
                    kind: Kind::Served,
                    kept: None,
                })
            }
            other => Err(wrong(&format!("{other} is no kind of store"))),
        }
    }

    /// A store with conditional puts.
    pub fn new(objects: Arc<dyn ObjectStore>) -> Self {
        Self { objects, kind: Kind::Conditional, kept: None }
    }

    /// A local folder, which need not exist yet. Without `fsync` a crash of the machine (not of the process)
    /// may lose what was acknowledged.
    ///
    /// # Errors
    /// When the path cannot be one of a store.
    pub fn folder(folder: &std::path::Path, fsync: bool) -> Result<Self, Error> {
        let wrong = |why: &dyn std::fmt::Display| Error::Url {
            url: folder.display().to_string(),
            why: why.to_string(),
        };
        let folder = std::path::absolute(folder).map_err(|e| wrong(&e))?;
        let prefix = Path::from_absolute_path(&folder).map_err(|e| wrong(&e))?;
        let files = LocalFileSystem::new().with_fsync(fsync).with_automatic_cleanup(true);
        Ok(Self {
            objects: Arc::new(PrefixStore::new(files, prefix)),
            kind: Kind::Folder(folder),
            kept: None,
        })
    }

    /// The same place through something that counts, slows or fails its operations.
    #[must_use]
    pub fn through(self, wrap: impl FnOnce(Arc<dyn ObjectStore>) -> Arc<dyn ObjectStore>) -> Self {
        Self { objects: wrap(self.objects), ..self }
    }

    /// Keeps up to so many bytes of the objects that have one content for ever.
    #[must_use]
    pub(crate) fn keeping(self, bytes: u64) -> Self {
        Self { kept: Some(Kept::new(bytes)), ..self }
    }

    /// Any object of the store, by its path below the root; `None`: there is none.
    ///
    /// # Errors
    /// When the store fails, or the path is none.
    pub async fn read(&self, path: &str) -> Result<Option<Bytes>, Error> {
        self.get(&path_of(path)?).await
    }

    /// Writes an object that is not the log's: its own layout is for its writer alone.
    ///
    /// # Errors
    /// When the store fails, the path is none, or the object is the log's.
    pub async fn write_beside(&self, path: &str, bytes: Bytes) -> Result<(), Error> {
        self.writable()?;
        let first = path.split('/').next().unwrap_or_default();
        if ["checkpoint", "tile", "commit", "index", "observation"].contains(&first) {
            return Err(Error::Url { url: path.to_owned(), why: "it is the log's own".to_owned() });
        }
        self.put(&path_of(path)?, bytes).await
    }

    pub(crate) fn objects(&self) -> &dyn ObjectStore {
        &*self.objects
    }

    pub(crate) fn kind(&self) -> &Kind {
        &self.kind
    }

    /// An object; `None`: there is none.
    pub(crate) async fn get(&self, path: &Path) -> Result<Option<Bytes>, Error> {
        Ok(self.get_version(path).await?.map(|(bytes, _)| bytes))
    }

    /// An object that has one content for ever, once it is there; read once by all who want it at the same time.
    pub(crate) async fn get_kept(&self, path: &Path) -> Result<Option<Bytes>, Error> {
        match &self.kept {
            Some(kept) => kept.get(path, self.get(path)).await,
            None => self.get(path).await,
        }
    }

    /// An object and its version.
    pub(crate) async fn get_version(&self, path: &Path) -> Result<Option<(Bytes, UpdateVersion)>, Error> {
        let read = async {
            let answer = self.objects.get(path).await?;
            let version =
                UpdateVersion { e_tag: answer.meta.e_tag.clone(), version: answer.meta.version.clone() };
            Ok((answer.bytes().await?, version))
        };
        match read.await {
            Ok(found) => Ok(Some(found)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(Error::store(path)(error)),
        }
    }

    /// Writes an object, whatever was there.
    pub(crate) async fn put(&self, path: &Path, bytes: Bytes) -> Result<(), Error> {
        self.objects.put(path, bytes.into()).await.map_err(Error::store(path))?;
        Ok(())
    }

    /// Writes an object if there is none.
    pub(crate) async fn create(&self, path: &Path, bytes: Bytes) -> Result<Created, Error> {
        self.put_if(path, bytes, PutMode::Create).await
    }

    /// Writes an object if it is as `mode` says.
    pub(crate) async fn put_if(&self, path: &Path, bytes: Bytes, mode: PutMode) -> Result<Created, Error> {
        match self.objects.put_opts(path, bytes.into(), PutOptions::from(mode)).await {
            Ok(_) => Ok(Created::New),
            Err(object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. }) => {
                Ok(Created::Exists)
            }
            Err(error) => Err(Error::store(path)(error)),
        }
    }

    /// Deletes an object, if there is one.
    pub(crate) async fn delete(&self, path: &Path) -> Result<(), Error> {
        match self.objects.delete(path).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(Error::store(path)(error)),
        }
    }

    /// Names of the objects below a folder.
    pub(crate) async fn names(&self, folder: &Path) -> Result<Vec<Path>, Error> {
        let names = self.objects.list(Some(folder)).map_ok(|object| object.location);
        names.try_collect().await.map_err(Error::store(folder))
    }

    /// That it can be written at all.
    pub(crate) fn writable(&self) -> Result<(), Error> {
        if matches!(self.kind, Kind::Served) { Err(Error::ReadOnly) } else { Ok(()) }
    }
}

fn path_of(path: &str) -> Result<Path, Error> {
    Path::parse(path).map_err(|error| Error::Url { url: path.to_owned(), why: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_store_is_refused_with_what_is_one() {
        for bad in ["ftp://a/b", "s3:///b", "http://[", "file://elsewhere.example/x"] {
            let error = open_store(bad).unwrap_err().to_string();
            assert!(error.starts_with(bad) && error.contains("s3://BUCKET/PREFIX"), "{error}");
        }
        assert!(
            matches!(open_store("relative/folder").unwrap().kind, Kind::Folder(path) if path.is_absolute())
        );
    }
}
