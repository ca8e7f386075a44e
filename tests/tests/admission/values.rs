//! What a value may be, kind by kind.

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::admission::{Door, case, changed, sample};

pub(crate) async fn check(door: &Door) -> Result<()> {
    providers(door).await?;
    sites(door).await?;
    policies(door).await?;
    apps(door).await?;
    tenants(door).await?;
    identifiers(door).await?;
    workspaces(door).await
}

async fn providers(door: &Door) -> Result<()> {
    let good = sample("providers", "northwind-cloud-france");
    let share = |capital: f64, votes: f64| {
        json!([{"name": "A", "country": "FR", "capitalPercent": capital, "votesPercent": votes},
               {"name": "B", "country": "FR", "capitalPercent": 60, "votesPercent": 60}])
    };
    let certificate = |scheme: &str, activities: Value, issued: &str| {
        let mut c = json!({"scheme": scheme, "version": "2", "reference": "R", "service": "S",
            "issued": issued, "expires": "2027-01-01"});
        if !activities.is_null() {
            c["hdsActivities"] = activities;
        }
        json!([c])
    };
    door.check(
        &good,
        &[
            case("/spec/seat/country", json!("fr"), &["spec.seat.country", "ISO 3166-1"]),
            case("/spec/siren", json!("12345"), &["spec.siren", "9 digits"]),
            case("/spec/siren", json!("999002018"), &["spec.siren", "key is wrong", "Sirene"]),
            case("/spec/seat/country", json!("US"), &["siren is for an entity with its seat in France"]),
            case("/spec/seat/country", json!("UK"), &["spec.seat.country", "write GB"]),
            case("/spec/seat/country", json!("EL"), &["spec.seat.country", "write GR"]),
            case("/spec/seat/country", json!("EU"), &["spec.seat.country", "which is no country"]),
            case(
                "/spec/seat/country",
                json!("QQ"),
                &["spec.seat.country", "not an officially assigned code"],
            ),
            case("/spec/seat/subdivision", json!("DE-HE"), &["spec.seat", "subdivision must lie in country"]),
            case("/spec/branch", json!(true), &["branch is for a firm whose seat is abroad"]),
            case("/spec/lei", json!("969500"), &["spec.lei", "18 capital letters and digits"]),
            case("/spec/lei", json!("9695005MSX1OYEMGDF00"), &["spec.lei", "key is wrong"]),
            case("/spec/shareholders/0/kind", json!("Trust"), &["kind", "PublicBody"]),
            case("/spec/shareholders/0/identifier", json!({}), &["identifier", "give siren, lei or both"]),
            case("/spec/shareholders/0/country", json!("XK"), &["country", "no code of ISO 3166-1"]),
            case("/spec/pacts", json!([{"partners": ["A"]}]), &["partners", "2"]),
            case(
                "/spec/pacts",
                json!([{"partners": ["A", "B"], "decide": ["Dividends"]}]),
                &["decide", "Veto"],
            ),
            case("/spec/shareholders", share(40.0001, 10.0), &["capitalPercent", "more than 100"]),
            case("/spec/shareholders", share(10.0, 40.0001), &["votesPercent", "more than 100"]),
            case("/spec/shareholders", share(101.0, 0.0), &["capitalPercent", "100"]),
            case(
                "/spec/certifications",
                certificate("ISO27001", Value::Null, "2028-01-01"),
                &["expires must be later than issued"],
            ),
            case(
                "/spec/certifications",
                certificate("HDS", Value::Null, "2025-01-01"),
                &["hdsActivities must be given for HDS"],
            ),
            case(
                "/spec/certifications",
                certificate("PAMS", json!([1]), "2025-01-01"),
                &["hdsActivities must be given for HDS"],
            ),
            case(
                "/spec/certifications",
                certificate("HDS", json!([7]), "2025-01-01"),
                &["hdsActivities", "6"],
            ),
            case(
                "/spec/certifications",
                certificate("ISO9001", Value::Null, "2025-01-01"),
                &["scheme", "SecNumCloud"],
            ),
            case(
                "/spec/certifications",
                certificate("ISO27001", Value::Null, "2025-02-30"),
                &["issued", "date"],
            ),
            case(
                "/spec/ownershipStatement/document/digest",
                json!("sha256:XYZ"),
                &["digest", "64 lower-case hexadecimal"],
            ),
            case("/spec/ownershipStatement/document/address", json!("ftp://x"), &["address", "https://"]),
            case("/spec/shareholders/0/provider", json!("Northwind"), &["provider", "lower-case letters"]),
            case(
                "/spec/shareholders/0/provider",
                json!("a".repeat(64)),
                &["provider", "at most 63 characters"],
            ),
            case("/spec/legalName", Value::Null, &["spec.legalName", "Required"]),
        ],
    )
    .await
}

