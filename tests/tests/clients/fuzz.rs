//! schemathesis against the running API, as a manager and as the hoster: examples, limits and random requests to every
//! operation, then chains of requests along the document's links.
//!
//! `BEFFROI_FUZZ_EXAMPLES` says how many random requests each operation gets.

use std::{path::Path, time::Instant};

use anyhow::{Context, Result, ensure};
use beffroi_crds::tenant::Role;
use beffroi_tests::{Stage, eventually};
use http::Method;
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;

use super::{
    beside,
    report::{Report, expected},
};

/// A stream has no end: its own tests read it.
pub const STREAM: &str = "/v1/events";
/// A code to be exchanged is had in a browser only.
const BY_BROWSER: &str = "POST /v1/sign-in";
/// It takes two people, as in [`generated`](super::generated): one alone is refused.
const BY_TWO: &str = "POST /v1/workspaces/{workspace}/confirm-deletion";
/// Random requests to each operation, where nobody says how many.
const EXAMPLES: u32 = 6;
/// Chains are tried by one seed after the other until every link was followed: so many at most.
const ROUNDS: u32 = 8;
/// What a manager does in chains.
const OF_MANAGER: [&str; 6] =
    ["--include-tag", "Workspaces", "--include-tag", "Evidence", "--exclude-path-regex", "^/v1/log"];
/// What only the hoster may, is tried as the hoster.
const BUT_HOSTER: [&str; 2] = ["--exclude-operation-id-regex", "^(create|change|delete)Tenant$"];
/// What only the hoster may.
const OF_HOSTER: [&str; 4] =
    ["--include-tag", "Tenants", "--include-path-regex", "^/v1/(log|evidence|past-workspaces)"];

/// Asks everything; nothing may be answered otherwise than the document says.
pub async fn all(stage: &Stage, programs: &Path) -> Result<()> {
    let manager = stage.token("ght-bm", Role::Gestionnaire).await?;
    let document = stage.api.read(&manager, "/v1/openapi.json").await?;
    let (operations, mut links) = expected(&document)?;
    links.retain(|link| !link.ends_with(BY_TWO));
    let (of_manager, of_hoster): (Vec<String>, Vec<String>) =
        links.iter().cloned().partition(|link| link.contains(" /v1/workspaces"));
    order(stage, &manager, &document).await?;
    let examples = std::env::var("BEFFROI_FUZZ_EXAMPLES").map_or(Ok(EXAMPLES), |number| number.parse())?;
    let mut fuzz =
        Fuzz { stage, programs, examples, folder: tempfile::tempdir()?, report: Report::default(), runs: 0 };

    fuzz.requests(&manager, &BUT_HOSTER).await?;
    fuzz.chains(&manager, &OF_MANAGER, &of_manager).await?;
    // Last, for the hoster changes who may sign in.
    let hoster = stage.hoster().await?;
    fuzz.requests(&hoster, &OF_HOSTER).await?;
    fuzz.chains(&hoster, &[&OF_HOSTER[..], &["--include-tag", "Catalogue"]].concat(), &of_hoster).await?;

    let report = fuzz.report;
    let ordered = report.count("POST /v1/workspaces", 201);
    let operations: Vec<String> =
        operations.into_iter().filter(|call| ![BY_BROWSER, BY_TWO].contains(&call.as_str())).collect();
    let (never, unfollowed) = (report.never(&operations), report.unfollowed(&links));
    println!(
        "{report}  {} requests to {} operations; {} of {} links followed; {ordered} workspaces ordered",
        report.total(),
        operations.len() + 2,
        links.len() - unfollowed.len(),
        links.len()
    );
    ensure!(never.is_empty(), "never answered with success: {never:?}");
    for call in [BY_BROWSER, BY_TWO] {
        ensure!(report.called(call), "{call} was not called");
    }
    ensure!(unfollowed.is_empty(), "links that never led anywhere: {unfollowed:?}");
    ensure!(ordered > 10, "only {ordered} workspaces were ordered");
    Ok(())
}

/// Orders what is read all the time, and what is deleted: the document's own example.
async fn order(stage: &Stage, manager: &str, document: &Value) -> Result<()> {
    let example =
        "/paths/~1v1~1workspaces/post/requestBody/content/application~1json/examples/communication/value";
    let mut order = document.pointer(example).context("the document has no example of an order")?.clone();
    for name in ["communication", "depart"] {
        order["name"] = name.into();
        // A domain of its own: of two workspaces with the same hosts, ordered within a second, either may get them.
        order["domain"] = format!("{name}.ght-bm.example").into();
        stage.api.write(manager, Method::POST, "/v1/workspaces", Some(&order)).await?;
    }
    eventually("evidence of what was ordered", async || {
        let list = stage.api.read(manager, "/v1/workspaces/ght-bm.communication/evidence").await?;
        ensure!(list["items"][0]["verdict"] == "Located", "{list}");
        Ok(())
    })
    .await
}

struct Fuzz<'a> {
    stage: &'a Stage,
    programs: &'a Path,
    examples: u32,
    folder: TempDir,
    report: Report,
    runs: u32,
}

impl Fuzz<'_> {
    /// Examples, limits and random requests.
    async fn requests(&mut self, token: &str, which: &[&str]) -> Result<()> {
        self.run(token, "examples,coverage,fuzzing", self.examples, 1, which).await
    }

    /// Chains of requests, until every one of `links` was followed.
    async fn chains(&mut self, token: &str, which: &[&str], links: &[String]) -> Result<()> {
        for seed in 1..=ROUNDS {
            self.run(token, "stateful", self.examples * 5, seed, which).await?;
            let missed = self.report.unfollowed(links);
            if missed.is_empty() {
                break;
            }
            println!("not followed yet: {}", missed.join(", "));
        }
        Ok(())
    }

    async fn run(
        &mut self,
        token: &str,
        phases: &str,
        examples: u32,
        seed: u32,
        which: &[&str],
    ) -> Result<()> {
        let started = Instant::now();
        self.runs += 1;
        let file = self.folder.path().join("report.ndjson");
        let output = Command::new(self.programs.join("st"))
            .arg("--no-color")
            .arg("--config-file")
            .arg(beside("schemathesis.toml"))
            .args(["run", &format!("{}/v1/openapi.json", self.stage.api.url())])
            .args(["--phases", phases, "--exclude-path", STREAM, "--report-ndjson-path"])
            .arg(&file)
            .args(["--max-examples", &examples.to_string(), "--seed", &seed.to_string()])
            .args(which)
            .env("TOKEN", token)
            .env("RUN", self.runs.to_string())
            .env("SCHEMATHESIS_HOOKS", beside("hooks.py"))
            .current_dir(self.folder.path())
            .kill_on_drop(true)
            .output()
            .await?;
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        let error = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "schemathesis {phases}:\n{told}{error}");
        self.report.read(&file)?;
        println!("schemathesis {phases} {}: {} s", which.join(" "), started.elapsed().as_secs());
        Ok(())
    }
}
