//! What a change to an architecture does: the verdict in a few words, then the evidence.

mod json;
mod markdown;
mod row;
mod text;
mod verdict;

pub use json::schema;

use super::Style;
use crate::difference::Difference;
use std::io::{self, Write};

/// For people at a terminal.
pub fn write_text(difference: &Difference, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    text::write(difference, style, out)
}

/// A comment on a pull request, below 65 000 characters.
pub fn write_markdown(difference: &Difference, out: &mut dyn Write) -> io::Result<()> {
    markdown::write(difference, out)
}

/// For programs; `premortem schema diff` describes it.
pub fn write_json(difference: &Difference, out: &mut dyn Write) -> io::Result<()> {
    json::write(difference, out)
}
