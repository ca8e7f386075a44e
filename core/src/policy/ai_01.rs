//! AI-01: every model's licence, base models and datasets.

use beffroi_crds::{App, app::AiModel};

use super::{Case, Check, Input, Outcome, Rule, Severity, Source, outcome::Tally};
use crate::message::rules::{ModelFault, RuleMessage};

/// AI Act art. 53. An entry that leaves something out is not complete: it fails, rather than being unproven.
pub const RULE: Rule = Rule {
    id: "AI-01",
    severity: Severity::Major,
    source: Source { fr: "règlement européen sur l'IA, art. 53", en: "AI Act art. 53" },
    fr: "Licence, chaîne des modèles d'origine et jeux de données complets pour chaque modèle d'IA.",
    en: "Licence, base-model chain and datasets complete for each AI model.",
    inputs: &[Input::Declared],
    check: Check::App(judge),
};

fn judge(_: &Case<'_>, app: &App) -> Outcome {
    let mut tally = Tally::default();
    let models = &app.spec.ai_models;
    for model in models {
        for fault in lacking(model) {
            tally.fail(RuleMessage::OfModel { model: model.name.clone(), fault });
        }
    }
    tally.outcome(match models.len() {
        0 => RuleMessage::NoModel,
        models => RuleMessage::ModelsComplete { models },
    })
}

fn lacking(model: &AiModel) -> Vec<ModelFault> {
    let none = |licence: &Option<String>| licence.as_deref().is_none_or(says_nothing);
    let mut lacking = Vec::new();
    if none(&model.licence) {
        lacking.push(ModelFault::NoLicence);
    }
    match &model.base_models {
        None => lacking.push(ModelFault::BasesUndeclared),
        Some(bases) => {
            let without = bases.iter().filter(|base| none(&base.licence));
            lacking.extend(without.map(|base| ModelFault::BaseWithoutLicence { base: base.name.clone() }));
        }
    }
    if model.datasets.as_ref().is_none_or(|all| all.iter().all(|one| says_nothing(one))) {
        lacking.push(ModelFault::DatasetsUndeclared);
    }
    lacking
}

/// Words that fill a field and declare nothing; SPDX has the first two of them.
fn says_nothing(text: &str) -> bool {
    let word = text.trim().to_ascii_uppercase();
    matches!(&*word, "NOASSERTION" | "NONE" | "" | "-" | "?" | "N/A" | "TBD" | "UNKNOWN")
}

#[cfg(test)]
mod tests {
    use beffroi_crds::{app::BaseModel, workspace::Verdict};

    use super::*;
    use crate::policy::fixtures::Scene;

    #[test]
    fn complete_or_not() {
        let base = BaseModel { name: "B".into(), licence: Some("Apache-2.0".into()) };
        let whole = AiModel {
            name: "M".into(),
            licence: Some("Apache-2.0".into()),
            base_models: Some(vec![base]),
            datasets: Some(vec!["D".into()]),
            ..AiModel::default()
        };
        let cases: [(AiModel, Verdict); 5] = [
            (whole.clone(), Verdict::Pass),
            (AiModel { licence: Some("NOASSERTION".into()), ..whole.clone() }, Verdict::Fail),
            (AiModel { base_models: None, ..whole.clone() }, Verdict::Fail),
            (AiModel { base_models: Some(vec![BaseModel::default()]), ..whole.clone() }, Verdict::Fail),
            (AiModel { datasets: Some(vec![]), ..whole }, Verdict::Fail),
        ];
        let mut scene = Scene::default();
        assert_eq!(judge(&scene.case(), &scene.app).verdict, Verdict::Pass);
        for (model, wanted) in cases {
            scene.app.spec.ai_models = vec![model];
            assert_eq!(judge(&scene.case(), &scene.app).verdict, wanted);
        }
    }
}
