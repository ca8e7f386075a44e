//! Machines that run pods: names, Services, policies that deny, volumes, an ingress controller, and a power cut.

// Helpers of tests too may fail the test by a panic.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::time::{Duration, Instant};

use beffroi_cluster::{
    Cluster, Error, Node,
    real::{Image, World, within},
};

/// A page server and who asks it, on whichever machines the scheduler likes; a volume for the server.
const APPS: &str = include_str!("../fixtures/apps.yaml");
const DENY: &str = include_str!("../fixtures/deny.yaml");

#[test]
fn machines_run_pods_behind_policies_and_an_ingress() -> Result<(), Error> {
    within("machines_run_pods_behind_policies_and_an_ingress", story)
}

async fn story(world: World) {
    let begun = Instant::now();
    let told = |what: &str| println!("{:>6.1} s  {what}", begun.elapsed().as_secs_f64());
    let image = toolbox(&world);
    told("images are pushed");
    let mut cluster = Cluster::builder("real")
        .in_world(&world)
        .node(Node::named("real-a").label("topology.kubernetes.io/zone", "a"))
        .node(Node::named("real-b").label("topology.kubernetes.io/zone", "b"))
        .start()
        .await
        .unwrap();
    told("two nodes are Ready and names are answered");
    cluster.start_volumes(&world).await.unwrap();
    told("volumes are provisioned");
    cluster.start_ingress(&world).await.unwrap();
    told("the ingress controller is ready");

    apply(&cluster, &APPS.replace("IMAGE", &image)).await;
    cluster.rolled_out("apps", "deployment/pages").await.unwrap();
    cluster.rolled_out("apps", "daemonset/visitors").await.unwrap();
    told("a server and a visitor on each machine run");
    let visitors = visitors(&cluster).await;
    assert_eq!(visitors.len(), 2);
    for visitor in &visitors {
        until_asked(&cluster, visitor, "http://pages.apps.svc.cluster.local/", true).await;
    }
    told("each machine's pod reads the page by its name");

    let [first, second] = cluster.machines() else { panic!("two machines") };
    let addresses = [first.address().to_owned(), second.address().to_owned()];
    for address in &addresses {
        for way in ["ingress", "gateway"] {
            until(way, async || ask(address, &format!("{way}.test")).await.contains("page of a test")).await;
        }
    }
    told("the ingress controller answers at both machines, for an Ingress and for an HTTPRoute");

    apply(&cluster, DENY).await;
    for visitor in &visitors {
        until_asked(&cluster, visitor, "http://pages.apps.svc.cluster.local/", false).await;
    }
    told("a policy that denies is seen to deny");
    cluster.kubectl(&["delete", "networkpolicy", "--all", "--namespace", "apps"]).await.unwrap();
    for visitor in &visitors {
        until_asked(&cluster, visitor, "http://pages.apps.svc.cluster.local/", true).await;
    }

    let host = cluster.kubectl(&[
        "get",
        "pod",
        "-n",
        "apps",
        "-l",
        "app=pages",
        "-o",
        "jsonpath={.items[0].spec.nodeName}",
    ]);
    let host = host.await.unwrap();
    let machine = cluster.machines_mut().iter_mut().find(|machine| machine.name() == host.trim()).unwrap();
    let other = addresses.iter().find(|address| *address != machine.address()).unwrap().clone();
    machine.cut_power();
    told("the server's machine has lost its power");
    until("moved", async || ask(&other, "ingress.test").await.contains("page of a test")).await;
    told("the page is back on the other machine");
}

/// A web server and a client.
fn toolbox(world: &World) -> String {
    Image::toolbox().unwrap().push(world, "beffroi.test/toolbox:1").unwrap()
}

async fn apply(cluster: &Cluster, text: &str) {
    let path = cluster.folder().join("apply.yaml");
    std::fs::write(&path, text).unwrap();
    cluster.kubectl(&["apply", "--server-side", "-f", &path.display().to_string()]).await.unwrap();
}

async fn visitors(cluster: &Cluster) -> Vec<String> {
    let names =
        ["get", "pods", "-n", "apps", "-l", "app=visitors", "-o", "jsonpath={.items[*].metadata.name}"];
    cluster.kubectl(&names).await.unwrap().split_whitespace().map(str::to_owned).collect()
}

async fn until_asked(cluster: &Cluster, pod: &str, url: &str, answered: bool) {
    until(&format!("{pod} asks {url}: {answered}"), async || {
        let command = ["exec", "-n", "apps", pod, "--", "/usr/bin/curl", "-s", "-m", "2", url];
        let said = cluster.kubectl(&command).await;
        said.is_ok_and(|page| page.contains("page of a test")) == answered
    })
    .await;
}

/// What port 80 of a machine answers for a host.
async fn ask(address: &str, host: &str) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let asked = async {
        let mut stream = tokio::net::TcpStream::connect((address, 80)).await?;
        let request = format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok::<_, std::io::Error>(answer)
    };
    tokio::time::timeout(Duration::from_secs(3), asked)
        .await
        .map(Result::unwrap_or_default)
        .unwrap_or_default()
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < Duration::from_mins(2), "{what} did not come within two minutes");
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}
