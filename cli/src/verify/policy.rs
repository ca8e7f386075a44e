//! The reader's own copy of a policy: a manifest → its spec, with what the API server would put in.

use std::{fs, path::Path};

use anyhow::{Context, bail};
use beffroi_core::location::Policy;
use beffroi_crds::SovereigntyPolicySpec;
use serde::Deserialize;
use serde_json::Value;

/// Reads the manifest of a `SovereigntyPolicy`; the only one in its file, which may hold other kinds.
pub(crate) fn read(path: &Path) -> anyhow::Result<SovereigntyPolicySpec> {
    let text = fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    parse(&text).with_context(|| path.display().to_string())
}

/// The same of its text.
pub(crate) fn parse(text: &str) -> anyhow::Result<SovereigntyPolicySpec> {
    let mut specs = Vec::new();
    for document in serde_yaml::Deserializer::from_str(text) {
        let document = Value::deserialize(document).context("not YAML")?;
        let listed = document.get("items").and_then(Value::as_array).cloned();
        let policies = listed.unwrap_or_else(|| vec![document]);
        let policies =
            policies.into_iter().filter(|one| one.get("kind") == Some(&"SovereigntyPolicy".into()));
        specs.extend(policies.filter_map(|one| one.get("spec").cloned()));
    }
    match specs.as_slice() {
        [spec] => Ok(Policy::read(spec)?),
        [] => bail!("no manifest of kind SovereigntyPolicy with a spec is in it"),
        several => bail!("{} policies are in it: give a file with the one to compare with", several.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str = "apiVersion: beffroi.fr/v1alpha1\nkind: SovereigntyPolicy\nmetadata: {name: a}\nspec:\n  place: {countries: [FR]}\n  law: {countries: [FR]}\n";

    #[test]
    fn a_manifest_is_read_as_the_api_server_would() {
        let spec = parse(POLICY).unwrap();
        assert_eq!((spec.observation_max_age_seconds, spec.redundancy.min_sites), (900, 1));
        assert_eq!(parse(&format!("kind: Secret\n---\n{POLICY}")).unwrap(), spec);
        let list = format!("kind: List\nitems:\n- {}", POLICY.trim_end().replace('\n', "\n  "));
        assert_eq!(parse(&list).unwrap(), spec);
    }

    #[test]
    fn what_is_no_policy_says_so() {
        for (text, told) in [
            ("", "no manifest"),
            ("kind: SovereigntyPolicy", "no manifest"),
            ("a: [", "not YAML"),
            (&format!("{POLICY}---\n{POLICY}"), "2 policies"),
            (
                &POLICY.replace("countries: [FR]}\n  law", "countrys: [FR], countries: [FR]}\n  law"),
                "spec.place.countrys",
            ),
            (&POLICY.replace("  law: {countries: [FR]}\n", ""), "law"),
        ] {
            let error = format!("{:#}", parse(text).unwrap_err());
            assert!(error.contains(told), "{told}: {error}");
        }
    }
}
