//! The keys of the evidence log in a folder, for who keeps them outside the cluster: files → what a Secret would
//! hold. The next keys take the place of the present ones by renaming, the checkpoint key last: killed in between,
//! the operator finds a next key left and says which file is missing.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use anyhow::{Context as _, bail};
use k8s_openapi::{ByteString, api::core::v1::Secret};

use super::keys::{CHECKPOINT, NEXT_CHECKPOINT, NEXT_STATEMENT, STATEMENT, generate};

/// Reads the files; makes them where there are none and the log is empty.
pub(super) fn read_or_make(folder: &Path, empty: bool) -> anyhow::Result<Secret> {
    let there = |name: &str| folder.join(name).exists();
    if !there(STATEMENT) && !there(CHECKPOINT) {
        if !empty {
            bail!(
                "{} holds no keys, and the evidence log has entries signed with some: restore them from your backup; new keys would not be those that your tenants trust",
                folder.display()
            );
        }
        let text = generate()?;
        fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
        write(&folder.join(STATEMENT), &text.statement)?;
        write(&folder.join(CHECKPOINT), &text.checkpoint)?;
        tracing::warn!(folder = %folder.display(), "made the keys of the evidence log: back this folder up");
    }
    let mut secret = Secret::default();
    let data = secret.data.get_or_insert_default();
    for name in
        [STATEMENT, CHECKPOINT, NEXT_STATEMENT, NEXT_CHECKPOINT].into_iter().filter(|name| there(name))
    {
        let path = folder.join(name);
        let bytes = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
        data.insert(name.to_owned(), ByteString(bytes));
    }
    Ok(secret)
}

/// The next keys become the present ones.
pub(super) fn promote(folder: &Path) -> anyhow::Result<()> {
    for (next, present) in [(NEXT_STATEMENT, STATEMENT), (NEXT_CHECKPOINT, CHECKPOINT)] {
        let (from, to) = (folder.join(next), folder.join(present));
        fs::rename(&from, &to).with_context(|| format!("renaming {} to {}", from.display(), to.display()))?;
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let mut file = file.with_context(|| format!("making {}", path.display()))?;
    file.write_all(text.as_bytes()).with_context(|| format!("writing {}", path.display()))
}
