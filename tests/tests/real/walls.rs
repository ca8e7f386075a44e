//! What a workspace's pod reaches, tried by connecting: from a pod of the app, and from one that no policy holds, so that
//! a refusal is the policy's and nothing else's.

use anyhow::{Result, ensure};
use beffroi_cluster::{
    Cluster,
    real::{METADATA, OUTSIDE},
};
use beffroi_tests::eventually;

/// A namespace without policies, with a page of somebody else's and somebody who asks.
const NEIGHBOUR: &str = "
apiVersion: v1
kind: Namespace
metadata: { name: neighbour }
---
apiVersion: v1
kind: Pod
metadata: { name: neighbour, namespace: neighbour, labels: { app: neighbour } }
spec:
  automountServiceAccountToken: false
  terminationGracePeriodSeconds: 1
  containers:
    - name: main
      image: IMAGE
      command: [/bin/busybox, httpd, -f, -p, '8080', -h, /]
      readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 }
---
apiVersion: v1
kind: Service
metadata: { name: neighbour, namespace: neighbour }
spec:
  selector: { app: neighbour }
  ports: [{ port: 80, targetPort: 8080 }]
";

/// Tries every way out of the app's pod in `namespace`.
pub(crate) async fn hold(cluster: &Cluster, namespace: &str, image: &str) -> Result<()> {
    let file = cluster.folder().join("neighbour.yaml");
    std::fs::write(&file, NEIGHBOUR.replace("IMAGE", image))?;
    cluster.kubectl(&["apply", "--server-side", "-f", &file.display().to_string()]).await?;
    let ready = ["wait", "pod/neighbour", "-n", "neighbour", "--for=condition=Ready", "--timeout=60s"];
    cluster.kubectl(&ready).await?;
    let pods = [
        "get",
        "pods",
        "-n",
        namespace,
        "-o",
        "jsonpath={.items[0].metadata.name} {.items[0].spec.nodeName}",
    ];
    let found = cluster.kubectl(&pods).await?;
    let (pod, home) = found.trim().split_once(' ').unwrap_or_default();
    let server = format!("https://{}:{}/", beffroi_cluster::real::GATEWAY, cluster.port());
    let node = |own: bool| {
        let machines = cluster.machines().iter();
        let found = machines
            .filter(|machine| (machine.name() == home) == own)
            .map(beffroi_cluster::real::Machine::address);
        format!("https://{}:10250/", found.collect::<String>())
    };
    let (own, other) = (node(true), node(false));
    let (metadata, outside) = (format!("http://{METADATA}/"), format!("http://{OUTSIDE}/"));

    eventually("its own service", async || {
        ensure!(
            reaches(cluster, namespace, pod, "http://docs/").await,
            "the app does not reach itself by name"
        );
        Ok(())
    })
    .await?;
    for (what, url) in [
        ("another's page", "http://neighbour.neighbour.svc.cluster.local/etc/hostname"),
        ("the API server by its Service", "https://kubernetes.default.svc.cluster.local/"),
        ("the API server", &server),
        ("its own node", &own),
        ("another node", &other),
        ("the address that clouds tell secrets at", &metadata),
        ("the outside", &outside),
    ] {
        ensure!(
            reaches(cluster, "neighbour", "neighbour", url).await,
            "nobody reaches {what}: nothing is proven"
        );
        ensure!(!reaches(cluster, namespace, pod, url).await, "a pod of a workspace reaches {what}");
    }
    cluster.kubectl(&["delete", "namespace", "neighbour", "--wait=false"]).await.map(drop).map_err(Into::into)
}

/// Whether anything answers there.
async fn reaches(cluster: &Cluster, namespace: &str, pod: &str, url: &str) -> bool {
    let ask =
        ["exec", "-n", namespace, pod, "--", "/usr/bin/curl", "-s", "-k", "-m", "3", "-o", "/dev/null", url];
    cluster.kubectl(&ask).await.is_ok()
}
