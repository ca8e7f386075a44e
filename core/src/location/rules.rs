//! The rules that a verdict is held to: a whole policy → its digest, and what it says of place.
//!
//! What was observed holds the policy as it was written, and not an extract of it: whoever verifies computes the
//! digest and draws the rules anew, so that nobody can widen one and keep the digest of another policy.

use beffroi_crds::{
    SovereigntyPolicySpec,
    policy::{EgressDestination, Place},
};
use serde::{Deserialize, Serialize, de::Error as _};
use serde_json::{Error, Value, json};

use crate::evidence::canonical;

/// A policy, whole.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Policy {
    name: String,
    spec: SovereigntyPolicySpec,
    /// The spec as it was written: a later version of Beffroi may add fields to what it reads.
    text: Value,
}

/// A policy as what was observed holds it.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    spec: Value,
}

impl Default for Policy {
    fn default() -> Self {
        Self::of("", &SovereigntyPolicySpec::default())
    }
}

impl Policy {
    /// A policy by its name.
    pub fn of(name: &str, spec: &SovereigntyPolicySpec) -> Self {
        // A policy came from JSON, so it can be written as JSON, in its one text.
        let text = canonical::to_vec(spec).and_then(|text| serde_json::from_slice(&text));
        Self { name: name.to_owned(), spec: spec.clone(), text: text.unwrap_or_default() }
    }

