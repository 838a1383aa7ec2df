//! The files of one Compose project: the file itself, its override, what it includes and extends, `.env` and `env_file`.

use super::layers::{Layers, Value};
use super::variables::Variables;
use crate::parse::{Limits, Node, Parsed, parse};
use crate::problem::Problem;
use crate::sources::{Sources, Span};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Opens the files a project names. Decides what may be read at all.
pub trait Files {
    /// Reads `path` as it is written in a file of `folder`.
    fn read(&mut self, folder: &Path, path: &str) -> Result<Found, NotRead>;
}

/// A file that was read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    /// As the user would type it; the same for the same file.
    pub path: PathBuf,
    pub bytes: Vec<u8>,
}

/// Why a file was not read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NotRead {
    #[error("there is no such file")]
    Missing,
    #[error("it lies outside the repository, and nothing there is read")]
    Outside,
    #[error("it cannot be read: {0}")]
    Unreadable(String),
}

/// Names of which Compose reads the first that lies beside the file.
const OVERRIDES: [&str; 4] =
    ["compose.override.yml", "compose.override.yaml", "docker-compose.override.yml", "docker-compose.override.yaml"];

/// Compose files and `env_file`s of one project, together.
const MOST_FILES: usize = 500;

/// Includes inside includes.
const DEEPEST_INCLUDE: usize = 32;

/// One Compose file.
pub(super) struct File {
    pub(super) parsed: Parsed,
    folder: PathBuf,
    variables: usize,
}

/// Everything that was read.
pub(super) struct Project {
    pub(super) files: Vec<File>,
    variables: Vec<Variables>,
    /// The files whose services run, the weakest first.
    layers: Vec<usize>,
    /// The file an `extends` in a file names.
    extended: BTreeMap<(usize, String), usize>,
    /// What an `env_file` in a file sets.
    env_files: BTreeMap<(usize, String), Variables>,
    /// Every file that is named was read.
    pub(super) complete: bool,
    pub(super) problems: Vec<Problem>,
}

impl Project {
    /// The first document of a file.
    pub(super) fn root(&self, file: usize) -> Option<Value<'_>> {
        let node = self.files[file].parsed.tree.documents().next()?;
        let variables = &self.variables[self.files[file].variables];
        Some(Value { node, variables, file, inherited: false })
    }

    /// The files whose services run, the weakest first.
    pub(super) fn roots(&self) -> impl DoubleEndedIterator<Item = Value<'_>> {
        self.layers.iter().filter_map(|file| self.root(*file))
    }

    /// The variables of the project itself.
    pub(super) fn variables(&self) -> &Variables {
        &self.variables[0]
    }

    pub(super) fn extended(&self, from: usize, path: &str) -> Option<usize> {
        self.extended.get(&(from, path.to_owned())).copied()
    }

    /// Whether an `env_file` sets a variable.
    pub(super) fn sets(&self, key: &(usize, String), name: &str) -> bool {
        self.env_file(key).is_some_and(|variables| variables.get(name).is_some())
    }

    pub(super) fn env_file(&self, key: &(usize, String)) -> Option<&Variables> {
        self.env_files.get(key)
    }
}

/// Reads everything `main` names. `with_override` also reads the override file that lies beside it.
pub(super) fn load(
    main: Parsed,
    path: &Path,
    with_override: bool,
    files: &mut dyn Files,
    sources: &mut Sources,
    limits: &Limits,
) -> Project {
    let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
    let project = Project {
        files: Vec::new(),
        variables: Vec::new(),
        layers: Vec::new(),
        extended: BTreeMap::new(),
        env_files: BTreeMap::new(),
        complete: true,
        problems: Vec::new(),
    };
    let mut loader = Loader { project, files, sources, limits, known: BTreeMap::new(), opened: 0 };
    let variables = loader.dot_env(&folder, &Variables::default());
    let main = loader.add(main, path.to_path_buf(), folder.clone(), variables);
    let beside = if with_override { loader.beside(&folder, variables) } else { None };
    loader.include_from(main, 0);
    loader.project.layers.push(main);
    if let Some(beside) = beside {
        loader.include_from(beside, 0);
        loader.project.layers.push(beside);
    }
    // Files an `extends` names may name further files; the list grows while it is walked.
    let mut file = 0;
    while file < loader.project.files.len() {
        loader.named_by_services(file);
        file += 1;
    }
    loader.project
}

struct Loader<'a> {
    project: Project,
    files: &'a mut dyn Files,
    sources: &'a mut Sources,
    limits: &'a Limits,
    known: BTreeMap<PathBuf, usize>,
    opened: usize,
}

