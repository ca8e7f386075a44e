//! The network of a world: one bridge with the control planes' address, one pair of interfaces for each node.
//!
//! Node N has 10.77.1.N in a network namespace of its own, and pods in 10.78.N.0/24 behind it. There is no default
//! route anywhere, so nothing leaves.

use super::world::command;
use crate::Error;

/// Address of the bridge: control planes, the registry, and whoever looks from outside a cluster.
pub const GATEWAY: &str = "10.77.0.1";

/// Where clouds tell machines their secrets. In a world it is the bridge's too, so that whoever is kept from it was not
/// kept by a missing route.
pub const METADATA: &str = "169.254.169.254";

/// An address that is set aside for documents (RFC 5737), and stands for the internet here; the bridge's too.
pub const OUTSIDE: &str = "203.0.113.1";

/// Every cluster's Services: only nodes know them.
const SERVICES: &str = "10.96.0.0/16";

/// Addresses of one node.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    /// Name of its network namespace.
    pub(crate) space: String,
    /// Its own address.
    pub(crate) address: String,
    /// Addresses of its pods.
    pub(crate) pods: String,
}

fn ip(line: &str) -> Result<(), Error> {
    command("ip", &line.split(' ').collect::<Vec<_>>()).map(|_| ())
}

/// Loopback and the bridge.
pub(super) fn bridge() -> Result<(), Error> {
    ip("link set lo up")?;
    ip("link add world type bridge")?;
    ip(&format!("address add {GATEWAY}/16 dev world"))?;
    for played in [METADATA, OUTSIDE] {
        ip(&format!("address add {played}/32 dev world"))?;
    }
    ip("link set world up")?;
    // Packets of one pod to another pass here when their nodes do not know each other's way.
    std::fs::write("/proc/sys/net/ipv4/ip_forward", "1").map_err(Error::files("writing", "ip_forward"))
}

/// A namespace for node `number`, connected.
pub(super) fn node(number: u8) -> Result<Link, Error> {
    let link = Link {
        space: format!("node{number}"),
        address: format!("10.77.1.{number}"),
        pods: format!("10.78.{number}.0/24"),
    };
    let Link { space, address, pods } = &link;
    ip(&format!("netns add {space}"))?;
    ip(&format!("link add veth{number} type veth peer name eth0 netns {space}"))?;
    ip(&format!("link set veth{number} master world up"))?;
    let inside = |line: &str| ip(&format!("-n {space} {line}"));
    inside("link set lo up")?;
    inside(&format!("address add {address}/16 dev eth0"))?;
    inside("link set eth0 up")?;
    // No default route: pods of other nodes by the bridge, which knows where each node's are; Services so that a
    // packet to them is made at all, before kube-proxy gives it another target.
    inside(&format!("route add 10.78.0.0/16 via {GATEWAY}"))?;
    inside(&format!("route add {SERVICES} dev eth0"))?;
    for played in [METADATA, OUTSIDE] {
        inside(&format!("route add {played} via {GATEWAY}"))?;
    }
    ip(&format!("route add {pods} via {address}"))?;
    Ok(link)
}
