//! What a rule says: one verdict, one reason. [`Tally`] gathers findings; the gravest decides.

use beffroi_crds::{
    message::Said,
    ownership::OwnershipPath,
    workspace::{Judgement, Verdict},
};

use crate::message::{Joint, Message, Parts, list};

/// Findings named in one reason; the rest are counted.
const NAMED: usize = 6;
/// Paths that are kept, as schemas have it.
const PATHS: usize = 4;

/// What a rule says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Outcome {
    /// What it found.
    pub verdict: Verdict,
    /// Why, naming who and what.
    pub reason: Message,
    /// Of a rule on ownership: how it comes about.
    pub paths: Vec<OwnershipPath>,
}

impl Outcome {
    /// The rule is met.
    pub fn pass(reason: impl Into<Message>) -> Self {
        Self { verdict: Verdict::Pass, reason: reason.into(), paths: Vec::new() }
    }

    /// The rule is broken.
    pub fn fail(reason: impl Into<Message>) -> Self {
        Self { verdict: Verdict::Fail, reason: reason.into(), paths: Vec::new() }
    }

    /// Only declared, or not seen; never counts as pass.
    pub fn unproven(reason: impl Into<Message>) -> Self {
        Self { verdict: Verdict::Unproven, reason: reason.into(), paths: Vec::new() }
    }

    /// The same, under the id of its rule.
    pub fn judgement(self, rule: impl Into<String>) -> Judgement {
        let Said { code, args } = self.reason.said();
        Judgement {
            rule: rule.into(),
            verdict: self.verdict,
            reason: self.reason.to_string(),
            code,
            args,
            paths: self.paths,
        }
    }
}

/// Findings of one rule: a failure outweighs what is unproven, and either outweighs a pass.
#[derive(Debug, Default)]
pub struct Tally {
    failures: Vec<Message>,
    unproven: Vec<Message>,
    paths: Vec<OwnershipPath>,
}

impl Tally {
    /// How a failure comes about; the first few are told.
    pub fn path(&mut self, path: OwnershipPath) {
        if self.paths.len() < PATHS && !self.paths.contains(&path) {
            self.paths.push(path);
        }
    }

    /// The rule is broken here.
    pub fn fail(&mut self, reason: impl Into<Message>) {
        note(&mut self.failures, reason.into());
    }

    /// Not proven here.
    pub fn unproven(&mut self, reason: impl Into<Message>) {
        note(&mut self.unproven, reason.into());
    }

    /// Takes over what another rule or part found; a pass leaves no trace.
    pub fn take(&mut self, outcome: Outcome) {
        match outcome.verdict {
            Verdict::Pass => {}
            Verdict::Fail => self.fail(outcome.reason),
            Verdict::Unproven => self.unproven(outcome.reason),
        }
    }

    /// One verdict; `pass` is the reason where nothing was found.
    pub fn outcome(self, pass: impl Into<Message>) -> Outcome {
        let outcome = match (self.failures.is_empty(), self.unproven.is_empty()) {
            (true, true) => Outcome::pass(pass),
            (true, false) => Outcome::unproven(named(self.unproven)),
            (false, true) => Outcome::fail(named(self.failures)),
            (false, false) => Outcome::fail(Joint::BesidesUnproven {
                broken: Box::new(named(self.failures)),
                unproven: Box::new(named(self.unproven)),
            }),
        };
        Outcome { paths: self.paths, ..outcome }
    }
}

fn note(findings: &mut Vec<Message>, finding: Message) {
    if !findings.contains(&finding) {
        findings.push(finding);
    }
}

fn named(mut findings: Vec<Message>) -> Message {
    match findings.len().saturating_sub(NAMED) {
        0 => list(findings),
        more => {
            findings.truncate(NAMED);
            Joint::SeveralAndMore { all: Parts(findings), more }.into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gravest_finding_decides() {
        let mut tally = Tally::default();
        let said = |words: &str| Message::verbatim(words);
        assert_eq!(Tally::default().outcome(said("fine")), Outcome::pass(said("fine")));
        tally.unproven(said("b"));
        tally.take(Outcome::pass(said("c")));
        tally.take(Outcome::fail(said("a")));
        let outcome = tally.outcome(said("fine"));
        assert_eq!(outcome.verdict, Verdict::Fail);
        assert_eq!(outcome.reason.to_string(), "a; besides, unproven: b");
    }

    #[test]
    fn a_long_list_is_counted_and_repetition_dropped() {
        let mut tally = Tally::default();
        (0..8).for_each(|n| tally.fail(Message::verbatim(format!("node {n}"))));
        tally.fail(Message::verbatim("node 0"));
        assert!(tally.outcome(Message::none()).reason.to_string().ends_with("node 5; and 2 more"));
    }
}
