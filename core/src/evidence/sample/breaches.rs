//! Workspaces that break the rules of place: observations whose findings hold, together, every code that the checks of
//! [`location`](crate::location) can tell.

use std::collections::{BTreeMap, BTreeSet};

use beffroi_crds::{
    SovereigntyPolicySpec,
    probe::{ProbeAttempt, ProbeResult, ProbeTarget},
    site::{BackupStore, StorageClass},
};
use jiff::Timestamp;

use super::{observation, policy};
use crate::{
    facts::ClassFacts,
    location::{
        Observation, Policy, SiteView,
        probe::NAME,
        seen::{
            Backup, Change, Claim, Class, Image, Ingress, Node, OwnVolume, Pod, Probe, Seen, Service, Source,
            Volume,
        },
    },
};

const ZONE: &str = "topology.kubernetes.io/zone";
const DRIVER: &str = "csi.example";

/// Observations that break the rules, each in ways of one kind, together in every way; one in more ways than a claim
/// lists, and in longer words than it keeps.
pub fn breaches() -> Vec<Observation> {
    vec![places(), nodes(), classes(), volumes(), doubts(), images(), ways(), backups(), many(), reached()]
}

/// Something that is seen in one site that declares what [`observation`]'s does, under a policy that says what
/// [`policy`] does and more.
fn one(say: impl FnOnce(&mut SovereigntyPolicySpec), seen: Seen) -> Observation {
    let mut observation = observation();
    let mut spec = policy();
    say(&mut spec);
    observation.policy = Policy::of("sante", &spec);
    observation.sites[0].seen = seen;
    observation
}

/// Adds a second site: the first as it would be with another name and this changed.
fn beside(observation: &mut Observation, name: &str, change: impl FnOnce(&mut SiteView)) {
    let mut site = observation.sites[0].clone();
    site.name = name.into();
    change(&mut site);
    observation.sites.push(site);
}

