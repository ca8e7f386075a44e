//! The bill of materials of an image (CycloneDX 1.6): the crates that are in its program, as cargo resolved them for
//! that build, and the packages of the files beside it.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, bail};
use beffroi_core::{distribution::oci::Descriptor, evidence::canonical::sha256};
use serde_json::{Value, json};

use crate::{facts::Facts, packages::Package};

/// Packages of cargo whose program has another name.
const PACKAGES: [(&str, &str); 1] = [("beffroi", "beffroi-cli")];

/// A crate: name and version.
type Name = (String, String);

/// What cargo resolved: crates that are in programs, and which needs which.
#[derive(Debug, Default)]
pub(crate) struct Crates {
    known: BTreeMap<Name, Crate>,
}

#[derive(Debug, Default)]
struct Crate {
    licence: String,
    checksum: Option<String>,
    needs: BTreeSet<Name>,
}

impl Crates {
    /// Reads lines like `1|serde v1.0.2|MIT OR Apache-2.0`, each crate's needs below it and one deeper, and checksums
    /// out of Cargo.lock.
    pub(crate) fn parse(tree: &str, lock: &str) -> anyhow::Result<Self> {
        let mut crates = Self::default();
        let mut above: Vec<Name> = Vec::new();
        for line in tree.lines().filter(|line| !line.trim().is_empty()) {
            let parts: Vec<_> = line.split('|').collect();
            let [depth, package, licence] = parts[..] else { bail!("not a line of cargo tree: {line}") };
            let mut words = package.split_whitespace();
            let (Some(name), Some(version)) = (words.next(), words.next().and_then(|v| v.strip_prefix('v')))
            else {
                bail!("not a crate of cargo tree: {package}")
            };
            let name = (name.to_owned(), version.to_owned());
            above.truncate(depth.parse().with_context(|| line.to_owned())?);
            if let Some(by) = above.last() {
                crates.known.entry(by.clone()).or_default().needs.insert(name.clone());
            }
            let known = crates.known.entry(name.clone()).or_default();
            // A crate whose needs stand elsewhere has (*) behind its licence.
            known.licence = licence.trim_end_matches("(*)").trim().replace('/', " OR ");
            above.push(name);
        }
        for package in lock.split("[[package]]") {
            let field = |wanted: &str| {
                let line = package.lines().find_map(|line| line.strip_prefix(wanted)?.strip_prefix(" = \""));
                line.and_then(|line| line.strip_suffix('"')).map(str::to_owned)
            };
            if let (Some(name), Some(version)) = (field("name"), field("version"))
                && let Some(known) = crates.known.get_mut(&(name, version))
            {
                known.checksum = field("checksum");
            }
        }
        Ok(crates)
    }

    /// The crate of a program.
    fn root(&self, program: &str) -> anyhow::Result<&Name> {
        let package = PACKAGES.iter().find(|(of, _)| *of == program).map_or(program, |(_, package)| package);
        let found = self.known.keys().find(|(name, _)| name == package);
        found.with_context(|| format!("cargo tree told nothing of {package}"))
    }

    /// All that is in a program, itself too.
    fn within<'a>(&'a self, root: &'a Name) -> BTreeSet<&'a Name> {
        let (mut found, mut next) = (BTreeSet::new(), vec![root]);
        while let Some(name) = next.pop() {
            if found.insert(name) {
                next.extend(self.known.get(name).into_iter().flat_map(|known| &known.needs));
            }
        }
        found
    }
}

/// What a bill is about.
pub(crate) struct Bill<'a> {
    /// Name of program and image.
    pub(crate) name: &'a str,
    /// The program.
    pub(crate) program: &'a [u8],
    /// The image.
    pub(crate) image: &'a Descriptor,
    /// Packages of the other files.
    pub(crate) packages: &'a [Package],
    /// What cargo resolved.
    pub(crate) crates: &'a Crates,
}

