//! Genuine parts put together wrongly, and signers who lie.

use beffroi_crds::message::Said;
use serde_json::Value;

use super::*;
use crate::{
    evidence::{
        dsse::{Envelope, decode, encode},
        statement::{Finding, Limit, LocationVerdict, RuleVerdict, Told},
    },
    message::Message,
};

#[test]
fn keys_of_somebody_else_prove_nothing() {
    let (bundle, _) = whole();
    refused!(check(&bundle, keys(9, LOG).public()), Error::Envelope(dsse::Error::UnknownKey { .. }));
    let (log, index, _) = log(1);
    let bundle = log.bundle(index, Some(&observation()));
    refused!(check(&bundle, keys(9, LOG).public()), Error::Checkpoint(checkpoint::Error::UnknownKey { .. }));
}

#[test]
fn both_keys_must_be_the_right_ones() {
    let (log, index, trusted) = log(1);
    let bundle = log.bundle(index, Some(&observation()));
    let other = keys(9, LOG).public().clone();
    let pair = |pem: &PublicKeys, note: &PublicKeys| {
        PublicKeys::parse(&format!("{}{}\n", pem.pem(), note.verifier_key())).unwrap()
    };
    refused!(
        check(&bundle, &pair(&trusted, &other)),
        Error::Checkpoint(checkpoint::Error::UnknownKey { .. })
    );
    refused!(check(&bundle, &pair(&other, &trusted)), Error::Envelope(dsse::Error::UnknownKey { .. }));
    assert!(check(&bundle, &pair(&trusted, &trusted)).is_ok());
}

#[test]
fn a_name_or_uid_of_another_workspace_is_not_taken() {
    let (log, index, trusted) = log(1);
    let bundle = log.bundle(index, Some(&observation()));
    let ask = |workspace: &str| {
        let expected = Expected { workspace: Some(workspace.to_owned()), ..Expected::default() };
        expecting(&bundle, &trusted, &expected)
    };
    assert!(ask(&workspace().uid).is_ok() && ask("tenant-ght-bm/communication").is_ok());
    for other in ["", "communication", "tenant-mairie/communication", "tenant-ght-bm/other", "none", "/"] {
        refused!(ask(other), Error::OtherWorkspace { .. });
    }
    let rotation = log_with_rotation();
    let expected = Expected { workspace: Some("none".into()), ..Expected::default() };
    refused!(expecting(&rotation.0, &rotation.1, &expected), Error::OtherWorkspace { .. });
}

/// The bundle of a change of keys: about no workspace.
fn log_with_rotation() -> (Bundle, PublicKeys) {
    let (mut log, _, trusted) = log(1);
    let index = log.rotate(keys(2, LOG));
    (log.bundle(index, None), trusted)
}

#[test]
fn an_envelope_of_another_bundle_is_not_at_this_place() {
    let (log, index, trusted) = log(3);
    let genuine = log.bundle(index, Some(&observation()));
    for other in (0..log.size()).filter(|other| *other != index) {
        let swapped = Bundle { envelope: log.entry(other), ..genuine.clone() };
        refused!(check(&swapped, &trusted), Error::NotInLog { .. });
        let moved = Bundle { inclusion: log.inclusion(other, log.size()), ..genuine.clone() };
        refused!(check(&moved, &trusted), Error::NotInLog { .. });
        let mut renumbered = genuine.clone();
        renumbered.inclusion.log_index = other;
        refused!(check(&renumbered, &trusted), Error::NotInLog { .. });
    }
    for beyond in [log.size(), log.size() + 1, u64::MAX] {
        let mut outside = genuine.clone();
        outside.inclusion.log_index = beyond;
        refused!(check(&outside, &trusted), Error::NotInLog { .. });
    }
}

