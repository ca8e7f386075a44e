//! `beffroi verify`: files → offline verification in core → what is proven, in French or English → exit code.
//! No network, no cluster. And `beffroi verify image`, `beffroi verify archive`: what Beffroi itself is handed out as.

mod distribution;
mod many;
pub(crate) mod policy;
mod refusal;
mod text;

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use beffroi_core::evidence::{
    Expected, Predicate, Verified,
    checkpoint::Checkpoint,
    period,
    statement::{LocationVerdict, Version},
    verify::{self, Kind},
};
use clap::{Args, ValueEnum};
use jiff::{SignedDuration, Timestamp};

use crate::{Language, keys, languages};

pub(crate) use beffroi_core::evidence::verify::Error;

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

Of a period, the worst of its statements counts: 10 where the data once lay where it must not.

Examples:
  beffroi verify bundle.json --key beffroi.pub --workspace tenant-ght-bm/communication --max-age 26h --state log.state
  beffroi verify bundle.json --key beffroi.pub --policy sante.yaml      # are these the rules that I know?
  beffroi verify entry.json --key beffroi.pub --type audit
  beffroi verify november.jsonl --key beffroi.pub                       # a period, as one
  beffroi verify image beffroi-0.1.0/images --key beffroi.pub           # what Beffroi itself runs as";

/// A bundle of evidence, or what Beffroi itself is handed out as.
#[derive(Args)]
pub(crate) struct Verify {
    #[command(subcommand)]
    distribution: Option<distribution::Distribution>,
    #[command(flatten)]
    evidence: Option<Arguments>,
}

/// What to verify, and what to expect.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The bundle, or the file of a period.
    bundle: PathBuf,
    /// Public keys that you trust: the file that the hosting provider published, not one that came with the bundle.
    #[arg(long, value_name = "BEFFROI.PUB")]
    key: PathBuf,
    /// What the bundle must hold; by default a statement on location. A period (see `beffroi evidence --from`) may by
    /// default hold whatever there is, but for some statement on location.
    #[arg(long = "type", value_enum, value_name = "TYPE")]
    kind: Option<Type>,
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
    /// What you saw of this log last: the log must have grown from there, and times must not have run backwards since
    /// (FILE.time keeps the newest that was verified). Written anew once the bundle holds.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Language of the report.
    #[arg(long, value_parser = languages(), default_value = "fr")]
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
pub(crate) fn run(verify: &Verify) -> anyhow::Result<ExitCode> {
    match verify {
        Verify { distribution: Some(distribution), .. } => distribution::run(distribution),
        Verify { evidence: Some(arguments), .. } => evidence(arguments),
        Verify { .. } => anyhow::bail!("name a bundle, and --key: `beffroi verify --help` shows how"),
    }
}

fn evidence(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let bundle =
        fs::read(&arguments.bundle).with_context(|| format!("reading {}", arguments.bundle.display()))?;
    let keys = keys::public(&arguments.key)?;
    if period::is_one(&bundle) {
        return many::run(arguments, &bundle, &keys);
    }
    let expected = Expected {
        kind: arguments.kind.unwrap_or(Type::Location).kind(),
        policy: arguments.policy.as_deref().map(policy::read).transpose()?,
        workspace: arguments.workspace.clone(),
        fresh: arguments.max_age.map(|age| (Timestamp::now(), age)),
        known: arguments.state.as_deref().map(known).transpose()?.flatten(),
        seen: arguments.state.as_deref().and_then(seen),
    };
    match verify::verify(&bundle, &keys, &expected) {
        Ok(verified) => {
            print!("{}", text::report(&verified, &expected, arguments.language));
            if let Some(path) = &arguments.state {
                remember(path, &verified.note)?;
                remember_time(path, verified.log_index, verified.statement.predicate.time())?;
            }
            Ok(code(&verified).into())
        }
        Err(error) => {
            eprintln!("{}", refusal::text(&error, arguments.language));
            Ok(refused(&error).into())
        }
    }
}

pub(crate) fn known(path: &Path) -> anyhow::Result<Option<Checkpoint>> {
    if !path.exists() {
        return Ok(None);
    }
    let note = fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    let checkpoint = Checkpoint::read(&note).with_context(|| {
        format!("{} is no state of a log: is it the file that --state wrote?", path.display())
    })?;
    Ok(Some(checkpoint))
}

/// Where the time of the newest entry that was verified is kept: beside the state, which is the log's own text.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".time");
    name.into()
}

/// Place and time of the newest entry that was verified with a state; nothing, where none was or it cannot be read.
pub(crate) fn seen(path: &Path) -> Option<(u64, Timestamp)> {
    let text = fs::read_to_string(beside(path)).ok()?;
    let (index, time) = text.trim_end().split_once(' ')?;
    Some((index.parse().ok()?, time.parse().ok()?))
}

/// Keeps place and time of an entry that was verified, where it is the newest.
pub(crate) fn remember_time(path: &Path, index: u64, time: Timestamp) -> anyhow::Result<()> {
    if seen(path).is_some_and(|(newest, _)| newest >= index) {
        return Ok(());
    }
    let path = beside(path);
    fs::write(&path, format!("{index} {time}\n")).with_context(|| format!("writing {}", path.display()))
}

/// Keeps the state of the log that was verified, in place of the one that it was compared with; never an older one,
/// should somebody else have written a newer one meanwhile. The file is replaced whole.
pub(crate) fn remember(path: &Path, note: &str) -> anyhow::Result<()> {
    let size = Checkpoint::read(note)?.size;
    if known(path)?.is_some_and(|there| there.size >= size) {
        return Ok(());
    }
    let partial = path.with_extension(format!("{}.partial", std::process::id()));
    fs::write(&partial, note).with_context(|| format!("writing {}", partial.display()))?;
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

/// The exit code of a refusal.
pub(crate) fn refused(error: &Error) -> u8 {
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
        | Error::BackInTime { .. }
        | Error::OtherSubject
        | Error::OtherObservation
        | Error::DoesNotFollow(_) => 20,
    }
}
