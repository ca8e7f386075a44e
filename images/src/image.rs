//! Programs → images: two layers each, what the machine gives and the program, a configuration, a manifest.

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use anyhow::{Context, ensure};
use beffroi_core::distribution::oci::{self, Descriptor, Manifest, Platform};
use serde_json::json;

use crate::{
    Layout as Asked, PROGRAMS,
    bill::{Bill, Crates},
    closure::{self, Found, Machine, Taken},
    facts::Facts,
    layer::{self, File, Files},
    layout::Layout,
    packages, signed,
};

/// The one user; the charts name it too.
const USER: u32 = 65532;
/// Authorities that TLS trusts, made by Debian's package.
const AUTHORITIES: &str = "/etc/ssl/certs/ca-certificates.crt";

/// Writes the layout with every image.
pub(crate) fn write_all(asked: &Asked) -> anyhow::Result<()> {
    let read = |path: &Path| fs::read_to_string(path).with_context(|| format!("reading {}", path.display()));
    let crates = Crates::parse(&read(&asked.crates)?, &read(&asked.lock)?)?;
    let keys = asked.facts.keys()?;
    let mut layout = Layout::begin(&asked.out)?;
    for name in PROGRAMS {
        let program = stripped(&asked.programs.join(name), asked.machine)?;
        let taken = taken(&program, asked.machine).with_context(|| name.to_owned())?;
        let listed = write(&mut layout, name, &program, &taken, asked)?;
        let packages = packages::of(&taken);
        let bill = Bill { name, program: &program, image: &listed, packages: &packages, crates: &crates };
        let bill = layout.put(oci::SBOM, &bill.text(&asked.facts)?)?;
        layout.refer(&listed, oci::SBOM, bill.clone())?;
        let statement = signed::image(name, &listed, &bill, &packages, &asked.facts);
        let envelope = layout.put(oci::ENVELOPE, &statement.sign(&keys)?)?;
        layout.refer(&listed, oci::STATEMENT, envelope)?;
        println!("{} {name}", listed.digest);
    }
    layout.finish()
}

/// The program without symbols, which nobody reads within an image, and without the number that is made of them.
fn stripped(path: &Path, machine: Machine) -> anyhow::Result<Vec<u8>> {
    let out = tempfile::NamedTempFile::new().context("making a file")?;
    let status = Command::new(machine.strip())
        .args(["--strip-all", "--remove-section=.note.gnu.build-id", "-o"])
        .args([out.path(), path])
        .status()
        .with_context(|| format!("running {}: install the package binutils", machine.strip()))?;
    ensure!(status.success(), "{} could not read {}: is it built?", machine.strip(), path.display());
    fs::read(out.path()).context("reading what strip wrote")
}

/// What a program needs of this machine.
fn taken(program: &[u8], machine: Machine) -> anyhow::Result<Taken> {
    let mut taken = closure::of(program, machine)?;
    let authorities = Found::read(AUTHORITIES.into()).context("install the package ca-certificates")?;
    taken.insert(AUTHORITIES.into(), authorities);
    Ok(taken)
}

fn write(
    layout: &mut Layout,
    name: &str,
    program: &[u8],
    taken: &Taken,
    asked: &Asked,
) -> anyhow::Result<Descriptor> {
    let (facts, architecture) = (&asked.facts, asked.machine.name());
    let mut base = Files::from([
        ("etc/passwd".to_owned(), File::text(format!("beffroi:x:{USER}:{USER}::/:\n"))),
        ("etc/group".to_owned(), File::text(format!("beffroi:x:{USER}:\n"))),
        ("etc/nsswitch.conf".to_owned(), File::text("hosts: files dns\n")),
    ]);
    for (path, found) in taken {
        let runs = path != Path::new(AUTHORITIES);
        let path = path.strip_prefix("/").unwrap_or(path).display().to_string();
        base.insert(path, File { bytes: found.bytes.clone(), runs });
    }
    let place = format!("usr/bin/{name}");
    let own = Files::from([(place.clone(), File::program(program.to_vec()))]);
    let (mut layers, mut unpacked) = (Vec::new(), Vec::new());
    for files in [base, own] {
        let tar = layer::tar(&files, facts.epoch)?;
        unpacked.push(Descriptor::of(oci::LAYER, &tar).digest);
        layers.push(layout.put(oci::LAYER, &layer::gzip(&tar))?);
    }
    let config = json!({
        "created": facts.time()?,
        "architecture": architecture,
        "os": "linux",
        "config": {
            "User": format!("{USER}:{USER}"),
            "Entrypoint": [format!("/{place}")],
            "WorkingDir": "/",
            "Labels": {
                "org.opencontainers.image.title": name,
                "org.opencontainers.image.version": Facts::VERSION,
                "org.opencontainers.image.created": facts.time()?,
                "org.opencontainers.image.source": facts.source,
                "org.opencontainers.image.revision": facts.revision,
                "org.opencontainers.image.licenses": "Apache-2.0",
            },
        },
        "rootfs": {"type": "layers", "diff_ids": unpacked},
    });
    let manifest = Manifest {
        schema_version: 2,
        media_type: oci::MANIFEST.to_owned(),
        artifact_type: None,
        config: layout.document(oci::CONFIG, &config)?,
        layers,
        subject: None,
        annotations: BTreeMap::new(),
    };
    let mut listed = layout.document(oci::MANIFEST, &manifest)?;
    listed.platform = Some(Platform { architecture: architecture.to_owned(), os: "linux".to_owned() });
    listed.annotations.insert(oci::NAME.to_owned(), name.to_owned());
    layout.list(listed.clone());
    Ok(listed)
}
