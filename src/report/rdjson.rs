//! The Diagnostic Format of reviewdog, as one document and as one diagnostic a line.
//!
//! reviewdog takes paths from the folder it runs in, as the user types them, and columns in UTF-8 bytes.

use super::Style;
use super::entry::{Entry, by_place};
use super::region::Region;
use crate::finding::{Edit, Severity};
use crate::review::Review;
use crate::sources::{Sources, Span};
use serde::Serialize;
use std::io::{self, Write};

pub(super) fn write(review: &Review, _: &Style, out: &mut dyn Write) -> io::Result<()> {
    let diagnostics = diagnostics(review).collect();
    serde_json::to_writer_pretty(&mut *out, &Document { source: SOURCE, diagnostics })?;
    writeln!(out)
}

pub(super) fn write_lines(review: &Review, _: &Style, out: &mut dyn Write) -> io::Result<()> {
    for diagnostic in diagnostics(review) {
        serde_json::to_writer(&mut *out, &Diagnostic { source: Some(SOURCE), ..diagnostic })?;
        writeln!(out)?;
    }
    Ok(())
}

const SOURCE: Source = Source { name: "premortem" };

#[derive(Serialize)]
struct Document<'a> {
    source: Source,
    diagnostics: Vec<Diagnostic<'a>>,
}

#[derive(Serialize)]
struct Source {
    name: &'static str,
}

#[derive(Serialize)]
struct Diagnostic<'a> {
    message: String,
    location: Location<'a>,
    severity: &'static str,
    /// Once in a document, else in every line.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<Source>,
    code: Code<'a>,
    #[serde(rename = "relatedLocations", skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<RelatedLocation<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suggestions: Vec<Suggestion<'a>>,
}

/// A change that somebody can take over with a click.
#[derive(Serialize)]
struct Suggestion<'a> {
    range: Range,
    text: &'a str,
}

#[derive(Serialize)]
struct Code<'a> {
    value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
}

#[derive(Serialize)]
struct RelatedLocation<'a> {
    message: String,
    location: Location<'a>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    range: Range,
}

#[derive(Serialize)]
struct Range {
    start: Position,
    end: Position,
}

#[derive(Serialize)]
struct Position {
    line: usize,
    column: usize,
}

fn diagnostics(review: &Review) -> impl Iterator<Item = Diagnostic<'_>> {
    by_place(review).into_iter().map(|entry| diagnostic(&entry, &review.sources))
}

fn diagnostic<'a>(entry: &Entry<'a>, sources: &'a Sources) -> Diagnostic<'a> {
    let related = entry.related().into_iter().map(|(span, text)| RelatedLocation {
        message: super::text::escape(text).into_owned(),
        location: location(sources, span),
    });
    Diagnostic {
        message: entry.body(),
        location: location(sources, entry.at()),
        severity: match entry.severity() {
            Severity::Error => "ERROR",
            Severity::Warning => "WARNING",
            Severity::Advice => "INFO",
        },
        source: None,
        code: Code { value: entry.code().into_owned(), url: entry.url() },
        related_locations: related.collect(),
        suggestions: entry.safe_edits().map(|edit| suggestion(edit, sources)).collect(),
    }
}

fn suggestion<'a>(edit: &'a Edit, sources: &Sources) -> Suggestion<'a> {
    let file = sources.file_of(edit.replaced);
    let position =
        |at: crate::sources::Position| Position { line: at.line, column: at.offset - file.line_start(at.line - 1) + 1 };
    let (start, end) = sources.positions(edit.replaced);
    Suggestion { range: Range { start: position(start), end: position(end) }, text: &edit.text }
}

fn location(sources: &Sources, span: Span) -> Location<'_> {
    let region = Region::of(sources, span);
    let position = |column| Position { line: region.line, column };
    let range = Range { start: position(region.byte_columns.0), end: position(region.byte_columns.1) };
    Location { path: region.typed, range }
}
