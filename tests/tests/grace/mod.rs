//! The grace period of deletion: a workspace that is to go stops and keeps its data, can be taken back until then,
//! is not touched while it is paused, stays for as long as its policy says whatever one person writes, and is gone
//! everywhere once its time has come. All of that stands in the log, with who ordered it where that came through the API;
//! and what a deletion is held by, and what it leaves, is told.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use beffroi_crds::{
    ChangedBy, DeletionConfirmed, DeletionRequest, Person, SovereigntyPolicy, Workspace, labels,
};
use beffroi_tests::{
    Operator, Scene,
    api::API,
    cli, eventually,
    fleet::NAMESPACE,
    scene::{HOME, TENANT, condition, until, until_reason, workspace},
};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::{
    api::core::v1::{Namespace, Pod},
    apimachinery::pkg::apis::meta::v1::Time,
};
use kube::{
    Api, Client, ResourceExt,
    api::{DeleteParams, ListParams, ObjectMeta, Patch, PatchParams, PostParams},
};
use serde_json::{Value, json};

mod leaves;

const ISSUER: &str = "https://identite.example/realms/essaim";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_to_go_stops_can_be_taken_back_and_goes_at_its_time() -> Result<()> {
    let mut scene = Scene::start(&["rbx1"]).await?;
    let mut order = workspace("mairie", "nextcloud", &["rbx1"]);
    order.annotations_mut().insert(labels::CHANGED_BY.into(), by(1, "léa"));
    ordered_through_the_api_alone(&scene, &order).await?;
    let ready = until(&scene.workspaces(), "mairie", "Ready", "True").await?;
    let namespace = ready.status.context("no status")?.namespace.context("no namespace")?;
    let site = scene.fleet.site("rbx1")?.admin();

    stops_and_stays(&mut scene, &site, &namespace).await?;
    is_taken_back(&scene, 5, &site, &namespace).await?;
    stops_though_it_is_refused(&scene, &site, &namespace).await?;
    is_left_alone_while_paused(&scene, &site, &namespace).await?;
    leaves::some_of_it_behind(&site, &namespace).await?;
    stays_though_one_person_wants_it_gone(&scene, &site, &namespace).await?;
    goes_at_its_time(&scene, &site, &namespace).await?;
    leaves::what_is_left_is_told(&scene, &site).await?;
    all_of_it_stands_in_the_log(&scene).await
}

/// Nobody else may say who asked.
async fn ordered_through_the_api_alone(scene: &Scene, order: &Workspace) -> Result<()> {
    let (api, params) = (as_the_api(scene).await?, PostParams::default());
    eventually("the order", async || Ok(api.create(&params, order).await?)).await?;
    let forged = json!({"metadata": {"annotations": {labels::CHANGED_BY: by(1, "personne")}}});
    let refused = scene.workspaces().patch("mairie", &PatchParams::default(), &Patch::Merge(&forged)).await;
    let told = refused.err().context("an administrator said who asked")?.to_string();
    ensure!(told.contains("the API's to write") && told.contains("kubectl annotate --local"), "{told}");
    a_backup_is_restored_without_who_asked(scene).await
}

/// As the guard's own words and the chart's README tell.
async fn a_backup_is_restored_without_who_asked(scene: &Scene) -> Result<()> {
    let management = &scene.fleet.management;
    let restore = async |name: &str, backup: String| -> Result<String> {
        let file = management.folder().join(name);
        std::fs::write(&file, backup)?;
        let file = file.display().to_string();
        Ok(management.kubectl(&["create", "--dry-run=server", "-f", &file]).await?)
    };
    let kept = management.kubectl(&["get", "workspaces", "--all-namespaces", "-o", "yaml"]).await?;
    ensure!(kept.contains(labels::CHANGED_BY), "{kept}");
    let kept = kept.replace("name: mairie\n", "name: rendue\n");
    let refused = restore("orders.yaml", kept).await.err().context("restored as it is")?.to_string();
    ensure!(refused.contains("the API's to write"), "{refused}");
    let file = management.folder().join("orders.yaml").display().to_string();
    let notes = ["beffroi.fr/changed-by-", "beffroi.fr/idempotency-"];
    let without = [&["annotate", "--local", "-f", &file, "-o", "yaml"][..], &notes].concat();
    let told = restore("restored.yaml", management.kubectl(&without).await?).await?;
    ensure!(told.contains("rendue created"), "{told}");
    Ok(())
}

