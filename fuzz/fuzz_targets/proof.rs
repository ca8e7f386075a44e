//! Bundles and their verification: one text each, and only a genuine one verifies.
//!
//! An input is either a text to be read as a bundle, or, when its first byte is odd, a list of edits (place, byte)
//! to a genuine bundle, which come closer to one that verifies than random text ever would.
#![no_main]

use std::sync::LazyLock;

use beffroi_core::evidence::{Bundle, Expected, PublicKeys, sample, verify};
use libfuzzer_sys::fuzz_target;

/// The keys that are trusted, and the one bundle that verifies with them.
static GENUINE: LazyLock<(PublicKeys, Vec<u8>)> = LazyLock::new(|| {
    let (bundle, trusted) = sample::whole();
    (trusted, bundle.to_vec().unwrap())
});

fuzz_target!(|input: &[u8]| {
    let (trusted, genuine) = &*GENUINE;
    let text = match input.split_first() {
        Some((kind, edits)) if kind % 2 == 1 => edited(genuine, edits),
        Some((_, text)) => text.to_vec(),
        None => return,
    };
    if let Ok(bundle) = Bundle::parse(&text) {
        assert_eq!(bundle.to_vec().unwrap(), text, "a bundle has another text");
    }
    let verified = verify(&text, trusted, &Expected::default());
    assert_eq!(verified.is_ok(), text == *genuine, "{verified:?}");
});

/// The text after each edit: a place in two bytes, what to do there, a byte to do it with.
fn edited(genuine: &[u8], edits: &[u8]) -> Vec<u8> {
    let mut text = genuine.to_vec();
    for edit in edits.chunks_exact(4) {
        let place = usize::from(u16::from_be_bytes([edit[0], edit[1]])) % text.len().max(1);
        match edit[2] % 4 {
            0 => text[place] = edit[3],
            1 => text[place] ^= edit[3],
            2 => text.insert(place, edit[3]),
            _ if text.len() > 1 => drop(text.remove(place)),
            _ => {}
        }
    }
    text
}
