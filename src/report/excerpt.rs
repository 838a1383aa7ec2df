//! The few lines of a file that a diagnostic shows, made printable: tabs become spaces, control characters are
//! escaped, a span over several lines marks its first, and a line wider than the terminal shows the part with marks.

use super::Style;
use super::snippet::Place;
use super::text::{char_width, escape, is_unprintable, width, wrap};
use crate::sources::Source;
use std::ops::Range;

/// A line ready to draw. Offsets are bytes of `text`.
#[derive(Debug)]
pub(super) struct Row {
    /// 0-based.
    pub line: usize,
    pub text: String,
    /// By offset.
    pub marks: Vec<Mark>,
    /// The words of the last mark, if they fit on the line of the marks; its own text is empty then.
    pub beside: Option<String>,
}

/// A part of a row with its words, which are escaped and broken to fit beside it.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    pub start: usize,
    pub end: usize,
    pub text: String,
    pub primary: bool,
}

/// The lines of one file that hold marks, in order; a line whose marks do not fit in one window appears once for each.
/// `room` is the number of columns for text.
pub(super) fn rows<'a>(
    file: &Source,
    places: impl Iterator<Item = &'a Place<'a>>,
    room: usize,
    style: &Style,
) -> Vec<Row> {
    let mut marks: Vec<LineMark> = places.map(|place| LineMark::of(file, place)).collect();
    marks.sort_by_key(|mark| (mark.line, mark.start, mark.end));
    marks.dedup_by(|later, earlier| earlier.absorb(later));

    let mut rows = Vec::new();
    let mut rest = marks.as_slice();
    while let Some(first) = rest.first() {
        let window = Window::holding(file, first.line, rest, room, style);
        let (inside, after) = rest.split_at(window.mark_count);
        rows.push(window.row(first.line, inside, room));
        rest = after;
    }
    rows
}

impl Row {
    /// The start of a line, without marks.
    pub(super) fn unmarked(file: &Source, line: usize, room: usize, style: &Style) -> Self {
        Window::holding(file, line, &[], room, style).row(line, &[], room)
    }
}

/// A place within one line. Offsets are bytes of the line's text.
#[derive(Debug)]
struct LineMark<'a> {
    line: usize,
    start: usize,
    end: usize,
    /// What is said here, without repetition.
    texts: Vec<&'a str>,
    primary: bool,
}

impl<'a> LineMark<'a> {
    fn of(file: &Source, place: &Place<'a>) -> Self {
        let base = file.base();
        let in_file = |offset: u32| (offset.saturating_sub(base) as usize).min(file.text().len());
        let start = in_file(place.span.start);
        let end = in_file(place.span.end).max(start);
        let line = file.line_of(start);
        let (line_start, text) = (file.line_start(line), file.line_text(line));
        let (start, end) = (floor_boundary(text, start - line_start), ceil_boundary(text, end - line_start));
        Self { line, start, end, texts: vec![place.text], primary: place.primary }
    }

    /// Takes over what another mark says about the very same place.
    fn absorb(&mut self, other: &Self) -> bool {
        let same = (self.line, self.start, self.end) == (other.line, other.start, other.end);
        if same {
            for text in &other.texts {
                if !self.texts.contains(text) {
                    self.texts.push(text);
                }
            }
            self.primary |= other.primary;
        }
        same
    }

    /// Columns the words take beside the mark, at least: long ones are broken.
    fn least_text_width(&self, room: usize) -> usize {
        let longest = self.texts.iter().map(|text| width(&escape(text))).max().unwrap_or(0);
        longest.min(room / 4) + LEADER
    }
}

/// Columns between a mark and its words: `╰── `.
const LEADER: usize = 4;
/// Distance between tab stops.
const TAB: usize = 4;
/// Bytes of an endless line (minified JSON) that are looked at before and after a mark.
const BEFORE: usize = 1024;
const AFTER: usize = 1024;

/// One character of a line, with the column it starts at.
struct Cell {
    /// Byte offset in the line.
    at: usize,
    column: usize,
    shown: Shown,
}

enum Shown {
    Char(char),
    Spaces(usize),
    Escaped(String),
}

