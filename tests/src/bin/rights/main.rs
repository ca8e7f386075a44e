//! Least privilege, proven: the suite runs with the audit log on → rights granted are compared with rights exercised, and
//! none may be left over → each is taken away in turn, and a test that exercised it has to fail.
//!
//! [`suite`] (the tests' program) → [`table`] (granted and used) → [`trial`] (one right less).

mod suite;
mod table;
mod trial;

use std::path::PathBuf;

use anyhow::{Result, bail};
use beffroi_tests::rights::{Ledger, granted};
use clap::Parser;

use crate::{suite::Suite, trial::Trials};

#[derive(Parser)]
struct Options {
    /// Program of the tests, as `cargo test --locked --no-run` tells it.
    #[arg(long)]
    tests: PathBuf,
    /// Where API servers write. What is there already is taken as it is, and the suite does not run again.
    #[arg(long)]
    audit: PathBuf,
    /// Compares alone, and takes nothing away.
    #[arg(long)]
    compare: bool,
    /// Takes away so many rights, drawn at random, instead of all.
    #[arg(long)]
    sample: Option<usize>,
    /// Draws the same again.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Takes away only rights whose name contains this.
    #[arg(long, default_value = "")]
    only: String,
    /// Tests that are asked about a right, the shortest first, until one fails.
    #[arg(long, default_value_t = 3)]
    tries: usize,
    /// How many rights are tried at once.
    #[arg(long, default_value_t = 2)]
    jobs: usize,
    /// After how many seconds a test without a right stops waiting for what does not come.
    #[arg(long, default_value_t = 60)]
    patience: u64,
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = Options::parse();
    let suite = Suite::new(options.tests.clone(), options.patience);
    if !options.audit.is_dir() {
        suite.run_all(&options.audit).await?;
    }
    let mut ledger = Ledger::of(granted().await?);
    ledger.read(&options.audit)?;
    let faults = table::print(&ledger);
    let mut unseen = 0;
    if !options.compare {
        unseen = Trials { options: &options, suite: &suite, ledger: &ledger }.run().await?;
    }
    if faults + unseen > 0 {
        bail!("{faults} rights are not as they should be, {unseen} may be taken away and no test notices");
    }
    Ok(())
}