#[test]
fn a_path_is_of_its_one_length_and_order() {
    let (log, index, trusted) = log(3);
    let genuine = log.bundle(index, Some(&observation()));
    let with = |hashes: Vec<tlog_tiles::Hash>| {
        let mut bundle = genuine.clone();
        bundle.inclusion.hashes = hashes;
        check(&bundle, &trusted)
    };
    let path = genuine.inclusion.hashes.clone();
    for place in 0..path.len() {
        let mut shorter = path.clone();
        shorter.remove(place);
        refused!(with(shorter), Error::NotInLog { .. });
        let mut longer = path.clone();
        longer.insert(place, path[place]);
        refused!(with(longer), Error::NotInLog { .. });
    }
    refused!(with(path.iter().rev().copied().collect()), Error::NotInLog { .. });
    refused!(with(vec![path[0]; 65]), Error::NotInLog { .. });
    refused!(with(vec![path[0]; 100_000]), Error::NotInLog { .. });
    refused!(with(Vec::new()), Error::NotInLog { .. });
}

#[test]
fn an_entry_that_nobody_logged_is_not_in_the_log() {
    let (log, index, trusted) = log(2);
    let mut bundle = log.bundle(index, Some(&elsewhere()));
    bundle.envelope = Envelope::sign(&located(&elsewhere()).to_vec().unwrap(), log.keys());
    refused!(check(&bundle, &trusted), Error::NotInLog { .. });
}

#[test]
fn an_entry_that_somebody_else_signed_is_not_the_logs() {
    let (mut log, _, trusted) = log(1);
    let index = log.push(Envelope::sign(&located(&observation()).to_vec().unwrap(), &keys(9, LOG)));
    let bundle = log.bundle(index, Some(&observation()));
    refused!(check(&bundle, &trusted), Error::Envelope(dsse::Error::UnknownKey { .. }));
}

#[test]
fn an_empty_or_shortened_log_holds_no_such_entry() {
    let (log, index, trusted) = log(3);
    let genuine = log.bundle(index, Some(&observation()));
    for size in 0..log.size() {
        let cut = Bundle { checkpoint: log.checkpoint(size), ..genuine.clone() };
        refused!(check(&cut, &trusted), Error::NotInLog { .. });
    }
    let empty = MemoryLog::new(keys(1, LOG));
    let mut bundle = genuine;
    bundle.checkpoint = empty.checkpoint(0);
    bundle.inclusion = crate::evidence::bundle::Inclusion { log_index: 0, hashes: Vec::new() };
    refused!(check(&bundle, &trusted), Error::NotInLog { .. });
}

#[test]
fn what_was_observed_is_what_was_signed() {
    let (log, index, trusted) = log(2);
    let with = |observation: Option<Observation>| {
        check(&Bundle { observation: observation.map(Into::into), ..log.bundle(index, None) }, &trusted)
    };
    assert!(with(Some(observation())).is_ok());
    refused!(with(None), Error::OtherObservation);
    refused!(with(Some(elsewhere())), Error::OtherObservation);
    let mut other = observation();
    other.workspace.uid = "another".into();
    refused!(with(Some(other)), Error::OtherObservation);
    // An audit entry rests on none.
    let bundle = log.bundle(0, Some(&observation()));
    refused!(check(&bundle, &trusted), Error::OtherObservation);
}

#[test]
fn a_verdict_that_does_not_follow_is_refused_though_signed_and_logged() {
    type Lie = fn(&mut DataLocation);
    let lies: [(&str, Lie); 19] = [
        ("verifier", |c| c.verifier.id = "https://example.com".into()),
        ("workspace", |c| c.workspace.tenant_uid = "another".into()),
        ("workspace", |c| c.resource_uri = "beffroi://tenants/a/workspaces/b".into()),
        ("policy", |c| c.policy.digest.sha256 = "1f".repeat(32)),
        ("policy", |c| c.policy.uri = "beffroi://policies/standard".into()),
        ("verificationResult", |c| c.verification_result = LocationVerdict::Located),
        ("verificationResult", |c| c.verification_result = LocationVerdict::Unknown),
        ("sites", |c| c.sites[0].country = "BE".into()),
        ("rules", |c| c.rules.retain(|rule| rule.id != "LOC-01")),
        ("findings", |c| c.findings.clear()),
        ("findings", |c| c.findings[0].observed = Told::Prose("nothing".into())),
        ("findings", |c| said(&mut c.findings[0].observed).code = "location.attribute".into()),
        ("findings", |c| set(&mut c.findings[0].observed, "value", "par1://n1".into())),
        ("findings", |c| set(&mut c.findings[0].expected, "prefix", "fra1://".into())),
        ("findings", |c| set(&mut c.findings[0].expected, "more", Value::Null)),
        ("findings", |c| said(&mut c.findings[0].expected).args.0.clear()),
        // The same sentence, by another code.
        ("findings", |c| {
            let sentence = c.findings[0].observed.to_string();
            c.findings[0].observed = Told::from(&Message::verbatim(sentence));
        }),
        ("findingsOmitted", |c| c.findings_omitted = 1),
        ("notProven", |c| c.not_proven.retain(|limit| *limit != Limit::NodePlaceIsDeclared)),
    ];
    let observation = elsewhere();
    for (part, lie) in lies {
        let mut statement = located(&observation);
        let Predicate::DataLocation(claim) = &mut statement.predicate else { panic!("{statement:?}") };
        lie(claim);
        let (bundle, trusted) = bundle_of(&statement, Some(&observation));
        refused!(check(&bundle, &trusted), Error::DoesNotFollow(found) if found == part);
    }
}