impl Bill<'_> {
    /// The document.
    pub(crate) fn text(&self, facts: &Facts) -> anyhow::Result<Vec<u8>> {
        let root = self.crates.root(self.name)?;
        let mut components = Vec::new();
        let mut dependencies = Vec::new();
        let reference = |(name, version): &Name| format!("pkg:cargo/{name}@{}", version.replace('+', "%2B"));
        for name in self.crates.within(root) {
            let Some(known) = self.crates.known.get(name) else { continue };
            let mut needs: Vec<String> = known.needs.iter().map(reference).collect();
            if name == root {
                needs.extend(self.packages.iter().map(|package| package.url.clone()));
            } else {
                components.push(component(&reference(name), name, known));
            }
            dependencies.push(json!({"ref": reference(name), "dependsOn": needs}));
        }
        for package in self.packages {
            let mut component = json!({"type": "library", "bom-ref": package.url, "name": package.name});
            if let Some(version) = &package.version {
                component["version"] = json!(version);
                component["purl"] = json!(package.url);
            }
            // Which file it is: told by the properties, for a package has several.
            let files = package.files.iter().map(|(path, sum)| {
                json!({"name": format!("beffroi:file:{path}"), "value": format!("sha256:{sum}")})
            });
            component["properties"] = files.collect();
            components.push(component);
            dependencies.push(json!({"ref": package.url}));
        }
        let document = json!({
            "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "serialNumber": serial(&self.image.digest),
            "version": 1,
            "metadata": {
                "timestamp": facts.time()?,
                "component": {
                    "type": "application",
                    "bom-ref": reference(root),
                    "name": self.name,
                    "version": root.1,
                    "licenses": [{"expression": "Apache-2.0"}],
                    "hashes": [{"alg": "SHA-256", "content": sha256(self.program)}],
                    "properties": [{"name": "beffroi:image", "value": self.image.digest}],
                },
            },
            "components": components,
            "dependencies": dependencies,
        });
        Ok(serde_json::to_vec_pretty(&document)?)
    }
}

fn component(reference: &str, (name, version): &Name, known: &Crate) -> Value {
    let mut component = json!({
        "type": "library", "bom-ref": reference, "name": name, "version": version,
    });
    if !known.licence.is_empty() {
        component["licenses"] = json!([{"expression": known.licence}]);
    }
    // Crates of the tree itself are in no registry, and have no checksum.
    if let Some(checksum) = &known.checksum {
        component["purl"] = json!(reference);
        component["hashes"] = json!([{"alg": "SHA-256", "content": checksum}]);
    }
    component
}

/// A number of the bill's own that follows from the image: a UUID of version 8 (RFC 9562).
fn serial(digest: &str) -> String {
    let hex = sha256(digest.as_bytes());
    format!("urn:uuid:{}-{}-8{}-8{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..32])
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str = "\
0|beffroi-cli v0.1.0 (/a/cli)|Apache-2.0
1|serde v1.0.2|MIT/Apache-2.0
2|serde_core v1.0.2|MIT OR Apache-2.0
1|memchr v2.0.0|Unlicense OR MIT

0|beffroi-api v0.1.0 (/a/api)|Apache-2.0
1|serde v1.0.2|MIT/Apache-2.0 (*)
1|ring v0.17.1|Apache-2.0 AND ISC
";
    const LOCK: &str =
        "version = 4\n\n[[package]]\nname = \"serde\"\nversion = \"1.0.2\"\nchecksum = \"ab\"\n";

    #[test]
    fn a_bill_has_what_is_in_its_program_and_nothing_of_another() {
        let crates = Crates::parse(TREE, LOCK).unwrap();
        let names = |program| {
            let within = crates.within(crates.root(program).unwrap());
            within.into_iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>()
        };
        assert_eq!(names("beffroi"), ["beffroi-cli", "memchr", "serde", "serde_core"]);
        assert_eq!(names("beffroi-api"), ["beffroi-api", "ring", "serde", "serde_core"]);
        assert!(crates.root("beffroi-operator").is_err());
        let serde = &crates.known[&("serde".into(), "1.0.2".into())];
        assert_eq!((serde.licence.as_str(), serde.checksum.as_deref()), ("MIT OR Apache-2.0", Some("ab")));
    }

    #[test]
    fn what_is_no_tree_is_refused() {
        assert!(Crates::parse("serde", "").is_err());
        assert!(Crates::parse("0|serde|MIT", "").is_err());
    }
}
