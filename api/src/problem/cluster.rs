//! What the API server refuses, told as a problem: its status, reasons and causes → a kind. What is wrong with an object is
//! told by [its schema](super::causes); whether an admission refused or our own rights, by [asking](super::allowed). The
//! words of its messages are repeated, and never read.

use kube::{Api, Resource, core::Status};
use serde_json::Value;

use super::{
    Kind, Problem,
    allowed::Attempt,
    causes::{Sent, by_causes, by_schema, causes, says},
};
use crate::language::Text;

/// What was to be done when the API server refused.
#[derive(Clone)]
pub struct Refused<'a> {
    name: &'a str,
    sent: Option<Sent<'a>>,
    conditional: bool,
    attempt: Option<Attempt>,
}

impl<'a> Refused<'a> {
    /// An object, or a list of them, was to be read.
    pub fn reading(name: &'a str) -> Self {
        Self { name, sent: None, conditional: false, attempt: None }
    }

    /// An object was to be written through `api`.
    pub fn writing<K: Resource<DynamicType = ()> + Clone>(api: &Api<K>, verb: &str, name: &'a str) -> Self {
        Self { attempt: Some(Attempt::of(api, verb, name)), ..Self::reading(name) }
    }

    /// It was sent as this, in place of what was there before.
    #[must_use]
    pub fn sent(self, kind: &'a str, object: &'a Value, before: Option<&'a Value>) -> Self {
        Self { sent: Some(Sent { kind, object, before }), ..self }
    }

    /// Whether the client named the version that it changes.
    #[must_use]
    pub fn conditional(self, conditional: bool) -> Self {
        Self { conditional, ..self }
    }

