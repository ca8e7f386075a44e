//! Every component, built once into the user's cache: key → lock → build what is missing → folder.
//!
//! The key is the digest of the Go modules' own files, so that a changed version is another folder and two
//! checkouts may differ. Parallel tests wait for one another on the lock. What only some tests need is an
//! [`Extra`]: built when asked for, in a folder of its own, so that Kubernetes stays as it was built.

use std::{
    fs::{self, File, TryLockError},
    io::Write,
    path::{Path, PathBuf},
    sync::Mutex,
    time::Instant,
};

use sha2::{Digest, Sha256};

use crate::{Error, build};

/// A program that a cluster needs, and how it is built.
#[derive(Debug)]
struct Part {
    name: &'static str,
    module: &'static str,
    package: &'static str,
    tags: &'static str,
    /// Written partly in C, and linked with the machine's own libraries.
    cgo: bool,
}

impl Part {
    const fn of(name: &'static str, module: &'static str, package: &'static str) -> Self {
        Self { name, module, package, tags: "", cgo: false }
    }
}

/// The guard comes first: it watches over the other builds.
const GUARD: Part = Part::of("guard", "guard", ".");
/// Every Kubernetes component in one binary.
const KUBE: Part = Part::of("kube", "kube", ".");
/// The same without etcd and kube-apiserver, for those who bring them.
const KUBE_REST: Part = Part { tags: "assets", ..Part::of("kube-rest", "kube", ".") };
const OTHERS: [Part; 6] = [
    Part::of("kwok", "tools", "sigs.k8s.io/kwok/cmd/kwok"),
    Part::of("helm", "tools", "helm.sh/helm/v4/cmd/helm"),
    Part::of("helm3", "tools", "helm.sh/helm/v3/cmd/helm"),
    Part::of("crane", "tools", "github.com/google/go-containerregistry/cmd/crane"),
    Part::of("source-controller", "flux", "github.com/fluxcd/source-controller"),
    Part::of("helm-controller", "flux", "github.com/fluxcd/helm-controller"),
];

/// What a machine runs, and what its pods are made of.
const NODES: [Part; 9] = [
    Part::of("kube-node", "kube", "./kube-node"),
    Part::of("containerd", "containers", "github.com/containerd/containerd/v2/cmd/containerd"),
    Part::of(
        "containerd-shim-runc-v2",
        "containers",
        "github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2",
    ),
    // It enters namespaces in C, before Go starts.
    Part { tags: "seccomp", cgo: true, ..Part::of("runc", "containers", "github.com/opencontainers/runc") },
    Part::of("pause", "guard", "./pause"),
    Part::of("kube-router", "network", "github.com/cloudnativelabs/kube-router/v2/cmd/kube-router"),
    Part::of("coredns", "network", "./coredns"),
    Part::of("contour", "ingress", "github.com/projectcontour/contour/cmd/contour"),
    Part::of("local-path-provisioner", "network", "github.com/rancher/local-path-provisioner"),
];

/// Modules whose files name the folder of a cluster's programs.
const MODULES: [&str; 4] = ["flux", "guard", "kube", "tools"];
/// The same for a machine's programs.
const NODE_MODULES: [&str; 5] = ["containers", "guard", "ingress", "kube", "network"];

/// Module, its dependency, folder in that, name here.
type Carried = (&'static str, &'static str, &'static str, &'static str);
/// Files that modules carry and clusters need.
const CARRIED: [Carried; 5] = [
    ("tools", "sigs.k8s.io/kwok", "kustomize/stage/node/fast", "kwok-node-fast"),
    ("tools", "sigs.k8s.io/kwok", "kustomize/stage/node/heartbeat-with-lease", "kwok-node-heartbeat"),
    ("tools", "sigs.k8s.io/kwok", "kustomize/stage/pod/fast", "kwok-pod-fast"),
    ("flux", "github.com/fluxcd/source-controller", "config/crd/bases", "flux-source"),
    ("flux", "github.com/fluxcd/helm-controller", "config/crd/bases", "flux-helm"),
];
/// Files that machines need.
const NODES_CARRIED: [Carried; 3] = [
    ("ingress", "github.com/projectcontour/contour", "examples/contour", "contour"),
    ("ingress", "github.com/projectcontour/contour", "examples/gateway", "contour-gateway"),
    ("network", "github.com/rancher/local-path-provisioner", "deploy", "local-path"),
];

/// A program that only some tests or a bench need.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Extra {
    /// versitygw: an S3 server over a folder.
    S3,
    /// Checks a bundle's checkpoint and proof with Go's `sumdb/note` and `tlog`.
    Proof,
    /// Tessera's POSIX driver under load, to compare with.
    Tessera,
    /// Prometheus' own check of rules of alerts.
    Promtool,
}

