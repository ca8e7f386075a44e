//! A workspace that lies as declared, then each way in which it may not.

use beffroi_crds::{
    SovereigntyPolicySpec,
    policy::{BackupRule, EgressDestination, EncryptionRule, ImageRule, Place},
    probe::{ProbeAttempt, ProbeResult, ProbeTarget},
    site::{BackupStore, IngressOffer, NodeIdentity, Registry, StorageClass},
};
use proptest::prelude::*;

use super::{
    seen::{
        Backup, Change, Claim, Class, Image, Ingress, Node, OwnVolume, Pod, Probe, Service, Source, Volume,
    },
    *,
};
use crate::facts::ClassFacts;

const REGION: &str = "topology.kubernetes.io/region";

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

fn digest() -> String {
    format!("sha256:{}", "0a".repeat(32))
}

fn policy() -> SovereigntyPolicySpec {
    SovereigntyPolicySpec {
        place: Place { countries: vec!["FR".into()], ..Place::default() },
        images: ImageRule { by_digest: true },
        encryption: EncryptionRule { at_rest: true },
        backup: BackupRule { elsewhere: true, ..BackupRule::default() },
        observation_max_age_seconds: 600,
        ..SovereigntyPolicySpec::default()
    }
}

/// All of it seen at second 1000.
fn observation() -> Observation {
    let image = format!("registre.example.fr/docs@{}", digest());
    let pod = Pod {
        name: "docs-0".into(),
        node: Some("n1".into()),
        images: vec![Image { of: "container app".into(), image: image.clone(), running: Some(image) }],
        volumes: Vec::new(),
    };
    let seen = Seen {
        pods: vec![pod],
        nodes: vec![Node {
            name: "n1".into(),
            uid: "u1".into(),
            known: true,
            labels: [(REGION.to_owned(), "fr-a".to_owned())].into(),
            provider_id: Some("osc:///fr-a/1".into()),
            changes: Vec::new(),
        }],
        claims: vec![Claim {
            name: "data".into(),
            class: Some("chiffre".into()),
            volume: Some("pv1".into()),
        }],
        volumes: vec![Volume {
            name: "pv1".into(),
            known: true,
            class: Some("chiffre".into()),
            source: "csi".into(),
            driver: Some("bsu.example".into()),
            handle: Some("vol-1".into()),
            attributes: [("zone".to_owned(), "fr-a".to_owned())].into(),
            provisioner: Some("bsu.example".into()),
            topology: [(REGION.to_owned(), vec!["fr-a".to_owned()])].into(),
            ..Volume::default()
        }],
        classes: vec![Class {
            name: "chiffre".into(),
            known: true,
            facts: ClassFacts {
                provisioner: "bsu.example".into(),
                parameters: [("zone".to_owned(), "fr-a".to_owned())].into(),
                ..ClassFacts::default()
            },
        }],
        services: Vec::new(),
        ingresses: vec![Ingress { name: "docs".into(), class: Some("public".into()), addresses: Vec::new() }],
        sources: vec![Source {
            kind: "OCIRepository".into(),
            name: "docs".into(),
            url: "oci://registre.example.fr/charts/docs".into(),
        }],
        backups: vec![Backup {
            name: "velero/daily".into(),
            store: Some("https://b.example.fr/par1/x".into()),
            ..Backup::default()
        }],
        probe: None,
    };
    Observation {
        workspace: WorkspaceRef { uid: "w".into(), tenant_uid: "t".into(), ..WorkspaceRef::default() },
        policy: Policy::of("standard", &policy()),
        sites: vec![SiteView {
            name: "par1".into(),
            declared: declared(),
            observed_at: Some(at(1000)),
            seen,
        }],
    }
}

