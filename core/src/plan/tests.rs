use beffroi_crds::{
    Site, SovereigntyPolicy,
    app::{Channel, FilledValue, ValueSource},
    conditions::ACCEPTED,
    site::GatewayHost,
    workspace::{PlacedSite, PlacementRequest, WaitsFor, WorkspaceStatus},
};

use super::*;
use crate::{
    evidence::statement::DataLocation,
    location::{self, Observation, Since},
    message::{self, Language},
    policy::fixtures::{self, Scene},
};

/// A workspace that lies on these sites, of which par1 and rbx1 are declared, and holds release 1 of docs.
struct Settled {
    scene: Scene,
    workspace: Workspace,
    live: BTreeMap<String, SiteLive>,
}

impl Settled {
    fn on(sites: &[&str]) -> Self {
        let mut scene = Scene::default();
        scene.open(fixtures::site("rbx1", fixtures::site_spec("Roubaix", "FR-HDF", 50.6901, 3.1613)));
        let policy = SovereigntyPolicy::new("standard", scene.policy.clone());
        scene.world.policies.insert("standard".into(), Arc::new(policy));
        let release = |version: &str, irreversible| Release {
            version: version.into(),
            irreversible,
            ..Release::default()
        };
        scene.app.spec.releases = vec![release("2", true), release("1", false)];
        scene.world.apps.insert("docs".into(), Arc::new(scene.app.clone()));
        let mut workspace = Workspace::new("mairie", scene.workspace.clone());
        let placed = sites.iter().map(|name| PlacedSite {
            name: (*name).into(),
            city: format!("City of {name}"),
            ..PlacedSite::default()
        });
        let held = HeldRelease { app: "docs".into(), version: "1".into(), ..HeldRelease::default() };
        workspace.status = Some(WorkspaceStatus {
            sites: placed.collect(),
            releases: vec![held],
            ..WorkspaceStatus::default()
        });
        Self { scene, workspace, live: BTreeMap::new() }
    }

