//! What comes to an end, as statuses tell it: certificates, statements, support, credentials.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{message::Args, text::Date};

/// Something that has ended, or ends within 90 days.
#[derive(KubeSchema, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ending {
    /// What it is.
    pub what: What,
    /// Kind of the resource that it is of, for example `Provider`.
    pub kind: String,
    /// Name of that resource.
    pub name: String,
    /// What it is, in words.
    pub title: String,
    /// Stable code of these words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub code: String,
    /// Arguments of these words.
    #[serde(default, skip_serializing_if = "Args::is_empty")]
    pub args: Args,
    /// Last day on which it holds, in Paris.
    pub last_day: Date,
    /// From when on it holds no more.
    pub ends: Time,
    /// How near that is.
    pub stage: Stage,
    /// Whether the rules that the workspace is held to ask for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
}

/// What ends.
#[derive(JsonSchema, Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub enum What {
    /// A qualification or certificate of a provider.
    Certification,
    /// A statement of ownership, which ages (JUR-06).
    OwnershipStatement,
    /// Support of a release.
    Support,
    /// The token by which a site is reached.
    Token,
    /// The client certificate by which a site is reached.
    ClientCertificate,
    /// The authority that vouches for a site's API server.
    Authority,
    /// The certificate that a server shows.
    ServerCertificate,
}

/// How near an end is.
#[derive(JsonSchema, Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub enum Stage {
    /// 90 days or less.
    Within90Days,
    /// 30 days or less.
    Within30Days,
    /// 7 days or less.
    Within7Days,
    /// It has ended.
    Ended,
}