/// What the site says of itself.
fn declared() -> Declared {
    Declared {
        provider: "outscale".into(),
        country: "FR".into(),
        subdivision: "FR-IDF".into(),
        city: "Paris".into(),
        nodes: NodeIdentity {
            labels: [(REGION.to_owned(), "fr-a".to_owned())].into(),
            provider_id_prefix: Some("osc:///fr-a/".into()),
        },
        storage_classes: vec![StorageClass {
            name: "chiffre".into(),
            country: "FR".into(),
            subdivision: "FR-IDF".into(),
            encrypted: true,
            provisioner: Some("bsu.example".into()),
            parameters: [("zone".to_owned(), "fr-a".to_owned())].into(),
            volume_handle_prefix: Some("vol-".into()),
            ..StorageClass::default()
        }],
        registries: vec![Registry {
            host: "registre.example.fr".into(),
            operator: "le-guet".into(),
            country: "FR".into(),
            plain_http: false,
        }],
        backup_stores: vec![BackupStore {
            name: "cvl".into(),
            address: "https://b.example.fr/par1".into(),
            operator: "le-guet".into(),
            country: "FR".into(),
            subdivision: "FR-CVL".into(),
        }],
        ingress: Some(IngressOffer {
            class_name: "public".into(),
            namespace: "ingress".into(),
            country: "FR".into(),
        }),
        gateway_hosts: vec![
            GatewayHost { host: "objets.example.fr".into(), country: "FR".into() },
            GatewayHost { host: "objekte.example.de".into(), country: "DE".into() },
        ],
    }
}

fn spoilt(spoil: impl FnOnce(&mut SiteView, &mut SovereigntyPolicySpec)) -> Vec<Found> {
    let (mut observation, mut policy) = (observation(), policy());
    spoil(&mut observation.sites[0], &mut policy);
    observation.policy = Policy::of("standard", &policy);
    findings(&observation)
}

#[test]
fn what_lies_as_declared_has_no_findings() {
    assert_eq!(findings(&observation()), []);
    let claim = claim(&observation(), &Since::default(), at(1000));
    assert_eq!(claim.verification_result, LocationVerdict::Located);
    assert!(claim.rules.iter().all(|rule| rule.result == RuleVerdict::Pass && rule.source.is_none()));
    let summary = &claim.sites[0];
    assert_eq!((summary.pods, summary.nodes, summary.volumes), (1, 1, 1));
    assert!(claim.not_proven.contains(&Limit::NodePlaceIsDeclared));
    assert!(!claim.not_proven.contains(&Limit::BackupsNotSeen));
}

type Spoil = fn(&mut SiteView, &mut SovereigntyPolicySpec);

/// Each way not to lie as declared, the rule that tells it, and what it must name.
/// Its network was tried at second 900: a name answered, and nothing else but `reached`.
fn probe(reached: &[ProbeTarget]) -> Probe {
    let image = format!("registre.example.fr/beffroi@{}", digest());
    let tried = [
        (ProbeTarget::Names, probe::NAME),
        (ProbeTarget::ApiServer, "10.96.0.1:443"),
        (ProbeTarget::Node, "10.77.0.11:10250"),
        (ProbeTarget::Outside, "203.0.113.1:80"),
    ];
    let attempt = |(target, address): (ProbeTarget, &str)| ProbeAttempt {
        target,
        address: Some(address.to_owned()),
        result: match target {
            ProbeTarget::Names => ProbeResult::Reached,
            _ if reached.contains(&target) => ProbeResult::Reached,
            _ => ProbeResult::NoAnswer,
        },
    };
    Probe {
        at: at(900),
        node: "n1".into(),
        image: Image { of: "container probe".into(), image: image.clone(), running: Some(image) },
        tried: tried.map(attempt).into(),
    }
}

#[test]
fn what_a_probe_found_closed_is_observed_and_what_the_policy_names_may_be_open() {
    let mut seen = observation();
    let loc_04 = |observation: &Observation, now| {
        let claim = claim(observation, &Since::default(), at(now));
        let rule = claim.rules.into_iter().find(|rule| rule.id == "LOC-04").unwrap();
        (rule.result, rule.probed_at, claim.not_proven.contains(&Limit::FlowsTriedFromOneNode))
    };
    let (declared, ..) = loc_04(&seen, 1000);
    seen.sites[0].seen.probe = Some(probe(&[]));
    assert_eq!(loc_04(&seen, 1000), (RuleVerdict::Pass, Some(at(900)), true), "{declared:?}");
    let old = 900 + 24 * 3600;
    seen.sites[0].observed_at = Some(at(old));
    assert_eq!(loc_04(&seen, old).1, Some(at(900)));
    assert_eq!((loc_04(&seen, old + 1).1, loc_04(&seen, old + 1).2), (None, false), "a day has passed");
    assert_eq!(loc_04(&seen, 899).1, None, "nobody tried in time to come");
    let mut mute = seen.clone();
    mute.sites[0].seen.probe.as_mut().unwrap().tried[0].result = ProbeResult::NoAnswer;
    assert_eq!(loc_04(&mute, 1000).1, None, "no name answered");
    let mut twice = seen.clone();
    twice.sites.push(SiteView { name: "rbx1".into(), ..twice.sites[0].clone() });
    twice.sites[1].seen.probe.as_mut().unwrap().at = at(800);
    assert_eq!(loc_04(&twice, 1000).1, Some(at(800)), "the oldest counts");
    twice.sites[1].seen.probe = None;
    assert_eq!(loc_04(&twice, 1000).1, None, "one site was not tried");

    let named = spoilt(|s, r| {
        s.seen.probe = Some(probe(&[ProbeTarget::Outside]));
        r.egress = vec![EgressDestination {
            cidr: "203.0.113.0/24".into(),
            port: 80,
            ..EgressDestination::default()
        }];
    });
    assert!(named.is_empty(), "{named:?}");
}

