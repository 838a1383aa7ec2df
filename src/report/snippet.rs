//! Source lines with marks under them, drawn by miette.
//!
//! miette draws a contiguous run of lines of one file. A diagnostic has more: marks in several files, marks that lie
//! hundreds of lines apart, lines that are wider than the terminal. So each run is drawn on its own, from the few lines
//! it needs, and the runs are joined under one heading per file.

use super::Style;
use super::excerpt::{Mark, Row, rows};
use super::ink::Ink;
use crate::sources::{Source, Sources, Span};
use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode,
    SourceSpan, SpanContents, ThemeCharacters, ThemeStyles,
};
use std::fmt;

/// A marked place of a diagnostic.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    pub span: Span,
    pub text: &'a str,
    /// What the diagnostic is about, as opposed to what explains it.
    pub primary: bool,
}

/// Unmarked lines between two marked ones that are shown rather than folded.
const GAP: usize = 1;

/// Draws the places, the file of the first one first. `ink` is the colour of primary marks.
pub(super) fn draw(sources: &Sources, places: &[Place], ink: Ink, style: &Style) -> String {
    let Some(first) = places.first() else { return String::new() };
    let mut files: Vec<&Source> = places.iter().map(|place| sources.file_of(place.span)).collect();
    let lead = files[0].base();
    files.sort_by_key(|file| (file.base() != lead, file.base()));
    files.dedup_by_key(|file| file.base());

    let number_width = places.iter().map(|place| line_number(sources, place)).max().unwrap_or(1).to_string().len();
    let room = style.width.max(MINIMUM_WIDTH) - number_width - GUTTER;
    let frame = Frame { style, ink, number_width };
    let mut drawn = String::new();
    for (index, file) in files.iter().enumerate() {
        let own = |place: &&Place| sources.file_of(place.span).base() == file.base();
        let heading =
            if index == 0 { first.span } else { places.iter().filter(own).map(|p| p.span).min().unwrap_or(first.span) };
        frame.heading(&mut drawn, index == 0, &sources.place(heading));
        let runs = runs(file, rows(file, places.iter().filter(own), room, style), room, style);
        for (index, run) in runs.iter().enumerate() {
            if index > 0 {
                frame.fold(&mut drawn);
            }
            frame.run(&mut drawn, run);
        }
    }
    frame.end(&mut drawn);
    drawn
}

/// Below this many columns nothing is gained by making lines shorter still.
const MINIMUM_WIDTH: usize = 40;
/// Columns before the text of a line, beside the line number: ` 12 │ `.
const GUTTER: usize = 4;

/// The line number at which a place starts.
fn line_number(sources: &Sources, place: &Place) -> usize {
    let file = sources.file_of(place.span);
    file.line_of(place.span.start.saturating_sub(file.base()) as usize) + 1
}

/// Lines that follow each other, with their marks: what miette draws at once.
struct Run {
    /// 0-based.
    first_line: usize,
    rows: Vec<Row>,
    text: String,
    /// By offset.
    marks: Vec<Mark>,
}

/// Joins rows that are close together and folds the rest.
fn runs(file: &Source, rows: Vec<Row>, room: usize, style: &Style) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for row in rows {
        let next = runs.last().map(|run| run.first_line + run.rows.len());
        match (runs.last_mut(), next) {
            (Some(run), Some(next)) if (next..=next + GAP).contains(&row.line) => {
                for line in next..row.line {
                    run.push(Row::unmarked(file, line, room, style));
                }
                run.push(row);
            }
            _ => {
                let mut run = Run { first_line: row.line, rows: vec![], text: String::new(), marks: vec![] };
                run.push(row);
                runs.push(run);
            }
        }
    }
    runs
}

impl Run {
    fn push(&mut self, row: Row) {
        let base = self.text.len();
        self.text.push_str(&row.text);
        self.text.push('\n');
        let in_run = |mark: &Mark| Mark { start: base + mark.start, end: base + mark.end, ..mark.clone() };
        self.marks.extend(row.marks.iter().map(in_run));
        self.rows.push(row);
    }
}

impl SourceCode for Run {
    fn read_span<'a>(
        &'a self,
        _: &SourceSpan,
        _: usize,
        _: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let whole = SourceSpan::from(0..self.text.len());
        Ok(Box::new(MietteSpanContents::new(self.text.as_bytes(), whole, self.first_line, 0, self.rows.len())))
    }
}

impl Diagnostic for Run {
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.marks.iter().map(|mark| {
            let text = Some(&mark.text).filter(|text| !text.is_empty()).cloned();
            LabeledSpan::new(text, mark.start, mark.end - mark.start)
        })))
    }
}

impl std::error::Error for Run {}

impl fmt::Display for Run {
    /// The message is printed above the snippet, by the caller.
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// What stands around the lines of a diagnostic.
struct Frame<'a> {
    style: &'a Style,
    ink: Ink,
    /// Columns of the largest line number.
    number_width: usize,
}

