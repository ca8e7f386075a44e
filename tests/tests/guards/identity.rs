//! What Beffroi's own identity cannot do, were it taken: RBAC gives it rights on kinds, guards narrow them to
//! workspaces.

use anyhow::{Result, ensure};
use beffroi_core::manifests::Kind;
use k8s_openapi::api::authorization::v1::{ResourceRule, SelfSubjectRulesReview, SelfSubjectRulesReviewSpec};
use kube::{Api, api::PostParams};
use serde_json::{Value, json};

use crate::guards::{
    door::{Door, change, make, remove},
    home::Home,
};

pub(crate) async fn check(door: &Door, home: &Home) -> Result<()> {
    rights(home).await?;
    reach(door, home).await?;
    releases(door, home).await?;
    bindings(door, home).await
}

/// No wildcard, no Secret, and of pods to look, to make one and to remove it.
async fn rights(home: &Home) -> Result<()> {
    let api: Api<SelfSubjectRulesReview> = Api::all(home.beffroi.clone());
    let spec = SelfSubjectRulesReviewSpec { namespace: Some("default".to_owned()) };
    let review = SelfSubjectRulesReview { spec, ..SelfSubjectRulesReview::default() };
    let status = api.create(&PostParams::default(), &review).await?.status.unwrap_or_default();
    ensure!(!status.resource_rules.is_empty(), "no rights at all");
    let names = |rule: &ResourceRule, name: &str| rule.resources.iter().flatten().any(|r| r == name);
    for rule in &status.resource_rules {
        ensure!(!names(rule, "*") && !rule.verbs.iter().any(|v| v == "*"), "a wildcard: {rule:?}");
        ensure!(!names(rule, "secrets") && !names(rule, "configmaps"), "contents: {rule:?}");
        // Guards narrow the latter two to one pod of its own.
        let known = ["list", "watch", "create", "delete"];
        let looks = rule.verbs.iter().all(|verb| known.contains(&verb.as_str()));
        ensure!(looks || !names(rule, "pods"), "pods: {rule:?}");
    }
    Ok(())
}

async fn reach(door: &Door, home: &Home) -> Result<()> {
    const GUARD: &str = "'beffroi-identity'";
    let beffroi = &home.beffroi;
    // Namespaces of others.
    door.no_as(beffroi, remove("v1", "Namespace", "flux-system"), &[GUARD, "ADM-01: Namespace flux-system"])
        .await?;
    let lax = json!({"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "privileged"}}});
    door.no_as(beffroi, change("v1", "Namespace", "default", lax.clone()), &[GUARD, "ADM-01"]).await?;
    let mut adopted = home.object(Kind::Namespace);
    adopted["metadata"]["name"] = json!("default");
    door.no_as(
        beffroi,
        change("v1", "Namespace", "default", json!({"metadata": adopted["metadata"]})),
        &[GUARD, "ADM-01"],
    )
    .await?;
    let plain = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "simple"}});
    door.no_as(beffroi, make(&plain), &[GUARD, "ADM-01: Namespace simple", "(none)"]).await?;
    // Its own, made weaker: by a lesser standard, or by the same as it was years ago.
    for (label, value) in [
        ("enforce", json!("privileged")),
        ("enforce", Value::Null),
        ("enforce-version", json!("v1.20")),
        ("enforce-version", Value::Null),
        ("audit", json!("baseline")),
        ("audit-version", json!("v1.20")),
        ("warn", json!("baseline")),
        ("warn-version", Value::Null),
    ] {
        let label = format!("pod-security.kubernetes.io/{label}");
        let told = format!("ADM-01: label {label} of namespace {}", door.home);
        let patch = json!({"metadata": {"labels": {label: value}}});
        door.no_as(beffroi, change("v1", "Namespace", &door.home, patch), &[GUARD, &told]).await?;
    }
    let other = json!({"metadata": {"labels": {"beffroi.fr/workspace-uid": "autre"}}});
    door.no_as(beffroi, change("v1", "Namespace", &door.home, other), &[GUARD, "ADM-01"]).await?;
    let bare = json!({"metadata": {"labels": {"app.kubernetes.io/managed-by": null}}});
    door.no_as(beffroi, change("v1", "Namespace", &door.home, bare), &[GUARD, "does not bear"]).await?;
    namespaces_go_in_two_steps(door, home).await?;
    // Objects elsewhere, or of another workspace.
    for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Namespace) {
        let mut object = home.object(kind);
        object["metadata"]["namespace"] = json!("kube-system");
        // Where several guards refuse, any of them may be the one that is told.
        door.no_as(beffroi, make(&object), &[]).await?;
        let mut object = home.object(kind);
        object["metadata"]["labels"]["beffroi.fr/workspace-uid"] = json!("autre");
        door.no_as(beffroi, make(&object), &[GUARD, "ADM-01"]).await?;
    }
    let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "compte"}, "automountServiceAccountToken": false});
    door.make(&account).await?;
    door.no_as(beffroi, remove("v1", "ServiceAccount", "compte"), &[GUARD, "ADM-01"]).await
}

