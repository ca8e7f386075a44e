//! LOC-02: backups that are seen lie in stores that the site declares, in allowed places, and in another
//! subdivision than the workspace where the policy says so.

use super::{Case, refusal};

pub(super) fn check(case: &mut Case<'_>) {
    let site = case.site;
    for backup in &site.seen.backups {
        let object = format!("Backup {}", backup.name);
        let Some(address) = &backup.store else {
            case.tell("LOC-02", object, "a store that is not known", "a store that the site declares");
            continue;
        };
        let Some(store) = site.declared.backup_stores.iter().find(|store| lies_in(address, &store.address))
        else {
            case.tell(
                "LOC-02",
                object,
                format!("store {address}, which is not declared"),
                "a declared store",
            );
            continue;
        };
        if let Some(why) = refusal(&case.rules.place, &store.country, &store.subdivision) {
            case.tell(
                "LOC-02",
                object.clone(),
                format!("store {} lies {why}", &*store.name),
                "an allowed place",
            );
        }
        if case.rules.backups_elsewhere && *store.subdivision == *site.declared.subdivision {
            case.tell(
                "LOC-02",
                object,
                format!("store {} lies in {}, as the site does", &*store.name, &*store.subdivision),
                "another subdivision",
            );
        }
    }
}

/// A bucket, or a place in it: another whose name only begins alike is another.
fn lies_in(address: &str, store: &str) -> bool {
    address
        .strip_prefix(store.trim_end_matches('/'))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
