use std::{collections::BTreeMap, sync::Arc};

use beffroi_crds::{
    Site, SovereigntyPolicy,
    app::{Chart, Needs, Release},
    conditions::{PLACED, PROVISIONED},
    provider::Scheme,
    site::Registry,
    text::OciRepository,
    workspace::{DataKind, OrderedApp, PlacementRequest},
};
use serde_json::json;

use super::*;
use crate::{
    evidence::statement::Action,
    french::tests::assert_french,
    plan::{Due, Plan, Step, audit, look_again, plan},
    policy::fixtures::{self, Scene},
};

const DAY: i64 = 86_400;
const KEPT: u32 = 10;

/// A workspace of docs and meet on par1 and rbx1, whose policy keeps data for ten days, and what is there of it.
struct Kept {
    scene: Scene,
    workspace: Workspace,
    live: BTreeMap<String, SiteLive>,
    start: Timestamp,
}

fn app(name: &str) -> App {
    let mut app = fixtures_app(name);
    app.spec.needs =
        Needs { cpu: "1".into(), memory: "1Gi".into(), storage: Some("5Gi".into()), ..Needs::default() };
    let chart = Chart {
        repository: OciRepository(format!("oci://registre.example/{name}")),
        digest: format!("sha256:{}", name.len().to_string().repeat(64)).as_str().into(),
    };
    app.spec.releases = ["2", "1"]
        .map(|version| Release { version: version.into(), chart: chart.clone(), ..Release::default() })
        .into();
    app
}

fn fixtures_app(name: &str) -> App {
    let mut app = Scene::default().app;
    app.metadata.name = Some(name.into());
    app
}

fn ordered(names: &[&str]) -> Vec<OrderedApp> {
    let one = |name: &&str| OrderedApp { name: (*name).into(), version: Some("1".into()), channel: None };
    names.iter().map(one).collect()
}

fn at_registry(facts: &mut crate::facts::SiteFacts) {
    let site: &mut Site = Arc::make_mut(&mut facts.site);
    site.spec.registries = vec![Registry {
        host: "registre.example".into(),
        operator: "hoster".into(),
        country: "FR".into(),
        ..Registry::default()
    }];
}

impl Kept {
    fn new() -> Self {
        let mut scene = Scene::default();
        scene.open(fixtures::site("rbx1", fixtures::site_spec("Roubaix", "FR-HDF", 50.6901, 3.1613)));
        scene.world.sites.values_mut().for_each(at_registry);
        for name in ["docs", "meet"] {
            scene.world.apps.insert(name.into(), Arc::new(app(name)));
        }
        scene.policy.deletion.min_grace_days = KEPT;
        let mut workspace = Workspace::new("mairie", scene.workspace.clone());
        workspace.metadata.namespace = Some("tenant-macon".into());
        workspace.metadata.uid = Some("u-1".into());
        workspace.metadata.generation = Some(1);
        workspace.spec.apps = ordered(&["docs", "meet"]);
        let start = scene.world.now;
        let answers = || SiteLive { reachable: true, ..SiteLive::default() };
        let live = ["par1", "rbx1"].map(|name| (name.to_owned(), answers())).into();
        let mut kept = Self { scene, workspace, live, start };
        kept.adopt_policy();
        kept.wants(2);
        kept.settle();
        assert!(kept.live.values().all(|live| !live.objects.is_empty()), "{:?}", kept.status());
        kept
    }

    fn adopt_policy(&mut self) {
        let policy = SovereigntyPolicy::new("standard", self.scene.policy.clone());
        self.scene.world.policies.insert("standard".into(), Arc::new(policy));
    }

    fn wants(&mut self, sites: u32) {
        let placement = PlacementRequest { sites: Some(sites), ..PlacementRequest::default() };
        self.workspace.spec.placement = Some(placement);
        self.next();
    }

    fn names(&mut self, apps: &[&str]) {
        self.workspace.spec.apps = ordered(apps);
        self.next();
    }

    fn next(&mut self) {
        *self.workspace.metadata.generation.get_or_insert_default() += 1;
    }

    fn on(&mut self, day: i64) {
        self.scene.world.now = self.start.saturating_add(SignedDuration::from_secs(day * DAY)).unwrap();
    }