/// One `include`, with everything filled in.
struct Include {
    paths: Vec<(String, Span)>,
    folder: Option<String>,
    env_files: Vec<(String, Span)>,
}

impl Loader<'_> {
    fn add(&mut self, parsed: Parsed, path: PathBuf, folder: PathBuf, variables: usize) -> usize {
        self.project.files.push(File { parsed, folder, variables });
        let file = self.project.files.len() - 1;
        self.known.insert(path, file);
        file
    }

    /// The `.env` of a folder, under the variables of the project that includes it.
    fn dot_env(&mut self, folder: &Path, around: &Variables) -> usize {
        let mut variables = Variables::default();
        if let Ok(found) = self.open(folder, ".env") {
            variables = Variables::parse(&found.bytes, around).into_iter().collect();
        }
        variables.overlay(around);
        self.project.variables.push(variables);
        self.project.variables.len() - 1
    }

    fn beside(&mut self, folder: &Path, variables: usize) -> Option<usize> {
        let found = OVERRIDES.iter().find_map(|name| self.open(folder, name).ok())?;
        Some(self.parse(found, folder.to_path_buf(), variables))
    }

    fn open(&mut self, folder: &Path, path: &str) -> Result<Found, NotRead> {
        if self.opened >= MOST_FILES {
            return Err(NotRead::Unreadable(format!("a project may name {MOST_FILES} files")));
        }
        self.opened += 1;
        self.files.read(folder, path)
    }

    fn parse(&mut self, found: Found, folder: PathBuf, variables: usize) -> usize {
        if let Some(known) = self.known.get(&found.path) {
            return *known;
        }
        let mut parsed = parse(self.sources, &found.path.to_string_lossy(), &found.bytes, self.limits);
        self.project.problems.append(&mut parsed.problems);
        self.add(parsed, found.path, folder, variables)
    }

    /// Opens a file named at `at`; a problem if that fails.
    fn named(&mut self, folder: &Path, path: &str, at: Span, why: &str) -> Option<Found> {
        if path.contains(super::interpolation::UNKNOWN) {
            // Which file it is depends on variables that nobody sets here.
            self.project.complete = false;
            return None;
        }
        match self.open(folder, path) {
            Ok(found) => Some(found),
            Err(error) => {
                self.project.complete = false;
                self.project.problems.push(
                    Problem::warning("compose-missing-file", format!("{why} is not read: {error}"), at, "named here")
                        .with_help("Correct the path, or review the file where all of its parts are present."),
                );
                None
            }
        }
    }

    fn include_from(&mut self, file: usize, depth: usize) {
        let folder = self.project.files[file].folder.clone();
        for include in self.project.root(file).map(includes).unwrap_or_default() {
            if depth >= DEEPEST_INCLUDE {
                self.project.complete = false;
                return;
            }
            self.include(file, &folder, include, depth);
        }
    }

    fn include(&mut self, file: usize, folder: &Path, include: Include, depth: usize) {
        let around = self.project.variables[self.project.files[file].variables].clone();
        let mut base = None;
        for (path, at) in include.paths {
            if is_remote(&path) {
                self.project.complete = false;
                self.project.problems.push(
                    Problem::warning(
                        "compose-missing-file",
                        "a remote file is not included",
                        at,
                        "not on this machine",
                    )
                    .with_help("Copy the file into the repository and include the copy."),
                );
                continue;
            }
            let Some(found) = self.named(folder, &path, at, "an included file") else { continue };
            if self.known.contains_key(&found.path) {
                continue;
            }
            // All paths of one `include` are one project: that of its first file.
            let (own_folder, variables) = base.get_or_insert_with(|| {
                let own = match &include.folder {
                    Some(own) => folder.join(own),
                    None => found.path.parent().unwrap_or(Path::new("")).to_path_buf(),
                };
                let variables = if include.env_files.is_empty() {
                    self.dot_env(&own, &around)
                } else {
                    self.include_variables(folder, &include.env_files, &around)
                };
                (own, variables)
            });
            let (own_folder, variables) = (own_folder.clone(), *variables);
            let included = self.parse(found, own_folder, variables);
            self.include_from(included, depth + 1);
            self.project.layers.push(included);
        }
    }

    fn include_variables(&mut self, folder: &Path, files: &[(String, Span)], around: &Variables) -> usize {
        let mut variables = Variables::default();
        for (path, at) in files {
            if let Some(found) = self.named(folder, path, *at, "an `env_file`") {
                variables.overlay(&Variables::parse(&found.bytes, around).into_iter().collect());
            }
        }
        variables.overlay(around);
        self.project.variables.push(variables);
        self.project.variables.len() - 1
    }

    /// Opens what the services of a file extend, and their `env_file`s.
    fn named_by_services(&mut self, file: usize) {
        let folder = self.project.files[file].folder.clone();
        let (extended, env_files) = self.project.root(file).map(named_files).unwrap_or_default();
        for (path, at) in extended {
            let key = (file, path.clone());
            if self.project.extended.contains_key(&key) {
                continue;
            }
            if let Some(found) = self.named(&folder, &path, at, "an extended file") {
                let own = found.path.parent().unwrap_or(Path::new("")).to_path_buf();
                let variables = self.project.files[file].variables;
                let target = self.parse(found, own, variables);
                self.project.extended.insert(key, target);
            }
        }
        let mut tried = BTreeSet::new();
        for path in env_files {
            if path.contains(super::interpolation::UNKNOWN) || !tried.insert(path.clone()) {
                continue;
            }
            // Files with passwords are seldom in the repository: their absence is no mistake.
            if let Ok(found) = self.open(&folder, &path) {
                let around = &self.project.variables[self.project.files[file].variables];
                let variables = Variables::parse(&found.bytes, around).into_iter().collect();
                self.project.env_files.insert((file, path), variables);
            }
        }
    }
}

