//! Every component, built once into the user's cache: key → lock → build what is missing → folder.
//!
//! The key is the digest of the Go modules' own files, so that a changed version is another folder and two
//! checkouts may differ. Parallel tests wait for one another on the lock.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
    time::Instant,
};

use sha2::{Digest, Sha256};

use crate::Error;

const KUBERNETES: &str = "v1.37.2";

/// A program that a cluster needs, and how it is built.
struct Part {
    name: &'static str,
    module: &'static str,
    package: &'static str,
}

const PARTS: [Part; 6] = [
    Part { name: "kube", module: "kube", package: "." },
    Part { name: "kwok", module: "tools", package: "sigs.k8s.io/kwok/cmd/kwok" },
    Part { name: "helm", module: "tools", package: "helm.sh/helm/v4/cmd/helm" },
    Part { name: "crane", module: "tools", package: "github.com/google/go-containerregistry/cmd/crane" },
    Part { name: "source-controller", module: "flux", package: "github.com/fluxcd/source-controller" },
    Part { name: "helm-controller", module: "flux", package: "github.com/fluxcd/helm-controller" },
];

/// Files that modules carry and clusters need: module, folder in it, name here.
const CARRIED: [(&str, &str, &str, &str); 6] = [
    ("tools", "sigs.k8s.io/kwok", "kustomize/stage/node/fast", "kwok-node-fast"),
    ("tools", "sigs.k8s.io/kwok", "kustomize/stage/node/heartbeat-with-lease", "kwok-node-heartbeat"),
    ("tools", "sigs.k8s.io/kwok", "kustomize/stage/pod/fast", "kwok-pod-fast"),
    ("flux", "github.com/fluxcd/source-controller", "config/crd/bases", "flux-source"),
    ("flux", "github.com/fluxcd/helm-controller", "config/crd/bases", "flux-helm"),
    ("tools", "sigs.k8s.io/kwok", "kustomize/stage/volume", "kwok-volume"),
];

/// The folder with every program.
#[derive(Clone, Debug)]
pub struct Parts {
    folder: PathBuf,
}

impl Parts {
    /// Finds the programs, building those that are missing. Progress goes to standard error.
    ///
    /// # Errors
    /// When Go is missing, or a build fails.
    pub fn ready() -> Result<Self, Error> {
        static FOUND: OnceLock<Parts> = OnceLock::new();
        if let Some(parts) = FOUND.get() {
            return Ok(parts.clone());
        }
        let parts = Self { folder: cache()?.join(key()?) };
        parts.build()?;
        Ok(FOUND.get_or_init(|| parts).clone())
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Path of a program.
    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Command line of a Kubernetes component. For etcd and kube-apiserver `KUBEBUILDER_ASSETS` comes first,
    /// as everywhere in the Kubernetes world.
    pub fn component(&self, name: &str) -> Vec<String> {
        let own = || vec![self.program("kube").display().to_string(), name.to_owned()];
        let assets = std::env::var_os("KUBEBUILDER_ASSETS").map(|folder| PathBuf::from(folder).join(name));
        assets.filter(|path| path.is_file()).map_or_else(own, |path| vec![path.display().to_string()])
    }

    /// YAML files carried under `name`.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn carried(&self, name: &str) -> Result<Vec<String>, Error> {
        let folder = self.folder.join("carried").join(name);
        let mut paths: Vec<PathBuf> = fs::read_dir(&folder)
            .map_err(Error::files("reading", &folder))?
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .filter(|path| path.extension().is_some_and(|e| e == "yaml") && !path.ends_with("kustomization.yaml"))
            .collect();
        paths.sort();
        paths.iter().map(|path| fs::read_to_string(path).map_err(Error::files("reading", path))).collect()
    }

