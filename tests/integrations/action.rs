//! The action's scripts, run as a runner runs them.

use crate::{BINARY, BROKEN, CLEAN, FLAWED, installed, matches_schema, root, shown, write};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A runner with a checked-out repository in which premortem is built.
pub(crate) struct Runner {
    pub(crate) folder: TempDir,
}

pub(crate) struct Reviewed {
    pub(crate) log: String,
    pub(crate) outputs: BTreeMap<String, String>,
    pub(crate) summary: String,
}

impl Runner {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bin = folder.path().join("temp/premortem/bin");
        fs::create_dir_all(&bin).unwrap();
        std::os::unix::fs::symlink(BINARY, bin.join("premortem")).unwrap();
        fs::create_dir_all(folder.path().join("repository/.git")).unwrap();
        for (name, text) in files {
            write(&folder.path().join("repository"), name, text);
        }
        Self { folder }
    }

    pub(crate) fn repository(&self) -> PathBuf {
        self.folder.path().join("repository")
    }

    /// A script of the action with what a runner sets.
    pub(crate) fn script(&self, name: &str) -> Command {
        let at = |name: &str| self.folder.path().join(name);
        let mut script = Command::new("bash");
        script.arg(root().join("action").join(name)).current_dir(self.repository());
        script.env("RUNNER_TEMP", at("temp")).env("GITHUB_ACTION_PATH", root());
        script.env("GITHUB_OUTPUT", at("output")).env("GITHUB_STEP_SUMMARY", at("summary"));
        script.env("GITHUB_ACTIONS", "true").env("GITHUB_REPOSITORY", "example/shop");
        script
    }

    pub(crate) fn review(&self, inputs: &[(&str, &str)]) -> Reviewed {
        let mut script = self.script("review.sh");
        script.env("PREMORTEM_SARIF", "true");
        let output = script.envs(inputs.iter().copied()).output().unwrap();
        let log = shown(&output);
        assert!(output.status.success(), "a later step fails the job, not this one: {log}");
        let read = |name: &str| fs::read_to_string(self.folder.path().join(name)).unwrap();
        let written = read("output");
        let outputs = written.lines().map(|line| {
            let (key, value) = line.split_once('=').expect("an output is a key and a value");
            (key.to_owned(), value.to_owned())
        });
        Reviewed { log, outputs: outputs.collect(), summary: read("summary") }
    }
}

impl Reviewed {
    fn output(&self, key: &str) -> &str {
        self.outputs.get(key).map_or("", String::as_str)
    }

    fn json(&self, key: &str) -> serde_json::Value {
        serde_json::from_str(&fs::read_to_string(self.output(key)).unwrap()).unwrap()
    }
}

#[test]
fn a_clean_design_passes() {
    let reviewed = Runner::new(&[("shop.arch.yaml", CLEAN)]).review(&[]);
    assert_eq!((reviewed.output("exit-status"), reviewed.output("findings")), ("0", "0"), "{}", reviewed.log);
    assert!(reviewed.summary.contains("## premortem: nothing"), "{}", reviewed.summary);
    assert!(!reviewed.log.contains("::error") && !reviewed.log.contains("::warning"), "{}", reviewed.log);
    assert_eq!(reviewed.output("category"), "premortem");
}

#[test]
fn findings_are_annotated_counted_and_uploaded() {
    let runner = Runner::new(&[("design/shop.arch.yaml", FLAWED)]);
    let reviewed = runner.review(&[("PREMORTEM_PATHS", "design\r\n\n")]);
    assert_eq!(reviewed.output("exit-status"), "1", "{}", reviewed.log);
    assert!(reviewed.log.contains("::error file=design/shop.arch.yaml,line=16,col=16,"), "{}", reviewed.log);
    let findings = reviewed.json("json-file")["findings"].as_array().unwrap().len();
    assert_eq!(reviewed.output("findings"), findings.to_string());
    let sarif = reviewed.json("sarif-file");
    assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len(), findings);
    assert!(reviewed.summary.contains("survival-claim-broken"), "{}", reviewed.summary);
}

#[test]
fn inputs_decide_what_fails_and_what_is_uploaded() {
    let runner = Runner::new(&[("shop.arch.yaml", FLAWED)]);
    let inputs = [("PREMORTEM_FAIL_ON", "never"), ("PREMORTEM_SARIF", "false")];
    let reviewed = runner.review(&[&inputs[..], &[("PREMORTEM_ARGS", "--select\nsurvival-claim-broken")]].concat());
    assert_eq!((reviewed.output("exit-status"), reviewed.output("findings")), ("0", "1"), "{}", reviewed.log);
    assert_eq!(reviewed.output("sarif-file"), "");
}

#[test]
fn mistakes_in_the_input_are_shown_and_are_2() {
    let reviewed = Runner::new(&[("shop.arch.yaml", BROKEN)]).review(&[]);
    assert_eq!(reviewed.output("exit-status"), "2", "{}", reviewed.log);
    assert!(reviewed.log.contains("::error file=shop.arch.yaml,line=1,"), "{}", reviewed.log);
    assert!(reviewed.summary.contains("Mistakes in the input"), "{}", reviewed.summary);
}