/// Who took the identity, or a mistake of ours, removes no workspace by a word; that it leaves is written before.
async fn namespaces_go_in_two_steps(door: &Door, home: &Home) -> Result<()> {
    const GUARD: &str = "'beffroi-identity'";
    let beffroi = &home.beffroi;
    let gone = || remove("v1", "Namespace", &door.home);
    door.no_as(
        beffroi,
        gone(),
        &[GUARD, "is deleted while its annotation beffroi.fr/deletion-ordered is \"\""],
    )
    .await?;
    let ordered = |uid: &str| json!({"metadata": {"annotations": {"beffroi.fr/deletion-ordered": uid}}});
    for uid in ["true", "9b1f4f0e-0000-4000-8000-00000000000f"] {
        let told = format!("beffroi.fr/deletion-ordered of namespace {} is \"{uid}\"", door.home);
        door.no_as(beffroi, change("v1", "Namespace", &door.home, ordered(uid)), &[GUARD, &told]).await?;
    }
    // Not as it is made: a write and a deletion are two.
    let mut namespace = home.object(Kind::Namespace);
    let uid = namespace["metadata"]["labels"]["beffroi.fr/workspace-uid"].as_str().unwrap().to_owned();
    namespace["metadata"]["name"] = json!("autre");
    namespace["metadata"]["annotations"]["beffroi.fr/deletion-ordered"] = json!(uid);
    door.no_as(beffroi, make(&namespace), &[GUARD, "it is empty, and holds the UID"]).await?;
    // Nobody else writes it.
    let told = "ADM-01: beffroi.fr/deletion-ordered of namespace";
    door.no(change("v1", "Namespace", &door.home, ordered(&uid)), &["'beffroi-namespaces'", told]).await?;
    home.doom().await?;
    door.yes_as(beffroi, gone()).await?;
    // Taken back, as where a site is not left after all.
    home.build(&home.policy).await?;
    door.no_as(beffroi, gone(), &[GUARD, "is deleted while"]).await
}

