//! The command line as people call it: files in a folder of their own, and what a run says.

#![allow(dead_code, reason = "not every test needs all of it")]

use assert_cmd::Command;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// What a run ended with.
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// A folder with these files, and the folders they need.
pub(crate) fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        write(folder.path(), name, text);
    }
    folder
}

/// A folder that counts as a repository, so that nothing above it is looked at.
pub(crate) fn repository(files: &[(&str, &str)]) -> TempDir {
    let folder = folder(files);
    fs::create_dir(folder.path().join(".git")).unwrap();
    folder
}

pub(crate) fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

pub(crate) fn premortem(folder: &Path, arguments: &[&str]) -> Ran {
    premortem_with(folder, arguments, "", &[])
}

/// Run with something on standard input and in the environment.
pub(crate) fn premortem_with(folder: &Path, arguments: &[&str], input: &str, environment: &[(&str, &str)]) -> Ran {
    let mut command = Command::cargo_bin("premortem").unwrap();
    command.args(arguments).current_dir(folder).write_stdin(input).env("COLUMNS", "90");
    for name in ["FORCE_COLOR", "NO_COLOR", "GITHUB_STEP_SUMMARY", "GIT_DIR"] {
        command.env_remove(name);
    }
    let output = command.envs(environment.iter().copied()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { status: output.status.code().expect("no signal"), out: text(output.stdout), err: text(output.stderr) }
}

/// A published schema is what the types say and what the command prints; `UPDATE=1` writes it anew.
pub(crate) fn assert_schema_is_current(schema: &serde_json::Value, file: &str, name: &str) {
    let current = format!("{schema:#}\n");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(file, &current).unwrap();
    }
    let published = fs::read_to_string(file).unwrap_or_default();
    assert!(published == current, "{file} is not what the types say; run the tests with UPDATE=1 and review it");
    assert!(jsonschema::meta::is_valid(schema));
    assert_eq!(premortem(Path::new(env!("CARGO_MANIFEST_DIR")), &["schema", name]).out, current);
}
