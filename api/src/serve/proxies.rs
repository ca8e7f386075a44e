//! The address that a request comes from, behind proxies: `X-Forwarded-For`, as far as ours wrote it.

use std::net::IpAddr;

use http::HeaderMap;
use ipnet::IpNet;

/// Networks of proxies whose word on the address of a client counts.
#[derive(Clone, Debug, Default)]
pub struct Proxies(pub Vec<IpNet>);

impl Proxies {
    /// The address that a request comes from. Each proxy adds to the end of `X-Forwarded-For` whom it was asked by: from
    /// the end on, each hop is believed that a proxy of ours wrote. One that cannot be read ends it, for what stands
    /// before it is anybody's word.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let ours = |address: &IpAddr| self.0.iter().any(|network| network.contains(&address.to_canonical()));
        let lines = headers.get_all("x-forwarded-for").iter().rev();
        let mut hops = lines.flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b',')).map(address);
        let mut client = peer;
        while ours(&client)
            && let Some(Some(hop)) = hops.next()
        {
            client = hop;
        }
        client
    }
}

fn address(hop: &[u8]) -> Option<IpAddr> {
    std::str::from_utf8(hop).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, lines: &[&[u8]]) -> String {
        let proxies = Proxies(vec!["10.0.0.0/8".parse().unwrap()]);
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("x-forwarded-for", http::HeaderValue::from_bytes(line).unwrap());
        }
        proxies.client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn only_proxies_of_ours_are_believed() {
        for (peer, forwarded, known) in [
            ("192.0.2.1", "198.51.100.1", "192.0.2.1"),
            ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
            ("10.0.0.1", "203.0.113.9, 198.51.100.1, 10.2.3.4", "198.51.100.1"),
            ("10.0.0.1", "2001:db8::7", "2001:db8::7"),
            ("10.0.0.1", "", "10.0.0.1"),
            ("10.0.0.1", "nobody", "10.0.0.1"),
        ] {
            assert_eq!(client(peer, &[forwarded.as_bytes()]), known, "{forwarded}");
        }
    }

    #[test]
    fn what_the_client_wrote_never_pays_for_it() {
        let real: &[u8] = b"198.51.100.1";
        for lines in [
            &[&b"1.2.3.4, x, 198.51.100.1"[..]][..],
            &[b"1.2.3.4, x", real],
            &[b"1.2.3.4, \xe9", real],
            &[b"1.2.3.4", b"", real],
            &[b"1.2.3.4,\xff, 198.51.100.1, 10.2.3.4"],
            &[b"1.2.3.4, 10.9.9.9", real, b"10.2.3.4"],
        ] {
            assert_eq!(client("10.0.0.1", lines), "198.51.100.1", "{lines:?}");
        }
        for lines in [&[real, b"x"][..], &[real, b"\xe9"], &[real, b"unknown, 10.2.3.4"]] {
            assert!(client("10.0.0.1", lines).starts_with("10."), "{lines:?}");
        }
        assert_eq!(client("10.0.0.1", &[real, b"x, 10.2.3.4"]), "10.2.3.4", "the last that a proxy wrote");
    }
}
