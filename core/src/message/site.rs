//! What is said of sites: whether they answer, whether they are guarded, whether they are what they say.

use super::Message;

messages! {
    /// What is said of sites.
    SiteMessage {
        // Whether it is reached.
        /// Its API server answers.
        "site.answers" Answers
            "its API server answers"
            "son serveur d'API répond"
        /// Nothing was ever seen of it in full.
        "site.never-reached" NeverReached
            "the site was never reached in full"
            "le site n'a jamais été vu entièrement"
        /// Its API server does not answer.
        "site.unreachable" Unreachable { why: Box<Message> }
            "the site's API server does not answer: {why}. Check the address in the kubeconfig, the network and the server"
            "le serveur d'API du site ne répond pas : {why}. Vérifiez l'adresse du kubeconfig, le réseau et le serveur"
        /// No answer came in the time that is given.
        "site.no-answer-in-time" NoAnswerInTime { seconds: u64 }
            "no answer within {seconds} s"
            "pas de réponse en {seconds} s"
        /// No answer came.
        "site.no-answer" NoAnswer
            "no answer"
            "pas de réponse"
        /// Its API server does not say as whom Beffroi acts there.
        "site.names-no-user" NamesNoUser
            "it names no user"
            "il ne nomme aucun utilisateur"
        /// The credentials of its kubeconfig are not taken.
        "site.credentials-refused" CredentialsRefused
            "the site's API server refuses the kubeconfig's credentials: they have expired or were revoked; put a new kubeconfig into the Secret"
            "le serveur d'API du site refuse les identifiants du kubeconfig : ils ont expiré ou ont été révoqués ; mettez un nouveau kubeconfig dans le Secret"
        /// A kind cannot be watched there.
        "site.cannot-watch" CannotWatch { kind: String, why: Box<Message> }
            "{kind} cannot be watched: {why}. Is chart beffroi-site installed there, and the kubeconfig that of its ServiceAccount?"
            "{kind} ne peut pas être suivi : {why}. Le chart beffroi-site y est-il installé, et le kubeconfig est-il celui de son ServiceAccount ?"
        /// A kind cannot be followed there: what happened is forgotten before it was told.
        "site.cannot-follow" CannotFollow { kind: String, why: Box<Message> }
            "{kind} cannot be followed: {why}. The site's API server forgets what happens faster than it tells: look at its load, and at how often its etcd is compacted"
            "{kind} ne peut pas être suivi sans interruption : {why}. Le serveur d'API du site oublie ce qui se passe plus vite qu'il ne le dit : regardez sa charge, et la fréquence de compactage de son etcd"
        /// A kind is not served there, or not as it is asked for.
        "site.watch-not-understood" WatchNotUnderstood { kind: String, why: Box<Message> }
            "{kind} cannot be watched: {why}. The site's API server does not understand what it is asked: is it of a version that Beffroi supports, and does it serve this kind?"
            "{kind} ne peut pas être suivi : {why}. Le serveur d'API du site ne comprend pas ce qui lui est demandé : est-il d'une version prise en charge par Beffroi, et sert-il cette ressource ?"
        /// Watching a kind there breaks off.
        "site.watch-broken" WatchBroken { kind: String, why: Box<Message> }
            "{kind} cannot be watched: {why}. It is tried again: look at the site's API server, and at what lies between"
            "{kind} ne peut pas être suivi : {why}. Nouvel essai en cours : regardez le serveur d'API du site, et ce qui se trouve entre lui et Beffroi"
        /// Asking whether it answers met a fault of ours.
        "site.fault-in-probing" FaultInProbing { fault: Box<Message> }
            "looking at its API server met {fault}"
            "l'observation de son serveur d'API a rencontré ceci : {fault}"
        /// Watching a kind there met a fault of ours.
        "site.fault-in-watching" FaultInWatching { kind: String, fault: Box<Message> }
            "looking at {kind} met {fault}"
            "l'observation de {kind} a rencontré ceci : {fault}"
        // What it is reached by.
        /// The Secret that should hold its kubeconfig does not exist.
        "site.secret-missing" SecretMissing { namespace: String, secret: String, key: String }
            "Secret {namespace}/{secret} does not exist: create it with `kubectl -n {namespace} create secret generic {secret} --from-file={key}=FILE`"
            "le Secret {namespace}/{secret} n'existe pas : créez-le par `kubectl -n {namespace} create secret generic {secret} --from-file={key}=FICHIER`"
        /// The Secret does not hold its kubeconfig.
        "site.secret-without-key" SecretWithoutKey { namespace: String, secret: String, key: String }
            "Secret {namespace}/{secret} has no key {key}: create it with `kubectl -n {namespace} create secret generic {secret} --from-file={key}=FILE`"
            "le Secret {namespace}/{secret} n'a pas de clé {key} : créez-le par `kubectl -n {namespace} create secret generic {secret} --from-file={key}=FICHIER`"
        /// Its kubeconfig is refused.
        "site.kubeconfig-refused" KubeconfigRefused { namespace: String, secret: String, fault: KubeconfigFault }
            "the kubeconfig in Secret {namespace}/{secret} {fault}"
            "le kubeconfig du Secret {namespace}/{secret} : {fault}"
        /// The log does not tell what its nodes said before.
        "site.nodes-before-unknown" NodesBeforeUnknown { why: String }
            "what its nodes said before: {why}"
            "ce que ses nœuds disaient auparavant : {why}"
        // What is there.
        /// Flux is there.
        "site.flux-served" FluxServed
            "its kinds are served"
            "ses ressources sont servies"
        /// Flux is not there.
        "site.flux-missing" FluxMissing
            "kinds OCIRepository (source.toolkit.fluxcd.io/v1) and HelmRelease (helm.toolkit.fluxcd.io/v2) are not served: install Flux's source-controller and helm-controller in the site"
            "les ressources OCIRepository (source.toolkit.fluxcd.io/v1) et HelmRelease (helm.toolkit.fluxcd.io/v2) ne sont pas servies : installez source-controller et helm-controller de Flux sur le site"
        /// Guards are not bound.
        "site.guards-lifted" GuardsLifted { guards: Vec<String> }
            "nothing refuses at the site's door what these guards refuse: {guards}; put their bindings back with chart beffroi-site"
            "à l'entrée du site, rien ne refuse plus ce que ces gardes refusent : {guards} ; remettez leurs liaisons en place avec le chart beffroi-site"
        /// Guards cannot be read.
        "site.guards-not-read" GuardsNotRead
            "what the guards say cannot be read: upgrade chart beffroi-site in the site, which lets Beffroi look at them"
            "ce que disent les gardes ne peut pas être lu : mettez à jour sur le site le chart beffroi-site, qui permet à Beffroi de les regarder"
        /// Guards say something else than they should.
        "site.guards-altered" GuardsAltered { guards: Vec<String> }
            "these guards say something else than chart beffroi-site of this version makes them say: {guards}; find out who changed them, and install the chart of this version in the site"
            "ces gardes disent autre chose que ce que leur fait dire le chart beffroi-site de cette version : {guards} ; cherchez qui les a changées, et installez sur le site le chart de cette version"
        /// Namespaces there belong to nobody.
        "site.orphans" Orphans { namespaces: Vec<String> }
            "no workspace owns {namespaces}; nothing is deleted by itself: look, then delete the namespaces by hand"
            "espaces de noms qui ne sont à aucun espace de travail : {namespaces} ; rien n'est supprimé automatiquement : vérifiez, puis supprimez-les à la main"
        /// It is to be deleted, and workspaces lie there.
        "site.workspaces-left" WorkspacesLeft { workspaces: u32 }
            "{workspaces} workspaces still lie here: move or delete them first"
            "espaces de travail encore présents : {workspaces}, à déplacer ou à supprimer d'abord"
        // Whether it is what it declares.
        /// No node was seen there.
        "site.no-nodes" NoNodes
            "no node was seen: nothing shows where it lies"
            "aucun nœud n'a été vu : rien ne montre où il se trouve"
        /// What was seen there is what it declares.
        "site.as-declared" AsDeclared { nodes: usize, classes: usize }
            "{nodes} nodes and {classes} storage classes agree with spec; labels and provider ids are what the cluster says of itself"
            "nœuds conformes à la déclaration : {nodes}, classes de stockage : {classes} ; étiquettes et identifiants sont ce que le cluster dit de lui-même"
        /// A node bears another value of a label than it declares.
        "site.node-label" NodeLabel { node: String, label: String, wanted: String, found: String }
            "node {node}: label {label} should be {wanted}, found {found}"
            "nœud {node} : l'étiquette {label} devrait valoir {wanted}, et vaut {found}"
        /// A node does not bear a label that it declares.
        "site.node-without-label" NodeWithoutLabel { node: String, label: String, wanted: String }
            "node {node}: label {label} should be {wanted}, found no such label"
            "nœud {node} : l'étiquette {label} devrait valoir {wanted}, et n'y est pas"
        /// A node has another provider id than it declares.
        "site.node-provider-id" NodeProviderId { node: String, prefix: String, found: String }
            "node {node}: spec.providerID should begin with {prefix}, found {found}"
            "nœud {node} : spec.providerID devrait commencer par {prefix}, et vaut {found}"
        /// A node has no provider id.
        "site.node-without-provider-id" NodeWithoutProviderId { node: String, prefix: String }
            "node {node}: spec.providerID should begin with {prefix}, found none"
            "nœud {node} : spec.providerID devrait commencer par {prefix}, et n'y est pas"
        /// A storage class that it declares is not there.
        "site.class-missing" ClassMissing { class: String }
            "storage class {class} is declared and does not exist"
            "la classe de stockage {class} est déclarée et n'existe pas"
        // What differs in a storage class.
        /// Its provisioner.
        "site.class-provisioner" ClassProvisioner { provisioner: String }
            "provisioner {provisioner}"
            "fournisseur de volumes {provisioner}"
        /// One of its parameters.
        "site.class-parameter" ClassParameter { name: String, value: String }
            "parameter {name}={value}"
            "paramètre {name}={value}"
        /// A parameter is declared that it does not have.
        "site.class-without-parameter" ClassWithoutParameter { name: String }
            "no parameter {name}"
            "sans paramètre {name}"
        /// It has a parameter that is not declared.
        "site.class-parameter-undeclared" ClassParameterUndeclared { name: String }
            "parameter {name}, which is not declared"
            "paramètre {name}, qui n'est pas déclaré"
        /// Which parameters it should have.
        "site.class-no-other-parameter" ClassNoOtherParameter
            "no other parameter than those declared"
            "aucun autre paramètre que ceux qui sont déclarés"
        // What is left of a workspace there.
        /// It does not tell.
        "site.remains-unseen" RemainsUnseen { why: String }
            "whether anything is left cannot be seen: {why}"
            "on ne peut pas voir s'il en reste quelque chose : {why}"
    }
}

