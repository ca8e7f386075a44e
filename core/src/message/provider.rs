//! What is said of providers and apps, and of what comes to an end.

use beffroi_crds::{provider::Scheme, text};

use super::{Message, Parts, rules::Oddity};

messages! {
    /// What is said of providers and apps, and of what comes to an end.
    ProviderMessage {
        // What they name.
        /// A field names a provider that does not exist.
        "provider.unknown" Unknown { field: String, name: String }
            "{field}: no Provider is named {name}"
            "{field} : aucun prestataire ne porte le nom {name}"
        /// Providers are named that do not exist.
        "provider.references-missing" ReferencesMissing { missing: Parts }
            "{missing}: create it, or correct the name"
            "{missing}, l'hébergeur doit déclarer ce qui manque ou corriger le nom"
        // Certificates of a provider.
        /// It declares no certificate.
        "provider.no-certificate" NoCertificate
            "none declared"
            "aucun n'est déclaré"
        /// Certificates are not in force.
        "provider.certificates-not-in-force" CertificatesNotInForce { faults: Parts }
            "{faults}: sites that need it take no new workspaces"
            "{faults} : les sites qui en dépendent ne prennent aucun nouvel espace de travail"
        /// A certificate ends soon.
        "provider.certificate-ends" CertificateEnds { certificate: Certificate, last: text::Date }
            "{certificate} ends on {last}"
            "{certificate} prend fin le {last}"
        /// A certificate has ended.
        "provider.certificate-ended" CertificateEnded { certificate: Certificate, last: text::Date }
            "{certificate} ended on {last}"
            "{certificate} a pris fin le {last}"
        /// A certificate is yet to begin.
        "provider.certificate-begins" CertificateBegins { certificate: Certificate, first: text::Date }
            "{certificate} begins on {first}"
            "{certificate} ne commence que le {first}"
        /// Nobody can tell when a certificate is in force.
        "provider.certificate-dates-unreadable" CertificateDatesUnreadable { certificate: Certificate }
            "{certificate} has dates that cannot be read"
            "{certificate} a des dates illisibles"
        /// The dates of a certificate are not possible.
        "provider.certificate-odd" CertificateOdd { certificate: Certificate, oddity: Oddity }
            "{certificate} {oddity}"
            "{certificate} {oddity}"
        // Releases of an app.
        /// Which release can be ordered.
        "app.newest-supported" NewestSupported { version: String }
            "newest supported release: {version}"
            "version maintenue la plus récente : {version}"
        /// No release can be ordered, for there is none.
        "app.no-release" NoRelease
            "listed, not offered: spec.releases has no release pinned by digest"
            "au catalogue, mais pas à la commande : aucune version n'est fixée par empreinte"
        /// No release can be ordered, for none is supported any more.
        "app.support-ended" SupportEnded
            "support has ended for every release: publish a newer one"
            "plus aucune version n'est maintenue : demandez à l'hébergeur d'en publier une plus récente"
        // What ends.
        /// Nothing ends soon.
        "ending.none" NothingEnds
            "nothing that is known of ends within 90 days"
            "rien de ce qui est connu n'arrive à échéance dans les 90 jours"
        /// Something ends soon.
        "ending.ends" Ends { name: String, what: Box<Message>, last: text::Date, days: u32 }
            "{name}: {what} ends on {last}, within {days} days"
            "{name} : {what}, échéance le {last}, d'ici {days} jours"
        /// Something has ended.
        "ending.ended" Ended { name: String, what: Box<Message>, last: text::Date }
            "{name}: {what} has ended, its last day was {last}"
            "{name} : {what}, échéance passée le {last}"
        /// A certificate of a provider.
        "ending.certificate" EndingCertificate { scheme: String, reference: String, service: String }
            "certificate {scheme} {reference} for {service}"
            "certificat {scheme} {reference} pour {service}"
        /// A statement of ownership of a provider, which a policy lets age.
        "ending.ownership-statement" EndingStatement { issued: text::Date, policy: String }
            "ownership statement of {issued} under policy {policy}"
            "déclaration de détention du {issued} selon la politique {policy}"
        /// Support of a release of an app.
        "ending.support" EndingSupport { version: String }
            "support of release {version}"
            "suivi de la version {version}"
        /// The token by which a site is reached.
        "ending.token" EndingToken
            "the token of its kubeconfig"
            "jeton d'accès au site"
        /// The client certificate by which a site is reached.
        "ending.client-certificate" EndingClientCertificate
            "the client certificate of its kubeconfig"
            "certificat d'accès au site"
        /// The authority that vouches for the API server of a site.
        "ending.authority" EndingAuthority
            "the authority of its kubeconfig"
            "autorité de certification du site"
        /// The certificate that a server shows.
        "ending.served-certificate" EndingServedCertificate
            "the certificate that it serves"
            "certificat qu'il présente"
        /// The certificate that a server shows, of a Secret.
        "ending.certificate-served-from-secret" EndingCertificateOfSecret
            "the certificate that is served from it"
            "certificat de serveur qu'il contient"
    }
}

phrase! {
    /// A certificate of a provider.
    Certificate {
        /// Its scheme.
        scheme: Scheme,
        /// Its reference.
        reference: String,
        /// The service that it is of.
        service: String,
    }
        "{scheme} {reference} for {service}"
        "{scheme} {reference} pour {service}"
}
