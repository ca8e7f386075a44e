//! What the API server refuses, told as a problem: its answer → kind, and each cause as a fault of a field.

use kube::{
    core::Status,
    core::response::{StatusCause, StatusDetails},
};
use serde_json::Value;

use super::{Fault, Kind, Problem, rules};
use crate::language::Text;

/// The API server says it where faults of the schema keep it from going on to the rules: of no use to who reads them.
const NOT_ALL: &str = "some validation rules were not checked";

/// What was to be done when the API server refused.
#[derive(Clone, Copy, Debug)]
pub struct Refused<'a> {
    /// Name of the object.
    pub name: &'a str,
    /// What was sent, to tell the value of a field.
    pub sent: &'a Value,
    /// Whether the client named the version that it changes.
    pub conditional: bool,
}

impl Refused<'_> {
    /// The problem to answer.
    pub fn problem(&self, error: kube::Error) -> Problem {
        let kube::Error::Api(status) = error else { return unavailable(&error) };
        match (status.code, status.reason.as_str()) {
            (409, "AlreadyExists") => Problem::new(
                Kind::AlreadyExists,
                format!("« {} » existe déjà : choisissez un autre nom, ou modifiez l'existant.", self.name),
                format!("{} exists already: choose another name, or change the one that is there", self.name),
            ),
            (409, _) if self.conditional => precondition_failed(),
            (409, _) => changed_meanwhile(self.name),
            (404, _) => Problem::not_found(self.name),
            (422, _) => self.invalid(&status),
            (400, _) => Problem::new(
                Kind::Malformed,
                "Le cluster de gestion ne comprend pas la demande : voyez la référence de l'API, à /reference.",
                format!("the management cluster does not understand the request: {}", status.message),
            ),
            (403, _) if status.message.contains("being terminated") => Problem::new(
                Kind::Conflict,
                "Cet organisme est en cours de suppression : il ne prend plus de commande.",
                "this tenant is being deleted: it takes no orders any more",
            ),
            (403, _) => match policy(&status.message) {
                Some(said) if said.starts_with("exceeded quota") => Problem::new(
                    Kind::Conflict,
                    format!(
                        "Le quota du cluster de gestion est atteint ({said}) : libérez de la place, ou voyez avec l'hébergeur."
                    ),
                    format!(
                        "a quota of the management cluster is used up ({said}): make room, or ask the hosting provider"
                    ),
                ),
                Some(said) => Problem::new(
                    Kind::Invalid,
                    format!("Une règle du cluster de gestion refuse la demande : {said}"),
                    format!("a policy of the management cluster refuses the request: {said}"),
                ),
                None => unavailable(&kube::Error::Api(status)),
            },
            (429, _) => unavailable(&kube::Error::Api(status)).after(1),
            _ => unavailable(&kube::Error::Api(status)),
        }
    }

    fn invalid(&self, status: &Status) -> Problem {
        let causes =
            status.details.as_ref().map(|StatusDetails { causes, .. }| causes.as_slice()).unwrap_or_default();
        if causes.is_empty() {
            return Problem::new(
                Kind::Invalid,
                "Le cluster de gestion refuse la demande : voyez la référence de l'API, à /reference.",
                format!("the management cluster refuses the request: {}", status.message),
            );
        }
        // The schema of a field is checked before its rules: one of both is enough to mend it.
        let told = causes.iter().filter(|cause| !cause.message.contains(NOT_ALL));
        let mut faults: Vec<Fault> = told.map(|cause| self.fault(cause)).collect();
        faults.dedup_by(|a, b| a.field == b.field && a.rule == b.rule);
        Problem::invalid(faults)
    }

    fn fault(&self, cause: &StatusCause) -> Fault {
        let path = cause.field.trim_matches(|c| c == '<' || c == '>');
        let field = path.strip_prefix("spec.").or(path.strip_prefix("metadata.")).unwrap_or(path);
        let value = at(self.sent, field).cloned();
        let rule = rules::of(&cause.message);
        Fault {
            field: if field.is_empty() { "/".to_owned() } else { field.to_owned() },
            value,
            fix: Text::new(
                "Corrigez ce champ selon la règle, puis renvoyez la demande.",
                "correct the field as the rule says, then send the request again",
            ),
            rule: Text::new(rules::in_french(rule), rule),
        }
    }
}

/// The version that `If-Match` names is not there any more.
pub(crate) fn precondition_failed() -> Problem {
    Problem::new(
        Kind::PreconditionFailed,
        "L'objet a changé depuis la version donnée par If-Match : relisez-le, puis recommencez.",
        "it is not the version that If-Match names any more: read it again, then try again",
    )
}

