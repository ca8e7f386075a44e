//! A layout of a few bytes, and each way to spoil it.

use std::collections::BTreeMap;

use super::{
    oci::{self, Descriptor, Index, Manifest},
    provenance::{BUILD, Builder, Definition, Parameters, Provenance, Run, Statement},
    verify::{self, Error, Image},
};
use crate::evidence::{
    SigningKeys,
    canonical::{self, sha256},
    dsse::Envelope,
    sample::keys,
    statement::{Sha256, Subject},
};

struct Layout {
    index: Index,
    blobs: BTreeMap<String, Vec<u8>>,
}

impl Layout {
    fn put(&mut self, kind: &str, bytes: &[u8]) -> Descriptor {
        let descriptor = Descriptor::of(kind, bytes);
        self.blobs.insert(sha256(bytes), bytes.to_vec());
        descriptor
    }

    fn image(&mut self, name: &str) -> Descriptor {
        let config = self.put(oci::CONFIG, format!("{{\"of\":\"{name}\"}}").as_bytes());
        let layers = vec![self.put(oci::LAYER, b"shared"), self.put(oci::LAYER, name.as_bytes())];
        let manifest = manifest(None, config, layers, None);
        let mut listed = self.put(oci::MANIFEST, &serde_json::to_vec(&manifest).unwrap());
        listed.annotations.insert(oci::NAME.into(), name.into());
        self.index.manifests.push(listed.clone());
        listed
    }

    fn refer(&mut self, kind: &str, to: &Descriptor, content: &[u8]) {
        let config = self.put(oci::EMPTY, b"{}");
        let layer = self.put(kind, content);
        let manifest = manifest(Some(kind), config, vec![layer], Some(to.clone()));
        let listed = self.put(oci::MANIFEST, &serde_json::to_vec(&manifest).unwrap());
        self.index.manifests.push(listed);
    }

    /// An image with a bill and a provenance by `keys`.
    fn whole(&mut self, name: &str, keys: &SigningKeys) -> Descriptor {
        let image = self.image(name);
        let bill = format!("bill of {name}");
        self.refer(oci::SBOM, &image, bill.as_bytes());
        let subjects =
            vec![subject(name, &image.digest["sha256:".len()..]), subject("bill", &sha256(bill.as_bytes()))];
        self.refer(oci::STATEMENT, &image, &statement(subjects).sign(keys).unwrap());
        image
    }

    fn verify(&self, name: Option<&str>) -> Result<Vec<Image>, Error> {
        let read = |hex: &str| self.blobs.get(hex).cloned().ok_or_else(|| "no such file".to_owned());
        let index = serde_json::to_vec(&self.index).unwrap();
        verify::layout(&index, &read, name, &[ours().public()])
    }

    fn spoil(&mut self, descriptor: &Descriptor) {
        let blob = self.blobs.get_mut(descriptor.sha256().unwrap()).unwrap();
        *blob.last_mut().unwrap() ^= 1;
    }

    fn manifest(&self, descriptor: &Descriptor) -> Manifest {
        serde_json::from_slice(&self.blobs[descriptor.sha256().unwrap()]).unwrap()
    }
}

fn manifest(
    kind: Option<&str>,
    config: Descriptor,
    layers: Vec<Descriptor>,
    subject: Option<Descriptor>,
) -> Manifest {
    Manifest {
        schema_version: 2,
        media_type: oci::MANIFEST.into(),
        artifact_type: kind.map(str::to_owned),
        config,
        layers,
        subject,
        annotations: BTreeMap::new(),
    }
}

fn empty() -> Layout {
    let index = Index { schema_version: 2, media_type: oci::INDEX.into(), manifests: Vec::new() };
    Layout { index, blobs: BTreeMap::new() }
}

fn ours() -> SigningKeys {
    keys(1, "beffroi.fr/log/a")
}

fn theirs() -> SigningKeys {
    keys(2, "beffroi.fr/log/b")
}

