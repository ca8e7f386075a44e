//! A policy's own rules, in CEL: text → parsed → bounded ([`bound`]) → evaluated on [`variables`].
//!
//! The interpreter has no budget at run time, so an expression is bounded before it is ever run: its length,
//! its depth, and from the sizes of lists the steps it could take and the copies it could build. What does not
//! yield a boolean is unproven; it never passes.

mod bound;
mod variables;

use beffroi_crds::{SovereigntyPolicySpec, policy::CustomRule, workspace::Judgement};
use cel::{Context, IdedExpr, Value, common::ast::SourceInfo, parser::Parser};
use thiserror::Error;

use super::{Case, Check, Outcome, all};
use crate::facts::SiteFacts;

/// Longest expression, in bytes.
const LONGEST: usize = 1024;
/// Longest part of an interpreter's error that goes into a reason.
const SHOWN: usize = 200;

/// Why a policy's rules cannot be used.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum CelError {
    /// It is not CEL.
    #[error("custom rule {rule}: line {line}, column {column}: {why}: correct the expression")]
    Syntax {
        /// Name of the rule.
        rule: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What the parser says.
        why: String,
    },
    /// It is too long.
    #[error("custom rule {rule}: {length} bytes, at most {LONGEST} are allowed: split it into several rules")]
    TooLong {
        /// Name of the rule.
        rule: String,
        /// Its length, in bytes.
        length: usize,
    },
    /// It is nested too deeply.
    #[error("custom rule {rule}: nested more than {} deep: split it into several rules", bound::DEEPEST)]
    TooDeep {
        /// Name of the rule.
        rule: String,
    },
    /// It could take too long.
    #[error(
        "custom rule {rule}: could take {steps} steps, at most {} are allowed: nest fewer all, exists, map, filter and matches",
        bound::STEPS
    )]
    TooCostly {
        /// Name of the rule.
        rule: String,
        /// Steps that it could take.
        steps: u64,
    },
    /// It could build too much.
    #[error(
        "custom rule {rule}: could build {copies} copies of what it is given, at most {} are allowed: map and add less",
        bound::COPIES
    )]
    TooLarge {
        /// Name of the rule.
        rule: String,
        /// Copies that it could build.
        copies: u64,
    },
    /// It names what is not there.
    #[error(
        "custom rule {rule}: line {line}, column {column}: {name} is not known: use site, provider, tenant, workspace and CEL's standard functions"
    )]
    UnknownName {
        /// Name of the rule.
        rule: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is not known.
        name: String,
    },
    /// `enforce` names what is no rule.
    #[error("enforce: {id} is not a rule: name one of {known}")]
    UnknownRule {
        /// What is named.
        id: String,
        /// Rules that there are.
        known: String,
    },
    /// `enforce` names a rule that nobody evaluates.
    #[error(
        "enforce: {id} is not evaluated yet, it waits for {waits_for}: take it out, or nobody would check what the policy promises"
    )]
    NotEvaluated {
        /// The rule.
        id: String,
        /// What it waits for.
        waits_for: &'static str,
    },
}

/// A rule that may be run.
#[derive(Debug)]
pub struct Compiled {
    name: String,
    message: String,
    expression: IdedExpr,
}

/// Everything that is wrong with a policy's own rules and with what it enforces.
pub fn check_rules(policy: &SovereigntyPolicySpec) -> Vec<CelError> {
    let own = policy.custom_rules.iter().filter_map(|rule| compile(rule).err());
    own.chain(policy.enforce.iter().filter_map(|id| check_enforced(id))).collect()
}

fn check_enforced(id: &str) -> Option<CelError> {
    match all().iter().find(|rule| rule.id == id).map(|rule| &rule.check) {
        Some(Check::NotEvaluated(waits_for)) => Some(CelError::NotEvaluated { id: id.to_owned(), waits_for }),
        Some(_) => None,
        None => {
            let known = all().iter().map(|rule| rule.id).collect::<Vec<_>>().join(", ");
            Some(CelError::UnknownRule { id: id.to_owned(), known })
        }
    }
}

/// Parses and bounds a rule.
///
/// # Errors
/// [`CelError`], which says what to change.
pub fn compile(rule: &CustomRule) -> Result<Compiled, CelError> {
    let (name, source) = (rule.name.to_string(), rule.expression.as_str());
    if source.len() > LONGEST {
        return Err(CelError::TooLong { rule: name, length: source.len() });
    }
    if bound::nesting(source) > bound::DEEPEST {
        return Err(CelError::TooDeep { rule: name });
    }
    let (expression, info) = Parser::new().parse_with_source_info(source).map_err(|errors| {
        let first = errors.errors.first();
        let (line, column) = first.map_or((1, 1), |e| e.pos);
        let why = first.map_or_else(String::new, |e| shorten(&e.msg));
        let from_one = |n: isize| usize::try_from(n).unwrap_or(1).max(1);
        CelError::Syntax { rule: name.clone(), line: from_one(line), column: from_one(column), why }
    })?;
    bound::check(&expression).map_err(|excess| refused(name.clone(), source, &info, excess))?;
    Ok(Compiled { name, message: rule.message.clone(), expression })
}

fn refused(rule: String, source: &str, info: &SourceInfo, excess: bound::Excess) -> CelError {
    match excess {
        bound::Excess::Depth => CelError::TooDeep { rule },
        bound::Excess::Steps(steps) => CelError::TooCostly { rule, steps },
        bound::Excess::Copies(copies) => CelError::TooLarge { rule, copies },
        bound::Excess::Unknown { id, name } => {
            let offset = info.offset_for(id).and_then(|(start, _)| usize::try_from(start).ok()).unwrap_or(0);
            let before: String = source.chars().take(offset).collect();
            let line = before.matches('\n').count() + 1;
            let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
            CelError::UnknownName { rule, line, column, name }
        }
    }
}

/// Every rule of a policy, compiled or not.
pub fn compile_all(policy: &SovereigntyPolicySpec) -> Vec<Result<Compiled, CelError>> {
    policy.custom_rules.iter().map(compile).collect()
}

/// Judges a site by a policy's own rules, under `CUSTOM/<name>`. One that does not compile is unproven.
pub(super) fn judge(
    case: &Case<'_>,
    site: &SiteFacts,
    rules: &[Result<Compiled, CelError>],
) -> Vec<Judgement> {
    if rules.is_empty() {
        return Vec::new();
    }
    let context = variables::context(case, site);
    let named = case.policy.custom_rules.iter().zip(rules);
    let judged = named.map(|(rule, compiled)| {
        let outcome = match compiled {
            Ok(compiled) => compiled.judge(&context),
            Err(error) => Outcome::unproven(error.to_string()),
        };
        outcome.judgement(format!("CUSTOM/{}", rule.name))
    });
    judged.collect()
}

impl Compiled {
    fn judge(&self, context: &Context<'_, '_>) -> Outcome {
        match Value::resolve(&self.expression, context) {
            Ok(Value::Bool(true)) => Outcome::pass(format!("{} holds", self.name)),
            Ok(Value::Bool(false)) => Outcome::fail(&self.message),
            Ok(other) => {
                Outcome::unproven(format!("{}: yields {}, not true or false", self.message, other.type_of()))
            }
            Err(error) => Outcome::unproven(format!(
                "{}: cannot be evaluated: {}",
                self.message,
                shorten(&error.to_string())
            )),
        }
    }
}

/// On one line, cut where it grows long.
fn shorten(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

#[cfg(test)]
mod tests;
