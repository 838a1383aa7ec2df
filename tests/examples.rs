//! The designs in `examples/`: what their files show is what the binary prints.
//!
//! `UPDATE=1 cargo test --test examples` writes the reports anew; read them before you commit them.

#![expect(clippy::unwrap_used, reason = "a test says what it expects")]

use assert_cmd::Command;
use premortem::finding::Severity;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Runs the binary in the repository's root and gives its standard output and exit status.
fn premortem(arguments: &[&str]) -> (String, i32) {
    let mut command = Command::cargo_bin("premortem").unwrap();
    command.current_dir(ROOT).env("COLUMNS", "80").args(["--color", "never"]).args(arguments);
    let output = command.output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{arguments:?}");
    (String::from_utf8(output.stdout).unwrap(), output.status.code().unwrap())
}

fn check(example: &str, more: &[&str]) -> (String, i32) {
    let folder = format!("examples/{example}");
    let mut arguments = vec!["check", &folder, "--today", "2026-06-01"];
    arguments.extend(more);
    premortem(&arguments)
}

/// How many rules there are is no property of an example: a report stays right when a rule is added that is silent on it.
fn without_number_of_rules(report: &str) -> String {
    let lines = report.lines().map(|line| {
        if line.starts_with("Judged ") { line.rsplit_once("; ").map_or(line, |(scope, _)| scope) } else { line }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Compares with a file of an example, or writes it.
fn expect_file(path: &str, actual: &str) {
    let path = Path::new(ROOT).join("examples").join(path);
    let expected = fs::read_to_string(&path).unwrap_or_default();
    let same = without_number_of_rules(&expected) == without_number_of_rules(actual);
    if !same && std::env::var_os("UPDATE").is_some() {
        fs::write(&path, actual).unwrap();
        return;
    }
    assert!(
        same,
        "{} is out of date: run `UPDATE=1 cargo test --test examples` and read what changed\n{actual}",
        path.display()
    );
}

fn examples() -> Vec<String> {
    let folders = fs::read_dir(Path::new(ROOT).join("examples")).unwrap();
    let mut names: Vec<String> = folders
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().unwrap().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert!(names.len() >= 4, "{names:?}");
    names
}

/// Rules that report on an example, and how many findings each has.
fn findings(example: &str) -> Vec<Value> {
    let (json, _) = check(example, &["--format", "json"]);
    let report: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(report["problems"], Value::Array(vec![]), "{example}");
    report["findings"].as_array().unwrap().clone()
}

fn rules_of(findings: &[Value]) -> BTreeSet<&str> {
    findings.iter().map(|finding| finding["rule"].as_str().unwrap()).collect()
}

#[test]
fn every_report_is_what_check_prints() {
    for example in examples() {
        let (report, status) = check(&example, &[]);
        assert!(status < 2, "{example} cannot be reviewed:\n{report}");
        expect_file(&format!("{example}/report.txt"), &report);
    }
}

#[test]
fn every_answer_is_what_fail_prints() {
    let questions: [(&[&str], &str); 7] = [
        (&["redis"], "redis"),
        (&["postgres"], "postgres"),
        (&["zone:a"], "zone-a"),
        (&["redis", "hang:search", "zone:c"], "several"),
        (&["hang:mails", "--assume", "may"], "hang-mails-may"),
        (&["--suspects", "api", "--suspects", "mailer"], "suspects"),
        (&["--all"], "all"),
    ];
    for (question, file) in questions {
        let (answer, status) = premortem(&[&["fail", "--design", "examples/corner-shop"], question].concat());
        assert_eq!(status, 0, "{answer}");
        expect_file(&format!("corner-shop/fail-{file}.txt"), &answer);
    }
}

#[test]
fn the_questions_are_what_checklist_asks() {
    let arguments = ["checklist", "examples/corner-shop", "--today", "2026-06-01"];
    let (page, status) = premortem(&arguments);
    assert_eq!(status, 0);
    expect_file("corner-shop/checklist.md", &page);
}

#[test]
fn the_picture_is_what_graph_draws() {
    let arguments = ["graph", "--design", "examples/corner-shop", "--fail", "redis", "--format", "svg"];
    let (picture, status) = premortem(&arguments);
    assert_eq!(status, 0);
    expect_file("corner-shop/fail-redis.svg", &picture);
}

#[test]
fn every_example_is_one_design_with_a_page() {
    for example in examples() {
        let folder: PathBuf = [ROOT, "examples", &example].iter().collect();
        assert!(folder.join(format!("{example}.arch.yaml")).is_file(), "{example} has no design of its name");
        let page = fs::read_to_string(folder.join("README.md")).unwrap_or_default();
        assert!(page.starts_with("# "), "{example} has no page");
    }
}

/// Few findings, all worth reading: one per two components at the most, and never an error.
#[test]
fn honest_designs_get_few_findings() {
    let small = fs::read_to_string(Path::new(ROOT).join("examples/smallest/smallest.arch.yaml")).unwrap();
    assert!(small.lines().count() <= 15, "the smallest design has grown");
    for (example, most) in [("smallest", 8), ("corner-shop", 8), ("opentelemetry-demo", 12)] {
        let findings = findings(example);
        let printed = rules_of(&findings);
        assert!(printed.len() <= most, "{example} prints {} findings: {printed:?}", printed.len());
        if example != "corner-shop" {
            let error = Severity::Error.name();
            assert!(findings.iter().all(|finding| finding["severity"] != error), "{example} has errors");
        }
    }
}

/// Rules fold into others and contradict each other, so that no design breaks all of them.
#[test]
fn the_design_with_every_mistake_breaks_nine_rules_of_ten() {
    let findings = findings("every-mistake");
    let broken = rules_of(&findings);
    let (list, _) = premortem(&["rules"]);
    // The last pack only asks.
    let (list, questions) = list.split_once("checklist — ").unwrap();
    assert!(!questions.contains(" — "), "{questions}");
    let shipped: BTreeSet<&str> =
        list.lines().filter(|line| line.starts_with("  ")).filter_map(|line| line.split_whitespace().next()).collect();
    assert!(shipped.len() > 20, "{list}");
    let silent: Vec<&&str> = shipped.difference(&broken).collect();
    assert!(silent.len() * 10 <= shipped.len(), "rules that say nothing about it: {silent:?}");
}

#[test]
fn the_starter_passes_its_own_check_in_every_profile() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let mut command = Command::cargo_bin("premortem").unwrap();
        command.current_dir(folder.path()).args(arguments).output().unwrap()
    };
    let made = run(&["init"]);
    assert!(made.status.success());
    let written = fs::read(folder.path().join("system.arch.yaml")).unwrap();
    for profile in ["production", "startup", "sketch", "strict"] {
        let checked = run(&["check", "--profile", profile, "--fail-on", "advice"]);
        let report = String::from_utf8_lossy(&checked.stdout).into_owned();
        assert_eq!(checked.status.code(), Some(0), "{profile}:\n{report}");
    }
    let again = run(&["init"]);
    assert_eq!(again.status.code(), Some(2), "init wrote over a design");
    assert_eq!(fs::read(folder.path().join("system.arch.yaml")).unwrap(), written);
    assert_eq!(run(&["init", "-"]).stdout, written);
}