fn subject(name: &str, digest: &str) -> Subject {
    Subject { name: name.into(), digest: Sha256 { sha256: digest.into() } }
}

fn statement(subjects: Vec<Subject>) -> Statement {
    let external_parameters =
        Parameters { source: "https://a.example".into(), revision: "abc".into(), profile: "release".into() };
    let build_definition = Definition {
        build_type: BUILD.into(),
        external_parameters,
        internal_parameters: BTreeMap::new(),
        resolved_dependencies: Vec::new(),
    };
    let run_details = Run { builder: Builder { id: "https://a.example/builder".into() } };
    Statement::new(subjects, Provenance { build_definition, run_details })
}

fn two() -> Layout {
    let mut layout = empty();
    layout.whole("one", &ours());
    layout.whole("two", &ours());
    layout
}

#[test]
fn images_that_are_whole_and_signed_are_told_with_their_origin() {
    let images = two().verify(None).unwrap();
    assert_eq!(images.iter().map(|i| i.name.as_str()).collect::<Vec<_>>(), ["one", "two"]);
    let origin = &images[0].origin;
    assert_eq!(
        (origin.parameters.revision.as_str(), origin.builder.id.as_str()),
        ("abc", "https://a.example/builder")
    );
    assert_eq!(origin.key, ours().public().id());
    assert_eq!(two().verify(Some("two")).unwrap(), images[1..]);
}

#[test]
fn an_image_that_is_not_there_is_told_with_those_that_are() {
    let error = two().verify(Some("three")).unwrap_err().to_string();
    assert!(error.ends_with("no image three; it holds: one, two"), "{error}");
    assert!(matches!(empty().verify(None), Err(Error::Nothing)));
}

#[test]
fn a_bit_of_any_blob_changed_is_refused() {
    let whole = two();
    for hex in whole.blobs.keys() {
        let mut layout = two();
        layout.blobs.get_mut(hex).unwrap()[0] ^= 1;
        let error = layout.verify(None).unwrap_err();
        assert!(matches!(&error, Error::Changed { digest, .. } if digest.ends_with(hex)), "{error}");
    }
}

#[test]
fn a_blob_that_is_gone_or_of_another_length_is_refused() {
    let mut layout = two();
    let image = layout.index.manifests[0].clone();
    let layer = layout.manifest(&image).layers[1].clone();
    layout.blobs.remove(layer.sha256().unwrap());
    assert!(matches!(layout.verify(None), Err(Error::Missing { what: "the layer", .. })));
    let mut layout = two();
    layout.index.manifests[0].size += 1;
    assert!(matches!(layout.verify(None), Err(Error::Changed { what: "the manifest", .. })));
}

#[test]
fn a_manifest_that_was_changed_is_refused_even_where_the_index_follows() {
    let mut layout = two();
    let image = layout.index.manifests[0].clone();
    layout.spoil(&image);
    assert!(matches!(layout.verify(None), Err(Error::Changed { what: "the manifest", .. })));
    // An image of somebody else's under our name: its referrers are about another one.
    let mut layout = two();
    let foreign = layout.image("foreign");
    layout.index.manifests.pop();
    layout.index.manifests[0] = Descriptor { annotations: image.annotations.clone(), ..foreign };
    assert!(matches!(layout.verify(None), Err(Error::NoProvenance { name }) if name == "one"));
}

#[test]
fn a_digest_of_another_kind_is_refused() {
    for bad in ["sha512:00", "sha256:../../../etc/passwd", "sha256:"] {
        let mut layout = two();
        layout.index.manifests[0].digest = bad.into();
        assert!(matches!(layout.verify(None), Err(Error::Digest(digest)) if digest == bad));
    }
}

#[test]
fn a_signature_by_another_key_is_refused() {
    let mut layout = empty();
    layout.whole("one", &theirs());
    let error = layout.verify(None).unwrap_err().to_string();
    assert!(error.contains("not by a trusted one"), "{error}");
}

