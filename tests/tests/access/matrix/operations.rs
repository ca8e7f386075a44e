//! What is asked: a line for each operation and each way to name an object.
//!
//! An answer tells who may, and not whether a request was good: so every request is one that the API understands, and
//! none changes anything. Changes carry `If-Match: "0"`, which no object is ever at: whoever may change it gets 412.
//! Orders take a name that is taken: 409. A registration has a false SIRET: the API server says 422. What is previewed
//! is never written. The code that signs nobody in is the issuer's to refuse: 422.

/// One operation on one kind of object.
#[derive(Debug)]
pub struct Operation {
    pub method: &'static str,
    /// As the `OpenAPI` document names it.
    pub route: &'static str,
    /// As it is asked for, where `TENANT`, `WORKSPACE`, `NAME`, `ENTRY`, `EVIDENCE` and `FOREIGN` stand for the object's.
    pub asked: &'static str,
    /// Body, with the same words in it; empty: none.
    pub body: &'static str,
    /// Statuses that say: you may.
    pub proof: &'static [u16],
}

impl Operation {
    /// Whether it names such an object.
    pub fn names(&self, word: &str) -> bool {
        self.asked.contains(word) || self.body.contains(word)
    }
}

const fn get(route: &'static str, asked: &'static str) -> Operation {
    Operation { method: "GET", route, asked, body: "", proof: &[200] }
}

/// Who belongs to several tenants must say which: 422 tells them so, and nobody else.
const fn unsaid(route: &'static str, asked: &'static str) -> Operation {
    Operation { method: "GET", route, asked, body: "", proof: &[200, 422] }
}

const fn change(
    method: &'static str,
    route: &'static str,
    asked: &'static str,
    body: &'static str,
) -> Operation {
    Operation { method, route, asked, body, proof: &[412] }
}

const fn post(
    route: &'static str,
    asked: &'static str,
    body: &'static str,
    proof: &'static [u16],
) -> Operation {
    Operation { method: "POST", route, asked, body, proof }
}

const ORDER: &str = r#"{"tenant": "TENANT", "name": "NAME", "apps": [{"name": "docs", "channel": "Stable"}],
    "data": ["Staff"], "domain": "essai.example.fr"}"#;
const CHANGE: &str = r#"{"workspace": "WORKSPACE", "updates": "FollowChannel"}"#;
const REGISTRATION: &str = r#"{"name": "TENANT", "title": "Essai", "kind": "Commune", "siret": "12345678901234",
    "insee": "71270", "policy": "standard"}"#;
const CODE: &str = r#"{"tenant": "TENANT", "code": "essai", "redirectUri": "http://127.0.0.1/",
    "verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"}"#;

