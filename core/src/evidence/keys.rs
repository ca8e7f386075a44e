//! Two keys that belong together: ECDSA P-256 signs statements (cosign and others verify it), Ed25519 signs
//! checkpoints (what C2SP's signed notes and Go's `sumdb/note` know). They are made, published and replaced
//! as one.
//!
//! The public file is a PEM block followed by the line of the note's verifier key. Tools that look for PEM
//! skip what follows it (RFC 7468, 2).

use p256::{
    ecdsa::{SigningKey, VerifyingKey},
    pkcs8::{DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey, LineEnding},
};
use signed_note::StandardSigner;
use thiserror::Error;

use super::canonical::sha256;

/// What the names of logs begin with.
pub const ORIGIN: &str = "beffroi.fr/log/";

/// Why keys cannot be used. No message holds any part of a private key.
#[derive(Clone, Debug, Error, Eq, PartialEq)]
pub enum Error {
    /// The statement key.
    #[error(
        "the private key of statements is not a PKCS#8 PEM of an ECDSA P-256 key: make a pair with `beffroi keys generate`"
    )]
    Statement,
    /// The checkpoint key.
    #[error(
        "the private key of checkpoints is not a signed-note Ed25519 key (PRIVATE+KEY+name+id+key): make a pair with `beffroi keys generate`"
    )]
    Checkpoint,
    /// The public file.
    #[error(
        "not a public key file of Beffroi: it holds a PEM block BEGIN PUBLIC KEY (ECDSA P-256) and, after it, a line name+id+key (Ed25519)"
    )]
    Public,
    /// A name that signed notes cannot bear.
    #[error("the name of a log has neither blanks nor plus signs, and is not empty")]
    Origin,
    /// A seed that makes no key; as likely as a seed of zeros.
    #[error("the random seed makes no key: draw another")]
    Seed,
}

/// The private half.
pub struct SigningKeys {
    statement: SigningKey,
    checkpoint: StandardSigner,
    public: PublicKeys,
}

impl std::fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKeys({})", self.public.id())
    }
}

/// The private half as text, to be kept in a Secret or a file.
pub struct PrivateText {
    /// PKCS#8 PEM of the ECDSA P-256 key.
    pub statement: String,
    /// Signed-note key of the log.
    pub checkpoint: String,
}

impl SigningKeys {
    /// Reads both private keys.
    ///
    /// # Errors
    /// When one of them is not of its kind.
    pub fn parse(statement: &str, checkpoint: &str) -> Result<Self, Error> {
        let secret = SigningKey::from_pkcs8_pem(statement.trim()).map_err(|_| Error::Statement)?;
        let checkpoint = checkpoint.trim();
        let signer = StandardSigner::new(checkpoint).map_err(|_| Error::Checkpoint)?;
        let public = PublicKeys {
            statement: *secret.verifying_key(),
            checkpoint: verifier_key(checkpoint).ok_or(Error::Checkpoint)?,
        };
        Ok(Self { statement: secret, checkpoint: signer, public })
    }

    /// Makes a pair from two random seeds. The log is named `origin`, or after the first statement key.
    ///
    /// # Errors
    /// When a seed makes no key, or the name is not one.
    pub fn from_seeds(
        statement: &[u8; 32],
        checkpoint: &[u8; 32],
        origin: Option<&str>,
    ) -> Result<PrivateText, Error> {
        let secret = SigningKey::from_slice(statement).map_err(|_| Error::Seed)?;
        let pem = secret.to_pkcs8_pem(LineEnding::LF).map_err(|_| Error::Seed)?;
        let id = statement_id(secret.verifying_key()).ok_or(Error::Seed)?;
        let origin = origin.map_or_else(|| format!("{ORIGIN}{}", &id[..16]), str::to_owned);
        if !signed_note::is_key_name_valid(&origin) {
            return Err(Error::Origin);
        }
        let pair = ed25519_dalek::SigningKey::from_bytes(checkpoint);
        let vkey = signed_note::new_ed25519_verifier_key(&origin, &pair.verifying_key());
        let id = vkey.split('+').nth(1).ok_or(Error::Seed)?.to_owned();
        let mut bytes = vec![ED25519];
        bytes.extend(checkpoint);
        let checkpoint = format!("PRIVATE+KEY+{origin}+{id}+{}", super::dsse::encode(&bytes));
        Ok(PrivateText { statement: pem.to_string(), checkpoint })
    }

    /// The public half.
    pub fn public(&self) -> &PublicKeys {
        &self.public
    }

    pub(super) fn statement(&self) -> &SigningKey {
        &self.statement
    }

    pub(super) fn checkpoint(&self) -> &StandardSigner {
        &self.checkpoint
    }
}

/// The algorithm byte of Ed25519 in signed notes.
const ED25519: u8 = 1;

/// The verifier key of a signer key.
fn verifier_key(signer: &str) -> Option<String> {
    let mut parts = signer.splitn(5, '+').skip(2);
    let (name, _, key) = (parts.next()?, parts.next()?, parts.next()?);
    let bytes = super::dsse::decode(key)?;
    let seed: &[u8; 32] = bytes.get(1..)?.try_into().ok()?;
    Some(signed_note::new_ed25519_verifier_key(
        name,
        &ed25519_dalek::SigningKey::from_bytes(seed).verifying_key(),
    ))
}

/// The public half.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PublicKeys {
    statement: VerifyingKey,
    checkpoint: String,
}

