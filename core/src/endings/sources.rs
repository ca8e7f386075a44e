//! Of what resources rest on, all that has an end: certificates and ownership statements of providers, support of
//! releases, credentials of sites.

use std::sync::LazyLock;

use beffroi_crds::{
    App, Provider, Site, SovereigntyPolicySpec, Tenant, WorkspaceSpec,
    ending::{Ending, What},
    provider::{Certification, Scheme},
    text,
    workspace::{DataKind, HeldRelease, PlacedSite},
};
use jiff::{Span, Timestamp, civil::Date};
use kube::ResourceExt;

use super::{End, soon, sorted};
use crate::{
    facts::{World, beginning},
    message::provider::ProviderMessage,
    plan::Order,
    policy::{
        Case, Chain, certification,
        chain::{Link, Role},
    },
};

/// All that ends of a provider: its certificates, and its ownership statement under the policy that gives it least time.
pub fn of_provider(world: &World, provider: &Provider) -> Vec<End> {
    let certificates = certificates(provider, None, &|_, _| false);
    certificates.chain(statement(provider, strictest(world))).collect()
}

/// All that ends of a site: what the providers in its chain have, and its `own` credentials.
pub fn of_site(world: &World, site: &Site, own: Vec<End>) -> Vec<End> {
    static NOBODY: LazyLock<(SovereigntyPolicySpec, Tenant, WorkspaceSpec)> = LazyLock::new(Default::default);
    let (policy, tenant, workspace) = &*NOBODY;
    let case = Case { world, policy, tenant, members: Vec::new(), workspace };
    let chain = Chain::of_site(&case, site);
    let mut ends = hosting(&chain, site, strictest(world).as_ref(), &|_, _| false);
    ends.extend(own);
    ends
}

/// All that ends of an app: support of each release.
pub fn of_app(app: &App) -> Vec<End> {
    let name = app.name_any();
    let releases = app.spec.releases.iter();
    releases
        .filter_map(|release| support(&name, &release.version, release.supported_until.as_ref()))
        .collect()
}

/// What of all that a workspace rests on has ended or ends soon: of the sites where it lies, the publishers of its apps,
/// and the releases that it is held at. `None` where its tenant or policy is not known.
pub fn of_workspace(order: &Order<'_>, sites: &[PlacedSite], held: &[HeldRelease]) -> Option<Vec<Ending>> {
    let world = order.world;
    let tenant = order.tenant?;
    let policy = world.policies.get(&*tenant.spec.policy)?;
    let workspace = &order.workspace.spec;
    let case = Case { world, policy: &policy.spec, tenant, members: Vec::new(), workspace };
    let rule = Some((policy.name_any(), policy.spec.law.ownership_statement_max_age_days));
    let required = |scheme, works| required(&case, scheme, works);
    let mut ends = Vec::new();
    let mut told = Vec::new();
    for site in sites.iter().filter_map(|site| world.sites.get(&site.name)) {
        ends.extend(hosting(&Chain::of_site(&case, &site.site), &site.site, rule.as_ref(), &required));
        // What it is reached by is known to its own controller alone, which has told of it.
        let own = site.site.status.iter().flat_map(|status| &status.endings);
        told.extend(own.filter(|ending| ending.kind == "Site").cloned());
    }
    for held in held {
        // The catalogue may have forgotten it; what is held remembers.
        ends.extend(support(&held.app, &held.version, held.supported_until.as_ref()));
        let Some(app) = world.apps.get(&held.app) else { continue };
        let chain = Chain::of_app(&case, &app.spec);
        ends.extend(chain.links.iter().filter_map(|link| statement(link.provider, rule.clone())));
    }
    told.extend(soon(&ends, world.now));
    Some(sorted(told))
}

/// Whether the rules ask for a certificate of this scheme, of the policy or of the law itself: of the hoster, or of one
/// who works for it.
fn required(case: &Case<'_>, scheme: Scheme, works: bool) -> bool {
    if works {
        return certification::is_required_of_all(case, scheme);
    }
    let by_law = match scheme {
        Scheme::Hds => case.holds(DataKind::Health),
        Scheme::SecNumCloud => case.holds(DataKind::StateSensitive),
        Scheme::Iso27001 | Scheme::Pams => false,
    };
    by_law || certification::is_required(case, scheme)
}

