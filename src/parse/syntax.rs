//! Words for what the YAML parser refuses.

use crate::problem::Problem;
use crate::sources::Span;
use granit_parser::ErrorKind;
use std::ops::Range;

/// Where the parser stopped, and what it had understood.
pub(super) struct Spot<'t> {
    pub(super) text: &'t str,
    /// Of the file in the shared offset space.
    pub(super) base: u32,
    pub(super) at: usize,
    /// End of the last thing understood.
    pub(super) seen: usize,
    /// The bracket of the innermost collection, if that is a flow collection.
    pub(super) opened: Option<usize>,
    pub(super) depth: usize,
}

pub(super) fn problem(kind: &ErrorKind, spot: &Spot<'_>) -> Problem {
    let _ = kind;
    let _ = (spot.seen, spot.opened, spot.depth);
    Problem::error("syntax", "this is not valid YAML", spot.span(token_at(spot.text, spot.at)), "not understood")
}

impl Spot<'_> {
    fn span(&self, range: Range<usize>) -> Span {
        let offset = |at: usize| self.base + u32::try_from(at).unwrap_or(u32::MAX - self.base);
        Span::new(offset(range.start), offset(range.end))
    }
}

/// A document that is one scalar.
pub(super) fn lone_scalar(text: &str, at: Span) -> Problem {
    let _ = text;
    Problem::error("not-a-map", "this document is a single value, not a map", at, "no `key: value` here")
}

/// The word at an offset; the last one before it if there is none. Never empty unless the text is.
pub(super) fn token_at(text: &str, at: usize) -> Range<usize> {
    let at = at.min(text.len());
    let is_break = |c: char| c.is_whitespace();
    let rest = &text[at..];
    let skipped = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    let start = at + skipped;
    let length = text[start..].find(is_break).unwrap_or(text.len() - start);
    if length > 0 {
        return start..start + length;
    }
    let end = text[..at].trim_end().len();
    if end == 0 {
        return 0..text.chars().next().map_or(0, char::len_utf8);
    }
    let start =
        text[..end].rfind(is_break).map_or(0, |space| space + text[space..].chars().next().map_or(1, char::len_utf8));
    start..end
}

/// Where, between a block scalar's content and what stands before it, its `|` or `>` is.
pub(super) fn block_scalar_header(gap: &str) -> Option<usize> {
    let mut at = 0;
    while at < gap.len() {
        let rest = &gap[at..];
        match rest.as_bytes()[0] {
            b'|' | b'>' => return Some(at),
            b'#' => at += rest.find('\n').unwrap_or(rest.len()),
            b'!' | b'&' => at += rest.find(char::is_whitespace).unwrap_or(rest.len()),
            _ => at += rest.chars().next().map_or(1, char::len_utf8),
        }
    }
    None
}
