//! `premortem check`: the linter.

use super::change::{Asked, ChangeFlags};
use super::input::{LimitFlags, open_projects};
use super::judging::RuleFlags;
use super::output::OutputFlags;
use super::terminal::Terminal;
use super::{COULD_NOT_REVIEW, FOUND, Failure, OK};
use clap::{Args, ValueEnum};
use premortem::discover::path_in_repository;
use premortem::finding::Severity;
use premortem::problem::{Problem, ProblemSeverity};
use premortem::review::{Review, judge};
use premortem::rules::Packs;
use std::io::Write;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Files or folders; `-` is standard input.
    #[arg(default_value = ".", value_name = "PATH")]
    paths: Vec<PathBuf>,

    #[command(flatten)]
    output: OutputFlags,

    /// The least severity that makes the exit status 1.
    #[arg(long, value_enum, default_value_t, value_name = "SEVERITY")]
    fail_on: FailOn,

    #[command(flatten)]
    change: ChangeFlags,

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
        self.change.verify(&self.paths)?;
        let review = self.review()?;
        self.output.write(&review, terminal, out)?;
        Ok(self.status(&review))
    }

    fn review(&self) -> Result<Review, Failure> {
        let limits = self.limits.limits();
        let mut review = Review::default();
        // Reading the shipped rules takes as long as reading a design, and neither needs the other.
        let (opened, mut packs) = rayon::join(
            || open_projects(&self.paths, &limits, &mut review.sources, &mut review.problems),
            Packs::shipped_without_questions,
        );
        self.rules.add_to(&mut packs, &mut review.sources, &mut review.problems);
        let settings = self.rules.settings(&mut review.sources)?;
        let mut projects = Vec::new();
        for (project, opened) in opened? {
            judge(opened, &packs, &settings, &mut review);
            projects.push(project);
        }
        review.questions.sort_by_key(|question| std::cmp::Reverse(question.weight));
        review.today = settings.today.to_string();
        review.problems.sort_by_key(Problem::primary);
        review.problems.dedup();
        review.sources.locate(path_in_repository);
        review.packs = packs;
        self.change.apply(
            &mut review,
            &projects,
            &Asked { paths: &self.paths, rules: &self.rules, limits: &limits },
        )?;
        Ok(review)
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
