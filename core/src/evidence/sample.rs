//! Evidence for tests and fuzzing: keys from a number, a log in memory, something that was observed, and bundles
//! of all that.
//!
//! Only under feature `sample`: these keys are known to everybody.
#![allow(clippy::unwrap_used, clippy::missing_panics_doc)]

mod breaches;

use std::collections::BTreeMap;

use beffroi_crds::{
    SovereigntyPolicySpec,
    policy::{EncryptionRule, ImageRule, Law, Place},
    site::{IngressOffer, NodeIdentity, Registry, StorageClass},
};
use jiff::Timestamp;
use tlog_tiles::{Error, Hash, HashReader, prove_record, prove_tree, stored_hashes, tree_hash};

use super::{
    Bundle, PublicKeys, SigningKeys, Statement,
    bundle::{Consistency, Inclusion, MEDIA_TYPE, Rotation},
    canonical,
    checkpoint::Checkpoint,
    dsse::Envelope,
    statement::{self, Action, Audit, Predicate, Sha256, Subject, WorkspaceRef},
};
pub use breaches::breaches;

use crate::facts::ClassFacts;
use crate::location::{
    self, Declared, Observation, Policy, Seen, SiteView,
    seen::{Claim, Class, Image, Node, Pod, Volume},
};

/// When the statements of [`location`] are made.
pub const TIME: &str = "2026-11-24T12:00:00Z";

/// The keys of log `origin`, each pair with a number of its own.
pub fn keys(number: u8, origin: &str) -> SigningKeys {
    let text = SigningKeys::from_seeds(&[number; 32], &[!number; 32], Some(origin)).unwrap();
    SigningKeys::parse(&text.statement, &text.checkpoint).unwrap()
}

/// A time.
pub fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A log in memory that knows no rules: tests put into it what no honest log would hold.
pub struct MemoryLog {
    keys: SigningKeys,
    hashes: Hashes,
    entries: Vec<Envelope>,
    rotations: Vec<u64>,
}

struct Hashes(Vec<Hash>);

impl HashReader for Hashes {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, Error> {
        let hash = |index: &u64| usize::try_from(*index).ok().and_then(|index| self.0.get(index).copied());
        indexes.iter().map(|index| hash(index).ok_or(Error::IndexesNotInTree)).collect()
    }
}

impl MemoryLog {
    /// An empty log.
    pub fn new(keys: SigningKeys) -> Self {
        Self { keys, hashes: Hashes(Vec::new()), entries: Vec::new(), rotations: Vec::new() }
    }

    /// The keys that sign now.
    pub fn keys(&self) -> &SigningKeys {
        &self.keys
    }

    /// Number of entries.
    pub fn size(&self) -> u64 {
        self.entries.len() as u64
    }

    /// Signs a statement and appends it; returns its index.
    pub fn append(&mut self, statement: &Statement) -> u64 {
        let envelope = Envelope::sign(&statement.to_vec().unwrap(), &self.keys);
        self.push(envelope)
    }

    /// Appends an envelope, whoever signed it.
    pub fn push(&mut self, envelope: Envelope) -> u64 {
        let index = self.size();
        let hashes = stored_hashes(index, &envelope.to_entry().unwrap(), &self.hashes).unwrap();
        self.hashes.0.extend(hashes);
        self.entries.push(envelope);
        index
    }

    /// Appends a change of keys; the successor signs from then on.
    pub fn rotate(&mut self, successor: SigningKeys) -> u64 {
        let index = self.append(&statement::rotation(successor.public(), time(TIME)));
        self.rotations.push(index);
        self.keys = successor;
        index
    }

    /// Its state when it had `size` entries, signed by the keys of now.
    pub fn checkpoint(&self, size: u64) -> String {
        Checkpoint::sign(size, tree_hash(size, &self.hashes).unwrap(), &self.keys).unwrap()
    }

    /// Place of an entry in the log of `size` entries.
    pub fn inclusion(&self, log_index: u64, size: u64) -> Inclusion {
        Inclusion { log_index, hashes: prove_record(size, log_index, &self.hashes).unwrap() }
    }

