//! Of a workspace's order and its life: why it is refused, how far it is, what the log tells of it.

use super::Pair;

pub(super) const PAIRS: &[Pair] = &[
    ("{}: its pods cannot be created: {}", "{} : ses pods ne peuvent pas être créés : {}"),
    (
        "{w} {w} is in the catalogue no longer, and what runs stays: supported until {date}, order another release before",
        "{} {} n'est plus au catalogue et continue de tourner : maintenue jusqu'au {}, commandez une autre version d'ici là",
    ),
    (
        "{w} {w} is in the catalogue no longer, and what runs stays: nobody says until when it is supported, order another release",
        "{} {} n'est plus au catalogue et continue de tourner : nul ne dit jusqu'à quand elle est maintenue, commandez une autre version",
    ),
    (
        "{w}: the catalogue has it no longer, so it cannot be installed here: declare its App again, or order without it",
        "{} : elle n'est plus au catalogue et ne peut donc pas être installée ici : demandez à l'hébergeur de l'y remettre, ou commandez sans elle",
    ),
    ("{w} is now at {w}, before {w}: {=}", "{} est maintenant en {}, auparavant en {} : {}"),
    ("ordered as that version", "cette version a été commandée"),
    ("the newest of channel {w}", "la plus récente du canal {}"),
    ("{w} {w} is in the catalogue again", "{} {} est de nouveau au catalogue"),
    (
        "{w} {w} cannot be read, and nothing is judged without it: its own status says what to correct",
        "{} {} est illisible, et rien n'est jugé sans cela : voyez avec l'hébergeur, son état dit que corriger",
    ),
    (
        "{w}: {} cannot be read; nothing of it is judged until that is corrected, and what is in place stays as it is",
        "illisible : {} : {} ; rien n'en est jugé avant correction, et ce qui est en place reste tel quel",
    ),
    (
        "{} cannot be read; nothing of it is judged until that is corrected, and what is in place stays as it is",
        "illisible : {} ; rien n'en est jugé avant correction, et ce qui est en place reste tel quel",
    ),
    (
        "its tenant or its policy is not known: nobody can say what it rests on",
        "son organisation ou sa politique n'est pas connue : nul ne peut dire sur quoi il repose",
    ),
    // Refusals.
    ("tenant {w}", "organisation {}"),
    ("app {w}", "application {}"),
    (
        "namespace {w} belongs to no Tenant: order workspaces in namespace tenant-NAME, which Beffroi makes for each Tenant",
        "l'espace de noms {} n'est celui d'aucune organisation : commandez dans celui que Beffroi a fait pour la vôtre",
    ),
    (
        "Tenant {w} is being deleted: it takes no orders any more",
        "l'organisation {} est en cours de suppression : elle ne passe plus de commande",
    ),
    (
        "Tenant {w} is being deleted: it takes no new orders any more",
        "l'organisation {} est en cours de suppression : elle ne passe plus de nouvelle commande",
    ),
    (
        "Tenant {w} names member {w}, which does not exist: create it, or correct spec.members",
        "l'organisation {} nomme le membre {}, qui n'est pas enregistré : demandez à l'hébergeur de l'enregistrer ou de corriger les membres",
    ),
    (
        "Tenant {w} names member {w}, whose name another Tenant has by now: ask the hosting provider to put spec.members right",
        "l'organisation {} nomme le membre {}, dont une autre organisation porte désormais le nom : demandez à l'hébergeur de corriger les membres",
    ),
    (
        "Tenant {w} is registered with a number of another one: ask the hosting provider to put that right",
        "l'organisation {} est enregistrée avec un numéro d'une autre : demandez à l'hébergeur de le corriger",
    ),
    (
        "Tenant {w} names SovereigntyPolicy {w}, which does not exist: create it, or correct spec.policy",
        "l'organisation {} est soumise à la politique {}, qui n'existe pas : demandez à l'hébergeur de la créer ou d'en nommer une autre",
    ),
    (
        "spec.apps: no App is named {w}; the catalogue has {=}",
        "aucune application ne porte le nom {} ; le catalogue a : {}",
    ),
    (
        "spec.apps[{w}]: no release {=}; it has {=}",
        "application {} : aucune version {} ; versions offertes : {}",
    ),
    (
        "spec.apps[{w}]: {w} cannot follow {w}, which is held: {=}; versions that can be ordered: {=}",
        "application {} : la version {} ne peut pas succéder à la version tenue, {} : {} ; versions qui peuvent être commandées : {}",
    ),
    (
        "release {w} changed data in a way that no older version can read",
        "la version {} est une étape sans retour, après laquelle aucune version plus ancienne ne sait lire les données",
    ),
    ("its upgradesFrom names only {}", "on n'y vient que depuis : {}"),
    ("on channel {w}", "du canal {}"),
    ("none", "aucune"),
    // Releases that do not come yet.
    (
        "{w} comes once the maintenance window is open",
        "la version {} viendra à l'ouverture de la fenêtre de maintenance",
    ),
    (
        "{w} does not come by itself, for updates are Pinned: order that version, or set updates to FollowChannel",
        "la version {} ne vient pas d'elle-même, car les mises à jour sont figées : commandez cette version, ou laissez les mises à jour venir d'elles-mêmes",
    ),
    (
        "{w} cannot follow the version that is held: order one that can, or another channel",
        "la version {} ne peut pas succéder à la version tenue : commandez-en une qui le peut, ou un autre canal",
    ),
    (
        "Tenant {w} may use at most {w} of {=} (spec.quota.{w}); with this workspace it would be {w}",
        "le quota de l'organisation {0} est de {1} ({2}) ; avec cet espace de travail, ce serait {4}",
    ),
    (
        "spec.domain: {w} is neither declared for Tenant {w} nor proven by it: add the DNS record {w} TXT \"{w}\", for this domain or one above it, and the order goes on by itself; or ask the hosting provider to declare it",
        "le domaine {} n'est ni déclaré pour l'organisation {} ni prouvé par elle : ajoutez l'enregistrement DNS {} TXT \"{}\", pour ce domaine ou un domaine au-dessus, et la commande reprend d'elle-même ; ou demandez à l'hébergeur de le déclarer",
    ),
    (
        "spec.domain: {w} is neither declared for Tenant {w} nor proven by it any more: put back the DNS record {w} TXT \"{w}\", and the order goes on by itself; or ask the hosting provider to declare it",
        "le domaine {} n'est plus ni déclaré pour l'organisation {} ni prouvé par elle : remettez l'enregistrement DNS {} TXT \"{}\", et la commande reprend d'elle-même ; ou demandez à l'hébergeur de le déclarer",
    ),
    (
        "spec.domain: {w} belongs to another tenant, or lies above or below a domain that does: order under a domain of your own, or ask the hosting provider",
        "le domaine {} est celui d'une autre organisation, ou se trouve au-dessus ou en dessous d'un tel domaine : commandez sous un domaine à vous, ou voyez avec l'hébergeur",
    ),
    (
        "spec.domain: others register below {w}: order under a domain of your own below it",
        "d'autres s'enregistrent sous le domaine {} : commandez sous un domaine à vous, en dessous",
    ),
    (
        "spec.domain: {w} is declared for Tenant {w}, which is being recorded",
        "le domaine {} est déclaré pour l'organisation {}, ce qui est en cours d'enregistrement",
    ),
    (
        "spec.domain: {w} is neither declared nor proven any more: what is reached by it stays, and no other order is taken under it; see DomainsHeld of its Tenant",
        "le domaine {} n'est plus ni déclaré ni prouvé : ce qui est joint par lui reste, et aucune autre commande n'y est prise ; voyez ce qu'en dit l'organisation",
    ),
    (
        "spec.domain: host {w} is that of workspace {w}: order under another domain, or let that one go first",
        "l'adresse {} est celle de l'espace de travail {} : commandez sous un autre domaine, ou supprimez-le d'abord",
    ),
    (
        "spec.domain: host {w} has more than 253 characters: order under a shorter domain",
        "l'adresse {} a plus de 253 caractères : commandez sous un domaine plus court",
    ),
    ("workspaces", "espaces de travail"),
    ("waits for an order that stands", "attend une commande recevable"),
    ("what is already in place stays as it is", "ce qui est déjà en place reste tel quel"),
    // Progress.
    (
        "{w}: registry {w} is not declared by the Site: add it to spec.registries, or order a release from a registry of the site",
        "{} : le registre {} n'est pas déclaré par le site : commandez une version d'un registre du site, ou demandez à l'hébergeur de le déclarer",
    ),
    (
        "{w}: it leads to a gateway of the site, and the Site declares none in an allowed country: add one to spec.gatewayHosts",
        "{} : l'application mène à une passerelle du site, et le site n'en déclare aucune dans un pays admis : voyez avec l'hébergeur",
    ),
    (
        "{w}: registry {w} is not allowed by the policy: add it to spec.registries there, or order a release from one that is",
        "{} : le registre {} n'est pas admis par la politique : commandez une version d'un registre admis, ou demandez à l'hébergeur de l'admettre",
    ),
    ("the site does not answer", "le site ne répond pas"),
    ("the site was never reached", "le site n'a jamais été joint"),
    ("waits for sites", "attend des sites"),
    ("{w} {w} is being written", "{} {} est en cours d'écriture"),
    ("{w}: its chart cannot be fetched: {}", "{} : son chart ne peut pas être récupéré : {}"),
    ("{w}: it cannot be installed: {}", "{} : l'application ne peut pas être installée : {}"),
    ("{w}: waits for Flux", "{} : attend Flux"),
    ("pod {w}: {=}", "pod {} : {}"),
    ("not ready", "pas prêt"),
    (
        "its namespace is being deleted; it is made again once gone",
        "son espace de noms est en cours de suppression ; il sera refait ensuite",
    ),
    ("suspended by spec.suspended", "suspendu à la demande de l'organisation"),
    ("reconciliation is paused by annotation {w}", "le pilotage est en pause, par l'annotation {}"),
    ("reconciliation is paused by annotation", "le pilotage est en pause, par annotation"),
    ("reconciliation goes on", "le pilotage reprend"),
    (
        "its apps are stopped, and at {date} it is deleted with all its data; to take it back, unset spec.deleteAfter before",
        "ses applications sont arrêtées ; le {}, il sera supprimé avec toutes ses données ; pour le garder, restaurez l'espace de travail avant",
    ),
    (
        "its apps are to be stopped on {}, and at {date} it is deleted with all its data; to take it back, unset spec.deleteAfter before",
        "ses applications sont à arrêter sur {} ; le {}, il sera supprimé avec toutes ses données ; pour le garder, restaurez l'espace de travail avant",
    ),
    (
        "spec.deleteAfter is {date}, and one person's order leaves {n} days: a second person may confirm an earlier end",
        "la commande nommait le {}, et la demande d'une seule personne laisse un délai de {} jours : une autre personne peut confirmer une date plus proche",
    ),
    ("a second person confirmed it", "une autre personne l'a confirmé"),
    ("its apps are to be stopped on {}", "ses applications sont à arrêter sur {}"),
    ("its apps are stopped", "ses applications sont arrêtées"),
    // Leaving.
    ("its namespaces are gone", "ses espaces de noms ont disparu"),
    ("left in it: {,}", "il y reste : {}"),
    ("held by finalizer {w} of {n}", "le finaliseur {} de {} objet(s)"),
    ("what is left cannot be deleted: {}", "ce qui reste ne peut pas être supprimé : {}"),
    ("{n} {w}", "{} {}"),
    (
        "it takes longer than {n} s: the hosting provider looks at what holds it, as charts/beffroi/README.md tells under Deletion that is held",
        "cela dure plus de {} s : l'hébergeur doit regarder ce qui le retient (charts/beffroi/README.md dit comment)",
    ),
    (
        "there is no such Site any more: register it again, so that what lies there can be removed",
        "ce site n'est plus déclaré : l'hébergeur doit le déclarer de nouveau pour que ce qui s'y trouve soit supprimé",
    ),
    (
        "the site does not answer; what lies there is removed once it does",
        "le site ne répond pas ; ce qui s'y trouve sera supprimé dès qu'il répondra",
    ),
    ("its apps are being uninstalled", "ses applications sont en cours de désinstallation"),
    ("its namespace is being deleted", "son espace de noms est en cours de suppression"),
    ("there is no connection to the site", "il n'y a pas de connexion au site"),
    ("whether anything is left cannot be seen: {}", "on ne peut pas voir s'il en reste quelque chose : {}"),
    ("that must stand in the log first: {}", "cela doit d'abord être inscrit au journal : {}"),
    // What is backed up, and what the policy requires.
    ("nothing of its backups was seen", "rien n'a été vu de ses sauvegardes"),
    (
        "what was last seen of {w} is too old to tell of backups",
        "ce qui a été vu de {} est trop ancien pour parler de sauvegardes",
    ),
    (
        "no backup is ordered, the policy asks for none, and none was seen",
        "aucune sauvegarde n'est commandée, la politique n'en demande pas, et aucune n'a été vue",
    ),
    (
        "{=} for backups, and none was seen on {w}",
        "{}, et aucune sauvegarde n'a été vue sur {} : personne n'en fait",
    ),
    (
        "{=} for backups, and Beffroi makes none: BackedUp tells what is seen of those that the site makes",
        "{}, et Beffroi n'en fait pas : l'état de l'espace de travail dit ce qui est vu des sauvegardes que fait le site",
    ),
    ("the order and the policy ask", "la commande et la politique demandent des sauvegardes"),
    ("the order asks", "la commande demande des sauvegardes"),
    ("the policy asks", "la politique demande des sauvegardes"),
    ("nobody asks", "personne ne demande de sauvegarde"),
    (
        "no backup is whole, {w} leaves out some, or may, by {}",
        "aucune sauvegarde n'est entière, {} laisse ou peut laisser de côté une partie, par {}",
    ),
    ("no backup was completed, {w} is {w}", "aucune sauvegarde n'est allée à son terme, {} en est à : {}"),
    (
        "its backups lie where the rules do not allow: see LOC-02 in the findings",
        "ses sauvegardes se trouvent là où les règles ne l'admettent pas : voir LOC-02 parmi les constats",
    ),
    (
        "its last backup, {w}, ended at {date}: more than {n} h ago",
        "sa dernière sauvegarde, {}, s'est achevée le {} : il y a plus de {} h",
    ),
    ("{w} ended at {date}", "{} s'est achevée le {}"),
    ("not as the policy requires: {,}", "pas comme la politique le demande : {}"),
    ("not known: {,}", "indéterminé : {}"),
    ("all that its policy requires holds", "tout ce que sa politique demande est tenu"),
    ("its order", "sa commande"),
    ("its sites", "ses sites"),
    ("the place of its data", "le lieu de ses données"),
    ("its backup", "sa sauvegarde"),
    ("the certificates of its hosts", "les certificats de ses hébergeurs"),
    // What a site does not take.
    ("{}: no answer in time; it is tried again", "{} : pas de réponse à temps ; nouvel essai en cours"),
    (
        "namespace {w} exists and is not this workspace's: remove or rename it, Beffroi takes over nothing that it did not make",
        "l'espace de noms {} existe et n'est pas celui de cet espace de travail : l'hébergeur doit l'enlever, Beffroi ne reprend rien qu'il n'a pas fait",
    ),
    (
        "{}: the site refuses it ({}): install or upgrade chart beffroi-site there",
        "{} : le site le refuse ({}) : l'hébergeur doit y installer ou mettre à jour le chart beffroi-site",
    ),
    // The log.
    ("lies on {=}, before: {=}", "se trouve sur : {}, auparavant : {}"),
    ("nowhere", "aucun site"),
    ("ordered with apps ", "commandé sans application"),
    ("ordered with apps {}", "commandé avec les applications {}"),
    ("changed, and changed back", "modifié, puis remis comme avant"),
    ("changed: {,}", "modifié : {}"),
    ("apps", "applications"),
    ("data", "données"),
    ("domain", "domaine"),
    ("maintenanceWindow", "fenêtre de maintenance"),
    ("backup", "sauvegarde"),
    ("suspended", "suspension"),
    ("deleteAfter", "date de suppression"),
    ("apps are now {}", "applications désormais : {}"),
    ("suspended: its apps stop, data stays", "suspendu : ses applications s'arrêtent, ses données restent"),
    (
        "suspended: its apps are to stop, data stays",
        "suspendu : ses applications doivent s'arrêter, ses données restent",
    ),
    ("resumed", "repris"),
    (
        "deletion is scheduled: its apps stop, it is deleted at {date}",
        "suppression prévue : ses applications s'arrêtent, il sera supprimé le {}",
    ),
    (
        "deletion is scheduled: its apps are to stop, it is to be deleted at {date}",
        "suppression prévue : ses applications doivent s'arrêter, il doit être supprimé le {}",
    ),
    ("deletion is taken back", "suppression annulée"),
    (
        "asked for by {}, request {w}, and confirmed by {}, request {w}",
        "demandée par {}, demande {}, et confirmée par {}, demande {}",
    ),
    ("deletion within {n} days is asked for", "suppression demandée dans un délai de {} jours"),
    (
        "another person may confirm it up to {date}",
        "elle attend la confirmation d'une autre personne jusqu'au {}",
    ),
    ("request {w} to delete is taken back", "la demande de suppression {} est retirée"),
    (
        "request {w} to delete is void: nobody confirmed it in time",
        "la demande de suppression {} est caduque : personne ne l'a confirmée à temps",
    ),
    (
        "request {w} to delete is void: the order or another request came in between",
        "la demande de suppression {} est caduque : la commande a changé, ou une autre demande est venue entre-temps",
    ),
    ("request {w}", "demande {}"),
    ("recorded late, seen at {date}", "consigné après coup, constaté le {}"),
    ("not through the API: who did it is not known", "hors de l'API : l'auteur n'est pas connu"),
    (
        "{=}, the last by {}, request {w}: who made which of them is not known",
        "{}, la dernière par {}, demande {} : on ne sait pas qui a fait laquelle",
    ),
    (
        "{=}, the last not through the API: who made them is not known",
        "{}, la dernière hors de l'API : leur auteur n'est pas connu",
    ),
    ("{n} changes together", "{} modifications à la fois"),
    ("changes that nobody counted", "modifications dont le nombre n'est pas connu"),
    ("{w} {w} was deleted", "{} {} a été supprimé"),
    ("{w} {w} was changed by {=} ({})", "{} {} a été modifié par {} ({})"),
    ("someone", "un tiers"),
    ("{} at {date}", "{} le {}"),
    ("it is to be put right", "cela va être remis en ordre"),
    (
        "nothing that was looked for is left of it on {}: deleted at the time that its order named",
        "il n'en reste rien de ce qui a été cherché sur {} : supprimé à la date que sa commande fixait",
    ),
    (
        "nothing that was looked for is left of it on : deleted at the time that its order named",
        "il n'en reste rien de ce qui a été cherché : supprimé à la date que sa commande fixait",
    ),
    ("nothing that was looked for is left of it on ", "il n'en reste rien de ce qui a été cherché"),
    ("nothing that was looked for is left of it on {}", "il n'en reste rien de ce qui a été cherché sur {}"),
    (
        "its namespaces are gone from {}: deleted at the time that its order named",
        "ses espaces de noms ont disparu de {} : supprimé à la date que sa commande fixait",
    ),
    ("its namespaces are gone from {}", "ses espaces de noms ont disparu de {}"),
    ("left on {w}: {n} {w} ({}): {}", "il reste sur {} : {} {} ({}) : {}"),
    ("looked for: {}", "cherché : {}"),
    ("not served there: {}", "genres inconnus de ces sites : {}"),
    ("could not be looked for: {}", "n'a pas pu être cherché : {}"),
    ("not looked at: {,}", "n'a pas été regardé : {}"),
    ("{w} of app {w} ({w})", "{} de l'application {} ({})"),
    ("content of backup store {w}", "le contenu du dépôt de sauvegarde {}"),
    ("waits for the end of {}", "attend la fin de {}"),
    // Of entries of older versions.
    (
        "nothing is left of it on : deleted at the time that its order named",
        "il n'en reste rien : supprimé à la date que sa commande fixait",
    ),
    ("nothing is left of it on ", "il n'en reste rien"),
    (
        "nothing is left of it on {}: deleted at the time that its order named",
        "il n'en reste rien sur {} : supprimé à la date que sa commande fixait",
    ),
    ("nothing is left of it on {}", "il n'en reste rien sur {}"),
];
