//! What changes of a tenant: its spec as status kept it when it was recorded last, and as it is now → field by field
//! what it says → what the audit log says of each that differs.

use beffroi_crds::{
    TenantSpec,
    tenant::{Contact, Identity, Quota},
};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    evidence::canonical,
    message::{
        Draw, In, Language, Message,
        tenant::{Field, Quoted, TenantMessage},
    },
};

/// Longest words that are told together, in characters, with the quotes around them: a longer text is named and not
/// told, of a longer list each item is told by itself.
const SHORT: usize = 202;

/// What a field says.
#[derive(Eq, PartialEq)]
enum Says {
    /// One thing, if any.
    One(Option<Quoted>),
    /// Several, of which it is told what came and what went.
    Many(Vec<Quoted>),
    /// What does not belong into a log that is kept for ever: its mark alone.
    Unsaid(String),
}

/// What a spec says that the one recorded `before` did not, who may sign in and as what first. What was recorded may
/// have been written by another version of Beffroi, and is empty where none was.
pub fn told(before: &Map<String, Value>, now: &TenantSpec) -> Vec<Message> {
    let kept = serde_json::from_value::<TenantSpec>(Value::Object(before.clone()));
    let Some(before) = kept.ok().filter(|_| !before.is_empty()) else {
        return vec![TenantMessage::ChangedUnkept.into()];
    };
    let both = fields(&before).into_iter().zip(fields(now));
    let changed: Vec<(Field, Says, Says)> = both
        .filter(|((_, was), (_, is))| was != is)
        .map(|((_, was), (field, is))| (field, was, is))
        .collect();
    if changed.is_empty() {
        return vec![TenantMessage::ChangedBack.into()];
    }
    let first = TenantMessage::Changed { fields: changed.iter().map(|(field, ..)| *field).collect() };
    let each = changed.into_iter().flat_map(|(field, was, is)| change(field, was, is));
    [first].into_iter().chain(each).map(Message::from).collect()
}

/// What a field that changed says now and said before.
fn change(field: Field, was: Says, is: Says) -> Vec<TenantMessage> {
    let short = |words: &Option<Quoted>| words.iter().all(is_short);
    match (was, is) {
        (Says::One(was), Says::One(is)) if short(&was) && short(&is) => match (was, is) {
            (Some(was), Some(is)) => vec![TenantMessage::Replaced { field, is, was }],
            (None, Some(is)) => vec![TenantMessage::Set { field, is }],
            (Some(was), None) => vec![TenantMessage::Unset { field, was }],
            (None, None) => Vec::new(),
        },
        (Says::Many(was), Says::Many(is)) => {
            let gained = without(&is, &was).into_iter().map(|items| TenantMessage::Gains { field, items });
            let lost = without(&was, &is).into_iter().map(|items| TenantMessage::Loses { field, items });
            gained.chain(lost).collect()
        }
        _ => Vec::new(),
    }
}

/// What is in one list and not in the other: together where that is short.
fn without(list: &[Quoted], other: &[Quoted]) -> Vec<Vec<Quoted>> {
    let only: Vec<Quoted> = list.iter().filter(|item| !other.contains(item)).cloned().collect();
    if only.is_empty() {
        Vec::new()
    } else if is_short(&only) {
        vec![only]
    } else {
        only.into_iter().map(|item| vec![item]).collect()
    }
}

fn is_short(words: &impl Draw) -> bool {
    In(Language::En, words).to_string().chars().count() <= SHORT
}

/// Every field, always in the same order. Taken apart without `..`: of a new field it is decided here how it is told.
fn fields(spec: &TenantSpec) -> Vec<(Field, Says)> {
    let TenantSpec {
        title,
        kind,
        siren,
        siret,
        finess,
        uai,
        insee,
        policy,
        members,
        domains,
        quota,
        identity,
        contacts,
    } = spec;
    let mut all = Vec::from(of_identity(identity.as_ref()));
    all.extend([
        one(Field::Policy, Some(policy)),
        many(Field::Members, members),
        many(Field::Domains, domains),
    ]);
    all.extend(of_quota(quota.as_ref()));
    all.extend([
        one(Field::Title, Some(title)),
        one(Field::Kind, Some(plain(kind))),
        one(Field::Siren, siren.as_ref()),
        one(Field::Siret, siret.as_ref()),
        one(Field::Finess, finess.as_ref()),
        one(Field::Uai, uai.as_ref()),
        one(Field::Insee, insee.as_ref()),
        of_contacts(contacts),
    ]);
    all
}

