//! `premortem relations`: the tables a rule can ask.

use super::{Failure, OK};
use clap::Args;
use premortem::analyse::relations::RELATIONS;
use std::io::Write;

#[derive(Debug, Args)]
pub(crate) struct Relations {
    /// One table, with all its fields.
    relation: Option<String>,
}

impl Relations {
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<u8, Failure> {
        let width = RELATIONS.iter().map(|relation| relation.name.len()).max().unwrap_or_default();
        for relation in RELATIONS {
            writeln!(out, "{:width$}  {}", relation.name, relation.summary)?;
        }
        Ok(OK)
    }
}
