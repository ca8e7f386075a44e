//! Conditions as Kubernetes wants them: a transition time moves only when the status does.

use beffroi_crds::{conditions::Condition, message::Said};
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use crate::message::{Message, progress::ProgressMessage};

/// Whether a condition holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum State {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// Nobody can tell.
    Unknown,
}

impl State {
    /// As Kubernetes writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::True => "True",
            Self::False => "False",
            Self::Unknown => "Unknown",
        }
    }
}

impl From<bool> for State {
    fn from(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }
}

/// What is to be said in one condition.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// Type of the condition.
    pub kind: &'static str,
    /// Whether it holds.
    pub state: State,
    /// Stable reason in `CamelCase`.
    pub reason: &'static str,
    /// What a person needs to know, and to do.
    pub message: Message,
}

impl Finding {
    /// A finding.
    pub fn new(
        kind: &'static str,
        state: impl Into<State>,
        reason: &'static str,
        message: impl Into<Message>,
    ) -> Self {
        Self { kind, state: state.into(), reason, message: message.into() }
    }
}

/// The conditions after `findings`, in their order; those of other types are dropped. A transition time is
/// kept where the status did not change.
pub fn renew(
    before: &[Condition],
    findings: Vec<Finding>,
    generation: Option<i64>,
    now: Timestamp,
) -> Vec<Condition> {
    findings.into_iter().map(|finding| condition(before, finding, generation, now)).collect()
}

fn condition(before: &[Condition], finding: Finding, generation: Option<i64>, now: Timestamp) -> Condition {
    let Finding { kind, state, reason, message } = finding;
    let status = state.as_str();
    let since = before
        .iter()
        .find(|c| c.type_ == kind && c.status == status)
        .map_or(Time(now), |c| c.last_transition_time.clone());
    let text = message.to_string();
    // What the API server would not take of the text is no shorter as arguments.
    let said = if text.len() > LONGEST { Said::default() } else { message.said() };
    Condition {
        type_: kind.to_owned(),
        status: status.to_owned(),
        reason: reason.to_owned(),
        message: clip(text),
        code: said.code,
        args: said.args,
        observed_generation: generation,
        last_transition_time: since,
    }
}

/// The conditions with one of them renewed and the others as they were.
pub fn overlay(
    before: &[Condition],
    finding: Finding,
    generation: Option<i64>,
    now: Timestamp,
) -> Vec<Condition> {
    let renewed = condition(before, finding, generation, now);
    let mut after = before.to_vec();
    // In its place: what says the same as before is the same as before.
    match after.iter_mut().find(|known| known.type_ == renewed.type_) {
        Some(known) => *known = renewed,
        None => after.push(renewed),
    }
    after
}

/// The conditions of a resource whose reconciliation is paused: as they were, and said so in `Ready`.
pub fn pause(before: &[Condition], generation: Option<i64>, now: Timestamp) -> Vec<Condition> {
    use beffroi_crds::{
        conditions::{READY, reason},
        labels,
    };
    let message = ProgressMessage::Paused { annotation: labels::PAUSED.to_owned() };
    overlay(before, Finding::new(READY, State::Unknown, reason::PAUSED, message), generation, now)
}

/// `Ready` as the summary of `findings`: the first that does not hold, or all in order. Conditions named in
/// `aside` inform without counting.
pub fn summary(findings: &[Finding], aside: &[&str]) -> Finding {
    use beffroi_crds::conditions::{READY, reason::AS_EXPECTED};
    findings.iter().find(|f| f.state != State::True && !aside.contains(&f.kind)).map_or_else(
        || Finding::new(READY, true, AS_EXPECTED, Message::none()),
        |first| Finding { kind: READY, ..first.clone() },
    )
}

/// Whether a condition of type `kind` holds.
pub fn holds(conditions: &[Condition], kind: &str) -> bool {
    conditions.iter().any(|c| c.type_ == kind && c.status == "True")
}

/// Longest message that the API server takes in a condition.
const LONGEST: usize = 32_768;

fn clip(mut message: String) -> String {
    if message.len() > LONGEST {
        let end = (0..=LONGEST - 4).rev().find(|i| message.is_char_boundary(*i)).unwrap_or(0);
        message.truncate(end);
        message.push('…');
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    #[test]
    fn transition_time_moves_only_with_the_status() {
        let ready = |state, reason| Finding::new("Ready", state, reason, Message::verbatim(reason));
        let first = renew(&[], vec![ready(false, "Wait")], Some(1), at(10));
        let same = renew(&first, vec![ready(false, "Other")], Some(2), at(20));
        assert_eq!(same[0].last_transition_time, Time(at(10)));
        assert_eq!((same[0].reason.as_str(), same[0].observed_generation), ("Other", Some(2)));
        let moved = renew(&same, vec![ready(true, "Good")], Some(2), at(30));
        assert_eq!(moved[0].last_transition_time, Time(at(30)));
    }

    #[test]
    fn what_is_said_again_is_what_was_said() {
        let finding = |kind| Finding::new(kind, true, "Good", Message::none());
        let before = renew(&[], vec![finding("A"), finding("B")], Some(1), at(10));
        assert_eq!(overlay(&before, finding("A"), Some(1), at(20)), before);
        let more = overlay(&before, finding("C"), Some(1), at(20));
        assert_eq!((more.len(), more[2].last_transition_time.clone()), (3, Time(at(20))));
    }

    #[test]
    fn summary_takes_the_first_unmet() {
        let findings = [
            Finding::new("A", true, "x", Message::none()),
            Finding::new("B", State::Unknown, "y", Message::verbatim("why")),
            Finding::new("C", false, "z", Message::none()),
        ];
        let ready = summary(&findings, &[]);
        assert_eq!((ready.kind, ready.state, ready.reason), ("Ready", State::Unknown, "y"));
        assert_eq!(summary(&findings, &["B", "C"]).state, State::True);
    }

    #[test]
    fn a_long_message_is_cut_between_characters() {
        let long = Finding::new("A", true, "x", Message::verbatim("é".repeat(40_000)));
        let found = renew(&[], vec![long], None, at(0));
        assert!(found[0].message.len() <= LONGEST && found[0].message.ends_with('…'));
    }
}
