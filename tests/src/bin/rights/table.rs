//! The comparison, printed: each right with how often, and by which tests, it was exercised.

use beffroi_tests::rights::{Holder, Ledger, excused::EXCUSED, ledger::Entry};

/// Prints everything, and returns how many rights are not as they should be: left over without a reason, or excused
/// without need.
pub fn print(ledger: &Ledger) -> usize {
    let mut faults = stale(ledger);
    let mut totals = Vec::new();
    for holder in Holder::ALL {
        let entries: Vec<&Entry> =
            ledger.entries().iter().filter(|entry| entry.grant.holder == holder).collect();
        println!("\n{holder}");
        for entry in &entries {
            println!("  {:9} {}{}", used(entry), entry.grant.atom, remark(ledger, entry));
        }
        let used = entries.iter().filter(|entry| !entry.tests.is_empty()).count();
        let spared = entries.iter().filter(|entry| entry.tests.is_empty() && excuse(entry).is_some()).count();
        faults += entries.len() - used - spared;
        totals.push((holder, entries.len(), used, spared));
    }
    println!("\n{:24} {:>8} {:>8} {:>8} {:>8}", "", "granted", "used", "excused", "unused");
    for (holder, granted, used, spared) in totals {
        let holder = holder.to_string();
        println!("{holder:24} {granted:8} {used:8} {spared:8} {:8}", granted - used - spared);
    }
    faults
}

fn used(entry: &Entry) -> String {
    match (entry.tests.values().sum::<u64>(), excuse(entry)) {
        (0, Some(_)) => "excused".into(),
        (0, None) => "UNUSED".into(),
        (times, _) => format!("{times}×"),
    }
}

fn remark(ledger: &Ledger, entry: &Entry) -> String {
    let shortest = ledger.tests(&entry.grant.atom).first().map(|test| (*test).to_owned());
    let by = match (shortest, entry.tests.len()) {
        (None, _) => String::new(),
        (Some(test), 1) => format!("  by {test}"),
        (Some(test), more) => format!("  by {test} and {} more", more - 1),
    };
    let roles: Vec<&str> = entry.elsewhere.iter().map(String::as_str).collect();
    let elsewhere = if roles.is_empty() {
        String::new()
    } else {
        format!("  (Kubernetes itself gives it to everyone: {})", roles.join(", "))
    };
    let why = excuse(entry).filter(|_| entry.tests.is_empty()).map(|why| format!("  {why}"));
    by + &elsewhere + &why.unwrap_or_default()
}

fn excuse(entry: &Entry) -> Option<&'static str> {
    let atom = entry.grant.atom.to_string();
    EXCUSED.iter().find(|(excused, _)| *excused == atom).map(|(_, why)| *why)
}

/// Excuses for what needs none.
fn stale(ledger: &Ledger) -> usize {
    let needed = |excused: &str| {
        let found = ledger.entries().iter().find(|entry| entry.grant.atom.to_string() == excused);
        found.is_some_and(|entry| entry.tests.is_empty())
    };
    let stale = EXCUSED.iter().filter(|(excused, _)| !needed(excused));
    stale.inspect(|(excused, _)| println!("excused, and exercised or not granted: {excused}")).count()
}
