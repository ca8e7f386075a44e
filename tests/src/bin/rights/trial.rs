//! One right less: who held it has to be refused, and a test that exercised it to fail, which passes with the same patience and all rights.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::Instant,
};

use anyhow::Result;
use beffroi_tests::rights::{Atom, Ledger};
use futures::{StreamExt, TryStreamExt, stream};
use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;

use crate::{
    Options,
    suite::{Outcome, Suite},
};

/// All rights that were exercised, to be taken away one by one.
pub struct Trials<'a> {
    pub options: &'a Options,
    pub suite: &'a Suite,
    pub ledger: &'a Ledger,
}

/// Whether each test passes with all rights, once somebody asked.
type Controls = Mutex<BTreeMap<String, Arc<OnceCell<bool>>>>;

impl Trials<'_> {
    /// Prints what becomes of each, and returns how many are missed by no test.
    pub async fn run(&self) -> Result<usize> {
        let (chosen, of) = self.chosen();
        println!("\n{} of {of} rights taken away, one by one:", chosen.len());
        let (controls, begun) = (Controls::default(), Instant::now());
        let trials = stream::iter(&chosen).map(|atom| self.missed(atom, &controls));
        let missed: Vec<bool> = trials.buffer_unordered(self.options.jobs.max(1)).try_collect().await?;
        let unseen = missed.iter().filter(|missed| !**missed).count();
        let seconds = begun.elapsed().as_secs();
        println!("{} missed by a test, {unseen} by none, in {seconds} s", missed.len() - unseen);
        if chosen.len() < of && !chosen.is_empty() {
            let all = seconds * of as u64 / chosen.len() as u64;
            println!("all {of} would take about {} min at this pace", all.div_ceil(60));
        }
        Ok(unseen)
    }

    /// Those that are tried, and of how many.
    fn chosen(&self) -> (Vec<&Atom>, usize) {
        let used = self.ledger.entries().iter().filter(|entry| !entry.tests.is_empty());
        let all: BTreeSet<&Atom> = used.map(|entry| &entry.grant.atom).collect();
        let mut atoms: Vec<&Atom> =
            all.into_iter().filter(|atom| atom.to_string().contains(&self.options.only)).collect();
        let of = atoms.len();
        if let Some(sample) = self.options.sample {
            atoms.sort_by_key(|atom| drawn(self.options.seed, atom));
            atoms.truncate(sample);
        }
        (atoms, of)
    }

    /// Whether a test fails without it.
    async fn missed(&self, atom: &Atom, controls: &Controls) -> Result<bool> {
        let (name, mut passed) = (atom.to_string(), false);
        for test in self.ledger.tests(atom).into_iter().take(self.options.tries) {
            if !self.passes_with_all(test, controls).await? {
                println!("  ?      {name}  {test} fails with all rights too: it shows nothing");
                continue;
            }
            let begun = Instant::now();
            let audit = tempfile::tempdir()?;
            let outcome = self.suite.run(test, &name, audit.path()).await?;
            // A test may fail for lack of time too.
            let refused = self.ledger.refusals(atom, audit.path())?;
            let seconds = begun.elapsed().as_secs();
            match outcome {
                Outcome::Failed(said) if refused > 0 => {
                    println!("  missed {name}  refused {refused}×, {test} failed in {seconds} s: {said}");
                    return Ok(true);
                }
                Outcome::Failed(said) => {
                    println!(
                        "  ?      {name}  {test} failed in {seconds} s, and it was never refused: {said}"
                    );
                }
                Outcome::Passed => {
                    passed = true;
                    println!("  passed {name}  {test} in {seconds} s");
                }
                Outcome::Endless => println!("  ?      {name}  {test} does not end in {seconds} s"),
            }
        }
        let told = if passed { "UNSEEN" } else { "OPEN  " };
        println!(
            "  {told} {name}  no test that was asked {}",
            if passed { "needs it" } else { "could tell" }
        );
        Ok(false)
    }

    async fn passes_with_all(&self, test: &str, controls: &Controls) -> Result<bool> {
        let cell = controls.lock().map(|mut all| all.entry(test.to_owned()).or_default().clone());
        let cell = cell.unwrap_or_default();
        let passes = cell.get_or_try_init(async || {
            let audit = tempfile::tempdir()?;
            Ok::<_, anyhow::Error>(matches!(self.suite.run(test, "", audit.path()).await?, Outcome::Passed))
        });
        passes.await.copied()
    }
}

/// A place in a shuffled deck.
fn drawn(seed: u64, atom: &Atom) -> [u8; 32] {
    Sha256::digest(format!("{seed} {atom}")).into()
}
