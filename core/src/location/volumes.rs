//! LOC-01, CRY-01: volumes are of classes that the site declares, in allowed places, encrypted where the policy
//! says so; a class in the cluster is the one that is declared; a volume was provisioned by its class's provisioner,
//! and its topology shows where it lies.
//!
//! What contradicts is a finding. What nobody can tell is unproven: a finding only where the policy wants the place of
//! volumes proven, and otherwise a limit of the statement.

use beffroi_crds::site::StorageClass;

use super::{Case, refusal, seen::Volume};
use crate::{
    message::{
        location::{Alternatives, LocationMessage},
        rules::RuleMessage,
    },
    site::classes,
};

pub(super) fn check(case: &mut Case<'_>) {
    let site = case.site;
    for pod in &site.seen.pods {
        for volume in &pod.volumes {
            case.tell(
                "LOC-01",
                format!("Pod {} volume {}", pod.name, volume.name),
                LocationMessage::VolumeOfAPod { source: volume.source.clone() },
                LocationMessage::ClaimOfADeclaredClass,
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
                LocationMessage::VolumeUnknown { volume: name.clone() },
                LocationMessage::VolumeOfTheSite,
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
        return case.tell("LOC-01", object, LocationMessage::NoClass, LocationMessage::ADeclaredClass);
    };
    let named = || name.to_owned();
    let Some(class) = declared(case, Some(name)) else {
        let names = site.declared.storage_classes.iter().map(|c| c.name.clone()).collect();
        return case.tell(
            "LOC-01",
            object,
            LocationMessage::ClassUndeclared { class: named() },
            LocationMessage::OneOf { names },
        );
    };
    if let Some(lies) = refusal(&case.rules.place, &class.country, &class.subdivision) {
        let observed = RuleMessage::ClassMisplaced { class: named(), lies };
        case.tell("LOC-01", object, observed, LocationMessage::AllowedPlace);
    }
    if case.rules.encrypted && !class.encrypted {
        let observed = LocationMessage::ClassUnencrypted { class: named() };
        case.tell("CRY-01", object, observed, LocationMessage::EncryptionAtRest);
    }
    if class.provisioner.is_none() {
        case.doubt(
            object,
            LocationMessage::ClassWithoutProvisioner { class: named() },
            LocationMessage::ProvisionerDeclared,
        );
    }
    match site.seen.classes.iter().find(|seen| seen.name == name && seen.known) {
        Some(seen) => classes::differences(class, &seen.facts).into_iter().for_each(|difference| {
            let observed = Box::new(difference.observed.into());
            let observed = LocationMessage::ClassDiffers { class: named(), observed };
            case.tell("LOC-01", object, observed, difference.expected);
        }),
        None => case.doubt(
            object,
            LocationMessage::ClassMissing { class: named() },
            LocationMessage::TheDeclaredClass,
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
        let source = volume.source.clone();
        let observed = match volume.handle.clone() {
            None => LocationMessage::VolumeElsewhereUnnamed { source },
            Some(handle) => LocationMessage::VolumeElsewhere { source, handle },
        };
        case.tell("LOC-01", object.clone(), observed, LocationMessage::VolumeOfADriverOrNode);
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
    let wanted = LocationMessage::VolumeOf { provisioner: provisioner.clone() };
    match (volume.source.as_str(), &volume.driver) {
        ("csi", driver) if driver.as_ref() != Some(provisioner) => {
            let observed = match driver.clone() {
                None => LocationMessage::VolumeOfNoDriver,
                Some(driver) => LocationMessage::VolumeOfDriver { driver },
            };
            case.tell("LOC-01", object, observed, wanted.clone());
        }
        // Who provisioned it is written by whoever makes it, and of a disk of a node nothing else tells.
        ("local", _) if provisioner != BY_HAND => {
            case.doubt(object, LocationMessage::DiskOfANode, wanted.clone());
        }
        _ => {}
    }
    if provisioner != BY_HAND && volume.provisioner.as_ref() != Some(provisioner) {
        let observed = match volume.provisioner.clone() {
            None => LocationMessage::MadeByHand,
            Some(provisioner) => LocationMessage::ProvisionedBy { provisioner },
        };
        case.tell("LOC-01", object, observed, wanted);
    } else if provisioner == BY_HAND && volume.source != "local" {
        let observed = LocationMessage::VolumeOfSource { source: volume.source.clone() };
        case.tell("LOC-01", object, observed, LocationMessage::LocalVolume);
    }
    if let Some(prefix) = &class.volume_handle_prefix {
        let wanted = LocationMessage::HandlePrefix { prefix: prefix.clone() };
        match volume.handle.clone() {
            Some(handle) if handle.starts_with(prefix.as_str()) => {}
            Some(handle) => case.tell("LOC-01", object, LocationMessage::Handle { handle }, wanted),
            None => case.tell("LOC-01", object, LocationMessage::NoHandle, wanted),
        }
    }
    for (key, value) in &volume.attributes {
        // Drivers read the names of attributes in any case.
        let declared = class.parameters.iter().find(|(name, _)| name.eq_ignore_ascii_case(key));
        if let Some((_, wanted)) = declared.filter(|(_, wanted)| *wanted != value) {
            let of = |value: &String| LocationMessage::Attribute { name: key.clone(), value: value.clone() };
            case.tell("LOC-01", object, of(value), of(wanted));
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
                LocationMessage::LabelIn { label: key.clone(), values: elsewhere.clone() },
                LocationMessage::Value { of: key.clone(), value: wanted.clone() },
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
            LocationMessage::TopologyDeclared
        } else {
            let labels = wanted.iter().map(|(key, value)| format!("{key}={value}")).collect();
            LocationMessage::AnyLabel { labels: Alternatives(labels) }
        };
        case.doubt(object, LocationMessage::NoTopology, expected);
    }
}
