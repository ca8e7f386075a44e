//! LOC-01, CRY-01: volumes are of classes that the site declares, in allowed places, encrypted where the policy
//! says so; a class in the cluster is the one that is declared; a volume was provisioned by its class's provisioner,
//! and its topology shows where it lies.
//!
//! What contradicts is a finding. What nobody can tell is unproven: a finding only where the policy wants the place of
//! volumes proven, and otherwise a limit of the statement.

use beffroi_crds::site::StorageClass;

use super::{Case, refusal, seen::Volume};
use crate::site::classes;

pub(super) fn check(case: &mut Case<'_>) {
    let site = case.site;
    for pod in &site.seen.pods {
        for volume in &pod.volumes {
            case.tell(
                "LOC-01",
                format!("Pod {} volume {}", pod.name, volume.name),
                format!("{}, whose place is not known", volume.source),
                "a claim of a storage class that the site declares",
            );
        }
    }
    for claim in &site.seen.claims {
        let object = format!("PersistentVolumeClaim {}", claim.name);
        class(case, &object, claim.class.as_deref());
        let Some(name) = &claim.volume else { continue };
        match site.seen.volumes.iter().find(|volume| volume.name == *name && volume.known) {
            None => case.tell(
                "LOC-01",
                object,
                format!("volume {name}, which is not known to the cluster"),
                "a volume of the site",
            ),
            Some(volume) => bound(case, volume),
        }
    }
}

/// The class as the site declares it.
fn declared<'a>(case: &Case<'a>, name: Option<&str>) -> Option<&'a StorageClass> {
    case.site.declared.storage_classes.iter().find(|class| Some(class.name.as_str()) == name)
}

fn class(case: &mut Case<'_>, object: &str, name: Option<&str>) {
    let site = case.site;
    let Some(name) = name.filter(|name| !name.is_empty()) else {
        return case.tell("LOC-01", object, "no storage class", "a storage class that the site declares");
    };
    let Some(class) = declared(case, Some(name)) else {
        let declared: Vec<&str> = site.declared.storage_classes.iter().map(|c| c.name.as_str()).collect();
        return case.tell(
            "LOC-01",
            object,
            format!("storage class {name}, which is not declared"),
            format!("one of {}", declared.join(", ")),
        );
    };
    if let Some(why) = refusal(&case.rules.place, &class.country, &class.subdivision) {
        case.tell("LOC-01", object, format!("storage class {name} keeps its data {why}"), "an allowed place");
    }
    if case.rules.encrypted && !class.encrypted {
        case.tell("CRY-01", object, format!("storage class {name} does not encrypt"), "encryption at rest");
    }
    if class.provisioner.is_none() {
        case.doubt(
            object,
            format!("storage class {name}, whose provisioner is not declared"),
            "spec.storageClasses[].provisioner declared by the site",
        );
    }
    match site.seen.classes.iter().find(|seen| seen.name == name && seen.known) {
        Some(seen) => classes::differences(class, &seen.facts).into_iter().for_each(|difference| {
            let observed = format!("storage class {name} of {}", difference.observed);
            case.tell("LOC-01", object, observed, difference.expected);
        }),
        None => case.doubt(
            object,
            format!("storage class {name}, which is not in the cluster"),
            "the storage class that the site declares",
        ),
    }
}

/// Sources whose data lies where the cluster says: a disk of a driver, or of a node.
const PLACED: [&str; 2] = ["csi", "local"];

/// Of classes whose volumes somebody makes by hand, on the disks of nodes.
const BY_HAND: &str = "kubernetes.io/no-provisioner";

