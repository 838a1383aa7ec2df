//! The one place that runs `git`: it resolves revisions and reads objects, and changes nothing.
//!
//! A repository may come from a stranger. Only plumbing that runs no hook, filter, pager or file monitor is called, no
//! shell is involved, nothing is fetched, and what a user writes reaches git only as the name of a revision.

use crate::problem::did_you_mean;
use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// Why history could not be read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum GitError {
    #[error("cannot run `git`: {0}\nhelp: Install git, or compare files and folders instead of revisions.")]
    NotRun(String),
    #[error(
        "`{0}` is in no git repository\nhelp: Compare with a baseline instead: `--baseline FILE --write-baseline`."
    )]
    NoRepository(String),
    #[error("this repository has no working tree\nhelp: Compare two of its revisions: `premortem diff OLD NEW`.")]
    Bare,
    #[error("there is no revision `{revision}`\nhelp: {help}")]
    Unknown { revision: String, help: String },
    #[error("`{revision}` is ambiguous\nhelp: {help}")]
    Ambiguous { revision: String, help: &'static str },
    #[error("this repository has no commit yet\nhelp: Commit first, or compare with a baseline: `--baseline FILE`.")]
    NoCommit,
    #[error("`{revision}` and `HEAD` have no common commit\nhelp: {help}")]
    NoMergeBase { revision: String, help: String },
    #[error("`{0}` lies outside the repository")]
    Outside(String),
    #[error("git could not {what}: {said}")]
    Failed { what: &'static str, said: String },
}

/// A commit, by its full name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Commit(String);

impl Commit {
    pub fn name(&self) -> &str {
        &self.0
    }

    /// As people quote it.
    pub fn short(&self) -> &str {
        self.0.get(..10).unwrap_or(&self.0)
    }
}

/// A repository on this machine.
#[derive(Clone, Debug)]
pub struct Repository {
    /// Where git runs.
    folder: PathBuf,
    /// Canonical; `None` without a working tree.
    root: Option<PathBuf>,
}

/// What an entry of a tree is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    File,
    Link,
    /// Another repository.
    Submodule,
}

/// One path of a tree.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Entry {
    pub(super) path: String,
    pub(super) kind: Kind,
    pub(super) object: String,
}

impl Repository {
    /// The repository that holds a path, which need not exist.
    pub fn around(path: &Path) -> Result<Self, GitError> {
        // Whoever sets `GIT_DIR` means it from where they are.
        let folder = if std::env::var_os("GIT_DIR").is_some() { PathBuf::from(".") } else { nearest_folder(path) };
        let mut repository = Self { folder, root: None };
        let asked = repository.ask("find the repository", ["rev-parse", "--is-bare-repository"])?;
        let Some(bare) = asked.text() else {
            return Err(match asked.said.as_str() {
                said if said.contains("not a git repository") => GitError::NoRepository(path.display().to_string()),
                _ => asked.failed(),
            });
        };
        if bare != "true" {
            let asked = repository.ask("find the working tree", ["rev-parse", "--show-toplevel"])?;
            let root = asked.text().ok_or_else(|| asked.failed())?;
            repository.root = std::fs::canonicalize(root).ok();
        }
        Ok(repository)
    }

    /// The top of the working tree.
    pub fn root(&self) -> Result<&Path, GitError> {
        self.root.as_deref().ok_or(GitError::Bare)
    }

    /// Where a path of this machine lies in the repository, with forward slashes; empty for the top. It need not exist.
    pub fn inside(&self, path: &Path) -> Result<String, GitError> {
        let root = self.root()?;
        let here = std::env::current_dir().and_then(std::fs::canonicalize).unwrap_or_default();
        let plain = super::resolve(&here.join("_"), &path.to_string_lossy());
        let inside = plain.strip_prefix(root).map(Path::to_path_buf).or_else(|_| {
            // Written with a link above the repository.
            let real = plain.ancestors().find_map(|ancestor| Some((ancestor, std::fs::canonicalize(ancestor).ok()?)));
            let (ancestor, real) = real.unwrap_or((&plain, plain.clone()));
            let rest = plain.strip_prefix(ancestor).unwrap_or(Path::new(""));
            real.join(rest).strip_prefix(root).map(Path::to_path_buf)
        });
        let inside = inside.map_err(|_| GitError::Outside(path.display().to_string()))?;
        let names: Vec<_> = inside.iter().map(OsStr::to_string_lossy).collect();
        Ok(names.join("/"))
    }

