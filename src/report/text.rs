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

/// Several lines that keep their line breaks and are escaped otherwise.
pub(super) fn escape_lines(text: &str) -> String {
    text.lines().map(escape).collect::<Vec<_>>().join("\n")
}

/// Control characters, the separators that some readers take for line breaks, and the marks that reverse the
/// direction of text, which can make a name read as another.
pub(super) fn is_unprintable(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
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

/// `a, b and c`.
pub(super) fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [front @ .., last] => format!("{} and {last}", front.join(", ")),
    }
}

/// One sentence as escaped lines of at most `columns`, broken at spaces; between backticks, or inside a word, only
/// what does not fit on a line of its own is broken.
pub(super) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let text = escape(text);
    let columns = columns.max(1);
    let (mut lines, mut line, mut used) = (Vec::new(), String::new(), 0);
    for word in words(&text) {
        let room = columns - used;
        let needed = width(word) + usize::from(used > 0);
        if needed > room && used > 0 {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        if used > 0 {
            line.push(' ');
            used += 1;
        }
        for char in word.chars() {
            if used + char_width(char) > columns && used > 0 {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            line.push(char);
            used += char_width(char);
        }
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

/// Prose and YAML mixed, as a `fix` is written: lines that are indented or fenced stay as they are, others wrap as one
/// paragraph.
pub(super) fn paragraphs(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut prose = String::new();
    let mut fenced = false;
    for line in text.trim_end().lines() {
        let is_fence = line.trim_start().starts_with("```");
        let is_prose = !is_fence && !fenced && !line.starts_with(' ') && !line.trim().is_empty();
        if is_prose {
            prose.push_str(if prose.is_empty() { "" } else { " " });
            prose.push_str(line.trim_end());
            continue;
        }
        if !prose.is_empty() {
            lines.extend(wrap(&std::mem::take(&mut prose), columns));
        }
        if is_fence {
            fenced = !fenced;
        } else if fenced {
            lines.push(format!("  {}", escape(line)));
        } else {
            lines.push(escape(line.trim_end()).into_owned());
        }
    }
    if !prose.is_empty() {
        lines.extend(wrap(&prose, columns));
    }
    lines
}

/// Splits at spaces that are not between a pair of backticks.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text.trim();
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (word, after) = rest.split_at(end_of_word(rest));
        rest = after.trim_start();
        Some(word)
    })
}

fn end_of_word(text: &str) -> usize {
    let mut at = 0;
    while let Some(found) = text[at..].find([' ', '`']) {
        at += found;
        if text[at..].starts_with(' ') {
            return at;
        }
        // A backtick without a partner is a letter like any other.
        at = text[at + 1..].find('`').map_or(at + 1, |partner| at + 1 + partner + 1);
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_in_backticks_stay_on_one_line() {
        let text = "`the api` calls `the postgres database` and waits";
        assert_eq!(wrap(text, 24), ["`the api` calls", "`the postgres database`", "and waits"]);
        assert_eq!(wrap("an odd ` backtick is a letter", 12), ["an odd `", "backtick is", "a letter"]);
    }

    #[test]
    fn indented_and_fenced_lines_of_a_fix_stay_as_they_are() {
        let fix = "Say how `api` is released:\n\n  components:\n    api: { rollback: automatic, canary: true }\nor accept it:\n```yaml\naccept: {}\n```\n";
        assert_eq!(
            paragraphs(fix, 20),
            [
                "Say how `api` is",
                "released:",
                "",
                "  components:",
                "    api: { rollback: automatic, canary: true }",
                "or accept it:",
                "  accept: {}"
            ]
        );
    }

    #[test]
    fn nothing_printed_can_move_the_cursor_or_turn_text_around() {
        assert_eq!(escape("a\x1b[2J\n\u{202e}b\u{7f}"), "a\\u{1b}[2J\\n\\u{202e}b\\u{7f}");
    }

    proptest! {
        #[test]
        fn wrapping_keeps_every_letter_and_the_width(text in "[ a-z`語]{0,80}", columns in 2usize..30) {
            let lines = wrap(&text, columns);
            let letters = |text: &str| text.chars().filter(|char| *char != ' ').collect::<String>();
            prop_assert_eq!(letters(&lines.concat()), letters(&text));
            for line in &lines {
                prop_assert!(width(line) <= columns, "{:?}", line);
            }
        }
    }
}
