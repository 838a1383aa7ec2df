//! `premortem completions`: a script for a shell.

use super::{Failure, OK};
use clap::{Args, CommandFactory};
use clap_complete::Shell;
use std::io::Write;

#[derive(Debug, Args)]
pub(crate) struct Completions {
    shell: Shell,
}

impl Completions {
    pub(crate) fn run<A: CommandFactory>(&self, out: &mut dyn Write) -> Result<u8, Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut A::command(), "premortem", &mut script);
        out.write_all(&script)?;
        Ok(OK)
    }
}
