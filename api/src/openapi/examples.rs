//! Examples: requests that succeed with the samples of this project.

use serde_json::{Value, json};

/// A name of a path, and where (`""`: anywhere): one that the samples have.
const NAMES: [(&str, &str, &str); 10] = [
    ("", "workspace", "ght-bm.communication"),
    ("", "tenant", "ght-bm"),
    ("/v1/apps/", "name", "meet"),
    ("/v1/policies/", "name", "sante"),
    ("/v1/providers/", "name", "outscale"),
    ("/v1/sites/", "name", "par1"),
    ("/v1/rules/", "id", "LOC-01"),
    ("/v1/workspaces/", "index", "latest"),
    ("/v1/log/", "index", "0"),
    ("", "If-Match", "*"),
];

/// Puts examples into one operation.
pub fn tell(path: &str, operation: &mut Value) {
    for parameter in operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
        let name = &parameter["name"];
        let known = NAMES.iter().find(|(at, known, _)| path.starts_with(at) && *name == *known);
        if let Some((_, _, example)) = known {
            parameter["example"] = (*example).into();
        }
    }
    let id = operation["operationId"].as_str().unwrap_or_default();
    let bodies = bodies(id);
    if let Some(Value::Object(contents)) = operation.pointer_mut("/requestBody/content") {
        for content in contents.values_mut() {
            for (name, summary, value) in &bodies {
                content["examples"][*name] = json!({ "summary": summary, "value": value });
            }
        }
    }
}

/// Name, summary and value of each example of an operation's body.
fn bodies(id: &str) -> Vec<(&'static str, &'static str, Value)> {
    match id {
        "createWorkspace" => vec![
            ("meetings", "Meetings, on one site.", meetings()),
            ("communication", "Messages and documents, on two sites.", communication()),
        ],
        "preview" => vec![
            ("new", "A new workspace.", meetings()),
            ("change", "One app more on one that is there.", more_apps("ght-bm.communication")),
        ],
        "changeWorkspace" => vec![
            ("updates", "New releases come by themselves.", json!({ "updates": "FollowChannel" })),
            ("window", "Changes at any time again.", json!({ "maintenanceWindow": null })),
        ],
        "createTenant" => vec![("commune", "A commune.", commune())],
        "changeTenant" => {
            vec![("title", "Another title.", json!({ "title": "GHT Bourgogne Méridionale" }))]
        }
        "confirmDeletion" => {
            vec![("request", "`deletionRequest.id` of the workspace.", json!({ "request": "7b0f6a0e" }))]
        }
        "exchangeCode" => vec![("code", "A code that an issuer gave.", code())],
        _ => Vec::new(),
    }
}

fn meetings() -> Value {
    json!({
        "tenant": "ght-bm", "name": "visio", "domain": "visio.ght-bm.example",
        "apps": [{ "name": "meet", "channel": "Stable" }], "data": ["Staff"],
    })
}

fn communication() -> Value {
    json!({
        "tenant": "ght-bm", "name": "soins", "domain": "soins.ght-bm.example",
        "apps": [{ "name": "element", "channel": "Stable" }, { "name": "docs", "channel": "Stable" }],
        "data": ["Staff", "Health"],
        "placement": { "sites": 2, "minCities": 2, "minDistanceKm": 100 },
        "maintenanceWindow": {
            "days": ["Tuesday", "Thursday"], "start": "02:00", "durationMinutes": 120,
            "timeZone": "Europe/Paris",
        },
        "updates": "Pinned",
        "backup": { "everyHours": 6, "keepDays": 30 },
    })
}

fn more_apps(workspace: &str) -> Value {
    let apps = ["element", "docs", "meet"].map(|name| json!({ "name": name, "channel": "Stable" }));
    json!({ "workspace": workspace, "apps": apps })
}

fn commune() -> Value {
    json!({
        "name": "mairie-tournus", "title": "Commune de Tournus", "kind": "Commune", "siren": "999002033",
        "insee": "71543", "policy": "standard", "domains": ["mairie-tournus.example"],
        "contacts": [{
            "role": "DPO", "name": "Délégué à la protection des données", "email": "dpo@mairie-tournus.example",
        }],
    })
}

fn code() -> Value {
    json!({
        "tenant": "ght-bm", "code": "SplxlOBeZQQYbYS6WxSbIA",
        "verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "redirectUri": "https://beffroi.example/",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        request::{body::Fields, checked::parse},
        resources::{Code, Confirmation},
        views::{
            tenant::{NewTenant, TenantPatch},
            workspace::{NewWorkspace, WorkspacePatch},
        },
    };

    #[test]
    fn every_example_is_of_its_type() {
        for id in [
            "createWorkspace",
            "preview",
            "changeWorkspace",
            "confirmDeletion",
            "createTenant",
            "changeTenant",
            "exchangeCode",
        ] {
            let examples = bodies(id);
            assert!(!examples.is_empty(), "{id}");
            for (name, _, mut value) in examples {
                let change = value.as_object_mut().unwrap().remove("workspace").is_some();
                let read = match id {
                    "preview" if change => parse::<WorkspacePatch>(&value).map(drop),
                    "createWorkspace" | "preview" => NewWorkspace::read(Fields::given(&value)).map(drop),
                    "changeWorkspace" => parse::<WorkspacePatch>(&value).map(drop),
                    "changeTenant" => parse::<TenantPatch>(&value).map(drop),
                    "confirmDeletion" => parse::<Confirmation>(&value).map(drop),
                    "exchangeCode" => parse::<Code>(&value).map(drop),
                    _ => NewTenant::read(Fields::given(&value)).map(drop),
                };
                assert!(read.is_ok(), "{id} {name}: {read:?}");
            }
        }
    }
}
