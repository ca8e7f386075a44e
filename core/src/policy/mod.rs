//! The rules, one per file: [`all`] → [`judge_site`], [`judge_app`], [`judge_tenant`] → [`Judgement`]s.
//!
//! A rule has three verdicts. *Unproven* is what is only declared where the rule wants a signed document or
//! an observation; it never counts as pass. Rules of the law that are not evaluated yet keep their place in
//! the list, visibly, as [`Check::NotEvaluated`].

use beffroi_crds::{
    App, SovereigntyPolicySpec, Tenant, WorkspaceSpec,
    workspace::{Judgement, Verdict},
};

use crate::facts::{SiteFacts, World};

/// A rule of sovereignty.
#[derive(Debug)]
pub struct Rule {
    /// Stable id, for example `JUR-02`.
    pub id: &'static str,
    /// What breaking it means.
    pub severity: Severity,
    /// Legal source.
    pub source: &'static str,
    /// The rule in French.
    pub fr: &'static str,
    /// The rule in English.
    pub en: &'static str,
    /// What the rule rests on.
    pub inputs: &'static [Input],
    /// How it is judged.
    pub check: Check,
}

/// What breaking a rule means.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
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
    Chain(fn(&Case<'_>, &Chain) -> Outcome),
    /// On a candidate site.
    Site(fn(&Case<'_>, &SiteFacts) -> Outcome),
    /// On an ordered app.
    App(fn(&Case<'_>, &App) -> Outcome),
    /// On the tenant.
    Tenant(fn(&Case<'_>) -> Outcome),
    /// Not evaluated yet; says what it waits for.
    NotEvaluated(&'static str),
}
