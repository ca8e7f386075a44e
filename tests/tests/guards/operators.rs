//! Operators that a site declares work in workspaces under their own identities, each at what it is there for; and
//! nothing else is open to them, nor to anyone else what is open to them.

use anyhow::{Result, ensure};
use beffroi_crds::{
    Site,
    site::{ApiServer, DnsServer, GatewayHost, OperatorKind, ServiceOperator},
};
use beffroi_tests::eventually;
use k8s_openapi::api::{
    batch::v1::Job,
    core::v1::{Namespace, Pod, ServiceAccount},
    rbac::v1::{ClusterRoleBinding, RoleRef, Subject},
};
use kube::{
    Api, Client,
    api::{ListParams, ObjectMeta, PostParams},
};
use serde_json::{Value, json};

use crate::guards::{
    door::{Door, change, make, object, remove},
    home::{Home, container},
    images::{makers, merged},
    storage::{CLASS, claim},
};

const RBAC: &str = "rbac.authorization.k8s.io/v1";

/// What the site says of its operators, of names, and of its gateways.
pub(crate) fn declare(site: &mut Site) {
    let operator = |kind: OperatorKind, namespace: &str, account: Option<&str>| ServiceOperator {
        name: namespace.into(),
        kind,
        namespace: namespace.into(),
        service_account: account.map(str::to_owned),
    };
    site.spec.operators = vec![
        operator(OperatorKind::CertManager, "certificats", Some("cert-manager")),
        operator(OperatorKind::CloudNativePg, "bases", Some("cnpg-manager")),
        operator(OperatorKind::Velero, "sauvegardes", Some("velero")),
        operator(OperatorKind::Prometheus, "mesures", None),
    ];
    site.spec.api_servers = vec![ApiServer { cidr: "192.0.2.1/32".into(), port: 6443 }];
    site.spec.dns = vec![
        DnsServer { cidr: Some("169.254.20.10/32".into()), ..DnsServer::default() },
        DnsServer { namespace: Some("openshift-dns".into()), port: 5353, ..DnsServer::default() },
    ];
    let gateway = |host: &str, country: &str| GatewayHost { host: host.into(), country: country.into() };
    site.spec.gateway_hosts =
        vec![gateway("objets.par1.example", "FR"), gateway("objekte.fra1.example", "DE")];
    site.spec.ingress_annotations = vec!["exemple.fr/permis".into()];
}

pub(crate) async fn check(door: &Door, home: &Home) -> Result<()> {
    let certificates = enter(home, "certificats", "cert-manager").await?;
    let databases = enter(home, "bases", "cnpg-manager").await?;
    let backups = enter(home, "sauvegardes", "velero").await?;
    let stranger = enter(home, "ailleurs", "velero").await?;
    names(door).await?;
    certify(door, home, &certificates).await?;
    run_databases(door, home, &databases).await?;
    restore(door, home, &backups).await?;
    for who in [&certificates, &backups, &stranger, &door.admin] {
        for bad in [role("base", &json!([])), binding("base", "Role", "base", "base", &door.home)] {
            door.no_as(who, make(&bad), &["'beffroi-boundaries'", "written by Beffroi alone"]).await?;
        }
    }
    for who in [&certificates, &databases, &stranger, &door.admin] {
        door.no_as(who, make(&bound(CLASS)), &["'beffroi-storage'", "volumeName is \"restaure\""]).await?;
    }
    for who in [&certificates, &databases, &backups] {
        never(door, home, who).await?;
    }
    Ok(())
}

/// An identity that RBAC refuses nothing, as operators often have.
async fn enter(home: &Home, namespace: &str, account: &str) -> Result<Client> {
    let (admin, params) = (home.cluster.admin(), PostParams::default());
    let named = |name: &str| ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() };
    let api: Api<Namespace> = Api::all(admin.clone());
    api.create(&params, &Namespace { metadata: named(namespace), ..Namespace::default() }).await?;
    let api: Api<ServiceAccount> = Api::namespaced(admin.clone(), namespace);
    api.create(&params, &ServiceAccount { metadata: named(account), ..ServiceAccount::default() }).await?;
    let subject = Subject {
        kind: "ServiceAccount".to_owned(),
        name: account.to_owned(),
        namespace: Some(namespace.to_owned()),
        ..Subject::default()
    };
    let role_ref = RoleRef {
        api_group: Some("rbac.authorization.k8s.io".to_owned()),
        kind: "ClusterRole".to_owned(),
        name: "cluster-admin".to_owned(),
    };
    let all = ClusterRoleBinding { metadata: named(namespace), role_ref, subjects: Some(vec![subject]) };
    Api::all(admin).create(&params, &all).await?;
    Ok(home.cluster.client_as(namespace, account).await?)
}

