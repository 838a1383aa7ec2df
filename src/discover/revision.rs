//! The files of a commit, read where they are: nothing is checked out.

use super::git::{Commit, Entry, GitError, Kind, Objects, Repository};
use super::{Files, Project, ReadError, is_skipped_folder, projects_among};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;
use std::path::{Component, Path, PathBuf};

/// A commit as a place to read designs from. Paths go from the top of the repository, with forward slashes.
#[derive(Debug)]
pub struct Revision {
    commit: Commit,
    entries: BTreeMap<String, Entry>,
    objects: RefCell<Objects>,
    /// Bytes read of one file at the most, and one more so that the parser can refuse the file.
    file_bytes: usize,
}

/// Links followed for one path. Systems give up after as many.
const LINKS: usize = 40;
/// Files compared to find out where one was before.
const CANDIDATES: usize = 200;

impl Revision {
    /// Lists the files of a commit.
    pub fn open(repository: &Repository, commit: Commit, file_bytes: usize) -> Result<Self, GitError> {
        let entries = repository.entries(&commit)?;
        let entries = entries.into_iter().map(|entry| (entry.path.clone(), entry)).collect();
        let objects = RefCell::new(repository.objects()?);
        Ok(Self { commit, entries, objects, file_bytes })
    }

    pub fn commit(&self) -> &Commit {
        &self.commit
    }

    /// A file or a folder of the commit; the top is the empty path.
    pub fn holds(&self, path: &str) -> bool {
        self.entries.contains_key(path) || self.is_folder(path)
    }

    /// The designs of a path, as [`super::discover`] finds them on disk.
    pub fn projects(&self, path: &str) -> Vec<Project> {
        let file = PathBuf::from(path);
        match self.find(&file) {
            Ok(_) => vec![Project::named(file)],
            Err(ReadError::Folder) => projects_among(self.below(path)),
            Err(_) => Vec::new(),
        }
    }

    /// Where the files of a project were, for those that are not in the commit under the name they have: files of the
    /// commit that `is_gone` today and share at least half of their lines.
    pub fn moved(&self, project: &Project, texts: &dyn Files, is_gone: &dyn Fn(&str) -> bool) -> Option<Project> {
        let is_yaml =
            |path: &str| Path::new(path).extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
        let gone = self.entries.values().filter(|entry| entry.kind == Kind::File && is_yaml(&entry.path));
        let gone: Vec<_> = gone.filter(|entry| is_gone(&entry.path)).take(CANDIDATES).collect();
        let gone: Vec<_> = gone
            .into_iter()
            .filter_map(|entry| Some((&entry.path, lines(&self.read(Path::new(&entry.path)).ok()?))))
            .collect();
        let mut files: BTreeSet<&String> = BTreeSet::new();
        for file in &project.files {
            let Ok(text) = texts.read(file) else { continue };
            let text = lines(&text);
            let alike = gone.iter().map(|(path, lines)| (shared(&text, lines), path));
            // The first among equals.
            let best = alike.rev().max_by_key(|((share, of), _)| share * 10_000 / of.max(&1));
            files.extend(best.filter(|((share, of), _)| share * 2 >= *of && *share > 0).map(|(_, path)| path));
        }
        let files: Vec<PathBuf> = files.into_iter().map(PathBuf::from).collect();
        (!files.is_empty()).then_some(Project { files, is_named: project.is_named })
    }

    fn is_folder(&self, path: &str) -> bool {
        let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
        let next = self.entries.range::<str, _>((Bound::Included(prefix.as_str()), Bound::Unbounded)).next();
        next.is_some_and(|(name, _)| name.starts_with(&prefix))
    }

    /// Every file below a folder that is looked at when it is walked.
    fn below(&self, folder: &str) -> Vec<PathBuf> {
        let inside = |path: &str| {
            let rest = if folder.is_empty() { path } else { path.strip_prefix(folder)?.strip_prefix('/')? };
            let (folders, _) = rest.rsplit_once('/').unwrap_or(("", rest));
            (!folders.split('/').any(is_skipped_folder)).then(|| PathBuf::from(path))
        };
        let files = self.entries.values().filter(|entry| entry.kind != Kind::Submodule);
        files.filter_map(|entry| inside(&entry.path)).collect()
    }

    /// The file at a path, through links.
    fn find(&self, path: &Path) -> Result<&Entry, ReadError> {
        let mut rest = parts(path)?;
        let mut at: Vec<String> = Vec::new();
        let mut links = 0;
        while let Some(part) = rest.pop() {
            if part == ".." {
                at.pop().ok_or(ReadError::Outside)?;
                continue;
            }
            at.push(part);
            let here = at.join("/");
            match self.entries.get(&here) {
                Some(Entry { kind: Kind::Submodule, .. }) => return Err(ReadError::Outside),
                Some(entry) if entry.kind == Kind::Link => {
                    links += 1;
                    if links > LINKS {
                        return Err(ReadError::Unreadable("its links lead in a circle".to_owned()));
                    }
                    at.pop();
                    let target = self.bytes(entry)?;
                    let target = String::from_utf8(target).map_err(|_| ReadError::Missing)?;
                    rest.extend(parts(Path::new(&target))?);
                }
                Some(entry) if rest.is_empty() => return Ok(entry),
                None if self.is_folder(&here) => {}
                Some(_) | None => return Err(ReadError::Missing),
            }
        }
        Err(ReadError::Folder)
    }

    fn bytes(&self, entry: &Entry) -> Result<Vec<u8>, ReadError> {
        let most = self.file_bytes.saturating_add(1);
        let read = self.objects.borrow_mut().read(&entry.object, most);
        let read = read.map_err(|error| ReadError::Unreadable(format!("git gave up: {error}")))?;
        read.ok_or_else(|| ReadError::Unreadable("this clone does not hold its text".to_owned()))
    }
}

impl Files for Revision {
    fn read(&self, path: &Path) -> Result<Vec<u8>, ReadError> {
        self.bytes(self.find(path)?)
    }
}

/// The names of a path, last first.
fn parts(path: &Path) -> Result<Vec<String>, ReadError> {
    let mut parts = Vec::new();
    for component in path.components().rev() {
        match component {
            Component::Normal(name) => parts.push(name.to_str().ok_or(ReadError::Missing)?.to_owned()),
            Component::ParentDir => parts.push("..".to_owned()),
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return Err(ReadError::Outside),
        }
    }
    Ok(parts)
}

/// How often each line that says something occurs.
fn lines(text: &[u8]) -> HashMap<Vec<u8>, usize> {
    let mut lines = HashMap::new();
    for line in text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty()) {
        *lines.entry(line.to_vec()).or_default() += 1;
    }
    lines
}

/// Lines two texts have in common, and those of the longer one.
fn shared(one: &HashMap<Vec<u8>, usize>, other: &HashMap<Vec<u8>, usize>) -> (usize, usize) {
    let common = one.iter().map(|(line, times)| other.get(line).map_or(0, |others| *times.min(others))).sum();
    (common, one.values().sum::<usize>().max(other.values().sum()))
}
