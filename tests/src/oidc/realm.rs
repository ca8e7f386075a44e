//! Who is who at each issuer: tenants and the hosting provider → [`Realm`]s with a person for each role.

use std::collections::BTreeMap;

use anyhow::Result;
use beffroi_crds::{
    Tenant,
    tenant::{ClaimValue, Identity, Role, TokenAlgorithm},
};
use kube::ResourceExt;
use serde::Serialize;
use serde_json::Value;

use crate::samples;

/// Password of everybody in a ready-made realm.
pub const PASSWORD: &str = "beffroi";
/// Audience of the tokens, and the public client that people sign in with, where a realm does not say otherwise.
pub const AUDIENCE: &str = "beffroi";
/// Realm of the hosting provider's own people, its one group, and who is in it.
pub const HOSTER: &str = "hebergeur";

/// One issuer.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Realm {
    /// Last part of the issuer's address.
    pub name: String,
    /// What its page says above the form.
    pub title: String,
    /// What they are signed with.
    pub algorithm: TokenAlgorithm,
    /// How its access tokens look.
    pub flavour: Flavour,
    /// What they are for (`aud`).
    pub audience: String,
    /// Claim that holds the groups; a dot steps into an object.
    pub groups_claim: String,
    /// The scope that must be asked for, or tokens hold no groups.
    pub groups_scope: Option<String>,
    /// Seconds that they hold.
    pub lifetime: u32,
    /// Public clients.
    pub clients: Vec<PublicClient>,
    /// Its people.
    pub users: Vec<User>,
}

/// How access tokens look.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Flavour {
    /// RFC 9068: type `at+jwt`, `client_id`.
    #[default]
    Rfc9068,
    /// As before it: type `JWT`, `azp`, and an audience that is a list.
    Plain,
    /// No JWT: a reference that the issuer alone can read.
    Opaque,
}

/// A client: public, unless it has a secret.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PublicClient {
    /// `client_id`.
    pub id: String,
    /// Where people may be sent back to; `http` on loopback goes to any port, `https` must match to the letter.
    pub redirect_uris: Vec<String>,
    /// What it must show for a token, where it is confidential.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

/// A person.
#[derive(Clone, Debug, Default, Serialize)]
pub struct User {
    /// What one signs in as; `sub` too.
    pub name: String,
    /// Claim `name`.
    pub title: String,
    /// What one signs in with.
    pub password: String,
    /// Groups.
    pub groups: Vec<String>,
    /// More claims, for example `siret`.
    pub claims: BTreeMap<String, Value>,
}

impl User {
    /// Somebody with [`PASSWORD`].
    pub fn new(name: &str, title: &str, groups: &[&str]) -> Self {
        let groups = groups.iter().map(ToString::to_string).collect();
        Self { name: name.into(), title: title.into(), password: PASSWORD.into(), groups, ..Self::default() }
    }
}

impl Realm {
    /// An issuer of tokens by RFC 9068, signed with RS256, that hold for an hour.
    pub fn new(name: &str, title: &str, users: Vec<User>) -> Self {
        let redirect_uris = vec!["http://127.0.0.1/".into(), "http://localhost/".into()];
        Self {
            name: name.into(),
            title: title.into(),
            algorithm: TokenAlgorithm::default(),
            flavour: Flavour::default(),
            audience: AUDIENCE.into(),
            groups_claim: "groups".into(),
            groups_scope: None,
            lifetime: 3600,
            clients: vec![PublicClient { id: AUDIENCE.into(), redirect_uris, secret: None }],
            users,
        }
    }

    /// A tenant's, whose tokens are as its identity wants them, with groups under scope `groups` alone where it names
    /// that: [`person`] of each role that it gives to a group, [`SECOND`] who manages too, and `alix.visiteur`, who has
    /// none.
    pub fn of(tenant: &Tenant) -> Self {
        let identity = tenant.spec.identity.clone().unwrap_or_default();
        let Identity { audience, client_id, scopes, algorithm, groups_claim, require, roles, .. } = identity;
        let with_role = roles.iter().flat_map(|binding| {
            let second = Some(SECOND).filter(|_| binding.role == Role::Gestionnaire);
            let people = [person(binding.role)].into_iter().chain(second);
            people.map(|(name, title)| User::new(name, title, &[&binding.group])).collect::<Vec<_>>()
        });
        let mut users: Vec<User> =
            with_role.chain([User::new("alix.visiteur", "Alix Visiteur", &[])]).collect();
        let required = require.into_iter().map(|ClaimValue { claim, value }| (claim, value.into())).collect();
        for user in &mut users {
            user.claims.clone_from(&required);
        }
        let mut realm = Self::new(&tenant.name_any(), &tenant.spec.title, users);
        realm.algorithm = algorithm;
        realm.groups_claim = groups_claim;
        realm.groups_scope = scopes.iter().find(|scope| ***scope == *"groups").map(ToString::to_string);
        realm.audience = audience.unwrap_or(realm.audience);
        realm.clients[0].id = client_id.unwrap_or_else(|| realm.audience.clone());
        // Both kinds are among the samples.
        realm.flavour = if required.is_empty() { Flavour::Rfc9068 } else { Flavour::Plain };
        realm
    }

    /// The same, whose people may be sent back to this address too.
    #[must_use]
    pub fn back_to(mut self, address: &str) -> Self {
        for client in &mut self.clients {
            client.redirect_uris.push(address.to_owned());
        }
        self
    }

    /// The hosting provider's own.
    pub fn hoster() -> Self {
        Self::new(HOSTER, "Hébergeur", vec![User::new(HOSTER, "Hervé Bergeur", &[HOSTER])])
    }

    /// Of every sample tenant, and of the hosting provider.
    ///
    /// # Errors
    /// When a sample cannot be read.
    pub fn samples() -> Result<Vec<Self>> {
        let tenants: Vec<Tenant> = samples::read("tenants")?;
        Ok(tenants.iter().map(Self::of).chain([Self::hoster()]).collect())
    }
}

/// A second manager at each sample tenant's issuer.
pub const SECOND: (&str, &str) = ("nora.gestionnaire", "Nora Gestionnaire");

/// Who has a role at each sample tenant's issuer: what one signs in as, and the name.
pub fn person(role: Role) -> (&'static str, &'static str) {
    match role {
        Role::Lecteur => ("claire.lecteur", "Claire Lecteur"),
        Role::Gestionnaire => ("hugo.gestionnaire", "Hugo Gestionnaire"),
        Role::Dpo => ("ines.dpo", "Inès Dépéo"),
    }
}
