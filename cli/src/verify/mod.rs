//! `beffroi verify`: files → offline verification in core → what is proven, in French or English → exit code.
//! No network, no cluster.

mod policy;
mod refusal;
mod text;

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use beffroi_core::evidence::{
    Bundle, Expected, Predicate, Verified,
    checkpoint::Checkpoint,
    statement::{LocationVerdict, Version},
    verify::{self, Error, Kind},
};
use clap::{Args, ValueEnum};
use jiff::{SignedDuration, Timestamp};

use crate::{Language, keys};

/// Exit codes, for `--help`.
pub(crate) const CODES: &str = "\
Exit codes:
  0   genuine, and the data lies where the rules in the bundle allow (with --type, what was asked for, genuine)
  1   a file cannot be read
  2   the command line is wrong
  10  genuine, and the data does NOT lie where the rules allow
  11  genuine, and nobody could tell where the data lies, or nothing of it was seen
  12  genuine, of the first version: neither its verdict nor its rules are bound to anything, take them on trust or not
  20  not genuine: changed, forged, of another key, or not in the log
  21  genuine, but not what was expected: another workspace, too old, an older state of the log
  22  two different logs under one name: someone lies to somebody
  23  genuine, but of another type: an entry of the audit log, say, which proves no place (see --type)
  24  genuine, but under other rules than those of --policy

Examples:
  beffroi verify bundle.json --key beffroi.pub --workspace tenant-ght-bm/communication --max-age 26h --state log.state
  beffroi verify bundle.json --key beffroi.pub --policy sante.yaml      # are these the rules that I know?
  beffroi verify entry.json --key beffroi.pub --type audit";

/// What to verify, and what to expect.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The bundle.
    bundle: PathBuf,
    /// Public keys that you trust: the file that the hosting provider published, not one that came with the bundle.
    #[arg(long, value_name = "BEFFROI.PUB")]
    key: PathBuf,
    /// What the bundle must hold.
    #[arg(long = "type", value_enum, value_name = "TYPE", default_value_t = Type::Location)]
    kind: Type,
    /// Your own copy of the policy (a manifest of kind `SovereigntyPolicy`, YAML or JSON): the rules in the bundle
    /// must be its own, whatever name they bear there.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Workspace that it must be about: its UID, or NAMESPACE/NAME.
    #[arg(long)]
    workspace: Option<String>,
    /// Oldest statement that is taken, for example 26h: an old bundle stays genuine for ever.
    #[arg(long, value_parser = age)]
    max_age: Option<SignedDuration>,
    /// What you saw of this log last: the log must have grown from there. Written anew once the bundle holds.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Language of the report.
    #[arg(long, value_enum, default_value_t = Language::Fr)]
    language: Language,
}

/// What a bundle may hold.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Type {
    /// Where the data of a workspace lies.
    Location,
    /// An entry of the audit log.
    Audit,
    /// A change of keys.
    Keys,
    /// Whatever it is.
    Any,
}

impl Type {
    fn kind(self) -> Option<Kind> {
        match self {
            Self::Location => Some(Kind::Location),
            Self::Audit => Some(Kind::Audit),
            Self::Keys => Some(Kind::Keys),
            Self::Any => None,
        }
    }
}

fn age(text: &str) -> Result<SignedDuration, String> {
    text.parse().map_err(|error| format!("{error}: write it as 26h, 90m or 2d of 24h each (48h)"))
}

/// Verifies, prints, and tells the exit code.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let bundle =
        fs::read(&arguments.bundle).with_context(|| format!("reading {}", arguments.bundle.display()))?;
    let keys = keys::public(&arguments.key)?;
    let expected = Expected {
        kind: arguments.kind.kind(),
        policy: arguments.policy.as_deref().map(policy::read).transpose()?,
        workspace: arguments.workspace.clone(),
        fresh: arguments.max_age.map(|age| (Timestamp::now(), age)),
        known: arguments.state.as_deref().map(known).transpose()?.flatten(),
    };
    match verify::verify(&bundle, &keys, &expected) {
        Ok(verified) => {
            print!("{}", text::report(&verified, &expected, arguments.language));
            if let Some(path) = &arguments.state {
                remember(path, &bundle)?;
            }
            Ok(code(&verified).into())
        }
        Err(error) => {
            eprintln!("{}", refusal::text(&error, arguments.language));
            Ok(refused(&error).into())
        }
    }
}

fn known(path: &Path) -> anyhow::Result<Option<Checkpoint>> {
    if !path.exists() {
        return Ok(None);
    }
    let note = fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    let checkpoint = Checkpoint::read(&note).with_context(|| {
        format!("{} is no state of a log: is it the file that --state wrote?", path.display())
    })?;
    Ok(Some(checkpoint))
}

/// Keeps the state of the log that the bundle rests on, in place of the one that it was compared with; never an
/// older one, should somebody else have written a newer one meanwhile. The file is replaced whole.
fn remember(path: &Path, bundle: &[u8]) -> anyhow::Result<()> {
    let bundle = Bundle::parse(bundle)?;
    let size = Checkpoint::read(&bundle.checkpoint)?.size;
    if known(path)?.is_some_and(|there| there.size >= size) {
        return Ok(());
    }
    let partial = path.with_extension(format!("{}.partial", std::process::id()));
    fs::write(&partial, bundle.checkpoint).with_context(|| format!("writing {}", partial.display()))?;
    fs::rename(&partial, path).with_context(|| format!("writing {}", path.display()))
}

fn code(verified: &Verified) -> u8 {
    match &verified.statement.predicate {
        Predicate::DataLocation(claim) => match claim.verification_result {
            LocationVerdict::Located if claim.version == Version::First => 12,
            LocationVerdict::Located => 0,
            LocationVerdict::NotLocated => 10,
            LocationVerdict::Unknown => 11,
        },
        Predicate::Audit(_) | Predicate::KeyRotation(_) => 0,
    }
}

fn refused(error: &Error) -> u8 {
    match error {
        Error::OtherKind { .. } => 23,
        Error::OtherPolicy { .. } => 24,
        Error::SplitView { .. } | Error::NotGrown { .. } => 22,
        Error::OtherWorkspace { .. }
        | Error::FromTheFuture(_)
        | Error::TooOld { .. }
        | Error::OtherLog { .. }
        | Error::OldCheckpoint { .. }
        | Error::NoConsistency { .. } => 21,
        Error::Bundle(_)
        | Error::Envelope(_)
        | Error::Checkpoint(_)
        | Error::Statement(_)
        | Error::Successor(_)
        | Error::Rotation { .. }
        | Error::Authority(_)
        | Error::NotInLog { .. }
        | Error::OtherSubject
        | Error::OtherObservation
        | Error::DoesNotFollow(_) => 20,
    }
}
