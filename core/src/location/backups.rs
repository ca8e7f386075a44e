//! LOC-02: backups that are seen lie in stores that the site declares, in allowed places, and in another
//! subdivision than the workspace where the policy says so.

use super::{Case, Rules, SiteView, refusal, seen::Backup};
use crate::message::location::LocationMessage;

/// Phase of Velero's backups that never began: nothing lies anywhere.
const NEVER_BEGAN: &str = "FailedValidation";

/// Whether a backup lies anywhere.
pub(super) fn lies(backup: &Backup) -> bool {
    backup.phase.as_deref() != Some(NEVER_BEGAN)
}

pub(super) fn check(case: &mut Case<'_>) {
    let site = case.site;
    for backup in site.seen.backups.iter().filter(|backup| lies(backup)) {
        for (observed, expected) in faults(case.rules, site, backup) {
            case.tell("LOC-02", format!("Backup {}", backup.name), observed, expected);
        }
    }
}

/// What is wrong with where a backup lies, each with what should be.
pub fn faults(rules: &Rules, site: &SiteView, backup: &Backup) -> Vec<(LocationMessage, LocationMessage)> {
    let Some(address) = &backup.store else {
        return vec![(LocationMessage::StoreUnknown, LocationMessage::StoreOfTheSite)];
    };
    let Some(store) = site.declared.backup_stores.iter().find(|store| lies_in(address, &store.address))
    else {
        let observed = LocationMessage::StoreUndeclared { address: address.clone() };
        return vec![(observed, LocationMessage::DeclaredStore)];
    };
    let name = || store.name.to_string();
    let mut found = Vec::new();
    if let Some(lies) = refusal(&rules.place, &store.country, &store.subdivision) {
        let observed = LocationMessage::StoreLies { store: name(), lies };
        found.push((observed, LocationMessage::AllowedPlace));
    }
    if rules.backups_elsewhere && *store.subdivision == *site.declared.subdivision {
        let subdivision = store.subdivision.to_string();
        let observed = LocationMessage::StoreLiesAsTheSite { store: name(), subdivision };
        found.push((observed, LocationMessage::AnotherSubdivision));
    }
    found
}

/// A bucket, or a place in it: another whose name only begins alike is another.
fn lies_in(address: &str, store: &str) -> bool {
    address
        .strip_prefix(store.trim_end_matches('/'))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
