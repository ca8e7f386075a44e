//! What Linux tells of a process, and lets it do.

use std::{fs, process::Command};

use anyhow::{Context, Result, ensure};

/// Lets this process, and those that it starts, open so many files.
pub fn allow_files(count: usize) -> Result<()> {
    let (own, limit) = (std::process::id().to_string(), format!("--nofile={count}:"));
    let text = fs::read_to_string("/proc/self/limits")?;
    let line = text.lines().find(|line| line.starts_with("Max open files")).context("no limit of files")?;
    let soft: usize = line.split_whitespace().nth(3).and_then(|n| n.parse().ok()).unwrap_or(usize::MAX);
    if soft < count {
        let done = Command::new("prlimit").args(["--pid", &own, &limit]).status()?;
        ensure!(
            done.success(),
            "{count} open files are more than this machine allows: ask for fewer streams"
        );
    }
    Ok(())
}

/// Resident memory in bytes.
pub fn memory(process: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    let kib: u64 = line.trim().trim_end_matches(" kB").trim().parse()?;
    Ok(kib * 1024)
}

/// Seconds of processor time (proc(5): fields 14 and 15 of stat, at 100 a second).
#[allow(clippy::cast_precision_loss)]
pub fn processor(process: u32) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |place: usize| fields.get(place).and_then(|text| text.parse::<u64>().ok());
    let (user, system) = ticks(11).zip(ticks(12)).context("no times in stat")?;
    Ok((user + system) as f64 / 100.0)
}
