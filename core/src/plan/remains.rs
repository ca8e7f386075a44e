//! What remains of a workspace once its namespaces are gone: what each site lists → what goes by itself is awaited for
//! a while → the rest is told in the record of the deletion, by kind, name and place, with what was looked at.
//!
//! Deletion does not wait for ever. Nobody in a site deletes a volume that is to be retained but its administrator,
//! and backups outlive a workspace by the tenant's own order and by law: an order that waited for them would hold its
//! name, its quota and its tenant, and say nothing to anyone. What is left is signed instead, so that a DPO asks the
//! hosting provider for it by name.

use std::collections::{BTreeMap, BTreeSet};

use beffroi_crds::app::DataStoreKind;
use jiff::{SignedDuration, Timestamp};

use super::Order;
use crate::{
    evidence::statement::{Left, LookResult, LookedAt, Remains, Told},
    message::{
        Message,
        change::{ChangeMessage, Elsewhere},
        list,
        progress::ProgressMessage,
    },
    trail::NOTE,
};

/// What one site lists of a workspace's namespace.
#[derive(Clone, Debug, Default)]
pub struct Remnants {
    /// Name of the site.
    pub site: String,
    /// Kinds that were looked for, and how that went.
    pub looked: Vec<(&'static str, LookResult)>,
    /// What is there.
    pub objects: Vec<Remnant>,
}

/// An object that is there still.
#[derive(Clone, Debug, Default)]
pub struct Remnant {
    /// Its kind.
    pub kind: &'static str,
    /// Its name, with its namespace where it has one.
    pub name: String,
    /// Where it lies, as far as it says.
    pub place: String,
    /// What becomes of it.
    pub state: String,
    /// Since when it is on its way out, where it goes by itself; `None` where somebody must delete it.
    pub going: Option<Timestamp>,
}

/// What goes by itself and is waited for; what has been going for longer than `patience` is not.
pub fn awaited(found: &[Remnants], now: Timestamp, patience: SignedDuration) -> Option<Message> {
    let going = |object: &&Remnant| object.going.is_some_and(|since| now.duration_since(since) <= patience);
    let of = |site: &Remnants| {
        let objects = site.objects.iter().filter(going);
        let of: Vec<String> = objects.map(|object| format!("{} {}", object.kind, object.name)).collect();
        (!of.is_empty()).then(|| Message::from(ProgressMessage::WaitsForTheEnd { of }).of(&site.site))
    };
    let told: Vec<Message> = found.iter().filter_map(of).collect();
    (!told.is_empty()).then(|| list(told))
}

/// Most remains that are listed.
const LISTED: usize = 64;

/// What is signed of it.
pub fn remains(found: &[Remnants], elsewhere: &[Elsewhere]) -> Remains {
    let looked = found.iter().flat_map(|site| {
        let of = |(kind, result): &(&'static str, LookResult)| LookedAt {
            site: site.site.clone(),
            kind: (*kind).to_owned(),
            result: *result,
        };
        site.looked.iter().map(of)
    });
    let left = found.iter().flat_map(|site| {
        site.objects.iter().map(|object| Left {
            site: site.site.clone(),
            kind: object.kind.to_owned(),
            name: object.name.clone(),
            place: object.place.clone(),
            state: object.state.clone(),
        })
    });
    let (mut looked, mut left): (Vec<_>, Vec<_>) = (looked.collect(), left.collect());
    looked.sort();
    left.sort();
    let left_omitted = u32::try_from(left.len().saturating_sub(LISTED)).unwrap_or(u32::MAX);
    left.truncate(LISTED);
    let not_looked_at = elsewhere
        .iter()
        .map(|at| Told::from(&ChangeMessage::PlaceNotLookedAt { at: at.clone() }.into()))
        .collect();
    Remains { looked_at: looked, left, left_omitted, not_looked_at }
}

/// Where its data may lie that nobody looks at: what its apps keep outside of their volumes, as the catalogue says,
/// and the stores that its sites back up to.
pub fn elsewhere(order: &Order<'_>, found: &[Remnants]) -> Vec<Elsewhere> {
    let spec = &order.workspace.spec;
    let apps =
        spec.apps.iter().filter_map(|ordered| order.world.apps.get(&*ordered.name).map(|app| (ordered, app)));
    let stores = apps.flat_map(|(ordered, app)| {
        let outside = app
            .spec
            .data_stores
            .iter()
            .filter(|store| !matches!(store.kind, DataStoreKind::Volume | DataStoreKind::Cache));
        outside.map(|store| Elsewhere::Store {
            store: store.name.to_string(),
            app: ordered.name.to_string(),
            kind: format!("{:?}", store.kind),
        })
    });
    let buckets = found.iter().filter_map(|site| order.world.sites.get(&site.site)).flat_map(|facts| {
        let stores = facts.site.spec.backup_stores.iter();
        stores.map(|store| Elsewhere::BackupStore { address: store.address.to_string() })
    });
    stores.chain(buckets).take(LISTED).collect()
}

/// In one note: what is left, what was looked at, what was not; of names as many as there is room for.
pub fn note(sites: &[&str], remains: &Remains, elsewhere: &[Elsewhere], as_ordered: bool) -> Message {
    let told = |most| told(sites, remains, elsewhere, as_ordered, most);
    let fits = |note: &Message| note.to_string().chars().count() <= NOTE;
    (1..=LISTED).rev().map(told).find(fits).unwrap_or_else(|| told(0))
}

/// The same, with so many of each list at most.
fn told(
    sites: &[&str],
    remains: &Remains,
    elsewhere: &[Elsewhere],
    as_ordered: bool,
    most: usize,
) -> Message {
    let sites: Vec<String> = sites.iter().map(ToString::to_string).collect();
    let gone = match (remains.left.is_empty(), sites.is_empty()) {
        (true, true) => ChangeMessage::NothingLeftAnywhere,
        (true, false) => ChangeMessage::NothingLeft { sites },
        (false, _) => ChangeMessage::NamespacesGone { sites },
    };
    let gone = if as_ordered { ChangeMessage::GoneAsOrdered { what: Box::new(gone.into()) } } else { gone };
    let mut kinds = BTreeMap::<(&str, &str, &str), Vec<&str>>::new();
    for left in &remains.left {
        kinds.entry((&left.site, &left.kind, &left.state)).or_default().push(&left.name);
    }
    let unnamed: usize = kinds.values().skip(most).map(Vec::len).sum();
    let left = kinds.into_iter().take(most).map(|((site, kind, state), names)| ChangeMessage::Left {
        site: site.to_owned(),
        count: names.len(),
        kind: kind.to_owned(),
        state: state.to_owned(),
        names: cut(&names, most),
    });
    let more = unnamed + usize::try_from(remains.left_omitted).unwrap_or(usize::MAX);
    let and_more = |more| ChangeMessage::AndMore { more };
    let more = (more > 0).then(|| and_more(more));
    let kinds = |result: LookResult| {
        let looked = remains.looked_at.iter().filter(|looked| looked.result == result);
        let kinds: BTreeSet<String> = looked.map(|looked| looked.kind.clone()).collect();
        (!kinds.is_empty()).then(|| kinds.into_iter().collect())
    };
    let looked = [
        kinds(LookResult::Seen).map(|kinds| ChangeMessage::LookedFor { kinds }),
        kinds(LookResult::NotServed).map(|kinds| ChangeMessage::NotServed { kinds }),
        kinds(LookResult::NotAllowed).map(|kinds| ChangeMessage::NotLookedFor { kinds }),
    ];
    let what: Vec<Elsewhere> = elsewhere.iter().take(most.max(1)).cloned().collect();
    let untold = (elsewhere.len() > what.len()).then(|| and_more(elsewhere.len() - what.len()));
    let not = (!what.is_empty()).then_some(ChangeMessage::NotLookedAt { what });
    let looked = looked.into_iter().flatten();
    let all = [gone].into_iter().chain(left).chain(more).chain(looked).chain(not).chain(untold);
    list(all.map(Message::from))
}

/// The first of these names; what is cut ends with `…`.
fn cut(names: &[&str], most: usize) -> Vec<String> {
    let rest = (names.len() > most).then_some("…");
    names.iter().copied().take(most).chain(rest).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use beffroi_crds::{Workspace, app::DataStore};

    use super::*;
    use crate::{message::Language, policy::fixtures::Scene};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn volume(name: &str, state: &str, going: Option<i64>) -> Remnant {
        Remnant {
            kind: "PersistentVolume",
            name: name.into(),
            place: "bsu-chiffre vol-1".into(),
            state: state.into(),
            going: going.map(at),
        }
    }

    fn found(objects: Vec<Remnant>) -> Remnants {
        let looked = vec![
            ("PersistentVolume", LookResult::Seen),
            ("VolumeSnapshotContent", LookResult::NotServed),
            ("Backup", LookResult::NotAllowed),
        ];
        Remnants { site: "par1".into(), looked, objects }
    }

    #[test]
    fn what_goes_by_itself_is_awaited_and_not_for_ever() {
        let all =
            [found(vec![volume("a", "Released, Delete", Some(10)), volume("b", "Released, Retain", None)])];
        let patience = SignedDuration::from_secs(60);
        let told = awaited(&all, at(70), patience).unwrap();
        assert_eq!(told.to_string(), "par1: waits for the end of PersistentVolume a");
        assert_eq!(awaited(&all, at(71), patience), None);
        assert_eq!(awaited(&[found(vec![volume("b", "Released, Retain", None)])], at(0), patience), None);
    }

    #[test]
    fn what_is_left_is_told_by_kind_name_and_place_and_what_was_not_looked_at_too() {
        let mut scene = Scene::default();
        let stores = [("media", DataStoreKind::Bucket), ("data", DataStoreKind::Volume)];
        scene.app.spec.data_stores =
            stores.map(|(name, kind)| DataStore { name: name.into(), kind, ..DataStore::default() }).to_vec();
        scene.world.apps.insert("docs".into(), Arc::new(scene.app.clone()));
        let workspace = Workspace::new("mairie", scene.workspace.clone());
        let live = BTreeMap::new();
        let order = Order {
            world: &scene.world,
            workspace: &workspace,
            tenant: Some(&scene.tenant),
            siblings: &[],
            live: &live,
        };
        let elsewhere = elsewhere(&order, &[found(Vec::new())]);
        let nothing = remains(&[found(Vec::new())], &elsewhere);
        let told = note(&["par1"], &nothing, &elsewhere, false).to_string();
        assert!(
            told.starts_with(
                "nothing that was looked for is left of it on par1; looked for: PersistentVolume"
            )
        );
        for part in [
            "not served there: VolumeSnapshotContent",
            "could not be looked for: Backup",
            "media of app docs (Bucket)",
        ] {
            assert!(told.contains(part), "{told}");
        }
        assert!(!told.contains("data of app docs"), "its volumes were looked for");
        assert_eq!(nothing.not_looked_at[0].to_string(), "media of app docs (Bucket)");
        let french = note(&[], &nothing, &elsewhere, true).in_language(Language::Fr);
        let at_its_end = "il n'en reste rien parmi ce qui a été cherché : supprimé à la date que sa commande fixait ; cherché :";
        assert!(french.starts_with(at_its_end), "{french}");
        assert!(french.ends_with("n'a pas été regardé : media de l'application docs (Bucket)"), "{french}");

        let two = ["a", "b"].map(|name| volume(name, "Released, Retain", None)).to_vec();
        let left = remains(&[found(two)], &elsewhere);
        assert_eq!((left.left.len(), &*left.left[0].place), (2, "bsu-chiffre vol-1"));
        let told = note(&["par1"], &left, &elsewhere, false).to_string();
        assert!(told.contains("left on par1: 2 PersistentVolume (Released, Retain): a, b"), "{told}");
        assert!(!told.contains("nothing"), "{told}");

        let many = (0..500).map(|n| volume(&format!("pvc-{n:036}"), "Released, Retain", None)).collect();
        let left = remains(&[found(many)], &elsewhere);
        assert_eq!((left.left.len(), left.left_omitted), (LISTED, 500 - 64));
        let told = note(&["par1"], &left, &elsewhere, false).to_string();
        assert!(told.chars().count() <= NOTE && told.contains(", …; and 436 more; looked for"), "{told}");
        let kinds = (0..500).map(|n| volume(&format!("pvc-{n:036}"), &format!("{n:036}"), None)).collect();
        let told = note(&["par1"], &remains(&[found(kinds)], &elsewhere), &elsewhere, false).to_string();
        assert!(told.chars().count() <= NOTE && told.contains("left on par1: 1 "), "{told}");
    }
}
