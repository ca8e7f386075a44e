//! Options of the command line: whom the hoster trusts, and what tenants trust when they say nothing else.

use std::path::PathBuf;

use beffroi_crds::tenant::takes_public_clients;
use beffroi_oidc::{Algorithm, Registration, RequiredClaim};
use clap::{
    Args,
    builder::{PossibleValuesParser, TypedValueParser},
};

use super::{Trust, Whom};

/// Who signs in for the hosting provider.
#[derive(Args, Clone, Debug)]
#[group(id = "auth")]
pub struct AuthOptions {
    /// Audience of this API: what claim aud of tokens must hold, for the hoster and for each tenant that names none.
    #[arg(long, env = "BEFFROI_AUDIENCE", default_value = "beffroi")]
    pub audience: String,
    /// Issuer of the hoster's tokens, letter by letter; best an issuer that no tenant shares. Absent: nobody is hebergeur.
    #[arg(long, env = "BEFFROI_HOSTER_ISSUER", requires = "hoster_group", value_parser = parse_issuer)]
    pub hoster_issuer: Option<String>,
    /// Audience of the hoster's tokens, where it is another than --audience.
    #[arg(long, requires = "hoster_issuer")]
    pub hoster_audience: Option<String>,
    /// Public client that the hoster's people sign in with on the page. Absent: the same as the audience.
    #[arg(long, requires = "hoster_issuer")]
    pub hoster_client_id: Option<String>,
    /// What the page asks the hoster's issuer for besides openid, where groups or the audience come under a scope of
    /// their own; several times for several scopes. Absent: profile.
    #[arg(long, value_parser = parse_scope, requires = "hoster_issuer")]
    pub hoster_scope: Vec<String>,
    /// Group whose members are hebergeur; several times for several groups.
    #[arg(long, requires = "hoster_issuer")]
    pub hoster_group: Vec<String>,
    /// Claim that holds the groups, named as `groupsClaim` of a tenant's identity is: `realm_access.roles` reaches into an
    /// object.
    #[arg(long, default_value = "groups")]
    pub hoster_groups_claim: String,
    /// The one algorithm of the hoster's tokens.
    #[arg(long, default_value = "RS256", value_parser = algorithms())]
    pub hoster_algorithm: Algorithm,
    /// What else the hoster's tokens must say, as CLAIM=VALUE; several times for several claims.
    #[arg(long, value_parser = parse_claim, requires = "hoster_issuer")]
    pub hoster_require: Vec<RequiredClaim>,
    /// PEM file with authorities that issuers' certificates may come from, besides the system's.
    #[arg(long)]
    pub oidc_ca: Option<PathBuf>,
}

impl AuthOptions {
    /// What the hoster trusts.
    pub fn hoster(&self) -> Option<Trust> {
        let audience = self.hoster_audience.as_ref().unwrap_or(&self.audience);
        Some(Trust {
            registration: Registration {
                issuer: self.hoster_issuer.clone()?,
                audience: audience.clone(),
                client_id: self.hoster_client_id.as_ref().unwrap_or(audience).clone(),
                scopes: self.hoster_scope.clone(),
                algorithm: self.hoster_algorithm,
                require: self.hoster_require.clone(),
            },
            groups_claim: self.hoster_groups_claim.clone(),
            whom: Whom::Hoster { groups: self.hoster_group.clone() },
        })
    }
}

fn algorithms() -> impl TypedValueParser<Value = Algorithm> {
    PossibleValuesParser::new(Algorithm::ALL.map(Algorithm::name))
        .try_map(|name| Algorithm::parse(&name).ok_or("no such algorithm"))
}

/// An issuer that people can sign in at without a secret of the page's.
fn parse_issuer(text: &str) -> Result<String, &'static str> {
    if takes_public_clients(text) {
        return Ok(text.to_owned());
    }
    Err("ProConnect and FranceConnect take confidential clients only, and their access tokens are no JWTs: \
         put a broker such as Keycloak between, and name the broker's issuer")
}

/// One scope (RFC 6749, 3.3).
fn parse_scope(text: &str) -> Result<String, &'static str> {
    let fits = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\');
    let one = !text.is_empty() && text.bytes().all(fits);
    if one { Ok(text.to_owned()) } else { Err("write one scope, without spaces, quotes and backslashes") }
}

fn parse_claim(text: &str) -> Result<RequiredClaim, &'static str> {
    let (claim, value) = text.split_once('=').ok_or("write CLAIM=VALUE")?;
    Ok(RequiredClaim { claim: claim.to_owned(), value: value.to_owned() })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::{super::rate::Rates, Algorithm, Registration, RequiredClaim, Trust, Whom};

    /// Named as the one of the program is: clap has names of its own for such structs.
    #[derive(Parser)]
    struct Options {
        #[command(flatten)]
        auth: super::AuthOptions,
        #[command(flatten)]
        rates: Rates,
    }

    fn hoster(line: &str) -> Option<Trust> {
        let options = Options::try_parse_from(line.split(' ')).unwrap();
        assert_eq!(options.rates.rate_address.get(), 50);
        options.auth.hoster()
    }

    #[test]
    fn the_hoster_is_told_on_the_command_line() {
        assert_eq!(hoster("api --audience a"), None);
        let plain = hoster("api --audience a --hoster-issuer https://sso.example --hoster-group ops");
        let plain = plain.unwrap().registration;
        assert_eq!((plain.audience.as_str(), plain.client_id.as_str()), ("a", "a"));
        let whole = hoster(
            "api --audience a --hoster-issuer https://sso.example --hoster-group ops --hoster-group on-call \
             --hoster-audience b --hoster-client-id c --hoster-algorithm ES256 --hoster-groups-claim roles \
             --hoster-require amr=mfa --hoster-scope groups",
        )
        .unwrap();
        let expected = Trust {
            registration: Registration {
                issuer: "https://sso.example".into(),
                audience: "b".into(),
                client_id: "c".into(),
                scopes: vec!["groups".into()],
                algorithm: Algorithm::Es256,
                require: vec![RequiredClaim { claim: "amr".into(), value: "mfa".into() }],
            },
            groups_claim: "roles".into(),
            whom: Whom::Hoster { groups: vec!["ops".into(), "on-call".into()] },
        };
        assert_eq!(whole, expected);
    }

    #[test]
    fn halves_are_refused() {
        for line in [
            "api --hoster-issuer https://sso.example",
            "api --hoster-group ops",
            "api --hoster-issuer i --hoster-group g --hoster-algorithm HS256",
            "api --hoster-issuer i --hoster-group g --hoster-algorithm none",
            "api --hoster-issuer i --hoster-group g --hoster-require amr",
            "api --hoster-issuer i --hoster-group g --hoster-scope a\"b",
            "api --hoster-scope groups",
            "api --hoster-issuer https://auth.agentconnect.gouv.fr/api/v2 --hoster-group g",
            "api --hoster-issuer https://ProConnect.gouv.fr/api/v2 --hoster-group g",
        ] {
            assert!(Options::try_parse_from(line.split(' ')).is_err(), "{line}");
        }
    }
}
