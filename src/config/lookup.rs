//! Which configuration a folder is under.

use super::file::{self, ConfigFile};
use super::glob::Glob;
use crate::discover::{Files, Workspace, repository_of};
use crate::parse::Limits;
use crate::problem::Problem;
use crate::sources::Sources;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// What a configuration is called, first choice first.
pub const NAMES: [&str; 2] = ["premortem.yaml", "premortem.yml"];

/// Where configurations come from.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Source {
    /// The nearest file from a design upwards.
    #[default]
    Nearest,
    /// This file, for every design.
    File(PathBuf),
    Nowhere,
}

/// One configuration.
#[derive(Debug)]
pub struct Config {
    /// As a user would type it.
    pub name: String,
    pub file: ConfigFile,
    /// Nothing of it could be read: what it was meant to set is not known.
    pub is_broken: bool,
    /// Canonical; paths in the file are seen from here.
    pub(super) folder: PathBuf,
    /// Canonical; nothing outside is read.
    pub(super) root: PathBuf,
    excludes: Vec<Glob>,
}

/// Names one of [`Configs`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ConfigId(usize);

/// The configurations of one run, each read once.
#[derive(Debug, Default)]
pub struct Configs {
    source: Source,
    /// Canonical folders named by the user: outside of a repository nothing above them is read.
    tops: Vec<PathBuf>,
    loaded: Vec<Config>,
    /// By folder, as it was asked for.
    known: HashMap<PathBuf, (PathBuf, Option<ConfigId>)>,
    /// By canonical folder.
    found: HashMap<PathBuf, Option<ConfigId>>,
    problems: Vec<Problem>,
}

impl Configs {
    /// `paths` are those the user named.
    pub fn new(source: Source, paths: &[PathBuf]) -> Self {
        let folders = paths.iter().filter(|path| path.is_dir());
        let tops = folders.filter_map(|path| std::fs::canonicalize(path).ok()).collect();
        Self { source, tops, ..Self::default() }
    }

    pub fn get(&self, id: ConfigId) -> &Config {
        &self.loaded[id.0]
    }

    /// Every configuration that was read, and what is wrong with them.
    pub fn all(&self) -> impl Iterator<Item = (ConfigId, &Config)> {
        self.loaded.iter().enumerate().map(|(at, config)| (ConfigId(at), config))
    }

    /// What is wrong in the files read so far; told once.
    pub fn take_problems(&mut self) -> Vec<Problem> {
        std::mem::take(&mut self.problems)
    }

    /// The configuration a file is under; it need not exist, as standard input does not.
    pub fn of_file(&mut self, file: &Path, sources: &mut Sources) -> Option<ConfigId> {
        self.of_folder(file.parent().unwrap_or(Path::new("")), sources).1
    }

    /// Whether a walk passes by a file or folder.
    pub fn excludes(&mut self, path: &Path, is_folder: bool, sources: &mut Sources) -> bool {
        let (folder, Some(id)) = self.of_folder(path.parent().unwrap_or(Path::new("")), sources) else { return false };
        let config = &self.loaded[id.0];
        let Some(name) = path.file_name().filter(|_| !config.excludes.is_empty()) else { return false };
        let path = folder.join(name);
        let Ok(inside) = path.strip_prefix(&config.folder) else { return false };
        let names: Vec<_> = inside.iter().map(std::ffi::OsStr::to_string_lossy).collect();
        let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
        config.excludes.iter().any(|glob| glob.matches(&names, is_folder))
    }

    /// Whether one of the folders the user named holds everything a configuration is for.
    pub fn is_whole(&self, id: ConfigId) -> bool {
        let is_given = matches!(self.source, Source::File(_));
        self.tops.iter().any(|top| is_given || self.loaded[id.0].folder.starts_with(top))
    }

    fn of_folder(&mut self, folder: &Path, sources: &mut Sources) -> (PathBuf, Option<ConfigId>) {
        if let Some((canonical, id)) = self.known.get(folder) {
            return (canonical.clone(), *id);
        }
        let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let canonical = std::fs::canonicalize(here).unwrap_or_else(|_| here.to_path_buf());
        let id = match self.source.clone() {
            Source::Nowhere => None,
            Source::File(file) if self.loaded.is_empty() => Some(self.load(&file, file.display().to_string(), sources)),
            Source::File(_) => Some(ConfigId(0)),
            Source::Nearest => self.nearest(&canonical, sources),
        };
        self.known.insert(folder.to_path_buf(), (canonical.clone(), id));
        (canonical, id)
    }

