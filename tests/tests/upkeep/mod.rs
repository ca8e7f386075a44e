//! What a site holds stays as planned: its guards prevent drift, what got past them is put right, what is no
//! longer wanted goes, what is suspended stops, what nobody knows is told and left alone; and an operator that is
//! killed changes nothing in the end.

mod releases;

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use beffroi_crds::{App, Provider, Site, Workspace, app::Channel, workspace::OrderedApp};
use beffroi_tests::{
    Operator, Scene, alerts, eventually,
    fleet::NAMESPACE,
    guards,
    operator::get,
    samples,
    scene::{Conditions, HOME, condition, until, until_reason, workspace},
};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::{
    apps::v1::Deployment,
    coordination::v1::Lease,
    core::v1::{Namespace, Pod, ResourceQuota, Secret},
    events::v1::Event,
    networking::v1::{Ingress, NetworkPolicy},
    rbac::v1::RoleBinding,
};
use kube::{
    Api, Client, ResourceExt,
    api::{DeleteParams, ListParams, ObjectMeta, Patch, PatchParams, PostParams},
};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn what_a_site_holds_stays_as_planned() -> Result<()> {
    let mut scene = Scene::start(&["rbx1"]).await?;
    scene.order(&workspace("mairie", "nextcloud", &["rbx1"])).await?;
    let ready = until(&scene.workspaces(), "mairie", "Ready", "True").await?;
    let namespace = ready.status.context("no status")?.namespace.context("no namespace")?;
    let site = scene.fleet.site("rbx1")?.admin();

    what_ends_is_told_where_it_is_rested_on(&mut scene).await?;
    guards_prevent_drift(&site, &namespace).await?;
    what_is_not_wanted_goes(&scene, &site, &namespace).await?;
    suspended_is_stopped_and_not_ready(&scene, &site, &namespace).await?;
    releases::what_the_catalogue_forgets_goes_on_running(&scene, &site, &namespace).await?;
    releases::nothing_goes_back_over_a_step_of_no_return(&scene, &site).await?;
    // Past the guards, as in an emergency, what bounds the apps is told and drift is still put right.
    let lifted = guards::lift(scene.fleet.site("rbx1")?).await?;
    releases::pods_that_a_quota_forbids_are_told_with_their_reason(&scene, &site, &namespace).await?;
    drift_is_put_right(&scene, &site, &namespace).await?;
    releases::what_an_autoscaler_does_is_no_drift(&site, &namespace).await?;
    a_deleted_namespace_comes_back(&scene, &site, &namespace).await?;
    orphans_are_told_and_left_alone(&scene, &site).await?;
    paused_is_left_alone(&scene, &site, &namespace).await?;
    guards::restore(scene.fleet.site("rbx1")?, lifted).await?;
    a_killed_operator_changes_nothing_in_the_end(&mut scene, &site).await?;
    a_lease_is_lost_to_another_alone(&mut scene).await
}

/// What the API would be served with, four days from its end.
async fn serve_a_certificate(client: &kube::Client) -> Result<()> {
    let day =
        Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date().checked_add(jiff::Span::new().days(5))?;
    let mut served = rcgen::CertificateParams::new(["beffroi.example".to_owned()])?;
    let (month, of_month) = (u8::try_from(day.month())?, u8::try_from(day.day())?);
    served.not_after = rcgen::date_time_ymd(day.year().into(), month, of_month);
    let pair = rcgen::KeyPair::generate()?;
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "beffroi-api-tls"}, "type": "kubernetes.io/tls",
        "stringData": {"tls.crt": served.self_signed(&pair)?.pem(), "tls.key": pair.serialize_pem()},
    });
    let secrets: Api<Secret> = Api::namespaced(client.clone(), NAMESPACE);
    secrets.create(&PostParams::default(), &serde_json::from_value(secret)?).await?;
    Ok(())
}

/// The days that are left are measured on all that the certificate is rested on by.
async fn is_measured(scene: &Scene) -> Result<()> {
    for (kind, name) in
        [("Provider", "clever-cloud"), ("Site", "rbx1"), ("Workspace", "tenant-essaim/mairie")]
    {
        let labels = format!("kind=\"{kind}\",name=\"{name}\",what=\"");
        let of = match kind {
            "Provider" => format!("{labels}certificate HDS"),
            _ => format!("{labels}clever-cloud: certificate HDS"),
        };
        let days = scene.operator()?.metric("beffroi_ends_seconds", &of).await? / 86_400.0;
        ensure!((3.9..5.1).contains(&days), "{days} days by {of}");
    }
    alerts::look_at(&get(scene.operator()?.address(), "/metrics").await?, false)
}

