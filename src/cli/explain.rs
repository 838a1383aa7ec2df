//! `premortem explain`: the page of a rule, or everything known about a component.

use super::input::{LimitFlags, one_design};
use super::judging::RuleFolders;
use super::terminal::Terminal;
use super::{COULD_NOT_REVIEW, Failure, OK};
use clap::Args;
use premortem::problem::did_you_mean;
use premortem::report::component_page;
use premortem::review::Review;
use premortem::rules::page::Page;
use std::io::Write;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// A rule, or a component of the design.
    #[arg(value_name = "RULE or COMPONENT")]
    name: String,

    /// The design: a file or a folder.
    #[arg(long, value_name = "PATH")]
    design: Option<PathBuf>,

    #[command(flatten)]
    rules: RuleFolders,

    #[command(flatten)]
    limits: LimitFlags,
}

impl Explain {
    pub(crate) fn run(&self, terminal: &Terminal, out: &mut dyn Write) -> Result<u8, Failure> {
        let mut review = Review::default();
        let packs = self.rules.packs(&mut review.sources, &mut review.problems)?;
        if let Some(rule) = packs.find(&self.name) {
            write!(out, "{}", Page::new(rule, &packs))?;
            return Ok(OK);
        }
        let close = did_you_mean(&self.name, packs.rules().iter().map(premortem::rules::Rule::id));
        if let Some(close) = close.filter(|_| self.design.is_none()) {
            return Err(Failure::Usage(format!("there is no rule `{}`; did you mean `{close}`?", self.name)));
        }
        let path = self.design.clone().unwrap_or_else(|| PathBuf::from("."));
        let Some(ready) = one_design(&path, &self.limits.limits(), terminal)? else {
            return Ok(COULD_NOT_REVIEW);
        };
        let design = &ready.analysis.design;
        let Some(id) = design.find_component(&self.name) else {
            let names = design.components.iter().map(|component| component.name.as_str());
            let close = did_you_mean(&self.name, names).map(|close| format!("; did you mean `{close}`?"));
            let close = close.unwrap_or_else(|| "; `premortem rules` lists the rules".to_owned());
            return Err(Failure::Usage(format!("there is no rule and no component `{}`{close}", self.name)));
        };
        component_page::write(&ready.analysis, &ready.sources, id, out)?;
        Ok(OK)
    }
}
