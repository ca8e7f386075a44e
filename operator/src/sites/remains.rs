//! What a site lists of a namespace that is gone, past every cache: its volumes and their snapshots by what they were
//! bound to, Velero's backups that hold it, buckets made for it. Metadata and a few fields; no content.

use beffroi_core::{
    evidence::statement::LookResult,
    message::{Message, progress::ProgressMessage, site::SiteMessage},
    plan::remains::{Remnant, Remnants},
};
use jiff::Timestamp;
use k8s_openapi::{
    api::core::v1::{Namespace, PersistentVolume},
    apimachinery::pkg::apis::meta::v1::Time,
};
use kube::{
    Api, Resource, ResourceExt,
    api::ListParams,
    core::{ApiResource, DynamicObject},
};
use serde::de::DeserializeOwned;

use super::{Connection, rows::text, seen, velero};

/// Objects that one answer holds at most.
const PAGE: u32 = 500;

/// The workspace that is looked for.
#[derive(Clone, Copy, Debug)]
pub struct Gone<'a> {
    /// Its namespace in the site.
    pub namespace: &'a str,
    /// When it was ordered: what was backed up before that was another's.
    pub ordered: Timestamp,
    /// When it was deleted.
    pub deleted: Timestamp,
}

/// Kinds that a site may serve, and how what is left of a namespace is found among them.
const SORTS: [Sort; 5] = [
    Sort {
        kind: "VolumeSnapshotContent",
        group: "snapshot.storage.k8s.io",
        plural: "volumesnapshotcontents",
        of: |object, gone| {
            bound(
                object,
                gone,
                "/spec/volumeSnapshotRef/namespace",
                &["/spec/driver", "/status/snapshotHandle"],
            )
        },
    },
    Sort {
        kind: "VolumeGroupSnapshotContent",
        group: "groupsnapshot.storage.k8s.io",
        plural: "volumegroupsnapshotcontents",
        of: |object, gone| {
            let handle = "/status/volumeGroupSnapshotHandle";
            bound(object, gone, "/spec/volumeGroupSnapshotRef/namespace", &["/spec/driver", handle])
        },
    },
    Sort { kind: "Backup", group: "velero.io", plural: "backups", of: backup },
    Sort {
        kind: "BackupRepository",
        group: "velero.io",
        plural: "backuprepositories",
        of: |object, gone| {
            let of = text(object, "/spec/volumeNamespace")? == gone.namespace;
            of.then(|| Remnant {
                name: full_name(object),
                place: words(object, &["/spec/backupStorageLocation", "/spec/repositoryType"]),
                state: text(object, "/status/phase").unwrap_or("unknown").to_owned(),
                ..Remnant::default()
            })
        },
    },
    Sort {
        kind: "Bucket",
        group: "objectstorage.k8s.io",
        plural: "buckets",
        of: |object, gone| {
            bound(object, gone, "/spec/bucketClaim/namespace", &["/spec/driverName", "/status/bucketID"])
        },
    },
];

struct Sort {
    kind: &'static str,
    group: &'static str,
    plural: &'static str,
    of: fn(&DynamicObject, &Gone<'_>) -> Option<Remnant>,
}

/// Asks a site what is left of a namespace. `Err` says why that cannot be told now: its namespace is there still, or the
/// site does not answer.
///
/// # Errors
/// What is waited for.
pub async fn look(connection: &Connection, gone: &Gone<'_>) -> Result<Remnants, Message> {
    let client = connection.client();
    let unseen = |error: kube::Error| Message::from(SiteMessage::RemainsUnseen { why: error.to_string() });
    match Api::<Namespace>::all(client.clone()).get_opt(gone.namespace).await {
        Ok(None) => {}
        Ok(Some(_)) => return Err(ProgressMessage::NamespaceLeaving.into()),
        Err(error) => return Err(unseen(error)),
    }
    let mut found = Remnants { site: connection.name().to_owned(), ..Remnants::default() };
    found.looked.push(("Namespace", LookResult::Seen));
    let volumes: Listed<PersistentVolume> = all(&Api::all(client.clone())).await.map_err(unseen)?;
    take(&mut found, "PersistentVolume", volumes, |one| volume(one, gone));
    let groups = client.list_api_groups().await.map_err(unseen)?.groups;
    for sort in SORTS {
        let group = groups.iter().find(|group| group.name == sort.group);
        let version = group.and_then(|g| g.preferred_version.as_ref().or_else(|| g.versions.first()));
        let Some(version) = version else {
            found.looked.push((sort.kind, LookResult::NotServed));
            continue;
        };
        let resource = ApiResource {
            group: sort.group.into(),
            version: version.version.clone(),
            api_version: version.group_version.clone(),
            kind: sort.kind.into(),
            plural: sort.plural.into(),
        };
        let listed = all(&Api::all_with(client.clone(), &resource)).await.map_err(unseen)?;
        take(&mut found, sort.kind, listed, |object| (sort.of)(object, gone));
    }
    for backup in found.objects.iter_mut().filter(|object| object.kind == "Backup") {
        let (home, _) = backup.name.split_once('/').unwrap_or_default();
        if let Some(address) = connection.inventory().backup_stores.get(home, &backup.place) {
            backup.place.clone_from(address);
        }
    }
    found.objects.sort_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));
    Ok(found)
}

