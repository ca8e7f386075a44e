//! The providers that a site or an app depends on: seeds → parents and subprocessors, transitively → links.
//!
//! A shareholder that decides (more than half of the capital or votes, or the power to appoint the majority)
//! enters the chain by its own right: every rule holds for it. One that does not is followed only to find who
//! stands behind its share (19.6.b allows it up to the limits), and is marked as not decisive.
//! Subprocessors are followed for those who work for the subject, not for those who merely own.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
};

use beffroi_crds::{
    AppSpec, Provider, Site,
    provider::{Shareholder, Subprocessor},
};

use super::{Case, outcome::Tally, ownership::Ownership};

/// The providers that a subject depends on.
#[derive(Debug)]
pub struct Chain<'a> {
    /// Those that exist, in the order in which they are met; the hoster or publisher first.
    pub links: Vec<Link<'a>>,
    /// Those that are named, but that no `Provider` describes.
    pub missing: Vec<Missing<'a>>,
    /// Who owns them.
    pub ownership: Ownership<'a>,
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
    /// Whether it is in the chain by its own right, not as a holder without power to decide.
    pub decisive: bool,
    subprocessors_followed: bool,
}

/// A name that no `Provider` bears.
#[derive(Debug)]
pub struct Missing<'a> {
    /// The name.
    pub name: &'a str,
    /// The role by which it would have entered.
    pub role: Role<'a>,
    /// See [`Link::decisive`].
    pub decisive: bool,
    /// Whether a `Provider` bears it, and cannot be read.
    pub unread: bool,
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
    /// Works on the site itself.
    SubprocessorOfSite,
}

impl fmt::Display for Role<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hoster => f.write_str("hoster"),
            Self::Publisher => f.write_str("publisher"),
            Self::Inference => f.write_str("inference"),
            Self::RegistryOperator(host) => write!(f, "operator of registry {host}"),
            Self::BackupOperator(store) => write!(f, "operator of backup store {store}"),
            Self::Updates => f.write_str("updates"),
            Self::OnCall => f.write_str("on call"),
            Self::ParentOf(name) => write!(f, "parent of {name}"),
            Self::SubprocessorOf(name) => write!(f, "subprocessor of {name}"),
            Self::SubprocessorOfSite => f.write_str("subprocessor of the site"),
        }
    }
}

impl fmt::Display for Link<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let roles = self.roles.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        write!(f, "{} ({roles})", self.provider.spec.legal_name)
    }
}

impl fmt::Display for Missing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, role, unread, .. } = self;
        if *unread {
            return write!(f, "Provider {name} ({role}) cannot be read: its own status says what to correct");
        }
        write!(f, "Provider {name} ({role}) does not exist: create it, or correct the name")
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
        follow(case, hosting(site).chain(registries).chain(backups).chain(people))
    }

    /// Hoster and subprocessors alone, with their parents.
    pub fn of_hosting(case: &Case<'a>, site: &'a Site) -> Self {
        follow(case, hosting(site))
    }

    /// A provider by itself, as a hoster, with its parents and subprocessors.
    pub fn of_provider(case: &Case<'a>, name: &'a str) -> Self {
        follow(case, [(name, Role::Hoster)].into_iter())
    }

    /// Publisher and whoever runs the inference of its models, parents and subprocessors.
    pub fn of_app(case: &Case<'a>, app: &'a AppSpec) -> Self {
        let models = app.ai_models.iter().filter_map(|model| model.inference_provider.as_deref());
        let publisher = [(&*app.publisher, Role::Publisher)].into_iter();
        follow(case, publisher.chain(models.map(|name| (name, Role::Inference))))
    }

    /// The links that every rule holds for.
    pub fn decisive(&self) -> impl Iterator<Item = &Link<'a>> {
        self.links.iter().filter(|link| link.decisive)
    }

    /// A link by the name of its `Provider`.
    pub fn link(&self, name: &str) -> Option<&Link<'a>> {
        self.links.iter().find(|link| link.name == name)
    }

    /// Lines by which links entrust work to others: by whom, and the line.
    pub fn entrusted(&self) -> impl Iterator<Item = (&Link<'a>, &'a Subprocessor)> {
        let working = self.links.iter().filter(|link| link.subprocessors_followed);
        working.flat_map(|link| link.provider.spec.subprocessors.iter().map(move |line| (link, line)))
    }

    /// Notes as unproven each decisive name that no `Provider` bears.
    pub(super) fn note_missing(&self, tally: &mut Tally) {
        self.missing.iter().filter(|m| m.decisive).for_each(|m| tally.unproven(m.to_string()));
    }

    /// Notes as unproven each of these links whose ownership no signed document states.
    pub(super) fn note_unsigned<'b>(links: impl Iterator<Item = &'b Link<'a>>, tally: &mut Tally)
    where
        'a: 'b,
    {
        for link in links {
            let lacking = match &link.provider.spec.ownership_statement {
                None => "spec.ownershipStatement",
                Some(statement) if statement.document.is_none() => "spec.ownershipStatement.document",
                Some(_) => continue,
            };
            tally.unproven(format!("{link}: seat and holders are only declared, {lacking} is missing"));
        }
    }
}