const WAYS: [(&str, &str, Spoil); 47] = [
    ("LOC-04", "Probe n1: the API server of the site answers at 10.96.0.1:443, expected nothing", |s, _| {
        s.seen.probe = Some(probe(&[ProbeTarget::ApiServer]));
    }),
    ("LOC-04", "Probe n1: an address outside answers at 203.0.113.1:80", |s, _| {
        s.seen.probe = Some(probe(&[ProbeTarget::Outside]));
    }),
    ("LOC-05", "Probe container probe: image ailleurs.example/x", |s, _| {
        let mut foreign = probe(&[]);
        foreign.image.image = format!("ailleurs.example/x@{}", digest());
        s.seen.probe = Some(foreign);
    }),
    ("LOC-01", "Site par1", |s, _| s.declared.country = "DE".into()),
    ("LOC-01", "lies in FR-IDF", |_, r| r.place.excluded_subdivisions = vec!["FR-IDF".into()]),
    ("LOC-01", "region=de-a; carries pod docs-0", |s, _| {
        s.seen.nodes[0].labels.insert(REGION.into(), "de-a".into());
    }),
    ("LOC-01", "no label", |s, _| s.seen.nodes[0].labels.clear()),
    ("LOC-01", "spec.providerID=aws:///1", |s, _| s.seen.nodes[0].provider_id = Some("aws:///1".into())),
    ("LOC-01", "spec.providerID=none", |s, _| s.seen.nodes[0].provider_id = None),
    ("LOC-01", "labels alone", |s, _| s.declared.nodes.provider_id_prefix = None),
    ("LOC-01", "not known to the cluster", |s, _| s.seen.nodes[0].known = false),
    ("LOC-01", "zone=fr-b, changed since", |s, _| {
        s.seen.nodes[0].changes = vec![Change {
            what: "topology.kubernetes.io/zone".into(),
            before: Some("fr-a".into()),
            now: Some("fr-b".into()),
        }];
    }),
    ("LOC-01", "no storage class", |s, _| s.seen.claims[0].class = None),
    ("LOC-01", "no storage class", |s, _| s.seen.claims[0].class = Some(String::new())),
    ("LOC-01", "storage class rapide, which is not declared", |s, _| {
        s.seen.claims[0].class = Some("rapide".into());
    }),
    ("LOC-01", "keeps its data in IE", |s, _| s.declared.storage_classes[0].country = "IE".into()),
    ("LOC-01", "volume pv1, which is not known", |s, _| s.seen.volumes[0].known = false),
    ("LOC-01", "volume pv1, which is not known", |s, _| s.seen.volumes.clear()),
    ("LOC-01", "PersistentVolume pv1: storage class autre", |s, _| {
        s.seen.volumes[0].class = Some("autre".into());
    }),
    ("LOC-01", "nfs nas.example.com /x, whose place is not known", |s, _| {
        s.seen.volumes[0].source = "nfs".into();
        s.seen.volumes[0].handle = Some("nas.example.com /x".into());
    }),
    ("LOC-01", "Pod docs-0 volume partage: nfs nas.example.com", |s, _| {
        let source = "nfs nas.example.com".into();
        s.seen.pods[0].volumes = vec![OwnVolume { name: "partage".into(), source }];
    }),
    ("LOC-01", "region in fr-a, de-a", |s, _| {
        s.seen.volumes[0].topology.insert(REGION.into(), vec!["fr-a".into(), "de-a".into()]);
    }),
    ("LOC-01", "region in de-a", |s, _| {
        s.seen.volumes[0].topology.insert(REGION.into(), vec!["de-a".into()]);
    }),
    ("LOC-01", "a volume of driver autre.example, expected a volume of bsu.example", |s, _| {
        s.seen.volumes[0].driver = Some("autre.example".into());
    }),
    ("LOC-01", "PersistentVolume pv1: made by hand", |s, _| s.seen.volumes[0].provisioner = None),
    ("LOC-01", "provisioned by autre.example", |s, _| {
        s.seen.volumes[0].provisioner = Some("autre.example".into());
    }),
    ("LOC-01", "PersistentVolume pv1: handle snap-1, expected handle vol-…", |s, _| {
        s.seen.volumes[0].handle = Some("snap-1".into());
    }),
    ("LOC-01", "attribute zone=de-a", |s, _| {
        s.seen.volumes[0].attributes.insert("zone".into(), "de-a".into());
    }),
    ("LOC-01", "storage class chiffre of provisioner autre.example", |s, _| {
        s.seen.classes[0].facts.provisioner = "autre.example".into();
    }),
    ("LOC-01", "storage class chiffre of parameter zone=de-a", |s, _| {
        s.seen.classes[0].facts.parameters.insert("zone".into(), "de-a".into());
    }),
    ("LOC-01", "storage class chiffre of no parameter zone", |s, _| {
        s.seen.classes[0].facts.parameters.clear();
    }),
    ("LOC-01", "of parameter endpoint, which is not declared", |s, _| {
        s.seen.classes[0].facts.undeclared = vec!["endpoint".into()];
    }),
    ("LOC-01", "a volume of source csi, expected a local volume", |s, _| {
        s.declared.storage_classes[0].provisioner = Some("kubernetes.io/no-provisioner".into());
    }),
    ("CRY-01", "does not encrypt", |s, _| s.declared.storage_classes[0].encrypted = false),
    ("LOC-05", "from docker.io", |s, _| s.seen.pods[0].images[0].image = "nginx".into()),
    ("LOC-05", "no registry is allowed", |_, r| r.registries = vec!["autre.example.fr".into()]),
    ("LOC-05", "without digest", |s, _| {
        s.seen.pods[0].images[0].image = "registre.example.fr/docs:1".into();
    }),
    ("LOC-05", "of unknown digest", |s, _| s.seen.pods[0].images[0].running = Some(String::new())),
    ("LOC-05", "from ghcr.io", |s, _| {
        s.seen.pods[0].images[0].running = Some(format!("ghcr.io/docs@{}", digest()));
    }),
    ("LOC-05", "runs sha256:ffff", |s, _| {
        s.seen.pods[0].images[0].running =
            Some(format!("registre.example.fr/docs@sha256:{}", "f".repeat(64)));
    }),
    ("LOC-05", "https://charts.example.com", |s, _| {
        s.seen.sources[0].url = "https://charts.example.com".into();
    }),
    ("LOC-05", "oci://ghcr.io/x", |s, _| s.seen.sources[0].url = "oci://ghcr.io/x".into()),
    ("LOC-04", "type LoadBalancer to 192.0.2.1", |s, _| {
        s.seen.services = vec![Service {
            name: "x".into(),
            type_: "LoadBalancer".into(),
            addresses: vec!["192.0.2.1".into()],
        }];
    }),
    ("LOC-04", "class none", |s, _| s.seen.ingresses[0].class = None),
    ("LOC-04", "the site declares no ingress class", |s, _| s.declared.ingress = None),
    ("LOC-02", "not known", |s, _| s.seen.backups[0].store = None),
    ("LOC-02", "which is not declared", |s, _| {
        s.seen.backups[0].store = Some("https://elsewhere/par1".into());
    }),
];