async fn sites(door: &Door) -> Result<()> {
    door.check(
        &sample("sites", "par1"),
        &[
            case("/spec/subdivision", json!("Bourgogne"), &["spec.subdivision", "ISO 3166-2"]),
            case("/spec/subdivision", json!("DE-HE"), &["subdivision must lie in country"]),
            case("/spec/coordinates/latitude", json!(91), &["spec.coordinates.latitude", "90"]),
            case("/spec/nodes", json!({"labels": {}}), &["give labels, providerIdPrefix or both"]),
            case("/spec/registries/0/host", json!("https://x"), &["host", "host name with an optional port"]),
            case(
                "/spec/storageClasses/-",
                sample("sites", "par1")["spec"]["storageClasses"][0].clone(),
                &["Duplicate"],
            ),
            case(
                "/spec/operators",
                json!([{"name": "cnpg", "kind": "CloudNativePG", "namespace": "cnpg-system"}]),
                &["spec.operators[0]", "serviceAccount is needed"],
            ),
            case(
                "/spec/operators",
                json!([{"name": "x", "kind": "Velero", "namespace": "a,b", "serviceAccount": "velero"}]),
                &["spec.operators[0].namespace"],
            ),
            case(
                "/spec/operators",
                json!([{"name": "x", "kind": "Rook", "namespace": "x"}]),
                &["CloudNativePG"],
            ),
            case("/spec/dns", json!([{"port": 53}]), &["spec.dns[0]", "give namespace or cidr, one of them"]),
            case(
                "/spec/dns",
                json!([{"cidr": "169.254.20.10/32", "labels": {"k8s-app": "kube-dns"}}]),
                &["spec.dns[0]", "labels are those of pods in namespace"],
            ),
            case("/spec/dns", json!([{"cidr": "169.254.20.10"}]), &["spec.dns[0].cidr", "192.0.2.0/24"]),
            case("/spec/apiServers", json!([{"cidr": "kubernetes", "port": 443}]), &["cidr", "192.0.2.0/24"]),
            case("/spec/ingressAnnotations", json!(["a,b"]), &["spec.ingressAnnotations[0]"]),
            case(
                "/spec/gatewayHosts",
                json!([{"host": "localhost", "country": "FR"}]),
                &["spec.gatewayHosts[0].host", "DNS name"],
            ),
            case("/spec/priorityClasses", json!(["Haute"]), &["spec.priorityClasses[0]", "resource name"]),
            case(
                "/spec/priorityClasses",
                json!(["system-node-critical"]),
                &["spec.priorityClasses[0]", "is for pods of the cluster itself"],
            ),
            case(
                "/spec/storageClasses",
                json!([{"name": "x", "country": "FR", "subdivision": "FR-IDF", "encrypted": true, "parameters": {"zone": "a"}}]),
                &["spec.storageClasses[0]", "say nothing without provisioner"],
            ),
            case("/spec/operations/responseMinutes", json!(0), &["responseMinutes", "1"]),
            case("/metadata/name", json!("a".repeat(64)), &["metadata.name", "at most 63 characters"]),
            case("/metadata/name", json!("par1.bis"), &["metadata.name", "no dot"]),
            case("/spec/ingress/namespace", json!("Ingress_nginx"), &["ingress.namespace", "resource name"]),
            case("/spec/kubeconfig/secretName", json!("Site par1"), &["secretName", "name of a Secret"]),
            case("/spec/kubeconfig/key", json!("kube config"), &["key", "key of a Secret"]),
        ],
    )
    .await
}

