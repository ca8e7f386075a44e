//! What Linux tells of a process, or of a thread: its folder below /proc → memory, processor time.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

/// A process, or a thread.
#[derive(Clone, Debug)]
pub struct Task(PathBuf);

impl Task {
    /// The process of this id.
    pub fn process(id: u32) -> Self {
        Self(PathBuf::from(format!("/proc/{id}")))
    }

    /// The thread that asks.
    ///
    /// # Errors
    /// When /proc is not there.
    pub fn this_thread() -> Result<Self> {
        Ok(Self(Path::new("/proc").join(fs::read_link("/proc/thread-self")?)))
    }

    /// Resident memory in bytes.
    ///
    /// # Errors
    /// When it is gone.
    pub fn memory(&self) -> Result<u64> {
        self.status("VmRSS:")
    }

    /// The most that it ever was, in bytes.
    ///
    /// # Errors
    /// When it is gone.
    pub fn peak(&self) -> Result<u64> {
        self.status("VmHWM:")
    }

    fn status(&self, field: &str) -> Result<u64> {
        let status = fs::read_to_string(self.0.join("status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix(field)).context("not in status")?;
        let kib: u64 = line.trim().trim_end_matches(" kB").trim().parse()?;
        Ok(kib * 1024)
    }

    /// Seconds of processor time (proc(5): fields 14 and 15 of stat, at 100 a second).
    ///
    /// # Errors
    /// When it is gone.
    #[allow(clippy::cast_precision_loss)]
    pub fn processor(&self) -> Result<f64> {
        let stat = fs::read_to_string(self.0.join("stat"))?;
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = |place: usize| fields.get(place).and_then(|text| text.parse::<u64>().ok());
        let (user, system) = ticks(11).zip(ticks(12)).context("no times in stat")?;
        Ok((user + system) as f64 / 100.0)
    }
}
