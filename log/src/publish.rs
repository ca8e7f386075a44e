//! The one object that is replaced: the checkpoint, which only ever grows.

use std::{
    fs::{self, File, TryLockError},
    path::Path as FilePath,
    time::{Duration, Instant},
};

use beffroi_core::evidence::checkpoint::Checkpoint;
use bytes::Bytes;
use object_store::{PutMode, path::Path};

use crate::{
    Error, Store,
    layout::CHECKPOINT,
    store::{Created, Kind},
};

/// How long another process may hold the lock of a folder: it needs milliseconds.
const PATIENCE: Duration = Duration::from_secs(20);

/// Publishes a checkpoint, unless one as large or larger is there.
///
/// A larger one is another writer's, who found our commit and went on from it: then what we wanted covered is.
///
/// # Errors
/// When the store fails, or a checkpoint of this size speaks of another tree.
pub(crate) async fn publish(store: &Store, note: &str) -> Result<(), Error> {
    let path = Path::from(CHECKPOINT);
    let ours = Checkpoint::read(note)?;
    let lock = match store.kind() {
        Kind::Folder(folder) => Some(lock(folder).await?),
        Kind::Conditional | Kind::Served => None,
    };
    loop {
        let mode = match store.get_version(&path).await? {
            None => PutMode::Create,
            Some((text, version)) => {
                let there = read(&text)?.1;
                if there.size == ours.size && there.root != ours.root {
                    return Err(Error::damaged(format!("two trees of {} entries", ours.size)));
                }
                if there.size >= ours.size {
                    return Ok(());
                }
                if lock.is_some() { PutMode::Overwrite } else { PutMode::Update(version) }
            }
        };
        // What changed meanwhile only grew, so that this ends.
        if matches!(store.put_if(&path, Bytes::copy_from_slice(note.as_bytes()), mode).await?, Created::New) {
            return Ok(());
        }
    }
}

/// The published checkpoint, its signature unchecked; `None`: the log is empty.
pub(crate) async fn published(store: &Store) -> Result<Option<(String, Checkpoint)>, Error> {
    let text = store.get(&Path::from(CHECKPOINT)).await?;
    text.map(|text| read(&text)).transpose()
}

fn read(text: &[u8]) -> Result<(String, Checkpoint), Error> {
    let text = str::from_utf8(text).map_err(|_| Error::damaged("the checkpoint is not UTF-8"))?;
    Ok((text.to_owned(), Checkpoint::read(text)?))
}

/// Takes the lock of a folder; it ends with the file, also when the process dies.
async fn lock(folder: &FilePath) -> Result<File, Error> {
    let path = folder.join(".lock");
    let failed = |path: &FilePath, why: &dyn std::fmt::Display| Error::Lock {
        path: path.display().to_string(),
        why: why.to_string(),
    };
    let waited = path.clone();
    let taken = tokio::task::spawn_blocking(move || {
        fs::create_dir_all(waited.parent().unwrap_or(FilePath::new(".")))?;
        let file = File::options().create(true).truncate(false).write(true).open(&waited)?;
        let started = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) if started.elapsed() < PATIENCE => {
                    std::thread::sleep(Duration::from_millis(5));
                }
                Err(error) => return Err(error.into()),
            }
        }
    });
    let taken = taken.await.map_err(|e| failed(&path, &e))?;
    taken.map_err(|e: std::io::Error| failed(&path, &e))
}
