//! One life on servers in memory: something is ordered, stands, is asked to go, and is gone. Whatever one write meets,
//! a life ends as one that met nothing.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use beffroi_core::drift::differences;
use futures::{StreamExt, stream};
use http::Method;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    script::{Asked, Fault},
    server::Server,
    town::{Of, Town},
};

/// Turns that a life takes at most until it settles.
const MANY: usize = 60;

/// Lives that are lived at once: each waits a little at its beginning. Many would slow one another until what waits for an
/// answer gives up.
const AT_ONCE: usize = 4;

/// How long the log is waited for where it is not what is tried.
pub const LONG: Duration = Duration::from_mins(10);

/// How each turn is taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Way {
    /// Once, as soon as the caches show what is there.
    Plain,
    /// First with a log that takes nothing.
    WithoutLog,
    /// With a log that takes longer than anybody waits.
    SlowLog,
    /// And once more before the caches show what the first one did.
    Blind,
}

/// A life, told.
#[derive(Debug, Default)]
pub struct Life {
    /// Each write, but for events.
    pub asked: Vec<Asked>,
    /// What is there once all stands.
    pub there: BTreeMap<String, Value>,
    /// What is there in the end.
    pub gone: BTreeMap<String, Value>,
    /// What the log says.
    pub log: Vec<String>,
    /// What came of the turn that met the fault.
    pub met: Option<&'static str>,
    /// What came of each turn that was taken blind, or without a log.
    pub hindered: Vec<&'static str>,
    /// Where it did not come to an end.
    stuck: Option<String>,
    /// Whether it is kept in mind after its end.
    remembered: bool,
}

/// A life in which one write meets something, the `nth` of its like.
pub async fn live(of: Of, way: Way, fault: Option<(&str, usize, Fault)>) -> Life {
    let silent = fault.is_some_and(|(.., fault)| fault == Fault::Silence);
    let patience = if way == Way::SlowLog { Duration::from_millis(20) } else { LONG };
    let town = Town::with_log(of, if silent { 1 } else { 600 }, patience).await;
    if let Some((write, nth, fault)) = fault {
        town.script.fail(write, nth, fault);
    }
    if way == Way::SlowLog {
        town.log_is_slow();
    }
    let mut life = Life::default();
    settle(&town, way, &mut life).await;
    if of == Of::Meddled {
        let more = json!({"spec": {"hard": {"pods": "9999"}}});
        town.site.somebody(Method::PATCH, "resourcequotas", "workspace", more);
        settle(&town, way, &mut life).await;
        town.site.somebody(Method::DELETE, "resourcequotas", "workspace", Value::Null);
        settle(&town, way, &mut life).await;
    }
    life.there = state(&town);
    if of == Of::Tenant {
        town.management.somebody(Method::DELETE, "tenants", "macon", Value::Null);
    } else {
        let order = json!({"spec": {"deleteAfter": "2026-01-01T00:00:00Z"}});
        town.management.somebody(Method::PATCH, "workspaces", "mairie", order);
    }
    settle(&town, way, &mut life).await;
    life.remembered = town.remembers();
    Life { asked: town.script.asked(), gone: state(&town), log: town.log().await, ..life }
}

/// A life that is hindered all along comes to what one that is not comes to, without a needless write, and is told `why`.
pub async fn hindered(of: Of, way: Way, why: &str) {
    let plain = live(of, Way::Plain, None).await;
    let life = live(of, way, None).await;
    assert_eq!(life.differs_from(&plain), [""; 0]);
    assert_eq!(life.needless(), [""; 0]);
    assert!(life.hindered.contains(&why), "{:?}", life.hindered);
}

