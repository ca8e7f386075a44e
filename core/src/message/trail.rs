//! What the audit log says of every object alike: who did something, how many changes came together, and when they were
//! seen.

use jiff::Timestamp;

use super::joint::Parts;
use crate::evidence::statement::Told;

messages! {
    /// What the audit log says of every object alike.
    TrailMessage {
        /// One change that came through the API.
        "audit.request" Request { request: String }
            "request {request}"
            "demande {request}"
        /// One change that did not.
        "audit.not-through-the-api" NotThroughTheApi
            "not through the API: who did it is not known"
            "hors de l'API : l'auteur n'est pas connu"
        /// Changes that were seen together, the last of which came through the API.
        "audit.together-last-by" TogetherLastBy { changes: Together, person: String, request: String }
            "{changes}, the last by {person}, request {request}: who made which of them is not known"
            "{changes}, la dernière par {person}, demande {request} : on ne sait pas qui a fait laquelle"
        /// Changes that were seen together, the last of which did not.
        "audit.together-last-unknown" TogetherLastUnknown { changes: Together }
            "{changes}, the last not through the API: who made them is not known"
            "{changes}, la dernière hors de l'API : leur auteur n'est pas connu"
        /// More changes than are told.
        "audit.and-more" AndMore { told: Parts, more: usize, how: Box<super::Message> }
            "{told}; and {more} more; {how}"
            "{told} ; et {more} de plus ; {how}"
        /// What comes into the log later than it was seen.
        "audit.late" Late { note: Told, seen: Timestamp }
            "{note}; recorded late, seen at {seen}"
            "{note} ; consigné après coup, constaté le {seen}"
    }
}

messages! {
    /// How many changes were seen together.
    Together {
        /// So many.
        "counted" Counted { changes: i64 }
            "{changes} changes together"
            "{changes} modifications à la fois"
        /// The count went back: the object was restored from elsewhere.
        "uncounted" Uncounted
            "changes that nobody counted"
            "modifications dont le nombre n'est pas connu"
    }
}
