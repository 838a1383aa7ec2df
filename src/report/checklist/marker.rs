//! Comments that nobody sees, by which a page is recognised when it is written anew.
//!
//! Each part of a page begins with a line that ends in one. It names the part and holds a hash of every line that was
//! generated with it: what has no hash there was written by a person.

use crate::finding::Subject;
use std::fmt::{self, Write};

const OPEN: &str = "<!-- premortem";
const CLOSE: &str = "-->";

/// What a part of a page is.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum Part {
    /// The title and what comes before the first design.
    Page,
    /// The questions to a design.
    Design(String),
    /// A question: its rule and its subject, `component:pg`.
    Item { rule: String, subject: String },
    /// The questions to a design that are not asked any more.
    Settled,
}

impl Part {
    pub(super) fn item(rule: &str, subject: &Subject) -> Self {
        Self::Item { rule: rule.to_owned(), subject: format!("{}:{}", subject.kind(), subject.id()) }
    }
}

/// A marker in a line.
#[derive(Debug)]
pub(super) struct Marked<'l> {
    pub(super) part: Part,
    /// Hashes of the generated lines, the first that of the line before the marker.
    pub(super) hashes: Vec<u32>,
    pub(super) before: &'l str,
    pub(super) after: &'l str,
}

/// The marker of a line, if it has one.
pub(super) fn find(line: &str) -> Option<Marked<'_>> {
    let at = line.find(OPEN)?;
    let inside = &line[at + OPEN.len()..];
    let end = inside.find(CLOSE)?;
    let (words, after) = (&inside[..end], &inside[end + CLOSE.len()..]);
    let item = words.strip_prefix(':');
    let mut words = item.unwrap_or(words).split_whitespace();
    let name = words.next()?;
    let part = match (item.is_some(), name) {
        (true, _) => Part::Item { rule: decoded(name), subject: decoded(words.next()?) },
        (false, "checklist") => Part::Page,
        (false, "design") => Part::Design(decoded(words.next()?)),
        (false, "settled") => Part::Settled,
        _ => return None,
    };
    let hashes = words.filter_map(|word| u32::from_str_radix(word, 16).ok()).collect();
    Some(Marked { part, hashes, before: line[..at].trim_end(), after: after.trim() })
}

/// The marker of a part that was generated as these lines.
pub(super) fn marker(part: &Part, lines: &[String]) -> String {
    let name = match part {
        Part::Page => " checklist".to_owned(),
        Part::Design(name) => format!(" design {}", Encoded(name)),
        Part::Item { rule, subject } => format!(":{} {}", Encoded(rule), Encoded(subject)),
        Part::Settled => " settled".to_owned(),
    };
    let hashes: Vec<String> = lines.iter().map(|line| format!("{:08x}", hash(line))).collect();
    [OPEN, &name, " ", &hashes.join(" "), " ", CLOSE].concat()
}

/// FNV-1a of a line without white space at its ends.
pub(super) fn hash(line: &str) -> u32 {
    line.trim().bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// A name that cannot end a comment: percent-encoded, and never two hyphens in a row.
struct Encoded<'n>(&'n str);

impl fmt::Display for Encoded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut previous = '-';
        for char in self.0.chars() {
            let plain = char.is_ascii_alphanumeric()
                || matches!(char, '.' | '_' | '/' | ':' | '@')
                || (char == '-' && previous != '-');
            if plain {
                f.write_char(char)?;
            } else {
                let mut bytes = [0; 4];
                for byte in char.encode_utf8(&mut bytes).bytes() {
                    write!(f, "%{byte:02x}")?;
                }
            }
            previous = char;
        }
        if self.0.is_empty() { f.write_str("%") } else { Ok(()) }
    }
}

fn decoded(word: &str) -> String {
    let (bytes, mut at) = (word.as_bytes(), 0);
    let mut name = Vec::with_capacity(bytes.len());
    while at < bytes.len() {
        let code = word.get(at + 1..at + 3).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        if let Some(byte) = code.filter(|_| bytes[at] == b'%') {
            name.push(byte);
            at += 3;
            continue;
        }
        if bytes[at] != b'%' {
            name.push(bytes[at]);
        }
        at += 1;
    }
    String::from_utf8_lossy(&name).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_name_survives_and_ends_no_comment(rule in any::<String>(), subject in any::<String>()) {
            let part = Part::Item { rule, subject };
            let text = marker(&part, &["a".to_owned()]);
            let inside = text.strip_prefix("<!--").unwrap().strip_suffix("-->").unwrap();
            prop_assert!(!inside.contains("--") && !inside.contains('>') && !inside.contains('\n'), "{}", text);
            let line = format!("- [ ] x {text} y");
            let found = find(&line).unwrap();
            prop_assert_eq!(found.part, part);
            prop_assert_eq!((found.before, found.after), ("- [ ] x", "y"));
            prop_assert_eq!(found.hashes, [hash("a")]);
        }
    }
}