    fn wants(mut self, sites: u32) -> Self {
        let placement = PlacementRequest { sites: Some(sites), ..PlacementRequest::default() };
        self.workspace.spec.placement = Some(placement);
        self
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

    fn status(&self, seen: Option<&Located>) -> WorkspaceStatus {
        report::status(&self.order(), &plan(&self.order()), seen, &BTreeMap::new())
    }
}

/// Sites that the plan leaves, and those that it says so of.
fn left(settled: &Settled) -> (Vec<String>, Vec<String>) {
    let plan = plan(&settled.order());
    let placement = plan.accepted.expect("an order that stands").placement;
    let leaving = plan.sites.into_keys().filter(|name| !placement.chosen.contains(name));
    (leaving.collect(), placement.leaving)
}

#[test]
fn what_is_told_to_leave_is_what_the_plan_leaves() {
    let both = |name: &str| (vec![name.to_owned()], vec![name.to_owned()]);
    assert_eq!(left(&Settled::on(&["rbx1", "par1"]).wants(1)), both("par1"), "the oldest stays");
    assert_eq!(left(&Settled::on(&["rbx1", "par1"]).wants(2)), (vec![], vec![]));
    assert_eq!(left(&Settled::on(&["gone", "par1"]).wants(1)), both("gone"), "though nobody declares it");
    let mut far = Settled::on(&["rbx1", "par1"]).wants(1);
    far.scene.policy.redundancy.min_distance_km = 10_000;
    let policy = SovereigntyPolicy::new("standard", far.scene.policy.clone());
    far.scene.world.policies.insert("standard".into(), Arc::new(policy));
    far.workspace.spec.placement.as_mut().unwrap().sites = Some(3);
    assert_eq!(left(&far), (vec![], vec![]), "nothing leaves while the request is not met");
}

#[test]
fn a_site_that_nobody_declares_any_more_is_told_with_its_city() {
    let status = Settled::on(&["gone"]).wants(1).status(None);
    let told: Vec<_> = status.sites.iter().map(|site| (site.name.as_str(), site.city.as_str())).collect();
    assert_eq!(told, [("gone", "City of gone")]);
}

#[test]
fn a_version_that_cannot_be_gone_back_to_changes_nothing_that_runs() {
    let mut settled = Settled::on(&["par1"]);
    settled.workspace.status.as_mut().unwrap().releases[0].version = "2".into();
    assert_eq!(plan(&settled.order()).sites.len(), 0);
    let status = settled.status(None);
    let accepted = status.conditions.iter().find(|c| c.type_ == ACCEPTED).unwrap();
    assert_eq!((&*accepted.status, &*accepted.reason), ("False", "NoUpgradePath"));
    assert_eq!(status.releases[0].version, "2", "it is held still");
}

#[test]
fn an_app_that_leads_to_a_gateway_is_not_installed_where_there_is_none() {
    let mut settled = Settled::on(&["par1"]);
    let mut site = (*settled.scene.world.sites["par1"].site).clone();
    let filled = FilledValue { path: "serviceMedia.host".into(), from: ValueSource::GatewayHost };
    let (plain, release) = (settled.scene.app.clone(), Release::default());
    settled.scene.app.spec.filled_values.push(filled);
    let told = |site: &Site, app: &App| {
        resolve::no_gateway(&Placed {
            tenant: &settled.scene.tenant,
            workspace: &settled.workspace,
            site,
            policy: &settled.scene.policy,
            apps: &[(app, &release)],
            gone: &[],
            needs: Resources::default(),
        })
    };
    let app = &settled.scene.app;
    assert_eq!(told(&site, &plain), None);
    assert!(told(&site, app).is_some_and(|why| why.to_string().contains("spec.gatewayHosts")));
    let gateway = |country: &str| GatewayHost { host: "objets.example".into(), country: country.into() };
    site.spec.gateway_hosts = vec![gateway("US")];
    assert!(told(&site, app).is_some(), "its country is not allowed");
    site.spec.gateway_hosts.push(gateway("FR"));
    assert_eq!(told(&site, app), None);
}

#[test]
fn what_does_not_come_yet_is_told() {
    let mut settled = Settled::on(&["par1"]);
    settled.workspace.spec.apps[0].version = None;
    settled.workspace.spec.apps[0].channel = Some(Channel::Stable);
    let pending = settled.status(None).pending;
    assert_eq!((&*pending[0].version, pending[0].waits_for), ("2", WaitsFor::Pinned));
    assert_eq!(releases::pending(&settled.scene.world, &settled.workspace), pending);
    settled.workspace.spec.updates = beffroi_crds::workspace::UpdatePolicy::FollowChannel;
    let status = settled.status(None);
    assert_eq!((&*status.releases[0].version, status.pending.len()), ("2", 0));
}

#[test]
fn findings_that_are_not_listed_are_counted_for_as_long_as_nobody_judges_anew() {
    let mut settled = Settled::on(&["par1"]);
    let observation = Observation::default();
    let claim = location::claim(&observation, &Since::default(), settled.scene.world.now);
    let seen = Located { observation, claim: DataLocation { findings_omitted: 19, ..claim } };
    let status = settled.status(Some(&seen));
    assert_eq!(status.findings_omitted, 19);
    settled.workspace.status = Some(status);
    assert_eq!(settled.status(None).findings_omitted, 19);
    let fewer = Located { claim: DataLocation { findings_omitted: 0, ..seen.claim }, ..seen };
    assert_eq!(report::observed(&settled.order(), Some(&fewer)).findings_omitted, 0);
}

#[test]
fn an_order_stands_under_its_tenants_domains_alone_and_what_was_accepted_stays() {
    let refused = |settled: &Settled| plan(&settled.order()).accepted.err().map(|refusal| refusal.reason());
    let mut settled = Settled::on(&[]);
    settled.workspace.status = None;
    assert_eq!(refused(&settled), None);
    assert_eq!(settled.status(None).domain.as_deref(), Some("macon.example"));

    settled.workspace.spec.domain = "ght-bm.example".into();
    settled.scene.tenant.metadata.uid = Some("u-1".into());
    let accepted = settled.status(None).conditions.into_iter().find(|c| c.type_ == ACCEPTED).unwrap();
    assert_eq!((&*accepted.status, &*accepted.reason), ("False", "DomainNotProven"));
    let record = "_beffroi.ght-bm.example TXT \"beffroi-tenant=u-1\"";
    assert!(accepted.message.contains(record), "{}", accepted.message);
    let french = message::drawn(Language::Fr, &accepted.code, &accepted.args, &accepted.message);
    assert!(french.starts_with("le domaine ght-bm.example n'est ni déclaré") && french.contains(record));
    assert!(plan(&settled.order()).sites.is_empty(), "nothing is written");

    let other = Tenant::new(
        "ght",
        beffroi_crds::TenantSpec { domains: vec!["ght-bm.example".into()], ..Default::default() },
    );
    let mut other = fixtures::holding(other);
    other.metadata.uid = Some("u-2".into());
    settled.scene.world.tenants.insert("ght".into(), Arc::new(other));
    settled.workspace.spec.domain = "communication.ght-bm.example".into();
    assert_eq!(refused(&settled), Some("DomainTaken"));
    settled.workspace.spec.domain = "gouv.fr".into();
    assert_eq!(refused(&settled), Some("PublicSuffix"));

    // Declared or proven no more: what was accepted stands, and says so; another order does not.
    settled.workspace.spec.domain = "a.macon.example".into();
    let status = settled.status(None);
    settled.workspace.status = Some(status);
    settled.scene.tenant.status.as_mut().unwrap().domains[0].lost_since =
        Some(k8s_openapi::apimachinery::pkg::apis::meta::v1::Time(settled.scene.world.now));
    let accepted = settled.status(None).conditions.into_iter().find(|c| c.type_ == ACCEPTED).unwrap();
    assert_eq!((&*accepted.status, &*accepted.reason), ("True", "DomainLost"));
    settled.workspace.spec.domain = "b.macon.example".into();
    assert_eq!(refused(&settled), Some("DomainLost"));
}

#[test]
fn no_two_workspaces_have_one_host() {
    let at = |workspace: &mut Workspace, name: &str, second: i64| {
        workspace.metadata.name = Some(name.into());
        workspace.metadata.uid = Some(name.into());
        let time = jiff::Timestamp::from_second(second).unwrap();
        workspace.metadata.creation_timestamp =
            Some(k8s_openapi::apimachinery::pkg::apis::meta::v1::Time(time));
    };
    let mut settled = Settled::on(&[]);
    settled.workspace.status = None;
    at(&mut settled.workspace, "premier", 1);
    let (mut same, mut above, mut beside) =
        (settled.workspace.clone(), settled.workspace.clone(), settled.workspace.clone());
    at(&mut same, "meme", 2);
    at(&mut above, "dessus", 2);
    at(&mut beside, "voisin", 2);
    above.spec.domain = "docs.macon.example".into();
    beside.spec.domain = "autre.macon.example".into();
    let refused = |workspace: &Workspace, sibling: &Workspace| {
        let siblings = [Arc::new(sibling.clone())];
        let order = Order { workspace, siblings: &siblings, ..settled.order() };
        plan(&order)
            .accepted
            .err()
            .map(|refusal| (refusal.reason(), refusal.to_string().contains(&sibling.name_any())))
    };
    let taken = Some(("HostTaken", true));
    let first = &settled.workspace;
    for later in [&same, &above] {
        assert_eq!((refused(first, later), refused(later, first)), (None, taken), "{later:?}");
        // Whoever was accepted with it first, though the other was ordered before.
        let accepted = |workspace: &Workspace| {
            let status = report::status(
                &Order { workspace, ..settled.order() },
                &plan(&Order { workspace, ..settled.order() }),
                None,
                &BTreeMap::new(),
            );
            Workspace { status: Some(status), ..workspace.clone() }
        };
        let later = accepted(later);
        assert_eq!((refused(first, &later), refused(&later, first)), (taken, None));
        let both = accepted(first);
        assert_eq!((refused(&both, &later), refused(&later, &both)), (None, taken), "never both");
    }
    assert_eq!((refused(first, &beside), refused(&beside, first)), (None, None));
}

#[test]
fn what_is_suspended_is_told_so_where_nothing_is_left_to_see() {
    use crate::conditions::{Finding, State};
    use beffroi_crds::conditions::{LOCATED, reason::SUSPENDED};

    let mut settled = Settled::on(&["par1"]);
    let seen = |reason| [Finding::new(LOCATED, State::Unknown, reason, message::Message::none())];
    let ready = |settled: &Settled, reason| report::ready(&settled.order(), &seen(reason)).reason;
    settled.live.insert("par1".into(), SiteLive { reachable: true, ..SiteLive::default() });
    assert_eq!(ready(&settled, report::NOTHING_SEEN), report::NOTHING_SEEN, "what should run is missed");
    settled.workspace.spec.suspended = true;
    assert_eq!(ready(&settled, report::NOTHING_SEEN), SUSPENDED);
    assert_eq!(ready(&settled, "ObservationTooOld"), "ObservationTooOld", "it was not looked at");
    let pod = PodFacts { name: "docs-0".into(), fine: true, ..PodFacts::default() };
    settled.live.get_mut("par1").unwrap().pods = vec![pod];
    assert_eq!(ready(&settled, report::NOTHING_SEEN), report::NOTHING_SEEN, "a pod runs, and is on no node");
}
