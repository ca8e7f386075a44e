//! What a hosting provider has before Beffroi comes: clusters of machines, an authority of certificates, an issuer where
//! people sign in, and the files that say who they are.

use std::{collections::BTreeMap, fs, path::PathBuf};

use anyhow::{Context, Result};
use beffroi_cluster::{
    Cluster, PushedChart,
    real::{Image, OUTSIDE, World},
};
use beffroi_crds::{App, Provider as Firm, Site, Tenant, site::StorageClass};
use beffroi_tests::{
    fleet,
    oidc::{HOSTER, Provider, Realm},
    samples,
};
use kube::ResourceExt;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use serde::Serialize;
use serde_json::json;

use crate::lines::Terminal;

/// Where the API and its page are.
pub(crate) const DOOR: &str = "beffroi.test";
/// Sites with clusters.
pub(crate) const SITES: [&str; 2] = ["par1", "rbx1"];
/// The site that behaves as the oldest Kubernetes that we say we run on.
const OLDEST: (&str, &str) = ("rbx1", "1.34");
/// Who orders.
pub(crate) const TENANT: &str = "mairie-macon";
/// What is ordered.
pub(crate) const WORKSPACE: &str = "mairie";
/// Under which domain.
pub(crate) const DOMAIN: &str = "espace.mairie-macon.example";
/// What is opened.
pub(crate) const APP_HOST: &str = "docs.espace.mairie-macon.example";

/// Everything that was there before.
pub(crate) struct Hoster {
    pub(crate) management: Cluster,
    pub(crate) sites: BTreeMap<String, Cluster>,
    pub(crate) issuer: Provider,
    /// Certificate of the authority, in PEM.
    pub(crate) authority: String,
    /// Image that stands in for an app's.
    pub(crate) stand_in: String,
    pub(crate) terminal: Terminal,
}

impl Hoster {
    /// Starts the clusters and writes the files.
    pub(crate) async fn new(world: &World, told: &dyn Fn(&str)) -> Result<Self> {
        let declared: Vec<Site> = samples::read("sites")?;
        let declared: Vec<Site> =
            declared.into_iter().filter(|site| SITES.contains(&&*site.name_any())).collect();
        let site = async |site: &Site| {
            let mut cluster = machines(world, Some(site)).await?;
            cluster.start_flux_pods().await?;
            told(&format!("{}: two machines, volumes, a way in, Flux", site.name_any()));
            anyhow::Ok((site.name_any(), cluster))
        };
        let management = async {
            let cluster = machines(world, None).await?;
            told("management: two machines, volumes, a way in");
            anyhow::Ok(cluster)
        };
        let (management, sites) =
            tokio::try_join!(management, futures::future::try_join_all(declared.iter().map(site)))?;
        let sites = sites.into_iter().collect();
        let (authority, certificates) = certificates(&[DOOR, APP_HOST])?;
        let issuer = Provider::start_at(realms()?, world.address()).await?;
        let folder = world.folder().join("hoster");
        fs::create_dir_all(&folder)?;
        let terminal = Terminal::new(
            &folder,
            &[
                ("REGISTRY", world.registry().host().as_str()),
                ("KUBECONFIG", folder.join("kubeconfig").display().to_string().as_str()),
            ],
        )?;
        let stand_in = stand_in(world)?;
        let hoster = Self { management, sites, issuer, authority, stand_in, terminal };
        hoster.contexts(world)?;
        hoster.certificates(&certificates).await?;
        let chart = world.registry().push_chart(&fleet::chart("stand-in")).await?;
        hoster.declare(world, declared, &chart)?;
        hoster.values(world)?;
        Ok(hoster)
    }

    /// Writes a file of the hosting provider's.
    fn file(&self, name: &str, text: &str) -> Result<()> {
        fs::write(self.terminal.folder().join(name), text).with_context(|| format!("writing {name}"))
    }

