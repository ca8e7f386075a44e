//! The state of the log that a reader knows already → a bundle proves that the log only grew from there.

use beffroi_core::evidence::checkpoint::Checkpoint;
use schemars::JsonSchema;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    language::Text,
    problem::{Problem, length::between},
};

/// Longest state, in characters: a few lines.
const LONGEST: usize = 2000;

/// What a bundle is to prove besides.
#[derive(Clone, Debug, Default, Deserialize, IntoParams, JsonSchema)]
#[into_params(parameter_in = Query)]
pub struct Since {
    /// A state of the log that one knows (`checkpoint` of an earlier bundle; `beffroi verify --state` keeps it): the
    /// bundle then also proves that the log only grew from there.
    #[param(max_length = 2000)]
    since: Option<String>,
}

impl Since {
    /// The state, where there is one.
    ///
    /// # Errors
    /// 422 where it is no state of a log.
    pub fn read(&self) -> Result<Option<&str>, Problem> {
        let Some(since) = self.since.as_deref() else { return Ok(None) };
        between("since", since, 1, LONGEST)?;
        Checkpoint::read(since).map_err(|_| {
            Problem::field(
                "since",
                Some(since.into()),
                Text::new("n'est pas un état du journal", "is no state of the log"),
                Text::new(
                    "Donnez tel quel le checkpoint d'une preuve antérieure, ou le fichier de beffroi verify --state.",
                    "give the checkpoint of an earlier bundle as it is, or the file of beffroi verify --state",
                ),
            )
        })?;
        Ok(Some(since))
    }
}

/// The problem of a state that is larger than the log.
pub fn not_grown(known: u64, size: u64) -> Problem {
    Problem::field(
        "since",
        None,
        Text::new(
            format!("{known} entrées ; le journal en a {size}"),
            format!("{known} entries; the log has {size}"),
        ),
        Text::new(
            "Cet état est celui d'un autre journal, ou le journal a été tronqué : gardez-le et demandez à l'hébergeur.",
            "this state is of another log, or the log was cut: keep it and ask the hosting provider",
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(since: &str) -> Result<bool, Problem> {
        Since { since: Some(since.to_owned()) }.read().map(|since| since.is_some())
    }

    #[test]
    fn a_state_of_a_log_is_taken_and_nothing_else() {
        let bundle: serde_json::Value =
            serde_json::from_str(include_str!("../../../core/fixtures/evidence/v2.bundle.json")).unwrap();
        assert!(read(bundle["checkpoint"].as_str().unwrap()).unwrap());
        assert!(Since::default().read().unwrap().is_none());
        for wrong in ["", "a", "beffroi.fr/log/x\n7\n", &"a".repeat(LONGEST + 1)] {
            assert_eq!(read(wrong).unwrap_err().errors[0].field, "since", "{wrong:.20}");
        }
    }
}
