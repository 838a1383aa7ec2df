//! `premortem explain`: everything known about a component.

use super::input::{LimitFlags, one_design};
use super::terminal::Terminal;
use super::{COULD_NOT_REVIEW, Failure, OK};
use clap::Args;
use premortem::problem::did_you_mean;
use premortem::report::component_page;
use std::io::Write;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// A component of the design.
    name: String,

    /// The design: a file or a folder.
    #[arg(long, default_value = ".", value_name = "PATH")]
    design: PathBuf,

    #[command(flatten)]
    limits: LimitFlags,
}

impl Explain {
    pub(crate) fn run(&self, terminal: &Terminal, out: &mut dyn Write) -> Result<u8, Failure> {
        let Some(ready) = one_design(&self.design, &self.limits.limits(), terminal)? else {
            return Ok(COULD_NOT_REVIEW);
        };
        let design = &ready.analysis.design;
        let Some(id) = design.find_component(&self.name) else {
            let names = design.components.iter().map(|component| component.name.as_str());
            let close = did_you_mean(&self.name, names).map(|close| format!("; did you mean `{close}`?"));
            let close = close.unwrap_or_default();
            return Err(Failure::Usage(format!("there is no component `{}`{close}", self.name)));
        };
        component_page::write(&ready.analysis, &ready.sources, id, out)?;
        Ok(OK)
    }
}