    /// The commit a user names.
    pub fn commit(&self, revision: &str) -> Result<Commit, GitError> {
        let is_name = !revision.is_empty() && !revision.starts_with('-') && !revision.contains(['\0', '\n']);
        if is_name {
            let asked = self.ask("find a revision", ["rev-parse", "--verify", &format!("{revision}^{{commit}}")])?;
            if asked.said.contains(" is ambiguous") {
                return Err(GitError::Ambiguous { revision: revision.to_owned(), help: ambiguous(&asked) });
            }
            if let Some(name) = asked.text().filter(|name| !name.is_empty()) {
                return Ok(Commit(name.to_owned()));
            }
            if self.head()?.is_none() {
                return Err(GitError::NoCommit);
            }
        }
        Err(GitError::Unknown { revision: revision.to_owned(), help: self.help_with(revision) })
    }

    /// The last commit that a revision and `HEAD` have in common: where a branch began.
    pub fn merge_base(&self, revision: &str) -> Result<Commit, GitError> {
        let commit = self.commit(revision)?;
        let head = self.head()?.ok_or(GitError::NoCommit)?;
        let asked = self.ask("find the common commit", ["merge-base", commit.name(), head.name()])?;
        match asked.text().filter(|name| !name.is_empty()) {
            Some(name) => Ok(Commit(name.to_owned())),
            None if asked.status == Some(1) => {
                let help = if self.is_shallow() { SHALLOW } else { "Name a revision that `HEAD` descends from." };
                Err(GitError::NoMergeBase { revision: revision.to_owned(), help: help.to_owned() })
            }
            None => Err(asked.failed()),
        }
    }

    fn head(&self) -> Result<Option<Commit>, GitError> {
        let asked = self.ask("find `HEAD`", ["rev-parse", "--verify", "--quiet", "HEAD^{commit}"])?;
        Ok(asked.text().filter(|name| !name.is_empty()).map(|name| Commit(name.to_owned())))
    }

    /// Every file of a commit.
    pub(super) fn entries(&self, commit: &Commit) -> Result<Vec<Entry>, GitError> {
        let asked = self.ask("list the files of a commit", ["ls-tree", "-r", "-z", "--full-tree", commit.name()])?;
        if asked.status != Some(0) {
            return Err(asked.failed());
        }
        // What is no text cannot be named in a design.
        let records = asked.out.split(|byte| *byte == 0).filter_map(|record| std::str::from_utf8(record).ok());
        Ok(records.filter_map(entry).collect())
    }