    /// One kubeconfig with a context for each cluster, at an address that pods reach too.
    fn contexts(&self, world: &World) -> Result<()> {
        let clusters = [("management", &self.management)];
        let clusters =
            clusters.into_iter().chain(self.sites.iter().map(|(name, site)| (name.as_str(), site)));
        let mut all =
            json!({"apiVersion": "v1", "kind": "Config", "clusters": [], "users": [], "contexts": []});
        for (name, cluster) in clusters {
            let text = fs::read_to_string(cluster.kubeconfig())?.replace("127.0.0.1", world.address());
            let one: serde_json::Value = serde_yaml::from_str(&text)?;
            for field in ["clusters", "users", "contexts"] {
                let mut entry = one[field][0].clone();
                entry["name"] = name.into();
                if field == "contexts" {
                    entry["context"] = json!({"cluster": name, "user": name});
                }
                all[field].as_array_mut().context("a list")?.push(entry);
            }
        }
        self.file("kubeconfig", &all.to_string())
    }

    /// Puts certificates where ingresses name them, as a tool for certificates does: the API's in the management cluster
    /// now, an app's once its workspace's namespace is there ([`Hoster::certify`]).
    async fn certificates(&self, certificates: &BTreeMap<String, (String, String)>) -> Result<()> {
        for (host, (certificate, key)) in certificates {
            self.file(&format!("{host}.crt"), certificate)?;
            self.file(&format!("{host}.key"), key)?;
        }
        self.file("ca.crt", &self.authority)?;
        let issuers = self.issuer.certificate().unwrap_or_default();
        self.file("issuers.crt", issuers)?;
        let lines = format!(
            "kubectl --context management create namespace beffroi-system
             kubectl --context management -n beffroi-system create secret tls beffroi-tls --cert {DOOR}.crt --key {DOOR}.key
             kubectl --context management -n beffroi-system create configmap issuers --from-file=ca.crt=issuers.crt"
        );
        self.terminal.run(&lines).await.map(drop)
    }

    /// Puts an app's certificate beside it.
    pub(crate) async fn certify(&self, site: &str, namespace: &str) -> Result<()> {
        let line = format!(
            "kubectl --context {site} -n {namespace} create secret tls docs-tls --cert {APP_HOST}.crt --key {APP_HOST}.key"
        );
        self.terminal.run(&line).await.map(drop)
    }

    /// Who they are, what they have, what they offer, for whom.
    fn declare(&self, world: &World, sites: Vec<Site>, chart: &PushedChart) -> Result<()> {
        let firms: Vec<Firm> = samples::providers()?;
        self.file("providers.yaml", &many(&firms)?)?;
        let sites = sites.into_iter().map(|mut site| {
            samples::use_registry(&mut site, world.registry());
            site.spec.storage_classes = vec![StorageClass {
                name: "local-path".into(),
                country: site.spec.country.clone(),
                subdivision: site.spec.subdivision.clone(),
                provisioner: Some("rancher.io/local-path".into()),
                encrypted: true,
                ..StorageClass::default()
            }];
            if let Some(ingress) = &mut site.spec.ingress {
                ingress.class_name = "contour".into();
                ingress.namespace = "projectcontour".into();
            }
            site
        });
        self.file("sites.yaml", &many(&sites.collect::<Vec<_>>())?)?;
        let mut apps: Vec<App> = samples::read("catalogue")?;
        apps.retain(|app| app.name_any() == "docs");
        for app in &mut apps {
            app.spec.values.insert("image".into(), json!(self.stand_in));
            app.spec.values.insert("readinessPath".into(), json!("/"));
            app.spec.values.insert("replicas".into(), json!(1));
            if let Some(ingress) = app.spec.values.get_mut("ingress") {
                ingress["tlsSecret"] = json!("docs-tls");
            }
            app.spec.releases = vec![samples::release(&chart.version, chart)];
        }
        self.file("catalogue.yaml", &many(&apps)?)?;
        let mut tenants: Vec<Tenant> = samples::read("tenants")?;
        tenants.retain(|tenant| tenant.name_any() == TENANT);
        for tenant in &mut tenants {
            self.issuer.identify(tenant);
        }
        self.file("tenants.yaml", &many(&tenants)?)
    }

