//! One line per finding and problem, `file:line:column: severity[rule] message`, for grep and editors.

use super::Style;
use super::entry::by_place;
use super::text::escape;
use crate::review::Review;
use std::io::{self, Write};

pub(super) fn write(review: &Review, _: &Style, out: &mut dyn Write) -> io::Result<()> {
    for entry in by_place(review) {
        let place = review.sources.place(entry.at());
        writeln!(out, "{}: {}[{}] {}", escape(&place), entry.severity().name(), entry.code(), entry.message())?;
    }
    Ok(())
}
