use std::sync::Arc;

use beffroi_crds::{
    SovereigntyPolicy, Workspace,
    app::{Chart, Release},
    conditions::{LOCATED, READY},
    probe::{ProbeAttempt, ProbeResult, ProbeTarget},
    site::Registry,
};

use super::*;
use crate::{
    evidence::statement::{Limit, RuleResult},
    facts::{NodeFacts, SiteObservation},
    location::probe::NAME,
    manifests::Live,
    plan::{Decision, Refused, SiteLive, Step, Steps, decide::Case},
    policy::fixtures::Scene,
};

/// A workspace under a policy that asks for probes, on par1, where all is written.
struct Stage {
    scene: Scene,
    workspace: Workspace,
    live: BTreeMap<String, SiteLive>,
}

impl Stage {
    fn new() -> Self {
        let mut stage = Self::fresh();
        stage.settle();
        stage
    }

    /// Nothing is written yet.
    fn fresh() -> Self {
        let mut scene = Scene::default();
        scene.policy.network_probe = true;
        scene.par1(|site| {
            let registry = Registry {
                host: "registry.example".into(),
                operator: "hoster".into(),
                country: "FR".into(),
                ..Registry::default()
            };
            site.registries = vec![registry];
        });
        let chart = Chart { repository: "oci://registry.example/docs".into(), ..Chart::default() };
        scene.app.spec.releases = vec![Release { version: "1".into(), chart, ..Release::default() }];
        scene.world.apps.insert("docs".into(), Arc::new(scene.app.clone()));
        scene.world.prober = Some(Arc::new(Prober {
            image: format!("registry.example/beffroi@sha256:{}", "0a".repeat(32)),
            outside: Some("203.0.113.1:80".parse().unwrap()),
            every: SignedDuration::from_hours(6),
        }));
        let mut workspace = Workspace::new("mairie", scene.workspace.clone());
        workspace.metadata.finalizers = Some(vec![labels::FINALIZER.into()]);
        let now = scene.world.now;
        let live = SiteLive { reachable: true, observed_at: Some(now), ..SiteLive::default() };
        let mut stage = Self { scene, workspace, live: [("par1".to_owned(), live)].into() };
        stage.rule();
        stage
    }

    /// The policy is as the scene has it.
    fn rule(&mut self) {
        let policy = SovereigntyPolicy::new("standard", self.scene.policy.clone());
        self.scene.world.policies.insert("standard".into(), Arc::new(policy));
    }

    fn look<T>(&self, then: impl FnOnce(&Order<'_>, Decision<'_>) -> T) -> T {
        let order = Order {
            world: &self.scene.world,
            workspace: &self.workspace,
            tenant: Some(&self.scene.tenant),
            siblings: &[],
            live: &self.live,
        };
        let decision = Case::of(&order, false).decide(&order, SignedDuration::from_mins(10));
        then(&order, decision)
    }

    /// What is done with the probe's pod, once the status is written.
    fn step(&mut self) -> Option<ProbeStep> {
        let (status, step) = self.look(|_, decision| {
            let Steps::Settle(mut plan) = decision.steps else { panic!("{:?}", decision.steps) };
            (decision.status, plan.sites.remove("par1").and_then(|site| site.probe))
        });
        self.workspace.status = Some(*status);
        step
    }

    /// Writes all that is planned.
    fn settle(&mut self) {
        let (status, steps) = self.look(|_, decision| {
            let Steps::Settle(mut plan) = decision.steps else { panic!("{:?}", decision.steps) };
            (decision.status, plan.sites.remove("par1").unwrap().steps)
        });
        self.workspace.status = Some(*status);
        for step in steps {
            let (Step::Create(object, _) | Step::Apply(object, _)) = step else { continue };
            let there = Live::of(object.kind, object.manifest);
            let objects = &mut self.live().objects;
            objects.retain(|live| live.kind != there.kind || live.name() != there.name());
            objects.push(Arc::new(there));
        }
    }

    fn live(&mut self) -> &mut SiteLive {
        self.live.get_mut("par1").unwrap()
    }

    fn wait(&mut self, minutes: i64) {
        self.scene.world.now += SignedDuration::from_mins(minutes);
        let now = self.scene.world.now;
        self.live().observed_at = Some(now);
    }

    /// The pod is there, as it was made.
    fn make(&mut self) {
        let Some(ProbeStep::Make(pod)) = self.step() else { panic!("no probe is made") };
        let image = pod.spec.as_ref().unwrap().containers[0].image.clone().unwrap();
        let created = self.scene.world.now;
        self.live().probe = Some(ProbePod {
            uid: "u1".into(),
            created,
            cause: pod.metadata.annotations.unwrap()[labels::PROBE_CAUSE].clone(),
            image: Image { of: "container probe".into(), running: Some(image.clone()), image },
            node: Some("n1".into()),
            leaving: false,
            over: false,
            ended: None,
            words: None,
            reason: Some("Pending".into()),
        });
    }

