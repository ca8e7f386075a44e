//! Replacing an object by what a change makes of it, under the version that it was read at, so that nobody's change is
//! lost.

use std::{fmt::Debug, sync::Arc};

use kube::{Api, Resource, ResourceExt, api::PostParams};
use serde::{Serialize, de::DeserializeOwned};

use crate::problem::{Problem, Refused};

/// How often a change is made.
const TRIES: u32 = 5;

/// What is there once the API server took what `change` makes of `there`; `there` itself where that is nothing new.
///
/// Where it changed meanwhile, as its status often does, the change is made anew on what is there by then, unless the
/// client named the version that it changes (`conditional`).
///
/// # Errors
/// What `change` or the API server refuses.
pub async fn replace<K>(
    api: &Api<K>,
    params: &PostParams,
    mut there: Arc<K>,
    conditional: bool,
    change: impl Fn(&K) -> Result<Option<K>, Problem>,
) -> Result<Arc<K>, Problem>
where
    K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + Serialize,
{
    let name = there.name_any();
    let mut left = if conditional { 1 } else { TRIES };
    loop {
        let Some(wanted) = change(&there)? else { return Ok(there) };
        left -= 1;
        let sent = serde_json::to_value(&wanted).map(|mut sent| sent["spec"].take()).unwrap_or_default();
        let refused = Refused { name: &name, sent: &sent, conditional };
        match api.replace(&name, params, &wanted).await {
            Err(kube::Error::Api(status)) if status.reason == "Conflict" && left > 0 => {
                let now = api.get(&name).await.map_err(|error| refused.problem(error))?;
                there = Arc::new(now);
            }
            outcome => return outcome.map(Arc::new).map_err(|error| refused.problem(error)),
        }
    }
}
