//! What is done in a cluster, by whom and under which right, written by the API server itself (`BEFFROI_AUDIT=FOLDER`).
//!
//! Each cluster has a file of its own there, `TEST@RUN.jsonl`: the test that started it, and the folder of its run. Of
//! `ServiceAccounts` alone, and none of Kubernetes' own: who is not measured makes no file grow and no request slower.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::Error;

/// Names the folder.
const VARIABLE: &str = "BEFFROI_AUDIT";

/// The folder, where audit is on.
pub(crate) fn folder() -> Option<PathBuf> {
    std::env::var_os(VARIABLE).filter(|folder| !folder.is_empty()).map(PathBuf::from)
}

/// Flags of an API server that writes what it allowed into a file of `audits`, for the run in `folder`.
///
/// # Errors
/// When a folder or the policy cannot be written.
pub(crate) fn flags(audits: &Path, folder: &Path) -> Result<Vec<String>, Error> {
    std::fs::create_dir_all(audits).map_err(Error::files("creating", audits))?;
    let file = folder.join("audit-policy.json");
    std::fs::write(&file, policy().to_string()).map_err(Error::files("writing", &file))?;
    let run = folder.file_name().unwrap_or_default().to_string_lossy();
    let log = audits.join(format!("{}@{run}.jsonl", test()));
    Ok(vec![
        format!("--audit-policy-file={}", file.display()),
        format!("--audit-log-path={}", log.display()),
        "--audit-log-format=json".into(),
        // Before the answer: a cluster ends by a crash, which takes along whatever is only in memory.
        "--audit-log-mode=blocking".into(),
        // One file, however long.
        "--audit-log-maxsize=4096".into(),
    ])
}

/// The test that runs: libtest names each one's thread after it.
fn test() -> String {
    std::thread::current().name().unwrap_or("main").to_owned()
}

fn policy() -> Value {
    json!({
        "apiVersion": "audit.k8s.io/v1",
        "kind": "Policy",
        "omitStages": ["RequestReceived"],
        "omitManagedFields": true,
        "rules": [
            {"level": "None", "userGroups": ["system:masters", "system:nodes", "system:serviceaccounts:kube-system"]},
            // Which role is bound is said in the object alone.
            {
                "level": "Request",
                "userGroups": ["system:serviceaccounts"],
                "verbs": ["create", "patch", "update"],
                "resources": [{"group": "rbac.authorization.k8s.io", "resources": ["rolebindings", "clusterrolebindings"]}],
            },
            {"level": "Metadata", "userGroups": ["system:serviceaccounts"]},
        ],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_after_the_test_and_its_run() {
        let parent = tempfile::tempdir().unwrap();
        let (audits, run) = (parent.path().join("audits"), parent.path().join("beffroi-run-par1-x"));
        std::fs::create_dir(&run).unwrap();
        let flags = flags(&audits, &run).unwrap();
        let log = flags.iter().find_map(|flag| flag.strip_prefix("--audit-log-path=")).unwrap();
        assert_eq!(Path::new(log).parent(), Some(&*audits));
        assert!(
            log.ends_with("a_file_is_named_after_the_test_and_its_run@beffroi-run-par1-x.jsonl"),
            "{log}"
        );
        assert!(run.join("audit-policy.json").is_file() && audits.is_dir());
    }
}
