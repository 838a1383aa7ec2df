//! A stage uses earlier stages only: the order in `src/lib.rs` is the order of the pipeline.

use std::fs;
use std::path::{Path, PathBuf};

/// The modules `src/lib.rs` declares, in order.
fn stages() -> Vec<String> {
    let lib = fs::read_to_string("src/lib.rs").expect("the library has a root");
    let declared = lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    declared.map(str::to_owned).collect()
}

fn files_of(stage: &str) -> Vec<PathBuf> {
    let file = PathBuf::from(format!("src/{stage}.rs"));
    if file.is_file() {
        return vec![file];
    }
    let walk = walkdir::WalkDir::new(format!("src/{stage}")).sort_by_file_name();
    let paths = walk.into_iter().map(|entry| entry.expect("the tree can be walked").into_path());
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
}

/// Every `crate::name` of a file outside its own tests.
fn uses(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).expect("source files are text");
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    let names = lines.flat_map(|line| {
        line.match_indices("crate::").map(|(at, found)| {
            let rest = &line[at + found.len()..];
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            rest[..end].to_owned()
        })
    });
    names.collect()
}

#[test]
fn a_stage_uses_earlier_stages_only() {
    let stages = stages();
    assert!(stages.len() >= 8, "the stages are declared one per line: {stages:?}");
    let mut violations = Vec::new();
    let mut files = 0;
    for (index, stage) in stages.iter().enumerate() {
        for path in files_of(stage).iter().filter(|path| path.file_name().is_some_and(|name| name != "tests.rs")) {
            files += 1;
            for used in uses(path) {
                let later = stages.iter().position(|stage| *stage == used).is_some_and(|at| at > index);
                if later {
                    violations.push(format!("{} uses {used}, which comes later", path.display()));
                }
            }
        }
    }
    assert!(files > 50, "only {files} files were read");
    assert!(violations.is_empty(), "{}", violations.join("\n"));
}
