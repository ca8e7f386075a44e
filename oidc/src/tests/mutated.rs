//! One byte of a good token is another: nobody is recognized.

use std::sync::LazyLock;

use proptest::prelude::*;
use tokio::runtime::Runtime;

use super::*;

struct Scene {
    runtime: Runtime,
    verifier: Verifier,
    tokens: Vec<String>,
    _issuers: Vec<Issuer>,
}

static SCENE: LazyLock<Scene> = LazyLock::new(|| {
    let runtime = Runtime::new().unwrap();
    let (verifier, tokens, issuers) = runtime.block_on(async {
        let (mut agreed, mut tokens, mut issuers) = (vec![], vec![], vec![]);
        for (algorithm, signer) in [
            (Algorithm::Rs256, Signer::rsa("k")),
            (Algorithm::Ps256, Signer::rsa("k")),
            (Algorithm::Es256, Signer::ec("k")),
            (Algorithm::EdDsa, Signer::ed("k")),
        ] {
            let issuer = Issuer::start(&[&signer]).await;
            agreed.push(registration(&issuer.address, algorithm));
            tokens.push(signer.sign(algorithm.name(), &json!({"kid": null}), &claims(&issuer.address)));
            issuers.push(issuer);
        }
        let verifier = Verifier::new(Pace::default(), agreed);
        for token in &tokens {
            verifier.ask(token).await.unwrap();
        }
        (verifier, tokens, issuers)
    });
    Scene { runtime, verifier, tokens, _issuers: issuers }
});

fn refused(bytes: &[u8]) -> bool {
    let scene = &*SCENE;
    let header = [b"Bearer ", bytes].concat();
    HeaderValue::from_bytes(&header)
        .map_or(true, |header| scene.runtime.block_on(scene.verifier.read(Some(&header), now())).is_err())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn one_byte_replaced(which in 0..4_usize, place: prop::sample::Index, change in 1..=255_u8) {
        let mut bytes = SCENE.tokens[which].clone().into_bytes();
        let place = place.index(bytes.len());
        bytes[place] ^= change;
        prop_assert!(refused(&bytes));
    }

    #[test]
    fn one_letter_replaced_by_another(which in 0..4_usize, place: prop::sample::Index, letter in "[A-Za-z0-9_-]") {
        let mut bytes = SCENE.tokens[which].clone().into_bytes();
        let place = place.index(bytes.len());
        prop_assume!(bytes[place] != letter.as_bytes()[0]);
        bytes[place] = letter.as_bytes()[0];
        prop_assert!(refused(&bytes));
    }

    #[test]
    fn a_piece_left_out_or_twice(which in 0..4_usize, a: prop::sample::Index, b: prop::sample::Index, twice: bool) {
        let bytes = SCENE.tokens[which].as_bytes();
        let (a, b) = (a.index(bytes.len()), b.index(bytes.len()));
        let (start, end) = (a.min(b), a.max(b) + 1);
        let kept = if twice { &bytes[..end] } else { &bytes[..start] };
        let rest = if twice { &bytes[start..] } else { &bytes[end..] };
        prop_assert!(refused(&[kept, rest].concat()));
    }
}