messages! {
    /// Why a kubeconfig is refused, after what names it. None of these repeats a secret.
    KubeconfigFault {
        "not-text" NotText
            "is not text in UTF-8"
            "ce n'est pas du texte en UTF-8"
        "not-yaml" NotYaml { line: usize }
            "is not a kubeconfig: line {line} cannot be read. Give the output of `kubectl config view --raw --minify --flatten`"
            "ce n'est pas un kubeconfig : la ligne {line} est illisible. Donnez ce que rend `kubectl config view --raw --minify --flatten`"
        "no-context" NoContext
            "has no current-context that names a context, a cluster and a user. Give the output of `kubectl config view --raw --minify --flatten`"
            "il lui manque un current-context qui nomme un contexte, un cluster et un utilisateur. Donnez ce que rend `kubectl config view --raw --minify --flatten`"
        /// It would run a program, or act as somebody else.
        "forbidden" Forbidden { field: String }
            "users[].user.{field} is not allowed: use a token, or a client certificate given inline"
            "users[].user.{field} n'est pas admis : employez un jeton, ou un certificat client donné dans le texte"
        /// It would read our files.
        "file" File { field: String }
            "{field} refers to a file, which is not read: give the content inline (`kubectl config view --raw --flatten`)"
            "{field} renvoie à un fichier, qui n'est pas lu : donnez son contenu dans le texte (`kubectl config view --raw --flatten`)"
        /// Anybody could answer in the place of the site.
        "unsafe" Unsafe { field: String }
            "clusters[].cluster.{field} is not allowed: a site must be reached directly and its certificate verified"
            "clusters[].cluster.{field} n'est pas admis : un site est joint directement et son certificat vérifié"
        "not-https" NotHttps
            "clusters[].cluster.server must begin with https://"
            "clusters[].cluster.server doit commencer par https://"
        "no-authority" NoAuthority
            "clusters[].cluster.certificate-authority-data is required: without it the site's certificate cannot be verified"
            "clusters[].cluster.certificate-authority-data est obligatoire : sans lui, le certificat du site ne peut pas être vérifié"
        "blank" Blank { field: String }
            "{field} is blank: give the base64 of a PEM file (`kubectl config view --raw --minify --flatten`), or take the field away"
            "{field} est vide : donnez le base64 d'un fichier PEM (`kubectl config view --raw --minify --flatten`), ou enlevez le champ"
        "not-base64" NotBase64 { field: String }
            "{field} is not base64: give the base64 of a PEM file, in one line (`kubectl config view --raw --minify --flatten`)"
            "{field} n'est pas du base64 : donnez le base64 d'un fichier PEM, en une ligne (`kubectl config view --raw --minify --flatten`)"
        "no-certificate" NoCertificate { field: String }
            "{field} holds no certificate in PEM: give the base64 of a file with a line -----BEGIN CERTIFICATE-----"
            "{field} ne contient aucun certificat en PEM : donnez le base64 d'un fichier qui a une ligne -----BEGIN CERTIFICATE-----"
        "no-key" NoKey
            "users[].user.client-key-data holds no private key in PEM: give the base64 of a file with a line -----BEGIN PRIVATE KEY-----"
            "users[].user.client-key-data ne contient aucune clé privée en PEM : donnez le base64 d'un fichier qui a une ligne -----BEGIN PRIVATE KEY-----"
        "blank-token" BlankToken
            "users[].user.token is blank: give a token of the site's ServiceAccount"
            "users[].user.token est vide : donnez un jeton du ServiceAccount du site"
        /// A client certificate without its key, or the key without it.
        "half-certificate" HalfCertificate { field: String }
            "users[].user.{field} is missing: a client certificate and its key are given together"
            "users[].user.{field} manque : un certificat client et sa clé sont donnés ensemble"
        "no-credentials" NoCredentials
            "users[].user has neither token nor client-certificate-data: add one of them"
            "users[].user n'a ni token ni client-certificate-data : ajoutez l'un des deux"
        /// Its token could not be sent.
        "no-token" NoToken
            "users[].user.token holds what a token cannot: give one line of letters, digits and signs, as `kubectl create token` prints it"
            "users[].user.token contient ce qu'un jeton ne peut contenir : donnez une seule ligne de lettres, chiffres et signes, telle que l'affiche `kubectl create token`"
        /// No client can be made of it.
        "unusable" Unusable { why: Box<Message> }
            "cannot be used: {why}"
            "il ne peut pas être employé : {why}"
    }
}

impl std::error::Error for KubeconfigFault {}
