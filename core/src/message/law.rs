//! What the rules on providers say: who they are, who holds them, who works for them. What the other rules say is in
//! [`rules`](super::rules).

use beffroi_crds::{ownership::Ground, text::Date};

use super::{Decimal, rules::Quoted};

messages! {
    /// What the rules on providers say: who they are, who holds them, who works for them.
    LawMessage {
        /// A provider of the chain is there, and cannot be read.
        "law.provider-unread" ProviderUnread { provider: String, role: Role }
            "Provider {provider} ({role}) cannot be read: its own status says what to correct"
            "le prestataire {provider} ({role}) est illisible : son état dit ce qu'il faut corriger"
        /// A provider of the chain is not there.
        "law.provider-unknown" ProviderUnknown { provider: String, role: Role }
            "Provider {provider} ({role}) does not exist: create it, or correct the name"
            "le prestataire {provider} ({role}) n'est pas enregistré : demandez à l'hébergeur de le déclarer ou de corriger le nom"
        /// Nothing says who makes a technology by which its maker can reach data.
        "law.maker-unnamed" MakerUnnamed { technology: String, role: Role }
            "nobody describes who makes {technology} ({role}): name its Provider"
            "rien ne dit qui fabrique {technology} ({role}) : demandez à l'hébergeur de déclarer ce prestataire"
        /// No signed document says who owns a provider.
        "law.only-declared" OnlyDeclared { who: Who, lacking: Lacking }
            "{who}: seat and holders are only declared, {lacking} is missing"
            "{who} : le siège et les détenteurs ne sont que déclarés, il manque {lacking}"
        /// What is not known of who owns a provider, or one behind it.
        "law.owners-unknown" OwnersUnknown { who: Who, what: Unknown }
            "{who}: {what}"
            "{who} : {what}"
        /// A policy names a country that does not exist.
        "law.no-country" NoCountry { country: String }
            "the policy names {country}, which is no country of ISO 3166-1: correct its spec.law"
            "la politique nomme {country}, qui n'est le code d'aucun pays (ISO 3166-1) : l'hébergeur doit corriger la politique"

        /// JUR-01 is broken.
        "law.seat-outside" SeatOutside { who: Who, seat: SeatOf, country: String }
            "{who}: {seat} in {country}, outside the allowed countries"
            "{who} : {seat} dans un pays non admis ({country})"
        /// JUR-01 is met.
        "law.seats-inside" SeatsInside
            "every provider in the chain has its seat in allowed countries"
            "tous les prestataires de la chaîne ont leur siège dans les pays admis"

        /// JUR-02 is broken by one holder.
        "law.held" Held { who: Who, share: Decimal, of: Part, by: Vec<String>, through: Through, most: Decimal }
            "{who}: {share} of {of} held by {by}{through}, over {most}"
            "{who} : {share} {of} aux mains de {by}{through}, pour {most} admis"
        /// JUR-02 is broken by several who act as one.
        "law.held-in-concert" HeldInConcert { who: Who, share: Decimal, of: Part, by: Vec<String>, through: Through, most: Decimal }
            "{who}: {share} of {of} held in concert by {by}{through}, over {most}"
            "{who} : {share} {of} aux mains de {by}, de concert{through}, pour {most} admis"
        /// JUR-02 is met.
        "law.little-each" LittleEach { most: Decimal }
            "no outside holder has more than {most} of anyone at work in the chain"
            "aucun détenteur extérieur aux pays admis ne dépasse {most} chez un prestataire qui intervient dans la chaîne"
        /// JUR-02 is met, whatever is not declared.
        "law.little-each-whoever" LittleEachWhoever { most: Decimal }
            "whoever holds what is not declared, no hand from outside can have more than {most} of anyone at work in the chain"
            "quel que soit le détenteur de ce qui n'est pas déclaré, aucun détenteur extérieur aux pays admis ne peut dépasser {most} chez un prestataire qui intervient dans la chaîne"

        /// JUR-03 is broken: outside holders have too much of a provider together.
        "law.held-together" HeldTogether { who: Who, share: Decimal, of: Part, by: Vec<String>, most: Decimal }
            "{who}: {share} of {of} held together by {by}, over {most}"
            "{who} : {share} {of} ensemble aux mains de {by}, pour {most} admis"
        /// JUR-03 is met.
        "law.little-together" LittleTogether { most: Decimal }
            "outside holders have no more than {most} of anyone at work in the chain"
            "les détenteurs extérieurs aux pays admis ne dépassent pas, ensemble, {most} chez un prestataire qui intervient dans la chaîne"
        /// JUR-03 is met, whatever is not declared.
        "law.little-together-whoever" LittleTogetherWhoever { most: Decimal }
            "whoever holds what is not declared, no more than {most} of anyone at work in the chain can be held from outside"
            "quel que soit le détenteur de ce qui n'est pas déclaré, les détenteurs extérieurs aux pays admis ne peuvent pas, ensemble, dépasser {most} chez un prestataire qui intervient dans la chaîne"

        /// JUR-04 is broken.
        "law.power" HasPower { who: Who, holder: String, power: Power, through: Through }
            "{who}: {holder} has {power}{through}"
            "{who} : {holder} a {power}{through}"
        /// JUR-04 is broken by a pact.
        "law.power-by-pact" HasPowerByPact { who: Who, holder: String, power: Power, through: Through }
            "{who}: {holder} has, by a pact, {power}{through}"
            "{who} : {holder} a, par un pacte, {power}{through}"
        /// JUR-04 is broken in a firm that decides over a provider.
        "law.power-over" HasPowerOver { who: Who, holder: String, power: Power, firm: String, through: Through }
            "{who}: {holder} has {power} over {firm}, who decides over it{through}"
            "{who} : {holder} a {power} chez {firm}, qui décide pour ce prestataire{through}"
        /// JUR-04 is broken by a pact, in a firm that decides over a provider.
        "law.power-over-by-pact" HasPowerOverByPact { who: Who, holder: String, power: Power, firm: String, through: Through }
            "{who}: {holder} has, by a pact, {power} over {firm}, who decides over it{through}"
            "{who} : {holder} a, par un pacte, {power} chez {firm}, qui décide pour ce prestataire{through}"
        /// JUR-04 is met.
        "law.powerless" Powerless
            "no outside holder has a veto or appoints the majority"
            "aucun détenteur extérieur aux pays admis n'a de droit de veto ni ne nomme la majorité des membres des organes de direction"
        /// JUR-04 is met, whatever is not declared.
        "law.powerless-whoever" PowerlessWhoever
            "whoever holds what is not declared, nobody from outside can have a veto or appoint the majority"
            "quel que soit le détenteur de ce qui n'est pas déclaré, aucun détenteur extérieur aux pays admis ne peut avoir de droit de veto ni nommer la majorité des membres des organes de direction"

        /// JUR-05 is broken by where a provider is.
        "law.established-in-excluded" EstablishedInExcluded { who: Who, country: String, reach: Reach }
            "{who}: established in {country}; {reach}"
            "{who} : établi dans un pays {reach}"
        /// JUR-05 is broken by who decides over a provider.
        "law.controlled-from-excluded" ControlledFromExcluded { who: Who, by: String, country: String, reach: Reach }
            "{who}: controlled by {by} ({country}); {reach}"
            "{who} : sous le contrôle de {by}, d'un pays {reach}"
        /// JUR-05 is broken by who makes what a provider works with.
        "law.maker-from-excluded" MakerFromExcluded { who: Who, technology: String, country: String, reach: Reach }
            "{who}: the maker of {technology} ({country}) can reach data; {reach}"
            "{who} : le fabricant de {technology}, qui peut accéder aux données, est d'un pays {reach}"
        /// JUR-05 is met.
        "law.free-of-excluded" FreeOfExcluded
            "nobody in the chain is under the control of an excluded country"
            "personne dans la chaîne n'est sous le contrôle d'un pays exclu"
        /// JUR-05 is met, whatever is not declared.
        "law.free-of-excluded-whoever" FreeOfExcludedWhoever
            "whoever holds what is not declared, nobody in the chain can be under the control of an excluded country"
            "quel que soit le détenteur de ce qui n'est pas déclaré, personne dans la chaîne ne peut être sous le contrôle d'un pays exclu"

        /// JUR-06 cannot be told: a statement bears no day that is past.
        "law.statement-not-past" StatementNotPast { who: Who, issued: Date }
            "{who}: statement dated {issued}, which is not past"
            "{who} : la déclaration de détention porte une date qui n'est pas passée ({issued})"
        /// JUR-06 is broken.
        "law.statement-old" StatementOld { who: Who, issued: Date, days: i64, most: i64 }
            "{who}: statement of {issued} is {days} days old, over {most}"
            "{who} : la déclaration de détention du {issued} a {days} jours, pour {most} admis"
        /// JUR-06 is met.
        "law.statements-recent" StatementsRecent { most: i64 }
            "every ownership statement is at most {most} days old"
            "toutes les déclarations de détention datent de {most} j au plus"

        /// SUB-01 is broken.
        "law.access-from-outside" AccessFromOutside { who: String, of: String, country: String }
            "{who}, subprocessor of {of}, reaches data from {country}, outside the allowed countries"
            "{who}, sous-traitant de {of}, accède aux données depuis un pays non admis ({country})"
        /// It is not said from where a subprocessor reaches data.
        "law.access-undeclared" AccessUndeclared { who: String, of: String }
            "{who}, subprocessor of {of}: accessFrom is empty"
            "{who}, sous-traitant de {of} : les pays d'où il accède aux données ne sont pas déclarés"
        /// No signed document says what a subprocessor does.
        "law.subprocessor-only-declared" SubprocessorOnlyDeclared { who: String, of: String }
            "{who}, subprocessor of {of}, is only declared: give its document"
            "{who}, sous-traitant de {of}, n'est que déclaré : il manque le document signé"
        /// A site names a subprocessor that no provider lists.
        "law.subprocessor-unlisted" SubprocessorUnlisted { who: Who }
            "{who}: nobody lists it in spec.subprocessors of a Provider, with accessFrom and a document"
            "{who} : aucun prestataire ne le déclare parmi ses sous-traitants, avec les pays d'accès et le document signé"
        /// SUB-01 is met: there is nobody.
        "law.no-subprocessor" NoSubprocessor
            "no subprocessor is declared"
            "aucun sous-traitant n'est déclaré"
        /// SUB-01 is met.
        "law.subprocessors-listed" SubprocessorsListed { listed: usize }
            "{listed} subprocessors listed, each with a document"
            "sous-traitants déclarés, chacun avec son document : {listed}"

        /// SUB-02 is broken: a maker is no mere maker.
        "law.maker-reaches-data" MakerReachesData { who: Who, technology: String, country: String }
            "{who}: the maker of {technology} ({country}) can reach data"
            "{who} : le fabricant de {technology} ({country}) peut accéder aux données"
        /// It is not said whether a maker reaches data.
        "law.maker-access-undeclared" MakerAccessUndeclared { who: Who, technology: String, country: String }
            "{who}: nothing says whether the maker of {technology} ({country}) can reach data: say technicalAccess"
            "{who} : rien ne dit si le fabricant de {technology} ({country}) peut accéder aux données, l'hébergeur doit le déclarer"
        /// No signed document says how one does without a technology.
        "law.way-out-only-declared" WayOutOnlyDeclared { who: Who, technology: String, country: String }
            "{who}: the way out of {technology} ({country}) is only declared: give its document"
            "{who} : la solution de remplacement de {technology} ({country}) n'est que déclarée, il manque le document signé"
        /// SUB-02 is broken: whoever would take over is the maker, or the provider itself.
        "law.no-third-party" NoThirdParty { who: Who, technology: String, country: String, provider: String }
            "{who}: {technology} ({country}) rests on {provider}, which is no third party"
            "{who} : {technology} ({country}) repose sur {provider}, qui n'est pas un tiers"
        /// SUB-02 is broken: whoever would take over is not qualified.
        "law.third-party-not-qualified" ThirdPartyNotQualified { who: Who, technology: String, country: String, provider: String, service: Quoted }
            "{who}: {technology} ({country}) rests on {provider}, which has no SecNumCloud in force for {service}"
            "{who} : {technology} ({country}) repose sur {provider}, sans qualification SecNumCloud en cours pour {service}"
        /// SUB-02 is broken: too few could take over.
        "law.few-alternatives" FewAlternatives { who: Who, technology: String, country: String, alternatives: usize }
            "{who}: {technology} ({country}) has {alternatives} alternatives, 2 are wanted"
            "{who} : {technology} ({country}), solutions de remplacement nommées : {alternatives} sur les deux demandées"
        /// SUB-02 is met: nothing is declared.
        "law.no-technology" NoTechnology
            "no technology is declared that the service could not run without"
            "aucune technologie indispensable au service n'est déclarée"
        /// SUB-02 is met.
        "law.ways-out" WaysOut
            "there is a way out of every technology from outside, and no maker of one reaches data"
            "toutes les technologies venues d'ailleurs peuvent être remplacées, et aucun de leurs fabricants n'accède aux données"
    }
}

