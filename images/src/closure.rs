//! A program → the shared libraries that it needs, and theirs, from the C library of this machine.
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
use object::{
    Endianness,
    elf::{self, FileHeader64},
    read::elf::{FileHeader, ProgramHeader},
};

/// Folders that the loader of Debian and its kin searches without being told, in its order. Others have `lib64`.
const FOLDERS: [&str; 6] =
    ["/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64", "/lib", "/usr/lib"];
/// What the first library of glibc with name services within holds.
const NEW_ENOUGH: &[u8] = b"GLIBC_2.34\0";

/// What the loader reads of a program or a library.
struct Linked {
    interpreter: Option<PathBuf>,
    libraries: Vec<String>,
}

/// Loader and libraries of a program, by the path where its loader looks for them.
///
/// # Errors
/// When one is not there, or the program is for another machine.
pub(crate) fn of(program: &[u8]) -> anyhow::Result<BTreeMap<PathBuf, Vec<u8>>> {
    let linked = read(program)?;
    let mut files = BTreeMap::new();
    if let Some(loader) = linked.interpreter {
        let bytes = fs::read(&loader).with_context(|| format!("reading the loader {}", loader.display()))?;
        files.insert(loader, bytes);
    }
    let mut wanted = linked.libraries;
    while let Some(library) = wanted.pop() {
        let known = |path: &Path| path.file_name().is_some_and(|name| name == library.as_str());
        if files.keys().any(|path| known(path)) {
            continue;
        }
        let found = FOLDERS.iter().map(|folder| Path::new(folder).join(&library)).find(|path| path.is_file());
        let Some(path) = found else {
            bail!("no {library} in {}: install the package that has it", FOLDERS.join(", "))
        };
        let bytes = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
        if library == "libc.so.6" {
            ensure!(
                bytes.windows(NEW_ENOUGH.len()).any(|window| window == NEW_ENOUGH),
                "{} is older than glibc 2.34 and loads its name services from files: build on Debian 12 or later",
                path.display()
            );
        }
        wanted.extend(read(&bytes).with_context(|| path.display().to_string())?.libraries);
        files.insert(path, bytes);
    }
    Ok(files)
}

fn read(bytes: &[u8]) -> anyhow::Result<Linked> {
    let header = FileHeader64::<Endianness>::parse(bytes).context("not an ELF file of 64 bits")?;
    let endian = header.endian()?;
    ensure!(
        header.e_machine(endian) == elf::EM_X86_64,
        "images are built for amd64 alone, and this is for another machine"
    );
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
            match i64::try_from(entry.d_tag.get(endian)).unwrap_or(elf::DT_NULL) {
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

    #[test]
    fn this_very_program_needs_a_loader_and_a_c_library() {
        let files = of(&fs::read(std::env::current_exe().unwrap()).unwrap()).unwrap();
        let names: Vec<_> = files.keys().filter_map(|path| path.file_name()?.to_str()).collect();
        for wanted in ["ld-linux-x86-64.so.2", "libc.so.6", "libgcc_s.so.1"] {
            assert!(names.contains(&wanted), "{names:?}");
        }
        assert!(names.len() < 8, "{names:?}");
    }

    #[test]
    fn what_is_no_program_or_one_of_another_machine_is_refused() {
        assert!(of(b"#!/bin/sh\n").unwrap_err().to_string().contains("not an ELF file"));
        let mut arm = fs::read(std::env::current_exe().unwrap()).unwrap();
        arm[18..20].copy_from_slice(&elf::EM_AARCH64.to_le_bytes());
        assert!(of(&arm).unwrap_err().to_string().contains("another machine"));
    }
}
