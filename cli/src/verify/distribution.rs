//! `beffroi verify image`, `beffroi verify archive`: a folder of what Beffroi hands out → verification in core → what it
//! is and who built it from what, in French or English → exit code. No network.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use beffroi_core::{
    distribution::{
        provenance,
        verify::{self, Error, Image, Origin},
    },
    evidence::{canonical::sha256, dsse},
};
use clap::{Args, Subcommand};

use super::text::{line, pick};
use crate::{Language, keys, languages};

/// What else is verified.
#[derive(Subcommand)]
pub(crate) enum Distribution {
    /// Images of Beffroi itself, in an OCI layout: each blob by its digest, and the signed provenance of each image.
    #[command(after_help = "\
Exit codes: 0 whole, and signed by the key; 1 a file cannot be read; 20 changed, or not signed by the key; 21 no such
image in the layout.

Example:
  beffroi verify image beffroi-0.1.0/images --key beffroi.pub")]
    Image {
        /// Folder of the layout: the one with index.json.
        layout: PathBuf,
        /// The one image to verify; without it all are.
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        trust: Trust,
    },
    /// The unpacked archive that Beffroi is installed from: the signature over its sums, and each file by its sum.
    #[command(after_help = "\
Exit codes: 0 whole, and signed by the key; 1 a file cannot be read; 20 changed, or not signed by the key.

Example:
  tar -xf beffroi-0.1.0.tar && beffroi verify archive beffroi-0.1.0 --key beffroi.pub")]
    Archive {
        /// Folder of the archive: the one with SHA256SUMS.
        folder: PathBuf,
        #[command(flatten)]
        trust: Trust,
    },
}

/// Whom one trusts.
#[derive(Args)]
pub(crate) struct Trust {
    /// Public key that you trust: the file that whoever builds published, not one that came with the archive.
    #[arg(long, value_name = "BEFFROI.PUB")]
    key: PathBuf,
    /// Language of the report.
    #[arg(long, value_parser = languages(), default_value = "fr")]
    language: Language,
}

/// Verifies, prints, and tells the exit code.
pub(crate) fn run(distribution: &Distribution) -> anyhow::Result<ExitCode> {
    let (trust, verified) = match distribution {
        Distribution::Image { layout, name, trust } => (trust, image(layout, name.as_deref(), trust)?),
        Distribution::Archive { folder, trust } => (trust, archive(folder, trust)?),
    };
    match verified {
        Ok(report) => {
            print!("{report}");
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            eprintln!("{}", refusal(&error, trust.language));
            Ok(if matches!(error, Error::NoImage { .. }) { 21 } else { 20 }.into())
        }
    }
}

fn image(layout: &Path, name: Option<&str>, trust: &Trust) -> anyhow::Result<Result<String, Error>> {
    let index = layout.join("index.json");
    let index =
        fs::read(&index).with_context(|| format!("reading {}: is this an OCI layout?", index.display()))?;
    let blobs = layout.join("blobs/sha256");
    let read = |hex: &str| fs::read(blobs.join(hex)).map_err(|error| error.to_string());
    let verified = verify::layout(&index, &read, name, &[&keys::public(&trust.key)?]);
    Ok(verified.map(|images| images.iter().map(|image| of_image(image, trust.language)).collect()))
}

fn archive(folder: &Path, trust: &Trust) -> anyhow::Result<Result<String, Error>> {
    const SUMS: [&str; 2] = ["SHA256SUMS", "SHA256SUMS.dsse"];
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).with_context(|| format!("reading {}", next.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
            files.insert(path.strip_prefix(folder)?.to_string_lossy().into_owned(), bytes);
        }
    }
    let [sums, signature] = SUMS.map(|name| {
        let missing = || format!("{} has no {name}: is it the unpacked archive?", folder.display());
        files.remove(name).with_context(missing)
    });
    let count = files.len();
    let files = files.into_iter().map(|(path, bytes)| (path, sha256(&bytes))).collect();
    let verified = verify::archive(&sums?, &signature?, &files, &[&keys::public(&trust.key)?]);
    Ok(verified.map(|origin| of_archive(&origin, count, trust.language)))
}

fn of_image(image: &Image, language: Language) -> String {
    let mut out = String::new();
    line(&mut out, "Image", &image.name);
    line(&mut out, pick(language, "Empreinte", "Digest"), &image.digest);
    of_origin(&mut out, &image.origin, language);
    out
}