fn of_identity(identity: Option<&Identity>) -> [(Field, Says); 9] {
    let is = identity.is_some();
    let Identity { issuer, audience, flow, client_id, scopes, algorithm, groups_claim, require, roles } =
        identity.cloned().unwrap_or_default();
    [
        one(Field::IdentityIssuer, is.then_some(issuer)),
        one(Field::IdentityAudience, audience),
        one(Field::IdentityFlow, is.then(|| plain(&flow))),
        one(Field::IdentityClientId, client_id),
        many(Field::IdentityScopes, scopes),
        one(Field::IdentityAlgorithm, is.then(|| plain(&algorithm))),
        one(Field::IdentityGroupsClaim, is.then_some(groups_claim)),
        many(Field::IdentityRequire, require.iter().map(|one| format!("{}: {}", one.claim, one.value))),
        // The role comes first: it holds no colon.
        many(Field::IdentityRoles, roles.iter().map(|one| format!("{}: {}", plain(&one.role), one.group))),
    ]
}

fn of_quota(quota: Option<&Quota>) -> [(Field, Says); 4] {
    let Quota { workspaces, cpu, memory, storage } = quota.cloned().unwrap_or_default();
    [
        one(Field::QuotaWorkspaces, workspaces),
        one(Field::QuotaCpu, cpu),
        one(Field::QuotaMemory, memory),
        one(Field::QuotaStorage, storage),
    ]
}

/// People with their addresses: the log, which nothing is ever taken out of, says that they changed and no more.
fn of_contacts(contacts: &[Contact]) -> (Field, Says) {
    (Field::Contacts, Says::Unsaid(canonical::digest(&contacts).unwrap_or_default()))
}

fn one(field: Field, says: Option<impl ToString>) -> (Field, Says) {
    (field, Says::One(says.map(|says| Quoted(says.to_string()))))
}

fn many(field: Field, items: impl IntoIterator<Item = impl ToString>) -> (Field, Says) {
    (field, Says::Many(items.into_iter().map(|item| Quoted(item.to_string())).collect()))
}

