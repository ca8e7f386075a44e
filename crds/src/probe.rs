//! What a probe of the network tried from within a workspace, and what came of it: words that the probe's pod, the status
//! and signed evidence share.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::message::Said;

/// What a probe tries to reach from a workspace.
#[derive(JsonSchema, Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub enum ProbeTarget {
    /// Names of the cluster: every pod may ask for them. One that answers shows that the pod has a network at all, and
    /// that silence of the others means something.
    Names,
    /// The API server of the site, by its Service; something is known to listen there.
    ApiServer,
    /// The kubelet of the pod's own node; something is known to listen there.
    Node,
    /// The address that clouds tell secrets at; nobody knows whether something listens there.
    Metadata,
    /// An address outside, which the hosting provider names; nobody knows whether something listens there.
    Outside,
}

/// What came of an attempt.
#[derive(JsonSchema, Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub enum ProbeResult {
    /// Something answered.
    Reached,
    /// The attempt was turned away: by what is there, or by what guards it.
    Refused,
    /// Nothing answered in time.
    NoAnswer,
    /// It could not be tried: no address is known, or the pod has no way there at all.
    NotTried,
}

/// One attempt.
#[derive(JsonSchema, Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProbeAttempt {
    /// What was to be reached.
    pub target: ProbeTarget,
    /// Address and port, or the name that was asked for; absent where none is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub address: Option<String>,
    /// What came of it.
    pub result: ProbeResult,
}

/// The last probe of a workspace in a site.
#[derive(KubeSchema, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkProbe {
    /// When it ended, or was given up.
    pub at: Time,
    /// Mark of what called for it: another one calls for another probe.
    pub cause: String,
    /// Image that tried.
    pub image: String,
    /// What really ran (`imageID`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub running: Option<String>,
    /// Node that it tried from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// What it tried; nothing where it failed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8))]
    pub tried: Vec<ProbeAttempt>,
    /// Why it tried nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Said>,
}

impl Default for NetworkProbe {
    fn default() -> Self {
        Self {
            at: Time(Timestamp::UNIX_EPOCH),
            cause: String::new(),
            image: String::new(),
            running: None,
            node: None,
            tried: Vec::new(),
            failure: None,
        }
    }
}
