use std::{collections::BTreeMap, sync::Arc};

use beffroi_crds::{
    SovereigntyPolicy, Workspace,
    app::Release,
    message::Args,
    policy::{Holder, RequiredCertification},
    provider::Scheme,
    site::SiteStatus,
    workspace::{DataKind, HeldRelease, PlacedSite},
};

use super::*;
use crate::{
    conditions::State,
    message::Language,
    plan::Order,
    policy::fixtures::{Scene, certification, provider, subprocessor},
};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn sentence(ending: &Ending) -> String {
    told(ending).to_string()
}

fn end(begins: Option<&str>, ends: &str) -> End {
    End {
        what: What::Certification,
        kind: "Provider",
        name: "hoster".into(),
        title: ProviderMessage::EndingCertificate {
            scheme: "HDS".into(),
            reference: "C-1".into(),
            service: "s".into(),
        },
        begins: begins.map(at),
        ends: at(ends),
        required: false,
    }
}

#[test]
fn a_stage_begins_with_its_day_in_paris_and_the_end_with_its_second() {
    // Through 15 June, in summer time.
    let end = end(None, "2026-06-15T22:00:00Z");
    assert_eq!(end.last_day().to_string(), "2026-06-15");
    let stages = [
        ("2026-03-16T22:59:59Z", None),
        ("2026-03-16T23:00:00Z", Some(Stage::Within90Days)),
        ("2026-05-15T21:59:59Z", Some(Stage::Within90Days)),
        ("2026-05-15T22:00:00Z", Some(Stage::Within30Days)),
        ("2026-06-07T21:59:59Z", Some(Stage::Within30Days)),
        ("2026-06-07T22:00:00Z", Some(Stage::Within7Days)),
        ("2026-06-15T21:59:59Z", Some(Stage::Within7Days)),
        ("2026-06-15T22:00:00Z", Some(Stage::Ended)),
        ("2030-01-01T00:00:00Z", Some(Stage::Ended)),
    ];
    for (now, wanted) in stages {
        assert_eq!(end.stage(at(now)), wanted, "{now}");
    }
    // Each look leads to the next stage, and none before it.
    let mut now = at("2026-01-01T00:00:00Z");
    let mut reached = Vec::new();
    while let Some(next) = end.next(now) {
        assert!(next > now);
        reached.push(next.to_string());
        now = next;
    }
    let wanted =
        ["2026-03-16T23:00:00Z", "2026-05-15T22:00:00Z", "2026-06-07T22:00:00Z", "2026-06-15T22:00:00Z"];
    assert_eq!(reached, wanted);
}

#[test]
fn what_is_made_for_a_short_time_is_told_late_and_at_the_last_always() {
    let quarter = end(Some("2026-03-01T10:00:00Z"), "2026-05-30T10:00:00Z");
    assert_eq!(quarter.stage(at("2026-03-02T00:00:00Z")), None, "90 days are its whole life");
    assert_eq!(quarter.stage(at("2026-05-01T10:00:00Z")), Some(Stage::Within30Days));
    let hours = end(Some("2026-05-30T04:00:00Z"), "2026-05-30T10:00:00Z");
    assert_eq!(hours.stage(at("2026-05-30T05:00:00Z")), Some(Stage::Within7Days));
    assert_eq!(hours.next(at("2026-05-30T05:00:00Z")), Some(at("2026-05-30T10:00:00Z")));
}

#[test]
fn nothing_is_said_anew_until_a_stage_is_reached() {
    let all = [end(None, "2026-06-15T22:00:00Z")];
    let (first, later) = (soon(&all, at("2026-06-08T00:00:00Z")), soon(&all, at("2026-06-15T00:00:00Z")));
    assert_eq!(first, later);
    assert_eq!(finding(&first), finding(&later));
    assert!(news(&first, &later).is_empty());
    let ended = soon(&all, at("2026-06-16T00:00:00Z"));
    assert_eq!(news(&later, &ended).len(), 1);
    // Of what is renewed nothing is told; of what was put in its place, its own end.
    assert!(news(&first, &soon(&[end(None, "2029-06-15T22:00:00Z")], at("2026-06-08T00:00:00Z"))).is_empty());
    assert_eq!(
        news(&first, &soon(&[end(None, "2026-06-10T22:00:00Z")], at("2026-06-08T00:00:00Z"))).len(),
        1
    );
}

