//! `premortem init`: a small design to start from.

use super::output::reason;
use super::{Failure, OK};
use clap::Args;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Init {
    /// The file to write; `-` is standard output.
    #[arg(default_value = "system.arch.yaml", value_name = "FILE")]
    path: PathBuf,
}

/// Passes its own check, and shows one of each thing worth saying.
const STARTER: &str = include_str!("starter.arch.yaml");

impl Init {
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<u8, Failure> {
        if self.path.as_os_str() == "-" {
            out.write_all(STARTER.as_bytes())?;
            return Ok(OK);
        }
        let mut file = OpenOptions::new().write(true).create_new(true).open(&self.path).map_err(|error| {
            let path = self.path.display();
            Failure::Usage(match error.kind() {
                std::io::ErrorKind::AlreadyExists => format!(
                    "`{path}` exists already, and is left as it is\nhelp: Name another file: `premortem init FILE`."
                ),
                _ => format!("cannot write `{path}`: {}", reason(&error)),
            })
        })?;
        file.write_all(STARTER.as_bytes())?;
        let path = self.path.display();
        writeln!(out, "Wrote {path}.\nNext: run `premortem check {path}`, describe your own system, check again.")?;
        Ok(OK)
    }
}
