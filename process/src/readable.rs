//! A watch of what may not be readable: events of [`Tolerant`] objects → events of what can be read, and [`Unreadables`],
//! which knows of all the others.
//!
//! What was readable and is not any more leaves the store: nobody goes on judging what it was.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use beffroi_crds::tolerant::{Tolerant, Unreadable, path};
use futures::{Stream, StreamExt, future};
use kube::{
    Resource, ResourceExt,
    runtime::{
        reflector::{ObjectRef, Store},
        watcher::{self, Event},
    },
};
use tokio::sync::watch;

/// Objects that cannot be read, by kind and name.
#[derive(Clone, Debug)]
pub struct Unreadables(Arc<Mutex<Known>>, Arc<watch::Sender<u64>>);

#[derive(Debug, Default)]
struct Known {
    objects: HashMap<String, BTreeMap<String, Arc<Unreadable>>>,
    /// Those of a listing that is not whole yet.
    listed: HashMap<String, BTreeMap<String, Arc<Unreadable>>>,
}

impl Default for Unreadables {
    fn default() -> Self {
        Self(Arc::default(), Arc::new(watch::Sender::new(0)))
    }
}

impl Unreadables {
    /// All of a kind, by name.
    pub fn of(&self, kind: &str) -> BTreeMap<String, Arc<Unreadable>> {
        self.known().objects.get(kind).cloned().unwrap_or_default()
    }

    /// All of them.
    pub fn all(&self) -> Vec<Arc<Unreadable>> {
        self.known().objects.values().flat_map(BTreeMap::values).cloned().collect()
    }

    /// One of them.
    pub fn get(&self, kind: &str, namespace: Option<&str>, name: &str) -> Option<Arc<Unreadable>> {
        self.known().objects.get(kind)?.get(&path(namespace, name)).cloned()
    }

    /// Ticks when something has become unreadable, readable, or another.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.1.subscribe()
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, kind: &str, name: String, now: Option<Arc<Unreadable>>) {
        let changed = {
            let mut known = self.known();
            let objects = known.objects.entry(kind.to_owned()).or_default();
            match now {
                Some(object) => objects.insert(name, object.clone()) != Some(object),
                None => objects.remove(&name).is_some(),
            }
        };
        self.tick(changed);
    }

    fn listing(&self, kind: &str) {
        self.known().listed.remove(kind);
    }

    fn list(&self, kind: &str, object: Arc<Unreadable>) {
        self.known().listed.entry(kind.to_owned()).or_default().insert(object.name(), object);
    }

    fn listed(&self, kind: &str) {
        let changed = {
            let mut known = self.known();
            let now = known.listed.remove(kind).unwrap_or_default();
            let before = known.objects.insert(kind.to_owned(), now.clone());
            before.unwrap_or_default() != now
        };
        self.tick(changed);
    }

    fn tick(&self, changed: bool) {
        if changed {
            self.1.send_modify(|n| *n += 1);
        }
    }
}

/// Events of what can be read; `unread` is told of the rest.
pub fn readable<K>(
    events: impl Stream<Item = watcher::Result<Event<Tolerant<K>>>>,
    store: Store<K>,
    unread: Unreadables,
) -> impl Stream<Item = watcher::Result<Event<K>>>
where
    K: Resource<DynamicType = ()> + Clone + 'static,
{
    events.filter_map(move |event| {
        future::ready(match event {
            Ok(event) => split(event, &store, &unread).map(Ok),
            Err(error) => Some(Err(error)),
        })
    })
}

