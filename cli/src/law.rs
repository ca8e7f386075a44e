//! A provider judged before anybody applies it: files → manifests → what the API server would refuse → providers → the rules
//! on providers → verdicts, who owns it, its certificates, and what is missing to prove it. No cluster, no network.

mod certificates;
mod files;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use anyhow::{Context, bail};
use beffroi_core::{
    facts::{Snapshot, World},
    message::Language,
    policy::{self, ownership::graph::graph},
};
use beffroi_crds::{Provider, SovereigntyPolicySpec, workspace::Verdict};
use clap::{Args, Subcommand};
use jiff::Timestamp;
use kube::ResourceExt;

use crate::{plain, provider, verify};
use files::Files;

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
  1  a file cannot be read, or the API server would refuse what is in it
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
    let mut files = Files::new()?;
    for (at, file) in check.files.iter().enumerate() {
        for found in files.read(file)? {
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
        bail!("no manifest of kind Provider is in {}: {}", check.files[0].display(), files.what_else());
    }
    let declared = Snapshot { providers: providers.into(), ..Snapshot::default() };
    let world = World { now: Timestamp::now(), declared: declared.into(), ..World::default() };
    let mut worst = Verdict::Pass;
    for name in wanted {
        let (text, verdict) = judged(&world, &policy, &name);
        print!("{text}");
        if gravity(verdict) > gravity(worst) {
            worst = verdict;
        }
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
    judgements.sort_by_key(|judgement| std::cmp::Reverse(gravity(judgement.verdict)));
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
    if let Some(provider) = world.providers.get(name) {
        out.push_str(&certificates::text(&provider.spec.certifications, world.today()));
    }
    if let Some(graph) = graph(&world.providers, name, &policy.law, Language::En) {
        for line in provider::text(&graph).lines() {
            out.push_str("  ");
            out.push_str(line);
            out.push('\n');
        }
    }
    let worst = judgements.first().map_or(Verdict::Pass, |judgement| judgement.verdict);
    (out, worst)
}

/// What is broken is graver than what is not proven.
fn gravity(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Pass => 0,
        Verdict::Unproven => 1,
        Verdict::Fail => 2,
    }
}

fn rules(policy: &str) -> anyhow::Result<SovereigntyPolicySpec> {
    match PROFILES.iter().find(|(name, _)| *name == policy) {
        Some((name, text)) => verify::policy::parse(text).with_context(|| format!("profile {name}")),
        None => verify::policy::read(Path::new(policy))
            .with_context(|| "--policy takes a profile (standard, donnees-sensibles, sante) or a file"),
    }
}