async fn releases(door: &Door, home: &Home) -> Result<()> {
    const GUARD: &str = "'beffroi-releases'";
    let good = home.object(Kind::HelmRelease);
    let bad = [
        ("serviceAccountName", json!("default"), "ADM-01: spec.serviceAccountName is \"default\""),
        ("serviceAccountName", Value::Null, "ADM-01: spec.serviceAccountName is \"\""),
        ("targetNamespace", json!("kube-system"), "LOC-01: spec.targetNamespace leads out"),
        ("storageNamespace", json!("kube-system"), "LOC-01: spec.storageNamespace leads out"),
        ("kubeConfig", json!({"secretRef": {"name": "ailleurs"}}), "LOC-01: spec.kubeConfig leads out"),
        ("chartRef", json!({"kind": "HelmChart", "name": "docs"}), "LOC-05: spec.chartRef"),
        (
            "chartRef",
            json!({"kind": "OCIRepository", "name": "docs", "namespace": "ailleurs"}),
            "LOC-05: spec.chartRef",
        ),
    ];
    for (field, value, says) in bad {
        let mut release = good.clone();
        release["metadata"]["name"] = json!("autre");
        release["spec"][field] = value;
        door.no_as(&home.beffroi, make(&release), &[GUARD, says]).await?;
    }
    let good = home.object(Kind::OciRepository);
    let host = home.registry.host();
    let bad = [
        ("url", json!("oci://ailleurs.example/charts/docs"), "LOC-05: spec.url is"),
        ("url", json!(format!("oci://{host}.ailleurs.example/charts/docs")), "LOC-05: spec.url is"),
        ("ref", json!({"tag": "1"}), "LOC-05: spec.ref.digest"),
        ("ref", Value::Null, "LOC-05: spec.ref.digest"),
    ];
    for (field, value, says) in bad {
        let mut source = good.clone();
        source["metadata"]["name"] = json!("autre");
        source["spec"][field] = value;
        door.no_as(&home.beffroi, make(&source), &[GUARD, says]).await?;
    }
    Ok(())
}

async fn bindings(door: &Door, home: &Home) -> Result<()> {
    const GUARD: &str = "'beffroi-bindings'";
    let good = home.object(Kind::RoleBinding);
    let account = |name: &str, namespace: &str| json!([{"kind": "ServiceAccount", "name": name, "namespace": namespace}]);
    let bad = [
        account("beffroi", "beffroi-system"),
        account("default", &door.home),
        account("beffroi-apps", "default"),
        json!([{"kind": "Group", "name": "system:authenticated", "apiGroup": "rbac.authorization.k8s.io"}]),
        json!([{"kind": "User", "name": "beffroi-apps", "apiGroup": "rbac.authorization.k8s.io"}]),
    ];
    for subjects in bad {
        let mut binding = good.clone();
        binding["metadata"]["name"] = json!("autre");
        binding["subjects"] = subjects;
        door.no_as(&home.beffroi, make(&binding), &[GUARD, "ADM-01: subjects has"]).await?;
    }
    // Of a role that holds no more than Beffroi itself, RBAC says nothing.
    let mut binding = good;
    binding["metadata"]["name"] = json!("autre");
    binding["roleRef"]["name"] = json!("beffroi-site");
    door.no_as(&home.beffroi, make(&binding), &[GUARD, "ADM-01: roleRef is ClusterRole beffroi-site"])
        .await?;
    // What an app may do with the Kubernetes API is not for charts, nor the other way round.
    let narrow =
        home.objects(&home.policy).into_iter().find(|object| object.name() == "beffroi-app-docs-pods");
    let narrow = serde_json::to_value(narrow.map(|object| object.manifest))?;
    let crossed = [
        (
            &narrow,
            "roleRef",
            json!({"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "beffroi-workspace-apps"}),
        ),
        (&narrow, "subjects", json!([{"kind": "ServiceAccount", "name": "default", "namespace": door.home}])),
        (
            &narrow,
            "subjects",
            json!([{"kind": "ServiceAccount", "name": "beffroi-apps", "namespace": door.home}]),
        ),
        (
            &narrow,
            "subjects",
            json!([{"kind": "ServiceAccount", "name": "beffroi-app-docs", "namespace": "kube-system"}]),
        ),
    ];
    for (good, field, value) in crossed {
        let mut binding = good.clone();
        binding["metadata"]["name"] = json!("autre");
        binding[field] = value;
        door.no_as(&home.beffroi, make(&binding), &[GUARD, "ADM-01: subjects has"]).await?;
    }
    let mut account = home.object(Kind::ServiceAccount);
    account["metadata"]["name"] = json!("autre");
    door.no_as(&home.beffroi, make(&account), &[GUARD, "ADM-01: ServiceAccount autre"]).await
}
