//! Who asks: a column for each relation to a tenant and each role there.

use anyhow::{Context, Result};
use beffroi_crds::tenant::Role;
use beffroi_tests::{Stage, oidc::HOSTER};

/// Tenants whose people ask: a commune, another body, a member of the grouping, the grouping.
pub const TENANTS: [&str; 4] = ["mairie-macon", "rectorat-dijon", "ch-macon", "ght-bm"];

/// Somebody.
pub struct Person {
    /// Of which tenant; nobody's own people have none.
    pub tenant: &'static str,
    /// As what, in three letters.
    pub role: &'static str,
    /// What they send.
    pub token: Option<String>,
}

impl Person {
    /// Whether it brings a token that holds.
    pub fn signed(&self) -> bool {
        !matches!(self.role, "non" | "bad")
    }

    /// Whether of the hosting provider.
    pub fn hoster(&self) -> bool {
        self.tenant == HOSTER
    }
}

/// Everybody, as the columns stand.
pub async fn all(stage: &Stage) -> Result<Vec<Person>> {
    let mut all = vec![
        Person { tenant: "", role: "non", token: None },
        Person {
            tenant: "",
            role: "bad",
            token: Some(spoilt(&stage.token(TENANTS[0], Role::Gestionnaire).await?)?),
        },
        Person {
            tenant: "",
            role: "vis",
            token: Some(stage.provider.token(TENANTS[0], "alix.visiteur").await?),
        },
    ];
    for tenant in TENANTS {
        for (name, role) in [("lec", Role::Lecteur), ("ges", Role::Gestionnaire), ("dpo", Role::Dpo)] {
            all.push(Person { tenant, role: name, token: Some(stage.token(tenant, role).await?) });
        }
    }
    all.push(Person { tenant: HOSTER, role: "heb", token: Some(stage.hoster().await?) });
    Ok(all)
}

/// The token with another signature.
fn spoilt(token: &str) -> Result<String> {
    let (claims, signature) = token.rsplit_once('.').context("no token")?;
    let turned: String = signature.chars().rev().collect();
    Ok(format!("{claims}.{turned}"))
}