async fn policies(door: &Door) -> Result<()> {
    let text = std::fs::read_to_string(
        beffroi_tests::samples::root().join("charts/beffroi/profiles/standard.yaml"),
    )?;
    let mut good: Value = serde_yaml::from_str(&text)?;
    good["metadata"] = json!({"name": "essai"});
    let egress = |cidr: &str| json!([{"name": "annuaire", "cidr": cidr, "country": "FR", "port": 443}]);
    let good_egress = changed(&good, "/spec/egress", &egress("192.0.2.0/24"))?;
    door.check(
        &good_egress,
        &[
            case(
                "/spec/place/subdivisions",
                json!(["DE-HE"]),
                &["subdivisions", "must lie in one of countries"],
            ),
            case("/spec/place/countries", json!([]), &["spec.place.countries", "at least 1"]),
            case(
                "/spec/law/maxForeignShareEach",
                json!(50),
                &["maxForeignShareEach must not be above maxForeignShareTogether"],
            ),
            case(
                "/spec/redundancy",
                json!({"minSites": 1, "minCities": 2}),
                &["minCities must not be above minSites"],
            ),
            // No policy lets one person erase data at once.
            case("/spec/deletion", json!({"minGraceDays": 0}), &["spec.deletion.minGraceDays", "1"]),
            case("/spec/deletion", json!({"minGraceDays": 91}), &["spec.deletion.minGraceDays", "90"]),
            case("/spec/egress", egress("partout"), &["cidr", "192.0.2.0/24"]),
        ],
    )
    .await
}

async fn apps(door: &Door) -> Result<()> {
    let mut good = sample("catalogue", "docs");
    good["spec"]["releases"] = json!([{"version": "1", "chart": {
        "repository": "oci://registre.example:5000/charts/docs", "digest": format!("sha256:{}", "a".repeat(64))}}]);
    door.check(
        &good,
        &[
            case("/spec/needs/cpu", json!("beaucoup"), &["spec.needs.cpu", "Kubernetes quantity"]),
            case("/spec/needs/cpu", json!("-1"), &["spec.needs.cpu", "must not be negative"]),
            case(
                "/spec/releases/0/chart/repository",
                json!("oci://x/y:1"),
                &["repository", "without tag or digest"],
            ),
            case("/spec/releases/0/chart/digest", json!("latest"), &["digest", "sha256:"]),
            case("/spec/filledValues/0/path", json!("ingress..host"), &["path", "keys joined by dots"]),
            case("/spec/hosts", json!(["autre.domaine"]), &["spec.hosts[0]", "one label of a DNS name"]),
            case(
                "/spec/aiModels",
                json!([{"name": "m", "inference": "InWorkspace", "inferenceCountry": "FR"}]),
                &["spec.aiModels[0]", "InWorkspace runs where the workspace lies"],
            ),
            case(
                "/spec/aiModels",
                json!([{"name": "m", "inference": "Hosted", "inferenceCountry": "FR", "inferenceSubdivision": "DE-HE"}]),
                &["spec.aiModels[0]", "inferenceSubdivision must lie in inferenceCountry"],
            ),
            case("/spec/category", json!("jeux"), &["spec.category", "messagerie"]),
            case("/spec/dataStores", Value::Null, &["spec.dataStores", "Required"]),
            case("/spec/releases/-", good["spec"]["releases"][0].clone(), &["Duplicate"]),
            // Each of these came as far as the site, and was stuck there.
            case("/metadata/name", json!("a".repeat(54)), &["metadata.name", "at most 53", "Helm release"]),
            case("/metadata/name", json!("docs.bis"), &["metadata.name", "dot"]),
        ],
    )
    .await
}

