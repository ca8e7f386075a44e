//! When things end, as a measure that counts down: what is known of each object → lines for whoever reads metrics, right
//! at the moment of reading, and gone with the object.

use std::{
    collections::BTreeMap,
    fmt::Write,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

/// What ends of an object, each with the second since 1970 from which on it holds no more.
pub type Ends = BTreeMap<String, i64>;

static KNOWN: Mutex<BTreeMap<(&'static str, String), Ends>> = Mutex::new(BTreeMap::new());

fn known() -> MutexGuard<'static, BTreeMap<(&'static str, String), Ends>> {
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Says what ends of an object, in place of what was said before.
pub fn set(kind: &'static str, name: &str, ends: Ends) {
    let key = (kind, name.to_owned());
    if ends.is_empty() {
        known().remove(&key)
    } else {
        known().insert(key, ends)
    };
}

/// Forgets the objects of a kind that are not there any more.
pub fn retain(kind: &str, is_there: impl Fn(&str) -> bool) {
    known().retain(|(of, name), _| *of != kind || is_there(name));
}

/// All that is known, as Prometheus reads it.
pub fn render() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    text(&known(), i64::try_from(now).unwrap_or(i64::MAX))
}

fn text(known: &BTreeMap<(&'static str, String), Ends>, now: i64) -> String {
    let mut text = String::new();
    if known.is_empty() {
        return text;
    }
    text.push_str("# HELP beffroi_ends_seconds Seconds until something ends, below 0 once it has, by kind and name of the object and what ends.\n");
    text.push_str("# TYPE beffroi_ends_seconds gauge\n");
    for ((kind, name), ends) in known {
        for (what, end) in ends {
            let left = end.saturating_sub(now);
            let (name, what) = (escaped(name), escaped(what));
            // Writing to a text does not fail.
            let _ =
                writeln!(text, r#"beffroi_ends_seconds{{kind="{kind}",name="{name}",what="{what}"}} {left}"#);
        }
    }
    text
}

fn escaped(label: &str) -> String {
    label.replace('\\', r"\\").replace('"', r#"\""#).replace('\n', r"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_counted_down_and_labels_escaped() {
        let known =
            BTreeMap::from([(("Site", "par1".to_owned()), Ends::from([("a \"token\"\n".to_owned(), 100)]))]);
        let told = text(&known, 40);
        assert!(
            told.ends_with(
                "beffroi_ends_seconds{kind=\"Site\",name=\"par1\",what=\"a \\\"token\\\"\\n\"} 60\n"
            ),
            "{told}"
        );
        assert!(text(&known, 140).ends_with("} -40\n"));
        assert_eq!(text(&BTreeMap::new(), 0), "");
    }

    #[test]
    fn what_is_gone_is_forgotten() {
        set("Test", "one", Ends::from([("x".into(), 1)]));
        set("Test", "two", Ends::from([("x".into(), 1)]));
        retain("Test", |name| name == "two");
        assert!(!render().contains(r#"name="one""#) && render().contains(r#"name="two""#));
        set("Test", "two", Ends::new());
        assert!(!render().contains(r#"kind="Test""#));
    }
}