    /// The entry at an index.
    pub fn entry(&self, index: u64) -> Envelope {
        self.entries[usize::try_from(index).unwrap()].clone()
    }

    /// The bundle of an entry, with every change of keys.
    pub fn bundle(&self, index: u64, observation: Option<&Observation>) -> Bundle {
        let size = self.size();
        let rotation =
            |&index: &u64| Rotation { envelope: self.entry(index), inclusion: self.inclusion(index, size) };
        Bundle {
            media_type: MEDIA_TYPE.into(),
            envelope: self.entry(index),
            observation: observation.cloned().map(Into::into),
            inclusion: self.inclusion(index, size),
            checkpoint: self.checkpoint(size),
            rotations: self.rotations.iter().map(rotation).collect(),
            consistency: None,
        }
    }

    /// That the log grew from the state `checkpoint`, of `size` entries.
    pub fn grown_from(&self, checkpoint: &str, size: u64) -> Consistency {
        let hashes =
            if size == 0 { Vec::new() } else { prove_tree(self.size(), size, &self.hashes).unwrap() };
        Consistency { checkpoint: checkpoint.into(), hashes }
    }
}

/// A bundle with everything that one can hold (what was observed, a change of keys, growth), and the keys that
/// its log began with.
pub fn whole() -> (Bundle, PublicKeys) {
    let mut log = Grown::new();
    (log.bundle(&observation()), log.trusted)
}

/// The bundles of [`breaches`], each with everything too: from the log of [`whole`], later.
pub fn broken() -> Vec<Bundle> {
    let mut log = Grown::new();
    log.bundle(&observation());
    breaches().iter().map(|observation| log.bundle(observation)).collect()
}

/// A log that went through a change of keys, the keys that it began with, and a state that it grew from since.
struct Grown {
    log: MemoryLog,
    trusted: PublicKeys,
    known: String,
    size: u64,
}

impl Grown {
    fn new() -> Self {
        let origin = "beffroi.fr/log/test";
        let mut log = MemoryLog::new(keys(1, origin));
        let trusted = log.keys().public().clone();
        for number in 0..5 {
            log.append(&audit(&format!("entry {number}")));
        }
        log.rotate(keys(2, origin));
        log.append(&audit("under new keys"));
        let (known, size) = (log.checkpoint(log.size()), log.size());
        log.append(&audit("since then"));
        Self { log, trusted, known, size }
    }

    /// The bundle of what an honest operator states of an observation next; one more entry follows.
    fn bundle(&mut self, observation: &Observation) -> Bundle {
        let index = self.log.append(&located(observation));
        self.log.append(&audit("the last"));
        let mut bundle = self.log.bundle(index, Some(observation));
        bundle.consistency = Some(self.log.grown_from(&self.known, self.size));
        bundle
    }
}

/// A workspace.
pub fn workspace() -> WorkspaceRef {
    WorkspaceRef {
        uid: "3b9f0c58-1f0e-4f5e-9a0f-4a6a2f1d7c01".into(),
        name: "communication".into(),
        namespace: "tenant-ght-bm".into(),
        tenant: "ght-bm".into(),
        tenant_uid: "0d8e7c2a-5a53-4b6e-8f7e-2f9b1c6d0a02".into(),
    }
}

/// The policy that it is held to.
pub fn policy() -> SovereigntyPolicySpec {
    let countries = || vec!["FR".into()];
    SovereigntyPolicySpec {
        place: Place { countries: countries(), ..Place::default() },
        law: Law {
            countries: countries(),
            max_foreign_share_each: 24.0,
            max_foreign_share_together: 39.0,
            ownership_statement_max_age_days: 365,
            ..Law::default()
        },
        images: ImageRule { by_digest: true },
        encryption: EncryptionRule { at_rest: true },
        observation_max_age_seconds: 900,
        ..SovereigntyPolicySpec::default()
    }
}

