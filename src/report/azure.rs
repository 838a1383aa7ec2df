//! Logging commands of Azure Pipelines, which shows them beside the log and attaches the first of each kind to the build.

use super::Style;
use super::entry::worst_first;
use super::region::Region;
use crate::finding::Severity;
use crate::review::Review;
use std::io::{self, Write};

pub(super) fn write(review: &Review, _: &Style, out: &mut dyn Write) -> io::Result<()> {
    for entry in worst_first(review) {
        let region = Region::of(&review.sources, entry.at());
        let kind = match entry.severity() {
            Severity::Error => "error",
            // There is nothing milder.
            Severity::Warning | Severity::Advice => "warning",
        };
        writeln!(
            out,
            "##vso[task.logissue type={kind};sourcepath={};linenumber={};columnnumber={};code={};]{}",
            property(region.path),
            region.line,
            region.columns.0,
            property(&entry.code()),
            message(&entry.headline()),
        )?;
    }
    Ok(())
}

/// The agent reads `%AZP25` as a per cent sign.
fn message(text: &str) -> String {
    text.replace('%', "%AZP25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    message(text).replace(']', "%5D").replace(';', "%3B")
}
