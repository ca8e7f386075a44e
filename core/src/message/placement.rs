//! Where a workspace is placed, why not elsewhere, and what is lacking.

use super::{Message, order::Resource};

messages! {
    /// Where a workspace is placed, why not elsewhere, and what is lacking.
    PlacementMessage {
        /// A workspace lies on a site that is declared no longer.
        "placement.no-such-site" NoSuchSite { site: String }
            "no Site is named {site}: declare it again, or move the workspace"
            "aucun site ne porte le nom {site} : l'hébergeur doit le déclarer de nouveau, ou déplacer l'espace de travail"
        /// The site was never reached.
        "placement.never-reached" NeverReached
            "was never reached: check its kubeconfig Secret"
            "n'a jamais été joint : l'hébergeur doit vérifier l'accès au site"
        /// The site does not answer.
        "placement.silent" Silent
            "does not answer now: check its API server and the way to it"
            "ne répond pas en ce moment : l'hébergeur doit vérifier le site et le réseau"
        /// Nothing can be installed in the site.
        "placement.no-flux" NoFlux
            "does not serve Flux's kinds: install chart beffroi-site"
            "n'a pas de quoi installer les applications (Flux) : l'hébergeur doit y installer le chart beffroi-site"
        /// The site is closed to new workspaces.
        "placement.closed" Closed
            "takes no new workspace (spec.unschedulable)"
            "ne prend pas de nouvel espace de travail"
        /// The site is being deleted.
        "placement.site-leaving" SiteLeaving
            "is being deleted"
            "est en cours de suppression"
        /// The site has as many workspaces as it takes.
        "placement.no-more-workspaces" NoMoreWorkspaces { most: u32 }
            "would exceed the site's capacity of {most} workspaces"
            "dépasserait la capacité du site (espaces de travail : {most})"
        /// The site has not enough left of something.
        "placement.too-little-left" TooLittleLeft { wanted: String, what: Resource, capacity: String }
            "{wanted} of {what} more would exceed the site's capacity of {capacity}"
            "ajouter {wanted} ({what}) dépasserait la capacité du site, de {capacity}"
        /// Too few sites are acceptable at all, those where it lies now included.
        "placement.too-few-sites" TooFewSites { wanted: usize, acceptable: usize }
            "{wanted} sites are wanted, {acceptable} are acceptable: put right what refuses the others, declare more sites, or ask for fewer"
            "sites demandés : {wanted}, sites admissibles : {acceptable} ; demandez moins de sites, ou voyez avec l'hébergeur ce qui fait refuser les autres"
        /// The acceptable sites lie in too few cities.
        "placement.too-few-cities" TooFewCities { wanted: usize, there_are: usize }
            "{wanted} cities are wanted, acceptable sites lie in {there_are}: declare sites in other cities, or ask for fewer cities"
            "villes demandées : {wanted}, villes des sites admissibles : {there_are} ; demandez moins de villes, ou d'autres sites à l'hébergeur"
        /// No set of acceptable sites is far enough apart.
        "placement.too-near" TooNear { sites: usize, cities: usize, kilometres: u32 }
            "no {sites} acceptable sites in {cities} cities are {kilometres} km apart from each other: declare sites further away, or ask for less distance"
            "aucun ensemble de sites admissibles (sites : {sites}, villes : {cities}) ne laisse {kilometres} km entre tous ses sites : demandez moins de distance, ou des sites plus éloignés à l'hébergeur"
        /// Where it lies now is too near to each other for what is asked now.
        "placement.current-too-near" CurrentTooNear { a: String, b: String, kilometres: u32 }
            "it lies on {a} and {b}, less than {kilometres} km apart: nothing is moved by itself, plan a move or ask for less distance"
            "il se trouve sur {a} et {b}, à moins de {kilometres} km l'un de l'autre : rien n'est déplacé automatiquement, demandez moins de distance ou prévoyez un déplacement avec l'hébergeur"
        /// Where it lies now leaves no room for as many cities as are asked.
        "placement.current-too-few-cities" CurrentTooFewCities { sites: usize, there_are: usize, wanted: usize }
            "it lies on {sites} sites in {there_are} cities, {wanted} are wanted: nothing is moved by itself, plan a move or ask for fewer cities"
            "sites occupés : {sites}, villes : {there_are}, villes demandées : {wanted} ; rien n'est déplacé automatiquement, demandez moins de villes ou prévoyez un déplacement avec l'hébergeur"
        /// The search for a set of sites was given up.
        "placement.undecided" Undecided { sites: usize }
            "no set was found among {sites} acceptable sites within the steps allowed: ask for fewer sites or less distance"
            "aucun ensemble n'a été trouvé parmi les sites admissibles ({sites}) dans le temps de calcul permis : demandez moins de sites ou moins de distance"
        /// Where it lies.
        "placement.placed" Placed { sites: Vec<String> }
            "on {sites}"
            "sur {sites}"
        /// What is lacking, and what refuses the other sites.
        "placement.refused-elsewhere" RefusedElsewhere { shortfall: Box<PlacementMessage>, refused: Sites }
            "{shortfall}. Refused: {refused}"
            "{shortfall}. Sites refusés : {refused}"
        /// Sites where it lies are refused by now.
        "placement.no-longer-allowed" NoLongerAllowed { sites: Sites }
            "lies where the rules no longer allow it; nothing is moved by itself, a move must be planned: {sites}"
            "se trouve là où les règles ne l'admettent plus ; rien n'est déplacé automatiquement, un déplacement est à prévoir avec l'hébergeur : {sites}"
        /// What one rule says of a site.
        "placement.judged" Judged { rule: String, reason: Box<Message> }
            "{rule} {reason}"
            "{rule} {reason}"
        /// A site is left once those that stay are ready.
        "placement.leaves-later" LeavesLater
            "leaves once the other sites are ready"
            "sera quitté une fois les autres sites prêts"
        /// A chart must not be pulled there: the site does not declare its registry.
        "placement.registry-not-declared" RegistryNotDeclared { app: String, registry: String }
            "{app}: registry {registry} is not declared by the Site: add it to spec.registries, or order a release from a registry of the site"
            "{app} : le registre {registry} n'est pas déclaré par le site : commandez une version d'un registre du site, ou demandez à l'hébergeur de le déclarer"
        /// A chart must not be pulled: the policy does not allow its registry.
        "placement.registry-not-allowed" RegistryNotAllowed { app: String, registry: String }
            "{app}: registry {registry} is not allowed by the policy: add it to spec.registries there, or order a release from one that is"
            "{app} : le registre {registry} n'est pas admis par la politique : commandez une version d'un registre admis, ou demandez à l'hébergeur de l'admettre"
        /// An app needs a gateway that the site does not offer.
        "placement.no-gateway" NoGateway { app: String }
            "{app}: it leads to a gateway of the site, and the Site declares none in an allowed country: add one to spec.gatewayHosts"
            "{app} : l'application passe par une passerelle du site, et le site n'en déclare aucune dans un pays admis : voyez avec l'hébergeur"
        /// An app that the catalogue has no longer cannot come to another site.
        "placement.app-forgotten" AppForgotten { app: String }
            "{app}: the catalogue has it no longer, so it cannot be installed here: declare its App again, or order without it"
            "{app} : l'application n'est plus au catalogue et ne peut donc pas être installée ici : demandez à l'hébergeur de l'y remettre, ou commandez sans elle"
    }
}

series! {
    /// Sites, each with what refuses it.
    Sites of Message: "" " | ", "" " | "
}
