//! OPS-01: who owns the code, who updates, who steps in at 3 a.m.

use super::{Case, Check, Input, Outcome, Rule, Severity, Source, outcome::Tally};
use crate::{
    facts::SiteFacts,
    message::rules::{Duty, RuleMessage},
};

/// The founding questions. That the call is answered from an allowed country follows 19.2.c.
pub const RULE: Rule = Rule {
    id: "OPS-01",
    severity: Severity::Blocking,
    source: Source {
        fr: "texte fondateur ; SecNumCloud 3.2, 19.2.c",
        en: "founding text; SecNumCloud 3.2, 19.2.c",
    },
    fr: "Sont nommés : à qui est le code, qui met à jour, qui est d'astreinte jour et nuit, depuis quel pays, sous quel délai.",
    en: "Named: who owns the code, who updates, who is on call day and night, from which country, how fast.",
    inputs: &[Input::Declared, Input::Signed],
    check: Check::Site(judge),
};

fn judge(case: &Case<'_>, site: &SiteFacts) -> Outcome {
    let Some(operations) = &site.site.spec.operations else {
        return Outcome::unproven(RuleMessage::NobodyOperates);
    };
    let mut tally = Tally::default();
    for (duty, name) in [(Duty::Updates, &operations.updated_by), (Duty::OnCall, &operations.on_call)] {
        if !case.world.providers.contains_key(&**name) {
            tally.unproven(RuleMessage::OperatorUnknown { duty, provider: name.to_string() });
        }
    }
    if operations.code_owner.trim().is_empty() {
        tally.unproven(RuleMessage::NoCodeOwner);
    }
    if case.outside(&operations.on_call_country) {
        tally.fail(RuleMessage::CallFromOutside { country: operations.on_call_country.to_string() });
    }
    if !operations.around_the_clock {
        tally.fail(RuleMessage::NobodyAtNight);
    }
    if operations.document.is_none() {
        tally.unproven(RuleMessage::OperationsOnlyDeclared);
    }
    tally.outcome(RuleMessage::Operated {
        updates: operations.updated_by.to_string(),
        call: operations.on_call.to_string(),
        country: operations.on_call_country.to_string(),
        minutes: operations.response_minutes,
    })
}

#[cfg(test)]
mod tests {
    use beffroi_crds::{site::Operations, workspace::Verdict};

    use super::*;
    use crate::policy::fixtures::Scene;

    #[test]
    fn each_answer_counts() {
        let spoil: [(fn(&mut Operations), Verdict); 6] = [
            (|_| {}, Verdict::Pass),
            (|o| o.document = None, Verdict::Unproven),
            (|o| o.on_call = "ghost".into(), Verdict::Unproven),
            (|o| o.code_owner = " ".into(), Verdict::Unproven),
            (|o| o.on_call_country = "IN".into(), Verdict::Fail),
            (|o| o.around_the_clock = false, Verdict::Fail),
        ];
        for (spoil, wanted) in spoil {
            let mut scene = Scene::default();
            scene.par1(|s| spoil(s.operations.as_mut().unwrap()));
            assert_eq!(judge(&scene.case(), scene.site()).verdict, wanted);
        }
    }

    #[test]
    fn declared_nothing_is_unproven() {
        let mut scene = Scene::default();
        scene.par1(|s| s.operations = None);
        assert_eq!(judge(&scene.case(), scene.site()).verdict, Verdict::Unproven);
    }
}
