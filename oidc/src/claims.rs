//! What an issuer says by a token whose signature holds.

use jiff::Timestamp;
use serde_json::Value;

use super::{
    algorithm::Algorithm,
    error::TokenError::{self, Audience, Bound, Expired, NotAccess, NotYet, Subject, Time},
    object::Object,
    path,
};

/// Seconds by which the clock of an issuer may differ from ours.
pub const LEEWAY: i64 = 30;
/// The last second of the year 9999: what is later is not in seconds.
const LAST: i64 = 253_402_300_799;
/// Claims that only id tokens (`OpenID` Connect Core 1.0, 2) have, and logout tokens (Back-Channel Logout 1.0).
const NOT_ACCESS: [&str; 5] = ["nonce", "at_hash", "c_hash", "s_hash", "events"];
/// The most characters of a name that is shown.
const MAX_NAME: usize = 200;
/// The most characters of a subject (`OpenID` Connect Core 1.0, 2).
const MAX_SUBJECT: usize = 255;

/// What an issuer says by a token (RFC 7519, 4): the signature holds, and so do its times.
#[derive(Debug)]
pub struct Claims {
    /// Who issued the token: claim `iss`.
    pub issuer: String,
    /// Of whom it speaks: claim `sub`, unique for that issuer.
    pub subject: String,
    /// How that person is called: claim `name`, else `preferred_username` (`OpenID` Connect Core 1.0, 5.1).
    pub name: Option<String>,
    /// Until when it holds: claim `exp`. It is taken for [`LEEWAY`] seconds longer.
    pub expires: Timestamp,
    /// How it was signed.
    pub algorithm: Algorithm,
    audience: Vec<String>,
    all: Object,
}

impl Claims {
    /// Reads claims; `access` tells that the token's type says it is an access token.
    ///
    /// Without that type an access token is told from an id token by the claims that only the latter has. A plain
    /// token with `nonce` is refused too: some old issuers put it into access tokens, yet taking a real id token,
    /// which is meant for a client and not for a resource, would be worse. Claims `typ` and `token_use` are how some
    /// issuers tell their kinds of tokens apart.
    pub(crate) fn read(
        all: Object,
        algorithm: Algorithm,
        access: bool,
        now: Timestamp,
    ) -> Result<Self, TokenError> {
        let expires = lifetime(&all, now)?;
        if !access && all.has_any(&NOT_ACCESS) || other_kind(&all) {
            return Err(NotAccess);
        }
        if all.has_any(&["cnf"]) {
            return Err(Bound);
        }
        let subject = all.text("sub").filter(|sub| printable(sub, MAX_SUBJECT)).ok_or(Subject)?;
        let name = ["name", "preferred_username"].iter().filter_map(|claim| all.text(claim));
        Ok(Self {
            issuer: all.text("iss").ok_or(TokenError::Issuer)?.to_owned(),
            subject: subject.to_owned(),
            name: name.map(str::trim).find(|name| printable(name, MAX_NAME)).map(str::to_owned),
            expires,
            algorithm,
            audience: texts(all.get("aud")).ok_or(Audience)?.into_iter().map(str::to_owned).collect(),
            all,
        })
    }

    /// Whether claim `aud` is this audience, or holds it.
    pub fn is_for(&self, audience: &str) -> bool {
        self.audience.iter().any(|one| one == audience)
    }

    /// Whether a claim is this text, or a list that holds it. A dot in `claim` steps into an object
    /// (`realm_access.roles`); a dot of the name itself is written `\.`, a backslash `\\`. A name that is an address
    /// (`https://x.example/groups`) is one name as it stands.
    pub fn says(&self, claim: &str, value: &str) -> bool {
        texts(self.find(claim)).is_some_and(|texts| texts.contains(&value))
    }

    /// Whether a claim, named in the same way, is there as one text or a list of texts.
    pub fn tells(&self, claim: &str) -> bool {
        texts(self.find(claim)).is_some()
    }

    fn find(&self, claim: &str) -> Option<&Value> {
        let steps = path::steps(claim);
        let (first, others) = steps.split_first()?;
        others.iter().try_fold(self.all.get(first)?, |object, step| object.as_object()?.get(step.as_ref()))
    }
}

fn lifetime(all: &Object, now: Timestamp) -> Result<Timestamp, TokenError> {
    let now = now.as_second();
    let expires = all.get("exp").and_then(seconds).ok_or(Time)?;
    if expires + LEEWAY <= now {
        return Err(Expired);
    }
    for claim in ["nbf", "iat"] {
        if let Some(member) = all.get(claim)
            && seconds(member).ok_or(Time)? > now + LEEWAY
        {
            return Err(NotYet);
        }
    }
    Timestamp::from_second(expires).map_err(|_| Time)
}

/// A time as RFC 7519 writes it: a number, maybe with a fraction.
fn seconds(member: &Value) -> Option<i64> {
    #[allow(clippy::cast_possible_truncation, reason = "out of range saturates, and is refused below")]
    let whole = member.as_i64().or_else(|| member.as_f64().map(|fraction| fraction.floor() as i64))?;
    (0..=LAST).contains(&whole).then_some(whole)
}

/// One text or a list of texts; nothing where anything else is among them.
fn texts(member: Option<&Value>) -> Option<Vec<&str>> {
    match member? {
        Value::String(one) => Some(vec![one]),
        Value::Array(many) => many.iter().map(Value::as_str).collect(),
        _ => None,
    }
}

fn other_kind(all: &Object) -> bool {
    let typ = all.text("typ").is_some_and(|typ| {
        ["id", "refresh", "offline", "logout"].iter().any(|kind| kind.eq_ignore_ascii_case(typ))
    });
    typ || all.get("token_use").is_some_and(|kind| kind.as_str() != Some("access"))
}

fn printable(text: &str, most: usize) -> bool {
    !text.is_empty() && text.chars().count() <= most && !text.chars().any(char::is_control)
}
