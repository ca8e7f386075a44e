//! Facts for tests: a French hoster above reproach, its site, a tenant; a test spoils one thing at a time.
#![allow(clippy::missing_panics_doc)]

use std::{collections::BTreeMap, sync::Arc};

use beffroi_crds::{
    App, AppSpec, Provider, ProviderSpec, Site, SiteSpec, SovereigntyPolicySpec, Tenant, TenantSpec,
    WorkspaceSpec,
    policy::{Law, Place},
    provider::{
        Certification, Document, HolderKind, OwnershipStatement, Scheme, Seat, Shareholder, Subprocessor,
    },
    site::{Coordinates, NodeIdentity, Operations, StorageClass},
    tenant::{HeldBy, HeldDomain, TenantKind, TenantStatus},
    workspace::{DataKind, OrderedApp},
};

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::{Case, Chain};
use crate::facts::{ClassFacts, NodeFacts, Resources, SiteFacts, SiteObservation, World};

/// The day on which tests happen: after HDS v1 ended.
pub const TODAY: &str = "2026-06-15";

pub fn document() -> Document {
    let digest = format!("sha256:{}", "0".repeat(64));
    Document {
        address: "https://docs.example/d".into(),
        digest: (&*digest).into(),
        signed_by: "Somebody".into(),
    }
}

/// A provider with its seat in `country`, where its owners are too, its ownership stated and signed.
pub fn provider(legal_name: &str, country: &str) -> ProviderSpec {
    ProviderSpec {
        legal_name: legal_name.into(),
        seat: Seat { country: country.into(), ..Seat::default() },
        shareholders: vec![holder(&format!("Actionnaires {legal_name}"), country, 100.0)],
        ownership_statement: Some(OwnershipStatement {
            issued: "2026-01-01".into(),
            document: Some(document()),
        }),
        ..ProviderSpec::default()
    }
}

pub fn holder(name: &str, country: &str, percent: f64) -> Shareholder {
    Shareholder {
        name: name.into(),
        country: country.into(),
        kind: Some(HolderKind::Person),
        capital_percent: percent.try_into().unwrap(),
        votes_percent: percent.try_into().unwrap(),
        ..Shareholder::default()
    }
}

/// A shareholder that a `Provider` describes.
pub fn parent(name: &str, country: &str, percent: f64) -> Shareholder {
    Shareholder {
        provider: Some(name.into()),
        kind: Some(HolderKind::Company),
        ..holder(name, country, percent)
    }
}

pub fn subprocessor(name: &str, from: &[&str]) -> Subprocessor {
    Subprocessor {
        provider: name.into(),
        activity: "hosting of premises".into(),
        access_from: from.iter().map(|c| (*c).into()).collect(),
        document: Some(document()),
    }
}

pub fn certification(scheme: Scheme, version: &str, service: &str) -> Certification {
    let hds = scheme == Scheme::Hds;
    Certification {
        scheme,
        version: version.into(),
        reference: "C-1".into(),
        service: service.into(),
        hds_activities: if hds { vec![1, 2, 3, 4, 5, 6] } else { Vec::new() },
        outside_eea_access_disclosed: hds.then_some(true),
        issued: "2025-01-01".into(),
        expires: "2027-12-31".into(),
        document: Some(document()),
    }
}

/// A site of provider `hoster`, in the subdivision given.
pub fn site_spec(city: &str, subdivision: &str, latitude: f64, longitude: f64) -> SiteSpec {
    SiteSpec {
        provider: "hoster".into(),
        service: "Managed Kubernetes".into(),
        country: "FR".into(),
        subdivision: subdivision.into(),
        city: city.into(),
        coordinates: Coordinates { latitude, longitude },
        nodes: NodeIdentity {
            labels: BTreeMap::from([("region".into(), city.into())]),
            provider_id_prefix: Some(format!("hoster://{city}/")),
        },
        storage_classes: vec![StorageClass {
            name: "local".into(),
            country: "FR".into(),
            subdivision: subdivision.into(),
            encrypted: true,
            provisioner: Some("csi.hoster.example".into()),
            parameters: BTreeMap::from([("zone".into(), city.into())]),
            ..StorageClass::default()
        }],
        operations: Some(Operations {
            code_owner: "Hoster SAS".into(),
            updated_by: "hoster".into(),
            on_call: "hoster".into(),
            on_call_country: "FR".into(),
            around_the_clock: true,
            response_minutes: 30,
            document: Some(document()),
        }),
        ..SiteSpec::default()
    }
}

/// A class in the cluster, as it is declared.
fn class(declared: &StorageClass) -> (String, ClassFacts) {
    let facts = ClassFacts {
        provisioner: declared.provisioner.clone().unwrap_or_default(),
        parameters: declared.parameters.clone(),
        ..ClassFacts::default()
    };
    (declared.name.clone(), facts)
}

