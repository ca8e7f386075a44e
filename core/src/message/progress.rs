//! How far a workspace is: what it waits for, what runs, where it was seen to lie, and how it goes.

use beffroi_crds::text::Date;
use jiff::Timestamp;

use super::Message;
use crate::evidence::statement::Told;

messages! {
    /// How far a workspace is.
    ProgressMessage {
        /// Its domain is neither declared nor proven any more, and its order stands all the same.
        "progress.domain-lost" DomainLost { domain: String }
            "spec.domain: {domain} is neither declared nor proven any more: what is reached by it stays, and no other order is taken under it; see DomainsHeld of its Tenant"
            "le domaine {domain} n'est plus ni déclaré ni prouvé : ce qui est accessible par lui reste en place, et aucune autre commande n'est prise sous ce domaine ; voyez l'état de l'organisation"
        /// Its order is refused.
        "progress.waits-for-order" WaitsForOrder
            "waits for an order that stands"
            "attend une commande recevable"
        /// What is in place stays although the order is refused.
        "progress.stays-as-it-is" StaysAsItIs
            "what is already in place stays as it is"
            "ce qui est déjà en place reste tel quel"
        /// Its apps stop although the order is refused.
        "progress.data-stays" DataStays { apps: Apps }
            "{apps}, data stays"
            "{apps}, ses données restent"
        /// It has no site yet.
        "progress.waits-for-sites" WaitsForSites
            "waits for sites"
            "attend des sites"
        /// The site was never reached.
        "progress.never-reached" NeverReached
            "the site was never reached"
            "le site n'a jamais été joint"
        /// The site does not answer.
        "progress.site-silent" SiteSilent
            "the site does not answer"
            "le site ne répond pas"
        /// An object is being written.
        "progress.being-written" BeingWritten { kind: String, name: String }
            "{kind} {name} is being written"
            "{kind} {name} est en cours d'écriture"
        /// Flux cannot fetch a chart.
        "progress.chart-unavailable" ChartUnavailable { app: String, why: String }
            "{app}: its chart cannot be fetched: {why}"
            "{app} : son chart ne peut pas être récupéré : {why}"
        /// Flux cannot install an app.
        "progress.app-failed" AppFailed { app: String, why: String }
            "{app}: it cannot be installed: {why}"
            "{app} : l'application ne peut pas être installée : {why}"
        /// Flux says nothing of an app yet.
        "progress.waits-for-flux" WaitsForFlux { app: String }
            "{app}: waits for Flux"
            "{app} : attend Flux"
        /// The cluster does not let pods be made.
        "progress.pods-not-created" PodsNotCreated { of: String, why: String }
            "{of}: its pods cannot be created: {why}"
            "{of} : ses pods ne peuvent pas être créés : {why}"
        /// A pod is not ready, and says why.
        "progress.pod-waits" PodWaits { pod: String, why: String }
            "pod {pod}: {why}"
            "pod {pod} : {why}"
        /// A pod is not ready.
        "progress.pod-not-ready" PodNotReady { pod: String }
            "pod {pod}: not ready"
            "pod {pod} : pas prêt"
        /// Its namespace must go before it can be made anew.
        "progress.namespace-made-again" NamespaceMadeAgain
            "its namespace is being deleted; it is made again once gone"
            "son espace de noms est en cours de suppression ; il sera refait ensuite"
        /// Who ordered it suspended it.
        "progress.suspended" Suspended
            "suspended by spec.suspended"
            "suspendu à la demande de l'organisation"
        /// The same, and its apps were not seen to stop yet.
        "progress.suspending" Suspending { apps: Apps }
            "suspended by spec.suspended: {apps}"
            "suspendu à la demande de l'organisation : {apps}"
        /// An annotation says that nothing is to be changed.
        "progress.paused" Paused { annotation: String }
            "reconciliation is paused by annotation {annotation}"
            "le pilotage est en pause, par l'annotation {annotation}"
        /// Nobody can say what ends of what it rests on.
        "progress.rests-on-unknown" RestsOnUnknown
            "its tenant or its policy is not known: nobody can say what it rests on"
            "son organisation ou sa politique n'est pas connue : personne ne peut dire sur quoi il repose"

        /// A release comes in the maintenance window.
        "progress.release-in-window" ReleaseInWindow { version: String }
            "{version} comes once the maintenance window is open"
            "la version {version} viendra à l'ouverture de la fenêtre de maintenance"
        /// A release does not come by itself.
        "progress.release-pinned" ReleasePinned { version: String }
            "{version} does not come by itself, for updates are Pinned: order that version, or set updates to FollowChannel"
            "la version {version} ne vient pas d'elle-même, car les mises à jour sont figées : commandez cette version, ou laissez les mises à jour venir d'elles-mêmes"
        /// A release cannot follow the one that is held.
        "progress.release-cannot-follow" ReleaseCannotFollow { version: String }
            "{version} cannot follow the version that is held: order one that can, or another channel"
            "la version {version} ne peut pas succéder à la version tenue : commandez-en une qui le peut, ou un autre canal"
        /// A release that is held is in the catalogue no longer, and its support has an end.
        "progress.release-withdrawn" ReleaseWithdrawn { app: String, version: String, until: Date }
            "{app} {version} is in the catalogue no longer, and what runs stays: supported until {until}, order another release before"
            "{app} {version} n'est plus au catalogue et continue de tourner : maintenue jusqu'au {until}, commandez une autre version d'ici là"
        /// The same, and nobody knows until when it is supported.
        "progress.release-unsupported" ReleaseUnsupported { app: String, version: String }
            "{app} {version} is in the catalogue no longer, and what runs stays: nobody says until when it is supported, order another release"
            "{app} {version} n'est plus au catalogue et continue de tourner : personne ne dit jusqu'à quand elle est maintenue, commandez une autre version"

        /// It lies nowhere.
        "progress.lies-nowhere" LiesNowhere
            "lies nowhere yet"
            "ne se trouve encore nulle part"
        /// Nobody can say where its data may lie.
        "progress.place-unknown" PlaceUnknown
            "its tenant or its policy is not known: nobody can say where its data may lie"
            "son organisation ou sa politique n'est pas connue : personne ne peut dire où ses données peuvent se trouver"
        /// All lies where it may.
        "progress.located" Located { sites: Vec<String> }
            "all that was seen on {sites} lies where the rules allow"
            "tout ce qui a été vu sur {sites} se trouve là où les règles l'admettent"
        /// Rules that had nothing to judge.
        "progress.without-object" WithoutObject { rules: Vec<String> }
            "without object, for nothing was seen that they speak of: {rules}"
            "sans objet, faute d'avoir rien vu dont elles parlent : {rules}"
        /// Something does not lie where it may.
        "progress.elsewhere" Elsewhere { rule: String, site: String, object: String, observed: Told, expected: Told }
            "{rule} {site} {object}: {observed}, expected {expected}"
            "{rule} {site} {object} : {observed} ; attendu : {expected}"
        /// What was seen of a site is too old.
        "progress.seen-too-long-ago" SeenTooLongAgo { site: String, at: Timestamp, limit: u32 }
            "{site} was last seen in full at {at}: longer ago than the {limit} s that the policy allows"
            "{site} a été vu entièrement pour la dernière fois le {at} : il y a plus longtemps que les {limit} s que la politique admet"
        /// A site was never seen in full.
        "progress.never-seen" NeverSeen { site: String }
            "{site} was never seen in full"
            "{site} n'a jamais été vu entièrement"
        /// Nothing of it is seen.
        "progress.nothing-seen" NothingSeen { sites: Vec<String> }
            "neither nodes nor volumes of it are seen on {sites}"
            "aucun nœud ni volume n'en est vu sur {sites}"

        /// Nobody looked at its backups.
        "progress.backups-not-seen" BackupsNotSeen
            "nothing of its backups was seen"
            "rien n'a été vu de ses sauvegardes"
        /// What was seen of a site is too old to tell of backups.
        "progress.backups-seen-too-long-ago" BackupsSeenTooLongAgo { site: String }
            "what was last seen of {site} is too old to tell of backups"
            "ce qui a été vu de {site} est trop ancien pour parler de sauvegardes"
        /// Nobody asks for backups, and there are none.
        "progress.no-backup-asked" NoBackupAsked
            "no backup is ordered, the policy asks for none, and none was seen"
            "aucune sauvegarde n'est commandée, la politique n'en demande pas, et aucune n'a été vue"
        /// Backups are asked for, and there are none.
        "progress.no-backup" NoBackup { asked: Asking, site: String }
            "{asked} for backups, and none was seen on {site}"
            "{asked}, et aucune sauvegarde n'a été vue sur {site}"
        /// What whoever orders must know of backups before.
        "progress.backups-not-ours" BackupsNotOurs { asked: Asking }
            "{asked} for backups, and Beffroi makes none: BackedUp tells what is seen of those that the site makes"
            "{asked}, et Beffroi n'en fait pas : l'état de l'espace de travail dit ce qui est vu des sauvegardes que fait le site"
        /// No backup was completed.
        "progress.backup-not-completed" BackupNotCompleted { backup: String, phase: String }
            "no backup was completed, {backup} is {phase}"
            "aucune sauvegarde n'est allée à son terme, {backup} en est à : {phase}"
        /// The same, and the last does not say how it is.
        "progress.backup-unknown" BackupUnknown { backup: String }
            "no backup was completed, {backup} is unknown"
            "aucune sauvegarde n'est allée à son terme, et l'état de {backup} n'est pas connu"
        /// No backup holds all.
        "progress.backup-not-whole" BackupNotWhole { backup: String, fields: Vec<String> }
            "no backup is whole, {backup} leaves out some, or may, by {fields}"
            "aucune sauvegarde n'est entière, {backup} laisse ou peut laisser de côté une partie, par {fields}"
        /// Its backups lie where they may not.
        "progress.backup-elsewhere" BackupElsewhere
            "its backups lie where the rules do not allow: see LOC-02 in the findings"
            "ses sauvegardes se trouvent là où les règles ne l'admettent pas : voir LOC-02 parmi les constats"
        /// The last backup is too old.
        "progress.backup-too-old" BackupTooOld { backup: String, at: Timestamp, hours: u32 }
            "its last backup, {backup}, ended at {at}: more than {hours} h ago"
            "sa dernière sauvegarde, {backup}, s'est achevée le {at} : il y a plus de {hours} h"
        /// The last backup that serves.
        "progress.backed-up" BackedUp { backup: String, at: Timestamp }
            "{backup} ended at {at}"
            "{backup} s'est achevée le {at}"

        /// A probe tried what its pods reach.
        "progress.probed" Probed { node: String, at: Timestamp }
            "what its pods reach was tried from node {node} at {at}"
            "ce que ses pods atteignent a été essayé depuis le nœud {node} le {at}"
        /// A probe is to come.
        "progress.probe-awaited" ProbeAwaited
            "what its pods reach is yet to be tried, and declared until then"
            "ce que ses pods atteignent reste à essayer, et n'est que déclaré d'ici là"
        /// The operator has no image for probes.
        "progress.no-probe-image" NoProbeImage
            "the policy asks for a probe of the network, and the operator has no image for it (--probe-image, value probe.image of the chart): what pods reach is declared, and nobody tried"
            "la politique demande une sonde du réseau, et l'opérateur n'a pas d'image pour elle (--probe-image, valeur probe.image du chart) : ce que les pods atteignent est déclaré, et personne ne l'a essayé"
        /// The image of probes comes from where none may come from.
        "progress.probe-registry" ProbeRegistry { registry: String }
            "the image of the probe comes from {registry}, which the site and the policy do not both allow: push it to a registry that they do; what pods reach is declared, and nobody tried"
            "l'image de la sonde vient de {registry}, que le site et la politique n'admettent pas tous deux : poussez-la dans un registre qu'ils admettent ; ce que les pods atteignent est déclaré, et personne ne l'a essayé"
        /// A probe tried nothing.
        "progress.probe-failed" ProbeFailed { why: Box<Message> }
            "the last probe tried nothing, another comes: {why}"
            "la dernière sonde n'a rien essayé, une autre viendra : {why}"
        /// Its pod says why.
        "progress.probe-pod-failed" ProbePodFailed { why: String }
            "its pod did not come to its end: {why}"
            "son pod n'est pas allé à son terme : {why}"
        /// Its pod says nothing.
        "progress.probe-pod-silent" ProbePodSilent
            "its pod ended and wrote no report"
            "son pod s'est achevé sans écrire de compte rendu"
        /// A probe to which no name was answered.
        "progress.probe-tells-nothing" ProbeTellsNothing
            "no name was answered to the last probe, or it found no address to try: that nothing else answered proves nothing, another comes"
            "la dernière sonde n'a pas obtenu de réponse du DNS, ou n'a pas trouvé d'adresse à essayer : que rien d'autre n'ait répondu ne prouve rien, une autre viendra"
        /// The last probe is too old.
        "progress.probed-too-long-ago" ProbedTooLongAgo { at: Timestamp }
            "what its pods reach was last tried at {at}, more than 24 h ago: it is declared until the next probe"
            "ce que ses pods atteignent a été essayé pour la dernière fois le {at}, il y a plus de 24 h : ce n'est que déclaré jusqu'à la prochaine sonde"
        /// What its policy requires and does not hold.
        "progress.not-as-required" NotAsRequired { what: Vec<Requirement> }
            "not as the policy requires: {what}"
            "pas comme la politique le demande : {what}"
        /// What its policy requires and nobody can tell.
        "progress.required-unknown" RequiredUnknown { what: Vec<Requirement> }
            "not known: {what}"
            "indéterminé : {what}"
        /// All holds.
        "progress.as-required" AsRequired
            "all that its policy requires holds"
            "tout ce que sa politique demande est tenu"

        /// Its deletion is scheduled.
        "progress.deletion-scheduled" DeletionScheduled { apps: Apps, at: Timestamp }
            "{apps}, and at {at} it is deleted with all its data; to take it back, unset spec.deleteAfter before"
            "{apps} ; le {at}, il sera supprimé avec toutes ses données ; pour le garder, restaurez l'espace de travail avant"
        /// Its order named an earlier end than one person may have.
        "progress.deletion-put-off" DeletionPutOff { ordered: Timestamp, days: u32 }
            "spec.deleteAfter is {ordered}, and one person's order leaves {days} days: a second person may confirm an earlier end"
            "la commande fixait la suppression au {ordered}, et la demande d'une seule personne laisse un délai de {days} j : une autre personne peut confirmer une date plus proche"
        /// Two persons agreed on that end.
        "progress.deletion-confirmed" DeletionConfirmed
            "a second person confirmed it"
            "une autre personne a confirmé cette date"
        /// Its apps are going.
        "progress.apps-leaving" AppsLeaving
            "its apps are being uninstalled"
            "ses applications sont en cours de désinstallation"
        /// Its namespace is going.
        "progress.namespace-leaving" NamespaceLeaving
            "its namespace is being deleted"
            "son espace de noms est en cours de suppression"
        /// Its namespaces are gone.
        "progress.namespaces-gone" NamespacesGone
            "its namespaces are gone"
            "ses espaces de noms ont disparu"
        /// What is left in a namespace that is being deleted.
        "progress.left-in-it" LeftInIt { all: Vec<LeftIn> }
            "left in it: {all}"
            "il y reste : {all}"
        /// A namespace is held.
        "progress.deletion-held" DeletionHeld { seconds: i64 }
            "it takes longer than {seconds} s: the hosting provider looks at what holds it, as charts/beffroi/README.md tells under Deletion that is held"
            "cela dure plus de {seconds} s : l'hébergeur doit regarder ce qui le retient (charts/beffroi/README.md dit comment)"
        /// It lies on a site that is declared no longer.
        "progress.no-such-site" NoSuchSite
            "there is no such Site any more: register it again, so that what lies there can be removed"
            "ce site n'est plus déclaré : l'hébergeur doit le déclarer de nouveau pour que ce qui s'y trouve soit supprimé"
        /// It cannot be removed from a site that does not answer.
        "progress.removed-later" RemovedLater
            "the site does not answer; what lies there is removed once it does"
            "le site ne répond pas ; ce qui s'y trouve sera supprimé dès qu'il répondra"
        /// What was made for it goes by itself.
        "progress.waits-for-the-end" WaitsForTheEnd { of: Vec<String> }
            "waits for the end of {of}"
            "attend la disparition de : {of}"
        /// Nobody can look at what is left.
        "progress.no-connection" NoConnection
            "there is no connection to the site"
            "il n'y a pas de connexion au site"
        /// Its end must stand in the log first.
        "progress.must-be-recorded" MustBeRecorded { why: Box<Message> }
            "that must stand in the log first: {why}"
            "cela doit d'abord être inscrit au journal : {why}"
    }
}