/// A value of an enum as manifests write it.
fn plain(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use beffroi_crds::tenant::{ClaimValue, Role, RoleBinding};

    use super::*;

    fn spec(change: impl FnOnce(&mut TenantSpec)) -> TenantSpec {
        let roles = vec![RoleBinding { group: "agents".into(), role: Role::Lecteur }];
        let identity = Identity { issuer: "https://id.example".into(), roles, ..Identity::default() };
        let mut spec = TenantSpec {
            title: "Ville".into(),
            policy: "standard".into(),
            identity: Some(identity),
            ..TenantSpec::default()
        };
        change(&mut spec);
        spec
    }

    /// What is told of a spec after another one.
    fn after_in(language: Language, before: &TenantSpec, now: &TenantSpec) -> Vec<String> {
        let Value::Object(kept) = serde_json::to_value(before).unwrap() else { panic!() };
        told(&kept, now).iter().map(|message| message.in_language(language)).collect()
    }

    fn after(before: &TenantSpec, now: &TenantSpec) -> Vec<String> {
        after_in(Language::En, before, now)
    }

    #[test]
    fn who_may_sign_in_is_told_before_and_after() {
        let bound = spec(|spec| {
            let identity = spec.identity.as_mut().unwrap();
            identity.roles.push(RoleBinding { group: "hotes, \"x".into(), role: Role::Gestionnaire });
            identity.audience = Some("beffroi".into());
        });
        let told = after(&spec(|_| ()), &bound);
        assert_eq!(
            told,
            [
                "changed: identity.audience, identity.roles",
                "identity.audience is now \"beffroi\", before: nothing",
                r#"identity.roles gains "gestionnaire: hotes, \"x""#,
            ]
        );
        let told = after_in(Language::Fr, &spec(|_| ()), &bound);
        assert_eq!(
            told,
            [
                "modifiée : destinataire des jetons, rôles des groupes",
                r#"destinataire des jetons : désormais "beffroi", auparavant rien"#,
                r#"rôles des groupes : en plus "gestionnaire: hotes, \"x""#,
            ]
        );
        let back = after_in(Language::Fr, &bound, &spec(|_| ()));
        assert_eq!(back[2], r#"rôles des groupes : en moins "gestionnaire: hotes, \"x""#);
        assert_eq!(after(&bound, &bound), ["changed, and changed back"]);
        let nobody = after(&bound, &spec(|spec| spec.identity = None));
        assert!(
            nobody[0].contains("identity.issuer, identity.audience, identity.flow, identity.algorithm"),
            "{nobody:?}"
        );
        assert!(nobody.contains(&"identity.issuer is now nothing, before: \"https://id.example\"".into()));
    }

    #[test]
    fn every_field_is_told_when_it_changes() {
        let changes: [fn(&mut TenantSpec); 21] = [
            |s| s.title = "x".into(),
            |s| s.kind = beffroi_crds::tenant::TenantKind::Epci,
            |s| s.siren = Some("x".into()),
            |s| s.siret = Some("x".into()),
            |s| s.finess = Some("x".into()),
            |s| s.uai = Some("x".into()),
            |s| s.insee = Some("x".into()),
            |s| s.policy = "x".into(),
            |s| s.members = vec!["x".into()],
            |s| s.domains = vec!["x.example".into()],
            |s| s.quota = Some(Quota { workspaces: Some(1), ..Quota::default() }),
            |s| s.quota = Some(Quota { cpu: Some("1".into()), ..Quota::default() }),
            |s| s.quota = Some(Quota { memory: Some("1".into()), ..Quota::default() }),
            |s| s.quota = Some(Quota { storage: Some("1".into()), ..Quota::default() }),
            |s| s.contacts = vec![Contact { email: "a@b.example".into(), ..Contact::default() }],
            |s| s.identity.as_mut().unwrap().issuer = "https://x.example".into(),
            |s| s.identity.as_mut().unwrap().client_id = Some("x".into()),
            |s| s.identity.as_mut().unwrap().scopes = vec!["groups".into()],
            |s| s.identity.as_mut().unwrap().algorithm = beffroi_crds::tenant::TokenAlgorithm::Es256,
            |s| s.identity.as_mut().unwrap().groups_claim = "roles".into(),
            |s| {
                let claim = ClaimValue { claim: "siret".into(), value: "1".into() };
                s.identity.as_mut().unwrap().require = vec![claim];
            },
        ];
        for change in changes {
            let told = after(&spec(|_| ()), &spec(change));
            let words = if told[0].contains("contacts") { 1 } else { 2 };
            assert!(told.len() == words && told[0].starts_with("changed: "), "{told:?}");
            assert!(!told.join(" ").contains("b.example"), "a person's address is told: {told:?}");
        }
    }

    #[test]
    fn what_is_long_is_named_and_of_a_long_list_each_item_is_told() {
        let far = spec(|spec| {
            spec.identity.as_mut().unwrap().issuer =
                format!("https://id.example/{}", "x".repeat(200)).as_str().into();
        });
        assert_eq!(after(&spec(|_| ()), &far), ["changed: identity.issuer"]);
        let crowd =
            spec(|spec| spec.members = ["a", "b", "c", "d"].map(|m| m.repeat(63).as_str().into()).into());
        let told = after(&spec(|_| ()), &crowd);
        assert_eq!(told.len(), 5, "{told:?}");
        assert!(told[4].starts_with("members gains \"ddd"), "{told:?}");
        let mut turned = crowd.clone();
        turned.members.reverse();
        assert_eq!(after(&crowd, &turned), ["changed: members"]);
    }

    #[test]
    fn what_nobody_kept_is_told_as_such() {
        let strange = Map::from_iter([("title".to_owned(), Value::Null)]);
        for kept in [Map::new(), strange] {
            let told = told(&kept, &spec(|_| ()));
            assert_eq!(told, [TenantMessage::ChangedUnkept.into()]);
        }
    }
}
