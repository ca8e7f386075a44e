//! An API server in memory, behind a client as any other: requests → [`Objects`] → answers and watches. What becomes of
//! each write is in its [`Script`].

use std::sync::{Arc, Mutex, MutexGuard};

use axum::body::Body;
use futures::{StreamExt, future, stream};
use http::{Method, Request, Response};
use kube::Client;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::{broadcast, watch};
use tokio_stream::wrappers::BroadcastStream;

use super::{
    objects::{Answer, News, Objects, Place, Write, failure, text_of},
    script::{Fault, Script},
};

/// A server.
#[derive(Clone)]
pub struct Server(Arc<Inner>);

struct Inner {
    name: &'static str,
    script: Arc<Script>,
    objects: Mutex<Objects>,
    news: broadcast::Sender<Arc<News>>,
    /// Whether watches tell.
    tells: watch::Sender<bool>,
    /// How often its watches were ended.
    ended: watch::Sender<u32>,
    /// A kind that may not be watched, and what is answered.
    refused: Mutex<Option<(&'static str, u16)>>,
}

impl Server {
    /// Holds what `text` says, each an object of YAML.
    pub fn new(name: &'static str, script: Arc<Script>, text: &str) -> Self {
        let mut objects = Objects { name, ..Objects::default() };
        for one in serde_yaml::Deserializer::from_str(text) {
            let object = Value::deserialize(one).unwrap();
            objects.put(&Place::of_object(&object), object, "ADDED");
        }
        objects.news.clear();
        let (news, tells) = (broadcast::Sender::new(4096), watch::Sender::new(true));
        let ended = watch::Sender::new(0);
        Self(Arc::new(Inner {
            name,
            script,
            objects: Mutex::new(objects),
            news,
            tells,
            ended,
            refused: Mutex::default(),
        }))
    }

    /// A client of it.
    pub fn client(&self) -> Client {
        let server = self.clone();
        Client::new(tower::service_fn(move |request| server.clone().answer(request)), "default")
    }

    /// Whether its watches tell what happens; what they did not tell, they tell later.
    pub fn tells(&self, tells: bool) {
        self.0.tells.send_replace(tells);
    }

    /// Ends its watches, for it does not know any more what happened: they begin anew with all that is there.
    pub fn loses_track(&self) {
        self.0.ended.send_modify(|n| *n += 1);
    }

    /// Refuses to watch a kind from now on; 410 only once all was told that is there.
    pub fn refuses(&self, kind: &'static str, code: Option<u16>) {
        *self.0.refused.lock().unwrap() = code.map(|code| (kind, code));
    }

    /// Holds an object, whatever was there.
    pub fn hold(&self, object: Value) {
        let place = Place::of_object(&object);
        self.objects().put(&place, object, "ADDED");
    }

    /// Somebody changes an object, or deletes it.
    pub fn somebody(&self, method: Method, kind: &str, name: &str, body: Value) {
        let meant = |place: &&Place| place.kind == kind && place.name == name;
        let place = self.objects().all.keys().find(meant).cloned();
        let place = place.unwrap_or_else(|| panic!("no {kind}/{name}"));
        self.carry_out(&Write { method, place, part: String::new(), applies: false, body });
    }

    /// What `of` tells of each object.
    pub fn each<T>(&self, of: impl Fn(&Place, &Value) -> Option<T>) -> Vec<T> {
        self.objects().all.iter().filter_map(|(at, object)| of(at, object)).collect()
    }

    fn objects(&self) -> MutexGuard<'_, Objects> {
        self.0.objects.lock().unwrap()
    }

    async fn answer(
        self,
        request: Request<kube::client::Body>,
    ) -> Result<Response<Body>, Box<dyn std::error::Error + Send + Sync>> {
        let (head, body) = request.into_parts();
        let body = body.collect_bytes().await?;
        let (path, query) = (head.uri.path(), head.uri.query().unwrap_or_default());
        let (place, part) = Place::of(path);
        if head.method == Method::GET {
            let refused = *self.0.refused.lock().unwrap();
            let refused = refused.filter(|(kind, _)| *kind == place.kind).map(|(_, code)| code);
            if let Some(code) = refused.filter(|code| *code != 410) {
                return Ok(json_of(failure(code)));
            }
            if query.contains("watch=true") {
                return Ok(Response::new(self.watch(&place, query, refused.is_some())));
            }
            return Ok(json_of(discovery(path).unwrap_or_else(|| self.read(&place, query))));
        }
        let mut body: Value = serde_json::from_slice(&body).unwrap_or_default();
        if place.kind == "selfsubjectreviews" {
            body["status"] = json!({"userInfo": {"username": "beffroi"}});
            return Ok(json_of((201, body)));
        }
        let kind = head.headers.get("content-type");
        let applies = kind.is_some_and(|kind| kind == "application/apply-patch+yaml");
        let mut write = Write { method: head.method, place, part, applies, body };
        if write.method == Method::POST {
            write.place.name = text_of(&write.body, "/metadata/name");
        }
        if write.place.kind == "events" {
            return Ok(json_of(self.carry_out(&write)));
        }
        let Place { kind, name, .. } = &write.place;
        let named = [&**kind, &**name, &*write.part].join("/");
        let named = format!("{} {} {}", self.0.name, write.method, named.trim_end_matches('/'));
        let (index, fault) = self.0.script.ask(named, write.body.clone()).await;
        match fault {
            None => Ok(json_of(self.carry_out_asked(index, &write))),
            Some(Fault::Refused(code)) => Ok(json_of(failure(code))),
            Some(Fault::RequestLost) => Err("the connection broke before the request was heard".into()),
            Some(Fault::AnswerLost) => {
                self.carry_out_asked(index, &write);
                Err("the connection broke before the answer came".into())
            }
            Some(Fault::Late) => {
                let server = self.clone();
                self.0.script.put_off(move || drop(server.carry_out_asked(index, &write)));
                Err("no answer came in time".into())
            }
            Some(Fault::Silence) => future::pending().await,
        }
    }

