//! Words on a terminal: how wide they are, where lines break, and what must not be printed as it is.

use std::borrow::Cow;
use unicode_width::UnicodeWidthChar;

/// Text that cannot move the cursor, end the line or reorder what is read: names come from files of strangers.
pub(super) fn escape(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unprintable) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for char in text.chars() {
        if is_unprintable(char) { escaped.extend(char.escape_default()) } else { escaped.push(char) }
    }
    Cow::Owned(escaped)
}

/// Control characters, the separators that some readers take for line breaks, and the marks that reverse the
/// direction of text, which can make a name read as another.
pub(super) fn is_unprintable(char: char) -> bool {
    char.is_control() || matches!(char, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Columns a text takes.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(char_width).sum()
}

pub(super) fn char_width(char: char) -> usize {
    char.width().unwrap_or(0)
}

/// `1 file`, `2 files`.
pub(super) fn count(number: usize, singular: &str) -> String {
    let plural = match singular.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None => format!("{singular}s"),
    };
    format!("{number} {}", if number == 1 { singular } else { &plural })
}
