//! `beffroi probe`: tries from within a pod what its network lets it reach, and writes what came of it where Kubernetes
//! keeps a pod's last words.
//!
//! First a name is asked for, which every pod may: without an answer the silence of all else says nothing. Then every
//! address is tried at once. A pod's network closes a moment after the pod begins, so what answers is tried again for a
//! while: what answers at the end of it is reached.

use std::{
    env, fs, io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use anyhow::Context;
use beffroi_core::{
    location::probe::{NAME, Report},
    manifests::probe::NODE_ADDRESS,
};
use beffroi_crds::probe::{ProbeAttempt, ProbeResult, ProbeTarget};

/// Where every kubelet listens.
const KUBELET: u16 = 10250;
/// Where clouds tell a machine its secrets: of all clouds, and of some over IPv6.
const METADATA: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
];
/// Between two rounds.
const PAUSE: Duration = Duration::from_millis(500);

/// Tries what a pod's network lets it reach, from within that pod; made and read by the operator.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// An address outside that is to be out of reach, as IP:PORT.
    #[arg(long)]
    outside: Option<SocketAddr>,
    /// Where the report is written, beside standard output.
    #[arg(long, default_value = "/dev/termination-log")]
    report: PathBuf,
    /// Milliseconds that an address is given to answer.
    #[arg(long, default_value_t = 3000, value_parser = clap::value_parser!(u64).range(1..=30_000))]
    patience_millis: u64,
    /// Seconds that a pod's network is given to close behind it.
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u64).range(0..=60))]
    settle_seconds: u64,
}

/// Tries, and reports.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let patience = Duration::from_millis(arguments.patience_millis);
    let targets = targets(|name| env::var(name).ok(), arguments.outside);
    let report = try_all(&targets, patience, Duration::from_secs(arguments.settle_seconds));
    write(&arguments.report, &report)?;
    Ok(ExitCode::SUCCESS)
}

fn write(path: &Path, report: &Report) -> anyhow::Result<()> {
    let text = serde_json::to_string(report)?;
    println!("{text}");
    fs::write(path, text).with_context(|| {
        format!("writing the report to {}: a container's terminationMessagePath names where", path.display())
    })
}

/// What is tried beside names: with an address where one is known. The API server is that of the pod's environment, as
/// every client in a pod finds it.
fn targets(
    variable: impl Fn(&str) -> Option<String>,
    outside: Option<SocketAddr>,
) -> Vec<(ProbeTarget, Option<SocketAddr>)> {
    let address = |host: Option<String>, port: Option<u16>| {
        let host: IpAddr = host?.parse().ok()?;
        Some(SocketAddr::new(host, port?))
    };
    let port = variable("KUBERNETES_SERVICE_PORT").and_then(|port| port.parse().ok());
    let mut all = vec![
        (ProbeTarget::ApiServer, address(variable("KUBERNETES_SERVICE_HOST"), port)),
        (ProbeTarget::Node, address(variable(NODE_ADDRESS), Some(KUBELET))),
    ];
    all.extend(METADATA.map(|host| (ProbeTarget::Metadata, Some(SocketAddr::new(host, 80)))));
    all.push((ProbeTarget::Outside, outside));
    all
}

/// Tries names until they answer, then the addresses until nothing answers that did before; `settle` bounds each.
fn try_all(targets: &[(ProbeTarget, Option<SocketAddr>)], patience: Duration, settle: Duration) -> Report {
    let names = until(settle, || resolves(patience), |result| *result == ProbeResult::Reached);
    let mut tried =
        vec![ProbeAttempt { target: ProbeTarget::Names, address: Some(NAME.to_owned()), result: names }];
    let closed = |all: &Vec<ProbeAttempt>| all.iter().all(|one| one.result != ProbeResult::Reached);
    tried.extend(until(settle, || round(targets, patience), closed));
    Report { tried }
}

/// What is so once it is `good`, or after so long.
fn until<T>(limit: Duration, again: impl Fn() -> T, good: impl Fn(&T) -> bool) -> T {
    let begun = Instant::now();
    loop {
        let found = again();
        if good(&found) || begun.elapsed() >= limit {
            return found;
        }
        thread::sleep(PAUSE);
    }
}

/// Every address at once.
fn round(targets: &[(ProbeTarget, Option<SocketAddr>)], patience: Duration) -> Vec<ProbeAttempt> {
    let tries = targets.iter().map(|(target, address)| {
        let address = *address;
        let attempt =
            thread::spawn(move || address.map_or(ProbeResult::NotTried, |at| connect(at, patience)));
        (*target, address, attempt)
    });
    // All are begun before the first is waited for.
    let begun: Vec<_> = tries.collect();
    let ended = begun.into_iter().map(|(target, address, attempt)| ProbeAttempt {
        target,
        address: address.map(|at| at.to_string()),
        result: attempt.join().unwrap_or(ProbeResult::NotTried),
    });
    ended.collect()
}

