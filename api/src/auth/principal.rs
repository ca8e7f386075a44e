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

use crate::language::Text;

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
#[schemars(rename = "ActingRole")]
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
    /// Why it has no role at all, where it has none.
    pub lacks: BTreeSet<Lack>,
}

/// Why a token gives nobody a role, though its issuer is trusted: nothing that it holds, only what is looked for in it.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Lack {
    /// The claim of groups is not there, or is neither a text nor a list of texts.
    Groups(String),
    /// A claim that it must bear is not there.
    Claim(String),
    /// A claim that it must bear says something else than is agreed.
    Value(String),
    /// Its groups have no role.
    Role(String),
}

impl Lack {
    /// What is looked for in vain, and what to do, in both languages.
    pub fn told(&self) -> Text {
        match self {
            Self::Groups(claim) => Text::new(
                format!(
                    "votre jeton ne porte aucun groupe (revendication « {claim} ») : qui administre votre fournisseur d'identité peut l'ajouter aux jetons d'accès, ou votre hébergeur corriger identity.groupsClaim ou identity.scopes de l'organisme"
                ),
                format!(
                    "your token names no groups (claim {claim}): whoever runs your identity provider can add it to access tokens, or your hosting provider correct the tenant's identity.groupsClaim or identity.scopes"
                ),
            ),
            Self::Claim(claim) => Text::new(
                format!(
                    "votre jeton ne porte pas la revendication « {claim} », qui dit de quel organisme vous êtes : qui administre votre fournisseur d'identité peut l'ajouter aux jetons d'accès"
                ),
                format!(
                    "your token lacks claim {claim}, which says whose you are: whoever runs your identity provider can add it to access tokens"
                ),
            ),
            Self::Value(claim) => Text::new(
                format!(
                    "la revendication « {claim} » de votre jeton n'est celle d'aucun organisme d'ici : voyez avec votre hébergeur (identity.require)"
                ),
                format!(
                    "claim {claim} of your token is that of no tenant here: ask your hosting provider (identity.require)"
                ),
            ),
            Self::Role(claim) => Text::new(
                format!(
                    "aucun de vos groupes (revendication « {claim} ») n'a de rôle ici : demandez à votre organisme de vous y mettre, ou à votre hébergeur de donner un rôle à l'un d'eux (identity.roles)"
                ),
                format!(
                    "none of your groups (claim {claim}) has a role here: ask your organisation to put you into one, or your hosting provider to give a role to one of them (identity.roles)"
                ),
            ),
        }
    }
}

impl Principal {
    /// Why one has no role, in sentences: empty for who has one.
    pub fn without_role(&self) -> Option<Text> {
        let told: Vec<Text> = self.lacks.iter().map(Lack::told).collect();
        let all = |of: fn(&Text) -> &String| told.iter().map(of).cloned().collect::<Vec<_>>();
        (!told.is_empty())
            .then(|| Text::new(all(|text| &text.fr).join(" ; "), all(|text| &text.en).join("; ")))
    }

    /// Its roles in that very tenant.
    pub fn roles_in(&self, tenant: &TenantUid) -> impl Iterator<Item = Role> {
        self.roles.get(tenant).into_iter().flatten().copied()
    }
}
