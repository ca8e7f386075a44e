//! What remains of a workspace once its namespaces are gone: what each site lists → what goes by itself is awaited for
//! a while → the rest is told in the record of the deletion, by kind, name and place, with what was looked at.
//!
//! Deletion does not wait for ever. Nobody in a site deletes a volume that is to be retained but its administrator,
//! and backups outlive a workspace by the tenant's own order and by law: an order that waited for them would hold its
//! name, its quota and its tenant, and say nothing to anyone. What is left is signed instead, so that a DPO asks the
//! hosting provider for it by name.

use std::collections::BTreeMap;

use beffroi_crds::app::DataStoreKind;
use jiff::{SignedDuration, Timestamp};

use super::Order;
use crate::{
    evidence::statement::{Left, LookResult, LookedAt, Remains},
    trail::NOTE,
};

/// What one site lists of a workspace's namespace.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Name of the site.
    pub site: String,
    /// Kinds that were looked for, and how that went.
    pub looked: Vec<(&'static str, LookResult)>,
    /// What is there.
    pub objects: Vec<Object>,
}

/// An object that is there still.
#[derive(Clone, Debug, Default)]
pub struct Object {
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

/// What goes by itself and is waited for, in words; what has been going for longer than `patience` is not.
pub fn awaited(found: &[Found], now: Timestamp, patience: SignedDuration) -> Option<String> {
    let going = |object: &&Object| object.going.is_some_and(|since| now.duration_since(since) <= patience);
    let of = |site: &Found| {
        let names: Vec<String> = site
            .objects
            .iter()
            .filter(going)
            .map(|object| format!("{} {}", object.kind, object.name))
            .collect();
        (!names.is_empty()).then(|| format!("{}: waits for the end of {}", site.site, names.join(", ")))
    };
    let told: Vec<String> = found.iter().filter_map(of).collect();
    (!told.is_empty()).then(|| told.join("; "))
}

/// Most remains that are listed.
const LISTED: usize = 64;

/// What is signed of it.
pub fn remains(order: &Order<'_>, found: &[Found]) -> Remains {
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
    Remains { looked_at: looked, left, left_omitted, not_looked_at: not_looked_at(order, found) }
}

/// Where its data may lie that nobody looks at: what its apps keep outside of their volumes, as the catalogue says,
/// and the stores that its sites back up to.
fn not_looked_at(order: &Order<'_>, found: &[Found]) -> Vec<String> {
    let spec = &order.workspace.spec;
    let apps =
        spec.apps.iter().filter_map(|ordered| order.world.apps.get(&*ordered.name).map(|app| (ordered, app)));
    let stores = apps.flat_map(|(ordered, app)| {
        let outside = app
            .spec
            .data_stores
            .iter()
            .filter(|store| !matches!(store.kind, DataStoreKind::Volume | DataStoreKind::Cache));
        outside.map(|store| format!("{} of app {} ({:?})", &*store.name, &*ordered.name, store.kind))
    });
    let buckets = found.iter().filter_map(|site| order.world.sites.get(&site.site)).flat_map(|facts| {
        facts
            .site
            .spec
            .backup_stores
            .iter()
            .map(|store| format!("content of backup store {}", &*store.address))
    });
    stores.chain(buckets).take(LISTED).collect()
}

/// In one note: what is left, what was looked at, what was not, and `why`.
pub fn note(sites: &[&str], remains: &Remains, why: &str) -> String {
    let mut parts = Vec::new();
    if remains.left.is_empty() {
        parts.push(format!("nothing that was looked for is left of it on {}{why}", sites.join(", ")));
    } else {
        let mut kinds = BTreeMap::<(&str, &str, &str), Vec<&str>>::new();
        for left in &remains.left {
            kinds.entry((&left.site, &left.kind, &left.state)).or_default().push(&left.name);
        }
        parts.push(format!("its namespaces are gone from {}{why}", sites.join(", ")));
        parts.extend(kinds.into_iter().map(|((site, kind, state), names)| {
            format!("left on {site}: {} {kind} ({state}): {}", names.len(), names.join(", "))
        }));
        if remains.left_omitted > 0 {
            parts.push(format!("and {} more", remains.left_omitted));
        }
    }
    let of = |result: LookResult| {
        let mut kinds: Vec<&str> =
            remains.looked_at.iter().filter(|l| l.result == result).map(|l| l.kind.as_str()).collect();
        kinds.sort_unstable();
        kinds.dedup();
        (!kinds.is_empty()).then(|| kinds.join(", "))
    };
    parts.extend(of(LookResult::Seen).map(|kinds| format!("looked for: {kinds}")));
    parts.extend(of(LookResult::NotServed).map(|kinds| format!("not served there: {kinds}")));
    parts.extend(of(LookResult::NotAllowed).map(|kinds| format!("could not be looked for: {kinds}")));
    if !remains.not_looked_at.is_empty() {
        parts.push(format!("not looked at: {}", remains.not_looked_at.join(", ")));
    }
    let mut note = parts.join("; ");
    if note.chars().count() > NOTE {
        note = note.chars().take(NOTE - 1).chain(['…']).collect();
    }
    note
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use beffroi_crds::{Workspace, app::DataStore};

    use super::*;
    use crate::{french::tests::assert_french, policy::fixtures::Scene};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn volume(name: &str, state: &str, going: Option<i64>) -> Object {
        Object {
            kind: "PersistentVolume",
            name: name.into(),
            place: "bsu-chiffre vol-1".into(),
            state: state.into(),
            going: going.map(at),
        }
    }

    fn found(objects: Vec<Object>) -> Found {
        let looked = vec![
            ("PersistentVolume", LookResult::Seen),
            ("VolumeSnapshotContent", LookResult::NotServed),
            ("Backup", LookResult::NotAllowed),
        ];
        Found { site: "par1".into(), looked, objects }
    }

    #[test]
    fn what_goes_by_itself_is_awaited_and_not_for_ever() {
        let all =
            [found(vec![volume("a", "Released, Delete", Some(10)), volume("b", "Released, Retain", None)])];
        let patience = SignedDuration::from_secs(60);
        let told = awaited(&all, at(70), patience).unwrap();
        assert_eq!(told, "par1: waits for the end of PersistentVolume a");
        assert_french(&told);
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
        let nothing = remains(&order, &[found(Vec::new())]);
        let told = note(&["par1"], &nothing, "");
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
        told.split("; ").for_each(assert_french);

        let two = ["a", "b"].map(|name| volume(name, "Released, Retain", None)).to_vec();
        let left = remains(&order, &[found(two)]);
        assert_eq!((left.left.len(), &*left.left[0].place), (2, "bsu-chiffre vol-1"));
        let told = note(&["par1"], &left, "");
        assert!(told.contains("left on par1: 2 PersistentVolume (Released, Retain): a, b"), "{told}");
        assert!(!told.contains("nothing"), "{told}");
        told.split("; ").for_each(assert_french);

        let many = (0..500).map(|n| volume(&format!("pvc-{n:036}"), "Released, Retain", None)).collect();
        let left = remains(&order, &[found(many)]);
        assert_eq!((left.left.len(), left.left_omitted), (LISTED, 500 - 64));
        assert!(note(&["par1"], &left, "").chars().count() <= NOTE);
    }
}
