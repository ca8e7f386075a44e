//! Statements: one text each.
#![no_main]

use beffroi_core::evidence::Statement;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let Ok(statement) = Statement::parse(text) else { return };
    assert_eq!(statement.to_vec().unwrap(), text, "a statement has another text");
    assert_eq!(Statement::parse(text).unwrap(), statement);
});
