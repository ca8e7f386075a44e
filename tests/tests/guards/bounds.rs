//! ADM-01: what Beffroi wrote, changed or added to by the cluster's administrator.

use anyhow::{Result, ensure};
use beffroi_core::manifests::Kind;
use beffroi_tests::eventually;
use k8s_openapi::api::{
    authentication::v1::{TokenRequest, TokenRequestSpec},
    core::v1::ServiceAccount,
};
use kube::{Api, ResourceExt, api::PostParams};
use serde_json::{Value, json};

use crate::guards::{
    door::{Door, Try, change, change_part, make, object, remove},
    home::Home,
};

pub(crate) async fn check(door: &Door, home: &Home) -> Result<()> {
    namespace(door).await?;
    boundaries(door, home).await?;
    flux(door, home).await?;
    tokens(door).await
}

fn metadata(of: &str, key: &str, value: Value) -> Value {
    let mut patch = json!({"metadata": {of: {}}});
    patch["metadata"][of][key] = value;
    patch
}

async fn namespace(door: &Door) -> Result<()> {
    let held = [
        ("labels", "beffroi.fr/workspace-uid", json!("autre")),
        ("labels", "beffroi.fr/workspace-uid", Value::Null),
        ("labels", "beffroi.fr/tenant-uid", json!("autre")),
        ("labels", "beffroi.fr/nouveau", json!("x")),
        ("labels", "app.kubernetes.io/managed-by", Value::Null),
        ("labels", "app.kubernetes.io/managed-by", json!("Helm")),
        ("labels", "pod-security.kubernetes.io/enforce", json!("privileged")),
        ("labels", "pod-security.kubernetes.io/enforce", Value::Null),
        ("labels", "pod-security.kubernetes.io/enforce-version", json!("v1.20")),
        ("annotations", "beffroi.fr/registries", json!("docker.io")),
        ("annotations", "beffroi.fr/images-by-digest", json!("false")),
        ("annotations", "beffroi.fr/storage-classes", Value::Null),
        ("annotations", "beffroi.fr/ingress-class", json!("interne")),
        ("annotations", "beffroi.fr/node-labels", json!("type=kwok")),
        ("annotations", "beffroi.fr/applied", json!("0")),
    ];
    for (of, key, value) in held {
        let patch = metadata(of, key, value);
        let told = format!("ADM-01: {key} of namespace {} is changed", door.home);
        let says = ["'beffroi-namespaces'", &told];
        door.no(change("v1", "Namespace", &door.home, patch.clone()), &says).await?;
        // A write of status carries labels too.
        door.no(change_part("v1", "Namespace", &door.home, "status", patch), &says).await?;
    }
    // A renamed key is one taken away and another added.
    let renamed = json!({"metadata": {"labels": {"beffroi.fr/workspace-uid": null, "beffroi.example/workspace-uid": "x"}}});
    door.no(change("v1", "Namespace", &door.home, renamed), &["ADM-01: beffroi.fr/workspace-uid"]).await?;
    let owner = json!([{"apiVersion": "v1", "kind": "Node", "name": "parti", "uid": "9b1f4f0e-0000-4000-8000-00000000000f"}]);
    let owned = json!({"metadata": {"ownerReferences": owner}});
    door.no(change("v1", "Namespace", &door.home, owned), &["ADM-01: metadata.ownerReferences"]).await?;
    door.no(remove("v1", "Namespace", &door.home), &["ADM-01", "holds a workspace"]).await?;
    let mut finalized = door.read("v1", "Namespace", &door.home).await?;
    finalized["spec"]["finalizers"] = json!([]);
    door.no(Try::Put("finalize", finalized.clone()), &["ADM-01", "is finalized by admin"]).await?;
    finalized["metadata"]["labels"] = json!({});
    door.no(Try::Put("finalize", finalized), &["ADM-01", "is changed"]).await?;
    let false_one = json!({"apiVersion": "v1", "kind": "Namespace",
        "metadata": {"name": "faux", "labels": {"beffroi.fr/workspace-uid": "x"}}});
    door.no(make(&false_one), &["ADM-01: namespace faux bears label beffroi.fr/workspace-uid"]).await?;
    let adopted = metadata("labels", "beffroi.fr/workspace-uid", json!("x"));
    door.no(change("v1", "Namespace", "default", adopted), &["ADM-01: beffroi.fr/workspace-uid"]).await?;

    // What others have to do with namespaces goes on.
    door.yes(change(
        "v1",
        "Namespace",
        &door.home,
        metadata("labels", "sauvegarde.example/plan", json!("nuit")),
    ))
    .await?;
    door.yes(change("v1", "Namespace", &door.home, metadata("annotations", "exemple.fr/note", json!("x"))))
        .await?;
    door.yes(change("v1", "Namespace", "default", metadata("labels", "a", json!("b")))).await?;
    let other = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "autre"}});
    door.yes(make(&other)).await
}

