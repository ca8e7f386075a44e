//! What the rules say.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Decimal, Draw, Language};

messages! {
    /// What the rules say.
    LawMessage {
        /// JUR-03 is broken: outside holders have too much of a provider together.
        "law.held-together" HeldTogether { who: Who, share: Decimal, of: Part, by: Vec<String>, most: Decimal }
            "{who}: {share} of {of} held together by {by}, over {most}"
            "{who} : {share} {of} ensemble aux mains de {by}, pour {most} admis"
        /// JUR-03 is met.
        "law.little-together" LittleTogether { most: Decimal }
            "outside holders have no more than {most} of anyone at work in the chain"
            "les actionnaires extérieurs n'ont pas ensemble plus de {most} d'un prestataire qui intervient dans la chaîne"
        /// JUR-03 is met, whatever is not declared.
        "law.little-together-whoever" LittleTogetherWhoever { most: Decimal }
            "whoever holds what is not declared, no more than {most} of anyone at work in the chain can be held from outside"
            "à qui que soit ce qui n'est pas déclaré, pas plus de {most} d'un prestataire qui intervient dans la chaîne ne peut être détenu de l'extérieur"
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
            "actionnaire de {name}"
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

/// A provider of the chain: legal name, and its roles.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Who {
    /// Legal name.
    pub name: String,
    /// By which roles it entered.
    pub roles: Vec<Role>,
}

impl Draw for Who {
    fn draw(&self, language: Language, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (", self.name)?;
        self.roles.draw(language, f)?;
        f.write_str(")")
    }
}

words! {
    /// What a share is of.
    Part {
        Capital "capital" "du capital"
        Votes "votes" "des droits de vote"
    }
}