    /// The problem to answer.
    pub async fn problem(&self, error: kube::Error) -> Problem {
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
            (400, _) => {
                let ours = Text::new(
                    "Le cluster de gestion ne comprend pas la demande : voyez la référence de l'API, à /reference",
                    "the management cluster does not understand the request: see the reference of the API, at /reference",
                );
                quoting(Kind::Malformed, &ours, &status.message)
            }
            (403, _) => self.forbidden(status).await,
            (429, _) => unavailable(&kube::Error::Api(status)).after(1),
            _ => unavailable(&kube::Error::Api(status)),
        }
    }

    fn invalid(&self, status: &Status) -> Problem {
        let faults = self.sent.map(by_schema).unwrap_or_default();
        if !faults.is_empty() {
            return Problem::invalid(faults);
        }
        // A policy of the cluster has words alone.
        let (named, words): (Vec<_>, Vec<_>) = causes(status)
            .iter()
            .cloned()
            .partition(|cause| !(cause.field.is_empty() && cause.reason.is_empty()));
        if !named.is_empty() {
            return Problem::invalid(by_causes(self.sent, &named));
        }
        let said: Vec<_> = words.into_iter().map(|cause| cause.message).collect();
        refused(Kind::Invalid, if said.is_empty() { status.message.clone() } else { said.join("; ") })
    }

    async fn forbidden(&self, status: Box<Status>) -> Problem {
        let causes = causes(&status);
        if causes.iter().any(|cause| cause.reason == "NamespaceTerminating") {
            return Problem::new(
                Kind::Conflict,
                "Cet organisme est en cours de suppression : il ne prend plus de commande.",
                "this tenant is being deleted: it takes no orders any more",
            );
        }
        if !causes.is_empty() {
            let said: Vec<_> = causes.iter().map(|cause| cause.message.as_str()).collect();
            return refused(Kind::Invalid, said.join("; "));
        }
        match &self.attempt {
            // A quota, or somebody's webhook: it may be another time.
            Some(attempt) if attempt.is_allowed().await => refused(Kind::Conflict, status.message),
            _ => unavailable(&kube::Error::Api(status)),
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

/// A policy, a quota or a webhook of the cluster refuses it, and says why.
fn refused(kind: Kind, said: impl AsRef<str>) -> Problem {
    let ours = Text::new(
        "Une règle du cluster de gestion refuse la demande : voyez avec l'hébergeur",
        "a policy of the management cluster refuses the request: ask the hosting provider",
    );
    quoting(kind, &ours, said.as_ref())
}

fn quoting(kind: Kind, ours: &Text, theirs: &str) -> Problem {
    let Text { fr, en } = says(ours, theirs);
    Problem::new(kind, fr, en)
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

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use beffroi_crds::Workspace;
    use http::{Request, Response};
    use kube::{
        Client,
        client::Body,
        core::response::{StatusCause, StatusDetails},
    };
    use serde_json::json;

    use super::*;

    /// An API server that says whether we may do what we are asked.
    fn server(allowed: bool) -> Api<Workspace> {
        let answer = move |request: Request<Body>| async move {
            assert_eq!(request.uri().path(), "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews");
            let sent: Value =
                serde_json::from_slice(&request.into_body().collect_bytes().await.unwrap()).unwrap();
            let asked = &sent["spec"]["resourceAttributes"];
            assert_eq!((&asked["verb"], &asked["resource"]), (&json!("create"), &json!("workspaces")));
            assert_eq!((&asked["group"], &asked["namespace"]), (&json!("beffroi.fr"), &json!("tenant-a")));
            let said = json!({
                "kind": "SelfSubjectAccessReview", "apiVersion": "authorization.k8s.io/v1",
                "spec": {}, "status": {"allowed": allowed},
            });
            Ok::<_, Infallible>(
                Response::builder().status(201).body(Body::from(said.to_string().into_bytes())).unwrap(),
            )
        };
        Api::namespaced(Client::new(tower::service_fn(answer), "default"), "tenant-a")
    }

    async fn told(code: u16, message: &str, causes: &[(&str, &str)], allowed: bool) -> Problem {
        let causes = causes.iter().map(|(reason, message)| StatusCause {
            reason: (*reason).to_owned(),
            message: (*message).to_owned(),
            field: String::new(),
        });
        let details = StatusDetails {
            name: "w".to_owned(),
            group: "beffroi.fr".to_owned(),
            kind: "workspaces".to_owned(),
            uid: String::new(),
            causes: causes.collect(),
            retry_after_seconds: 0,
        };
        let status =
            Status { code, message: message.to_owned(), details: Some(details), ..Status::default() };
        let refused = Refused::writing(&server(allowed), "create", "w");
        refused.problem(kube::Error::Api(Box::new(status))).await
    }

    #[tokio::test]
    async fn what_the_cluster_forbids_is_told_in_its_words_and_our_own_want_of_rights_is_not() {
        let quota = "workspaces.beffroi.fr \"w\" is forbidden: exceeded quota: orders, requested: count/workspaces.beffroi.fr=1, used: 5, limited: 5";
        let policy =
            "ValidatingAdmissionPolicy 'frozen' with binding 'b' denied request: no orders in August";
        let webhook = "admission webhook \"a.b\" denied the request: not on Fridays";
        let ours =
            "workspaces.beffroi.fr is forbidden: User \"system:serviceaccount:a:b\" cannot create resource";
        let end = "unable to create new content in namespace tenant-a because it is being terminated";
        for (code, message, causes, allowed, kind, said) in [
            (403, quota, vec![], true, Kind::Conflict, quota),
            (403, webhook, vec![], true, Kind::Conflict, webhook),
            (422, policy, vec![("", policy)], true, Kind::Invalid, policy),
            (403, policy, vec![("", policy)], false, Kind::Invalid, policy),
            (
                403,
                end,
                vec![("NamespaceTerminating", end)],
                true,
                Kind::Conflict,
                "this tenant is being deleted",
            ),
            (403, ours, vec![], false, Kind::ClusterUnavailable, "nothing was changed"),
        ] {
            let problem = told(code, message, &causes, allowed).await;
            assert_eq!(problem.kind, kind, "{message}");
            assert!(problem.detail.en.contains(said) && !problem.detail.en.contains("User"), "{problem:?}");
        }
    }

    #[tokio::test]
    async fn nobody_is_told_that_nothing_was_changed_where_it_is_not_known() {
        for (code, known) in [(429, true), (403, true), (500, false), (503, false), (504, false)] {
            let problem = told(code, "", &[], false).await;
            assert_eq!(problem.kind, Kind::ClusterUnavailable);
            assert_eq!(problem.detail.en.contains("nothing was changed"), known, "{code}");
        }
        let reset = Refused::reading("w").problem(kube::Error::Service("connection reset".into())).await;
        assert!(reset.detail.en.contains("look at what was done"), "{reset:?}");
    }
}