#[test]
fn the_gravest_stage_gives_the_reason_and_comes_first() {
    let now = at("2026-06-10T00:00:00Z");
    let title = ProviderMessage::EndingSupport { version: "1".into() };
    let far = End { title, ..end(None, "2026-08-15T22:00:00Z") };
    let told = finding(&soon(&[far, end(None, "2026-06-15T22:00:00Z")], now));
    assert_eq!((told.kind, told.state, told.reason), (LASTING, State::False, ENDS_WITHIN_7_DAYS));
    let words = "hoster: certificate HDS C-1 for s ends on 2026-06-15, within 7 days; hoster: support of release 1 ends on 2026-08-15, within 90 days";
    assert_eq!(told.message.to_string(), words);
    assert_eq!((finding(&[]).state, finding(&[]).reason), (State::True, AS_EXPECTED));
    assert_eq!(
        told.message.in_language(Language::Fr),
        "hoster : certificat HDS C-1 pour s, échéance le 15/06/2026, d'ici 7 jours ; hoster : suivi de la version 1, échéance le 15/08/2026, d'ici 90 jours"
    );
}

/// A scene in which a policy applies, and a certificate of the hoster ends in four days.
fn scene() -> Scene {
    let mut scene = Scene::default();
    scene.policy.law.ownership_statement_max_age_days = 730;
    let policy = SovereigntyPolicy::new("standard", scene.policy.clone());
    scene.world.policies.insert("standard".into(), Arc::new(policy));
    scene.hoster(|h| {
        let mut own = certification(Scheme::Hds, "2", "managed kubernetes");
        own.expires = "2026-06-19".into();
        let mut other = certification(Scheme::Iso27001, "2022", "Another service");
        other.expires = "2026-06-20".into();
        h.certifications = vec![own, other];
    });
    scene
}

fn told_of(scene: &Scene, held: &[(&str, &str)]) -> Vec<String> {
    let workspace = Workspace::new("w", scene.workspace.clone());
    let live = BTreeMap::new();
    let order = Order {
        world: &scene.world,
        workspace: &workspace,
        tenant: Some(&scene.tenant),
        siblings: &[],
        live: &live,
    };
    let sites = [PlacedSite { name: "par1".into(), ..PlacedSite::default() }];
    let until = |app: &str, version: &str| {
        scene.world.apps.get(app)?.spec.release(Some(version), None)?.supported_until.clone()
    };
    let held = held.iter().map(|(app, version)| HeldRelease {
        app: (*app).into(),
        version: (*version).into(),
        supported_until: until(app, version),
        ..HeldRelease::default()
    });
    let all = of_workspace(&order, &sites, &held.collect::<Vec<_>>()).unwrap();
    all.iter().map(|e| format!("{}{}", sentence(e), if e.required { ", required" } else { "" })).collect()
}

#[test]
fn words_that_were_kept_without_a_code_are_told_as_they_are() {
    let kept = end(None, "2026-06-15T22:00:00Z").ending(at("2026-06-10T00:00:00Z")).unwrap();
    let older = Ending { code: String::new(), args: Args::default(), ..kept.clone() };
    assert_eq!(sentence(&older), sentence(&kept));
    assert!(news(std::slice::from_ref(&older), std::slice::from_ref(&kept)).is_empty());
}

#[test]
fn provider_site_and_workspace_are_told_of_what_they_rest_on() {
    let mut scene = scene();
    let hoster = scene.world.providers["hoster"].clone();
    let now = scene.world.now;
    let titles = |ends: &[End]| soon(ends, now).iter().map(sentence).collect::<Vec<_>>();
    let own = "hoster: certificate HDS C-1 for managed kubernetes ends on 2026-06-19, within 7 days";
    assert_eq!(
        titles(&of_provider(&scene.world, &hoster)),
        [own, "hoster: certificate ISO27001 C-1 for Another service ends on 2026-06-20, within 7 days"]
    );
    // A site runs on one service of its hoster, and a workspace lies on it.
    let site = scene.site().site.clone();
    assert_eq!(titles(&of_site(&scene.world, &site, Vec::new())), [own]);
    assert_eq!(told_of(&scene, &[]), [own]);
    for by_law in [true, false] {
        let mut scene = scene.clone();
        if by_law {
            scene.workspace.data = vec![DataKind::Health];
        } else {
            let asked = RequiredCertification { scheme: Scheme::Hds, ..RequiredCertification::default() };
            let policy = scene.world.policies.get_mut("standard").unwrap();
            Arc::make_mut(policy).spec.certifications.push(asked);
        }
        assert_eq!(told_of(&scene, &[]), [format!("{own}, required")]);
    }
    // Those who work for the hoster count with all that they have.
    let mut premises = provider("Premises SA", "FR");
    premises.certifications = vec![certification(Scheme::Hds, "2", "Colocation")];
    premises.certifications[0].expires = "2026-06-30".into();
    scene.provide("premises", premises);
    scene.hoster(|h| h.subprocessors = vec![subprocessor("premises", &["FR"])]);
    let theirs = "premises: certificate HDS C-1 for Colocation ends on 2026-06-30, within 30 days";
    assert_eq!(told_of(&scene, &[]), [own, theirs]);
    // The law asks for the hoster's; a policy may ask for theirs too.
    scene.workspace.data = vec![DataKind::Health];
    assert_eq!(told_of(&scene, &[]), [format!("{own}, required"), theirs.to_owned()]);
    let policy = scene.world.policies.get_mut("standard").unwrap();
    let (scheme, held_by) = (Scheme::Hds, Holder::HosterAndSubprocessors);
    let asked = RequiredCertification { scheme, held_by, ..RequiredCertification::default() };
    Arc::make_mut(policy).spec.certifications.push(asked);
    assert_eq!(told_of(&scene, &[]), [format!("{own}, required"), format!("{theirs}, required")]);
}

