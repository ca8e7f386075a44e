//! The providers that a site or an app depends on: seeds → subprocessors, and makers who can reach data, transitively →
//! whoever holds them, transitively → links.
//!
//! Whoever decides over one that works, by whatever ground and through however many, enters the chain by its own right:
//! every rule holds for it. A holder that does not is followed only to find who stands behind its share (19.6.b allows it
//! up to the limits). A maker without technical access is a dependency (SUB-02), and no link.
//! Subprocessors are followed for those who work for the subject, not for those who merely own.

use std::{
    cell::{OnceCell, RefCell},
    collections::{BTreeMap, BTreeSet, VecDeque},
    rc::Rc,
};

use beffroi_crds::{
    AppSpec, Provider, Site, policy,
    provider::{Dependency, Subprocessor},
};

use super::{
    Case,
    outcome::Tally,
    ownership::{Law, Ownership, findings::Findings, hands::HandId},
};
use crate::message::law::{self, Lacking, LawMessage};

/// The providers that a subject depends on.
#[derive(Debug)]
pub struct Chain<'a> {
    /// Those that exist, in the order in which they are met; the hoster or publisher first.
    pub links: Vec<Link<'a>>,
    /// Those that are named, but that no `Provider` describes.
    pub missing: Vec<Missing<'a>>,
    law: &'a policy::Law,
    ownership: OnceCell<Owned<'a>>,
}

/// Who owns the links of a chain.
#[derive(Debug)]
struct Owned<'a> {
    ownership: Ownership<'a>,
    /// Those who work, and those who decide over them.
    decisive: BTreeSet<HandId>,
    found: RefCell<BTreeMap<HandId, Rc<Findings>>>,
}

/// A provider in the chain.
#[derive(Debug)]
pub struct Link<'a> {
    /// Name of the `Provider`.
    pub name: &'a str,
    /// The `Provider`.
    pub provider: &'a Provider,
    /// By which roles it entered.
    pub roles: Vec<Role<'a>>,
    /// Whether it works for the subject, and does not merely hold another.
    pub works: bool,
}

/// A name that no `Provider` bears.
#[derive(Debug)]
pub struct Missing<'a> {
    /// The name; of a maker that no `Provider` is named for, that of its technology.
    pub name: &'a str,
    /// The role by which it would have entered.
    pub role: Role<'a>,
    /// Why it did not.
    pub why: Why,
}

/// Why somebody is missing in a chain.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Why {
    /// No `Provider` bears the name.
    Unknown,
    /// One does, and cannot be read.
    Unread,
    /// No `Provider` is named for it.
    Unnamed,
}

