//! What a site offers and the policy lets a workspace use: what its charts are given, and what the site's
//! admission policies hold them to.

use beffroi_crds::labels;

use super::Placed;
use crate::{hosts, location, policy::place};

/// The annotations of the workspace's namespace that the site's admission policies read. One that is missing
/// allows nothing.
pub(super) fn annotations(placed: &Placed<'_>) -> [(String, String); 6] {
    let rules = placed.policy;
    let registries = location::registries(&rules.registries, &placed.site.spec.registries);
    let pairs = placed.site.spec.nodes.labels.iter().map(|(key, value)| format!("{key}={value}"));
    let hosts = hosts::hosts(&placed.workspace.spec, placed.apps.iter().map(|(app, _)| *app));
    [
        (labels::HOSTS, hosts.into_iter().collect::<Vec<_>>().join(",")),
        (labels::REGISTRIES, registries.join(",")),
        (labels::IMAGES_BY_DIGEST, rules.images.by_digest.to_string()),
        (labels::STORAGE_CLASSES, storage_classes(placed).join(",")),
        (labels::INGRESS_CLASS, ingress_class(placed).unwrap_or_default().to_owned()),
        (labels::NODE_LABELS, pairs.collect::<Vec<_>>().join(",")),
    ]
    .map(|(key, value)| (key.to_owned(), value))
}

/// Storage classes that keep their data in an allowed place (LOC-01), encrypted where the policy says so
/// (CRY-01); the first one is the site's preferred.
pub(super) fn storage_classes<'a>(placed: &Placed<'a>) -> Vec<&'a str> {
    let rules = placed.policy;
    let classes = placed.site.spec.storage_classes.iter().filter(|class| {
        place::refusal(&rules.place, &class.country, &class.subdivision).is_none()
            && (class.encrypted || !rules.encryption.at_rest)
    });
    classes.map(|class| class.name.as_str()).collect()
}

/// The site's ingress class, if its addresses are announced in an allowed country (LOC-04).
pub(super) fn ingress_class<'a>(placed: &Placed<'a>) -> Option<&'a str> {
    let offer = placed.site.spec.ingress.as_ref()?;
    placed.policy.place.countries.contains(&offer.country).then_some(offer.class_name.as_str())
}

#[cfg(test)]
mod tests {
    use beffroi_crds::{
        Site, SovereigntyPolicySpec, Tenant, Workspace,
        site::{IngressOffer, StorageClass},
    };

    use super::*;
    use crate::facts::Resources;

    #[test]
    fn only_what_the_policy_lets_pass_is_offered() {
        let mut site = Site::default();
        let class = |name: &str, place: &str, encrypted| StorageClass {
            name: name.into(),
            country: place[..2].into(),
            subdivision: place.into(),
            encrypted,
        };
        site.spec.storage_classes = vec![
            class("francfort", "DE-HE", true),
            class("clair", "FR-IDF", false),
            class("chiffre", "FR-IDF", true),
        ];
        site.spec.ingress = Some(IngressOffer {
            class_name: "public".into(),
            country: "DE".into(),
            ..IngressOffer::default()
        });
        site.spec.nodes.labels = [("b".to_owned(), "2".to_owned()), ("a".to_owned(), "1".to_owned())].into();
        let mut policy = SovereigntyPolicySpec::default();
        policy.place.countries = vec!["FR".into()];
        let mut wider = policy.clone();
        wider.place.countries.push("DE".into());
        wider.encryption.at_rest = true;
        let (tenant, workspace) = (Tenant::default(), Workspace::default());
        let placed = |policy| Placed {
            tenant: &tenant,
            workspace: &workspace,
            site: &site,
            policy,
            apps: &[],
            needs: Resources::default(),
        };
        assert_eq!(storage_classes(&placed(&policy)), ["clair", "chiffre"]);
        assert_eq!(ingress_class(&placed(&policy)), None);
        let [.., nodes] = annotations(&placed(&policy));
        assert_eq!(nodes, ("beffroi.fr/node-labels".into(), "a=1,b=2".into()));
        assert_eq!(storage_classes(&placed(&wider)), ["francfort", "chiffre"]);
        assert_eq!(ingress_class(&placed(&wider)), Some("public"));
    }
}
