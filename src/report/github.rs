//! Workflow commands of GitHub Actions, which become annotations of a pull request.
//!
//! GitHub shows ten annotations of a severity and step and drops what is beyond, so the worst are printed and the rest is
//! said to be elsewhere: in the job summary, which the command line writes as Markdown.

use super::Style;
use super::entry::{Entry, worst_first};
use super::region::Region;
use super::text::{count, escape};
use crate::finding::Severity;
use crate::review::Review;
use crate::sources::Sources;
use std::io::{self, Write};

pub(super) fn write(review: &Review, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let entries = worst_first(review);
    let shown = shown(&entries);
    for entry in &shown {
        annotation(entry, &review.sources, out)?;
    }
    match entries.len() - shown.len() {
        0 => Ok(()),
        more => {
            let elsewhere = if style.job_summary { "the job summary" } else { "the output of `premortem check`" };
            let text = format!("{}: see {elsewhere}", count(more, "more finding"));
            writeln!(out, "::notice title=premortem::{}", data(&text))
        }
    }
}

/// Whether annotations cannot hold everything.
pub fn overflows(review: &Review) -> bool {
    let entries = worst_first(review);
    shown(&entries).len() < entries.len()
}

/// Annotations that GitHub shows of one severity and step.
const SHOWN: usize = 10;
/// Other places named in one annotation.
const PLACES: usize = 5;

/// The first of each severity. If some are left out, the notice that says so takes the place of one.
fn shown<'a>(entries: &[Entry<'a>]) -> Vec<Entry<'a>> {
    let at_most = |notices: usize| {
        let mut left = [SHOWN, SHOWN, notices];
        let mut shown = entries.to_vec();
        shown.retain(|entry| {
            let left = &mut left[entry.severity() as usize];
            let fits = *left > 0;
            *left -= usize::from(fits);
            fits
        });
        shown
    };
    let all = at_most(SHOWN);
    if all.len() == entries.len() { all } else { at_most(SHOWN - 1) }
}

fn annotation(entry: &Entry, sources: &Sources, out: &mut dyn Write) -> io::Result<()> {
    let region = Region::of(sources, entry.at());
    let command = match entry.severity() {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Advice => "notice",
    };
    let mut body = vec![entry.message().into_owned()];
    let places = entry.related().into_iter().take(PLACES);
    body.extend(places.map(|(span, text)| format!("{}: {}", Region::of(sources, span).place(), escape(text))));
    body.extend(entry.advice());
    writeln!(
        out,
        "::{command} file={},line={line},col={},endLine={line},endColumn={},title={}::{}",
        property(region.path),
        region.columns.0,
        region.columns.1,
        property(&format!("premortem ({})", entry.code())),
        data(&body.join("\n")),
        line = region.line,
    )
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
