//! Turns a [`Review`] into bytes: one file per output format, each a pure function.

mod concise;
mod excerpt;
mod full;
mod group;
mod ink;
pub mod component_page;
pub mod diagram;
pub mod json;
pub mod outcome;
mod snippet;
mod summary;
mod text;

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
];

impl Format {
    pub fn named(name: &str) -> Option<&'static Self> {
        FORMATS.iter().find(|format| format.name == name)
    }
}

/// What the place that receives a report can show; decided by the command line, never probed here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Style {
    /// ANSI colours.
    pub color: bool,
    /// OSC 8 hyperlinks.
    pub links: bool,
    /// Drawing characters beyond ASCII. Names and source text are printed as they are either way.
    pub unicode: bool,
    /// Columns of the terminal.
    pub width: usize,
}

impl Style {
    /// For files, pipes and tests: no escape sequences, drawn with Unicode, 80 columns.
    pub const PLAIN: Self = Self { color: false, links: false, unicode: true, width: 80 };
}

/// Writes a review in one format.
pub fn write(format: &Format, review: &Review, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    (format.writer)(review, style, out)
}