#[test]
fn each_way_not_to_lie_as_declared_is_told_by_its_rule() {
    for (rule, told, spoil) in WAYS {
        let found = spoilt(spoil);
        let line = |f: &Found| format!("{}: {}, expected {}", f.object, f.observed, f.expected);
        let hit = found.iter().any(|f| f.rule == rule && line(f).contains(told));
        assert!(hit, "{rule} {told}: {:?}", found.iter().map(line).collect::<Vec<_>>());
        assert!(found.iter().all(|f| f.site == "par1" && !f.expected.is_none()));
    }
}

/// What nobody can tell of a volume's place.
const DOUBTS: [(&str, Spoil); 6] = [
    ("no topology that shows its place, expected topology.kubernetes.io/region=fr-a", |s, _| {
        s.seen.volumes[0].topology.clear();
    }),
    ("no topology that shows its place", |s, _| s.seen.volumes[0].loose = vec![REGION.into()]),
    ("no topology that shows its place, expected topology.bsu.example/zone=fr-a1", |s, _| {
        let own = [("topology.bsu.example/zone".to_owned(), "fr-a1".to_owned())];
        s.declared.storage_classes[0].topology = own.into();
    }),
    ("a topology that spec.storageClasses[].topology declares", |s, _| s.declared.nodes.labels.clear()),
    ("PersistentVolume pv1: storage class chiffre, whose provisioner is not declared", |s, _| {
        s.declared.storage_classes[0].provisioner = None;
    }),
    ("storage class chiffre, which is not in the cluster", |s, _| s.seen.classes[0].known = false),
];

