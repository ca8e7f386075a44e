//! What the API server finds wrong with an object: the object as it was sent → what its schema says of it, typed, in both
//! languages; where that is nothing, the fields and reasons that the API server names, its words being repeated alone.

use beffroi_schema::{Kind, Wrong};
use kube::core::{Status, response::StatusCause};
use serde_json::{Map, Value, json};

use super::judged;
use super::{Fault, Said};
use crate::language::Text;

/// An object that was sent.
#[derive(Clone, Copy, Debug)]
pub struct Sent<'a> {
    /// Its kind.
    pub kind: &'a str,
    /// The object.
    pub object: &'a Value,
    /// What was there before.
    pub before: Option<&'a Value>,
}

/// The causes that a status names.
pub fn causes(status: &Status) -> &[StatusCause] {
    status.details.as_ref().map(|details| details.causes.as_slice()).unwrap_or_default()
}

/// What our own schema says of the object.
pub fn by_schema(sent: Sent<'_>) -> Vec<Fault> {
    let found =
        Kind::named(sent.kind).map(|kind| judged(kind.refused(&mut sent.object.clone(), sent.before)));
    let found = found.unwrap_or_else(|error| {
        tracing::error!(%error, "a schema cannot be used");
        Vec::new()
    });
    let told = found.into_iter().map(|fault| {
        let fault = Fault::of(fault, fix());
        Fault { field: within(&fault.field), ..fault }
    });
    told.collect()
}

/// What the API server names: a field, and a reason that is one of a few.
pub fn by_causes(sent: Option<Sent<'_>>, causes: &[StatusCause]) -> Vec<Fault> {
    let told = causes.iter().map(|cause| {
        let path = if cause.field == "<nil>" { "" } else { &cause.field };
        let (code, rule) = reason(&cause.reason);
        let value = sent.and_then(|sent| at(sent.object, path)).filter(|value| !value.is_object());
        let args = Map::from_iter([("says".to_owned(), json!(cause.message))]);
        Fault {
            field: within(path),
            value: value.cloned(),
            rule: says(&rule, &cause.message),
            fix: fix(),
            said: Some(Said { code, args }),
        }
    });
    told.collect()
}

/// Something of ours, and what the API server says of it.
pub fn says(ours: &Text, theirs: &str) -> Text {
    if theirs.is_empty() {
        return ours.clone();
    }
    Text::new(
        format!("{} ; le cluster de gestion dit : {theirs}", ours.fr),
        format!("{}; the management cluster says: {theirs}", ours.en),
    )
}

/// A reason of a cause (`CauseType` of Kubernetes), as a code and in words of ours.
fn reason(reason: &str) -> (&'static str, Text) {
    let ours = |wrong: &Wrong| {
        (
            wrong.code(),
            Text::new(
                wrong.sentence(beffroi_schema::Language::Fr),
                wrong.sentence(beffroi_schema::Language::En),
            ),
        )
    };
    match reason {
        "FieldValueRequired" => ours(&Wrong::Missing),
        "FieldValueDuplicate" => ours(&Wrong::Repeated),
        "FieldValueNotSupported" => {
            ("not-allowed", Text::new("n'est pas une valeur admise", "is no value that is allowed"))
        }
        "FieldValueTypeInvalid" => {
            ("wrong-type", Text::new("n'est pas du type attendu", "is not of the type that is wanted"))
        }
        "FieldValueTooLong" => ("too-long", Text::new("est trop long", "is too long")),
        "FieldValueTooMany" => ("too-many-items", Text::new("a trop d'éléments", "has too many items")),
        "FieldValueForbidden" => {
            ("forbidden", Text::new("ne peut pas être donné ici", "cannot be given here"))
        }
        "FieldValueNotFound" => ("not-found", Text::new("n'existe pas", "does not exist")),
        _ => ("refused", Text::new("n'est pas accepté", "is not accepted")),
    }
}

fn fix() -> Text {
    Text::new(
        "Corrigez ce champ selon la règle, puis renvoyez la demande.",
        "correct the field as the rule says, then send the request again",
    )
}

/// A path as our own documents name it.
fn within(path: &str) -> String {
    let path = path.strip_prefix("spec.").or(path.strip_prefix("metadata.")).unwrap_or(path);
    if path.is_empty() || path == "spec" { "/".to_owned() } else { path.to_owned() }
}

/// The value at a path such as `spec.apps[0].version`.
fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split(['.', '[']).filter(|part| !part.is_empty()).try_fold(value, |value, part| {
        match part.strip_suffix(']') {
            Some(index) => value.get(index.parse::<usize>().ok()?),
            None => value.get(part),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(domain: &str) -> Value {
        json!({
            "apiVersion": "beffroi.fr/v1alpha1", "kind": "Workspace", "metadata": {"name": "w"},
            "spec": {"apps": [{"name": "docs", "channel": "Stable"}], "data": ["Staff"], "domain": domain,
                "placement": {"sites": 1, "minCities": 2}},
        })
    }

    #[test]
    fn an_object_is_judged_by_its_schema_and_fields_are_named_as_in_our_own_documents() {
        let faults = |object: &Value| by_schema(Sent { kind: "Workspace", object, before: None });
        let faults_of = faults(&order("Not A Domain"));
        let fault = &faults_of[0];
        assert_eq!((fault.field.as_str(), &fault.value), ("domain", &Some(json!("Not A Domain"))));
        assert!(fault.rule.en.starts_with("must be a DNS name"), "{:?}", fault.rule);
        assert!(fault.rule.fr.starts_with("doit être un nom DNS"), "{:?}", fault.rule);
        let faults_of = faults(&order("a.example"));
        assert_eq!((faults_of.len(), faults_of[0].field.as_str()), (1, "/"));
        assert_eq!(faults_of[0].said.as_ref().unwrap().code, "workspace.min-cities");
    }

    #[test]
    fn what_our_schema_does_not_know_is_told_by_field_and_reason() {
        let object = order("a.example");
        let cause = |field: &str, reason: &str| StatusCause {
            field: field.into(),
            reason: reason.into(),
            message: "words of theirs".into(),
        };
        let sent = Some(Sent { kind: "Workspace", object: &object, before: None });
        for (field, reason, named, value, code) in [
            ("spec.domain", "FieldValueInvalid", "domain", json!("a.example"), "refused"),
            ("spec.apps[0].name", "FieldValueDuplicate", "apps[0].name", json!("docs"), "repeated"),
            ("metadata.name", "FieldValueRequired", "name", json!("w"), "missing"),
            ("<nil>", "FieldValueForbidden", "/", Value::Null, "forbidden"),
            ("spec.data", "SomethingNew", "data", json!(["Staff"]), "refused"),
        ] {
            let fault = by_causes(sent, &[cause(field, reason)]).remove(0);
            assert_eq!((&*fault.field, fault.value.unwrap_or_default()), (named, value));
            let said = fault.said.unwrap();
            assert_eq!((said.code, &said.args["says"]), (code, &json!("words of theirs")));
            assert!(
                fault.rule.fr.ends_with(" ; le cluster de gestion dit : words of theirs"),
                "{:?}",
                fault.rule
            );
        }
    }
}
