//! Who may do what, and how the API behaves for everyone, on real clusters with real issuers: [`matrix`] (each operation
//! × object × person), [`tokens`] (each kind that holds, each forgery that does not), [`conventions`], [`answers`],
//! [`refusals`], [`writes`], [`serving`] and [`telling`].

mod answers;
mod conventions;
mod forged;
mod matrix;
mod refusals;
mod serving;
mod telling;
mod tokens;
mod writes;

use std::time::Instant;

use anyhow::{Result, ensure};
use beffroi_tests::{Stage, api::UNLIMITED};

#[tokio::test(flavor = "multi_thread")]
async fn everyone_gets_what_they_may_and_nothing_else() -> Result<()> {
    let stage = Stage::start_with(&["par1"], &UNLIMITED).await?;
    let failures = [
        noted("matrix", matrix::is_as_agreed(&stage)).await,
        noted("tokens", tokens::count_as_agreed(&stage)).await,
        noted("conventions", conventions::hold(&stage)).await,
        noted("answers", answers::come_as_they_should(&stage)).await,
        noted("refusals", refusals::are_told_as_they_are(&stage)).await,
        noted("writes", writes::are_made_once_and_read_at_once(&stage)).await,
        noted("serving", serving::goes_on_and_ends_well(&stage)).await,
        noted("telling", telling::is_bounded_and_discreet(&stage)).await,
    ];
    let failures: Vec<String> = failures.into_iter().flatten().collect();
    ensure!(failures.is_empty(), "{}", failures.join("\n\n"));
    Ok(())
}

/// What did not hold, and how long it took: one failure does not hide the others.
async fn noted(name: &str, part: impl Future<Output = Result<()>>) -> Option<String> {
    let begun = Instant::now();
    let outcome = part.await;
    println!("{name}: {:.1} s", begun.elapsed().as_secs_f64());
    outcome.err().map(|error| format!("{name}: {error:#}"))
}
