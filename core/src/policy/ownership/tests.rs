//! What of ownership the tests of the rules do not show: shares, paths, and that verdicts do not change with how the same
//! is written.

use std::collections::BTreeMap;

use beffroi_crds::{
    ProviderSpec,
    provider::{Decision, HolderKind, Identifier, Pact, Shareholder},
};

use super::{
    random::{self, Concert, Numbers, Question},
    *,
};
use crate::{
    message::Language,
    policy::fixtures::{holder, parent, provider},
    providers::Providers,
};

fn law() -> policy::Law {
    policy::Law {
        countries: vec!["FR".into()],
        max_foreign_share_each: 24.0,
        max_foreign_share_together: 39.0,
        excluded_control: vec!["US".into()],
        ..policy::Law::default()
    }
}

/// Providers of France with these holders; whoever is not from France is outside.
fn solved(entries: &[(&'static str, Vec<Shareholder>)], look: impl Fn(&Ownership<'_>, HandId)) {
    let providers: BTreeMap<&str, Provider> = entries
        .iter()
        .map(|(name, holders)| {
            let mut spec = provider(name, "FR");
            spec.shareholders.clone_from(holders);
            (*name, Provider::new(name, spec))
        })
        .collect();
    let law = law();
    let ownership = Ownership::of(providers.iter().map(|(name, provider)| (*name, provider)), Law(&law));
    let root = ownership.hand(entries[0].0).unwrap();
    look(&ownership, root);
}

fn paths(ownership: &Ownership<'_>, root: HandId) -> Vec<String> {
    let limits = Thresholds { each: ratio::zero(), together: ratio::zero() };
    let found = ownership.findings(root, &limits).broken;
    let told = |path: beffroi_crds::ownership::OwnershipPath| {
        format!("{:?} {} = {}", path.holders, path.share.unwrap(), path.reckoned.unwrap_or_default())
    };
    found
        .each
        .iter()
        .filter(|e| e.ground == beffroi_crds::ownership::Ground::Capital)
        .map(|e| told(ownership.path_of_excess(root, e)))
        .collect()
}

#[test]
fn a_share_is_followed_through_three_levels_and_told_as_fractions() {
    let chain = [
        ("hoster", vec![parent("a", "FR", 37.5), holder("P", "FR", 62.5)]),
        ("a", vec![parent("b", "FR", 50.0), holder("Someone", "FR", 50.0)]),
        ("b", vec![holder("Northwind Inc.", "US", 40.0), holder("Other", "FR", 60.0)]),
    ];
    solved(&chain, |ownership, root| {
        assert_eq!(paths(ownership, root), ["[\"Northwind Inc. (US)\"] 3/40 = 3/8 × 1/2 × 2/5"]);
    });
}

#[test]
fn rings_are_solved_and_what_a_firm_holds_in_itself_is_not_exercised() {
    let ring = [
        ("hoster", vec![parent("a", "FR", 50.0), holder("Someone", "FR", 50.0)]),
        (
            "a",
            vec![
                parent("hoster", "FR", 50.0),
                holder("Northwind Inc.", "US", 25.0),
                holder("Other", "FR", 25.0),
            ],
        ),
    ];
    // h = a / 2 and a = 1/4 + h / 2, hence h = 1/6.
    solved(&ring, |ownership, root| {
        assert_eq!(paths(ownership, root), ["[\"Northwind Inc. (US)\"] 1/6 = "]);
    });
    let own = [("own", vec![parent("own", "FR", 20.0), holder("P", "FR", 60.0), holder("X", "CH", 20.0)])];
    solved(&own, |ownership, root| assert_eq!(paths(ownership, root), ["[\"X (CH)\"] 1/4 = 1/4"]));
}

#[test]
fn a_ring_that_nobody_holds_from_without_is_told() {
    for ring in [
        vec![("a", vec![parent("b", "FR", 100.0)]), ("b", vec![parent("a", "FR", 100.0)])],
        vec![("own", vec![parent("own", "FR", 100.0)])],
    ] {
        solved(&ring, |ownership, root| {
            assert!(ownership.doubts(root, false).iter().any(|(_, doubt)| *doubt == Doubt::Ring));
            let found = ownership.findings(root, &Law(&law()).limits());
            assert!(found.open.len() == 4);
        });
    }
}

#[test]
fn every_decider_is_told_and_carries_on() {
    let firms = [
        ("hoster", vec![parent("m", "FR", 60.0), holder("P", "FR", 40.0)]),
        (
            "m",
            vec![
                holder("Q", "FR", 90.0),
                Shareholder { veto: true, ..holder("X", "US", 5.0) },
                Shareholder { appoints_majority: true, ..holder("Y", "CH", 5.0) },
            ],
        ),
    ];
    solved(&firms, |ownership, root| {
        let found = ownership.findings(root, &Law(&law()).limits()).broken;
        assert_eq!((found.powers.len(), found.rulers.len(), found.together.len()), (2, 1, 2));
        let path = ownership.path_of_ruler(root, found.rulers[0]);
        let steps: Vec<_> =
            path.steps.iter().map(|s| format!("{} > {} {:?}", s.holder, s.of, s.decides)).collect();
        assert_eq!(steps, ["m > hoster [Capital, Votes]", "X > m [Veto]"]);
    });
}

fn open_or_broken(entries: &[(&'static str, Vec<Shareholder>)], pacts: &[&[&str]]) -> [&'static str; 4] {
    let mut entries: Vec<(&str, ProviderSpec)> = entries
        .iter()
        .map(|(name, holders)| {
            (*name, ProviderSpec { shareholders: holders.clone(), ..provider(name, "FR") })
        })
        .collect();
    entries[0].1.pacts = pacts
        .iter()
        .map(|partners| Pact {
            partners: partners.iter().map(|partner| (*partner).into()).collect(),
            decide: vec![Decision::Votes],
        })
        .collect();
    let all: BTreeMap<&str, Provider> =
        entries.iter().map(|(name, spec)| (*name, Provider::new(name, spec.clone()))).collect();
    let law = law();
    let ownership = Ownership::of(all.iter().map(|(name, provider)| (*name, provider)), Law(&law));
    random::told(&ownership.findings(ownership.hand(entries[0].0).unwrap(), &Law(&law).limits()))
}

#[test]
fn a_pact_binds_who_holds_through_others_and_whoever_is_meant_by_a_name_that_nobody_bears() {
    let firms = [
        ("hoster", vec![parent("v", "FR", 20.0), holder("Zed", "US", 10.0), holder("P", "FR", 70.0)]),
        ("v", vec![holder("Boss Inc.", "US", 100.0)]),
    ];
    assert_eq!(open_or_broken(&firms, &[])[0], "Held");
    for partners in [["Boss Inc.", "Zed"], ["v", "Zed"]] {
        assert_eq!(open_or_broken(&firms, &[&partners])[0], "Broken", "{partners:?}");
    }
    assert_eq!(open_or_broken(&firms, &[&["Boos Inc.", "Zed"]])[0], "Unproven");
}

#[test]
fn numbers_of_two_registers_are_of_one_hand_and_a_namesake_may_be_either() {
    let line = |name: &str, siren: Option<&str>, lei: Option<&str>, share| Shareholder {
        identifier: Some(Identifier { siren: siren.map(Into::into), lei: lei.map(Into::into) }),
        ..holder(name, "CH", share)
    };
    let rest = |share| holder("P", "FR", share);
    let (siren, lei) = (Some("552100554"), Some("529900T8BM49AURSDO55"));
    let two = [("hoster", vec![line("X", siren, None, 13.0), line("X", None, lei, 13.0), rest(74.0)])];
    assert_eq!(open_or_broken(&two, &[])[0], "Broken");
    let other = Some("732829320");
    let apart = vec![line("X", siren, None, 13.0), line("X", other, None, 13.0), rest(74.0)];
    assert_eq!(open_or_broken(&[("hoster", apart.clone())], &[])[0], "Held");
    let third = [apart, vec![line("X", None, None, 12.0)]].concat();
    let third: Vec<Shareholder> =
        third.into_iter().map(|line| if line.name == "P" { rest(62.0) } else { line }).collect();
    assert_eq!(open_or_broken(&[("hoster", third)], &[])[0], "Unproven");
}

#[test]
fn foreign_firms_in_a_ring_are_one_hand() {
    let foreign = |name: &str| Shareholder { country: "CH".into(), ..parent(name, "CH", 13.0) };
    let firms = [
        ("hoster", vec![foreign("a"), foreign("b"), holder("P", "FR", 74.0)]),
        ("a", vec![parent("b", "CH", 100.0)]),
        ("b", vec![parent("a", "CH", 100.0)]),
    ];
    assert_eq!(open_or_broken(&firms, &[])[0], "Broken");
}

#[test]
fn a_ring_of_more_firms_than_any_group_has_is_not_judged() {
    let names: Vec<&'static str> = (0..60).map(|n| &*Box::leak(format!("f{n}").into_boxed_str())).collect();
    let firm = |n: usize| {
        (
            names[n],
            vec![parent(names[(n + 1) % 60], "FR", 60.0), holder("P", "FR", 20.0), holder("X", "CH", 20.0)],
        )
    };
    let firms: Vec<_> = (0..60).map(firm).collect();
    assert_eq!(open_or_broken(&firms, &[]), ["Unproven"; 4]);
}

#[test]
fn a_graph_is_told_for_whoever_draws_it() {
    let mut named: BTreeMap<String, std::sync::Arc<Provider>> = BTreeMap::new();
    for (name, holders) in [
        ("hoster", vec![parent("m", "FR", 60.0), holder("P", "FR", 30.0)]),
        ("m", vec![holder("X", "US", 51.0), holder("Q", "FR", 49.0)]),
    ] {
        let mut spec = provider(name, "FR");
        spec.shareholders = holders;
        named.insert(name.to_owned(), Provider::new(name, spec).into());
    }
    let told = graph::graph(&named.into(), "hoster", &law(), Language::En).unwrap();
    assert_eq!((told.nodes[0].name.as_str(), told.nodes.len(), told.edges.len()), ("hoster", 5, 4));
    let refusing: Vec<_> = told.edges.iter().filter(|e| e.refuses).map(|e| e.capital.as_str()).collect();
    assert_eq!(refusing, ["3/5", "51/100"], "{:?}", told.edges);
    assert_eq!(
        told.unsaid,
        ["nobody is declared to hold 10 % of the capital and 10 % of the votes of hoster"]
    );
    assert!(told.refusals.iter().any(|r| r.rule == "JUR-05"));
    assert!(graph::graph(&Providers::default(), "hoster", &law(), Language::En).is_none());
}

/// How many graphs each property is tried on.
const GRAPHS: u64 = 400;

fn unchanged(what: &str, change: impl Fn(&mut Question, &mut Numbers)) {
    for seed in 0..GRAPHS {
        let question = Question::random(seed);
        let mut other = question.clone();
        change(&mut other, &mut Numbers(seed));
        let same = |one: &Question, other: &Question| one.verdicts() == other.verdicts();
        assert!(
            same(&question, &other),
            "{what}, seed {seed}: {:?} and {:?}\n{}\n{}",
            question.verdicts(),
            other.verdicts(),
            serde_json::to_string(&question).unwrap(),
            serde_json::to_string(&other).unwrap()
        );
    }
}

#[test]
fn verdicts_do_not_change_with_the_order_of_lines() {
    unchanged("order", |question, numbers| {
        for firm in question.firms.values_mut() {
            let count = firm.holders.len();
            let mut order: Vec<usize> = (0..count).collect();
            for at in (1..count).rev() {
                order.swap(at, usize::try_from(numbers.below(at as u64 + 1)).unwrap());
            }
            firm.holders = order.iter().map(|at| firm.holders[*at].clone()).collect();
            for pact in &mut firm.pacts {
                pact.holders =
                    pact.holders.iter().map(|old| order.iter().position(|at| at == old).unwrap()).collect();
                pact.holders.reverse();
            }
            firm.pacts.reverse();
        }
    });
}

#[test]
fn verdicts_do_not_change_with_a_stake_in_several_lines() {
    unchanged("lines", |question, numbers| {
        for firm in question.firms.values_mut() {
            for at in 0..firm.holders.len() {
                let mut part = firm.holders[at].clone();
                part.capital = u32::try_from(numbers.below(u64::from(part.capital) + 1)).unwrap();
                part.votes = u32::try_from(numbers.below(u64::from(part.votes) + 1)).unwrap();
                firm.holders[at].capital -= part.capital;
                firm.holders[at].votes -= part.votes;
                (part.veto, firm.holders[at].veto) = (firm.holders[at].veto, false);
                firm.holders.push(part);
            }
        }
    });
}

#[test]
fn verdicts_do_not_change_with_names_of_objects() {
    for seed in 0..GRAPHS {
        let question = Question::random(seed);
        let (providers, law) = (question.providers(), question.law());
        let renamed: BTreeMap<String, Provider> = providers
            .values()
            .map(|provider| {
                let name = |old: &str| format!("{}-{}", 97 - old[1..].parse::<u32>().unwrap() * 7 % 10, old);
                let mut spec = provider.spec.clone();
                for line in &mut spec.shareholders {
                    line.provider = line.provider.as_deref().map(|old| name(old).as_str().into());
                }
                for partner in spec.pacts.iter_mut().flat_map(|pact| &mut pact.partners) {
                    if providers.contains_key(partner) {
                        *partner = name(partner);
                    }
                }
                (name(provider.metadata.name.as_deref().unwrap()), Provider::new("x", spec))
            })
            .collect();
        let find = |providers: &BTreeMap<String, Provider>| {
            let law = Law(&law);
            let ownership = Ownership::of(providers.iter().map(|(name, p)| (name.as_str(), p)), law);
            let root = (0..ownership.hands.all.len()).find(|id| ownership.name(*id) == "Firm f0").unwrap();
            format!("{:?}", ownership.findings(root, &law.limits()))
        };
        assert_eq!(find(&providers), find(&renamed), "seed {seed}");
    }
}

#[test]
fn verdicts_do_not_change_with_the_vehicles_of_a_holder() {
    unchanged("vehicles", |question, numbers| {
        let mut vehicles = BTreeMap::new();
        for (name, firm) in &mut question.firms {
            for at in 0..firm.holders.len() {
                if !numbers.chance(40) {
                    continue;
                }
                let line = firm.holders[at].clone();
                let owner = random::Holder {
                    capital: 100_000,
                    votes: 100_000,
                    veto: false,
                    appoints: false,
                    ..line.clone()
                };
                let vehicle = |n: usize| format!("v{name}{at}{n}");
                for n in 0..2 {
                    let shell = random::Firm {
                        country: "FR".into(),
                        holders: vec![owner.clone()],
                        ..Default::default()
                    };
                    vehicles.insert(vehicle(n), shell);
                }
                let held = |n: usize, capital, votes, veto, appoints| random::Holder {
                    name: format!("Firm {}", vehicle(n)),
                    kind: HolderKind::Company,
                    identifier: None,
                    country: "FR".into(),
                    capital,
                    votes,
                    veto,
                    appoints,
                    provider: Some(vehicle(n)),
                };
                let (capital, votes) = (line.capital / 3, line.votes / 2);
                firm.holders[at] = held(0, capital, votes, line.veto, false);
                firm.holders.push(held(1, line.capital - capital, line.votes - votes, false, line.appoints));
                let last = firm.holders.len() - 1;
                for Concert { holders, .. } in firm.pacts.iter_mut().filter(|pact| pact.holders.contains(&at))
                {
                    holders.push(last);
                }
            }
        }
        question.firms.extend(vehicles);
    });
}

/// What the law gives for each sample: JUR-02 to JUR-05, by name of its `Provider`.
const SAMPLES: [(&str, [&str; 4]); 13] = [
    // A joint venture on a foreign technology, and the listed group that leads it.
    ("nuage-commun", ["Held"; 4]),
    ("groupe-garonne", ["Held"; 4]),
    // Under a Luxembourg holding under an American fund.
    ("rivage-cloud", ["Broken", "Broken", "Broken", "Broken"]),
    // A public bank has a part.
    ("atelier-de-la-loire", ["Held"; 4]),
    // SCIC and SCOP.
    ("le-guet", ["Held"; 4]),
    ("atelier-matrice", ["Held"; 4]),
    // A German subsidiary, and its parent.
    ("germania-france", ["Held"; 4]),
    ("germania-dienste", ["Held"; 4]),
    ("rheinwolke", ["Held"; 4]),
    ("saone-hebergement", ["Held"; 4]),
    ("northwind-cloud-france", ["Broken"; 4]),
    // A service of the State; and a firm of which nothing is declared.
    ("dinum", ["Held"; 4]),
    ("outscale", ["Unproven"; 4]),
];

#[test]
fn each_sample_is_judged_as_the_law_has_it() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples/providers");
    let mut providers: BTreeMap<String, Provider> = BTreeMap::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let provider: Provider =
            serde_yaml::from_str(&std::fs::read_to_string(file.unwrap().path()).unwrap()).unwrap();
        providers.insert(provider.metadata.name.clone().unwrap(), provider);
    }
    let law = policy::Law { countries: ["FR", "DE", "LU"].map(Into::into).into(), ..law() };
    let law = Law(&law);
    let ownership = Ownership::of(providers.iter().map(|(name, p)| (name.as_str(), p)), law);
    for (name, wanted) in SAMPLES {
        let found = ownership.findings(ownership.hand(name).unwrap(), &law.limits());
        assert_eq!(random::told(&found), wanted, "{name}: {found:?}");
    }
}

/// Judges every one of these firms, as a chain of a site does; tells how long it took.
fn judged(providers: &BTreeMap<String, Provider>) -> std::time::Duration {
    let start = std::time::Instant::now();
    let law = law();
    let law = Law(&law);
    let ownership = Ownership::of(providers.iter().map(|(name, p)| (name.as_str(), p)), law);
    for name in providers.keys() {
        ownership.findings(ownership.hand(name).unwrap(), &law.limits());
    }
    start.elapsed()
}

/// Aimed at is a second without optimization; a loaded machine takes many times as long.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);

#[test]
fn a_long_chain_of_firms_is_judged_at_once() {
    for (kept, end) in [(100.0, "FR"), (60.0, "FR"), (100.0, "US")] {
        let firm = |n: usize| {
            let mut spec = provider(&format!("Firm {n}"), "FR");
            let mut next = parent(&format!("f{}", n + 1), "FR", kept);
            next.name = format!("Firm {}", n + 1);
            spec.shareholders = if n == 299 { vec![holder("Family", end, 100.0)] } else { vec![next] };
            if kept < 100.0 && n < 299 {
                spec.shareholders.push(holder(&format!("Holder {n}"), "FR", 95.0 - kept));
                spec.shareholders.push(holder("Alpen AG", "CH", 5.0));
            }
            (format!("f{n}"), Provider::new("x", spec))
        };
        let took = judged(&(0..300).map(firm).collect());
        println!("{kept} % of each of 300, held from {end}: {took:?}");
        assert!(took < PATIENCE, "{took:?}");
    }
}
