//! Sites: [`kubeconfig`] (read, and refused where it could harm) → [`connection`] (own client, probe, watches)
//! → `watch` (events reduced to `rows` and `seen`) → [`inventory`] (what is there, a [`table`] a kind) → `place`
//! (all that is seen of one workspace, joined); and at its end [`remains`] (what is left of it). One dead site slows nobody: nothing here is shared between two.

pub mod connection;
pub mod credentials;
pub mod extras;
pub mod faring;
pub mod first;
pub mod inventory;
pub mod kubeconfig;
mod place;
pub mod remains;
mod rows;
pub mod seen;
pub mod table;
mod unborn;
mod velero;
mod watch;

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::Duration,
};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_stream::wrappers::UnboundedReceiverStream;

pub use connection::{Connection, Pace};
pub use first::FirstSeen;

use crate::options::Options;

/// How long a watch may fail before its site is said not to be seen.
const BLIND: Duration = Duration::from_secs(30);

/// Told when something happens in a site.
#[derive(Clone, Debug)]
pub struct Bell {
    sites: UnboundedSender<String>,
    workspaces: UnboundedSender<String>,
}

impl Bell {
    /// Something happened to the site `name` as a whole.
    pub fn site(&self, name: &str) {
        // Nobody listens any more only when the operator stops.
        let _ = self.sites.send(name.to_owned());
    }

    /// Something happened to what bears the UID of a workspace.
    pub fn workspace(&self, uid: &str) {
        let _ = self.workspaces.send(uid.to_owned());
    }
}

/// The two ends that controllers listen on: names of sites, UIDs of workspaces.
pub type Listeners = (UnboundedReceiverStream<String>, UnboundedReceiverStream<String>);

/// Connections by name of the site; `None` where there was nothing to connect with.
pub struct Sites {
    connections: RwLock<HashMap<String, Option<Arc<Connection>>>>,
    bell: Bell,
    listeners: Mutex<Option<(UnboundedReceiver<String>, UnboundedReceiver<String>)>>,
    pace: Pace,
}

impl Sites {
    /// No connection yet.
    pub fn new(options: &Options) -> Self {
        let (sites, of_sites) = unbounded_channel();
        let (workspaces, of_workspaces) = unbounded_channel();
        Self {
            connections: RwLock::default(),
            bell: Bell { sites, workspaces },
            listeners: Mutex::new(Some((of_sites, of_workspaces))),
            pace: Pace { probe: Duration::from_secs(options.probe_seconds.max(1)), blind: BLIND },
        }
    }

    /// To ring when something happened to a site.
    pub fn bell(&self) -> &Bell {
        &self.bell
    }

    /// What happens in all sites; to be taken once.
    pub fn listen(&self) -> Option<Listeners> {
        let taken = self.listeners.lock().unwrap_or_else(PoisonError::into_inner).take();
        taken.map(|(sites, workspaces)| (sites.into(), workspaces.into()))
    }

    /// The connection to a site.
    pub fn get(&self, name: &str) -> Option<Arc<Connection>> {
        self.connections.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned().flatten()
    }

    /// Every connection.
    pub fn all(&self) -> Vec<Arc<Connection>> {
        self.connections.read().unwrap_or_else(PoisonError::into_inner).values().flatten().cloned().collect()
    }

    /// Whether a site does not show yet what was written there of `namespace`.
    pub fn lag(&self, namespace: &str) -> bool {
        self.all().iter().any(|connection| connection.inventory().lags(namespace))
    }

    /// Hosts that ingresses of a namespace name in any site; `None` where one of `sites` was not seen yet.
    pub fn hosts<'a>(
        &self,
        namespace: &str,
        sites: impl IntoIterator<Item = &'a str>,
    ) -> Option<BTreeSet<String>> {
        let mut hosts = BTreeSet::new();
        let mut unseen: BTreeSet<&str> = sites.into_iter().collect();
        for connection in self.all() {
            if let Some(named) = connection.inventory().hosts(namespace) {
                hosts.extend(named);
                unseen.remove(connection.name());
            }
        }
        unseen.is_empty().then_some(hosts)
    }

    /// The connection to a site, if it was made from this very kubeconfig.
    pub fn standing(&self, name: &str, text: &[u8]) -> Option<Arc<Connection>> {
        let mark = kubeconfig::mark(text);
        self.get(name).filter(|connection| connection.mark() == mark)
    }

    /// Connects with a kubeconfig; `first` is what its nodes were known to say before.
    ///
    /// # Errors
    /// When the kubeconfig is refused.
    pub async fn connect(
        &self,
        name: &str,
        text: &[u8],
        first: FirstSeen,
    ) -> Result<Arc<Connection>, kubeconfig::Error> {
        let client = kubeconfig::client(text).await;
        if client.is_err() {
            self.give_up(name);
        }
        let (mark, bell) = (kubeconfig::mark(text), self.bell.clone());
        let connection = Connection::start(name, mark, client?, bell, first, self.pace);
        self.connections
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(name.to_owned(), Some(connection.clone()));
        Ok(connection)
    }

    /// Connects by a client that is given.
    #[cfg(test)]
    pub(crate) fn attach(&self, name: &str, client: kube::Client) {
        let bell = self.bell.clone();
        let pace = Pace { blind: Duration::from_secs(1), probe: Duration::from_secs(1) };
        let connection = Connection::start(name, [0; 32], client, bell, FirstSeen::default(), pace);
        self.connections
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(name.to_owned(), Some(connection));
    }

    /// Drops the connection to a site that there is nothing to connect to with any more.
    pub fn give_up(&self, name: &str) {
        self.connections.write().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), None);
    }

    /// Drops the connection to a site that is gone and stops all that belongs to it.
    pub fn drop(&self, name: &str) {
        self.connections.write().unwrap_or_else(PoisonError::into_inner).remove(name);
    }

    /// Drops every connection.
    pub fn close(&self) {
        self.connections.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Waits until each of `names` has answered in full, failed once, or been given up.
    pub async fn settled(&self, names: &[String]) {
        let open = |name: &String| {
            let connections = self.connections.read().unwrap_or_else(PoisonError::into_inner);
            match connections.get(name) {
                None => true,
                Some(None) => false,
                Some(Some(connection)) => !connection.settled(),
            }
        };
        while names.iter().any(open) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}
