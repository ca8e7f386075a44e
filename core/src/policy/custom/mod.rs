//! A policy's own rules, in CEL: text → parsed → bounded ([`bound`]) → evaluated on [`variables`].
//!
//! The interpreter has no budget at run time, so an expression is bounded before it is ever run: its length,
//! its depth, and from the sizes of lists the steps it could take and the copies it could build. What does not
//! yield a boolean is unproven; it never passes.

mod bound;
mod variables;

use beffroi_crds::{SovereigntyPolicySpec, policy::CustomRule, workspace::Judgement};
use cel::{Context, IdedExpr, Value, common::ast::SourceInfo, parser::Parser};

use super::{Case, Check, Outcome, all};
use crate::{
    facts::SiteFacts,
    message::{Message, rules::RuleMessage},
};

/// Longest expression, in bytes.
const LONGEST: usize = 1024;
/// Longest part of an interpreter's error that goes into a reason.
const SHOWN: usize = 200;

/// A rule that may be run.
#[derive(Debug)]
pub struct Compiled {
    name: String,
    message: String,
    expression: IdedExpr,
}

/// Everything that is wrong with a policy's own rules and with what it enforces.
pub fn check_rules(policy: &SovereigntyPolicySpec) -> Vec<RuleMessage> {
    let own = policy.custom_rules.iter().filter_map(|rule| compile(rule).err());
    own.chain(policy.enforce.iter().filter_map(|id| check_enforced(id))).collect()
}

fn check_enforced(id: &str) -> Option<RuleMessage> {
    let rule = id.to_owned();
    match all().iter().find(|rule| rule.id == id).map(|rule| &rule.check) {
        Some(Check::NotEvaluated(awaits)) => Some(RuleMessage::EnforcedAwaited { rule, awaits: *awaits }),
        Some(_) => None,
        None => {
            let known = all().iter().map(|rule| rule.id.to_owned()).collect();
            Some(RuleMessage::EnforcedUnknown { rule, known })
        }
    }
}

/// Parses and bounds a rule.
///
/// # Errors
/// Says what to change.
pub fn compile(rule: &CustomRule) -> Result<Compiled, RuleMessage> {
    let (name, source) = (rule.name.to_string(), rule.expression.as_str());
    if source.len() > LONGEST {
        return Err(RuleMessage::CustomLong { rule: name, length: source.len(), most: LONGEST });
    }
    if bound::nesting(source) > bound::DEEPEST {
        return Err(RuleMessage::CustomDeep { rule: name, most: bound::DEEPEST });
    }
    let (expression, info) = Parser::new().parse_with_source_info(source).map_err(|errors| {
        let first = errors.errors.first();
        let (line, column) = first.map_or((1, 1), |e| e.pos);
        let why = first.map_or_else(String::new, |e| shorten(&e.msg));
        let from_one = |n: isize| usize::try_from(n).unwrap_or(1).max(1);
        RuleMessage::CustomSyntax { rule: name.clone(), line: from_one(line), column: from_one(column), why }
    })?;
    bound::check(&expression).map_err(|excess| refused(name.clone(), source, &info, excess))?;
    Ok(Compiled { name, message: rule.message.clone(), expression })
}

fn refused(rule: String, source: &str, info: &SourceInfo, excess: bound::Excess) -> RuleMessage {
    match excess {
        bound::Excess::Depth => RuleMessage::CustomDeep { rule, most: bound::DEEPEST },
        bound::Excess::Steps(steps) => RuleMessage::CustomCostly { rule, steps, most: bound::STEPS },
        bound::Excess::Copies(copies) => RuleMessage::CustomLarge { rule, copies, most: bound::COPIES },
        bound::Excess::Unknown { id, name } => {
            let offset = info.offset_for(id).and_then(|(start, _)| usize::try_from(start).ok()).unwrap_or(0);
            let before: String = source.chars().take(offset).collect();
            let line = before.matches('\n').count() + 1;
            let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
            RuleMessage::CustomUnknownName { rule, line, column, name }
        }
    }
}

/// Every rule of a policy, compiled or not.
pub fn compile_all(policy: &SovereigntyPolicySpec) -> Vec<Result<Compiled, RuleMessage>> {
    policy.custom_rules.iter().map(compile).collect()
}

/// Judges a site by a policy's own rules, under `CUSTOM/<name>`. One that does not compile is unproven.
pub(super) fn judge(
    case: &Case<'_>,
    site: &SiteFacts,
    rules: &[Result<Compiled, RuleMessage>],
) -> Vec<Judgement> {
    if rules.is_empty() {
        return Vec::new();
    }
    let context = variables::context(case, site);
    let named = case.policy.custom_rules.iter().zip(rules);
    let judged = named.map(|(rule, compiled)| {
        let outcome = match compiled {
            Ok(compiled) => compiled.judge(&context),
            Err(wrong) => Outcome::unproven(wrong.clone()),
        };
        outcome.judgement(format!("CUSTOM/{}", rule.name))
    });
    judged.collect()
}

impl Compiled {
    fn judge(&self, context: &Context<'_, '_>) -> Outcome {
        match Value::resolve(&self.expression, context) {
            Ok(Value::Bool(true)) => Outcome::pass(RuleMessage::CustomHolds { rule: self.name.clone() }),
            Ok(Value::Bool(false)) => Outcome::fail(Message::verbatim(&self.message)),
            Ok(other) => {
                let (wanted, yielded) = (self.message.clone(), other.type_of().to_string());
                Outcome::unproven(RuleMessage::CustomYields { wanted, yielded })
            }
            Err(error) => {
                let (wanted, why) = (self.message.clone(), shorten(&error.to_string()));
                Outcome::unproven(RuleMessage::CustomFails { wanted, why })
            }
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