fn said(told: &mut Told) -> &mut Said {
    match told {
        Told::Said(said) => said,
        Told::Prose(text) => panic!("{text}"),
    }
}

fn set(told: &mut Told, name: &str, value: Value) {
    said(told).args.0.insert(name.into(), value);
}

#[test]
fn no_code_and_no_argument_of_any_finding_can_be_another() {
    for observation in breaches() {
        let Predicate::DataLocation(genuine) = located(&observation).predicate else { panic!() };
        assert!(redrawn(&genuine, &observation).is_ok());
        let parts: [fn(&mut Finding) -> &mut Told; 2] = [|f| &mut f.observed, |f| &mut f.expected];
        for (at, part) in (0..genuine.findings.len()).flat_map(|at| parts.map(|part| (at, part))) {
            let lie = |lie: &dyn Fn(&mut Said)| {
                let mut claim = genuine.clone();
                lie(said(part(&mut claim.findings[at])));
                refused!(redrawn(&claim, &observation), Error::DoesNotFollow("findings"));
            };
            lie(&|said| said.code += "-else");
            let mut finding = genuine.findings[at].clone();
            for name in said(part(&mut finding)).args.0.keys() {
                lie(&|said| bend(&mut said.args.0[name]));
                lie(&|said| drop(said.args.0.remove(name)));
            }
        }
    }
}

/// Changes a value, at its deepest place.
fn bend(value: &mut Value) {
    let deeper = match &mut *value {
        Value::Array(all) => all.last_mut(),
        Value::Object(all) => all.values_mut().next(),
        _ => None,
    };
    match deeper {
        Some(deeper) => bend(deeper),
        None => *value = format!("not {value}").into(),
    }
}

/// What an operator who holds the key states of data in Frankfurt, under the name of a policy that excludes it.
fn widened(widen: impl FnOnce(&mut SovereigntyPolicySpec)) -> (Observation, Statement) {
    let mut observation = observation();
    let site = &mut observation.sites[0];
    (site.declared.country, site.declared.subdivision) = ("DE".into(), "DE-HE".into());
    let class = &mut site.declared.storage_classes[0];
    (class.country, class.subdivision) = ("DE".into(), "DE-HE".into());
    let mut spec = policy();
    widen(&mut spec);
    observation.policy = Policy::of("sante", &spec);
    let statement = located(&observation);
    (observation, statement)
}

#[test]
fn rules_cannot_be_widened_under_the_digest_of_another_policy() {
    let genuine = Policy::of("sante", &policy()).digest();
    let (observation, mut statement) = widened(|spec| spec.place.countries.push("DE".into()));
    let Predicate::DataLocation(claim) = &mut statement.predicate else { panic!("{statement:?}") };
    assert_eq!(claim.verification_result, LocationVerdict::Located);
    claim.policy.digest.sha256 = genuine.clone();
    let (bundle, trusted) = bundle_of(&statement, Some(&observation));
    refused!(check(&bundle, &trusted), Error::DoesNotFollow("policy"));
    // The genuine policy in it, and the verdict of the wide one.
    let (_, mut statement) = widened(|spec| spec.place.countries.push("DE".into()));
    let (narrow, _) = widened(|_| {});
    let Predicate::DataLocation(claim) = &mut statement.predicate else { panic!("{statement:?}") };
    claim.policy.digest.sha256 = genuine;
    statement.subject.digest.sha256 = canonical::digest(&narrow).unwrap();
    let (bundle, trusted) = bundle_of(&statement, Some(&narrow));
    refused!(check(&bundle, &trusted), Error::DoesNotFollow("verificationResult"));
}