#[test]
fn a_statement_ages_by_the_policy_that_applies() {
    let mut scene = scene();
    let mut strict = SovereigntyPolicy::new("strict", scene.policy.clone());
    strict.spec.law.ownership_statement_max_age_days = 170;
    scene.world.policies.insert("strict".into(), Arc::new(strict));
    // 1 January and 170 days.
    let words =
        "hoster: ownership statement of 2026-01-01 under policy strict ends on 2026-06-20, within 7 days";
    let hoster = scene.world.providers["hoster"].clone();
    let told: Vec<_> =
        soon(&of_provider(&scene.world, &hoster), scene.world.now).iter().map(sentence).collect();
    assert!(told.contains(&words.to_owned()), "{told:?}");
    assert!(told_of(&scene, &[]).iter().all(|line| !line.contains("strict")));
    scene.tenant.spec.policy = "strict".into();
    assert!(told_of(&scene, &[]).contains(&words.to_owned()));
}

#[test]
fn support_of_what_is_held_counts_and_so_does_the_publisher() {
    let mut scene = scene();
    let release = |version: &str, until: &str| Release {
        version: version.into(),
        supported_until: Some(until.into()),
        ..Release::default()
    };
    scene.app.spec.releases = vec![release("2", "2026-07-01"), release("1", "2026-06-14")];
    scene.world.apps.insert("docs".into(), Arc::new(scene.app.clone()));
    let ends: Vec<_> = soon(&of_app(&scene.app), scene.world.now).iter().map(sentence).collect();
    let one = "docs: support of release 1 has ended, its last day was 2026-06-14";
    assert_eq!(ends, [one, "docs: support of release 2 ends on 2026-07-01, within 30 days"]);
    let of_docs = |scene: &Scene, version| {
        let told = told_of(scene, &[("docs", version)]);
        told.into_iter().filter(|line| !line.starts_with("hoster")).collect::<Vec<_>>()
    };
    assert_eq!(of_docs(&scene, "1"), [one]);
    assert_eq!(of_docs(&scene, "0"), Vec::<String>::new());
}

#[test]
fn how_a_site_is_reached_is_told_by_its_status() {
    let mut scene = scene();
    let token = End {
        what: What::Token,
        kind: "Site",
        name: "par1".into(),
        title: ProviderMessage::EndingToken,
        ..end(None, "2026-06-16T10:00:00Z")
    };
    let site = scene.site().site.clone();
    let endings = soon(&of_site(&scene.world, &site, vec![token]), scene.world.now);
    let mut site = (*site).clone();
    site.status = Some(SiteStatus { endings, ..SiteStatus::default() });
    scene.world.sites.get_mut("par1").unwrap().site = Arc::new(site);
    let told = told_of(&scene, &[]);
    assert_eq!(told[0], "par1: the token of its kubeconfig ends on 2026-06-16, within 7 days");
    assert_eq!(told.len(), 2, "a provider's own is not told twice: {told:?}");
}

#[test]
fn what_is_required_and_has_ended_is_named() {
    let mut ending = end(None, "2026-06-15T22:00:00Z").ending(at("2026-06-16T00:00:00Z")).unwrap();
    assert_eq!(lapsed(std::slice::from_ref(&ending)), None);
    ending.required = true;
    let words = "hoster: certificate HDS C-1 for s has ended, its last day was 2026-06-15";
    assert_eq!(lapsed(std::slice::from_ref(&ending)).unwrap().to_string(), words);
    ending.stage = Stage::Within7Days;
    assert_eq!(lapsed(&[ending]), None);
}
