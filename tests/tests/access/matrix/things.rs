//! What is asked for: workspaces that are there, with what is written of them, and their doubles that are not.

use anyhow::{Context, Result, ensure};
use beffroi_crds::tenant::Role;
use beffroi_tests::{Stage, eventually};
use http::Method;
use serde_json::json;

use super::people::Person;

/// A tenant's, or nobody's.
#[derive(Clone, Debug)]
pub struct Thing {
    /// Whose, as its line is called.
    pub label: &'static str,
    tenant: String,
    name: String,
    /// In the audit log of its tenant.
    entry: String,
    /// In the log of evidence.
    evidence: String,
    /// Evidence of another.
    foreign: String,
    /// Tenants that its tenant groups.
    members: &'static [&'static str],
}

/// Name of each workspace.
const NAME: &str = "accueil";
/// Whose: a commune, a member of the grouping, the grouping with those of its members whose people ask.
const OWNERS: [(&str, &[&str]); 3] = [("mairie-macon", &[]), ("ch-macon", &[]), ("ght-bm", &["ch-macon"])];

/// A line where nothing in particular is asked for.
pub fn nothing() -> Thing {
    Thing { label: "", tenant: String::new(), ..nobodys() }
}

/// Orders a workspace for each owner, waits until the log tells of it, and adds those that are not there.
pub async fn made(stage: &Stage) -> Result<Vec<Thing>> {
    let hoster = stage.hoster().await?;
    // One site is enough for this policy.
    for (owner, _) in OWNERS {
        let standard = json!({"policy": "standard"});
        stage.api.write(&hoster, Method::PATCH, &format!("/v1/tenants/{owner}"), Some(&standard)).await?;
    }
    for (owner, _) in OWNERS {
        let manager = stage.token(owner, Role::Gestionnaire).await?;
        let order = json!({
            "tenant": owner, "name": NAME, "domain": format!("accueil.{owner}.example"), "data": ["Staff"],
            "apps": [{"name": "docs", "channel": "Stable"}],
        });
        stage.api.write(&manager, Method::POST, "/v1/workspaces", Some(&order)).await?;
    }
    let mut things = Vec::new();
    for (owner, members) in OWNERS {
        let dpo = stage.token(owner, Role::Dpo).await?;
        let (entry, evidence) = eventually("evidence of each workspace", async || {
            let newest = async |path: &str| {
                let list = stage.api.read(&dpo, path).await?;
                list["items"][0]["index"].as_u64().with_context(|| format!("{path}: {list}"))
            };
            let path = format!("/v1/workspaces/{owner}.{NAME}/evidence");
            Ok((newest(&format!("/v1/log?tenant={owner}")).await?, newest(&path).await?))
        })
        .await?;
        // Doubles have as many digits, so that answers can be compared to the letter.
        ensure!((10..90).contains(&entry) && (10..90).contains(&evidence), "entries {entry} and {evidence}");
        let (entry, evidence) = (entry.to_string(), evidence.to_string());
        let (tenant, name) = (owner.to_owned(), NAME.to_owned());
        things.push(Thing { label: owner, tenant, name, entry, evidence, foreign: String::new(), members });
    }
    let mut evidence: Vec<String> = things.iter().map(|thing| thing.evidence.clone()).collect();
    evidence.rotate_left(1);
    for (thing, foreign) in things.iter_mut().zip(evidence) {
        thing.foreign = foreign;
    }
    things.push(Thing { label: "ght-bm, unknown", name: "inconnu".into(), ..things[2].clone() });
    things.push(nobodys());
    Ok(things)
}

fn nobodys() -> Thing {
    Thing {
        label: "nobody",
        tenant: "ville-perdue".into(),
        name: NAME.into(),
        entry: "97".into(),
        evidence: "97".into(),
        foreign: "97".into(),
        members: &[],
    }
}

impl Thing {
    /// Whether a line is written of it for an operation that names `names`: what is unknown of a known tenant is a
    /// workspace.
    pub fn fits(&self, names: impl Fn(&str) -> bool) -> bool {
        let whole = self.name != "inconnu" || names("WORKSPACE");
        whole && ["TENANT", "WORKSPACE", "ENTRY"].into_iter().any(names)
    }

    /// Text with the object's own in the place of words.
    pub fn put_into(&self, text: &str) -> String {
        text.replace("TENANT", &self.tenant)
            .replace("WORKSPACE", &format!("{}.{}", self.tenant, self.name))
            .replace("NAME", &self.name)
            .replace("ENTRY", &self.entry)
            .replace("EVIDENCE", &self.evidence)
            .replace("FOREIGN", &self.foreign)
    }

    /// Whether somebody may know that it is there.
    pub fn known_to(&self, person: &Person) -> bool {
        let own = person.tenant == self.tenant || self.members.contains(&person.tenant);
        person.hoster() || !person.tenant.is_empty() && own
    }

    /// One that is not there, with names of the same length.
    pub fn double(&self) -> Self {
        let other = |name: &str| format!("{}q", &name[..name.len() - 1]);
        let number = |_: &str| "98".to_owned();
        Self {
            tenant: other(&self.tenant),
            name: other(&self.name),
            entry: number(&self.entry),
            evidence: number(&self.evidence),
            foreign: number(&self.foreign),
            ..self.clone()
        }
    }

    /// An answer on the double, as it would speak of this one.
    pub fn renamed(&self, text: &str) -> String {
        let double = self.double();
        [
            (&double.tenant, &self.tenant),
            (&double.name, &self.name),
            (&double.entry, &self.entry),
            (&double.evidence, &self.evidence),
        ]
        .into_iter()
        .fold(text.to_owned(), |text, (double, own)| text.replace(double.as_str(), own))
    }
}
