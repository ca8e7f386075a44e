//! Keys and certificates of one cluster: an authority, the API server's certificate, the key that signs
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
pub(crate) const ACCOUNTS: &str = "accounts.pub";
pub(crate) const ACCOUNTS_KEY: &str = "accounts.key";

/// Writes all of them into `folder`; returns the authority's certificate.
pub(crate) fn write(folder: &Path) -> Result<String, Error> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    params.distinguished_name.push(DnType::CommonName, "beffroi test cluster");
    let authority = CertifiedIssuer::self_signed(params, new_key()?).map_err(failed)?;

    let names = ["127.0.0.1", "localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"];
    let mut params = CertificateParams::new(names.map(str::to_owned)).map_err(failed)?;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.distinguished_name.push(DnType::CommonName, "kube-apiserver");
    let server_key = new_key()?;
    let server = params.signed_by(&server_key, &authority).map_err(failed)?;

    let accounts = new_key()?;
    for (name, text) in [
        (AUTHORITY, authority.pem()),
        (SERVER, server.pem()),
        (SERVER_KEY, server_key.serialize_pem()),
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