async fn tenants(door: &Door) -> Result<()> {
    door.check(
        &sample("tenants", "mairie-macon"),
        &[
            case("/metadata/name", json!("a".repeat(51)), &["metadata.name", "at most 50 characters"]),
            case("/metadata/name", json!("a.b"), &["metadata.name", "must not hold a dot"]),
            case("/spec/siren", json!("110020013"), &["siret must begin with siren"]),
            case("/spec/members", json!(["a", "b"]), &["a Groupement names at least two tenants"]),
            case("/spec/insee", Value::Null, &["insee is required for kind Commune"]),
            case(
                "/spec/identity/flow",
                json!("Confidential"),
                &["flow: Confidential is not supported", "Keycloak"],
            ),
            case(
                "/spec/identity/issuer",
                json!("https://auth.agentconnect.gouv.fr/api/v2"),
                &["confidential clients only", "broker such as Keycloak"],
            ),
            case(
                "/spec/identity/issuer",
                json!("https://ProConnect.gouv.fr:443/api/v2"),
                &["confidential clients only"],
            ),
            case("/spec/kind", json!("Region"), &["insee is for kind Commune only"]),
            case("/spec/finess", json!("710000001"), &["finess is for kind EtablissementDeSante only"]),
            case(
                "/spec/uai",
                json!("0710001R"),
                &["uai is for kinds EtablissementScolaire and Rectorat only"],
            ),
            case("/spec/identity/issuer", json!("http://x"), &["issuer", "https://"]),
            case("/spec/identity/issuer", json!("http://localhost.x"), &["issuer", "localhost"]),
            case("/spec/identity/issuer", json!("https://x/y?z=1"), &["issuer", "without query"]),
            case("/spec/identity/algorithm", json!("none"), &["algorithm", "RS256"]),
            case("/spec/identity/groupsClaim", json!("siret"), &["require", "checked already"]),
            case("/spec/identity/scopes", json!(["groups profile"]), &["scopes", "one scope"]),
            case("/spec/identity/require/0/claim", json!("iss"), &["require", "name another claim"]),
            case("/spec/identity/require/-", json!({"claim": "siret", "value": "1"}), &["named twice"]),
            case("/spec/contacts/0/email", json!("personne"), &["email", "mail address"]),
            case("/spec/quota/cpu", json!("x"), &["spec.quota.cpu", "Kubernetes quantity"]),
        ],
    )
    .await?;
    let group = sample("tenants", "ght-bm");
    door.check(
        &group,
        &[
            case("/spec/siret", json!("11002001300097"), &["no legal personality", "name its members"]),
            case("/spec/members", json!(["ch-macon"]), &["at least two tenants"]),
            case("/spec/members", json!(["ch-macon", "ch-macon"]), &["named twice"]),
        ],
    )
    .await?;
    let hospital = sample("tenants", "ch-macon");
    door.check(&hospital, &[case("/spec/finess", Value::Null, &["finess is required"])]).await?;
    let rectorat = sample("tenants", "rectorat-dijon");
    let bare = changed(&changed(&rectorat, "/spec/siren", &Value::Null)?, "/spec/siret", &Value::Null)?;
    let told = door.takes(&bare).await.unwrap_err();
    ensure!(told.contains("siren or siret is required"), "{told}");
    door.check(&rectorat, &[case("/spec/uai", Value::Null, &["uai is required"])]).await
}

/// The test vectors of the registers, and each with one digit changed.
async fn identifiers(door: &Door) -> Result<()> {
    let base = changed(&sample("tenants", "mairie-macon"), "/spec/siren", &Value::Null)?;
    let base = changed(&base, "/spec/siret", &json!("11002001300097"))?;
    for siret in ["11002001300097", "20003452800014", "35600000000048", "35600000009075"] {
        door.check(&base, &[]).await?;
        let good = changed(&base, "/spec/siret", &json!(siret))?;
        door.check(&good, &[case("/spec/siret", json!("1234"), &["spec.siret", "14 digits"])]).await?;
    }
    for siret in ["11002001300098", "20003452800015", "35600000009076"] {
        door.check(&base, &[case("/spec/siret", json!(siret), &["spec.siret", "SIRET's key is wrong"])])
            .await?;
    }
    // The key of all fourteen digits is right, that of the nine within is not.
    door.check(&base, &[case("/spec/siret", json!("11002001400004"), &["not a valid SIREN"])]).await?;
    for insee in ["71270", "2A004", "2B033", "01001", "95690", "97101", "97617", "97502", "98818"] {
        door.check(&changed(&base, "/spec/insee", &json!(insee))?, &[]).await?;
    }
    let mut codes = vec![
        case("/spec/insee", json!("2C004"), &["spec.insee", "not a postcode"]),
        case("/spec/insee", json!("20004"), &["spec.insee", "20 ended in 1976"]),
        case("/spec/siren", json!("000000000"), &["spec.siren", "nine zeros"]),
        case("/spec/siret", json!("20003452800006"), &["spec.siret", "number 0000"]),
        case("/spec/domains", json!(["a.example", "a.example"]), &["Duplicate"]),
        case("/spec/domains", json!(["Pas un domaine"]), &["spec.domains", "DNS name"]),
    ];
    for insee in ["00000", "99138", "96001", "97001", "97901", "98901"] {
        let says = &["no commune is in this department", "Code officiel géographique"];
        codes.push(case("/spec/insee", json!(insee), says));
    }
    for insee in ["71000", "2A000", "97100"] {
        codes.push(case("/spec/insee", json!(insee), &["spec.insee", "number 0 of its department"]));
    }
    door.check(&base, &codes).await?;

    let school = sample("tenants", "rectorat-dijon");
    door.check(
        &changed(&school, "/spec/uai", &json!("0710001R"))?,
        &[
            case("/spec/uai", json!("0710001S"), &["spec.uai", "key letter is wrong"]),
            case("/spec/uai", json!("0710002R"), &["spec.uai", "key letter is wrong"]),
            case("/spec/uai", json!("71R"), &["spec.uai", "7 digits"]),
            case("/spec/uai", json!("0000001B"), &["spec.uai", "begins with 000"]),
        ],
    )
    .await?;
    let hospital = sample("tenants", "ch-macon");
    let finess = hospital["spec"]["finess"].as_str().unwrap().to_owned();
    let last = finess[8..].parse::<u8>()?;
    let wrong = format!("{}{}", &finess[..8], (last + 1) % 10);
    door.check(
        &hospital,
        &[
            case("/spec/finess", json!(wrong), &["spec.finess", "key is wrong"]),
            case("/spec/finess", json!("71X"), &["spec.finess", "9 characters"]),
            case("/spec/finess", json!("000000000"), &["spec.finess", "begins with 00"]),
        ],
    )
    .await
}

