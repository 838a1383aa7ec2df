//! `premortem check`: the linter.

use super::buffer::open_buffer;
use super::input::{LimitFlags, open_projects};
use super::judging::RuleFlags;
use super::mend::{After, MendFlags};
use super::output::OutputFlags;
use super::terminal::Terminal;
use super::{COULD_NOT_REVIEW, FOUND, Failure, OK};
use clap::{Args, ValueEnum};
use premortem::discover::{Project, path_in_repository};
use premortem::edit;
use premortem::finding::Severity;
use premortem::parse::Limits;
use premortem::problem::{Problem, ProblemSeverity};
use premortem::review::{Opened, Review, judge};
use premortem::rules::Packs;
use std::io::Write;
use std::path::PathBuf;

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

    /// The least severity that makes the exit status 1.
    #[arg(long, value_enum, default_value_t, value_name = "SEVERITY")]
    fail_on: FailOn,

    #[command(flatten)]
    rules: RuleFlags,

    #[command(flatten)]
    limits: LimitFlags,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum FailOn {
    Error,
    #[default]
    Warning,
    Advice,
    Never,
}

impl Check {
    pub(crate) fn run(&self, terminal: &Terminal, out: &mut dyn Write) -> Result<u8, Failure> {
        self.output.verify()?;
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
        Ok(self.status(&review))
    }

    fn review(&self) -> Result<Review, Failure> {
        let limits = self.limits.limits();
        let mut review = Review::default();
        // Reading the shipped rules takes as long as reading a design, and neither needs the other.
        let (shipped, opened) = std::thread::scope(|scope| {
            let shipped = scope.spawn(Packs::shipped);
            let opened = self.open(&limits, &mut review);
            (shipped.join(), opened)
        });
        let mut packs = shipped.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        self.rules.add_to(&mut packs, &mut review.sources, &mut review.problems);
        let settings = self.rules.settings(&mut review.sources)?;
        for (_, opened) in opened? {
            judge(opened, &packs, &settings, &mut review);
        }
        review.questions.sort_by_key(|question| std::cmp::Reverse(question.weight));
        review.today = settings.today.to_string();
        review.problems.sort_by_key(Problem::primary);
        review.problems.dedup();
        review.sources.locate(path_in_repository);
        review.packs = packs;
        Ok(review)
    }

    fn open(&self, limits: &Limits, review: &mut Review) -> Result<Vec<(Project, Opened)>, Failure> {
        match &self.stdin_filename {
            Some(name) => open_buffer(&self.paths, name, limits, &mut review.sources, &mut review.problems),
            None => open_projects(&self.paths, limits, &mut review.sources, &mut review.problems),
        }
    }

    fn status(&self, review: &Review) -> u8 {
        if review.problems.iter().any(|problem| problem.severity == ProblemSeverity::Error) {
            return COULD_NOT_REVIEW;
        }
        let least = match self.fail_on {
            FailOn::Error => Severity::Error,
            FailOn::Warning => Severity::Warning,
            FailOn::Advice => Severity::Advice,
            FailOn::Never => return OK,
        };
        let warned = least >= Severity::Warning && !review.problems.is_empty();
        // Severities are ordered worst first.
        let found = review.findings.iter().any(|finding| finding.severity <= least);
        if found || warned { FOUND } else { OK }
    }
}