    /// A process that hands out objects.
    pub(super) fn objects(&self) -> Result<Objects, GitError> {
        let mut command = self.command();
        command.args(["cat-file", "--batch"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(|error| not_run(&error))?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        let (input, output) = pipes.ok_or_else(|| GitError::NotRun("it has no pipes".to_owned()))?;
        Ok(Objects { child, input: Some(input), output: BufReader::new(output) })
    }

    fn is_shallow(&self) -> bool {
        let asked = self.ask("look at the clone", ["rev-parse", "--is-shallow-repository"]);
        asked.is_ok_and(|asked| asked.text() == Some("true"))
    }

    /// What to do about a revision that is not there.
    fn help_with(&self, revision: &str) -> String {
        if let Some((one, other)) = revision.split_once("..") {
            let one = if one.is_empty() { other.trim_start_matches('.') } else { one };
            return format!("Name one revision instead of a range: `{one}`.");
        }
        let base = revision.find(['~', '^', '@']).map(|at| &revision[..at]).filter(|base| !base.is_empty());
        if let Some(base) = base.filter(|base| self.commit(base).is_ok()) {
            if self.is_shallow() {
                return SHALLOW.to_owned();
            }
            return format!("There is `{base}`, but its history does not go that far: see `git log --oneline {base}`.");
        }
        let refs = ["for-each-ref", "--format=%(refname:short)", "refs/heads", "refs/remotes", "refs/tags"];
        let refs = self.ask("list the branches", refs).map(|asked| asked.text().unwrap_or_default().to_owned());
        let refs = refs.unwrap_or_default();
        let remote = refs.lines().find(|name| name.split_once('/').is_some_and(|(_, branch)| branch == revision));
        if let Some(close) = remote.or_else(|| did_you_mean(revision, refs.lines())) {
            return format!("Did you mean `{close}`?");
        }
        if self.is_shallow() {
            return SHALLOW.to_owned();
        }
        "`git branch --all` and `git tag` list the names there are; `git fetch` brings those of the server.".to_owned()
    }

    fn command(&self) -> Command {
        let mut command = Command::new("git");
        command.current_dir(&self.folder).stdin(Stdio::null());
        // Older versions know only the first way of not fetching what a partial clone lacks.
        command.args(["--no-pager", "--no-optional-locks", "-c", "core.fsmonitor=false", "-c", "protocol.allow=never"]);
        command.env("GIT_NO_LAZY_FETCH", "1").env("GIT_TERMINAL_PROMPT", "0").env("LC_ALL", "C");
        command
    }

    fn ask<const N: usize>(&self, what: &'static str, arguments: [&str; N]) -> Result<Asked, GitError> {
        let output = self.command().args(arguments).output().map_err(|error| not_run(&error))?;
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Ok(Asked { what, status: output.status.code(), out: output.stdout, said })
    }
}

const SHALLOW: &str = "This clone is shallow: fetch its whole history, with `fetch-depth: 0` for `actions/checkout`, or \
                       with `git fetch --unshallow`.";

/// What to write instead: of a name git takes one of both, of a shortened hash none.
fn ambiguous(asked: &Asked) -> &'static str {
    match asked.status {
        Some(0) => "Say which is meant: `refs/heads/NAME` is the branch, `refs/tags/NAME` the tag.",
        _ => "Write more of the hash: `git log --oneline` shows as much as it takes.",
    }
}

/// What git answered.
struct Asked {
    what: &'static str,
    status: Option<i32>,
    out: Vec<u8>,
    said: String,
}

impl Asked {
    /// One line or more, if it succeeded.
    fn text(&self) -> Option<&str> {
        let text = std::str::from_utf8(&self.out).ok().filter(|_| self.status == Some(0))?;
        Some(text.trim_end_matches(['\n', '\r']))
    }

    fn failed(&self) -> GitError {
        let said = if self.said.is_empty() { "it gave no reason".to_owned() } else { self.said.clone() };
        GitError::Failed { what: self.what, said }
    }
}

/// Objects by name, one after the other.
#[derive(Debug)]
pub(super) struct Objects {
    child: Child,
    /// `None` once nothing more is asked.
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Objects {
    /// At most so many bytes of an object; `None` if it is not on this machine.
    pub(super) fn read(&mut self, object: &str, most: usize) -> io::Result<Option<Vec<u8>>> {
        let input = self.input.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        writeln!(input, "{object}")?;
        input.flush()?;
        let mut header = String::new();
        self.output.read_line(&mut header)?;
        // `<object> <type> <size>`, or `<object> missing`.
        let size = header.trim_end().rsplit(' ').next().and_then(|size| size.parse::<u64>().ok());
        let Some(size) = size else {
            return if header.is_empty() { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(None) };
        };
        let kept = size.min(u64::try_from(most).unwrap_or(u64::MAX));
        let mut bytes = Vec::new();
        self.output.by_ref().take(kept).read_to_end(&mut bytes)?;
        // The rest and a line break.
        io::copy(&mut self.output.by_ref().take(size - kept + 1), &mut io::sink())?;
        Ok(Some(bytes))
    }
}

impl Drop for Objects {
    fn drop(&mut self) {
        self.input = None;
        // It ends by itself; nobody is left to hear how.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn not_run(error: &io::Error) -> GitError {
    GitError::NotRun(match error.kind() {
        io::ErrorKind::NotFound => "it is not installed".to_owned(),
        _ => error.to_string(),
    })
}

/// `<mode> <type> <object>TAB<path>`
fn entry(record: &str) -> Option<Entry> {
    let (facts, path) = record.split_once('\t')?;
    let mut facts = facts.split(' ');
    let kind = match (facts.next()?, facts.next()?) {
        ("120000", _) => Kind::Link,
        (_, "commit") => Kind::Submodule,
        _ => Kind::File,
    };
    Some(Entry { path: path.to_owned(), kind, object: facts.next()?.to_owned() })
}

/// The folder of a path, or the first above it that exists.
fn nearest_folder(path: &Path) -> PathBuf {
    let here = Path::new(".");
    let folders = path.ancestors().map(|folder| if folder.as_os_str().is_empty() { here } else { folder });
    folders.into_iter().find(|folder| folder.is_dir()).unwrap_or(here).to_path_buf()
}
