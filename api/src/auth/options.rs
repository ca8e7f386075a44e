//! Options of the command line: whom the hoster trusts, and what tenants trust when they say nothing else.

use std::path::PathBuf;

use beffroi_crds::tenant::{ClaimValue, TokenAlgorithm};
use clap::{
    Args,
    builder::{PossibleValuesParser, TypedValueParser},
};

use super::{Trust, Whom, algorithm};

/// Who signs in for the hosting provider.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Audience of this API: what claim aud of tokens must hold, for the hoster and for each tenant that names none.
    #[arg(long, env = "BEFFROI_AUDIENCE", default_value = "beffroi")]
    pub audience: String,
    /// Issuer of the hoster's tokens, letter by letter; best one that no tenant shares. Absent: nobody is hebergeur.
    #[arg(long, env = "BEFFROI_HOSTER_ISSUER", requires = "hoster_group")]
    pub hoster_issuer: Option<String>,
    /// Audience of the hoster's tokens, where it is another than --audience.
    #[arg(long, requires = "hoster_issuer")]
    pub hoster_audience: Option<String>,
    /// Public client that the hoster's people sign in with on the page. Absent: the same as the audience.
    #[arg(long, requires = "hoster_issuer")]
    pub hoster_client_id: Option<String>,
    /// Group whose members are hebergeur; several times for several groups.
    #[arg(long, requires = "hoster_issuer")]
    pub hoster_group: Vec<String>,
    /// Claim that holds the groups.
    #[arg(long, default_value = "groups")]
    pub hoster_groups_claim: String,
    /// The one algorithm of the hoster's tokens.
    #[arg(long, default_value = "RS256", value_parser = algorithms())]
    pub hoster_algorithm: TokenAlgorithm,
    /// What else the hoster's tokens must say, as CLAIM=VALUE; several times for several claims.
    #[arg(long, value_parser = parse_claim, requires = "hoster_issuer")]
    pub hoster_require: Vec<ClaimValue>,
    /// PEM file with authorities that issuers' certificates may come from, besides the system's.
    #[arg(long)]
    pub oidc_ca: Option<PathBuf>,
}

impl Options {
    /// What the hoster trusts.
    pub fn hoster(&self) -> Option<Trust> {
        let audience = self.hoster_audience.as_ref().unwrap_or(&self.audience);
        Some(Trust {
            issuer: self.hoster_issuer.clone()?,
            audience: audience.clone(),
            client_id: self.hoster_client_id.as_ref().unwrap_or(audience).clone(),
            algorithm: self.hoster_algorithm,
            groups_claim: self.hoster_groups_claim.clone(),
            require: self.hoster_require.clone(),
            whom: Whom::Hoster { groups: self.hoster_group.clone() },
        })
    }
}

fn algorithms() -> impl TypedValueParser<Value = TokenAlgorithm> {
    let names = algorithm::NAMES.map(|(name, _)| name);
    PossibleValuesParser::new(names).try_map(|name| algorithm::parse(&name).ok_or("no such algorithm"))
}

fn parse_claim(text: &str) -> Result<ClaimValue, &'static str> {
    let (claim, value) = text.split_once('=').ok_or("write CLAIM=VALUE")?;
    Ok(ClaimValue { claim: claim.to_owned(), value: value.to_owned() })
}