#[test]
fn other_rules_under_the_name_of_a_policy_are_told_to_whoever_has_it() {
    type Widen = fn(&mut SovereigntyPolicySpec);
    let ways: [(&str, Widen); 5] = [
        ("spec.place.countries", |s| s.place.countries.push("DE".into())),
        ("spec.observationMaxAgeSeconds", |s| s.observation_max_age_seconds = 604_800),
        ("spec.encryption.atRest", |s| s.encryption.at_rest = false),
        ("spec.registries", |s| s.registries = vec!["docker.io".into()]),
        // Nothing of place, and another policy all the same.
        ("spec.law.maxForeignShareEach", |s| s.law.max_foreign_share_each = 100.0),
    ];
    let expected = Expected { policy: Some(policy()), ..Expected::default() };
    for (part, widen) in ways {
        let (observation, statement) = widened(widen);
        let (bundle, trusted) = bundle_of(&statement, Some(&observation));
        let verified = check(&bundle, &trusted).unwrap();
        assert_eq!(verified.policy, Some(observation.policy), "what counted is told");
        let differs = |parts: &[String]| parts == [part.to_owned()];
        refused!(expecting(&bundle, &trusted, &expected), Error::OtherPolicy { parts } if differs(&parts));
    }
    let (bundle, trusted) = whole();
    assert!(expecting(&bundle, &trusted, &expected).is_ok());
}

#[test]
fn a_statement_of_the_first_version_is_none_of_this_one() {
    let mut statement = located(&observation());
    let Predicate::DataLocation(claim) = &mut statement.predicate else { panic!("{statement:?}") };
    claim.version = Version::First;
    claim.rules.retain(|rule| rule.result != RuleVerdict::WithoutObject);
    let (bundle, trusted) = bundle_of(&statement, Some(&observation()));
    refused!(check(&bundle, &trusted), Error::Statement(_));
    let mut sourced = statement;
    let Predicate::DataLocation(claim) = &mut sourced.predicate else { panic!("{sourced:?}") };
    claim.rules.iter_mut().for_each(|rule| rule.source = Some("SecNumCloud 3.2".into()));
    let (bundle, trusted) = bundle_of(&sourced, Some(&observation()));
    refused!(check(&bundle, &trusted), Error::OtherObservation);
    let Predicate::DataLocation(claim) = &mut sourced.predicate else { panic!("{sourced:?}") };
    claim.version = Version::Second;
    let (bundle, trusted) = bundle_of(&sourced, Some(&observation()));
    refused!(check(&bundle, &trusted), Error::Statement(_));
}

#[test]
fn another_kind_of_statement_proves_no_place() {
    let (log, index, trusted) = log(1);
    let (rotation, keys) = log_with_rotation();
    for (bundle, keys, kind) in [
        (log.bundle(index, Some(&observation())), &trusted, Kind::Location),
        (log.bundle(0, None), &trusted, Kind::Audit),
        (rotation, &keys, Kind::Keys),
    ] {
        for wanted in [Kind::Location, Kind::Audit, Kind::Keys] {
            let expected = Expected { kind: Some(wanted), ..Expected::default() };
            let result = expecting(&bundle, keys, &expected);
            if wanted == kind {
                assert!(result.is_ok(), "{result:?}");
            } else {
                refused!(result, Error::OtherKind { found, .. } if found == kind);
            }
        }
    }
}

#[test]
fn a_finding_cannot_stand_since_later_than_it_was_told() {
    let observation = elsewhere();
    let mut statement = located(&observation);
    let Predicate::DataLocation(claim) = &mut statement.predicate else { panic!("{statement:?}") };
    claim.findings[0].since.0 = time("2026-11-24T12:00:01Z");
    let (bundle, trusted) = bundle_of(&statement, Some(&observation));
    refused!(check(&bundle, &trusted), Error::DoesNotFollow("findings"));
}

