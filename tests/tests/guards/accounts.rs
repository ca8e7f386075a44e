//! ADM-01: what accounts open: to pods the Kubernetes API, to whoever runs under them an identity of a cloud.

use anyhow::{Result, ensure};
use beffroi_core::manifests::{Kind, Object};
use k8s_openapi::api::{
    authentication::v1::{TokenRequest, TokenRequestSpec},
    authorization::v1::SubjectAccessReview,
    core::v1::ServiceAccount,
};
use kube::{Api, api::PostParams};
use serde_json::{Value, json};

use crate::guards::{
    door::{Door, change, make},
    home::Home,
    images::{makers, merged},
    pods::{refused, taken},
};

/// The account of the app that says it needs the Kubernetes API.
const NEEDS: &str = "beffroi-app-docs";

pub(crate) async fn check(door: &Door, home: &Home) -> Result<()> {
    pods(door, home).await?;
    accounts(door, home).await?;
    clouds(door, home).await?;
    only_what_is_needed(door).await
}

fn token() -> Value {
    json!({"volumes": [{"name": "v", "projected": {"sources": [{"serviceAccountToken": {"path": "t"}}]}}]})
}

async fn pods(door: &Door, home: &Home) -> Result<()> {
    const GUARD: &str = "'beffroi-api-access'";
    let apps = json!({"serviceAccountName": "beffroi-apps"});
    let says = "ADM-01: PATH.serviceAccountName is beffroi-apps";
    refused(door, home, &apps, &[GUARD, says]).await?;
    // The field of old says the same.
    refused(door, home, &json!({"serviceAccount": "beffroi-apps"}), &[GUARD, says]).await?;
    refused(door, home, &token(), &[GUARD, "ADM-01: PATH.volumes[v] carries a token", NEEDS]).await?;
    let asked = json!({"automountServiceAccountToken": true});
    for (bad, path) in makers(&merged(&home.pod(), &asked)) {
        // A Pod has its token by then.
        let says = if bad["kind"] == "Pod" {
            "ADM-01: spec".to_owned()
        } else {
            format!("ADM-01: {path}.automountServiceAccountToken is true")
        };
        door.no(make(&bad), &[GUARD, &says]).await?;
    }
    for name in ["beffroi-app-autre", "default"] {
        let mut other = token();
        other["serviceAccountName"] = json!(name);
        // A bare Pod's account must be there.
        let bad = &makers(&merged(&home.pod(), &other))[3].0;
        door.no(make(bad), &[GUARD, &format!("carries a token of ServiceAccount \"{name}\"")]).await?;
    }
    let base = json!({"serviceAccountName": NEEDS});
    taken(door, home, &base).await?;
    taken(door, home, &merged(&base, &token())).await?;
    taken(door, home, &merged(&base, &asked)).await?;
    let patch = json!({"spec": {"template": {"spec": apps}}});
    door.no(change("apps/v1", "Deployment", "maj", patch), &[GUARD]).await
}

async fn accounts(door: &Door, home: &Home) -> Result<()> {
    const GUARD: &str = "'beffroi-accounts'";
    let account = |name: &str, more: Value| {
        let base = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}});
        merged(&base, &more)
    };
    let closed = json!({"automountServiceAccountToken": false});
    for open in [json!({}), json!({"automountServiceAccountToken": true})] {
        let says = "ADM-01: automountServiceAccountToken of ServiceAccount web is not false";
        door.no(make(&account("web", open.clone())), &[GUARD, says]).await?;
        // Under a name that Beffroi knows, or will.
        door.no(make(&account("beffroi-app-autre", open)), &[GUARD, "ADM-01"]).await?;
    }
    door.no(make(&account("beffroi-app-autre", closed.clone())), &[GUARD, "only Beffroi makes accounts"])
        .await?;
    door.make(&account("web", closed.clone())).await?;
    for open in [json!(true), Value::Null] {
        let patch = json!({"automountServiceAccountToken": open});
        door.no(change("v1", "ServiceAccount", "web", patch), &[GUARD, "is not false"]).await?;
    }
    for name in ["default", NEEDS] {
        let patch = json!({"automountServiceAccountToken": true, "metadata": {"labels": {"a": "b"}}});
        door.no(change("v1", "ServiceAccount", name, patch), &["ADM-01"]).await?;
    }
    // Nor does Beffroi's own identity open them.
    for object in home.objects(&home.policy).iter().filter(|object| is(object, "default")) {
        let mut open = serde_json::to_value(&object.manifest)?;
        open["automountServiceAccountToken"] = json!(true);
        let patch = change("v1", "ServiceAccount", "default", open);
        door.no_as(&home.beffroi, patch, &[GUARD, "is not false"]).await?;
    }
    nobody_is_given_its_token(door, "web").await
}

