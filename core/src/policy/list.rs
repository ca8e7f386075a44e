//! Every rule, in the order of the law's table; house rules come last.

use super::{
    Rule, ai_01, ai_03, awaited, cert, idn_01, jur_01, jur_02, jur_03, jur_04, jur_05, jur_06, loc_01,
    observed, ops_01, pub_01, qua_01, qua_02, qua_03, sub_01, sub_02,
};

static ALL: [Rule; 36] = [
    jur_01::RULE,
    jur_02::RULE,
    jur_03::RULE,
    jur_04::RULE,
    jur_05::RULE,
    jur_06::RULE,
    sub_01::RULE,
    sub_02::RULE,
    loc_01::RULE,
    observed::LOC_02,
    awaited::LOC_03,
    observed::LOC_04,
    observed::LOC_05,
    qua_01::RULE,
    qua_02::RULE,
    qua_03::RULE,
    observed::CRY_01,
    awaited::CRY_02,
    awaited::ADM_01,
    awaited::ADM_02,
    awaited::ADM_03,
    awaited::ISO_01,
    ops_01::RULE,
    awaited::OPS_02,
    awaited::OPS_03,
    awaited::INC_01,
    awaited::REV_01,
    awaited::REV_02,
    awaited::REV_03,
    idn_01::RULE,
    ai_01::RULE,
    awaited::AI_02,
    ai_03::RULE,
    awaited::ACC_01,
    cert::RULE,
    pub_01::RULE,
];

/// Every rule, in the order of the law's table; house rules come last.
pub fn all() -> &'static [Rule] {
    &ALL
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::policy::Check;

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
    fn what_is_not_evaluated_says_what_it_waits_for() {
        let waiting = all().iter().filter(|r| matches!(r.check, Check::NotEvaluated(_)));
        assert_eq!((waiting.count(), all().len()), (14, 36));
    }

    #[test]
    fn what_is_judged_by_observation_is_what_a_statement_on_location_lists() {
        let observed = all().iter().filter(|r| matches!(r.check, Check::Observed)).map(|r| r.id);
        let listed: BTreeSet<&str> = observed.chain(["LOC-01"]).collect();
        assert_eq!(listed, BTreeSet::from(crate::location::RULES));
    }
}
