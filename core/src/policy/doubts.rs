//! What JUR-02 to JUR-05 share: what is not known of each that works → whether the rule hangs on it → what is said then.

use super::{
    Chain, Outcome,
    chain::{Link, Missing, Role},
    outcome::Tally,
    ownership::{findings::Asked, hands::HandId},
};
use crate::message::law::LawMessage;

/// What is not known, as far as a rule on ownership asks for it.
pub struct Doubts {
    asked: Asked,
    known: bool,
    open: bool,
}

impl Doubts {
    /// None yet.
    pub fn about(asked: Asked) -> Self {
        Self { asked, known: true, open: false }
    }

    /// Notes as unproven what is not known of a link, where the rule hangs on it.
    pub fn note(&mut self, chain: &Chain<'_>, (link, id): (&Link<'_>, HandId), tally: &mut Tally) {
        let open = chain.findings(id).is_open(self.asked);
        let deciding = matches!(self.asked, Asked::Powers | Asked::Rulers);
        let doubts = chain.ownership().doubts(id, deciding);
        for (firm, doubt) in doubts.iter().filter(|_| open) {
            let what = chain.ownership().unknown(*firm, doubt);
            tally.unproven(LawMessage::OwnersUnknown { who: link.who(), what });
        }
        self.known &= doubts.is_empty();
        self.open |= open;
    }

    /// Notes what is unproven besides (names that nobody bears, holders only declared, codes that are no country's), and
    /// ends: `known` is the reason of a pass where all is known, `whoever` where something is not.
    pub fn outcome(
        self,
        chain: &Chain<'_>,
        mut tally: Tally,
        known: LawMessage,
        whoever: LawMessage,
    ) -> Outcome {
        // A holder that nobody describes is unproven only where it could break the rule.
        let counts = |missing: &&Missing<'_>| self.open || !matches!(missing.role, Role::ParentOf(_));
        chain.missing.iter().filter(counts).for_each(|missing| tally.unproven(missing.told()));
        Chain::note_unsigned(chain.links.iter(), &mut tally);
        chain.law().problems().for_each(|problem| tally.unproven(problem));
        tally.outcome(if self.known { known } else { whoever })
    }
}
