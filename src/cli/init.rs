//! `premortem init`: a small design to start from.

use super::output::{reason, write_file};
use super::{Failure, OK};
use clap::Args;
use premortem::read::native;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Component, Path, PathBuf};

#[derive(Debug, Args)]
pub(crate) struct Init {
    /// The file to write; `-` is standard output.
    #[arg(default_value = "system.arch.yaml", value_name = "FILE")]
    path: PathBuf,

    /// Write the JSON Schema of designs, too, and lead editors to it from the first line of the design; beside the design,
    /// unless a file is named.
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true)]
    #[expect(clippy::option_option, reason = "the flag, and what it may name")]
    schema: Option<Option<PathBuf>>,
}

/// Passes its own check, and shows one of each thing worth saying.
const STARTER: &str = include_str!("starter.arch.yaml");
/// What the schema is called where nobody says.
const SCHEMA: &str = "design.schema.json";

impl Init {
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<u8, Failure> {
        if self.path.as_os_str() == "-" {
            if self.schema.is_some() {
                return Err(Failure::Usage(
                    "standard output has no place a schema could be seen from\nhelp: Name a file: `premortem init \
                     --schema FILE`."
                        .to_owned(),
                ));
            }
            out.write_all(STARTER.as_bytes())?;
            return Ok(OK);
        }
        let path = self.path.display();
        if self.path.exists() {
            return Err(Failure::Usage(exists(&self.path)));
        }
        let mut text = String::new();
        let mut wrote = path.to_string();
        let schema =
            self.schema.as_ref().map(|named| named.clone().unwrap_or_else(|| self.path.with_file_name(SCHEMA)));
        if let Some(schema) = &schema {
            text = format!("# yaml-language-server: $schema={}\n", seen_from(&self.path, schema)?);
            wrote = format!("{wrote} and {}", schema.display());
        }
        text.push_str(STARTER);
        let mut file = OpenOptions::new().write(true).create_new(true).open(&self.path).map_err(|error| {
            Failure::Usage(match error.kind() {
                ErrorKind::AlreadyExists => exists(&self.path),
                _ => format!("cannot write `{path}`: {}", reason(&error)),
            })
        })?;
        if let Some(failure) = schema.and_then(|schema| write_schema(&schema).err()) {
            // Both or none: a design that leads editors to a schema that is not there is a mistake.
            drop(file);
            let _ = std::fs::remove_file(&self.path);
            return Err(failure);
        }
        file.write_all(text.as_bytes())?;
        writeln!(out, "Wrote {wrote}.\nNext: run `premortem check {path}`, describe your own system, check again.")?;
        Ok(OK)
    }
}

fn exists(path: &Path) -> String {
    let path = path.display();
    format!("`{path}` exists already, and is left as it is\nhelp: Name another file: `premortem init FILE`.")
}

/// Writes the schema, unless something else is there.
fn write_schema(file: &Path) -> Result<(), Failure> {
    let schema = format!("{:#}\n", native::schema());
    let shown = file.display();
    match std::fs::read(file) {
        Ok(there) if there == schema.as_bytes() => Ok(()),
        Ok(_) => Err(Failure::Usage(format!(
            "`{shown}` exists already, and is left as it is\nhelp: If it is an older schema, write it anew with `premortem \
             schema design > {shown}`, then run this again."
        ))),
        Err(_) => write_file(file, |out| out.write_all(schema.as_bytes()))
            .map_err(|error| Failure::Usage(format!("cannot write `{shown}`: {}", reason(&error)))),
    }
}

/// The path of a file as it is written in another, with forward slashes.
fn seen_from(design: &Path, schema: &Path) -> Result<String, Failure> {
    let names = |path: &Path| -> Vec<String> {
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
        let mut names = Vec::new();
        for part in absolute.components() {
            match part {
                Component::ParentDir => drop(names.pop()),
                part => names.push(part.as_os_str().to_string_lossy().into_owned()),
            }
        }
        names
    };
    let (design, schema) = (names(design), names(schema));
    let folder = &design[..design.len().saturating_sub(1)];
    let common = folder.iter().zip(&schema).take_while(|(one, other)| one == other).count();
    let up = std::iter::repeat_n("..", folder.len() - common);
    let path: Vec<&str> = up.chain(schema[common..].iter().map(String::as_str)).collect();
    let path = path.join("/");
    if path.contains(char::is_whitespace) {
        return Err(Failure::Usage(format!(
            "editors read the path of a schema up to the first space: `{path}`\nhelp: Name a file without: \
             `--schema={SCHEMA}`."
        )));
    }
    Ok(path)
}
