//! What is new: `--baseline` and `--since`.

use super::Failure;
use super::configured::Configured;
use super::input::{STDIN, open_all};
use super::judging::RuleFlags;
use super::output::{reason, tell, write_file};
use clap::{Args, ValueEnum};
use premortem::analyse::Analysis;
use premortem::change::{Against, Baseline, Delta, Fixed, Found, compare};
use premortem::difference::{Renamed, Version, designs_of};
use premortem::discover::{Files as _, Project, Repository, Revision, Workspace, named_from, repository_of};
use premortem::finding::{Finding, Question};
use premortem::parse::Limits;
use premortem::problem::ProblemSeverity;
use premortem::review::{Opened, Review, open};
use premortem::sources::Sources;
use std::collections::BTreeSet;
use std::io;
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
            let is_default = matches!(paths, [path] if path.as_os_str() == ".");
            let paths = paths.iter().filter(|_| !is_default).map(|path| format!(" {}", path.display()));
            return Err(Failure::Usage(format!(
                "there is no baseline `{file}`\nhelp: `premortem check{} --baseline {file} --write-baseline` writes it \
                 from what is found today",
                paths.collect::<String>()
            )));
        }
        if self.since.is_some() && paths.iter().any(|path| path.as_os_str() == "-") {
            return Err(Failure::Usage(
                "`--since` compares files, and standard input has no history\nhelp: Save the text and name the file, or \
                 leave `--since` out."
                    .to_owned(),
            ));
        }
        Ok(())
    }

    /// Whether anything is compared.
    pub(crate) fn are_given(&self) -> bool {
        self.baseline.is_some() || self.since.is_some()
    }

    /// Leaves what is new in the review. `designs` are those of `projects` that were read, each with the path that stands
    /// for it.
    pub(crate) fn apply(
        &self,
        review: &mut Review,
        designs: Vec<(PathBuf, Analysis)>,
        projects: &[Project],
        asked: &Asked<'_>,
    ) -> Result<(), Failure> {
        if let Some(file) = &self.baseline {
            self.with_baseline(file, review, designs)?;
        } else if let Some(revision) = &self.since {
            since(revision, review, designs, projects, asked)?;
        }
        Ok(())
    }

    fn with_baseline(
        &self,
        file: &Path,
        review: &mut Review,
        designs: Vec<(PathBuf, Analysis)>,
    ) -> Result<(), Failure> {
        let shown = file.display().to_string();
        let design_is_whole = is_whole(review);
        let mut baseline = match std::fs::read(file) {
            Ok(bytes) => {
                let (baseline, problems) = Baseline::read(&shown, &bytes, &review.packs, &mut review.sources);
                review.problems.extend(problems);
                Some(baseline)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(Failure::Usage(format!("cannot read `{shown}`: {}", reason(&error)))),
        };
        let baseline_is_whole = !design_is_whole || is_whole(review);
        let tops = tops(file, review);
        let is_there = |file: &str| tops.iter().any(|top| top.join(file).exists());
        let versions = Version::all(review, designs, |root| root.display().to_string());
        let designs = designs_of(review, &versions, &is_there);
        let sources = &review.sources;
        let file_of = |finding: &Finding| file_of(sources, finding);
        let found = Found { findings: &review.findings, ran: &review.ran, designs: &designs, file_of: &file_of };
        if let Some(what) = self.write_baseline {
            if is_whole(review) {
                let before = baseline.as_ref().map(Baseline::to_text);
                let mut kept = baseline.take().unwrap_or_default();
                let removed = kept.prune(&found, &review.packs);
                let grows = before.is_none() || what == Write::All;
                let added = if grows { kept.extend(&found, &review.packs) } else { 0 };
                let text = kept.to_text();
                write_file(file, |out| out.write_all(text.as_bytes()))
                    .map_err(|error| Failure::Usage(format!("cannot write `{shown}`: {}", reason(&error))))?;
                tell(&written(&shown, before.map(|before| before != text), added, removed));
                baseline = Some(kept);
            } else {
                let culprit = if design_is_whole { "the baseline" } else { "the design" };
                let left = if baseline.is_some() { "is left as it is" } else { "is not written" };
                tell(&format!("`{shown}` {left}: {culprit} could not be read whole"));
            }
        }
        let known = baseline.unwrap_or_default().known(&review.ran, &review.packs);
        let mut findings = std::mem::take(&mut review.findings);
        let (fixed, unchanged) = compare(&mut findings, &known, &designs, file_of);
        review.findings = findings;
        let fixed = if design_is_whole { not_accepted(fixed, review) } else { Vec::new() };
        let mut remarks = Vec::new();
        if !baseline_is_whole {
            remarks.push(format!("`{shown}` could not be read whole, so that too much may count as new"));
        } else if !fixed.is_empty() {
            remarks.push(format!("`--write-baseline` removes what is fixed from `{shown}`"));
        }
        review.delta = Some(Delta { against: Against::Baseline(shown), fixed, unchanged, remarks });
        Ok(())
    }
}

