//! LOC-05: images come from registries that the site declares and the policy allows; what runs has a digest,
//! and what was asked for too where the policy says so.

use super::{Case, seen::Image};

pub(super) fn check(case: &mut Case<'_>) {
    let site = case.site;
    let allowed = case.registries();
    for pod in &site.seen.pods {
        for image in &pod.images {
            let object = format!("Pod {} {}", pod.name, image.of);
            check_one(case, object, image, &allowed);
        }
    }
}

fn check_one(case: &mut Case<'_>, object: String, image: &Image, allowed: &[String]) {
    let foreign = |reference: &str| {
        let host = host(reference);
        (!allowed.iter().any(|a| a == host)).then(|| host.to_owned())
    };
    let expected = || {
        if allowed.is_empty() {
            "no registry is allowed".into()
        } else {
            format!("from {}", allowed.join(", "))
        }
    };
    if let Some(host) = foreign(&image.image) {
        return case.tell("LOC-05", object, format!("image {} from {host}", image.image), expected());
    }
    if case.rules.images_by_digest && digest(&image.image).is_none() {
        return case.tell(
            "LOC-05",
            object,
            format!("image {} without digest", image.image),
            "an image by digest",
        );
    }
    // Nothing runs yet.
    let Some(running) = &image.running else { return };
    let Some(runs) = digest(running) else {
        let observed =
            format!("runs {}, of unknown digest", if running.is_empty() { "an image" } else { running });
        return case.tell("LOC-05", object, observed, "a digest in imageID");
    };
    // A runtime may name the image by its content alone, with no registry.
    let named = running.contains('/');
    if let Some(host) = named.then(|| foreign(running)).flatten() {
        return case.tell("LOC-05", object, format!("runs {running} from {host}"), expected());
    }
    if let Some(asked) = digest(&image.image).filter(|asked| named && *asked != runs) {
        case.tell("LOC-05", object, format!("runs {runs}"), asked);
    }
}

/// The registry of a reference, as container runtimes read it: a first part with a dot, a colon or
/// `localhost` is a host, all else is of `docker.io`.
pub(super) fn host(reference: &str) -> &str {
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
