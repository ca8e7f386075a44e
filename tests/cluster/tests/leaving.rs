//! However a test ends, nothing of its cluster stays.

// Helpers of tests too may fail the test by a panic.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{
    fs,
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use beffroi_cluster::{Cluster, Node};
use rustix::process::{Pid, Signal, kill_process};

/// Tells the other process's folder on a line of its own.
const FOLDER: &str = "the folder is ";

/// Not a test of its own: the process that the tests below end.
#[tokio::test]
#[ignore = "started by the other tests"]
async fn holds_a_cluster() {
    let cluster = Cluster::builder("held").node(Node::named("held-a")).start().await.unwrap();
    println!("{FOLDER}{}", cluster.folder().display());
    tokio::time::sleep(Duration::from_mins(5)).await;
}

#[test]
fn a_killed_process_leaves_nothing_running() {
    leaves_nothing_running(Signal::KILL);
}

#[test]
fn an_interrupted_process_leaves_nothing_running() {
    leaves_nothing_running(Signal::INT);
}

#[tokio::test]
async fn a_stopped_cluster_leaves_nothing_at_all() {
    let cluster = Cluster::builder("stopped").start().await.unwrap();
    let folder = cluster.folder().to_owned();
    assert!(running_in(&folder.display().to_string()) >= 4);
    cluster.stop();
    assert_eq!(running_in(&folder.display().to_string()), 0);
    assert!(!folder.exists());
}

fn leaves_nothing_running(signal: Signal) {
    let (mut holder, folder) = hold();
    let running = running_in(&folder);
    // Five components, each with its guard, and the admin's kubeconfig in most command lines.
    assert!(running >= 5, "etcd, API server, controller manager, scheduler and kwok run, not {running}");
    kill_process(Pid::from_child(&holder), signal).unwrap();
    holder.wait().unwrap();

    let asked = Instant::now();
    while running_in(&folder) > 0 {
        assert!(asked.elapsed() < Duration::from_secs(10), "{} processes stay", running_in(&folder));
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn hold() -> (Child, String) {
    let mut holder = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "holds_a_cluster", "--ignored", "--nocapture"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(holder.stdout.take().unwrap()).lines().map_while(Result::ok);
    let folder = lines.find_map(|line| line.split_once(FOLDER).map(|(_, folder)| folder.to_owned()));
    (holder, folder.expect("the other process tells its folder"))
}

/// How many processes have the folder in their command line.
fn running_in(folder: &str) -> usize {
    let processes = fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
    let in_folder = |path: PathBuf| {
        let command = fs::read(path.join("cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&command).contains(folder)
    };
    processes.filter(|path| in_folder(path.clone())).count()
}
