//! Turns a [`Review`] into bytes: one file per output format, each a pure function.

mod azure;
pub mod checklist;
mod checkstyle;
pub mod component_page;
mod concise;
mod diff;
pub mod diagram;
pub mod difference;
mod entry;
mod excerpt;
mod full;
pub mod github;
mod gitlab;
mod group;
mod ink;
pub mod json;
pub mod jsonl;
mod junit;
pub mod markdown;
mod markdown_text;
pub mod outcome;
mod rdjson;
mod place;
mod region;
mod sarif;
mod sarif_fix;
mod sarif_rule;
mod snippet;
mod summary;
mod text;
mod xml;

pub use diff::diff;

use crate::review::Review;
use std::io::{self, Write};

/// An output format of `check`.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// As typed after `--format`.
    pub name: &'static str,
    /// One line for `--help`.
    pub summary: &'static str,
    writer: fn(&Review, &Style, &mut dyn Write) -> io::Result<()>,
}

/// Every format; the first is the default.
pub const FORMATS: &[Format] = &[
    Format { name: "full", summary: "Every finding with its evidence, for people", writer: full::write },
    Format { name: "concise", summary: "One line per finding, for grep and editors", writer: concise::write },
    Format {
        name: "json",
        summary: "Everything, for scripts; `premortem schema findings` describes it",
        writer: json::write,
    },
    Format { name: "jsonl", summary: "The same, one finding per line and the summary last", writer: jsonl::write },
    Format { name: "sarif", summary: "SARIF 2.1.0, for code scanning", writer: sarif::write },
    Format { name: "github", summary: "Annotations of GitHub Actions", writer: github::write },
    Format { name: "gitlab", summary: "Code Quality report of GitLab", writer: gitlab::write },
    Format { name: "azure", summary: "Issues of Azure Pipelines", writer: azure::write },
    Format { name: "markdown", summary: "A comment on a pull request", writer: markdown::write },
    Format { name: "rdjson", summary: "Diagnostics for reviewdog", writer: rdjson::write },
    Format { name: "rdjsonl", summary: "The same, one per line", writer: rdjson::write_lines },
    Format { name: "junit", summary: "JUnit XML: a failed test per finding", writer: junit::write },
    Format { name: "checkstyle", summary: "Checkstyle XML", writer: checkstyle::write },
];

impl Format {
    pub fn named(name: &str) -> Option<&'static Self> {
        FORMATS.iter().find(|format| format.name == name)
    }
}

/// What the place that receives a report can show, and what its reader wants to see; decided by the command line, never
/// probed here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "abilities and wishes that do not depend on each other")]
pub struct Style {
    /// ANSI colours.
    pub color: bool,
    /// OSC 8 hyperlinks.
    pub links: bool,
    /// Drawing characters beyond ASCII. Names and source text are printed as they are either way.
    pub unicode: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// What a format has no room for is written to the summary of the job.
    pub job_summary: bool,
    /// Findings that are accepted are shown to people, too.
    pub accepted: bool,
}

impl Style {
    /// For files, pipes and tests: no escape sequences, drawn with Unicode, 80 columns.
    pub const PLAIN: Self =
        Self { color: false, links: false, unicode: true, width: 80, job_summary: false, accepted: false };
}

/// Writes a review in one format.
pub fn write(format: &Format, review: &Review, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    (format.writer)(review, style, out)
}

/// Text of strangers on one line, without anything that moves the cursor or turns text around.
pub fn escape(text: &str) -> String {
    text::escape(text).into_owned()
}

/// What a review found, in one line: `1 error, 12 warnings`.
pub fn found(review: &Review) -> String {
    summary::found(review)
}
