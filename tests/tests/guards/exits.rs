//! LOC-04: ways in and out other than the site's own ingress.

use anyhow::Result;
use beffroi_tests::eventually;
use serde_json::{Value, json};

use crate::guards::{
    door::{Door, change, make, object},
    home::Home,
    images::merged,
};

pub(crate) async fn check(door: &Door, home: &Home) -> Result<()> {
    services(door).await?;
    endpoints(door).await?;
    ingresses(door, home).await?;
    hosts(door, home).await?;
    annotations(door, home).await?;
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
            "LOC-04: spec.externalName is \"ailleurs.example\": gateways that the site declares: objets.par1.example",
        ),
        (
            json!({"type": "ExternalName", "externalName": "kubernetes.default.svc.cluster.local"}),
            "LOC-04: spec.externalName is",
        ),
        // Declared, and in a country that the policy does not allow.
        (
            json!({"type": "ExternalName", "externalName": "objekte.fra1.example"}),
            "LOC-04: spec.externalName is",
        ),
        (json!({"externalIPs": ["192.0.2.1"]}), "LOC-04: spec.externalIPs has 192.0.2.1"),
    ];
    door.make(&service("web", json!({}))).await?;
    for (more, says) in &bad {
        door.no(make(&service("autre", more.clone())), &["'beffroi-services'", says]).await?;
        door.no(change("v1", "Service", "web", json!({"spec": more})), &["'beffroi-services'", says]).await?;
    }
    let gateway = json!({"type": "ExternalName", "externalName": "objets.par1.example"});
    door.yes(make(&service("media", gateway.clone()))).await?;
    door.yes(change("v1", "Service", "web", json!({"spec": gateway}))).await?;
    for (key, value) in [
        ("haproxy.org/backend-config-snippet", "http-request lua.x"),
        ("traefik.ingress.kubernetes.io/service.serverstransport", "ailleurs-x@kubernetescrd"),
        ("external-dns.alpha.kubernetes.io/hostname", "intranet.autre.example"),
    ] {
        let annotated = json!({"metadata": {"annotations": {key: value}}});
        let told = format!("LOC-04: metadata.annotations[{key}] is none that apps may use here");
        door.no(change("v1", "Service", "web", annotated), &["'beffroi-services'", &told]).await?;
    }
    let odd = json!({"metadata": {"annotations": {"haproxy.org/load-balance": "x\nbackend y"}}});
    door.no(change("v1", "Service", "web", odd), &["'beffroi-services'", "no such value is allowed"]).await?;
    let metrics = json!({"metadata": {"annotations": {"prometheus.io/scrape": "true"}}});
    door.yes(change("v1", "Service", "web", metrics)).await?;
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
    let host = format!("docs.{}", home.domain());
    let base = json!({"ingressClassName": class, "rules": [{"host": host}]});
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
    for more in
        [json!({"defaultBackend": bucket}), json!({"rules": [{"host": host, "http": {"paths": [path]}}]})]
    {
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

/// A tenant answers in no other's name.
async fn hosts(door: &Door, home: &Home) -> Result<()> {
    const GUARD: &str = "'beffroi-ingresses'";
    let (domain, version) = (home.domain(), "networking.k8s.io/v1");
    let class = home.site.spec.ingress.clone().unwrap_or_default().class_name;
    let ingress =
        |more: Value| object(version, "Ingress", "hote", &merged(&json!({"ingressClassName": class}), &more));
    let leads = json!({"service": {"name": "web", "port": {"number": 80}}});
    let path = |path: &str| json!({"path": path, "pathType": "ImplementationSpecific", "backend": leads});
    let rule = |host: &str, at: &str| json!({"host": host, "http": {"paths": [path(at)]}});
    let here = format!("docs.{domain}");
    // The sample's host of another tenant; the parent; a neighbour whose name begins or ends alike; wildcards.
    let parent = domain.split_once('.').unwrap().1;
    for foreign in [
        "communication.ght-bm.example".to_owned(),
        parent.to_owned(),
        format!("docs.{parent}"),
        format!("x.docs.{domain}"),
        format!("x{domain}"),
        format!("{domain}.example"),
        format!("autre.{domain}"),
        format!("*.{domain}"),
        format!("*.{parent}"),
    ] {
        let told =
            format!("LOC-04: spec.rules has host \"{foreign}\": hosts of this workspace: {here}, {domain}");
        for bad in [
            json!({"rules": [{"host": foreign}]}),
            json!({"rules": [rule(&foreign, "/connexion")]}),
            json!({"rules": [rule(&here, "/"), rule(&foreign, "/")]}),
        ] {
            door.no(make(&ingress(bad)), &[GUARD, &told]).await?;
        }
        let tls =
            json!({"rules": [rule(&here, "/")], "tls": [{"hosts": [here, foreign], "secretName": "s"}]});
        let told = format!("LOC-04: spec.tls has hosts \"{here}, {foreign}\"");
        door.no(make(&ingress(tls)), &[GUARD, &told]).await?;
    }
    // Catch-alls.
    let everywhere = json!({"http": {"paths": [path("/")]}});
    let told = "LOC-04: spec.rules has host \"\"";
    door.no(make(&ingress(json!({"rules": [everywhere]}))), &[GUARD, told]).await?;
    door.no(make(&ingress(json!({"rules": [rule(&here, "/"), everywhere]}))), &[GUARD, told]).await?;
    for rest in [json!({}), json!({"rules": [rule(&here, "/")]})] {
        let all = merged(&rest, &json!({"defaultBackend": leads}));
        door.no(make(&ingress(all)), &[GUARD, "LOC-04: spec.defaultBackend answers for every host"]).await?;
    }
    let any = json!({"rules": [rule(&here, "/")], "tls": [{"secretName": "s"}]});
    door.no(make(&ingress(any)), &[GUARD, "LOC-04: spec.tls has hosts \"\""]).await?;
    // Paths that end what a controller writes them into.
    for odd in ["/` || Host(`intranet.autre.example", "/\" { } location /", "/x;y", "/a b", "/x\\"] {
        let bad = json!({"rules": [rule(&here, "/"), rule(domain, odd)]});
        door.no(make(&ingress(bad)), &[GUARD, "LOC-04: spec.rules has paths"]).await?;
    }
    let good = json!({
        "rules": [rule(&here, "/media/(.*)"), rule(domain, "/.well-known/matrix/[^/]+$")],
        "tls": [{"hosts": [here, domain], "secretName": "s"}],
    });
    door.make(&ingress(good.clone())).await?;
    let foreign = json!({"spec": {"rules": [rule("communication.ght-bm.example", "/")]}});
    door.no(change(version, "Ingress", "hote", foreign), &[GUARD, "LOC-04: spec.rules has host"]).await?;

    // The domain is another: what was good is refused, its new hosts are taken, and what is there can go.
    home.move_to("nouveau.essaim.example").await?;
    let moved = json!({"rules": [rule("docs.nouveau.essaim.example", "/")]});
    eventually("the new domain", async || {
        door.yes(make(&object(
            version,
            "Ingress",
            "apres",
            &merged(&json!({"ingressClassName": class}), &moved),
        )))
        .await
    })
    .await?;
    let mut again = ingress(good);
    again["metadata"]["name"] = json!("encore");
    door.no(make(&again), &[GUARD, "LOC-04: spec.rules has host"]).await?;
    door.yes(change(version, "Ingress", "hote", json!({"metadata": {"labels": {"vu": "oui"}}}))).await?;
    door.yes(change(version, "Ingress", "hote", json!({"spec": merged(&moved, &json!({"tls": null}))})))
        .await?;
    home.build(&home.policy).await?;
    eventually("the old domain", async || door.yes(make(&again)).await).await
}

/// What one app tells a controller that serves every workspace.
async fn annotations(door: &Door, home: &Home) -> Result<()> {
    const GUARD: &str = "'beffroi-ingresses'";
    let class = home.site.spec.ingress.clone().unwrap_or_default().class_name;
    let spec = json!({"ingressClassName": class, "rules": [{"host": home.domain()}]});
    let annotated = |key: &str, value: &str| {
        let mut ingress = object("networking.k8s.io/v1", "Ingress", "annote", &spec);
        ingress["metadata"]["annotations"] = json!({key: value});
        ingress
    };
    let nginx = [
        "auth-proxy-set-headers",
        "auth-secret",
        "auth-signin",
        "auth-snippet",
        "auth-tls-secret",
        "auth-url",
        "configuration-snippet",
        "custom-headers",
        "default-backend",
        "fastcgi-params-configmap",
        "from-to-www-redirect",
        "mirror-host",
        "mirror-target",
        "modsecurity-snippet",
        "permanent-redirect",
        "proxy-ssl-secret",
        "server-alias",
        "server-snippet",
        "stream-snippet",
        "upstream-vhost",
        "canary",
    ];
    let others = [
        "traefik.ingress.kubernetes.io/router.middlewares",
        "traefik.ingress.kubernetes.io/router.tls.options",
        "traefik.ingress.kubernetes.io/router.tls.certresolver",
        "traefik.ingress.kubernetes.io/router.rulesyntax",
        "haproxy.org/backend-config-snippet",
        "haproxy.org/frontend-config-snippet",
        "haproxy.org/auth-secret",
        "haproxy.org/server-crt",
        "haproxy.org/cr-backend",
        "haproxy.org/request-redirect",
        "haproxy-ingress.github.io/auth-url",
        "haproxy-ingress.github.io/config-backend",
        "haproxy-ingress.github.io/server-alias",
        "ingress.kubernetes.io/config-backend",
        "nginx.org/server-snippets",
        "nginx.org/location-snippets",
        "nginx.org/mergeable-ingress-type",
        "konghq.com/plugins",
        "projectcontour.io/tls-cert-namespace",
        "alb.ingress.kubernetes.io/group.name",
        "ingress.cilium.io/loadbalancer-mode",
        "external-dns.alpha.kubernetes.io/hostname",
        "external-dns.alpha.kubernetes.io/target",
        "cert-manager.io/alt-names",
        "cert-manager.io/common-name",
        "sans-domaine",
    ];
    let nginx = nginx.map(|name| format!("nginx.ingress.kubernetes.io/{name}"));
    for key in nginx.iter().map(String::as_str).chain(others) {
        let told = format!("LOC-04: metadata.annotations[{key}] is none that apps may use here");
        door.no(make(&annotated(key, "x")), &[GUARD, &told, "spec.ingressAnnotations", "exemple.fr/permis"])
            .await?;
    }
    for (key, value) in [
        ("nginx.ingress.kubernetes.io/proxy-body-size", "1m;\nproxy_pass http://ailleurs.example;"),
        ("nginx.ingress.kubernetes.io/rewrite-target", "/ break; } location /x { return 200 \"x\"; #"),
        ("nginx.ingress.kubernetes.io/proxy-buffer-size", "10g"),
        ("nginx.ingress.kubernetes.io/client-body-buffer-size", "5000000"),
        ("traefik.ingress.kubernetes.io/router.entrypoints", "traefik"),
        ("traefik.ingress.kubernetes.io/router.pathmatcher", "Host"),
        ("traefik.ingress.kubernetes.io/service.sticky.cookie.name", "a`b"),
    ] {
        let told = format!("LOC-04: metadata.annotations[{key}] is");
        door.no(make(&annotated(key, value)), &[GUARD, &told, "no such value is allowed here"]).await?;
    }
    for (key, value) in [
        ("nginx.ingress.kubernetes.io/proxy-body-size", "100m"),
        ("nginx.ingress.kubernetes.io/proxy-read-timeout", "86400"),
        ("nginx.ingress.kubernetes.io/proxy-buffer-size", "16k"),
        ("nginx.ingress.kubernetes.io/upstream-hash-by", "$arg_room"),
        ("nginx.ingress.kubernetes.io/rewrite-target", "/$1"),
        ("nginx.ingress.kubernetes.io/cors-allow-origin", "https://docs.example, https://meet.example"),
        ("traefik.ingress.kubernetes.io/router.entrypoints", "web,websecure"),
        ("haproxy.org/timeout-server", "60s"),
        ("meta.helm.sh/release-name", "docs"),
        ("exemple.fr/permis", "ce que; le site \"accepte\""),
        ("cert-manager.io/cluster-issuer", "interne"),
    ] {
        door.yes(make(&annotated(key, value))).await?;
    }
    // By a later change alone, too.
    door.make(&annotated("exemple.fr/permis", "x")).await?;
    let more = json!({"metadata": {"annotations": {"nginx.ingress.kubernetes.io/mirror-target": "https://ailleurs.example"}}});
    door.no(change("networking.k8s.io/v1", "Ingress", "annote", more), &[GUARD, "mirror-target"]).await
}

/// Ways in that are no ingress.
async fn gateways(door: &Door) -> Result<()> {
    for (group, kind) in [
        ("gateway.networking.k8s.io", "HTTPRoute"),
        ("gateway.networking.k8s.io", "TLSRoute"),
        ("traefik.io", "IngressRoute"),
        ("traefik.io", "Middleware"),
        ("route.openshift.io", "Route"),
        ("externaldns.k8s.io", "DNSEndpoint"),
    ] {
        door.serve(group, kind).await?;
        let route = object(&format!("{group}/v1"), kind, "web", &json!({"hostnames": ["x.example"]}));
        let told = format!("LOC-04: {kind} web");
        eventually("the route's refusal", async || {
            door.no(make(&route), &["'beffroi-gateways'", &told]).await
        })
        .await?;
    }
    Ok(())
}