fn is(object: &Object, name: &str) -> bool {
    object.kind == Kind::ServiceAccount && object.name() == name
}

async fn nobody_is_given_its_token(door: &Door, name: &str) -> Result<()> {
    let accounts: Api<ServiceAccount> = Api::namespaced(door.admin.clone(), &door.home);
    let request = TokenRequest { spec: Some(TokenRequestSpec::default()), ..TokenRequest::default() };
    let answer = accounts.create_token_request(name, &PostParams::default(), &request).await;
    let told = door.refused(answer.map(|_| ()))?;
    ensure!(told.contains(&format!("ADM-01: a token of ServiceAccount {name}")), "{told}");
    Ok(())
}

async fn clouds(door: &Door, home: &Home) -> Result<()> {
    const GUARD: &str = "'beffroi-accounts'";
    let noted = |of: &str, key: &str| {
        let mut object = json!({"apiVersion": "v1", "kind": "ServiceAccount", "automountServiceAccountToken": false,
            "metadata": {"name": "nuage"}});
        object["metadata"][of] = json!({key: "x"});
        object
    };
    let annotations = [
        "eks.amazonaws.com/role-arn",
        "iam.gke.io/gcp-service-account",
        "azure.workload.identity/client-id",
        "pod-identity.alibabacloud.com/role-name",
        "nuage.example/role",
    ];
    let wanted = home.objects(&home.policy);
    for key in annotations {
        let says = format!("ADM-01: metadata.annotations[{key}] of ServiceAccount");
        door.no(make(&noted("annotations", key)), &[GUARD, &says]).await?;
        let patch = json!({"metadata": {"annotations": {key: "x"}}});
        door.no(change("v1", "ServiceAccount", "web", patch.clone()), &[GUARD, &says]).await?;
        // Beffroi's identity too, on accounts of its own.
        for object in wanted.iter().filter(|object| object.kind == Kind::ServiceAccount) {
            let patch = change("v1", "ServiceAccount", object.name(), patch.clone());
            door.no_as(&home.beffroi, patch, &[GUARD, &says]).await?;
        }
    }
    let label = "azure.workload.identity/use";
    let says = format!("ADM-01: metadata.labels[{label}] of ServiceAccount");
    door.no(make(&noted("labels", label)), &[GUARD, &says]).await?;
    door.yes(make(&noted("annotations", "meta.helm.sh/release-name"))).await?;
    door.yes(change("v1", "ServiceAccount", "web", json!({"metadata": {"labels": {"vu": "oui"}}}))).await
}

/// Under the account that Beffroi made for it an app does what its catalogue entry says, in its namespace, and no more.
async fn only_what_is_needed(door: &Door) -> Result<()> {
    let api: Api<SubjectAccessReview> = Api::all(door.admin.clone());
    let pods = ["", "pods"];
    for (may, verb, [group, resource], namespace) in [
        (true, "list", pods, door.home.as_str()),
        (true, "update", ["coordination.k8s.io", "leases"], &door.home),
        (false, "delete", pods, &door.home),
        (false, "list", pods, "kube-system"),
        (false, "get", ["", "secrets"], &door.home),
        (false, "get", ["", "configmaps"], &door.home),
        (false, "list", ["", "services"], &door.home),
        (false, "create", ["rbac.authorization.k8s.io", "rolebindings"], &door.home),
        (false, "update", ["coordination.k8s.io", "leases"], "kube-system"),
    ] {
        let review: SubjectAccessReview = serde_json::from_value(json!({
            "metadata": {},
            "spec": {
                "user": format!("system:serviceaccount:{}:{NEEDS}", door.home),
                "resourceAttributes": {"verb": verb, "group": group, "resource": resource, "namespace": namespace},
            },
        }))?;
        let status = api.create(&PostParams::default(), &review).await?.status.unwrap_or_default();
        ensure!(status.allowed == may, "{verb} {resource} in {namespace}: {status:?}");
    }
    Ok(())
}
