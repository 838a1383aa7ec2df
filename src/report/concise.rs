//! One line per finding and problem, `file:line:column: severity[rule] message`, for grep and editors.
//!
//! What is accepted is no severity, so that no problem matcher takes it for a finding.

use super::Style;
use super::entry::by_place;
use super::summary::reason;
use super::text::escape;
use crate::review::Review;
use std::io::{self, Write};

pub(super) fn write(review: &Review, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    for entry in by_place(review) {
        let place = review.sources.place(entry.at());
        writeln!(out, "{}: {}[{}] {}", escape(&place), entry.severity().name(), entry.code(), entry.message())?;
    }
    for finding in review.accepted.iter().filter(|_| style.accepted) {
        let place = review.sources.place(finding.primary());
        let (rule, message) = (escape(&finding.rule), escape(&finding.message));
        let reason = reason(finding);
        writeln!(out, "{}: accepted[{rule}] {message} ({})", escape(&place), escape(&reason))?;
    }
    Ok(())
}
