//! `premortem schema`: the published schemas.

use super::{Failure, OK};
use clap::{Args, ValueEnum};
use premortem::read::native;
use premortem::report;
use std::io::Write;

#[derive(Debug, Args)]
pub(crate) struct SchemaCommand {
    /// What the schema describes.
    #[arg(value_enum)]
    name: SchemaName,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SchemaName {
    /// A design: `*.arch.yaml`.
    Design,
    /// A rule: `rules/<pack>/<id>.yaml`.
    Rule,
    /// A configuration: `premortem.yaml`.
    Config,
    /// What `check --format json` prints.
    Findings,
    /// A line of what `check --format jsonl` prints.
    FindingLine,
    /// The file of `check --baseline`.
    Baseline,
    /// What `diff --format json` prints.
    Diff,
    /// What `fail --format json` prints.
    Outcome,
    /// What `checklist --format json` prints.
    Checklist,
    /// What `graph --format json` prints.
    Graph,
}

impl SchemaCommand {
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<u8, Failure> {
        let schema = match self.name {
            SchemaName::Design => native::schema().clone(),
            SchemaName::Rule => premortem::rules::schema().clone(),
            SchemaName::Config => premortem::config::schema().clone(),
            SchemaName::Findings => report::json::schema(),
            SchemaName::FindingLine => report::jsonl::schema(),
            SchemaName::Baseline => premortem::change::schema().clone(),
            SchemaName::Diff => report::difference::schema(),
            SchemaName::Outcome => report::outcome::schema(),
            SchemaName::Checklist => report::checklist::schema(),
            SchemaName::Graph => report::diagram::schema(),
        };
        writeln!(out, "{schema:#}")?;
        Ok(OK)
    }
}