fn texts<const N: usize>(pairs: [(&str, &str); N]) -> BTreeMap<String, String> {
    pairs.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

/// Sites and their storage that lie where they may not, for each reason that there is.
fn places() -> Observation {
    let mut all = observation();
    let mut spec = policy();
    spec.place.subdivisions = vec!["FR-IDF".into()];
    spec.place.excluded_subdivisions = vec!["FR-93".into()];
    all.policy = Policy::of("sante", &spec);
    for (name, country, subdivision) in
        [("fra1", "DE", "DE-HE"), ("nyc1", "FR", "US-NY"), ("par2", "FR", "FR-93"), ("ren1", "FR", "FR-BRE")]
    {
        beside(&mut all, name, |site| {
            (site.declared.country, site.declared.subdivision) = (country.into(), subdivision.into());
            let class = &mut site.declared.storage_classes[0];
            (class.country, class.subdivision) = (country.into(), subdivision.into());
        });
    }
    all.sites.remove(0);
    all
}

/// Nodes that are not known, do not bear what the site declares, or say something else than before.
fn nodes() -> Observation {
    let good = |name: &str| Node {
        name: name.into(),
        uid: format!("uid-of-{name}"),
        known: true,
        labels: texts([(ZONE, "par1-a")]),
        provider_id: Some(format!("par1://{name}")),
        ..Node::default()
    };
    let change = |what: &str, before: Option<&str>, now: Option<&str>| Change {
        what: what.into(),
        before: before.map(str::to_owned),
        now: now.map(str::to_owned),
    };
    let changes = vec![
        change("topology.kubernetes.io/region", Some("par1"), Some("fra1")),
        change("topology.example/room", Some("a"), None),
        change("spec.providerID", None, Some("par1://changed")),
    ];
    let pod = |name: &str, node: &str| Pod { name: name.into(), node: Some(node.into()), ..Pod::default() };
    let seen = Seen {
        pods: vec![pod("a-0", "gone-1"), pod("a-1", "gone-2"), pod("a-2", "gone-2"), pod("a-3", "moved")],
        nodes: vec![
            Node { known: false, ..good("gone-0") },
            Node { known: false, ..good("gone-1") },
            Node { known: false, ..good("gone-2") },
            Node { labels: BTreeMap::new(), ..good("bare") },
            Node { labels: texts([(ZONE, "fra1-a")]), ..good("moved") },
            Node { provider_id: None, ..good("nameless") },
            Node { provider_id: Some("fra1://n1".into()), ..good("elsewhere") },
            Node { changes, ..good("changed") },
        ],
        ..Seen::default()
    };
    let mut all = one(|_| {}, seen);
    beside(&mut all, "par2", |site| {
        site.declared.nodes.provider_id_prefix = None;
        site.seen = Seen { nodes: vec![good("labelled")], ..Seen::default() };
    });
    all
}

/// A class as the site of [`observation`] would declare it under another name.
fn declared(name: &str) -> StorageClass {
    StorageClass { name: name.into(), ..observation().sites[0].declared.storage_classes[0].clone() }
}

/// A class in the cluster.
fn class(name: &str, provisioner: &str, parameters: BTreeMap<String, String>, undeclared: &[&str]) -> Class {
    let undeclared = undeclared.iter().map(|name| (*name).to_owned()).collect();
    let facts = ClassFacts { provisioner: provisioner.into(), parameters, undeclared };
    Class { name: name.into(), known: true, facts }
}

fn claim(name: &str, class: Option<&str>, volume: Option<&str>) -> Claim {
    Claim { name: name.into(), class: class.map(str::to_owned), volume: volume.map(str::to_owned) }
}

/// Claims of classes that are not declared, lie elsewhere, do not encrypt, or are other ones than is declared.
fn classes() -> Observation {
    let seen = Seen {
        claims: vec![
            claim("sans-classe", None, None),
            claim("inconnue", Some("bronze"), None),
            claim("ailleurs", Some("francfort"), None),
            claim("en-clair", Some("claire"), None),
            claim("autre", Some("autre"), None),
            claim("reglee", Some("reglee"), None),
            claim("perdue", Some("rapide"), Some("pv-perdu")),
        ],
        classes: vec![
            class("rapide", DRIVER, BTreeMap::new(), &[]),
            class("francfort", DRIVER, BTreeMap::new(), &[]),
            class("claire", DRIVER, BTreeMap::new(), &[]),
            class("autre", "csi.other.example", BTreeMap::new(), &[]),
            class("reglee", DRIVER, texts([("type", "hdd")]), &["replica"]),
        ],
        ..Seen::default()
    };
    let mut all = one(|_| {}, seen);
    let classes = &mut all.sites[0].declared.storage_classes;
    classes.push(StorageClass { country: "DE".into(), subdivision: "DE-HE".into(), ..declared("francfort") });
    classes.push(StorageClass { encrypted: false, ..declared("claire") });
    classes.push(declared("autre"));
    classes.push(StorageClass {
        parameters: texts([("type", "ssd"), ("zone", "par1-a")]),
        ..declared("reglee")
    });
    all
}

/// A volume that is what its class's provisioner makes.
fn volume(name: &str, class: &str) -> Volume {
    Volume {
        name: name.into(),
        known: true,
        class: Some(class.into()),
        source: "csi".into(),
        driver: Some(DRIVER.into()),
        handle: Some(format!("par1/{name}")),
        provisioner: Some(DRIVER.into()),
        topology: BTreeMap::from([(ZONE.to_owned(), vec!["par1-a".to_owned()])]),
        ..Volume::default()
    }
}

/// Claims of volumes, each claim and its class as they should be.
fn claimed(volumes: &[Volume]) -> Vec<Claim> {
    volumes.iter().map(|volume| claim(&volume.name, volume.class.as_deref(), Some(&volume.name))).collect()
}

const BY_HAND: &str = "kubernetes.io/no-provisioner";

/// Volumes that are not what their class's provisioner makes, or lie elsewhere.
fn volumes() -> Observation {
    let volumes = vec![
        Volume { source: "nfs".into(), driver: None, ..volume("reseau", "rapide") },
        Volume { source: "iscsi".into(), driver: None, handle: None, ..volume("sans-nom", "rapide") },
        Volume { driver: Some("csi.other.example".into()), ..volume("autre-pilote", "rapide") },
        Volume { driver: None, ..volume("sans-pilote", "rapide") },
        Volume { provisioner: None, ..volume("a-la-main", "rapide") },
        Volume { provisioner: Some("csi.other.example".into()), ..volume("autre-fournisseur", "rapide") },
        Volume { handle: Some("fra1/7".into()), ..volume("autre-lieu", "rapide") },
        Volume { attributes: texts([("Type", "hdd")]), ..volume("autre-disque", "rapide") },
        Volume {
            topology: BTreeMap::from([(ZONE.to_owned(), vec!["par1-a".to_owned(), "fra1-a".to_owned()])]),
            ..volume("reparti", "rapide")
        },
        Volume { driver: Some(BY_HAND.into()), ..volume("distant", "disque") },
    ];
    let own = OwnVolume { name: "cache".into(), source: "hostPath /var/cache".into() };
    let seen = Seen {
        pods: vec![Pod { name: "element-0".into(), volumes: vec![own], ..Pod::default() }],
        claims: claimed(&volumes),
        volumes,
        classes: vec![
            class("rapide", DRIVER, texts([("type", "ssd")]), &[]),
            class("disque", BY_HAND, BTreeMap::new(), &[]),
        ],
        ..Seen::default()
    };
    let mut all = one(|_| {}, seen);
    let classes = &mut all.sites[0].declared.storage_classes;
    classes[0].parameters = texts([("type", "ssd")]);
    classes.push(StorageClass { provisioner: Some(BY_HAND.into()), ..declared("disque") });
    all
}

/// What nobody can tell of volumes, under a policy that wants their place proven.
fn doubts() -> Observation {
    let volumes = vec![
        Volume { source: "local".into(), driver: None, ..volume("disque-de-noeud", "rapide") },
        Volume { topology: BTreeMap::new(), ..volume("sans-lieu", "rapide") },
        Volume { topology: BTreeMap::new(), ..volume("sans-lieu-par-salle", "salles") },
    ];
    let mut claims = claimed(&volumes);
    claims.push(claim("muette", Some("muette"), None));
    claims.push(claim("absente", Some("absente"), None));
    let seen = Seen {
        claims,
        volumes,
        classes: vec![
            class("rapide", DRIVER, BTreeMap::new(), &[]),
            class("salles", DRIVER, BTreeMap::new(), &[]),
            class("muette", DRIVER, BTreeMap::new(), &[]),
        ],
        ..Seen::default()
    };
    let mut all = one(|spec| spec.volumes.proven_place = true, seen);
    let classes = &mut all.sites[0].declared.storage_classes;
    classes.push(StorageClass { topology: texts([("room", "a"), ("row", "b")]), ..declared("salles") });
    classes.push(StorageClass { provisioner: None, volume_handle_prefix: None, ..declared("muette") });
    classes.push(declared("absente"));
    beside(&mut all, "par2", |site| {
        site.declared.nodes.labels = BTreeMap::new();
        let volumes = vec![Volume { topology: BTreeMap::new(), ..volume("sans-lieu", "rapide") }];
        site.seen = Seen {
            claims: claimed(&volumes),
            volumes,
            classes: vec![class("rapide", DRIVER, BTreeMap::new(), &[])],
            ..Seen::default()
        };
    });
    all
}

/// Images and charts from elsewhere, without digest, or other ones than were asked for.
fn images() -> Observation {
    let digest = |byte: &str| format!("sha256:{}", byte.repeat(32));
    let own = |byte: &str| format!("registry.par1.example/element@{}", digest(byte));
    let foreign = format!("ghcr.io/element@{}", digest("5a"));
    let image = |of: &str, image: String, running: Option<String>| Image { of: of.into(), image, running };
    let source =
        |name: &str, url: &str| Source { kind: "OCIRepository".into(), name: name.into(), url: url.into() };
    let seen = Seen {
        pods: vec![Pod {
            name: "element-0".into(),
            node: None,
            images: vec![
                image("docker", "nginx:1".into(), None),
                image("tag", "registry.par1.example/element:1".into(), None),
                image("sans-empreinte", own("5a"), Some("registry.par1.example/element:1".into())),
                image("inconnue", own("5a"), Some(String::new())),
                image("d-ailleurs", own("5a"), Some(foreign)),
                image("autre", own("5a"), Some(own("6b"))),
            ],
            ..Pod::default()
        }],
        sources: vec![
            source("http", "https://registry.par1.example/charts"),
            source("oci", "oci://ghcr.io/charts/element"),
        ],
        ..Seen::default()
    };
    let mut all = one(|_| {}, seen);
    beside(&mut all, "par2", |site| {
        site.declared.registries = Vec::new();
        site.seen.pods[0].images.truncate(1);
        site.seen.sources.truncate(1);
    });
    all
}

fn service(name: &str, type_: &str, addresses: &[&str]) -> Service {
    let addresses = addresses.iter().map(|address| (*address).to_owned()).collect();
    Service { name: name.into(), type_: type_.into(), addresses }
}

/// Ways in and out beside the site's own.
fn ways() -> Observation {
    let ingress = |name: &str, class: Option<&str>| Ingress {
        name: name.into(),
        class: class.map(str::to_owned),
        ..Ingress::default()
    };
    let seen = Seen {
        services: vec![
            service("attente", "LoadBalancer", &[]),
            service("annuaire", "LoadBalancer", &["203.0.113.7", "203.0.113.8"]),
            service("depot", "ExternalName", &["s3.example"]),
        ],
        ingresses: vec![
            ingress("autre", Some("prive")),
            ingress("sans-classe", None),
            ingress("web", Some("public")),
        ],
        ..Seen::default()
    };
    let mut all = one(|_| {}, seen);
    let only_web = |site: &mut SiteView| {
        site.seen.services = Vec::new();
        site.seen.ingresses.retain(|ingress| ingress.name == "web");
    };
    beside(&mut all, "par2", |site| {
        only_web(site);
        site.declared.ingress = None;
    });
    beside(&mut all, "par3", |site| {
        only_web(site);
        if let Some(offer) = &mut site.declared.ingress {
            offer.country = "DE".into();
        }
    });
    all
}

/// Backups that lie where they may not, or nobody knows where.
fn backups() -> Observation {
    let backup = |name: &str, store: Option<&str>| Backup {
        name: name.into(),
        store: store.map(str::to_owned),
        narrowed: BTreeSet::new(),
        ..Backup::default()
    };
    let seen = Seen {
        backups: vec![
            backup("perdue", None),
            backup("ailleurs", Some("s3://unknown/backups")),
            backup("francfort", Some("s3://francfort/backups/1")),
            backup("sur-place", Some("s3://paris/1")),
            // It never began, and lies nowhere.
            Backup { phase: Some("FailedValidation".into()), ..backup("refusee", None) },
        ],
        ..Seen::default()
    };
    let mut all = one(|spec| spec.backup.elsewhere = true, seen);
    let store = |name: &str, country: &str, subdivision: &str| BackupStore {
        name: name.into(),
        address: format!("s3://{name}/").as_str().into(),
        operator: "hebergeur".into(),
        country: country.into(),
        subdivision: subdivision.into(),
    };
    all.sites[0].declared.backup_stores =
        vec![store("francfort", "DE", "DE-HE"), store("paris", "FR", "FR-75C")];
    all
}

/// More findings than are listed, the first with a longer name, a longer word and more words than are kept.
fn many() -> Observation {
    let addresses: Vec<String> = (0..70).map(|n| format!("203.0.113.{n}")).collect();
    let mut long: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let host = format!("{}.example", "é".repeat(250));
    long[0] = &host;
    let mut services = vec![service(&"a".repeat(250), "LoadBalancer", &long)];
    services.extend((0..40).map(|n| service(&format!("port-{n:02}"), "NodePort", &[])));
    one(|_| {}, Seen { services, ..Seen::default() })
}

/// A probe reached what the policy does not name.
fn reached() -> Observation {
    let image = format!("registry.par1.example/beffroi@sha256:{}", "5a".repeat(32));
    let attempt =
        |target, address: &str, result| ProbeAttempt { target, address: Some(address.into()), result };
    let probe = Probe {
        at: Timestamp::UNIX_EPOCH,
        node: "par1-n1".into(),
        image: Image { of: "container probe".into(), running: Some(image.clone()), image },
        tried: vec![
            attempt(ProbeTarget::Names, NAME, ProbeResult::Reached),
            attempt(ProbeTarget::ApiServer, "10.96.0.1:443", ProbeResult::Reached),
            attempt(ProbeTarget::Node, "192.0.2.7:10250", ProbeResult::Refused),
            attempt(ProbeTarget::Outside, "203.0.113.1:80", ProbeResult::Reached),
        ],
    };
    let mut all = one(|spec| spec.network_probe = true, Seen::default());
    let at = all.sites[0].observed_at.unwrap_or_default();
    all.sites[0].seen.probe = Some(Probe { at, ..probe });
    all
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::{
        evidence::{Predicate, sample::located, statement::LocationVerdict},
        location::LISTED,
        message::tests::rows,
    };

    /// Codes of messages of other areas that findings tell.
    const BORROWED: [&str; 6] = [
        "rule.class-misplaced",
        "site.class-no-other-parameter",
        "site.class-parameter",
        "site.class-parameter-undeclared",
        "site.class-provisioner",
        "site.class-without-parameter",
    ];

    /// Every code in a value, however deep.
    fn codes(value: &Value, into: &mut BTreeSet<String>) {
        match value {
            Value::Array(all) => all.iter().for_each(|one| codes(one, into)),
            Value::Object(all) => {
                into.extend(all.get("code").and_then(Value::as_str).map(str::to_owned));
                all.values().for_each(|one| codes(one, into));
            }
            _ => {}
        }
    }

    #[test]
    fn they_hold_every_code_that_the_checks_can_tell() {
        let mut found = BTreeSet::new();
        for observation in breaches() {
            let Predicate::DataLocation(claim) = located(&observation).predicate else { panic!() };
            assert_eq!(claim.verification_result, LocationVerdict::NotLocated);
            for finding in &claim.findings {
                for told in [&finding.observed, &finding.expected] {
                    codes(&serde_json::to_value(told.said().unwrap()).unwrap(), &mut found);
                }
            }
        }
        // No row is left out: each can stand in a finding. One that no check makes any more is deleted.
        let types = ["location::LocationMessage", "location::Carried", "rules::Misplaced"];
        let rows = types.into_iter().flat_map(rows).map(|row| row.0);
        let all = rows.chain(BORROWED.map(str::to_owned)).collect();
        assert_eq!(found, all);
    }

    #[test]
    fn all_that_they_find_is_listed_but_once() {
        let claims = breaches().into_iter().map(|observation| match located(&observation).predicate {
            Predicate::DataLocation(claim) => claim,
            other => panic!("{other:?}"),
        });
        let claims: Vec<_> = claims.collect();
        let (many, others): (Vec<_>, Vec<_>) = claims.iter().partition(|claim| claim.findings_omitted > 0);
        assert!(others.iter().all(|claim| claim.findings.len() <= LISTED));
        let [many] = many.try_into().unwrap();
        assert_eq!((many.findings.len(), many.findings_omitted), (LISTED, 9));
        let first = &many.findings[0];
        let said = first.observed.said().unwrap();
        let addresses = said.args.0["addresses"].as_array().unwrap();
        assert_eq!((first.object.chars().count(), addresses.len()), (200, 65));
        assert!(addresses.iter().all(|one| one.as_str().unwrap().chars().count() <= 200));
        assert!(addresses[0].as_str().unwrap().ends_with('…') && addresses[64] == "…");
    }
}
