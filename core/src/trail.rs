//! What entries of the audit log on an object's spec have in common: how far it has come since what stands there → who
//! brought it there, as far as that can be told → a note that has an end.

use beffroi_crds::{ChangedBy, Person, ordered_generation};
use jiff::Timestamp;
use kube::Resource;
use serde_json::Value;

use crate::{
    evidence::statement::{Audit, Told},
    message::{
        Message, Parts, bounded, list,
        trail::{Together, TrailMessage},
    },
};

/// An entry, and the content that its subject is the digest of.
pub type Record = (Audit, Value);

/// Longest note that is kept, in characters: an entry of the log has an end.
pub const NOTE: usize = 1000;
/// Longest name of an actor that is kept, in characters.
const ACTOR: usize = 400;
/// Of one argument of a note, what is kept, in characters.
const ARGUMENT: usize = 300;
/// Of a list in a note, what is kept.
const ENTRIES: usize = 32;

/// Changes of an object's spec that do not stand in the log yet. Who made them is told of one change that came through
/// the API. Where several came together, nobody can tell which of them changed what: all of it is no one's.
#[derive(Debug)]
pub struct Unrecorded {
    /// The generation that they came to.
    pub generation: i64,
    steps: i64,
    by: Option<ChangedBy>,
}

impl Unrecorded {
    /// Those of an object of which generation `recorded` stands in the log (0: none does); none where it has come no
    /// further.
    pub fn of<K: Resource>(object: &K, recorded: i64) -> Option<Self> {
        let generation = ordered_generation(object);
        let steps = generation - recorded;
        (steps != 0).then(|| Self { generation, steps, by: ChangedBy::now(object) })
    }

    /// What is told, as far as there is room, and how it came about.
    pub fn note(&self, told: impl IntoIterator<Item = Message>) -> Message {
        let how = self.how();
        let told: Vec<Message> = told.into_iter().collect();
        let fit = fitting(&told, NOTE.saturating_sub(length(&how)));
        let more = told.len() - fit;
        let mut told = told;
        told.truncate(fit);
        if more > 0 {
            return TrailMessage::AndMore { told: Parts(told), more, how: Box::new(how) }.into();
        }
        list(told.into_iter().chain([how]))
    }

    /// Who made the one change.
    pub fn actor(&self) -> Option<String> {
        self.by.as_ref().filter(|_| self.steps == 1).map(person)
    }

    fn how(&self) -> Message {
        let changes = several(self.steps);
        match (&self.by, self.steps) {
            (by, 1) => asked(by.as_ref()),
            (Some(by), _) => {
                let (person, request) = (person(by), by.request.clone());
                TrailMessage::TogetherLastBy { changes, person, request }.into()
            }
            (None, _) => TrailMessage::TogetherLastUnknown { changes }.into(),
        }
    }
}

/// How one thing was asked for.
pub fn asked(by: Option<&ChangedBy>) -> Message {
    by.map_or(TrailMessage::NotThroughTheApi, |by| TrailMessage::Request { request: by.request.clone() })
        .into()
}

/// A message as the log keeps it: it has an end.
pub fn kept(note: &Message) -> Told {
    Told::Said(bounded(note.said(), ARGUMENT, ENTRIES))
}

/// A person, by what the issuer of her token calls her.
pub fn person(by: &ChangedBy) -> String {
    called(&by.subject, &by.issuer)
}

/// The same, of a person who asked for a deletion or confirmed it.
pub fn named(person: &Person) -> String {
    called(&person.subject, &person.issuer)
}

fn called(subject: &str, issuer: &str) -> String {
    format!("{subject} ({issuer})").chars().take(ACTOR).collect()
}

/// What happened before, recorded only at `now`: it tells when it was seen, and stands in the log at the time at which
/// it comes there.
pub fn late(audit: &Audit, now: Timestamp) -> Audit {
    let note = Message::from(TrailMessage::Late { note: audit.note.clone(), seen: audit.time });
    Audit { time: now, note: Told::from(&note), ..audit.clone() }
}

/// How many changes came together. A count that went back is that of an object that was restored from elsewhere.
fn several(steps: i64) -> Together {
    if steps > 1 { Together::Counted { changes: steps } } else { Together::Uncounted }
}

/// How many parts there is room for; the first always, with an end of its own.
fn fitting(parts: &[Message], room: usize) -> usize {
    let ends = parts.iter().scan(0, |end, part| {
        *end += length(part) + 2;
        Some(*end)
    });
    ends.take_while(|end| *end <= room).count().max(usize::from(!parts.is_empty()))
}

/// Of a message as it is kept, in characters.
fn length(message: &Message) -> usize {
    kept(message).to_string().chars().count()
}

#[cfg(test)]
mod tests {
    use beffroi_crds::Workspace;

    use super::*;
    use crate::evidence::statement::Action;
    use crate::message::{
        Language,
        change::ChangeMessage,
        work::{Touched, WorkMessage, Writer},
    };

    #[test]
    fn a_note_has_an_end_and_says_what_it_leaves_out() {
        let mut object = Workspace::default();
        object.metadata.generation = Some(2);
        let pending = Unrecorded::of(&object, 1).unwrap();
        let resumed = || Message::from(ChangeMessage::Resumed);
        assert_eq!(pending.note([resumed()]).to_string(), format!("resumed; {}", asked(None)));
        let long = |length| Message::verbatim("é".repeat(length));
        let note = kept(&pending.note([resumed(), long(400), long(400), long(400), long(400)])).to_string();
        assert!(note.chars().count() <= NOTE && note.contains("é…; and 1 more; not through"), "{note}");
        let endless = kept(&pending.note([long(3 * NOTE)])).to_string();
        assert!(endless.chars().count() <= NOTE && endless.ends_with("is not known"), "{endless}");
    }

    #[test]
    fn what_is_recorded_late_tells_when_it_was_seen() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let by = Writer::Manager { name: "main-courante".into() };
        let what = Touched::Changed { by, fields: vec!["spec.hard".into()] };
        let drift = WorkMessage::Drift { object: "ResourceQuota workspace".into(), what };
        let audit = Audit {
            time: at("2026-11-24T12:00:00Z"),
            note: kept(&drift.into()),
            action: Action::Intervention,
            tenant: String::new(),
            tenant_uid: String::new(),
            siren: None,
            workspace: None,
            site: None,
            object: String::new(),
            actor: None,
            remains: None,
        };
        let late = late(&audit, at("2026-11-24T13:00:00Z"));
        assert_eq!(late.time, at("2026-11-24T13:00:00Z"));
        let note = late.note.to_string();
        assert!(note.ends_with("put right; recorded late, seen at 2026-11-24T12:00:00Z"), "{note}");
        assert_eq!(
            late.note.in_language(Language::Fr),
            "ResourceQuota workspace a été modifié par main-courante (spec.hard) ; cela va être remis en ordre ; consigné après coup, constaté le 24/11/2026 à 12:00:00 UTC"
        );
        let long = Audit { note: kept(&Message::verbatim("é".repeat(2 * NOTE))), ..audit };
        let note = super::late(&long, at("2026-11-24T13:00:00Z")).note.to_string();
        assert!(note.chars().count() <= NOTE && note.ends_with("12:00:00Z"), "{note}");
    }

    #[test]
    fn what_came_no_further_is_not_told() {
        let mut object = Workspace::default();
        object.metadata.generation = Some(2);
        assert!(Unrecorded::of(&object, 2).is_none());
        let restored = Unrecorded::of(&object, 7).unwrap().note([]).to_string();
        assert!(restored.contains("changes that nobody counted"), "{restored}");
    }
}
