//! The rules, one per file: [`all`] → [`judge_site`], [`judge_app`], [`judge_tenant`] → [`Judgement`]s →
//! [`split`] into what refuses and what warns.
//!
//! Inside: [`chain`] (the providers one depends on, each with the role by which it entered) →
//! [`ownership`] (who holds and who decides, followed through parents) → the rules → [`outcome`].
//! [`certification`] and [`place`] hold what several rules share; [`custom`] judges a policy's own rules.
//!
//! A rule has three verdicts. *Unproven* is what is only declared where the rule wants a signed document or
//! an observation; it never counts as pass. Facts that break a rule by declaration alone fail: an admission
//! against oneself needs no proof. Rules of the law that are not evaluated yet keep their place in the list,
//! visibly, as [`Check::NotEvaluated`].

pub mod certification;
pub mod chain;
pub mod custom;
mod doubts;
pub mod identifiers;
pub mod names;
pub mod outcome;
pub mod ownership;
pub mod place;
pub mod territory;

mod awaited;
#[cfg(test)]
pub(crate) mod fixtures;
#[cfg(test)]
mod tests;

mod ai_01;
mod ai_03;
mod cert;
mod idn_01;
mod jur_01;
mod jur_02;
mod jur_03;
mod jur_04;
mod jur_05;
mod jur_06;
mod loc_01;
mod observed;
mod ops_01;
mod pub_01;
mod qua_01;
mod qua_02;
mod qua_03;
mod sub_01;
mod sub_02;

use beffroi_crds::{
    App, Provider, Site, SovereigntyPolicySpec, Tenant, TenantSpec, WorkspaceSpec,
    provider::Dependency,
    workspace::{DataKind, Judgement, Verdict},
};
use schemars::JsonSchema;
use serde::Serialize;

pub use self::{chain::Chain, custom::check_rules, outcome::Outcome};
use crate::{
    facts::{SiteFacts, World},
    message::{
        Draw, Language,
        rules::{Awaited, RuleMessage},
    },
};

static ALL: &[Rule] = &[
    jur_01::RULE,
    jur_02::RULE,
    jur_03::RULE,
    jur_04::RULE,
    jur_05::RULE,
    jur_06::RULE,
    sub_01::RULE,
    sub_02::RULE,
    loc_01::RULE,
    observed::LOC_02,
    awaited::LOC_03,
    observed::LOC_04,
    observed::LOC_05,
    qua_01::RULE,
    qua_02::RULE,
    qua_03::RULE,
    observed::CRY_01,
    awaited::CRY_02,
    awaited::ADM_01,
    awaited::ADM_02,
    awaited::ADM_03,
    awaited::ISO_01,
    ops_01::RULE,
    awaited::OPS_02,
    awaited::OPS_03,
    awaited::INC_01,
    awaited::REV_01,
    awaited::REV_02,
    awaited::REV_03,
    idn_01::RULE,
    ai_01::RULE,
    awaited::AI_02,
    ai_03::RULE,
    awaited::ACC_01,
    cert::RULE,
    pub_01::RULE,
];

/// Every rule, in the order of the law's table; house rules come last.
pub fn all() -> &'static [Rule] {
    ALL
}

/// A rule of sovereignty.
#[derive(Debug)]
pub struct Rule {
    /// Stable id, for example `JUR-02`.
    pub id: &'static str,
    /// What breaking it means.
    pub severity: Severity,
    /// Where it comes from.
    pub source: Source,
    /// The rule in French.
    pub fr: &'static str,
    /// The rule in English.
    pub en: &'static str,
    /// What the rule rests on.
    pub inputs: &'static [Input],
    /// How it is judged.
    pub check: Check,
}

/// Where a rule comes from: a law, a reference document, ourselves.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Source {
    /// In French.
    pub fr: &'static str,
    /// In English.
    pub en: &'static str,
}

impl Source {
    /// One that is called the same in both.
    pub const fn same(name: &'static str) -> Self {
        Self { fr: name, en: name }
    }
}

impl Draw for Source {
    fn draw(&self, language: Language, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match language {
            Language::Fr => self.fr,
            Language::En => self.en,
        })
    }
}

/// What breaking a rule means.
#[derive(Clone, Copy, Debug, Eq, JsonSchema, PartialEq, Serialize)]
pub enum Severity {
    /// Refuses.
    Blocking,
    /// Warns, unless the policy enforces it.
    Major,
    /// Warns, unless the policy enforces it.
    Minor,
}

/// What a rule rests on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Input {
    /// A declaration is enough.
    Declared,
    /// Something seen in a cluster.
    Observed,
    /// A signed document.
    Signed,
}