fn split<K>(event: Event<Tolerant<K>>, store: &Store<K>, unread: &Unreadables) -> Option<Event<K>>
where
    K: Resource<DynamicType = ()> + Clone + 'static,
{
    let kind = K::kind(&());
    let name = |object: &Tolerant<K>| path(object.meta().namespace.as_deref(), &object.name_any());
    match event {
        Event::Init => {
            unread.listing(&kind);
            Some(Event::Init)
        }
        Event::InitApply(Tolerant::Read(object)) => Some(Event::InitApply(*object)),
        Event::InitApply(Tolerant::Unread(object)) => {
            tracing::error!(kind = &*kind, name = object.name(), why = object.why, "it cannot be read");
            unread.list(&kind, Arc::from(object));
            None
        }
        Event::InitDone => {
            unread.listed(&kind);
            Some(Event::InitDone)
        }
        Event::Apply(object) => {
            let name = name(&object);
            match object {
                Tolerant::Read(object) => {
                    unread.note(&kind, name, None);
                    Some(Event::Apply(*object))
                }
                Tolerant::Unread(object) => {
                    tracing::error!(kind = &*kind, name, why = object.why, "it cannot be read");
                    let mut reference = ObjectRef::new(object.meta.name.as_deref().unwrap_or_default());
                    reference.namespace.clone_from(&object.meta.namespace);
                    unread.note(&kind, name, Some(Arc::from(object)));
                    store.get(&reference).map(|before| Event::Delete(K::clone(&before)))
                }
            }
        }
        Event::Delete(object) => {
            unread.note(&kind, name(&object), None);
            match object {
                Tolerant::Read(object) => Some(Event::Delete(*object)),
                Tolerant::Unread(_) => None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use beffroi_crds::Tenant;
    use futures::stream;
    use kube::runtime::{WatchStreamExt, reflector};
    use serde_json::json;

    use super::*;

    fn tenant(name: &str, workspaces: u64) -> Tolerant<Tenant> {
        let mut tenant =
            serde_json::to_value(Tenant::new(name, beffroi_crds::TenantSpec::default())).unwrap();
        tenant["spec"]["quota"] = json!({"workspaces": workspaces});
        serde_json::from_value(tenant).unwrap()
    }

    const MANY: u64 = 5_000_000_000;

    /// Names that can be read, and names that cannot, after `events`.
    async fn after(events: Vec<Event<Tolerant<Tenant>>>) -> (Vec<String>, Vec<String>) {
        let (store, writer) = reflector::store();
        let unread = Unreadables::default();
        let events = readable(stream::iter(events.into_iter().map(Ok)), store.clone(), unread.clone());
        events.reflect(writer).for_each(|_| future::ready(())).await;
        let mut read: Vec<_> = store.state().iter().map(|tenant| tenant.name_any()).collect();
        read.sort();
        (read, unread.of("Tenant").into_keys().collect())
    }

    fn listed(all: impl IntoIterator<Item = Tolerant<Tenant>>) -> Vec<Event<Tolerant<Tenant>>> {
        let all = all.into_iter().map(Event::InitApply);
        [Event::Init].into_iter().chain(all).chain([Event::InitDone]).collect()
    }

    #[tokio::test]
    async fn what_cannot_be_read_is_known_of_from_the_first_list_on() {
        let (read, unread) = after(listed([tenant("a", 1), tenant("b", MANY)])).await;
        assert_eq!((read, unread), (vec!["a".to_owned()], vec!["b".to_owned()]));
    }

    #[tokio::test]
    async fn it_comes_and_goes_with_what_it_says() {
        let mut events = listed([tenant("a", 1), tenant("b", 1)]);
        events.push(Event::Apply(tenant("a", MANY)));
        assert_eq!(after(events.clone()).await, (vec!["b".to_owned()], vec!["a".to_owned()]));
        let mut mended = events.clone();
        mended.push(Event::Apply(tenant("a", 2)));
        assert_eq!(after(mended).await.1, Vec::<String>::new());
        events.push(Event::Delete(tenant("a", MANY)));
        assert_eq!(after(events).await, (vec!["b".to_owned()], Vec::new()));
    }

    #[tokio::test]
    async fn a_new_list_replaces_what_was_known() {
        let mut events = listed([tenant("a", MANY)]);
        events.extend(listed([tenant("b", MANY)]));
        assert_eq!(after(events).await, (Vec::new(), vec!["b".to_owned()]));
    }
}