    fn order(&self) -> Order<'_> {
        Order {
            world: &self.scene.world,
            workspace: &self.workspace,
            tenant: Some(&self.scene.tenant),
            siblings: &[],
            live: &self.live,
        }
    }

    /// What the log is told, and how many writes the plan has; carried out, and written down.
    fn step(&mut self) -> (Vec<(Action, String)>, usize) {
        let order = self.order();
        let plan: Plan<'_> = plan(&order);
        assert!(plan.accepted.is_ok(), "{plan:?}");
        let status = report::status(&order, &plan, None, &BTreeMap::new());
        let told = audit::changes(&order, &status).into_iter().map(|(audit, _)| (audit.action, audit.note));
        let told: Vec<_> = told.collect();
        for (_, note) in &told {
            assert_french(note);
        }
        let steps: Vec<(String, Step)> = plan
            .sites
            .into_iter()
            .flat_map(|(name, site)| site.steps.into_iter().map(move |step| (name.clone(), step)))
            .collect();
        let writes = steps.len();
        self.workspace.status = Some(status);
        for (site, step) in steps {
            let live = self.live.get_mut(&site).unwrap();
            let same = |kind: Kind, name: &str, there: &Live| there.kind == kind && there.name() == name;
            match step {
                Step::Create(object, _) | Step::Apply(object, _) => {
                    let name = object.name().to_owned();
                    live.objects.retain(|there| !same(object.kind, &name, there));
                    let mut there = object.manifest;
                    if object.kind.is_flux() {
                        there.data["status"] = json!({"conditions": [{"type": "Ready", "status": "True"}]});
                    }
                    live.objects.push(Arc::new(Live { kind: object.kind, object: there }));
                }
                Step::Delete(gone) if gone.kind == Kind::Namespace => live.objects.clear(),
                Step::Delete(gone) | Step::Release(gone) => {
                    live.objects.retain(|there| !same(gone.kind, gone.name(), there));
                }
            }
        }
        (told, writes)
    }

    /// Goes on until there is nothing to do; what the log was told meanwhile.
    fn settle(&mut self) -> Vec<(Action, String)> {
        let mut all = Vec::new();
        for _ in 0..12 {
            let before = self.workspace.status.clone();
            let (told, writes) = self.step();
            all.extend(told);
            if writes == 0 && self.workspace.status == before {
                return all;
            }
        }
        panic!("it never settles: {:?}", self.workspace.status);
    }

    /// Releases in a site, each with whether it is stopped; none without a namespace.
    fn releases(&self, site: &str) -> Vec<(String, bool)> {
        let mut all: Vec<_> = releases_of(&self.live[site])
            .map(|live| (live.name().to_owned(), manifests::is_stopped(live)))
            .collect();
        all.sort();
        all
    }

    fn runs(&self, site: &str, wanted: &[(&str, bool)]) {
        let wanted: Vec<_> = wanted.iter().map(|(name, stopped)| ((*name).to_owned(), *stopped)).collect();
        assert_eq!(self.releases(site), wanted, "{site}");
    }

    fn status(&self) -> &WorkspaceStatus {
        self.workspace.status.as_ref().unwrap()
    }

    fn said(&self, kind: &str) -> (String, String) {
        let found = self.status().conditions.iter().find(|found| found.type_ == kind).unwrap();
        (found.status.clone(), found.message.clone())
    }

    fn since_and_until(&self) -> Vec<(i64, i64)> {
        let day = |time: &Time| time.0.duration_since(self.start).as_secs() / DAY;
        self.status().partings.iter().map(|one| (day(&one.since), day(&one.until))).collect()
    }
}

const BOTH: [(&str, bool); 2] = [("docs", false), ("meet", false)];