#[test]
fn without_a_report_nothing_was_reviewed() {
    let usage: &[(&str, &str)] = &[("PREMORTEM_FAIL_ON", "sometimes")];
    for inputs in [usage, &[("PREMORTEM_PATHS", "nowhere")], &[("PREMORTEM_ARGS", "--version")]] {
        let reviewed = Runner::new(&[("shop.arch.yaml", CLEAN)]).review(inputs);
        assert_eq!(reviewed.output("exit-status"), "2", "{inputs:?}: {}", reviewed.log);
        assert_eq!((reviewed.output("findings"), reviewed.output("sarif-file")), ("", ""), "{inputs:?}");
        assert!(reviewed.summary.contains("could not review"), "{}", reviewed.summary);
    }
}

#[test]
fn names_are_names_whatever_they_look_like() {
    let odd =
        ["with space", "-n", "-", "--help", "$(touch hacked)", "`touch hacked`", "; touch hacked", "'\"", "*", "=x"];
    for name in odd {
        let file = format!("{name}/shop.arch.yaml");
        let runner = Runner::new(&[(&file, FLAWED), ("other/clean.arch.yaml", CLEAN)]);
        for (key, expected) in [("PREMORTEM_PATHS", 1), ("PREMORTEM_WORKING_DIRECTORY", 1)] {
            fs::remove_file(runner.folder.path().join("output")).ok();
            let select = ("PREMORTEM_ARGS", "--select=survival-claim-broken");
            let reviewed = runner.review(&[(key, name), select]);
            assert_eq!(reviewed.output("exit-status"), "1", "{key} {name}: {}", reviewed.log);
            assert_eq!(reviewed.output("findings"), expected.to_string(), "{key} {name}");
            let category = reviewed.output("category");
            assert!(category.chars().all(|char| char.is_ascii_alphanumeric() || "._/-".contains(char)), "{category}");
        }
        let left: Vec<_> = fs::read_dir(runner.repository()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left.len(), 3, "{name} left {left:?}");
    }
}

#[test]
fn a_log_cannot_be_made_to_command_the_runner() {
    let runner = Runner::new(&[("shop.arch.yaml", CLEAN)]);
    let reviewed = runner.review(&[("PREMORTEM_ARGS", "--profile=x::error::\n##[group]y")]);
    let commands: Vec<&str> = reviewed.log.lines().filter(|line| line.trim_start().starts_with("::")).collect();
    assert_eq!(commands.len(), 1, "{}", reviewed.log);
    assert!(!reviewed.log.contains("##["), "{}", reviewed.log);
}

#[test]
fn a_built_premortem_is_used_again() {
    let runner = Runner::new(&[]);
    let output = runner.script("build.sh").output().unwrap();
    assert!(output.status.success(), "{}", shown(&output));
    assert!(shown(&output).starts_with("premortem 0."), "{}", shown(&output));
}

#[test]
fn inputs_reach_scripts_through_the_environment_only() {
    let file = root().join("action.yml");
    matches_schema("vendor.github-actions", &file);
    let action: serde_json::Value = serde_yaml::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let inputs = action["inputs"].as_object().unwrap();
    let steps = action["runs"]["steps"].as_array().unwrap();
    let mut used = Vec::new();
    for step in steps {
        let run = step["run"].as_str().unwrap_or_default();
        assert!(!run.contains("${{"), "{run}");
        if let Some(script) = run.split('/').next_back().filter(|_| run.contains("GITHUB_ACTION_PATH")) {
            assert!(root().join("action").join(script.trim_end_matches('"')).exists(), "{run}");
        }
        if let Some(uses) = step["uses"].as_str() {
            let (_, revision) = uses.split_once('@').unwrap();
            assert!(revision.len() == 40 && revision.chars().all(|char| char.is_ascii_hexdigit()), "{uses} can move");
        }
        used.extend(step["env"].as_object().into_iter().flatten().map(|(_, value)| value.as_str().unwrap().to_owned()));
        for (key, value) in step.as_object().unwrap().iter().filter(|(key, _)| *key != "env") {
            assert!(!value.to_string().contains("inputs."), "an input in `{key}`");
        }
    }
    for input in inputs.keys() {
        assert!(used.contains(&format!("${{{{ inputs.{input} }}}}")), "no step reads `{input}`");
    }
}

#[test]
fn scripts_pass_shellcheck() {
    if installed("shellcheck", "the action's scripts") {
        let scripts = fs::read_dir(root().join("action")).unwrap().map(|entry| entry.unwrap().path());
        let scripts: Vec<PathBuf> = scripts.chain([root().join(".ci/run")]).collect();
        let output = Command::new("shellcheck").args(&scripts).output().unwrap();
        assert!(output.status.success(), "{}", shown(&output));
        for script in scripts {
            assert!(is_executable(&script), "{}", script.display());
        }
    }
}

fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).unwrap().permissions().mode() & 0o111 == 0o111
}
