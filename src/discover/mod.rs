//! Paths to projects: which files belong to one design, and what may be read at all.

mod git;
mod revision;
mod workspace;

pub use git::{Commit, GitError, Repository};
pub use revision::Revision;
pub use workspace::{Files, InMemory, ReadError, Workspace, named_from, path_in_repository, repository_of, resolve};

use std::path::{Path, PathBuf};
use walkdir::{DirEntry, WalkDir};

/// The files one review starts from. Includes are followed when they are read.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Project {
    /// As the user would type them, in the order they are read.
    pub files: Vec<PathBuf>,
    /// The user named the file, not its folder: what lies beside it, such as a Compose override, is left alone.
    pub is_named: bool,
}

impl Project {
    /// A file somebody named.
    pub fn named(file: impl Into<PathBuf>) -> Self {
        Self { files: vec![file.into()], is_named: true }
    }

    /// Files found in a folder.
    pub fn found(files: Vec<PathBuf>) -> Self {
        Self { files, is_named: false }
    }
}

/// Nothing to review, or a path that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DiscoverError {
    #[error("`{0}` does not exist")]
    Missing(String),
    #[error(
        "no design found in `{0}`: premortem reads `*.arch.yaml` and Compose files (`compose.yaml`, `docker-compose.yml`)\n\
         help: `premortem init` writes a small design to start from"
    )]
    NoDesign(String),
    #[error("cannot read `{path}`: {reason}")]
    Unreadable { path: String, reason: String },
}

/// Folders that never hold a design of this repository.
const SKIPPED_FOLDERS: [&str; 6] = [".git", "node_modules", "target", "vendor", ".terraform", "__pycache__"];

/// What a design file is called in premortem's own notation.
pub fn is_native_name(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.ends_with(".arch.yaml") || name.ends_with(".arch.yml")
}

/// The names Compose itself looks for, first choice first.
pub const COMPOSE_NAMES: [&str; 4] = ["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"];

/// Every project under the given paths: a file is one project; a folder is walked, and each folder in it that directly
/// holds `*.arch.yaml` files is one project, each Compose file another.
pub fn discover(paths: &[PathBuf]) -> Result<Vec<Project>, DiscoverError> {
    discover_without(paths, &mut |_, _| false)
}

/// As [`discover`]; a walk passes by what `is_excluded` says, asked for files that may be designs, and for folders.
pub fn discover_without(
    paths: &[PathBuf],
    is_excluded: &mut dyn FnMut(&Path, bool) -> bool,
) -> Result<Vec<Project>, DiscoverError> {
    let mut projects = Vec::new();
    for path in paths {
        let metadata = std::fs::metadata(path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => DiscoverError::Missing(path.display().to_string()),
            _ => DiscoverError::Unreadable { path: path.display().to_string(), reason: error.to_string() },
        })?;
        if metadata.is_dir() {
            let found = walk(path, is_excluded)?;
            if found.is_empty() {
                return Err(DiscoverError::NoDesign(path.display().to_string()));
            }
            projects.extend(found);
        } else {
            projects.push(Project::named(path));
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    projects.retain(|project| seen.insert(project.clone()));
    Ok(projects)
}

fn walk(folder: &Path, is_excluded: &mut dyn FnMut(&Path, bool) -> bool) -> Result<Vec<Project>, DiscoverError> {
    let mut files = Vec::new();
    let entries = WalkDir::new(folder).sort_by_file_name().into_iter().filter_entry(|entry| {
        let is_folder = entry.file_type().is_dir();
        let is_asked = entry.depth() > 0 && (is_folder || may_be_design(entry.path()));
        let passes_by = is_skipped(entry) || (is_asked && is_excluded(&shown(entry.path()), is_folder));
        !passes_by
    });
    for entry in entries {
        match entry {
            Ok(entry) if entry.file_type().is_dir() => {}
            Ok(entry) => files.push(shown(entry.path())),
            // A folder nobody may look into is not part of the design.
            Err(error) if error.depth() > 0 => {}
            Err(error) => {
                return Err(DiscoverError::Unreadable {
                    path: folder.display().to_string(),
                    reason: error.to_string(),
                });
            }
        }
    }
    Ok(projects_among(files))
}

/// The projects that files of a folder and the folders below it make up.
fn projects_among(files: Vec<PathBuf>) -> Vec<Project> {
    let mut natives: std::collections::BTreeMap<PathBuf, Vec<PathBuf>> = std::collections::BTreeMap::new();
    let mut composes = std::collections::BTreeMap::new();
    for path in files {
        let parent = path.parent().unwrap_or(Path::new("")).to_path_buf();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if is_native_name(&path) {
            natives.entry(parent).or_default().push(path);
        } else if let Some(rank) = COMPOSE_NAMES.iter().position(|known| *known == name) {
            // Compose reads the first of these names in a folder and ignores the others.
            let best = composes.entry(parent).or_insert((rank, path.clone()));
            if rank < best.0 {
                *best = (rank, path);
            }
        }
    }
    let natives = natives.into_values().map(Project::found);
    let composes = composes.into_values().map(|(_, path)| Project::found(vec![path]));
    let mut projects: Vec<Project> = natives.chain(composes).collect();
    projects.sort();
    projects
}

fn may_be_design(path: &Path) -> bool {
    is_native_name(path) || COMPOSE_NAMES.iter().any(|name| path.file_name().is_some_and(|known| known == *name))
}

fn is_skipped(entry: &DirEntry) -> bool {
    entry.depth() > 0 && entry.file_type().is_dir() && is_skipped_folder(&entry.file_name().to_string_lossy())
}

fn is_skipped_folder(name: &str) -> bool {
    SKIPPED_FOLDERS.contains(&name)
}

/// `./a/b` as people write it: `a/b`.
fn shown(path: &Path) -> PathBuf {
    path.strip_prefix("./").unwrap_or(path).to_path_buf()
}
