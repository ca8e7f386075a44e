//! What holds of every rule.

use std::collections::BTreeSet;

use super::*;
use crate::message::In;

#[test]
fn every_rule_has_an_id_a_source_and_both_languages() {
    assert_eq!(all().iter().map(|r| r.id).collect::<BTreeSet<_>>().len(), all().len());
    for rule in all() {
        assert!(
            ![rule.source.fr, rule.source.en, rule.fr, rule.en].contains(&"") && !rule.inputs.is_empty(),
            "{}",
            rule.id
        );
    }
}

#[test]
fn what_is_not_evaluated_says_what_it_waits_for_in_both_languages() {
    let waiting = all().iter().filter_map(|rule| match rule.check {
        Check::NotEvaluated(awaited) => Some(awaited),
        _ => None,
    });
    for awaited in waiting {
        let [fr, en] = [Language::Fr, Language::En].map(|language| In(language, &awaited).to_string());
        assert!(!fr.is_empty() && !en.is_empty() && fr != en, "{awaited:?}");
    }
}

#[test]
fn what_is_judged_by_observation_is_what_a_statement_on_location_lists() {
    let observed = all().iter().filter(|r| matches!(r.check, Check::Observed)).map(|r| r.id);
    let listed: BTreeSet<&str> = observed.chain(["LOC-01"]).collect();
    assert_eq!(listed, BTreeSet::from(crate::location::RULES));
}