impl Extra {
    /// Those that tests need.
    pub const TESTED: [Self; 3] = [Self::S3, Self::Proof, Self::Promtool];

    /// Name of the program in the folder of its [`Parts`].
    pub fn program(self) -> &'static str {
        self.part().name
    }

    fn part(self) -> &'static Part {
        match self {
            Self::S3 => const { &Part::of("versitygw", "s3", "github.com/versity/versitygw/cmd/versitygw") },
            Self::Proof => const { &Part::of("proof", "proof", ".") },
            Self::Tessera => const { &Part::of("tessera", "tessera", ".") },
            // Without what finds targets in clouds.
            Self::Promtool => {
                const {
                    &Part {
                        tags: "remove_all_sd",
                        ..Part::of("promtool", "prometheus", "github.com/prometheus/prometheus/cmd/promtool")
                    }
                }
            }
        }
    }
}

/// A folder with programs: all that a cluster needs, all that a machine needs, or one [`Extra`]; and their guard.
#[derive(Clone, Debug)]
pub struct Parts {
    folder: PathBuf,
    assets: Option<PathBuf>,
    wanted: Vec<&'static Part>,
    carried: &'static [Carried],
}

impl Parts {
    /// Finds the programs, building those that are missing. Progress goes to standard error.
    ///
    /// # Errors
    /// When Go is missing, or a build fails.
    pub fn ready() -> Result<Self, Error> {
        // A lock, not a `OnceLock`: threads of one process wait here, other processes at the file.
        static FOUND: Mutex<Option<Parts>> = Mutex::new(None);
        let mut found = FOUND.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(parts) = &*found {
            return Ok(parts.clone());
        }
        let assets = assets();
        let wanted = [&GUARD, kube(assets.is_some())].into_iter().chain(&OTHERS).collect();
        let parts =
            Self { folder: cache()?.join(key(&MODULES)?), assets, wanted, carried: &CARRIED }.built()?;
        *found = Some(parts.clone());
        Ok(parts)
    }

    /// One extra program and its guard, built when missing; nothing of Kubernetes is.
    ///
    /// # Errors
    /// When Go is missing, or the build fails.
    pub fn extra(extra: Extra) -> Result<Self, Error> {
        let part = extra.part();
        let folder = format!("{}-{}", part.name, key(&[GUARD.module, part.module])?);
        Self { folder: cache()?.join(folder), assets: None, wanted: vec![&GUARD, part], carried: &[] }.built()
    }

    /// The programs of machines and their guard, built when missing.
    ///
    /// # Errors
    /// When Go is missing, or a build fails.
    pub fn nodes() -> Result<Self, Error> {
        let folder = format!("nodes-{}", key(&NODE_MODULES)?);
        let wanted = std::iter::once(&GUARD).chain(&NODES).collect();
        Self { folder: cache()?.join(folder), assets: None, wanted, carried: &NODES_CARRIED }.built()
    }

    fn built(self) -> Result<Self, Error> {
        if !self.complete() {
            self.build()?;
        }
        Ok(self)
    }

    /// [`Parts::ready`] for asynchronous callers, on whichever runtime.
    ///
    /// # Errors
    /// When Go is missing, or a build fails.
    pub async fn prepared() -> Result<Self, Error> {
        let built = tokio::task::spawn_blocking(Self::ready).await;
        built.unwrap_or_else(|error| Err(Error::Other(format!("the build was interrupted: {error}"))))
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
        let brought = self.assets.as_ref().filter(|_| matches!(name, "etcd" | "kube-apiserver"));
        if let Some(folder) = brought {
            return vec![folder.join(name).display().to_string()];
        }
        let kube = kube(self.assets.is_some());
        vec![self.program(kube.name).display().to_string(), name.to_owned()]
    }

