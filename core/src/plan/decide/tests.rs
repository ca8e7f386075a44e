use std::sync::Arc;

use beffroi_crds::{
    SovereigntyPolicy, Workspace,
    app::{Chart, Release},
    conditions::{
        LOCATED, READY,
        reason::{DELETING, DELETION_SCHEDULED, PAUSED, REFERENCE_NOT_FOUND},
    },
    site::Registry,
    workspace::PlacedSite,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::core::{DynamicObject, ObjectMeta};
use serde_json::Value;

use super::*;
use crate::{
    evidence::statement::Action,
    location::seen::{Node, Pod, Seen},
    manifests::{Kind, Live},
    plan::{Drift, SiteLive, Step},
    policy::fixtures::Scene,
};

const PATIENCE: SignedDuration = SignedDuration::from_mins(10);

/// A workspace as it is found, and all that is decided for it.
struct Stage {
    scene: Scene,
    workspace: Workspace,
    live: BTreeMap<String, SiteLive>,
    lags: bool,
    /// Whether its tenant is there.
    owned: bool,
}

impl Stage {
    /// It lies on par1, and its order stands in the log.
    fn new() -> Self {
        let mut scene = Scene::default();
        scene.policy.deletion.min_grace_days = 0;
        let policy = SovereigntyPolicy::new("standard", scene.policy.clone());
        scene.world.policies.insert("standard".into(), Arc::new(policy));
        scene.par1(|site| {
            site.registries = vec![Registry {
                host: "registry.example".into(),
                operator: "hoster".into(),
                country: "FR".into(),
                ..Registry::default()
            }];
        });
        let chart = Chart { repository: "oci://registry.example/docs".into(), ..Chart::default() };
        scene.app.spec.releases = vec![Release { version: "1".into(), chart, ..Release::default() }];
        scene.world.apps.insert("docs".into(), Arc::new(scene.app.clone()));
        let mut workspace = Workspace::new("mairie", scene.workspace.clone());
        workspace.metadata.generation = Some(1);
        workspace.metadata.finalizers = Some(vec![labels::FINALIZER.into()]);
        let live = SiteLive { reachable: true, ..SiteLive::default() };
        let mut stage =
            Self { scene, workspace, live: [("par1".to_owned(), live)].into(), lags: false, owned: true };
        stage.workspace.status = Some(*stage.look(|_, decision| decision.status.clone()));
        stage
    }

    /// The same, ordered a moment ago.
    fn fresh() -> Self {
        let mut stage = Self::new();
        stage.workspace.status = None;
        stage
    }

    /// The same, while it is deleted.
    fn leaving(mut self) -> Self {
        self.workspace.metadata.deletion_timestamp = Some(Time(self.scene.world.now));
        self.workspace.metadata.generation = Some(2);
        self
    }

    /// The same, with a change of its order that nobody recorded yet.
    fn changed(mut self) -> Self {
        self.workspace.spec.suspended = true;
        let generation = self.workspace.metadata.generation.as_mut().unwrap();
        *generation += 1;
        self
    }

    /// The same, with a namespace in its site.
    fn housed(mut self) -> Self {
        let metadata = ObjectMeta { name: Some("home".into()), ..ObjectMeta::default() };
        let object = DynamicObject { types: None, metadata, data: Value::Null };
        self.live.get_mut("par1").unwrap().objects.push(Arc::new(Live::of(Kind::Namespace, object)));
        self
    }

    /// The same, seen to run where it must not.
    fn astray(mut self) -> Self {
        let node = "abroad".to_owned();
        let live = self.live.get_mut("par1").unwrap();
        live.observed_at = Some(self.scene.world.now);
        live.seen = Seen {
            pods: vec![Pod { name: "docs-0".into(), node: Some(node.clone()), ..Pod::default() }],
            nodes: vec![Node { name: node, known: true, ..Node::default() }],
            ..Seen::default()
        };
        self
    }

    fn look<T>(&self, see: impl FnOnce(&Order<'_>, Decision<'_>) -> T) -> T {
        self.order(|order| see(order, Case::of(order, self.lags).decide(order, PATIENCE)))
    }

    fn order<T>(&self, see: impl FnOnce(&Order<'_>) -> T) -> T {
        see(&Order {
            world: &self.scene.world,
            workspace: &self.workspace,
            tenant: self.owned.then_some(&self.scene.tenant),
            siblings: &[],
            live: &self.live,
        })
    }

    /// The same, once what is decided now stands in its status.
    fn noted(mut self) -> Self {
        self.workspace.status = Some(*self.look(|_, decision| decision.status.clone()));
        self
    }

    fn told(&self) -> Told {
        self.look(|_, decision| told(&decision))
    }
}

/// What is recorded, what is written, what comes then, and why it is not ready.
type Told = (Vec<Action>, &'static str, Then, String);

fn told(decision: &Decision<'_>) -> Told {
    let steps = match &decision.steps {
        Steps::Nothing => "nothing",
        Steps::Hold => "hold",
        Steps::Settle(_) => "settle",
        Steps::Delete => "delete",
        Steps::Remove(_) => "remove",
        Steps::Release(_) => "release",
    };
    let ready = decision.status.conditions.iter().find(|c| c.type_ == READY).unwrap();
    (
        decision.records.iter().map(|(audit, _)| audit.action).collect(),
        steps,
        decision.then,
        ready.reason.clone(),
    )
}

/// Status and message of a condition.
fn said(status: &WorkspaceStatus, kind: &str) -> (String, String) {
    let found = status.conditions.iter().find(|c| c.type_ == kind).unwrap();
    (found.status.clone(), found.message.clone())
}

#[test]
fn each_case_has_its_records_its_writes_its_status_and_its_next_look() {
    use Action::{Paused, WorkspaceChanged, WorkspaceOrdered, WorkspacePlaced};
    let with = |change: fn(&mut Stage)| {
        let mut stage = Stage::new();
        change(&mut stage);
        stage
    };
    let pause = |stage: &mut Stage| {
        stage.workspace.metadata.annotations = Some([(labels::PAUSED.to_owned(), "true".to_owned())].into());
    };
    let due = |stage: &mut Stage| {
        stage.workspace.spec.delete_after = Some(Time(stage.scene.world.now));
        stage.workspace.metadata.generation = Some(2);
    };
    let silent = |stage: &mut Stage| stage.live.get_mut("par1").unwrap().reachable = false;
    let orphan = |stage: Stage| Stage { owned: false, ..stage };
    let lagging = |stage: Stage| Stage { lags: true, ..stage };
    let now = Then::LookWithin(Duration::ZERO);
    let (soon, later) = (Then::LookWithin(SOON), Then::LookWithin(RESYNC));
    let (applying, scheduled) = ("Applying", DELETION_SCHEDULED);
    for (case, stage, records, steps, then, ready) in vec![
        ("lags", lagging(Stage::new()), vec![], "nothing", Then::LookAgain, applying),
        ("lags, and leaves", lagging(Stage::new().leaving()), vec![], "nothing", Then::LookAgain, applying),
        ("paused", with(pause), vec![Paused], "nothing", later, PAUSED),
        ("paused still", with(pause).noted(), vec![], "nothing", later, PAUSED),
        ("paused, and nobody's", orphan(with(pause)), vec![], "nothing", later, PAUSED),
        ("not held", with(|s| s.workspace.metadata.finalizers = None), vec![], "hold", Then::Await, applying),
        ("ordered", Stage::fresh(), vec![WorkspaceOrdered, WorkspacePlaced], "settle", later, applying),
        ("as wanted", Stage::new(), vec![], "settle", later, applying),
        ("changed", Stage::new().changed(), vec![WorkspaceChanged], "settle", later, applying),
        ("its site is silent", with(silent), vec![], "settle", soon, "SiteUnreachable"),
        ("refused", with(|s| s.scene.world.policies.clear()), vec![], "settle", later, REFERENCE_NOT_FOUND),
        ("its tenant is gone", orphan(Stage::new()), vec![], "settle", later, "NoTenant"),
        ("its end is not recorded yet", with(due), vec![WorkspaceChanged], "settle", now, scheduled),
        ("its end has come", with(due).noted(), vec![], "delete", Then::Await, scheduled),
        ("its end has come, and nobody's", orphan(with(due).noted()), vec![], "settle", later, scheduled),
        (
            "leaves with an order not recorded",
            Stage::new().changed().leaving_later(),
            vec![WorkspaceChanged],
            "nothing",
            soon,
            DELETING,
        ),
        ("leaves, and lies there", Stage::new().housed().leaving(), vec![], "remove", soon, DELETING),
        ("leaves, and lies nowhere", Stage::new().leaving(), vec![], "remove", Then::AskWhatIsLeft, DELETING),
        (
            "leaves, and nobody's",
            orphan(Stage::new().leaving()),
            vec![],
            "remove",
            Then::AskWhatIsLeft,
            DELETING,
        ),
    ] {
        assert_eq!(stage.told(), (records, steps, then, ready.to_owned()), "{case}");
    }
}

#[test]
fn what_is_wanted_is_written_in_order_and_its_namespace_first() {
    Stage::fresh().look(|_, decision| {
        let Steps::Settle(plan) = decision.steps else { panic!() };
        let steps = &plan.sites["par1"].steps;
        assert!(matches!(&steps[0], Step::Create(home, Drift::None) if home.kind == Kind::Namespace));
        let written: Vec<Kind> = steps[1..]
            .iter()
            .map(|step| match step {
                Step::Apply(object, Drift::None) => object.kind,
                other => panic!("{other:?}"),
            })
            .collect();
        let first_of_flux = written.iter().position(|kind| kind.is_flux()).unwrap();
        assert!(written[first_of_flux..].iter().all(|kind| kind.is_flux()), "{written:?}");
        let quota = written.iter().position(|kind| *kind == Kind::ResourceQuota).unwrap();
        assert!(quota < first_of_flux, "nothing runs before it is bounded");
    });
}

#[test]
fn where_data_lies_is_told_in_each_case() {
    let mut paused = Stage::new().astray();
    paused.workspace.metadata.annotations = Some([(labels::PAUSED.to_owned(), "true".to_owned())].into());
    let lagging = Stage { lags: true, ..Stage::new().astray() };
    for stage in [paused, lagging, Stage::new().astray(), Stage::new().astray().leaving()] {
        stage.look(|_, decision| {
            assert!(decision.located.is_some(), "offered as evidence");
            assert_eq!(said(&decision.status, LOCATED).0, "False");
        });
    }
}

impl Stage {
    /// Deleted after its order was changed.
    fn leaving_later(self) -> Self {
        let mut stage = self.leaving();
        stage.workspace.metadata.generation = Some(3);
        stage
    }
}

#[test]
fn a_log_that_refuses_hides_no_breach_and_tells_nothing_else() {
    for stage in [Stage::new().astray().changed(), Stage::new().astray().changed().leaving_later()] {
        stage.look(|order, decision| {
            assert!(!decision.records.is_empty());
            let status = decision.unrecorded(order, Message::verbatim("full".to_owned()));
            assert_eq!(said(&status, LOCATED).0, "False");
            assert!(!status.findings.is_empty());
            let before = stage.workspace.status.as_ref().unwrap();
            assert_eq!(status.recorded_generation, before.recorded_generation);
            assert_eq!(status.observed_generation, before.observed_generation);
            assert_eq!(said(&status, READY), said(before, READY), "the order is not told of");
        });
    }
}

#[test]
fn what_is_gone_is_let_go_of_once_that_stands_in_the_log() {
    let found = Remnants { site: "par1".into(), ..Remnants::default() };
    Stage::new().leaving().look(|order, decision| {
        let (located, Steps::Remove(closing)) = (decision.located, decision.steps) else { panic!() };
        let decision = gone(order, located, closing, Ok(vec![found]));
        let expected = (vec![Action::WorkspaceDeleted], "release", Then::Await, DELETING.to_owned());
        assert_eq!(told(&decision), expected);
        let status = decision.unrecorded(order, Message::verbatim("full".to_owned()));
        assert!(said(&status, READY).1.contains("must stand in the log first: full"), "{status:?}");
        assert_eq!(status.sites, decision.status.sites, "it lies somewhere until that is recorded");
    });
}

#[test]
fn what_nobody_owns_any_more_is_let_go_of_and_stands_in_nobodys_log() {
    Stage { owned: false, ..Stage::new().leaving() }.look(|order, decision| {
        let (located, Steps::Remove(closing)) = (decision.located, decision.steps) else { panic!() };
        assert!(located.is_none());
        let decision = gone(order, located, closing, Ok(Vec::new()));
        assert_eq!(told(&decision), (vec![], "release", Then::Await, DELETING.to_owned()));
    });
}

#[test]
fn what_is_waited_for_before_it_is_gone_is_told_and_nothing_is_recorded() {
    Stage::new().leaving().look(|order, decision| {
        let (located, Steps::Remove(closing)) = (decision.located, decision.steps) else { panic!() };
        let waiting = Message::from(ProgressMessage::NamespaceLeaving).of("par1");
        let decision = gone(order, located, closing, Err(waiting.clone()));
        assert_eq!(told(&decision), (vec![], "nothing", Then::LookWithin(SOON), DELETING.to_owned()));
        assert_eq!(said(&decision.status, READY).1, waiting.to_string());
    });
}

#[test]
fn what_a_site_refuses_is_told_while_it_settles_and_while_it_leaves() {
    for stage in [Stage::fresh(), Stage::new().housed().leaving()] {
        stage.look(|order, decision| {
            assert_eq!(decision.applied(order, &Refused::default()), *decision.status, "nothing was refused");
            let writes = BTreeMap::from([("par1".to_owned(), Message::verbatim("no room".to_owned()))]);
            let refused = Refused { writes, ..Refused::default() };
            let status = decision.applied(order, &refused);
            let told = status.conditions.iter().any(|condition| condition.message.contains("no room"));
            assert!(told, "{:?}", status.conditions);
        });
    }
}

#[test]
fn a_workspace_on_a_site_lies_there_until_it_has_left() {
    let mut stage = Stage::new().housed().leaving();
    let names = |status: &WorkspaceStatus| -> Vec<String> {
        status.sites.iter().map(|PlacedSite { name, .. }| name.clone()).collect()
    };
    assert_eq!(stage.look(|_, decision| names(&decision.status)), ["par1"]);
    stage.live.clear();
    assert_eq!(stage.look(|_, decision| names(&decision.status)), ["par1"], "silence is no proof");
    assert_eq!(stage.told(), (vec![], "remove", Then::LookWithin(SOON), DELETING.to_owned()));
}
