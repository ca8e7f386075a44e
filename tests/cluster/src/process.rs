//! Processes that never outlive who started them.
//!
//! Each runs under the `guard` program, which ends it when the pipe to us closes: at our exit, our panic, a
//! Ctrl-C or our death by `kill -9`.

use std::{
    fs::{self, File},
    io::{self, Write},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use crate::{Error, parts::Parts};

/// Takes away what leads programs to a proxy: all that these ask is on this machine.
pub fn without_proxy(command: &mut Command) -> &mut Command {
    let names = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
    names.into_iter().fold(command, |command, name| command.env_remove(name))
}

/// Go collects garbage when the heap has grown by so many percent: these programs live for minutes, and processors are
/// scarcer than memory (a start takes a third less of them than with Go's own 100).
const COLLECT: &str = "400";

/// A process under guard; dropped, it ends.
#[derive(Debug)]
pub struct Guarded {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Guarded {
    /// Starts `command` with its output in `FOLDER/NAME.log`.
    ///
    /// # Errors
    /// When the log cannot be written or the guard cannot be started.
    pub fn start(
        parts: &Parts,
        name: &str,
        folder: &Path,
        command: &[String],
        env: &[(&str, String)],
    ) -> Result<Self, Error> {
        let log = folder.join(format!("{name}.log"));
        let output =
            File::options().create(true).append(true).open(&log).map_err(Error::files("opening", &log))?;
        let errors = output.try_clone().map_err(Error::files("opening", &log))?;
        let guard = parts.program("guard");
        let child = without_proxy(&mut Command::new(&guard))
            .args(command)
            .env("GOGC", COLLECT)
            .envs(env.iter().map(|(key, value)| (*key, value)))
            .stdin(Stdio::piped())
            .stdout(output)
            .stderr(errors)
            // Out of the terminal's foreground group: a Ctrl-C is for us alone.
            .process_group(0)
            .spawn()
            .map_err(Error::files("starting", guard))?;
        Ok(Self { name: name.to_owned(), child, log })
    }

    /// Whether it still runs.
    pub fn alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Process id of the guard.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Process id of the program that the guard guards.
    ///
    /// # Errors
    /// When there is none any more.
    pub fn program(&self) -> io::Result<u32> {
        // Any of the guard's threads may have started it.
        let threads = fs::read_dir(format!("/proc/{}/task", self.id()))?.flatten();
        let children = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
        let children: String = children.collect();
        let first = children.split_whitespace().next().and_then(|child| child.parse().ok());
        first.ok_or_else(|| io::Error::other("the guard guards nobody"))
    }

    /// Where its output goes.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// The last lines that it wrote.
    pub fn last_words(&self) -> String {
        let text = fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(15)..].join("\n")
    }

    /// Waits until `ready` holds.
    ///
    /// # Errors
    /// When the process ends first, or `patience` is over.
    pub async fn until<F: AsyncFnMut() -> bool>(
        &mut self,
        patience: Duration,
        mut ready: F,
    ) -> Result<(), Error> {
        let started = Instant::now();
        loop {
            // Before the question: another process may answer at a port that this one did not get.
            if !self.alive() {
                return Err(Error::Ended { name: self.name.clone(), output: self.last_words() });
            }
            if ready().await {
                return Ok(());
            }
            if started.elapsed() > patience {
                let output = self.last_words();
                return Err(Error::NotReady { name: self.name.clone(), seconds: patience.as_secs(), output });
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Ends it by `SIGKILL`, as a crash would, and waits until it is gone.
    pub fn kill(&mut self) {
        self.ask_to_crash();
        let _ = self.child.wait();
    }

    /// How it ended, once it has.
    pub fn outcome(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Ends it by `SIGTERM`, after three seconds by `SIGKILL`, and waits until it is gone.
    pub fn stop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }

    /// The first half of [`Guarded::kill`], to end many at once.
    pub(crate) fn ask_to_crash(&mut self) {
        if let Some(mut guard) = self.child.stdin.take() {
            // A guard that is gone already took its child with it.
            let _ = guard.write_all(b"k");
        }
    }
}

impl Drop for Guarded {
    /// What a test leaves behind is thrown away, so a crash is the quickest way to end it.
    fn drop(&mut self) {
        self.kill();
    }
}
