//! Checkpoints (c2sp.org/tlog-checkpoint): name, size and root of the log as a signed note.

use std::collections::BTreeSet;

use signed_note::{Note, StandardVerifier, Verifier as _};
use thiserror::Error;
use tlog_tiles::Hash;

use super::{PublicKeys, SigningKeys};

/// Why a checkpoint does not stand.
#[derive(Clone, Debug, Error, Eq, PartialEq)]
pub enum Error {
    /// Not a signed note with a checkpoint.
    #[error("the checkpoint is malformed: {0}")]
    Malformed(&'static str),
    /// Signed by a key that is not trusted.
    #[error(
        "the checkpoint is signed by {found}, not by a trusted key of the log: is this the right public key file?"
    )]
    UnknownKey {
        /// Name and id.
        found: String,
    },
    /// The signature is not that key's.
    #[error("the signature of the checkpoint is not that of its key: it was changed")]
    BadSignature,
}

/// The state of a log at one size.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    /// Name of the log.
    pub origin: String,
    /// Number of entries.
    pub size: u64,
    /// Root of the Merkle tree (RFC 6962).
    pub root: Hash,
}

impl Checkpoint {
    /// Signs the state of the log that `keys` belong to.
    ///
    /// # Errors
    /// When the name of the log cannot stand in a note.
    pub fn sign(size: u64, root: Hash, keys: &SigningKeys) -> Result<String, Error> {
        let origin = keys.public().origin();
        let malformed = |_| Error::Malformed("the name of the log is not one");
        let text = tlog_tiles::Checkpoint::new(origin, size, root, "")
            .map_err(|_| Error::Malformed("the name of the log is not one"))?;
        let mut note = Note::new(&text.to_bytes(), &[]).map_err(malformed)?;
        note.add_sigs(&[keys.checkpoint()]).map_err(malformed)?;
        String::from_utf8(note.to_bytes()).map_err(|_| Error::Malformed("not UTF-8"))
    }

    /// Reads a checkpoint that at least one of `keys` signed; with the places of all that did among them, in order.
    ///
    /// As c2sp.org/signed-note has it, a line of a key that is not known says nothing: witnesses cosign. A line of a
    /// known key that is not its signature is an error, whoever else signed.
    ///
    /// # Errors
    /// When none did, or one of them did not sign what stands there.
    pub fn verify(note: &str, keys: &[&PublicKeys]) -> Result<(Self, Vec<usize>), Error> {
        let parsed =
            Note::from_bytes(note.as_bytes()).map_err(|_| Error::Malformed("it is not a signed note"))?;
        let (text, lines) = note.rsplit_once("\n\n").ok_or(Error::Malformed("no signature"))?;
        let (mut places, mut unknown) = (BTreeSet::new(), None);
        for line in lines.lines() {
            let signature = signed_note::Signature::from_bytes(line.as_bytes())
                .map_err(|_| Error::Malformed("the line of a signature is not one"))?;
            let mut known = false;
            for (place, key) in keys.iter().enumerate() {
                let Ok(verifier) = StandardVerifier::new(key.verifier_key()) else { continue };
                if verifier.name() != signature.name() || verifier.key_id() != signature.id() {
                    continue;
                }
                if !verifier.verify(parsed.text(), signature.signature()) {
                    return Err(Error::BadSignature);
                }
                known = true;
                places.insert(place);
            }
            if !known && unknown.is_none() {
                unknown = Some(format!("{} {:08x}", signature.name(), signature.id()));
            }
        }
        let Some(first) = places.first() else {
            return Err(Error::UnknownKey { found: unknown.unwrap_or_default() });
        };
        let checkpoint = Self::parse(&format!("{text}\n"))?;
        if checkpoint.origin != keys[*first].origin() {
            return Err(Error::Malformed("it speaks of another log than its signature"));
        }
        // Whatever else would read the same is refused: one state has one text.
        if parsed.to_bytes() != note.as_bytes() {
            return Err(Error::Malformed("it is not in its one canonical text"));
        }
        Ok((checkpoint, places.into_iter().collect()))
    }

    /// Reads name, size and root, whoever signed them.
    ///
    /// # Errors
    /// When the text is not a checkpoint.
    pub fn read(text: &str) -> Result<Self, Error> {
        let body = text.split_once("\n\n").map_or_else(|| text.to_owned(), |(body, _)| format!("{body}\n"));
        Self::parse(&body)
    }

