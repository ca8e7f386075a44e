//! Processes that never outlive who started them.
//!
//! Each runs under `kube guard`, which ends it when the pipe to us closes: at our exit, our panic, or our
//! death by `kill -9`.

use std::{
    fs::{self, File},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crate::{Error, parts::Parts};

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
    pub fn start(parts: &Parts, name: &str, folder: &Path, command: &[String], env: &[(&str, String)]) -> Result<Self, Error> {
        let log = folder.join(format!("{name}.log"));
        let output = File::options().create(true).append(true).open(&log).map_err(Error::files("opening", &log))?;
        let errors = output.try_clone().map_err(Error::files("opening", &log))?;
        let child = Command::new(parts.program("kube"))
            .arg("guard")
            .args(command)
            .envs(env.iter().map(|(key, value)| (*key, value)))
            .stdin(Stdio::piped())
            .stdout(output)
            .stderr(errors)
            .spawn()
            .map_err(Error::files("starting", parts.program("kube")))?;
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
    pub async fn until<F: AsyncFnMut() -> bool>(&mut self, patience: Duration, mut ready: F) -> Result<(), Error> {
        let started = Instant::now();
        while !ready().await {
            if !self.alive() {
                return Err(Error::Ended { name: self.name.clone(), output: self.last_words() });
            }
            if started.elapsed() > patience {
                let output = self.last_words();
                return Err(Error::NotReady { name: self.name.clone(), seconds: patience.as_secs(), output });
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }

    /// Ends it by `SIGKILL`, as a crash would, and waits until it is gone.
    pub fn kill(&mut self) {
        // The child dies with its guard.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Ends it by `SIGTERM` and waits until it is gone.
    pub fn stop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

impl Drop for Guarded {
    /// Lets it go without waiting: the guard sees to its end.
    fn drop(&mut self) {
        drop(self.child.stdin.take());
    }
}

/// A port on loopback that nobody listens on now.
///
/// # Errors
/// When there is none.
pub fn free_port() -> Result<u16, Error> {
    let none = |error: std::io::Error| Error::Other(format!("no free port on loopback: {error}"));
    let listener = TcpListener::bind("127.0.0.1:0").map_err(none)?;
    Ok(listener.local_addr().map_err(none)?.port())
}
