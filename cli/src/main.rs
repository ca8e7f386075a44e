//! `beffroi`, found by kubectl as `kubectl beffroi`: arguments → one command a module → what it prints, and an exit
//! code.

mod access;
mod evidence;
mod health;
mod keys;
mod law;
mod log;
mod manifest;
mod map;
mod period;
mod probe;
mod provider;
mod rules;
mod verify;
mod workspace;

use std::process::ExitCode;

use beffroi_core::message::Language;
use clap::{
    CommandFactory, Parser, Subcommand,
    builder::{PossibleValuesParser, TypedValueParser},
};
use clap_complete::Shell;

/// Where workspaces lie, why, and the proof of it.
#[derive(Parser)]
#[command(
    name = "beffroi",
    version,
    after_help = "\
Examples:
  kubectl beffroi where communication -n tenant-ght-bm
  kubectl beffroi explain communication -n tenant-ght-bm
  kubectl beffroi explain provider outscale --policy sante
  beffroi rules --language fr
  beffroi law check provider.yaml --policy sante

  # The log is served on the operator's own loopback, for those who may reach it:
  kubectl -n beffroi-system port-forward deployment/beffroi-operator 8081 &
  beffroi log --tenant ght-bm
  beffroi evidence communication -n tenant-ght-bm -o bundle.json

  # Anywhere, without network and cluster; the key comes from whom you trust, not with the bundle:
  beffroi verify bundle.json --key beffroi.pub"
)]
struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// On which sites a workspace lies, on a map of France, and whether it lies where it may.
    Where(access::Target),
    /// Why a workspace lies where it does, and why each other site was refused; or who owns a provider.
    #[command(args_conflicts_with_subcommands = true)]
    Explain(Explain),
    /// Writes the newest proof of where a workspace's data lies, or all of a period, in one file that verifies offline.
    Evidence(evidence::Arguments),
    /// Checks a bundle offline: what it proves, when, where, by which rules, and what it does not prove. Or images of
    /// Beffroi itself.
    #[command(after_help = verify::CODES, args_conflicts_with_subcommands = true)]
    Verify(verify::Verify),
    /// Entries of the audit log, newest first.
    Log(log::Arguments),
    /// Keys that sign evidence.
    #[command(subcommand)]
    Keys(keys::Command),
    /// The rules of sovereignty, with their legal source.
    Rules {
        /// Language of the texts.
        #[arg(long, value_parser = languages(), default_value = "fr")]
        language: Language,
    },
    /// The law, before anything is applied.
    #[command(subcommand)]
    Law(law::Command),
    /// Asks operator and API for their health, each by every address that its name has; fails unless all are well.
    Health(health::Arguments),
    /// Tries what the network lets the pod reach that this runs in. The operator makes such pods, where a policy asks.
    #[command(hide = true)]
    Probe(probe::Arguments),
    /// A completion script for a shell.
    #[command(after_help = "Example:\n  source <(beffroi completion bash)")]
    Completion {
        /// The shell.
        shell: Shell,
    },
}

/// What is explained.
#[derive(clap::Args)]
struct Explain {
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    target: Option<access::Target>,
}

#[derive(Subcommand)]
enum What {
    /// Who owns a provider, as the rules of a policy count it, and by which path they refuse it.
    Provider(provider::Asked),
}

/// Reads a language by its tag.
fn languages() -> impl TypedValueParser<Value = Language> {
    PossibleValuesParser::new(["fr", "en"]).map(|tag| if tag == "en" { Language::En } else { Language::Fr })
}

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    match run(options.command).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// What comes from a cluster or a file, for a terminal: control characters could rewrite what stands there.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Verify(arguments) => return verify::run(&arguments),
        Command::Law(command) => return law::run(&command),
        Command::Probe(arguments) => return probe::run(&arguments),
        Command::Health(arguments) => return health::run(&arguments).await,
        Command::Where(target) => workspace::print_location(&target).await?,
        Command::Explain(Explain { what: Some(What::Provider(asked)), .. }) => {
            provider::explain(&asked).await?;
        }
        Command::Explain(Explain { target: Some(target), .. }) => {
            workspace::print_explanation(&target).await?;
        }
        Command::Explain(_) => {
            anyhow::bail!("name a workspace, or `provider NAME`: `beffroi explain --help` shows both")
        }
        Command::Evidence(arguments) => evidence::run(&arguments).await?,
        Command::Log(arguments) => return log::run(&arguments).await,
        Command::Keys(command) => keys::run(&command)?,
        Command::Rules { language } => print!("{}", rules::text(language)),
        Command::Completion { shell } => {
            clap_complete::generate(shell, &mut Options::command(), "beffroi", &mut std::io::stdout());
        }
    }
    Ok(ExitCode::SUCCESS)
}
