//! A provider judged before anybody applies it: files → providers → the rules on providers → verdicts, who owns it, and
//! what is missing to prove it. No cluster, no network.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use anyhow::{Context, bail};
use beffroi_core::{
    facts::World,
    policy::{self, ownership::graph::graph},
};
use beffroi_crds::{Provider, SovereigntyPolicySpec, workspace::Verdict};
use clap::{Args, Subcommand};
use jiff::Timestamp;
use kube::ResourceExt;
use serde::Deserialize;
use serde_json::Value;

use crate::{plain, provider, verify};

/// Profiles that come with Beffroi.
const PROFILES: [(&str, &str); 3] = [
    ("standard", include_str!("../../charts/beffroi/profiles/standard.yaml")),
    ("donnees-sensibles", include_str!("../../charts/beffroi/profiles/donnees-sensibles.yaml")),
    ("sante", include_str!("../../charts/beffroi/profiles/sante.yaml")),
];

/// Exit codes, for the help.
pub(crate) const CODES: &str = "\
Exit codes:
  0  every rule holds
  1  a file cannot be read
  2  wrong usage
  3  a rule is broken
  4  none is broken, and something is not proven";

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Judges providers as they stand in files: which rules hold, who owns them, what is missing to prove it.
    #[command(after_help = CODES)]
    Check(Check),
}

#[derive(Args)]
pub(crate) struct Check {
    /// Manifests of providers, or folders of them: the one to judge, and those that own it or work for it.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Judge this one alone; by default each that is in the first file.
    #[arg(long)]
    provider: Option<String>,
    /// The rules: a profile (`standard`, `donnees-sensibles`, `sante`) or a file with a `SovereigntyPolicy`.
    #[arg(long, default_value = "standard")]
    policy: String,
}

/// Judges and prints.
pub(crate) fn run(command: &Command) -> anyhow::Result<ExitCode> {
    let Command::Check(check) = command;
    let policy = rules(&check.policy)?;
    let mut providers: BTreeMap<String, Arc<Provider>> = BTreeMap::new();
    let mut first = Vec::new();
    for (at, file) in check.files.iter().enumerate() {
        for found in read(file)? {
            let name = found.name_any();
            if at == 0 {
                first.push(name.clone());
            }
            if providers.insert(name.clone(), Arc::new(found)).is_some() {
                bail!("two providers are named {name}: give each once");
            }
        }
    }
    let wanted = match &check.provider {
        Some(name) if providers.contains_key(name) => vec![name.clone()],
        Some(name) => bail!("no provider is named {name} in these files"),
        None => first,
    };
    if wanted.is_empty() {
        bail!("no manifest of kind Provider is in {}", check.files[0].display());
    }
    let world = World { providers: providers.into(), now: Timestamp::now(), ..World::default() };
    let mut worst = Verdict::Pass;
    for name in wanted {
        let (text, verdict) = judged(&world, &policy, &name);
        print!("{text}");
        worst = match (worst, verdict) {
            (Verdict::Fail, _) | (_, Verdict::Fail) => Verdict::Fail,
            (Verdict::Unproven, _) | (_, Verdict::Unproven) => Verdict::Unproven,
            _ => Verdict::Pass,
        };
    }
    Ok(match worst {
        Verdict::Pass => ExitCode::SUCCESS,
        Verdict::Fail => ExitCode::from(3),
        Verdict::Unproven => ExitCode::from(4),
    })
}

/// What is said of one, and the gravest verdict.
fn judged(world: &World, policy: &SovereigntyPolicySpec, name: &str) -> (String, Verdict) {
    let mut judgements = policy::judge_provider(world, policy, name);
    judgements.sort_by_key(|j| match j.verdict {
        Verdict::Fail => 0,
        Verdict::Unproven => 1,
        Verdict::Pass => 2,
    });
    let mut out = format!("{name}\n");
    for judgement in &judgements {
        let verdict = match judgement.verdict {
            Verdict::Fail => "BROKEN",
            Verdict::Unproven => "UNPROVEN",
            Verdict::Pass => "HELD",
        };
        let line = format!("  {:<7} {verdict:<9} {}\n", judgement.rule, plain(&judgement.reason));
        out.push_str(&line);
    }
    if let Some(graph) = graph(&world.providers, name, &policy.law) {
        for line in provider::text(&graph).lines() {
            out.push_str("  ");
            out.push_str(line);
            out.push('\n');
        }
    }
    let worst = judgements.first().map_or(Verdict::Pass, |judgement| judgement.verdict);
    (out, worst)
}

