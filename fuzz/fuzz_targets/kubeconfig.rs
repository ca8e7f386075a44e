//! Kubeconfigs of sites: whatever is taken neither runs programs nor reads files nor trusts anyone, is taken again
//! when written anew, and no refusal repeats a secret.
#![no_main]

use beffroi_operator::sites::kubeconfig::parse;
use libfuzzer_sys::fuzz_target;

/// The seeds' token.
const SECRET: &str = "s3cret-t0ken";

fuzz_target!(|text: &[u8]| {
    let config = match parse(text) {
        Ok(config) => config,
        Err(error) => return assert!(!error.to_string().contains(SECRET), "{error}"),
    };
    let name = config.current_context.as_ref().unwrap();
    let context = config.contexts.iter().find(|c| c.name == *name).and_then(|c| c.context.as_ref()).unwrap();
    let cluster = config.clusters.iter().find(|c| c.name == context.cluster).and_then(|c| c.cluster.as_ref());
    let user = config.auth_infos.iter().find(|u| Some(&u.name) == context.user.as_ref());
    let (cluster, user) = (cluster.unwrap(), user.and_then(|u| u.auth_info.as_ref()).unwrap());
    assert!(cluster.server.as_ref().unwrap().starts_with("https://"));
    assert!(cluster.certificate_authority_data.is_some() && cluster.certificate_authority.is_none());
    assert!(cluster.insecure_skip_tls_verify != Some(true) && cluster.proxy_url.is_none());
    assert!(user.exec.is_none() && user.auth_provider.is_none() && user.token_file.is_none());
    assert!(user.client_certificate.is_none() && user.client_key.is_none());
    let again = serde_yaml::to_string(&config).unwrap();
    assert!(parse(again.as_bytes()).is_ok(), "{again}");
});
