//! A management cluster with the sample tenants, a workspace that is placed, and issuers; no operator, no site.

use std::path::PathBuf;

use anyhow::Result;
use beffroi_crds::{Tenant, Workspace, labels, tenant::TokenAlgorithm};
use beffroi_tests::{
    Api, Fleet,
    oidc::{AUDIENCE, Provider, Realm, User},
    samples,
};
use k8s_openapi::{
    api::core::v1::Namespace,
    apimachinery::pkg::apis::meta::v1::{Condition, Time},
    jiff::Timestamp,
};
use kube::{
    Api as Kube, ResourceExt,
    api::{Patch, PatchParams, PostParams},
};
use serde_json::json;

/// A grouping: people of its members see its workspaces.
pub const TENANT: &str = "ght-bm";
/// What is read and changed.
pub const WORKSPACE: &str = "communication";
/// Realms whose tokens are verified, and nothing else.
pub const REALMS: [(&str, TokenAlgorithm); 2] =
    [("banc-rs256", TokenAlgorithm::Rs256), ("banc-es256", TokenAlgorithm::Es256)];
/// Who signs in there.
pub const PERSON: &str = "camille";

/// Everything that is measured.
pub struct Scene {
    pub fleet: Fleet,
    pub provider: Provider,
    /// The API's own certificate, and its key.
    pub certificate: String,
    files: [PathBuf; 2],
}

impl Scene {
    pub async fn start() -> Result<Self> {
        let fleet = Fleet::start(&[]).await?;
        let realms = REALMS.map(|(name, algorithm)| {
            let users = vec![User::new(PERSON, "Camille Durand", &["agents"])];
            Realm { algorithm, lifetime: 24 * 3600, ..Realm::new(name, name, users) }
        });
        let provider = Provider::start(Realm::samples()?.into_iter().chain(realms).collect()).await?;
        let own = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()])?;
        let files = ["api.crt", "api.key"].map(|name| fleet.management.folder().join(name));
        std::fs::write(&files[0], own.cert.pem())?;
        std::fs::write(&files[1], own.signing_key.serialize_pem())?;
        let scene = Self { fleet, provider, certificate: own.cert.pem(), files };
        scene.fill().await?;
        Ok(scene)
    }

    /// Starts the API, with nothing that holds one back who asks much.
    pub async fn api(&self, tls: bool) -> Result<Api> {
        let files = self.files.each_ref().map(|file| file.display().to_string());
        let mut arguments = vec!["--audience", AUDIENCE, "--streams-tenant", "100000", "--streams", "100000"];
        for rate in ["--rate-address", "--burst-address", "--rate-tenant", "--burst-tenant"] {
            arguments.extend([rate, "10000000"]);
        }
        if tls {
            arguments.extend(["--tls-certificate", &files[0], "--tls-key", &files[1]]);
        }
        Api::start_with(&self.fleet, &self.provider, &arguments).await
    }

    /// Where workspaces are written.
    pub fn workspaces(&self) -> Kube<Workspace> {
        Kube::namespaced(self.fleet.management.admin(), &format!("tenant-{TENANT}"))
    }

    pub fn stop(self) {
        self.fleet.stop();
    }

    /// The sample tenants, each with its namespace as the operator would make it, and one workspace.
    async fn fill(&self) -> Result<()> {
        let client = self.fleet.management.admin();
        let mut bound = Vec::new();
        for mut tenant in samples::read::<Tenant>("tenants")? {
            self.provider.identify(&mut tenant);
            let tenant = samples::apply(&client, &tenant).await?;
            let (name, uid) = (tenant.name_any(), tenant.uid().unwrap_or_default());
            bound.push(json!({"name": name, "uid": uid, "since": Timestamp::UNIX_EPOCH}));
            let mut namespace = Namespace::default();
            namespace.metadata.name = Some(format!("tenant-{name}"));
            let own =
                [(labels::MANAGED_BY, labels::MANAGER), (labels::TENANT, &name), (labels::TENANT_UID, &uid)];
            namespace.labels_mut().extend(own.map(|(key, value)| (key.to_owned(), value.to_owned())));
            Kube::all(client.clone()).create(&PostParams::default(), &namespace).await?;
        }
        // Members of the grouping and its domain, as the operator writes them down.
        bound.retain(|member| member["name"] != TENANT);
        let held = json!({"domain": "ght-bm.example", "by": "Declared", "since": Timestamp::UNIX_EPOCH});
        let grouping = Patch::Merge(json!({"status": {"members": bound, "domains": [held]}}));
        let tenants: Kube<Tenant> = Kube::all(client.clone());
        tenants.patch_status(TENANT, &PatchParams::default(), &grouping).await?;
        let order =
            samples::read::<Workspace>("workspaces")?.into_iter().find(|one| one.name_any() == WORKSPACE);
        if let Some(order) = order {
            samples::apply_in(&client, &order).await?;
        }
        let status = Patch::Merge(json!({ "status": status() }));
        self.workspaces().patch_status(WORKSPACE, &PatchParams::default(), &status).await?;
        Ok(())
    }
}

/// As the operator writes it of a workspace on two sites, refused by three others.
fn status() -> serde_json::Value {
    let condition = |kind: &str| Condition {
        type_: kind.to_owned(),
        status: "True".to_owned(),
        reason: "AsExpected".to_owned(),
        message: "element 0.1.0, docs 0.1.0, meet 0.1.0 are ready on par1 and rbx1".to_owned(),
        last_transition_time: Time(Timestamp::UNIX_EPOCH),
        observed_generation: Some(1),
    };
    let site = |name: &str, city: &str| json!({"name": name, "city": city, "ready": true, "pods": "3/3"});
    let judged = |rule: &str| json!({"rule": rule, "verdict": "Fail", "reason": "Northwind Inc. (parent of northwind-cloud-france): seat in US, outside the allowed countries"});
    let refused =
        |name: &str| json!({"name": name, "by": [judged("JUR-01"), judged("JUR-02"), judged("JUR-05")]});
    let conditions = ["Accepted", "Placed", "Provisioned", "Located", "Ready"].map(condition);
    json!({
        "observedGeneration": 1, "liesOn": "par1, rbx1", "namespace": "ws-communication",
        "conditions": conditions,
        "sites": [site("par1", "Paris"), site("rbx1", "Roubaix")],
        "refused": [refused("fra1"), refused("par2"), refused("mac1")],
    })
}
