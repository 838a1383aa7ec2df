//! What is new: `--baseline` and `--since`.

use super::Failure;
use super::configured::Configured;
use super::input::open_all;
use super::judging::RuleFlags;
use super::output::{reason, write_file};
use clap::{Args, ValueEnum};
use premortem::analyse::Analysis;
use premortem::change::{Against, Baseline, Delta, Fixed, Known, compare};
use premortem::discover::{Project, Repository, Revision, Workspace};
use premortem::finding::Finding;
use premortem::parse::Limits;
use premortem::problem::{Problem, ProblemSeverity};
use premortem::review::{Opened, Review, open};
use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
#[command(next_help_heading = "Only what is new")]
pub(crate) struct ChangeFlags {
    /// Report what is not in this file of known findings.
    #[arg(long, value_name = "FILE", conflicts_with = "since")]
    baseline: Option<PathBuf>,

    /// Write the file of `--baseline` if there is none; else remove from it what is found no more. With `=all`, add what is
    /// new as well.
    #[arg(
        long,
        value_enum,
        value_name = "WHAT",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "fixed",
        requires = "baseline"
    )]
    write_baseline: Option<Write>,

    /// Report what is new since the working tree left this git revision, such as `origin/main`.
    #[arg(long, value_name = "REV")]
    since: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Write {
    /// Remove what is found no more.
    Fixed,
    /// And add what is new.
    All,
}

/// What else the command line asked of the review.
pub(crate) struct Asked<'a> {
    pub(crate) paths: &'a [PathBuf],
    pub(crate) rules: &'a RuleFlags,
    pub(crate) limits: &'a Limits,
}

impl ChangeFlags {
    /// What can be said before anything is read.
    pub(crate) fn verify(&self, paths: &[PathBuf]) -> Result<(), Failure> {
        if let Some(file) = &self.baseline
            && self.write_baseline.is_none()
            && !file.exists()
        {
            let file = file.display();
            return Err(Failure::Usage(format!(
                "there is no baseline `{file}`\nhelp: `premortem check --baseline {file} --write-baseline` writes it \
                 from what is found today"
            )));
        }
        if self.since.is_some() && paths.iter().any(|path| path.as_os_str() == "-") {
            return Err(Failure::Usage("`--since` compares files, and standard input has no history".to_owned()));
        }
        Ok(())
    }

    /// Leaves what is new in the review. `projects` are what was reviewed.
    pub(crate) fn apply(&self, review: &mut Review, projects: &[Project], asked: &Asked<'_>) -> Result<(), Failure> {
        if let Some(file) = &self.baseline {
            self.with_baseline(file, review)?;
        }
        if let Some(revision) = &self.since {
            since(revision, review, projects, asked)?;
        }
        Ok(())
    }