/// How a rule is judged.
#[derive(Debug)]
pub enum Check {
    /// On a chain of providers: that of a site, or that of an app.
    Chain(fn(&Case<'_>, &Chain<'_>) -> Outcome),
    /// On a candidate site.
    Site(fn(&Case<'_>, &SiteFacts) -> Outcome),
    /// On an ordered app.
    App(fn(&Case<'_>, &App) -> Outcome),
    /// On the tenant.
    Tenant(fn(&Case<'_>) -> Outcome),
    /// On what is seen of a workspace in its sites: see [`location`](crate::location).
    Observed,
    /// Not evaluated yet; says what it waits for.
    NotEvaluated(Awaited),
}

/// What is to be judged: an order of a tenant under its policy.
#[derive(Clone, Debug)]
pub struct Case<'a> {
    /// What is known.
    pub world: &'a World,
    /// The rules that the tenant is held to.
    pub policy: &'a SovereigntyPolicySpec,
    /// Who orders.
    pub tenant: &'a Tenant,
    /// Members, where the tenant is a grouping.
    pub members: Vec<&'a Tenant>,
    /// What is ordered; the kinds of data come from here.
    pub workspace: &'a WorkspaceSpec,
}

impl Case<'_> {
    /// Whether the workspace will hold this kind of data.
    pub fn holds(&self, kind: DataKind) -> bool {
        self.workspace.data.contains(&kind)
    }

    /// The `Provider` who makes a technology, where one is named and known.
    pub fn maker_of(&self, dependency: &Dependency) -> Option<&Provider> {
        self.world.providers.get(dependency.provider.as_deref()?).map(AsRef::as_ref)
    }

    /// The lands that a technology comes from: its own country, and the seats of the `Provider` who makes it.
    pub fn lands_of<'d>(&'d self, dependency: &'d Dependency) -> impl Iterator<Item = &'d str> {
        let seats = self.maker_of(dependency).map(|maker| territory::of_seat(&maker.spec.seat));
        [territory::of(&dependency.country)].into_iter().chain(seats.into_iter().flatten())
    }

    /// Whether the law of `country` is outside what the policy allows.
    pub fn outside(&self, country: &str) -> bool {
        ownership::Law(&self.policy.law).outside(territory::of(country))
    }
}

/// Judges a candidate site: its chain of providers, the site itself, and the policy's own rules. Passes are
/// included.
pub fn judge_site(case: &Case<'_>, site: &SiteFacts) -> Vec<Judgement> {
    judge_site_with(case, site, &custom::compile_all(case.policy))
}

/// [`judge_site`] with the policy's own rules already compiled, for many sites in a row.
pub(crate) fn judge_site_with(
    case: &Case<'_>,
    site: &SiteFacts,
    own: &[Result<custom::Compiled, RuleMessage>],
) -> Vec<Judgement> {
    // Rules on the chain come first in the law's table; what they find is the same for every order.
    let world = case.world;
    let find = || {
        let law = SovereigntyPolicySpec { law: case.policy.law.clone(), ..SovereigntyPolicySpec::default() };
        judge_chain(world, &law, Of::Site(&site.site))
    };
    let unread = !world.unread.is_empty();
    let chain = world.providers.judged(&site.site, &case.policy.law, world.today(), unread, find);
    let law = all().iter().filter_map(|rule| match rule.check {
        Check::Chain(_) => chain.iter().find(|judgement| judgement.rule == rule.id).cloned(),
        Check::Site(check) => Some(check(case, site).judgement(rule.id)),
        _ => None,
    });
    law.chain(custom::judge(case, site, own)).collect()
}

/// Judges an ordered app: the chain of its publisher, and the app itself. Passes are included.
pub fn judge_app(case: &Case<'_>, app: &App) -> Vec<Judgement> {
    let chain = Chain::of_app(case, &app.spec);
    let judge = |rule: &Rule| match rule.check {
        Check::Chain(check) => Some(check(case, &chain).judgement(rule.id)),
        Check::App(check) => Some(check(case, app).judgement(rule.id)),
        _ => None,
    };
    all().iter().filter_map(judge).collect()
}

/// Judges a provider as a hoster would be, by the rules on providers; nobody's order is at stake. Passes are included.
pub fn judge_provider(world: &World, policy: &SovereigntyPolicySpec, name: &str) -> Vec<Judgement> {
    judge_chain(world, policy, Of::Provider(name))
}

/// Whose chain is judged.
#[derive(Clone, Copy)]
enum Of<'o> {
    Site(&'o Site),
    Provider(&'o str),
}

/// Judges a chain by the rules on chains. They are given nobody's order, so that what they find holds for all.
fn judge_chain(world: &World, policy: &SovereigntyPolicySpec, of: Of<'_>) -> Vec<Judgement> {
    let (tenant, workspace) = (Tenant::new("", TenantSpec::default()), WorkspaceSpec::default());
    let case = Case { world, policy, tenant: &tenant, members: Vec::new(), workspace: &workspace };
    let chain = match of {
        Of::Site(site) => Chain::of_site(&case, site),
        Of::Provider(name) => Chain::of_provider(&case, name),
    };
    let judge = |rule: &Rule| match rule.check {
        Check::Chain(check) => Some(check(&case, &chain).judgement(rule.id)),
        _ => None,
    };
    all().iter().filter_map(judge).collect()
}

/// Judges the tenant. Passes are included.
pub fn judge_tenant(case: &Case<'_>) -> Vec<Judgement> {
    let judge = |rule: &Rule| match rule.check {
        Check::Tenant(check) => Some(check(case).judgement(rule.id)),
        _ => None,
    };
    all().iter().filter_map(judge).collect()
}

/// Whether a verdict refuses: the rule blocks or the policy enforces it, and it did not pass. A rule that is
/// not of the law (a policy's own, a house rule of placement) always refuses.
pub fn refuses(rule: &str, verdict: Verdict, policy: &SovereigntyPolicySpec) -> bool {
    let blocks = || all().iter().find(|r| r.id == rule).is_none_or(|r| r.severity == Severity::Blocking);
    verdict != Verdict::Pass && (blocks() || policy.enforce.iter().any(|id| id == rule))
}

/// What refuses, and what only warns; passes are dropped.
pub fn split(judgements: Vec<Judgement>, policy: &SovereigntyPolicySpec) -> (Vec<Judgement>, Vec<Judgement>) {
    let unmet = judgements.into_iter().filter(|j| j.verdict != Verdict::Pass);
    unmet.partition(|j| refuses(&j.rule, j.verdict, policy))
}
