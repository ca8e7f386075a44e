//! What we sign verifies with programs that we did not write, and what was changed does not: Go's `sumdb/note`
//! and `tlog` (checkpoint, inclusion, consistency), Python's securesystemslib and OpenSSL (envelope), Python's
//! jsonschema (statement).
//!
//! The bundles come from a real log in a folder, after a change of keys.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use beffroi_cluster::parts::{Extra, Parts};
use beffroi_core::evidence::{
    Bundle, Expected, PublicKeys, SigningKeys, checkpoint::Checkpoint, dsse, sample, verify,
};
use beffroi_log::{Entry, Reader, Store, Writer};
use beffroi_tests::python;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Name of the log.
const LOG: &str = "beffroi.fr/log/foreign";

/// Bundles of one log, and files to hand to other programs.
struct Scene {
    /// On data location, with the proof that the log grew.
    location: Bundle,
    /// An audit entry of the new keys.
    audit: Bundle,
    /// The change of keys, signed by the old ones.
    rotation: Bundle,
    keys: PublicKeys,
    old_keys: PublicKeys,
    folder: TempDir,
}

impl Scene {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::folder(&folder.path().join("log"), false).unwrap();
        let writer = Writer::open(store.clone(), sample::keys(1, LOG), 1).await.unwrap();
        let audit = |note: String| Entry::from(sample::audit(&note));
        writer.append((0..5).map(|n| audit(format!("before {n}"))).collect()).await.unwrap();
        let old_keys = writer.public();
        let rotation = writer.rotate(sample::keys(2, LOG), sample::time(sample::TIME)).await.unwrap();
        let after = writer.append((0..300).map(|n| audit(format!("after {n}"))).collect()).await.unwrap();
        let reader = Reader::new(store);
        let known = reader.checkpoint().await.unwrap().unwrap();
        let observation = sample::elsewhere();
        let entry = Entry { statement: sample::located(&observation), observation: Some(observation) };
        let located = writer.append(vec![entry, audit("last".into())]).await.unwrap();
        Self {
            location: reader.bundle(located[0], Some(&known)).await.unwrap(),
            audit: reader.bundle(after[3], None).await.unwrap(),
            rotation: reader.bundle(rotation, None).await.unwrap(),
            keys: writer.public(),
            old_keys,
            folder,
        }
    }

    fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// Whether `program` takes the bundle; what it says otherwise.
    fn ask(&self, program: &[&Path], keys: &PublicKeys, bundle: &[u8]) -> Result<(), String> {
        let (keys, bundle) = (self.file("keys.pub", keys.to_text().as_bytes()), self.file("bundle", bundle));
        run(Command::new(program[0]).args(&program[1..]).args([keys, bundle]))
    }
}

fn run(command: &mut Command) -> Result<(), String> {
    let Output { status, stderr, .. } = command.output().unwrap();
    if status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&stderr).into_owned()) }
}

/// The bundle with one character of the text at `pointer` changed, in the middle of it.
fn changed(bundle: &Bundle, pointer: &str) -> Vec<u8> {
    let mut value = serde_json::to_value(bundle).unwrap();
    match value.pointer_mut(pointer).unwrap() {
        Value::String(text) => {
            let middle = text.len() / 2;
            let other = if &text[middle..=middle] == "A" { "B" } else { "A" };
            text.replace_range(middle..=middle, other);
        }
        Value::Number(number) => *number = (number.as_u64().unwrap() - 1).into(),
        other => panic!("{other}"),
    }
    serde_json::to_vec(&value).unwrap()
}

async fn interpreter() -> PathBuf {
    let ready = || python::ready(include_str!("requirements.txt"));
    tokio::task::spawn_blocking(ready).await.unwrap().unwrap().join("python")
}

fn source(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/foreign").join(file)
}

#[tokio::test]
async fn go_checks_checkpoint_inclusion_and_consistency() {
    let go = tokio::task::spawn_blocking(|| Parts::extra(Extra::Proof)).await.unwrap().unwrap();
    let go = go.program(Extra::Proof.program());
    let scene = Scene::new().await;
    for bundle in [&scene.location, &scene.audit, &scene.rotation] {
        let text = bundle.to_vec().unwrap();
        assert_eq!(scene.ask(&[&go], &scene.keys, &text), Ok(()));
        assert!(scene.ask(&[&go], &scene.old_keys, &text).unwrap_err().contains("checkpoint"));
        // Ours says the same, from the first keys on.
        verify(&text, &scene.old_keys, &Expected::default()).unwrap();
    }
    // A witness cosigned: those who do not know it, Go as we, leave its line aside.
    let mut cosigned = scene.audit.clone();
    let state = Checkpoint::read(&cosigned.checkpoint).unwrap();
    let line = |size, keys: &SigningKeys| {
        let note = Checkpoint::sign(size, state.root, keys).unwrap();
        note.split_once("\n\n").unwrap().1.to_owned()
    };
    cosigned.checkpoint += &line(state.size, &sample::keys(7, "witness.example/w"));
    let text = cosigned.to_vec().unwrap();
    assert_eq!(scene.ask(&[&go], &scene.keys, &text), Ok(()));
    verify(&text, &scene.old_keys, &Expected::default()).unwrap();
    // A bad signature of the key that is known is an error for both, before and after the good one.
    let (state_text, own) = scene.audit.checkpoint.split_once("\n\n").unwrap();
    let bad = line(state.size - 1, &sample::keys(2, LOG));
    cosigned.checkpoint = format!("{state_text}\n\n{bad}{own}");
    let text = cosigned.to_vec().unwrap();
    assert!(scene.ask(&[&go], &scene.keys, &text).unwrap_err().contains("checkpoint"));
    verify(&text, &scene.old_keys, &Expected::default()).unwrap_err();

    let bundle = &scene.location;
    assert!(bundle.consistency.as_ref().is_some_and(|proof| !proof.hashes.is_empty()));
    for (pointer, told) in [
        ("/envelope/payload", "inclusion"),
        ("/envelope/payloadType", "inclusion"),
        ("/envelope/signatures/0/keyid", "inclusion"),
        ("/envelope/signatures/0/sig", "inclusion"),
        ("/inclusion/logIndex", "inclusion"),
        ("/inclusion/hashes/0", "inclusion"),
        ("/checkpoint", "checkpoint"),
        ("/consistency/hashes/0", "consistency"),
        ("/consistency/checkpoint", "smaller checkpoint"),
    ] {
        let said = scene.ask(&[&go], &scene.keys, &changed(bundle, pointer)).unwrap_err();
        assert!(said.contains(told), "{pointer}: {said}");
    }
}

