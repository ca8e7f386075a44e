//! Of sites: whether they answer, whether they are guarded, whether they are where they say.

use super::Pair;

pub(super) const PAIRS: &[Pair] = &[
    ("its API server answers", "son serveur d'API répond"),
    (
        "no workspace owns {}; nothing is deleted by itself: look, then delete the namespaces by hand",
        "n'appartiennent à aucun espace de travail : {} ; rien n'est supprimé de soi-même : vérifiez, puis supprimez ces espaces de noms à la main",
    ),
    ("the site was never reached in full", "le site n'a jamais été vu entièrement"),
    ("its kinds are served", "ses ressources sont servies"),
    (
        "kinds OCIRepository (source.toolkit.fluxcd.io/v1) and HelmRelease (helm.toolkit.fluxcd.io/v2) are not served: install Flux's source-controller and helm-controller in the site",
        "les ressources OCIRepository (source.toolkit.fluxcd.io/v1) et HelmRelease (helm.toolkit.fluxcd.io/v2) ne sont pas servies : installez source-controller et helm-controller de Flux sur le site",
    ),
    (
        "nothing refuses at the site's door what these guards refuse: {}; put their bindings back with chart beffroi-site",
        "à l'entrée du site, rien ne refuse plus ce que ces gardes refusent : {} ; remettez-les avec le chart beffroi-site",
    ),
    (
        "what the guards say cannot be read: upgrade chart beffroi-site in the site, which lets Beffroi look at them",
        "ce que disent les gardes ne peut pas être lu : mettez à jour le chart beffroi-site sur le site, qui permet à Beffroi de les regarder",
    ),
    (
        "these guards say something else than chart beffroi-site of this version makes them say: {}; find out who changed them, and install the chart of this version in the site",
        "ces gardes disent autre chose que ce que leur fait dire le chart beffroi-site de cette version : {} ; cherchez qui les a changées, et installez sur le site le chart de cette version",
    ),
    (
        "no node was seen: nothing shows where it lies",
        "aucun nœud n'a été vu : rien ne montre où il se trouve",
    ),
    (
        "{n} nodes and {n} storage classes agree with spec; labels and provider ids are what the cluster says of itself",
        "nœuds conformes à la déclaration : {}, classes de stockage : {} ; étiquettes et identifiants sont ce que le cluster dit de lui-même",
    ),
    (
        "storage class {w} is declared and does not exist",
        "la classe de stockage {} est déclarée et n'existe pas",
    ),
    (
        "node {w}: label {w} should be {}, found {=}",
        "nœud {} : l'étiquette {} devrait valoir {}, trouvé : {}",
    ),
    ("no such label", "aucune"),
    (
        "node {w}: spec.providerID should begin with {w}, found {=}",
        "nœud {} : spec.providerID devrait commencer par {}, trouvé : {}",
    ),
    (
        "{n} workspaces still lie here: move or delete them first",
        "espaces de travail encore présents : {}, à déplacer ou à supprimer d'abord",
    ),
    (
        "Secret {w}/{w} does not exist: create it with `kubectl -n {w} create secret generic {w} --from-file={w}=FILE`",
        "le Secret {}/{} n'existe pas : créez-le par `kubectl -n {} create secret generic {} --from-file={}=FICHIER`",
    ),
    (
        "Secret {w}/{w} has no key {w}: create it with `kubectl -n {w} create secret generic {w} --from-file={w}=FILE`",
        "le Secret {}/{} n'a pas de clé {} : créez-le par `kubectl -n {} create secret generic {} --from-file={}=FICHIER`",
    ),
    (
        "the site's API server refuses the kubeconfig's credentials: they have expired or were revoked; put a new kubeconfig into the Secret",
        "le serveur d'API du site refuse les identifiants du kubeconfig : ils ont expiré ou ont été révoqués ; mettez un nouveau kubeconfig dans le Secret",
    ),
    (
        "the site's API server does not answer: {=}. Check the address in the kubeconfig, the network and the server",
        "le serveur d'API du site ne répond pas : {}. Vérifiez l'adresse du kubeconfig, le réseau et le serveur",
    ),
    ("no answer within 5 s", "pas de réponse en 5 s"),
    ("no answer", "pas de réponse"),
    ("it names no user", "il ne nomme aucun utilisateur"),
    (
        "{} cannot be watched: {}. Is chart beffroi-site installed there, and the kubeconfig that of its ServiceAccount?",
        "{} ne peut pas être suivi : {}. Le chart beffroi-site y est-il installé, et le kubeconfig est-il celui de son ServiceAccount ?",
    ),
    // A kubeconfig, after the Secret that holds it.
    ("is not text in UTF-8", "ce n'est pas du texte en UTF-8"),
    (
        "is not a kubeconfig: line {n} cannot be read. Give the output of `kubectl config view --raw --minify --flatten`",
        "ce n'est pas un kubeconfig : la ligne {} est illisible. Donnez ce que rend `kubectl config view --raw --minify --flatten`",
    ),
    (
        "has no current-context that names a context, a cluster and a user. Give the output of `kubectl config view --raw --minify --flatten`",
        "il lui manque un current-context qui nomme un contexte, un cluster et un utilisateur. Donnez ce que rend `kubectl config view --raw --minify --flatten`",
    ),
    (
        "users[].user.{w} is not allowed: use a token, or a client certificate given inline",
        "users[].user.{} n'est pas admis : employez un jeton, ou un certificat client donné dans le texte",
    ),
    (
        "{w} refers to a file, which is not read: give the content inline (`kubectl config view --raw --flatten`)",
        "{} renvoie à un fichier, qui n'est pas lu : donnez son contenu dans le texte (`kubectl config view --raw --flatten`)",
    ),
    (
        "clusters[].cluster.{w} is not allowed: a site must be reached directly and its certificate verified",
        "clusters[].cluster.{} n'est pas admis : un site est joint directement et son certificat vérifié",
    ),
    (
        "clusters[].cluster.server must begin with https://",
        "clusters[].cluster.server doit commencer par https://",
    ),
    (
        "clusters[].cluster.certificate-authority-data is required: without it the site's certificate cannot be verified",
        "clusters[].cluster.certificate-authority-data est obligatoire : sans lui, le certificat du site ne peut pas être vérifié",
    ),
    (
        "users[].user has neither token nor client-certificate-data: add one of them",
        "users[].user n'a ni token ni client-certificate-data : ajoutez l'un des deux",
    ),
    (
        "{w} is blank: give the base64 of a PEM file (`kubectl config view --raw --minify --flatten`), or take the field away",
        "{} est vide : donnez le base64 d'un fichier PEM (`kubectl config view --raw --minify --flatten`), ou enlevez le champ",
    ),
    (
        "{w} is not base64: give the base64 of a PEM file, in one line (`kubectl config view --raw --minify --flatten`)",
        "{} n'est pas du base64 : donnez le base64 d'un fichier PEM, en une ligne (`kubectl config view --raw --minify --flatten`)",
    ),
    (
        "{w} holds no certificate in PEM: give the base64 of a file with a line -----BEGIN CERTIFICATE-----",
        "{} ne contient aucun certificat en PEM : donnez le base64 d'un fichier qui a une ligne -----BEGIN CERTIFICATE-----",
    ),
    (
        "users[].user.client-key-data holds no private key in PEM: give the base64 of a file with a line -----BEGIN PRIVATE KEY-----",
        "users[].user.client-key-data ne contient aucune clé privée en PEM : donnez le base64 d'un fichier qui a une ligne -----BEGIN PRIVATE KEY-----",
    ),
    (
        "users[].user.token is blank: give a token of the site's ServiceAccount",
        "users[].user.token est vide : donnez un jeton du ServiceAccount du site",
    ),
    (
        "users[].user.{w} is missing: a client certificate and its key are given together",
        "users[].user.{} manque : un certificat client et sa clé sont donnés ensemble",
    ),
    (
        "users[].user.token holds what a token cannot: give one line of letters, digits and signs, as `kubectl create token` prints it",
        "users[].user.token contient ce qu'un jeton ne peut contenir : donnez une seule ligne de lettres, chiffres et signes, telle que l'affiche `kubectl create token`",
    ),
    (
        "a fault of Beffroi's own, which is tried again: the operator's log says where it lies, report that",
        "défaut de Beffroi lui-même, nouvel essai à venir : le journal de l'opérateur dit où il se trouve, signalez-le",
    ),
    ("looking at {w} met {=}", "l'observation de {} a rencontré ceci : {}"),
    ("cannot be used: {=}", "il ne peut pas être employé : {}"),
];
