//! What is said of an object that cannot be read, of whatever kind.

use super::Message;

messages! {
    /// What is said of an object that cannot be read, of whatever kind.
    UnreadableMessage {
        /// The object itself says so.
        "unreadable.object" Object { why: Box<Message> }
            "{why} cannot be read; nothing of it is judged until that is corrected, and what is in place stays as it is"
            "illisible : {why} ; rien n'en est jugé avant correction, et ce qui est en place reste tel quel"
        /// Something that rests on it says so.
        "unreadable.other" Other { kind: String, name: String }
            "{kind} {name} cannot be read, and nothing is judged without it: its own status says what to correct"
            "{kind} {name} est illisible, et rien n'est jugé sans cela : voyez avec l'hébergeur, l'état de cet objet dit ce qu'il faut corriger"
    }
}