    /// YAML files carried under `name`.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn carried(&self, name: &str) -> Result<Vec<String>, Error> {
        let folder = self.carried_folder(name);
        let mut paths: Vec<PathBuf> = fs::read_dir(&folder)
            .map_err(Error::files("reading", &folder))?
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .filter(|path| {
                path.extension().is_some_and(|e| e == "yaml") && !path.ends_with("kustomization.yaml")
            })
            .collect();
        paths.sort();
        paths.iter().map(|path| fs::read_to_string(path).map_err(Error::files("reading", path))).collect()
    }

    /// One file carried under `name`.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn carried_file(&self, name: &str, file: &str) -> Result<String, Error> {
        let path = self.carried_folder(name).join(file);
        fs::read_to_string(&path).map_err(Error::files("reading", &path))
    }

    fn carried_folder(&self, name: &str) -> PathBuf {
        self.folder.join("carried").join(name)
    }

    /// A part appears under its name only when it is whole.
    fn complete(&self) -> bool {
        self.wanted.iter().all(|part| self.program(part.name).exists())
            && self.carried.iter().all(|(.., name)| self.carried_folder(name).exists())
    }

    fn build(&self) -> Result<(), Error> {
        fs::create_dir_all(&self.folder).map_err(Error::files("creating", &self.folder))?;
        let path = self.folder.join("lock");
        let lock = File::create(&path).map_err(Error::files("creating", &path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                say("waiting: another process builds the same parts");
                lock.lock().map_err(Error::files("locking", &path))?;
            }
            Err(TryLockError::Error(error)) => return Err(Error::files("locking", &path)(error)),
        }
        let missing: Vec<&Part> =
            self.wanted.iter().copied().filter(|part| !self.program(part.name).exists()).collect();
        for (index, part) in missing.iter().enumerate() {
            let label = format!("part {} of {}, {}", index + 1, missing.len(), part.name);
            let told = match part.name {
                "kube" | "kube-rest" => " (the long one: 5 to 10 minutes on two cores)",
                _ => "",
            };
            say(&format!("{label}: building{told}"));
            let started = Instant::now();
            self.build_part(part, &|| say(&format!("{label}: building, {} s", started.elapsed().as_secs())))?;
            say(&format!("{label}: built in {} s", started.elapsed().as_secs()));
        }
        for (module, dependency, folder, name) in self.carried {
            let target = self.carried_folder(name);
            if !target.exists() {
                copy(&build::dependency_folder(&modules().join(module), dependency)?.join(folder), &target)?;
            }
        }
        Ok(())
    }

    fn build_part(&self, part: &Part, progress: &dyn Fn()) -> Result<(), Error> {
        let target = self.program(part.name);
        let partial = self.program(&format!("{}.partial", part.name));
        let guard = self.program(GUARD.name);
        let guard = guard.exists().then_some(guard.as_path());
        let module = modules().join(part.module);
        let plan = build::Plan {
            part: part.name,
            module: &module,
            package: part.package,
            tags: part.tags,
            cgo: part.cgo,
            guard,
        };
        plan.build(&partial, progress)?;
        fs::rename(&partial, &target).map_err(Error::files("renaming", &partial))
    }
}

/// Tells the person at the terminal, past the test harness's capture; a closed terminal is no reason to stop.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "beffroi-cluster: {line}");
}

fn modules() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("parts")
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

/// The folder that `KUBEBUILDER_ASSETS` names, where it holds both servers.
fn assets() -> Option<PathBuf> {
    let folder = PathBuf::from(std::env::var_os("KUBEBUILDER_ASSETS").filter(|folder| !folder.is_empty())?);
    let complete = ["etcd", "kube-apiserver"].iter().all(|name| folder.join(name).is_file());
    if !complete {
        say(&format!("KUBEBUILDER_ASSETS: {} lacks etcd or kube-apiserver; using our own", folder.display()));
    }
    complete.then_some(folder)
}

/// The folder that everything built for tests lies in.
///
/// # Errors
/// When no user's folder is known.
pub fn cache() -> Result<PathBuf, Error> {
    let given = std::env::var_os("XDG_CACHE_HOME").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let cache = given.or_else(home);
    let cache = cache
        .ok_or_else(|| Error::Other("neither HOME nor XDG_CACHE_HOME is set: set one of them".into()))?;
    Ok(cache.join("beffroi").join("parts"))
}

/// All of Kubernetes, or what those who bring etcd and kube-apiserver still need.
fn kube(brought: bool) -> &'static Part {
    if brought { &KUBE_REST } else { &KUBE }
}

fn key(wanted: &[&str]) -> Result<String, Error> {
    let mut files = Vec::new();
    for module in wanted {
        sources(&modules().join(module), &mut files)?;
    }
    files.sort();
    let mut digest = Sha256::new_with_prefix(build::KUBERNETES);
    for path in files {
        digest.update(fs::read(&path).map_err(Error::files("reading", &path))?);
    }
    Ok(format!("{:.16x}", digest.finalize()))
}

/// Files that a module is built from, those of its folders too.
fn sources(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Error> {
    for entry in fs::read_dir(folder).map_err(Error::files("reading", folder))? {
        let path = entry.map_err(Error::files("reading", folder))?.path();
        if path.is_dir() {
            sources(&path, files)?;
        } else if path
            .extension()
            .is_some_and(|extension| ["go", "mod", "sum"].iter().any(|known| extension == *known))
        {
            files.push(path);
        }
    }
    Ok(())
}
