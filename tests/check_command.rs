//! `premortem check` as it is called: where designs come from, what cannot be read, and the exit status.

#![expect(clippy::unwrap_used, reason = "a test says what it expects")]

mod command;

use command::{Ran, premortem_with, repository};
use std::fs;
use std::path::Path;

const GOOD: &str = "components:\n  web: {uses: [api]}\n  api: {}\nflows:\n  home: {path: [web, api]}\n";

fn premortem(folder: &Path, arguments: &[&str], input: &str) -> Ran {
    premortem_with(folder, arguments, input, &[])
}

/// Checks with `--fail-on never`, so that only the input decides the status.
fn check(folder: &Path, arguments: &[&str]) -> Ran {
    premortem(folder, &[&["check", "--format", "concise", "--fail-on", "never"], arguments].concat(), "")
}

#[test]
fn a_good_design_is_no_error_wherever_it_comes_from() {
    let folder = repository(&[("shop.arch.yaml", GOOD)]);
    for arguments in [&[][..], &["."], &["shop.arch.yaml"], &["./shop.arch.yaml"]] {
        let ran = check(folder.path(), arguments);
        assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{arguments:?}: {}", ran.out);
    }
    let ran = premortem(folder.path(), &["check", "--fail-on", "never", "-"], GOOD);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{}", ran.out);
}

#[test]
fn warnings_are_1_and_errors_2_whatever_fails() {
    let warned = GOOD.replace("uses: [api]", "uses: []");
    let folder = repository(&[("warned.arch.yaml", &warned), ("broken.arch.yaml", "components: {api: {kidn: x}}\n")]);
    let status = |arguments: &[&str]| premortem(folder.path(), arguments, "").status;
    assert_eq!(status(&["check", "warned.arch.yaml"]), 1);
    assert_eq!(status(&["check", "warned.arch.yaml", "--fail-on", "error"]), 0);
    assert_eq!(status(&["check", "warned.arch.yaml", "--fail-on", "never"]), 0);
    assert_eq!(status(&["check", "broken.arch.yaml"]), 2);
    assert_eq!(status(&["check", "broken.arch.yaml", "--fail-on", "never"]), 2);
    assert_eq!(status(&["check", "--no-such-flag"]), 2);
}

#[test]
fn standard_input_is_named_and_stands_alone() {
    let folder = repository(&[("a.arch.yaml", GOOD)]);
    let ran = premortem(folder.path(), &["check", "--format", "concise", "-"], "components: {api: {kidn: x}}\n");
    assert_eq!(ran.status, 2);
    assert!(ran.out.contains("<stdin>:1:20"), "{}", ran.out);
    let ran = premortem(folder.path(), &["check", "-", "a.arch.yaml"], "");
    assert_eq!(ran.status, 2);
    assert!(ran.err.contains("cannot be mixed"), "{}", ran.err);
    let ran = premortem(folder.path(), &["check", "--format", "concise", "-"], "");
    assert_eq!(ran.status, 2);
    assert!(ran.out.contains("describes nothing"), "{}", ran.out);
}

#[test]
fn what_is_not_there_is_said() {
    let folder = repository(&[("notes.md", "# nothing"), ("empty/.keep", "")]);
    for (path, says) in
        [("nowhere.arch.yaml", "does not exist"), (".", "no design found"), ("empty", "no design found")]
    {
        let ran = check(folder.path(), &[path]);
        assert_eq!(ran.status, 2, "{path}");
        assert_eq!(ran.out, "", "{path}");
        assert!(ran.err.contains(says) && ran.err.contains(path), "{path}: {}", ran.err);
    }
}

#[test]
fn every_folder_of_a_tree_is_a_design_of_its_own() {
    let folder = repository(&[
        ("shop/a.arch.yaml", "components: {web: {uses: [api]}}\n"),
        ("shop/b.arch.yml", "components: {api: {}}\n"),
        ("bank/bank.arch.yaml", "components: {api: {uses: [ledger]}}\n"),
        ("node_modules/x/y.arch.yaml", "components: [broken\n"),
        ("notes.yaml", "a: [\n"),
    ]);
    let ran = check(folder.path(), &[]);
    assert_eq!(ran.status, 2);
    let lines: Vec<&str> = ran.out.lines().filter(|line| line.contains("dangling-reference")).collect();
    assert_eq!(lines.len(), 1, "{}", ran.out);
    assert!(lines[0].starts_with("bank/bank.arch.yaml:1:27"), "{}", ran.out);
    assert_eq!(check(folder.path(), &["shop"]).status, 0);
    // A file stands for itself, not for its folder.
    assert_eq!(check(folder.path(), &["shop/a.arch.yaml"]).status, 2);
}

