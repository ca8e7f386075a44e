//! Who may do what to what: one pure function over one table.

use super::principal::{
    Principal,
    Role::{self, Dpo, Gestionnaire, Hebergeur, Lecteur},
    TenantUid,
};

/// What one asks to do.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Action {
    /// Learn who one is.
    Whoami,
    /// Read: the catalogue of apps and policies, a tenant, its workspaces, where they lie and why, events.
    Read,
    /// See what an order would lead to.
    Preview,
    /// Order, change, suspend, resume, delete, restore.
    Order,
    /// Confirm a deletion that another person asked for.
    ConfirmDeletion,
    /// Take evidence away.
    Evidence,
    /// Read the audit log.
    Log,
    /// Register, change and remove tenants.
    ManageTenants,
}

/// What it is done to.
#[derive(Clone, Copy, Debug)]
pub enum Resource<'a> {
    /// What is nobody's: the catalogue, the list of tenants.
    Common,
    /// A tenant, or a workspace of that tenant.
    Of(&'a TenantStanding),
}

/// What roles rest on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TenantStanding {
    /// The tenant.
    pub uid: TenantUid,
    /// The tenants that it groups, where it is a grouping.
    pub members: Vec<TenantUid>,
}

/// The answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Decision {
    /// Go on.
    Allowed,
    /// 403: one sees it, and may not do that.
    Forbidden,
    /// 404: one may not know of it.
    Unknown,
}

/// Who may do an action: by a role of one's own, or by a role in a member of the grouping that is asked about.
struct Rule {
    action: Action,
    own: &'static [Role],
    as_member: &'static [Role],
}

const fn rule(action: Action, own: &'static [Role], as_member: &'static [Role]) -> Rule {
    Rule { action, own, as_member }
}

/// Who may do what. Whoami is for everyone with a token, role or not.
const TABLE: [Rule; 7] = [
    rule(Action::Read, &[Lecteur, Gestionnaire, Dpo, Hebergeur], &[Lecteur, Gestionnaire, Dpo]),
    rule(Action::Preview, &[Lecteur, Gestionnaire, Dpo, Hebergeur], &[]),
    rule(Action::Order, &[Gestionnaire], &[]),
    // Not as a member: who manages a grouping often manages a member too, under another name.
    rule(Action::ConfirmDeletion, &[Gestionnaire, Hebergeur], &[]),
    rule(Action::Evidence, &[Gestionnaire, Dpo, Hebergeur], &[Dpo]),
    rule(Action::Log, &[Dpo, Hebergeur], &[Dpo]),
    rule(Action::ManageTenants, &[Hebergeur], &[]),
];

/// Whether `principal` may do `action` to `resource`.
pub fn authorize(principal: &Principal, action: Action, resource: Resource<'_>) -> Decision {
    let standing = match resource {
        Resource::Common => None,
        Resource::Of(standing) => Some(standing),
    };
    if standing.is_some_and(|standing| !is_visible(principal, standing)) {
        return Decision::Unknown;
    }
    let allowed = action == Action::Whoami
        || TABLE.iter().filter(|rule| rule.action == action).any(|rule| rule.allows(principal, standing));
    if allowed { Decision::Allowed } else { Decision::Forbidden }
}

impl Rule {
    fn allows(&self, principal: &Principal, standing: Option<&TenantStanding>) -> bool {
        let own = |role: Role| self.own.contains(&role);
        let as_member = |role: Role| self.as_member.contains(&role);
        let in_tenants = match standing {
            None => principal.roles.values().flatten().copied().any(own),
            Some(standing) => {
                principal.roles_in(&standing.uid).any(own)
                    || through_members(principal, standing).any(as_member)
            }
        };
        in_tenants || principal.hoster && own(Hebergeur)
    }
}

/// Whether one may know of a tenant and its workspaces.
pub fn is_visible(principal: &Principal, tenant: &TenantStanding) -> bool {
    principal.hoster
        || principal.roles_in(&tenant.uid).next().is_some()
        || through_members(principal, tenant).next().is_some()
}

fn through_members(principal: &Principal, tenant: &TenantStanding) -> impl Iterator<Item = Role> {
    tenant.members.iter().flat_map(|member| principal.roles_in(member))
}
