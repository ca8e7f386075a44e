use std::{cell::RefCell, collections::BTreeSet, fs};

use tempfile::TempDir;

use super::*;

const FILE: &str = "\
apiVersion: beffroi.fr/v1alpha1
kind: Provider
metadata: {name: atelier}
spec:
  legalName: Atelier
  seat: {country: FR}
";

thread_local! {
    /// To read the rules of the schema takes a while without optimization: once a test.
    static FILES: RefCell<Files> = RefCell::new(Files::new().unwrap());
}

/// Providers of a text.
fn parse(text: &str) -> anyhow::Result<Vec<Provider>> {
    FILES.with_borrow_mut(|files| files.parse(text))
}

/// What is said of a text that is refused.
fn refused(text: &str) -> String {
    format!("{:#}", parse(text).expect_err(text))
}

/// The file with more fields in its spec.
fn with(fields: &str) -> String {
    format!("{FILE}  {fields}\n")
}

/// A folder with file `a.yaml`.
fn kept(text: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.yaml"), text).unwrap();
    folder
}

#[test]
fn a_file_is_judged_and_says_what_is_missing() {
    let certified = "certifications: [{scheme: HDS, version: '2', reference: a, service: b, hdsActivities: [1], \
                     issued: 2020-01-01, expires: 2022-12-31}]";
    let [found] = parse(&with(certified)).unwrap().try_into().unwrap();
    let mut world = World { now: "2026-06-15T12:00:00Z".parse().unwrap(), ..World::default() };
    world.providers = BTreeMap::from([("atelier".to_owned(), Arc::new(found))]).into();
    for (profile, _) in PROFILES {
        let (text, worst) = judged(&world, &rules(profile).unwrap(), "atelier");
        assert_eq!(worst, Verdict::Unproven, "{text}");
        assert!(text.contains("JUR-01  UNPROVEN") && text.contains("ownershipStatement"), "{text}");
        assert!(text.contains("certificate HDS 2 of \"b\" until 2022-12-31: expired"), "{text}");
    }
}

/// Files, the field that is wrong, and what is said: of the provider itself.
fn itself() -> Vec<(String, &'static str, &'static str)> {
    let seat = |country: &str| FILE.replace("country: FR", &format!("country: {country}"));
    vec![
        (seat("fr"), "spec.seat.country \"fr\"", "must be an ISO 3166-1 alpha-2 code in capitals"),
        (seat("XK"), "spec.seat.country \"XK\"", "Kosovo"),
        (seat("EL"), "spec.seat.country \"EL\"", "write GR"),
        (seat("QQ"), "spec.seat.country \"QQ\"", "QQ is not an officially assigned code"),
        (seat("NO"), "spec.seat.country", "must be text, and is false: put it in quotes"),
        (seat("FR, subdivision: DE-BE"), "spec.seat", "subdivision must lie in country"),
        (seat("FR, subdivision: Berlin"), "spec.seat.subdivision", "must be an ISO 3166-2 code"),
        (seat("FR, pays: FR"), "spec.seat.pays", "nobody reads this field"),
        (seat("[FR]"), "spec.seat.country", "must be text, and is a list"),
        (FILE.replace("seat: {country: FR}", "seat: {}"), "spec.seat.country", "is required"),
        (
            FILE.replace("legalName: Atelier", "legalName: ''"),
            "spec.legalName",
            "has 0 characters: give at least 1",
        ),
        (FILE.replace("  legalName: Atelier\n", ""), "spec.legalName", "is required"),
        (FILE.replace("  legalName: Atelier\n  seat: {country: FR}", "  []"), "spec", "must be a mapping"),
        (FILE.replace("atelier", "Atelier"), "metadata.name", "must be a resource name"),
        (FILE.replace("atelier", "a.b"), "", "metadata.name must have at most 63 characters and no dot"),
        (FILE.replace("atelier", &"a".repeat(64)), "", "metadata.name must have at most 63 characters"),
        (FILE.replace("{name: atelier}", "{}"), "metadata.name", "is required"),
        (FILE.replace("atelier}", "atelier, label: {}}"), "metadata.label", "nobody reads"),
        (FILE.replace("atelier}", "atelier, labels: {a: b c}}"), "metadata.labels.a", "a label's value"),
        (FILE.replace("atelier}", "atelier, labels: {a b: c}}"), "metadata.labels.a b", "is no key"),
        (FILE.replace("atelier}", "atelier, annotations: {a: 1}}"), "metadata.annotations.a", "must be text"),
        (FILE.replace("beffroi.fr/v1alpha1", "beffroi.fr/v2"), "apiVersion", "write beffroi.fr/v1alpha1"),
        (FILE.replace("apiVersion: beffroi.fr/v1alpha1\n", ""), "apiVersion", "write beffroi.fr/v1alpha1"),
        (format!("{FILE}extra: 1\n"), "extra", "nobody reads"),
        (with("siege: x"), "spec.siege", "nobody reads"),
        (with("siren: '552081318'"), "spec.siren \"552081318\"", "the SIREN's key is wrong"),
        (with("siren: '55208131'"), "spec.siren", "a SIREN has 9 digits"),
        (with("siren: '000000000'"), "spec.siren", "a SIREN is not nine zeros"),
        (with("siren: 552081317"), "spec.siren", "must be text, and is number 552081317: put it in quotes"),
        (with("siren: 005520176"), "spec.siren", "must be text, and is number 1482878: put it in quotes"),
        (with("lei: 549300X3UK4GG3FNMO07"), "spec.lei", "the LEI's key is wrong"),
        (with("lei: 549300X3UK"), "spec.lei", "a LEI has 18 capital letters"),
        (with("branch: true"), "spec", "branch is for a firm whose seat is abroad"),
        (with("branch: 'true'"), "spec.branch", "must be true or false, and is text \"true\""),
        (with("branch: true\n  siren: '552081317'"), "spec", "branch is for a firm whose seat is abroad"),
        (
            format!("{}  siren: '552081317'\n", seat("US")),
            "spec",
            "siren is for an entity with its seat in France",
        ),
        (with("ownershipStatement: {issued: 2026-02-30}"), "spec.ownershipStatement.issued", "is no day"),
        (with("ownershipStatement: {issued: 1.5.2026}"), "spec.ownershipStatement.issued", "is no day"),
        (with("ownershipStatement: {}"), "spec.ownershipStatement.issued", "is required"),
    ]
}