fn of_archive(origin: &Origin, files: usize, language: Language) -> String {
    let mut out = String::new();
    line(&mut out, pick(language, "Fichiers intacts", "Files unchanged"), &files.to_string());
    of_origin(&mut out, origin, language);
    out
}

fn of_origin(out: &mut String, origin: &Origin, language: Language) {
    let say = |fr: &'static str, en: &'static str| pick(language, fr, en);
    let built = &origin.parameters;
    line(out, "Source", &built.source);
    line(out, say("Révision", "Revision"), &built.revision);
    line(out, say("Profil", "Profile"), &built.profile);
    line(out, say("Construit par", "Built by"), &origin.builder.id);
    line(out, say("Signé par la clé", "Signed by key"), &origin.key);
    if built.revision.ends_with("-dirty") {
        let warning = say(
            "des fichiers différaient de cette révision : personne ne peut dire ce qui a été construit",
            "files differed from that revision: nobody can tell what was built",
        );
        line(out, say("Attention", "Beware"), warning);
    }
}

fn refusal(error: &Error, language: Language) -> String {
    match language {
        Language::En => format!("REFUSED. This is not, or no longer, what was signed: {error}"),
        Language::Fr => {
            format!("REFUSÉ. Ce n'est pas, ou plus, ce qui a été signé : {}", french(error))
        }
    }
}

fn french(error: &Error) -> String {
    match error {
        Error::Malformed { what, source } => {
            format!("{what} ne se lit pas, il a été modifié ou tronqué ({source})")
        }
        Error::Digest(digest) => {
            format!(
                "{digest:?} n'est pas une empreinte SHA-256 : le dossier a été modifié, ou écrit par un autre programme"
            )
        }
        Error::Missing { digest, why, .. } => {
            format!("l'élément {digest} manque ({why}) : copiez le dossier à nouveau, en entier")
        }
        Error::Changed { digest, .. } => {
            format!("l'élément {digest} a été modifié : son contenu a une autre empreinte")
        }
        Error::NoImage { wanted, found } => {
            format!("le dossier ne contient pas d'image {wanted} ; il contient : {}", found.join(", "))
        }
        Error::Nothing => {
            "le dossier ne contient aucune image qui ait un nom : est-ce le dossier images de l'archive ?".into()
        }
        Error::NoProvenance { name } => format!(
            "l'image {name} n'a pas de provenance : personne n'a signé d'où elle vient. Ne l'exécutez pas"
        ),
        Error::Provenance { name, source } => {
            format!("la provenance de l'image {name} ne tient pas : {}", of_signature(source))
        }
        Error::OtherImage { name, about } => format!(
            "la provenance jointe à l'image {name} est authentique, mais c'est celle d'une autre : elle porte sur {}",
            about.join(", ")
        ),
        Error::OtherBill { name } => format!(
            "l'inventaire des composants joint à l'image {name} n'est pas celui qui a été signé avec elle, ou manque"
        ),
        Error::Sums(source) => {
            format!("la signature des sommes SHA256SUMS ne tient pas : {}", of_signature(source))
        }
        Error::OtherSums => {
            "la signature est authentique, mais porte sur d'autres sommes que SHA256SUMS : des fichiers ont été échangés"
                .into()
        }
        Error::Line(line) => format!("SHA256SUMS ne se lit pas à {line:?}"),
        Error::File(path) => {
            format!("le fichier {path} a été modifié, ou manque : son empreinte n'est pas celle de SHA256SUMS")
        }
        Error::Stranger(path) => {
            format!("le fichier {path} ne figure pas dans SHA256SUMS : quelqu'un d'autre l'a ajouté")
        }
    }
}

fn of_signature(error: &provenance::Error) -> String {
    match error {
        provenance::Error::Envelope(dsse::Error::UnknownKey { found }) => format!(
            "elle est signée par la clé {found}…, pas par une clé de confiance : est-ce le bon fichier de clé publique ?"
        ),
        provenance::Error::Envelope(dsse::Error::BadSignature) => {
            "la signature n'est pas celle de sa clé : le contenu a été modifié".into()
        }
        provenance::Error::Envelope(error) => format!("l'enveloppe est mal formée ({error})"),
        provenance::Error::Malformed(error) => format!("ce qui est signé n'est pas une provenance ({error})"),
        provenance::Error::OtherPredicate(found) => {
            format!("ce qui est signé est de type {found}, et ne dit pas comment une image a été construite")
        }
    }
}

#[cfg(test)]
mod tests;
