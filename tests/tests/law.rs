//! JUR-02 to JUR-05 against a second solver, written from the text of the law alone: seeds → questions → both solvers →
//! the same verdicts, or the smallest question on which they differ.
//!
//! `LAW_GRAPHS=50000 cargo test --locked --package beffroi-tests --test it law::` asks more; `LAW_SEEDS="45 211"` those alone.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, anyhow, ensure};
use beffroi_core::policy::ownership::random::Question;
use beffroi_tests::python;
use serde_json::Value;

/// Rules that are compared.
const RULES: [&str; 4] = ["JUR-02", "JUR-03", "JUR-04", "JUR-05"];
/// Questions asked where nobody says how many.
const GRAPHS: u64 = 5_000;
/// Most differences that are told.
const TOLD: usize = 5;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("law")
}

/// What the second solver answers, a question a line.
fn answers(python: &Path, questions: &[Question]) -> Result<Vec<[String; 4]>> {
    let mut solver = Command::new(python)
        .arg(folder().join("solver.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("the second solver does not start")?;
    let mut input = solver.stdin.take().context("the second solver takes no input")?;
    let lines = questions.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>()?;
    let asking = std::thread::spawn(move || lines.iter().try_for_each(|line| writeln!(input, "{line}")));
    let output = solver.wait_with_output()?;
    ensure!(output.status.success(), "the second solver gives up: {}", output.status);
    asking.join().map_err(|_| anyhow!("asking panicked"))??;
    let text = String::from_utf8(output.stdout)?;
    let told = text.lines().map(serde_json::from_str).collect::<Result<Vec<Value>, _>>()?;
    ensure!(told.len() == questions.len(), "{} answers to {} questions", told.len(), questions.len());
    for (answer, question) in told.iter().zip(questions) {
        ensure!(answer["id"] == question.id.as_str(), "{answer} answers {}", question.id);
    }
    let verdict = |answer: &Value, rule: &str| answer[rule].as_str().unwrap_or_default().to_owned();
    Ok(told.iter().map(|answer| RULES.map(|rule| verdict(answer, rule))).collect())
}

fn differs(question: &Question, answer: &[String; 4]) -> bool {
    question.verdicts() != answer.each_ref().map(String::as_str)
}

/// The smallest question below this one on which both still differ.
fn smallest(python: &Path, mut question: Question) -> Result<Question> {
    loop {
        let smaller = question.smaller();
        let answers = answers(python, &smaller)?;
        let less = smaller.into_iter().zip(answers).find(|(less, answer)| differs(less, answer));
        let Some((less, _)) = less else { return Ok(question) };
        question = less;
    }
}

fn seeds() -> Result<Vec<u64>> {
    let number = |text: &str| text.parse().with_context(|| format!("{text} is no number"));
    if let Ok(seeds) = std::env::var("LAW_SEEDS") {
        return seeds.split_whitespace().map(number).collect();
    }
    let graphs = std::env::var("LAW_GRAPHS").ok().map_or(Ok(GRAPHS), |graphs| number(&graphs))?;
    Ok((0..graphs).collect())
}

#[test]
fn two_readings_of_the_law_agree() -> Result<()> {
    let python = python::ready(include_str!("../law/requirements.txt"))?.join("python");
    let questions: Vec<Question> = seeds()?.into_iter().map(Question::random).collect();
    let answers = answers(&python, &questions)?;
    let differing: Vec<&Question> =
        questions.iter().zip(&answers).filter(|(q, a)| differs(q, a)).map(|(q, _)| q).collect();
    for question in differing.iter().take(TOLD) {
        let least = smallest(&python, (*question).clone())?;
        println!(
            "{}\n  {:?}, and the second solver {:?}",
            serde_json::to_string(&least)?,
            least.verdicts(),
            self::answers(&python, std::slice::from_ref(&least))?
        );
    }
    ensure!(differing.is_empty(), "{} of {} differ", differing.len(), questions.len());
    // Each verdict of each rule is met, or nothing would be compared.
    for (at, rule) in RULES.iter().enumerate() {
        for verdict in ["Held", "Broken", "Unproven"] {
            let met = answers.iter().filter(|answer| answer[at] == verdict).count();
            println!("{rule} {verdict}: {met}");
            ensure!(
                met > questions.len() / 100 || questions.len() < 1_000,
                "{rule} is {verdict} {met} times only"
            );
        }
    }
    Ok(())
}
