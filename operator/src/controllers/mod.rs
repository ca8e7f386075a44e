//! One controller per kind: each observes, lets core decide, applies and reports.

pub mod app;
pub mod policy;
pub mod provider;
pub mod site;
pub mod tenant;
pub mod workspace;

use std::{collections::BTreeSet, convert::Infallible, fmt::Debug, sync::Arc, time::Duration};

use anyhow::{Context as _, bail};
use beffroi_crds::{Site, Workspace, labels};
use futures::{FutureExt, StreamExt, TryStreamExt, future, future::BoxFuture, stream};
use kube::{
    Resource, ResourceExt,
    runtime::{
        Config, Controller, WatchStreamExt,
        controller::Action,
        reflector::{ObjectRef, Store},
        watcher::Event,
    },
};
use serde::{Serialize, de::DeserializeOwned};
use tokio_util::sync::CancellationToken;

use crate::{
    caches::{Events, pauses},
    context::Context,
    outcome::Outcome,
    reconcile::observed,
};

/// Changes that come together are answered once.
const DEBOUNCE: Duration = Duration::from_millis(100);

/// Most changes in sites that are answered together.
const TOGETHER: usize = 4096;

/// Runs every controller until `stop`.
///
/// # Errors
/// When called twice on one context, or when a controller ends by itself.
pub async fn run(context: Arc<Context>, stop: CancellationToken) -> anyhow::Result<()> {
    let streams = context.take_streams().context("the controllers were started twice")?;
    let (touched_sites, touched_workspaces) =
        context.sites.listen().context("the controllers were started twice")?;
    let caches = context.caches.clone();

    let provider = controller(streams.providers, &caches.providers, 4).reconcile_all_on(caches.changes());
    let policy = controller(streams.policies, &caches.policies, 4);
    let app = controller(streams.apps, &caches.apps, 4).reconcile_all_on(caches.changes());

    let sites = caches.sites.clone();
    let site = controller(streams.sites, &caches.sites, 8)
        .watches_stream(streams.secrets.touched_objects(), move |secret| {
            let name = secret.name_any();
            let users = sites.state_filter(|site| site.spec.kubeconfig.secret_name == name);
            users.into_iter().map(|site| ObjectRef::<Site>::from_obj(&*site))
        })
        .reconcile_all_on(caches.changes())
        .reconcile_on(touched_sites.map(|name| ObjectRef::new(&name)));

    let tenant = controller(streams.tenants, &caches.tenants, 8)
        .watches_stream(streams.namespaces.touched_objects(), |namespace| {
            namespace.labels().get(labels::TENANT).map(|name| ObjectRef::new(name))
        })
        .reconcile_all_on(caches.changes())
        .reconcile_on(context.touched_tenants());

    let homes = context.clone();
    // Answered together, but never later than that: a debounce would let steady noise put a breach off for ever.
    let together = tokio_stream::StreamExt::chunks_timeout(touched_workspaces, TOGETHER, DEBOUNCE);
    let touched_workspaces =
        together.flat_map(|uids| stream::iter(uids.into_iter().collect::<BTreeSet<String>>()));
    let workspaces = noticing(&context, streams.workspaces).touched_objects();
    let workspace = Controller::for_stream(workspaces, caches.workspaces.clone())
        .with_config(Config::default().concurrency(context.options.concurrency))
        .reconcile_all_on(caches.changes())
        .reconcile_on(touched_workspaces.filter_map(move |uid| future::ready(homes.home(&uid))));

    let running: Vec<BoxFuture<'static, ()>> = vec![
        drive(provider, &context, &stop, provider::reconcile),
        drive(policy, &context, &stop, policy::reconcile),
        drive(app, &context, &stop, app::reconcile),
        drive(site, &context, &stop, site::reconcile),
        drive(tenant, &context, &stop, tenant::reconcile),
        drive(workspace, &context, &stop, workspace::reconcile),
    ];
    // Decisions wait for the caches; nobody else may be the first to ask.
    let filling = tokio::spawn({
        let context = context.clone();
        async move { context.filled().await }
    });
    if stop.is_cancelled() {
        bail!("asked to stop before starting");
    }
    future::join_all(running).await;
    filling.abort();
    if stop.is_cancelled() { Ok(()) } else { bail!("a controller ended by itself") }
}

/// The same events of workspaces; those that are gone are forgotten.
pub fn noticing(context: &Arc<Context>, events: Events<Workspace>) -> Events<Workspace> {
    let context = context.clone();
    let notice = move |event: &Event<Workspace>| match event {
        Event::Apply(workspace) | Event::InitApply(workspace) | Event::Delete(workspace) => {
            context.notice(workspace);
        }
        // Nobody tells of what went while nobody watched.
        Event::InitDone => context.forget_gone(),
        Event::Init => {}
    };
    events.inspect_ok(notice).boxed()
}

fn controller<K>(events: Events<K>, store: &Store<K>, concurrency: u16) -> Controller<K>
where
    K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + Send + Sync + 'static,
{
    let config = Config::default().debounce(DEBOUNCE).concurrency(concurrency);
    Controller::for_stream(events.touched_objects(), store.clone()).with_config(config)
}

fn drive<K, R, F>(
    controller: Controller<K>,
    context: &Arc<Context>,
    stop: &CancellationToken,
    reconcile: R,
) -> BoxFuture<'static, ()>
where
    K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + Serialize + Send + Sync + 'static,
    R: Fn(Arc<K>, Arc<Context>) -> F + Send + Sync + 'static,
    F: Future<Output = Outcome> + Send + 'static,
{
    let stopping = stop.clone();
    let work = move |object: Arc<K>, context: Arc<Context>| {
        let reconcile = reconcile(object.clone(), context.clone());
        let stop = stopping.clone();
        async move {
            // Whoever is asked to stop does not wait for caches that may never be filled: nothing was begun before.
            let given_up = async {
                stop.cancelled().await;
                if context.has_filled() {
                    future::pending::<()>().await;
                }
            };
            tokio::select! {
                next = observed(object, context.clone(), reconcile) => Ok(next),
                () = given_up => Ok(Action::await_change()),
            }
        }
    };
    // `observed` turns each failure into a later attempt.
    let never = |_: Arc<K>, never: &Infallible, _: Arc<Context>| match *never {};
    controller
        // Each watch makes pauses of its own when it fails; others are listened to meanwhile.
        .trigger_backoff(pauses(DEBOUNCE))
        .graceful_shutdown_on(stop.clone().cancelled_owned())
        .run(work, never, context.clone())
        .for_each(|_| future::ready(()))
        .boxed()
}
