//! What is said of where data lies: of what was seen of a workspace in a site, and of what should have been.

use beffroi_crds::probe::ProbeTarget;

use super::{Message, rules::Misplaced};

messages! {
    /// What is said of where data lies.
    LocationMessage {
        // Places.
        /// A site lies where it may not.
        "location.lies" Lies { lies: Misplaced }
            "lies {lies}"
            "se trouve {lies}"
        /// What a place should be.
        "location.allowed-place" AllowedPlace
            "an allowed place"
            "un lieu admis"
        /// What a country should be.
        "location.allowed-country" AllowedCountry
            "an allowed country"
            "un pays admis"
        // Nodes.
        /// A node that carries something is not in the cluster.
        "location.node-unknown" NodeUnknown { carries: Carried }
            "carries {carries} and is not known to the cluster"
            "n'est pas connu du cluster et porte {carries}"
        /// What a node should be.
        "location.node-of-the-site" NodeOfTheSite
            "a node of the site"
            "un nœud du site"
        /// A node does not bear a label that the site declares.
        "location.node-without-label" NodeWithoutLabel { label: String, carries: Carried }
            "no label {label}; carries {carries}"
            "pas d'étiquette {label} ; porte {carries}"
        /// A node bears a label with another value than the site declares.
        "location.node-label" NodeLabel { label: String, value: String, carries: Carried }
            "{label}={value}; carries {carries}"
            "{label}={value} ; porte {carries}"
        /// A label or field and its value.
        "location.value" Value { of: String, value: String }
            "{of}={value}"
            "{of}={value}"
        /// A label or field that is not there.
        "location.no-value" NoValue { of: String }
            "{of}=none"
            "sans {of}"
        /// What the provider id of a node should begin with.
        "location.provider-id-prefix" ProviderIdPrefix { prefix: String }
            "spec.providerID={prefix}…"
            "spec.providerID={prefix}…"
        /// The site declares labels of its nodes, and nothing that proves their place.
        "location.labels-alone" LabelsAlone
            "labels alone, which prove no place"
            "des étiquettes seules, qui ne prouvent pas le lieu"
        /// What the site should declare of its nodes.
        "location.provider-id-prefix-declared" ProviderIdPrefixDeclared
            "spec.nodes.providerIdPrefix declared by the site"
            "les identifiants de nœuds que le site déclare (spec.nodes.providerIdPrefix)"
        /// What a node says of its place is not what it said first.
        "location.node-changed" NodeChanged { of: String, value: String }
            "{of}={value}, changed since it was first seen"
            "{of}={value}, ce qui a changé depuis que le nœud a été vu pour la première fois"
        /// A node says no more what it said first of its place.
        "location.node-changed-to-nothing" NodeChangedToNothing { of: String }
            "{of}=none, changed since it was first seen"
            "sans {of}, ce qui a changé depuis que le nœud a été vu pour la première fois"
        // Volumes.
        /// A pod names a volume past any claim.
        "location.volume-of-a-pod" VolumeOfAPod { source: String }
            "{source}, whose place is not known"
            "{source}, dont le lieu n'est pas connu"
        /// A volume of a source whose place nobody knows.
        "location.volume-elsewhere" VolumeElsewhere { source: String, handle: String }
            "{source} {handle}, whose place is not known"
            "{source} {handle}, dont le lieu n'est pas connu"
        /// The same, of which no handle is known.
        "location.volume-elsewhere-unnamed" VolumeElsewhereUnnamed { source: String }
            "{source} unknown, whose place is not known"
            "{source} sans identifiant, dont le lieu n'est pas connu"
        /// What a volume of a pod should be.
        "location.claim-of-a-declared-class" ClaimOfADeclaredClass
            "a claim of a storage class that the site declares"
            "une demande de volume dans une classe de stockage que le site déclare"
        /// What the source of a volume should be.
        "location.volume-of-a-driver-or-node" VolumeOfADriverOrNode
            "a volume of a CSI driver, or of a node"
            "un volume d'un pilote CSI ou d'un nœud"
        /// A claim is bound to a volume that is not in the cluster.
        "location.volume-unknown" VolumeUnknown { volume: String }
            "volume {volume}, which is not known to the cluster"
            "le volume {volume}, qui n'est pas connu du cluster"
        /// What the volume of a claim should be.
        "location.volume-of-the-site" VolumeOfTheSite
            "a volume of the site"
            "un volume du site"
        /// A claim or volume names no storage class.
        "location.no-class" NoClass
            "no storage class"
            "pas de classe de stockage"
        /// What the storage class of a claim or volume should be.
        "location.a-declared-class" ADeclaredClass
            "a storage class that the site declares"
            "une classe de stockage que le site déclare"
        /// A claim or volume is of a storage class that the site does not declare.
        "location.class-undeclared" ClassUndeclared { class: String }
            "storage class {class}, which is not declared"
            "la classe de stockage {class}, qui n'est pas déclarée"
        /// Which storage class it should be.
        "location.one-of" OneOf { names: Vec<String> }
            "one of {names}"
            "une de ces classes de stockage : {names}"
        /// A storage class is not encrypted, and should be.
        "location.class-unencrypted" ClassUnencrypted { class: String }
            "storage class {class} does not encrypt"
            "la classe de stockage {class} ne chiffre pas"
        /// What volumes should have.
        "location.encryption-at-rest" EncryptionAtRest
            "encryption at rest"
            "le chiffrement au repos"
        /// The site does not declare who provisions the volumes of a storage class.
        "location.class-without-provisioner" ClassWithoutProvisioner { class: String }
            "storage class {class}, whose provisioner is not declared"
            "la classe de stockage {class}, dont le fournisseur de volumes n'est pas déclaré"
        /// What the site should declare of a storage class.
        "location.provisioner-declared" ProvisionerDeclared
            "spec.storageClasses[].provisioner declared by the site"
            "le fournisseur de volumes que le site déclare (spec.storageClasses[].provisioner)"
        /// A storage class that the site declares is not in the cluster.
        "location.class-missing" ClassMissing { class: String }
            "storage class {class}, which is not in the cluster"
            "la classe de stockage {class}, qui n'est pas dans le cluster"
        /// Which storage class should be in the cluster.
        "location.the-declared-class" TheDeclaredClass
            "the storage class that the site declares"
            "la classe de stockage que le site déclare"
        /// A storage class in the cluster is another than the site declares.
        "location.class-differs" ClassDiffers { class: String, observed: Box<Message> }
            "storage class {class} of {observed}"
            "la classe de stockage {class} : {observed}"
        /// A volume is of another driver than its storage class.
        "location.volume-of-driver" VolumeOfDriver { driver: String }
            "a volume of driver {driver}"
            "un volume du pilote {driver}"
        /// A volume is of a CSI driver that it does not name.
        "location.volume-of-no-driver" VolumeOfNoDriver
            "a volume of driver none"
            "un volume sans pilote"
        /// A volume is of another kind of source than its storage class.
        "location.volume-of-source" VolumeOfSource { source: String }
            "a volume of source {source}"
            "un volume de nature {source}"
        /// Whose a volume should be.
        "location.volume-of" VolumeOf { provisioner: String }
            "a volume of {provisioner}"
            "un volume fourni par {provisioner}"
        /// What a volume should be.
        "location.local-volume" LocalVolume
            "a local volume"
            "un volume local à un nœud"
        /// A volume lies on a disk of a node, though its storage class has a provisioner.
        "location.disk-of-a-node" DiskOfANode
            "a disk of a node"
            "un disque d'un nœud"
        /// Nothing provisioned a volume.
        "location.made-by-hand" MadeByHand
            "made by hand"
            "fait à la main"
        /// Another provisioner than that of its storage class provisioned a volume.
        "location.provisioned-by" ProvisionedBy { provisioner: String }
            "provisioned by {provisioner}"
            "fourni par {provisioner}"
        /// The handle of a volume.
        "location.handle" Handle { handle: String }
            "handle {handle}"
            "identifiant {handle}"
        /// A volume without a handle.
        "location.no-handle" NoHandle
            "handle none"
            "pas d'identifiant"
        /// What the handle of a volume should begin with.
        "location.handle-prefix" HandlePrefix { prefix: String }
            "handle {prefix}…"
            "identifiant {prefix}…"
        /// An attribute of a volume, as its driver was given it.
        "location.attribute" Attribute { name: String, value: String }
            "attribute {name}={value}"
            "attribut {name}={value}"
        /// A volume may lie on nodes of which a label has these values.
        "location.label-in" LabelIn { label: String, values: Vec<String> }
            "{label} in {values}"
            "{label} : {values}"
        /// Nothing in the topology of a volume shows its place.
        "location.no-topology" NoTopology
            "no topology that shows its place"
            "aucune topologie qui montre son lieu"
        /// What the site should declare for the topology of a volume to show its place.
        "location.topology-declared" TopologyDeclared
            "a topology that spec.storageClasses[].topology declares"
            "une topologie que le site déclare (spec.storageClasses[].topology)"
        /// Which topology would show the place of a volume: one of these labels.
        "location.any-label" AnyLabel { labels: Alternatives }
            "{labels}"
            "{labels}"
        // Images and charts.
        /// An image is from a registry that is not allowed.
        "location.image-from" ImageFrom { image: String, registry: String }
            "image {image} from {registry}"
            "image {image} du registre {registry}"
        /// An image is not named by its digest.
        "location.image-without-digest" ImageWithoutDigest { image: String }
            "image {image} without digest"
            "image {image} sans empreinte"
        /// How an image should be named.
        "location.image-by-digest" ImageByDigest
            "an image by digest"
            "une image désignée par son empreinte"
        /// What runs has no digest.
        "location.runs-unknown-digest" RunsUnknownDigest { image: String }
            "runs {image}, of unknown digest"
            "exécute {image}, d'empreinte inconnue"
        /// What runs has neither name nor digest.
        "location.runs-unknown-image" RunsUnknownImage
            "runs an image, of unknown digest"
            "exécute une image d'empreinte inconnue"
        /// What should be told of what runs.
        "location.digest-in-image-id" DigestInImageId
            "a digest in imageID"
            "une empreinte dans imageID"
        /// What runs is from a registry that is not allowed.
        "location.runs-from" RunsFrom { image: String, registry: String }
            "runs {image} from {registry}"
            "exécute {image} du registre {registry}"
        /// What runs is another image than was asked for.
        "location.runs" Runs { digest: String }
            "runs {digest}"
            "exécute {digest}"
        /// What should run.
        "location.digest" Digest { digest: String }
            "{digest}"
            "{digest}"
        /// No registry that the site declares is allowed.
        "location.no-registry" NoRegistry
            "no registry is allowed"
            "aucun registre n'est admis"
        /// Registries that are allowed.
        "location.from-registries" FromRegistries { registries: Vec<String> }
            "from {registries}"
            "d'un registre admis : {registries}"
        /// Where charts come from.
        "location.chart-source" ChartSource { url: String }
            "{url}"
            "{url}"
        /// Where charts should come from.
        "location.oci-from" OciFrom { registries: Vec<String> }
            "oci:// from {registries}"
            "oci:// d'un registre admis : {registries}"
        /// Where charts should come from, but no registry is allowed.
        "location.oci-from-nowhere" OciFromNowhere
            "oci:// from "
            "oci:// d'un registre admis, or aucun ne l'est"
        // Ways in and out.
        /// A service of a type that opens a way.
        "location.service-type" ServiceType { kind: String }
            "type {kind}"
            "de type {kind}"
        /// A service that opens a way to these addresses.
        "location.service-type-to" ServiceTypeTo { kind: String, addresses: Vec<String> }
            "type {kind} to {addresses}"
            "de type {kind} vers {addresses}"
        /// What a service should be.
        "location.cluster-ip-alone" ClusterIpAlone
            "type ClusterIP without external addresses"
            "de type ClusterIP sans adresse extérieure"
        /// There is an ingress.
        "location.an-ingress" AnIngress
            "an ingress"
            "une entrée"
        /// There should be no ingress.
        "location.no-ingress" NoIngress
            "none: the site declares no ingress class"
            "aucune : le site ne déclare pas de classe d'entrée"
        /// The class of an ingress.
        "location.ingress-class" IngressClass { class: String }
            "class {class}"
            "classe {class}"
        /// An ingress without a class.
        "location.no-ingress-class" NoIngressClass
            "class none"
            "sans classe"
        /// The addresses of an ingress are announced where they may not be.
        "location.announced-in" AnnouncedIn { country: String }
            "addresses announced in {country}"
            "des adresses annoncées dans le pays {country}"
        /// A probe reached something from within the workspace.
        "location.reached" Reached { target: ProbeTarget, address: String }
            "{target} answers at {address}"
            "{target} répond à l'adresse {address}"
        /// What should be reached from within a workspace, of all that its policy does not name.
        "location.reached-by-nobody" ReachedByNobody
            "nothing that the policy does not name"
            "rien que la politique ne nomme pas"
        // Backups.
        /// Nobody knows where a backup lies.
        "location.store-unknown" StoreUnknown
            "a store that is not known"
            "un dépôt de sauvegarde qui n'est pas connu"
        /// Where a backup should lie, of which nobody knows where it lies.
        "location.store-of-the-site" StoreOfTheSite
            "a store that the site declares"
            "un dépôt de sauvegarde que le site déclare"
        /// A backup lies in a store that the site does not declare.
        "location.store-undeclared" StoreUndeclared { address: String }
            "store {address}, which is not declared"
            "le dépôt de sauvegarde {address}, qui n'est pas déclaré"
        /// Where a backup should lie.
        "location.declared-store" DeclaredStore
            "a declared store"
            "un dépôt de sauvegarde déclaré"
        /// A backup lies where it may not.
        "location.store-lies" StoreLies { store: String, lies: Misplaced }
            "store {store} lies {lies}"
            "le dépôt de sauvegarde {store} se trouve {lies}"
        /// A backup lies in the subdivision of its workspace.
        "location.store-lies-as-the-site" StoreLiesAsTheSite { store: String, subdivision: String }
            "store {store} lies in {subdivision}, as the site does"
            "le dépôt de sauvegarde {store} se trouve dans la subdivision {subdivision}, comme le site"
        /// Where a backup should lie.
        "location.another-subdivision" AnotherSubdivision
            "another subdivision"
            "une autre subdivision"
    }
}

messages! {
    /// What a node carries of a workspace.
    Carried {
        /// A volume is bound to it.
        "a-volume" AVolume
            "no pod, but a volume"
            "un volume, mais aucun pod"
        /// One pod.
        "pod" Pod { name: String }
            "pod {name}"
            "le pod {name}"
        /// Several.
        "pods" Pods { count: usize }
            "{count} pods"
            "{count} pods"
    }
}

words! {
    for ProbeTarget {
        Names "the cluster's DNS" "le DNS du cluster"
        ApiServer "the API server of the site" "le serveur d'API du site"
        Node "the pod's own node" "le nœud du pod"
        Metadata "the metadata service of the cloud" "le service de métadonnées du nuage"
        Outside "an address outside" "une adresse extérieure"
    }
}

series! {
    /// Names of which each would do.
    Alternatives of String: "" " / ", "" " / "
}
