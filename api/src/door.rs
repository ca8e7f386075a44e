//! The one way to what belongs to tenants: name → object in the caches → [`authorize`] → the object, or a problem.
//!
//! Handlers get at tenants and workspaces nowhere else, so that none can forget to ask.

use std::sync::Arc;

use beffroi_core::tenant as law;
use beffroi_crds::{Tenant, Workspace};
use kube::ResourceExt;

use crate::{
    auth::{Action, Decision, Principal, Resource, TenantStanding, TenantUid, authorize},
    caches::Caches,
    language::Text,
    problem::{Kind, Problem, length},
};

/// A workspace and whose it is.
#[derive(Clone, Debug)]
pub struct Admitted {
    /// Who ordered it.
    pub tenant: Arc<Tenant>,
    /// The workspace.
    pub workspace: Arc<Workspace>,
}

impl Admitted {
    /// How the API names it: `TENANT.WORKSPACE`. A tenant's name holds no dot.
    pub fn id(&self) -> String {
        id(&self.tenant.name_any(), &self.workspace.name_any())
    }
}

/// How the API names a workspace.
pub fn id(tenant: &str, workspace: &str) -> String {
    format!("{tenant}.{workspace}")
}

/// The tenant of a name, where `who` may do `action` to it.
///
/// # Errors
/// 404 where `who` may not know of it, 403 where that is all that `who` may.
pub fn tenant(caches: &Caches, who: &Principal, action: Action, name: &str) -> Result<Arc<Tenant>, Problem> {
    let found = caches.tenants.get(name).ok_or_else(|| unknown(who, name))?;
    let standing = standing(&found);
    admit(who, authorize(who, action, Resource::Of(&standing)), name).map(|()| found)
}

/// The tenant of a name, as [`tenant`]; where none is named, the only one to whose objects `who` may do `action`.
///
/// # Errors
/// As [`tenant`]; 422 where the name is too long, or none is given and there are several, or none.
pub fn one_tenant(
    caches: &Caches,
    who: &Principal,
    action: Action,
    name: Option<&str>,
) -> Result<Arc<Tenant>, Problem> {
    anyone(who, action)?;
    if let Some(name) = length::name("tenant", name)? {
        return tenant(caches, who, action, name);
    }
    match tenants(caches, who, action).as_slice() {
        [one] => Ok(one.clone()),
        _ => Err(Problem::field(
            "tenant",
            None,
            Text::new(
                "obligatoire, sauf pour qui n'a qu'un organisme",
                "required, except of those who have one tenant only",
            ),
            Text::new(
                "GET /v1/tenants donne ceux que vous voyez.",
                "GET /v1/tenants tells those that you see",
            ),
        )),
    }
}

/// The workspace of an id, where `who` may do `action` to it.
///
/// # Errors
/// As [`tenant`].
pub fn workspace(caches: &Caches, who: &Principal, action: Action, id: &str) -> Result<Admitted, Problem> {
    let missing = || unknown(who, id);
    let (tenant, name) = id.split_once('.').ok_or_else(missing)?;
    let namespace = law::namespace(tenant);
    let tenant = caches.tenant_of(&namespace).ok_or_else(missing)?;
    let standing = standing(&tenant);
    admit(who, authorize(who, Action::Read, Resource::Of(&standing)), id)?;
    let workspace = caches.workspaces.get_in(&namespace, name).ok_or_else(|| {
        let unread = caches.unread.get("Workspace", Some(&namespace), name);
        unread.map_or_else(missing, |object| unreadable(id, &object.why))
    })?;
    admit(who, authorize(who, action, Resource::Of(&standing)), id)?;
    Ok(Admitted { tenant, workspace })
}

/// It is there, and cannot be read.
fn unreadable(id: &str, why: &str) -> Problem {
    Problem::new(
        Kind::Internal,
        format!(
            "« {id} » est illisible ({why}) : ce qui est en place reste tel quel ; demandez à votre hébergeur de le corriger."
        ),
        format!(
            "{id} cannot be read ({why}): what is in place stays as it is; ask your hosting provider to correct it"
        ),
    )
}

/// A workspace as the log knows it.
#[derive(Clone, Debug)]
pub enum Traced {
    /// It is there.
    Here(Admitted),
    /// None of that name is there; what the log says of those that were is for whoever may read the log.
    Gone {
        /// Whose it was.
        tenant: Arc<Tenant>,
        /// How it was called.
        name: String,
    },
}

/// What the log knows under the id of a workspace, where `who` may do `action` to it; once it is gone, where `who` may
/// read the log of its tenant.
///
/// # Errors
/// As [`workspace`].
pub fn traced(caches: &Caches, who: &Principal, action: Action, id: &str) -> Result<Traced, Problem> {
    let Some((tenant, name)) = id.split_once('.') else { return Err(Problem::not_found(id)) };
    match workspace(caches, who, action, id) {
        Ok(found) => Ok(Traced::Here(found)),
        Err(missing) if missing.kind == Kind::NotFound => {
            let found = self::tenant(caches, who, Action::Log, tenant).map_err(|_| missing)?;
            Ok(Traced::Gone { tenant: found, name: name.to_owned() })
        }
        Err(problem) => Err(problem),
    }
}

/// The namespace of a tenant, where it is its own and does not only have its name.
pub fn own_namespace(caches: &Caches, tenant: &Tenant) -> Option<String> {
    let namespace = law::namespace(&tenant.name_any());
    let owner = caches.tenant_of(&namespace)?;
    (owner.metadata.uid == tenant.metadata.uid).then_some(namespace)
}