async fn stops_and_stays(scene: &mut Scene, site: &Client, namespace: &str) -> Result<()> {
    let in_an_hour = after(3600)?;
    change(scene, 2, &json!({"deleteAfter": in_an_hour})).await?;
    let told = until_reason(&scene.workspaces(), "mairie", "Ready", "DeletionScheduled").await?;
    ensure!(told.contains(&in_an_hour) && told.contains("unset spec.deleteAfter"), "{told}");
    pods(site, namespace, false).await?;
    // Nobody forgets it; and nobody is named for what another changed while no operator looked.
    scene.operator.take().context("no operator")?.stop();
    let elsewhere = json!({"spec": {"domain": "autre.essaim.example"}});
    scene.workspaces().patch("mairie", &PatchParams::default(), &Patch::Merge(elsewhere)).await?;
    change(scene, 4, &json!({"updates": "FollowChannel"})).await?;
    let brief = ["--leader-elect", "false", "--deletion-patience-seconds", "8"];
    scene.operator = Some(Operator::start_with(&scene.fleet, &brief).await?);
    recorded(scene, 4).await?;
    tokio::time::sleep(Duration::from_secs(5)).await;
    stays(scene, site, namespace).await
}

async fn is_taken_back(scene: &Scene, generation: i64, site: &Client, namespace: &str) -> Result<()> {
    change(scene, generation, &json!({"deleteAfter": null})).await?;
    until(&scene.workspaces(), "mairie", "Ready", "True").await?;
    pods(site, namespace, true).await
}

/// Its app is withdrawn from the catalogue: what runs stays, until its manager wants it to stop.
async fn stops_though_it_is_refused(scene: &Scene, site: &Client, namespace: &str) -> Result<()> {
    let rules: Api<SovereigntyPolicy> = Api::all(scene.client());
    let mut withdrawn = rules.get("standard").await?;
    rules.delete("standard", &DeleteParams::default()).await?;
    until_reason(&scene.workspaces(), "mairie", "Accepted", "ReferenceNotFound").await?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    pods(site, namespace, true).await?;
    change(scene, 6, &json!({"deleteAfter": after(3600)?})).await?;
    pods(site, namespace, false).await?;
    eventually("its word", async || {
        let order = scene.workspaces().get("mairie").await?;
        let told = &condition(&order, "Ready")?.message;
        ensure!(told.starts_with("its apps are stopped, and at"), "{told}");
        Ok(())
    })
    .await?;
    stays(scene, site, namespace).await?;
    withdrawn.metadata = ObjectMeta { name: Some("standard".into()), ..ObjectMeta::default() };
    rules.create(&PostParams::default(), &withdrawn).await?;
    until(&scene.workspaces(), "mairie", "Accepted", "True").await?;
    is_taken_back(scene, 7, site, namespace).await
}

async fn is_left_alone_while_paused(scene: &Scene, site: &Client, namespace: &str) -> Result<()> {
    let pause = |paused: Value| Patch::Merge(json!({"metadata": {"annotations": {labels::PAUSED: paused}}}));
    let (orders, params) = (scene.workspaces(), PatchParams::default());
    orders.patch("mairie", &params, &pause(json!("true"))).await?;
    until_reason(&orders, "mairie", "Ready", "Paused").await?;
    // Past the API: nobody is named.
    orders.patch("mairie", &params, &Patch::Merge(json!({"spec": {"deleteAfter": after(-60)?}}))).await?;
    recorded(scene, 8).await?;
    tokio::time::sleep(Duration::from_secs(5)).await;
    stays(scene, site, namespace).await?;
    let in_an_hour = json!({"spec": {"deleteAfter": after(3600)?}});
    orders.patch("mairie", &params, &Patch::Merge(in_an_hour)).await?;
    // What is ordered meanwhile is recorded meanwhile, each change by itself.
    recorded(scene, 9).await?;
    change(scene, 10, &json!({"domain": "encore.essaim.example"})).await?;
    recorded(scene, 10).await?;
    orders.patch("mairie", &params, &pause(Value::Null)).await?;
    until_reason(&orders, "mairie", "Ready", "DeletionScheduled").await.map(|_| ())
}