pub fn site(name: &str, spec: SiteSpec) -> SiteFacts {
    let node = NodeFacts {
        uid: String::new(),
        name: format!("{name}-node"),
        labels: spec.nodes.labels.clone(),
        provider_id: spec.nodes.provider_id_prefix.as_ref().map(|prefix| format!("{prefix}1")),
        ready: true,
        allocatable: Resources { cpu_millis: 8_000, memory_bytes: 32 << 30, storage_bytes: 0 },
    };
    let observed = SiteObservation {
        guards: std::collections::BTreeSet::new(),
        altered_guards: Some(std::collections::BTreeSet::new()),
        reachable: true,
        flux: true,
        kubernetes_version: "v1.37.2".into(),
        storage_classes: spec.storage_classes.iter().map(class).collect(),
        nodes: vec![node],
    };
    SiteFacts {
        site: Arc::new(Site::new(name, spec)),
        observed: Some(Arc::new(observed)),
        ..SiteFacts::default()
    }
}

/// A tenant that holds what is declared for it, as the operator writes it down.
pub fn holding(mut tenant: Tenant) -> Tenant {
    let declared = tenant.spec.domains.iter().map(|domain| HeldDomain {
        domain: domain.to_string(),
        by: HeldBy::Declared,
        since: Time(Timestamp::UNIX_EPOCH),
        lost_since: None,
    });
    tenant.status = Some(TenantStatus { domains: declared.collect(), ..TenantStatus::default() });
    tenant
}

/// Everything that a case borrows.
#[derive(Clone)]
pub struct Scene {
    pub world: World,
    pub policy: SovereigntyPolicySpec,
    pub tenant: Tenant,
    pub members: Vec<Tenant>,
    pub workspace: WorkspaceSpec,
    pub app: App,
}

impl Default for Scene {
    fn default() -> Self {
        let law = Law {
            countries: vec!["FR".into(), "DE".into()],
            max_foreign_share_each: 24.0,
            max_foreign_share_together: 39.0,
            excluded_control: vec!["US".into()],
            ownership_statement_max_age_days: 365,
        };
        let place = Place { countries: vec!["FR".into()], ..Place::default() };
        let tenant = TenantSpec {
            title: "Ville de Mâcon".into(),
            kind: TenantKind::Commune,
            siren: Some("200034528".into()),
            siret: Some("20003452800014".into()),
            insee: Some("71270".into()),
            policy: "standard".into(),
            domains: vec!["macon.example".into()],
            ..TenantSpec::default()
        };
        let workspace = WorkspaceSpec {
            apps: vec![OrderedApp {
                name: "docs".into(),
                version: Some("1".into()),
                ..OrderedApp::default()
            }],
            data: vec![DataKind::Staff],
            domain: "macon.example".into(),
            ..WorkspaceSpec::default()
        };
        let app = AppSpec { title: "Docs".into(), publisher: "publisher".into(), ..AppSpec::default() };
        let mut scene = Self {
            world: World { now: format!("{TODAY}T12:00:00Z").parse().unwrap(), ..World::default() },
            policy: SovereigntyPolicySpec { law, place, ..SovereigntyPolicySpec::default() },
            tenant: holding(Tenant::new("macon", tenant)),
            members: Vec::new(),
            workspace,
            app: App::new("docs", app),
        };
        scene.provide("hoster", provider("Hoster SAS", "FR"));
        scene.provide("publisher", provider("Publisher SAS", "FR"));
        scene.open(site("par1", site_spec("Paris", "FR-IDF", 48.8566, 2.3522)));
        scene
    }
}

impl Scene {
    pub fn provide(&mut self, name: &str, spec: ProviderSpec) {
        self.world.providers.insert(name.into(), Arc::new(Provider::new(name, spec)));
    }

    pub fn open(&mut self, site: SiteFacts) {
        let name = site.site.metadata.name.clone().unwrap();
        self.world.sites.insert(name, site);
    }

    pub fn hoster(&mut self, change: impl FnOnce(&mut ProviderSpec)) {
        change(&mut Arc::make_mut(self.world.providers.get_mut("hoster").unwrap()).spec);
    }

    /// Changes what the site par1 declares.
    pub fn par1(&mut self, change: impl FnOnce(&mut SiteSpec)) {
        change(&mut Arc::make_mut(&mut self.world.sites.get_mut("par1").unwrap().site).spec);
    }

    /// Changes what was seen in par1.
    pub fn seen(&mut self, change: impl FnOnce(&mut SiteObservation)) {
        let observed = self.world.sites.get_mut("par1").unwrap().observed.as_mut().unwrap();
        change(Arc::make_mut(observed));
    }

    pub fn case(&self) -> Case<'_> {
        Case {
            world: &self.world,
            policy: &self.policy,
            tenant: &self.tenant,
            members: self.members.iter().collect(),
            workspace: &self.workspace,
        }
    }

    pub fn chain(&self) -> Chain<'_> {
        Chain::of_site(&self.case(), &self.site().site)
    }

    pub fn site(&self) -> &SiteFacts {
        self.world.sites.get("par1").unwrap()
    }
}
