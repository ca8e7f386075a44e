//! A process that appends is killed by `SIGKILL` at random moments, again and again, in one folder; each time
//! the next one goes on, and in the end nothing that was told is lost.

#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "log/common.rs"]
mod common;

use std::{
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use beffroi_core::evidence::checkpoint::Checkpoint;
use beffroi_log::{Error, Reader, Store, Writer};
use common::{Promises, keys, thing, time};
use tempfile::TempDir;

/// Set for the process that is killed: its folder and its number.
const VICTIM: &str = "BEFFROI_LOG_VICTIM";
const KILLS: u64 = 60;
/// Appends of which victims were told: fewer would prove little.
const ENOUGH: usize = 100;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    match std::env::var(VICTIM) {
        Ok(task) => runtime.block_on(victim(&task)),
        Err(_) => runtime.block_on(killed_at_random()),
    }
}

/// Appends from several tasks, rotating at times, and tells what was acknowledged, line by line.
async fn victim(task: &str) {
    let (number, folder) = task.split_once(' ').unwrap();
    let number: u64 = number.parse().unwrap();
    let store = Store::folder(folder.as_ref(), true).unwrap();
    let mut seed = 1;
    let writer = loop {
        match Writer::open(store.clone(), keys(seed), number).await {
            Ok(writer) => break writer,
            Err(Error::Rotated { .. } | Error::OtherKeys { .. }) if seed < 100 => seed += 1,
            Err(error) => panic!("{error}"),
        }
    };
    if number.is_multiple_of(10) && seed < 100 {
        writer.rotate(keys(seed + 1), time()).await.unwrap();
    }
    let tasks = (0..4).map(|task| {
        let writer = writer.clone();
        tokio::spawn(async move {
            for count in 0.. {
                let names: Vec<String> =
                    (0..=count % 3).map(|n| format!("{number}/{task}/{count}/{n}")).collect();
                let entries = names.iter().map(|name| thing(name)).collect();
                let indexes = writer.append(entries).await.unwrap();
                let lines = indexes.iter().zip(&names).map(|(index, name)| format!("{index} {name}\n"));
                std::io::stdout().write_all(lines.collect::<String>().as_bytes()).unwrap();
            }
        })
    });
    futures::future::join_all(tasks).await;
}

async fn killed_at_random() {
    let folder = TempDir::new().unwrap();
    let mut promises = Promises::default();
    let started = Instant::now();
    // A pseudo-random wait: from before the log is opened until well into its work.
    let mut random = u64::from(std::process::id()) | 1;
    let mut number = 0;
    // On a slow disk many die before the first append.
    while number < KILLS || promises.acknowledged.len() <= ENOUGH && number < 10 * KILLS {
        number += 1;
        let mut victim = Command::new(std::env::current_exe().unwrap())
            .env(VICTIM, format!("{number} {}", folder.path().display()))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(victim.stdout.take().unwrap()).lines();
        let told = std::thread::spawn(move || lines.map_while(Result::ok).collect::<Vec<_>>());
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        tokio::time::sleep(Duration::from_millis(5 + random % (250 * (1 + number / KILLS)))).await;
        assert!(victim.try_wait().unwrap().is_none(), "victim {number} ended by itself");
        victim.kill().unwrap();
        victim.wait().unwrap();
        for line in told.join().unwrap() {
            // The last line may be cut: nobody was told of it then.
            if let Some((index, name)) = line.split_once(' ')
                && name.split('/').count() == 4
                && let Ok(index) = index.parse()
            {
                promises.acknowledged.push((index, name.to_owned()));
            }
        }
        let reader = Reader::new(Store::folder(folder.path(), false).unwrap());
        promises.checkpoints.extend(reader.checkpoint().await.unwrap());
    }
    let store = Store::folder(folder.path(), false).unwrap();
    let note = promises.checkpoints.last().expect("no victim came to append");
    let seed = (1..100).find(|seed| Checkpoint::verify(note, &[keys(*seed).public()]).is_ok()).unwrap();
    let mut opened = Writer::open(store.clone(), keys(seed), number + 1).await;
    if matches!(opened, Err(Error::Rotated { .. })) {
        opened = Writer::open(store.clone(), keys(seed + 1), number + 1).await;
    }
    let index = opened.unwrap().append(vec![thing("last")]).await.unwrap()[0];
    promises.acknowledged.push((index, "last".into()));
    assert!(promises.acknowledged.len() > ENOUGH, "only {} appends were told", promises.acknowledged.len());
    let names = promises.check(store, keys(1).public()).await;
    let mut distinct: Vec<&String> = names.iter().filter(|name| *name != "beffroi.fr/keys").collect();
    distinct.sort();
    let before = distinct.len();
    distinct.dedup();
    assert_eq!(distinct.len(), before, "something stands twice");
    println!(
        "killed {number} times in {:.1} s: {} entries acknowledged, {} in the log, {} checkpoints seen, keys {seed}",
        started.elapsed().as_secs_f64(),
        promises.acknowledged.len(),
        names.len(),
        promises.checkpoints.len(),
    );
}
