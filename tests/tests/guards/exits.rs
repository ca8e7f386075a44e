//! LOC-04: ways in and out other than the site's own ingress.

use anyhow::Result;
use beffroi_tests::eventually;
use serde_json::{Value, json};

use crate::{
    door::{Door, change, make, object},
    home::Home,
    images::merged,
};

pub(crate) async fn check(door: &Door, home: &Home) -> Result<()> {
    services(door).await?;
    endpoints(door).await?;
    ingresses(door, home).await?;
    gateways(door).await
}

async fn services(door: &Door) -> Result<()> {
    let base = json!({"ports": [{"port": 80}], "selector": {"app": "web"}});
    let service = |name: &str, more: Value| object("v1", "Service", name, &merged(&base, &more));
    let bad = [
        (json!({"type": "LoadBalancer"}), "LOC-04: spec.type is \"LoadBalancer\""),
        (json!({"type": "NodePort"}), "LOC-04: spec.type is \"NodePort\""),
        (
            json!({"type": "ExternalName", "externalName": "ailleurs.example"}),
            "LOC-04: spec.type is \"ExternalName\"",
        ),
        (json!({"externalIPs": ["192.0.2.1"]}), "LOC-04: spec.externalIPs has 192.0.2.1"),
    ];
    door.make(&service("web", json!({}))).await?;
    for (more, says) in &bad {
        door.no(make(&service("autre", more.clone())), &["'beffroi-services'", says]).await?;
        door.no(change("v1", "Service", "web", json!({"spec": more})), &["'beffroi-services'", says]).await?;
    }
    door.yes(make(&service("sans-tete", json!({"clusterIP": "None"})))).await?;
    door.yes(change("v1", "Service", "web", json!({"spec": {"ports": [{"port": 81}]}}))).await
}

async fn endpoints(door: &Door) -> Result<()> {
    // A service without selector is taken, but leads nowhere.
    door.make(&object("v1", "Service", "relais", &json!({"ports": [{"port": 80}]}))).await?;
    let by_hand = json!({"apiVersion": "v1", "kind": "Endpoints", "metadata": {"name": "relais"},
        "subsets": [{"addresses": [{"ip": "192.0.2.1"}], "ports": [{"port": 80}]}]});
    door.no(make(&by_hand), &["'beffroi-endpoints'", "LOC-04: Endpoints relais"]).await?;
    let slice = json!({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
        "metadata": {"name": "relais-1", "labels": {"kubernetes.io/service-name": "relais"}},
        "endpoints": [{"addresses": ["192.0.2.1"]}], "ports": [{"port": 80}]});
    door.no(make(&slice), &["'beffroi-endpoints'", "LOC-04: EndpointSlice relais-1"]).await?;
    // Nor is what Kubernetes wrote for a service with one changed.
    eventually("endpoints by Kubernetes", async || {
        let away = json!({"subsets": [{"addresses": [{"ip": "192.0.2.1"}], "ports": [{"port": 80}]}]});
        door.no(change("v1", "Endpoints", "web", away), &["LOC-04: Endpoints web"]).await
    })
    .await
}

async fn ingresses(door: &Door, home: &Home) -> Result<()> {
    let class = home.site.spec.ingress.clone().unwrap_or_default().class_name;
    let base = json!({"ingressClassName": class, "rules": [{"host": "docs.essaim.example"}]});
    let ingress = |more: Value| object("networking.k8s.io/v1", "Ingress", "web", &merged(&base, &more));
    for name in ["interne", "publi"] {
        let told =
            format!("LOC-04: spec.ingressClassName is \"{name}\": ingress class allowed here: {class}");
        let bad = ingress(json!({"ingressClassName": name}));
        door.no(make(&bad), &["'beffroi-ingresses'", &told]).await?;
    }
    door.no(make(&ingress(json!({"ingressClassName": null}))), &["LOC-04: spec.ingressClassName is \"\""])
        .await?;
    let bucket = json!({"resource": {"apiGroup": "ailleurs.example", "kind": "Bucket", "name": "b"}});
    let path = json!({"path": "/", "pathType": "Prefix", "backend": bucket});
    for more in [
        json!({"defaultBackend": bucket}),
        json!({"rules": [{"host": "docs.essaim.example", "http": {"paths": [path]}}]}),
    ] {
        door.no(make(&ingress(more)), &["LOC-04: a backend of spec names a resource"]).await?;
    }
    door.make(&ingress(json!({}))).await?;
    let version = "networking.k8s.io/v1";
    door.no(change(version, "Ingress", "web", json!({"spec": {"ingressClassName": "interne"}})), &["LOC-04"])
        .await?;
    // Of a new ingress Kubernetes itself refuses that the two differ, not of a changed one.
    let old = json!({"metadata": {"annotations": {"kubernetes.io/ingress.class": "interne"}}});
    let told = "LOC-04: metadata.annotations[kubernetes.io/ingress.class] is \"interne\"";
    door.no(change(version, "Ingress", "web", old), &[told]).await?;
    door.yes(change(version, "Ingress", "web", json!({"metadata": {"labels": {"vu": "oui"}}}))).await
}

async fn gateways(door: &Door) -> Result<()> {
    door.serve("gateway.networking.k8s.io", "HTTPRoute").await?;
    let route =
        object("gateway.networking.k8s.io/v1", "HTTPRoute", "web", &json!({"hostnames": ["x.example"]}));
    eventually("the route's refusal", async || {
        door.no(make(&route), &["'beffroi-gateways'", "LOC-04: HTTPRoute web"]).await
    })
    .await
}
