//! One text for one value: JSON as RFC 8785 writes it, with sorted keys and no blanks.
//!
//! Statements and observations hold whole numbers only; the shares of a policy, whose digest they hold, may have
//! a fraction. Numbers that the RFC writes with an exponent are refused: nothing here is that large or small.

use serde::{Serialize, ser::Error as _};
use serde_json::{Error, Number, Value};
use sha2::{Digest, Sha256};

/// The canonical text of a value.
///
/// # Errors
/// When the value cannot be written as JSON, or holds a number beyond those that are taken.
pub fn to_vec(value: &impl Serialize) -> Result<Vec<u8>, Error> {
    let mut out = Vec::new();
    write(&serde_json::to_value(value)?, &mut out)?;
    Ok(out)
}

/// SHA-256 of the canonical text, in hexadecimal.
///
/// # Errors
/// As [`to_vec`].
pub fn digest(value: &impl Serialize) -> Result<String, Error> {
    to_vec(value).map(|text| sha256(&text))
}

/// SHA-256 in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Keys are sorted here and not left to `serde_json`, whose order depends on a feature that any other crate
/// may switch on. The RFC compares them as UTF-16, which differs from UTF-8 beyond U+FFFF.
fn write(value: &Value, out: &mut Vec<u8>) -> Result<(), Error> {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            out.push(b'{');
            for (index, (key, value)) in fields.into_iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                serde_json::to_writer(&mut *out, key)?;
                out.push(b':');
                write(value, out)?;
            }
            out.push(b'}');
        }
        Value::Array(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write(item, out)?;
            }
            out.push(b']');
        }
        Value::Number(number) => out.extend(decimal(number)?.bytes()),
        scalar => serde_json::to_writer(&mut *out, scalar)?,
    }
    Ok(())
}

/// A number as ECMAScript writes it: the shortest decimal that reads as the same.
fn decimal(number: &Number) -> Result<String, Error> {
    if let Some(number) = number.as_u64() {
        return Ok(number.to_string());
    }
    if let Some(number) = number.as_i64() {
        return Ok(number.to_string());
    }
    let beyond = || Error::custom(format!("the number {number} is beyond those that evidence holds"));
    let float = number.as_f64().ok_or_else(beyond)?;
    match float.abs() {
        0.0 => Ok("0".into()),
        1e-6..1e21 => Ok(float.to_string()),
        _ => Err(beyond()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_are_sorted_at_every_depth_and_nothing_is_blank() {
        let value = json!({"b": [{"z": 1, "a": null}], "a": "é\n\"", "C": true});
        let text = String::from_utf8(to_vec(&value).unwrap()).unwrap();
        assert_eq!(text, r#"{"C":true,"a":"é\n\"","b":[{"a":null,"z":1}]}"#);
    }

    #[test]
    fn keys_are_compared_as_utf_16() {
        let text =
            String::from_utf8(to_vec(&json!({"\u{fb33}": 1, "\u{1f600}": 2, "é": 3})).unwrap()).unwrap();
        assert_eq!(text, "{\"é\":3,\"\u{1f600}\":2,\"\u{fb33}\":1}");
    }

    #[test]
    fn numbers_are_written_as_ecmascript_does() {
        let text =
            String::from_utf8(to_vec(&json!([24.0, 24, -0.0, 0.1, 1e-6, -3.5, 1e20, u64::MAX])).unwrap());
        assert_eq!(text.unwrap(), "[24,24,0,0.1,0.000001,-3.5,100000000000000000000,18446744073709551615]");
        for beyond in [1e21, 9e-7, -1e300] {
            assert!(to_vec(&json!([beyond])).is_err(), "{beyond}");
        }
    }

    #[test]
    fn a_known_digest() {
        assert_eq!(sha256(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