    fn with_baseline(&self, file: &Path, review: &mut Review) -> Result<(), Failure> {
        let is_whole = |problems: &[Problem]| problems.iter().all(|each| each.severity != ProblemSeverity::Error);
        let shown = file.display().to_string();
        let design_is_whole = is_whole(&review.problems);
        let mut baseline = match std::fs::read(file) {
            Ok(bytes) => {
                let (baseline, problems) = Baseline::read(&shown, &bytes, &review.packs, &mut review.sources);
                review.problems.extend(problems);
                Some(baseline)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(Failure::Usage(format!("cannot read `{shown}`: {}", reason(&error)))),
        };
        if let Some(what) = self.write_baseline {
            if is_whole(&review.problems) {
                let is_there = baseline.is_some();
                let mut kept = baseline.take().unwrap_or_default();
                let removed = kept.prune(&review.findings, &review.ran);
                let before = kept.len();
                if !is_there || what == Write::All {
                    kept.extend(&review.findings);
                }
                let added = kept.len() - before;
                write_file(file, |out| out.write_all(kept.to_text().as_bytes()))
                    .map_err(|error| Failure::Usage(format!("cannot write `{shown}`: {}", reason(&error))))?;
                tell(&written(&shown, is_there, added, removed));
                baseline = Some(kept);
            } else {
                let culprit = if design_is_whole { "the baseline" } else { "the design" };
                tell(&format!("`{shown}` is left as it is: {culprit} could not be read whole"));
            }
        }
        let known = baseline.unwrap_or_default().known(&review.ran);
        let (mut fixed, unchanged) = compare(&mut review.findings, &known, |_| None);
        // What the design accepts is decided, not mended.
        let accepted: BTreeSet<_> = review.accepted.iter().map(|finding| (&finding.rule, &finding.subject)).collect();
        fixed.retain(|fixed| !accepted.contains(&(&fixed.rule, &fixed.subject)));
        if !design_is_whole {
            // What could not be read may still be there.
            fixed.clear();
        }
        let mut remarks = Vec::new();
        if !fixed.is_empty() {
            remarks.push(format!("`--write-baseline` removes what is fixed from `{shown}`"));
        }
        review.delta = Some(Delta { against: Against::Baseline(shown), fixed, unchanged, remarks });
        Ok(())
    }
}

/// Beside the report, whatever its format.
fn tell(text: &str) {
    // A closed standard error is no reason to fail.
    drop(writeln!(io::stderr(), "{text}"));
}

fn written(file: &str, is_there: bool, added: usize, removed: usize) -> String {
    let findings = |number: usize| if number == 1 { "1 finding".to_owned() } else { format!("{number} findings") };
    match (is_there, added, removed) {
        (false, added, _) => format!("Wrote {} to `{file}`", findings(added)),
        (true, 0, 0) => format!("`{file}` is up to date"),
        (true, 0, removed) => format!("Removed {} from `{file}`", findings(removed)),
        (true, added, 0) => format!("Added {} to `{file}`", findings(added)),
        (true, added, removed) => {
            format!("Added {} to `{file}` and removed {}", findings(added), findings(removed))
        }
    }
}

/// Compares with what the same rules find in the commit at which the working tree left a revision.
fn since(name: &str, review: &mut Review, projects: &[Project], asked: &Asked<'_>) -> Result<(), Failure> {
    let first = asked.paths.first().map_or(Path::new("."), PathBuf::as_path);
    let repository = Repository::around(first)?;
    repository.root()?;
    let commit = repository.merge_base(name)?;
    let revision = Revision::open(&repository, commit, asked.limits.file_bytes)?;
    let old_projects = before(&repository, &revision, projects, asked)?;
    let is_absent = old_projects.is_empty();
    let old = review_of(&repository, &revision, old_projects, asked)?;

    let errors = old.problems.iter().filter(|problem| problem.severity == ProblemSeverity::Error).count();
    let mut remarks = Vec::new();
    if is_absent {
        remarks.push(format!("there was no design in `{name}`, so that everything is new"));
    } else if errors > 0 {
        remarks.push(format!("the design could not be read whole in `{name}`, so that too much may count as new"));
    }
    let place = |finding: &Finding| old.sources.file_of(finding.primary()).name();
    let known: Vec<Known> = old.findings.iter().map(|finding| Known::of(finding, place(finding))).collect();
    let sources = &review.sources;
    let file = |finding: &Finding| Some(sources.file_of(finding.primary()).path_in_repository().to_owned());
    let (mut fixed, unchanged) = compare(&mut review.findings, &known, file);
    let accepted: BTreeSet<_> = review.accepted.iter().map(|finding| (&finding.rule, &finding.subject)).collect();
    fixed.retain(|fixed| !accepted.contains(&(&fixed.rule, &fixed.subject)));
    if review.problems.iter().any(|problem| problem.severity == ProblemSeverity::Error) {
        fixed = Vec::<Fixed>::new();
    }
    let asked_before: BTreeSet<_> = old.questions.iter().map(|asked| (&asked.rule, &asked.subject)).collect();
    review.questions.retain(|question| !asked_before.contains(&(&question.rule, &question.subject)));
    let against = Against::Revision { name: name.to_owned(), commit: revision.commit().name().to_owned() };
    review.delta = Some(Delta { against, fixed, unchanged, remarks });
    Ok(())
}

/// What the paths of the command line hold in a revision, wherever it was then.
fn before(
    repository: &Repository,
    revision: &Revision,
    projects: &[Project],
    asked: &Asked<'_>,
) -> Result<Vec<Project>, Failure> {
    let root = repository.root()?;
    let mut before = Vec::new();
    for path in asked.paths {
        before.extend(revision.projects(&repository.inside(path)?));
    }
    let mut seen = BTreeSet::new();
    before.retain(|project| seen.insert(project.clone()));
    let known: BTreeSet<String> =
        before.iter().flat_map(|project| &project.files).map(|file| file.display().to_string()).collect();
    let is_gone = |path: &str| !known.contains(path) && !root.join(path).exists();
    for project in projects {
        let mut files = Vec::new();
        for file in &project.files {
            if !revision.holds(&repository.inside(file)?) {
                files.push(file.clone());
            }
        }
        let Some(first) = files.first() else { continue };
        let texts = Workspace::around(first, asked.limits.file_bytes)?;
        let today = Project { files, is_named: project.is_named };
        let moved = revision.moved(&today, &texts, &is_gone).filter(|moved| !seen.contains(moved));
        before.extend(moved);
    }
    Ok(before)
}

/// Judges the designs of a revision by the rules of today.
fn review_of(
    repository: &Repository,
    revision: &Revision,
    projects: Vec<Project>,
    asked: &Asked<'_>,
) -> Result<Review, Failure> {
    let root = repository.root()?;
    let mut review = Review::default();
    let (sources, problems) = (&mut review.sources, &mut review.problems);
    let opened =
        open_all(projects, problems, |project, told| Ok(open(project, revision, asked.limits, sources, told)))?;
    let read = review.problems.len();
    judged(opened, asked.rules, &mut review, &|file| root.join(file))?;
    // What is wrong with a rule is said of today's review.
    review.problems.truncate(read);
    Ok(review)
}

/// Judges what was opened for a review by the configurations of today, and returns each design by the path that stands
/// for it. `on_disk` is where a file is looked for, to find its configuration.
pub(crate) fn judged(
    opened: Vec<(Project, Opened)>,
    rules: &RuleFlags,
    review: &mut Review,
    on_disk: &dyn Fn(&Path) -> PathBuf,
) -> Result<Vec<(PathBuf, Analysis)>, Failure> {
    let mut configured = Configured::anew(rules, review)?;
    let at_home = |(project, opened): (Project, Opened)| {
        let files = project.files.iter().map(|file| on_disk(file)).collect();
        (Project { files, ..project }, opened)
    };
    let designs = configured.judge_all(opened.into_iter().map(at_home).collect(), review);
    review.today = configured.today().to_string();
    review.packs = configured.into_packs();
    Ok(designs)
}
