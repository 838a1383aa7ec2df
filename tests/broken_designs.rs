//! Every broken design of `tests/broken`, and exactly what a reader is told about it.
//!
//! A case is a file, or a folder whose `*.arch.yaml` are one design. It begins with what is expected, in order:
//! `# 7:32 error bad-value: message`, then `#   help: …` if there is one; a folder says it in `EXPECTED`, with the file
//! before the line.

use premortem::discover::{Workspace, discover};
use premortem::parse::Limits;
use premortem::problem::Problem;
use premortem::review::open;
use premortem::sources::Sources;
use std::fs;
use std::path::{Path, PathBuf};

const FOLDER: &str = "tests/broken";

#[test]
fn dump() {
    for case in cases() {
        println!("==== {}", case.display());
        if case.is_file() {
            println!("{}", String::from_utf8_lossy(&fs::read(&case).unwrap()));
        }
        println!("---");
        for line in told(&case) {
            println!("# {line}");
        }
    }
}

fn cases() -> Vec<PathBuf> {
    let mut cases: Vec<PathBuf> = fs::read_dir(FOLDER).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    cases
}

fn told(case: &Path) -> Vec<String> {
    let (mut sources, mut problems) = (Sources::default(), Vec::new());
    let limits = Limits::default();
    let projects = discover(&[case.to_path_buf()]).unwrap();
    for project in &projects {
        let workspace = Workspace::around(case, limits.file_bytes).unwrap();
        open(project, &workspace, &limits, &mut sources, &mut problems);
    }
    problems.iter().flat_map(|problem| lines(&sources, problem, case)).collect()
}

fn lines(sources: &Sources, problem: &Problem, case: &Path) -> Vec<String> {
    let folder = format!("{}/", if case.is_dir() { case } else { case.parent().unwrap() }.display());
    let place = sources.place(problem.primary()).replace(&folder, "");
    let place = if case.is_dir() { place } else { place.split_once(':').unwrap().1.to_owned() };
    let message = problem.message.replace(&folder, "");
    let mut lines = vec![format!("{place} {} {}: {message}", problem.severity.name(), problem.code)];
    lines.push(format!(
        "  [{}]",
        problem
            .labels
            .iter()
            .map(|(span, label)| format!("{}: {label}", sources.text(*span)))
            .collect::<Vec<_>>()
            .join(" | ")
    ));
    lines.extend(problem.help.iter().map(|help| format!("  help: {help}")));
    lines
}