fn bound(case: &mut Case<'_>, volume: &Volume) {
    let object = format!("PersistentVolume {}", volume.name);
    class(case, &object, volume.class.as_deref());
    if !PLACED.contains(&volume.source.as_str()) {
        let handle = volume.handle.as_deref().unwrap_or("unknown");
        let observed = format!("{} {handle}, whose place is not known", volume.source);
        case.tell("LOC-01", object.clone(), observed, "a volume of a CSI driver, or of a node");
    }
    let class = declared(case, volume.class.as_deref());
    if let Some(class) = class {
        of_its_class(case, &object, volume, class);
    }
    topology(case, &object, volume, class);
}

/// Whether a volume is what its class's provisioner makes.
fn of_its_class(case: &mut Case<'_>, object: &str, volume: &Volume, class: &StorageClass) {
    let Some(provisioner) = &class.provisioner else { return };
    let wanted = format!("a volume of {provisioner}");
    match (volume.source.as_str(), &volume.driver) {
        ("csi", driver) if driver.as_ref() != Some(provisioner) => {
            let driver = driver.as_deref().unwrap_or("none");
            case.tell("LOC-01", object, format!("a volume of driver {driver}"), wanted.clone());
        }
        // Who provisioned it is written by whoever makes it, and of a disk of a node nothing else tells.
        ("local", _) if provisioner != BY_HAND => {
            case.doubt(object, "a disk of a node", wanted.clone());
        }
        _ => {}
    }
    if provisioner != BY_HAND && volume.provisioner.as_ref() != Some(provisioner) {
        let observed = match &volume.provisioner {
            None => "made by hand".to_owned(),
            Some(other) => format!("provisioned by {other}"),
        };
        case.tell("LOC-01", object, observed, wanted);
    } else if provisioner == BY_HAND && volume.source != "local" {
        case.tell("LOC-01", object, format!("a volume of source {}", volume.source), "a local volume");
    }
    if let Some(prefix) = &class.volume_handle_prefix {
        let handle = volume.handle.as_deref().unwrap_or("none");
        if !handle.starts_with(prefix.as_str()) {
            case.tell("LOC-01", object, format!("handle {handle}"), format!("handle {prefix}…"));
        }
    }
    for (key, value) in &volume.attributes {
        // Drivers read the names of attributes in any case.
        let declared = class.parameters.iter().find(|(name, _)| name.eq_ignore_ascii_case(key));
        if let Some((_, wanted)) = declared.filter(|(_, wanted)| *wanted != value) {
            let (observed, expected) =
                (format!("attribute {key}={value}"), format!("attribute {key}={wanted}"));
            case.tell("LOC-01", object, observed, expected);
        }
    }
}

/// Where a volume's topology says that it lies: elsewhere, here, or nothing.
fn topology(case: &mut Case<'_>, object: &str, volume: &Volume, class: Option<&StorageClass>) {
    let site = case.site;
    let own = class.map(|class| &class.topology).filter(|topology| !topology.is_empty());
    let wanted = own.unwrap_or(&site.declared.nodes.labels);
    for (key, wanted) in site.declared.nodes.labels.iter().chain(own.into_iter().flatten()) {
        if let Some(elsewhere) = volume.topology.get(key).filter(|values| values.iter().any(|v| v != wanted))
        {
            case.tell(
                "LOC-01",
                object,
                format!("{key} in {}", elsewhere.join(", ")),
                format!("{key}={wanted}"),
            );
        }
    }
    let here = wanted.iter().any(|(key, value)| {
        let asked = volume
            .topology
            .get(key)
            .is_some_and(|values| !values.is_empty() && values.iter().all(|v| v == value));
        asked && !volume.loose.contains(key)
    });
    // The nodes themselves are judged with the others.
    let on_nodes = !volume.nodes.is_empty()
        && volume.nodes.iter().all(|name| site.seen.nodes.iter().any(|node| node.name == *name));
    if !here && !on_nodes {
        let expected = if wanted.is_empty() {
            "a topology that spec.storageClasses[].topology declares".to_owned()
        } else {
            wanted.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join(" / ")
        };
        case.doubt(object, "no topology that shows its place", expected);
    }
}