/// What Beffroi wrote of names is what the site declares.
async fn names(door: &Door) -> Result<()> {
    let policy = door.read("networking.k8s.io/v1", "NetworkPolicy", "dns").await?;
    let egress = policy["spec"]["egress"].as_array().cloned().unwrap_or_default();
    ensure!(egress.len() == 2 && !policy.to_string().contains("kube-dns"), "{policy}");
    ensure!(egress[0]["to"][0]["ipBlock"]["cidr"] == "169.254.20.10/32", "{policy}");
    ensure!(egress[1]["ports"][0]["port"] == 5353, "{policy}");
    for operator in ["operator-bases", "operator-mesures"] {
        door.read("networking.k8s.io/v1", "NetworkPolicy", operator).await?;
    }
    Ok(())
}

/// cert-manager proves a host over HTTP-01.
async fn certify(door: &Door, home: &Home, who: &Client) -> Result<()> {
    let class = home.site.spec.ingress.clone().unwrap_or_default().class_name;
    let labels = json!({"acme.cert-manager.io/http01-solver": "true"});
    let solver = |image: &str| {
        let mut pod = object("v1", "Pod", "cm-acme-http-solver-1", &home.pod());
        pod["spec"]["containers"] = json!([container("acmesolver", image)]);
        pod["spec"]["automountServiceAccountToken"] = json!(false);
        pod["metadata"]["labels"] = labels.clone();
        pod
    };
    door.yes_as(who, make(&solver(&home.image()))).await?;
    let abroad = format!("quay.io/jetstack/cert-manager-acmesolver@sha256:{}", "0a".repeat(32));
    door.no_as(who, make(&solver(&abroad)), &["LOC-05"]).await?;
    let service = |type_: &str| {
        let spec = json!({"type": type_, "selector": labels, "ports": [{"port": 8089}]});
        object("v1", "Service", "cm-acme-http-solver-1", &spec)
    };
    door.yes_as(who, make(&service("ClusterIP"))).await?;
    door.no_as(who, make(&service("NodePort")), &["LOC-04: spec.type is \"NodePort\""]).await?;
    let ingress = |host: &str| {
        let backend = json!({"service": {"name": "cm-acme-http-solver-1", "port": {"number": 8089}}});
        let path = json!({"path": "/.well-known/acme-challenge/x-Y_z", "pathType": "ImplementationSpecific",
            "backend": backend});
        let rules = json!([{"host": host, "http": {"paths": [path]}}]);
        let spec = json!({"ingressClassName": class, "rules": rules});
        let mut one = object("networking.k8s.io/v1", "Ingress", "cm-acme-http-solver-1", &spec);
        one["metadata"]["annotations"] =
            json!({"nginx.ingress.kubernetes.io/whitelist-source-range": "0.0.0.0/0,::/0"});
        one
    };
    door.yes_as(who, make(&ingress(home.domain()))).await?;
    door.no_as(who, make(&ingress("communication.ght-bm.example")), &["LOC-04: spec.rules has host"]).await
}

fn role(name: &str, rules: &Value) -> Value {
    json!({"apiVersion": RBAC, "kind": "Role", "metadata": {"name": name}, "rules": rules})
}

fn binding(name: &str, kind: &str, role: &str, account: &str, namespace: &str) -> Value {
    json!({"apiVersion": RBAC, "kind": "RoleBinding", "metadata": {"name": name},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": role},
        "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": namespace}]})
}