/// The same of its lists.
fn listed() -> Vec<(String, &'static str, &'static str)> {
    let holder = |fields: &str| {
        with(&format!(
            "shareholders: [{{name: a, country: FR, capitalPercent: 60, votesPercent: 60{fields}}}]"
        ))
    };
    let certified = |fields: &str| {
        with(&format!(
            "certifications: [{{scheme: PAMS, version: '1', reference: a, service: b, issued: 2026-05-01, \
             expires: 2029-04-30, {fields}}}]"
        ))
    };
    let document = |address: &str, digest: &str| {
        certified(&format!("document: {{address: '{address}', digest: '{digest}', signedBy: a}}"))
    };
    let zeros = format!("sha256:{}", "0".repeat(64));
    let two = "shareholders: [{name: a, country: FR, capitalPercent: 60, votesPercent: 60}, \
               {name: b, country: FR, capitalPercent: 50, votesPercent: 50}]";
    vec![
        (holder(", identifier: {}"), "spec.shareholders[0].identifier", "give siren, lei or both"),
        (holder(", kind: Firm"), "spec.shareholders[0].kind", "write one of Person, PublicBody, Company"),
        (holder(", provider: 'A b'"), "spec.shareholders[0].provider", "must be a resource name"),
        (holder(&format!(", provider: {}", "a".repeat(64))), "spec.shareholders[0].provider", "at most 63"),
        (
            holder("").replace("capitalPercent: 60", "capitalPercent: 101"),
            "capitalPercent",
            "give at most 100",
        ),
        (holder("").replace("capitalPercent: 60", "capitalPercent: -1"), "capitalPercent", "give at least 0"),
        (holder("").replace("capitalPercent: 60", "capitalPercent: .nan"), "capitalPercent", "is required"),
        (holder("").replace("votesPercent: 60", "votesPercent: all"), "votesPercent", "must be a number"),
        (with(two), "spec", "the capitalPercent of all add up to more than 100"),
        (with(two), "spec", "the votesPercent of all add up to more than 100"),
        (with("pacts: [{partners: [a]}]"), "spec.pacts[0].partners", "has 1 item: give at least 2"),
        (with("pacts: [{partners: [a, null]}]"), "spec.pacts[0].partners[1]", "must be text, and is empty"),
        (
            with("pacts: [{partners: [a, b], decide: [Vote]}]"),
            "spec.pacts[0].decide[0]",
            "write one of Votes",
        ),
        (
            certified("").replace("2029-04-30", "2026-05-01"),
            "spec.certifications[0]",
            "expires must be later",
        ),
        (certified("hdsActivities: [1]"), "spec.certifications[0]", "and for HDS only"),
        (certified("hdsActivities: [7]"), "spec.certifications[0].hdsActivities[0]", "give at most 6"),
        (
            certified("hdsActivities: [1.5]"),
            "spec.certifications[0].hdsActivities[0]",
            "must be a whole number",
        ),
        (
            document("http://a.example", &zeros),
            "spec.certifications[0].document.address",
            "must be an https://",
        ),
        (document("https://a.example", "md5:0"), "spec.certifications[0].document.digest", "must be sha256:"),
    ]
}