messages! {
    /// What is not known of who owns a firm.
    Unknown {
        "rest" Rest { firm: String, capital: Decimal, votes: Decimal }
            "nobody is declared to hold {capital} of the capital and {votes} of the votes of {firm}"
            "personne n'est déclaré pour {capital} du capital et {votes} des droits de vote de {firm}"
        "no-holder" NoHolder { firm: String }
            "no holder of {firm} is declared"
            "aucun détenteur de {firm} n'est déclaré"
        "ring" Ring { firm: String }
            "{firm} is owned in a ring in which nobody outside has a share"
            "la société {firm} est détenue en boucle, sans que personne d'autre y ait de part"
        "described-twice" Twice { firm: String }
            "more than one Provider describes {firm}: keep one"
            "plusieurs prestataires décrivent {firm}, l'hébergeur doit n'en garder qu'un"
        "too-much" TooMuch { firm: String }
            "more than 100 % of {firm} is declared: correct spec.shareholders"
            "plus de 100 % de {firm} est déclaré, l'hébergeur doit corriger les parts"
        "partner-unknown" Partner { firm: String, partner: String }
            "a pact of {firm} names {partner}, whom nobody knows: write it as its line is"
            "un pacte de {firm} nomme {partner}, que rien ne désigne ailleurs, l'hébergeur doit écrire ce nom comme dans la liste des détenteurs"
        "namesakes" Namesakes { name: String }
            "several holders are called {name}: give the identifier of each, siren or lei"
            "plusieurs détenteurs se nomment {name}, l'hébergeur doit donner le SIREN ou le LEI de chacun"
        "contradicted" Contradicted { firm: String }
            "two numbers of one register are said to be of {firm}: correct siren or lei"
            "{firm} porte deux numéros d'un même registre, l'hébergeur doit corriger le SIREN ou le LEI"
        "large-ring" Large { firm: String, firms: usize }
            "{firm} stands in a ring of {firms} firms, more than are judged: ask who holds them"
            "{firm} appartient à une boucle de {firms} sociétés, trop longue pour être jugée, demandez qui les détient"
        "undescribed" Undescribed { firm: String }
            "nobody describes {firm}, a company: name its Provider in spec.shareholders[].provider"
            "la société {firm} n'est décrite nulle part, l'hébergeur doit dire qui la détient"
    }
}