    /// It ends with these words.
    fn end(&mut self, words: Option<String>) {
        let now = self.scene.world.now;
        let pod = self.live().probe.as_mut().unwrap();
        (pod.over, pod.ended, pod.words, pod.reason) = (true, Some(now), words, None);
    }

    /// A probe is made, ends and is removed.
    fn probe(&mut self, api_server: ProbeResult) {
        self.make();
        self.end(Some(report(api_server)));
        assert!(matches!(self.step(), Some(ProbeStep::Remove { uid }) if uid == "u1"));
        self.live().probe = None;
    }

    fn noted(&self) -> Option<&NetworkProbe> {
        self.workspace.status.as_ref()?.sites[0].probe.as_ref()
    }

    fn told(&self, kind: &str) -> Option<(String, String, String)> {
        let status = self.workspace.status.as_ref()?;
        let found = status.conditions.iter().find(|condition| condition.type_ == kind)?;
        Some((found.status.clone(), found.reason.clone(), found.message.clone()))
    }

    /// The result of LOC-04, and whether it is said that nobody tried.
    fn loc_04(&self) -> (RuleResult, bool) {
        self.look(|_, decision| {
            let claim = decision.located.unwrap().claim;
            let rule = claim.rules.into_iter().find(|rule| rule.id == "LOC-04").unwrap();
            (rule, claim.not_proven.contains(&Limit::FlowsNotSeen))
        })
    }
}

fn report(api_server: ProbeResult) -> String {
    let attempt =
        |target, address: &str, result| ProbeAttempt { target, address: Some(address.into()), result };
    let tried = vec![
        attempt(ProbeTarget::Names, NAME, ProbeResult::Reached),
        attempt(ProbeTarget::ApiServer, "10.96.0.1:443", api_server),
        attempt(ProbeTarget::Node, "10.77.0.11:10250", ProbeResult::Refused),
        attempt(ProbeTarget::Outside, "203.0.113.1:80", ProbeResult::NoAnswer),
    ];
    serde_json::to_string(&Report { tried }).unwrap()
}

#[test]
fn a_probe_comes_once_all_is_written_and_nothing_is_done_between_two() {
    let mut stage = Stage::fresh();
    assert!(stage.step().is_none(), "network policies are not written yet");
    stage.settle();
    stage.make();
    assert!(stage.step().is_none(), "it runs");
    assert_eq!(stage.told(PROBED).unwrap().1, PROGRESSING);
    assert!(stage.loc_04().1, "nobody tried yet");
    stage.end(Some(report(ProbeResult::NoAnswer)));
    let removed = stage.step();
    assert!(matches!(removed, Some(ProbeStep::Remove { .. })), "{removed:?}");
    assert_eq!(stage.noted().unwrap().tried.len(), 4, "it is told before the pod goes");
    let before = stage.workspace.status.clone();
    stage.live().probe = None;
    assert!(stage.step().is_none());
    assert_eq!(stage.workspace.status, before, "the same is told by the status alone");
    let (rule, declared) = stage.loc_04();
    assert!(rule.probed_at.is_some() && !declared, "{rule:?}");
    assert_eq!(stage.told(PROBED).unwrap().0, "True");
    for minutes in [5, 60, 280] {
        stage.wait(minutes);
        assert!(stage.step().is_none(), "{minutes}");
    }
    stage.wait(20);
    stage.make();
}

#[test]
fn what_was_tried_a_day_ago_is_declared_again() {
    let mut stage = Stage::new();
    stage.probe(ProbeResult::NoAnswer);
    stage.scene.world.prober = None;
    stage.wait(24 * 60);
    assert!(stage.loc_04().0.probed_at.is_some());
    stage.wait(1);
    assert!(stage.loc_04().1 && stage.loc_04().0.probed_at.is_none());
    stage.step();
    assert_eq!(stage.told(PROBED).unwrap().1, NOT_PROVIDED);
}

#[test]
fn what_it_is_held_to_calls_for_another_at_once_and_nodes_do_in_time() {
    let mut stage = Stage::new();
    stage.probe(ProbeResult::NoAnswer);
    let node = NodeFacts { uid: "n9".into(), name: "n9".into(), ..NodeFacts::default() };
    let facts = stage.scene.world.sites.get_mut("par1").unwrap();
    let mut seen = facts.observed.as_deref().cloned().unwrap_or_else(SiteObservation::default);
    seen.nodes.push(node);
    facts.observed = Some(Arc::new(seen.clone()));
    assert!(stage.step().is_none(), "nodes come and go");
    stage.wait(10);
    stage.probe(ProbeResult::NoAnswer);
    stage.scene.policy.description = Some("another".into());
    stage.rule();
    stage.settle();
    stage.probe(ProbeResult::NoAnswer);
    seen.guards.clear();
    seen.altered_guards = Some(["beffroi-boundaries".to_owned()].into());
    stage.scene.world.sites.get_mut("par1").unwrap().observed = Some(Arc::new(seen));
    stage.make();
}

