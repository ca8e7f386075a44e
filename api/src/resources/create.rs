//! Creating once: what an earlier request under the same key made → or what the API server accepts now → in the cache,
//! so that whoever made it reads it.

use std::{fmt::Debug, sync::Arc};

use axum::response::IntoResponse;
use beffroi_crds::labels;
use http::{HeaderValue, StatusCode, header};
use kube::{Api, Resource, ResourceExt, api::ListParams};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::asked::Asked;
use crate::{
    caches::Cache,
    operation::Made,
    problem::{Problem, Refused},
    request::key::{ANNOTATION, Key, tell_replayed},
    state::as_manager,
};

/// What is there after a creation.
pub struct Created<K> {
    /// As the API server accepted it.
    pub object: Arc<K>,
    /// Whether an earlier request made it.
    again: bool,
}

/// Makes an object through `api`, unless an earlier request under this key made one: of those that are `there`, or, since
/// another replica may have made it a moment ago, of those that the API server has. Both are looked up for a key alone.
///
/// # Errors
/// Where the key came with another request, and what the API server refuses.
pub async fn create_once<K>(
    api: &Api<K>,
    cache: &Cache<K>,
    there: impl FnOnce() -> Vec<Arc<K>>,
    (asked, key): (&Asked, &Key),
    mut object: K,
    sent: &Value,
) -> Result<Created<K>, Problem>
where
    K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + Serialize + Send + Sync + 'static,
{
    let mark = key.mark(&asked.who, sent.to_string().as_bytes());
    let name = object.name_any();
    if let Some(mark) = &mark {
        let mut earlier = mark.earlier(there().iter().map(AsRef::as_ref))?.cloned();
        if earlier.is_none() {
            earlier = match api.list(&ListParams::default()).await {
                Ok(now) => mark.earlier(&now.items)?.cloned(),
                Err(error) => return Err(Refused::reading(&name).problem(error).await),
            };
        }
        if let Some(earlier) = earlier {
            return Ok(Created { object: Arc::new(earlier), again: true });
        }
        object.annotations_mut().insert(ANNOTATION.to_owned(), mark.text());
    }
    asked.note(&mut object, labels::CHANGED_BY);
    let (written, again) = match api.create(&as_manager(), &object).await {
        Ok(written) => (written, false),
        Err(error) => {
            let earlier = match &mark {
                Some(mark) => mark.made_meanwhile(api, &name, &error).await?,
                None => None,
            };
            let Some(earlier) = earlier else {
                let (kind, sent) = (K::kind(&()), serde_json::to_value(&object).unwrap_or_default());
                let refused = Refused::writing(api, "create", &name).sent(&kind, &sent, None);
                return Err(refused.problem(error).await);
            };
            (earlier, true)
        }
    };
    cache.reached(&written).await;
    Ok(Created { object: Arc::new(written), again })
}

impl<K> Created<K> {
    /// The answer: `told` as that of something that lies at `path` now.
    pub fn answer<T>(&self, path: &str, told: impl IntoResponse) -> Made<T> {
        let mut response = told.into_response();
        *response.status_mut() = StatusCode::CREATED;
        if let Ok(location) = HeaderValue::from_str(path) {
            response.headers_mut().insert(header::LOCATION, location);
        }
        if self.again {
            tell_replayed(response.headers_mut());
        }
        Made::new(response)
    }
}