fn rules(policy: &str) -> anyhow::Result<SovereigntyPolicySpec> {
    match PROFILES.iter().find(|(name, _)| *name == policy) {
        Some((name, text)) => verify::policy::parse(text).with_context(|| format!("profile {name}")),
        None => verify::policy::read(Path::new(policy))
            .with_context(|| "--policy takes a profile (standard, donnees-sensibles, sante) or a file"),
    }
}

/// Providers of a file, or of every YAML file of a folder.
fn read(path: &Path) -> anyhow::Result<Vec<Provider>> {
    let told = || path.display().to_string();
    if path.is_dir() {
        let mut files: Vec<PathBuf> = fs::read_dir(path)
            .with_context(told)?
            .map(|entry| entry.map(|e| e.path()))
            .collect::<Result<_, _>>()?;
        files.retain(|file| file.extension().is_some_and(|kind| kind == "yaml" || kind == "yml"));
        files.sort();
        return files.iter().map(|file| read(file)).collect::<Result<Vec<_>, _>>().map(|all| all.concat());
    }
    let text = fs::read_to_string(path).with_context(|| format!("reading {}", told()))?;
    parse(&text).with_context(told)
}

fn parse(text: &str) -> anyhow::Result<Vec<Provider>> {
    let mut found = Vec::new();
    for document in serde_yaml::Deserializer::from_str(text) {
        let document = Value::deserialize(document).context("not YAML")?;
        let listed = document.get("items").and_then(Value::as_array).cloned();
        for one in listed.unwrap_or_else(|| vec![document]) {
            if one.get("kind") != Some(&"Provider".into()) {
                continue;
            }
            let name = one.pointer("/metadata/name").and_then(Value::as_str).unwrap_or("?").to_owned();
            let unknown = unknown(&one);
            if let Some(field) = unknown {
                bail!("provider {name}: nobody reads field {field}: correct its name, or leave it out");
            }
            found.push(serde_json::from_value(one).with_context(|| format!("provider {name}"))?);
        }
    }
    Ok(found)
}

/// A field that no `Provider` has: the API server would refuse it, or drop it without a word.
fn unknown(given: &Value) -> Option<String> {
    let typed: Provider = serde_json::from_value(given.clone()).ok()?;
    let kept = serde_json::to_value(&typed).ok()?;
    missing(&given["spec"], &kept["spec"], "spec")
}

/// The first field of `given` that is not in `kept`, but for what says nothing.
fn missing(given: &Value, kept: &Value, at: &str) -> Option<String> {
    match (given, kept) {
        (Value::Object(given), kept) => given.iter().find_map(|(key, value)| {
            let at = format!("{at}.{key}");
            match kept.get(key) {
                Some(kept) => missing(value, kept, &at),
                None if is_nothing(value) => None,
                None => Some(at),
            }
        }),
        (Value::Array(given), Value::Array(kept)) => given
            .iter()
            .zip(kept)
            .enumerate()
            .find_map(|(index, (given, kept))| missing(given, kept, &format!("{at}[{index}]"))),
        _ => None,
    }
}

/// Whether a value is what a field has when it is left out.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\
apiVersion: beffroi.fr/v1alpha1
kind: Provider
metadata: {name: atelier}
spec:
  legalName: Atelier
  seat: {country: FR}
";

    #[test]
    fn a_file_is_judged_and_says_what_is_missing() {
        let [found] = parse(FILE).unwrap().try_into().unwrap();
        let world = World {
            providers: BTreeMap::from([("atelier".to_owned(), Arc::new(found))]).into(),
            ..World::default()
        };
        for (profile, _) in PROFILES {
            let (text, worst) = judged(&world, &rules(profile).unwrap(), "atelier");
            assert_eq!(worst, Verdict::Unproven, "{text}");
            assert!(text.contains("JUR-01  UNPROVEN") && text.contains("ownershipStatement"), "{text}");
        }
    }

    #[test]
    fn what_nobody_reads_is_refused() {
        for (text, told) in [
            (FILE.replace("seat:", "siege: x\n  seat:"), "spec.siege"),
            (FILE.replace("country: FR", "country: FR, pays: FR"), "spec.seat.pays"),
            (FILE.replace("legalName: Atelier", "legalName: [a]"), "provider atelier"),
            ("a: [".to_owned(), "not YAML"),
        ] {
            let error = format!("{:#}", parse(&text).unwrap_err());
            assert!(error.contains(told), "{error}");
        }
        assert!(parse("kind: Secret").unwrap().is_empty());
    }
}
