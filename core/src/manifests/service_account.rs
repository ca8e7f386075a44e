//! The accounts of a workspace, and their rights in this namespace alone: one that charts are installed as, which no
//! pod runs under; one for each app that needs the Kubernetes API; and `default`, which opens nothing.

use beffroi_crds::App;
use kube::ResourceExt;
use serde_json::{Value, json};

use super::{Kind, Object, Placed, namespace_name, object};

/// Name of the account that Flux installs charts as.
pub(super) const APPS: &str = "beffroi-apps";

/// The account that Kubernetes makes in each namespace, which pods run under that name no other.
const DEFAULT: &str = "default";

/// The role that a site's own chart defines for [`APPS`]. Beffroi may bind it, not write it: what charts may do is
/// the site's to say.
pub const APPS_CLUSTER_ROLE: &str = "beffroi-workspace-apps";

/// The account under which pods of an app may use the Kubernetes API, if it needs that.
pub(super) fn of(app: &App) -> Option<String> {
    (!app.spec.needs.kubernetes_api.is_empty()).then(|| format!("beffroi-app-{}", app.name_any()))
}

pub(super) fn build(placed: &Placed<'_>) -> Vec<Object> {
    let account = |name: &str, token: bool| {
        object(placed, Kind::ServiceAccount, name, json!({"automountServiceAccountToken": token}))
    };
    let mut objects =
        vec![account(APPS, false), account(DEFAULT, false), binding(placed, APPS, APPS_CLUSTER_ROLE, APPS)];
    for app in placed.every_app() {
        let Some(name) = of(app) else { continue };
        objects.push(account(&name, true));
        for access in &app.spec.needs.kubernetes_api {
            let role = access.cluster_role();
            let word = role.trim_start_matches("beffroi-app-");
            objects.push(binding(placed, &format!("{name}-{word}"), role, &name));
        }
    }
    objects
}

fn binding(placed: &Placed<'_>, name: &str, role: &str, account: &str) -> Object {
    let namespace = namespace_name(&placed.tenant.name_any(), placed.workspace);
    let body: Value = json!({
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
        "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": namespace}],
    });
    object(placed, Kind::RoleBinding, name, body)
}

#[cfg(test)]
mod tests {
    use beffroi_crds::{
        Site, SovereigntyPolicySpec, Tenant, Workspace,
        app::{ApiAccess, Release},
    };

    use super::*;
    use crate::{facts::Resources, manifests::Kind};

    /// Kind, name and what matters of each object that an app with such needs brings.
    fn built(needs: &[ApiAccess]) -> Vec<String> {
        let (tenant, workspace, site) = (Tenant::default(), Workspace::default(), Site::default());
        let (policy, release) = (SovereigntyPolicySpec::default(), Release::default());
        let mut app = App::default();
        app.metadata.name = Some("wiki".into());
        app.spec.needs.kubernetes_api = needs.to_vec();
        let placed = Placed {
            tenant: &tenant,
            workspace: &workspace,
            site: &site,
            policy: &policy,
            apps: &[(&app, &release)],
            gone: &[],
            needs: Resources::default(),
        };
        let told = |object: &Object| {
            let data = &object.manifest.data;
            if object.kind == Kind::ServiceAccount {
                return format!("{}: {}", object.name(), data["automountServiceAccountToken"]);
            }
            let (role, subject) = (&data["roleRef"]["name"], &data["subjects"][0]["name"]);
            format!("{}: {} to {}", object.name(), role.as_str().unwrap(), subject.as_str().unwrap())
        };
        build(&placed).iter().map(told).collect()
    }

    #[test]
    fn only_an_app_that_needs_the_api_has_an_account_with_a_token() {
        let always =
            ["beffroi-apps: false", "default: false", "beffroi-apps: beffroi-workspace-apps to beffroi-apps"];
        assert_eq!(built(&[]), always);
        let more = [
            "beffroi-app-wiki: true",
            "beffroi-app-wiki-pods: beffroi-app-pods to beffroi-app-wiki",
            "beffroi-app-wiki-leases: beffroi-app-leases to beffroi-app-wiki",
        ];
        assert_eq!(built(&[ApiAccess::Pods, ApiAccess::Leases])[..3], always);
        assert_eq!(built(&[ApiAccess::Pods, ApiAccess::Leases])[3..], more);
    }
}
