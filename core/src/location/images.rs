//! LOC-05: images come from registries that the site declares and the policy allows; what runs has a digest,
//! and what was asked for too where the policy says so.

use super::{Case, seen::Image};
use crate::message::location::LocationMessage;

pub(super) fn check(case: &mut Case<'_>) {
    let site = case.site;
    let allowed = case.registries();
    for pod in &site.seen.pods {
        for image in &pod.images {
            let object = format!("Pod {} {}", pod.name, image.of);
            check_one(case, object, image, &allowed);
        }
    }
    // Our own pod is judged as any other.
    if let Some(probe) = &site.seen.probe {
        check_one(case, format!("Probe {}", probe.image.of), &probe.image, &allowed);
    }
}

fn check_one(case: &mut Case<'_>, object: String, image: &Image, allowed: &[String]) {
    let foreign = |reference: &str| {
        let host = host(reference);
        (!allowed.iter().any(|a| a == host)).then(|| host.to_owned())
    };
    let expected = || {
        if allowed.is_empty() {
            LocationMessage::NoRegistry
        } else {
            LocationMessage::FromRegistries { registries: allowed.to_vec() }
        }
    };
    let asked = || image.image.clone();
    if let Some(registry) = foreign(&image.image) {
        let observed = LocationMessage::ImageFrom { image: asked(), registry };
        return case.tell("LOC-05", object, observed, expected());
    }
    if case.rules.images_by_digest && digest(&image.image).is_none() {
        let observed = LocationMessage::ImageWithoutDigest { image: asked() };
        return case.tell("LOC-05", object, observed, LocationMessage::ImageByDigest);
    }
    // Nothing runs yet.
    let Some(running) = &image.running else { return };
    let Some(runs) = digest(running) else {
        let observed = if running.is_empty() {
            LocationMessage::RunsUnknownImage
        } else {
            LocationMessage::RunsUnknownDigest { image: running.clone() }
        };
        return case.tell("LOC-05", object, observed, LocationMessage::DigestInImageId);
    };
    // A runtime may name the image by its content alone, with no registry.
    let named = running.contains('/');
    if let Some(registry) = named.then(|| foreign(running)).flatten() {
        let observed = LocationMessage::RunsFrom { image: running.clone(), registry };
        return case.tell("LOC-05", object, observed, expected());
    }
    if let Some(asked) = digest(&image.image).filter(|asked| named && *asked != runs) {
        let observed = LocationMessage::Runs { digest: runs.to_owned() };
        case.tell("LOC-05", object, observed, LocationMessage::Digest { digest: asked.to_owned() });
    }
}

/// The registry of a reference, as container runtimes read it: a first part with a dot, a colon or
/// `localhost` is a host, all else is of `docker.io`.
pub fn host(reference: &str) -> &str {
    let reference = reference.split_once("://").map_or(reference, |(_, rest)| rest);
    match reference.split_once('/') {
        Some((first, _)) if first.contains(['.', ':']) || first == "localhost" => first,
        _ => "docker.io",
    }
}

/// `sha256:` and 64 hexadecimal digits at the end of a reference.
fn digest(reference: &str) -> Option<&str> {
    let start = reference.rfind("sha256:")?;
    let digest = &reference[start..];
    let hex = &digest["sha256:".len()..];
    (hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit())).then_some(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_as_runtimes_read_them() {
        for (reference, wanted) in [
            ("nginx", "docker.io"),
            ("library/nginx:1", "docker.io"),
            ("localhost/x", "localhost"),
            ("127.0.0.1:5001/x@sha256:0", "127.0.0.1:5001"),
            ("registry.example.fr/a/b:1", "registry.example.fr"),
            ("docker-pullable://ghcr.io/a@sha256:0", "ghcr.io"),
        ] {
            assert_eq!(host(reference), wanted, "{reference}");
        }
    }

    #[test]
    fn a_digest_is_64_hexadecimal_digits() {
        let good = format!("a/b@sha256:{}", "0a".repeat(32));
        assert!(
            digest(&good).is_some() && digest(&good[..good.len() - 1]).is_none() && digest("a:1").is_none()
        );
    }
}