async fn boundaries(door: &Door, home: &Home) -> Result<()> {
    const SAYS: [&str; 2] = ["'beffroi-boundaries'", "ADM-01: "];
    let more = json!({"spec": {"hard": {"pods": "10000"}}});
    let mut attempts: Vec<Try> = vec![
        change("v1", "ResourceQuota", "workspace", more),
        // What a quota allows is read from its status.
        change_part(
            "v1",
            "ResourceQuota",
            "workspace",
            "status",
            json!({"status": {"hard": {"pods": "10000"}}}),
        ),
        change("v1", "LimitRange", "workspace", json!({"spec": {"limits": []}})),
        change("v1", "ServiceAccount", "beffroi-apps", json!({"imagePullSecrets": [{"name": "x"}]})),
        change("networking.k8s.io/v1", "NetworkPolicy", "default-deny", json!({"spec": {"ingress": [{}]}})),
        change("rbac.authorization.k8s.io/v1", "RoleBinding", "beffroi-apps", json!({"subjects": []})),
    ];
    for kind in
        [Kind::ResourceQuota, Kind::LimitRange, Kind::NetworkPolicy, Kind::ServiceAccount, Kind::RoleBinding]
    {
        let (version, name) = match kind {
            Kind::NetworkPolicy => ("networking.k8s.io/v1", "default-deny"),
            Kind::RoleBinding => ("rbac.authorization.k8s.io/v1", "beffroi-apps"),
            Kind::ServiceAccount => ("v1", "beffroi-apps"),
            _ => ("v1", "workspace"),
        };
        attempts.push(remove(version, kind.name(), name));
        attempts.push(change(
            version,
            kind.name(),
            name,
            metadata("labels", "app.kubernetes.io/managed-by", Value::Null),
        ));
        attempts.push(change(
            version,
            kind.name(),
            name,
            // One that an account may bear.
            metadata("annotations", "kubectl.kubernetes.io/note", json!("x")),
        ));
        // Beside Beffroi's own, under another name and without its labels.
        let mut added = home.object(kind);
        added["metadata"] = json!({"generateName": "autre-"});
        if kind == Kind::ServiceAccount {
            added["metadata"]["labels"] = json!({"app.kubernetes.io/managed-by": "beffroi"});
            added["automountServiceAccountToken"] = json!(false);
        }
        attempts.push(make(&added));
    }
    let rules = json!([{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}]);
    let roles = "rbac.authorization.k8s.io/v1";
    attempts.push(make(
        &json!({"apiVersion": roles, "kind": "Role", "metadata": {"name": "voir"}, "rules": rules}),
    ));
    let open = json!({"podSelector": {}, "policyTypes": ["Egress"], "egress": [{}]});
    attempts.push(make(&object("networking.k8s.io/v1", "NetworkPolicy", "ouvert", &open)));
    for attempt in attempts {
        door.no(attempt, &SAYS).await?;
    }
    // Other network policies open what Kubernetes' own close.
    for (group, version, kind) in [
        ("cilium.io", "cilium.io/v1", "CiliumNetworkPolicy"),
        ("crd.projectcalico.org", "crd.projectcalico.org/v1", "NetworkPolicy"),
    ] {
        door.serve(group, kind).await?;
        eventually("another network policy's refusal", async || {
            door.no(make(&object(version, kind, "ouvert", &json!({}))), &SAYS).await
        })
        .await?;
    }
    // A tenant's charts bring accounts of their own.
    let own = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "web"}, "automountServiceAccountToken": false});
    door.yes(make(&own)).await
}

