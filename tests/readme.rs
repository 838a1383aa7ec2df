//! Every console block of the README and of the pages in `docs/` shows what the commands in it print.
//!
//! A line `$ command` is run by `sh` with the binary on its path, in a folder that holds a copy of `examples/`; the
//! lines after it are what it prints. The blocks of a page run from top to bottom, so a later one can use what an
//! earlier one wrote. A line `[...]` stands for any lines. `UPDATE=1 cargo test --test readme` writes the blocks without such a
//! line anew.

#![expect(clippy::unwrap_used, reason = "a test says what it expects")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const ELISION: &str = "[...]";

/// A command, which may have a here-document up to `END`, and what it should print.
struct Run {
    command: String,
    expected: Vec<String>,
}

fn runs(block: &str) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut lines = block.lines();
    while let Some(line) = lines.next() {
        if let Some(command) = line.strip_prefix("$ ") {
            let mut command = command.to_owned();
            if command.contains("<<'END'") {
                for line in lines.by_ref() {
                    write!(command, "\n{line}").unwrap();
                    if line == "END" {
                        break;
                    }
                }
            }
            runs.push(Run { command, expected: Vec::new() });
        } else {
            let run = runs.last_mut().expect("a block begins with a command");
            run.expected.push(line.to_owned());
        }
    }
    runs
}

struct Shell {
    folder: tempfile::TempDir,
    path: String,
    /// Where the last command left off.
    inside: PathBuf,
    status: i32,
}

impl Shell {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy(&Path::new(ROOT).join("examples"), &folder.path().join("examples"));
        let binary = PathBuf::from(env!("CARGO_BIN_EXE_premortem"));
        let path = format!("{}:{}", binary.parent().unwrap().display(), std::env::var("PATH").unwrap());
        let inside = folder.path().to_path_buf();
        Self { folder, path, inside, status: 0 }
    }

    /// Both streams as lines, without empty ones at the end.
    fn run(&mut self, command: &str) -> Vec<String> {
        let left = self.folder.path().join(".left");
        let script = format!(
            "exec 2>&1; (exit {})\n{command}\nstatus=$?; pwd > '{}'; exit $status",
            self.status,
            left.display()
        );
        let mut shell = Command::new("sh");
        shell.current_dir(&self.inside).env("PATH", &self.path).env("COLUMNS", "80").env("NO_COLOR", "1");
        let output = shell.args(["-c", &script]).output().unwrap();
        self.status = output.status.code().unwrap();
        self.inside = PathBuf::from(fs::read_to_string(left).unwrap().trim_end());
        let printed = String::from_utf8(output.stdout).unwrap();
        printed.trim_end().lines().map(|line| line.trim_end().to_owned()).collect()
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).unwrap();
        }
    }
}

/// How many rules there are changes more often than what they say here.
fn without_number_of_rules(line: &str) -> &str {
    if line.starts_with("Judged ") { line.rsplit_once("; ").map_or(line, |(scope, _)| scope) } else { line }
}

/// Lines match, where one `[...]` matches any number of them.
fn matches(expected: &[String], printed: &[String]) -> bool {
    match expected.split_first() {
        None => printed.is_empty(),
        Some((line, rest)) if line.trim() == ELISION => (0..=printed.len()).any(|skip| matches(rest, &printed[skip..])),
        Some((line, rest)) => {
            let same = |printed: &String| without_number_of_rules(printed) == without_number_of_rules(line);
            printed.first().is_some_and(same) && matches(rest, &printed[1..])
        }
    }
}

/// The README, and the pages written by hand.
fn pages() -> Vec<PathBuf> {
    let mut pages: Vec<PathBuf> =
        fs::read_dir(Path::new(ROOT).join("docs")).unwrap().map(|entry| entry.unwrap().path()).collect();
    pages.retain(|page| page.extension().is_some_and(|extension| extension == "md"));
    pages.push(Path::new(ROOT).join("README.md"));
    pages.sort();
    pages
}

/// Runs the blocks of a page, and says how many there are.
fn run_page(page: &Path, update: bool) -> usize {
    let text = fs::read_to_string(page).unwrap();
    let (mut shell, mut updated, mut rest, mut blocks) = (Shell::new(), String::new(), text.as_str(), 0);
    while let Some((before, block)) = rest.split_once("```console\n") {
        let (block, after) = block.split_once("```").unwrap();
        writeln!(updated, "{before}```console").unwrap();
        for run in runs(block) {
            let printed = shell.run(&run.command);
            let command = &run.command;
            let mut expected = run.expected;
            while expected.last().is_some_and(String::is_empty) {
                expected.pop();
            }
            let elided = expected.iter().any(|line| line.trim() == ELISION);
            if update && !elided && !matches(&expected, &printed) {
                expected.clone_from(&printed);
            }
            assert!(
                matches(&expected, &printed),
                "{} shows something else than `{command}` prints; `UPDATE=1 cargo test --test readme` mends that\n{}",
                page.display(),
                printed.join("\n")
            );
            writeln!(updated, "$ {command}").unwrap();
            for line in &expected {
                writeln!(updated, "{line}").unwrap();
            }
        }
        updated.push_str("```");
        rest = after;
        blocks += 1;
    }
    updated.push_str(rest);
    if update {
        fs::write(page, updated).unwrap();
    }
    blocks
}

#[cfg(unix)]
#[test]
fn console_blocks_show_what_the_commands_print() {
    let update = std::env::var_os("UPDATE").is_some();
    for page in pages() {
        let blocks = run_page(&page, update);
        let least = if page.ends_with("README.md") { 5 } else { 1 };
        assert!(blocks >= least, "{} shows {blocks} blocks", page.display());
    }
}

#[test]
fn links_of_the_pages_lead_to_files() {
    let folder = Path::new(ROOT);
    let others = ["CONTRIBUTING.md", "CHANGELOG.md", "examples/README.md", "examples/corner-shop/README.md"];
    for page in others.map(|page| folder.join(page)).into_iter().chain(pages()) {
        let text = fs::read_to_string(&page).unwrap();
        let links = text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link);
        for link in links.filter(|link| !link.contains("://") && !link.starts_with('#')) {
            let target = page.parent().unwrap().join(link.split('#').next().unwrap());
            assert!(target.exists(), "{} links to `{link}`, which does not exist", page.display());
        }
    }
}
