//! Replacing an object by what a change makes of it, under the version that it was read at, so that nobody's change is
//! lost.

use std::{fmt::Debug, sync::Arc};

use kube::{
    Api, Resource, ResourceExt,
    api::{DeleteParams, PostParams, Preconditions},
};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    problem::{Problem, Refused, changed_meanwhile, precondition_failed},
    request::version::Meant,
};

/// How often a change is made.
const TRIES: u32 = 5;

/// What is there once the API server took what `change` makes of `there`; `there` itself where that is nothing new.
///
/// `there` comes from a cache, which may not have yet what another replica wrote: on its word alone nobody is told that
/// it is another version than `If-Match` names, or that there is nothing to change. Where it changed meanwhile, as its
/// status often does, the change is made anew on what is there by then, as far as `If-Match` allows: a status is no edit.
///
/// # Errors
/// 412, and what `change` or the API server refuses.
pub async fn replace<K>(
    api: &Api<K>,
    params: &PostParams,
    mut there: Arc<K>,
    meant: &Meant,
    change: impl Fn(&K) -> Result<Option<K>, Problem>,
) -> Result<Arc<K>, Problem>
where
    K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + Serialize,
{
    let name = there.name_any();
    let (mut left, mut fresh) = (TRIES, false);
    loop {
        let may = meant.may_change(&*there);
        let wanted = if may { change(&there)? } else { None };
        let Some(wanted) = wanted else {
            if fresh {
                return if may { Ok(there) } else { Err(precondition_failed()) };
            }
            (there, fresh) = (now(api, &there).await?, true);
            continue;
        };
        left -= 1;
        match api.replace(&name, params, &wanted).await {
            Err(kube::Error::Api(status)) if status.reason == "Conflict" && left > 0 => {
                (there, fresh) = (now(api, &there).await?, true);
            }
            Ok(written) => return Ok(Arc::new(written)),
            Err(error) => {
                let [sent, before] =
                    [&wanted, &*there].map(|object| serde_json::to_value(object).unwrap_or_default());
                let kind = K::kind(&());
                let refused = Refused::writing(api, "update", &name).sent(&kind, &sent, Some(&before));
                return Err(refused.conditional(meant.names_a_version()).problem(error).await);
            }
        }
    }
}

/// Deletes `there` while it is what `If-Match` names, whatever becomes of its status meanwhile.
///
/// # Errors
/// 412, and what the API server refuses.
pub async fn remove<K>(api: &Api<K>, mut there: Arc<K>, meant: &Meant) -> Result<(), Problem>
where
    K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned,
{
    let name = there.name_any();
    let refused = Refused::writing(api, "delete", &name).conditional(meant.names_a_version());
    for left in (0..TRIES).rev() {
        let preconditions = Preconditions {
            uid: there.uid(),
            resource_version: there.resource_version().filter(|_| meant.names_a_version()),
        };
        let params = DeleteParams { preconditions: Some(preconditions), ..DeleteParams::default() };
        match api.delete(&name, &params).await {
            Err(kube::Error::Api(status)) if status.reason == "Conflict" && left > 0 => {
                there = expected(api, now(api, &there).await?, meant).await?;
            }
            Ok(_) => return Ok(()),
            Err(error) => return Err(refused.problem(error).await),
        }
    }
    Err(precondition_failed())
}

/// What is there of `there`, where it is a version that `If-Match` names.
///
/// # Errors
/// 412.
pub async fn expected<K>(api: &Api<K>, there: Arc<K>, meant: &Meant) -> Result<Arc<K>, Problem>
where
    K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned,
{
    if meant.may_change(&*there) {
        return Ok(there);
    }
    let now = now(api, &there).await?;
    if meant.may_change(&*now) { Ok(now) } else { Err(precondition_failed()) }
}

/// The same object, as the API server has it.
async fn now<K>(api: &Api<K>, there: &K) -> Result<Arc<K>, Problem>
where
    K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned,
{
    let name = there.name_any();
    let now = match api.get(&name).await {
        Ok(now) => now,
        Err(error) => return Err(Refused::reading(&name).problem(error).await),
    };
    // Another one of the same name may be somebody else's.
    if now.uid() == there.uid() { Ok(Arc::new(now)) } else { Err(changed_meanwhile(&name)) }
}

#[cfg(test)]
mod tests {
    use std::{
        convert::Infallible,
        sync::{
            Mutex,
            atomic::{AtomicU64, Ordering},
        },
    };

    use axum::extract::FromRequestParts;
    use beffroi_crds::{Tenant, TenantSpec};
    use http::{Method, Request, Response};
    use kube::{Client, client::Body};
    use serde_json::{Value, json};

    use super::*;
    use crate::problem::Kind;

    /// An API server that has one tenant, whose status is written by somebody else so many times.
    struct Server {
        version: AtomicU64,
        others: AtomicU64,
        uid: &'static str,
        asked: Mutex<Vec<Method>>,
    }

