//! `${NAME}` in values: filled in from variables and inline defaults.

use super::variables::Variables;
use std::borrow::Cow;

/// Stands where a variable has no value: no name and no address contains it, and what stands around it is still read.
pub(super) const UNKNOWN: char = '\u{e000}';

/// Bytes that variables may add to one value. Longer values name no service and cost time.
const MOST_ADDED: usize = 4096;

/// Defaults inside defaults: `${A:-${B:-c}}`.
const DEEPEST: usize = 16;

/// Fills in `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME-default}`, `${NAME:?message}`, `${NAME:+instead}` and `$$`.
/// A variable that nobody sets becomes [`UNKNOWN`].
pub(super) fn interpolate<'t>(text: &'t str, variables: &Variables) -> Cow<'t, str> {
    if !text.contains('$') {
        return Cow::Borrowed(text);
    }
    let mut filled = Filled { variables, left: MOST_ADDED, out: String::with_capacity(text.len()) };
    filled.fill(text, 0);
    Cow::Owned(filled.out)
}

struct Filled<'v> {
    variables: &'v Variables,
    left: usize,
    out: String,
}

impl Filled<'_> {
    fn fill(&mut self, text: &str, depth: usize) {
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            self.out.push_str(&rest[..at]);
            let after = &rest[at + 1..];
            if let Some(escaped) = after.strip_prefix('$') {
                self.out.push('$');
                rest = escaped;
            } else if let Some(braced) = after.strip_prefix('{') {
                let Some(end) = closing_brace(braced) else {
                    self.out.push_str(&rest[at..]);
                    return;
                };
                self.expression(&braced[..end], depth);
                rest = &braced[end + 1..];
            } else {
                let name = name_at(after);
                if name.is_empty() {
                    self.out.push('$');
                } else {
                    self.variable(self.variables.get(name));
                }
                rest = &after[name.len()..];
            }
        }
        self.out.push_str(rest);
    }

    fn expression(&mut self, expression: &str, depth: usize) {
        let name = name_at(expression);
        let operator = &expression[name.len()..];
        let value = self.variables.get(name);
        let filled = value.filter(|value| !value.is_empty());
        let (set, word) = if let Some(word) = operator.strip_prefix(":-") {
            (filled, Some(word))
        } else if let Some(word) = operator.strip_prefix('-') {
            (value, Some(word))
        } else if let Some(word) = operator.strip_prefix(":+") {
            return self.alternative(filled, word, depth);
        } else if let Some(word) = operator.strip_prefix('+') {
            return self.alternative(value, word, depth);
        } else {
            (value, None)
        };
        match (set, word) {
            (None, Some(word)) if depth < DEEPEST => self.fill(word, depth + 1),
            (set, _) => self.variable(set),
        }
    }

    fn alternative(&mut self, set: Option<&str>, word: &str, depth: usize) {
        if set.is_some() && depth < DEEPEST {
            self.fill(word, depth + 1);
        }
    }

    fn variable(&mut self, value: Option<&str>) {
        match value {
            Some(value) if value.len() <= self.left => {
                self.left -= value.len();
                self.out.push_str(value);
            }
            _ => self.out.push(UNKNOWN),
        }
    }
}

/// Where the brace closes that was opened before `text`.
fn closing_brace(text: &str) -> Option<usize> {
    let mut open = 0_usize;
    let mut previous = ' ';
    for (at, c) in text.char_indices() {
        match c {
            '{' if previous == '$' => open += 1,
            '}' if open == 0 => return Some(at),
            '}' => open -= 1,
            _ => {}
        }
        previous = c;
    }
    None
}

fn name_at(text: &str) -> &str {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return "";
    }
    &text[..text.find(|c| !is_name(c)).unwrap_or(text.len())]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn with(text: &str) -> String {
        let variables: Variables = [("HOST", "db"), ("EMPTY", "")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into_iter()
            .collect();
        interpolate(text, &variables).replace(UNKNOWN, "?")
    }

    #[test]
    fn every_form_is_filled_in() {
        for (written, expected) in [
            ("plain", "plain"),
            ("$HOST:1", "db:1"),
            ("${HOST}", "db"),
            ("${NO}", "?"),
            ("${NO:-x}", "x"),
            ("${NO-x}", "x"),
            ("${EMPTY:-x}", "x"),
            ("${EMPTY-x}", ""),
            ("${NO:-${HOST}}", "db"),
            ("${NO:-${ALSO:-${HOST}}}/${HOST}", "db/db"),
            ("${NO:?needed}", "?"),
            ("${HOST?needed}", "db"),
            ("${HOST:+x}", "x"),
            ("${EMPTY:+x}", ""),
            ("${EMPTY+x}", "x"),
            ("${NO+x}", ""),
            ("$$HOST $${HOST}", "$HOST ${HOST}"),
            ("${NO:-a{b}", "a{b"),
            ("a ${open", "a ${open"),
            ("5$ $1", "5$ $1"),
            ("${NO:-$$x}", "$x"),
        ] {
            assert_eq!(with(written), expected, "{written}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_filled_in_and_stays_small(text in "[${}:A-C?+-]{0,200}") {
            prop_assert!(with(&text).len() <= text.len() * 4 + 2 * MOST_ADDED);
        }

        #[test]
        fn text_without_dollars_is_left_alone(text in "[^$]*") {
            prop_assert_eq!(with(&text), text.replace(UNKNOWN, "?"));
        }
    }
}