fn connect(address: SocketAddr, patience: Duration) -> ProbeResult {
    TcpStream::connect_timeout(&address, patience)
        .map_or_else(|error| outcome(&error), |_| ProbeResult::Reached)
}

/// What a failed connection tells. Whoever guards a way may answer in the stead of what lies behind.
fn outcome(error: &io::Error) -> ProbeResult {
    match error.kind() {
        io::ErrorKind::ConnectionRefused
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::HostUnreachable
        | io::ErrorKind::PermissionDenied => ProbeResult::Refused,
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => ProbeResult::NoAnswer,
        // No way leads there, or no address of that kind is had.
        _ => ProbeResult::NotTried,
    }
}

/// Whether a name of the cluster is answered to in time.
fn resolves(patience: Duration) -> ProbeResult {
    let (say, heard) = mpsc::channel();
    // The resolver cannot be told how long to wait: one that comes too late is heard by nobody.
    thread::spawn(move || say.send((NAME, 443).to_socket_addrs().is_ok_and(|mut all| all.next().is_some())));
    match heard.recv_timeout(patience) {
        Ok(true) => ProbeResult::Reached,
        Ok(false) => ProbeResult::Refused,
        Err(_) => ProbeResult::NoAnswer,
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    const PATIENCE: Duration = Duration::from_millis(300);

    #[test]
    fn what_listens_is_reached_and_what_does_not_is_refused() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let open = listener.local_addr().unwrap();
        assert_eq!(connect(open, PATIENCE), ProbeResult::Reached);
        drop(listener);
        assert_eq!(connect(open, PATIENCE), ProbeResult::Refused);
    }

    #[test]
    fn errors_are_told_apart() {
        for (kind, wanted) in [
            (io::ErrorKind::TimedOut, ProbeResult::NoAnswer),
            (io::ErrorKind::HostUnreachable, ProbeResult::Refused),
            (io::ErrorKind::NetworkUnreachable, ProbeResult::NotTried),
            (io::ErrorKind::AddrNotAvailable, ProbeResult::NotTried),
        ] {
            assert_eq!(outcome(&kind.into()), wanted, "{kind}");
        }
    }

    #[test]
    fn what_is_not_known_is_not_tried_and_said_so() {
        let known = |name: &str| match name {
            "KUBERNETES_SERVICE_HOST" => Some("10.96.0.1".to_owned()),
            "KUBERNETES_SERVICE_PORT" => Some("443".to_owned()),
            _ => None,
        };
        let all = targets(known, None);
        assert_eq!(all[0], (ProbeTarget::ApiServer, Some("10.96.0.1:443".parse().unwrap())));
        assert_eq!((all[1], all[4]), ((ProbeTarget::Node, None), (ProbeTarget::Outside, None)));
        let report = round(&all[1..2], PATIENCE);
        assert_eq!((&report[0].address, report[0].result), (&None, ProbeResult::NotTried));
    }

    #[test]
    fn what_closes_while_the_network_settles_is_not_reached() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let targets = [(ProbeTarget::Outside, Some(listener.local_addr().unwrap()))];
        let closing = thread::spawn(move || {
            thread::sleep(Duration::from_millis(700));
            drop(listener);
        });
        let report = try_all(&targets, PATIENCE, Duration::from_secs(3));
        closing.join().unwrap();
        assert_eq!(report.tried[1].result, ProbeResult::Refused, "{report:?}");
    }

    #[test]
    fn a_report_is_what_the_operator_reads() {
        let all = targets(|_| Some("192.0.2.1".to_owned()), Some("192.0.2.9:80".parse().unwrap()));
        let tried = all.into_iter().map(|(target, address)| ProbeAttempt {
            target,
            address: address.map(|at| at.to_string()),
            result: if address.is_some() { ProbeResult::NoAnswer } else { ProbeResult::NotTried },
        });
        let names = ProbeAttempt {
            target: ProbeTarget::Names,
            address: Some(NAME.to_owned()),
            result: ProbeResult::Reached,
        };
        let report = Report { tried: [names].into_iter().chain(tried).collect() };
        let file = std::env::temp_dir().join(format!("beffroi-probe-{}", std::process::id()));
        write(&file, &report).unwrap();
        let text = fs::read_to_string(&file).unwrap();
        fs::remove_file(&file).unwrap();
        assert_eq!(Report::read(&text), Some(report));
    }
}
