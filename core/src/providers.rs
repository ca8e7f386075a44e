//! The register of legal entities, and what was found of chains that rest on it alone: register → chain of a site, judged
//! once → every order that is judged there.
//!
//! What rules of the law find of a site's chain depends on the register, the site, what the policy says of laws and the
//! day, and on no tenant and no order. It is kept until the register changes.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::{Deref, DerefMut},
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use beffroi_crds::{
    Provider, Site,
    policy::Law,
    provider::{Identifier, Shareholder},
    workspace::Judgement,
};
use jiff::civil::Date;

use crate::policy::names::{bare, folded, numbers};

/// Most judgements that are kept: sites times what policies say of laws.
const KEPT: usize = 4_096;

/// Legal entities, by name.
#[derive(Clone, Debug, Default)]
pub struct Providers {
    all: BTreeMap<String, Arc<Provider>>,
    judged: Arc<Mutex<Vec<Judged>>>,
    bearers: Arc<OnceLock<BTreeMap<String, BTreeSet<String>>>>,
}

/// What was found of a site's chain. The site is held, so that no other one can take its place in memory.
#[derive(Debug)]
struct Judged {
    site: Arc<Site>,
    law: Law,
    today: Date,
    judgements: Arc<[Judgement]>,
}

impl Providers {
    /// The same entities with what was found before, where the register is the very same as it was then.
    #[must_use]
    pub fn after(all: BTreeMap<String, Arc<Provider>>, before: &Self) -> Self {
        let same = |((one, a), (other, b)): ((&String, &Arc<Provider>), (&String, &Arc<Provider>))| {
            one == other && Arc::ptr_eq(a, b)
        };
        let unchanged = all.len() == before.all.len() && all.iter().zip(&before.all).all(same);
        if unchanged {
            return Self { all, judged: before.judged.clone(), bearers: before.bearers.clone() };
        }
        Self::from(all)
    }

    /// Names of those that describe the holder of a line: the one that it names, or else those with its SIREN, its LEI, or
    /// its name and no other SIREN or LEI.
    pub fn describing<'p>(&'p self, line: &'p Shareholder) -> Vec<&'p str> {
        if let Some(named) = line.provider.as_deref() {
            return vec![named];
        }
        let bearers = self.bearers.get_or_init(|| {
            let mut bearers: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
            for (name, provider) in &self.all {
                let spec = &provider.spec;
                for mark in marks(&spec.legal_name, spec.siren.as_deref(), spec.lei.as_deref()) {
                    bearers.entry(mark).or_default().insert(name.clone());
                }
            }
            bearers
        });
        let none = Identifier::default();
        let identifier = line.identifier.as_ref().unwrap_or(&none);
        let (siren, lei) = (identifier.siren.as_deref(), identifier.lei.as_deref());
        let other = |given: Option<&str>, has: Option<&str>| {
            given.zip(has).is_some_and(|(given, has)| bare(given) != bare(has))
        };
        let agrees = |name: &&String| {
            let spec = self.all.get(*name).map(|provider| &provider.spec);
            spec.is_some_and(|spec| !other(siren, spec.siren.as_deref()) && !other(lei, spec.lei.as_deref()))
        };
        let found = marks(&line.name, siren, lei).filter_map(|mark| bearers.get(&mark)).flatten();
        found.filter(agrees).map(String::as_str).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// A legal entity, and whoever holds it, directly and through others.
    pub fn behind<'p>(&'p self, name: &'p str) -> BTreeMap<&'p str, &'p Provider> {
        let mut found: BTreeMap<&str, &Provider> = BTreeMap::new();
        let mut next = vec![name];
        while let Some(name) = next.pop() {
            let Some((name, provider)) = self.all.get_key_value(name) else { continue };
            if found.insert(name, provider).is_none() {
                next.extend(provider.spec.shareholders.iter().flat_map(|line| self.describing(line)));
            }
        }
        found
    }

    /// What rules find of a site's chain on a day, found once. Where something of the register cannot be read nothing is
    /// kept.
    pub(crate) fn judged(
        &self,
        site: &Arc<Site>,
        law: &Law,
        today: Date,
        unread: bool,
        find: impl FnOnce() -> Vec<Judgement>,
    ) -> Arc<[Judgement]> {
        if unread {
            return find().into();
        }
        let is =
            |known: &&Judged| Arc::ptr_eq(&known.site, site) && known.today == today && known.law == *law;
        let lock = || self.judged.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().iter().find(is) {
            return known.judgements.clone();
        }
        let judgements: Arc<[Judgement]> = find().into();
        let mut all = lock();
        if all.len() >= KEPT {
            all.clear();
        }
        all.push(Judged { site: site.clone(), law: law.clone(), today, judgements: judgements.clone() });
        judgements
    }
}