#[test]
fn a_place_that_nobody_can_tell_is_a_finding_where_proof_is_wanted_and_a_limit_elsewhere() {
    for (told, spoil) in DOUBTS {
        let (mut observation, mut policy) = (observation(), policy());
        spoil(&mut observation.sites[0], &mut policy);
        observation.policy = Policy::of("standard", &policy);
        let lenient = claim(&observation, &Since::default(), at(1000));
        assert_eq!(lenient.findings, [], "{told}");
        assert_eq!(lenient.verification_result, LocationVerdict::Located);
        assert!(lenient.not_proven.contains(&Limit::VolumePlaceNotShown), "{told}");
        let result = |claim: &DataLocation| claim.rules.iter().find(|r| r.id == "LOC-01").unwrap().result;
        assert_eq!(result(&lenient), RuleVerdict::Unproven, "{told}");
        policy.volumes.proven_place = true;
        observation.policy = Policy::of("standard", &policy);
        let strict = claim(&observation, &Since::default(), at(1000));
        assert_eq!(
            (strict.verification_result, result(&strict)),
            (LocationVerdict::NotLocated, RuleVerdict::Fail)
        );
        let line = |f: &Finding| format!("{}: {}, expected {}", f.object, f.observed, f.expected);
        assert!(strict.findings.iter().any(|f| line(f).contains(told)), "{told}: {:?}", strict.findings);
    }
    let whole = claim(&observation(), &Since::default(), at(1000));
    assert!(!whole.not_proven.contains(&Limit::VolumePlaceNotShown), "the place of this one is shown");
}

#[test]
fn a_volume_on_the_disk_of_a_node_lies_where_that_node_does() {
    let local = |spoil: fn(&mut SiteView)| {
        spoilt(|s, r| {
            r.volumes.proven_place = true;
            let class = &mut s.declared.storage_classes[0];
            class.provisioner = Some("kubernetes.io/no-provisioner".into());
            (class.parameters, class.volume_handle_prefix) = Default::default();
            s.seen.classes[0].facts =
                ClassFacts { provisioner: "kubernetes.io/no-provisioner".into(), ..ClassFacts::default() };
            s.seen.volumes[0] = Volume {
                name: "pv1".into(),
                known: true,
                class: Some("chiffre".into()),
                source: "local".into(),
                handle: Some("/mnt/disk1".into()),
                nodes: vec!["n1".into()],
                ..Volume::default()
            };
            spoil(s);
        })
    };
    assert_eq!(local(|_| ()), []);
    let told = |found: Vec<Found>, words: &str| found.iter().any(|f| f.observed.to_string().contains(words));
    assert!(told(local(|s| s.seen.volumes[0].nodes = vec!["n2".into()]), "no topology"));
    let away = |s: &mut SiteView| {
        let elsewhere = Node { name: "n2".into(), ..Node::default() };
        s.seen.nodes.push(elsewhere);
        s.seen.volumes[0].nodes = vec!["n2".into()];
    };
    assert!(told(local(away), "carries no pod, but a volume and is not known"));
    let csi_class = |s: &mut SiteView| s.declared.storage_classes[0].provisioner = Some("bsu.example".into());
    assert!(told(local(csi_class), "made by hand"));
}