#[test]
fn an_app_that_is_left_out_is_stopped_kept_for_the_time_of_grace_and_then_removed() {
    let mut kept = Kept::new();
    kept.runs("par1", &BOTH);
    kept.on(1);
    kept.names(&["meet"]);
    let told = kept.settle();
    for site in ["par1", "rbx1"] {
        kept.runs(site, &[("docs", true), ("meet", false)]);
    }
    let (action, note) = &told[0];
    assert_eq!(*action, Action::WorkspaceChanged);
    assert!(
        note.contains("apps are now meet 1") && note.contains("app docs is left out of the order"),
        "{note}"
    );
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(kept.since_and_until(), [(1, 11)]);
    let (placed, message) = kept.said(PLACED);
    assert!(placed == "True" && message.contains("it is stopped, and its data is kept until"), "{message}");
    assert_french(message.split_once("; ").unwrap().1);
    assert_eq!(kept.said(PROVISIONED).0, "True");
    let status = kept.status();
    assert!(status.hosts.contains(&"docs.macon.example".to_owned()), "its name stays: {:?}", status.hosts);
    assert!(!status.releases.iter().any(|held| held.app == "docs"));
    assert_eq!(status.partings[0].held.as_ref().unwrap().version, "1");
    // Nothing but time is left, and it is looked at again then.
    assert_eq!(look_again(&kept.order()), Due::At(status.partings[0].until.0));

    kept.on(10);
    assert_eq!(kept.settle(), [], "not before its time");
    kept.on(11);
    let told = kept.settle();
    kept.runs("par1", &[("meet", false)]);
    kept.runs("rbx1", &[("meet", false)]);
    assert_eq!(kept.since_and_until(), []);
    assert!(
        matches!(&told[..], [(Action::ReleaseChanged, note)] if note.ends_with("not kept any more")),
        "{told:?}"
    );
    assert_eq!(look_again(&kept.order()), Due::Never);
}

#[test]
fn what_is_ordered_again_goes_on_from_where_it_was_and_its_time_counts_anew() {
    let mut kept = Kept::new();
    kept.names(&["meet"]);
    kept.settle();
    kept.on(9);
    // Of the channel's newest there is no word: it goes on at the version that it has.
    kept.workspace.spec.apps.insert(
        0,
        OrderedApp { name: "docs".into(), channel: Some(beffroi_crds::app::Channel::Stable), version: None },
    );
    kept.next();
    kept.settle();
    kept.runs("par1", &BOTH);
    assert_eq!(kept.since_and_until(), []);
    let held = kept.status().releases.iter().find(|held| held.app == "docs").unwrap();
    assert_eq!(held.version, "1");
    kept.names(&["meet"]);
    kept.settle();
    assert_eq!(kept.since_and_until(), [(9, 19)]);
    // Taken back and left out again before anybody looked.
    kept.on(15);
    kept.next();
    kept.names(&["meet"]);
    kept.settle();
    assert_eq!(kept.since_and_until(), [(15, 25)]);
    // One other change takes nothing back.
    kept.on(16);
    kept.next();
    kept.settle();
    assert_eq!(kept.since_and_until(), [(15, 25)]);
}

#[test]
fn an_app_that_the_catalogue_forgot_meanwhile_comes_back_as_it_was() {
    let mut kept = Kept::new();
    kept.names(&["meet"]);
    kept.settle();
    kept.scene.world.apps.remove("docs");
    assert_eq!(kept.settle(), []);
    kept.runs("par1", &[("docs", true), ("meet", false)]);
    kept.names(&["docs", "meet"]);
    kept.settle();
    kept.runs("par1", &BOTH);
}

#[test]
fn a_site_that_is_left_is_stopped_kept_and_then_removed() {
    let mut kept = Kept::new();
    kept.on(1);
    kept.wants(1);
    let told = kept.settle();
    let stays = kept.order().workspace.status.as_ref().unwrap().sites[0].name.clone();
    let left = if stays == "par1" { "rbx1" } else { "par1" };
    kept.runs(&stays, &BOTH);
    kept.runs(left, &[("docs", true), ("meet", true)]);
    assert!(told[0].1.contains(&format!("site {left} is left")), "{told:?}");
    assert_eq!(told.len(), 1, "it lies there yet: {told:?}");
    let sites: Vec<_> = kept.status().sites.iter().map(|site| site.name.clone()).collect();
    assert_eq!(sites, [stays.as_str(), left]);
    assert!(kept.status().sites[1].message.as_ref().unwrap().contains("the data there is kept until"));
    assert!(kept.said(PLACED).1.contains("what ran there is stopped"), "{}", kept.said(PLACED).1);
    assert_eq!(kept.said(PROVISIONED).0, "True");

    // A bad day of the site that stays brings nothing back and takes nothing away, whatever refuses it.
    let whole = kept.scene.world.sites[&stays].clone();
    let site: &mut Site = Arc::make_mut(&mut kept.scene.world.sites.get_mut(&stays).unwrap().site);
    site.spec.country = "US".into();
    kept.settle();
    kept.runs(&stays, &BOTH);
    kept.runs(left, &[("docs", true), ("meet", true)]);
    kept.scene.world.sites.insert(stays.clone(), whole);
    kept.settle();
    assert_eq!(kept.since_and_until(), [(1, 11)]);

    kept.on(11);
    let told = kept.settle();
    assert!(kept.live[left].objects.is_empty());
    assert!(matches!(&told[..], [(Action::WorkspacePlaced, _)]), "{told:?}");
    assert_eq!(kept.status().left_sites, [left]);
    assert_eq!(kept.since_and_until(), []);
    kept.wants(2);
    kept.settle();
    assert!(kept.status().left_sites.is_empty(), "it is back");
    assert_eq!(kept.releases(left).len(), 2);
}