/// It changed between being read and being written.
pub(crate) fn changed_meanwhile(name: &str) -> Problem {
    Problem::new(
        Kind::Conflict,
        format!("« {name} » a changé pendant la demande : relisez-le, puis recommencez."),
        format!("{name} changed meanwhile: read it again, then try again"),
    )
}

/// What a policy of the cluster says, where it is one that forbids something, and not our own rights.
fn policy(message: &str) -> Option<&str> {
    let said = message.split_once("denied request: ").or_else(|| message.split_once("denied the request: "));
    let said = said.or_else(|| message.split_once(" is forbidden: ")).map(|(_, said)| said)?;
    (!said.starts_with("User \"")).then_some(said)
}

/// It is not known whether a request that got no answer was carried out, nor one that the API server gave up.
fn unavailable(error: &kube::Error) -> Problem {
    tracing::error!(%error, "the management cluster refused or did not answer");
    let refused = matches!(error, kube::Error::Api(status) if (400..500).contains(&status.code));
    let problem = if refused {
        Problem::new(
            Kind::ClusterUnavailable,
            "Le cluster de gestion n'a pas pris la demande : rien n'a été changé ; réessayez dans un instant.",
            "the management cluster did not take the request: nothing was changed; try again in a moment",
        )
    } else {
        Problem::new(
            Kind::ClusterUnavailable,
            "Le cluster de gestion ne répond pas : vérifiez ce qui a été fait avant de renvoyer la demande.",
            "the management cluster does not answer: look at what was done before you send the request again",
        )
    };
    problem.after(2)
}

/// The value at a path such as `apps[0].version`.
pub(crate) fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split(['.', '[']).filter(|part| !part.is_empty()).try_fold(value, |value, part| {
        match part.strip_suffix(']') {
            Some(index) => value.get(index.parse::<usize>().ok()?),
            None => value.get(part),
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_cause_names_field_value_and_rule() {
        let sent = json!({"apps": [{"name": "docs"}], "domain": "Not A Domain"});
        let refused = Refused { name: "w", sent: &sent, conditional: false };
        let cause = StatusCause {
            field: "spec.domain".into(),
            reason: "FieldValueInvalid".into(),
            message: "Invalid value: \"Not A Domain\": must be a DNS name in lower case, for example espace.ght-bm.example".into(),
        };
        let fault = refused.fault(&cause);
        assert_eq!((fault.field.as_str(), fault.value), ("domain", Some(json!("Not A Domain"))));
        assert!(fault.rule.en.starts_with("must be a DNS name"), "{:?}", fault.rule);
        assert!(fault.rule.fr.starts_with("doit être un nom DNS"), "{:?}", fault.rule);
        assert_eq!(at(&sent, "apps[0].name"), Some(&json!("docs")));
    }

    fn told(code: u16, message: &str) -> Problem {
        let status = Status { code, message: message.to_owned(), ..Status::default() };
        let refused = Refused { name: "w", sent: &Value::Null, conditional: false };
        refused.problem(kube::Error::Api(Box::new(status)))
    }

    #[test]
    fn what_a_policy_forbids_is_told_and_our_own_want_of_rights_is_not() {
        for (message, kind, said) in [
            (
                "workspaces.beffroi.fr \"w\" is forbidden: exceeded quota: orders, requested: count/workspaces.beffroi.fr=1, used: 5, limited: 5",
                Kind::Conflict,
                "exceeded quota: orders",
            ),
            (
                "workspaces.beffroi.fr \"w\" is forbidden: ValidatingAdmissionPolicy 'frozen' with binding 'b' denied request: no orders in August",
                Kind::Invalid,
                "no orders in August",
            ),
            ("admission webhook \"a.b\" denied the request: not on Fridays", Kind::Invalid, "not on Fridays"),
            (
                "workspaces.beffroi.fr is forbidden: User \"system:serviceaccount:a:b\" cannot create resource",
                Kind::ClusterUnavailable,
                "nothing was changed",
            ),
        ] {
            let problem = told(403, message);
            assert_eq!(problem.kind, kind, "{message}");
            assert!(problem.detail.en.contains(said) && !problem.detail.en.contains("User"), "{problem:?}");
        }
    }

    #[test]
    fn nobody_is_told_that_nothing_was_changed_where_it_is_not_known() {
        for (code, known) in [(429, true), (403, true), (500, false), (503, false), (504, false)] {
            let problem = told(code, "");
            assert_eq!(problem.kind, Kind::ClusterUnavailable);
            assert_eq!(problem.detail.en.contains("nothing was changed"), known, "{code}");
        }
        let refused = Refused { name: "w", sent: &Value::Null, conditional: false };
        let reset = refused.problem(kube::Error::Service("connection reset".into()));
        assert!(reset.detail.en.contains("look at what was done"), "{reset:?}");
    }
}
