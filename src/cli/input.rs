//! The files a command works on, and the limits on them: the same flags for every command.

use super::Failure;
use super::terminal::Terminal;
use clap::Args;
use premortem::analyse::Analysis;
use premortem::config::{Configs, Source};
use premortem::discover::{DiscoverError, InMemory, Project, Workspace, discover_without};
use premortem::parse::Limits;
use premortem::problem::Problem;
use premortem::read::Notation;
use premortem::report;
use premortem::review::{Opened, Review, open};
use premortem::sources::Sources;
use std::io::Read;
use std::path::{Path, PathBuf};

/// What standard input is called where it is no file.
pub(crate) const STDIN: &str = "<stdin>";

/// What one design may cost.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Limits")]
#[expect(clippy::struct_field_names, reason = "the fields are the flags")]
pub(crate) struct LimitFlags {
    /// Largest file that is read, in bytes.
    #[arg(long, value_name = "BYTES", default_value_t = Limits::default().file_bytes)]
    max_file_size: usize,
    /// Deepest nesting of maps and lists.
    #[arg(long, value_name = "LEVELS", default_value_t = Limits::default().depth, hide_short_help = true)]
    max_depth: usize,
    /// How often YAML aliases are followed in one file.
    #[arg(long, value_name = "COUNT", default_value_t = Limits::default().alias_expansions, hide_short_help = true)]
    max_alias_expansions: usize,
    /// Components of one design.
    #[arg(long, value_name = "COUNT", default_value_t = Limits::default().components, hide_short_help = true)]
    max_components: usize,
}

impl LimitFlags {
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            file_bytes: self.max_file_size,
            depth: self.max_depth,
            alias_expansions: self.max_alias_expansions,
            components: self.max_components,
        }
    }
}

/// Where a design comes from: paths, or standard input as `-`.
pub(crate) fn projects(
    paths: &[PathBuf],
    configs: &mut Configs,
    sources: &mut Sources,
) -> Result<Vec<Project>, Failure> {
    if paths.iter().any(|path| is_stdin(path)) {
        if paths.len() > 1 {
            return Err(Failure::Usage("`-` reads standard input and cannot be mixed with other paths".to_owned()));
        }
        return Ok(vec![Project::named("-")]);
    }
    let here = [PathBuf::from(".")];
    let mut has_excluded = false;
    let mut is_excluded = |path: &Path, is_folder| {
        let is_excluded = configs.excludes(path, is_folder, sources);
        has_excluded |= is_excluded;
        is_excluded
    };
    match discover_without(if paths.is_empty() { &here } else { paths }, &mut is_excluded) {
        Err(DiscoverError::NoDesign(path)) if has_excluded => Err(Failure::Usage(format!(
            "no design found in `{path}` but for what the configuration excludes\nhelp: Look at `paths` in \
             `premortem.yaml`, or name a file."
        ))),
        found => Ok(found?),
    }
}

/// Reads every project the paths lead to, as far as configurations do not exclude it. A design whose files all belong to
/// another is part of that one.
pub(crate) fn open_projects(
    paths: &[PathBuf],
    configs: &mut Configs,
    limits: &Limits,
    sources: &mut Sources,
    problems: &mut Vec<Problem>,
) -> Result<Vec<(Project, Opened)>, Failure> {
    open_all(projects(paths, configs, sources)?, problems, |project, told| open_project(project, limits, sources, told))
}

/// Opens projects and leaves out those that are part of another.
pub(crate) fn open_all(
    projects: Vec<Project>,
    problems: &mut Vec<Problem>,
    mut open: impl FnMut(&Project, &mut Vec<Problem>) -> Result<Opened, Failure>,
) -> Result<Vec<(Project, Opened)>, Failure> {
    let mut opened = Vec::new();
    for project in projects {
        let mut told = Vec::new();
        let design = open(&project, &mut told)?;
        opened.push(Some((project, design, told)));
    }
    for at in 0..opened.len() {
        let is_part = opened[at].as_ref().is_some_and(|(project, ..)| {
            let others =
                opened.iter().enumerate().filter(|(other, _)| *other != at).filter_map(|(_, other)| other.as_ref());
            let mut others = others.filter(|(_, whole, _)| !whole.included.is_empty());
            others.any(|(_, whole, _)| project.files.iter().all(|file| whole.included.contains(file)))
        });
        if is_part {
            opened[at] = None;
        }
    }
    let kept = opened.into_iter().flatten().map(|(project, design, mut told)| {
        problems.append(&mut told);
        (project, design)
    });
    Ok(kept.collect())
}

/// Reads one project from where it is.
fn open_project(
    project: &Project,
    limits: &Limits,
    sources: &mut Sources,
    problems: &mut Vec<Problem>,
) -> Result<Opened, Failure> {
    let first = project.files.first().map_or(Path::new("."), PathBuf::as_path);
    if is_stdin(first) {
        let bytes = read_stdin(limits)?;
        let name = PathBuf::from(STDIN);
        let files = InMemory([(name.clone(), bytes)].into());
        return Ok(open(&Project::named(name), &files, limits, sources, problems));
    }
    let workspace = Workspace::around(first, limits.file_bytes)?;
    Ok(open(project, &workspace, limits, sources, problems))
}

/// One byte more than the limit at the most, so that the parser can refuse it.
pub(crate) fn read_stdin(limits: &Limits) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let most = u64::try_from(limits.file_bytes).unwrap_or(u64::MAX).saturating_add(1);
    std::io::stdin().lock().take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

pub(crate) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// One design, ready for questions.
pub(crate) struct Ready {
    pub(crate) sources: Sources,
    pub(crate) analysis: Analysis,
}

/// Opens the one design at a path. Mistakes in its files go to standard error; `None` when nothing could be used.
pub(crate) fn one_design(path: &Path, limits: &Limits, terminal: &Terminal) -> Result<Option<Ready>, Failure> {
    let mut review = Review::default();
    let (sources, problems) = (&mut review.sources, &mut review.problems);
    let paths = [path.to_path_buf()];
    let mut configs = Configs::new(Source::Nearest, &paths);
    let mut found = open_projects(&paths, &mut configs, limits, sources, problems)?;
    if found.len() > 1 {
        let files = found.iter().filter_map(|(project, _)| project.files.first());
        let list: Vec<String> = files.map(|file| format!("  --design {}", file.display())).collect();
        return Err(Failure::Usage(format!(
            "`{}` holds {} designs; choose one:\n{}",
            path.display(),
            found.len(),
            list.join("\n")
        )));
    }
    if !review.problems.is_empty() {
        let concise = report::Format::named("concise").unwrap_or(&report::FORMATS[0]);
        report::write(concise, &review, &terminal.style(), &mut std::io::stderr().lock())?;
    }
    let analysis = found.pop().and_then(|(_, opened)| opened.analysis);
    Ok(analysis.map(|analysis| Ready { sources: review.sources, analysis }))
}

/// Reads a text of a notation, as examples of rules are.
pub(crate) fn open_text(text: &str, notation: Notation) -> (Sources, Vec<Problem>, Option<Analysis>) {
    let name = PathBuf::from(match notation {
        Notation::Native => "example.arch.yaml",
        Notation::Compose => "compose.yaml",
    });
    let files = InMemory([(name.clone(), text.as_bytes().to_vec())].into());
    let (mut sources, mut problems) = (Sources::default(), Vec::new());
    let opened = open(&Project::named(name), &files, &Limits::default(), &mut sources, &mut problems);
    (sources, problems, opened.analysis)
}