#[test]
fn a_site_is_taken_back_by_ordering_as_many_as_before() {
    let mut kept = Kept::new();
    kept.scene.open(fixtures::site("aaa1", fixtures::site_spec("Strasbourg", "FR-GES", 48.573, 7.752)));
    at_registry(kept.scene.world.sites.get_mut("aaa1").unwrap());
    kept.live.insert("aaa1".into(), SiteLive { reachable: true, ..SiteLive::default() });
    kept.wants(1);
    kept.settle();
    let left = kept.status().sites[1].name.clone();
    // Closed to others, and loaded: its data is there.
    let facts = kept.scene.world.sites.get_mut(&left).unwrap();
    Arc::make_mut(&mut facts.site).spec.unschedulable = true;
    kept.wants(2);
    kept.settle();
    kept.runs(&left, &BOTH);
    assert_eq!(kept.since_and_until(), []);
    assert!(kept.live["aaa1"].objects.is_empty());
}

#[test]
fn a_site_that_the_rules_refuse_is_left_at_once_and_one_that_is_silent_is_not() {
    for (country, kept_there) in [("US", false), ("FR", true)] {
        let mut kept = Kept::new();
        let newest = kept.status().sites[1].name.clone();
        let facts = kept.scene.world.sites.get_mut(&newest).unwrap();
        Arc::make_mut(&mut facts.site).spec.country = country.into();
        if kept_there {
            let seen = facts.observed.as_mut().unwrap();
            Arc::make_mut(seen).reachable = false;
        }
        kept.wants(1);
        kept.settle();
        assert_eq!(!kept.live[&newest].objects.is_empty(), kept_there, "{country}");
        assert_eq!(kept.status().partings.len(), usize::from(kept_there));
    }
}

#[test]
fn nobody_has_a_site_left_at_once_by_what_they_order_of_late() {
    let mut kept = Kept::new();
    let stays = kept.status().sites[0].name.clone();
    // One site has a certificate for health data, the other none.
    kept.scene.hoster(|hoster| {
        hoster.certifications = vec![fixtures::certification(Scheme::Hds, "2", "Certified")];
    });
    Arc::make_mut(&mut kept.scene.world.sites.get_mut(&stays).unwrap().site).spec.service =
        "Certified".into();
    kept.settle();
    let health = |kept: &mut Kept| kept.workspace.spec.data = vec![DataKind::Health];
    let left = kept.status().sites[1].name.clone();
    health(&mut kept);
    kept.wants(1);
    kept.settle();
    assert!(!kept.status().refused.is_empty(), "by its new kinds of data");
    assert_eq!(kept.since_and_until(), [(0, 10)]);
    kept.runs(&left, &[("docs", true), ("meet", true)]);

    // In two steps, within the time; and after it.
    for (day, kept_there) in [(9, true), (10, false)] {
        let mut kept = Kept::new();
        kept.scene.hoster(|hoster| {
            hoster.certifications = vec![fixtures::certification(Scheme::Hds, "2", "Certified")];
        });
        Arc::make_mut(&mut kept.scene.world.sites.get_mut(&stays).unwrap().site).spec.service =
            "Certified".into();
        health(&mut kept);
        kept.next();
        kept.settle();
        kept.on(day);
        kept.wants(1);
        kept.settle();
        assert_eq!(!kept.live[&left].objects.is_empty(), kept_there, "day {day}");
    }
}