impl Frame<'_> {
    fn heading(&self, out: &mut String, first: bool, place: &str) {
        let (indent, corner) = match (self.style.unicode, first) {
            (true, true) => (2, "╭─"),
            (true, false) => (2, "├─"),
            (false, true) => (1, "-->"),
            (false, false) => (1, ":::"),
        };
        self.line(out, indent, corner);
        out.push(' ');
        out.push_str(&self.style.place(place));
        out.push('\n');
    }

    fn fold(&self, out: &mut String) {
        let (indent, dots) = if self.style.unicode { (2, "⋮") } else { (1, "...") };
        self.line(out, indent, dots);
        out.push('\n');
    }

    fn end(&self, out: &mut String) {
        self.line(out, 2, if self.style.unicode { "╰────" } else { "'----" });
        out.push('\n');
    }

    fn line(&self, out: &mut String, indent: usize, drawing: &str) {
        out.extend(std::iter::repeat_n(' ', self.number_width + indent));
        out.push_str(drawing);
    }

    /// miette's drawing without its own message, heading and end, and with words beside marks.
    fn run(&self, out: &mut String, run: &Run) {
        let handler = GraphicalReportHandler::new_themed(theme(run, self.style.unicode))
            .with_context_lines(0)
            .with_width(self.style.width)
            .without_syntax_highlighting();
        let mut drawn = String::new();
        if handler.render_report(&mut drawn, run).is_err() {
            return;
        }
        let number_width = (run.first_line + run.rows.len()).to_string().len();
        let mut lines = drawn.lines().skip(HEAD_LINES);
        let mut print = |line: Option<&str>, beside: &str| {
            out.extend(std::iter::repeat_n(' ', self.number_width - number_width));
            out.push_str(repaint(line.unwrap_or_default(), self.ink, self.style).trim_end());
            out.push_str(beside);
            out.push('\n');
        };
        for row in &run.rows {
            print(lines.next(), "");
            let Some(last) = row.marks.last() else { continue };
            let ink = if last.primary { self.ink } else { Ink::Context };
            let beside = row
                .beside
                .as_ref()
                .filter(|text| !text.is_empty())
                .map(|text| format!(" {}", self.style.paint(ink, text)));
            print(lines.next(), &beside.unwrap_or_default());
            for _ in row.marks.iter().flat_map(|mark| mark.text.lines()) {
                print(lines.next(), "");
            }
        }
    }
}

/// Lines of miette's drawing before the first line of source: the message and the heading.
const HEAD_LINES: usize = 2;

/// Stand-ins for drawing characters that depend on whether a mark is primary, from the private-use area.
const UNDERLINE: char = '\u{e000}';
const UNDERBAR: char = '\u{e001}';
const ARROW: char = '\u{e002}';

/// A theme that tells, by its escape sequences, what each piece of the drawing is; [`repaint`] replaces them all.
fn theme(run: &Run, unicode: bool) -> GraphicalTheme {
    let (plain, marker) = (ThemeStyles::none(), ThemeStyles::ansi());
    let characters = if unicode { ThemeCharacters::unicode() } else { ThemeCharacters::ascii() };
    GraphicalTheme {
        characters: ThemeCharacters { underline: UNDERLINE, underbar: UNDERBAR, uarrow: ARROW, ..characters },
        styles: ThemeStyles {
            highlights: run.marks.iter().map(|mark| if mark.primary { marker.error } else { marker.warning }).collect(),
            ..plain
        },
    }
}

/// What the theme's escape sequences stand for.
#[derive(Clone, Copy, PartialEq)]
enum Role {
    Primary,
    Secondary,
    Source,
}

/// Gives each piece of a drawn line its colour, and a primary mark its heavier line, which shows without colours too.
fn repaint(line: &str, ink: Ink, style: &Style) -> String {
    let mut painted = String::with_capacity(line.len());
    let paint = |role, piece: &str| match role {
        Role::Primary => style.paint(ink, piece),
        Role::Secondary => style.paint(Ink::Context, piece),
        Role::Source => piece.to_owned(),
    };
    let (mut role, mut piece, mut piece_role) = (Role::Source, String::new(), Role::Source);
    let mut rest = line;
    while !rest.is_empty() {
        let end = rest.find('\x1b').unwrap_or(rest.len());
        if end > 0 && role != piece_role {
            painted.push_str(&paint(piece_role, &piece));
            piece.clear();
            piece_role = role;
        }
        piece.extend(rest[..end].chars().map(|char| draw_char(char, role, style.unicode)));
        let sequence_end = rest[end..].find('m').map_or(rest.len(), |at| end + at + 1);
        role = match &rest[end..sequence_end] {
            "\x1b[31m" => Role::Primary,
            "\x1b[33m" => Role::Secondary,
            _ => Role::Source,
        };
        rest = &rest[sequence_end..];
    }
    painted.push_str(&paint(piece_role, &piece));
    painted
}

fn draw_char(char: char, role: Role, unicode: bool) -> char {
    match (char, unicode, role == Role::Primary) {
        (UNDERLINE, true, true) => '━',
        (UNDERBAR, true, true) => '┯',
        (UNDERLINE, true, false) => '─',
        (UNDERBAR, true, false) => '┬',
        (ARROW, true, _) => '▲',
        (UNDERLINE | UNDERBAR, false, true) | (ARROW, false, _) => '^',
        (UNDERLINE | UNDERBAR, false, false) => '-',
        _ => char,
    }
}