/// Every operation.
pub const OPERATIONS: &[Operation] = &[
    unsaid("/v1/apps", "/v1/apps"),
    get("/v1/apps", "/v1/apps?tenant=TENANT"),
    unsaid("/v1/apps/{name}", "/v1/apps/docs"),
    get("/v1/apps/{name}", "/v1/apps/docs?tenant=TENANT"),
    get("/v1/apps/{name}", "/v1/apps/inconnue?tenant=TENANT"),
    unsaid("/v1/evidence", "/v1/evidence?to=2000-01-01"),
    get("/v1/evidence", "/v1/evidence?to=2000-01-01&tenant=TENANT"),
    get("/v1/evidence", "/v1/evidence?to=2000-01-01&workspace=WORKSPACE"),
    get("/v1/evidence-keys", "/v1/evidence-keys"),
    get("/v1/events", "/v1/events"),
    unsaid("/v1/log", "/v1/log"),
    get("/v1/log", "/v1/log?tenant=TENANT"),
    get("/v1/log", "/v1/log?workspace=WORKSPACE"),
    get("/v1/log/{index}", "/v1/log/ENTRY"),
    get("/v1/me", "/v1/me"),
    unsaid("/v1/past-workspaces", "/v1/past-workspaces"),
    get("/v1/past-workspaces", "/v1/past-workspaces?tenant=TENANT"),
    get("/v1/policies", "/v1/policies"),
    get("/v1/policies/{name}", "/v1/policies/sante"),
    get("/v1/policies/{name}", "/v1/policies/inconnue"),
    post("/v1/preview", "/v1/preview", ORDER, &[200]),
    post("/v1/preview", "/v1/preview", CHANGE, &[200]),
    get("/v1/providers", "/v1/providers"),
    get("/v1/providers/{name}", "/v1/providers/ovhcloud"),
    get("/v1/providers/{name}", "/v1/providers/inconnu"),
    get("/v1/providers/{name}/ownership", "/v1/providers/ovhcloud/ownership?policy=sante"),
    get("/v1/providers/{name}/ownership", "/v1/providers/ovhcloud/ownership?policy=inconnue"),
    get("/v1/rules", "/v1/rules"),
    get("/v1/rules/{id}", "/v1/rules/JUR-02"),
    get("/v1/rules/{id}", "/v1/rules/inconnue"),
    get("/v1/sign-in", "/v1/sign-in"),
    get("/v1/sign-in", "/v1/sign-in?tenant=TENANT"),
    post("/v1/sign-in", "/v1/sign-in", CODE, &[422]),
    get("/v1/sites", "/v1/sites"),
    get("/v1/sites/{name}", "/v1/sites/par1"),
    get("/v1/sites/{name}", "/v1/sites/inconnu"),
    get("/v1/tenants", "/v1/tenants"),
    post("/v1/tenants", "/v1/tenants", REGISTRATION, &[422]),
    get("/v1/tenants/{tenant}", "/v1/tenants/TENANT"),
    change("PATCH", "/v1/tenants/{tenant}", "/v1/tenants/TENANT", r#"{"title": "Essai"}"#),
    change("DELETE", "/v1/tenants/{tenant}", "/v1/tenants/TENANT", ""),
    get("/v1/workspaces", "/v1/workspaces"),
    get("/v1/workspaces", "/v1/workspaces?tenant=TENANT"),
    post("/v1/workspaces", "/v1/workspaces", ORDER, &[409]),
    get("/v1/workspaces/{workspace}", "/v1/workspaces/WORKSPACE"),
    change(
        "PATCH",
        "/v1/workspaces/{workspace}",
        "/v1/workspaces/WORKSPACE",
        r#"{"updates": "FollowChannel"}"#,
    ),
    change("DELETE", "/v1/workspaces/{workspace}", "/v1/workspaces/WORKSPACE", ""),
    change(
        "POST",
        "/v1/workspaces/{workspace}/confirm-deletion",
        "/v1/workspaces/WORKSPACE/confirm-deletion",
        r#"{"request": "essai"}"#,
    ),
    get("/v1/workspaces/{workspace}/evidence", "/v1/workspaces/WORKSPACE/evidence"),
    get("/v1/workspaces/{workspace}/evidence/{index}", "/v1/workspaces/WORKSPACE/evidence/latest"),
    get("/v1/workspaces/{workspace}/evidence/{index}", "/v1/workspaces/WORKSPACE/evidence/EVIDENCE"),
    get("/v1/workspaces/{workspace}/evidence/{index}", "/v1/workspaces/WORKSPACE/evidence/FOREIGN"),
    get("/v1/workspaces/{workspace}/explanation", "/v1/workspaces/WORKSPACE/explanation"),
    get("/v1/workspaces/{workspace}/location", "/v1/workspaces/WORKSPACE/location"),
    change("POST", "/v1/workspaces/{workspace}/restore", "/v1/workspaces/WORKSPACE/restore", ""),
    change("POST", "/v1/workspaces/{workspace}/resume", "/v1/workspaces/WORKSPACE/resume", ""),
    change("POST", "/v1/workspaces/{workspace}/suspend", "/v1/workspaces/WORKSPACE/suspend", ""),
];
