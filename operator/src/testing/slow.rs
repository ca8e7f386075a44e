//! A store that takes as long to write as it is told to, or breaks a connection.

use std::{
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use futures::stream::BoxStream;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result, path::Path,
};

/// The store.
#[derive(Debug)]
pub struct Slow {
    inner: Arc<dyn ObjectStore>,
    millis: AtomicU64,
    breaks: Mutex<Option<(usize, bool)>>,
}

impl Slow {
    /// The same store; it is not slow yet.
    pub fn new(inner: Arc<dyn ObjectStore>) -> Arc<Self> {
        Arc::new(Self { inner, millis: AtomicU64::new(0), breaks: Mutex::default() })
    }

    /// After so many more writes the connection breaks once: before the next one is done, or before it is answered.
    pub fn breaks(&self, after: usize, done: bool) {
        *self.breaks.lock().unwrap() = Some((after, done));
    }

    /// Whether the connection is to break still.
    pub fn is_to_break(&self) -> bool {
        self.breaks.lock().unwrap().is_some()
    }

    /// Whether it breaks now, and if so whether the write is done.
    fn broken(&self) -> Option<bool> {
        let mut breaks = self.breaks.lock().unwrap();
        let (after, done) = (*breaks)?;
        *breaks = after.checked_sub(1).map(|after| (after, done));
        (after == 0).then_some(done)
    }

    /// From now on each write takes so long.
    pub fn writes_take(&self, pause: Duration) {
        self.millis.store(u64::try_from(pause.as_millis()).unwrap(), Ordering::Relaxed);
    }
}

impl fmt::Display for Slow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "slow {}", self.inner)
    }
}

#[async_trait]
impl ObjectStore for Slow {
    async fn put_opts(&self, at: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        tokio::time::sleep(Duration::from_millis(self.millis.load(Ordering::Relaxed))).await;
        let broken = self.broken();
        if broken != Some(false) {
            let answer = self.inner.put_opts(at, payload, options).await;
            if broken.is_none() {
                return answer;
            }
        }
        Err(Error::Generic { store: "slow", source: "the connection broke".into() })
    }

    async fn put_multipart_opts(
        &self,
        at: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(at, options).await
    }

    async fn get_opts(&self, at: &Path, options: GetOptions) -> Result<GetResult> {
        self.inner.get_opts(at, options).await
    }

    fn delete_stream(&self, paths: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(paths)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    fn list_with_offset(
        &self,
        prefix: Option<&Path>,
        offset: &Path,
    ) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list_with_offset(prefix, offset)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}
