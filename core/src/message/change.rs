//! What the audit log tells of a workspace: what was ordered, where it lies, what became of its apps, and its end.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Draw, Kind, Language, Message, Table, Typed};

messages! {
    /// What the audit log tells of a workspace.
    ChangeMessage {
        /// Where data of a workspace may lie that nobody looked at.
        "change.place-not-looked-at" PlaceNotLookedAt { at: Elsewhere }
            "{at}"
            "{at}"
        /// The first order.
        "change.ordered" Ordered { apps: Vec<String> }
            "ordered with apps {apps}"
            "commandé, applications : {apps}"
        /// The order is as it was, after several changes.
        "change.changed-back" ChangedBack
            "changed, and changed back"
            "modifié, puis remis comme avant"
        /// The order was changed.
        "change.changed" Changed { fields: Vec<Field> }
            "changed: {fields}"
            "modifié : {fields}"
        /// Apps that are ordered now.
        "change.apps" AppsAreNow { apps: Vec<String> }
            "apps are now {apps}"
            "applications désormais : {apps}"
        /// It was suspended.
        "change.suspended" Suspended
            "suspended: its apps are to stop, data stays"
            "suspendu : ses applications doivent s'arrêter, ses données restent"
        /// It was resumed.
        "change.resumed" Resumed
            "resumed"
            "repris"
        /// Its deletion was ordered.
        "change.deletion-scheduled" DeletionScheduled { at: Timestamp }
            "deletion is scheduled: its apps are to stop, it is to be deleted at {at}"
            "suppression prévue : ses applications doivent s'arrêter, et il doit être supprimé le {at}"
        /// Its deletion is not ordered any more.
        "change.deletion-taken-back" DeletionTakenBack
            "deletion is taken back"
            "suppression annulée"
        /// Two persons agreed on its deletion.
        "change.deletion-agreed" DeletionAgreed { by: String, request: String, other: String, confirmation: String }
            "asked for by {by}, request {request}, and confirmed by {other}, request {confirmation}"
            "suppression demandée par {by}, demande {request}, et confirmée par {other}, demande {confirmation}"
        /// One person asked to have it deleted, and a second may confirm it.
        "change.deletion-asked" DeletionAsked { days: u32, until: Timestamp, request: String }
            "deletion within {days} days is asked for; another person may confirm it up to {until}; request {request}"
            "suppression demandée sous {days} j ; elle attend la confirmation d'une autre personne jusqu'au {until} ; demande {request}"
        /// What was so asked for was taken back.
        "change.request-taken-back" RequestTakenBack { request: String, by: String }
            "request {request} to delete is taken back; request {by}"
            "la demande de suppression {request} est retirée ; demande {by}"
        /// Nobody confirmed it in time.
        "change.request-unconfirmed" RequestUnconfirmed { request: String }
            "request {request} to delete is void: nobody confirmed it in time"
            "la demande de suppression {request} est caduque : personne ne l'a confirmée à temps"
        /// Something else was ordered or asked for since.
        "change.request-overtaken" RequestOvertaken { request: String }
            "request {request} to delete is void: the order or another request came in between"
            "la demande de suppression {request} est caduque : la commande a changé, ou une autre demande est venue entre-temps"
        /// Other sites were chosen.
        "change.placed" Placed { on: Where, before: Where }
            "lies on {on}, before: {before}"
            "sites désormais : {on} (auparavant : {before})"
        /// An app is held at another release.
        "change.release" Release { app: String, version: String, before: String, cause: Cause }
            "{app} is now at {version}, before {before}: {cause}"
            "{app} est maintenant en {version}, auparavant en {before} : {cause}"
        /// A release that is held is in the catalogue again.
        "change.release-listed-again" ListedAgain { app: String, version: String }
            "{app} {version} is in the catalogue again"
            "{app} {version} est de nouveau au catalogue"
        /// Beffroi was told to leave it as it is.
        "change.paused" Paused
            "reconciliation is paused by annotation"
            "le pilotage est en pause, par annotation"
        /// Beffroi goes on with it.
        "change.unpaused" Unpaused
            "reconciliation goes on"
            "le pilotage reprend"
        /// It is gone, and nothing is left.
        "change.nothing-left" NothingLeft { sites: Vec<String> }
            "nothing that was looked for is left of it on {sites}"
            "il n'en reste rien parmi ce qui a été cherché sur {sites}"
        /// It is gone, and lay nowhere.
        "change.nothing-left-anywhere" NothingLeftAnywhere
            "nothing that was looked for is left of it"
            "il n'en reste rien parmi ce qui a été cherché"
        /// Its namespaces are gone, and something is left beside them.
        "change.namespaces-gone" NamespacesGone { sites: Vec<String> }
            "its namespaces are gone from {sites}"
            "ses espaces de noms ont disparu de {sites}"
        /// It went at the time that its order named.
        "change.gone-as-ordered" GoneAsOrdered { what: Box<Message> }
            "{what}: deleted at the time that its order named"
            "{what} : supprimé à la date que sa commande fixait"
        /// What is left of one kind on a site.
        "change.left" Left { site: String, count: usize, kind: String, state: String, names: Vec<String> }
            "left on {site}: {count} {kind} ({state}): {names}"
            "il reste sur {site} : {count} {kind} ({state}) : {names}"
        /// More is left than is named.
        "change.and-more" AndMore { more: usize }
            "and {more} more"
            "et {more} de plus"
        /// Kinds that were looked for.
        "change.looked-for" LookedFor { kinds: Vec<String> }
            "looked for: {kinds}"
            "cherché : {kinds}"
        /// Kinds that the sites do not know.
        "change.not-served" NotServed { kinds: Vec<String> }
            "not served there: {kinds}"
            "types de ressources inconnus de ces sites : {kinds}"
        /// Kinds that could not be looked for.
        "change.not-looked-for" NotLookedFor { kinds: Vec<String> }
            "could not be looked for: {kinds}"
            "n'a pas pu être cherché : {kinds}"
        /// Where its data may lie that nobody looked at.
        "change.not-looked-at" NotLookedAt { what: Vec<Elsewhere> }
            "not looked at: {what}"
            "n'a pas été regardé : {what}"
    }
}

