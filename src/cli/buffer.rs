//! Standard input as a file that an editor has changed and not yet saved.

use super::Failure;
use super::input::{is_stdin, read_stdin};
use premortem::discover::{COMPOSE_NAMES, Files, Project, ReadError, Workspace, is_native_name, resolve};
use premortem::parse::Limits;
use premortem::problem::Problem;
use premortem::review::{Opened, open};
use premortem::sources::Sources;
use std::path::{Path, PathBuf};

/// The disk, where one file says something else.
struct Unsaved {
    disk: Workspace,
    /// Without `..`, so that an include finds it.
    path: PathBuf,
    bytes: Vec<u8>,
}

impl Files for Unsaved {
    fn read(&self, path: &Path) -> Result<Vec<u8>, ReadError> {
        if plain(path) == self.path { Ok(self.bytes.clone()) } else { self.disk.read(path) }
    }
}

/// Opens the design that a file belongs to, with the file's text from standard input.
pub(crate) fn open_buffer(
    paths: &[PathBuf],
    name: &Path,
    limits: &Limits,
    sources: &mut Sources,
    problems: &mut Vec<Problem>,
) -> Result<Vec<(Project, Opened)>, Failure> {
    if !matches!(paths, [path] if is_stdin(path)) {
        return Err(Failure::Usage("`--stdin-filename` needs `-` as the only path".to_owned()));
    }
    let folder = name.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let disk = Workspace::around(folder, limits.file_bytes)
        .map_err(|_| Failure::Usage(format!("the folder of `{}` does not exist", name.display())))?;
    let files = Unsaved { disk, path: plain(name), bytes: read_stdin(limits)? };
    let project = project(name, folder);
    let opened = open(&project, &files, limits, sources, problems);
    Ok(vec![(project, opened)])
}

/// The design that a folder walk would have found the file in.
fn project(name: &Path, folder: &Path) -> Project {
    if !is_native_name(name) {
        let is_compose = name.file_name().is_some_and(|name| COMPOSE_NAMES.iter().any(|known| name == *known));
        let files = vec![name.to_path_buf()];
        return if is_compose { Project::found(files) } else { Project::named(name) };
    }
    let beside = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let beside = beside.filter(|entry| entry.path().is_file() && is_native_name(Path::new(&entry.file_name())));
    let mut files: Vec<PathBuf> = beside.map(|entry| name.with_file_name(entry.file_name())).collect();
    files.push(name.to_path_buf());
    files.sort();
    files.dedup();
    Project::found(files)
}

fn plain(path: &Path) -> PathBuf {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    whole.to_str().map_or_else(|| whole.clone(), |text| resolve(Path::new(""), text))
}
