//! What is said of Beffroi's own work: what it writes into sites, what others change there, what the log takes, and
//! faults of its own.

use jiff::Timestamp;

use super::Message;

messages! {
    /// What is said of Beffroi's own work.
    WorkMessage {
        /// A site did not answer to a write.
        "work.site-does-not-answer" SiteDoesNotAnswer { object: String }
            "{object}: no answer in time; it is tried again"
            "{object} : pas de réponse à temps ; nouvel essai en cours"
        /// The namespace of a workspace is somebody else's in a site.
        "work.namespace-taken" NamespaceTaken { namespace: String }
            "namespace {namespace} exists and is not this workspace's: remove or rename it, Beffroi takes over nothing that it did not make"
            "l'espace de noms {namespace} existe et n'est pas celui de cet espace de travail : l'hébergeur doit l'enlever ou le renommer, Beffroi ne reprend que ce qu'il a fait"
        /// Beffroi lacks rights in a site.
        "work.not-allowed" NotAllowed { object: String, why: String }
            "{object}: the site refuses it ({why}): install or upgrade chart beffroi-site there"
            "{object} : le site le refuse ({why}) : l'hébergeur doit y installer ou mettre à jour le chart beffroi-site"
        /// A site did not take a write, and says why.
        "work.not-written" NotWritten { object: String, why: String }
            "{object}: {why}"
            "{object} : {why}"
        /// Somebody else touched what Beffroi placed in a site.
        "work.drift" Drift { object: String, what: Touched }
            "{object} {what}; it is to be put right"
            "{object} {what} ; cela va être remis en ordre"
        /// It is as it was.
        "work.drift-corrected" DriftCorrected { object: String, site: String, what: Touched }
            "{object} in site {site} {what}; it was put right"
            "{object} du site {site} {what} ; cela a été remis en ordre"
        /// The log does not take what must stand in it first.
        "work.not-recorded" NotRecorded { why: Box<Message> }
            "evidence: {why}: nothing is reported that is not recorded"
            "journal : {why} : rien n'est rapporté qui n'y soit inscrit"
        /// The log takes other things first.
        "work.earlier-first" EarlierFirst
            "what happened before is written first"
            "ce qui s'est passé avant y est inscrit d'abord"
        /// The log does not answer.
        "work.log-does-not-answer" LogDoesNotAnswer
            "no answer in time"
            "pas de réponse à temps"
        /// A CRD of the management cluster is of an older version than Beffroi.
        "work.crd-outdated" CrdOutdated { name: String, fields: Vec<String> }
            "CRD {name} is older than the operator and lacks {fields}: what Beffroi says there is lost. Helm leaves CRDs as they are where the hook of chart beffroi does not run (helm 3, or crds.upgrade=false): run `kubectl apply --server-side --force-conflicts -f crds/` on the files of the chart of this version"
            "le CRD {name} est plus ancien que l'opérateur et ne connaît pas {fields} : ce que Beffroi y dit est perdu. Helm laisse les CRD tels quels là où le hook du chart beffroi ne s'exécute pas (helm 3, ou crds.upgrade=false) : lancez `kubectl apply --server-side --force-conflicts -f crds/` sur les fichiers du chart de cette version"
        /// Looking at an object met a fault of Beffroi's own.
        "work.fault-in-looking" FaultInLooking { fault: Box<Message> }
            "looking at it met {fault}"
            "son examen a rencontré ceci : {fault}"
        /// A fault of Beffroi's own.
        "work.fault" Fault
            "a fault of Beffroi's own, which is tried again: the operator's log says where it lies, report that"
            "défaut de Beffroi lui-même, nouvel essai à venir : le journal de l'opérateur dit où il se trouve, signalez-le"
    }
}

messages! {
    /// What somebody else did to an object that Beffroi placed.
    Touched {
        /// It is gone.
        "deleted" Deleted
            "was deleted"
            "a été supprimé"
        /// Fields of it are others.
        "changed" Changed { by: Writer, fields: Vec<String> }
            "was changed by {by} ({fields})"
            "a été modifié par {by} ({fields})"
    }
}

messages! {
    /// Who wrote to an object last, as far as Kubernetes tells.
    Writer {
        /// Nobody can tell.
        "unknown" Unknown
            "someone"
            "un auteur inconnu"
        /// A field manager.
        "manager" Manager { name: String }
            "{name}"
            "{name}"
        /// A field manager, and when.
        "manager-at" ManagerAt { name: String, at: Timestamp }
            "{name} at {at}"
            "{name} le {at}"
    }
}
