//! What an answer leads to: from an order to all that can be done with the workspace, from a list to what is in it.

use serde_json::{Map, Value, json};

/// Operation, its answer, the operation that it leads to, and that one's parameters with where they come from.
type Link = (&'static str, &'static str, &'static str, &'static [(&'static str, &'static str)]);

/// Where the id of a workspace comes from.
const OF_WORKSPACE: &[(&str, &str)] = &[("workspace", "$response.body#/id")];
/// The same, and its version.
const OF_VERSION: &[(&str, &str)] =
    &[("workspace", "$response.body#/id"), ("If-Match", "$response.header.ETag")];
/// Where the name of a tenant comes from.
const OF_TENANT: &[(&str, &str)] = &[("tenant", "$response.body#/name")];
/// The id of the first workspace of a list.
const OF_FIRST: &[(&str, &str)] = &[("workspace", "$response.body#/items/0/id")];

/// All of them.
pub const ALL: [Link; 26] = [
    ("createWorkspace", "201", "readWorkspace", OF_WORKSPACE),
    ("createWorkspace", "201", "changeWorkspace", OF_WORKSPACE),
    ("createWorkspace", "201", "suspendWorkspace", OF_WORKSPACE),
    ("createWorkspace", "201", "resumeWorkspace", OF_WORKSPACE),
    ("createWorkspace", "201", "deleteWorkspace", OF_WORKSPACE),
    ("createWorkspace", "201", "readLocation", OF_WORKSPACE),
    ("createWorkspace", "201", "readExplanation", OF_WORKSPACE),
    ("createWorkspace", "201", "listEvidence", OF_WORKSPACE),
    ("readWorkspace", "200", "changeWorkspace", OF_VERSION),
    ("readWorkspace", "200", "readLocation", OF_WORKSPACE),
    ("deleteWorkspace", "202", "restoreWorkspace", OF_WORKSPACE),
    ("deleteWorkspace", "202", "confirmDeletion", OF_WORKSPACE),
    ("listWorkspaces", "200", "readWorkspace", OF_FIRST),
    ("listWorkspaces", "200", "readLocation", OF_FIRST),
    ("listWorkspaces", "200", "listEvidence", OF_FIRST),
    (
        "listEvidence",
        "200",
        "readEvidence",
        &[("workspace", "$request.path.workspace"), ("index", "$response.body#/items/0/index")],
    ),
    ("listApps", "200", "readApp", &[("name", "$response.body#/items/0/name")]),
    ("listPolicies", "200", "readPolicy", &[("name", "$response.body#/items/0/name")]),
    ("listProviders", "200", "readProvider", &[("name", "$response.body#/items/0/name")]),
    ("listRules", "200", "readRule", &[("id", "$response.body#/items/0/id")]),
    ("listSites", "200", "readSite", &[("name", "$response.body#/items/0/name")]),
    ("listTenants", "200", "readTenant", &[("tenant", "$response.body#/items/0/name")]),
    ("createTenant", "201", "readTenant", OF_TENANT),
    ("createTenant", "201", "changeTenant", OF_TENANT),
    ("createTenant", "201", "deleteTenant", OF_TENANT),
    ("listLog", "200", "readLogEntry", &[("index", "$response.body#/items/0/index")]),
];

/// Tells where the answers of one operation lead.
pub fn tell(operation: &mut Value) {
    let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
    for (_, status, target, parameters) in ALL.iter().filter(|link| link.0 == id) {
        let parameters: Map<String, Value> =
            parameters.iter().map(|(name, from)| ((*name).to_owned(), (*from).into())).collect();
        operation["responses"][*status]["links"][*target] =
            json!({ "operationId": target, "parameters": parameters });
    }
}