    /// Reads the three lines that are signed, and nothing beside them.
    fn parse(body: &str) -> Result<Self, Error> {
        let parsed = tlog_tiles::Checkpoint::from_bytes(body.as_bytes())
            .map_err(|_| Error::Malformed("name, size and root are expected, a line each"))?;
        if !parsed.extension().is_empty() || parsed.to_bytes() != body.as_bytes() {
            return Err(Error::Malformed("nothing may follow the root"));
        }
        Ok(Self { origin: parsed.origin().to_owned(), size: parsed.size(), root: *parsed.hash() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::keys::tests::keys;

    #[test]
    fn a_checkpoint_is_read_again_by_who_trusts_its_key() {
        let mine = keys(1);
        let root = tlog_tiles::record_hash(b"x");
        let note = Checkpoint::sign(7, root, &mine).unwrap();
        let (read, places) = Checkpoint::verify(&note, &[keys(2).public(), mine.public()]).unwrap();
        assert_eq!((read.size, read.root, places), (7, root, vec![1]));
        assert_eq!(read.origin, mine.public().origin());
        assert!(matches!(Checkpoint::verify(&note, &[keys(2).public()]), Err(Error::UnknownKey { .. })));
    }

    #[test]
    fn each_changed_byte_is_seen() {
        let mine = keys(1);
        let note = Checkpoint::sign(1234, tlog_tiles::record_hash(b"x"), &mine).unwrap();
        for place in 0..note.len() {
            for mask in [1, 2, 0x20, 0x80] {
                let mut bytes = note.clone().into_bytes();
                bytes[place] ^= mask;
                let Ok(text) = String::from_utf8(bytes) else { continue };
                assert!(Checkpoint::verify(&text, &[mine.public()]).is_err(), "byte {place}: {text:?}");
            }
        }
        assert!(Checkpoint::verify(&format!("{note}— a 1\n"), &[mine.public()]).is_err(), "no signature");
    }

    /// Signs whatever text, as a log that does not keep to the form would.
    fn sign(text: &str, keys: &SigningKeys) -> String {
        let mut note = Note::new(text.as_bytes(), &[]).unwrap();
        note.add_sigs(&[keys.checkpoint()]).unwrap();
        String::from_utf8(note.to_bytes()).unwrap()
    }

    #[test]
    fn what_a_log_signs_in_another_form_is_refused() {
        let mine = keys(1);
        let (origin, root) = (mine.public().origin(), tlog_tiles::record_hash(b"x"));
        let good = format!("{origin}\n7\n{root}\n");
        assert!(Checkpoint::verify(&sign(&good, &mine), &[mine.public()]).is_ok());
        for bad in [
            format!("{origin}\n7\n{root}\nextension\n"),
            format!("{origin}\n7\n{root}\n\nanother text\n"),
            format!("{origin}\n07\n{root}\n"),
            format!("{origin}\n+7\n{root}\n"),
            format!("{origin}\n18446744073709551616\n{root}\n"),
            format!("{origin}\n7\n{}\n", &root.to_string()[1..]),
            format!("{origin}.other\n7\n{root}\n"),
            format!("\n{good}"),
            format!("{good}\n"),
        ] {
            assert!(Checkpoint::verify(&sign(&bad, &mine), &[mine.public()]).is_err(), "{bad}");
        }
    }

    #[test]
    fn witnesses_may_cosign_and_nobody_else_is_taken_for_the_log() {
        let (mine, witness) = (keys(1), keys(2));
        let note = Checkpoint::sign(7, tlog_tiles::record_hash(b"x"), &mine).unwrap();
        let (text, own) = note.split_once("\n\n").unwrap();
        let line = |keys: &SigningKeys, text: &str| {
            sign(&format!("{text}\n"), keys).lines().last().unwrap().to_owned() + "\n"
        };
        let cosigned = line(&witness, text);
        // A cosignature of C2SP's own kind: more bytes than a signature of ours.
        let timed = format!("— witness.example/w {}\n", super::super::dsse::encode(&[7; 76]));
        let with = |lines: &[&str]| format!("{text}\n\n{}", lines.concat());
        let verify =
            |lines: &[&str], keys: &[&PublicKeys]| Checkpoint::verify(&with(lines), keys).map(|(_, p)| p);
        for lines in [
            vec![own, &cosigned],
            vec![&cosigned, own],
            vec![own, &timed],
            vec![&timed, &cosigned, own],
            vec![own, own],
        ] {
            assert_eq!(verify(&lines, &[mine.public()]), Ok(vec![0]), "{lines:?}");
        }
        assert_eq!(verify(&[own, &cosigned], &[mine.public(), witness.public()]), Ok(vec![0, 1]));
        assert!(matches!(verify(&[&timed, &cosigned], &[mine.public()]), Err(Error::UnknownKey { .. })));
        // A bad signature of a known key is an error, whoever else signed well.
        let other = line(&mine, &text.replace("\n7\n", "\n8\n"));
        for lines in [vec![own, &*other], vec![&*other, own], vec![&*other, &cosigned]] {
            assert_eq!(verify(&lines, &[mine.public()]), Err(Error::BadSignature), "{lines:?}");
        }
        let bad_witness = line(&witness, &text.replace("\n7\n", "\n8\n"));
        assert_eq!(
            verify(&[own, &bad_witness], &[mine.public(), witness.public()]),
            Err(Error::BadSignature)
        );
        assert_eq!(verify(&[own, &bad_witness], &[mine.public()]), Ok(vec![0]), "it is not known");
        for malformed in ["\n", "x\n", "— a\n", "— a b\n", "— a AAAA\n"] {
            assert!(verify(&[own, malformed], &[mine.public()]).is_err(), "{malformed:?}");
        }
    }

    #[test]
    fn keys_of_another_log_of_the_same_name_are_not_trusted() {
        let log = |seed: u8| {
            let text =
                SigningKeys::from_seeds(&[seed; 32], &[seed + 100; 32], Some("a.example/log")).unwrap();
            SigningKeys::parse(&text.statement, &text.checkpoint).unwrap()
        };
        let note = Checkpoint::sign(7, tlog_tiles::record_hash(b"x"), &log(1)).unwrap();
        assert!(Checkpoint::verify(&note, &[log(1).public()]).is_ok());
        assert!(matches!(Checkpoint::verify(&note, &[log(2).public()]), Err(Error::UnknownKey { .. })));
    }
}