impl Shown {
    fn width(&self) -> usize {
        match self {
            Self::Char(char) => char_width(*char),
            Self::Spaces(number) => *number,
            Self::Escaped(text) => width(text),
        }
    }
}

/// The part of a line that is shown, and how many of the marks lie in it.
struct Window<'s> {
    cells: Vec<Cell>,
    /// The first column shown.
    from: usize,
    /// The column after the last one shown.
    to: usize,
    cut_left: bool,
    cut_right: bool,
    mark_count: usize,
    ellipsis: &'s str,
}

impl<'s> Window<'s> {
    /// As many as possible of the marks at the front of `marks` that lie on one line.
    fn holding(file: &Source, number: usize, marks: &[LineMark], room: usize, style: &'s Style) -> Self {
        let line = file.line_text(number);
        let ellipsis = if style.unicode { "…" } else { "..." };
        let around = marks.first().map_or(0, |mark| mark.start);
        let crop = floor_boundary(line, around.saturating_sub(BEFORE))..ceil_boundary(line, around + AFTER);
        let concealed: Vec<Range<usize>> = file.concealed_in(number).collect();
        let cells = cells(&line[crop.clone()], crop.start, &concealed, ellipsis);
        let line_width = end_column(&cells);

        let margin = ellipsis.chars().count();
        let (mut left, mut right, mut taken, mut mark_count) = (usize::MAX, 0, 0, 0);
        for mark in marks.iter().take_while(|mark| mark.line == marks[0].line && mark.start <= crop.end) {
            // Marks that overlap are drawn side by side.
            let start = column_of(&cells, mark.start).max(taken);
            let end = column_of(&cells, mark.end).clamp(start + 1, start + room);
            let (new_left, new_right) =
                (left.min(start), right.max((start.midpoint(end)) + mark.least_text_width(room)));
            if mark_count > 0 && new_right + margin > new_left + room {
                break;
            }
            (left, right, taken, mark_count) = (new_left, new_right, end, mark_count + 1);
        }

        let cropped = crop.start > 0;
        let from = right.saturating_sub(room).max(usize::from(cropped));
        let to = from + room;
        let cut_left = from > 0;
        let cut_right = line_width > to || crop.end < line.len();
        Self {
            from: if cut_left { from + margin } else { from },
            to: if cut_right { to - margin } else { to },
            cells,
            cut_left,
            cut_right,
            mark_count,
            ellipsis,
        }
    }

    fn row(&self, line: usize, marks: &[LineMark], room: usize) -> Row {
        let mut text = String::new();
        if self.cut_left {
            text.push_str(self.ellipsis);
        }
        let shown = |cell: &&Cell| cell.column >= self.from && cell.column + cell.shown.width() <= self.to;
        // Byte offsets in the line, and where they are in the row.
        let mut offsets = Vec::new();
        for cell in self.cells.iter().filter(shown) {
            if offsets.is_empty() {
                // Half of a wide character that is cut.
                text.extend(std::iter::repeat_n(' ', cell.column - self.from));
            }
            offsets.push((cell.at, text.len()));
            match &cell.shown {
                Shown::Char(char) => text.push(*char),
                Shown::Spaces(number) => text.extend(std::iter::repeat_n(' ', *number)),
                Shown::Escaped(escaped) => text.push_str(escaped),
            }
        }
        let end_of_text = text.len();
        if self.cut_right {
            text.push_str(self.ellipsis);
        }
        let in_row = |at: usize| match offsets.binary_search_by_key(&at, |(at, _)| *at) {
            Ok(index) => offsets[index].1,
            Err(index) => offsets.get(index).map_or(end_of_text, |(_, offset)| *offset),
        };

        let mut taken = 0;
        let marks = marks.iter().map(|mark| {
            let (start, end) = (in_row(mark.start), in_row(mark.end));
            let column = width(&text[..start]).max(taken);
            let end_column = width(&text[..end]).max(column + 1);
            taken = end_column;
            let columns = room.saturating_sub(column.midpoint(end_column) + LEADER).max(room / 4);
            let words: Vec<String> = mark.texts.iter().flat_map(|text| wrap(text, columns)).collect();
            Mark { start, end, text: words.join("\n"), primary: mark.primary }
        });
        let mut marks: Vec<Mark> = marks.collect();
        let beside = marks.last_mut().filter(|mark| taken + 1 + width(&mark.text) <= room && !mark.text.contains('\n'));
        let beside = beside.map(|mark| std::mem::take(&mut mark.text));
        Row { line, text, marks, beside }
    }
}

