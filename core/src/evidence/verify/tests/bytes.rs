//! No byte of a bundle can change, go, come or be cut off without being noticed.
//!
//! The whole of the law is one sentence: a text other than the genuine one is an error. So each of these tries
//! texts near the genuine one, all of them, and wants an error each time.

use std::thread;

use super::*;

/// Every text that `change` makes at some place is refused.
fn none_stands(change: impl Fn(&[u8], usize) -> Vec<Vec<u8>> + Sync) {
    let (bundle, trusted) = whole();
    let text = bundle.to_vec().unwrap();
    assert!(verify(&text, &trusted, &Expected::default()).is_ok());
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for worker in 0..workers {
            let (text, trusted, change) = (&text, &trusted, &change);
            scope.spawn(move || {
                for place in (worker..text.len()).step_by(workers) {
                    for changed in change(text, place) {
                        assert_ne!(&changed, text);
                        let result = verify(&changed, trusted, &Expected::default());
                        assert!(result.is_err(), "byte {place}: {}", String::from_utf8_lossy(&changed));
                    }
                }
            });
        }
    });
}

#[test]
fn each_flipped_bit_is_noticed() {
    none_stands(|text, place| {
        let flip = |bit| {
            let mut text = text.to_vec();
            text[place] ^= 1_u8 << bit;
            text
        };
        (0..8).map(flip).collect()
    });
}

#[test]
fn each_byte_put_to_a_blank_a_quote_or_a_zero_is_noticed() {
    none_stands(|text, place| {
        let put = |byte| {
            let mut text = text.to_vec();
            text[place] = byte;
            text
        };
        b" \"0".iter().filter(|byte| **byte != text[place]).map(|byte| put(*byte)).collect()
    });
}

#[test]
fn each_lost_doubled_or_added_byte_and_each_cut_is_noticed() {
    none_stands(|text, place| {
        let (before, after) = text.split_at(place);
        vec![
            before.to_vec(),
            [before, &after[1..]].concat(),
            [before, &after[..1], after].concat(),
            [before, b" ", after].concat(),
        ]
    });
}

#[test]
fn another_spelling_of_the_same_json_is_refused() {
    let (bundle, trusted) = whole();
    let text = String::from_utf8(bundle.to_vec().unwrap()).unwrap();
    let index = format!("\"logIndex\":{}", bundle.inclusion.log_index);
    for (what, changed) in [
        ("pretty", serde_json::to_string_pretty(&bundle).unwrap()),
        ("no line feed", text.trim_end().to_owned()),
        ("two line feeds", format!("{text}\n")),
        ("mark of order", format!("\u{feff}{text}")),
        ("unicode escape", text.replace("\"rapide\"", "\"\\u0072apide\"")),
        ("escaped slash", text.replacen("application/", "application\\/", 1)),
        ("float", text.replace(&index, &format!("{index}.0"))),
        ("exponent", text.replace(&index, &format!("{index}e0"))),
        ("negative", text.replace(&index, &index.replace(':', ":-"))),
        ("field twice", text.replacen("\"mediaType\":", "\"mediaType\":\"x\",\"mediaType\":", 1)),
        (
            "label twice",
            text.replacen("\"labels\":{", "\"labels\":{\"topology.kubernetes.io/zone\":\"x\",", 1),
        ),
        ("field more", text.replacen('{', "{\"a\":1,", 1)),
        ("field more within", text.replacen("\"declared\":{", "\"declared\":{\"a\":1,", 1)),
        ("class field more", text.replacen("\"encrypted\":true", "\"a\":1,\"encrypted\":true", 1)),
        ("null", text.replacen("\"mediaType\"", "\"z\":null,\"mediaType\"", 1)),
        ("base64 without padding", text.replace("=\"", "\"")),
        ("base64 for addresses", text.replace('/', "_")),
        ("two bundles", format!("{text}{text}")),
    ] {
        assert_ne!(changed, text, "{what}");
        refused!(verify(changed.as_bytes(), &trusted, &Expected::default()), Error::Bundle(_));
    }
    let long = vec![b' '; bundle::LONGEST + 1];
    refused!(verify(&long, &trusted, &Expected::default()), Error::Bundle(bundle::Error::TooLong));
}
