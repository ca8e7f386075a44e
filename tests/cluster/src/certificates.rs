//! Keys and certificates of one cluster: an authority, the API server's certificates, the key that signs
//! `ServiceAccounts`' tokens.

use std::path::Path;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};

use crate::Error;

pub(crate) const AUTHORITY: &str = "ca.crt";
pub(crate) const SERVER: &str = "apiserver.crt";
pub(crate) const SERVER_KEY: &str = "apiserver.key";
/// What the API server shows to kubelets.
pub(crate) const KUBELET_CLIENT: &str = "kubelet-client.crt";
pub(crate) const KUBELET_CLIENT_KEY: &str = "kubelet-client.key";
pub(crate) const ACCOUNTS: &str = "accounts.pub";
pub(crate) const ACCOUNTS_KEY: &str = "accounts.key";

/// Writes all of them into `folder`; returns the authority's certificate. `reached_at` is one more address of the API
/// server.
pub(crate) fn write(folder: &Path, reached_at: Option<&str>) -> Result<String, Error> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    params.distinguished_name.push(DnType::CommonName, "beffroi test cluster");
    let authority = CertifiedIssuer::self_signed(params, new_key()?).map_err(failed)?;

    let names = ["127.0.0.1", "localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"];
    // The first address of the Services' range is the API server's own.
    let names = names.into_iter().chain(reached_at).chain(reached_at.map(|_| "10.96.0.1"));
    let names: Vec<String> = names.map(str::to_owned).collect();
    let mut params = CertificateParams::new(names).map_err(failed)?;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.distinguished_name.push(DnType::CommonName, "kube-apiserver");
    let server_key = new_key()?;
    let server = params.signed_by(&server_key, &authority).map_err(failed)?;

    let mut params = CertificateParams::default();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params.distinguished_name.push(DnType::CommonName, "kube-apiserver");
    params.distinguished_name.push(DnType::OrganizationName, "system:masters");
    let client_key = new_key()?;
    let client = params.signed_by(&client_key, &authority).map_err(failed)?;

    let accounts = new_key()?;
    for (name, text) in [
        (AUTHORITY, authority.pem()),
        (SERVER, server.pem()),
        (SERVER_KEY, server_key.serialize_pem()),
        (KUBELET_CLIENT, client.pem()),
        (KUBELET_CLIENT_KEY, client_key.serialize_pem()),
        (ACCOUNTS, accounts.public_key_pem()),
        (ACCOUNTS_KEY, accounts.serialize_pem()),
    ] {
        let path = folder.join(name);
        std::fs::write(&path, text).map_err(Error::files("writing", path))?;
    }
    Ok(authority.pem())
}

/// A fresh key, on P-256.
pub(crate) fn new_key() -> Result<KeyPair, Error> {
    KeyPair::generate().map_err(failed)
}

#[allow(clippy::needless_pass_by_value)]
fn failed(error: rcgen::Error) -> Error {
    Error::Other(format!("no certificate could be made: {error}"))
}
