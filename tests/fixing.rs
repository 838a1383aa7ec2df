//! `check --fix`, `--diff` and `--stdin-filename`, and the changes in machine formats.

#![expect(clippy::unwrap_used, reason = "a test says what it expects")]

mod command;

use command::{premortem_with, repository};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const SHOP: &str = "\
# The shop.
components:
  web: {kind: client, uses: [api]}
  api:               # answers
    uses: [db, mail] # one of them is slow
  db: {tech: postgresql, replicas: 2, failover: automatic}
flows: {buy: {path: [web, api, db], critical: true}}
";

fn run(folder: &Path, arguments: &[&str], input: &str) -> (i32, String, String) {
    let ran = premortem_with(folder, &[&["check"], arguments].concat(), input, &[]);
    (ran.status, ran.out, ran.err)
}

fn shop() -> TempDir {
    repository(&[("shop.arch.yaml", SHOP), ("mail.arch.yaml", "components: {mail: {kind: external}}\n")])
}

#[test]
fn fix_declares_open_what_nobody_described() {
    let folder = shop();
    let (_, before, _) = run(folder.path(), &["--format", "concise"], "");
    assert!(before.contains("call-without-timeout"), "{before}");
    let (status, after, told) = run(folder.path(), &["--fix", "--format", "concise"], "");
    assert_eq!(status, 1, "{after}{told}");
    assert!(!after.contains("call-without-timeout"), "what is known to be open is a question: {after}");
    assert!(told.contains("Wrote `timeout: todo` for `api.uses.db` in shop.arch.yaml"), "{told}");
    let text = fs::read_to_string(folder.path().join("shop.arch.yaml")).unwrap();
    assert!(
        text.contains("uses: {db: {timeout: todo}, mail: {timeout: todo, breaker: todo}} # one of them is slow"),
        "{text}"
    );
    assert!(text.contains("# The shop.\n") && text.contains("  api:               # answers\n"), "{text}");
    // Nothing more to do, and nothing is done.
    let (_, again, told) = run(folder.path(), &["--fix", "--format", "concise"], "");
    assert_eq!((again, told.as_str()), (after, ""));
    assert_eq!(fs::read_to_string(folder.path().join("shop.arch.yaml")).unwrap(), text);
}

#[test]
fn fix_accepts_nothing_and_states_nothing() {
    let folder = shop();
    run(folder.path(), &["--fix"], "");
    let text = fs::read_to_string(folder.path().join("shop.arch.yaml")).unwrap();
    assert!(!text.contains("accept"), "{text}");
    let added: Vec<&str> = text.split("todo").collect();
    assert!(added.len() > 3, "{text}");
    for value in ["500ms", ": none", "1d", "exponential"] {
        assert!(!text.contains(value), "{value} is invented: {text}");
    }
}

#[test]
fn a_diff_changes_nothing_and_patch_takes_it() {
    let folder = shop();
    let (status, diff, _) = run(folder.path(), &["--diff"], "");
    assert_eq!(status, 1);
    assert_eq!(fs::read_to_string(folder.path().join("shop.arch.yaml")).unwrap(), SHOP);
    assert!(diff.starts_with("--- a/shop.arch.yaml\n+++ b/shop.arch.yaml\n@@ "), "{diff}");
    let git = std::process::Command::new("git")
        .args(["apply", "-"])
        .current_dir(folder.path())
        .stdin(std::process::Stdio::piped())
        .spawn();
    let mut git = git.unwrap();
    std::io::Write::write_all(&mut git.stdin.take().unwrap(), diff.as_bytes()).unwrap();
    assert!(git.wait().unwrap().success(), "{diff}");
    let patched = fs::read_to_string(folder.path().join("shop.arch.yaml")).unwrap();
    let other = shop();
    run(other.path(), &["--fix"], "");
    assert_eq!(patched, fs::read_to_string(other.path().join("shop.arch.yaml")).unwrap());
    assert_eq!(run(folder.path(), &["--diff"], ""), (0, String::new(), String::new()));
}

#[test]
fn edits_of_json_can_be_applied_one_at_a_time() {
    let folder = shop();
    let (_, json, _) = run(folder.path(), &["--format", "json"], "");
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let findings = json["findings"].as_array().unwrap();
    let edits = findings.iter().flat_map(|finding| finding["edits"].as_array().unwrap());
    let edits: Vec<_> = edits.filter(|edit| edit["file"] == "shop.arch.yaml").collect();
    let of = |applicability: &str| edits.iter().filter(|edit| edit["applicability"] == applicability).count();
    assert!(of("safe") >= 4 && of("suggested") >= 4, "{json:#}");
    for edit in edits {
        let mut text = SHOP.to_owned();
        let offset = |end: &str| usize::try_from(edit[end]["offset"].as_u64().unwrap()).unwrap();
        let new = edit["new_text"].as_str().unwrap();
        text.replace_range(offset("start")..offset("end"), new);
        let (status, out, err) =
            run(folder.path(), &["--format", "concise", "--stdin-filename", "shop.arch.yaml", "-"], &text);
        if edit["applicability"] == "safe" {
            assert_eq!(status, 1, "{text}{out}{err}");
        } else {
            // Nobody has said why yet.
            assert_eq!(status, 2, "{text}{out}{err}");
            assert!(out.contains("reason") || out.contains("say why"), "{out}");
        }
    }
}

