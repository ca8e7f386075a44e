//! The committed schemas are what the types say, and the page's table of sentences what the rows say.

use std::{collections::BTreeSet, fs, path::Path};

/// Of a version that is only read: its schema stays as it was published.
const PUBLISHED: (&str, &str) =
    ("data-location-v1.json", "b0b306406f9b1bbd84a3120fbbf0ee196b310ffe11627afaab562a12508b245c");

#[test]
fn committed_schemas_are_generated_from_the_types() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas");
    let mut expected = BTreeSet::new();
    for (name, text) in beffroi_core::evidence::schema::all().unwrap() {
        let committed = fs::read_to_string(folder.join(name)).unwrap_or_default();
        assert!(
            committed == text,
            "core/schemas/{name} has drifted from core/src/evidence: run `make generate` and commit it"
        );
        expected.insert(name.to_owned());
    }
    let (name, digest) = PUBLISHED;
    let published = beffroi_core::evidence::canonical::sha256(&fs::read(folder.join(name)).unwrap());
    assert_eq!(published, digest, "core/schemas/{name} was published: it does not change any more");
    expected.insert(name.to_owned());
    let found: BTreeSet<String> =
        fs::read_dir(folder).unwrap().map(|f| f.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(found, expected, "core/schemas holds a file that no type generates");
}

#[test]
fn the_sentences_of_the_page_are_generated_from_the_rows() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../api/page/messages.js");
    assert!(
        fs::read_to_string(file).unwrap_or_default() == beffroi_core::message::table::javascript(),
        "api/page/messages.js has drifted from core/src/message: run `make generate` and commit it"
    );
}