/// The folders that names in the baseline may be seen from: those the files of this review are named from, and those of
/// the baseline and of the process, as another run may have been started elsewhere.
fn tops(baseline: &Path, review: &Review) -> BTreeSet<PathBuf> {
    let of_files = review.designs.keys().filter_map(|file| named_from(file.to_str()?));
    let baseline = std::path::absolute(baseline).ok();
    let others = baseline.as_deref().and_then(Path::parent).map(Path::to_path_buf);
    let others = others.into_iter().chain(std::env::current_dir().ok());
    of_files.chain(others.map(|folder| repository_of(&folder).unwrap_or(&folder).to_path_buf())).collect()
}

/// Whether everything could be read: else what is not found may still be there.
fn is_whole(review: &Review) -> bool {
    review.problems.iter().all(|problem| problem.severity != ProblemSeverity::Error)
}

/// What the design accepts is decided, not mended.
fn not_accepted(mut fixed: Vec<Fixed>, review: &Review) -> Vec<Fixed> {
    let accepted: BTreeSet<_> = review.accepted.iter().map(|finding| (&finding.rule, &finding.subject)).collect();
    fixed.retain(|fixed| !accepted.contains(&(&fixed.rule, &fixed.subject)));
    fixed
}

/// Where a finding lies, as seen from the top of the repository; `None` if it is in no file.
fn file_of(sources: &Sources, finding: &Finding) -> Option<String> {
    let source = sources.file_of(finding.primary());
    (source.name() != STDIN).then(|| source.path_in_repository().to_owned())
}

/// `is_changed` is `None` for a file that was not there.
fn written(file: &str, is_changed: Option<bool>, added: usize, removed: usize) -> String {
    let findings = |number: usize| if number == 1 { "1 finding".to_owned() } else { format!("{number} findings") };
    match (is_changed, added, removed) {
        (None, added, _) => format!("Wrote {} to `{file}`", findings(added)),
        (Some(false), ..) => format!("`{file}` is up to date"),
        // Neither more nor fewer, but other words for them: milder, worse or in another file.
        (Some(true), 0, 0) => format!("Brought `{file}` up to date"),
        (Some(true), 0, removed) => format!("Removed {} from `{file}`", findings(removed)),
        (Some(true), added, 0) => format!("Added {} to `{file}`", findings(added)),
        (Some(true), added, removed) => {
            format!("Added {} to `{file}` and removed {}", findings(added), findings(removed))
        }
    }
}