async fn flux(door: &Door, home: &Home) -> Result<()> {
    const SAYS: [&str; 2] = ["'beffroi-flux'", "ADM-01: "];
    let kinds = [
        ("helm.toolkit.fluxcd.io/v2", "HelmRelease", Kind::HelmRelease),
        ("source.toolkit.fluxcd.io/v1", "OCIRepository", Kind::OciRepository),
    ];
    for (version, kind, wanted) in kinds {
        for patch in [
            json!({"spec": {"interval": "1m"}}),
            json!({"spec": {"suspend": true}}),
            metadata("labels", "beffroi.fr/workspace-uid", Value::Null),
            metadata("labels", "nouveau", json!("x")),
            metadata("annotations", "helm.toolkit.fluxcd.io/driftDetection", json!("disabled")),
            metadata("annotations", "beffroi.fr/applied", json!("0")),
            json!({"metadata": {"ownerReferences": [{"apiVersion": "v1", "kind": "ConfigMap", "name": "parti",
                "uid": "9b1f4f0e-0000-4000-8000-00000000000f"}]}}),
        ] {
            door.no(change(version, kind, "docs", patch), &SAYS).await?;
        }
        door.no(remove(version, kind, "docs"), &SAYS).await?;
        let mut added = home.object(wanted);
        added["metadata"] = json!({"name": "autre"});
        door.no(make(&added), &SAYS).await?;
        let again = metadata("annotations", "reconcile.fluxcd.io/requestedAt", json!("2026-01-01T00:00:00Z"));
        door.yes(change(version, kind, "docs", again)).await?;
        let finalizers = json!({"metadata": {"finalizers": ["finalizers.fluxcd.io", "exemple.fr/x"]}});
        door.yes(change(version, kind, "docs", finalizers)).await?;
    }
    let elsewhere = object(
        "source.toolkit.fluxcd.io/v1",
        "GitRepository",
        "autre",
        &json!({"interval": "1m", "url": "https://ailleurs.example/x"}),
    );
    door.no(make(&elsewhere), &SAYS).await
}

async fn tokens(door: &Door) -> Result<()> {
    let accounts: Api<ServiceAccount> = Api::namespaced(door.admin.clone(), &door.home);
    for audiences in [None, Some(vec!["https://nuage.example".to_owned()])] {
        let spec = TokenRequestSpec { audiences, ..TokenRequestSpec::default() };
        let request = TokenRequest { spec: Some(spec), ..TokenRequest::default() };
        let answer = accounts.create_token_request("beffroi-apps", &PostParams::default(), &request).await;
        let told = door.refused(answer.map(|_| ()))?;
        ensure!(
            told.contains("ADM-01: a token of ServiceAccount beffroi-apps is asked for by admin"),
            "{told}"
        );
    }
    let lasting = json!({"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/service-account-token",
        "metadata": {"name": "jeton", "annotations": {"kubernetes.io/service-account.name": "beffroi-apps"}}});
    door.no(make(&lasting), &["'beffroi-tokens'", "ADM-01: type of Secret jeton"]).await?;
    let plain = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "secret"}});
    ensure!(door.make(&plain).await?.name_any() == "secret", "a plain Secret is made");
    Ok(())
}