#[test]
fn code_review_is_offered_what_is_safe() {
    let folder = shop();
    let (_, sarif, _) = run(folder.path(), &["--format", "sarif"], "");
    let sarif: serde_json::Value = serde_json::from_str(&sarif).unwrap();
    // The published schema holds one pattern that is no regular expression.
    let schema = include_str!("schemas/sarif-2.1.0.json").replace("[a-zA-Z]{2}]?$", "[a-zA-Z]{2}$");
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    assert!(jsonschema::validator_for(&schema).unwrap().is_valid(&sarif), "{sarif:#}");
    let (_, rdjson, _) = run(folder.path(), &["--format", "rdjson"], "");
    let rdjson: serde_json::Value = serde_json::from_str(&rdjson).unwrap();
    let schema: serde_json::Value = serde_json::from_str(include_str!("schemas/rdjson.json")).unwrap();
    assert!(jsonschema::validator_for(&schema).unwrap().is_valid(&rdjson), "{rdjson:#}");
    let fixes = sarif["runs"][0]["results"].as_array().unwrap().iter().filter_map(|result| result["fixes"].as_array());
    let suggestions =
        rdjson["diagnostics"].as_array().unwrap().iter().filter_map(|found| found["suggestions"].as_array());
    let (fixes, suggestions): (Vec<_>, Vec<_>) = (fixes.flatten().collect(), suggestions.flatten().collect());
    assert!(fixes.len() >= 4 && fixes.len() == suggestions.len(), "{fixes:?} {suggestions:?}");
    assert!(!format!("{fixes:?}{suggestions:?}").contains("accept"));
}

#[test]
fn standard_input_can_stand_for_a_file() {
    let folder = repository(&[
        ("shop/a.arch.yaml", "components: {api: {uses: [db]}}\n"),
        ("shop/b.arch.yaml", "include: ../parts/db.arch.yaml\n"),
        ("parts/db.arch.yaml", "components: {db: {}}\n"),
    ]);
    let check = |name: &str, input: &str| {
        run(folder.path(), &["--format", "concise", "--fail-on", "never", "--stdin-filename", name, "-"], input)
    };
    // The rest of the design is found beside it and through what it includes.
    let (status, out, err) = check("shop/a.arch.yaml", "components: {api: {uses: [db, dc]}}\n");
    assert_eq!(status, 2, "{out}{err}");
    let problems: Vec<&str> = out.lines().filter(|line| line.contains(": error[dangling-reference]")).collect();
    assert_eq!(problems.len(), 1, "{out}");
    assert!(problems[0].starts_with("shop/a.arch.yaml:1:31: "), "{out}");
    // A file that is not there yet, and one that is included by another.
    assert_eq!(check("shop/new.arch.yaml", "components: {web: {uses: [api]}}\n").0, 0);
    let (status, out, _) = check("./shop/../shop/b.arch.yaml", "components: {dd: {}}\n");
    assert!(status == 2 && out.contains("dangling-reference"), "{out}");
    // Never without `-`, and nowhere that does not exist.
    let (status, _, err) = run(folder.path(), &["--stdin-filename", "x.arch.yaml"], "");
    assert!(status == 2 && err.contains("needs `-`"), "{err}");
    let (status, _, err) = check("nowhere/x.arch.yaml", "");
    assert!(status == 2 && err.contains("does not exist"), "{err}");
    let (status, _, err) =
        run(folder.path(), &["--fix", "--stdin-filename", "shop/a.arch.yaml", "-"], "components: {}\n");
    assert!(status == 2 && err.contains("--diff"), "{err}");
}

#[test]
fn the_unsaved_text_of_a_compose_file_is_read() {
    let folder = repository(&[
        ("compose.yaml", "services: {web: {image: x}}\n"),
        ("compose.override.yaml", "services: {db: {image: y}}\n"),
    ]);
    let input = "services: {web: {image: x}, api: {image: z}}\n";
    let (status, out, err) =
        run(folder.path(), &["--fail-on", "never", "--stdin-filename", "compose.yaml", "-"], input);
    assert!(status == 0 && out.contains("Judged      3 components"), "{out}{err}");
}