/// A certificate with four days left, a token near its end (each here has six hours) and a release near the end of its
/// support: each stage is told once, by condition, event and metric, on all that rests on it, and nothing waits for it.
async fn what_ends_is_told_where_it_is_rested_on(scene: &mut Scene) -> Result<()> {
    let client = scene.client();
    let (providers, sites, apps): (Api<Provider>, Api<Site>, Api<App>) =
        (Api::all(client.clone()), Api::all(client.clone()), Api::all(client.clone()));
    let orders = scene.workspaces();
    let token = "rbx1: the token of its kubeconfig ends on";
    let first = until_reason(&sites, "rbx1", "Lasting", "EndsWithin7Days").await?;
    ensure!(first.contains(token) && !first.contains("certificate"), "{first}");

    serve_a_certificate(&client).await?;
    let last = |days: i64| -> Result<String> {
        let today = Timestamp::now().in_tz("Europe/Paris")?.date();
        Ok(today.checked_add(jiff::Span::new().days(days))?.to_string())
    };
    let mut hoster = providers.get("clever-cloud").await?;
    hoster.metadata = ObjectMeta { name: Some("clever-cloud".into()), ..ObjectMeta::default() };
    hoster.status = None;
    let before = hoster.clone();
    let held = hoster.spec.certifications.first_mut().context("no certificate")?;
    held.expires = last(4)?.as_str().into();
    let certificate = format!(
        "clever-cloud: certificate HDS {} for rbxhds ends on {}, within 7 days",
        held.reference, held.expires
    );
    samples::apply(&client, &hoster).await?;
    let mut app = apps.get("nextcloud").await?;
    app.metadata = ObjectMeta { name: Some("nextcloud".into()), ..ObjectMeta::default() };
    app.status = None;
    let until_day = last(20)?;
    app.spec.releases[0].supported_until = Some(until_day.as_str().into());
    let support = format!("nextcloud: support of release 0.1.0 ends on {until_day}, within 30 days");
    samples::apply(&client, &app).await?;

    says(&providers, "clever-cloud", "EndsWithin7Days", &[&certificate]).await?;
    says(&sites, "rbx1", "EndsWithin7Days", &[&certificate, token]).await?;
    says(&apps, "nextcloud", "EndsWithin30Days", &[&support]).await?;
    says(&orders, "mairie", "EndsWithin7Days", &[&certificate, &support, token]).await?;
    let mairie = until(&orders, "mairie", "Ready", "True").await?;
    let endings = mairie.status.context("no status")?.endings;
    ensure!(endings.len() == 3 && endings.iter().all(|e| !e.required), "{endings:?}");
    is_measured(scene).await?;

    let served = "beffroi-api-tls: the certificate that is served from it ends on ".to_owned();
    // Once: neither a second look nor another operator tells it again, nor writes anything.
    let told = eventually("an event for each", async || {
        let told = told_ends(&client).await?;
        for (kind, words) in [
            ("Provider", &certificate),
            ("Site", &certificate),
            ("App", &support),
            ("Workspace", &certificate),
            ("Secret", &served),
        ] {
            ensure!(
                told.iter().any(|(of, note)| of == kind && note.contains(words)),
                "none of {kind}: {told:?}"
            );
        }
        Ok(told)
    })
    .await?;
    let version = orders.get("mairie").await?.resource_version();
    scene.operator.take().context("no operator")?.stop();
    let operator = Operator::start(&scene.fleet).await?;
    eventually("a look at everything", async || {
        let done = operator.reconciled().await?;
        ensure!(done >= 40.0, "{done} reconciles so far");
        Ok(())
    })
    .await?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    scene.operator = Some(operator);
    let mut again = told_ends(&client).await?;
    again.dedup();
    ensure!(again == told, "told anew: {again:?}, before: {told:?}");
    ensure!(orders.get("mairie").await?.resource_version() == version, "a status was written for nothing");

    // Its last day over: another stage, and an end to new orders there.
    let held = hoster.spec.certifications.first_mut().context("no certificate")?;
    held.expires = last(-1)?.as_str().into();
    let ended = format!("for rbxhds has ended, its last day was {}", held.expires);
    samples::apply(&client, &hoster).await?;
    says(&providers, "clever-cloud", "Ended", &[&ended]).await?;
    says(&orders, "mairie", "Ended", &[&ended]).await?;
    // Renewed, with the old certificate still on file.
    let mut renewed = before.clone();
    renewed.spec.certifications.extend(hoster.spec.certifications.iter().take(1).cloned());
    renewed.spec.certifications.iter_mut().for_each(|c| c.reference = format!("{}-bis", c.reference));
    samples::apply(&client, &renewed).await?;
    until(&providers, "clever-cloud", "Lasting", "True").await?;
    until(&providers, "clever-cloud", "Certified", "True").await?;
    samples::apply(&client, &before).await?;
    app.spec.releases[0].supported_until = None;
    samples::apply(&client, &app).await?;
    eventually("what is renewed is not told any more", async || {
        let found = orders.get("mairie").await?;
        let message = &condition(&found, "Lasting")?.message;
        ensure!(message.contains(token) && message.matches(" ends on ").count() == 1, "{message}");
        Ok(())
    })
    .await
}

