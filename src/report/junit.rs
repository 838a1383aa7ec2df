//! `JUnit`'s XML: every finding is a failed test, every mistake in the input an error; a file is a suite.

use super::Style;
use super::entry::{Entry, by_place, fingerprints};
use super::region::Region;
use super::xml::text;
use crate::finding::Severity;
use crate::review::Review;
use std::io::{self, Write};

pub(super) fn write(review: &Review, _: &Style, out: &mut dyn Write) -> io::Result<()> {
    let entries = by_place(review);
    // A server follows a test from run to run by its name.
    let names = fingerprints(&entries);
    let cases: Vec<(Entry, String)> = entries.into_iter().zip(names).collect();
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    // A report without any test counts as lost.
    writeln!(out, "<testsuites name=\"premortem\" {}>", counts(&cases, cases.len().max(1)))?;
    if cases.is_empty() {
        writeln!(out, "  <testsuite name=\"premortem\" {}>", counts(&cases, 1))?;
        writeln!(out, "    <testcase name=\"nothing found\" classname=\"premortem\"/>\n  </testsuite>")?;
    }
    let file = |case: &(Entry, String)| review.sources.file_of(case.0.at()).base();
    for suite in cases.chunk_by(|a, b| file(a) == file(b)) {
        let path = text(Region::of(&review.sources, suite[0].0.at()).path);
        writeln!(out, "  <testsuite name=\"{path}\" {}>", counts(suite, suite.len()))?;
        for (entry, name) in suite {
            let element = if is_error(entry) { "error" } else { "failure" };
            writeln!(out, "    <testcase name=\"{}\" classname=\"{path}\">", text(name))?;
            writeln!(
                out,
                "      <{element} type=\"{}\" message=\"{}\">{}</{element}>",
                entry.severity().name(),
                text(&entry.headline()),
                text(&format!("{}: {}", Region::of(&review.sources, entry.at()).place(), entry.body())),
            )?;
            writeln!(out, "    </testcase>")?;
        }
        writeln!(out, "  </testsuite>")?;
    }
    writeln!(out, "</testsuites>")
}

fn counts(cases: &[(Entry, String)], tests: usize) -> String {
    let errors = cases.iter().filter(|(entry, _)| is_error(entry)).count();
    format!("tests=\"{tests}\" failures=\"{}\" errors=\"{errors}\"", cases.len() - errors)
}

/// What could not be read, as opposed to what was judged.
fn is_error(entry: &Entry) -> bool {
    matches!(entry, Entry::Problem(_)) && entry.severity() == Severity::Error
}