    fn nearest(&mut self, folder: &Path, sources: &mut Sources) -> Option<ConfigId> {
        let ends = |folder: &Path| {
            folder.join(".git").exists()
                || (repository_of(folder).is_none() && !self.tops.iter().any(|top| is_above(top, folder)))
        };
        let mut passed = Vec::new();
        let mut found = None;
        let mut file = None;
        for folder in folder.ancestors() {
            found = self.found.get(folder).copied();
            if found.is_some() {
                break;
            }
            passed.push(folder.to_path_buf());
            file = NAMES.iter().map(|name| folder.join(name)).find(|path| path.is_file());
            if file.is_some() || ends(folder) {
                break;
            }
        }
        let id = found.flatten().or_else(|| Some(self.load(file.as_ref()?, as_typed(file.as_ref()?), sources)));
        self.found.extend(passed.into_iter().map(|folder| (folder, id)));
        id
    }

    fn load(&mut self, path: &Path, name: String, sources: &mut Sources) -> ConfigId {
        let canonical = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
        let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = std::fs::canonicalize(folder).unwrap_or_default();
        let root = repository_of(&folder).unwrap_or(&folder).to_path_buf();
        // A file somebody named is read wherever a link leads; one that was found has to lie in the repository.
        let around = if matches!(self.source, Source::File(_)) { &canonical } else { path };
        let folder_of = around.parent().unwrap_or(Path::new("."));
        let read = Workspace::around(folder_of, Limits::default().file_bytes)
            .map_err(|error| error.to_string())
            .and_then(|workspace| workspace.read(path).map_err(|error| error.to_string()));
        let (file, is_broken) = match read {
            Ok(bytes) => {
                let read = file::read(&name, &bytes, sources);
                self.problems.extend(read.problems);
                (read.file, read.is_broken)
            }
            Err(why) => {
                let whole = sources.add(name.clone(), "").ok().map(|id| sources.get(id).span());
                let message = format!("cannot read `{name}`: {why}");
                self.problems.extend(whole.map(|at| Problem::error("unreadable-file", message, at, "not read")));
                (ConfigFile::default(), true)
            }
        };
        let mut excludes = Vec::new();
        for written in &file.paths.exclude {
            match Glob::parse(&written.value) {
                Ok(glob) => excludes.push(glob),
                Err(why) => self.problems.push(
                    Problem::error(
                        "bad-value",
                        format!("`{}` is no pattern: {why}", written.value),
                        written.span,
                        "no pattern",
                    )
                    .with_help("Write a name such as `vendor`, or a path from here such as `/examples/**/old`."),
                ),
            }
        }
        self.loaded.push(Config { name, file, is_broken, folder, root, excludes });
        ConfigId(self.loaded.len() - 1)
    }
}

impl Config {
    /// A path written in the file, as a user would type it.
    pub(super) fn beside(&self, written: &str) -> PathBuf {
        crate::discover::resolve(Path::new(&self.name), written)
    }
}

/// Whether `top` is a folder above `folder`.
fn is_above(top: &Path, folder: &Path) -> bool {
    folder != top && folder.starts_with(top)
}

/// A canonical path as it is seen from the folder we are in, if it lies there or right above.
fn as_typed(path: &Path) -> String {
    let here = std::env::current_dir().and_then(std::fs::canonicalize).unwrap_or_default();
    if let Ok(inside) = path.strip_prefix(&here) {
        return inside.display().to_string();
    }
    let above = here.ancestors().enumerate().find_map(|(up, ancestor)| Some((up, path.strip_prefix(ancestor).ok()?)));
    match above {
        // Far away a path is clearer from the root.
        Some((up, inside)) if inside.components().count() <= 1 => {
            let mut shown = PathBuf::new();
            (0..up).for_each(|_| shown.push(".."));
            shown.join(inside).display().to_string()
        }
        _ => path.display().to_string(),
    }
}
