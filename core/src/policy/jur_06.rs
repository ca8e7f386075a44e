//! JUR-06: the ownership statement is recent.

use jiff::civil::Date;

use super::{Case, Chain, Check, Input, Outcome, Rule, Severity, Source, outcome::Tally};
use crate::message::law::LawMessage;

/// SecNumCloud 3.2, 19.6.f: changes are notified within one month. What is not notified cannot be seen here;
/// a statement that is renewed in time is the next best.
pub const RULE: Rule = Rule {
    id: "JUR-06",
    severity: Severity::Major,
    source: Source::same("SecNumCloud 3.2, 19.6.f"),
    fr: "La déclaration de détention n'est pas plus ancienne qu'admis ; tout changement est notifié sous un mois.",
    en: "The ownership statement is no older than allowed; a change is notified within one month.",
    inputs: &[Input::Declared, Input::Signed],
    check: Check::Chain(judge),
};

fn judge(case: &Case<'_>, chain: &Chain<'_>) -> Outcome {
    let most = i64::from(case.policy.law.ownership_statement_max_age_days);
    let today = case.world.today();
    let mut tally = Tally::default();
    for link in &chain.links {
        let Some(statement) = &link.provider.spec.ownership_statement else { continue };
        let issued = statement.issued.clone();
        match issued.0.parse::<Date>().ok().and_then(|issued| age(issued, today)) {
            None => {
                tally.unproven(LawMessage::StatementNotPast { who: link.who(), issued });
            }
            Some(days) if days > most => {
                tally.fail(LawMessage::StatementOld { who: link.who(), issued, days, most });
            }
            Some(_) => {}
        }
    }
    chain.missing.iter().for_each(|missing| tally.unproven(missing.told()));
    Chain::note_unsigned(chain.links.iter(), &mut tally);
    tally.outcome(LawMessage::StatementsRecent { most })
}

/// Days since, where the day is not to come.
fn age(issued: Date, today: Date) -> Option<i64> {
    let days = super::certification::days_between(issued, today);
    (days >= 0).then_some(days)
}

#[cfg(test)]
mod tests {
    use beffroi_crds::workspace::Verdict;

    use super::*;
    use crate::policy::fixtures::Scene;

    #[test]
    fn a_statement_ages_and_has_its_last_day() {
        let cases = [
            ("2025-06-15", Verdict::Pass),
            ("2025-06-14", Verdict::Fail),
            ("2026-06-15", Verdict::Pass),
            ("2026-06-16", Verdict::Unproven),
            ("soon", Verdict::Unproven),
        ];
        for (issued, wanted) in cases {
            let mut scene = Scene::default();
            scene.hoster(|h| h.ownership_statement.as_mut().unwrap().issued = issued.into());
            assert_eq!(judge(&scene.case(), &scene.chain()).verdict, wanted, "{issued}");
        }
    }

    #[test]
    fn none_at_all_is_unproven() {
        let mut scene = Scene::default();
        scene.hoster(|h| h.ownership_statement = None);
        assert_eq!(judge(&scene.case(), &scene.chain()).verdict, Verdict::Unproven);
    }
}