#[test]
fn backups_in_the_primary_subdivision_or_beside_a_declared_bucket_are_told() {
    let found = spoilt(|s, _| s.declared.backup_stores[0].subdivision = "FR-IDF".into());
    assert!(
        found.iter().any(|f| f.rule == "LOC-02" && f.observed.to_string().contains("as the site does")),
        "{found:?}"
    );
    let found = spoilt(|s, _| s.seen.backups[0].store = Some("https://b.example.fr/par10".into()));
    assert!(found.iter().any(|f| f.rule == "LOC-02"), "another bucket whose name begins alike: {found:?}");
    let found = spoilt(|s, _| {
        let nothing = &mut s.seen.backups[0];
        (nothing.store, nothing.phase) = (None, Some("FailedValidation".into()));
    });
    assert_eq!(found, [], "it never began, and lies nowhere");
}

#[test]
fn what_the_policy_does_not_ask_is_not_told() {
    let found = spoilt(|s, r| {
        (r.images, r.encryption, r.backup) = Default::default();
        s.declared.storage_classes[0].encrypted = false;
        s.declared.backup_stores[0].subdivision = "FR-IDF".into();
        s.seen.pods[0].images[0].image = "registre.example.fr/docs:1".into();
    });
    assert_eq!(found, []);
}

/// The result of each rule, at second 1000.
fn results_of(observation: &Observation) -> BTreeMap<String, RuleVerdict> {
    let claim = claim(observation, &Since::default(), at(1000));
    claim.rules.into_iter().map(|rule| (rule.id, rule.result)).collect()
}

#[test]
fn what_was_not_asked_is_not_said_to_hold() {
    let mut observed = observation();
    let asked = SovereigntyPolicySpec { encryption: EncryptionRule::default(), ..policy() };
    observed.policy = Policy::of("standard", &asked);
    assert_eq!(results_of(&observed).get("CRY-01"), None);
}

#[test]
fn a_rule_over_nothing_is_without_object_and_does_not_hold() {
    use RuleVerdict::{Pass, Unproven, WithoutObject};
    type Empty = fn(&mut Seen);
    let no_volumes: Empty = |seen| {
        seen.claims.clear();
        seen.volumes.clear();
    };
    let cases: [(Empty, &[&str]); 7] = [
        (|_| {}, &[]),
        (no_volumes, &["CRY-01"]),
        (|seen| seen.backups.clear(), &["LOC-02"]),
        // One that never began lies nowhere.
        (|seen| seen.backups[0].phase = Some("FailedValidation".into()), &["LOC-02"]),
        (|seen| seen.ingresses.clear(), &["LOC-04"]),
        (
            |seen| {
                seen.sources.clear();
                seen.pods[0].images.clear();
            },
            &["LOC-05"],
        ),
        (|seen| *seen = Seen::default(), &["LOC-01", "LOC-02", "LOC-04", "LOC-05", "CRY-01"]),
    ];
    for (empty, wanted) in cases {
        let mut observed = observation();
        empty(&mut observed.sites[0].seen);
        for (rule, result) in results_of(&observed) {
            let wanted = if wanted.contains(&rule.as_str()) { WithoutObject } else { Pass };
            assert_eq!(result, wanted, "{rule}");
        }
    }
    let mut observed = observation();
    observed.sites[0].seen.backups.clear();
    no_volumes(&mut observed.sites[0].seen);
    let told = claim(&observed, &Since::default(), at(1000));
    assert!(
        told.not_proven.contains(&Limit::BackupsNotSeen) && told.not_proven.contains(&Limit::VolumesNotSeen)
    );
    assert_eq!(told.verification_result, LocationVerdict::Located, "its pod lies where it may");
    // One that must be there, and one whose class nobody knows, are no lack of an object.
    let required = BackupRule { required: true, ..BackupRule::default() };
    observed.policy = Policy::of("standard", &SovereigntyPolicySpec { backup: required, ..policy() });
    observed.sites[0].seen.pods[0].volumes = vec![OwnVolume { name: "p".into(), source: "nfs x".into() }];
    let results = results_of(&observed);
    assert_eq!((results["LOC-02"], results["CRY-01"]), (Unproven, Unproven));
    // Seen too long ago is not seen to be empty.
    let old = claim(&observed, &Since::default(), at(9000));
    assert!(old.rules.iter().all(|rule| rule.result != WithoutObject), "{:?}", old.rules);
}