fn is_remote(path: &str) -> bool {
    path.contains("://") || path.starts_with("git@")
}

fn includes(root: Value<'_>) -> Vec<Include> {
    let written = root.get("include");
    let items = written.into_iter().flat_map(Value::items);
    items
        .map(|item| {
            if item.is_map() {
                Include {
                    paths: item.get("path").map(one_or_many).unwrap_or_default(),
                    folder: item.get("project_directory").and_then(Value::text).map(Into::into),
                    env_files: item.get("env_file").map(one_or_many).unwrap_or_default(),
                }
            } else {
                Include { paths: one_or_many(item), folder: None, env_files: Vec::new() }
            }
        })
        .collect()
}

fn one_or_many(value: Value<'_>) -> Vec<(String, Span)> {
    let text = |value: Value<'_>| Some((value.text()?.into_owned(), value.span()));
    if value.is_list() { value.items().filter_map(text).collect() } else { text(value).into_iter().collect() }
}

/// The files that services of a file extend, and the `env_file`s they read.
fn named_files(root: Value<'_>) -> (Vec<(String, Span)>, Vec<String>) {
    let mut extended = Vec::new();
    let mut named = Vec::new();
    let services = root.get("services").into_iter().flat_map(|services| services.node.entries());
    for service in services {
        let service = root.at(service.value);
        if let Some(file) = service.get("extends").and_then(|extends| extends.get("file"))
            && let Some(path) = file.text()
        {
            extended.push((path.into_owned(), file.span()));
        }
        let mut layers = Layers::default();
        layers.push(service);
        named.extend(env_files(&layers.get("env_file")).into_iter().map(|file| file.key.1));
    }
    (extended, named)
}

/// One `env_file`.
pub(super) struct EnvFile {
    /// The file that names it, and the path as it is filled in: the key of what was read.
    pub(super) key: (usize, String),
    pub(super) span: Span,
}

/// What an `env_file` names: one path, a list, or a list of `{path, required}`.
pub(super) fn env_files(written: &Layers<'_>) -> Vec<EnvFile> {
    let mut paths = Vec::new();
    for value in written.iter() {
        let items: Vec<Value<'_>> = if value.is_list() { value.items().collect() } else { vec![value] };
        for item in items {
            let path = if item.is_map() { item.get("path").and_then(Value::text) } else { item.text() };
            let span = item.span();
            paths.extend(path.map(|path| EnvFile { key: (value.file, path.into_owned()), span }));
        }
    }
    paths
}

/// Whether a document is a Compose file.
///
/// Other notations have a map of `services` too: one of these must say something only Compose says.
pub fn is_compose(document: Node<'_>) -> bool {
    const KEYS: [&str; 15] = [
        "image",
        "build",
        "extends",
        "depends_on",
        "environment",
        "env_file",
        "ports",
        "expose",
        "command",
        "entrypoint",
        "container_name",
        "healthcheck",
        "volumes",
        "restart",
        "deploy",
    ];
    let Some(services) = document.get("services") else { return false };
    document.get("components").is_none()
        && services.entries().any(|service| service.value.entries().any(|entry| KEYS.contains(&entry.key.text)))
}
