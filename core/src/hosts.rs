//! Hosts that a workspace may be reached by: its order and the apps that it names → the names under its domain, and
//! no other. What the site's guard holds ingresses to, and what no second tenant may be given, are this one list.

use std::collections::BTreeSet;

use beffroi_crds::{App, WorkspaceSpec};
use kube::ResourceExt;

/// The domain itself, `APP.DOMAIN` for each app that is ordered, and `LABEL.DOMAIN` for each further label that
/// such an app declares. `apps` are those of the catalogue that are ordered; what is ordered and unknown there has
/// its own name all the same.
pub fn hosts<'a>(spec: &WorkspaceSpec, apps: impl IntoIterator<Item = &'a App>) -> BTreeSet<String> {
    let domain = &*spec.domain;
    let below = |label: &str| format!("{label}.{domain}");
    let ordered = spec.apps.iter().map(|app| below(&app.name));
    let more = apps.into_iter().flat_map(|app| {
        let labels = app.spec.hosts.iter().map(ToString::to_string);
        labels.chain([app.name_any()]).map(|label| below(&label)).collect::<Vec<_>>()
    });
    [domain.to_owned()].into_iter().chain(ordered).chain(more).collect()
}

#[cfg(test)]
mod tests {
    use beffroi_crds::{AppSpec, workspace::OrderedApp};

    use super::*;

    #[test]
    fn a_workspace_has_its_domain_and_what_its_apps_name_below_it() {
        let ordered = |name: &str| OrderedApp { name: name.into(), ..OrderedApp::default() };
        let spec = WorkspaceSpec {
            domain: "essaim.example".into(),
            apps: vec![ordered("docs"), ordered("element")],
            ..WorkspaceSpec::default()
        };
        let element = App::new(
            "element",
            AppSpec { hosts: vec!["matrix".into(), "comptes".into()], ..AppSpec::default() },
        );
        let hosts: Vec<String> = hosts(&spec, [&element]).into_iter().collect();
        let expected = ["comptes.essaim", "docs.essaim", "element.essaim", "essaim", "matrix.essaim"];
        assert_eq!(hosts, expected.map(|host| format!("{host}.example")));
    }
}
