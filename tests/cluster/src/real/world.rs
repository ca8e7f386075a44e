//! The world of one run: this program again → within namespaces of its own → loopback, a bridge, a registry.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::atomic::{AtomicU8, Ordering},
};

use super::{doors, image, link};
use crate::{Error, Guarded, Registry, folder::Folder, parts::Parts, without_proxy};

/// Says to this program that it is inside.
const INSIDE: &str = "BEFFROI_WORLD";

/// Where the registry of a world listens; nodes ask it for every image, whatever registry the image's name tells.
const REGISTRY_PORT: u16 = 5000;

/// A network with no way out, and what all clusters in it share.
#[derive(Debug)]
pub struct World {
    pub(crate) parts: Parts,
    pub(crate) folder: Folder,
    registry: Registry,
    /// What answers at addresses that are others' elsewhere.
    _played: Guarded,
    machines: AtomicU8,
}

/// Runs test `name` of this program within a world: outside, starts the program again inside and waits; inside,
/// runs `body`.
///
/// # Errors
/// When this is not root, the parts cannot be built, or the test fails inside.
pub fn within<F>(name: &str, body: impl FnOnce(World) -> F) -> Result<(), Error>
where
    F: Future<Output = ()>,
{
    if std::env::var_os(INSIDE).is_none() {
        return start_again(name);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(Error::files("starting the runtime of", "this test"))?;
    runtime.block_on(async {
        body(World::new().await?).await;
        Ok(())
    })
}

/// Outside: one world at a time, for addresses within it are fixed and this machine is small.
fn start_again(name: &str) -> Result<(), Error> {
    if !rustix::process::geteuid().is_root() {
        return Err(Error::Other(
            "real nodes need root (namespaces, mounts, cgroups): run this test as root".into(),
        ));
    }
    // What is built asks registries of packages, which nobody reaches from inside.
    Parts::ready()?;
    let parts = Parts::nodes()?;
    image::cached()?;
    let path = std::env::temp_dir().join("beffroi-world.lock");
    let lock = File::create(&path).map_err(Error::files("creating", &path))?;
    lock.lock().map_err(Error::files("locking", &path))?;
    sweep_cgroups();

    let outside = Folder::new("doors")?;
    doors::watch(outside.path().to_owned());
    let program = std::env::current_exe().map_err(Error::files("finding", "this program"))?;
    let mut command = Command::new(parts.program("guard"));
    command
        .args(["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"])
        .args(["--propagation", "private"])
        .arg(program)
        .args(["--exact", name, "--nocapture", "--include-ignored"])
        .env(INSIDE, "1")
        .env(doors::FOLDER, outside.path())
        .stdin(Stdio::piped());
    let mut child = without_proxy(&mut command).spawn().map_err(Error::files("starting", "unshare"))?;
    // Held until the end: the guard watches it, and ends the world when it closes.
    let pipe = child.stdin.take();
    let status = child.wait().map_err(Error::files("waiting for", "the world"))?;
    drop(pipe);
    sweep_cgroups();
    if status.success() {
        Ok(())
    } else {
        Err(Error::Other(format!("{name} failed within its world; what it said is above")))
    }
}

impl World {
    /// Inside: loopback and bridge up, and the registry serves.
    async fn new() -> Result<Self, Error> {
        // Names and sockets that programs keep there are another machine's.
        command("mount", &["-t", "tmpfs", "tmpfs", "/run"])?;
        link::bridge()?;
        let registry = Registry::at(link::GATEWAY, REGISTRY_PORT).await?;
        let (parts, folder) = (Parts::nodes()?, Folder::new("world")?);
        let shell = image::cached()?.join("busybox").display().to_string();
        let empty = folder.path().join("empty");
        std::fs::create_dir(&empty).map_err(Error::files("creating", &empty))?;
        let serve =
            [&shell, "httpd", "-f", "-p", "80", "-h", &empty.display().to_string()].map(str::to_owned);
        let world = Self {
            _played: Guarded::start(&parts, "played", folder.path(), &serve, &[])?,
            parts,
            folder,
            registry,
            machines: AtomicU8::new(0),
        };
        image::push_common(&world)?;
        Ok(world)
    }

    /// Address of everything in it that is no node and no pod.
    pub fn address(&self) -> &'static str {
        link::GATEWAY
    }

    /// The registry that every node pulls from.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Programs of nodes.
    pub fn parts(&self) -> &Parts {
        &self.parts
    }

    /// A folder of this run.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A number for a new machine, from 1: its addresses come of it.
    pub(crate) fn number(&self) -> u8 {
        self.machines.fetch_add(1, Ordering::Relaxed) + 1
    }
}

/// Runs a system program, and tells its words when it fails.
pub(crate) fn command(program: &str, arguments: &[&str]) -> Result<String, Error> {
    let output = Command::new(program).args(arguments).output().map_err(Error::files("running", program))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(text);
    }
    let output = text + &String::from_utf8_lossy(&output.stderr);
    Err(Error::Command { command: format!("{program} {}", arguments.join(" ")), output })
}

/// Folder of the cgroups of all worlds, in each hierarchy.
pub(crate) const CGROUPS: &str = "beffroi";

/// Hierarchies of cgroups (version 1), or the one of version 2.
pub(crate) fn hierarchies() -> Vec<PathBuf> {
    let root = Path::new("/sys/fs/cgroup");
    let entries = std::fs::read_dir(root).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> =
        entries.map(|e| e.path()).filter(|path| path.join("cgroup.procs").exists()).collect();
    if root.join("cgroup.controllers").exists() {
        found = vec![root.to_owned()];
    }
    found
}

/// Takes away the empty groups that a world leaves; one in use stays, for the kernel refuses.
fn sweep_cgroups() {
    for hierarchy in hierarchies() {
        remove_groups(&hierarchy.join(CGROUPS));
    }
}

fn remove_groups(group: &Path) {
    for entry in std::fs::read_dir(group).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            remove_groups(&entry.path());
        }
    }
    let _ = std::fs::remove_dir(group);
}
