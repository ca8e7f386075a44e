//! The folder of one run: made → marked as in use → removed at the end, or by a later run.
//!
//! A run that was killed cannot remove its folder. The mark is a locked file, and the lock goes with the
//! process, so that the next run knows which folders nobody uses any more.

use std::{
    fs::{self, File},
    io::Write,
    path::Path,
};

use tempfile::TempDir;

use crate::Error;

const PREFIX: &str = "beffroi-run-";
const MARK: &str = "in-use";

/// A folder for data and logs.
#[derive(Debug)]
pub(crate) struct Folder {
    folder: TempDir,
    _mark: Option<File>,
}

impl Folder {
    /// A new folder; kept for good, and its place told, where `BEFFROI_KEEP` is set.
    pub(crate) fn new(name: &str) -> Result<Self, Error> {
        let parent = std::env::temp_dir();
        sweep(&parent);
        let mut folder = tempfile::Builder::new()
            .prefix(&format!("{PREFIX}{name}-"))
            .tempdir_in(&parent)
            .map_err(Error::files("creating a folder in", &parent))?;
        if std::env::var_os("BEFFROI_KEEP").is_some_and(|keep| !keep.is_empty()) {
            folder.disable_cleanup(true);
            let _ = writeln!(std::io::stderr(), "beffroi-cluster: keeping {}", folder.path().display());
            return Ok(Self { folder, _mark: None });
        }
        // Locked before it has its name: nobody may see an unlocked mark on a living run.
        let draft = folder.path().join("draft");
        let mark = File::create(&draft).map_err(Error::files("creating", &draft))?;
        mark.lock().map_err(Error::files("locking", &draft))?;
        fs::rename(&draft, folder.path().join(MARK)).map_err(Error::files("renaming", &draft))?;
        Ok(Self { folder, _mark: Some(mark) })
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Removes what killed runs left; what cannot be removed now is for the next run.
fn sweep(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let ours = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX));
        let mark = ours.then(|| File::open(entry.path().join(MARK)).ok()).flatten();
        if mark.is_some_and(|mark| mark.try_lock().is_ok()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sweeps_what_nobody_uses_and_nothing_else() {
        let parent = tempfile::tempdir().unwrap();
        let make = |name: &str, marked: bool| {
            let folder = parent.path().join(name);
            fs::create_dir(&folder).unwrap();
            marked.then(|| File::create(folder.join(MARK)).unwrap())
        };
        make("beffroi-run-dead", true);
        let living = make("beffroi-run-living", true).unwrap();
        living.lock().unwrap();
        make("beffroi-run-kept", false);
        make("somebody-elses", true);

        sweep(parent.path());

        let mut left: Vec<_> = fs::read_dir(parent.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["beffroi-run-kept", "beffroi-run-living", "somebody-elses"]);
    }
}