/// A domain of so many characters, in short labels.
fn long(length: usize) -> String {
    let tail = "x.example";
    let left = length - tail.len();
    format!("{}{}{tail}", "b".repeat(left % 2), "a.".repeat(left / 2))
}

async fn workspaces(door: &Door) -> Result<()> {
    let longest = changed(&sample("workspaces", "communication"), "/spec/domain", &json!(long(245)))?;
    door.check(&changed(&longest, "/metadata/name", &json!("a".repeat(63)))?, &[]).await?;
    door.check(
        &sample("workspaces", "communication"),
        &[
            case("/spec/apps", json!([]), &["spec.apps", "at least 1"]),
            case("/spec/apps/0/version", json!("1"), &["give version or channel, one of them"]),
            case("/spec/apps/-", json!({"name": "docs", "channel": "Stable"}), &["Duplicate"]),
            case("/spec/domain", json!("Pas_un_domaine"), &["spec.domain", "DNS name"]),
            case("/spec/domain", json!("10.0.0.1"), &["spec.domain", "not an IP address"]),
            case(
                "/spec/domain",
                json!(format!("{}.example", "a".repeat(64))),
                &["spec.domain", "at most 63 characters"],
            ),
            case(
                "/spec/domain",
                json!(long(247)),
                &["APP.DOMAIN", "at most 253 characters", "shorter domain"],
            ),
            case("/spec/domain", json!(long(254)), &["spec.domain", "DNS name"]),
            case("/metadata/name", json!("a".repeat(64)), &["metadata.name", "at most 63 characters"]),
            case("/spec/data", json!(["Secrets"]), &["spec.data", "Health"]),
            case("/spec/data", json!(["Staff", "Staff"]), &["Duplicate"]),
            case(
                "/spec/placement",
                json!({"sites": 1, "minCities": 2}),
                &["minCities must not be above placement.sites"],
            ),
            case("/spec/placement", json!({"sites": 9}), &["spec.placement.sites", "8"]),
            case("/spec/maintenanceWindow/start", json!("25:00"), &["start", "22:30"]),
            case("/spec/maintenanceWindow/timeZone", json!("ici"), &["timeZone", "Europe/Paris"]),
            case("/spec/maintenanceWindow/durationMinutes", json!(5), &["durationMinutes", "30"]),
            case("/spec/backup/everyHours", json!(0), &["everyHours", "1"]),
            case("/spec/deleteAfter", json!("demain"), &["spec.deleteAfter", "date-time"]),
            case(
                "/spec/deleteAfter",
                json!("9999-12-31T23:59:59Z"),
                &["spec.deleteAfter", "between the years 1970 and 9998"],
            ),
        ],
    )
    .await
}
