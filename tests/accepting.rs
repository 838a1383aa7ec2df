//! Findings somebody lives with: in the design, in a comment, in a configuration, in Compose.

#![expect(clippy::unwrap_used, reason = "a test says what it expects")]

mod command;

use command::{premortem, repository};
use serde_json::Value;
use std::fs;
use tempfile::TempDir;

const RULE: &str = "store-without-backup";

fn check(folder: &TempDir, arguments: &[&str]) -> (i32, String) {
    let these = ["check", "--select", RULE, "--select", "acceptance", "--today", "2026-06-01"];
    let ran = premortem(folder.path(), &[&these, arguments].concat());
    assert_eq!(ran.err, "");
    (ran.status, ran.out)
}

fn concise(folder: &TempDir) -> Vec<String> {
    check(folder, &["--format", "concise"]).1.lines().map(str::to_owned).collect()
}

fn shop(accept: &str) -> String {
    format!("components:\n  api: {{uses: [pg]}}\n  pg:\n    kind: database\n    backup: none\n{accept}")
}

#[test]
fn an_acceptance_holds_up_to_its_last_day() {
    for (until, status) in [("2026-06-01", 0), ("2026-05-31", 1)] {
        for (design, config) in [
            (shop(&format!("    accept: {{{RULE}: {{because: test data, until: {until}}}}}\n")), String::new()),
            (
                shop("").replace("none", &format!("none # premortem: ignore[{RULE}] test data until={until}")),
                String::new(),
            ),
            (shop(""), format!("accept: [{{rule: {RULE}, subject: pg, because: test data, until: {until}}}]\n")),
        ] {
            let folder = repository(&[("shop.arch.yaml", &design), ("premortem.yaml", &config)]);
            let (found, text) = check(&folder, &["--format", "concise"]);
            assert_eq!(found, status, "{design}{config}{text}");
            assert_eq!(text.contains("ran out on 2026-05-31"), status == 1, "{text}");
            assert_eq!(text.contains(&format!("warning[{RULE}]")), status == 1, "{text}");
        }
    }
}

#[test]
fn what_compose_accepts_counts_as_in_a_design() {
    let compose = |accept: &str| {
        format!(
            "services:\n  db:\n    image: postgres:16\n    volumes: [\"data:/var/lib/postgresql/data\"]\n    \
             x-premortem: {{backup: none{accept}}}\nvolumes: {{data: {{}}}}\n"
        )
    };
    let folder = repository(&[("compose.yaml", &compose(""))]);
    assert_eq!(concise(&folder).len(), 1);
    for accept in [
        ", accept: {store-without-backup: a copy}",
        "} # premortem: ignore[store-without-backup] a copy\n    x-note: {",
    ] {
        fs::write(folder.path().join("compose.yaml"), compose(accept)).unwrap();
        assert_eq!(concise(&folder), [""; 0], "{accept}");
    }
    fs::write(folder.path().join("compose.yaml"), compose("")).unwrap();
    fs::write(
        folder.path().join("premortem.yaml"),
        format!("accept: [{{rule: {RULE}, subject: db, because: not ours}}]\n"),
    )
    .unwrap();
    assert_eq!(concise(&folder), [""; 0]);
    // What is said for the whole accepts for the whole only.
    fs::remove_file(folder.path().join("premortem.yaml")).unwrap();
    let whole = format!("{}x-premortem: {{accept: {{{RULE}: a copy}}}}\n", compose(""));
    fs::write(folder.path().join("compose.yaml"), whole).unwrap();
    assert_eq!(concise(&folder).len(), 2);
}

#[test]
fn a_list_is_unused_only_if_no_design_under_it_uses_it() {
    let accept = |subject: &str| format!("accept:\n  - {{rule: {RULE}, subject: {subject}, because: a copy}}\n");
    let folder = repository(&[
        ("premortem.yaml", &accept("pg")),
        ("a/shop.arch.yaml", &shop("")),
        ("b/shop.arch.yaml", "components: {pg: {kind: database, backup: 1d}}\n"),
        ("c/shop.arch.yaml", "components: {other: {}}\n"),
    ]);
    assert_eq!(concise(&folder), [""; 0]);
    assert_eq!(check(&folder, &["c"]).0, 0, "the list is not for `c` alone");
    let (status, text) = check(&folder, &["b", "--format", "concise"]);
    assert_eq!(status, 1);
    assert!(text.starts_with("premortem.yaml:2:12: warning[unused-acceptance]"), "{text}");
    fs::write(folder.path().join("premortem.yaml"), accept("pgg")).unwrap();
    let (_, text) = check(&folder, &["--format", "concise"]);
    assert!(text.contains("the acceptance of `store-without-backup` for `pgg` accepts nothing"), "{text}");
    assert!(text.contains(&format!("a/shop.arch.yaml:5:13: warning[{RULE}]")), "{text}");
    // A pattern is a name like any other.
    fs::write(folder.path().join("premortem.yaml"), accept("'*'")).unwrap();
    assert_eq!(concise(&folder).len(), 2);
}

