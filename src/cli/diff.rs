//! `premortem diff`: what a change makes worse or better.

use super::change::judged;
use super::input::{LimitFlags, open_all, open_projects};
use super::judging::RuleFlags;
use super::output::tell;
use super::terminal::Terminal;
use super::{COULD_NOT_REVIEW, Failure, OK};
use clap::{Args, ValueEnum};
use premortem::difference::{Difference, Side, Version};
use premortem::discover::{GitError, Repository, Revision, Workspace, discover, path_in_repository};
use premortem::parse::Limits;
use premortem::problem::ProblemSeverity;
use premortem::report::{self, difference};
use premortem::review::{Review, open};
use std::io::Write;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
#[command(
    after_help = "A side that exists as a file or folder is read from there; anything else is a git revision, or\nREV:PATH with the path from the top of the repository. A revision alone means the files the\nother side names.\n\nExamples:\n  premortem diff main\n  premortem diff v1.2 v1.3 --format markdown\n  premortem diff HEAD~3:design/shop.arch.yaml design/shop.arch.yaml"
)]
pub(crate) struct Diff {
    /// What it was: a file, a folder, a git revision, or `REV:PATH`.
    old: String,

    /// What it is: the same.
    #[arg(default_value = ".")]
    new: String,

    /// How to print.
    #[arg(long, value_enum, default_value_t)]
    format: DiffFormat,

    #[command(flatten)]
    rules: RuleFlags,

    #[command(flatten)]
    limits: LimitFlags,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum DiffFormat {
    /// For people.
    #[default]
    Full,
    /// A comment on a pull request.
    Markdown,
    /// For scripts; `premortem schema diff` describes it.
    Json,
}

/// Where a side is read from.
enum Place {
    Path(PathBuf),
    Revision {
        name: String,
        /// `None`: whatever the other side names.
        path: Option<String>,
    },
}

impl Diff {
    pub(crate) fn run(&self, terminal: &Terminal, out: &mut dyn Write) -> Result<u8, Failure> {
        let (old, new) = (place(&self.old), place(&self.new));
        let limits = self.limits.limits();
        let sides = [self.side(&self.old, &old, &new, &limits)?, self.side(&self.new, &new, &old, &limits)?];
        let mut is_answer = true;
        for side in &sides {
            let is_broken = side.review.problems.iter().any(|problem| problem.severity == ProblemSeverity::Error);
            is_answer &= !(is_broken && side.designs.is_empty());
            let problems = side.review.problems.iter().map(|problem| {
                let place = side.review.sources.place(problem.primary());
                format!("{}: {place}: {}[{}] {}", side.name, problem.severity.name(), problem.code, problem.message)
            });
            for problem in problems {
                tell(&report::escape(&problem));
            }
        }
        if !is_answer {
            return Ok(COULD_NOT_REVIEW);
        }
        let [old, new] = sides;
        if old.designs.is_empty() && new.designs.is_empty() {
            return Err(Failure::Usage(format!("there is no design in `{}`, and none in `{}`", old.name, new.name)));
        }
        let difference = Difference::new(old, new);
        match self.format {
            DiffFormat::Full => difference::write_text(&difference, &terminal.style(), out)?,
            DiffFormat::Markdown => difference::write_markdown(&difference, out)?,
            DiffFormat::Json => difference::write_json(&difference, out)?,
        }
        Ok(OK)
    }

    fn side(&self, name: &str, place: &Place, other: &Place, limits: &Limits) -> Result<Side, Failure> {
        match place {
            Place::Path(path) => self.of_path(name, path, limits),
            Place::Revision { name: revision, path } => {
                self.of_revision(name, revision, path.as_deref(), other, limits)
            }
        }
    }

