//! The operator as a process, under the `ServiceAccount` and RBAC of its chart.

use std::path::PathBuf;

use anyhow::{Context, Result, anyhow, ensure};
use beffroi_cluster::{Guarded, free_port};
use beffroi_core::evidence::checkpoint::Checkpoint;
use beffroi_log::{Reader, open_store};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{
    Fleet, eventually,
    fleet::{NAMESPACE, OPERATOR},
    task::Task,
};

/// A running operator; dropped, it ends.
pub struct Operator {
    process: Guarded,
    command: Vec<String>,
    address: String,
    log: String,
}

impl Operator {
    /// Starts it and waits until it is ready.
    ///
    /// # Errors
    /// When it is not built, or does not become ready.
    pub async fn start(fleet: &Fleet) -> Result<Self> {
        Self::start_with(fleet, &[]).await
    }

    /// The same, with more arguments.
    ///
    /// # Errors
    /// When it is not built, or does not become ready.
    pub async fn start_with(fleet: &Fleet, arguments: &[&str]) -> Result<Self> {
        Self::launch(fleet, arguments, "ok").await
    }

    /// Starts one more, which waits for the lease of another.
    ///
    /// # Errors
    /// When it is not built, or does not stand by.
    pub async fn start_standby(fleet: &Fleet, arguments: &[&str]) -> Result<Self> {
        Self::launch(fleet, arguments, "standby").await
    }

    async fn launch(fleet: &Fleet, arguments: &[&str], state: &str) -> Result<Self> {
        let mut operator = Self::begin(fleet, arguments).await?;
        operator.until_ready(state).await?;
        Ok(operator)
    }

    /// Starts one, and does not wait until it is ready.
    ///
    /// # Errors
    /// When it is not built.
    pub async fn begin(fleet: &Fleet, arguments: &[&str]) -> Result<Self> {
        let kubeconfig = fleet.management.kubeconfig_of(NAMESPACE, OPERATOR).await?;
        std::fs::write(kubeconfig_path(fleet), kubeconfig)?;
        let address = format!("127.0.0.1:{}", free_port()?);
        let mut command = vec![program("beffroi-operator")?.display().to_string()];
        command.extend(["--listen".into(), address.clone(), "--namespace".into(), NAMESPACE.into()]);
        command.extend(["--probe-seconds".into(), "5".into()]);
        let log = format!("127.0.0.1:{}", free_port()?);
        command.extend(["--log-listen".into(), log.clone()]);
        command.extend(["--evidence-store".into(), evidence(fleet).display().to_string()]);
        if !arguments.contains(&"--resolver") {
            // Nobody is there: no test asks a DNS server but its own.
            command.extend(["--resolver".into(), "127.0.0.1:9".into()]);
        }
        command.extend(arguments.iter().map(ToString::to_string));
        let process = run(fleet, &command)?;
        Ok(Self { process, command, address, log })
    }

    /// Starts it again where it served before, as its Deployment does when it has ended.
    ///
    /// # Errors
    /// When it does not become ready.
    pub async fn revive(&mut self, fleet: &Fleet) -> Result<()> {
        self.process = run(fleet, &self.command)?;
        self.until_ready("ok").await
    }

    /// Where it serves.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Where it serves the log of evidence.
    pub fn evidence_log(&self) -> String {
        format!("http://{}", self.log)
    }

    /// Its process.
    ///
    /// # Errors
    /// When it is gone.
    pub fn task(&self) -> Result<Task> {
        Ok(Task::process(self.process.program()?))
    }

    /// Ends it as a crash would.
    pub fn kill(mut self) {
        self.process.kill();
    }

    /// Asks it to stop and waits.
    pub fn stop(mut self) {
        self.process.stop();
    }

    /// What it logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.process.log()).unwrap_or_default()
    }

    /// The end of what it logged.
    pub fn last_words(&self) -> String {
        self.process.last_words()
    }

    /// Whether it still runs.
    pub fn alive(&mut self) -> bool {
        self.process.alive()
    }

    /// How many reconciles came to an end of their own: not those that are to be tried again.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn reconciled(&self) -> Result<f64> {
        let mut all = 0.0;
        for outcome in ["settled", "waiting", "refused"] {
            all += self.metric("beffroi_reconciles_total", &format!("outcome=\"{outcome}\"")).await?;
        }
        Ok(all)
    }

    /// The sum of a metric's samples whose labels contain `with`; zero when there are none.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn metric(&self, name: &str, with: &str) -> Result<f64> {
        let text = get(&self.address, "/metrics").await?;
        let samples = text.lines().filter(|line| line.starts_with(name) && line.contains(with));
        Ok(samples.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum())
    }

    async fn until_ready(&mut self, state: &str) -> Result<()> {
        let address = self.address.clone();
        eventually("the operator", async || {
            if !self.process.alive() {
                // No use in waiting any longer.
                return Ok(Err(anyhow!("it ended; its last words:\n{}", self.process.last_words())));
            }
            let answer = get(&address, "/readyz").await?;
            ensure!(answer.starts_with(state), "{answer}\n{}", self.process.last_words());
            Ok(Ok(()))
        })
        .await?
    }
}

fn run(fleet: &Fleet, command: &[String]) -> Result<Guarded> {
    let cluster = &fleet.management;
    let env = [
        ("KUBECONFIG", kubeconfig_path(fleet).display().to_string()),
        // Its last words are what people read, not where in the code they were said.
        ("RUST_BACKTRACE", "0".to_owned()),
        ("RUST_LOG", std::env::var("RUST_LOG").unwrap_or_else(|_| "info,kube_client=warn".into())),
    ];
    Ok(Guarded::start(cluster.parts(), "operator", cluster.folder(), command, &env)?)
}

fn kubeconfig_path(fleet: &Fleet) -> PathBuf {
    fleet.management.folder().join("operator.kubeconfig")
}

/// Folder of the log of evidence: it outlives each operator.
pub fn evidence(fleet: &Fleet) -> PathBuf {
    fleet.management.folder().join("evidence")
}

/// Entries of the log of evidence.
///
/// # Errors
/// When there is no log.
pub async fn entries(fleet: &Fleet) -> Result<u64> {
    let store = open_store(&evidence(fleet).display().to_string())?;
    let note = Reader::new(store).checkpoint().await?.context("no log")?;
    Ok(Checkpoint::read(&note)?.size)
}

/// A program of this workspace, built beside the one that runs.
///
/// # Errors
/// When it is not there.
pub fn program(name: &str) -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let mut folders = own.ancestors().skip(1).take(2);
    folders.find_map(|folder| Some(folder.join(name)).filter(|path| path.is_file())).with_context(|| {
        format!("{name} is not built: run `make build`, or `make test` and `make demo`, which do")
    })
}

/// A plain HTTP GET on loopback.
///
/// # Errors
/// When nobody answers.
pub async fn get(address: &str, path: &str) -> Result<String> {
    let mut stream = tokio::net::TcpStream::connect(address).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default())
}