/// Compares with what the same rules find in the commit at which the working tree left a revision.
fn since(
    name: &str,
    review: &mut Review,
    designs: Vec<(PathBuf, Analysis)>,
    projects: &[Project],
    asked: &Asked<'_>,
) -> Result<(), Failure> {
    let first = asked.paths.first().map_or(Path::new("."), PathBuf::as_path);
    let repository = Repository::around(first)?;
    let root = repository.root()?;
    let commit = repository.merge_base(name)?;
    let revision = Revision::open(&repository, commit, asked.limits.file_bytes)?;
    let old_projects = before(&repository, &revision, projects, asked)?;
    let is_absent = old_projects.is_empty();
    let (old, old_designs) = review_of(&repository, &revision, old_projects, asked)?;

    let mut remarks = Vec::new();
    if is_absent {
        remarks.push(format!("no design was found in `{name}` where these files lie, so that everything is new"));
    } else if !is_whole(&old) {
        remarks.push(format!("the design could not be read whole in `{name}`, so that too much may count as new"));
    }
    let stranger = projects.iter().find_map(|project| {
        let folder = std::fs::canonicalize(project.files.first()?.parent()?).ok()?;
        let top = repository_of(&folder).filter(|top| *top != root && top.starts_with(root))?;
        repository.inside(top).ok()
    });
    remarks.extend(stranger.map(|stranger| {
        format!("`{stranger}` is a repository of its own, so that everything in it counts as new: compare it there, or exclude it")
    }));
    let inside = |root: &Path| repository.inside(root).unwrap_or_else(|_| root.display().to_string());
    let versions = Version::all(review, designs, inside);
    let old_versions = Version::all(&old, old_designs, |root| root.display().to_string());
    let renamed = Renamed::between(&old_versions, &versions);
    let is_there = |file: &str| root.join(file).exists();
    let today = designs_of(review, &versions, &is_there);
    let sources = &review.sources;
    let (fixed, unchanged) =
        compare(&mut review.findings, &renamed.known(&old), &today, |finding| file_of(sources, finding));
    let fixed = if is_whole(review) { not_accepted(fixed, review) } else { Vec::new() };
    let subject = |asked: &Question| renamed.subject(&old, asked.labels[0].span, &asked.subject);
    let asked_before: BTreeSet<_> = old.questions.iter().map(|asked| (&asked.rule, subject(asked))).collect();
    review.questions.retain(|question| !asked_before.contains(&(&question.rule, question.subject.clone())));
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
) -> Result<(Review, Vec<(PathBuf, Analysis)>), Failure> {
    let root = repository.root()?;
    let mut review = Review::default();
    let (sources, problems) = (&mut review.sources, &mut review.problems);
    let opened =
        open_all(projects, problems, |project, told| Ok(open(project, revision, asked.limits, sources, told)))?;
    let read = review.problems.len();
    // Who stops accepting something makes it new.
    let accepted_then = |file: &Path| revision.read(Path::new(&repository.inside(file).ok()?)).ok();
    let designs = judged(opened, asked.rules, &mut review, &|file| root.join(file), Some(&accepted_then))?;
    // What is wrong with a rule is said of today's review.
    review.problems.truncate(read);
    Ok((review, designs))
}

/// The text of a file in another version.
type ReadThen<'r> = dyn Fn(&Path) -> Option<Vec<u8>> + 'r;

/// Judges what was opened for a review by the configurations of today, and returns each design by the path that stands
/// for it. `on_disk` is where a file is looked for, to find its configuration; what that accepts is read from `config_then`, if
/// given.
pub(crate) fn judged(
    opened: Vec<(Project, Opened)>,
    rules: &RuleFlags,
    review: &mut Review,
    on_disk: &dyn Fn(&Path) -> PathBuf,
    config_then: Option<&ReadThen<'_>>,
) -> Result<Vec<(PathBuf, Analysis)>, Failure> {
    let mut configured = Configured::anew(rules, review)?;
    let at_home = |(project, opened): (Project, Opened)| {
        let files = project.files.iter().map(|file| on_disk(file)).collect();
        (Project { files, ..project }, opened)
    };
    let opened: Vec<_> = opened.into_iter().map(at_home).collect();
    if let Some(read) = config_then {
        configured.accept_as_in(read, &opened, review);
    }
    let designs = configured.judge_all(opened, review);
    review.today = configured.today().to_string();
    review.packs = configured.into_packs();
    Ok(designs)
}