messages! {
    /// Where a workspace lies.
    Where {
        /// Nowhere.
        "nowhere" Nowhere
            "nowhere"
            "aucun"
        /// On sites.
        "sites" Sites { sites: Vec<String> }
            "{sites}"
            "{sites}"
    }
}

messages! {
    /// Why an app is held at a release.
    Cause {
        /// It follows a channel.
        "channel" Channel { channel: String }
            "the newest of channel {channel}"
            "la plus récente du canal {channel}"
        /// It was ordered.
        "ordered" Ordered
            "ordered as that version"
            "cette version a été commandée"
    }
}

messages! {
    /// Where data of a workspace may lie outside of its volumes.
    Elsewhere {
        /// A store that an app has.
        "store" Store { store: String, app: String, kind: String }
            "{store} of app {app} ({kind})"
            "{store} de l'application {app} ({kind})"
        /// A store that a site backs up to.
        "backup-store" BackupStore { address: String }
            "content of backup store {address}"
            "le contenu du dépôt de sauvegarde {address}"
    }
}

/// A field of an order, by its name.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Field(pub String);

/// How a field is called in French; in English as in the order.
const FIELDS: [(&str, &str); 9] = [
    ("apps", "applications"),
    ("data", "données"),
    ("placement", "placement"),
    ("domain", "domaine"),
    ("maintenanceWindow", "fenêtre de maintenance"),
    ("updates", "mises à jour"),
    ("backup", "sauvegarde"),
    ("suspended", "suspension"),
    ("deleteAfter", "date de suppression"),
];

impl Draw for Field {
    fn draw(&self, language: Language, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let french = FIELDS.into_iter().find(|(name, _)| language == Language::Fr && *name == self.0);
        f.write_str(french.map_or(&self.0, |(_, french)| french))
    }
}

impl Typed for Field {
    fn typed(table: &mut Table) -> String {
        let names = FIELDS.map(|(name, french)| (name.to_owned(), [name, french]));
        table.add(module_path!(), "Field", |_| Kind::Names(names.into()))
    }
}