#[tokio::test]
async fn securesystemslib_checks_the_envelope() {
    let python = interpreter().await;
    let program = [python.as_path(), &source("dsse.py")];
    let scene = Scene::new().await;
    for (bundle, keys, others) in [
        (&scene.location, &scene.keys, &scene.old_keys),
        (&scene.audit, &scene.keys, &scene.old_keys),
        (&scene.rotation, &scene.old_keys, &scene.keys),
    ] {
        assert_eq!(scene.ask(&program, keys, &bundle.to_vec().unwrap()), Ok(()));
        let refused = |keys: &PublicKeys, text: &[u8]| {
            let said = scene.ask(&program, keys, text).unwrap_err();
            assert!(said.contains("Accepted signatures do not match threshold"), "{said}");
        };
        refused(others, &bundle.to_vec().unwrap());
        for pointer in ["/envelope/payload", "/envelope/payloadType", "/envelope/signatures/0/sig"] {
            refused(keys, &changed(bundle, pointer));
        }
    }
}

#[tokio::test]
async fn openssl_checks_the_signature() {
    let scene = Scene::new().await;
    let envelope = &scene.location.envelope;
    let payload = dsse::decode(&envelope.payload).unwrap();
    let signature = scene.file("sig", &dsse::decode(&envelope.signatures[0].sig).unwrap());
    let ask = |keys: &PublicKeys, payload: &[u8]| {
        let signed = dsse::pre_authentication_encoding(&envelope.payload_type, payload);
        let (keys, signed) =
            (scene.file("keys.pub", keys.to_text().as_bytes()), scene.file("signed", &signed));
        let mut openssl = Command::new("openssl");
        openssl.args(["dgst", "-sha256", "-verify"]).arg(keys).arg("-signature").arg(&signature).arg(signed);
        run(&mut openssl).is_ok()
    };
    assert!(ask(&scene.keys, &payload));
    assert!(!ask(&scene.old_keys, &payload));
    assert!(!ask(&scene.keys, &[payload.as_slice(), b" "].concat()));
}

#[tokio::test]
async fn every_statement_is_of_its_published_schema() {
    let python = interpreter().await;
    let scene = Scene::new().await;
    let schemas = Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/schemas");
    let ask = |schema: &str, statement: &Value| {
        let payload = dsse::encode(&serde_json::to_vec(statement).unwrap());
        let bundle = json!({"envelope": {"payload": payload}}).to_string();
        let bundle = scene.file("bundle", bundle.as_bytes());
        run(Command::new(&python).arg(source("schema.py")).arg(schemas.join(schema)).arg(bundle))
    };
    // What the first version signed is of the schema that was published then.
    let first = Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/fixtures/evidence/v1.bundle.json");
    let first = Bundle::parse(&fs::read(first).unwrap()).unwrap();
    let first: Value = serde_json::from_slice(&dsse::decode(&first.envelope.payload).unwrap()).unwrap();
    assert_eq!(ask("data-location-v1.json", &first), Ok(()));
    assert!(ask("data-location-v2.json", &first).unwrap_err().contains("ValidationError"));
    let kinds = [
        ("data-location-v2.json", &scene.location),
        ("audit-v1.json", &scene.audit),
        ("key-rotation-v1.json", &scene.rotation),
    ];
    for (schema, bundle) in kinds {
        let payload = dsse::decode(&bundle.envelope.payload).unwrap();
        let statement: Value = serde_json::from_slice(&payload).unwrap();
        assert_eq!(ask(schema, &statement), Ok(()));
        for (other, _) in kinds.iter().filter(|(other, _)| *other != schema) {
            assert!(ask(other, &statement).unwrap_err().contains("ValidationError"), "{schema} by {other}");
        }
        for (pointer, value) in [
            ("/_type", json!("https://in-toto.io/Statement/v0.1")),
            ("/subject", json!([])),
            ("/subject/0/digest/sha256", json!("AB")),
            ("/predicate", json!({})),
        ] {
            let mut bad = statement.clone();
            *bad.pointer_mut(pointer).unwrap() = value;
            assert!(ask(schema, &bad).unwrap_err().contains("ValidationError"), "{schema} {pointer}");
        }
        let mut more = statement;
        more["predicate"]["more"] = json!(1);
        assert!(ask(schema, &more).unwrap_err().contains("ValidationError"), "{schema}");
    }
}
