//! What may not change once it is written.

use anyhow::{Context, Result, ensure};
use kube::{
    ResourceExt,
    api::{DeleteParams, Patch, PatchParams, PostParams},
    core::DynamicObject,
};
use serde_json::{Value, json};

use crate::admission::{Door, sample};

impl Door {
    /// Creates `object`, then tries each change: a merge patch, with what the refusal must say, or nothing for
    /// one that must be taken.
    async fn changes(&self, object: &Value, tries: &[(Value, &[&str])]) -> Result<()> {
        let kind = object["kind"].as_str().context("no kind")?;
        let api = self.api(kind);
        let object: DynamicObject = serde_json::from_value(object.clone())?;
        let name = object.name_any();
        api.create(&PostParams::default(), &object).await?;
        for (patch, says) in tries {
            let answer = api.patch(&name, &PatchParams::default(), &Patch::Merge(patch)).await;
            match answer {
                Ok(_) => ensure!(says.is_empty(), "{kind}: {patch} was taken"),
                Err(error) => {
                    let told = self.refused(&error);
                    ensure!(!says.is_empty(), "{kind}: {patch} was refused: {told}");
                    for word in *says {
                        ensure!(
                            told.contains(word),
                            "{kind} {patch}: the refusal does not say {word:?}: {told}"
                        );
                    }
                }
            }
        }
        api.delete(&name, &DeleteParams::default()).await?;
        Ok(())
    }
}

pub(crate) async fn check(door: &Door) -> Result<()> {
    let spec = |field: &str, value: Value| json!({"spec": {field: value}});
    door.changes(
        &sample("providers", "le-guet"),
        &[
            (spec("legalName", json!("Le Guet, société coopérative")), &[]),
            (spec("siren", json!("110020013")), &["siren is immutable"]),
            (spec("siren", Value::Null), &["siren is immutable"]),
        ],
    )
    .await?;
    door.changes(
        &sample("sites", "par1"),
        &[
            (spec("maxWorkspaces", json!(5)), &[]),
            (spec("provider", json!("numspot")), &["provider is immutable"]),
            (spec("city", json!("Lyon")), &["country, subdivision and city are immutable"]),
            (spec("subdivision", json!("FR-ARA")), &["country, subdivision and city are immutable"]),
        ],
    )
    .await?;
    let release = |digit: &str, version: &str| {
        json!({"version": version, "chart": {
            "repository": "oci://registre.example/charts/docs", "digest": format!("sha256:{}", digit.repeat(64)),
        }})
    };
    let mut app = sample("catalogue", "docs");
    app["spec"]["releases"] = json!([release("a", "1")]);
    door.changes(
        &app,
        &[
            (spec("releases", json!([release("b", "2"), release("a", "1")])), &[]),
            (
                spec("releases", json!([release("c", "1")])),
                &["the chart of a published version is immutable"],
            ),
            (spec("publisher", json!("numspot")), &["publisher is immutable"]),
        ],
    )
    .await?;
    let one = [
        ("tenants", "mairie-macon", "siren", json!("110020013")),
        ("tenants", "mairie-macon", "siret", json!("11002001300097")),
        ("tenants", "mairie-macon", "insee", json!("71076")),
        ("tenants", "mairie-macon", "kind", json!("Region")),
        ("tenants", "ch-macon", "finess", Value::Null),
        ("tenants", "rectorat-dijon", "uai", json!("0710001R")),
    ];
    for (folder, name, field, value) in one {
        let says: &[&str] = match field {
            "siren" => &["siren is immutable"],
            "siret" => &["siret may change while its first nine digits"],
            "insee" => &["insee is immutable"],
            "kind" => &["kind is immutable"],
            "finess" => &["finess is immutable"],
            _ => &["uai is immutable"],
        };
        door.changes(
            &sample(folder, name),
            &[(spec("title", json!("Autre nom")), &[]), (spec(field, value), says)],
        )
        .await?;
    }
    Ok(())
}