#[test]
fn what_is_not_there_yet_and_what_no_policy_keeps_goes_at_once() {
    let mut kept = Kept::new();
    for live in kept.live.values_mut() {
        live.objects.retain(|there| there.name() != "docs");
    }
    kept.names(&["meet"]);
    kept.settle();
    assert_eq!(kept.since_and_until(), []);

    let mut kept = Kept::new();
    kept.scene.policy.deletion.min_grace_days = 0;
    kept.adopt_policy();
    kept.names(&["meet"]);
    kept.wants(1);
    kept.settle();
    let stays = kept.status().sites[0].name.clone();
    kept.runs(&stays, &[("meet", false)]);
    assert_eq!((kept.status().sites.len(), kept.status().partings.len()), (1, 0));
}

#[test]
fn a_grouping_keeps_what_it_leaves_out_for_as_long_as_the_strictest_of_its_members() {
    let mut kept = Kept::new();
    let mut strict = kept.scene.policy.clone();
    strict.deletion.min_grace_days = 30;
    kept.scene.world.policies.insert("strict".into(), Arc::new(SovereigntyPolicy::new("strict", strict)));
    let mut member = beffroi_crds::Tenant::new("ch-macon", kept.scene.tenant.spec.clone());
    member.spec.policy = "strict".into();
    kept.scene.world.tenants.insert("ch-macon".into(), Arc::new(member));
    kept.scene.tenant.spec.members = vec!["ch-macon".into()];
    kept.names(&["meet"]);
    let [docs] = apps(&kept.order()).try_into().unwrap();
    assert_eq!(docs.until.0.duration_since(docs.since.0), SignedDuration::from_hours(30 * 24));
}

#[test]
fn what_cannot_be_seen_is_kept_and_what_is_paused_or_refused_is_not_forgotten() {
    let mut kept = Kept::new();
    kept.live.get_mut("rbx1").unwrap().reachable = false;
    kept.names(&["meet"]);
    kept.step();
    assert_eq!(kept.since_and_until(), [(0, 10)]);
    kept.on(10);
    kept.step();
    kept.step();
    kept.runs("par1", &[("meet", false)]);
    assert_eq!(kept.since_and_until(), [(0, 10)], "it may be on rbx1 yet");
    kept.live.get_mut("rbx1").unwrap().reachable = true;
    kept.settle();
    kept.runs("rbx1", &[("meet", false)]);
    assert_eq!(kept.since_and_until(), []);

    let mut kept = Kept::new();
    kept.names(&["meet"]);
    kept.settle();
    kept.on(2);
    let paused = |kept: &Kept| report::paused(&kept.order(), None).partings;
    assert_eq!(paused(&kept), kept.status().partings);
    kept.workspace.spec.domain = "ailleurs.example".into();
    kept.next();
    let order = kept.order();
    let refused = plan(&order);
    assert!(refused.accepted.is_err());
    assert_eq!(refused.partings, kept.status().partings);
    let status = report::status(&order, &refused, None, &BTreeMap::new());
    let placed = status.conditions.iter().find(|found| found.type_ == PLACED).unwrap();
    assert!(placed.message.contains("app docs is left out"), "{}", placed.message);
    kept.names(&["docs", "meet"]);
    assert_eq!(paused(&kept), []);
}

#[test]
fn its_volumes_count_and_its_namespace_has_room_for_it() {
    let mut kept = Kept::new();
    kept.names(&["meet"]);
    kept.settle();
    let needs = crate::plan::needs(&kept.scene.world, &kept.workspace);
    assert_eq!((needs.cpu_millis, needs.storage_bytes), (1000, 10 << 30));
    let quota = |kept: &Kept| {
        let mut all = kept.live["par1"].objects.iter();
        all.find_map(|there| there.object.data.pointer("/spec/hard/requests.storage").cloned()).unwrap()
    };
    assert_eq!(quota(&kept), "10Gi");
    kept.on(10);
    kept.settle();
    assert_eq!(quota(&kept), "5Gi");
}
