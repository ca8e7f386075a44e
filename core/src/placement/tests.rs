use std::{collections::BTreeSet, sync::Arc};

use beffroi_crds::workspace::PlacementRequest;
use proptest::prelude::*;

use super::*;
use crate::{
    facts::{Load, SiteFacts},
    policy::fixtures::{self, Scene},
};

/// Cities with their subdivision and coordinates; the last lies in a country that the policy does not allow.
const CITIES: [(&str, &str, f64, f64); 5] = [
    ("Paris", "FR-IDF", 48.8566, 2.3522),
    ("Roubaix", "FR-HDF", 50.6901, 3.1613),
    ("Strasbourg", "FR-GES", 48.573, 7.752),
    ("Mâcon", "FR-BFC", 46.307, 4.829),
    ("Frankfurt", "DE-HE", 50.11, 8.68),
];

/// A site to be, small enough for a property to draw.
#[derive(Clone, Copy, Debug)]
struct Draw {
    city: usize,
    reachable: bool,
    observed: bool,
    load: u32,
}

fn site(name: &str, draw: Draw) -> SiteFacts {
    let (city, subdivision, latitude, longitude) = CITIES[draw.city];
    let mut spec = fixtures::site_spec(city, subdivision, latitude, longitude);
    spec.country = subdivision[..2].into();
    spec.max_workspaces = Some(10);
    let mut facts = fixtures::site(name, spec);
    let reserved = Resources { cpu_millis: u64::from(draw.load) * 600, ..Resources::default() };
    facts.load = Load { workspaces: draw.load, reserved };
    facts.observed = facts
        .observed
        .filter(|_| draw.observed)
        .map(|seen| Arc::new(crate::facts::SiteObservation { reachable: draw.reachable, ..(*seen).clone() }));
    facts
}

fn scene(draws: &[Draw], sites: u32, cities: u32, kilometres: u32) -> Scene {
    let mut scene = Scene::default();
    scene.world.sites =
        draws.iter().enumerate().map(|(i, d)| (format!("s{i}"), site(&format!("s{i}"), *d))).collect();
    scene.workspace.placement = Some(PlacementRequest {
        sites: Some(sites),
        min_cities: Some(cities),
        min_distance_km: Some(kilometres),
        preferred_sites: Vec::new(),
    });
    scene
}

fn placed(scene: &Scene, current: &[&str]) -> Placement {
    let current: Vec<String> = current.iter().map(ToString::to_string).collect();
    place(&Request { case: &scene.case(), needs: Resources::default(), current: &current })
}

const FINE: Draw = Draw { city: 0, reachable: true, observed: true, load: 0 };

fn at(city: usize) -> Draw {
    Draw { city, ..FINE }
}

#[test]
fn cities_and_distance_are_met_by_whichever_set_meets_them() {
    let scene = scene(&[at(0), at(0), at(1), at(3)], 2, 2, 300);
    let placement = placed(&scene, &[]);
    let cities: BTreeSet<&str> =
        placement.chosen.iter().map(|n| &*scene.world.sites[n].site.spec.city).collect();
    assert!(cities.contains("Mâcon"), "Paris and Roubaix are too near: {:?}", placement.chosen);
    assert_eq!(placement.chosen.len(), 2);
}

#[test]
fn great_circle_distances_are_those_of_an_atlas() {
    let point = |i: usize| beffroi_crds::site::Coordinates { latitude: CITIES[i].2, longitude: CITIES[i].3 };
    let paris_roubaix = kilometres(point(0), point(1));
    assert!((210.0..214.0).contains(&paris_roubaix), "{paris_roubaix}");
    assert!(kilometres(point(2), point(2)) < 1e-6);
}

#[test]
fn too_few_too_near_and_too_full_say_so() {
    let too_few = placed(&scene(&[at(0), at(4)], 2, 1, 0), &[]);
    assert!(matches!(too_few.shortfall, Some(PlacementMessage::TooFewSites { wanted: 2, acceptable: 1 })));
    assert!(too_few.chosen.is_empty(), "nothing is begun by halves");
    assert_eq!(too_few.refused[0].name, "s1");
    let too_near = placed(&scene(&[at(0), at(1)], 2, 1, 400), &[]);
    assert!(matches!(too_near.shortfall, Some(PlacementMessage::TooNear { .. })), "{:?}", too_near.shortfall);
    let full = placed(&scene(&[Draw { load: 10, ..FINE }], 1, 1, 0), &[]);
    assert!(full.refused[0].by.iter().any(|j| j.rule == "SITE-FULL"), "{:?}", full.refused);
}

#[test]
fn preference_comes_before_load() {
    let mut scene = scene(&[at(0), Draw { load: 5, ..at(1) }], 1, 1, 0);
    assert_eq!(placed(&scene, &[]).chosen, ["s0"]);
    if let Some(request) = &mut scene.workspace.placement {
        request.preferred_sites = vec!["s1".into()];
    }
    assert_eq!(placed(&scene, &[]).chosen, ["s1"]);
}

#[test]
fn a_site_that_is_lost_or_lapsed_keeps_what_it_has() {
    let silent = scene(&[Draw { reachable: false, ..FINE }, at(1)], 1, 1, 0);
    let kept = placed(&silent, &["s0"]);
    assert_eq!(kept.chosen, ["s0"]);
    assert!(kept.at_risk[0].by.iter().any(|j| j.rule == "SITE-UNREACHABLE"));
    let lapsed = scene(&[at(4), at(1)], 1, 1, 0);
    let kept = placed(&lapsed, &["s0"]);
    assert_eq!((kept.chosen.as_slice(), kept.at_risk[0].name.as_str()), (&["s0".to_owned()][..], "s0"));
}

