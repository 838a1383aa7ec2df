//! What XML cannot hold, and how the rest is written.

use super::text::is_unprintable;
use std::borrow::Cow;

/// Text for an attribute or an element. XML has no way to write most control characters, not even as references; they,
/// and characters that turn the direction of text, are shown by their code. Line breaks and tabs stay.
pub(super) fn text(text: &str) -> Cow<'_, str> {
    let is_special = |char: char| matches!(char, '<' | '>' | '&' | '"' | '\'' | '\n' | '\t') || is_illegal(char);
    if !text.contains(is_special) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for char in text.chars() {
        match char {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            // As they are, an attribute would hold spaces.
            '\n' => escaped.push_str("&#10;"),
            '\t' => escaped.push_str("&#9;"),
            _ if is_illegal(char) => escaped.extend(char.escape_unicode()),
            _ => escaped.push(char),
        }
    }
    Cow::Owned(escaped)
}

fn is_illegal(char: char) -> bool {
    !matches!(char, '\n' | '\t') && (is_unprintable(char) || matches!(char, '\u{fffe}' | '\u{ffff}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_and_illegal_characters() {
        assert_eq!(
            text("a<b & 'c' \"d\"\n\u{1b}\u{0}\u{ffff}語"),
            "a&lt;b &amp; &apos;c&apos; &quot;d&quot;&#10;\\u{1b}\\u{0}\\u{ffff}語"
        );
        assert!(matches!(text("plain 語"), Cow::Borrowed(_)));
    }
}