/// Condition `Lasting` is false for a reason, and says all of this.
async fn says<K>(api: &Api<K>, name: &str, reason: &str, words: &[&str]) -> Result<()>
where
    K: kube::Resource + Conditions + Clone + std::fmt::Debug + serde::de::DeserializeOwned,
{
    eventually(&format!("{name} Lasting {reason}"), async || {
        let found = api.get(name).await?;
        let found = condition(&found, "Lasting")?;
        ensure!(found.status == "False" && found.reason == reason, "{} {}", found.reason, found.message);
        let lacking: Vec<_> = words.iter().filter(|word| !found.message.contains(**word)).collect();
        ensure!(lacking.is_empty(), "{lacking:?} not in {}", found.message);
        Ok(())
    })
    .await
}

/// Events on what ends: the kind of what each regards, and its note; in order.
async fn told_ends(client: &Client) -> Result<Vec<(String, String)>> {
    let all = Api::<Event>::all(client.clone()).list(&ListParams::default()).await?;
    let ours =
        all.items.into_iter().filter(|e| e.reason.as_deref().is_some_and(|r| r.starts_with("EndsWithin")));
    let mut told: Vec<_> = ours
        .map(|e| {
            let times = e.series.map_or(1, |series| series.count);
            (
                e.regarding.and_then(|of| of.kind).unwrap_or_default(),
                format!("{times} {}", e.note.unwrap_or_default()),
            )
        })
        .collect();
    told.sort();
    Ok(told)
}

