//! Whether all that a workspace's policy requires holds: what is required, each with whether it does → condition
//! `Compliant`. `Ready` says that apps run, this that they may run so.
//!
//! A requirement is one more entry of [`required`]; what decides is [`compliant`], which knows none of them.

use beffroi_crds::{
    conditions::{
        ACCEPTED, BACKED_UP, COMPLIANT, Condition, LOCATED, PLACED,
        reason::{AS_EXPECTED, POLICY_REFUSED},
    },
    ending::Ending,
};

use super::{Order, backup};
use crate::{
    conditions::{Finding, State},
    endings,
    message::{
        Message, list,
        progress::{ProgressMessage, Requirement},
    },
};

/// Something that a policy requires.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Required {
    /// What.
    pub what: Requirement,
    /// Whether it holds.
    pub state: State,
}

/// What is known of one condition.
pub trait Known {
    /// Its type.
    fn kind(&self) -> &str;
    /// Whether it holds.
    fn state(&self) -> State;
    /// Its reason.
    fn reason(&self) -> &str;
}

impl Known for Finding {
    fn kind(&self) -> &str {
        self.kind
    }
    fn state(&self) -> State {
        self.state
    }
    fn reason(&self) -> &str {
        self.reason
    }
}

impl Known for Condition {
    fn kind(&self) -> &str {
        &self.type_
    }
    fn state(&self) -> State {
        match self.status.as_str() {
            "True" => State::True,
            "False" => State::False,
            _ => State::Unknown,
        }
    }
    fn reason(&self) -> &str {
        &self.reason
    }
}

/// What is required of a workspace, by what is known of it and by what has ended of all that it rests on.
pub fn required<K: Known>(order: &Order<'_>, known: &[K], endings: &[Ending]) -> Vec<Required> {
    let find = |kind: &str| known.iter().find(|one| one.kind() == kind);
    let state = |kind: &str| find(kind).map_or(State::Unknown, Known::state);
    // An order that is refused for another reason than its policy says nothing of what stays in place.
    let accepted = match find(ACCEPTED) {
        Some(one) if one.state() == State::False && one.reason() != POLICY_REFUSED => State::Unknown,
        _ => state(ACCEPTED),
    };
    let mut all = vec![
        Required { what: Requirement::Order, state: accepted },
        Required { what: Requirement::Sites, state: state(PLACED) },
        Required { what: Requirement::Place, state: state(LOCATED) },
    ];
    // Told of what stays in place too, which no order asks for anew.
    if endings::lapsed(endings).is_some() {
        all.push(Required { what: Requirement::Certificates, state: State::False });
    }
    if backup::asked(order).policy {
        all.push(Required { what: Requirement::Backup, state: state(BACKED_UP) });
    }
    all
}

/// The condition.
pub fn compliant(required: &[Required]) -> Finding {
    let that_are = |state: State| {
        let what: Vec<_> = required.iter().filter(|one| one.state == state).map(|one| one.what).collect();
        (!what.is_empty()).then_some(what)
    };
    let broken = that_are(State::False).map(|what| Message::from(ProgressMessage::NotAsRequired { what }));
    let open = that_are(State::Unknown).map(|what| Message::from(ProgressMessage::RequiredUnknown { what }));
    match (broken, open) {
        (Some(broken), open) => {
            Finding::new(COMPLIANT, false, "RequirementNotMet", list([broken].into_iter().chain(open)))
        }
        (None, Some(open)) => Finding::new(COMPLIANT, State::Unknown, "NotKnown", open),
        (None, None) => Finding::new(COMPLIANT, true, AS_EXPECTED, ProgressMessage::AsRequired),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_that_does_not_hold_is_enough_and_all_are_named() {
        let one = |what, state| Required { what, state };
        let told = |all: &[Required]| {
            let finding = compliant(all);
            (finding.state, finding.reason, finding.message.to_string())
        };
        let good = one(Requirement::Order, State::True);
        assert_eq!(told(std::slice::from_ref(&good)).0, State::True);
        let open = one(Requirement::Place, State::Unknown);
        assert_eq!(told(&[good.clone(), open.clone()]).1, "NotKnown");
        let all = [
            good,
            one(Requirement::Sites, State::False),
            open,
            one(Requirement::Backup, State::False),
            one(Requirement::Certificates, State::False),
        ];
        let (state, reason, message) = told(&all);
        assert_eq!((state, reason), (State::False, "RequirementNotMet"));
        let words = "not as the policy requires: its sites, its backup, the certificates of its hosts; not known: the place of its data";
        assert_eq!(message, words);
    }
}
