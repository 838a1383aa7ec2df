//! The one place that opens files of a design: nothing outside the root is read.

use std::io::Read;
use std::path::{Component, Path, PathBuf};

/// A folder a review may read from: the repository that holds the design, else the folder it was pointed at.
#[derive(Clone, Debug)]
pub struct Workspace {
    /// Canonical.
    root: PathBuf,
    /// Bytes read of one file at the most; one more is read so that the parser can refuse the file.
    file_bytes: usize,
}

/// Why a file was not read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ReadError {
    #[error("there is no such file")]
    Missing,
    #[error("it lies outside the repository, and nothing there is read")]
    Outside,
    #[error("it is a folder")]
    Folder,
    #[error("it cannot be read: {0}")]
    Unreadable(String),
}

/// Where the text of a file comes from: the disk, or memory.
pub trait Files {
    /// The bytes of a file, at most one more than the size limit.
    fn read(&self, path: &Path) -> Result<Vec<u8>, ReadError>;
}

/// Files in memory: standard input, an editor's buffer, the example of a rule.
#[derive(Clone, Debug, Default)]
pub struct InMemory(pub std::collections::BTreeMap<PathBuf, Vec<u8>>);

impl Files for InMemory {
    fn read(&self, path: &Path) -> Result<Vec<u8>, ReadError> {
        self.0.get(path).cloned().ok_or(ReadError::Missing)
    }
}

/// Where `path`, written in `file`, points to; `..` is taken out so that one file has one name.
pub fn resolve(file: &Path, path: &str) -> PathBuf {
    let joined = file.parent().unwrap_or(Path::new("")).join(path);
    let mut plain = PathBuf::new();
    for component in joined.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if plain.file_name().is_some() => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

/// Where a file that was read lies in the repository we are in, else in its own, with forward slashes; outside of any, from
/// the folder we are in. `None` for what is no file. Nothing of the folders above becomes part of it.
pub fn path_in_repository(name: &str) -> Option<String> {
    let (_, inside) = located(name)?;
    let names: Vec<&str> = inside.iter().map(std::ffi::OsStr::to_str).collect::<Option<_>>()?;
    Some(names.join("/"))
}

/// The folder that [`path_in_repository`] names a file from.
pub fn named_from(name: &str) -> Option<PathBuf> {
    located(name).map(|(root, _)| root)
}

/// The folder a file is named from, and its path from there.
fn located(name: &str) -> Option<(PathBuf, PathBuf)> {
    let path = std::path::absolute(name).ok().filter(|path| path.is_file())?;
    let path = resolve(&path, path.to_str()?);
    let folder = path.parent()?;
    let here = std::env::current_dir().ok();
    let ours = here.as_deref().and_then(repository_of).filter(|root| path.starts_with(root));
    let here = here.as_deref().filter(|here| path.starts_with(here));
    let root = ours.or_else(|| repository_of(folder)).or(here).unwrap_or(folder);
    let inside = path.strip_prefix(root).ok()?;
    Some((root.to_path_buf(), inside.to_path_buf()))
}

/// The nearest ancestor that is a repository.
pub fn repository_of(folder: &Path) -> Option<&Path> {
    folder.ancestors().find(|ancestor| ancestor.join(".git").exists())
}

impl Workspace {
    /// The workspace of a design: the nearest ancestor that holds `.git`, else the folder of the path itself.
    pub fn around(path: &Path, file_bytes: usize) -> std::io::Result<Self> {
        let start = std::fs::canonicalize(if path.as_os_str().is_empty() { Path::new(".") } else { path })?;
        let folder = if start.is_dir() { start.as_path() } else { start.parent().unwrap_or(&start) };
        let root = repository_of(folder).unwrap_or(folder);
        Ok(Self { root: root.to_path_buf(), file_bytes })
    }
}

impl Files for Workspace {
    /// Links are followed and must stay inside the root.
    fn read(&self, path: &Path) -> Result<Vec<u8>, ReadError> {
        let unreadable = |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => ReadError::Missing,
            _ => ReadError::Unreadable(error.kind().to_string()),
        };
        let canonical = std::fs::canonicalize(path).map_err(unreadable)?;
        if !canonical.starts_with(&self.root) {
            return Err(ReadError::Outside);
        }
        if canonical.is_dir() {
            return Err(ReadError::Folder);
        }
        let file = std::fs::File::open(&canonical).map_err(unreadable)?;
        let mut bytes = Vec::new();
        let most = u64::try_from(self.file_bytes).unwrap_or(u64::MAX).saturating_add(1);
        file.take(most).read_to_end(&mut bytes).map_err(unreadable)?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_outside_the_root_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("in");
        std::fs::create_dir_all(inside.join(".git")).unwrap();
        std::fs::write(folder.path().join("secret.yaml"), "secret").unwrap();
        std::fs::write(inside.join("a.yaml"), "a").unwrap();
        let workspace = Workspace::around(&inside.join("a.yaml"), 100).unwrap();
        assert_eq!(workspace.read(&inside.join("a.yaml")), Ok(b"a".to_vec()));
        assert_eq!(workspace.read(&inside.join("../secret.yaml")), Err(ReadError::Outside));
        assert_eq!(workspace.read(&inside.join("b.yaml")), Err(ReadError::Missing));
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(folder.path().join("secret.yaml"), inside.join("link.yaml")).unwrap();
            assert_eq!(workspace.read(&inside.join("link.yaml")), Err(ReadError::Outside));
        }
    }

    #[test]
    fn one_file_has_one_name() {
        let resolved = resolve(Path::new("design/shop.arch.yaml"), "../deploy/./compose.yaml");
        assert_eq!(resolved, Path::new("deploy/compose.yaml"));
        assert_eq!(resolve(Path::new("a.yaml"), "../b.yaml"), Path::new("../b.yaml"));
    }
}
