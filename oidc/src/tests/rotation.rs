//! Keys come, go and cannot be had, and are asked for as seldom as can be.

use std::{sync::Arc, time::Instant};

use super::*;

/// The pause of these tests, and a little more than it.
const PAUSE: Duration = Duration::from_millis(500);
const AFTER: Duration = Duration::from_millis(600);
const PACE: Pace = Pace { refresh: Duration::from_mins(10), keep: Duration::from_hours(24), pause: PAUSE };

struct Scene {
    issuer: Issuer,
    old: Signer,
    new: Signer,
    verifier: Arc<Verifier>,
}

impl Scene {
    async fn new(pace: Pace) -> Self {
        let (old, new) = (Signer::rsa("old"), Signer::stranger("new"));
        let issuer = Issuer::start(&[&old]).await;
        let agreed = [registration(&issuer.address, Algorithm::Rs256)];
        Self { verifier: Arc::new(Verifier::new(pace, agreed)), issuer, old, new }
    }

    async fn ask(&self, signer: &Signer, header: Value) -> Result<Claims, &'static str> {
        self.verifier.ask(&signer.sign("RS256", &header, &claims(&self.issuer.address))).await
    }

    /// A hundred people at once, each with their own token.
    async fn crowd(&self, signer: &Signer, id: impl Fn(usize) -> String) -> Vec<Result<(), &'static str>> {
        let asking = (0..100).map(|person| {
            let changes = json!({"sub": person.to_string()});
            let token = with(claims(&self.issuer.address), changes);
            let token = signer.sign("RS256", &json!({"kid": id(person)}), &token);
            let verifier = self.verifier.clone();
            tokio::spawn(async move { verifier.ask(&token).await.map(|_| ()) })
        });
        futures::future::join_all(asking).await.into_iter().map(Result::unwrap).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_asks_for_keys_once() {
    let scene = Scene::new(PACE).await;
    assert!(scene.crowd(&scene.old, |_| "old".into()).await.iter().all(Result::is_ok));
    assert_eq!(scene.issuer.served(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_key_is_asked_for_once() {
    let scene = Scene::new(PACE).await;
    scene.ask(&scene.old, json!({})).await.unwrap();
    scene.issuer.publish(&[&scene.old, &scene.new]);
    tokio::time::sleep(AFTER).await;
    assert!(scene.crowd(&scene.new, |_| "new".into()).await.iter().all(Result::is_ok));
    assert_eq!(scene.issuer.served(), 2);
    scene.ask(&scene.old, json!({})).await.unwrap();
    assert_eq!(scene.issuer.served(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn made_up_keys_cost_one_question() {
    let scene = Scene::new(PACE).await;
    scene.ask(&scene.old, json!({})).await.unwrap();
    tokio::time::sleep(AFTER).await;
    let start = Instant::now();
    let answers = scene.crowd(&scene.new, |person| format!("made-up-{person}")).await;
    assert!(answers.iter().all(|answer| *answer == Err("token-key-unknown")));
    let most = 1 + usize::try_from(start.elapsed().as_millis() / PAUSE.as_millis()).unwrap();
    assert!(scene.issuer.served() - 1 <= most, "asked {} times", scene.issuer.served());
}

#[tokio::test]
async fn who_goes_away_does_not_end_the_question() {
    let scene = Scene::new(PACE).await;
    let mut asking = Box::pin(scene.ask(&scene.old, json!({})));
    assert!(futures::poll!(&mut asking).is_pending());
    drop(asking);
    scene.ask(&scene.old, json!({})).await.unwrap();
    assert_eq!(scene.issuer.served(), 1);
}

#[tokio::test]
async fn an_issuer_that_is_down_keeps_its_keys() {
    let scene = Scene::new(Pace { refresh: Duration::ZERO, ..PACE }).await;
    scene.ask(&scene.old, json!({})).await.unwrap();
    scene.issuer.set(|script| script.mood = Mood::Down);
    for mood in [Mood::Down, Mood::Redirecting, Mood::Endless] {
        tokio::time::sleep(AFTER).await;
        scene.issuer.set(|script| script.mood = mood);
        for person in ["a", "b"] {
            let token = with(claims(&scene.issuer.address), json!({"sub": person}));
            scene.verifier.ask(&scene.old.sign("RS256", &json!({}), &token)).await.unwrap();
        }
    }
    // What it cannot be asked about is not said to be wrong.
    tokio::time::sleep(AFTER).await;
    assert_eq!(scene.ask(&scene.new, json!({})).await.unwrap_err(), "issuer-answer-too-large");
    // And it is not asked again at once.
    scene.issuer.set(|script| script.mood = Mood::Honest);
    assert_eq!(scene.ask(&scene.new, json!({"kid": "newer"})).await.unwrap_err(), "issuer-answer-too-large");
    scene.issuer.publish(&[&scene.new]);
    tokio::time::sleep(AFTER).await;
    scene.ask(&scene.new, json!({})).await.unwrap();
}

#[tokio::test]
async fn keys_that_were_never_had_are_not_asked_for_at_each_request() {
    let scene = Scene::new(PACE).await;
    scene.issuer.set(|script| script.discovery = json!({"jwks_uri": "http://127.0.0.1:1/keys"}));
    assert_eq!(scene.ask(&scene.old, json!({})).await.unwrap_err(), "issuer-unreachable");
    scene.issuer.set(|script| script.discovery = json!({}));
    assert_eq!(scene.ask(&scene.old, json!({})).await.unwrap_err(), "issuer-unreachable");
    tokio::time::sleep(AFTER).await;
    scene.ask(&scene.old, json!({})).await.unwrap();
}

#[tokio::test]
async fn keys_that_grew_too_old_are_not_believed() {
    let keep = Duration::from_millis(500);
    let scene = Scene::new(Pace { refresh: keep, keep, ..PACE }).await;
    scene.ask(&scene.old, json!({})).await.unwrap();
    scene.issuer.set(|script| script.mood = Mood::Down);
    tokio::time::sleep(AFTER).await;
    assert_eq!(scene.ask(&scene.old, json!({})).await.unwrap_err(), "issuer-status");
}

/// A key that is withdrawn verifies nothing any more.
#[tokio::test]
async fn a_key_that_is_withdrawn_is_forgotten() {
    let scene = Scene::new(Pace { refresh: Duration::ZERO, ..PACE }).await;
    scene.ask(&scene.old, json!({})).await.unwrap();
    scene.issuer.publish(&[&scene.new]);
    tokio::time::sleep(AFTER).await;
    // Old keys are good until the new ones are there.
    scene.ask(&scene.old, json!({})).await.unwrap();
    tokio::time::sleep(AFTER).await;
    assert_eq!(scene.ask(&scene.old, json!({})).await.unwrap_err(), "token-key-unknown");
    assert!(scene.issuer.served() <= 4);
}
