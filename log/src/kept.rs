//! Objects of one content for ever, kept as far as room goes.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use object_store::path::Path;
use quick_cache::{Weighter, sync::Cache};

use crate::Error;

/// Bytes of a full bundle of entries, about. The cache divides its room by the processors of the machine, and what is
/// larger than a part is never kept; but a part has room for 32 of what it is told to expect: so for larger bundles, too.
const LARGE: u64 = 256 << 10;

/// What is kept; cheap to clone.
#[derive(Clone)]
pub(crate) struct Kept(Arc<Cache<Path, Bytes, Weight>>);

#[derive(Clone)]
struct Weight;

impl Weighter<Path, Bytes> for Weight {
    fn weight(&self, path: &Path, bytes: &Bytes) -> u64 {
        (path.as_ref().len() + bytes.len() + 64) as u64
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept").field("objects", &self.0.len()).finish_non_exhaustive()
    }
}

impl Kept {
    /// As much as `bytes`.
    pub(crate) fn new(bytes: u64) -> Self {
        let expected = usize::try_from(bytes / LARGE).unwrap_or(usize::MAX);
        Self(Arc::new(Cache::with_weighter(expected, bytes, Weight)))
    }

    /// What is kept, or what `read` finds; that there is nothing is not kept.
    pub(crate) async fn get(
        &self,
        path: &Path,
        read: impl Future<Output = Result<Option<Bytes>, Error>>,
    ) -> Result<Option<Bytes>, Error> {
        match self.0.get_value_or_guard_async(path).await {
            Ok(bytes) => Ok(Some(bytes)),
            Err(place) => {
                let found = read.await?;
                if let Some(bytes) = &found {
                    // Refused only where it was taken meanwhile, by one of the same content.
                    let _ = place.insert(bytes.clone());
                }
                Ok(found)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_large_bundle_is_kept_on_any_machine() {
        let kept = Kept::new(16 << 20);
        let path = Path::from("tile/entries/000");
        let bundle = Bytes::from(vec![0; 4 << 20]);
        kept.get(&path, async { Ok(Some(bundle.clone())) }).await.unwrap();
        let again = kept.get(&path, async { Ok(None) }).await.unwrap();
        assert_eq!(again.map(|found| found.len()), Some(bundle.len()));
    }
}