    impl Server {
        fn answer(&self, request: &Request<Body>, sent: &Value) -> (u16, Value) {
            self.asked.lock().unwrap().push(request.method().clone());
            if request.method() == Method::PUT {
                if self.others.load(Ordering::Relaxed) > 0 {
                    self.others.fetch_sub(1, Ordering::Relaxed);
                    self.version.fetch_add(1, Ordering::Relaxed);
                }
                let version = self.version.load(Ordering::Relaxed).to_string();
                if sent["metadata"]["resourceVersion"] != version.as_str() {
                    return (
                        409,
                        json!({"kind": "Status", "status": "Failure", "code": 409, "reason": "Conflict", "message": "changed"}),
                    );
                }
                self.version.fetch_add(1, Ordering::Relaxed);
            }
            let there = tenant(self.version.load(Ordering::Relaxed), self.uid);
            (200, serde_json::to_value(there).unwrap())
        }
    }

    fn tenant(version: u64, uid: &str) -> Tenant {
        let mut tenant = Tenant::new("ght", TenantSpec::default());
        tenant.metadata.resource_version = Some(version.to_string());
        tenant.metadata.uid = Some(uid.to_owned());
        tenant
    }

    /// What comes of a change by somebody who has version 1 in the cache, and what the server was asked.
    async fn outcome(
        server: Server,
        if_match: Option<&str>,
        changes: bool,
    ) -> (Result<u64, Kind>, Vec<Method>) {
        let server = Arc::new(server);
        let answering = server.clone();
        let client = Client::new(
            tower::service_fn(move |request: Request<Body>| {
                let server = answering.clone();
                async move {
                    let (parts, body) = request.into_parts();
                    let sent =
                        serde_json::from_slice(&body.collect_bytes().await.unwrap()).unwrap_or_default();
                    let (status, said) = server.answer(&Request::from_parts(parts, Body::empty()), &sent);
                    let said = Body::from(said.to_string().into_bytes());
                    Ok::<_, Infallible>(Response::builder().status(status).body(said).unwrap())
                }
            }),
            "default",
        );
        let mut request = Request::builder();
        if let Some(tag) = if_match {
            request = request.header("if-match", tag);
        }
        let mut parts = request.body(()).unwrap().into_parts().0;
        let meant = Meant::from_request_parts(&mut parts, &()).await.unwrap();
        let change = |there: &Tenant| Ok(changes.then(|| there.clone()));
        let there = Arc::new(tenant(1, "u"));
        let done = replace(&Api::all(client), &PostParams::default(), there, &meant, change).await;
        let asked = server.asked.lock().unwrap().clone();
        (done.map(|there| crate::caches::version(&*there)).map_err(|problem| problem.kind), asked)
    }

    fn server(version: u64, others: u64) -> Server {
        Server { version: version.into(), others: others.into(), uid: "u", asked: Mutex::default() }
    }

    #[tokio::test]
    async fn a_version_that_the_cache_does_not_have_yet_can_be_changed() {
        let newer = outcome(server(2, 0), Some("\"tenant-2\""), true).await;
        assert_eq!(newer, (Ok(3), vec![Method::GET, Method::PUT]));
        let gone = outcome(server(3, 0), Some("\"tenant-2\""), true).await;
        assert_eq!(gone, (Err(Kind::PreconditionFailed), vec![Method::GET]));
        let old = outcome(server(2, 0), Some("\"tenant-1\""), true).await;
        assert_eq!(old.0, Err(Kind::PreconditionFailed));
        let current = outcome(server(1, 0), Some("\"tenant-1\""), true).await;
        assert_eq!(current, (Ok(2), vec![Method::PUT]));
    }

    #[tokio::test]
    async fn whoever_names_no_version_does_not_mind_what_others_write() {
        for if_match in [None, Some("*")] {
            assert_eq!(outcome(server(1, 2), if_match, true).await.0, Ok(4), "{if_match:?}");
            assert_eq!(outcome(server(1, 9), if_match, true).await.0, Err(Kind::Conflict), "{if_match:?}");
        }
        assert_eq!(outcome(server(1, 1), Some("\"tenant-1\""), true).await.0, Err(Kind::PreconditionFailed));
    }

    #[tokio::test]
    async fn whoever_names_what_they_edit_does_not_mind_a_status() {
        let tag = crate::request::version::Tag::of(&tenant(1, "u")).headers()["etag"].clone();
        let tag = tag.to_str().unwrap();
        assert_eq!(outcome(server(1, 2), Some(tag), true).await.0, Ok(4));
        let gzip = format!("W/{}-gzip\"", tag.trim_end_matches('"'));
        assert_eq!(outcome(server(7, 0), Some(&gzip), true).await.0, Ok(8), "the cache has an older one");
    }

    #[tokio::test]
    async fn nothing_to_change_is_said_of_what_is_there_now() {
        assert_eq!(outcome(server(7, 0), None, false).await, (Ok(7), vec![Method::GET]));
    }

    #[tokio::test]
    async fn another_object_of_the_same_name_is_not_changed() {
        let another = Server { uid: "another", ..server(2, 0) };
        assert_eq!(outcome(another, None, true).await, (Err(Kind::Conflict), vec![Method::PUT, Method::GET]));
    }
}
