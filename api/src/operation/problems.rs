//! The problems that operations may answer with, each told once in `components/responses`.

use serde_json::{Map, Value, json};

use super::headers::bear;
use crate::{
    problem::{MEDIA_TYPE, ProblemBody},
    schema,
};

/// Status, name and description of each.
const ALL: [(u16, &str, &str); 12] = [
    (400, "Malformed", "The request cannot be read."),
    (401, "Unauthenticated", "Sign in, and send an access token that holds."),
    (403, "Forbidden", "Your role does not allow it."),
    (404, "NotFound", "Nothing of that name that you may know of."),
    (408, "SlowBody", "The body does not come in time: nothing was done."),
    (409, "Conflict", "It exists already, changed meanwhile, or is not in a state for this."),
    (412, "PreconditionFailed", "It is not the version that `If-Match` names any more."),
    (413, "TooLarge", "The body is too long."),
    (415, "UnsupportedMediaType", "The body is of another type."),
    (422, "Invalid", "Fields are wrong: `errors` names field, value, rule and fix."),
    (429, "RateLimited", "Too many requests: wait `Retry-After` seconds."),
    (503, "Unavailable", "Something behind the API does not answer."),
];

/// The schema of all of them.
pub const SCHEMA: schema::Describe = schema::describe::<ProblemBody>;

/// Every one of them, for `components`.
pub fn components() -> Map<String, Value> {
    let schema = schema::reference::<ProblemBody>();
    let one = |(status, name, description): &(u16, &str, &str)| {
        let content = json!({ MEDIA_TYPE: { "schema": schema } });
        let mut told = json!({ "description": description, "content": content });
        bear(&mut told, "X-Request-Id", "RequestId");
        match status {
            401 => bear(&mut told, "WWW-Authenticate", "Challenge"),
            429 => bear(&mut told, "Retry-After", "RetryAfter"),
            _ => {}
        }
        ((*name).to_owned(), told)
    };
    ALL.iter().map(one).collect()
}

/// That of a status, as an operation refers to it.
pub(super) fn reference(status: u16) -> Option<Value> {
    let (_, name, _) = ALL.iter().find(|(known, ..)| *known == status)?;
    Some(json!({ "$ref": format!("#/components/responses/{name}") }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Kind;

    #[test]
    fn every_kind_of_problem_is_told_but_those_of_no_operation() {
        for kind in Kind::ALL {
            let of_none = matches!(kind, Kind::MethodNotAllowed | Kind::Internal);
            assert_eq!(reference(kind.status().as_u16()).is_none(), of_none, "{kind:?}");
        }
    }
}