    fn build(&self) -> Result<(), Error> {
        fs::create_dir_all(&self.folder).map_err(Error::files("creating", &self.folder))?;
        let path = self.folder.join("lock");
        let lock = File::create(&path).map_err(Error::files("creating", &path))?;
        lock.lock().map_err(Error::files("locking", &path))?;
        let missing: Vec<&Part> = PARTS.iter().filter(|part| !self.program(part.name).exists()).collect();
        for (index, part) in missing.iter().enumerate() {
            let told = if part.name == "kube" { " (the long one: 5 to 10 minutes on two cores)" } else { "" };
            say(&format!("building {} ({} of {}){told}", part.name, index + 1, missing.len()));
            let started = Instant::now();
            self.build_part(part)?;
            say(&format!("built {} in {} s", part.name, started.elapsed().as_secs()));
        }
        for (module, path, folder, name) in CARRIED {
            let target = self.folder.join("carried").join(name);
            if !target.exists() {
                copy(&module_folder(module, path)?.join(folder), &target)?;
            }
        }
        Ok(())
    }

    fn build_part(&self, part: &Part) -> Result<(), Error> {
        let version = "-X k8s.io/component-base/version";
        let flags = format!("-s -w {version}.gitVersion={KUBERNETES} {version}.gitMajor=1 {version}.gitMinor=37");
        let target = self.program(part.name);
        let partial = target.with_extension("partial");
        let mut command = go(part.module);
        command.args(["build", "-trimpath", "-ldflags", &flags, "-o"]).arg(&partial).arg(part.package);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().map_err(Error::NoGo)?;
        let mut output = Vec::new();
        if let Some(stderr) = child.stderr.take() {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                output.push(line);
            }
        }
        let status = child.wait().map_err(Error::NoGo)?;
        if !status.success() {
            let last = output.iter().skip(output.len().saturating_sub(20)).cloned().collect::<Vec<_>>();
            return Err(Error::Build { part: part.name, output: last.join("\n") });
        }
        fs::rename(&partial, &target).map_err(Error::files("renaming", &partial))
    }
}

/// Tells the person at the terminal; a closed terminal is no reason to stop.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "beffroi-cluster: {line}");
}

fn modules() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("parts")
}

fn go(module: &str) -> Command {
    let mut command = Command::new("go");
    command.current_dir(modules().join(module)).env("CGO_ENABLED", "0").env("GOWORK", "off");
    command
}

fn module_folder(module: &str, path: &str) -> Result<PathBuf, Error> {
    let output = go(module).args(["list", "-m", "-f", "{{.Dir}}", path]).output().map_err(Error::NoGo)?;
    let folder = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if folder.is_empty() {
        let output = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(Error::Command { command: format!("go list -m {path}"), output });
    }
    Ok(folder.into())
}

fn copy(from: &Path, to: &Path) -> Result<(), Error> {
    let partial = to.with_extension("partial");
    fs::create_dir_all(&partial).map_err(Error::files("creating", &partial))?;
    for entry in fs::read_dir(from).map_err(Error::files("reading", from))? {
        let entry = entry.map_err(Error::files("reading", from))?;
        if entry.path().is_file() {
            let text = fs::read(entry.path()).map_err(Error::files("reading", entry.path()))?;
            let target = partial.join(entry.file_name());
            fs::write(&target, text).map_err(Error::files("writing", &target))?;
        }
    }
    fs::rename(&partial, to).map_err(Error::files("renaming", &partial))
}

fn cache() -> Result<PathBuf, Error> {
    let given = std::env::var_os("XDG_CACHE_HOME").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let cache = given.or_else(home);
    let cache = cache.ok_or_else(|| Error::Other("neither HOME nor XDG_CACHE_HOME is set: set one of them".into()))?;
    Ok(cache.join("beffroi").join("parts"))
}

fn key() -> Result<String, Error> {
    let mut digest = Sha256::new();
    for file in ["kube/main.go", "kube/guard.go", "kube/go.mod", "kube/go.sum", "tools/go.sum", "flux/go.mod", "flux/go.sum"] {
        let path = modules().join(file);
        digest.update(fs::read(&path).map_err(Error::files("reading", &path))?);
    }
    Ok(digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect())
}
