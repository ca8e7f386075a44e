//! What is there in one site, by namespace, kept from watch events. A relisting replaces a table whole.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use beffroi_core::{
    facts::NodeFacts,
    manifests::{Kind, Live},
    plan::PodFacts,
};
use beffroi_crds::labels;
use kube::{ResourceExt, runtime::watcher::Event};

/// Rows of one watched kind, by namespace and name.
#[derive(Debug)]
pub struct Table<T> {
    rows: HashMap<String, BTreeMap<String, T>>,
    incoming: Option<HashMap<String, BTreeMap<String, T>>>,
    filled: bool,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { rows: HashMap::new(), incoming: None, filled: false }
    }
}

/// A watch event reduced to a row.
pub type Row<T> = Event<(String, String, T)>;

impl<T: Clone> Table<T> {
    /// Takes an event; returns what was there before for each row that changed or went, with whether it is
    /// there still.
    pub fn take(&mut self, event: Row<T>) -> Vec<(T, bool)> {
        match event {
            Event::Apply((namespace, name, row)) => {
                self.rows.entry(namespace).or_default().insert(name, row.clone());
                vec![(row, true)]
            }
            Event::Delete((namespace, name, row)) => {
                if let Some(rows) = self.rows.get_mut(&namespace) {
                    rows.remove(&name);
                    if rows.is_empty() {
                        self.rows.remove(&namespace);
                    }
                }
                vec![(row, false)]
            }
            Event::Init => {
                self.incoming = Some(HashMap::new());
                Vec::new()
            }
            Event::InitApply((namespace, name, row)) => {
                self.incoming.get_or_insert_default().entry(namespace).or_default().insert(name, row);
                Vec::new()
            }
            Event::InitDone => {
                let after = self.incoming.take().unwrap_or_default();
                let before = std::mem::replace(&mut self.rows, after);
                self.filled = true;
                let gone = before.iter().flat_map(|(namespace, rows)| {
                    let kept = self.rows.get(namespace);
                    rows.iter().filter(move |(name, _)| kept.is_none_or(|k| !k.contains_key(*name)))
                });
                let gone: Vec<_> = gone.map(|(_, row)| (row.clone(), false)).collect();
                gone.into_iter().chain(self.all().map(|row| (row.clone(), true))).collect()
            }
        }
    }

    /// Rows of a namespace.
    pub fn of(&self, namespace: &str) -> impl Iterator<Item = &T> {
        self.rows.get(namespace).into_iter().flat_map(BTreeMap::values)
    }

    /// Every row.
    pub fn all(&self) -> impl Iterator<Item = &T> {
        self.rows.values().flat_map(BTreeMap::values)
    }

    /// Whether it was listed once.
    pub fn filled(&self) -> bool {
        self.filled
    }
}

/// What is there in one site.
#[derive(Debug, Default)]
pub struct Inventory {
    objects: HashMap<Kind, Table<Arc<Live>>>,
    /// Pods of all namespaces.
    pub pods: Table<(String, PodFacts)>,
    /// Nodes.
    pub nodes: Table<NodeFacts>,
    /// Names of storage classes.
    pub storage_classes: Table<String>,
    vanished: HashSet<(String, Kind, String)>,
    /// What the last failed watch of each kind said.
    pub failing: BTreeMap<&'static str, String>,
}

impl Inventory {
    /// Takes an event about one of our objects; returns the UIDs of the workspaces it is about.
    pub fn object(&mut self, kind: Kind, event: Row<Arc<Live>>) -> BTreeSet<String> {
        let changed = self.objects.entry(kind).or_default().take(event);
        for (live, there) in &changed {
            let key = (home(live).to_owned(), kind, live.name().to_owned());
            if *there {
                self.vanished.remove(&key);
                continue;
            }
            if kind == Kind::Namespace {
                self.vanished.retain(|(namespace, ..)| *namespace != key.0);
            }
            self.vanished.insert(key);
        }
        changed
            .iter()
            .filter_map(|(live, _)| live.object.labels().get(labels::WORKSPACE_UID).cloned())
            .collect()
    }

    /// Objects in `namespace` that bear the workspace's UID.
    pub fn objects_of(&self, namespace: &str, uid: &str) -> Vec<Arc<Live>> {
        let all =
            Kind::ALL.iter().filter_map(|kind| self.objects.get(kind)).flat_map(|table| table.of(namespace));
        all.filter(|live| live.object.labels().get(labels::WORKSPACE_UID).is_some_and(|u| u == uid))
            .cloned()
            .collect()
    }

    /// Objects of `namespace` that were seen and then went, without our doing.
    pub fn vanished_in(&self, namespace: &str) -> Vec<(Kind, String)> {
        let all = self.vanished.iter().filter(|(home, ..)| home == namespace);
        all.map(|(_, kind, name)| (*kind, name.clone())).collect()
    }

    /// Forgets what went from a namespace that is no longer wanted.
    pub fn forget(&mut self, namespace: &str) {
        self.vanished.retain(|(home, ..)| home != namespace);
    }

    /// UID of the workspace whose namespace this is.
    pub fn owner(&self, namespace: &str) -> Option<String> {
        let mut found = self.objects.get(&Kind::Namespace)?.of(namespace);
        found.next()?.object.labels().get(labels::WORKSPACE_UID).cloned()
    }

    /// Namespaces that bear our labels, each with the UID of its workspace.
    pub fn namespaces(&self) -> impl Iterator<Item = (&str, Option<&String>)> {
        let all = self.objects.get(&Kind::Namespace).into_iter().flat_map(Table::all);
        all.map(|live| (live.name(), live.object.labels().get(labels::WORKSPACE_UID)))
    }

    /// Whether everything was listed once; Flux's kinds count only where they are served.
    pub fn filled(&self, flux: bool) -> bool {
        let objects = Kind::ALL.iter().filter(|kind| flux || !kind.is_flux());
        let ours = objects.map(|kind| self.objects.get(kind).is_some_and(Table::filled));
        ours.chain([self.pods.filled(), self.nodes.filled(), self.storage_classes.filled()])
            .all(|filled| filled)
    }
}

/// The namespace that a row is kept under: for a namespace, itself.
pub(super) fn home(live: &Live) -> &str {
    match live.kind {
        Kind::Namespace => live.name(),
        _ => live.object.metadata.namespace.as_deref().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, value: u8) -> (String, String, u8) {
        ("ns".into(), name.into(), value)
    }

    #[test]
    fn a_relisting_replaces_all_and_tells_what_went() {
        let mut table = Table::default();
        assert!(!table.filled());
        for event in
            [Event::Init, Event::InitApply(row("a", 1)), Event::InitApply(row("b", 2)), Event::InitDone]
        {
            table.take(event);
        }
        assert!(table.filled());
        table.take(Event::Apply(row("c", 3)));
        table.take(Event::Init);
        table.take(Event::InitApply(row("b", 4)));
        assert_eq!(
            table.of("ns").copied().collect::<Vec<_>>(),
            [1, 2, 3],
            "kept until the relisting is whole"
        );
        let mut told = table.take(Event::InitDone);
        told.sort_unstable();
        assert_eq!(told, [(1, false), (3, false), (4, true)]);
        assert_eq!(table.all().copied().collect::<Vec<_>>(), [4]);
    }
}