#[test]
fn an_image_without_provenance_is_refused() {
    let mut layout = empty();
    let image = layout.image("one");
    layout.refer(oci::SBOM, &image, b"bill");
    assert!(matches!(layout.verify(None), Err(Error::NoProvenance { .. })));
}

#[test]
fn the_provenance_of_another_image_is_refused() {
    let mut layout = empty();
    let image = layout.image("one");
    let other = statement(vec![subject("two", &sha256(b"two"))]).sign(&ours()).unwrap();
    layout.refer(oci::STATEMENT, &image, &other);
    let error = layout.verify(None).unwrap_err().to_string();
    assert!(error.ends_with("that of another image: it is about two"), "{error}");
}

#[test]
fn evidence_is_no_provenance() {
    let mut layout = empty();
    let image = layout.image("one");
    let mut other = statement(vec![subject("one", image.sha256().unwrap())]);
    other.predicate_type = "https://beffroi.fr/attestations/audit/v1".into();
    layout.refer(oci::STATEMENT, &image, &other.sign(&ours()).unwrap());
    let error = layout.verify(None).unwrap_err().to_string();
    assert!(error.contains("attestations/audit/v1, not how something was built"), "{error}");
    let mut layout = empty();
    let image = layout.image("one");
    let nothing = Envelope::sign(&canonical::to_vec(&"nothing").unwrap(), &ours()).to_entry().unwrap();
    layout.refer(oci::STATEMENT, &image, &nothing);
    assert!(layout.verify(None).unwrap_err().to_string().contains("is no provenance"));
}

#[test]
fn a_bill_of_materials_that_was_exchanged_added_or_taken_away_is_refused() {
    let mut layout = two();
    let image = layout.index.manifests[0].clone();
    layout.refer(oci::SBOM, &image, b"another");
    assert!(matches!(layout.verify(None), Err(Error::OtherBill { .. })));
    let mut layout = two();
    layout.index.manifests.remove(1);
    assert!(matches!(layout.verify(None), Err(Error::OtherBill { .. })));
}

#[test]
fn an_archive_is_its_signed_sums() {
    fn sign(sums: &str, keys: &SigningKeys) -> Vec<u8> {
        statement(vec![subject("SHA256SUMS", &sha256(sums.as_bytes()))]).sign(keys).unwrap()
    }
    fn verify(
        sums: &str,
        signature: &[u8],
        files: &BTreeMap<String, String>,
    ) -> Result<verify::Origin, Error> {
        verify::archive(sums.as_bytes(), signature, files, &[ours().public()])
    }
    let files = BTreeMap::from([("a".to_owned(), sha256(b"a")), ("b/c".to_owned(), sha256(b"c"))]);
    let sums: String = files.iter().map(|(path, sum)| format!("{sum}  {path}\n")).collect();
    let signature = sign(&sums, &ours());
    assert_eq!(verify(&sums, &signature, &files).unwrap().key, ours().public().id());
    assert!(matches!(verify(&sums, &sign(&sums, &theirs()), &files), Err(Error::Sums(_))));
    assert!(matches!(verify(&sums.replace('a', "b"), &signature, &files), Err(Error::OtherSums)));
    let mut other = files.clone();
    other.insert("a".into(), sha256(b"b"));
    assert!(matches!(verify(&sums, &signature, &other), Err(Error::File(path)) if path == "a"));
    other.remove("a");
    assert!(matches!(verify(&sums, &signature, &other), Err(Error::File(path)) if path == "a"));
    let mut other = files.clone();
    other.insert("d".into(), sha256(b"d"));
    assert!(matches!(verify(&sums, &signature, &other), Err(Error::Stranger(path)) if path == "d"));
    let bad = "no line\n";
    assert!(matches!(verify(bad, &sign(bad, &ours()), &files), Err(Error::Line(_))));
}