/// Lets each write of a plain life meet each fault, one in each life, and tells where that life goes otherwise, or where
/// something else comes of the reconcile that meets the fault than what `comes_of` says of the write of that place.
pub async fn each_write_meets(
    of: Of,
    faults: &[Fault],
    comes_of: impl Fn(&Life, usize, Fault) -> &'static str,
) {
    let plain = live(of, Way::Plain, None).await;
    let writes = plain.writes();
    let meets = faults.iter().flat_map(|fault| (0..writes.len()).map(move |index| (index, *fault)));
    let (plain, writes, comes_of) = (&plain, &writes, &comes_of);
    let lives = meets.map(async |(index, fault)| {
        let (write, nth) = writes[index];
        let life = live(of, Way::Plain, Some((write, nth, fault))).await;
        let mut found = life.differs_from(plain);
        let expected = comes_of(plain, index, fault);
        if life.met != Some(expected) {
            found.push(format!("{:?} came of it and not {expected}", life.met));
        }
        // What nobody knows to be done is asked for once more.
        let again = |needless: &&str| fault == Fault::Late && *needless == write;
        let needless = life.needless().into_iter().filter(|needless| !again(needless));
        found.extend(needless.map(|needless| format!("{needless} for nothing")));
        found.into_iter().map(|found| format!("{fault:?} {write} {nth}: {found}")).collect::<Vec<_>>()
    });
    let wrong: Vec<Vec<String>> = stream::iter(lives).buffer_unordered(AT_ONCE).collect().await;
    assert!(wrong.iter().all(Vec::is_empty), "{}", wrong.concat().join("\n"));
}

/// Takes turns until one has nothing to do.
pub async fn settle(town: &Town, way: Way, life: &mut Life) {
    let mut label = "";
    for _ in 0..MANY {
        town.seen().await;
        if way == Way::WithoutLog {
            town.log_takes(false);
            life.hindered.extend(turn(town).await);
            town.log_takes(true);
            town.seen().await;
        }
        // What was put off is done when it was asked for again.
        let late = town.script.late();
        let (before, awaited, in_time) = (town.script.count(), town.script.awaits_fault(), late.is_empty());
        town.tells(way != Way::Blind);
        label = turn(town).await.unwrap_or("settled");
        if awaited && !town.script.awaits_fault() {
            life.met = Some(label);
        }
        if way == Way::Blind {
            life.hindered.extend(turn(town).await);
            town.tells(true);
        }
        if way == Way::SlowLog {
            life.hindered.push(label);
        }
        for deed in late {
            deed();
        }
        let quiet = before == town.script.count() && in_time;
        if quiet && label == "settled" {
            return;
        }
        if quiet {
            // What is let go of is not looked at for a while.
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    life.stuck = Some(format!("it comes to no rest: {label}, {:?}", state(town).iter().next_back()));
}

/// What comes of one turn, as metrics name it.
pub async fn turn(town: &Town) -> Option<&'static str> {
    town.turn().await.map(|outcome| outcome.label())
}

/// All that is there, without what no two lives have in common.
fn state(town: &Town) -> BTreeMap<String, Value> {
    let theirs = ["events", "secrets", "configmaps"];
    let of = |name: &'static str, server: &Server| {
        server.each(|at, object| {
            (!theirs.contains(&&*at.kind)).then(|| (format!("{name} {at:?}"), timeless(object.clone())))
        })
    };
    [of("management", &town.management), of("par1", &town.site)].into_iter().flatten().collect()
}

fn timeless(value: Value) -> Value {
    match value {
        Value::String(text) if text.parse::<Timestamp>().is_ok() => json!("some time"),
        Value::Array(all) => all.into_iter().map(timeless).collect(),
        Value::Object(all) => {
            let kept = all
                .into_iter()
                .filter(|(key, _)| !["resourceVersion", "uid", "generation"].contains(&&**key));
            kept.map(|(key, value)| (key, timeless(value))).collect()
        }
        other => other,
    }
}

impl Life {
    /// Each write with how many of its like came before it.
    pub fn writes(&self) -> Vec<(&str, usize)> {
        let of =
            |index: usize| self.asked[..index].iter().filter(|a| a.write == self.asked[index].write).count();
        self.asked.iter().enumerate().map(|(index, asked)| (&*asked.write, of(index))).collect()
    }