#[test]
fn what_another_design_includes_is_no_design_of_its_own() {
    let folder = repository(&[
        (
            "design/shop.arch.yaml",
            "include: [parts/storage.arch.yaml, parts/mail.arch.yaml]\ncomponents: {api: {uses: [db, mq]}}\n",
        ),
        ("design/parts/storage.arch.yaml", "components: {db: {uses: [mq], kidn: x}}\n"),
        ("design/parts/mail.arch.yaml", "components: {mq: {}}\n"),
    ]);
    let ran = check(folder.path(), &[]);
    assert_eq!(ran.status, 2);
    assert_eq!(ran.out.matches("kidn").count(), 1, "{}", ran.out);
    assert!(!ran.out.contains("dangling-reference"), "{}", ran.out);
    // Two designs that include each other are one, once.
    let folder = repository(&[
        ("a/a.arch.yaml", "include: ../b/b.arch.yaml\ncomponents: {x: {uses: [y], kidn: 1}}\n"),
        ("b/b.arch.yaml", "include: ../a/a.arch.yaml\ncomponents: {y: {}}\n"),
    ]);
    let ran = check(folder.path(), &[]);
    assert_eq!(ran.out.matches("kidn").count(), 1, "{}", ran.out);
}

#[test]
fn includes_stay_inside_the_repository() {
    let outer = tempfile::tempdir().unwrap();
    fs::write(outer.path().join("secret.arch.yaml"), "components: {secret: {why: hunter2}}\n").unwrap();
    let inner = outer.path().join("repository");
    fs::create_dir_all(inner.join(".git")).unwrap();
    fs::write(inner.join("d.arch.yaml"), "include: ../secret.arch.yaml\ncomponents: {api: {}}\n").unwrap();
    let ran = check(&inner, &["d.arch.yaml"]);
    assert_eq!(ran.status, 2);
    assert!(ran.out.contains("outside the repository") && !ran.out.contains("hunter2"), "{}", ran.out);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(outer.path().join("secret.arch.yaml"), inner.join("link.arch.yaml")).unwrap();
        fs::write(inner.join("d.arch.yaml"), "include: link.arch.yaml\ncomponents: {api: {}}\n").unwrap();
        let ran = check(&inner, &["d.arch.yaml"]);
        assert!(ran.out.contains("outside the repository") && !ran.out.contains("hunter2"), "{}", ran.out);
    }
}

#[cfg(unix)]
#[test]
fn a_file_nobody_may_read_is_said() {
    use std::os::unix::fs::PermissionsExt;
    let folder = repository(&[
        ("d.arch.yaml", "include: closed.arch.yaml\ncomponents: {api: {uses: [db]}}\n"),
        ("closed.arch.yaml", GOOD),
    ]);
    let closed = folder.path().join("closed.arch.yaml");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(&closed).is_ok() {
        println!("skipped: this user may read everything");
        return;
    }
    let ran = check(folder.path(), &["d.arch.yaml"]);
    assert_eq!(ran.status, 2);
    assert!(ran.out.contains("cannot read `closed.arch.yaml`") && !ran.out.contains("dangling"), "{}", ran.out);
}

#[test]
fn limits_are_flags() {
    let folder = repository(&[("d.arch.yaml", GOOD)]);
    for (flag, value) in [("--max-file-size", "10"), ("--max-depth", "2"), ("--max-components", "1")] {
        let ran = premortem(folder.path(), &["check", flag, value], "");
        assert_eq!(ran.status, 2, "{flag}");
        assert!(ran.out.contains(flag), "{flag}: {}", ran.out);
    }
    let help = premortem(folder.path(), &["check", "--help"], "").out;
    for flag in ["--max-file-size", "--max-depth", "--max-alias-expansions", "--max-components"] {
        assert!(help.contains(flag), "{flag} is not in the help");
    }
}

#[test]
fn json_of_any_input_is_valid() {
    let schema = premortem(Path::new("."), &["schema", "findings"], "");
    let schema: serde_json::Value = serde_json::from_str(&schema.out).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let broken = std::env::current_dir().unwrap().join("tests/broken");
    let mut inputs: Vec<_> = fs::read_dir(&broken).unwrap().map(|entry| entry.unwrap().path()).collect();
    inputs.sort();
    inputs.retain(|path| path.extension().is_none_or(|extension| extension == "yaml"));
    let mut problems = 0;
    for input in inputs.iter().step_by(7) {
        let ran = premortem(Path::new("."), &["check", "--format", "json", input.to_str().unwrap()], "");
        assert!((0..=2).contains(&ran.status) && ran.err.is_empty(), "{}: {}", input.display(), ran.err);
        let printed: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
        let errors: Vec<String> = validator.iter_errors(&printed).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{}: {errors:?}", input.display());
        problems += printed["problems"].as_array().unwrap().len();
    }
    assert!(problems > 20, "only {problems}");
}

/// Every broken design can be drawn for people, too.
#[test]
fn full_output_shows_every_broken_design() {
    let ran = premortem(Path::new("."), &["check", "--color", "always", "tests/broken"], "");
    assert_eq!(ran.status, 2);
    assert!(ran.err.is_empty(), "{}", ran.err);
    assert!(ran.out.contains("byte-order-mark") && ran.out.contains("empty.arch.yaml"));
}
