//! GitLab's Code Quality report, for the widget of a merge request. GitLab compares it with the report of the target
//! branch by fingerprint, so fingerprints hold no line.

use super::Style;
use super::entry::{by_place, fingerprints};
use super::region::Region;
use crate::finding::Severity;
use crate::review::Review;
use serde::Serialize;
use std::io::{self, Write};

pub(super) fn write(review: &Review, _: &Style, out: &mut dyn Write) -> io::Result<()> {
    let entries = by_place(review);
    let fingerprints = fingerprints(&entries);
    let issues = entries.iter().zip(fingerprints).map(|(entry, fingerprint)| {
        let region = Region::of(&review.sources, entry.at());
        Issue {
            // The widget shows the description and nothing else.
            description: entry.headline(),
            check_name: entry.code().into_owned(),
            fingerprint,
            severity: match entry.severity() {
                Severity::Error => "major",
                Severity::Warning => "minor",
                Severity::Advice => "info",
            },
            location: Location { path: region.path, lines: Lines { begin: region.line, end: region.line } },
        }
    });
    serde_json::to_writer_pretty(&mut *out, &issues.collect::<Vec<_>>())?;
    writeln!(out)
}

#[derive(Serialize)]
struct Issue<'a> {
    description: String,
    check_name: String,
    fingerprint: String,
    severity: &'static str,
    location: Location<'a>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: usize,
    end: usize,
}
