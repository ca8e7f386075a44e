//! Files of providers: paths → manifests → the schema of `Provider` → providers, or everything that is wrong with them.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use beffroi_crds::{GROUP, Provider};
use beffroi_schema::{Fault, Given, Kind, Language, Type, Wrong};
use kube::Resource;
use serde_json::Value;

use crate::{manifest, plain};

/// Reads files, each once.
pub(super) struct Files {
    kind: &'static Kind,
    seen: BTreeSet<PathBuf>,
    /// Groups and versions of others whose kind is named `Provider` too.
    foreign: BTreeSet<String>,
}

impl Files {
    pub(super) fn new() -> anyhow::Result<Self> {
        Ok(Self { kind: Kind::named(&Provider::kind(&()))?, seen: BTreeSet::new(), foreign: BTreeSet::new() })
    }

    /// Providers of a file, or of every YAML file of a folder; none where the file was read before.
    pub(super) fn read(&mut self, path: &Path) -> anyhow::Result<Vec<Provider>> {
        let told = || path.display().to_string();
        if path.is_dir() {
            let mut files: Vec<PathBuf> = fs::read_dir(path)
                .with_context(told)?
                .map(|entry| entry.map(|e| e.path()))
                .collect::<Result<_, _>>()?;
            files.retain(|file| file.extension().is_some_and(|kind| kind == "yaml" || kind == "yml"));
            files.sort();
            return files
                .iter()
                .map(|file| self.read(file))
                .collect::<Result<Vec<_>, _>>()
                .map(|all| all.concat());
        }
        let reading = || format!("reading {}: give a file that you may read, in UTF-8", told());
        if !self.seen.insert(fs::canonicalize(path).with_context(reading)?) {
            return Ok(Vec::new());
        }
        let text = fs::read_to_string(path).with_context(reading)?;
        self.parse(&text).with_context(told)
    }

    /// Providers of a text.
    pub(super) fn parse(&mut self, text: &str) -> anyhow::Result<Vec<Provider>> {
        let (mut found, mut refused) = (Vec::new(), Vec::new());
        for mut object in manifest::objects(text)? {
            if object["kind"] != Provider::kind(&()).as_ref() || !self.is_ours(&object) {
                continue;
            }
            let name = object.pointer("/metadata/name").and_then(Value::as_str).unwrap_or("without a name");
            let name = plain(name);
            let mut wrong = version(&object).into_iter().collect::<Vec<_>>();
            wrong.extend(self.kind.refused(&mut object, None).iter().map(told));
            if wrong.is_empty() {
                found.push(serde_json::from_value(object).with_context(|| {
                    format!("provider {name}: a value of it fits no provider: correct it")
                })?);
            }
            refused.extend(wrong.iter().map(|wrong| format!("provider {name}: {wrong}")));
        }
        if !refused.is_empty() {
            bail!("the API server would refuse it\n  {}", refused.join("\n  "));
        }
        Ok(found)
    }

    /// Whether an object of this kind is of Beffroi; one of another group is left to whom it is of.
    fn is_ours(&mut self, object: &Value) -> bool {
        let version = object["apiVersion"].as_str().unwrap_or_default();
        let group = version.split('/').next().unwrap_or_default();
        let ours = group.is_empty() || group == GROUP;
        if !ours {
            self.foreign.insert(plain(version));
        }
        ours
    }

    /// What was read where nothing of ours was.
    pub(super) fn what_else(&self) -> String {
        let ours = Provider::api_version(&());
        if self.foreign.is_empty() {
            return format!("give a file with `kind: Provider` and `apiVersion: {ours}`");
        }
        let foreign = self.foreign.iter().cloned().collect::<Vec<_>>().join(", ");
        format!("those of {foreign} are another's and were skipped; Beffroi's have `apiVersion: {ours}`")
    }
}

/// A fault as a terminal tells it: the place, the text that breaks a rule, and the sentence.
fn told(fault: &Fault) -> String {
    let Fault { path, value, wrong } = fault;
    let shown = match (wrong, value) {
        (Wrong::Rule { .. } | Wrong::Unjudged { .. }, Some(Value::String(text))) => format!(" {text:?}"),
        _ => String::new(),
    };
    let hint = match wrong {
        Wrong::Type { wanted: Type::Text, given: Given::Truth(_) } => {
            ", for kubectl takes yes, no, on, off, y and n in any case for true or false"
        }
        _ => "",
    };
    let mark = if path.is_empty() { "" } else { ": " };
    plain(&format!("{path}{shown}{mark}{}{hint}", wrong.sentence(Language::En)))
}

/// What is wrong with its version.
fn version(object: &Value) -> Option<String> {
    let ours = Provider::api_version(&());
    (object["apiVersion"] != ours.as_ref()).then(|| {
        format!("apiVersion: nobody serves {}: write {ours}", plain(&object["apiVersion"].to_string()))
    })
}
