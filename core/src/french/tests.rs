use std::time::{Duration, Instant};

use beffroi_crds::{provider::Scheme, workspace::DataKind};
use proptest::prelude::*;

use super::*;
use crate::{
    facts::{Resources, SiteObservation},
    placement::{self, Request},
    policy::fixtures::{self, Scene},
};

/// Small words that no French sentence has, and every English one.
const ENGLISH: [&str; 24] = [
    "the", "is", "are", "was", "of", "not", "and", "in", "has", "no", "its", "from", "by", "to", "with",
    "for", "only", "which", "lies", "nothing", "expected", "held", "over", "carries",
];

/// Holds that the French of a stored text, and of what it is made of, has no English left.
pub fn assert_french(stored: &str) {
    let told = of(stored);
    let left = told.split(|c: char| !c.is_alphanumeric() && c != '/').find(|word| ENGLISH.contains(word));
    assert_eq!(left, None, "{stored}\n  is {told}");
}

/// A template with something in each of its holes.
fn filled(template: &str, in_french: bool, english: &str) -> String {
    let marks: Vec<&str> =
        english.split('{').skip(1).filter_map(|piece| Some(piece.split_once('}')?.0)).collect();
    let value = |at: usize| match (marks[at], in_french) {
        ("n", _) => format!("{}", 7 + at),
        ("date", false) => "2026-06-15".to_owned(),
        ("date", true) => "15/06/2026".to_owned(),
        ("who", false) => "Nuage Fictif SAS (hoster)".to_owned(),
        ("who", true) => "Nuage Fictif SAS (hébergeur)".to_owned(),
        ("names", _) => "par1, rbx1".to_owned(),
        ("w", _) => format!("Zz{at}"),
        _ => format!("Zz{at} Yy"),
    };
    let (mut told, mut next) = (String::new(), 0..);
    let mut rest = template;
    while let Some((literal, after)) = rest.split_once('{') {
        let (mark, after) = after.split_once('}').unwrap();
        told.push_str(literal);
        told.push_str(&value(
            mark.parse().ok().filter(|_| in_french).unwrap_or_else(|| next.next().unwrap()),
        ));
        rest = after;
    }
    told + rest
}