    /// How often each write was done and changed something, but for those of statuses, and of what stops an app: one whose
    /// time has come may go without.
    fn done(&self) -> BTreeMap<&str, usize> {
        let aside = |write: &str| write.ends_with("/status") || write.starts_with("par1 PATCH helmreleases/");
        let done = self.asked.iter().filter(|asked| asked.changed == Some(true) && !aside(&asked.write));
        done.fold(BTreeMap::new(), |mut all, asked| {
            *all.entry(&*asked.write).or_default() += 1;
            all
        })
    }

    /// Where it went otherwise than another, which met nothing. The same stands in between and in the end, the log says
    /// the same, each write was done as often, and each rests on what stood in the log by then.
    pub fn differs_from(&self, plain: &Self) -> Vec<String> {
        let mut found: Vec<String> = self.stuck.iter().cloned().collect();
        if self.remembered {
            found.push("it is gone and not forgotten".to_owned());
        }
        if self.log != plain.log {
            found.push(format!("the log says {:#?}", self.log));
        }
        if self.done() != plain.done() {
            found.push(format!("written was {:#?}", self.done()));
        }
        for (when, here, there) in
            [("while it stands", &self.there, &plain.there), ("in the end", &self.gone, &plain.gone)]
        {
            for at in here.keys().chain(there.keys()).collect::<BTreeSet<_>>() {
                let (one, other) =
                    (here.get(at).unwrap_or(&Value::Null), there.get(at).unwrap_or(&Value::Null));
                if one != other {
                    found.push(format!("{when} {at} has other {:?}", differences(other, one)));
                }
            }
        }
        for asked in &self.asked {
            let by_then = &self.log[..asked.logged.min(self.log.len())];
            let stands = |action: &&str| by_then.iter().any(|entry| entry.split(' ').next() == Some(*action));
            let missing = rests_on(asked).into_iter().filter(|action| !stands(action));
            found.extend(missing.map(|action| format!("{} before {action} stood in the log", asked.write)));
        }
        found
    }

    /// Writes that were refused.
    pub fn refused(&self) -> Vec<&str> {
        self.asked.iter().filter(|asked| asked.changed.is_none()).map(|asked| &*asked.write).collect()
    }

    /// Writes that were done and changed nothing.
    pub fn needless(&self) -> Vec<&str> {
        self.asked.iter().filter(|asked| asked.changed == Some(false)).map(|asked| &*asked.write).collect()
    }
}

/// What stands in the log before a write is even asked for.
fn rests_on(asked: &Asked) -> Vec<&'static str> {
    let words: Vec<&str> = asked.write.split(' ').collect();
    let status = &asked.body["status"];
    let generation = status["recordedGeneration"].as_i64().unwrap_or_default();
    let lets_go = asked.body["metadata"]["finalizers"].as_array().is_some_and(Vec::is_empty);
    let mut found = Vec::new();
    let mut needs = |needed: bool, action| found.extend(needed.then_some(action));
    match words[..] {
        ["management", "PATCH", "workspaces/mairie/status"] => {
            needs(generation >= 1, "WorkspaceOrdered");
            needs(generation >= 2, "WorkspaceChanged");
            needs(!status["sites"].as_array().is_none_or(Vec::is_empty), "WorkspacePlaced");
        }
        ["management", "PATCH", "workspaces/mairie"] => needs(lets_go, "WorkspaceDeleted"),
        ["management", "DELETE", "workspaces/mairie"] | ["par1", "DELETE", _] => {
            needs(true, "WorkspaceChanged");
        }
        ["par1", ..] => needs(true, "WorkspacePlaced"),
        ["management", "PATCH", "tenants/macon/status"] => needs(generation >= 1, "TenantRegistered"),
        ["management", "PATCH", "tenants/macon"] => {
            needs(true, "TenantRegistered");
            needs(lets_go, "TenantDeleted");
        }
        ["management", _, "namespaces/tenant-macon"] => needs(true, "TenantRegistered"),
        _ => panic!("nobody said what {} rests on", asked.write),
    }
    found
}