/// `CloudNativePG` makes a cluster of `PostgreSQL`.
async fn run_databases(door: &Door, home: &Home, who: &Client) -> Result<()> {
    const GUARD: &str = "'beffroi-boundaries'";
    let rule = |group: &str, resource: &str, verbs: &[&str], names: &[&str]| {
        let mut rule = json!({"apiGroups": [group], "resources": [resource], "verbs": verbs});
        if !names.is_empty() {
            rule["resourceNames"] = json!(names);
        }
        rule
    };
    let rules = json!([
        rule("", "configmaps", &["get", "watch"], &["cnpg-default-monitoring"]),
        rule("", "secrets", &["get", "watch"], &["base-app", "base-ca"]),
        rule("", "events", &["create", "patch"], &[]),
        rule("postgresql.cnpg.io", "clusters", &["get", "list", "watch"], &["base"]),
        rule("postgresql.cnpg.io", "clusters/status", &["get", "patch", "update", "watch"], &["base"]),
        rule("postgresql.cnpg.io", "backups", &["list", "get", "delete"], &[]),
    ]);
    let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "base"}});
    door.yes_as(who, make(&account)).await?;
    door.yes_as(who, make(&role("base", &rules))).await?;
    door.yes_as(who, make(&binding("base", "Role", "base", "base", &door.home))).await?;
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "base-app"}});
    door.yes_as(who, make(&secret)).await?;
    let mut service = object("v1", "Service", "base-rw", &json!({"ports": [{"port": 5432}]}));
    service["metadata"]["annotations"] = json!({"cnpg.io/operatorVersion": "1.28.0"});
    door.yes_as(who, make(&service)).await?;
    let data = object("v1", "PersistentVolumeClaim", "base-1", &claim(&json!({"storageClassName": CLASS})));
    door.yes_as(who, make(&data)).await?;
    its_pods(door, home, who).await?;

    // Its instances speak with the API under that account, which no pod of a chart may.
    door.make(&merged(&account, &json!({"automountServiceAccountToken": false}))).await?;
    let speaking = json!({"serviceAccountName": "base", "automountServiceAccountToken": true});
    let mut instance = makers(&merged(&home.pod(), &speaking))[0].0.clone();
    door.no(make(&instance), &["'beffroi-api-access'", "carries a token of ServiceAccount \"base\""]).await?;
    instance["metadata"]["labels"] = json!({"cnpg.io/cluster": "base"});
    door.yes_as(who, make(&instance)).await?;
    door.no(make(&instance), &["'beffroi-operators'"]).await?;
    instance["spec"]["serviceAccountName"] = json!("beffroi-apps");
    door.no_as(who, make(&instance), &["'beffroi-api-access'"]).await?;
    let mut budget = object("policy/v1", "PodDisruptionBudget", "base-primary", &json!({"minAvailable": 1}));
    budget["spec"]["selector"] = json!({"matchLabels": {"cnpg.io/cluster": "base"}});
    door.yes_as(who, make(&budget)).await?;
    door.no(make(&budget), &["'beffroi-disruptions'"]).await?;

    let wide = [
        rule("*", "*", &["*"], &[]),
        rule("", "secrets", &["get"], &[]),
        rule("", "secrets", &["get", "update"], &["docs"]),
        rule("", "secrets", &["list"], &["docs"]),
        rule("", "pods/exec", &["create"], &[]),
        rule("", "serviceaccounts/token", &["create"], &[]),
        rule("postgresql.cnpg.io", "*", &["get"], &[]),
        rule("postgresql.cnpg.io", "clusters", &["*"], &[]),
        rule("rbac.authorization.k8s.io", "roles", &["escalate", "bind"], &[]),
        rule("apps", "deployments", &["get"], &[]),
    ];
    for one in &wide {
        let told = "an operator of databases gives rights over events, named ConfigMaps and Secrets";
        door.no_as(who, make(&role("base", &json!([rules[0], one]))), &[GUARD, told]).await?;
    }
    let mut everyone = binding("base", "Role", "base", "base", &door.home);
    everyone["subjects"] =
        json!([{"kind": "Group", "name": "system:authenticated", "apiGroup": "rbac.authorization.k8s.io"}]);
    for bad in [
        binding("base", "ClusterRole", "cluster-admin", "base", &door.home),
        binding("base", "Role", "base", "beffroi-apps", &door.home),
        binding("base", "Role", "base", "default", "bases"),
        everyone,
    ] {
        door.no_as(who, make(&bad), &[GUARD, "an operator of databases binds its own roles"]).await?;
    }
    // What Beffroi wrote stays Beffroi's.
    let (binding, none) = ("beffroi-apps", json!({"subjects": []}));
    door.no_as(who, change(RBAC, "RoleBinding", binding, none), &[GUARD, "by Beffroi alone"]).await?;
    let bare = json!({"metadata": {"labels": {"app.kubernetes.io/managed-by": null}}});
    door.no_as(who, change(RBAC, "RoleBinding", binding, bare), &[GUARD, "by Beffroi alone"]).await?;
    door.no_as(who, remove(RBAC, "RoleBinding", binding), &[GUARD, "by Beffroi alone"]).await
}