/// By what a legal entity is known.
fn marks<'m>(name: &str, siren: Option<&'m str>, lei: Option<&'m str>) -> impl Iterator<Item = String> + 'm {
    [format!("name {}", folded(name))].into_iter().chain(numbers(siren, lei))
}

impl From<BTreeMap<String, Arc<Provider>>> for Providers {
    fn from(all: BTreeMap<String, Arc<Provider>>) -> Self {
        Self { all, judged: Arc::default(), bearers: Arc::default() }
    }
}

impl Deref for Providers {
    type Target = BTreeMap<String, Arc<Provider>>;

    fn deref(&self) -> &Self::Target {
        &self.all
    }
}

impl DerefMut for Providers {
    /// Whatever is changed, nothing that was found before holds any more.
    fn deref_mut(&mut self) -> &mut Self::Target {
        (self.judged, self.bearers) = (Arc::default(), Arc::default());
        &mut self.all
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use beffroi_crds::workspace::Verdict;

    use super::*;
    use crate::{
        facts::Resources,
        placement::{self, Request},
        policy::{
            self,
            fixtures::{Scene, holder, parent, provider, site, site_spec},
        },
    };

    fn verdict(scene: &Scene) -> Verdict {
        let judged = policy::judge_site(&scene.case(), scene.site());
        judged.iter().find(|judgement| judgement.rule == "JUR-05").unwrap().verdict
    }

    #[test]
    fn what_was_found_is_kept_until_anything_that_it_rests_on_changes() {
        let mut scene = Scene::default();
        assert_eq!((verdict(&scene), verdict(&scene)), (Verdict::Pass, Verdict::Pass));
        let before = scene.world.providers.clone();
        assert_eq!(before.judged.lock().unwrap().len(), 1);
        scene.hoster(|h| h.shareholders = vec![holder("Northwind Inc.", "US", 100.0)]);
        assert_eq!(verdict(&scene), Verdict::Fail);
        scene.hoster(|h| h.shareholders = vec![holder("Alpen AG", "CH", 100.0)]);
        assert_eq!(verdict(&scene), Verdict::Pass);
        scene.policy.law.excluded_control.push("CH".into());
        assert_eq!(verdict(&scene), Verdict::Fail);
        scene.par1(|s| s.provider = "publisher".into());
        scene.par1(|s| s.operations = None);
        assert_eq!(verdict(&scene), Verdict::Pass);
        // A register drawn anew is the same one where every entity is.
        let again = Providers::after(scene.world.providers.all.clone(), &scene.world.providers);
        assert!(Arc::ptr_eq(&again.judged, &scene.world.providers.judged));
        assert!(!Arc::ptr_eq(&Providers::after(BTreeMap::new(), &again).judged, &again.judged));
    }

    /// `cargo test --locked --release -p beffroi-core --lib -- a_thousand_workspaces --ignored --nocapture`
    #[test]
    #[ignore = "measures time, which a loaded machine has not"]
    fn a_thousand_workspaces_are_judged_at_fifty_sites_whose_chains_hold_three_hundred_firms() {
        let mut scene = Scene::default();
        for at in 0..50 {
            let mut spec = site_spec("Paris", "FR-IDF", 48.8566, 2.3522);
            spec.provider = format!("firm-{at}-0").as_str().into();
            scene.open(site(&format!("site-{at}"), spec));
            for n in 0..300 {
                let mut firm = provider(&format!("Firm {at} {n}"), "FR");
                let name = format!("firm-{at}-{}", n + 1);
                let mut next = parent(&name, "FR", 60.0);
                next.name = format!("Firm {at} {}", n + 1);
                let last = vec![holder(&format!("Family {at}"), "FR", 100.0)];
                firm.shareholders = if n == 299 {
                    last
                } else {
                    vec![next, holder(&format!("Holder {at} {n}"), "FR", 35.0), holder("Alpen AG", "CH", 5.0)]
                };
                scene.provide(&format!("firm-{at}-{n}"), firm);
            }
        }
        let start = Instant::now();
        let case = scene.case();
        scene.world.sites.values().for_each(|site| _ = policy::judge_site(&case, site));
        println!("50 chains of 300 firms, once: {:?}", start.elapsed());
        for _ in 0..1_000 {
            let needs = Resources::default();
            let placed = placement::place(&Request { case: &case, needs, current: &[] });
            assert!(!placed.chosen.is_empty(), "{placed:?}");
        }
        let took = start.elapsed();
        println!("1,000 workspaces at 50 sites: {took:?}");
        assert!(took.as_secs_f64() < 1.0 || cfg!(debug_assertions), "{took:?}");
    }
}
