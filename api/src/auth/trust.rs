//! Whose tokens count, and for what: one [`Trust`] per tenant with an identity, and one for the hoster.
//!
//! A token authenticates where its algorithm and audience are those of some trust in its issuer. What it may do
//! is settled trust by trust: all required claims hold, and its groups have roles. So a token of one tenant's
//! issuer never has a role in a tenant that trusts another issuer, whatever groups it names. Whoever runs an
//! issuer that several trust can speak for all of them, which is why the hoster should have its own.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use beffroi_crds::{
    Tenant,
    tenant::{ClaimValue, TokenAlgorithm},
};
use kube::ResourceExt;

use super::{
    Principal, TokenError,
    principal::{Lack, Role, TenantUid},
    token::Claims,
};

/// For whom a trust speaks.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Whom {
    /// People of a tenant.
    Tenant {
        /// The tenant.
        uid: TenantUid,
        /// Its name.
        name: String,
        /// Groups, and the role of each.
        roles: Vec<(String, Role)>,
    },
    /// People of the hosting provider.
    Hoster {
        /// Groups; one of them suffices.
        groups: Vec<String>,
    },
}

/// Tokens of one issuer that count for one tenant, or for the hoster.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Trust {
    /// Claim `iss`, letter by letter.
    pub issuer: String,
    /// What claim `aud` must hold.
    pub audience: String,
    /// Public client that people sign in with.
    pub client_id: String,
    /// What they ask for when they sign in, besides `openid`; none: `profile`.
    pub scopes: Vec<String>,
    /// The one algorithm.
    pub algorithm: TokenAlgorithm,
    /// Claim with the groups, as [`path`](super::path) names it.
    pub groups_claim: String,
    /// What else a token must say.
    pub require: Vec<ClaimValue>,
    /// For whom.
    pub whom: Whom,
}

impl Trust {
    /// What a tenant trusts, where it has an identity. `audience` is that of the API, for a tenant that names none.
    pub fn of(tenant: &Tenant, audience: &str) -> Option<Self> {
        let identity = tenant.spec.identity.as_ref()?;
        let audience = identity.audience.as_deref().unwrap_or(audience);
        Some(Self {
            issuer: identity.issuer.0.clone(),
            audience: audience.to_owned(),
            client_id: identity.client_id.as_deref().unwrap_or(audience).to_owned(),
            scopes: identity.scopes.iter().map(ToString::to_string).collect(),
            algorithm: identity.algorithm,
            groups_claim: identity.groups_claim.clone(),
            require: identity.require.clone(),
            whom: Whom::Tenant {
                uid: tenant.uid()?.as_str().into(),
                name: tenant.name_any(),
                roles: identity.roles.iter().map(|one| (one.group.clone(), one.role.into())).collect(),
            },
        })
    }

    /// The scope of a sign-in: `openid` makes it one (`OpenID` Connect Core 1.0, 3.1.2.1).
    pub fn scope(&self) -> String {
        let others = if self.scopes.is_empty() { "profile".to_owned() } else { self.scopes.join(" ") };
        let others = others.split(' ').filter(|scope| *scope != "openid");
        ["openid"].into_iter().chain(others).collect::<Vec<_>>().join(" ")
    }

    /// Whether a token was made for this API as agreed.
    fn accepts(&self, claims: &Claims) -> bool {
        self.algorithm == claims.algorithm && claims.is_for(&self.audience)
    }

    /// Adds the roles that a token has here, or why it has none.
    fn grant(&self, claims: &Claims, principal: &mut Principal) {
        if let Some(unmet) = self.require.iter().find(|one| !claims.says(&one.claim, &one.value)) {
            let name = unmet.claim.clone();
            principal.lacks.insert(if claims.tells(&name) { Lack::Value(name) } else { Lack::Claim(name) });
            return;
        }
        let member = |group: &String| claims.says(&self.groups_claim, group);
        let granted = match &self.whom {
            Whom::Hoster { groups } => {
                let hoster = groups.iter().any(member);
                principal.hoster |= hoster;
                hoster
            }
            Whom::Tenant { uid, roles, .. } => {
                let own = roles.iter().filter(|(group, _)| member(group)).map(|(_, role)| *role);
                let own: BTreeSet<Role> = own.collect();
                let any = !own.is_empty();
                if any {
                    principal.roles.entry(uid.clone()).or_default().extend(own);
                }
                any
            }
        };
        if !granted {
            let name = self.groups_claim.clone();
            principal.lacks.insert(if claims.tells(&name) { Lack::Role(name) } else { Lack::Groups(name) });
        }
    }
}

/// All trusts, by issuer: a snapshot, replaced as a whole.
#[derive(Debug, Default, Eq, PartialEq)]
pub struct Trusts(HashMap<String, Vec<Trust>>);

impl FromIterator<Trust> for Trusts {
    fn from_iter<I: IntoIterator<Item = Trust>>(trusts: I) -> Self {
        let mut all: HashMap<String, Vec<Trust>> = HashMap::new();
        for trust in trusts {
            all.entry(trust.issuer.clone()).or_default().push(trust);
        }
        Self(all)
    }
}

impl Trusts {
    /// Whether anyone trusts that issuer.
    pub fn knows(&self, issuer: &str) -> bool {
        self.0.contains_key(issuer)
    }

    /// Whether anyone who trusts that issuer agreed on that algorithm with it.
    pub(super) fn pins(&self, issuer: &str, algorithm: TokenAlgorithm) -> bool {
        self.of(issuer).any(|trust| trust.algorithm == algorithm)
    }

    /// The trust of a tenant by name, or the hoster's: where its people sign in.
    pub fn sign_in(&self, tenant: Option<&str>) -> Option<&Trust> {
        self.0.values().flatten().find(|trust| match (&trust.whom, tenant) {
            (Whom::Tenant { name, .. }, Some(wanted)) => name == wanted,
            (Whom::Hoster { .. }, None) => true,
            _ => false,
        })
    }

    /// Who the token speaks of, with every role that it has.
    pub(super) fn principal(&self, claims: &Claims) -> Result<Principal, TokenError> {
        let accepting: Vec<&Trust> = self.of(&claims.issuer).filter(|trust| trust.accepts(claims)).collect();
        if accepting.is_empty() {
            return Err(TokenError::Audience);
        }
        let mut principal = Principal {
            issuer: claims.issuer.clone(),
            subject: claims.subject.clone(),
            name: claims.name.clone(),
            hoster: false,
            roles: BTreeMap::new(),
            expires: claims.expires,
            lacks: BTreeSet::new(),
        };
        for trust in accepting {
            trust.grant(claims, &mut principal);
        }
        // Whoever has a role somewhere is at the right door.
        if principal.hoster || !principal.roles.is_empty() {
            principal.lacks.clear();
        }
        Ok(principal)
    }

    fn of(&self, issuer: &str) -> impl Iterator<Item = &Trust> {
        self.0.get(issuer).into_iter().flatten()
    }
}
