//! What changes of a tenant: its spec as status kept it when it was recorded last, and as it is now → field by field in
//! words → what the audit log says of each that differs.

use std::fmt::Display;

use beffroi_crds::{
    TenantSpec,
    tenant::{Contact, Identity, Quota},
};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::evidence::canonical;

/// Longest words that are told together, in characters: a longer text is named and not told, of a longer list each item
/// is told by itself.
const SHORT: usize = 200;

/// A field and what it says.
struct Field {
    name: &'static str,
    says: Says,
}

/// What a field says.
#[derive(Eq, PartialEq)]
enum Says {
    /// One thing, if any.
    One(Option<String>),
    /// Several, of which it is told what came and what went.
    Many(Vec<String>),
    /// What does not belong into a log that is kept for ever: its mark alone.
    Unsaid(String),
}

/// What a spec says that the one recorded `before` did not, in sentences, who may sign in and as what first. What was
/// recorded may have been written by another version of Beffroi, and is empty where none was.
pub fn told(before: &Map<String, Value>, now: &TenantSpec) -> Vec<String> {
    let kept = serde_json::from_value::<TenantSpec>(Value::Object(before.clone()));
    let Some(before) = kept.ok().filter(|_| !before.is_empty()) else {
        return vec!["changed since an older version of Beffroi looked, which kept nothing of it".to_owned()];
    };
    let changed: Vec<(Field, Field)> =
        fields(&before).into_iter().zip(fields(now)).filter(|(was, is)| was.says != is.says).collect();
    let names: Vec<&str> = changed.iter().map(|(_, is)| is.name).collect();
    if names.is_empty() {
        return vec!["changed, and changed back".to_owned()];
    }
    let first = format!("changed: {}", names.join(", "));
    [first].into_iter().chain(changed.iter().flat_map(|(was, is)| sentences(was, is))).collect()
}

/// What a field that changed says now and said before.
fn sentences(was: &Field, is: &Field) -> Vec<String> {
    let name = is.name;
    let short = |words: &Option<String>| words.iter().all(|words| words.chars().count() <= SHORT);
    match (&was.says, &is.says) {
        (Says::One(was), Says::One(is)) if short(was) && short(is) => match (was, is) {
            (Some(was), Some(is)) => vec![format!("{name} is now \"{is}\", before: \"{was}\"")],
            (None, Some(is)) => vec![format!("{name} is now \"{is}\", before: nothing")],
            (Some(was), None) => vec![format!("{name} is now nothing, before: \"{was}\"")],
            (None, None) => Vec::new(),
        },
        (Says::Many(was), Says::Many(is)) => {
            let gained = without(is, was).map(|items| format!("{name} gains \"{items}\""));
            gained.chain(without(was, is).map(|items| format!("{name} loses \"{items}\""))).collect()
        }
        _ => Vec::new(),
    }
}

/// What is in one list and not in the other: together where that is short.
fn without<'a>(list: &'a [String], other: &[String]) -> impl Iterator<Item = String> + use<'a> {
    let only: Vec<&str> = list.iter().filter(|item| !other.contains(item)).map(String::as_str).collect();
    let together = only.join("\", \"");
    let short = together.chars().count() <= SHORT;
    let (one, each) = if short { (vec![together], Vec::new()) } else { (Vec::new(), only) };
    one.into_iter().chain(each.into_iter().map(str::to_owned)).filter(|items| !items.is_empty())
}

/// Every field, always in the same order. Taken apart without `..`: of a new field it is decided here how it is told.
fn fields(spec: &TenantSpec) -> Vec<Field> {
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
    all.extend([one("policy", Some(policy)), many("members", members), many("domains", domains)]);
    all.extend(of_quota(quota.as_ref()));
    all.extend([
        one("title", Some(title)),
        one("kind", Some(plain(kind))),
        one("siren", siren.as_ref()),
        one("siret", siret.as_ref()),
        one("finess", finess.as_ref()),
        one("uai", uai.as_ref()),
        one("insee", insee.as_ref()),
        of_contacts(contacts),
    ]);
    all
}

fn of_identity(identity: Option<&Identity>) -> [Field; 9] {
    let is = identity.is_some();
    let Identity { issuer, audience, flow, client_id, scopes, algorithm, groups_claim, require, roles } =
        identity.cloned().unwrap_or_default();
    [
        one("identity.issuer", is.then_some(issuer)),
        one("identity.audience", audience),
        one("identity.flow", is.then(|| plain(&flow))),
        one("identity.clientId", client_id),
        many("identity.scopes", scopes),
        one("identity.algorithm", is.then(|| plain(&algorithm))),
        one("identity.groupsClaim", is.then_some(groups_claim)),
        many("identity.require", require.iter().map(|one| format!("{}: {}", one.claim, one.value))),
        // The role comes first: it holds no colon.
        many("identity.roles", roles.iter().map(|one| format!("{}: {}", plain(&one.role), one.group))),
    ]
}

fn of_quota(quota: Option<&Quota>) -> [Field; 4] {
    let Quota { workspaces, cpu, memory, storage } = quota.cloned().unwrap_or_default();
    [
        one("quota.workspaces", workspaces),
        one("quota.cpu", cpu),
        one("quota.memory", memory),
        one("quota.storage", storage),
    ]
}

/// People with their addresses: the log, which nothing is ever taken out of, says that they changed and no more.
fn of_contacts(contacts: &[Contact]) -> Field {
    Field { name: "contacts", says: Says::Unsaid(canonical::digest(&contacts).unwrap_or_default()) }
}

fn one(name: &'static str, says: Option<impl Display>) -> Field {
    Field { name, says: Says::One(says.map(|says| escaped(&says))) }
}

fn many(name: &'static str, items: impl IntoIterator<Item = impl Display>) -> Field {
    Field { name, says: Says::Many(items.into_iter().map(|item| escaped(&item)).collect()) }
}

/// As between quotes, so that nothing can be taken for the end of it.
fn escaped(says: &impl Display) -> String {
    let quoted = Value::String(says.to_string()).to_string();
    let bare = quoted.strip_prefix('"').and_then(|quoted| quoted.strip_suffix('"'));
    bare.unwrap_or_default().to_owned()
}

/// A value of an enum as manifests write it.
fn plain(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use beffroi_crds::tenant::{ClaimValue, Role, RoleBinding};

    use super::*;
    use crate::french::{self, tests::assert_french};

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

    /// What is told of a spec after another one, which must have its French.
    fn after(before: &TenantSpec, now: &TenantSpec) -> Vec<String> {
        let Value::Object(kept) = serde_json::to_value(before).unwrap() else { panic!() };
        let told = told(&kept, now);
        for sentence in &told {
            assert_french(sentence);
        }
        told
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
        assert_eq!(french::of(&told[1]), r#"destinataire des jetons : désormais "beffroi", auparavant rien"#);
        assert_eq!(french::of(&told[2]), r#"rôles des groupes : en plus "gestionnaire: hotes, \"x""#);
        let back = after(&bound, &spec(|_| ()));
        assert_eq!(
            french::of(&back[2]),
            r#"rôles des groupes : en moins "gestionnaire: hotes, \"x""#,
            "{back:?}"
        );
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
            assert!(told.iter().all(|one| french::of(one) != one.as_str()), "{told:?}");
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
            assert!(told[0].contains("kept nothing of it"), "{told:?}");
            assert_french(&told[0]);
        }
    }
}
