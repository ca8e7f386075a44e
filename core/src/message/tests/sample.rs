//! Values of every type that a message has for an argument, from which the macros make messages of every row.

use beffroi_crds::text::Date;
use jiff::{Timestamp, civil};

use crate::{
    evidence::statement::Told,
    message::{
        Decimal, Message, Parts, change,
        law::Through,
        location::{Alternatives, LocationMessage},
        placement::{PlacementMessage, Sites},
        rules, tenant,
    },
};

/// What samples can be made of.
pub(crate) trait Sample: Clone {
    /// Some values; of an enumeration each, with every value of its arguments.
    fn samples() -> Vec<Self>;
}

macro_rules! samples {
    ($($type:ty: [$($value:expr),+ $(,)?])+) => {
        $(impl Sample for $type {
            fn samples() -> Vec<Self> {
                vec![$($value),+]
            }
        })+
    };
}

/// A message that stands within another, and whose arguments are told in each language.
fn within() -> Message {
    let lies = rules::Misplaced::Country { country: "DE".into() };
    Message::from(LocationMessage::Lies { lies })
}

samples! {
    String: ["communication".into(), "« a » ; b: \"c\"\n…".into()]
    u32: [0, 1, u32::MAX]
    u64: [0, 1, 1 << 53]
    usize: [0, 1, 1 << 53]
    i64: [0, -1, -123_456, 1 << 53]
    Timestamp: ["2026-06-15T10:00:00Z".parse().unwrap(), "2026-06-15T10:00:00.5Z".parse().unwrap()]
    Date: [Date("2026-06-15".into()), Date("someday".into())]
    civil::Date: [civil::date(2026, 6, 15)]
    Decimal: [Decimal("24.05 %".into())]
    Told: [Told::from(&within()), Told::Prose("a sentence of the first version".into())]
    // Every message is among the samples by itself; here they would never end.
    Box<Message>: [Box::new(within()), Box::new(Message::verbatim("words of others")), Box::new(Message::none())]
    Box<PlacementMessage>: [Box::new(PlacementMessage::NoMoreWorkspaces { most: 12_345 })]
    Parts: [Parts(vec![within(), Message::verbatim("words")]), Parts(Vec::new())]
    Sites: [Sites(vec![within(), Message::verbatim("words")]), Sites(Vec::new())]
    Alternatives: [Alternatives(vec!["a=b".into(), "c=d".into()]), Alternatives(Vec::new())]
    Through: [Through(vec!["Un".into(), "Deux".into()]), Through(Vec::new())]
    rules::Quoted: [rules::Quoted("a \" b".into())]
    tenant::Quoted: [tenant::Quoted("a \" b".into())]
    change::Field: [change::Field("apps".into()), change::Field("of a newer version".into())]
}

impl<T: Sample> Sample for Vec<T> {
    fn samples() -> Vec<Self> {
        vec![T::samples(), Vec::new()]
    }
}
