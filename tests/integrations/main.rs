//! What other programs run: the action of GitHub, the hooks of pre-commit, the snippets of the pages.
//!
//! Each is run by the program it is for, or checked by it, where that program is installed; `.ci/run` installs them.

#![cfg(unix)]
#![expect(clippy::print_stdout, reason = "a test says what it skips")]
#![expect(clippy::unwrap_used, reason = "a test says what it expects")]

mod action;
mod action_comment;
mod editors;
mod pre_commit;
mod snippets;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const BINARY: &str = env!("CARGO_BIN_EXE_premortem");

/// Reviewed without a finding, even as advice.
const CLEAN: &str = include_str!("../../src/cli/starter.arch.yaml");
/// One error.
const FLAWED: &str = include_str!("../../examples/broken-promise/broken-promise.arch.yaml");
/// Cannot be read.
const BROKEN: &str = "components: {api: {kidn: service}}\n";

fn root() -> &'static Path {
    Path::new(ROOT)
}

/// Whether a program can be run; if not, says what is skipped for want of it.
fn installed(program: &str, skipped: &str) -> bool {
    let found = Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success());
    if !found {
        println!("skipped: {skipped}, because {program} is not installed");
    }
    found
}

/// The path with some folders before all others.
fn path_with(folders: &[&Path]) -> OsString {
    let inherited = std::env::var_os("PATH").unwrap_or_default();
    let folders = folders.iter().map(|folder| folder.to_path_buf());
    std::env::join_paths(folders.chain(std::env::split_paths(&inherited))).unwrap()
}

fn folder_of_binary() -> PathBuf {
    Path::new(BINARY).parent().unwrap().to_path_buf()
}

/// Both streams, for messages of tests.
fn shown(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Checks a file against a schema that check-jsonschema brings along.
fn matches_schema(schema: &str, file: &Path) {
    if installed("check-jsonschema", schema) {
        let output = Command::new("check-jsonschema").args(["--builtin-schema", schema]).arg(file).output().unwrap();
        assert!(output.status.success(), "{}: {}", file.display(), shown(&output));
    }
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn make_executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}
