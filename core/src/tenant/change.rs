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

/// Longest words of a field, before or after, in characters: a longer one is named and not told.
const SHORT: usize = 200;

/// A field and what it says; none where it is not there.
struct Field {
    name: &'static str,
    says: Option<Says>,
}

/// What a field says: words, or the mark of what does not belong into a log that is kept for ever.
#[derive(Eq, PartialEq)]
enum Says {
    Words(String),
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
    [first].into_iter().chain(changed.iter().filter_map(|(was, is)| sentence(was, is))).collect()
}

/// What a field that changed says now and said before, where both are short.
fn sentence(was: &Field, is: &Field) -> Option<String> {
    let name = is.name;
    Some(match (words(is)?, words(was)?) {
        (Some(is), Some(was)) => format!("{name} is now \"{is}\", before: \"{was}\""),
        (Some(is), None) => format!("{name} is now \"{is}\", before: nothing"),
        (None, Some(was)) => format!("{name} is now nothing, before: \"{was}\""),
        (None, None) => return None,
    })
}

/// The words of a field, where it says anything; none where they are not to be told.
fn words(field: &Field) -> Option<Option<&str>> {
    match &field.says {
        None => Some(None),
        Some(Says::Words(words)) if words.chars().count() <= SHORT => Some(Some(words)),
        Some(_) => None,
    }
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
        quota,
        identity,
        contacts,
    } = spec;
    let mut all = of_identity(identity.as_ref());
    all.extend([said("policy", [policy]), said("members", members)]);
    all.extend(of_quota(quota.as_ref()));
    all.extend([
        said("title", [title]),
        said("kind", [plain(kind)]),
        said("siren", siren),
        said("siret", siret),
        said("finess", finess),
        said("uai", uai),
        said("insee", insee),
        of_contacts(contacts),
    ]);
    all
}

fn of_identity(identity: Option<&Identity>) -> Vec<Field> {
    let Some(Identity { issuer, audience, client_id, scopes, algorithm, groups_claim, require, roles }) =
        identity
    else {
        let names = [ISSUER, AUDIENCE, CLIENT, SCOPES, ALGORITHM, GROUPS, REQUIRE, ROLES];
        return names.map(|name| Field { name, says: None }).into();
    };
    // The role and the claim come first: they hold no colon, or no matter.
    let role = |role| plain(&role);
    vec![
        said(ISSUER, [issuer]),
        said(AUDIENCE, audience),
        said(CLIENT, client_id),
        said(SCOPES, scopes),
        said(ALGORITHM, [plain(algorithm)]),
        said(GROUPS, [groups_claim]),
        said(REQUIRE, require.iter().map(|one| format!("{}: {}", one.claim, one.value))),
        said(ROLES, roles.iter().map(|one| format!("{}: {}", role(one.role), one.group))),
    ]
}

const ISSUER: &str = "identity.issuer";
const AUDIENCE: &str = "identity.audience";
const CLIENT: &str = "identity.clientId";
const SCOPES: &str = "identity.scopes";
const ALGORITHM: &str = "identity.algorithm";
const GROUPS: &str = "identity.groupsClaim";
const REQUIRE: &str = "identity.require";
const ROLES: &str = "identity.roles";

fn of_quota(quota: Option<&Quota>) -> [Field; 4] {
    let Quota { workspaces, cpu, memory, storage } = quota.cloned().unwrap_or_default();
    [
        said("quota.workspaces", workspaces),
        said("quota.cpu", cpu),
        said("quota.memory", memory),
        said("quota.storage", storage),
    ]
}

/// People with their addresses: the log, which nothing is ever taken out of, says that they changed and no more.
fn of_contacts(contacts: &[Contact]) -> Field {
    let mark = || Says::Unsaid(canonical::digest(&contacts).unwrap_or_default());
    Field { name: "contacts", says: (!contacts.is_empty()).then(mark) }
}

/// A field by what it lists: as if each stood between quotes, so that none can be taken for two.
fn said(name: &'static str, items: impl IntoIterator<Item = impl Display>) -> Field {
    let escaped = |item| {
        let quoted = Value::String(format!("{item}")).to_string();
        let bare = quoted.strip_prefix('"').and_then(|quoted| quoted.strip_suffix('"'));
        bare.unwrap_or_default().to_owned()
    };
    let words: Vec<String> = items.into_iter().map(escaped).collect();
    Field { name, says: (!words.is_empty()).then(|| Says::Words(words.join("\", \""))) }
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
        told.iter().for_each(|sentence| assert_french(sentence));
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
                r#"identity.roles is now "lecteur: agents", "gestionnaire: hotes, \"x", before: "lecteur: agents""#,
            ]
        );
        assert_eq!(
            french::of(&told[2]),
            r#"rôles des groupes : désormais "lecteur: agents", "gestionnaire: hotes, \"x", auparavant "lecteur: agents""#
        );
        assert_eq!(after(&bound, &bound), ["changed, and changed back"]);
        let nobody = after(&bound, &spec(|spec| spec.identity = None));
        assert!(nobody[0].contains("identity.issuer, identity.audience, identity.algorithm"), "{nobody:?}");
        assert!(nobody.contains(&"identity.issuer is now nothing, before: \"https://id.example\"".into()));
    }

    #[test]
    fn every_field_is_told_when_it_changes() {
        let changes: [fn(&mut TenantSpec); 20] = [
            |s| s.title = "x".into(),
            |s| s.kind = beffroi_crds::tenant::TenantKind::Epci,
            |s| s.siren = Some("x".into()),
            |s| s.siret = Some("x".into()),
            |s| s.finess = Some("x".into()),
            |s| s.uai = Some("x".into()),
            |s| s.insee = Some("x".into()),
            |s| s.policy = "x".into(),
            |s| s.members = vec!["x".into()],
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
    fn what_is_long_is_named_and_not_told() {
        let crowd = spec(|spec| spec.members = vec!["m".repeat(63).as_str().into(); 4]);
        assert_eq!(after(&spec(|_| ()), &crowd), ["changed: members"]);
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