fn hosting(site: &Site) -> impl Iterator<Item = (&str, Role<'_>)> {
    let subprocessors = site.spec.subprocessors.iter().map(|name| (&**name, Role::SubprocessorOfSite));
    [(&*site.spec.provider, Role::Hoster)].into_iter().chain(subprocessors)
}

/// Whether a shareholder alone decides over the entity.
pub fn decides(holder: &Shareholder) -> bool {
    super::ownership::number(holder.capital_percent) > 50.0
        || super::ownership::number(holder.votes_percent) > 50.0
        || holder.appoints_majority
}

struct Step<'a> {
    name: &'a str,
    role: Role<'a>,
    works: bool,
}

/// First all that is decisive, then the holders that are not; each provider is expanded once per side.
fn follow<'a>(case: &Case<'a>, seeds: impl Iterator<Item = (&'a str, Role<'a>)>) -> Chain<'a> {
    let providers = &case.world.providers;
    let mut links: Vec<Link<'a>> = Vec::new();
    let mut missing: Vec<Missing<'a>> = Vec::new();
    let mut index: BTreeMap<&str, usize> = BTreeMap::new();
    let mut queue: VecDeque<Step<'a>> = seeds.map(|(name, role)| Step { name, role, works: true }).collect();
    let mut minor: VecDeque<Step<'a>> = VecDeque::new();
    let mut decisive = true;
    loop {
        let Some(Step { name, role, works }) = queue.pop_front() else {
            if minor.is_empty() {
                break;
            }
            decisive = false;
            queue.append(&mut minor);
            continue;
        };
        let Some(provider) = providers.get(name).map(AsRef::as_ref) else {
            if !missing.iter().any(|m| m.name == name && m.role == role) {
                let unread = case.world.unread.has("Provider", name);
                missing.push(Missing { name, role, decisive, unread });
            }
            continue;
        };
        let known = index.get(name).copied();
        let at = known.unwrap_or(links.len());
        if known.is_none() {
            index.insert(name, at);
            let roles = Vec::new();
            links.push(Link { name, provider, roles, decisive, subprocessors_followed: false });
            for holder in &provider.spec.shareholders {
                let Some(parent) = &holder.provider else { continue };
                let step = Step { name: parent, role: Role::ParentOf(name), works: false };
                if decisive && decides(holder) { queue.push_back(step) } else { minor.push_back(step) }
            }
        }
        let Some(link) = links.get_mut(at) else { continue };
        if !link.roles.contains(&role) {
            link.roles.push(role);
        }
        if works && !link.subprocessors_followed {
            link.subprocessors_followed = true;
            let lines = provider.spec.subprocessors.iter();
            queue.extend(lines.map(|s| Step {
                name: &s.provider,
                role: Role::SubprocessorOf(name),
                works: true,
            }));
        }
    }
    let ownership = Ownership::of(links.iter().map(|link| (link.name, link.provider)), &|c| case.outside(c));
    Chain { links, missing, ownership }
}
