//! A stage uses earlier stages only: the order in `src/lib.rs` is the order of the pipeline.

use std::fs;
use std::path::PathBuf;

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

/// Every `crate::name` of a text outside its own tests, one by one or several in braces.
fn uses(text: &str) -> Vec<String> {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code: String = lines.flat_map(|line| [line, "\n"]).collect();
    let mut parts = code.split("#[cfg(test)]");
    let code = parts.next().unwrap_or_default().to_owned() + &parts.map(after_item).collect::<String>();
    let name = |rest: &str| {
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        rest[..end].to_owned()
    };
    let mut names = Vec::new();
    for (at, found) in code.match_indices("crate::") {
        let rest = &code[at + found.len()..];
        let Some(list) = rest.strip_prefix('{') else {
            names.push(name(rest));
            continue;
        };
        let mut depth = 1;
        let mut is_start = true;
        for (at, char) in list.char_indices() {
            match char {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 1 => is_start = true,
                char if is_start && !char.is_whitespace() => {
                    names.push(name(&list[at..]));
                    is_start = false;
                }
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
    }
    names
}

/// What follows the first item of a text.
fn after_item(text: &str) -> &str {
    let mut depth = 0;
    for (at, char) in text.char_indices() {
        match char {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 && matches!(char, '}' | ';') {
            return &text[at + 1..];
        }
    }
    ""
}

/// The stages a text of one stage uses though they come later.
fn later(stages: &[String], stage: &str, text: &str) -> Vec<String> {
    let position = |name: &str| stages.iter().position(|stage| *stage == name);
    uses(text).into_iter().filter(|used| position(used) > position(stage)).collect()
}

#[test]
fn a_stage_uses_earlier_stages_only() {
    let stages = stages();
    assert!(stages.len() >= 8, "the stages are declared one per line: {stages:?}");
    let mut violations = Vec::new();
    let mut files = 0;
    for stage in &stages {
        for path in files_of(stage).iter().filter(|path| path.file_name().is_some_and(|name| name != "tests.rs")) {
            files += 1;
            let text = fs::read_to_string(path).expect("source files are text");
            let later = later(&stages, stage, &text);
            violations.extend(later.iter().map(|used| format!("{} uses {used}, which comes later", path.display())));
        }
    }
    assert!(files > 50, "only {files} files were read");
    assert!(violations.is_empty(), "{}", violations.join("\n"));
}

#[test]
fn what_uses_a_later_stage_is_seen() {
    let stages = stages();
    for (stage, text, used) in [
        ("parse", "use crate::sources::Span;\nuse crate::report::Style;\n", &["report"][..]),
        (
            "graph",
            "use crate::{\n    model::{Design, rules},\n    review,\n    rules::Packs,\n};\n",
            &["review", "rules"],
        ),
        ("read", "fn f() { crate::model::link(vec![]) }\n", &["model"]),
        (
            "rules",
            "use crate::analyse::Analysis;\n// crate::report\n#[cfg(test)]\nmod tests {\n    use crate::report;\n}\n",
            &[],
        ),
        ("rules", "#[cfg(test)]\nmod tests;\nuse crate::edit;\n", &["edit"]),
    ] {
        assert_eq!(later(&stages, stage, text), used, "{stage}: {text}");
    }
}

#[test]
fn contributors_are_told_every_stage_in_order() {
    let page = fs::read_to_string("CONTRIBUTING.md").expect("there is a page for contributors");
    let rows =
        page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`').map(|(name, _)| name.to_owned()));
    let stages: Vec<String> =
        stages().into_iter().filter(|stage| !["sources", "problem"].contains(&stage.as_str())).collect();
    assert_eq!(rows.collect::<Vec<_>>(), stages);
}