#[test]
fn fewer_sites_keep_the_lawful_and_the_oldest() {
    let fewer = scene(&[at(4), at(1), at(3)], 1, 1, 0);
    let placement = placed(&fewer, &["s0", "s2", "s1"]);
    assert_eq!((placement.chosen, placement.leaving), (vec!["s2".into()], vec!["s0".into(), "s1".into()]));
}

#[test]
fn nothing_is_left_while_what_is_asked_cannot_be_met() {
    let placement = placed(&scene(&[at(0), at(0)], 1, 2, 0), &["s0", "s1"]);
    assert!(placement.shortfall.is_some() && placement.leaving.is_empty(), "{placement:?}");
    let same = placed(&scene(&[at(0), at(1)], 2, 1, 0), &["s0", "s1"]);
    assert!(same.leaving.is_empty(), "{same:?}");
}

fn draws() -> impl Strategy<Value = Vec<Draw>> {
    let draw = (0..CITIES.len(), any::<bool>(), any::<bool>(), 0..12_u32)
        .prop_map(|(city, reachable, observed, load)| Draw { city, reachable, observed, load });
    proptest::collection::vec(draw, 0..9)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn what_is_chosen_meets_every_constraint(draws in draws(), sites in 1..4_u32, cities in 1..3_u32, apart in 0..500_u32) {
        let scene = scene(&draws, sites, cities.min(sites), apart);
        let placement = placed(&scene, &[]);
        if placement.shortfall.is_some() {
            prop_assert!(placement.chosen.is_empty());
            return Ok(());
        }
        let chosen: Vec<_> = placement.chosen.iter().map(|name| &scene.world.sites[name]).collect();
        prop_assert_eq!(chosen.len(), sites as usize);
        let spots: BTreeSet<&str> = chosen.iter().map(|s| &*s.site.spec.city).collect();
        prop_assert!(spots.len() >= cities.min(sites) as usize);
        for (i, a) in chosen.iter().enumerate() {
            for b in &chosen[..i] {
                let distance = kilometres(a.site.spec.coordinates, b.site.spec.coordinates);
                prop_assert!(distance >= f64::from(apart), "{} km", distance);
            }
        }
        for site in &chosen {
            // Unproven never counts as pass: a site that was not seen is never chosen.
            prop_assert!(site.observed.as_ref().is_some_and(|seen| seen.reachable));
            prop_assert_eq!(&*site.site.spec.country, "FR");
            prop_assert!(site.load.workspaces < 10);
        }
    }

    #[test]
    fn every_site_is_chosen_left_spare_or_refused_with_a_reason(draws in draws(), sites in 1..4_u32, lies_on in 0..4_usize) {
        let scene = scene(&draws, sites, 1, 0);
        let current: Vec<String> = (0..draws.len().min(lies_on)).map(|site| format!("s{site}")).collect();
        let placement = placed(&scene, &current.iter().map(String::as_str).collect::<Vec<_>>());
        let Placement { chosen, spare, leaving, refused, .. } = &placement;
        let mut all: BTreeSet<&str> = chosen.iter().chain(spare).chain(leaving).map(String::as_str).collect();
        all.extend(refused.iter().map(|r| r.name.as_str()));
        let known: BTreeSet<&str> = scene.world.sites.keys().map(String::as_str).collect();
        prop_assert_eq!(all, known);
        prop_assert!(refused.iter().all(|r| !r.by.is_empty() && r.by.iter().all(|j| !j.reason.is_empty())));
        // Whoever lies somewhere stays there or is told to leave.
        prop_assert!(current.iter().all(|name| chosen.contains(name) != leaving.contains(name)));
        prop_assert!(leaving.is_empty() || chosen.len() == sites as usize);
    }

    #[test]
    fn a_new_site_moves_nobody_and_the_same_facts_give_the_same_answer(draws in draws(), sites in 1..4_u32, new in 0..CITIES.len()) {
        let before = scene(&draws, sites, 1, 0);
        let first = placed(&before, &[]);
        prop_assert_eq!(&first, &placed(&before, &[]));
        let mut after = before.clone();
        after.world.sites.insert("a-new-one".into(), site("a-new-one", at(new)));
        let current: Vec<&str> = first.chosen.iter().map(String::as_str).collect();
        let second = placed(&after, &current);
        prop_assert!(current.iter().all(|name| second.chosen.iter().any(|c| c == name)), "{:?} → {:?}", current, second.chosen);
        if first.shortfall.is_none() {
            prop_assert_eq!(second.chosen, first.chosen);
        }
    }
}

#[test]
fn a_full_site_does_not_tell_how_much_others_use_of_it() {
    let full = Draw { city: 0, reachable: true, observed: true, load: 17 };
    let scene = scene(&[full], 1, 1, 0);
    let needs = Resources { cpu_millis: 250, ..Resources::default() };
    let refused = place(&Request { case: &scene.case(), needs, current: &[] }).refused;
    let reasons: Vec<&str> = refused[0].by.iter().map(|judgement| judgement.reason.as_str()).collect();
    assert_eq!(
        reasons,
        [
            "would exceed the site's capacity of 10 workspaces",
            "250m of cpu more would exceed the site's capacity of 8000m"
        ]
    );
}