/// What was observed of it: one pod with a volume, all where it may lie.
pub fn observation() -> Observation {
    let zone = ("topology.kubernetes.io/zone".to_owned(), "par1-a".to_owned());
    let image = format!("registry.par1.example/element@sha256:{}", "5a".repeat(32));
    let declared = Declared {
        provider: "hebergeur".into(),
        country: "FR".into(),
        subdivision: "FR-75C".into(),
        city: "Paris".into(),
        nodes: NodeIdentity {
            labels: BTreeMap::from([zone.clone()]),
            provider_id_prefix: Some("par1://".into()),
        },
        storage_classes: vec![StorageClass {
            name: "rapide".into(),
            country: "FR".into(),
            subdivision: "FR-75C".into(),
            encrypted: true,
            provisioner: Some("csi.example".into()),
            volume_handle_prefix: Some("par1/".into()),
            ..StorageClass::default()
        }],
        registries: vec![Registry {
            host: "registry.par1.example".into(),
            operator: "hebergeur".into(),
            country: "FR".into(),
            ..Registry::default()
        }],
        ingress: Some(IngressOffer {
            class_name: "public".into(),
            namespace: "ingress".into(),
            country: "FR".into(),
        }),
        ..Declared::default()
    };
    let seen = Seen {
        pods: vec![Pod {
            name: "element-0".into(),
            node: Some("par1-n1".into()),
            images: vec![Image { of: "element".into(), image: image.clone(), running: Some(image) }],
            ..Pod::default()
        }],
        nodes: vec![Node {
            name: "par1-n1".into(),
            uid: "5f2f6d2e-6a0e-4a58-9f0c-0d5f6f1c2a03".into(),
            known: true,
            labels: BTreeMap::from([zone.clone()]),
            provider_id: Some("par1://n1".into()),
            ..Node::default()
        }],
        claims: vec![Claim {
            name: "données".into(),
            class: Some("rapide".into()),
            volume: Some("pv-1".into()),
        }],
        volumes: vec![Volume {
            name: "pv-1".into(),
            known: true,
            class: Some("rapide".into()),
            source: "csi".into(),
            driver: Some("csi.example".into()),
            handle: Some("par1/1".into()),
            provisioner: Some("csi.example".into()),
            topology: BTreeMap::from([(zone.0.clone(), vec![zone.1.clone()])]),
            ..Volume::default()
        }],
        classes: vec![Class {
            name: "rapide".into(),
            known: true,
            facts: ClassFacts { provisioner: "csi.example".into(), ..ClassFacts::default() },
        }],
        ..Seen::default()
    };
    Observation {
        workspace: workspace(),
        policy: Policy::of("sante", &policy()),
        sites: vec![SiteView {
            name: "par1".into(),
            declared,
            observed_at: Some(time("2026-11-24T11:59:30Z")),
            seen,
        }],
    }
}

/// The same, but a node lies elsewhere.
pub fn elsewhere() -> Observation {
    let mut observation = observation();
    observation.sites[0].seen.nodes[0].provider_id = Some("fra1://n1".into());
    observation
}

/// What an honest operator states of an observation, at [`TIME`].
pub fn located(observation: &Observation) -> Statement {
    located_at(observation, time(TIME))
}

/// What an honest operator states of an observation at a time.
pub fn located_at(observation: &Observation, now: Timestamp) -> Statement {
    let claim = location::claim(observation, &location::Since::default(), now);
    Statement {
        subject: Subject {
            name: statement::workspace_subject(&observation.workspace.uid),
            digest: Sha256 { sha256: canonical::digest(observation).unwrap() },
        },
        predicate: Predicate::DataLocation(Box::new(claim)),
    }
}

/// An audit entry.
pub fn audit(note: &str) -> Statement {
    let entry = Audit {
        time: time(TIME),
        action: Action::WorkspacePlaced,
        tenant: "ght-bm".into(),
        tenant_uid: workspace().tenant_uid,
        workspace: Some(workspace()),
        site: Some("par1".into()),
        siren: None,
        object: "Workspace tenant-ght-bm/communication".into(),
        actor: None,
        note: statement::Told::from(&crate::message::Message::verbatim(note)),
        remains: None,
    };
    statement::audit(entry, &["par1"]).unwrap()
}
