//! What Linux lets this process do.

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
