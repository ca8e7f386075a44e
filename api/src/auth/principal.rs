//! Who asks.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
};

use beffroi_crds::tenant;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

/// A tenant, for as long as it lives: another one of the same name is another tenant.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct TenantUid(Arc<str>);

impl From<&str> for TenantUid {
    fn from(uid: &str) -> Self {
        Self(uid.into())
    }
}

impl fmt::Display for TenantUid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// As what somebody acts.
#[derive(Clone, Copy, Debug, Eq, JsonSchema, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Reads.
    Lecteur,
    /// Orders and changes.
    Gestionnaire,
    /// Reads, with evidence and the audit log.
    Dpo,
    /// Runs the service; never orders in a tenant's name. No tenant can give this role.
    Hebergeur,
}

impl From<tenant::Role> for Role {
    fn from(role: tenant::Role) -> Self {
        match role {
            tenant::Role::Lecteur => Self::Lecteur,
            tenant::Role::Gestionnaire => Self::Gestionnaire,
            tenant::Role::Dpo => Self::Dpo,
        }
    }
}

/// Somebody whose token holds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Principal {
    /// Who vouches.
    pub issuer: String,
    /// For whom: unique for that issuer.
    pub subject: String,
    /// How that person is called.
    pub name: Option<String>,
    /// Whether the hoster's people.
    pub hoster: bool,
    /// Roles by tenant. Empty: somebody who may see nothing.
    pub roles: BTreeMap<TenantUid, BTreeSet<Role>>,
    /// Until when the token holds.
    pub expires: Timestamp,
}

impl Principal {
    /// Its roles in that very tenant.
    pub fn roles_in(&self, tenant: &TenantUid) -> impl Iterator<Item = Role> {
        self.roles.get(tenant).into_iter().flatten().copied()
    }
}
