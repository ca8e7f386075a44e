//! `beffroi`, found by kubectl as `kubectl beffroi`: parse → read the workspace → print.

mod rules;
mod workspace;

use std::process::ExitCode;

use anyhow::anyhow;
use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

/// Where workspaces lie, and why.
#[derive(Parser)]
#[command(
    name = "beffroi",
    version,
    after_help = "\
Examples:
  kubectl beffroi where communication -n tenant-ght-bm
  kubectl beffroi explain communication -n tenant-ght-bm
  beffroi rules --language fr"
)]
struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// On which sites a workspace lies.
    Where(Target),
    /// Why a workspace lies where it does, and why each other site was refused.
    Explain(Target),
    /// The rules of sovereignty, with their legal source.
    Rules {
        /// Language of the texts.
        #[arg(long, value_enum, default_value_t = Language::Fr)]
        language: Language,
    },
    /// A completion script for a shell.
    Completion {
        /// The shell.
        shell: Shell,
    },
}

/// A workspace, and how to print it.
#[derive(clap::Args)]
struct Target {
    /// Name of the workspace.
    workspace: String,
    /// Namespace of its tenant, tenant-NAME; by default that of the current context.
    #[arg(short, long)]
    namespace: Option<String>,
    /// How to print it.
    #[arg(short, long, value_enum, default_value_t = Output::Text)]
    output: Output,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Output {
    Text,
    Json,
    Yaml,
}

#[derive(Clone, Copy, ValueEnum)]
enum Language {
    Fr,
    En,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> anyhow::Result<()> {
    match Options::parse().command {
        Command::Where(target) => print(&target, workspace::location).await,
        Command::Explain(target) => print(&target, workspace::explanation).await,
        Command::Rules { language } => {
            print!("{}", rules::text(language));
            Ok(())
        }
        Command::Completion { shell } => {
            clap_complete::generate(shell, &mut Options::command(), "beffroi", &mut std::io::stdout());
            Ok(())
        }
    }
}

async fn print(target: &Target, text: fn(&beffroi_crds::Workspace) -> String) -> anyhow::Result<()> {
    rustls::crypto::ring::default_provider()
        .install_default()
        .map_err(|_| anyhow!("a TLS provider was installed before"))?;
    let found = workspace::read(target).await?;
    match target.output {
        Output::Text => print!("{}", text(&found)),
        Output::Json => println!("{}", serde_json::to_string_pretty(&found.status)?),
        Output::Yaml => print!("{}", serde_yaml::to_string(&found.status)?),
    }
    Ok(())
}
