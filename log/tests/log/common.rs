//! What every test needs: keys, statements, a store that is watched and broken, and the invariants.

#![allow(dead_code, reason = "each test program uses a part of it")]

use std::{
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use beffroi_core::{
    evidence::{
        Expected, Predicate, PublicKeys, SigningKeys, Statement,
        checkpoint::Checkpoint,
        statement::{Action, Audit, Sha256, Subject, Told, WorkspaceRef, audit, workspace_subject},
        verify,
    },
    location::{Observation, Since, claim},
    message::Message,
};
use beffroi_log::{Entry, Reader, Store};
use futures::{StreamExt, stream::BoxStream};
use jiff::Timestamp;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result, path::Path,
};
use tlog_tiles::{Hash, HashReader, record_hash, stored_hashes_for_record_hash, tree_hash};

/// The keys number `seed` of the one log of the tests.
pub(crate) fn keys(seed: u8) -> SigningKeys {
    let text = SigningKeys::from_seeds(&[seed; 32], &[seed + 100; 32], Some("log.example/test")).unwrap();
    SigningKeys::parse(&text.statement, &text.checkpoint).unwrap()
}

pub(crate) fn time() -> Timestamp {
    "2026-11-24T20:00:00Z".parse().unwrap()
}

/// An audit entry about `object`.
pub(crate) fn audited(object: &str, tenant: &str, workspace: Option<&str>) -> Entry {
    let workspace = workspace.map(|uid| WorkspaceRef {
        uid: uid.into(),
        name: "docs".into(),
        namespace: "tenant-lyon".into(),
        tenant: "lyon".into(),
        tenant_uid: tenant.into(),
    });
    let entry = Audit {
        time: time(),
        action: Action::Intervention,
        tenant: "lyon".into(),
        tenant_uid: tenant.into(),
        workspace,
        site: None,
        siren: None,
        object: object.into(),
        actor: None,
        note: Told::from(&Message::verbatim("changed")),
        remains: None,
    };
    audit(entry, &object).unwrap().into()
}

/// Some audit entry; `name` is found again by [`name_of`].
pub(crate) fn thing(name: &str) -> Entry {
    audited(name, "t1", None)
}

/// A statement on the data of a workspace, with what it was drawn from.
pub(crate) fn located(workspace: &str, tenant: &str) -> Entry {
    let workspace_ref =
        WorkspaceRef { uid: workspace.into(), tenant_uid: tenant.into(), ..WorkspaceRef::default() };
    let observation = Observation { workspace: workspace_ref, policy: <_>::default(), sites: Vec::new() };
    let claimed = claim(&observation, &Since::of(&[]), time());
    let sha256 = beffroi_core::evidence::canonical::digest(&observation).unwrap();
    let subject = Subject { name: workspace_subject(workspace), digest: Sha256 { sha256 } };
    let statement = Statement { subject, predicate: Predicate::DataLocation(Box::new(claimed)) };
    Entry { statement, observation: Some(observation) }
}

pub(crate) fn name_of(statement: &Statement) -> String {
    statement.subject.name.clone()
}

/// When a store dies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Death {
    /// Instead of the operation.
    Before,
    /// After the operation, before its answer.
    After,
}

/// A store that notes every checkpoint and may die at its n-th operation, once and for all: what a process
/// sees of itself being killed there.
#[derive(Debug)]
pub(crate) struct Watched {
    inner: Arc<dyn ObjectStore>,
    left: AtomicI64,
    death: Death,
    pub(crate) count: AtomicU64,
    pub(crate) checkpoints: Arc<Mutex<Vec<String>>>,
}

impl Watched {
    pub(crate) fn new(
        inner: Arc<dyn ObjectStore>,
        dies_at: Option<(i64, Death)>,
        checkpoints: Arc<Mutex<Vec<String>>>,
    ) -> Self {
        let (left, death) = dies_at.unwrap_or((i64::MAX, Death::Before));
        Self { inner, left: AtomicI64::new(left), death, count: AtomicU64::new(0), checkpoints }
    }

    /// Whether the operation takes place, and whether its answer comes.
    fn fate(&self) -> (bool, bool) {
        self.count.fetch_add(1, Ordering::SeqCst);
        match self.left.fetch_sub(1, Ordering::SeqCst) {
            1.. => (true, true),
            0 => (self.death == Death::After, false),
            _ => (false, false),
        }
    }
}

fn dead() -> object_store::Error {
    object_store::Error::Generic { store: "dead", source: "killed".into() }
}

impl fmt::Display for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "watched {}", self.inner)
    }
}

