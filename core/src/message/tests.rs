use std::collections::BTreeSet;

use super::*;

#[test]
fn every_code_is_one_messages_and_every_message_has_both_languages() {
    let mut codes = BTreeSet::new();
    for (code, en, fr) in rows() {
        assert!(codes.insert(code), "{code} stands for two messages");
        assert!(
            code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-".contains(&b)),
            "{code}"
        );
        assert_eq!(en.is_empty(), fr.is_empty(), "{code}");
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
    assert_eq!(both(&Decimal("24.05 %".into())), told("24.05 %", "24,05 %"));
    let at: jiff::Timestamp = "2026-06-15T10:00:00Z".parse().unwrap();
    assert_eq!(both(&at), told("2026-06-15T10:00:00Z", "15/06/2026 à 10:00:00 UTC"));
}