/// The workspaces of a tenant.
pub fn workspaces(caches: &Caches, tenant: &Tenant) -> Vec<Arc<Workspace>> {
    own_namespace(caches, tenant).map_or_else(Vec::new, |namespace| caches.workspaces_in(&namespace))
}

/// The namespace where a tenant's new workspaces go.
///
/// # Errors
/// 409 where it is not there yet, or the tenant is being deleted.
pub fn home(caches: &Caches, tenant: &Tenant) -> Result<String, Problem> {
    let name = tenant.name_any();
    if tenant.metadata.deletion_timestamp.is_some() {
        return Err(Problem::new(
            Kind::Conflict,
            format!("« {name} » est en cours de suppression : il ne prend plus de commande."),
            format!("{name} is being deleted: it takes no orders any more"),
        ));
    }
    own_namespace(caches, tenant).ok_or_else(|| {
        Problem::new(
            Kind::Conflict,
            format!("L'espace de noms de « {name} » n'est pas encore prêt : réessayez dans un instant."),
            format!("the namespace of {name} is not ready yet: try again in a moment"),
        )
        .after(2)
    })
}

/// Where `who` may do something to nothing in particular.
///
/// # Errors
/// 403.
pub fn anyone(who: &Principal, action: Action) -> Result<(), Problem> {
    admit(who, authorize(who, action, Resource::Common), "")
}

/// The tenants to whose objects `who` may do `action`, by name.
pub fn tenants(caches: &Caches, who: &Principal, action: Action) -> Vec<Arc<Tenant>> {
    let mut all = caches.tenants.all();
    all.retain(|tenant| may(who, action, tenant));
    all.sort_by_key(|tenant| tenant.name_any());
    all
}

/// A tenant as rights see it: by UID, with the members of a grouping as they were first seen: whoever has the name of one
/// later inherits nothing.
pub fn standing(tenant: &Tenant) -> TenantStanding {
    let uid = |tenant: &Tenant| TenantUid::from(tenant.metadata.uid.as_deref().unwrap_or_default());
    TenantStanding { uid: uid(tenant), members: law::members::uids(tenant).map(TenantUid::from).collect() }
}

fn admit(who: &Principal, decision: Decision, name: &str) -> Result<(), Problem> {
    match decision {
        Decision::Allowed => Ok(()),
        Decision::Unknown => Err(unknown(who, name)),
        Decision::Forbidden => Err(without_role(
            who,
            Problem::new(
                Kind::Forbidden,
                "Votre rôle ne permet pas cette action : demandez-la à un gestionnaire, au DPO ou à l'hébergeur.",
                "your role does not allow this: ask a manager, the DPO or the hosting provider",
            ),
        )),
    }
}

/// Nothing of that name, or nothing that `who` may know of.
fn unknown(who: &Principal, name: &str) -> Problem {
    without_role(who, Problem::not_found(name))
}

/// The same problem; to who has no role anywhere, whose token lacks something, it says what.
fn without_role(who: &Principal, problem: Problem) -> Problem {
    let Some(Text { fr, en }) = who.without_role() else { return problem };
    let detail = Text::new(
        format!("Vous n'avez aucun rôle ici : {fr}. {}", problem.detail.fr),
        format!("you have no role here: {en}. {}", problem.detail.en),
    );
    Problem { detail, ..problem }
}

/// Whether `who` may do `action` to what is the tenant's.
pub fn may(who: &Principal, action: Action, tenant: &Tenant) -> bool {
    authorize(who, action, Resource::Of(&standing(tenant))) == Decision::Allowed
}

#[cfg(test)]
mod tests {
    use beffroi_crds::{TenantSpec, labels};
    use jiff::Timestamp;
    use k8s_openapi::{api::core::v1::Namespace, apimachinery::pkg::apis::meta::v1::Time};

    use super::*;
    use crate::caches::tests::{empty, filled};

    async fn caches(tenant: &Tenant, namespace: Option<Namespace>) -> Caches {
        let namespaces = filled(namespace.into_iter().collect()).await;
        Caches { tenants: filled(vec![tenant.clone()]).await, namespaces, ..empty().await }
    }

    #[tokio::test]
    async fn orders_go_where_the_tenant_is_at_home() {
        let mut tenant = Tenant::new("ght", TenantSpec::default());
        tenant.metadata.uid = Some("u".into());
        let namespace = |uid: &str| {
            let mut namespace = Namespace::default();
            namespace.metadata.name = Some("tenant-ght".into());
            let labels = [(labels::TENANT, "ght"), (labels::TENANT_UID, uid)];
            namespace.labels_mut().extend(labels.map(|(name, value)| (name.to_owned(), value.to_owned())));
            Some(namespace)
        };
        let at_home = caches(&tenant, namespace("u")).await;
        assert_eq!(home(&at_home, &tenant).unwrap(), "tenant-ght");
        for elsewhere in [None, namespace("of one of that name before")] {
            let problem = home(&caches(&tenant, elsewhere).await, &tenant).unwrap_err();
            assert_eq!((problem.kind, problem.retry_after), (Kind::Conflict, Some(2)));
        }
        tenant.metadata.deletion_timestamp = Some(Time(Timestamp::UNIX_EPOCH));
        let problem = home(&caches(&tenant, namespace("u")).await, &tenant).unwrap_err();
        assert_eq!((problem.kind, problem.retry_after), (Kind::Conflict, None));
    }
}