/// What runs its instances, and what makes them; nobody else's pods pass for these.
async fn its_pods(door: &Door, home: &Home, who: &Client) -> Result<()> {
    let labels = json!({"app": "web", "cnpg.io/cluster": "base"});
    for (mut maker, _) in makers(&home.pod()) {
        let kind = maker["kind"].as_str().unwrap().to_owned();
        let at = match kind.as_str() {
            "Pod" => "/metadata",
            "CronJob" => "/spec/jobTemplate/spec/template/metadata",
            "PodTemplate" => "/template/metadata",
            _ => "/spec/template/metadata",
        };
        maker.pointer_mut(at).unwrap()["labels"] = labels.clone();
        door.no(make(&maker), &["'beffroi-operators'", &format!("pods of {kind}"), "cnpg.io/cluster"])
            .await?;
        door.yes_as(who, make(&maker)).await?;
    }
    let relabelled = json!({"metadata": {"labels": {"cnpg.io/cluster": "base"}}});
    door.no(change("v1", "Pod", "maj", relabelled), &["'beffroi-operators'"]).await?;
    // For real: Kubernetes makes the pod of its Job.
    let mut job = makers(&home.pod())[7].0.clone();
    job["metadata"]["name"] = json!("base-1-initdb");
    job["spec"]["template"]["metadata"]["labels"] = labels;
    let jobs: Api<Job> = Api::namespaced(who.clone(), &door.home);
    jobs.create(&PostParams::default(), &serde_json::from_value(job)?).await?;
    let pods: Api<Pod> = Api::namespaced(who.clone(), &door.home);
    eventually("the pod of its Job", async || {
        let found = pods.list(&ListParams::default().labels("cnpg.io/cluster=base")).await?.items;
        ensure!(found.len() == 1, "{} pods", found.len());
        Ok(())
    })
    .await
}

/// A claim of a volume that is there already.
fn bound(class: &str) -> Value {
    let spec = claim(&json!({"storageClassName": class, "volumeName": "restaure"}));
    object("v1", "PersistentVolumeClaim", "restaure", &spec)
}

/// Velero brings back what was in a backup, into the namespace that Beffroi made.
async fn restore(door: &Door, home: &Home, who: &Client) -> Result<()> {
    door.yes_as(who, make(&bound(CLASS))).await?;
    door.no_as(who, make(&bound("francfort")), &["storageClassName is \"francfort\""]).await?;
    let waiting = json!({"initContainers": [container("restore-wait", &home.image())]});
    let mut pod = makers(&merged(&home.pod(), &waiting))[0].0.clone();
    pod["metadata"]["labels"] = json!({"velero.io/restore-name": "nuit"});
    door.yes_as(who, make(&pod)).await?;
    let helper = json!({"initContainers": [container("restore-wait", "velero/velero-restore-helper:v1")]});
    door.no_as(who, make(&makers(&merged(&home.pod(), &helper))[0].0), &["LOC-05"]).await?;
    let mut named = pod.clone();
    named["spec"]["volumes"] = json!([{"name": "v", "ephemeral": {"volumeClaimTemplate": {
        "spec": claim(&json!({"storageClassName": CLASS, "volumeName": "restaure"}))}}}]);
    door.no_as(who, make(&named), &["'beffroi-storage'", "volumeName"]).await?;
    for kind in ["ConfigMap", "Secret"] {
        door.yes_as(who, make(&json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": "x"}}))).await?;
    }
    let home = json!({"apiVersion": "v1", "kind": "Namespace",
        "metadata": {"name": "rendu", "labels": {"beffroi.fr/workspace-uid": "x"}}});
    door.no_as(who, make(&home), &["'beffroi-namespaces'"]).await
}

/// What no operator may.
async fn never(door: &Door, home: &Home, who: &Client) -> Result<()> {
    let open = json!({"podSelector": {}, "policyTypes": ["Egress"], "egress": [{}]});
    let policy = object("networking.k8s.io/v1", "NetworkPolicy", "ouvert", &open);
    door.no_as(who, make(&policy), &["'beffroi-boundaries'"]).await?;
    door.no_as(who, remove("v1", "ResourceQuota", "workspace"), &["'beffroi-boundaries'"]).await?;
    door.no_as(who, remove("v1", "Namespace", &door.home), &["'beffroi-namespaces'"]).await?;
    let release = json!({"spec": {"suspend": true}});
    door.no_as(who, change("helm.toolkit.fluxcd.io/v2", "HelmRelease", "docs", release), &["'beffroi-flux'"])
        .await?;
    let mut shared = makers(&home.pod())[3].0.clone();
    shared["spec"]["template"]["spec"]["hostNetwork"] = json!(true);
    door.no_as(who, make(&shared), &["'beffroi-host'"]).await?;
    let elsewhere = claim(&json!({"storageClassName": "francfort"}));
    door.no_as(who, make(&object("v1", "PersistentVolumeClaim", "x", &elsewhere)), &["'beffroi-storage'"])
        .await
}
