//! `beffroi-images`, called by `make images` and `make bundle`: images of our programs, without a container engine, and
//! one archive that installs without internet.
//!
//! Pipeline: [`closure`] (a program → the files that it needs to run) → [`layer`] (files → bytes that are the same each
//! time) → [`image`] (layers and configuration → manifest) → [`layout`] (all by digest, in one folder with an index) →
//! [`bill`] (what is in it) and [`signed`] (how it was built, signed) → [`bundle`] (with charts and CRDs, in one file).
//!
//! Nothing here asks the clock or the network: what is written follows from the commit and from the machine's C library.

mod bill;
mod bundle;
mod closure;
mod facts;
mod image;
mod layer;
mod layout;
mod packages;
mod signed;
#[cfg(test)]
mod tests;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

/// Programs that become images; each is the name of its image too.
const PROGRAMS: [&str; 3] = ["beffroi-operator", "beffroi-api", "beffroi"];

/// Writes images and the archive.
#[derive(Parser)]
#[command(version)]
struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Writes the images as one OCI layout.
    Layout(Layout),
    /// Writes images, charts and CRDs as one archive.
    Bundle(bundle::Arguments),
}

/// What the images are made of.
#[derive(clap::Args)]
struct Layout {
    /// Folder of the programs.
    #[arg(long)]
    programs: PathBuf,
    /// Crates of the programs: what `cargo tree --prefix depth --format "|{p}|{l}"` said.
    #[arg(long)]
    crates: PathBuf,
    /// Cargo.lock.
    #[arg(long)]
    lock: PathBuf,
    /// Machine that they run on.
    #[arg(long, value_enum, default_value = "amd64")]
    machine: closure::Machine,
    /// Folder to write; one that is there is replaced.
    #[arg(long)]
    out: PathBuf,
    #[command(flatten)]
    facts: facts::Facts,
}

fn main() -> ExitCode {
    let done = match Options::parse().command {
        Command::Layout(asked) => image::write_all(&asked),
        Command::Bundle(asked) => bundle::write(&asked),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
