//! Whose tokens count, and for what: one [`Trust`] per tenant with an identity, and one for the hoster.
//!
//! A token authenticates where its algorithm and audience are those of some trust in its issuer. What it may do
//! is settled trust by trust: all required claims hold, and its groups have roles. So a token of one tenant's
//! issuer never has a role in a tenant that trusts another issuer, whatever groups it names. Whoever runs an
//! issuer that several trust can speak for all of them, which is why the hoster should have its own.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use beffroi_crds::{
    Tenant,
    tenant::{Identity, TokenAlgorithm},
};
use beffroi_oidc::{Algorithm, Claims, Registration, RequiredClaim, Unmet};
use kube::ResourceExt;

use super::{
    Principal,
    principal::{Lack, Role, TenantUid},
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
    /// What is agreed on with the issuer.
    pub registration: Registration,
    /// Claim with the groups, as [`Claims::says`] takes it.
    pub groups_claim: String,
    /// For whom.
    pub whom: Whom,
}

impl Trust {
    /// What a tenant trusts, where it has an identity. `audience` is that of the API, for a tenant that names none.
    pub fn of(tenant: &Tenant, audience: &str) -> Option<Self> {
        let identity = tenant.spec.identity.as_ref()?;
        Some(Self {
            registration: registration(identity, audience),
            groups_claim: identity.groups_claim.clone(),
            whom: Whom::Tenant {
                uid: tenant.uid()?.as_str().into(),
                name: tenant.name_any(),
                roles: identity.roles.iter().map(|one| (one.group.clone(), one.role.into())).collect(),
            },
        })
    }

    /// Adds the roles that a token has here, or why it has none.
    fn grant(&self, claims: &Claims, principal: &mut Principal) {
        if let Some(unmet) = self.registration.unmet(claims) {
            principal.lacks.insert(match unmet {
                Unmet::Absent(claim) => Lack::Claim(claim.to_owned()),
                Unmet::Other(claim) => Lack::Value(claim.to_owned()),
            });
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

/// What a tenant's identity says of its issuer. `audience` is that of the API, for a tenant that names none.
fn registration(identity: &Identity, audience: &str) -> Registration {
    let audience = identity.audience.as_deref().unwrap_or(audience);
    let require = identity.require.iter();
    Registration {
        issuer: identity.issuer.0.clone(),
        audience: audience.to_owned(),
        client_id: identity.client_id.as_deref().unwrap_or(audience).to_owned(),
        scopes: identity.scopes.iter().map(ToString::to_string).collect(),
        algorithm: match identity.algorithm {
            TokenAlgorithm::Rs256 => Algorithm::Rs256,
            TokenAlgorithm::Ps256 => Algorithm::Ps256,
            TokenAlgorithm::Es256 => Algorithm::Es256,
            TokenAlgorithm::EdDsa => Algorithm::EdDsa,
        },
        require: require
            .map(|one| RequiredClaim { claim: one.claim.clone(), value: one.value.clone() })
            .collect(),
    }
}

/// All trusts, by issuer: a snapshot, replaced as a whole.
#[derive(Debug, Default, Eq, PartialEq)]
pub struct Trusts(HashMap<String, Vec<Trust>>);

impl FromIterator<Trust> for Trusts {
    fn from_iter<I: IntoIterator<Item = Trust>>(trusts: I) -> Self {
        let mut all: HashMap<String, Vec<Trust>> = HashMap::new();
        for trust in trusts {
            all.entry(trust.registration.issuer.clone()).or_default().push(trust);
        }
        Self(all)
    }
}

impl Trusts {
    /// Whether anyone trusts that issuer.
    pub fn knows(&self, issuer: &str) -> bool {
        self.0.contains_key(issuer)
    }

    /// What is agreed on with that issuer.
    pub(super) fn agreed(&self, issuer: &str) -> Vec<&Registration> {
        self.of(issuer).map(|trust| &trust.registration).collect()
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
    pub(super) fn principal(&self, claims: &Claims) -> Principal {
        let mut principal = Principal {
            issuer: claims.issuer.clone(),
            subject: claims.subject.clone(),
            name: claims.name.clone(),
            hoster: false,
            roles: BTreeMap::new(),
            expires: claims.expires,
            lacks: BTreeSet::new(),
        };
        for trust in self.of(&claims.issuer).filter(|trust| trust.registration.accepts(claims)) {
            trust.grant(claims, &mut principal);
        }
        // Whoever has a role somewhere is at the right door.
        if principal.hoster || !principal.roles.is_empty() {
            principal.lacks.clear();
        }
        principal
    }

    fn of(&self, issuer: &str) -> impl Iterator<Item = &Trust> {
        self.0.get(issuer).into_iter().flatten()
    }
}
