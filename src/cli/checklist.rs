//! `premortem checklist`: the questions only people can answer.

use super::configured::Configured;
use super::input::LimitFlags;
use super::judging::RuleFlags;
use super::output::{reason, tell, write_file};
use super::terminal::Terminal;
use super::{COULD_NOT_REVIEW, Failure, OK};
use clap::{Args, ValueEnum};
use premortem::checklist::{Checklist as Questions, ask};
use premortem::problem::{Problem, ProblemSeverity};
use premortem::report::{self, checklist};
use premortem::review::Review;
use premortem::rules::Judges;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  premortem checklist shop.arch.yaml\n  premortem checklist --update docs/review.md   # keeps ticks and notes"
)]
pub(crate) struct Checklist {
    /// Files or folders; `-` is standard input.
    #[arg(default_value = ".", value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// How many questions of a design are asked.
    #[arg(long, value_name = "COUNT", default_value_t = 12)]
    max: usize,

    /// Ask all questions.
    #[arg(long, conflicts_with = "max")]
    all: bool,

    /// How to print.
    #[arg(long, value_enum, default_value_t)]
    format: ChecklistFormat,

    /// Write the page into this file. Ticks and notes in it stay.
    #[arg(long, value_name = "FILE")]
    update: Option<PathBuf>,

    #[command(flatten)]
    rules: RuleFlags,

    #[command(flatten)]
    limits: LimitFlags,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum ChecklistFormat {
    /// Task lists, for GitHub and GitLab.
    #[default]
    Markdown,
    Json,
}

impl Checklist {
    pub(crate) fn run(&self, terminal: &Terminal, out: &mut dyn Write) -> Result<u8, Failure> {
        if self.update.is_some() && self.format != ChecklistFormat::Markdown {
            return Err(Failure::Usage("`--update` writes Markdown".to_owned()));
        }
        let mut review = Review::default();
        let (questions, is_sound) = self.ask(&mut review)?;
        if !review.problems.is_empty() {
            let concise = report::Format::named("concise").unwrap_or(&report::FORMATS[0]);
            report::write(concise, &review, &terminal.style(), &mut io::stderr().lock())?;
        }
        if questions.is_empty() {
            return Ok(COULD_NOT_REVIEW);
        }
        let most = if self.all { usize::MAX } else { self.max };
        match (&self.update, self.format) {
            (Some(file), _) => update(file, &questions, most, &review)?,
            (None, ChecklistFormat::Json) => checklist::write_json(&questions, most, &review.sources, out)?,
            (None, ChecklistFormat::Markdown) => {
                out.write_all(checklist::page(&questions, most, &review.sources).as_bytes())?;
            }
        }
        Ok(if is_sound { OK } else { COULD_NOT_REVIEW })
    }

    /// The questions to every design, and whether every rule that asks could.
    fn ask(&self, review: &mut Review) -> Result<(Vec<Questions>, bool), Failure> {
        let limits = self.limits.limits();
        let (mut configured, opened) = Configured::open(&self.paths, &self.rules, Judges::Questions, &limits, review)?;
        let (mut questions, mut problems) = (Vec::new(), Vec::new());
        for (project, opened) in &opened {
            let id = configured.config_of(project, review);
            let (settings, packs) = configured.holds_for(id);
            let (asked, mut told) = ask(opened, packs, settings, &review.sources);
            questions.extend(asked);
            problems.append(&mut told);
        }
        let is_sound = problems.iter().all(|problem| problem.severity != ProblemSeverity::Error);
        review.problems.append(&mut problems);
        review.problems.sort_by_key(Problem::primary);
        review.problems.dedup();
        Ok((questions, is_sound))
    }
}

/// Writes the page anew. What cannot be read as text is left as it is.
fn update(file: &Path, questions: &[Questions], most: usize, review: &Review) -> Result<(), Failure> {
    let old = match std::fs::read(file) {
        Ok(bytes) => String::from_utf8(bytes)
            .map_err(|_| Failure::Usage(format!("`{}` is no text in UTF-8; nothing was written", file.display())))?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(Failure::Usage(format!("cannot read `{}`: {}", file.display(), reason(&error)))),
    };
    let updated = checklist::update(questions, most, &review.sources, &old);
    if updated.text != old {
        write_file(file, |out| out.write_all(updated.text.as_bytes()))
            .map_err(|error| Failure::Usage(format!("cannot write `{}`: {}", file.display(), reason(&error))))?;
    }
    tell(&format!(
        "{}: {} asked, {} of them ticked, {} no longer asked",
        file.display(),
        updated.open,
        updated.ticked,
        updated.settled
    ));
    Ok(())
}
