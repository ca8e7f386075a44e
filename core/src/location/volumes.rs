//! LOC-01, CRY-01: volumes are of classes that the site declares, in allowed places, encrypted where the policy
//! says so, and bound to no other place.

use super::{Case, refusal, seen::Volume};

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

fn class(case: &mut Case<'_>, object: &str, name: Option<&str>) {
    let site = case.site;
    let Some(name) = name.filter(|name| !name.is_empty()) else {
        return case.tell("LOC-01", object, "no storage class", "a storage class that the site declares");
    };
    let Some(class) = site.declared.storage_classes.iter().find(|class| class.name == name) else {
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
}

/// Sources whose data lies where the cluster says: a disk of a driver, or of a node.
const PLACED: [&str; 2] = ["csi", "local"];

fn bound(case: &mut Case<'_>, volume: &Volume) {
    let object = format!("PersistentVolume {}", volume.name);
    class(case, &object, volume.class.as_deref());
    if !PLACED.contains(&volume.source.as_str()) {
        let handle = volume.handle.as_deref().unwrap_or("unknown");
        let observed = format!("{} {handle}, whose place is not known", volume.source);
        case.tell("LOC-01", object.clone(), observed, "a volume of a CSI driver, or of a node");
    }
    for (key, wanted) in &case.site.declared.nodes.labels {
        if let Some(elsewhere) = volume.topology.get(key).filter(|values| values.iter().any(|v| v != wanted))
        {
            case.tell(
                "LOC-01",
                object.clone(),
                format!("{key} in {}", elsewhere.join(", ")),
                format!("{key}={wanted}"),
            );
        }
    }
}