    /// Values of chart `beffroi` that are this hoster's own.
    fn values(&self, world: &World) -> Result<()> {
        let here = json!([{"ipBlock": {"cidr": format!("{}/32", world.address())}}]);
        let issuer = self.issuer.issuer(HOSTER);
        let port: u16 = issuer
            .rsplit(':')
            .next()
            .and_then(|rest| rest.split('/').next()?.parse().ok())
            .context("a port")?;
        let contour = json!([{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "projectcontour"}}}]);
        let values = json!({
            "args": ["--log-format", "json", "--probe-seconds", "5"],
            "probe": {
                "image": {"repository": format!("{}/beffroi", world.registry().host())},
                "outside": format!("{OUTSIDE}:80"),
            },
            "api": {
                "replicas": 2,
                "hoster": {"issuer": issuer, "groups": [HOSTER]},
                "oidcCa": "issuers",
                "ingress": {
                    "host": DOOR, "className": "contour", "tlsSecret": "beffroi-tls",
                    // The page's events are an answer that does not end.
                    "annotations": {"projectcontour.io/response-timeout": "infinity"},
                },
                "trustedProxies": ["10.78.0.0/16"],
                "networkPolicy": {
                    "ingressFrom": contour,
                    "apiServer": {"port": self.management.port(), "to": here},
                    "egress": [{"to": here, "ports": [{"port": port}]}],
                },
            },
        });
        self.file("mine.yaml", &serde_yaml::to_string(&values)?)
    }

    /// Addresses of a cluster's machines.
    pub(crate) fn addresses(cluster: &Cluster) -> Vec<String> {
        cluster.machines().iter().map(|machine| machine.address().to_owned()).collect()
    }
}

/// A cluster of two machines, as a site declares them where there is one.
async fn machines(world: &World, site: Option<&Site>) -> Result<Cluster> {
    let name = site.map_or_else(|| "management".to_owned(), ResourceExt::name_any);
    let mut builder = Cluster::builder(&name).in_world(world);
    if name == OLDEST.0 {
        builder = builder.emulating(OLDEST.1);
    }
    for index in 0..2 {
        let node = format!("{name}-{index}");
        builder = builder
            .node(site.map_or_else(|| beffroi_cluster::Node::named(&node), |site| fleet::node(site, &node)));
    }
    let mut cluster = builder.start().await?;
    cluster.start_volumes(world).await?;
    cluster.start_ingress(world).await?;
    Ok(cluster)
}

/// The image of chart `stand-in`: a page server.
fn stand_in(world: &World) -> Result<String> {
    let image =
        Image::toolbox()?.entrypoint(&["/bin/busybox", "httpd", "-f", "-p", "8080", "-h", "/srv/www"]);
    Ok(image.push(world, &format!("{}/stand-in:1", world.registry().host()))?)
}

fn realms() -> Result<Vec<Realm>> {
    let realms = Realm::samples()?;
    let ours = realms.into_iter().filter(|realm| [TENANT, HOSTER].contains(&realm.name.as_str()));
    Ok(ours.map(|realm| realm.back_to(&format!("https://{DOOR}/"))).collect())
}

/// An authority, and a certificate and key for each host.
fn certificates(hosts: &[&str]) -> Result<(String, BTreeMap<String, (String, String)>)> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
    let mut made = BTreeMap::new();
    for host in hosts {
        let key = KeyPair::generate()?;
        let certificate = CertificateParams::new([(*host).to_owned()])?.signed_by(&key, &authority)?;
        made.insert((*host).to_owned(), (certificate.pem(), key.serialize_pem()));
    }
    Ok((authority.pem(), made))
}

fn many<K: Serialize>(objects: &[K]) -> Result<String> {
    let texts = objects.iter().map(serde_yaml::to_string).collect::<Result<Vec<_>, _>>()?;
    Ok(texts.join("---\n"))
}

/// The archive that `make bundle` wrote.
pub(crate) fn bundle() -> Result<PathBuf> {
    let path =
        std::env::var_os("BEFFROI_BUNDLE").context("BEFFROI_BUNDLE names no archive: run `make e2e`")?;
    Ok(path.into())
}
