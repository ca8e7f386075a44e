//! Every row of every area: its code, both its sentences, and that it is read again as it was kept.

mod french;
mod sample;

use std::{cell::Cell, collections::BTreeSet, fmt};

pub(crate) use sample::Sample;

use super::{
    table::{Both, table},
    *,
};

thread_local! {
    static REWORDED: Cell<bool> = const { Cell::new(false) };
}

/// Runs something while every sentence and every word is drawn in other words than those of the rows, as another
/// version of Beffroi would. It holds for this thread alone.
pub(crate) fn reworded<T>(run: impl FnOnce() -> T) -> T {
    struct Back;
    impl Drop for Back {
        fn drop(&mut self) {
            REWORDED.set(false);
        }
    }
    REWORDED.set(true);
    let _back = Back;
    run()
}

/// Whether sentences are drawn in other words.
pub(crate) fn is_reworded() -> bool {
    REWORDED.get()
}

/// The other words: arguments first, then the code.
pub(crate) fn otherwise(one: &impl Serialize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let kept = serde_json::to_value(one).map_err(|_| fmt::Error)?;
    match &kept {
        Value::Object(said) => write!(f, "({} : {})", said.get("args").unwrap_or(&Value::Null), said["code"]),
        word => write!(f, "({word})"),
    }
}

/// What a type has rows or words for, each with its sentences.
pub(crate) fn rows(of: &str) -> Vec<(String, Both)> {
    match table().0.remove(of).unwrap_or_else(|| panic!("{of} is not among the types")) {
        Kind::Any(of) => of.iter().flat_map(|of| rows(of)).collect(),
        Kind::Rows(all) => all.into_iter().map(|row| (row.code.to_owned(), row.text)).collect(),
        Kind::Words(all) => all,
        // They have none that is kept.
        Kind::Phrase(_) | Kind::Names(_) | Kind::Series(..) => Vec::new(),
    }
}

#[test]
fn every_code_is_one_messages_and_every_message_has_both_languages() {
    let mut codes = BTreeSet::new();
    for (code, _) in rows("message::Message") {
        assert!(
            code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-".contains(&b)),
            "{code}"
        );
        assert!(codes.insert(code.clone()), "{code} stands for two messages");
    }
}

/// The arguments that a sentence tells.
fn told(sentence: &str) -> BTreeSet<&str> {
    sentence.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect()
}

#[test]
fn both_languages_tell_the_same_arguments() {
    // In French the country of these stands within `reach`, which follows `un pays`.
    const BUT: [&str; 3] =
        ["law.established-in-excluded", "law.controlled-from-excluded", "law.maker-from-excluded"];
    let types = table().0;
    let nested = ["location::LocationMessage", "rules::Misplaced", "law::Laws"];
    assert!(nested.iter().all(|name| types.contains_key(*name)), "nested ones are among them");
    let mut but = BTreeSet::new();
    for name in types.keys().filter(|name| *name != "message::Message") {
        let mut codes = BTreeSet::new();
        for (code, [en, fr]) in rows(name) {
            assert_eq!(en.is_empty(), fr.is_empty(), "{name}: {code}");
            if told(en) != told(fr) {
                but.insert(code.clone());
            }
            assert!(codes.insert(code), "{name} has two of one code");
        }
    }
    assert_eq!(but, BUT.map(str::to_owned).into());
}

#[test]
fn every_row_is_read_again_as_it_was_kept() {
    let mut codes = BTreeSet::new();
    for message in Message::samples() {
        let said = message.said();
        let text = serde_json::to_string(&said).unwrap();
        let again: Said = serde_json::from_str(&text).unwrap();
        if message.is_none() {
            assert_eq!(said, Said::default());
            continue;
        }
        assert_eq!(Message::read(&again), Some(message.clone()), "{text}");
        for language in [Language::En, Language::Fr] {
            let sentence = message.in_language(language);
            assert_eq!(drawn(language, &again.code, &again.args, ""), sentence, "{text}");
            assert_ne!(reworded(|| message.in_language(language)), sentence, "{text}");
        }
        codes.insert(said.code);
    }
    let all: BTreeSet<String> =
        rows("message::Message").into_iter().map(|row| row.0).filter(|code| code != "nothing").collect();
    assert_eq!(codes, all);
}

#[test]
fn every_value_of_every_argument_is_among_the_samples() {
    // So that what is shown of the samples is shown of every nested enumeration: each of its codes or words stands in
    // what is kept of some message.
    let mut kept = BTreeSet::new();
    let mut look = vec![serde_json::to_value(Message::samples()).unwrap()];
    while let Some(value) = look.pop() {
        match value {
            Value::String(word) => drop(kept.insert(word)),
            Value::Array(all) => look.extend(all),
            Value::Object(all) => look.extend(all.into_iter().map(|(_, one)| one)),
            _ => {}
        }
    }
    for name in table().0.keys() {
        for (code, _) in rows(name) {
            assert!(kept.contains(&code), "{name}: {code}");
        }
    }
}

#[test]
fn a_message_with_an_argument_more_or_less_is_none() {
    for message in Message::samples() {
        let said = message.said();
        let mut more = said.clone();
        more.args.0.insert("more".into(), Value::Null);
        assert_eq!(Message::read(&more), None, "{said:?}");
        for name in said.args.0.keys() {
            let mut less = said.clone();
            less.args.0.remove(name);
            assert_eq!(Message::read(&less), None, "{said:?} without {name}");
        }
    }
}

#[test]
fn what_is_kept_is_read_again() {
    let of = |name: &str| Message::verbatim("x").of(name);
    let joined = list([of("a"), of("b")]);
    let said = joined.said();
    assert_eq!(said.code, "several");
    assert_eq!(Message::read(&said), Some(joined.clone()));
    assert_eq!(drawn(Language::Fr, &said.code, &said.args, ""), "a : x ; b : x");
    assert_eq!(joined.to_string(), "a: x; b: x");
    let newer = Said { code: "of-a-newer-version".into(), ..Said::default() };
    assert_eq!(drawn(Language::Fr, &newer.code, &newer.args, "as it was told"), "as it was told");
}

#[test]
fn numbers_and_days_are_written_as_each_language_writes_them() {
    let both = |draw: &dyn Draw| (In(Language::En, draw).to_string(), In(Language::Fr, draw).to_string());
    let told = |en: &str, fr: &str| (en.to_owned(), fr.to_owned());
    assert_eq!(both(&1234_u32), told("1234", "1234"));
    assert_eq!(both(&1_234_567_u32), told("1,234,567", "1\u{202f}234\u{202f}567"));
    assert_eq!(both(&-123_456_i64), told("-123,456", "-123\u{202f}456"));
    assert_eq!(both(&Decimal("24.05 %".into())), told("24.05 %", "24,05 %"));
    let at: jiff::Timestamp = "2026-06-15T10:00:00Z".parse().unwrap();
    assert_eq!(both(&at), told("2026-06-15T10:00:00Z", "15/06/2026 à 10:00:00 UTC"));
}
