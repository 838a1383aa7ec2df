//! Every broken design of `tests/broken`, and exactly what a reader is told about it.
//!
//! A case is a file, or a folder whose `*.arch.yaml` are one design. It begins with everything that is told, in order:
//! `# 7:32 error bad-value: message`, then `#   help: …`. What cannot begin with a comment, and a folder, says it in
//! `<case>.expected`, a folder with the file before the line.

#![expect(clippy::unwrap_used, reason = "a test says what it expects")]

use premortem::discover::{Workspace, discover};
use premortem::parse::Limits;
use premortem::problem::Problem;
use premortem::review::open;
use premortem::sources::Sources;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

const FOLDER: &str = "tests/broken";

#[test]
fn every_mistake_is_told_once_where_it_was_made() {
    let cases = cases();
    assert!(cases.len() >= 60, "only {} cases", cases.len());
    let mut wrong = String::new();
    for case in &cases {
        let (expected, told) = (expected(case), told(case));
        if expected != told {
            let _ = writeln!(wrong, "{}\n  expected:\n{expected}\n  told:\n{told}", case.display());
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// What every message must be, whatever it says.
#[test]
fn messages_are_made_for_readers() {
    for case in cases() {
        for (sources, problem) in problems(&case) {
            let place = sources.place(problem.primary());
            let all = std::iter::once(&problem.message).chain(problem.labels.iter().map(|(_, label)| label));
            for text in all.chain(&problem.help) {
                assert!(!text.is_empty() && !text.ends_with('.'), "{place}: {text}");
                assert!(!text.contains('\n'), "{place}: {text}");
                assert!(text.len() < 240, "{place}: {text}");
                for jargon in ["invalid type", "serde", "schema", "deserial", "null", "u64", "f64", "anyOf", "regex"] {
                    assert!(!text.contains(jargon), "{place}: `{jargon}` in {text}");
                }
            }
            assert!(!problem.message.starts_with(char::is_uppercase), "{place}: {}", problem.message);
            let lines = sources.text(problem.primary()).lines().count();
            assert!(lines <= 2, "{place}: the mark of `{}` covers {lines} lines", problem.message);
        }
    }
}

fn cases() -> Vec<PathBuf> {
    let entries = fs::read_dir(FOLDER).unwrap().map(|entry| entry.unwrap().path());
    let mut cases: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_none_or(|extension| extension != "expected")).collect();
    cases.sort();
    cases
}

fn expected(case: &Path) -> String {
    let beside = case.with_extension("expected");
    if let Ok(text) = fs::read_to_string(beside) {
        return text;
    }
    let text = fs::read(case).unwrap();
    let text = String::from_utf8_lossy(&text);
    let lines = text.trim_start_matches('\u{feff}').lines().map_while(|line| line.strip_prefix("# "));
    lines.fold(String::new(), |all, line| all + line + "\n")
}

fn told(case: &Path) -> String {
    let folder = format!("{}/", if case.is_dir() { case } else { Path::new(FOLDER) }.display());
    let mut told = String::new();
    for (sources, problem) in problems(case) {
        let place = sources.place(problem.primary()).replace(&folder, "");
        let place = if case.is_dir() { &place } else { place.split_once(':').unwrap().1 };
        let message = problem.message.replace(&folder, "");
        let _ = writeln!(told, "{place} {} {}: {message}", problem.severity.name(), problem.code);
        if let Some(help) = &problem.help {
            let _ = writeln!(told, "  help: {help}");
        }
    }
    told
}

fn problems(case: &Path) -> Vec<(std::rc::Rc<Sources>, Problem)> {
    let (mut sources, mut problems) = (Sources::default(), Vec::new());
    let limits = Limits::default();
    let workspace = Workspace::around(case, limits.file_bytes).unwrap();
    let project = discover(&[case.to_path_buf()]).unwrap().swap_remove(0);
    open(&project, &workspace, &limits, &mut sources, &mut problems);
    let sources = std::rc::Rc::new(sources);
    problems.into_iter().map(|problem| (sources.clone(), problem)).collect()
}
