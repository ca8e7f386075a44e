//! One node: its namespaces → containerd, kubelet, kube-proxy, kube-router under a first process that keeps them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use super::{
    World, image,
    link::{self, GATEWAY, Link},
    world::{CGROUPS, hierarchies},
};
use crate::{Error, Guarded, Node, access, parts::Parts};

/// The first process of a node; what it needs is in its environment.
const INIT: &str = include_str!("node.sh");

/// Names within a cluster are asked here.
pub(crate) const CLUSTER_DNS: &str = "10.96.0.10";

/// A node that runs.
#[derive(Debug)]
pub struct Machine {
    process: Guarded,
    parts: Parts,
    folder: PathBuf,
    command: Vec<String>,
    env: Vec<(&'static str, String)>,
    name: String,
    address: String,
}

/// What a node is told of its cluster.
pub(crate) struct Cluster<'a> {
    pub(crate) name: &'a str,
    pub(crate) port: u16,
    pub(crate) certificate: &'a str,
    pub(crate) folder: &'a Path,
}

impl Machine {
    /// Name of its Node.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its address, that ports of the host are asked at.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Ends it as a power cut would: every process and mount of it.
    pub fn cut_power(&mut self) {
        self.process.kill();
    }

    /// Starts it again, with what was on its disk.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn power_on(&mut self) -> Result<(), Error> {
        self.process = Guarded::start(&self.parts, "node", &self.folder, &self.command, &self.env)?;
        Ok(())
    }

    /// Starts the machine for `node`, whose token is known to the API server.
    pub(crate) fn start(
        world: &World,
        cluster: &Cluster<'_>,
        node: &Node,
        token: &str,
    ) -> Result<Self, Error> {
        let number = world.number();
        let link = link::node(number)?;
        let folder = cluster.folder.join(node.name());
        groups(node.name())?;
        configure(world, cluster, node, &folder, &link, token)?;
        let env = vec![
            ("NODE", node.name().to_owned()),
            ("FOLDER", folder.display().to_string()),
            ("PARTS", world.parts().folder().display().to_string()),
        ];
        let mut command =
            vec!["nsenter".to_owned(), format!("--net=/run/netns/{}", link.space), "unshare".to_owned()];
        let unshare = ["--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
        command.extend(unshare.map(str::to_owned));
        command.extend(["--propagation", "private", "bash", "-c", INIT].map(str::to_owned));
        let process = Guarded::start(world.parts(), "node", &folder, &command, &env)?;
        let (parts, name) = (world.parts().clone(), node.name().to_owned());
        Ok(Self { process, parts, folder, command, env, name, address: link.address })
    }
}

/// The group of a node's pods, in each hierarchy; each kubelet removes what it does not know under its own root.
fn groups(node: &str) -> Result<(), Error> {
    for hierarchy in hierarchies() {
        let mut group = hierarchy.clone();
        for name in [CGROUPS, node] {
            let parent = group.clone();
            group.push(name);
            fs::create_dir_all(&group).map_err(Error::files("creating", &group))?;
            // Empty in a new group, and then nothing may be in it.
            for file in ["cpuset.cpus", "cpuset.mems"] {
                if group.join(file).exists() {
                    let text = fs::read(parent.join(file)).map_err(Error::files("reading", &parent))?;
                    fs::write(group.join(file), text).map_err(Error::files("writing", &group))?;
                }
            }
        }
    }
    Ok(())
}