/// What a site answered to a list.
enum Listed<K> {
    All(Vec<K>),
    Not(LookResult),
}

/// Everything of a kind, page by page.
async fn all<K>(api: &Api<K>) -> Result<Listed<K>, kube::Error>
where
    K: Resource + Clone + DeserializeOwned + std::fmt::Debug,
{
    let mut listed = Vec::new();
    let mut params = ListParams::default().limit(PAGE);
    loop {
        let page = match api.list(&params).await {
            Ok(page) => page,
            Err(kube::Error::Api(status)) if status.code == 404 => {
                return Ok(Listed::Not(LookResult::NotServed));
            }
            Err(kube::Error::Api(status)) if status.code == 403 => {
                return Ok(Listed::Not(LookResult::NotAllowed));
            }
            Err(error) => return Err(error),
        };
        let next = page.metadata.continue_.clone().filter(|next| !next.is_empty());
        listed.extend(page.items);
        match next {
            Some(next) => params = params.continue_token(&next),
            None => return Ok(Listed::All(listed)),
        }
    }
}

fn take<K>(found: &mut Remnants, kind: &'static str, listed: Listed<K>, of: impl Fn(&K) -> Option<Remnant>) {
    match listed {
        Listed::Not(why) => found.looked.push((kind, why)),
        Listed::All(all) => {
            found.looked.push((kind, LookResult::Seen));
            found.objects.extend(all.iter().filter_map(of).map(|object| Remnant { kind, ..object }));
        }
    }
}

/// A volume that is or was bound to a claim of the namespace.
fn volume(volume: &PersistentVolume, gone: &Gone<'_>) -> Option<Remnant> {
    let row = seen::volume(volume);
    if row.namespace.as_deref() != Some(gone.namespace) {
        return None;
    }
    let (spec, status) = (volume.spec.clone().unwrap_or_default(), volume.status.clone().unwrap_or_default());
    let policy = spec.persistent_volume_reclaim_policy.unwrap_or_else(|| "Retain".to_owned());
    let phase = status.phase.unwrap_or_else(|| "unknown".to_owned());
    let since = status.last_phase_transition_time.map_or(gone.deleted, |Time(at)| at);
    let place = [row.volume.class, row.volume.driver.or(Some(row.volume.source)), row.volume.handle];
    Some(Remnant {
        name: volume.name_any(),
        place: place.into_iter().flatten().collect::<Vec<_>>().join(" "),
        going: (policy == "Delete" && phase != "Failed").then_some(since),
        state: format!("{phase}, {policy}"),
        ..Remnant::default()
    })
}

/// A cluster-wide object that was made for one of the namespace; `policy` says whether it goes with it.
fn bound(object: &DynamicObject, gone: &Gone<'_>, namespace: &str, place: &[&str]) -> Option<Remnant> {
    if text(object, namespace)? != gone.namespace {
        return None;
    }
    let policy = text(object, "/spec/deletionPolicy").unwrap_or("Retain");
    let since = object.metadata.deletion_timestamp.as_ref().map_or(gone.deleted, |Time(at)| *at);
    Some(Remnant {
        name: object.name_any(),
        place: words(object, place),
        state: policy.to_owned(),
        going: (policy == "Delete").then_some(since),
        ..Remnant::default()
    })
}