/// Certificates and statements of those whom a site depends on: of the hoster the service that the site runs on, of its
/// subprocessors any; of the others it is who owns them that counts.
fn hosting(
    chain: &Chain<'_>,
    site: &Site,
    rule: Option<&(String, u32)>,
    required: &dyn Fn(Scheme, bool) -> bool,
) -> Vec<End> {
    let of = |link: &Link<'_>| {
        let works = |role: &Role<'_>| matches!(role, Role::SubprocessorOf(_) | Role::SubprocessorOfSite);
        let service = match link.roles.as_slice() {
            roles if roles.contains(&Role::Hoster) => Some(Some(&*site.spec.service)),
            roles if roles.iter().any(works) => Some(None),
            _ => None,
        };
        let certificates =
            service.into_iter().flat_map(|service| certificates(link.provider, service, required));
        certificates.chain(statement(link.provider, rule.cloned())).collect::<Vec<_>>()
    };
    chain.links.iter().flat_map(of).collect()
}

fn certificates<'a>(
    provider: &'a Provider,
    service: Option<&'a str>,
    required: &'a dyn Fn(Scheme, bool) -> bool,
) -> impl Iterator<Item = End> + 'a {
    let all = &provider.spec.certifications;
    let fits = move |c: &&Certification| service.is_none_or(|service| certification::is_for(c, service));
    let works = service.is_none();
    // One that lasts longer takes its place as far as it reaches; of a subprocessor any service counts.
    let outlasted = move |c: &Certification| {
        let fits = |o: &Certification| works || certification::is_for(o, &c.service);
        all.iter().any(|o| o.scheme == c.scheme && fits(o) && o.expires > c.expires)
    };
    let standing = all.iter().filter(fits).filter(|c| !certification::is_succeeded(c, all));
    standing.filter_map(move |c| {
        Some(End {
            what: What::Certification,
            kind: "Provider",
            name: provider.name_any(),
            title: ProviderMessage::EndingCertificate {
                scheme: c.scheme.name().to_owned(),
                reference: c.reference.clone(),
                service: c.service.clone(),
            },
            begins: read(&c.issued).and_then(beginning),
            ends: read(&c.expires).and_then(after)?,
            required: required(c.scheme, works) && !outlasted(c),
        })
    })
}

/// An ownership statement under a policy that says how old it may be.
fn statement(provider: &Provider, rule: Option<(String, u32)>) -> Option<End> {
    let statement = provider.spec.ownership_statement.as_ref()?;
    let (policy, days) = rule?;
    let issued = read(&statement.issued)?;
    let last = issued.checked_add(Span::new().try_days(i64::from(days)).ok()?).ok()?;
    Some(End {
        what: What::OwnershipStatement,
        kind: "Provider",
        name: provider.name_any(),
        title: ProviderMessage::EndingStatement { issued: statement.issued.clone(), policy },
        begins: beginning(issued),
        ends: after(last)?,
        required: false,
    })
}

fn support(app: &str, version: &str, until: Option<&text::Date>) -> Option<End> {
    Some(End {
        what: What::Support,
        kind: "App",
        name: app.to_owned(),
        title: ProviderMessage::EndingSupport { version: version.to_owned() },
        begins: None,
        ends: after(read(until?)?)?,
        required: false,
    })
}

/// The policy under which an ownership statement ages soonest.
fn strictest(world: &World) -> Option<(String, u32)> {
    let ages = world.policies.iter().map(|(name, p)| (p.spec.law.ownership_statement_max_age_days, name));
    ages.min().map(|(days, name)| (name.clone(), days))
}

fn read(date: &text::Date) -> Option<Date> {
    date.0.parse().ok()
}

/// When a last day is over.
fn after(last: Date) -> Option<Timestamp> {
    last.tomorrow().ok().and_then(beginning)
}
