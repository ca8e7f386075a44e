//! Lines of the README, taken out of it and run in a shell as they stand.

use std::{
    fs,
    io::Write,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context, Result, ensure};
use beffroi_cluster::{parts::Parts, without_proxy};
use beffroi_tests::{operator::program, samples};

/// A terminal: a folder to work in, and what is in PATH there.
pub(crate) struct Terminal {
    folder: PathBuf,
    environment: Vec<(String, String)>,
}

impl Terminal {
    /// In `folder`, with kubectl, helm, crane and our CLI.
    pub(crate) fn new(folder: &Path, environment: &[(&str, &str)]) -> Result<Self> {
        let (parts, tools) = (Parts::ready()?, folder.join("tools"));
        fs::create_dir_all(&tools)?;
        for name in ["helm", "crane"] {
            std::os::unix::fs::symlink(parts.program(name), tools.join(name))?;
        }
        std::os::unix::fs::symlink(program("beffroi")?, tools.join("beffroi"))?;
        let kubectl = tools.join("kubectl");
        fs::write(&kubectl, format!("#!/bin/sh\nexec {} \"$@\"\n", parts.component("kubectl").join(" ")))?;
        fs::set_permissions(&kubectl, fs::Permissions::from_mode(0o755))?;
        let path = format!("{}:{}", tools.display(), std::env::var("PATH").unwrap_or_default());
        let home = folder.display().to_string();
        let environment = environment.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        // Each line with its time.
        let prompt = r"+ \D{%T} ".to_owned();
        let own = [("PATH".to_owned(), path), ("HOME".to_owned(), home), ("PS4".to_owned(), prompt)];
        Ok(Self { folder: folder.to_owned(), environment: environment.chain(own).collect() })
    }

    /// Where it works.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Runs the README's lines of that name, one after another, stopping at the first that fails.
    pub(crate) async fn run_readme(&self, name: &str) -> Result<String> {
        let readme = fs::read_to_string(samples::root().join("README.md"))?;
        self.run(&block(&readme, name)?).await
    }

    /// Runs lines of a shell.
    pub(crate) async fn run(&self, lines: &str) -> Result<String> {
        let mut command = std::process::Command::new(Parts::ready()?.program("guard"));
        without_proxy(&mut command)
            .args(["bash", "-euxo", "pipefail", "-c", lines])
            .current_dir(&self.folder)
            .envs(self.environment.iter().map(|(key, value)| (key, value)));
        let mut command = tokio::process::Command::from(command);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let pipe = child.stdin.take();
        let output = child.wait_with_output().await?;
        drop(pipe);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        let log = fs::File::options().create(true).append(true).open(self.folder.join("terminal.log"));
        log?.write_all(err.as_bytes())?;
        ensure!(output.status.success(), "a line failed; what was said:\n{out}\n{err}");
        Ok(out)
    }
}

/// The block of shell after `<!-- e2e: NAME -->`.
fn block(readme: &str, name: &str) -> Result<String> {
    let mark = format!("<!-- e2e: {name} -->");
    let (_, rest) = readme.split_once(&mark).with_context(|| format!("the README has no {mark}"))?;
    let (_, rest) = rest.split_once("```sh\n").context("no shell follows")?;
    let (lines, _) = rest.split_once("```").context("the block has no end")?;
    Ok(lines.to_owned())
}