#[async_trait]
impl ObjectStore for Watched {
    async fn put_opts(&self, at: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        let (happens, answers) = self.fate();
        let done = if happens {
            let text = payload.iter().flat_map(|bytes| bytes.to_vec()).collect::<Vec<u8>>();
            let done = self.inner.put_opts(at, payload, options).await;
            if done.is_ok() && at.as_ref() == "checkpoint" {
                self.checkpoints.lock().unwrap().push(String::from_utf8(text).unwrap());
            }
            done
        } else {
            Err(dead())
        };
        if answers { done } else { Err(dead()) }
    }

    async fn put_multipart_opts(
        &self,
        at: &Path,
        _: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        panic!("the log writes {at} in parts")
    }

    async fn get_opts(&self, at: &Path, options: GetOptions) -> Result<GetResult> {
        if self.fate().1 { self.inner.get_opts(at, options).await } else { Err(dead()) }
    }

    fn delete_stream(&self, paths: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        let (happens, answers) = self.fate();
        let inner = if happens { self.inner.delete_stream(paths) } else { futures::stream::empty().boxed() };
        inner
            .map(move |done| if answers { done } else { Err(dead()) })
            .chain(futures::stream::iter((!happens).then(|| Err(dead()))))
            .boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        if self.fate().1 { self.inner.list(prefix) } else { futures::stream::iter([Err(dead())]).boxed() }
    }

    fn list_with_offset(
        &self,
        prefix: Option<&Path>,
        offset: &Path,
    ) -> BoxStream<'static, Result<ObjectMeta>> {
        if self.fate().1 {
            self.inner.list_with_offset(prefix, offset)
        } else {
            futures::stream::iter([Err(dead())]).boxed()
        }
    }

    async fn list_with_delimiter(&self, _: Option<&Path>) -> Result<ListResult> {
        panic!("the log lists a level")
    }

    async fn copy_opts(&self, from: &Path, _: &Path, _: CopyOptions) -> Result<()> {
        panic!("the log copies {from}")
    }
}

/// Every hash of a tree, as `tlog_tiles` numbers them.
#[derive(Default)]
pub(crate) struct Tree {
    hashes: Vec<Hash>,
    pub(crate) size: u64,
}

impl HashReader for Tree {
    fn read_hashes(&self, places: &[u64]) -> std::result::Result<Vec<Hash>, tlog_tiles::Error> {
        Ok(places.iter().map(|place| self.hashes[usize::try_from(*place).unwrap()]).collect())
    }
}

impl Tree {
    pub(crate) fn push(&mut self, entry: &[u8]) {
        let hashes = stored_hashes_for_record_hash(self.size, record_hash(entry), self).unwrap();
        self.hashes.extend(hashes);
        self.size += 1;
    }

    pub(crate) fn root(&self, size: u64) -> Hash {
        tree_hash(size, self).unwrap()
    }
}

/// What a log must still hold after whatever happened to it.
#[derive(Default)]
pub(crate) struct Promises {
    /// Entries whose append was answered: index and name.
    pub(crate) acknowledged: Vec<(u64, String)>,
    /// Checkpoints that anybody may have seen.
    pub(crate) checkpoints: Vec<String>,
}

impl Promises {
    /// Reads the whole log and holds it to what was promised; returns the names of all entries.
    pub(crate) async fn check(&self, store: Store, first: &PublicKeys) -> Vec<String> {
        let reader = Reader::new(store);
        let Some(note) = reader.checkpoint().await.unwrap() else {
            assert!(self.acknowledged.is_empty() && self.checkpoints.is_empty(), "the log is gone");
            return Vec::new();
        };
        let log = Checkpoint::read(&note).unwrap();
        let (mut tree, mut names) = (Tree::default(), Vec::new());
        for index in 0..log.size {
            let envelope = reader.envelope(index).await.unwrap();
            let payload = beffroi_core::evidence::dsse::decode(&envelope.payload).unwrap();
            names.push(name_of(&Statement::parse(&payload).unwrap()));
            tree.push(&envelope.to_entry().unwrap());
        }
        assert_eq!(tree.root(log.size), log.root, "the entries do not make the root");
        for (index, name) in &self.acknowledged {
            assert_eq!(
                names.get(usize::try_from(*index).unwrap()),
                Some(name),
                "an acknowledged entry is lost"
            );
        }
        let mut size = 0;
        for seen in &self.checkpoints {
            let known = Checkpoint::read(seen).unwrap();
            assert!(known.size >= size, "the checkpoint went back from {size} to {}", known.size);
            size = known.size;
            assert_eq!(tree.root(size), known.root, "forked at {size}");
            // And so it looks to someone who has no more than two notes and the first keys.
            let bundle = reader.bundle(log.size - 1, Some(seen)).await.unwrap().to_vec().unwrap();
            let expected = Expected { known: Some(known), ..Expected::default() };
            verify(&bundle, first, &expected).unwrap();
        }
        names
    }
}
