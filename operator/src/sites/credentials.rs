//! When the credentials in a site's kubeconfig end: kubeconfig → token, client certificate, authority → the dates in
//! them, read and not verified. Nothing else of them leaves this file.

use base64::{Engine, engine::general_purpose::STANDARD};
use beffroi_core::{
    endings::{
        End,
        credentials::{Term, authorities, certificate, token},
    },
    message::provider::ProviderMessage,
};
use beffroi_crds::ending::What;
use kube::config::Kubeconfig;
use secrecy::ExposeSecret;

use super::kubeconfig;

/// All that ends of the kubeconfig by which a site is reached; what cannot be read is told where one connects with it.
pub fn ends(site: &str, text: &[u8]) -> Vec<End> {
    let Ok(config) = kubeconfig::parse(text) else { return Vec::new() };
    let found = found(&config).unwrap_or_default();
    let end = |(what, title, term): (What, ProviderMessage, Term)| End {
        what,
        kind: "Site",
        name: site.to_owned(),
        title,
        begins: term.begins,
        ends: term.ends,
        required: false,
    };
    found.into_iter().map(end).collect()
}

fn found(config: &Kubeconfig) -> Option<Vec<(What, ProviderMessage, Term)>> {
    let name = config.current_context.as_ref()?;
    let context = config.contexts.iter().find(|c| &c.name == name)?.context.as_ref()?;
    let user =
        config.auth_infos.iter().find(|u| Some(&u.name) == context.user.as_ref())?.auth_info.as_ref()?;
    let cluster = config.clusters.iter().find(|c| c.name == context.cluster)?.cluster.as_ref()?;
    let bearer = user.token.as_ref().and_then(|bearer| token(bearer.expose_secret()));
    let own = user.client_certificate_data.as_deref().and_then(decoded);
    let vouching = cluster.certificate_authority_data.as_deref().and_then(decoded);
    let all = [
        (What::Token, ProviderMessage::EndingToken, bearer),
        (
            What::ClientCertificate,
            ProviderMessage::EndingClientCertificate,
            own.and_then(|pem| certificate(&pem)),
        ),
        (What::Authority, ProviderMessage::EndingAuthority, vouching.and_then(|pem| authorities(&pem))),
    ];
    Some(all.into_iter().filter_map(|(what, title, term)| Some((what, title, term?))).collect())
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text.trim()).ok()
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    fn kubeconfig(user: &str) -> String {
        let authority = STANDARD.encode("-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----\n");
        format!(
            "current-context: site\n\
             contexts: [{{name: site, context: {{cluster: site, user: site}}}}]\n\
             clusters: [{{name: site, cluster: {{server: 'https://127.0.0.1:1', certificate-authority-data: {authority}}}}}]\n\
             users: [{{name: other, user: {{token: x.e30.y}}}}, {{name: site, user: {{{user}}}}}]\n"
        )
    }

    #[test]
    fn the_token_of_the_current_user_says_when_it_ends() {
        let jwt = format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(r#"{"exp":1800000000}"#));
        let found = ends("par1", kubeconfig(&format!("token: {jwt}")).as_bytes());
        let told: Vec<_> = found.iter().map(|end| (end.what, &*end.name, end.ends.as_second())).collect();
        assert_eq!(told, [(What::Token, "par1", 1_800_000_000)]);
        for none in
            ["token: opaque", "client-certificate-data: Zm9v, client-key-data: Zm9v", "exec: {command: sh}"]
        {
            assert_eq!(ends("par1", kubeconfig(none).as_bytes()), [], "{none}");
        }
    }
}
