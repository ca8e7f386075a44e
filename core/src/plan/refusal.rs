//! Why an order does not stand.

use std::fmt;

use beffroi_crds::{
    conditions::reason::{BODY_TAKEN, MEMBER_REPLACED, POLICY_REFUSED, REFERENCE_NOT_FOUND, UNREADABLE},
    workspace::Judgement,
};

use crate::{
    conditions::State,
    message::{
        Message, Parts,
        order::{OrderMessage, Subject},
        unreadable::UnreadableMessage,
    },
};

/// Why an order does not stand.
#[derive(Debug)]
pub enum Refusal {
    /// What it names is not there, is not its tenant's, or is more than that may use.
    Order(Box<OrderMessage>),
    /// Something that it rests on is there and cannot be read: that is no verdict.
    Unreadable {
        /// Kind of the object.
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// Rules of sovereignty refuse the tenant or an app.
    Rules(Vec<(Subject, Judgement)>),
}

impl From<OrderMessage> for Refusal {
    fn from(message: OrderMessage) -> Self {
        Self::Order(Box::new(message))
    }
}

impl Refusal {
    /// Stable reason for the condition `Accepted`.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Order(message) => reason(message),
            Self::Unreadable { .. } => UNREADABLE,
            Self::Rules(_) => POLICY_REFUSED,
        }
    }

    /// What is wrong, and what to do.
    pub fn message(&self) -> Message {
        match self {
            Self::Order(message) => OrderMessage::clone(message).into(),
            Self::Unreadable { kind, name } => {
                UnreadableMessage::Other { kind: (*kind).to_owned(), name: name.clone() }.into()
            }
            Self::Rules(rules) => {
                let judged = rules.iter().map(|(of, judgement)| {
                    let (rule, reason) = (judgement.rule.clone(), Box::new(Message::from(judgement)));
                    OrderMessage::Judged { rule, of: of.clone(), reason }.into()
                });
                OrderMessage::Refused { by: Parts(judged.collect()) }.into()
            }
        }
    }

    /// Whether a DNS record of the tenant's would do.
    pub fn awaits_domain(&self) -> bool {
        use OrderMessage::{DomainLost, DomainNotProven, DomainPending};
        let Self::Order(message) = self else { return false };
        matches!(**message, DomainNotProven { .. } | DomainLost { .. } | DomainPending { .. })
    }

    /// Whether the order stands: what rests on something that cannot be read is not judged.
    pub fn state(&self) -> State {
        if matches!(self, Self::Unreadable { .. }) { State::Unknown } else { State::False }
    }
}

/// In English.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message().fmt(f)
    }
}

fn reason(message: &OrderMessage) -> &'static str {
    match message {
        OrderMessage::NoTenant { .. } => "NoTenant",
        OrderMessage::TenantLeaving { .. } => "TenantLeaving",
        OrderMessage::NoMember { .. } | OrderMessage::NoPolicy { .. } | OrderMessage::NoApp { .. } => {
            REFERENCE_NOT_FOUND
        }
        OrderMessage::MemberReplaced { .. } => MEMBER_REPLACED,
        OrderMessage::BodyTaken { .. } => BODY_TAKEN,
        OrderMessage::PolicyNotInOrder { .. } => "PolicyNotAccepted",
        OrderMessage::NoRelease { .. } => "ReleaseNotFound",
        OrderMessage::NoUpgradePath { .. } => "NoUpgradePath",
        OrderMessage::OverQuota { .. } => "QuotaExceeded",
        OrderMessage::DomainNotProven { .. } => "DomainNotProven",
        OrderMessage::DomainLost { .. } => "DomainLost",
        OrderMessage::DomainTaken { .. } => "DomainTaken",
        OrderMessage::PublicSuffix { .. } => "PublicSuffix",
        OrderMessage::DomainPending { .. } => "DomainPending",
        OrderMessage::HostTaken { .. } => "HostTaken",
        OrderMessage::HostTooLong { .. } => "HostTooLong",
        OrderMessage::Refused { .. } | OrderMessage::Judged { .. } => POLICY_REFUSED,
    }
}

impl std::error::Error for Refusal {}