/// Every file that the node's programs read.
fn configure(
    world: &World,
    cluster: &Cluster<'_>,
    node: &Node,
    folder: &Path,
    link: &Link,
    token: &str,
) -> Result<(), Error> {
    let at = |name: &str| folder.join(name).display().to_string();
    let write = |name: &str, text: String| {
        let path = folder.join(name);
        path.parent().map(fs::create_dir_all).transpose().map_err(Error::files("creating", &path))?;
        fs::write(&path, text).map_err(Error::files("writing", &path))
    };
    let text = access::kubeconfig_at(cluster.name, GATEWAY, cluster.port, cluster.certificate, token);
    write("kubeconfig", text)?;
    write("resolv.conf", "nameserver 127.0.0.1\n".into())?;
    write("certificate-authority.crt", cluster.certificate.to_owned())?;
    let mirror =
        format!("[host.\"http://{}\"]\n  capabilities = [\"pull\", \"resolve\"]\n", world.registry().host());
    write("certs.d/_default/hosts.toml", mirror)?;
    write("containerd.toml", containerd(folder, image::PAUSE, world.parts().folder()))?;
    let ipam = json!({
        "type": "host-local", "ranges": [[{"subnet": link.pods}]], "dataDir": at("addresses"),
        "routes": [{"dst": "0.0.0.0/0"}],
    });
    let network = json!({
        "cniVersion": "1.0.0", "name": "pods", "plugins": [
            {"type": "ptp", "ipMasq": false, "ipam": ipam},
            {"type": "portmap", "capabilities": {"portMappings": true}, "snat": true},
        ],
    });
    write("cni/10-pods.conflist", network.to_string())?;
    write("kubelet.json", kubelet(node, folder, link).to_string())?;
    let proxy = json!({
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1", "kind": "KubeProxyConfiguration",
        "mode": "nftables", "hostnameOverride": node.name(), "clientConnection": {"kubeconfig": at("kubeconfig")},
        "conntrack": {"maxPerCore": 0, "min": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"},
        "healthzBindAddress": "127.0.0.1:10256", "metricsBindAddress": "127.0.0.1:10249",
    });
    write("kube-proxy.json", proxy.to_string())?;
    let labels: Vec<String> = node.labels().map(|(key, value)| format!("{key}={value}")).collect();
    write("labels", labels.join(","))?;
    write("address", link.address.clone())
}

fn containerd(folder: &Path, pause: &str, parts: &Path) -> String {
    let at = |name: &str| folder.join(name).display().to_string();
    format!(
        r#"version = 3
root = "{root}"
state = "/run/containerd/state"
[grpc]
address = "/run/containerd/containerd.sock"
[plugins."io.containerd.cri.v1.images".pinned_images]
sandbox = "{pause}"
[plugins."io.containerd.cri.v1.images".registry]
config_path = "{certs}"
[plugins."io.containerd.cri.v1.runtime"]
restrict_oom_score_adj = true
[plugins."io.containerd.cri.v1.runtime".cni]
bin_dirs = ["/usr/lib/cni"]
conf_dir = "{cni}"
[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
BinaryName = "{runc}"
"#,
        root = at("containerd"),
        certs = at("certs.d"),
        cni = at("cni"),
        runc = parts.join("runc").display(),
    )
}

fn kubelet(node: &Node, folder: &Path, link: &Link) -> Value {
    let at = |name: &str| folder.join(name).display().to_string();
    json!({
        "apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration",
        "address": link.address, "port": 10250, "readOnlyPort": 0,
        "healthzBindAddress": "127.0.0.1", "healthzPort": 10248,
        "authentication": {
            "anonymous": {"enabled": false}, "webhook": {"enabled": true},
            "x509": {"clientCAFile": at("certificate-authority.crt")},
        },
        "authorization": {"mode": "Webhook"},
        "providerID": node.provider().unwrap_or_default(),
        "cgroupDriver": "cgroupfs", "cgroupRoot": format!("/{CGROUPS}/{}", node.name()), "failCgroupV1": false,
        "enforceNodeAllocatable": [], "evictionHard": {"memory.available": "1Mi"}, "failSwapOn": false,
        "containerRuntimeEndpoint": "unix:///run/containerd/containerd.sock",
        "clusterDNS": [CLUSTER_DNS], "clusterDomain": "cluster.local", "resolvConf": at("resolv.conf"),
        "podLogsDir": at("pods"), "serializeImagePulls": false, "imageGCHighThresholdPercent": 100,
        // A node that fails is known to have failed within seconds.
        "nodeStatusUpdateFrequency": "2s", "nodeLeaseDurationSeconds": 8,
        "shutdownGracePeriod": "0s",
    })
}