#[test]
fn what_was_reached_is_a_finding_until_it_is_seen_to_be_closed() {
    let mut stage = Stage::new();
    stage.probe(ProbeResult::Reached);
    stage.step();
    let (status, _, message) = stage.told(LOCATED).unwrap();
    assert!(
        status == "False"
            && message.contains("LOC-04 par1 Probe n1: the API server of the site answers at 10.96.0.1:443"),
        "{message}"
    );
    assert_eq!(stage.told(PROBED).unwrap().0, "True", "it was tried");
    stage.wait(6 * 60);
    stage.probe(ProbeResult::Refused);
    let findings = &stage.workspace.status.as_ref().unwrap().findings;
    assert!(findings.iter().all(|finding| finding.rule != "LOC-04"), "{findings:?}");
}

#[test]
fn without_an_image_that_may_run_there_nobody_tries_and_it_is_said() {
    let mut stage = Stage::new();
    let prober = stage.scene.world.prober.take();
    assert!(stage.step().is_none());
    assert_eq!(stage.told(PROBED).unwrap().1, NOT_PROVIDED);
    let image = format!("elsewhere.example/beffroi@sha256:{}", "0a".repeat(32));
    stage.scene.world.prober = Some(Arc::new(Prober { image, ..(*prober.unwrap()).clone() }));
    assert!(stage.step().is_none());
    let (status, reason, message) = stage.told(PROBED).unwrap();
    assert_eq!((&*status, &*reason), ("False", "ProbeRefused"));
    assert!(message.contains("elsewhere.example"), "{message}");
    assert_ne!(stage.told(READY).unwrap().1, "ProbeRefused", "the workspace fares without");
}

#[test]
fn a_pod_that_does_not_end_or_says_nothing_is_removed_told_and_made_again_in_time() {
    let mut stage = Stage::new();
    stage.make();
    stage.wait(3);
    assert!(stage.step().is_none());
    stage.wait(2);
    assert!(matches!(stage.step(), Some(ProbeStep::Remove { .. })));
    let (status, reason, message) = stage.told(PROBED).unwrap();
    assert_eq!((&*status, &*reason), ("False", "ProbeFailed"));
    assert!(message.contains("Pending"), "{message}");
    stage.live().probe = None;
    assert!(stage.step().is_none());
    stage.wait(10);
    stage.make();
    for words in [Some("rm -rf".to_owned()), None] {
        stage.end(words);
        assert!(matches!(stage.step(), Some(ProbeStep::Remove { .. })));
        assert_eq!(stage.told(PROBED).unwrap().1, "ProbeFailed");
        assert!(stage.loc_04().1, "nothing was tried");
    }
}

#[test]
fn a_pod_that_a_site_refuses_is_told_and_leaves_the_workspace_as_it_is() {
    let mut stage = Stage::new();
    stage.step();
    let ready = stage.told(READY);
    let refused = [("par1".to_owned(), Message::verbatim("exceeded quota".to_owned()))].into();
    let refused = Refused { probes: refused, ..Refused::default() };
    let status = stage.look(|order, decision| decision.applied(order, &refused));
    stage.workspace.status = Some(status);
    let (status, reason, message) = stage.told(PROBED).unwrap();
    assert_eq!((&*status, &*reason), ("False", "ProbeFailed"));
    assert!(message.contains("exceeded quota"), "{message}");
    assert_eq!(stage.told(READY), ready);
    let before = stage.workspace.status.clone();
    assert!(stage.step().is_none(), "it is not asked again at once");
    assert_eq!(stage.workspace.status, before);
    stage.wait(10);
    stage.make();
}

#[test]
fn what_is_not_asked_for_any_more_is_removed_and_forgotten() {
    let mut stage = Stage::new();
    stage.probe(ProbeResult::NoAnswer);
    stage.wait(6 * 60);
    stage.make();
    stage.scene.policy.network_probe = false;
    stage.rule();
    assert!(matches!(stage.step(), Some(ProbeStep::Remove { .. })));
    assert_eq!((stage.noted(), stage.told(PROBED)), (None, None));
    assert!(stage.loc_04().1);
}

#[test]
fn the_pod_of_a_refused_order_goes() {
    let mut stage = Stage::new();
    stage.make();
    stage.workspace.spec.apps[0].name = "elsewhere".into();
    assert!(stage.look(|_, decision| match decision.steps {
        Steps::Settle(plan) => plan.accepted.is_err() && plan.sites["par1"].probe.is_some(),
        other => panic!("{other:?}"),
    }));
}
