//! The hooks, run by pre-commit in a repository of their own.

use crate::{BINARY, BROKEN, CLEAN, FLAWED, folder_of_binary, installed, path_with, root, shown, write};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

const HOOKS: &str = ".pre-commit-hooks.yaml";

fn hooks() -> Vec<serde_json::Value> {
    serde_yaml::from_str(&fs::read_to_string(root().join(HOOKS)).unwrap()).unwrap()
}

fn git(folder: &Path, arguments: &[&str]) {
    let mut git = Command::new("git");
    git.current_dir(folder).args(["-c", "user.name=t", "-c", "user.email=t@example.com"]).args(arguments);
    let output = git.output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", shown(&output));
}

/// A repository in which the files are staged.
fn repository(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["init", "--quiet"]);
    for (name, text) in files {
        write(folder.path(), name, text);
    }
    git(folder.path(), &["add", "--all"]);
    folder
}

fn pre_commit(folder: &Path, arguments: &[&str]) -> Output {
    let mut pre_commit = Command::new("pre-commit");
    pre_commit.current_dir(folder).args(arguments).env("PATH", path_with(&[&folder_of_binary()]));
    pre_commit.env("PRE_COMMIT_HOME", folder.join(".git/pre-commit")).output().unwrap()
}

/// What is staged, judged by the hook of this repository's manifest.
fn run(files: &[(&str, &str)]) -> (bool, String) {
    let manifest = tempfile::tempdir().unwrap();
    git(manifest.path(), &["init", "--quiet"]);
    fs::copy(root().join(HOOKS), manifest.path().join(HOOKS)).unwrap();
    git(manifest.path(), &["add", "--all"]);
    git(manifest.path(), &["commit", "--quiet", "--message", "hooks"]);
    let folder = repository(files);
    let manifest = manifest.path().to_str().unwrap();
    let output = pre_commit(folder.path(), &["try-repo", manifest, "premortem-system", "--verbose"]);
    (output.status.success(), shown(&output))
}

#[test]
fn hooks_review_whole_designs() {
    let hooks = hooks();
    assert_eq!(hooks.iter().map(|hook| hook["language"].as_str().unwrap()).collect::<Vec<_>>(), ["rust", "system"]);
    for hook in &hooks {
        assert_eq!(hook["pass_filenames"], false, "a design is more than the files that changed");
        for key in ["files", "exclude", "entry"] {
            assert_eq!(hook[key], hooks[0][key], "{key}");
        }
    }
    if installed("pre-commit", HOOKS) {
        let folder = repository(&[(HOOKS, &fs::read_to_string(root().join(HOOKS)).unwrap())]);
        let output = pre_commit(folder.path(), &["validate-manifest", HOOKS]);
        assert!(output.status.success(), "{}", shown(&output));
    }
}

#[test]
fn a_commit_is_judged() {
    if !installed("pre-commit", "the hooks") {
        return;
    }
    for (design, passes, says) in
        [(CLEAN, true, "Passed"), (FLAWED, false, "survival-claim-broken"), (BROKEN, false, "unknown-key")]
    {
        let (passed, log) = run(&[("design/shop.arch.yaml", design)]);
        assert!(passed == passes && log.contains(says), "{log}");
    }
}

#[test]
fn one_changed_file_of_a_design_is_judged_with_the_others() {
    if !installed("pre-commit", "the hooks") {
        return;
    }
    // Each file alone would not know the other's components.
    let web = "components: {web: {uses: {api: {timeout: 1s}}, why: shows pages, owner: core}}\n";
    let api = "components: {api: {why: answers, owner: core}}\n";
    let (_, log) = run(&[("a.arch.yaml", web), ("b.arch.yaml", api)]);
    assert!(log.contains("Judged      2 components, 1 dependency") && !log.contains("dangling"), "{log}");
}

#[test]
fn files_decide_whether_a_hook_runs() {
    if !installed("pre-commit", "the hooks") {
        return;
    }
    for name in
        ["shop.arch.yaml", "a/shop.arch.yml", "compose.yaml", "deploy/docker-compose.yml", "compose.override.yml"]
    {
        let (_, log) = run(&[(name, CLEAN)]);
        assert!(!log.contains("Skipped"), "{name}: {log}");
    }
    for name in
        ["shop.yaml", "vendor/x/compose.yaml", "node_modules/x/a.arch.yaml", "my-compose.yaml", "a.arch.yaml.md"]
    {
        let (passed, log) = run(&[(name, CLEAN)]);
        assert!(passed && log.contains("Skipped"), "{name}: {log}");
    }
}

#[test]
fn a_local_hook_is_the_same_hook() {
    let page = fs::read_to_string(root().join("docs/pre-commit.md")).unwrap();
    let config =
        crate::snippets::of(&page, ".pre-commit-config.yaml").into_iter().find(|text| text.contains("repo: local"));
    let config = config.expect("the page shows a local hook");
    let parsed: serde_json::Value = serde_yaml::from_str(&config).unwrap();
    let (local, hooks) = (&parsed["repos"][0]["hooks"][0], hooks());
    for key in ["files", "exclude", "entry", "language", "pass_filenames", "require_serial"] {
        assert_eq!(local[key], hooks[1][key], "{key}");
    }
    if !installed("pre-commit", "a local hook") {
        return;
    }
    assert!(Path::new(BINARY).exists());
    for (design, passes) in [(CLEAN, true), (FLAWED, false)] {
        let folder = repository(&[("shop.arch.yaml", design), (".pre-commit-config.yaml", &config)]);
        let output = pre_commit(folder.path(), &["run", "--all-files"]);
        assert_eq!(output.status.success(), passes, "{}", shown(&output));
        // As git calls it.
        assert!(pre_commit(folder.path(), &["install"]).status.success());
        let mut commit = Command::new("git");
        commit.current_dir(folder.path()).args([
            "-c",
            "user.name=t",
            "-c",
            "user.email=t@example.com",
            "commit",
            "-m",
            "x",
        ]);
        commit.env("PATH", path_with(&[&folder_of_binary()]));
        let output = commit.env("PRE_COMMIT_HOME", folder.path().join(".git/pre-commit")).output().unwrap();
        assert_eq!(output.status.success(), passes, "{}", shown(&output));
    }
}