#[test]
fn a_time_at_which_the_observation_was_too_old_is_no_time_of_a_verdict() {
    let mut statement = located(&observation());
    let Predicate::DataLocation(claim) = &mut statement.predicate else { panic!("{statement:?}") };
    claim.time_verified = time("2026-11-25T12:00:00Z");
    let (bundle, trusted) = bundle_of(&statement, Some(&observation()));
    refused!(check(&bundle, &trusted), Error::DoesNotFollow("verificationResult"));
}

#[test]
fn a_statement_speaks_of_its_subject() {
    for (statement, observed) in
        [(located(&observation()), Some(observation())), (audit("x"), None), (rotation_statement(), None)]
    {
        let (bundle, trusted) = bundle_of(&statement, observed.as_ref());
        assert!(check(&bundle, &trusted).is_ok());
        let mut other = statement;
        other.subject.name = statement::workspace_subject("another");
        let (bundle, trusted) = bundle_of(&other, observed.as_ref());
        refused!(check(&bundle, &trusted), Error::OtherSubject);
    }
    let mut statement = rotation_statement();
    statement.subject.digest.sha256 = "1f".repeat(32);
    let (bundle, trusted) = bundle_of(&statement, None);
    refused!(check(&bundle, &trusted), Error::OtherSubject);
}

fn rotation_statement() -> Statement {
    statement::rotation(keys(7, LOG).public(), time(TIME))
}

#[test]
fn a_signed_text_that_is_no_statement_is_refused() {
    let (genuine, _, trusted) = log(1);
    let text = String::from_utf8(located(&observation()).to_vec().unwrap()).unwrap();
    for (what, payload) in [
        ("nothing", String::new()),
        ("blank", format!("{text} ")),
        ("type", text.replace("Statement/v1", "Statement/v2")),
        ("predicate", text.replace("data-location/v2", "data-location/v3")),
        ("mixed", text.replace("data-location/v2", "audit/v1")),
        ("later word", text.replace("data-location/v2", "data-location/v1")),
        ("field more", text.replacen("\"findings\":", "\"a\":1,\"findings\":", 1)),
        ("field twice", text.replacen("\"findings\":", "\"findings\":[],\"findings\":", 1)),
        (
            "two subjects",
            text.replacen("\"subject\":[", "\"subject\":[{\"digest\":{\"sha256\":\"\"},\"name\":\"\"},", 1),
        ),
        ("digest more", text.replacen("\"sha256\":", "\"md5\":\"\",\"sha256\":", 1)),
    ] {
        let mut log = MemoryLog::new(keys(1, LOG));
        assert_ne!(payload, text);
        let index = log.push(Envelope::sign(payload.as_bytes(), genuine.keys()));
        let result = check(&log.bundle(index, Some(&observation())), &trusted);
        assert!(matches!(result, Err(Error::Statement(_))), "{what}: {result:?}");
    }
}

#[test]
fn an_envelope_of_another_type_or_form_is_refused_though_logged() {
    let (_, _, trusted) = log(1);
    let genuine = Envelope::sign(&located(&observation()).to_vec().unwrap(), &keys(1, LOG));
    let logged = |envelope: &Envelope| {
        let mut log = MemoryLog::new(keys(1, LOG));
        let index = log.push(envelope.clone());
        check(&log.bundle(index, Some(&observation())), &trusted)
    };
    assert!(logged(&genuine).is_ok());
    let mut typed = genuine.clone();
    typed.payload_type = "application/vnd.in-toto+xml".into();
    let mut padded = genuine.clone();
    let mut der = decode(&padded.signatures[0].sig).unwrap();
    der.push(0);
    padded.signatures[0].sig = encode(&der);
    let mut long = genuine.clone();
    // A length in two bytes, as BER would allow.
    let mut ber = decode(&long.signatures[0].sig).unwrap();
    ber.insert(1, 0x81);
    long.signatures[0].sig = encode(&ber);
    let mut nobody = genuine.clone();
    nobody.signatures[0].keyid = String::new();
    let mut capital = genuine;
    capital.signatures[0].keyid = capital.signatures[0].keyid.to_uppercase();
    for envelope in [typed, padded, long, nobody, capital] {
        refused!(logged(&envelope), Error::Envelope(_));
    }
}