#[test]
fn what_the_api_server_would_refuse_is_refused() {
    let mut said = String::new();
    for (text, field, told) in itself().into_iter().chain(listed()) {
        let error = refused(&text);
        let line =
            error.lines().find(|line| line.contains(told)).unwrap_or_else(|| panic!("{told}: {error}"));
        assert!(line.starts_with("  provider ") && line.contains(field), "{field}: {line}");
        said.push_str(&error);
    }
    // No rule is without a file that it refuses.
    let mut unsaid = BTreeSet::new();
    for crd in beffroi_crds::all().into_iter().filter(|crd| crd.spec.names.kind == "Provider") {
        let (_, text) = beffroi_crds::yaml(&crd).unwrap();
        let [crd] = crate::manifest::objects(&text).unwrap().try_into().unwrap();
        messages(&crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"], &mut unsaid);
    }
    unsaid.retain(|message| !said.contains(message.as_str()));
    assert_eq!(
        unsaid.into_iter().collect::<Vec<_>>(),
        [
            // It compares with what was there before.
            "siren is immutable: another legal entity is another Provider"
        ]
    );
}

/// Messages of all rules but those of the status.
fn messages(schema: &serde_json::Value, found: &mut BTreeSet<String>) {
    match schema {
        serde_json::Value::Object(fields) => {
            for rule in fields
                .get("x-kubernetes-validations")
                .and_then(|rules| rules.as_array())
                .into_iter()
                .flatten()
            {
                found.insert(rule["message"].as_str().unwrap().to_owned());
            }
            fields.iter().filter(|(key, _)| *key != "status").for_each(|(_, below)| messages(below, found));
        }
        serde_json::Value::Array(items) => items.iter().for_each(|below| messages(below, found)),
        _ => {}
    }
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let text = format!("{}---\n{}", FILE.replace("country: FR", "country: fr"), with("siege: x\n  siren: 1"));
    assert_eq!(refused(&text).lines().count(), 4, "{}", refused(&text));
    let control = FILE.replace("legalName: Atelier", "legalName: Atelier\n  \"a\\e[2J\": 1");
    assert!(!refused(&control).contains('\u{1b}'));
}

#[test]
fn what_is_no_provider_of_ours_is_skipped_and_told_if_nothing_is_left() {
    assert!(parse("kind: Secret").unwrap().is_empty());
    let foreign =
        "apiVersion: pkg.crossplane.io/v1\nkind: Provider\nmetadata: {name: aws}\nspec: {package: x}\n";
    assert_eq!(parse(&format!("{foreign}---\n{FILE}")).unwrap().len(), 1);
    let check = |text: &str| {
        let folder = kept(text);
        let check =
            Check { files: vec![folder.path().to_owned()], provider: None, policy: "standard".to_owned() };
        format!("{:#}", run(&Command::Check(check)).unwrap_err())
    };
    let error = check(foreign);
    assert!(error.contains("pkg.crossplane.io/v1") && error.contains("beffroi.fr/v1alpha1"), "{error}");
    let error = check("kind: Secret");
    assert!(error.contains("give a file with `kind: Provider`"), "{error}");
}

#[test]
fn a_key_that_is_written_twice_hides_nobody() {
    let text = with(
        "shareholders: [{name: a, country: US, capitalPercent: 60, votesPercent: 60}]\n  shareholders: []",
    );
    assert!(
        refused(&text).contains("shareholders") && refused(&text).contains("written twice"),
        "{}",
        refused(&text)
    );
}

#[test]
fn a_file_is_read_once_however_it_is_named() {
    let kept = kept(&format!("\u{feff}{FILE}"));
    let folder = kept.path();
    let mut files = Files::new().unwrap();
    assert_eq!(files.read(&folder.join("a.yaml")).unwrap().len(), 1);
    assert!(files.read(folder).unwrap().is_empty());
    assert!(
        files.read(&folder.join("../").join(folder.file_name().unwrap()).join("a.yaml")).unwrap().is_empty()
    );
    let error = format!("{:#}", files.read(&folder.join("b.yaml")).unwrap_err());
    assert!(error.contains("give a file that you may read"), "{error}");
}

#[test]
fn the_samples_are_accepted() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples/providers");
    assert!(Files::new().unwrap().read(&folder).unwrap().len() >= 30);
}