#[test]
fn where_nothing_is_seen_nobody_can_tell() {
    let mut observed = observation();
    observed.sites[0].seen = Seen::default();
    let told = claim(&observed, &Since::default(), at(1000));
    assert_eq!(told.verification_result, LocationVerdict::Unknown);
}

#[test]
fn an_old_observation_is_unknown_and_a_finding_outweighs_it() {
    let mut observed = observation();
    assert_eq!(stale(&observed, at(1600)), None);
    assert_eq!(stale(&observed, at(1601)), Some(("par1", Some(at(1000)))));
    assert_eq!(stale(&observed, at(999)), Some(("par1", Some(at(1000)))), "from the future");
    let verdict = |o: &Observation| claim(o, &Since::default(), at(1601)).verification_result;
    assert_eq!(verdict(&observed), LocationVerdict::Unknown);
    observed.sites[0].seen.nodes[0].known = false;
    assert_eq!(verdict(&observed), LocationVerdict::NotLocated);
    observed.sites.clear();
    assert_eq!(
        verdict(&observed),
        LocationVerdict::Unknown,
        "what lies nowhere is not proven to lie anywhere"
    );
}

#[test]
fn a_finding_keeps_its_first_time_and_many_are_counted() {
    let mut observed = observation();
    observed.sites[0].seen.nodes[0].known = false;
    let first = claim(&observed, &Since::default(), at(1001));
    let second = claim(&observed, &Since::of(&first.findings), at(1100));
    assert_eq!(second.findings, first.findings);
    observed.sites[0].seen.nodes[0].name = "n".repeat(500);
    let first = claim(&observed, &Since::default(), at(1001));
    let second = claim(&observed, &Since::of(&first.findings), at(1100));
    assert_eq!(second.findings, first.findings, "a clipped name is the same name");
    let pods = (0..50).map(|n| {
        let images = vec![Image { of: "container app".into(), image: "nginx".into(), running: None }];
        Pod { name: format!("p{n:02}"), images, ..Pod::default() }
    });
    observed.sites[0].seen.pods = pods.collect();
    let many = claim(&observed, &Since::default(), at(1001));
    assert_eq!((many.findings.len(), many.findings_omitted), (LISTED, 51 - 32));
}

#[test]
fn the_basis_moves_with_what_counts_and_not_with_what_does_not() {
    let mark = |spoil: fn(&mut Observation), now| {
        let mut observed = observation();
        spoil(&mut observed);
        basis(&claim(&observed, &Since::default(), now), &observed)
    };
    let plain = mark(|_| {}, at(1000));
    assert_eq!(plain, mark(|_| {}, at(1100)), "time alone is nothing new");
    assert_eq!(plain, mark(|o| o.sites[0].observed_at = Some(at(1010)), at(1100)));
    let twin = |o: &mut Observation| {
        let mut pod = o.sites[0].seen.pods[0].clone();
        pod.name = "docs-1".into();
        o.sites[0].seen.pods.push(pod);
    };
    assert_eq!(plain, mark(twin, at(1000)), "one more pod of the same images on the same node");
    for spoil in [
        |o: &mut Observation| o.sites[0].seen.nodes[0].uid = "u2".into(),
        |o: &mut Observation| o.sites[0].declared.city = "Lyon".into(),
        |o: &mut Observation| {
            let other = SovereigntyPolicySpec { description: Some("other".into()), ..policy() };
            o.policy = Policy::of("standard", &other);
        },
        |o: &mut Observation| o.sites[0].seen.pods[0].images.clear(),
    ] {
        assert_ne!(plain, mark(spoil, at(1000)));
    }
}

proptest! {
    /// However names are chosen, what is not on the list is told.
    #[test]
    fn no_registry_but_a_listed_one_passes(host in "[a-z]{1,12}(\\.[a-z]{1,8}){0,3}(:[0-9]{1,5})?", path in "[a-z]{1,8}") {
        let found = spoilt(|s, _| {
            s.seen.pods[0].images[0].image = format!("{host}/{path}@{}", digest());
            s.seen.pods[0].images[0].running = None;
        });
        prop_assert_eq!(found.is_empty(), host == "registre.example.fr");
    }
}