    fn read(&self, place: &Place, query: &str) -> Answer {
        let objects = self.objects();
        if !place.name.is_empty() {
            return objects.all.get(place).map_or_else(|| failure(404), |object| (200, object.clone()));
        }
        let found = objects.all.iter().filter(|(at, object)| place.holds(at) && selects(query, object));
        let items: Vec<&Value> = found.map(|(_, object)| object).collect();
        let metadata = json!({"resourceVersion": objects.version.to_string()});
        (200, json!({"apiVersion": "v1", "kind": "List", "metadata": metadata, "items": items}))
    }

    /// All that is there, and then what happens, unless it `forgets` that at once.
    fn watch(&self, place: &Place, query: &str, forgets: bool) -> Body {
        let objects = self.objects();
        let (place, query) = (place.clone(), query.to_owned());
        let meant = move |(at, _, object): &News| place.holds(at) && selects(&query, object);
        let there = objects.all.iter().map(|(at, object)| (at.clone(), "ADDED", object.clone()));
        let mut there: Vec<String> = there.filter(&meant).map(|news| line(&news)).collect();
        let annotations = json!({"k8s.io/initial-events-end": "true"});
        let metadata = json!({"resourceVersion": objects.version.to_string(), "annotations": annotations});
        let end = json!({"apiVersion": "v1", "kind": "Any", "metadata": metadata});
        there.push(line(&(Place::default(), "BOOKMARK", end)));
        let later = BroadcastStream::new(self.0.news.subscribe()).filter_map(|news| future::ready(news.ok()));
        let later = later.filter(move |news| future::ready(meant(news)));
        let tells = self.0.tells.subscribe();
        let later = later.then(move |news| {
            let mut tells = tells.clone();
            async move {
                // It ends with the server, and then nobody reads it.
                let _ = tells.wait_for(|tells| *tells).await;
                line(&news)
            }
        });
        let mut ended = self.0.ended.subscribe();
        let ended = async move {
            if !forgets {
                _ = ended.changed().await;
            }
        };
        let gone = stream::iter([line(&(Place::default(), "ERROR", failure(410).1))]);
        let told = stream::iter(there).chain(later.take_until(ended)).chain(gone);
        Body::from_stream(told.map(Ok::<_, axum::Error>))
    }

    fn carry_out_asked(&self, index: usize, write: &Write) -> Answer {
        let before = self.objects().version;
        let answer = self.carry_out(write);
        if answer.0 < 300 {
            self.0.script.done(index, self.objects().version != before);
        }
        answer
    }

    fn carry_out(&self, write: &Write) -> Answer {
        let mut objects = self.objects();
        let answer = objects.carry_out(write);
        for news in objects.news.drain(..) {
            // Nobody may watch yet.
            let _ = self.0.news.send(Arc::new(news));
        }
        answer
    }
}

/// A line of a watch; servers say first what happened, and who reads it counts on that.
fn line((_, what, object): &News) -> String {
    format!("{{\"type\":\"{what}\",\"object\":{object}}}\n")
}

/// What a server says of itself; Flux is served, and nothing else beside Kubernetes' own.
fn discovery(path: &str) -> Option<Answer> {
    let flux = |name: &str, kind: &str| json!({"name": name, "singularName": "", "namespaced": true, "kind": kind, "verbs": ["get"]});
    let resources = [flux("ocirepositories", "OCIRepository"), flux("helmreleases", "HelmRelease")];
    match path.trim_start_matches('/').split('/').collect::<Vec<_>>()[..] {
        ["version"] => {
            let mut version = json!({"major": "1", "minor": "37", "gitVersion": "v1.37.2"});
            for word in ["buildDate", "compiler", "gitCommit", "gitTreeState", "goVersion", "platform"] {
                version[word] = json!("");
            }
            Some((200, version))
        }
        ["apis"] => Some((200, json!({"apiVersion": "v1", "kind": "APIGroupList", "groups": []}))),
        ["apis", group, version] if group.ends_with("fluxcd.io") => {
            let of = format!("{group}/{version}");
            let list = json!({
                "apiVersion": "v1", "kind": "APIResourceList", "groupVersion": of, "resources": resources,
            });
            Some((200, list))
        }
        ["apis", _, _] => Some(failure(404)),
        _ => None,
    }
}

/// Whether an object bears the label that a query asks for.
fn selects(query: &str, object: &Value) -> bool {
    let Some(label) = query.split('&').find_map(|part| part.strip_prefix("labelSelector=")) else {
        return true;
    };
    let label = label.replace("%2F", "/").replace("%3D", "=");
    label.split_once('=').is_none_or(|(key, value)| object["metadata"]["labels"][key] == value)
}

fn json_of((code, body): Answer) -> Response<Body> {
    Response::builder().status(code).body(Body::from(body.to_string())).unwrap()
}
