//! A program → the shared libraries that it needs, and theirs, from the C library of this machine, or from the one that
//! Debian keeps beside it for cross-builds.
//!
//! The libraries are linked, not built in: the target of musl is not installed with every toolchain, and glibc built in
//! would still load its name services from files. Since glibc 2.34 those are in the library itself, so nothing has to
//! be guessed: an older one is refused.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail, ensure};
use clap::ValueEnum;
use object::{
    Endianness,
    elf::{self, FileHeader64},
    read::elf::{FileHeader, ProgramHeader},
};

/// What the first library of glibc with name services within holds.
const NEW_ENOUGH: &[u8] = b"GLIBC_2.34\0";

/// Machines that images run on, as Go names them.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Machine {
    /// `x86_64`.
    Amd64,
    /// `aarch64`.
    Arm64,
}

impl Machine {
    /// Its name in an image.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Amd64 => "amd64",
            Self::Arm64 => "arm64",
        }
    }

    /// The program that takes symbols away.
    pub(crate) fn strip(self) -> &'static str {
        match self {
            Self::Amd64 => "strip",
            Self::Arm64 => "aarch64-linux-gnu-strip",
        }
    }

    fn elf(self) -> u16 {
        match self {
            Self::Amd64 => elf::EM_X86_64,
            Self::Arm64 => elf::EM_AARCH64,
        }
    }

    /// Folders that the loader of Debian and its kin searches without being told, in its order.
    fn folders(self) -> [&'static str; 3] {
        match self {
            Self::Amd64 => ["/lib/x86_64-linux-gnu", "/lib64", "/lib"],
            Self::Arm64 => ["/lib/aarch64-linux-gnu", "/lib64", "/lib"],
        }
    }

    /// Where Debian keeps the libraries for cross-builds.
    fn cross(self) -> &'static str {
        match self {
            Self::Amd64 => "/usr/x86_64-linux-gnu/lib",
            Self::Arm64 => "/usr/aarch64-linux-gnu/lib",
        }
    }

    /// The file of that name here, and its path in an image.
    fn find(self, name: &str) -> anyhow::Result<(PathBuf, PathBuf)> {
        let own = self.folders().map(|folder| (Path::new(folder).join(name), Path::new(folder).join(name)));
        let beside = (Path::new(self.cross()).join(name), Path::new(self.folders()[0]).join(name));
        let found = own.into_iter().chain([beside]).find(|(here, _)| here.is_file());
        found.with_context(|| {
            format!("no {name} for {} on this machine: install the package that has it", self.name())
        })
    }
}

/// A file of this machine.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// Where it lies here.
    pub(crate) here: PathBuf,
    /// Its bytes.
    pub(crate) bytes: Vec<u8>,
}

impl Found {
    /// Reads it.
    pub(crate) fn read(here: PathBuf) -> anyhow::Result<Self> {
        let bytes = fs::read(&here).with_context(|| format!("reading {}", here.display()))?;
        Ok(Self { here, bytes })
    }
}

/// Files of this machine by their path in an image.
pub(crate) type Taken = BTreeMap<PathBuf, Found>;

/// What the loader reads of a program or a library.
struct Linked {
    interpreter: Option<PathBuf>,
    libraries: Vec<String>,
}

/// Loader and libraries of a program, by the path where its loader looks for them.
///
/// # Errors
/// When one is not there, or the program is for another machine.
pub(crate) fn of(program: &[u8], machine: Machine) -> anyhow::Result<Taken> {
    let linked = read(program, machine)?;
    let mut files = Taken::new();
    if let Some(loader) = linked.interpreter {
        let name = loader.file_name().and_then(|name| name.to_str()).context("a loader without a name")?;
        let here = if loader.is_file() { loader.clone() } else { machine.find(name)?.0 };
        files.insert(loader, Found::read(here)?);
    }
    let mut wanted = linked.libraries;
    while let Some(library) = wanted.pop() {
        if files.keys().any(|path| path.file_name().is_some_and(|name| name == library.as_str())) {
            continue;
        }
        let (here, path) = machine.find(&library)?;
        let found = Found::read(here)?;
        if library == "libc.so.6" {
            ensure!(
                found.bytes.windows(NEW_ENOUGH.len()).any(|window| window == NEW_ENOUGH),
                "{} is older than glibc 2.34 and loads its name services from files: build on Debian 12 or later",
                found.here.display()
            );
        }
        let linked = read(&found.bytes, machine).with_context(|| found.here.display().to_string())?;
        wanted.extend(linked.libraries);
        files.insert(path, found);
    }
    Ok(files)
}

fn read(bytes: &[u8], machine: Machine) -> anyhow::Result<Linked> {
    let header = FileHeader64::<Endianness>::parse(bytes).context("not an ELF file of 64 bits")?;
    let endian = header.endian()?;
    ensure!(header.e_machine(endian) == machine.elf(), "not built for {}", machine.name());
    let mut interpreter = None;
    for segment in header.program_headers(endian, bytes)? {
        if let Some(path) = segment.interpreter(endian, bytes)? {
            interpreter = Some(PathBuf::from(String::from_utf8(path.to_vec())?));
        }
    }
    let sections = header.sections(endian, bytes)?;
    let mut libraries = Vec::new();
    if let Some((entries, names)) = sections.dynamic(endian, bytes)? {
        let names = sections.strings(endian, bytes, names)?;
        for entry in entries {
            let place = u32::try_from(entry.d_val.get(endian)).unwrap_or_default();
            match entry.d_tag.get(endian) {
                elf::DT_NULL => break,
                elf::DT_NEEDED => {
                    let name = names.get(place).map_err(|()| anyhow::anyhow!("a library without a name"))?;
                    libraries.push(String::from_utf8(name.to_vec())?);
                }
                elf::DT_RPATH | elf::DT_RUNPATH => {
                    bail!("it names folders of its own to load libraries from")
                }
                _ => {}
            }
        }
    }
    Ok(Linked { interpreter, libraries })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn this() -> Vec<u8> {
        fs::read(std::env::current_exe().unwrap()).unwrap()
    }

    #[test]
    fn this_very_program_needs_a_loader_and_a_c_library() {
        let files = of(&this(), Machine::Amd64).unwrap();
        let names: Vec<_> = files.keys().filter_map(|path| path.file_name()?.to_str()).collect();
        for wanted in ["ld-linux-x86-64.so.2", "libc.so.6", "libgcc_s.so.1"] {
            assert!(names.contains(&wanted), "{names:?}");
        }
        assert!(names.len() < 8, "{names:?}");
    }

    #[test]
    fn what_is_no_program_or_one_of_another_machine_is_refused() {
        let refused = |bytes: &[u8], machine| of(bytes, machine).unwrap_err().to_string();
        assert!(refused(b"#!/bin/sh\n", Machine::Amd64).contains("not an ELF file"));
        assert_eq!(refused(&this(), Machine::Arm64), "not built for arm64");
        let mut arm = this();
        arm[18..20].copy_from_slice(&elf::EM_AARCH64.to_le_bytes());
        assert_eq!(refused(&arm, Machine::Amd64), "not built for amd64");
    }
}