#[test]
fn every_template_makes_its_own_french_and_no_other_takes_it() {
    let wrong = pairs().filter_map(|(english, french)| {
        let (stored, told) = (filled(english, false, english), filled(french, true, english));
        (of(&stored) != told).then(|| format!("{english}\n  is {}\n not {told}", of(&stored)))
    });
    let wrong: Vec<_> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_that_a_sentence_names_is_lost_but_what_it_says_twice() {
    for (english, french) in pairs() {
        let holes = |text: &str| text.matches('{').count();
        let twice = english.contains("law reaches it") || english.contains("excludes control");
        let again = twice || english.contains("(spec.quota.");
        assert_eq!(holes(english), holes(french) + usize::from(again), "{english}");
    }
}

#[test]
fn french_is_set_as_elsewhere() {
    for (_, french) in pairs().chain(joints()) {
        for mark in [":", ";", "?"] {
            let bare = french.match_indices(mark).filter(|(at, _)| {
                let (before, after) = (&french[..*at], &french[at + 1..]);
                (after.is_empty() || after.starts_with(' ')) && !before.ends_with(' ')
            });
            assert_eq!(bare.count(), 0, "{french}");
        }
        assert!(
            !french.contains('\u{a0}') && !french.contains('\u{202f}') && !french.contains('’'),
            "{french}"
        );
    }
}

#[test]
fn sentences_are_told_one_by_one_with_what_opens_them() {
    for (stored, told) in [
        (
            "refused by IDN-01 (tenant ville): ville: neither SIREN nor SIRET; PUB-01 (app docs): published by acme; the policy allows lasuite",
            "refusé par IDN-01 (organisation ville) : ville : ni SIREN ni SIRET ; PUB-01 (application docs) : publiée par acme ; la politique admet lasuite",
        ),
        (
            "2 sites are wanted, 1 are acceptable: put right what refuses the others, declare more sites, or ask for fewer. Refused: mac1: SITE-CLOSED is being deleted; LOC-01 the site lies in DE, outside the allowed countries | par1: SITE-FULL cpu would be 900m of 500m",
            "sites demandés : 2, sites admissibles : 1 ; demandez moins de sites, ou voyez avec l'hébergeur ce qui refuse les autres. Sites refusés : mac1 : SITE-CLOSED est en cours de suppression ; LOC-01 le site se trouve hors des pays admis (DE) | par1 : SITE-FULL processeurs : il en faudrait 900m sur 500m",
        ),
        (
            "Acme SAS (hoster, parent of x): 26.50 % of votes held by Northwind Inc. (US) through Acme Holding, over 24 %; besides, unproven: Provider y (on call) does not exist: create it, or correct the name; and 3 more",
            "Acme SAS (hébergeur, actionnaire de x) : 26,50 % des droits de vote aux mains de Northwind Inc. (US), par l'intermédiaire de Acme Holding, pour 24 % admis ; en outre, non prouvé : le prestataire y (astreinte) n'est pas enregistré : demandez à l'hébergeur de le déclarer ou de corriger le nom ; et 3 de plus",
        ),
        (
            "LOC-01 par1 Node n1: no label region; carries pod web-0, expected region=Paris; and 4 more",
            "LOC-01 par1 Node n1 : pas d'étiquette region ; porte le pod web-0 ; attendu : region=Paris ; et 4 de plus",
        ),
        ("par1, mac1: site.city should not be Paris", "par1, mac1: site.city should not be Paris"),
        (
            "par1: meet: it cannot be installed: Helm install failed: timed out; retrying",
            "par1 : meet : l'application ne peut pas être installée : Helm install failed: timed out ; retrying",
        ),
        (
            "SITE-FULL 9000m of cpu more would exceed the site's capacity of 8000m",
            "SITE-FULL 9000m de plus (processeurs) dépasseraient la capacité du site, de 8000m",
        ),
        (
            "its apps are to be stopped on par1, rbx1, and at 2026-07-01T08:00:00Z it is deleted with all its data; to take it back, unset spec.deleteAfter before",
            "ses applications sont à arrêter sur par1, rbx1 ; le 01/07/2026 à 08:00:00 UTC, il sera supprimé avec toutes ses données ; pour le garder, restaurez l'espace de travail avant",
        ),
        (
            "changed: domain; 2 changes together, the last by léa (https://id.example), request r7: who made which of them is not known",
            "modifié : domaine ; 2 modifications à la fois, la dernière par léa (https://id.example), demande r7 : on ne sait pas qui a fait laquelle",
        ),
        (
            "changed: apps, deleteAfter; apps are now meet 2; deletion is scheduled: its apps stop, it is deleted at 2026-07-01T08:00:00Z; request r7",
            "modifié : applications, date de suppression ; applications désormais : meet 2 ; suppression prévue : ses applications s'arrêtent, il sera supprimé le 01/07/2026 à 08:00:00 UTC ; demande r7",
        ),
    ] {
        assert_eq!(of(stored), told);
    }
}

#[test]
fn what_nobody_knows_stays_as_it_is() {
    for text in
        ["", "; ", " | ", "une règle propre", "Helm test failed; see the logs | now", ": ", "LOC-99 is odd"]
    {
        assert!(matches!(of(text), Cow::Borrowed(same) if same == text), "{text}");
    }
}

#[test]
fn the_longest_of_every_shape_is_told_soon() {
    let long = |part: &str| part.repeat(LONGEST / part.len());
    for part in [
        "; ",
        "a; ",
        "LOC-01 ",
        "a: ",
        " | a: LOC-01 ",
        "refused by ",
        "x (hoster): a has ",
        "{",
        "é",
        ". Refused: ",
    ] {
        let started = Instant::now();
        let _ = of(&long(part));
        let took = started.elapsed();
        assert!(took < Duration::from_secs(5), "{took:?} for {part}");
    }
}

proptest! {
    #[test]
    fn whatever_is_asked_is_answered(text in "(\\PC|; |: | \\| |LOC-01 |\\. Refused: |, expected ){0,40}") {
        let _ = of(&text);
    }

    /// No English sentence of ours stands in it, so nothing of it may be touched.
    #[test]
    fn the_words_of_others_are_not_touched(text in "[A-Zéàç]{1,8}( [A-Zéàç]{1,8}){0,6}") {
        prop_assert_eq!(of(&text), text.as_str());
    }
}

type Spoil = fn(&mut Scene);

/// Ways to be refused or warned, beside those that tests of the rules know.
const WAYS: [Spoil; 24] = [
    |_| (),
    |s| s.hoster(|p| p.seat.country = "US".into()),
    |s| s.hoster(|p| p.seat.administration_country = Some("CH".into())),
    |s| s.hoster(|p| p.ownership_statement = None),
    |s| s.hoster(|p| p.ownership_statement.as_mut().unwrap().document = None),
    |s| s.hoster(|p| p.ownership_statement.as_mut().unwrap().issued = "2020-01-01".into()),
    |s| s.hoster(|p| p.ownership_statement.as_mut().unwrap().issued = "2030-01-01".into()),
    |s| s.hoster(|p| p.shareholders = vec![fixtures::holder("Northwind Inc.", "US", 30.0)]),
    |s| s.hoster(|p| p.shareholders = ["A", "B"].map(|name| fixtures::holder(name, "US", 20.5)).into()),
    |s| s.hoster(|p| p.shareholders = vec![fixtures::parent("nobody", "FR", 60.0)]),
    |s| {
        s.provide("mother", fixtures::provider("Mother Inc.", "US"));
        s.hoster(|p| p.shareholders = vec![fixtures::parent("mother", "US", 80.0)]);
    },
    |s| {
        s.hoster(|p| {
            let mut holder = fixtures::holder("Northwind Inc.", "CN", 1.0);
            (holder.veto, holder.appoints_majority) = (true, true);
            p.shareholders = vec![holder];
        });
    },
    |s| s.hoster(|p| p.subprocessors = vec![fixtures::subprocessor("help", &["IN"])]),
    |s| {
        s.provide("help", fixtures::provider("Help SAS", "FR"));
        s.par1(|site| site.subprocessors = vec!["help".into()]);
    },
    |s| s.workspace.data = vec![DataKind::Health, DataKind::StateSensitive],
    |s| {
        s.workspace.data = vec![DataKind::Health];
        let mut hds = fixtures::certification(Scheme::Hds, "2", "Managed Kubernetes");
        (hds.document, hds.hds_activities) = (None, vec![1]);
        s.hoster(|p| p.certifications = vec![hds]);
    },
    |s| {
        s.workspace.data = vec![DataKind::Health];
        let mut hds = fixtures::certification(Scheme::Hds, "1", "Managed Kubernetes");
        hds.outside_eea_access_disclosed = None;
        s.hoster(|p| p.certifications = vec![hds, fixtures::certification(Scheme::Hds, "2", "Other")]);
    },
    |s| s.par1(|site| site.operations = None),
    |s| {
        s.par1(|site| {
            let operations = site.operations.as_mut().unwrap();
            (operations.around_the_clock, operations.document) = (false, None);
            (operations.on_call, operations.on_call_country) = ("nobody".into(), "US".into());
            operations.code_owner = String::new();
        });
    },
    |s| s.seen(|seen| seen.nodes.clear()),
    |s| s.seen(|seen| seen.nodes[0].labels.clear()),
    |s| s.seen(|seen| (seen.reachable, seen.nodes[0].provider_id) = (false, Some("other://1".into()))),
    |s| s.policy.place.countries = vec!["DE".into()],
    |s| {
        s.par1(|site| (site.unschedulable, site.max_workspaces) = (true, Some(0)));
        s.seen(|seen| *seen = SiteObservation { flux: false, ..seen.clone() });
    },
];

#[test]
fn what_rules_and_placement_say_has_no_english_left() {
    for spoil in WAYS {
        let mut scene = Scene::default();
        scene.workspace.placement =
            Some(beffroi_crds::workspace::PlacementRequest { sites: Some(2), ..Default::default() });
        spoil(&mut scene);
        let case = scene.case();
        let judged = policy::judge_site(&case, scene.site()).into_iter();
        let all = judged.chain(policy::judge_app(&case, &scene.app)).chain(policy::judge_tenant(&case));
        all.for_each(|judgement| assert_french(&judgement.reason));
        let needs = Resources { cpu_millis: 9_000, ..Resources::default() };
        let placed = placement::place(&Request { case: &case, needs, current: &[] });
        placed
            .refused
            .iter()
            .flat_map(|site| &site.by)
            .for_each(|judgement| assert_french(&judgement.reason));
        placed.warnings.iter().for_each(|judgement| assert_french(&judgement.reason));
        assert_french(&placed.shortfall.map(|shortfall| shortfall.to_string()).unwrap_or_default());
    }
}