    /// The spec that a text tells: a manifest, or what was observed.
    ///
    /// # Errors
    /// When it is no spec, or says what this version of Beffroi does not know.
    pub fn read(text: &Value) -> Result<SovereigntyPolicySpec, Error> {
        let spec: SovereigntyPolicySpec = serde_json::from_value(text.clone())?;
        match lost("spec", text, &json!(spec)) {
            None => Ok(spec),
            Some(path) => Err(Error::custom(format!(
                "the policy says something of {path} that this version of Beffroi does not know: use a newer one, or correct it"
            ))),
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it says.
    pub fn spec(&self) -> &SovereigntyPolicySpec {
        &self.spec
    }

    /// SHA-256 of the canonical text of its spec, in hexadecimal.
    pub fn digest(&self) -> String {
        canonical::digest(&self.text).unwrap_or_default()
    }

    /// What it says of place.
    pub fn rules(&self) -> Rules {
        Rules {
            place: self.spec.place.clone(),
            registries: self.spec.registries.iter().map(ToString::to_string).collect(),
            images_by_digest: self.spec.images.by_digest,
            encrypted: self.spec.encryption.at_rest,
            volumes_proven: self.spec.volumes.proven_place,
            backups_elsewhere: self.spec.backup.elsewhere,
            max_age_seconds: self.spec.observation_max_age_seconds,
            egress: self.spec.egress.clone(),
        }
    }

    /// The parts in which another spec says something else; none: both are the same.
    pub fn differs(&self, other: &SovereigntyPolicySpec) -> Vec<String> {
        let (ours, theirs) = (json!(self.spec), json!(other));
        let mut parts = Vec::new();
        differences("spec", &ours, &theirs, &mut parts);
        parts
    }
}

impl From<Policy> for Written {
    fn from(policy: Policy) -> Self {
        Self { name: policy.name, spec: policy.text }
    }
}

impl TryFrom<Written> for Policy {
    type Error = Error;

    fn try_from(Written { name, spec: text }: Written) -> Result<Self, Error> {
        Ok(Self { name, spec: Self::read(&text)?, text })
    }
}

/// What a policy says of place.
// Each is one field of the policy, asked for by itself.
#[allow(clippy::struct_excessive_bools)]
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rules {
    /// Where data may lie.
    pub place: Place,
    /// Registries; empty: all that the site declares.
    pub registries: Vec<String>,
    /// Whether images must be named by digest.
    pub images_by_digest: bool,
    /// Whether volumes must be encrypted.
    pub encrypted: bool,
    /// Whether the place of each volume must be shown by what is seen of it.
    pub volumes_proven: bool,
    /// Whether backups must lie in another subdivision than the workspace.
    pub backups_elsewhere: bool,
    /// Seconds after which an observation is too old to rest on.
    pub max_age_seconds: u32,
    /// Destinations that workspaces may reach.
    pub egress: Vec<EgressDestination>,
}

impl Rules {
    /// Whether an address is among the destinations that the policy names.
    pub fn named(&self, address: &str) -> bool {
        super::probe::names(&self.egress, address)
    }

    /// Whether they are those that a statement of the first version says that it was held to. Its own extract of
    /// the policy stands in what was observed, and nothing there binds it to the policy's digest.
    pub fn are_first(&self, told: &Value) -> bool {
        let mut told = told.clone();
        let named = told.as_object_mut().is_some_and(|told| {
            told.remove("policy").is_some_and(|name| name.is_string())
                && told.remove("digest").is_some_and(|digest| digest.is_string())
        });
        named
            && told
                == json!({
                    "place": self.place,
                    "registries": self.registries,
                    "imagesByDigest": self.images_by_digest,
                    "encrypted": self.encrypted,
                    "backupsElsewhere": self.backups_elsewhere,
                    "maxAgeSeconds": self.max_age_seconds,
                })
    }
}

/// A field that is not written where it is false: it came after policies whose digests were signed.
const UNSAID: &str = "spec.networkProbe";

/// The first field of `text` that reading it lost.
fn lost(path: &str, text: &Value, read: &Value) -> Option<String> {
    match (text, read) {
        (Value::Object(text), Value::Object(read)) => text.iter().find_map(|(key, value)| {
            let path = format!("{path}.{key}");
            match read.get(key) {
                Some(read) => lost(&path, value, read),
                None if path == UNSAID && *value == Value::Bool(false) => None,
                None => (!empty(value)).then_some(path),
            }
        }),
        (Value::Array(text), Value::Array(read)) if text.len() == read.len() => text
            .iter()
            .zip(read)
            .enumerate()
            .find_map(|(n, (text, read))| lost(&format!("{path}[{n}]"), text, read)),
        _ => (!same(text, read)).then(|| path.to_owned()),
    }
}

/// What says nothing is not written again.
fn empty(value: &Value) -> bool {
    value.is_null()
        || value.as_array().is_some_and(Vec::is_empty)
        || value.as_object().is_some_and(serde_json::Map::is_empty)
}

/// The same value: a number is the same with and without a fraction of nothing.
fn same(one: &Value, other: &Value) -> bool {
    match (canonical::to_vec(one), canonical::to_vec(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}

/// Where two texts differ, as deep as objects go.
fn differences(path: &str, one: &Value, other: &Value, into: &mut Vec<String>) {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            let mut keys: Vec<&String> = one.keys().chain(other.keys()).collect();
            keys.sort();
            keys.dedup();
            for key in keys {
                let (one, other) =
                    (one.get(key).unwrap_or(&Value::Null), other.get(key).unwrap_or(&Value::Null));
                differences(&format!("{path}.{key}"), one, other, into);
            }
        }
        _ if same(one, other) => {}
        _ => into.push(path.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> Value {
        json!({
            "place": {"countries": ["FR"], "subdivisions": ["FR-75C"]},
            "law": {"countries": ["FR"], "maxForeignShareEach": 24},
            "encryption": {"atRest": true},
        })
    }

    #[test]
    fn a_policy_is_read_and_written_as_it_was() {
        let written = json!({"name": "sante", "spec": policy()});
        let read: Policy = serde_json::from_value(written.clone()).unwrap();
        assert_eq!(json!(read), written, "what this version adds is not written into what was signed");
        assert_eq!(read.digest(), canonical::digest(&policy()).unwrap());
        let rules = read.rules();
        assert!(rules.encrypted && rules.max_age_seconds == 900 && !rules.images_by_digest, "{rules:?}");
    }

    #[test]
    fn what_a_policy_says_and_this_version_does_not_know_is_refused_by_name() {
        for (path, value) in [
            ("spec.moon", json!({"far": 1})),
            ("spec.place.planets", json!(["Mars"])),
            ("spec.images.more", json!(true)),
        ] {
            let mut text = policy();
            let mut at = &mut text;
            let mut keys = path.split('.').skip(1).peekable();
            while let Some(key) = keys.next() {
                if keys.peek().is_none() {
                    at[key] = value.clone();
                } else {
                    at = &mut at[key];
                }
            }
            let error = Policy::read(&text).unwrap_err().to_string();
            assert!(error.contains(path), "{path}: {error}");
        }
        let nothing = json!({"place": {"countries": ["FR"], "subdivisions": []}, "law": {"countries": ["FR"]}, "egress": []});
        assert!(Policy::read(&nothing).is_ok(), "what says nothing is nothing unknown");
    }

    #[test]
    fn where_two_policies_differ_is_named() {
        let ours = Policy::of("sante", &Policy::read(&policy()).unwrap());
        assert_eq!(ours.differs(ours.spec()), Vec::<String>::new());
        let mut other = ours.spec().clone();
        other.place.countries.push("US".into());
        other.description = Some("other".into());
        assert_eq!(ours.differs(&other), ["spec.description", "spec.place.countries"]);
        assert_ne!(ours.digest(), Policy::of("sante", &other).digest());
    }
}