impl PublicKeys {
    /// Reads a public key file.
    ///
    /// # Errors
    /// When it is not one.
    pub fn parse(text: &str) -> Result<Self, Error> {
        const END: &str = "-----END PUBLIC KEY-----";
        let (pem, rest) = text.split_once(END).ok_or(Error::Public)?;
        let begin = pem.find("-----BEGIN PUBLIC KEY-----").ok_or(Error::Public)?;
        let pem = format!("{}{END}\n", &pem[begin..]);
        let statement = VerifyingKey::from_public_key_pem(&pem).map_err(|_| Error::Public)?;
        let checkpoint = rest.trim();
        if canonical(checkpoint).as_deref() != Some(checkpoint) {
            return Err(Error::Public);
        }
        Ok(Self { statement, checkpoint: checkpoint.to_owned() })
    }

    /// The file that is published.
    pub fn to_text(&self) -> String {
        format!("{}{}\n", self.pem(), self.checkpoint)
    }

    /// PEM of the key of statements.
    pub fn pem(&self) -> String {
        self.statement.to_public_key_pem(LineEnding::LF).unwrap_or_default()
    }

    /// Verifier key of checkpoints: `name+id+key`.
    pub fn verifier_key(&self) -> &str {
        &self.checkpoint
    }

    /// Name of the log.
    pub fn origin(&self) -> &str {
        self.checkpoint.split('+').next().unwrap_or_default()
    }

    /// Id of the key of statements: SHA-256 of its DER, in hexadecimal.
    pub fn id(&self) -> String {
        statement_id(&self.statement).unwrap_or_default()
    }

    /// Whether one of the two keys is also one of `other`.
    pub fn shares_a_key(&self, other: &Self) -> bool {
        self.statement == other.statement || self.checkpoint == other.checkpoint
    }

    pub(super) fn statement(&self) -> &VerifyingKey {
        &self.statement
    }
}

/// A verifier key in its one text, if it is one, and one that not everybody can sign for (a point of small
/// order).
fn canonical(verifier: &str) -> Option<String> {
    let (name, rest) = verifier.split_once('+')?;
    let bytes = super::dsse::decode(rest.split_once('+')?.1)?;
    let key: &[u8; 32] = bytes.strip_prefix(&[ED25519])?.try_into().ok()?;
    let key = ed25519_dalek::VerifyingKey::from_bytes(key).ok().filter(|key| !key.is_weak())?;
    signed_note::is_key_name_valid(name).then(|| signed_note::new_ed25519_verifier_key(name, &key))
}

fn statement_id(key: &VerifyingKey) -> Option<String> {
    key.to_public_key_der().ok().map(|der| sha256(der.as_bytes()))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(crate) fn keys(seed: u8) -> SigningKeys {
        let text = SigningKeys::from_seeds(&[seed; 32], &[seed + 100; 32], None).unwrap();
        SigningKeys::parse(&text.statement, &text.checkpoint).unwrap()
    }

    #[test]
    fn what_was_made_is_read_again() {
        let keys = keys(1);
        let public = PublicKeys::parse(&keys.public().to_text()).unwrap();
        assert_eq!(&public, keys.public());
        assert!(public.origin().starts_with(ORIGIN) && public.id().len() == 64, "{public:?}");
    }

    #[test]
    fn what_is_not_a_key_is_refused_without_showing_it() {
        let text = SigningKeys::from_seeds(&[1; 32], &[2; 32], Some("a.example/log")).unwrap();
        assert_eq!(SigningKeys::parse("secret", &text.checkpoint).unwrap_err(), Error::Statement);
        assert_eq!(SigningKeys::parse(&text.statement, "secret").unwrap_err(), Error::Checkpoint);
        assert!(!Error::Statement.to_string().contains("secret"));
        let public = SigningKeys::parse(&text.statement, &text.checkpoint).unwrap().public().to_text();
        for bad in
            ["", "x", &public[..40], &public.replace("a.example", "b.example"), &public.replace('+', "-")]
        {
            assert_eq!(PublicKeys::parse(bad).unwrap_err(), Error::Public, "{bad}");
        }
    }

    #[test]
    fn a_verifier_key_has_one_text_and_is_not_weak() {
        let public = keys(1).public().clone();
        let (name, id, key) = {
            let mut parts = public.verifier_key().splitn(3, '+');
            (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap())
        };
        let with = |line: &str| PublicKeys::parse(&format!("{}{line}\n", public.pem()));
        assert!(with(public.verifier_key()).is_ok());
        let zero = ed25519_dalek::VerifyingKey::from_bytes(&[0; 32]).unwrap();
        for bad in [
            format!("{name}+{}+{key}", id.to_uppercase()),
            format!("{name}+{id}+{key}="),
            format!("{name}+{id}+{key}+"),
            format!("{}\n{}", public.verifier_key(), public.verifier_key()),
            signed_note::new_ed25519_verifier_key(name, &zero),
        ] {
            assert_eq!(with(&bad).unwrap_err(), Error::Public, "{bad}");
        }
    }

    #[test]
    fn a_log_has_a_name_that_notes_can_bear() {
        for bad in ["", "a b", "a+b", "a\nb"] {
            assert_eq!(
                SigningKeys::from_seeds(&[1; 32], &[2; 32], Some(bad)).err(),
                Some(Error::Origin),
                "{bad}"
            );
        }
    }
}
