//! Whether we may do at all what was refused: the API server tells in words alone whether its own rights or an admission
//! refused a request, and words are not read. It is asked.

use k8s_openapi::api::authorization::v1::{
    ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec,
};
use kube::{Api, Client, Resource, api::PostParams};

/// What was to be done.
#[derive(Clone)]
pub struct Attempt {
    client: Client,
    attributes: ResourceAttributes,
}

impl Attempt {
    /// Something that was to be done to an object through `api`.
    pub fn of<K: Resource<DynamicType = ()> + Clone>(api: &Api<K>, verb: &str, name: &str) -> Self {
        let attributes = ResourceAttributes {
            group: Some(K::group(&()).into_owned()),
            // What is created has no name yet.
            name: Some(name.to_owned()).filter(|_| verb != "create"),
            namespace: api.namespace().map(str::to_owned),
            resource: Some(K::plural(&()).into_owned()),
            verb: Some(verb.to_owned()),
            version: Some(K::version(&()).into_owned()),
            ..ResourceAttributes::default()
        };
        Self { client: api.clone().into_client(), attributes }
    }

    /// Whether our own rights allow it; not where nobody says so.
    pub async fn is_allowed(&self) -> bool {
        let asked = SelfSubjectAccessReview {
            spec: SelfSubjectAccessReviewSpec {
                resource_attributes: Some(self.attributes.clone()),
                ..SelfSubjectAccessReviewSpec::default()
            },
            ..SelfSubjectAccessReview::default()
        };
        let api: Api<SelfSubjectAccessReview> = Api::all(self.client.clone());
        match api.create(&PostParams::default(), &asked).await {
            Ok(answer) => answer.status.is_some_and(|status| status.allowed),
            Err(error) => {
                tracing::error!(%error, "the management cluster does not say what we may do");
                false
            }
        }
    }
}
