//! Checkstyle's XML, which most continuous-integration servers and review bots read.

use super::Style;
use super::entry::{Entry, by_place};
use super::region::Region;
use super::xml::text;
use crate::finding::Severity;
use crate::review::Review;
use std::io::{self, Write};

pub(super) fn write(review: &Review, _: &Style, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<checkstyle version=\"4.3\">")?;
    let entries = by_place(review);
    let file = |entry: &Entry| review.sources.file_of(entry.at()).base();
    for entries in entries.chunk_by(|a, b| file(a) == file(b)) {
        let path = Region::of(&review.sources, entries[0].at()).path;
        writeln!(out, "  <file name=\"{}\">", text(path))?;
        for entry in entries {
            let region = Region::of(&review.sources, entry.at());
            let severity = match entry.severity() {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Advice => "info",
            };
            writeln!(
                out,
                "    <error line=\"{}\" column=\"{}\" severity=\"{severity}\" message=\"{}\" source=\"premortem.{}\"/>",
                region.line,
                region.columns.0,
                text(&entry.message()),
                text(&entry.code()),
            )?;
        }
        writeln!(out, "  </file>")?;
    }
    writeln!(out, "</checkstyle>")
}
