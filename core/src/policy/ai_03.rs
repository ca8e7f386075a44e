//! AI-03: where inference runs, and whether tenants' data trains a model. What an app declares of its models → against
//! the policy's places.
//!
//! Judged as far as declared facts go: who admits to inference elsewhere or to training is refused, who says nothing has
//! proven nothing. That inference runs where it is said to is not observed; of what leaves a workspace LOC-04 tells, and
//! of whoever runs inference for others the rules on the app's chain of providers.

use beffroi_crds::{
    App,
    app::{AiModel, Inference},
    policy::Place,
};

use super::{Case, Check, Input, Outcome, Rule, Severity, Source, outcome::Tally, place};
use crate::message::rules::{ModelFault, RuleMessage};

/// AI Act art. 53, and a house rule: data lies where it is worked on, so inference is held to the places of data.
pub const RULE: Rule = Rule {
    id: "AI-03",
    severity: Severity::Blocking,
    source: Source {
        fr: "règlement européen sur l'IA, art. 53 ; règle maison",
        en: "AI Act art. 53; house rule",
    },
    fr: "Inférence sur des sites admis, aucun entraînement sur les données des organisations.",
    en: "Inference at allowed sites, no training on tenants' data.",
    inputs: &[Input::Declared],
    check: Check::App(judge),
};

fn judge(case: &Case<'_>, app: &App) -> Outcome {
    let mut tally = Tally::default();
    let models = &app.spec.ai_models;
    for model in models {
        let mut own = Own { model, tally: &mut tally };
        match model.trained_on_tenant_data {
            Some(false) => {}
            Some(true) => own.fail(ModelFault::TrainedOnTenants),
            None => own.unproven(ModelFault::TrainingUndeclared),
        }
        inference(&case.policy.place, &mut own);
    }
    tally.outcome(match models.len() {
        0 => RuleMessage::NoModel,
        models => RuleMessage::ModelsHeldIn { models },
    })
}

/// Findings on one model.
struct Own<'a> {
    model: &'a AiModel,
    tally: &'a mut Tally,
}

impl Own<'_> {
    fn fail(&mut self, fault: ModelFault) {
        self.tally.fail(RuleMessage::OfModel { model: self.model.name.clone(), fault });
    }

    fn unproven(&mut self, fault: ModelFault) {
        self.tally.unproven(RuleMessage::OfModel { model: self.model.name.clone(), fault });
    }
}

fn inference(allowed: &Place, own: &mut Own<'_>) {
    let AiModel { inference, inference_country, inference_subdivision, inference_provider, .. } = own.model;
    match (inference, inference_country, inference_provider) {
        // Where that lies is judged of each site.
        (Some(Inference::InWorkspace), None, None) => return,
        (None, None, None) => return own.unproven(ModelFault::InferenceUndeclared),
        _ => {}
    }
    if inference_provider.is_none() {
        own.unproven(ModelFault::ProviderUndeclared);
    }
    let Some(country) = inference_country else {
        return own.unproven(ModelFault::CountryUndeclared);
    };
    // Without a subdivision the country decides, but not where the policy allows only parts of it.
    let whole = format!("{country}-");
    let subdivision = inference_subdivision.as_deref().unwrap_or(&whole);
    let narrowed = allowed.subdivisions.iter().chain(&allowed.excluded_subdivisions);
    let narrowed = narrowed.into_iter().any(|area| area.starts_with(&whole));
    if inference_subdivision.is_none() && narrowed && place::allows(allowed, country) {
        own.unproven(ModelFault::SubdivisionUndeclared { country: country.to_string() });
    } else if let Some(runs) = place::refusal(allowed, country, subdivision) {
        own.fail(ModelFault::InferenceMisplaced { runs });
    }
}

#[cfg(test)]
mod tests {
    use beffroi_crds::workspace::Verdict;

    use super::*;
    use crate::policy::{
        self,
        fixtures::{Scene, provider},
    };

    fn own() -> AiModel {
        AiModel {
            name: "M".into(),
            inference: Some(Inference::InWorkspace),
            trained_on_tenant_data: Some(false),
            ..AiModel::default()
        }
    }

