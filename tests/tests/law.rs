//! JUR-02 to JUR-05 against a second solver, written from the text of the law alone: seeds → questions → both solvers →
//! the same verdicts, or the smallest question on which they differ.
//!
//! `LAW_GRAPHS=50000 cargo test --locked --package beffroi-tests --test law` asks more; `LAW_SEEDS="45 211"` those alone.

use std::{
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
};

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
fn answers(python: &PathBuf, questions: &[Question]) -> Vec<[String; 4]> {
    let mut solver = Command::new(python)
        .arg(folder().join("solver.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the second solver starts");
    let mut input = solver.stdin.take().expect("its input");
    let lines: Vec<String> =
        questions.iter().map(|q| serde_json::to_string(q).expect("a question")).collect();
    let asking = std::thread::spawn(move || lines.iter().try_for_each(|line| writeln!(input, "{line}")));
    let output = solver.wait_with_output().expect("the second solver ends");
    asking.join().expect("asking").expect("every question is read");
    assert!(output.status.success(), "the second solver gives up: {}", output.status);
    let text = String::from_utf8(output.stdout).expect("answers are text");
    let told: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("an answer")).collect();
    assert_eq!(told.len(), questions.len(), "an answer to each question");
    for (answer, question) in told.iter().zip(questions) {
        assert_eq!(answer["id"], question.id.as_str());
    }
    told.iter().map(|answer| RULES.map(|rule| answer[rule].as_str().unwrap_or_default().to_owned())).collect()
}

fn differs(question: &Question, answer: &[String; 4]) -> bool {
    question.verdicts() != answer.each_ref().map(String::as_str)
}

/// The smallest question below this one on which both still differ.
fn smallest(python: &PathBuf, mut question: Question) -> Question {
    loop {
        let smaller = question.smaller();
        let answers = answers(python, &smaller);
        let Some((less, _)) = smaller.into_iter().zip(answers).find(|(less, answer)| differs(less, answer))
        else {
            return question;
        };
        question = less;
    }
}

#[test]
fn two_readings_of_the_law_agree() {
    let programs = python::ready(include_str!("../law/requirements.txt")).expect("Python with numpy");
    let python = programs.join("python");
    let graphs =
        std::env::var("LAW_GRAPHS").ok().map_or(GRAPHS, |n| n.parse().expect("LAW_GRAPHS is a number"));
    let seeds: Option<Vec<u64>> = std::env::var("LAW_SEEDS")
        .ok()
        .map(|seeds| seeds.split_whitespace().map(|n| n.parse().expect("LAW_SEEDS are numbers")).collect());
    let alone = seeds.is_some();
    let questions: Vec<Question> =
        seeds.unwrap_or_else(|| (0..graphs).collect()).into_iter().map(Question::random).collect();
    let answers = answers(&python, &questions);
    let differing: Vec<&Question> =
        questions.iter().zip(&answers).filter(|(q, a)| differs(q, a)).map(|(q, _)| q).collect();
    for question in differing.iter().take(TOLD) {
        let least = smallest(&python, (*question).clone());
        let other = self::answers(&python, std::slice::from_ref(&least));
        println!(
            "{}\n  {:?}, and the second solver {:?}",
            serde_json::to_string(&least).expect("a question"),
            least.verdicts(),
            other[0]
        );
    }
    assert!(differing.is_empty(), "{} of {} differ", differing.len(), questions.len());
    if alone {
        return;
    }
    // Each verdict of each rule is met, or nothing would be compared.
    for (at, rule) in RULES.iter().enumerate() {
        for verdict in ["Held", "Broken", "Unproven"] {
            let met = answers.iter().filter(|answer| answer[at] == verdict).count();
            println!("{rule} {verdict}: {met}");
            assert!(met > 50, "{rule} is {verdict} {met} times only");
        }
    }
}
