//! `make bench`: what the evidence log appends in a second, against Tessera's POSIX driver on the same disk in
//! one run, and what it takes to prove, verify and find an entry among a million.

use std::{
    path::Path,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use beffroi_cluster::parts::{Extra, Parts};
use beffroi_core::{
    evidence::{
        Expected, PublicKeys, SigningKeys,
        dsse::Envelope,
        statement::{Action, Audit, Told, WorkspaceRef, audit},
        verify,
    },
    message::Message,
};
use beffroi_log::{Entry, Filter, Kind, Reader, Store, Writer};
use clap::Parser;
use jiff::Timestamp;
use tempfile::TempDir;

/// Measures the evidence log.
#[derive(Parser)]
struct Options {
    /// Seconds of each round of appends.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// Entries of the log in which proofs are verified.
    #[arg(long, default_value_t = 1_000_000)]
    entries: u64,
    /// Folder to measure in; the disk that holds it is what is measured.
    #[arg(long, default_value = "target")]
    folder: std::path::PathBuf,
}

/// Entries in flight: each is appended only after the one before it of the same caller was covered.
const APPENDERS: [usize; 4] = [1, 64, 1024, 8192];
/// Rounds of each contestant, in turn.
const ROUNDS: u32 = 2;
/// Bytes of an entry, about.
const ENTRY: usize = 1536;
/// Envelopes signed before.
const SIGNED: u64 = 4096;

#[tokio::main]
async fn main() -> Result<()> {
    let options = Options::parse();
    appends(&options).await?;
    proofs(&options).await
}

/// Appends a second, ours and Tessera's, by entries in flight.
async fn appends(options: &Options) -> Result<()> {
    let tessera = Parts::extra(Extra::Tessera)?.program(Extra::Tessera.program());
    let size = entry_size()?;
    println!(
        "appends: entries of {size} bytes, durable by fsync and covered by a published checkpoint before they \
         count; {ROUNDS} rounds of {} s each, in turn. Signed before (as Tessera takes bytes, signed or not), and \
         with the making and signing (ECDSA P-256) of each statement",
        options.seconds
    );
    println!(
        "Tessera v1.0.4, POSIX driver: batches of up to 1024 after 5 ms, checkpoints every 100 ms (it takes no \
         less), publication polled every 1 ms"
    );
    let signed = Arc::new(signed(ENTRY)?);
    for appenders in APPENDERS {
        let (mut ours, mut signing, mut theirs) = (0.0, 0.0, 0.0);
        for _ in 0..ROUNDS {
            ours += append(options, appenders, Some(&signed)).await? / f64::from(ROUNDS);
            signing += append(options, appenders, None).await? / f64::from(ROUNDS);
            theirs += append_to_tessera(options, &tessera, appenders, size)? / f64::from(ROUNDS);
        }
        println!(
            "{appenders:5} in flight: {ours:7.0}/s (ratio {:.2}), with signing {signing:7.0}/s (ratio {:.2}), \
             Tessera {theirs:7.0}/s",
            ours / theirs,
            signing / theirs
        );
    }
    Ok(())
}

/// Appends a second, of envelopes signed before (again and again the same few thousand) or of new statements.
async fn append(options: &Options, appenders: usize, signed: Option<&Arc<Vec<Envelope>>>) -> Result<f64> {
    let folder = TempDir::new_in(&options.folder)?;
    let writer = Writer::open(Store::folder(folder.path(), true)?, keys()?, 1).await?;
    let number = Arc::new(AtomicU64::new(0));
    let started = Instant::now();
    let span = Duration::from_secs(options.seconds);
    let tasks: Vec<_> = (0..appenders)
        .map(|_| {
            let (writer, number, signed) = (writer.clone(), Arc::clone(&number), signed.cloned());
            tokio::spawn(async move {
                let mut covered = 0_u32;
                while started.elapsed() < span {
                    let number = number.fetch_add(1, Ordering::Relaxed);
                    let appended = match &signed {
                        Some(signed) => {
                            let place = usize::try_from(number % SIGNED)?;
                            writer.append_signed(std::slice::from_ref(&signed[place])).await?
                        }
                        None => writer.append(vec![entry(number, ENTRY)?]).await?,
                    };
                    covered += u32::try_from(appended.len())?;
                }
                anyhow::Ok(covered)
            })
        })
        .collect();
    let mut covered = 0;
    for task in tasks {
        covered += task.await??;
    }
    Ok(f64::from(covered) / started.elapsed().as_secs_f64())
}

fn append_to_tessera(options: &Options, tessera: &Path, appenders: usize, size: usize) -> Result<f64> {
    let folder = TempDir::new_in(&options.folder)?;
    let output = Command::new(tessera)
        .arg(format!("-folder={}", folder.path().display()))
        .arg(format!("-appenders={appenders}"))
        .arg(format!("-size={size}"))
        .arg(format!("-span={}s", options.seconds))
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let (covered, seconds) = text.trim().split_once(' ').with_context(|| {
        format!("Tessera did not tell its figures: {}", String::from_utf8_lossy(&output.stderr))
    })?;
    Ok(covered.parse::<f64>()? / seconds.parse::<f64>()?)
}

/// Time to make, verify and find, in a log of many entries.
async fn proofs(options: &Options) -> Result<()> {
    let folder = TempDir::new_in(&options.folder)?;
    let store = Store::folder(folder.path(), false)?;
    let started = Instant::now();
    let public = fill(store.clone(), options.entries).await?;
    println!(
        "a log of {} entries, {SIGNED} signed ones again and again; filled without fsync in {:.0} s",
        options.entries,
        started.elapsed().as_secs_f64()
    );
    let reader = Reader::new(store.clone());
    let (mut made, mut verified) = (Vec::new(), Vec::new());
    for sample in 0..1000 {
        // Spread over the whole log, in no order.
        let index = sample * 7_919_993 % options.entries;
        let started = Instant::now();
        let bundle = reader.bundle(index, None).await?;
        made.push(started.elapsed());
        let text = bundle.to_vec()?;
        let started = Instant::now();
        let found = verify(&text, &public, &Expected::default())?;
        verified.push(started.elapsed());
        ensure!(found.log_index == index && found.checkpoint.size == options.entries, "another entry");
    }
    tell("verifying a bundle: text, both signatures, inclusion (aim: below 1 ms)", &mut verified);
    tell("making a bundle (Reader::bundle)", &mut made);

    for (what, filter) in [
        ("of one tenant", Filter { tenant: Some("tenant-7".into()), ..Filter::default() }),
        ("of one workspace", Filter { workspace: Some("workspace-7".into()), ..Filter::default() }),
        ("of a kind that is not there", Filter { kind: Some(Kind::DataLocation), ..Filter::default() }),
    ] {
        let mut listed = Vec::new();
        let mut found = 0;
        for _ in 0..10 {
            let started = Instant::now();
            found = reader.list(&filter).await?.len();
            listed.push(started.elapsed());
        }
        tell(&format!("listing the newest 100 {what}: {found} found"), &mut listed);
    }
    let mut opened = Vec::new();
    for epoch in 2..7 {
        let started = Instant::now();
        Writer::open(store.clone(), keys()?, epoch).await?;
        opened.push(started.elapsed());
    }
    tell("opening it for writing", &mut opened);
    Ok(())
}

/// Appends envelopes signed before, again and again the same few thousand.
async fn fill(store: Store, entries: u64) -> Result<PublicKeys> {
    let writer = Writer::open(store, keys()?, 1).await?;
    let signed = signed(0)?;
    while writer.size() < entries {
        let left = usize::try_from(entries - writer.size())?;
        writer.append_signed(&signed[..left.min(signed.len())]).await?;
    }
    Ok(writer.public())
}

/// A few thousand envelopes.
fn signed(size: usize) -> Result<Vec<Envelope>> {
    let keys = keys()?;
    (0..SIGNED).map(|number| Ok(Envelope::sign(&entry(number, size)?.statement.to_vec()?, &keys))).collect()
}

/// Median and 99th percentile.
fn tell(what: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let at = |percent: usize| times[(times.len() - 1) * percent / 100].as_secs_f64() * 1e3;
    println!("{what}: median {:.3} ms, p99 {:.3} ms of {}", at(50), at(99), times.len());
}

fn keys() -> Result<SigningKeys> {
    let text = SigningKeys::from_seeds(&[1; 32], &[2; 32], None)?;
    Ok(SigningKeys::parse(&text.statement, &text.checkpoint)?)
}

/// An audit entry; signed, it has about `size` bytes, or as few as it can.
fn entry(number: u64, size: usize) -> Result<Entry> {
    // What envelope, signature and the other fields take, and base64 makes of the rest.
    const REST: usize = 950;
    let tenant_uid = format!("tenant-{}", number % 5000);
    let workspace = WorkspaceRef {
        uid: format!("workspace-{}", number % 20_000),
        tenant_uid: tenant_uid.clone(),
        ..WorkspaceRef::default()
    };
    let entry = Audit {
        time: Timestamp::UNIX_EPOCH,
        action: Action::Intervention,
        tenant: "lyon".into(),
        tenant_uid,
        workspace: Some(workspace),
        site: Some("par1".into()),
        siren: None,
        object: format!("v1/ConfigMap/settings-{number}"),
        actor: None,
        note: Told::from(&Message::verbatim("x".repeat(size.saturating_sub(REST) * 3 / 4))),
        remains: None,
    };
    Ok(audit(entry, &number)?.into())
}

/// Bytes of an entry as it stands in the log.
fn entry_size() -> Result<usize> {
    let statement = entry(1_000_000, ENTRY)?.statement.to_vec()?;
    Ok(Envelope::sign(&statement, &keys()?).to_entry()?.len())
}