/// `concealed` is in bytes of the line and sorted; each range shows as one ellipsis.
fn cells(text: &str, base: usize, concealed: &[Range<usize>], ellipsis: &str) -> Vec<Cell> {
    let mut column = 0;
    let mut hidden = concealed.iter().peekable();
    let mut is_told = false;
    let cell = |(at, char): (usize, char)| {
        while hidden.next_if(|range| range.end <= base + at).is_some() {
            is_told = false;
        }
        let is_hidden = hidden.peek().is_some_and(|range| range.contains(&(base + at)));
        let shown = match char {
            _ if is_hidden && is_told => Shown::Spaces(0),
            _ if is_hidden => {
                is_told = true;
                Shown::Escaped(ellipsis.to_owned())
            }
            '\t' => Shown::Spaces(TAB - column % TAB),
            '\u{feff}' => Shown::Spaces(0),
            char if is_unprintable(char) => Shown::Escaped(char.escape_default().collect()),
            char => Shown::Char(char),
        };
        let cell = Cell { at: base + at, column, shown };
        column += cell.shown.width();
        cell
    };
    text.char_indices().map(cell).collect()
}

fn end_column(cells: &[Cell]) -> usize {
    cells.last().map_or(0, |cell| cell.column + cell.shown.width())
}

/// The column at which a byte of the line is shown.
fn column_of(cells: &[Cell], at: usize) -> usize {
    cells.get(cells.partition_point(|cell| cell.at < at)).map_or(end_column(cells), |cell| cell.column)
}

fn floor_boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

fn ceil_boundary(text: &str, at: usize) -> usize {
    (at..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::{Sources, Span};
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn marks_cover_what_they_are_about(
            line in "([a-z]{1,9}|[語🧾]|\t| ){5,120}",
            ranges in prop::collection::vec((any::<prop::sample::Index>(), 1usize..20), 1..6),
            room in 30usize..100,
        ) {
            let mut sources = Sources::default();
            let text = format!("above\n{line}\nbelow");
            sources.add("a.yaml", text.as_str()).unwrap();
            let offsets: Vec<usize> = line.char_indices().map(|(at, _)| at).chain([line.len()]).collect();
            let spans: Vec<(usize, usize)> = ranges.iter().map(|(start, length)| {
                let start = start.index(offsets.len() - 1);
                (offsets[start], offsets[(start + length).min(offsets.len() - 1)])
            }).collect();
            let names: Vec<String> = (0..spans.len()).map(|index| format!("m{index}")).collect();
            let at = |offset: usize| u32::try_from("above\n".len() + offset).unwrap();
            let places: Vec<Place> = spans.iter().zip(&names)
                .map(|((start, end), name)| Place { span: Span::new(at(*start), at(*end)), text: name, primary: false })
                .collect();
            let rows = rows(sources.iter().next().unwrap(), places.iter(), room, &Style::PLAIN);
            for row in &rows {
                prop_assert_eq!(row.line, 1);
                prop_assert!(width(&row.text) <= room);
                for mark in &row.marks {
                    let said = if mark.text.is_empty() { row.beside.as_ref().unwrap() } else { &mark.text };
                    for name in said.lines() {
                        let (start, end) = spans[names.iter().position(|other| other == name).unwrap()];
                        let blank = |text: &str| text.replace('\t', " ").split_whitespace().collect::<String>();
                        let (meant, marked) = (blank(&line[start..end]), blank(&row.text[mark.start..mark.end]));
                        prop_assert!(meant.starts_with(&marked), "{:?} for {:?}", marked, meant);
                        let cut = mark.end + "…".len() == row.text.len();
                        prop_assert!(marked == meant || cut, "{:?} for {:?}", marked, meant);
                    }
                }
            }
            let distinct: BTreeSet<Span> = places.iter().map(|place| place.span).collect();
            prop_assert_eq!(rows.iter().map(|row| row.marks.len()).sum::<usize>(), distinct.len());
        }
    }
}