async fn recorded(scene: &Scene, generation: i64) -> Result<()> {
    eventually("its record", async || {
        let status = scene.workspaces().get("mairie").await?.status.context("no status")?;
        ensure!(status.recorded_generation == Some(generation), "{:?}", status.recorded_generation);
        Ok(())
    })
    .await
}

/// With kubectl, and with a note of the API's that names one person twice: its policy leaves it a week.
async fn stays_though_one_person_wants_it_gone(scene: &Scene, site: &Client, namespace: &str) -> Result<()> {
    let (orders, params) = (scene.workspaces(), PatchParams::default());
    let past = Patch::Merge(json!({"spec": {"deleteAfter": after(-60)?}}));
    orders.patch("mairie", &params, &past).await?;
    recorded(scene, 11).await?;
    is_kept(scene, site, namespace).await?;
    for annotation in [labels::DELETION_REQUEST, labels::DELETION_CONFIRMED] {
        let forged = json!({"metadata": {"annotations": {annotation: agreed(12, "léa", "noé", &after(0)?)?.to_value()}}});
        let refused = orders.patch("mairie", &params, &Patch::Merge(&forged)).await;
        let told = refused.err().context("an administrator said who agreed")?.to_string();
        ensure!(told.contains("the API's to write"), "{told}");
    }
    requested(scene, &asked(11, "léa")?).await?;
    let told = until_requested(scene, true).await?;
    ensure!(told.contains("léa"), "{told}");
    let alone = agreed(12, "léa", "léa", &after(0)?)?;
    confirmed(scene, 12, &alone).await?;
    recorded(scene, 12).await?;
    until_requested(scene, false).await?;
    is_kept(scene, site, namespace).await
}

async fn is_kept(scene: &Scene, site: &Client, namespace: &str) -> Result<()> {
    let week = Timestamp::now() + SignedDuration::from_hours(24 * 7);
    eventually("its word", async || {
        let order = scene.workspaces().get("mairie").await?;
        let told = &condition(&order, "Ready")?.message;
        ensure!(told.contains("one person's order leaves 7 days: a second person may confirm"), "{told}");
        let at = order.status.and_then(|status| status.deletion?.at).context("no end")?.0;
        // Since it was first ordered, a moment ago.
        ensure!((-600..=1).contains(&at.duration_since(week).as_secs()), "{at}, and not about {week}");
        Ok(())
    })
    .await?;
    tokio::time::sleep(Duration::from_secs(5)).await;
    stays(scene, site, namespace).await
}

/// Waits until status says that something waits for a second person, or that nothing does.
async fn until_requested(scene: &Scene, wanted: bool) -> Result<String> {
    eventually("what waits", async || {
        let order = scene.workspaces().get("mairie").await?;
        let requested = order.status.and_then(|status| status.deletion?.requested);
        ensure!(requested.is_some() == wanted, "{requested:?}");
        Ok(requested.map(|requested| requested.by).unwrap_or_default())
    })
    .await
}

fn someone(subject: &str) -> Person {
    Person { subject: subject.into(), issuer: ISSUER.into(), name: None, request: format!("q-{subject}") }
}

/// What somebody asks of the order at a generation.
fn asked(generation: i64, subject: &str) -> Result<DeletionRequest> {
    let (at, until) = (Time(Timestamp::now()), Time(after(3600)?.parse()?));
    Ok(DeletionRequest { generation, grace_days: 0, by: someone(subject), at, until, withdrawn: None })
}

