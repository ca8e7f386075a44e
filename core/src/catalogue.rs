//! Whether a catalogue entry is in order, and whether it can be ordered.

use beffroi_crds::{
    AppSpec,
    app::Release,
    conditions::{ORDERABLE, reason::AS_EXPECTED},
};

use crate::{conditions::Finding, facts::World, message::provider::ProviderMessage, references};

/// `Accepted` and `Orderable` of an entry.
pub fn judge(world: &World, app: &AppSpec) -> Vec<Finding> {
    let accepted = references::to_providers(world, std::iter::once(("spec.publisher", &app.publisher)));
    vec![accepted, orderable(world, app)]
}

fn orderable(world: &World, app: &AppSpec) -> Finding {
    let (supported, ended): (Vec<&Release>, Vec<&Release>) =
        app.releases.iter().partition(|release| is_supported(world, release));
    if let Some(newest) = supported.first() {
        let version = newest.version.clone();
        Finding::new(ORDERABLE, true, AS_EXPECTED, ProviderMessage::NewestSupported { version })
    } else if ended.is_empty() {
        Finding::new(ORDERABLE, false, "NoRelease", ProviderMessage::NoRelease)
    } else {
        Finding::new(ORDERABLE, false, "SupportEnded", ProviderMessage::SupportEnded)
    }
}

/// Whether a release is still supported today. The last day counts.
pub fn is_supported(world: &World, release: &Release) -> bool {
    let today = world.today().to_string();
    release.supported_until.as_ref().is_none_or(|until| until.0 >= today)
}