messages! {
    /// What apps do that are to stop.
    Apps {
        /// They were seen to.
        "stopped" Stopped
            "its apps are stopped"
            "ses applications sont arrêtées"
        /// They were not, on some sites.
        "to-stop" ToStop { on: Vec<String> }
            "its apps are to be stopped on {on}"
            "ses applications sont à arrêter sur {on}"
    }
}

messages! {
    /// What is left in a namespace.
    LeftIn {
        /// Objects of a kind.
        "objects" Objects { count: u32, resource: String }
            "{count} {resource}"
            "{count} {resource}"
        /// Objects that a finalizer holds.
        "held" Held { finalizer: String, count: u32 }
            "held by finalizer {finalizer} of {count}"
            "le finaliseur {finalizer} (objets retenus : {count})"
        /// What Kubernetes cannot delete, in its own words.
        "undeletable" Undeletable { why: String }
            "what is left cannot be deleted: {why}"
            "ce qui reste ne peut pas être supprimé : {why}"
    }
}

words! {
    /// Who asks for backups.
    Asking {
        Both "the order and the policy ask" "la commande et la politique demandent des sauvegardes"
        Order "the order asks" "la commande demande des sauvegardes"
        Policy "the policy asks" "la politique demande des sauvegardes"
        Nobody "nobody asks" "personne ne demande de sauvegarde"
    }
}

words! {
    /// What a policy requires of a workspace.
    Requirement {
        Order "its order" "sa commande"
        Sites "its sites" "ses sites"
        Place "the place of its data" "le lieu de ses données"
        Certificates "the certificates of its hosts" "les certificats de ses hébergeurs"
        Backup "its backup" "sa sauvegarde"
    }
}