/// What two agree on, which brings the order to a generation.
fn agreed(generation: i64, one: &str, other: &str, end: &str) -> Result<DeletionConfirmed> {
    let asked = asked(generation - 1, one)?;
    Ok(DeletionConfirmed { generation, delete_after: Time(end.parse()?), asked, by: someone(other) })
}

/// Notes what one person asks for, as the API does: nothing of the order changes with it.
async fn requested(scene: &Scene, asked: &DeletionRequest) -> Result<()> {
    let note = (labels::DELETION_REQUEST, asked.to_value());
    let noted = as_it_is_written(scene, &json!({}), &[note]).await?;
    ensure!(noted.metadata.generation == Some(asked.generation), "{:?}", noted.metadata.generation);
    Ok(())
}

/// Orders what was agreed on, as the API does.
async fn confirmed(scene: &Scene, generation: i64, agreed: &DeletionConfirmed) -> Result<()> {
    let end = json!({"deleteAfter": agreed.delete_after});
    let notes = [
        (labels::DELETION_CONFIRMED, agreed.to_value()),
        (labels::CHANGED_BY, by(generation, &agreed.by.subject)),
    ];
    let ordered = as_it_is_written(scene, &end, &notes).await?;
    ensure!(ordered.metadata.generation == Some(generation), "{:?}", ordered.metadata.generation);
    Ok(())
}

async fn goes_at_its_time(scene: &Scene, site: &Client, namespace: &str) -> Result<()> {
    requested(scene, &asked(12, "léa")?).await?;
    until_requested(scene, true).await?;
    let agreed = agreed(13, "léa", "noé", &after(20)?)?;
    let due = agreed.delete_after.0;
    confirmed(scene, 13, &agreed).await?;
    let before = due - SignedDuration::from_secs(4);
    tokio::time::sleep(before.duration_since(Timestamp::now()).try_into().unwrap_or_default()).await;
    let stayed = stays(scene, site, namespace).await;
    // Unless it took so long to look.
    if Timestamp::now() < due {
        stayed?;
    }
    let deleted = eventually("its deletion", async || match scene.workspaces().get_opt("mairie").await? {
        None => Ok(None),
        Some(found) => Ok(Some(found.metadata.deletion_timestamp.context("not deleted yet")?.0)),
    })
    .await?;
    if let Some(deleted) = deleted {
        let late = deleted.duration_since(due);
        ensure!((-1..=10).contains(&late.as_secs()), "deleted {late:#} after it was due");
    }
    leaves::what_holds_it_is_told(scene, namespace).await?;
    leaves::the_documented_command_lets_it_go(scene, namespace).await?;
    let homes: Api<Namespace> = Api::all(site.clone());
    eventually("its end", async || {
        ensure!(scene.workspaces().get_opt("mairie").await?.is_none(), "the order is still there");
        ensure!(homes.get_opt(namespace).await?.is_none(), "its namespace is still in the site");
        Ok(())
    })
    .await
}