#[test]
fn reasons_of_strangers_cannot_move_the_cursor() {
    let config = format!(
        "accept:\n  - rule: {RULE}\n    subject: pg\n    because: \"a\\e[31m\\nb\\u202e\"\n    by: \"x\\ty\"\n"
    );
    let folder = repository(&[("shop.arch.yaml", &shop("")), ("premortem.yaml", &config)]);
    for format in ["full", "concise", "markdown"] {
        let (status, text) = check(&folder, &["--show-accepted", "--format", format]);
        assert_eq!(status, 0, "{text}");
        assert!(!text.contains(['\u{1b}', '\u{202e}', '\t']), "{text:?}");
    }
    let (status, text) = check(&folder, &["--show-settings"]);
    assert!(status == 0 && text.contains("accept") && !text.contains(['\u{1b}', '\u{202e}', '\t']), "{text:?}");
    assert_eq!(text.lines().filter(|line| line.contains("of pg: a")).count(), 1, "{text}");
}

#[test]
fn accepted_findings_are_shown_on_request_and_are_always_in_json() {
    let design = shop(&format!(
        "    accept: {{{RULE}: {{because: test data, until: 2026-12-31, by: '@ann'}}}}\n  q:\n    kind: database\n    backup: none\n  # premortem: ignore[{RULE}] a copy by=ops\n  r:\n    kind: database\n    backup: none\n  old: {{accept: {{{RULE}: it was one}}}}\n"
    ));
    let config = format!("accept:\n  - {{rule: {RULE}, subject: q, because: rebuilt in an hour}}\n");
    let folder = repository(&[("shop.arch.yaml", &design), ("premortem.yaml", &config)]);
    let (status, full) = check(&folder, &["--show-accepted"]);
    assert_eq!(status, 1, "{full}");
    let rules = |line: &&str| !line.starts_with("Judged");
    insta::assert_snapshot!(full.lines().filter(rules).collect::<Vec<_>>().join("\n"));
    insta::assert_snapshot!(check(&folder, &["--show-accepted", "--format", "concise"]).1);
    assert_eq!(concise(&folder).len(), 1);

    let (_, json) = check(&folder, &["--format", "json"]);
    let report: Value = serde_json::from_str(&json).unwrap();
    let schema = premortem(folder.path(), &["schema", "findings"]).out;
    let validator = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
    assert_eq!(validator.iter_errors(&report).map(|error| error.to_string()).collect::<Vec<_>>(), [""; 0]);
    assert_eq!(report["summary"]["accepted"], 3);
    let short = |entry: &Value| {
        let acceptance = &entry["acceptance"];
        format!(
            "{} {} {}:{}: {} {} {}",
            entry["rule"].as_str().unwrap(),
            entry["subject"]["id"].as_str().unwrap(),
            acceptance["file"].as_str().unwrap(),
            acceptance["start"]["line"],
            acceptance["because"],
            acceptance["until"],
            acceptance["by"],
        )
    };
    let accepted: Vec<String> = report["accepted"].as_array().unwrap().iter().map(short).collect();
    assert_eq!(
        accepted,
        [
            "store-without-backup pg shop.arch.yaml:6: \"test data\" \"2026-12-31\" \"@ann\"",
            "store-without-backup q premortem.yaml:2: \"rebuilt in an hour\" null null",
            "store-without-backup r shop.arch.yaml:10: \"a copy\" null \"ops\"",
        ]
    );
    let (_, lines) = check(&folder, &["--format", "jsonl"]);
    assert_eq!(lines.lines().filter(|line| line.contains("\"type\":\"accepted\"")).count(), 3);
}
