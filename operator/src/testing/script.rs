//! What is to happen to writes, told before they come: a write → its [`Fault`], and a list of all that were asked for.

use std::sync::{Mutex, MutexGuard};

use beffroi_log::Reader;
use serde_json::Value;

/// What becomes of a write.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fault {
    /// Nobody waits for its answer any more when it is done: whoever asked has asked again by then.
    Late,
    /// It is done, and the connection breaks before the answer comes.
    AnswerLost,
    /// The connection breaks before anybody hears of it.
    RequestLost,
    /// It is refused, with this code.
    Refused(u16),
    /// No answer ever comes.
    Silence,
}

/// A write, and what became of it.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Where, how and of what: `par1 PATCH resourcequotas/beffroi`.
    pub write: String,
    /// What was sent.
    pub body: Value,
    /// How many entries stood in the log by then.
    pub logged: usize,
    /// Whether it changed anything; `None` where it was not done.
    pub changed: Option<bool>,
}

/// What does a write that was put off.
pub type Deed = Box<dyn FnOnce() + Send>;

/// What is to happen to writes, and all that were asked for, of every server of a test.
#[derive(Default)]
pub struct Script {
    play: Mutex<Play>,
    /// Where the log is read.
    pub log: Mutex<Option<Reader>>,
}

#[derive(Default)]
struct Play {
    asked: Vec<Asked>,
    /// A write, how many of its like come before it, and what becomes of it.
    fault: Option<(String, usize, Fault)>,
    late: Vec<Deed>,
    /// How many entries the log held when it was read last.
    logged: usize,
}

impl Script {
    /// The `nth` write of its like fails.
    pub fn fail(&self, write: &str, nth: usize, fault: Fault) {
        self.play().fault = Some((write.to_owned(), nth, fault));
    }

    /// Whether the fault is still to come.
    pub fn awaits_fault(&self) -> bool {
        self.play().fault.is_some()
    }

    /// All writes so far, but for events: they are told to people, and nothing rests on them.
    pub fn asked(&self) -> Vec<Asked> {
        self.play().asked.clone()
    }

    /// How many those are.
    pub fn count(&self) -> usize {
        self.play().asked.len()
    }

    /// Forgets what was asked so far.
    pub fn forget(&self) {
        self.play().asked.clear();
    }

    /// A write is done later.
    pub fn put_off(&self, deed: impl FnOnce() + Send + 'static) {
        self.play().late.push(Box::new(deed));
    }

    /// Takes the writes that were put off.
    pub fn late(&self) -> Vec<Deed> {
        std::mem::take(&mut self.play().late)
    }

    /// Takes down a write, and tells what becomes of it.
    pub async fn ask(&self, write: String, body: Value) -> (usize, Option<Fault>) {
        let read = self.read_log().await;
        let mut play = self.play();
        // It only grows, and cannot always be read.
        play.logged = play.logged.max(read);
        let logged = play.logged;
        let before = play.asked.iter().filter(|asked| asked.write == write).count();
        let fault = play.fault.take_if(|(of, nth, _)| *of == write && *nth == before);
        play.asked.push(Asked { write, body, logged, changed: None });
        (play.asked.len() - 1, fault.map(|(.., fault)| fault))
    }

    /// Takes down that a write was done, and whether it changed anything.
    pub fn done(&self, index: usize, changed: bool) {
        self.play().asked[index].changed = Some(changed);
    }

    /// How many entries stand in the log.
    async fn read_log(&self) -> usize {
        let reader = self.log.lock().unwrap().clone();
        let Some(reader) = reader else { return 0 };
        let note = reader.checkpoint().await.ok().flatten().unwrap_or_default();
        note.lines().nth(1).and_then(|size| size.parse().ok()).unwrap_or_default()
    }

    fn play(&self) -> MutexGuard<'_, Play> {
        self.play.lock().unwrap()
    }
}
