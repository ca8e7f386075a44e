//! The API against programs that we did not write: a client generated from the committed `OpenAPI` document lives a
//! workspace's whole life ([`generated`]); schemathesis asks everything that the document allows, and what it does not
//! ([`fuzz`], read by [`report`]); TypeScript's compiler reads the types that are made from it ([`types`]).

mod fuzz;
mod generated;
mod report;
mod types;

use std::path::{Path, PathBuf};

use anyhow::Result;
use beffroi_tests::{Stage, api::UNLIMITED, python};

#[tokio::test(flavor = "multi_thread")]
async fn programs_that_we_did_not_write_use_the_api() -> Result<()> {
    let stage = Stage::start_with(&["par1", "rbx1"], &UNLIMITED).await?;
    let programs = programs().await?;
    generated::live(&stage, &programs).await?;
    fuzz::all(&stage, &programs).await
}

/// The folder of Python's programs.
async fn programs() -> Result<PathBuf> {
    tokio::task::spawn_blocking(|| python::ready(include_str!("requirements.txt"))).await?
}

/// A file beside this one.
fn beside(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(file)
}

/// The committed document.
fn document() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../api/openapi.json")
}
