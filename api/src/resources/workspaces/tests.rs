//! What an order and a change of one may say.

use serde_json::json;

use super::view::{NewWorkspace, WorkspaceFields, WorkspacePatch};
use crate::{
    request::checked::{check, schema},
    schema::stranger,
};

#[test]
fn every_form_has_a_schema_that_can_be_used() {
    assert!(schema::<NewWorkspace>().is_ok() && schema::<WorkspaceFields>().is_ok());
    assert!(schema::<WorkspacePatch>().is_ok());
}

#[test]
fn only_fields_that_can_change_may_be_named() {
    for (patch, field) in [
        (json!({"updates": "Pinned", "maintenanceWindow": null}), None),
        (json!({"placement": {"sites": 2, "minCities": null}}), None),
        (json!({"apps": [{"name": "docs"}]}), None),
        (json!({"deleteAfter": null}), Some("deleteAfter")),
        (json!({"name": null}), Some("name")),
        (json!({"placement": {"siets": null}}), Some("placement.siets")),
        (json!({"placement": 3}), None),
    ] {
        assert_eq!(stranger::<WorkspacePatch>(&patch).as_deref(), field, "{patch}");
    }
}

#[test]
fn all_that_is_wrong_with_an_order_is_told_at_once_with_codes() {
    let order = json!({
        "tenant": "ght-bm", "name": "essai", "domain": "Essai", "data": ["Staff", "Everything"], "colour": 1,
        "apps": [{"name": "docs"}], "placement": {"sites": 9}, "suspended": null,
    });
    let problem = check::<NewWorkspace>(&order, None).unwrap_err();
    let mut told: Vec<(&str, &str)> =
        problem.errors.iter().map(|fault| (&*fault.field, fault.said.as_ref().unwrap().code)).collect();
    told.sort_unstable();
    let wanted = [
        ("apps[0]", "workspace.one-release"),
        ("colour", "unknown-field"),
        ("data[1]", "not-allowed"),
        ("domain", "domain.form"),
        ("placement.sites", "too-great"),
        ("suspended", "wrong-type"),
    ];
    assert_eq!(told, wanted);
}
