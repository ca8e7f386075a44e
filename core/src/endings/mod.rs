//! What ends, and how near that is: facts → [`End`]s ([`sources`]; of tokens and keys [`credentials`]) → the
//! [`Stage`] that each has reached at an instant → what a status lists ([`soon`]), the condition [`finding`], what is
//! news ([`news`]), and when to look again ([`next`]).
//!
//! Nothing here counts days down: what is said changes when a stage is reached, and not in between. Days are those of
//! Paris, where the certificates and statements are made.

pub mod credentials;
pub mod sources;

use beffroi_crds::{
    conditions::{
        LASTING,
        reason::{AS_EXPECTED, ENDED, ENDS_WITHIN_7_DAYS, ENDS_WITHIN_30_DAYS, ENDS_WITHIN_90_DAYS},
    },
    ending::{Ending, Stage, What},
    message::Said,
    text,
};
use jiff::{Span, Timestamp, civil::Date};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

pub use self::sources::{of_app, of_provider, of_site, of_workspace};
use crate::{
    conditions::Finding,
    facts::{beginning, day},
    message::{Joint, Message, Parts, list, provider::ProviderMessage},
    policy::certification::days_between,
};

/// Days before an end at which it is told, each with its stage, the nearest first.
const THRESHOLDS: [(i64, Stage); 3] =
    [(7, Stage::Within7Days), (30, Stage::Within30Days), (90, Stage::Within90Days)];

/// Most that a status lists; those that end first.
const LISTED: usize = 64;

/// Most that a condition names.
const NAMED: usize = 12;

/// Something that comes to an end.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct End {
    /// What it is.
    pub what: What,
    /// Kind of the resource that it is of.
    pub kind: &'static str,
    /// Name of that resource.
    pub name: String,
    /// What it is, in words.
    pub title: ProviderMessage,
    /// Since when it has held, where that is known.
    pub begins: Option<Timestamp>,
    /// From when on it holds no more.
    pub ends: Timestamp,
    /// Whether the rules that a workspace is held to ask for it.
    pub required: bool,
}

impl End {
    /// Last day on which it holds.
    pub fn last_day(&self) -> Date {
        day(self.ends.checked_sub(Span::new().nanoseconds(1)).unwrap_or(self.ends))
    }

    /// The stage that it has reached; `None` while its end is far.
    pub fn stage(&self, now: Timestamp) -> Option<Stage> {
        if now >= self.ends {
            return Some(Stage::Ended);
        }
        let left = days_between(day(now), self.last_day());
        self.thresholds().find(|(days, _)| left <= *days).map(|(_, stage)| stage)
    }

    /// When it reaches its next stage.
    pub fn next(&self, now: Timestamp) -> Option<Timestamp> {
        let last = self.last_day();
        let begins = self.thresholds().filter_map(|(days, _)| {
            last.checked_sub(Span::new().try_days(days).ok()?).ok().and_then(beginning)
        });
        begins.chain([self.ends]).filter(|at| *at > now).min()
    }

    /// As a status tells it, where it is to be told.
    pub fn ending(&self, now: Timestamp) -> Option<Ending> {
        let stage = self.stage(now)?;
        let Said { code, args } = Message::from(self.title.clone()).said();
        Some(Ending {
            what: self.what,
            kind: self.kind.to_owned(),
            name: self.name.clone(),
            title: self.title.to_string(),
            code,
            args,
            last_day: text::Date(self.last_day().to_string()),
            ends: Time(self.ends),
            stage,
            required: self.required,
        })
    }

    /// What was made for 90 days is no news on its first day: of thresholds that its whole life lies within, the last
    /// alone counts.
    fn thresholds(&self) -> impl Iterator<Item = (i64, Stage)> + use<> {
        let life = self.begins.map(|begins| days_between(day(begins), self.last_day()));
        let nearest = THRESHOLDS[0].0;
        THRESHOLDS
            .into_iter()
            .filter(move |(days, _)| *days == nearest || life.is_none_or(|life| life > *days))
    }
}

/// What is to be told at `now`, as a status lists it: what ends first comes first.
pub fn soon(ends: &[End], now: Timestamp) -> Vec<Ending> {
    sorted(ends.iter().filter_map(|end| end.ending(now)).collect())
}

/// In the order of a status, each once, and no more than a status lists.
pub fn sorted(mut endings: Vec<Ending>) -> Vec<Ending> {
    endings.sort_by(|a, b| {
        let key = |e: &Ending| (e.ends.0, e.kind.clone(), e.name.clone(), e.title.clone());
        key(a).cmp(&key(b))
    });
    endings.dedup();
    endings.truncate(LISTED);
    endings
}

/// When the next of them reaches a stage.
pub fn next(ends: &[End], now: Timestamp) -> Option<Timestamp> {
    ends.iter().filter_map(|end| end.next(now)).min()
}

/// What of `after` was not said before, at its stage.
pub fn news<'a>(before: &[Ending], after: &'a [Ending]) -> Vec<&'a Ending> {
    let known = |ending: &Ending| {
        before
            .iter()
            .any(|b| (b.what, &b.kind, &b.name, &b.title, b.stage) == key(ending) && b.ends == ending.ends)
    };
    after.iter().filter(|ending| !known(ending)).collect()
}

fn key(ending: &Ending) -> (What, &String, &String, &String, Stage) {
    (ending.what, &ending.kind, &ending.name, &ending.title, ending.stage)
}

/// Condition `Lasting`: whether all that a resource rests on holds for more than 90 days.
pub fn finding(endings: &[Ending]) -> Finding {
    let Some(gravest) = endings.iter().map(|ending| ending.stage).max() else {
        return Finding::new(LASTING, true, AS_EXPECTED, ProviderMessage::NothingEnds);
    };
    let mut all: Vec<&Ending> = endings.iter().collect();
    all.sort_by_key(|ending| std::cmp::Reverse(ending.stage));
    let named = all.iter().take(NAMED).map(|ending| told(ending));
    let message = match all.len().saturating_sub(NAMED) {
        0 => list(named),
        more => Joint::SeveralAndMore { all: Parts(named.collect()), more }.into(),
    };
    Finding::new(LASTING, false, reason(gravest), message)
}

/// Stable reason of a stage.
pub fn reason(stage: Stage) -> &'static str {
    match stage {
        Stage::Within90Days => ENDS_WITHIN_90_DAYS,
        Stage::Within30Days => ENDS_WITHIN_30_DAYS,
        Stage::Within7Days => ENDS_WITHIN_7_DAYS,
        Stage::Ended => ENDED,
    }
}

/// What is said of one of them.
pub fn told(ending: &Ending) -> Message {
    let Ending { name, title, code, args, last_day, stage, .. } = ending.clone();
    // A version that knew no codes kept the words alone.
    let title = Message::read(&Said { code, args }).unwrap_or_else(|| Message::verbatim(title));
    let (what, last) = (Box::new(title), last_day);
    let days = match stage {
        Stage::Ended => return ProviderMessage::Ended { name, what, last }.into(),
        Stage::Within7Days => 7,
        Stage::Within30Days => 30,
        Stage::Within90Days => 90,
    };
    ProviderMessage::Ends { name, what, last, days }.into()
}

/// What is said of what the rules ask for and has ended; nothing where all of it holds.
pub fn lapsed(endings: &[Ending]) -> Option<Message> {
    let ended = endings.iter().filter(|ending| ending.required && ending.stage == Stage::Ended);
    let said = list(ended.map(told));
    (!said.is_none()).then_some(said)
}

#[cfg(test)]
mod tests;
