//! Checkpoints: a state of the log has one text, and no text but the genuine one is signed.
#![no_main]

use std::sync::LazyLock;

use beffroi_core::evidence::{SigningKeys, checkpoint::Checkpoint, sample};
use libfuzzer_sys::fuzz_target;

static KEYS: LazyLock<SigningKeys> = LazyLock::new(|| sample::keys(1, "beffroi.fr/log/fuzz"));

fuzz_target!(|text: &[u8]| {
    let Ok(text) = std::str::from_utf8(text) else { return };
    if let Ok((state, _)) = Checkpoint::verify(text, &[KEYS.public()]) {
        // Lines of keys that are not known may stand around the one of ours.
        let genuine = Checkpoint::sign(state.size, state.root, &KEYS).unwrap();
        let (signed, line) = genuine.split_once("\n\n").unwrap();
        let lines = text.strip_prefix(signed).and_then(|rest| rest.strip_prefix("\n\n"));
        assert!(lines.is_some_and(|lines| lines.contains(line)), "a state has another text");
        assert_eq!(Checkpoint::read(text), Ok(state), "a state is read in two ways");
    }
    if let Ok(state) = Checkpoint::read(text) {
        let three = format!("{}\n{}\n{}\n", state.origin, state.size, state.root);
        assert!(text.starts_with(&three), "a state is read that is not there");
    }
});
