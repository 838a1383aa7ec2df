//! Where a mark is, in the units that machine formats count in.

use crate::sources::{Sources, Span};

/// A marked part of one line. What spans several lines is cut after its first: a reviewer is shown a mark only where every
/// line of it is part of the change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Region<'a> {
    /// From the root of the repository, with forward slashes.
    pub path: &'a str,
    /// As the user would type it.
    pub typed: &'a str,
    /// From 1.
    pub line: usize,
    /// From 1, in Unicode scalar values; the end is exclusive.
    pub columns: (usize, usize),
    /// From 1, in UTF-8 bytes; the end is exclusive.
    pub byte_columns: (usize, usize),
}

impl<'a> Region<'a> {
    pub(super) fn of(sources: &'a Sources, span: Span) -> Self {
        let file = sources.file_of(span);
        let start = (span.start - file.base()) as usize;
        let line = file.line_of(start);
        let line_start = file.line_start(line);
        let text = &file.text()[line_start..];
        let (start, line_end) = (start - line_start, file.line_text(line).len());
        // A mark without width is shown on the character it stands before.
        let least = text[start..].chars().next().map_or(0, char::len_utf8);
        let end = (start + span.len().max(least)).min(line_end).max(start);
        let column = |at: usize| text[..at].chars().count() + 1;
        Self {
            path: file.path_in_repository(),
            typed: file.name(),
            line: line + 1,
            columns: (column(start), column(end)),
            byte_columns: (start + 1, end + 1),
        }
    }

    /// `file:line:column`, from the root of the repository.
    pub(super) fn place(&self) -> String {
        super::text::escape(&format!("{}:{}:{}", self.path, self.line, self.columns.0)).into_owned()
    }
}

/// A path as a relative URI reference: everything but letters, digits and what cannot be misread is percent-encoded.
pub(super) fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            let digit = |value: u8| char::from(b"0123456789ABCDEF"[usize::from(value)]);
            uri.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_cut_at_the_end_of_their_line() {
        let mut sources = Sources::default();
        sources.add("a", "é語: x\r\nnext\n").unwrap();
        let region = |start, end| {
            let region = Region::of(&sources, Span::new(start, end));
            (region.line, region.columns, region.byte_columns)
        };
        assert_eq!(region(0, 5), (1, (1, 3), (1, 6)));
        assert_eq!(region(2, 12), (1, (2, 6), (3, 9)));
        // Empty marks, in a line and at its end.
        assert_eq!(region(2, 2), (1, (2, 3), (3, 6)));
        assert_eq!(region(8, 8), (1, (6, 6), (9, 9)));
        assert_eq!(region(15, 15), (3, (1, 1), (1, 1)));
    }

    #[test]
    fn paths_become_uris() {
        assert_eq!(uri("a b/ü:%#?.yaml"), "a%20b/%C3%BC%3A%25%23%3F.yaml");
        assert_eq!(uri("plain-1.0_x~/d.arch.yaml"), "plain-1.0_x~/d.arch.yaml");
    }
}
