//! A git repository of its own, and premortem run in it.

use crate::command::{self, Ran, premortem};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

pub(crate) struct Repository {
    pub(crate) folder: TempDir,
}

impl Ran {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}{}", self.out, self.err))
    }

    /// `rule subject` of each finding.
    pub(crate) fn found(&self) -> Vec<String> {
        names(&self.json()["findings"])
    }

    /// `rule subject` of what is fixed.
    pub(crate) fn fixed(&self) -> Vec<String> {
        names(&self.json()["fixed"])
    }
}

pub(crate) fn names(list: &serde_json::Value) -> Vec<String> {
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let name = |entry: &serde_json::Value| format!("{} {}", text(&entry["rule"]), text(&entry["subject"]["id"]));
    let mut names: Vec<String> = list.as_array().unwrap().iter().map(name).collect();
    names.sort();
    names
}

/// Whether there is a git to test with.
pub(crate) fn has_git() -> bool {
    let has = std::process::Command::new("git").arg("--version").output().is_ok();
    if !has {
        println!("skipped: git is not installed");
    }
    has
}

impl Repository {
    /// A repository whose first commit holds the files.
    pub(crate) fn with(files: &[(&str, &str)]) -> Self {
        let repository = Self { folder: tempfile::tempdir().unwrap() };
        repository.git(&["init", "--quiet", "--initial-branch", "main"]);
        repository.commit(files);
        repository
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        command::write(self.path(), name, text);
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap()
    }

    /// Replaces text in a file of the working tree.
    pub(crate) fn edit(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "{name} holds no {from}");
        self.write(name, &text.replacen(from, to, 1));
    }

    pub(crate) fn commit(&self, files: &[(&str, &str)]) {
        for (name, text) in files {
            self.write(name, text);
        }
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", "Change the design"]);
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let mut command = std::process::Command::new("git");
        for role in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{role}_NAME"), "Tester").env(format!("GIT_{role}_EMAIL"), "tester@example.org");
            command.env(format!("GIT_{role}_DATE"), "2026-01-01T00:00:00Z");
        }
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1").env_remove("GIT_DIR");
        let output = command.args(arguments).current_dir(self.path()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "git {arguments:?}: {said}");
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    pub(crate) fn premortem(&self, arguments: &[&str]) -> Ran {
        premortem(self.path(), arguments)
    }

    /// Everything, as JSON.
    pub(crate) fn check(&self, arguments: &[&str]) -> Ran {
        self.premortem(&[&["check", "--format", "json", "--today", "2026-06-01"], arguments].concat())
    }
}
