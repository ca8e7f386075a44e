//! The committed YAML is what the types say.

use std::{collections::BTreeSet, fs, path::Path};

#[test]
fn committed_yaml_is_generated_from_the_types() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("yaml");
    let mut expected = BTreeSet::new();
    for crd in beffroi_crds::all() {
        let (name, text) = beffroi_crds::yaml(&crd).unwrap();
        let committed = fs::read_to_string(folder.join(&name)).unwrap_or_default();
        assert!(
            committed == text,
            "crds/yaml/{name} has drifted from crds/src: run `make generate` and commit it"
        );
        expected.insert(name);
    }
    let found: BTreeSet<String> =
        fs::read_dir(folder).unwrap().map(|f| f.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(found, expected, "crds/yaml holds a file that no type generates");
}

#[test]
fn every_definition_survives_helm_uninstall() {
    for crd in beffroi_crds::all() {
        let annotations = crd.metadata.annotations.unwrap_or_default();
        assert_eq!(annotations.get("helm.sh/resource-policy").map(String::as_str), Some("keep"));
    }
}