/// A backup that holds the namespace. One of everything that was made before the workspace was ordered holds nothing
/// of it, and one that never began holds nothing at all.
fn backup(object: &DynamicObject, gone: &Gone<'_>) -> Option<Remnant> {
    let row = velero::backup(object);
    let phase = text(object, "/status/phase").unwrap_or("unknown");
    let began = text(object, "/status/startTimestamp").and_then(|at| at.parse::<Timestamp>().ok());
    let by_name = row.includes.iter().any(|name| name == gone.namespace);
    let before = !by_name && began.is_some_and(|at| at < gone.ordered);
    if !row.holds(gone.namespace) || before || phase == "FailedValidation" {
        return None;
    }
    Some(Remnant {
        name: full_name(object),
        place: row.store.unwrap_or_else(|| "default".to_owned()),
        state: phase.to_owned(),
        ..Remnant::default()
    })
}

fn words(object: &DynamicObject, pointers: &[&str]) -> String {
    pointers.iter().filter_map(|pointer| text(object, pointer)).collect::<Vec<_>>().join(" ")
}

fn full_name(object: &DynamicObject) -> String {
    match object.namespace() {
        Some(namespace) => format!("{namespace}/{}", object.name_any()),
        None => object.name_any(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, from_value, json};

    use super::*;

    fn gone() -> Gone<'static> {
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        Gone { namespace: "mairie-wiki", ordered: at(1_000), deleted: at(2_000) }
    }

    fn object(value: Value) -> DynamicObject {
        from_value(value).unwrap()
    }

    #[test]
    fn volumes_are_those_of_claims_of_the_namespace() {
        let pv = |namespace: &str, policy: &str, phase: &str| {
            let one = json!({"metadata": {"name": "pv"}, "spec": {"persistentVolumeReclaimPolicy": policy,
                "storageClassName": "bsu", "claimRef": {"namespace": namespace, "name": "data"},
                "csi": {"driver": "csi.example", "volumeHandle": "vol-1"}},
                "status": {"phase": phase, "lastPhaseTransitionTime": "1970-01-01T00:40:00Z"}});
            volume(&from_value(one).unwrap(), &gone())
        };
        assert!(pv("other", "Retain", "Released").is_none());
        let kept = pv("mairie-wiki", "Retain", "Released").unwrap();
        assert_eq!(
            (&*kept.state, &*kept.place, kept.going),
            ("Released, Retain", "bsu csi.example vol-1", None)
        );
        let going = pv("mairie-wiki", "Delete", "Released").unwrap().going;
        assert_eq!(going, Some(Timestamp::from_second(2_400).unwrap()));
        assert_eq!(pv("mairie-wiki", "Delete", "Failed").unwrap().going, None, "nobody deletes it any more");
    }

    #[test]
    fn snapshots_and_buckets_are_found_by_what_they_were_made_for() {
        let content = |policy: &str| {
            let of = SORTS.iter().find(|sort| sort.kind == "VolumeSnapshotContent").unwrap().of;
            of(
                &object(json!({"apiVersion": "v1", "kind": "X", "metadata": {"name": "snap"}, "spec": {
                    "deletionPolicy": policy, "driver": "csi.example",
                    "volumeSnapshotRef": {"namespace": "mairie-wiki", "name": "s"}}})),
                &gone(),
            )
        };
        assert_eq!(content("Retain").unwrap().going, None);
        assert_eq!(content("Delete").unwrap().going, Some(gone().deleted));
    }

    #[test]
    fn backups_are_those_that_hold_it() {
        let held = |spec: Value, began: &str, phase: &str| {
            let one = json!({"apiVersion": "velero.io/v1", "kind": "Backup",
                "metadata": {"name": "nuit", "namespace": "velero"}, "spec": spec,
                "status": {"phase": phase, "startTimestamp": began}});
            backup(&object(one), &gone()).is_some()
        };
        let (before, since) = ("1970-01-01T00:16:00Z", "1970-01-01T00:20:00Z");
        assert!(held(json!({}), since, "Completed") && !held(json!({}), before, "Completed"));
        let named = json!({"includedNamespaces": ["mairie-wiki"]});
        assert!(held(named.clone(), before, "Completed"), "what was ordered anew was ordered before");
        assert!(!held(named, since, "FailedValidation"));
        assert!(!held(json!({"excludedNamespaces": ["mairie-wiki"]}), since, "Completed"));
    }
}
