//! Folders of a few bytes, on disk: read, told and refused in both languages.

use std::fs;

use beffroi_core::{
    distribution::{
        oci::{self, Descriptor, Index, Manifest},
        provenance::{BUILD, Builder, Definition, Parameters, Provenance, Run, Statement},
    },
    evidence::{
        SigningKeys,
        statement::{Sha256, Subject},
    },
};
use tempfile::TempDir;

use super::*;

fn signing() -> SigningKeys {
    let text = SigningKeys::from_seeds(&[1; 32], &[2; 32], None).unwrap();
    SigningKeys::parse(&text.statement, &text.checkpoint).unwrap()
}

fn statement(name: &str, digest: String, revision: &str) -> Vec<u8> {
    let external_parameters = Parameters {
        source: "https://a.example".into(),
        revision: revision.into(),
        profile: "release".into(),
    };
    let build_definition = Definition {
        build_type: BUILD.into(),
        external_parameters,
        internal_parameters: BTreeMap::new(),
        resolved_dependencies: Vec::new(),
    };
    let run_details = Run { builder: Builder { id: "https://a.example/us".into() } };
    let subject = Subject { name: name.into(), digest: Sha256 { sha256: digest } };
    let statement = Statement::new(vec![subject], Provenance { build_definition, run_details });
    statement.sign(&signing()).unwrap()
}

/// A layout with one image, and what trusts its key.
fn layout(folder: &Path) -> Trust {
    let blobs = folder.join("blobs/sha256");
    fs::create_dir_all(&blobs).unwrap();
    let put = |kind: &str, bytes: &[u8]| {
        let descriptor = Descriptor::of(kind, bytes);
        fs::write(blobs.join(descriptor.sha256().unwrap()), bytes).unwrap();
        descriptor
    };
    let manifest = |kind: Option<&str>, layer: Descriptor, subject: Option<Descriptor>| {
        let manifest = Manifest {
            schema_version: 2,
            media_type: oci::MANIFEST.into(),
            artifact_type: kind.map(str::to_owned),
            config: put(oci::EMPTY, b"{}"),
            layers: vec![layer],
            subject,
            annotations: BTreeMap::new(),
        };
        put(oci::MANIFEST, &serde_json::to_vec(&manifest).unwrap())
    };
    let mut image = manifest(None, put(oci::LAYER, b"layer"), None);
    image.annotations.insert(oci::NAME.into(), "beffroi".into());
    let signed = statement("beffroi", image.sha256().unwrap().to_owned(), "abc-dirty");
    let provenance = manifest(Some(oci::STATEMENT), put(oci::ENVELOPE, &signed), Some(image.clone()));
    let index =
        Index { schema_version: 2, media_type: oci::INDEX.into(), manifests: vec![image, provenance] };
    fs::write(folder.join("index.json"), serde_json::to_vec(&index).unwrap()).unwrap();
    let key = folder.join("key.pub");
    fs::write(&key, signing().public().to_text()).unwrap();
    Trust { key, language: Language::Fr }
}

#[test]
fn an_image_is_told_with_its_origin_and_what_was_not_committed() {
    let folder = TempDir::new().unwrap();
    let trust = layout(folder.path());
    let report = image(folder.path(), None, &trust).unwrap().unwrap();
    for told in ["beffroi\n", "sha256:", "https://a.example/us", "abc-dirty", "Attention", "Signé par la clé"]
    {
        assert!(report.contains(told), "{told}: {report}");
    }
    let error = image(folder.path(), Some("api"), &trust).unwrap().unwrap_err();
    assert!(refusal(&error, Language::Fr).ends_with("il contient : beffroi"), "{error}");
    assert!(refusal(&error, Language::En).starts_with("REFUSED."), "{error}");
}

#[test]
fn a_blob_on_disk_that_was_changed_or_removed_is_refused() {
    let folder = TempDir::new().unwrap();
    let trust = layout(folder.path());
    let layer = folder.path().join("blobs/sha256").join(sha256(b"layer"));
    fs::write(&layer, b"other").unwrap();
    assert!(matches!(image(folder.path(), None, &trust).unwrap(), Err(Error::Changed { .. })));
    fs::remove_file(&layer).unwrap();
    let error = image(folder.path(), None, &trust).unwrap().unwrap_err();
    assert!(refusal(&error, Language::Fr).contains("manque"), "{error}");
}

#[test]
fn every_refusal_is_told_in_french() {
    let name = || "beffroi".to_owned();
    let bad = || serde_json::from_slice::<u8>(b"x").unwrap_err();
    let unknown = || provenance::Error::Envelope(dsse::Error::UnknownKey { found: name() });
    let all = [
        Error::Malformed { what: name(), source: bad() },
        Error::Digest(name()),
        Error::Missing { what: "", digest: name(), why: name() },
        Error::Changed { what: "", digest: name() },
        Error::NoImage { wanted: name(), found: vec![] },
        Error::Nothing,
        Error::NoProvenance { name: name() },
        Error::Provenance { name: name(), source: unknown() },
        Error::Provenance { name: name(), source: provenance::Error::Envelope(dsse::Error::BadSignature) },
        Error::Provenance { name: name(), source: provenance::Error::Malformed(bad()) },
        Error::Provenance { name: name(), source: provenance::Error::OtherPredicate(name()) },
        Error::OtherImage { name: name(), about: vec![] },
        Error::OtherBill { name: name() },
        Error::Sums(unknown()),
        Error::OtherSums,
        Error::Line(name()),
        Error::File(name()),
        Error::Stranger(name()),
    ];
    let mut told: Vec<String> = all.iter().map(french).collect();
    for (french, error) in told.iter().zip(&all) {
        assert_ne!(french, &error.to_string());
    }
    told.sort();
    told.dedup();
    assert_eq!(told.len(), all.len(), "each has a sentence of its own");
}

#[test]
fn an_archive_is_read_from_its_folder_with_all_below_it() {
    let folder = TempDir::new().unwrap();
    let write = |path: &str, bytes: &[u8]| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    let key = TempDir::new().unwrap();
    let trust = Trust { key: key.path().join("key.pub"), language: Language::En };
    fs::write(&trust.key, signing().public().to_text()).unwrap();
    assert!(archive(folder.path(), &trust).unwrap_err().to_string().contains("has no SHA256SUMS"));
    write("charts/a.tgz", b"a");
    let sums = format!("{}  charts/a.tgz\n", sha256(b"a"));
    write("SHA256SUMS", sums.as_bytes());
    write("SHA256SUMS.dsse", &statement("SHA256SUMS", sha256(sums.as_bytes()), "abc"));
    let report = archive(folder.path(), &trust).unwrap().unwrap();
    assert!(report.starts_with("Files unchanged      1\n") && !report.contains("Beware"), "{report}");
    write("charts/b.tgz", b"b");
    let error = archive(folder.path(), &trust).unwrap().unwrap_err();
    assert!(matches!(&error, Error::Stranger(path) if path == "charts/b.tgz"), "{error}");
}