    fn hosted(country: &str) -> AiModel {
        AiModel {
            inference: Some(Inference::Hosted),
            inference_country: Some(country.into()),
            inference_provider: Some("ia".into()),
            ..own()
        }
    }

    fn outcome(scene: &mut Scene, model: AiModel) -> Outcome {
        scene.app.spec.ai_models = vec![model];
        judge(&scene.case(), &scene.app)
    }

    #[test]
    fn what_is_admitted_fails_and_what_is_not_said_is_unproven() {
        let mut scene = Scene::default();
        assert_eq!(judge(&scene.case(), &scene.app), Outcome::pass(RuleMessage::NoModel));
        let cases: [(AiModel, Verdict); 11] = [
            (own(), Verdict::Pass),
            (AiModel { trained_on_tenant_data: Some(true), ..own() }, Verdict::Fail),
            (AiModel { trained_on_tenant_data: None, ..own() }, Verdict::Unproven),
            (AiModel { inference: None, ..own() }, Verdict::Unproven),
            (hosted("FR"), Verdict::Pass),
            (hosted("US"), Verdict::Fail),
            (AiModel { inference: None, ..hosted("US") }, Verdict::Fail),
            (AiModel { inference_provider: None, ..hosted("FR") }, Verdict::Unproven),
            (AiModel { inference_country: None, ..hosted("FR") }, Verdict::Unproven),
            (AiModel { inference_provider: None, ..hosted("US") }, Verdict::Fail),
            // The API server refuses this one; whoever wrote it has admitted to it all the same.
            (AiModel { inference: Some(Inference::InWorkspace), ..hosted("US") }, Verdict::Fail),
        ];
        for (model, wanted) in cases {
            let told = format!("{model:?}");
            assert_eq!(outcome(&mut scene, model).verdict, wanted, "{told}");
        }
    }

    #[test]
    fn one_model_spoils_the_app() {
        let mut scene = Scene::default();
        scene.app.spec.ai_models = vec![own(), AiModel { name: "N".into(), ..hosted("US") }];
        let outcome = judge(&scene.case(), &scene.app);
        assert_eq!(outcome.verdict, Verdict::Fail);
        assert_eq!(
            outcome.reason.to_string(),
            "model N: inference runs in US, outside the allowed countries"
        );
    }

    #[test]
    fn france_is_not_the_union() {
        let mut scene = Scene::default();
        scene.policy.place.excluded_subdivisions = vec!["FR-NC".into()];
        assert_eq!(outcome(&mut scene, hosted("FR")).verdict, Verdict::Unproven);
        assert_eq!(outcome(&mut scene, hosted("US")).verdict, Verdict::Fail);
        for (subdivision, wanted) in [("FR-IDF", Verdict::Pass), ("FR-NC", Verdict::Fail)] {
            let model = AiModel { inference_subdivision: Some(subdivision.into()), ..hosted("FR") };
            assert_eq!(outcome(&mut scene, model).verdict, wanted, "{subdivision}");
        }
    }

    #[test]
    fn the_law_holds_for_whoever_runs_inference() {
        let mut scene = Scene::default();
        let broken = |scene: &mut Scene| -> Vec<String> {
            scene.app.spec.ai_models = vec![hosted("FR")];
            let judged = policy::judge_app(&scene.case(), &scene.app).into_iter();
            let unmet = judged.filter(|j| j.verdict != Verdict::Pass && j.rule.starts_with("JUR"));
            unmet.map(|j| format!("{} {}", j.rule, j.reason)).collect()
        };
        assert!(broken(&mut scene)[0].contains("Provider ia (inference) does not exist"));
        scene.provide("ia", provider("IA SAS", "FR"));
        assert_eq!(broken(&mut scene), Vec::<String>::new());
        scene.provide("ia", provider("AI Inc.", "US"));
        let told = broken(&mut scene).join("; ");
        assert!(told.contains("JUR-01 AI Inc. (inference)") && told.contains("JUR-05"), "{told}");
    }

    #[test]
    fn it_refuses_under_every_policy() {
        let mut scene = Scene::default();
        let unproven = outcome(&mut scene, AiModel { inference: None, ..own() });
        assert!(policy::refuses("AI-03", unproven.verdict, &scene.policy));
    }
}