/// How a provider enters a chain.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Role<'a> {
    /// Hosts the site.
    Hoster,
    /// Publishes the app.
    Publisher,
    /// Runs the inference of one of the app's AI models.
    Inference,
    /// Operates a registry of the site.
    RegistryOperator(&'a str),
    /// Operates a backup store of the site.
    BackupOperator(&'a str),
    /// Installs updates on the site.
    Updates,
    /// Is on call for the site.
    OnCall,
    /// Holds a share of a provider in the chain.
    ParentOf(&'a str),
    /// Works for a provider in the chain.
    SubprocessorOf(&'a str),
    /// Makes a technology of a provider in the chain, and can reach data through it.
    MakerWithAccess(&'a str),
    /// Works on the site itself.
    SubprocessorOfSite,
}

impl Role<'_> {
    /// As it is told.
    pub fn told(&self) -> law::Role {
        let owned = |name: &str| name.to_owned();
        match *self {
            Self::Hoster => law::Role::Hoster,
            Self::Publisher => law::Role::Publisher,
            Self::Inference => law::Role::Inference,
            Self::RegistryOperator(host) => law::Role::RegistryOperator { host: owned(host) },
            Self::BackupOperator(store) => law::Role::BackupOperator { store: owned(store) },
            Self::Updates => law::Role::Updates,
            Self::OnCall => law::Role::OnCall,
            Self::ParentOf(name) => law::Role::ParentOf { name: owned(name) },
            Self::SubprocessorOf(name) => law::Role::SubprocessorOf { name: owned(name) },
            Self::MakerWithAccess(name) => law::Role::MakerWithAccess { name: owned(name) },
            Self::SubprocessorOfSite => law::Role::SubprocessorOfSite,
        }
    }
}

impl Link<'_> {
    /// As it is told.
    pub fn who(&self) -> law::Who {
        let roles = self.roles.iter().map(Role::told).collect();
        law::Who { name: self.provider.spec.legal_name.clone(), roles }
    }
}

impl Missing<'_> {
    /// As it is told.
    pub fn told(&self) -> LawMessage {
        let (name, role) = (self.name.to_owned(), self.role.told());
        match self.why {
            Why::Unread => LawMessage::ProviderUnread { provider: name, role },
            Why::Unknown => LawMessage::ProviderUnknown { provider: name, role },
            Why::Unnamed => LawMessage::MakerUnnamed { technology: name, role },
        }
    }
}

impl<'a> Chain<'a> {
    /// Hoster, parents, subprocessors, operators of registries and backup stores, who updates, who is on call.
    pub fn of_site(case: &Case<'a>, site: &'a Site) -> Self {
        let spec = &site.spec;
        let registries = spec.registries.iter().map(|r| (&*r.operator, Role::RegistryOperator(&r.host)));
        let backups = spec.backup_stores.iter().map(|b| (&*b.operator, Role::BackupOperator(&b.name)));
        let people = spec
            .operations
            .iter()
            .flat_map(|o| [(&*o.updated_by, Role::Updates), (&*o.on_call, Role::OnCall)]);
        follow(case, hosting(site).chain(registries).chain(backups).chain(people), true)
    }

    /// Hoster and subprocessors alone, without whoever holds them.
    pub fn of_hosting(case: &Case<'a>, site: &'a Site) -> Self {
        follow(case, hosting(site), false)
    }

    /// A provider by itself, as a hoster, with its parents and subprocessors.
    pub fn of_provider(case: &Case<'a>, name: &'a str) -> Self {
        follow(case, [(name, Role::Hoster)].into_iter(), true)
    }

    /// Publisher and whoever runs the inference of its models, parents and subprocessors.
    pub fn of_app(case: &Case<'a>, app: &'a AppSpec) -> Self {
        let models = app.ai_models.iter().filter_map(|model| model.inference_provider.as_deref());
        let publisher = [(&*app.publisher, Role::Publisher)].into_iter();
        follow(case, publisher.chain(models.map(|name| (name, Role::Inference))), true)
    }

    /// Who owns the links.
    pub fn ownership(&self) -> &Ownership<'a> {
        &self.owned().ownership
    }

    /// What the rules on ownership find of a link that works, found once: whoever holds it, decides over it or stands
    /// behind it is found there.
    pub fn findings(&self, id: HandId) -> Rc<Findings> {
        let owned = self.owned();
        if let Some(known) = owned.found.borrow().get(&id) {
            return known.clone();
        }
        let found = Rc::new(owned.ownership.findings(id, &self.law().limits()));
        owned.found.borrow_mut().insert(id, found.clone());
        found
    }

    /// What the policy says of laws.
    pub fn law(&self) -> Law<'a> {
        Law(self.law)
    }

    fn owned(&self) -> &Owned<'a> {
        self.ownership.get_or_init(|| {
            let ownership =
                Ownership::of(self.links.iter().map(|link| (link.name, link.provider)), self.law());
            let works =
                self.links.iter().filter(|link| link.works).filter_map(|link| ownership.hand(link.name));
            let works: BTreeSet<HandId> = works.collect();
            let deciders = works.iter().flat_map(|id| ownership.deciders(*id));
            let decisive = works.iter().chain(deciders).copied().collect();
            Owned { ownership, decisive, found: RefCell::default() }
        })
    }

    /// The links that every rule holds for: those who work, and those who decide over them.
    pub fn decisive(&self) -> impl Iterator<Item = &Link<'a>> {
        let Owned { ownership, decisive, .. } = self.owned();
        self.links.iter().filter(move |link| {
            link.works || ownership.hand(link.name).is_some_and(|id| decisive.contains(&id))
        })
    }

    /// The links that work, each with its hand: those that the rules on ownership are about.
    pub fn working(&self) -> impl Iterator<Item = (&Link<'a>, HandId)> {
        let all = self.links.iter().filter(|link| link.works);
        all.filter_map(|link| Some((link, self.ownership().hand(link.name)?)))
    }

    /// Whether the holder of a name that no `Provider` bears decides over one who works.
    fn decides(&self, missing: &Missing<'a>) -> bool {
        let Role::ParentOf(firm) = missing.role else { return true };
        let Owned { ownership, decisive, .. } = self.owned();
        let lines = self.link(firm).map(|link| link.provider.spec.shareholders.iter().enumerate());
        let named =
            lines.into_iter().flatten().filter(|(_, line)| line.provider.as_deref() == Some(missing.name));
        named.filter_map(|(at, _)| ownership.hands.of_line(firm, at)).any(|id| decisive.contains(&id))
    }

    /// A link by the name of its `Provider`.
    pub fn link(&self, name: &str) -> Option<&Link<'a>> {
        self.links.iter().find(|link| link.name == name)
    }

    /// Lines by which links entrust work to others: by whom, and the line.
    pub fn entrusted(&self) -> impl Iterator<Item = (&Link<'a>, &'a Subprocessor)> {
        let working = self.links.iter().filter(|link| link.works);
        working.flat_map(|link| link.provider.spec.subprocessors.iter().map(move |line| (link, line)))
    }

    /// Notes as unproven each decisive name that no `Provider` bears.
    pub(super) fn note_missing(&self, tally: &mut Tally) {
        self.missing.iter().filter(|m| self.decides(m)).for_each(|m| tally.unproven(m.told()));
    }

    /// Notes as unproven each of these links whose ownership no signed document states.
    pub(super) fn note_unsigned<'b>(links: impl Iterator<Item = &'b Link<'a>>, tally: &mut Tally)
    where
        'a: 'b,
    {
        for link in links {
            let lacking = match &link.provider.spec.ownership_statement {
                None => Lacking::Statement,
                Some(statement) if statement.document.is_none() => Lacking::Document,
                Some(_) => continue,
            };
            tally.unproven(LawMessage::OnlyDeclared { who: link.who(), lacking });
        }
    }
}

