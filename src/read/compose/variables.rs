//! `.env` files: the variables a Compose project is filled in with.
//!
//! Values are matched against names of services and never leave this reader: many are passwords.

use super::interpolation;
use std::collections::BTreeMap;

/// Names and values, as one or several files set them. The environment of the running process is not read: a review says
/// the same on every machine.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Variables {
    values: BTreeMap<String, String>,
}

impl Variables {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// In the order of names.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Takes what `other` sets, over what is set here.
    pub(super) fn overlay(&mut self, other: &Self) {
        self.values.extend(other.values.iter().map(|(name, value)| (name.clone(), value.clone())));
    }

    /// The lines of a `.env` file. A value may use variables set above it, or set in `around`.
    pub(super) fn parse(bytes: &[u8], around: &Self) -> Vec<(String, String)> {
        let text = String::from_utf8_lossy(bytes);
        let mut known = around.clone();
        let mut lines = Vec::new();
        let mut rest = text.trim_start_matches('\u{feff}');
        let mut closing = Closing::default();
        while !rest.is_empty() {
            let (line, after) = split_line(rest);
            let Some((name, value)) = assignment(line) else {
                rest = after;
                continue;
            };
            let (value, after) = closing.value(value, rest, after, &known);
            known.values.insert(name.to_owned(), value.clone());
            lines.push((name.to_owned(), value));
            rest = after;
        }
        lines
    }
}

impl FromIterator<(String, String)> for Variables {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(lines: I) -> Self {
        Self { values: lines.into_iter().collect() }
    }
}

/// Finds the end of quoted values, and remembers when there is none, so that a file of open quotes is read once.
#[derive(Default)]
struct Closing {
    none_left: Vec<char>,
}

impl Closing {
    /// The value that starts at `value`, which lies in `rest`, and what follows it.
    fn value<'t>(&mut self, value: &'t str, rest: &'t str, after: &'t str, known: &Variables) -> (String, &'t str) {
        let quote = value.chars().next().filter(|first| matches!(first, '"' | '\'') && !self.none_left.contains(first));
        if let Some(quote) = quote {
            let start = value.as_ptr() as usize - rest.as_ptr() as usize + 1;
            let quoted = &rest[start..];
            if let Some(end) = quote_end(quoted, quote) {
                let inner = &quoted[..end];
                let value = if quote == '"' {
                    interpolation::interpolate(&unescape(inner), known).into_owned()
                } else {
                    inner.to_owned()
                };
                return (value, split_line(&quoted[end + 1..]).1);
            }
            self.none_left.push(quote);
        }
        let plain = value.find(" #").or_else(|| value.find("\t#")).map_or(value, |comment| &value[..comment]);
        (interpolation::interpolate(plain.trim(), known).into_owned(), after)
    }
}

/// The text up to the line break, and the text after it.
fn split_line(text: &str) -> (&str, &str) {
    text.split_once('\n').map_or((text, ""), |(line, after)| (line.trim_end_matches('\r'), after))
}

fn assignment(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_start();
    let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
    if line.starts_with('#') {
        return None;
    }
    let (name, value) = line.split_once(['=', ':'])?;
    let name = name.trim_end();
    let named = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-'));
    named.then(|| (name, value.trim_start()))
}

fn quote_end(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quote == '"' => escaped = true,
            _ if c == quote => return Some(at),
            _ => {}
        }
    }
    None
}

fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        if c != '\\' {
            plain.push(c);
            continue;
        }
        match characters.next() {
            Some('n') => plain.push('\n'),
            Some('t') => plain.push('\t'),
            // A dollar that is escaped here must survive the interpolation that follows.
            Some('$') => plain.push_str("$$"),
            Some(other) => plain.push(other),
            None => plain.push('\\'),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Variables {
        Variables::parse(text.as_bytes(), &Variables::default()).into_iter().collect()
    }

    #[test]
    fn lines_are_read_as_compose_reads_them() {
        let variables = read(
            "# comment\n\nHOST=db\r\nexport PORT = 5432\nADDR=${HOST}:${PORT} # where\nPLAIN=a#b\nSINGLE='$HOST'\n\
             DOUBLE=\"x $HOST \\$HOST\"\nMANY=\"first\nsecond\"\nCOLON: value\nBARE\nLAST=1",
        );
        let expected = [
            ("HOST", "db"),
            ("PORT", "5432"),
            ("ADDR", "db:5432"),
            ("PLAIN", "a#b"),
            ("SINGLE", "$HOST"),
            ("DOUBLE", "x db $HOST"),
            ("MANY", "first\nsecond"),
            ("COLON", "value"),
            ("LAST", "1"),
        ];
        for (name, value) in expected {
            assert_eq!(variables.get(name), Some(value), "{name}");
        }
        assert_eq!(variables.get("BARE"), None);
    }

    #[test]
    fn an_open_quote_is_text_and_hides_nothing_after_it() {
        let variables = read("A=\"open\nB='open\nC=closed");
        assert_eq!(variables.get("A"), Some("\"open"));
        assert_eq!(variables.get("C"), Some("closed"));
    }

    #[test]
    fn values_do_not_grow_without_bound() {
        let mut text = "A0=xxxxxxxxxxxxxxxx\n".to_owned();
        for level in 1..64 {
            let before = format!("${{A{}}}", level - 1);
            text.extend(["A", &level.to_string(), "=", &before, &before, "\n"]);
        }
        let variables = read(&text);
        assert!((0..64).all(|level| variables.get(&format!("A{level}")).unwrap().len() <= 8192));
    }
}
