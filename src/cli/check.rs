//! `premortem check`: the linter.

use super::buffer::open_buffer;
use super::change::{Asked, ChangeFlags};
use super::configured::Configured;
use super::input::{LimitFlags, open_projects};
use super::judging::RuleFlags;
use super::mend::{After, MendFlags};
use super::output::OutputFlags;
use super::terminal::Terminal;
use super::{COULD_NOT_REVIEW, FOUND, Failure, OK, show_settings};
use clap::{Args, ValueEnum};
use premortem::config::FailOn;
use premortem::discover::{Project, path_in_repository};
use premortem::edit;
use premortem::finding::Severity;
use premortem::problem::ProblemSeverity;
use premortem::review::Review;
use premortem::rules::Judges;
use premortem::sources::Span;
use std::io::Write;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Files or folders; `-` is standard input.
    #[arg(default_value = ".", value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Read standard input as if it were this file; the rest of its design comes from the disk.
    #[arg(long, value_name = "FILE")]
    stdin_filename: Option<PathBuf>,

    #[command(flatten)]
    mending: MendFlags,

    #[command(flatten)]
    output: OutputFlags,

    /// The least severity that makes the exit status 1; `warning` if neither this nor the configuration says.
    #[arg(long, value_enum, value_name = "SEVERITY")]
    fail_on: Option<FailOnFlag>,

    #[command(flatten)]
    change: ChangeFlags,

    #[command(flatten)]
    rules: RuleFlags,

    /// Print which settings hold for each design and where they come from, and judge nothing.
    #[arg(long)]
    show_settings: bool,

    #[command(flatten)]
    limits: LimitFlags,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FailOnFlag {
    Error,
    Warning,
    Advice,
    Never,
}

impl From<FailOnFlag> for FailOn {
    fn from(flag: FailOnFlag) -> Self {
        match flag {
            FailOnFlag::Error => Self::Error,
            FailOnFlag::Warning => Self::Warning,
            FailOnFlag::Advice => Self::Advice,
            FailOnFlag::Never => Self::Never,
        }
    }
}

impl Check {
    pub(crate) fn run(&self, terminal: &Terminal, out: &mut dyn Write) -> Result<u8, Failure> {
        self.output.verify()?;
        self.change.verify(&self.paths)?;
        if self.show_settings {
            let (fail_on, limits) = (self.fail_on.map(FailOn::from), self.limits.limits());
            return show_settings::show(&self.paths, &self.rules, fail_on, &limits, terminal, out);
        }
        let mut review = self.review()?;
        if self.mending.are_given() {
            let reviewed_disk = !self.paths.iter().any(|path| path.as_os_str() == "-");
            match self.mending.run(&review, &self.limits.limits(), reviewed_disk, out)? {
                After::Done(status) => return Ok(status),
                After::Review => review = self.review()?,
            }
        }
        if self.output.show_edits() {
            edit::fill(&mut review, &self.limits.limits());
        }
        self.output.write(&review, terminal, out)?;
        let status = self.status(&review);
        // The process ends here: nobody needs the memory of a large review back, piece by piece.
        std::mem::forget(review);
        Ok(status)
    }

    fn review(&self) -> Result<Review, Failure> {
        let mut review = Review::default();
        let limits = self.limits.limits();
        let (mut configured, opened) =
            Configured::opened_by(&self.paths, &self.rules, Judges::Findings, &mut review, |configs, review| {
                let (sources, problems) = (&mut review.sources, &mut review.problems);
                match &self.stdin_filename {
                    Some(name) => open_buffer(&self.paths, name, &limits, sources, problems),
                    None => open_projects(&self.paths, configs, &limits, sources, problems),
                }
            })?;
        let projects: Vec<Project> = opened.iter().map(|(project, _)| project.clone()).collect();
        let designs = configured.judge_all(opened, &mut review);
        review.questions.sort_by_key(|question| std::cmp::Reverse(question.weight));
        review.today = configured.today().to_string();
        review.problems.sort_by(|a, b| (a.primary(), a.code, &a.message).cmp(&(b.primary(), b.code, &b.message)));
        review.problems.dedup();
        review.sources.locate(path_in_repository);
        review.packs = configured.into_packs();
        let asked = Asked { paths: &self.paths, rules: &self.rules, limits: &limits };
        if self.change.are_given() {
            self.change.apply(&mut review, designs, &projects, &asked)?;
        } else {
            // Nobody needs their memory back before the process ends, either.
            std::mem::forget(designs);
        }
        Ok(review)
    }

    fn status(&self, review: &Review) -> u8 {
        if review.problems.iter().any(|problem| problem.severity == ProblemSeverity::Error) {
            return COULD_NOT_REVIEW;
        }
        let flag = self.fail_on.map(FailOn::from);
        let fails = |at: Span, severity| {
            let file = Path::new(review.sources.file_of(at).name());
            let fail_on = flag.or_else(|| review.fail_on.get(file).copied()).unwrap_or_default();
            fail_on.covers(severity)
        };
        let warned = review.problems.iter().any(|problem| fails(problem.primary(), Severity::Warning));
        let found = review.findings.iter().any(|finding| fails(finding.primary(), finding.severity));
        if found || warned { FOUND } else { OK }
    }
}