async fn all_of_it_stands_in_the_log(scene: &Scene) -> Result<()> {
    let all = ["log", "--tenant", TENANT, "-o", "json", "--limit", "1000"];
    let text = cli::run(&scene.fleet, scene.operator()?, &all).await?.ok()?;
    let entries: Vec<Value> = serde_json::from_str(&text)?;
    let told: Vec<[String; 3]> = entries
        .iter()
        .rev()
        .filter_map(|entry| Some((entry.pointer("/statement/predicate")?, &entry["note"])))
        .filter(|(p, _)| {
            p["action"]
                .as_str()
                .is_some_and(|action| action.starts_with("Workspace") || action.starts_with("Deletion"))
        })
        .map(|(p, note)| {
            [&p["action"], &p["actor"], note].map(|text| text.as_str().unwrap_or_default().to_owned())
        })
        .collect();
    let person = |subject: &str| format!("{subject} ({ISSUER})");
    let wanted = [
        ("WorkspaceOrdered", person("léa"), "ordered with apps nextcloud (Stable); request r1"),
        ("WorkspacePlaced", String::new(), "lies on rbx1"),
        ("WorkspaceChanged", person("noé"), "deletion is scheduled"),
        ("WorkspaceChanged", String::new(), "domain, updates; 2 changes together, the last by noé"),
        ("WorkspaceChanged", person("noé"), "deletion is taken back"),
        ("WorkspaceChanged", person("noé"), "deletion is scheduled"),
        ("WorkspaceChanged", person("noé"), "deletion is taken back"),
        ("WorkspaceChanged", String::new(), "not through the API"),
        ("WorkspaceChanged", String::new(), "not through the API"),
        ("WorkspaceChanged", person("noé"), "changed: domain"),
        ("WorkspaceChanged", String::new(), "not through the API"),
        ("DeletionRequested", person("léa"), "another person may confirm it"),
        ("WorkspaceChanged", person("léa"), "deletion is scheduled"),
        ("DeletionDropped", String::new(), "request q-léa to delete is void: the order or another"),
        ("DeletionRequested", person("léa"), "deletion within 0 days is asked for"),
        (
            "WorkspaceChanged",
            person("noé"),
            "q-léa, and confirmed by noé (https://identite.example/realms/essaim)",
        ),
        ("WorkspaceDeleted", String::new(), "at the time that its order named"),
    ];
    let same = told.len() == wanted.len()
        && told.iter().zip(&wanted).all(|([action, actor, note], (a, who, words))| {
            action == a && actor == who && note.contains(words)
        });
    ensure!(same, "{told:#?}");
    Ok(())
}

/// Changes the order through what stands for the API, which says who asked.
async fn change(scene: &Scene, generation: i64, spec: &Value) -> Result<Workspace> {
    let changed = as_it_is_written(scene, spec, &[(labels::CHANGED_BY, by(generation, "noé"))]).await?;
    ensure!(changed.metadata.generation == Some(generation), "generation {:?}", changed.metadata.generation);
    Ok(changed)
}

/// The order as what stands for the API writes it, with its notes.
async fn as_it_is_written(scene: &Scene, spec: &Value, notes: &[(&str, String)]) -> Result<Workspace> {
    let api = as_the_api(scene).await?;
    eventually("the change", async || {
        let mut order = serde_json::to_value(api.get("mairie").await?)?;
        for (field, value) in spec.as_object().into_iter().flatten() {
            order["spec"][field] = value.clone();
        }
        for (annotation, value) in notes {
            order["metadata"]["annotations"][annotation] = value.clone().into();
        }
        Ok(api.replace("mairie", &PostParams::default(), &serde_json::from_value(order)?).await?)
    })
    .await
}

async fn as_the_api(scene: &Scene) -> Result<Api<Workspace>> {
    Ok(Api::namespaced(scene.fleet.management.client_as(NAMESPACE, API).await?, HOME))
}

fn by(generation: i64, subject: &str) -> String {
    let (subject, request) = (subject.to_owned(), format!("r{generation}"));
    ChangedBy { generation, subject, issuer: ISSUER.to_owned(), request }.to_value()
}

fn after(seconds: i64) -> Result<String> {
    Ok(Timestamp::from_second(Timestamp::now().as_second() + seconds)?.to_string())
}

/// The order and its namespace in the site are there, and nobody deletes them.
async fn stays(scene: &Scene, site: &Client, namespace: &str) -> Result<()> {
    let order = scene.workspaces().get("mairie").await?;
    ensure!(order.metadata.deletion_timestamp.is_none(), "deleted before its time");
    let home = Api::<Namespace>::all(site.clone()).get(namespace).await?;
    ensure!(home.metadata.deletion_timestamp.is_none(), "its namespace is deleted before its time");
    Ok(())
}

async fn pods(site: &Client, namespace: &str, run: bool) -> Result<()> {
    let api: Api<Pod> = Api::namespaced(site.clone(), namespace);
    eventually("its pods", async || {
        let found = api.list(&ListParams::default()).await?.items.len();
        ensure!((found > 0) == run, "{found} pods");
        Ok(())
    })
    .await
}
