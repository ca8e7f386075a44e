//! The whole way, with a small program of the system in the place of ours: the same bytes from two folders, taken for ours by whoever
//! has the key, and refused once a bit is another.

use std::{
    fs,
    path::{Path, PathBuf},
};

use beffroi_core::{
    distribution::verify::{self, Image},
    evidence::{SigningKeys, canonical::sha256},
};
use tempfile::TempDir;

use crate::{Layout, PROGRAMS, bundle, closure::Machine, facts::Facts, image};

const TREE: &str = "\
0|beffroi-operator v0.1.0 (/a/operator)|Apache-2.0
1|serde v1.0.2|MIT OR Apache-2.0

0|beffroi-api v0.1.0 (/a/api)|Apache-2.0
1|serde v1.0.2|MIT OR Apache-2.0

0|beffroi-cli v0.1.0 (/a/cli)|Apache-2.0
1|serde v1.0.2|MIT OR Apache-2.0
";

fn facts(key: &Path) -> Facts {
    let text = SigningKeys::from_seeds(&[1; 32], &[2; 32], None).unwrap();
    fs::create_dir_all(key).unwrap();
    for (name, text) in [("statement.pem", &text.statement), ("checkpoint.key", &text.checkpoint)] {
        use std::os::unix::fs::PermissionsExt;
        fs::write(key.join(name), text).unwrap();
        fs::set_permissions(key.join(name), fs::Permissions::from_mode(0o600)).unwrap();
    }
    Facts {
        revision: "abc".into(),
        epoch: 1_700_000_000,
        profile: "release".into(),
        source: "https://a.example".into(),
        builder: "https://a.example/us".into(),
        tools: vec![("rustc".into(), "1".into())],
        key: key.into(),
    }
}

/// Layout and archive in a folder of their own.
fn made(folder: &Path) -> (PathBuf, PathBuf) {
    let programs = folder.join("programs");
    fs::create_dir_all(&programs).unwrap();
    for name in PROGRAMS {
        fs::copy("/usr/bin/true", programs.join(name)).unwrap();
    }
    fs::write(folder.join("crates"), TREE).unwrap();
    fs::write(folder.join("lock"), "").unwrap();
    let layout = Layout {
        programs,
        crates: folder.join("crates"),
        lock: folder.join("lock"),
        machine: Machine::Amd64,
        out: folder.join("images"),
        facts: facts(&folder.join("key")),
    };
    image::write_all(&layout).unwrap();
    let tree = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let archive = bundle::Arguments {
        layout: layout.out.clone(),
        charts: tree.join("charts"),
        crds: tree.join("crds/yaml"),
        out: folder.join("archive.tar"),
        facts: facts(&folder.join("key")),
    };
    bundle::write(&archive).unwrap();
    (layout.out, archive.out)
}

fn verified(layout: &Path, keys: &SigningKeys) -> Result<Vec<Image>, verify::Error> {
    let read = |hex: &str| fs::read(layout.join("blobs/sha256").join(hex)).map_err(|error| error.to_string());
    verify::layout(&fs::read(layout.join("index.json")).unwrap(), &read, None, &[keys.public()])
}

#[test]
fn two_folders_give_the_same_bytes_and_a_bit_of_them_changed_is_refused() {
    let folder = TempDir::new().unwrap();
    let (one, first) = made(&folder.path().join("one"));
    let (_, second) = made(&folder.path().join("another/folder"));
    assert!(fs::read(&first).unwrap() == fs::read(&second).unwrap(), "the archives differ");

    let keys = facts(&folder.path().join("one/key")).keys().unwrap();
    let images = verified(&one, &keys).unwrap();
    assert_eq!(images.iter().map(|image| image.name.as_str()).collect::<Vec<_>>(), PROGRAMS);
    let unpacked = folder.path().join("unpacked");
    tar::Archive::new(fs::File::open(&first).unwrap()).unpack(&unpacked).unwrap();
    let top = unpacked.join(format!("beffroi-{}", Facts::VERSION));
    assert_eq!(verified(&top.join("images"), &keys).unwrap(), images);
    let values = fs::read_to_string(top.join("values-digests.yaml")).unwrap();
    assert!(images.iter().all(|image| values.contains(&image.digest)), "{values}");
    let sums = fs::read_to_string(top.join("SHA256SUMS")).unwrap();
    let readme = sha256(&fs::read(top.join("README.md")).unwrap());
    assert!(sums.contains(&format!("{readme}  README.md\n")), "{sums}");
    for chart in ["beffroi", "beffroi-site", "stand-in"] {
        assert!(sums.contains(&format!("  charts/{chart}-{}.tgz\n", Facts::VERSION)), "{sums}");
    }

    let layer = fs::read_dir(one.join("blobs/sha256")).unwrap().map(|entry| entry.unwrap().path());
    let layer = layer.max_by_key(|path| fs::metadata(path).unwrap().len()).unwrap();
    let mut bytes = fs::read(&layer).unwrap();
    bytes[1000] ^= 1;
    fs::write(&layer, bytes).unwrap();
    let error = verified(&one, &keys).unwrap_err().to_string();
    assert!(error.starts_with("the layer sha256:") && error.contains("was changed"), "{error}");
}
