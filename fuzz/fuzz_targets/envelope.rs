//! Envelopes: an entry has one text, and no text but the genuine one is signed.
#![no_main]

use std::sync::LazyLock;

use beffroi_core::evidence::{SigningKeys, dsse::Envelope, sample};
use libfuzzer_sys::fuzz_target;

static KEYS: LazyLock<SigningKeys> = LazyLock::new(|| sample::keys(1, "beffroi.fr/log/fuzz"));

fuzz_target!(|text: &[u8]| {
    let Ok(envelope) = Envelope::from_entry(text) else { return };
    assert_eq!(envelope.to_entry().unwrap(), text, "an entry has another text");
    if let Ok((payload, _)) = envelope.verify(&[KEYS.public()]) {
        // Signatures are deterministic: what stands is what these keys would have signed.
        assert_eq!(Envelope::sign(&payload, &KEYS), envelope, "a signature has another form");
    }
});
