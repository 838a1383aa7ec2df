//! `premortem rules`: the catalogue, and the examples of every rule.

use super::input::open_text;
use super::judging::RuleFolders;
use super::terminal::Terminal;
use super::{COULD_NOT_REVIEW, FOUND, Failure, OK};
use clap::{Args, Subcommand};
use premortem::problem::ProblemSeverity;
use premortem::report;
use premortem::review::Review;
use premortem::rules::testing::run_examples;
use std::io::Write;

#[derive(Debug, Args)]
pub(crate) struct Rules {
    #[command(subcommand)]
    command: Option<RulesCommand>,

    #[command(flatten)]
    rules: RuleFolders,
}

#[derive(Debug, Subcommand)]
enum RulesCommand {
    /// Run every example of every rule.
    Test(Test),
}

#[derive(Debug, Args)]
struct Test {
    #[command(flatten)]
    rules: RuleFolders,
}

impl Rules {
    pub(crate) fn run(&self, terminal: &Terminal, out: &mut dyn Write) -> Result<u8, Failure> {
        match &self.command {
            Some(RulesCommand::Test(test)) => test.run(terminal, out),
            None => self.list(terminal, out),
        }
    }

    fn list(&self, terminal: &Terminal, out: &mut dyn Write) -> Result<u8, Failure> {
        let mut review = Review::default();
        let packs = self.rules.packs(&mut review.sources, &mut review.problems)?;
        let width = packs.rules().iter().map(|rule| rule.id().len()).max().unwrap_or(0);
        for pack in packs.packs() {
            let mut rules = packs.rules().iter().filter(|rule| rule.pack == pack.name.value).peekable();
            if rules.peek().is_none() {
                continue;
            }
            writeln!(out, "{} — {}", pack.name.value, pack.summary.trim_end_matches('.'))?;
            for rule in rules {
                let asks = rule.definition.ask.is_some();
                let severity = if asks { "question" } else { rule.definition.severity.default.name() };
                writeln!(out, "  {:width$}  {severity}", rule.id())?;
            }
            writeln!(out)?;
        }
        writeln!(out, "{} rules. `premortem explain RULE` says why and how to mend it.", packs.rules().len())?;
        if review.problems.is_empty() {
            return Ok(OK);
        }
        report::write(&report::FORMATS[0], &review, &terminal.style(), &mut std::io::stderr().lock())?;
        Ok(COULD_NOT_REVIEW)
    }
}

impl Test {
    fn run(&self, terminal: &Terminal, out: &mut dyn Write) -> Result<u8, Failure> {
        let mut review = Review::default();
        let packs = self.rules.packs(&mut review.sources, &mut review.problems)?;
        if review.problems.iter().any(|problem| problem.severity == ProblemSeverity::Error) {
            report::write(&report::FORMATS[0], &review, &terminal.style(), &mut std::io::stderr().lock())?;
            return Ok(COULD_NOT_REVIEW);
        }
        let results = run_examples(&packs, &open_text);
        let mut failed = 0;
        for result in results.iter().filter(|result| !result.failures.is_empty()) {
            failed += 1;
            let kind = if result.bad { "bad" } else { "good" };
            writeln!(out, "{}: example {} ({kind})", result.rule, result.number)?;
            for failure in &result.failures {
                writeln!(out, "  {failure}")?;
            }
        }
        writeln!(out, "{} rules, {} examples, {failed} failed", packs.rules().len(), results.len())?;
        Ok(if failed == 0 { OK } else { FOUND })
    }
}
