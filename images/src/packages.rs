//! Files of this machine → the packages that they come from, as Debian's dpkg knows them.

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use beffroi_core::evidence::canonical::sha256;

use crate::closure::Taken;

/// Files that no package lists, for it makes them when it is installed.
const MADE: [(&str, &str); 1] = [("/etc/ssl/certs/ca-certificates.crt", "ca-certificates")];

/// A package, or a file that none is known of.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Package {
    /// Its name.
    pub(crate) name: String,
    /// Its version; nothing of a file.
    pub(crate) version: Option<String>,
    /// Its package URL, or the file's.
    pub(crate) url: String,
    /// What was taken from it: path and SHA-256.
    pub(crate) files: BTreeMap<String, String>,
}

/// The packages that files come from, sorted.
pub(crate) fn of(taken: &Taken) -> Vec<Package> {
    let distribution = distribution();
    let mut packages: BTreeMap<String, Package> = BTreeMap::new();
    for (path, found) in taken {
        let shown = path.display().to_string();
        let package = owner(&found.here).and_then(|name| known(&name, &distribution)).unwrap_or_else(|| {
            eprintln!("{shown}: dpkg knows no package of it, so the bill of materials names the file alone");
            let url = format!("file://{shown}");
            Package { name: shown.clone(), version: None, url, files: BTreeMap::new() }
        });
        let package = packages.entry(package.url.clone()).or_insert(package);
        package.files.insert(shown, sha256(&found.bytes));
    }
    packages.into_values().collect()
}

/// The package of a file. On a system whose /lib is a link, dpkg may know it by either path.
fn owner(path: &Path) -> Option<String> {
    if let Some((_, package)) = MADE.iter().find(|(made, _)| path == Path::new(made)) {
        return Some((*package).to_owned());
    }
    let canonical = path.canonicalize().ok()?;
    let other = Path::new("/usr").join(path.strip_prefix("/").ok()?);
    [path, &other, &canonical].into_iter().find_map(|path| {
        let said = said(Command::new("dpkg-query").arg("--search").arg(path))?;
        // libc6:amd64: /lib/x86_64-linux-gnu/libc.so.6
        Some(said.lines().next()?.rsplit_once(": ")?.0.to_owned())
    })
}

fn known(name: &str, distribution: &(String, String)) -> Option<Package> {
    let mut asked = Command::new("dpkg-query");
    asked.args(["--show", "--showformat=${Package} ${Version} ${Architecture}", name]);
    let said = said(&mut asked)?;
    let mut words = said.split_whitespace();
    let (name, version, architecture) = (words.next()?, words.next()?, words.next()?);
    let (id, release) = distribution;
    Some(Package {
        name: name.to_owned(),
        version: Some(version.to_owned()),
        url: format!(
            "pkg:deb/{id}/{name}@{}?arch={architecture}&distro={id}-{release}",
            version.replace('+', "%2B").replace('~', "%7E")
        ),
        files: BTreeMap::new(),
    })
}

/// Name and version of the distribution.
fn distribution() -> (String, String) {
    let text = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let field = |wanted: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(wanted)?.strip_prefix('='));
        line.unwrap_or("unknown").trim_matches('"').to_owned()
    };
    (field("ID"), field("VERSION_ID"))
}

/// What a program printed, if it is there and succeeded.
fn said(command: &mut Command) -> Option<String> {
    let output = command.output().ok()?;
    output.status.success().then(|| String::from_utf8(output.stdout).ok())?
}
