//! The YAML on the pages, checked by the programs it is for.

use crate::{installed, matches_schema, root, shown};
use std::fs;
use std::process::Command;

/// The blocks of a page whose first line is a comment that names this file.
pub(crate) fn of(page: &str, file: &str) -> Vec<String> {
    let blocks = page.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap_or_default());
    blocks.filter(|block| block.lines().next() == Some(&format!("# {file}"))).map(str::to_owned).collect()
}

fn page(name: &str) -> String {
    fs::read_to_string(root().join("docs").join(name)).unwrap()
}

fn check(name: &str, file: &str, schema: &str) {
    let folder = tempfile::tempdir().unwrap();
    let blocks = of(&page(name), file);
    assert!(!blocks.is_empty(), "{name} shows no {file}");
    for block in blocks {
        let value: serde_json::Value = serde_yaml::from_str(&block).unwrap();
        assert!(value.is_object(), "{block}");
        let path = folder.path().join("snippet.yml");
        fs::write(&path, &block).unwrap();
        matches_schema(schema, &path);
    }
}

#[test]
fn workflows_are_workflows() {
    check("ci.md", ".github/workflows/premortem.yml", "vendor.github-workflows");
    check("ci.md", ".gitlab-ci.yml", "vendor.gitlab-ci");
}

#[test]
fn what_github_is_told_exists() {
    let page = page("ci.md");
    let action: serde_json::Value =
        serde_yaml::from_str(&fs::read_to_string(root().join("action.yml")).unwrap()).unwrap();
    for workflow in of(&page, ".github/workflows/premortem.yml") {
        let workflow: serde_json::Value = serde_yaml::from_str(&workflow).unwrap();
        let jobs = workflow["jobs"].as_object().unwrap().values();
        let steps = jobs.flat_map(|job| job["steps"].as_array().unwrap());
        let uses = |step: &&serde_json::Value| step["uses"].as_str().is_some_and(|uses| uses.contains("premortem"));
        for step in steps.filter(uses) {
            for input in step["with"].as_object().into_iter().flatten().map(|(input, _)| input) {
                assert!(action["inputs"].get(input).is_some(), "the action has no input `{input}`");
            }
        }
    }
    let inputs = action["inputs"].as_object().unwrap().keys().chain(action["outputs"].as_object().unwrap().keys());
    for name in inputs {
        assert!(page.contains(&format!("| `{name}` |")), "docs/ci.md does not say what `{name}` is");
    }
}

/// The script of the GitLab job leaves the reports that its artifacts name.
#[test]
fn the_gitlab_job_leaves_its_artifacts() {
    let block = of(&page("ci.md"), ".gitlab-ci.yml").remove(0);
    let job: serde_json::Value = serde_yaml::from_str(&block).unwrap();
    let job = &job["premortem"];
    let script: Vec<&str> = job["script"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    let review = script.iter().find(|line| line.starts_with("premortem check")).expect("the job reviews");
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("shop.arch.yaml"), crate::FLAWED).unwrap();
    let mut shell = Command::new("sh");
    shell.args(["-ec", review]).current_dir(folder.path());
    let output = shell.env("PATH", crate::path_with(&[&crate::folder_of_binary()])).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", shown(&output));
    for (kind, file) in job["artifacts"]["reports"].as_object().unwrap() {
        let text = fs::read_to_string(folder.path().join(file.as_str().unwrap())).expect(kind);
        assert!(text.contains("survival-claim-broken"), "{kind}: {text}");
    }
}

#[test]
fn configurations_of_pre_commit_are_valid() {
    let blocks = of(&page("pre-commit.md"), ".pre-commit-config.yaml");
    assert!(blocks.len() >= 2, "the page shows a hook of this repository and a local one");
    let folder = tempfile::tempdir().unwrap();
    for block in blocks {
        let parsed: serde_json::Value = serde_yaml::from_str(&block).unwrap();
        assert!(parsed["repos"].is_array(), "{block}");
        let path = folder.path().join("config.yaml");
        fs::write(&path, &block).unwrap();
        if installed("pre-commit", "the configurations on the page") {
            let output = Command::new("pre-commit").arg("validate-config").arg(&path).output().unwrap();
            assert!(output.status.success(), "{block}\n{}", shown(&output));
        }
    }
}
