//! Where reports go: one format to standard output, any number of them to files.

use super::Failure;
use super::terminal::Terminal;
use clap::Args;
use premortem::problem::did_you_mean;
use premortem::report::{self, FORMATS, Format, Style, github, markdown};
use premortem::review::Review;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub(crate) struct OutputFlags {
    /// How to print; `FORMAT=FILE` writes to a file. May be given several times.
    #[arg(
        long = "format",
        value_name = "FORMAT[=FILE]",
        value_parser = parse_output,
        default_value = "full",
        long_help = long_help()
    )]
    outputs: Vec<Output>,

    /// Show accepted findings, too, with the reason, in `full` and `concise`. JSON always has them.
    #[arg(long)]
    show_accepted: bool,
}

#[derive(Debug, Clone)]
struct Output {
    format: &'static Format,
    /// `None` is standard output.
    file: Option<PathBuf>,
}

fn long_help() -> String {
    let mut help = String::from(
        "How to print. `FORMAT=FILE` writes to a file; given several times, all but one must. The formats:\n",
    );
    let width = FORMATS.iter().map(|format| format.name.len()).max().unwrap_or(0);
    for format in FORMATS {
        let written = write!(help, "\n  {:width$}  {}", format.name, format.summary);
        written.expect("a string takes any text");
    }
    help
}

fn parse_output(text: &str) -> Result<Output, String> {
    let (name, file) = text.split_once('=').map_or((text, None), |(name, file)| (name, Some(file)));
    let format = Format::named(name).ok_or_else(|| {
        let names = || FORMATS.iter().map(|format| format.name);
        let close = did_you_mean(name, names()).map(|close| format!("; did you mean `{close}`?"));
        let names: Vec<&str> = names().collect();
        format!("there is no format `{name}`{}\nformats: {}", close.unwrap_or_default(), names.join(", "))
    })?;
    match file {
        Some("") => Err(format!("`{name}=` names no file: write `{name}=FILE`, or `{name}` for standard output")),
        file => Ok(Output { format, file: file.filter(|file| *file != "-").map(PathBuf::from) }),
    }
}

impl OutputFlags {
    /// Two reports in one place would be unreadable.
    pub(crate) fn verify(&self) -> Result<(), Failure> {
        let printed: Vec<&str> =
            self.outputs.iter().filter(|output| output.file.is_none()).map(|output| output.format.name).collect();
        if let [first, second, ..] = printed.as_slice() {
            return Err(Failure::Usage(format!(
                "`{first}` and `{second}` both go to standard output\nhelp: write one to a file: `--format {second}=FILE`"
            )));
        }
        let mut seen = BTreeSet::new();
        match self.outputs.iter().filter_map(|output| output.file.as_ref()).find(|file| !seen.insert(*file)) {
            Some(file) => Err(Failure::Usage(format!("two formats go to `{}`", file.display()))),
            None => Ok(()),
        }
    }

    /// Whether a format has room for changes to files: working them out costs reading the files again.
    pub(crate) fn show_edits(&self) -> bool {
        let with_edits = ["json", "jsonl", "sarif", "rdjson", "rdjsonl"];
        self.outputs.iter().any(|output| with_edits.contains(&output.format.name))
    }

    pub(crate) fn write(&self, review: &Review, terminal: &Terminal, out: &mut dyn Write) -> Result<(), Failure> {
        let job_summary = self.write_job_summary(review)?;
        let accepted = self.show_accepted;
        for Output { format, file } in &self.outputs {
            match file {
                None => report::write(format, review, &Style { job_summary, accepted, ..terminal.style() }, out)?,
                Some(path) => {
                    let style = Style { job_summary, accepted, ..Style::PLAIN };
                    write_file(path, |file| report::write(format, review, &style, file)).map_err(|error| {
                        Failure::Usage(format!("cannot write `{}`: {}", path.display(), reason(&error)))
                    })?;
                }
            }
        }
        if self.outputs.iter().all(|output| output.file.is_some()) {
            let files: Vec<String> = self.outputs.iter().filter_map(Output::shown).collect();
            tell(&format!("Found {}: see {}", report::found(review), files.join(", ")));
        }
        Ok(())
    }

    /// Writes everything to the summary of a GitHub job if annotations cannot hold it. Whether there is a summary.
    fn write_job_summary(&self, review: &Review) -> Result<bool, Failure> {
        let annotates = self.outputs.iter().any(|output| output.format.name == "github");
        let path = std::env::var_os(JOB_SUMMARY).filter(|path| !path.is_empty());
        let Some(path) = path.map(PathBuf::from).filter(|_| annotates && github::overflows(review)) else {
            return Ok(false);
        };
        let append = || {
            let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
            let used = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
            let room = JOB_SUMMARY_BYTES.saturating_sub(used.saturating_add(1));
            if room < markdown::LEAST {
                return Ok(false);
            }
            // What others wrote may not have ended its line.
            file.write_all(if used > 0 { b"\n" } else { b"" })?;
            file.write_all(markdown::page(review, room).as_bytes())?;
            Ok(true)
        };
        append().map_err(|error: io::Error| {
            Failure::Usage(format!("cannot write to the file in `{JOB_SUMMARY}`: {}", reason(&error)))
        })
    }
}

/// Beside the report, whatever its format.
pub(super) fn tell(text: &str) {
    // A closed standard error is no reason to fail: the work is done.
    drop(writeln!(io::stderr(), "{text}"));
}

pub(super) fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "its folder does not exist".to_owned(),
        io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        io::ErrorKind::NotADirectory => "a part of its path is no folder".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}

/// Names the file that becomes the summary of a step.
const JOB_SUMMARY: &str = "GITHUB_STEP_SUMMARY";
/// GitHub refuses the summary of a step above one mebibyte.
const JOB_SUMMARY_BYTES: usize = 1 << 20;

impl Output {
    fn shown(&self) -> Option<String> {
        self.file.as_ref().map(|file| format!("`{}`", file.display()))
    }
}

/// Writes the whole file or none of it: beside it first, then in its place. What is no regular file, such as a pipe, is
/// written as it is.
pub(crate) fn write_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    if fs::metadata(&target).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir()) {
        let mut file = BufWriter::new(OpenOptions::new().write(true).open(&target)?);
        write(&mut file)?;
        return file.flush();
    }
    if target.is_dir() {
        return Err(io::Error::other("it is a folder"));
    }
    let name = target.file_name().ok_or_else(|| io::Error::other("it names no file"))?;
    let mut beside = std::ffi::OsString::from(".");
    beside.push(name);
    beside.push(format!(".{}", std::process::id()));
    let beside = target.with_file_name(beside);
    let written = (|| {
        let mut file = BufWriter::new(File::create(&beside)?);
        write(&mut file)?;
        file.into_inner().map_err(io::IntoInnerError::into_error)?;
        fs::rename(&beside, &target)
    })();
    if written.is_err() {
        // The error that matters is the one above.
        drop(fs::remove_file(&beside));
    }
    written
}