/// What the cluster's administrator would break by mistake is refused in the site itself.
async fn guards_prevent_drift(site: &Client, namespace: &str) -> Result<()> {
    let policies: Api<NetworkPolicy> = Api::namespaced(site.clone(), namespace);
    let quotas: Api<ResourceQuota> = Api::namespaced(site.clone(), namespace);
    let bindings: Api<RoleBinding> = Api::namespaced(site.clone(), namespace);
    let homes: Api<Namespace> = Api::all(site.clone());
    let (intruder, gone) = (PatchParams::default(), DeleteParams::default());
    let open = Patch::Merge(json!({"spec": {"ingress": [{}]}}));
    let more = Patch::Merge(json!({"spec": {"hard": {"pods": "10000"}}}));
    let lax =
        Patch::Merge(json!({"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "privileged"}}}));
    let answers = [
        policies.patch("default-deny", &intruder, &open).await.err(),
        policies.delete("dns", &gone).await.err(),
        quotas.patch("workspace", &intruder, &more).await.err(),
        bindings.delete("beffroi-apps", &gone).await.err(),
        homes.patch(namespace, &intruder, &lax).await.err(),
        homes.delete(namespace, &gone).await.err(),
    ];
    for answer in answers {
        let told = answer.context("a guard let drift pass")?.to_string();
        ensure!(told.contains("ADM-01"), "{told}");
    }
    Ok(())
}

async fn drift_is_put_right(scene: &Scene, site: &Client, namespace: &str) -> Result<()> {
    let policies: Api<NetworkPolicy> = Api::namespaced(site.clone(), namespace);
    let intruder = PatchParams::default();
    let open = json!({"spec": {"ingress": [{}]}});
    policies.patch("default-deny", &intruder, &Patch::Merge(open)).await?;
    eventually("a closed network", async || {
        let spec = policies.get("default-deny").await?.spec.context("no spec")?;
        ensure!(spec.ingress.unwrap_or_default().is_empty(), "still open");
        Ok(())
    })
    .await?;

    let quotas: Api<ResourceQuota> = Api::namespaced(site.clone(), namespace);
    let wanted = quotas.get("workspace").await?.spec.context("no spec")?.hard;
    let more = json!({"spec": {"hard": {"pods": "10000"}}});
    quotas.patch("workspace", &intruder, &Patch::Merge(more)).await?;
    eventually("the quota", async || {
        ensure!(quotas.get("workspace").await?.spec.context("no spec")?.hard == wanted, "still raised");
        Ok(())
    })
    .await?;

    // A binding cannot be bent, only replaced: it is deleted and made again.
    let bindings: Api<RoleBinding> = Api::namespaced(site.clone(), namespace);
    let first = bindings.get("beffroi-apps").await?.uid();
    bindings.delete("beffroi-apps", &DeleteParams::default()).await?;
    eventually("the binding", async || {
        ensure!(bindings.get("beffroi-apps").await?.uid() != first, "still the old one");
        Ok(())
    })
    .await?;

    let homes: Api<Namespace> = Api::all(site.clone());
    let lax = json!({"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "privileged"}}});
    homes.patch(namespace, &intruder, &Patch::Merge(lax)).await?;
    eventually("Pod Security", async || {
        let found = homes.get(namespace).await?;
        let mode = found.labels().get("pod-security.kubernetes.io/enforce").cloned();
        ensure!(mode.as_deref() == Some("restricted"), "{mode:?}");
        Ok(())
    })
    .await?;
    // That it leaves, though nobody ordered so: what would be deleted next stays.
    let uid = homes.get(namespace).await?.labels()["beffroi.fr/workspace-uid"].clone();
    let doomed = json!({"metadata": {"annotations": {"beffroi.fr/deletion-ordered": uid}}});
    homes.patch(namespace, &intruder, &Patch::Merge(doomed)).await?;
    eventually("no order to go", async || {
        let ordered = homes.get(namespace).await?.annotations().get("beffroi.fr/deletion-ordered").cloned();
        ensure!(ordered.as_deref() == Some(""), "{ordered:?}");
        Ok(())
    })
    .await?;
    let notes = scene
        .fleet
        .management
        .kubectl(&[
            "get",
            "events",
            "-n",
            HOME,
            "--field-selector=reason=DriftCorrected",
            "-o",
            "jsonpath={.items[*].message}",
        ])
        .await?;
    ensure!(notes.contains("NetworkPolicy default-deny") && notes.contains("spec.ingress"), "{notes}");
    ensure!(
        scene.operator()?.metric("beffroi_drift_total", "NetworkPolicy").await? >= 1.0,
        "drift is counted"
    );
    until(&scene.workspaces(), "mairie", "Ready", "True").await.map(|_| ())
}

async fn a_deleted_namespace_comes_back(scene: &Scene, site: &Client, namespace: &str) -> Result<()> {
    let homes: Api<Namespace> = Api::all(site.clone());
    let first = homes.get(namespace).await?.uid();
    let before = scene.operator()?.metric("beffroi_drift_total", "\"Namespace\"").await?;
    homes.delete(namespace, &DeleteParams::default()).await?;
    eventually("another namespace", async || {
        let found = homes.get(namespace).await?;
        ensure!(found.uid() != first, "still the old one");
        Ok(())
    })
    .await?;
    until(&scene.workspaces(), "mairie", "Ready", "True").await?;
    let told = scene.operator()?.metric("beffroi_drift_total", "\"Namespace\"").await? - before;
    ensure!((0.5..1.5).contains(&told), "it is told {told} times");
    Ok(())
}

async fn what_is_not_wanted_goes(scene: &Scene, site: &Client, namespace: &str) -> Result<()> {
    let deployments: Api<Deployment> = Api::namespaced(site.clone(), namespace);
    let mut order = workspace("mairie", "nextcloud", &["rbx1"]);
    order.spec.apps.push(OrderedApp { name: "docs".into(), version: None, channel: Some(Channel::Stable) });
    // Twice: what went since one ordered it so, and comes again, is no drift.
    for round in 0..2 {
        scene.order(&order).await?;
        eventually("a second app", async || Ok(deployments.get("docs").await?)).await?;
        if round == 0 {
            its_ingress_follows_its_domain(scene, site, namespace, &order).await?;
        }
        scene.order(&workspace("mairie", "nextcloud", &["rbx1"])).await?;
        eventually("its end", async || {
            ensure!(deployments.get_opt("docs").await?.is_none(), "its Deployment is still there");
            Ok(())
        })
        .await?;
        until(&scene.workspaces(), "mairie", "Ready", "True").await?;
        ensure!(deployments.get_opt("nextcloud").await?.is_some(), "the other app stays");
    }
    let drift = scene.operator()?.metric("beffroi_drift_total", "").await?;
    ensure!(drift < 1.0, "{drift} objects are said to have drifted");
    Ok(())
}

/// A change of domain comes to the namespace, to the guards that hold to it, and to the app: there and back.
async fn its_ingress_follows_its_domain(
    scene: &Scene,
    site: &Client,
    namespace: &str,
    order: &Workspace,
) -> Result<()> {
    let ingresses: Api<Ingress> = Api::namespaced(site.clone(), namespace);
    let homes: Api<Namespace> = Api::all(site.clone());
    let mut moved = order.clone();
    moved.spec.domain = "ailleurs.essaim.example".into();
    for order in [&moved, order] {
        scene.order(order).await?;
        let host = format!("docs.{}", order.spec.domain);
        eventually("its new host", async || {
            let rules = ingresses.get("docs").await?.spec.and_then(|spec| spec.rules).unwrap_or_default();
            let hosts: Vec<_> = rules.into_iter().filter_map(|rule| rule.host).collect();
            ensure!(hosts == [host.clone()], "{hosts:?}, not {host}");
            Ok(())
        })
        .await?;
        let hosts = homes.get(namespace).await?.annotations()["beffroi.fr/hosts"].clone();
        ensure!(hosts.split(',').all(|host| host.ends_with(&*order.spec.domain)), "{hosts}");
    }
    Ok(())
}

async fn suspended_is_stopped_and_not_ready(scene: &Scene, site: &Client, namespace: &str) -> Result<()> {
    let pods: Api<Pod> = Api::namespaced(site.clone(), namespace);
    let mut order = workspace("mairie", "nextcloud", &["rbx1"]);
    order.spec.suspended = true;
    scene.order(&order).await?;
    until_reason(&scene.workspaces(), "mairie", "Ready", "Suspended").await?;
    eventually("no pods", async || {
        let left = pods.list(&ListParams::default()).await?.items.len();
        ensure!(left == 0, "{left} pods run");
        Ok(())
    })
    .await?;
    let suspended = scene.workspaces().get("mairie").await?;
    ensure!(condition(&suspended, "Ready")?.status == "False", "suspended is not Ready");
    scene.order(&workspace("mairie", "nextcloud", &["rbx1"])).await?;
    until(&scene.workspaces(), "mairie", "Ready", "True").await?;
    eventually("pods again", async || {
        ensure!(!pods.list(&ListParams::default()).await?.items.is_empty(), "no pods");
        Ok(())
    })
    .await
}

async fn orphans_are_told_and_left_alone(scene: &Scene, site: &Client) -> Result<()> {
    let homes: Api<Namespace> = Api::all(site.clone());
    let labels = [("app.kubernetes.io/managed-by", "beffroi"), ("beffroi.fr/workspace-uid", "personne")];
    let orphan = Namespace {
        metadata: ObjectMeta {
            name: Some("oubliee".into()),
            labels: Some(labels.map(|(k, v)| (k.to_owned(), v.to_owned())).into()),
            ..ObjectMeta::default()
        },
        ..Namespace::default()
    };
    homes.create(&PostParams::default(), &orphan).await?;
    let sites: Api<Site> = Api::all(scene.client());
    let message = until_reason(&sites, "rbx1", "NoOrphans", "OrphansFound").await?;
    ensure!(message.contains("oubliee") && message.contains("by hand"), "{message}");
    ensure!(homes.get("oubliee").await?.metadata.deletion_timestamp.is_none(), "an orphan was deleted");
    homes.delete("oubliee", &DeleteParams::default()).await?;
    until(&sites, "rbx1", "NoOrphans", "True").await.map(|_| ())
}

async fn paused_is_left_alone(scene: &Scene, site: &Client, namespace: &str) -> Result<()> {
    let mut order = workspace("mairie", "nextcloud", &["rbx1"]);
    order.metadata.annotations = Some([("beffroi.fr/paused".to_owned(), "true".to_owned())].into());
    scene.order(&order).await?;
    until_reason(&scene.workspaces(), "mairie", "Ready", "Paused").await?;
    let policies: Api<NetworkPolicy> = Api::namespaced(site.clone(), namespace);
    policies.delete("dns", &DeleteParams::default()).await?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    ensure!(policies.get_opt("dns").await?.is_none(), "a paused workspace was touched");
    scene.order(&workspace("mairie", "nextcloud", &["rbx1"])).await?;
    eventually("the policy", async || Ok(policies.get("dns").await?)).await?;
    until(&scene.workspaces(), "mairie", "Ready", "True").await.map(|_| ())
}

/// Killed again and again in the middle of its writes, and with a rival beside it, the outcome is the same:
/// one namespace for each workspace, all of them Ready.
async fn a_killed_operator_changes_nothing_in_the_end(scene: &mut Scene, site: &Client) -> Result<()> {
    for index in 0..6 {
        scene.order(&workspace(&format!("tenace-{index}"), "nextcloud", &["rbx1"])).await?;
    }
    for pause in [50, 150, 300, 500] {
        scene.operator.take().context("no operator")?.kill();
        // The lease of a killed operator runs out first; without election the next one starts at once.
        let next = Operator::start_with(&scene.fleet, &["--leader-elect", "false"]).await?;
        tokio::time::sleep(Duration::from_millis(pause)).await;
        scene.operator = Some(next);
    }
    scene.operator.take().context("no operator")?.kill();
    let first = Operator::start_with(&scene.fleet, &["--instance", "un"]).await?;
    let second = Operator::start_standby(&scene.fleet, &["--instance", "deux"]).await?;
    for index in 0..6 {
        until(&scene.workspaces(), &format!("tenace-{index}"), "Ready", "True").await?;
    }
    ensure!(second.metric("beffroi_reconciles_total", "").await? < 1.0, "two operators work at once");
    let homes: Api<Namespace> = Api::all(site.clone());
    let ours = ListParams::default().labels("app.kubernetes.io/managed-by=beffroi");
    let names: Vec<String> = homes.list(&ours).await?.items.iter().map(ResourceExt::name_any).collect();
    ensure!(names.len() == 7, "one namespace for each of seven workspaces, not {names:?}");

    // The one that works dies; the other takes over once the lease has run out.
    first.kill();
    scene.order(&workspace("releve", "nextcloud", &["rbx1"])).await?;
    let orders: Api<Workspace> = scene.workspaces();
    until(&orders, "releve", "Ready", "True").await?;
    ensure!(second.metric("beffroi_reconciles_total", "").await? >= 1.0, "the second one works now");
    scene.operator = Some(second);
    Ok(())
}

/// A renewal that was written though its answer did not come is the holder's own; a rival's is not.
async fn a_lease_is_lost_to_another_alone(scene: &mut Scene) -> Result<()> {
    let leases: Api<Lease> = Api::namespaced(scene.client(), NAMESPACE);
    let write = async |spec: Value| {
        let change = Patch::Merge(json!({"spec": spec}));
        leases.patch("beffroi-operator", &PatchParams::default(), &change).await
    };
    let operator = scene.operator.as_mut().context("no operator")?;
    let renewal = |lease: &Lease| lease.spec.as_ref().and_then(|spec| spec.renew_time.clone());
    let late = renewal(&write(json!({"renewTime": format!("{:.6}", Timestamp::now())})).await?);
    let next = eventually("the renewal after it", async || {
        let next = renewal(&leases.get("beffroi-operator").await?);
        ensure!(next > late, "not renewed");
        Ok(next)
    });
    let next = next.await?.context("no time")?.0;
    let apart = next.duration_since(late.context("no time")?.0);
    ensure!(apart < SignedDuration::from_secs(15), "renewed {apart} later: another could have taken it");
    ensure!(operator.alive(), "it gave up what it holds:\n{}", operator.log());
    write(json!({"holderIdentity": "trois"})).await?;
    eventually("its end", async || {
        ensure!(!operator.alive(), "it works while another holds the lease");
        Ok(())
    })
    .await
}