messages! {
    /// Why control from a country is excluded. In French it follows `un pays`.
    Reach {
        "law" Law { country: String, laws: Laws }
            "{country} law reaches it: {laws}"
            "exclu ({country}), dont la loi l'atteint : {laws}"
        "policy" Policy { country: String }
            "the policy excludes control from {country}"
            "que la politique exclut ({country})"
    }
}

messages! {
    /// By which role a provider entered the chain.
    Role {
        "hoster" Hoster
            "hoster"
            "hébergeur"
        "publisher" Publisher
            "publisher"
            "éditeur"
        "inference" Inference
            "inference"
            "inférence"
        "registry-operator" RegistryOperator { host: String }
            "operator of registry {host}"
            "exploitant du registre {host}"
        "backup-operator" BackupOperator { store: String }
            "operator of backup store {store}"
            "exploitant du dépôt de sauvegarde {store}"
        "updates" Updates
            "updates"
            "mises à jour"
        "on-call" OnCall
            "on call"
            "astreinte"
        "parent" ParentOf { name: String }
            "parent of {name}"
            "détenteur d'une part de {name}"
        "subprocessor" SubprocessorOf { name: String }
            "subprocessor of {name}"
            "sous-traitant de {name}"
        "subprocessor-of-the-site" SubprocessorOfSite
            "subprocessor of the site"
            "sous-traitant du site"
        "maker-with-access" MakerWithAccess { name: String }
            "maker with access to {name}"
            "fabricant ayant accès à {name}"
    }
}

