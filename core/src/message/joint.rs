//! What joins messages, and what is said where Beffroi has no words of its own.

use super::Message;

messages! {
    /// What joins messages.
    Joint {
        /// Nothing needs to be said.
        "nothing" Nothing
            ""
            ""
        /// Words of a person or of another program, as they are.
        "verbatim" Verbatim { words: String }
            "{words}"
            "{words}"
        /// Several, one after the other.
        "several" Several { all: Parts }
            "{all}"
            "{all}"
        /// Several, and more that are only counted.
        "several-and-more" SeveralAndMore { all: Parts, more: usize }
            "{all}; and {more} more"
            "{all} ; et {more} de plus"
        /// What is broken, and what is unproven besides.
        "besides-unproven" BesidesUnproven { broken: Box<Message>, unproven: Box<Message> }
            "{broken}; besides, unproven: {unproven}"
            "{broken} ; en outre, non prouvé : {unproven}"
        /// Of something that has a name.
        "of" Of { name: String, said: Box<Message> }
            "{name}: {said}"
            "{name} : {said}"
    }
}

series! {
    /// Messages that are told one after the other.
    Parts of Message: "" "; ", "" " ; "
}

/// Messages one after the other: none, one, or several.
pub fn list(messages: impl IntoIterator<Item = Message>) -> Message {
    let mut all: Vec<Message> = messages.into_iter().collect();
    match (all.len(), all.pop()) {
        (1, Some(one)) => one,
        (_, None) => Message::none(),
        (_, Some(last)) => {
            all.push(last);
            Joint::Several { all: Parts(all) }.into()
        }
    }
}

impl Message {
    /// Somebody else's words, as they are.
    pub fn verbatim(words: impl Into<String>) -> Self {
        Joint::Verbatim { words: words.into() }.into()
    }

    /// The same, of something that has a name.
    #[must_use]
    pub fn of(self, name: impl Into<String>) -> Self {
        Joint::Of { name: name.into(), said: Box::new(self) }.into()
    }
}