fn hosting(site: &Site) -> impl Iterator<Item = (&str, Role<'_>)> {
    let subprocessors = site.spec.subprocessors.iter().map(|name| (&**name, Role::SubprocessorOfSite));
    [(&*site.spec.provider, Role::Hoster)].into_iter().chain(subprocessors)
}

struct Step<'a> {
    name: &'a str,
    role: Role<'a>,
}

/// Those who work, then whoever holds them; each provider is expanded once per side.
fn follow<'a>(case: &Case<'a>, seeds: impl Iterator<Item = (&'a str, Role<'a>)>, owners: bool) -> Chain<'a> {
    let mut chain =
        Chain { links: Vec::new(), missing: Vec::new(), law: &case.policy.law, ownership: OnceCell::new() };
    let mut index: BTreeMap<&str, usize> = BTreeMap::new();
    let mut queue: VecDeque<Step<'a>> = seeds.map(|(name, role)| Step { name, role }).collect();
    while let Some(step) = queue.pop_front() {
        let Some(link) = meet(case, &mut chain, &mut index, &step) else { continue };
        if link.works {
            continue;
        }
        link.works = true;
        let spec = &link.provider.spec;
        let name = link.name;
        let works = spec.subprocessors.iter().map(|s| (&*s.provider, Role::SubprocessorOf(name)));
        let (named, unnamed): (Vec<&Dependency>, Vec<&Dependency>) = spec
            .dependencies
            .iter()
            .filter(|dependency| dependency.technical_access == Some(true))
            .partition(|dependency| dependency.provider.is_some());
        let role = Role::MakerWithAccess(name);
        let makers = named.iter().filter_map(|dependency| Some((&**dependency.provider.as_ref()?, role)));
        queue.extend(works.chain(makers).map(|(name, role)| Step { name, role }));
        let missing = |made: &&'a Dependency| Missing { name: &made.name, role, why: Why::Unnamed };
        chain.missing.extend(unnamed.iter().map(missing));
    }
    let mut at = 0;
    while let Some((name, provider)) =
        chain.links.get(at).filter(|_| owners).map(|link| (link.name, link.provider))
    {
        at += 1;
        for parent in provider.spec.shareholders.iter().flat_map(|line| case.world.providers.describing(line))
        {
            meet(case, &mut chain, &mut index, &Step { name: parent, role: Role::ParentOf(name) });
        }
    }
    chain
}

/// The link of a name, with one role more; nothing where no `Provider` bears it.
fn meet<'c, 'a>(
    case: &Case<'a>,
    chain: &'c mut Chain<'a>,
    index: &mut BTreeMap<&'a str, usize>,
    step: &Step<'a>,
) -> Option<&'c mut Link<'a>> {
    let Step { name, role } = *step;
    let Some(provider) = case.world.providers.get(name).map(AsRef::as_ref) else {
        if !chain.missing.iter().any(|m| m.name == name && m.role == role) {
            let why = if case.world.unread.has("Provider", name) { Why::Unread } else { Why::Unknown };
            chain.missing.push(Missing { name, role, why });
        }
        return None;
    };
    let at = *index.entry(name).or_insert(chain.links.len());
    if at == chain.links.len() {
        chain.links.push(Link { name, provider, roles: Vec::new(), works: false });
    }
    let link = chain.links.get_mut(at)?;
    if !link.roles.contains(&role) {
        link.roles.push(role);
    }
    Some(link)
}
