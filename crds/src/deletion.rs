//! Deletion that one person alone may not have at once: what she asks for, and what another confirms, as annotations
//! that the API writes and nobody else may. Each speaks of one generation of the order, and of no other.

use k8s_openapi::{apimachinery::pkg::apis::meta::v1::Time, jiff::Timestamp};
use kube::{Resource, ResourceExt};
use serde::{Deserialize, Serialize};

use crate::{
    Workspace,
    labels::{DELETION_CONFIRMED, DELETION_REQUEST},
    ordered_generation,
};

/// A person, as the issuer of her token names her.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Person {
    /// Subject of the token (claim `sub`).
    pub subject: String,
    /// Issuer of the token (claim `iss`).
    pub issuer: String,
    /// How that person is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Id of the request.
    pub request: String,
}

/// Deletion sooner than the policy lets one person have it, as annotation [`DELETION_REQUEST`] says it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeletionRequest {
    /// The generation of the order that it was asked of: of any other it says nothing.
    pub generation: i64,
    /// Days from its confirmation to the end.
    pub grace_days: u32,
    /// Who asks.
    pub by: Person,
    /// When.
    pub at: Time,
    /// Until when it waits for another person.
    pub until: Time,
    /// Who took it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<Person>,
}

/// Deletion that one person asked for and another confirmed, as annotation [`DELETION_CONFIRMED`] says it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeletionConfirmed {
    /// The generation that the confirmation made.
    pub generation: i64,
    /// The end that was confirmed.
    pub delete_after: Time,
    /// What was asked for.
    pub asked: DeletionRequest,
    /// Who confirmed it.
    pub by: Person,
}

impl Person {
    /// Whether somebody else: another subject. The same subject at another issuer is taken for the same person, for
    /// whoever runs both may well name people alike.
    pub fn is_another_than(&self, other: &Self) -> bool {
        self.subject != other.subject
    }
}

impl DeletionRequest {
    /// What was asked for last, whatever became of it.
    pub fn noted(workspace: &Workspace) -> Option<Self> {
        serde_json::from_str(workspace.annotations().get(DELETION_REQUEST)?).ok()
    }

    /// What waits for another person now.
    pub fn pending(workspace: &Workspace, now: Timestamp) -> Option<Self> {
        let waits = |asked: &Self| {
            asked.withdrawn.is_none()
                && asked.generation == ordered_generation(workspace)
                && asked.until.0 > now
        };
        Self::noted(workspace).filter(waits).filter(|_| workspace.meta().deletion_timestamp.is_none())
    }

    /// The annotation's value.
    pub fn to_value(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl DeletionConfirmed {
    /// What two people agreed on, where the order still is what they agreed on.
    pub fn now(workspace: &Workspace) -> Option<Self> {
        let noted: Self = serde_json::from_str(workspace.annotations().get(DELETION_CONFIRMED)?).ok()?;
        let same = noted.generation == ordered_generation(workspace)
            && noted.asked.generation + 1 == noted.generation
            && workspace.spec.delete_after.as_ref() == Some(&noted.delete_after);
        (same && noted.by.is_another_than(&noted.asked.by)).then_some(noted)
    }

    /// The annotation's value.
    pub fn to_value(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(second: i64) -> Time {
        Time(Timestamp::from_second(second).unwrap_or_default())
    }

    fn person(subject: &str, issuer: &str) -> Person {
        Person { subject: subject.into(), issuer: issuer.into(), ..Person::default() }
    }

    fn asked() -> DeletionRequest {
        DeletionRequest {
            generation: 3,
            grace_days: 0,
            by: person("léa", "i"),
            at: time(10),
            until: time(20),
            withdrawn: None,
        }
    }

    fn workspace(generation: i64, annotation: &str, value: String) -> Workspace {
        let mut workspace = Workspace::default();
        workspace.metadata.generation = Some(generation);
        workspace.annotations_mut().insert(annotation.to_owned(), value);
        workspace
    }

    #[test]
    fn a_request_waits_until_its_time_for_the_order_that_it_was_asked_of() {
        let pending = |workspace: &Workspace, now| DeletionRequest::pending(workspace, time(now).0);
        let mut order = workspace(3, DELETION_REQUEST, asked().to_value());
        assert_eq!(pending(&order, 19), Some(asked()));
        assert_eq!(pending(&order, 20), None, "nobody confirmed it in time");
        order.metadata.generation = Some(4);
        assert_eq!(pending(&order, 11), None, "the order changed since");
        order.metadata.deletion_timestamp = Some(time(11));
        assert_eq!(pending(&order, 11), None, "it is being deleted");
        let back = DeletionRequest { withdrawn: Some(person("noé", "i")), ..asked() };
        assert_eq!(pending(&workspace(3, DELETION_REQUEST, back.to_value()), 11), None);
        assert_eq!(pending(&workspace(3, DELETION_REQUEST, "personne".into()), 11), None);
    }

    #[test]
    fn a_confirmation_is_of_another_person_and_of_one_change() {
        let agreed = DeletionConfirmed {
            generation: 4,
            delete_after: time(30),
            asked: asked(),
            by: person("noé", "i"),
        };
        let now = |noted: &DeletionConfirmed, generation, delete_after| {
            let mut order = workspace(generation, DELETION_CONFIRMED, noted.to_value());
            order.spec.delete_after = delete_after;
            DeletionConfirmed::now(&order)
        };
        assert_eq!(now(&agreed, 4, Some(time(30))), Some(agreed.clone()));
        assert_eq!(now(&agreed, 5, Some(time(30))), None, "the order changed since");
        assert_eq!(now(&agreed, 4, Some(time(29))), None, "another end than was confirmed");
        assert_eq!(now(&agreed, 4, None), None);
        for same in [person("léa", "i"), person("léa", "j")] {
            let alone = DeletionConfirmed { by: same, ..agreed.clone() };
            assert_eq!(now(&alone, 4, Some(time(30))), None, "one person");
        }
        let late = DeletionConfirmed { generation: 5, ..agreed };
        assert_eq!(now(&late, 5, Some(time(30))), None, "asked of an order that changed in between");
    }
}
