//! What schemathesis did: its report, an event a line → every call with its answer, every link that it followed.

use std::{
    collections::BTreeMap,
    fmt::{self, Display},
    fs,
    path::Path,
};

use anyhow::{Context, Result};
use serde_json::Value;

/// Status → how often.
type Answers = BTreeMap<u16, usize>;

/// What was done, over several runs.
#[derive(Debug, Default)]
pub struct Report {
    /// `GET /v1/…` → answers.
    calls: BTreeMap<String, Answers>,
    /// `POST /v1/… -> [201] name -> GET /v1/…` → answers, where the link gave what was asked with.
    links: BTreeMap<String, Answers>,
}

impl Report {
    /// Adds what one run did.
    pub fn read(&mut self, file: &Path) -> Result<()> {
        for line in fs::read_to_string(file)?.lines() {
            let event: Value = serde_json::from_str(line)?;
            let recorder = &event["ScenarioFinished"]["recorder"];
            for (id, case) in recorder["cases"].as_object().into_iter().flatten() {
                let status = &recorder["interactions"][id]["response"]["status_code"];
                let Some(status) = status.as_u64().and_then(|status| u16::try_from(status).ok()) else {
                    continue;
                };
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                let call = format!("{} {}", text(&case["value"]["method"]), text(&case["value"]["path"]));
                *self.calls.entry(call).or_default().entry(status).or_default() += 1;
                if case["is_transition_applied"] == true {
                    let link = text(&case["transition"]["id"]);
                    *self.links.entry(link).or_default().entry(status).or_default() += 1;
                }
            }
        }
        Ok(())
    }

    /// Of `operations`, those that never succeeded.
    pub fn never(&self, operations: &[String]) -> Vec<String> {
        let succeeded = |call: &String| self.calls.get(call).is_some_and(|answers| successes(answers) > 0);
        operations.iter().filter(|call| !succeeded(call)).cloned().collect()
    }

    /// Of `links`, those that never led to what they name: a change may still be refused there.
    pub fn unfollowed(&self, links: &[String]) -> Vec<String> {
        let refused = |answers: &Answers| answers.contains_key(&412) || answers.contains_key(&422);
        let led = |answers: &Answers| successes(answers) > 0 || refused(answers);
        let followed = |link: &String| self.links.get(link).is_some_and(led);
        links.iter().filter(|link| !followed(link)).cloned().collect()
    }

    /// How often an operation answered with a status.
    pub fn count(&self, call: &str, status: u16) -> usize {
        self.calls.get(call).and_then(|answers| answers.get(&status)).copied().unwrap_or_default()
    }

    /// Whether an operation was called at all.
    pub fn called(&self, call: &str) -> bool {
        self.calls.contains_key(call)
    }

    /// How many calls there were.
    pub fn total(&self) -> usize {
        self.calls.values().flat_map(BTreeMap::values).sum()
    }
}

/// An answer without a body because the client has it is a success, too.
fn successes(answers: &Answers) -> usize {
    answers.iter().filter(|(status, _)| **status < 400).map(|(_, times)| times).sum()
}

impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = |answers: &Answers| {
            answers.iter().map(|(status, times)| format!("{status}×{times}")).collect::<Vec<_>>().join(" ")
        };
        // Methods that a path does not take are tried, too.
        let known = self.calls.iter().filter(|(_, answers)| answers.keys().any(|status| *status != 405));
        for (call, answers) in known {
            writeln!(f, "  {call:<60} {}", told(answers))?;
        }
        for (link, answers) in &self.links {
            writeln!(f, "  {link}\n    {}", told(answers))?;
        }
        Ok(())
    }
}

/// Every operation of a document as schemathesis names it, without the stream of events; and every link.
pub fn expected(document: &Value) -> Result<(Vec<String>, Vec<String>)> {
    let (mut operations, mut ids, mut links) = (Vec::new(), BTreeMap::new(), Vec::new());
    let paths = document["paths"].as_object().context("no paths")?;
    for (path, item) in paths.iter().filter(|(path, _)| *path != super::fuzz::STREAM) {
        for (method, operation) in item.as_object().context("no operations")? {
            let call = format!("{} {path}", method.to_uppercase());
            ids.insert(operation["operationId"].as_str().context("no operationId")?, call.clone());
            operations.push(call);
        }
    }
    for (id, call) in &ids {
        let (method, path) = call.split_once(' ').context("no path")?;
        let answers = document["paths"][path][method.to_lowercase()]["responses"].as_object();
        for (status, answer) in answers.with_context(|| format!("{id}: no answers"))? {
            for (name, link) in answer["links"].as_object().into_iter().flatten() {
                let target = link["operationId"].as_str().and_then(|id| ids.get(id)).context("no target")?;
                links.push(format!("{call} -> [{status}] {name} -> {target}"));
            }
        }
    }
    Ok((operations, links))
}
