//! One line per finding and problem, `file:line:column: severity[rule] message`, for grep and editors.

use super::Style;
use super::text::escape;
use crate::review::Review;
use crate::sources::Span;
use std::io::{self, Write};

pub(super) fn write(review: &Review, _: &Style, out: &mut dyn Write) -> io::Result<()> {
    for line in lines(review) {
        let place = review.sources.place(line.at);
        writeln!(out, "{}: {}[{}] {}", escape(&place), line.severity, escape(line.code), escape(line.message))?;
    }
    Ok(())
}

struct Line<'a> {
    at: Span,
    severity: &'static str,
    code: &'a str,
    message: &'a str,
}

/// By place; at one place problems come first.
fn lines(review: &Review) -> Vec<Line<'_>> {
    let problems = review.problems.iter().map(|problem| Line {
        at: problem.primary(),
        severity: problem.severity.name(),
        code: problem.code,
        message: &problem.message,
    });
    let findings = review.findings.iter().map(|finding| Line {
        at: finding.primary(),
        severity: finding.severity.name(),
        code: &finding.rule,
        message: &finding.message,
    });
    let mut lines: Vec<_> = problems.chain(findings).collect();
    lines.sort_by_key(|line| line.at);
    lines
}