    fn of_path(&self, name: &str, path: &Path, limits: &Limits) -> Result<Side, Failure> {
        let mut review = Review::default();
        let paths = [path.to_path_buf()];
        let mut configs = self.rules.folders.config.configs(&paths)?;
        let opened = open_projects(&paths, &mut configs, limits, &mut review.sources, &mut review.problems)?;
        let designs = judged(opened, &self.rules, &mut review, &Path::to_path_buf, None)?;
        review.sources.locate(path_in_repository);
        let below = |design: &Path| slashed(design.strip_prefix(path).unwrap_or(design), path);
        let designs = Version::all(&review, designs, below);
        Ok(Side { name: name.to_owned(), commit: None, review, designs })
    }

    fn of_revision(
        &self,
        name: &str,
        revision: &str,
        path: Option<&str>,
        other: &Place,
        limits: &Limits,
    ) -> Result<Side, Failure> {
        let near = match other {
            Place::Path(path) => path.as_path(),
            Place::Revision { .. } => Path::new("."),
        };
        let repository = Repository::around(near).map_err(|error| missing(name, error))?;
        let commit = repository.commit(revision).map_err(|error| missing(name, error))?;
        let revision = Revision::open(&repository, commit, limits.file_bytes)?;
        let mut projects = Vec::new();
        let theirs = if let Place::Revision { path, .. } = other { path.as_deref() } else { None };
        let below = match (path.or(theirs), other) {
            (Some(path), _) => path.trim_matches('/').to_owned(),
            (None, Place::Path(path)) => repository.inside(path)?,
            (None, Place::Revision { .. }) => match repository.root() {
                Ok(_) => repository.inside(Path::new("."))?,
                Err(_) => String::new(),
            },
        };
        if revision.holds(&below) {
            projects.extend(revision.projects(&below));
        } else if let Some(path) = path {
            return Err(Failure::Usage(format!("there is no `{path}` in `{}`", revision.commit().short())));
        } else if let Place::Path(path) = other {
            let root = repository.root()?;
            let texts = Workspace::around(path, limits.file_bytes)?;
            for project in discover(std::slice::from_ref(path))? {
                projects.extend(revision.moved(&project, &texts, &|path| !root.join(path).exists()));
            }
        }
        let mut review = Review::default();
        let (sources, problems) = (&mut review.sources, &mut review.problems);
        let opened = open_all(projects, problems, |project, told| Ok(open(project, &revision, limits, sources, told)))?;
        // A bare repository has no files, and no configuration.
        let root = repository.root().map(Path::to_path_buf).unwrap_or_default();
        let designs = judged(opened, &self.rules, &mut review, &|file| root.join(file), None)?;
        let relative = |design: &Path| slashed(design.strip_prefix(&below).unwrap_or(design), Path::new(&below));
        let designs = Version::all(&review, designs, relative);
        let commit = Some(revision.commit().name().to_owned());
        Ok(Side { name: name.to_owned(), commit, review, designs })
    }
}

fn place(text: &str) -> Place {
    if Path::new(text).exists() {
        return Place::Path(PathBuf::from(text));
    }
    match text.split_once(':') {
        Some((name, path)) => Place::Revision { name: name.to_owned(), path: Some(path.to_owned()) },
        None => Place::Revision { name: text.to_owned(), path: None },
    }
}

/// Who mistypes a path is not helped by what is said about git.
fn missing(name: &str, error: GitError) -> Failure {
    match error {
        GitError::NoRepository(_) => Failure::Usage(format!("`{name}` does not exist, and there is no git repository")),
        GitError::Unknown { help, .. } => {
            Failure::Usage(format!("there is no file, folder or git revision `{name}`\nhelp: {help}"))
        }
        other => Failure::Git(other),
    }
}

/// With forward slashes; the name of the whole where nothing is left.
fn slashed(path: &Path, whole: &Path) -> String {
    let shown = if path.as_os_str().is_empty() { Path::new(whole.file_name().unwrap_or_default()) } else { path };
    let names: Vec<_> = shown.iter().map(|name| name.to_string_lossy()).collect();
    names.join("/")
}