phrase! {
    /// A provider of the chain: legal name, and its roles.
    Who {
        /// Legal name.
        name: String,
        /// By which roles it entered.
        roles: Vec<Role>,
    }
        "{name} ({roles})"
        "{name} ({roles})"
}

words! {
    /// What a share is of.
    Part {
        Capital "capital" "du capital"
        Votes "votes" "des droits de vote"
    }
}

impl From<Ground> for Part {
    fn from(ground: Ground) -> Self {
        if ground == Ground::Votes { Self::Votes } else { Self::Capital }
    }
}

words! {
    /// A power that is barred.
    Power {
        Veto "a veto" "un droit de veto"
        Appointment
            "the power to appoint the majority of the governing bodies"
            "le pouvoir de nommer la majorité des membres des organes de direction"
    }
}

words! {
    /// What of a provider lies in a country.
    SeatOf {
        Seat "seat" "siège"
        Administration "central administration" "administration centrale"
        Establishment "principal establishment" "établissement principal"
    }
}

words! {
    /// What is missing where ownership is only declared.
    Lacking {
        Statement "spec.ownershipStatement" "la déclaration de détention"
        Document "spec.ownershipStatement.document" "le document signé de la déclaration de détention"
    }
}

words! {
    /// Laws by which a country reaches data held abroad (the United States' re-read, the others from memory).
    Laws {
        UnitedStates "Cloud Act, FISA 702" "Cloud Act, FISA 702"
        China
            "National Intelligence Law, Data Security Law"
            "loi sur le renseignement national, loi sur la sécurité des données"
        UnitedKingdom "Investigatory Powers Act 2016" "Investigatory Powers Act 2016"
        Australia "Assistance and Access Act 2018" "Assistance and Access Act 2018"
        Russia "Federal Law 374-FZ" "loi fédérale 374-FZ"
    }
}

series! {
    /// Firms through whom something is held, one after the other: nothing where it is held directly.
    Through of String: " through " ", ", ", par l'intermédiaire de " ", "
}
