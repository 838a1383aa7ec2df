//! Words for what the YAML parser refuses.
//!
//! The parser says which rule of the grammar was broken; a reader wants the usual slip behind it. The slips are looked
//! for in the text around the place where the parser stopped, most telling first.

use crate::problem::Problem;
use crate::sources::Span;
use granit_parser::ErrorKind;
use std::ffi::OsStr;
use std::ops::Range;
use std::path::Path;

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
    by_kind(kind, spot).or_else(|| spot.slip(kind)).unwrap_or_else(|| {
        if spot.text[spot.at..line_end(spot.text, spot.at)].trim_end() == "?" {
            return spot
                .problem("a question mark alone begins a key of YAML", spot.at..spot.at + 1, "needs quotes")
                .with_help("write `todo` for what is still open, or quote it: `\"?\"`");
        }
        spot.problem("this line is not valid YAML", token_at(spot.text, spot.at), "not understood from here on")
            .with_help("compare its indentation and punctuation with the lines above")
    })
}

/// What the parser's own diagnosis already tells.
fn by_kind(kind: &ErrorKind, spot: &Spot<'_>) -> Option<Problem> {
    use ErrorKind as K;
    let here = token_at(spot.text, spot.at);
    Some(match kind {
        K::RecursionLimitExceeded => {
            let message = format!("maps and lists are nested deeper than the limit of {}", spot.depth);
            let mut problem = spot.problem(&message, here, "one more map or list starts here");
            problem.code = "too-deep";
            problem.with_help("raise the limit with `--max-depth`, or nest less")
        }
        K::TabInBlockIndentation | K::TabInIndentation | K::TabNotAllowed | K::TabAtBlockScalarStart => spot.tab()?,
        K::MismatchedFlowCollectionEnd { open, close } => {
            let message = format!("the `{open}` here is closed by a `{close}`");
            let at = spot.opened.unwrap_or(spot.at);
            spot.problem(&message, at..at + 1, "opened here").with_help(format!("close it with `{}`", closing(*open)))
        }
        K::UnclosedFlowCollection { open } if spot.text[spot.at..].starts_with(*open) => spot
            .problem(&format!("this `{open}` is never closed"), spot.at..spot.at + 1, "opened here")
            .with_help(format!("close it with `{}`", closing(*open))),
        K::BlockSequenceEntryNotAllowed => {
            let dash = spot.text[..spot.at].rfind("- ").filter(|dash| *dash >= line_start(spot.text, spot.at));
            let from = dash.unwrap_or(spot.at);
            let at = from..from + spot.text[from..line_end(spot.text, from)].trim_end().len();
            let at = if at.is_empty() { here } else { at };
            spot.problem("a list cannot begin on the line of its key", at, "belongs on the next line")
                .with_help("begin the list on the next line, write it as `[a, b]`, or quote the text")
        }
        K::MisplacedFlowCollectionEnd => {
            let at = char_at(spot.text, spot.at);
            let message = format!("this `{}` closes nothing", &spot.text[at.clone()]);
            spot.problem(&message, at, "nothing is open").with_help("remove it, or quote the text it belongs to")
        }
        K::UnclosedQuotedScalar | K::InvalidQuotedScalarIndent | K::DocumentIndicatorInQuotedScalar => {
            let at = spot.open_quote()?;
            let quote = &spot.text[at.clone()];
            spot.problem(&format!("this `{quote}` is never closed"), at, "the text begins here")
                .with_help(format!("close it with `{quote}` on the same line"))
        }
        K::InvalidTrailingSingleQuotedScalar | K::InvalidTrailingDoubleQuotedScalar => spot
            .problem("something follows the closing quote", here, "not part of the quoted text")
            .with_help("put quotes around the whole text, or remove what follows"),
        K::UnknownQuotedScalarEscape
        | K::InvalidQuotedScalarHexEscape
        | K::InvalidUnicodeEscape
        | K::InvalidLowSurrogate
        | K::InvalidLowSurrogateHexEscape
        | K::MissingLowSurrogate
        | K::UnpairedLowSurrogate => {
            let at =
                spot.text[spot.at..line_end(spot.text, spot.at)].find('\\').map_or(spot.at, |length| spot.at + length);
            let length: usize = spot.text[at..].chars().take(2).map(char::len_utf8).sum();
            spot.problem("this is no escape that double quotes know", at..at + length, "not understood")
                .with_help("write the backslash twice, or use single quotes")
        }
        K::UnexpectedCharacter { character: character @ ('@' | '`' | '%') } => {
            let rest = spot.text[here.start..line_end(spot.text, here.start)].trim_end();
            spot.problem(&format!("a text cannot begin with {}", in_backticks(*character)), here, "needs quotes")
                .with_help(format!("quote it: `'{}'`", rest.chars().take(40).collect::<String>().replace('\'', "''")))
        }
        K::UnexpectedCharacter { character } => {
            let message = format!("the character U+{:04X} cannot stand here", u32::from(*character));
            spot.problem(&message, char_at(spot.text, spot.at), "not allowed").with_help("remove it")
        }
        K::BomInsideDocument => spot
            .problem(
                "a byte-order mark stands inside the file",
                char_at(spot.text, spot.at),
                "invisible character U+FEFF",
            )
            .with_help("remove it"),
        K::CommentNotSeparated => spot
            .problem("a `#` right after a value does not begin a comment", here, "no space before it")
            .with_help("write a space before the `#`, or quote the text it belongs to"),
        K::UndeclaredTagHandle => spot
            .problem("the prefix of this tag is not declared", here, "unknown prefix")
            .with_help("quote the text if it only happens to begin with `!`"),
        K::MissingAnchorOrAliasName => spot
            .problem("`*` and `&` need a name", here, "no name follows")
            .with_help("quote the text if it only happens to begin with this character"),
        K::CommentInterceptedScalar => spot
            .problem("a comment stands in the middle of a text", here, "the text goes on after the comment")
            .with_help("write the text on one line, or as a block with `|`"),
        K::TooManyComments => spot
            .problem("more than 100000 lines of comments follow each other", here, "given up here")
            .with_help("remove some"),
        _ => return None,
    })
}

impl Spot<'_> {
    /// The usual slips, looked for around the spot.
    fn slip(&self, kind: &ErrorKind) -> Option<Problem> {
        self.unclosed_bracket()
            .or_else(|| self.tab())
            .or_else(|| self.missing_space())
            .or_else(|| self.colon_in_value())
            .or_else(|| self.below_value())
            .or_else(|| self.indentation(kind))
    }

    fn unclosed_bracket(&self) -> Option<Problem> {
        let open = self.opened?;
        let bracket = self.text[open..].chars().next()?;
        let close = closing(bracket);
        if self.text[open..self.at.max(open)].contains('\n') || self.at >= self.text.trim_end().len() {
            let problem = self.problem(&format!("this `{bracket}` is never closed"), open..open + 1, "opened here");
            return Some(problem.with_help(format!("close it with `{close}`")));
        }
        let problem = self.problem("a comma is missing here", token_at(self.text, self.at), "follows without a comma");
        let help = format!(
            "separate what stands inside `{bracket}…{close}` with commas, and quote texts that hold `:`, `,` or brackets"
        );
        Some(problem.with_label(self.span(open..open + 1), "inside of this").with_help(help))
    }

    fn tab(&self) -> Option<Problem> {
        let first = line_start(self.text, self.at);
        let second = (line_end(self.text, first) + 1).min(self.text.len());
        // A block text is refused where it is announced.
        let indentation = [first, second].into_iter().find_map(|start| {
            let line = &self.text[start..line_end(self.text, start)];
            let blank = line.len() - line.trim_start().len();
            line[..blank].find('\t').map(|tab| start + tab..start + blank)
        })?;
        let problem = self.problem("a tab is used as indentation", indentation, "YAML is indented with spaces");
        Some(problem.with_help("replace the tab with spaces"))
    }

    /// `key:value` among `key: value`.
    fn missing_space(&self) -> Option<Problem> {
        let earliest = line_start(self.text, self.seen);
        let starts = [line_start(self.text, self.at), earliest, line_start(self.text, earliest.saturating_sub(1))];
        starts.into_iter().find_map(|start| {
            let line = &self.text[start..line_end(self.text, start)];
            let dash = line.trim_start();
            if dash.starts_with('-') && dash[1..].starts_with(char::is_alphabetic) {
                let at = start + line.len() - dash.len();
                let problem =
                    self.problem("no space follows the `-`", at..at + 1, "read as one word with what follows");
                let shown: String = dash[1..].trim_end().chars().take(40).collect();
                return Some(problem.with_help(format!("write `- {shown}`")));
            }
            let entry = line.trim_start_matches([' ', '-']);
            let at = start + line.len() - entry.len();
            let (key, value) = key_without_space(entry)?;
            let problem = self.problem(
                &format!("no space follows the `:` of `{key}`"),
                at..at + key.len() + 1,
                "read as one word with what follows",
            );
            let value: String = value.trim_end().chars().take(40).collect();
            Some(problem.with_help(format!("write `{key}: {value}`")))
        })
    }

    /// `why: cheap: but slow`
    fn colon_in_value(&self) -> Option<Problem> {
        let start = line_start(self.text, self.at);
        let line = self.text[start..line_end(self.text, self.at)].trim_end();
        let (key, value) = line.split_once(": ")?;
        let at = start + key.len() + 2;
        let is_inside = at <= self.at && (value.contains(": ") || value.ends_with(':'));
        if !is_inside || value.trim_start().starts_with(['"', '\'', '[', '{', '|', '>', '&', '*', '!']) {
            return None;
        }
        let value = value.split(" #").next().unwrap_or(value).trim();
        let from = at + line[at - start..].find(value).unwrap_or(0);
        let problem =
            self.problem("a value that holds `: ` needs quotes", from..from + value.len(), "holds a second `: `");
        let shown: String = value.chars().take(40).collect();
        let quoted = if shown.len() < value.len() { format!("{shown}…") } else { shown };
        Some(problem.with_help(format!("quote it: `'{}'`", quoted.replace('\'', "''"))))
    }

    /// `image: nginx` with `port: 80` nested below it.
    fn below_value(&self) -> Option<Problem> {
        let start = line_start(self.text, self.at);
        let (indent, key, _) = entry_of(&self.text[start..line_end(self.text, start)])?;
        let above_end = self.text[..start].trim_end().len();
        let above_start = line_start(self.text, above_end);
        let (above_indent, above, value) = entry_of(&self.text[above_start..above_end])?;
        if indent <= above_indent || value.is_empty() {
            return None;
        }
        let message = format!("`{key}` is nested below `{above}`, which has a value");
        let from = above_start + above_indent;
        let problem = self.problem(&message, start + indent..start + indent + key.len(), "indented deeper");
        let value_at = from + above.len()..above_end;
        let value_at = value_at.start + 1 + self.text[value_at.start + 1..].find(value).unwrap_or(0);
        Some(
            problem
                .with_label(self.span(value_at..value_at + value.len()), "the value")
                .with_help(format!("indent `{key}` like `{above}`, or remove the value of `{above}`")),
        )
    }

    fn indentation(&self, kind: &ErrorKind) -> Option<Problem> {
        let start = line_start(self.text, self.at);
        let line = &self.text[start..line_end(self.text, self.at)];
        let entry = line.trim();
        let is_about_lines = matches!(
            kind,
            ErrorKind::ExpectedBlockMappingKey
                | ErrorKind::ExpectedBlockSequenceEntry
                | ErrorKind::MappingValueNotAllowed
                | ErrorKind::MappingKeyNotAllowed
                | ErrorKind::SimpleKeyExpected
                | ErrorKind::InvalidSimpleKey
                | ErrorKind::InvalidIndentation
                | ErrorKind::InvalidBlockScalarIndent
        );
        // An error in the middle of a line is about what stands there.
        let is_at_start = self.text[start..self.at.max(start)].trim_start_matches(' ').len()
            <= entry.find(':').unwrap_or(entry.len());
        if entry.is_empty() || !is_about_lines || !is_at_start {
            return None;
        }
        let from = start + line.len() - line.trim_start().len();
        if let Some(above) = self.word_above(start, from - start) {
            let problem = self.problem("this line is neither `key: value` nor `- item`", above, "belongs to nothing");
            return Some(problem.with_help("write a `:` between the key and its value"));
        }
        let at = from..from + entry.len();
        let is_entry = entry.starts_with("- ") || entry.ends_with(':') || entry.contains(": ");
        if !is_entry {
            let problem = self.problem("this line is neither `key: value` nor `- item`", at, "belongs to nothing");
            return Some(
                problem.with_help("write a `:` after the key, or indent the line deeper if it goes on the text above"),
            );
        }
        let problem = self.problem("this line is not indented like its neighbours", at, "fits no line above");
        Some(
            problem.with_help(
                "give lines of one map or list the same indentation, and nest only below a key without a value",
            ),
        )
    }

    /// Plain words on the line above, where an entry was meant: `replicas 2`.
    fn word_above(&self, start: usize, indent: usize) -> Option<Range<usize>> {
        let end = self.text[..start].trim_end().len();
        let from = line_start(self.text, end);
        let line = &self.text[from..end];
        let words = line.trim_start();
        let is_plain =
            words.starts_with(char::is_alphanumeric) && !words.contains([':', '#', '"', '\'', ',', ']', '}']);
        (is_plain && line.len() - words.len() == indent).then_some(end - words.len()..end)
    }

    /// The quote that was still open when the parser stopped.
    fn open_quote(&self) -> Option<Range<usize>> {
        if self.text[self.at..].starts_with(['"', '\'']) {
            return Some(self.at..self.at + 1);
        }
        let from = self.seen.min(self.at);
        let to = if self.at > from { self.at } else { self.text.len() };
        let mut previous = ' ';
        for (offset, c) in self.text[from..to].char_indices() {
            if matches!(c, '"' | '\'') && !previous.is_alphanumeric() {
                return Some(from + offset..from + offset + 1);
            }
            previous = c;
        }
        None
    }

    fn problem(&self, message: &str, at: Range<usize>, label: &str) -> Problem {
        let at = if at.is_empty() { token_at(self.text, at.start) } else { at };
        Problem::error("syntax", message, self.span(at), label)
    }

    fn span(&self, range: Range<usize>) -> Span {
        let offset = |at: usize| self.base + u32::try_from(at).unwrap_or(u32::MAX - self.base);
        Span::new(offset(range.start), offset(range.end.max(range.start)))
    }
}

/// A document that is one scalar.
pub(super) fn lone_scalar(text: &str, at: Span) -> Problem {
    let problem = Problem::error("not-a-map", "this document is a single value, not a map", at, "no `key: value` here");
    let first = text.split(' ').next().unwrap_or_default();
    if let Some((key, value)) = key_without_space(first).filter(|_| !text.contains('/')) {
        return problem.with_help(format!("write a space after the `:`: `{key}: {value}`"));
    }
    let extension = Path::new(text).extension().and_then(OsStr::to_str);
    if first.len() == text.len() && matches!(extension, Some("yaml" | "yml" | "json")) {
        return problem
            .with_help(format!("this looks like a symbolic link that was stored as text: review `{text}` instead"));
    }
    problem.with_help("write the document as `key: value` lines")
}

/// A label on one word is cut here.
const LONGEST_WORD: usize = 80;

/// The word at an offset; the last one before it if there is none. Never empty unless the text is blank.
pub(super) fn token_at(text: &str, at: usize) -> Range<usize> {
    let at = at.min(text.len());
    let rest = &text[at..];
    let start = at + rest.len() - rest.trim_start_matches([' ', '\t']).len();
    let length = text[start..].find(char::is_whitespace).unwrap_or(text.len() - start);
    if length > 0 {
        return start..text.floor_char_boundary(start + length.min(LONGEST_WORD));
    }
    let end = text[..at].trim_end().len();
    if end == 0 {
        return char_at(text, 0);
    }
    let start = text[..end].rfind(char::is_whitespace).map_or(0, |space| char_at(text, space).end);
    text.ceil_char_boundary(start.max(end.saturating_sub(LONGEST_WORD)))..end
}

/// Where one of some indicators is, in the stretch between a key or dash and the content the parser reports: the `|` of a
/// block scalar, the first `-` of a list that is not indented. Tags, anchors and comments may stand before it.
pub(super) fn find_indicator(gap: &str, indicators: &[u8]) -> Option<usize> {
    let mut at = 0;
    while at < gap.len() {
        let rest = &gap[at..];
        match rest.as_bytes()[0] {
            byte if indicators.contains(&byte) => return Some(at),
            // A carriage return ends a line too.
            b'#' => at += rest.find(['\n', '\r']).unwrap_or(rest.len()),
            b'!' | b'&' => at += rest.find(char::is_whitespace).unwrap_or(rest.len()),
            _ => at += char_at(rest, 0).end,
        }
    }
    None
}

/// `timeout:5s` as key and value. Addresses and times of day have a colon that is meant.
fn key_without_space(entry: &str) -> Option<(&str, &str)> {
    let (key, value) = entry.split_once(':')?;
    let is_name = key.starts_with(|c: char| c.is_alphabetic())
        && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
    let begins = value.chars().next()?;
    (is_name && !begins.is_whitespace() && !matches!(begins, ':' | '/')).then_some((key, value))
}

/// Indentation, key and value of a line that is `key: value` and nothing else.
fn entry_of(line: &str) -> Option<(usize, &str, &str)> {
    let entry = line.trim_start();
    let indent = line.len() - entry.len();
    let (key, value) = entry.split_once(": ").or_else(|| Some((entry.trim_end().strip_suffix(':')?, "")))?;
    let value = value.split(" #").next().unwrap_or(value).trim();
    let is_plain = !key.is_empty() && !key.starts_with(['-', '#', '"', '\'', '{', '[']) && !value.starts_with('#');
    is_plain.then_some((indent, key, value))
}

fn closing(open: char) -> char {
    if open == '{' { '}' } else { ']' }
}

fn in_backticks(c: char) -> String {
    if c == '`' { "a backtick".to_owned() } else { format!("`{c}`") }
}

fn char_at(text: &str, at: usize) -> Range<usize> {
    at..at + text[at..].chars().next().map_or(0, char::len_utf8)
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |newline| at + newline)
}

#[cfg(test)]
mod tests {
    use crate::parse::{Limits, parse};
    use crate::sources::Sources;

    /// `line:column [marked] message | help`, one a problem.
    fn problems(text: &str) -> Vec<String> {
        let mut sources = Sources::default();
        let parsed = parse(&mut sources, "f", text.as_bytes(), &Limits::default());
        let line = |problem: &crate::problem::Problem| {
            let at = problem.primary();
            format!(
                "{} [{}] {} | {}",
                &sources.place(at)[2..],
                sources.text(at),
                problem.message,
                problem.help.as_deref().unwrap_or("")
            )
        };
        parsed.problems.iter().map(line).collect()
    }

    #[test]
    fn each_slip_is_named_where_it_was_made() {
        let shown = SLIPS.iter().map(|text| format!("{text:?}\n  {}\n", problems(text).join("\n  ")));
        insta::assert_snapshot!(shown.collect::<String>());
    }

    #[test]
    fn braces_in_texts_are_no_template() {
        for text in [
            "a: \"{{ x }}\"\n",
            "a: '{{ x }} {% y %}'\n",
            "a: x {{ y }}\n",
            "a: |\n  {{ x }}\n  {% if y %}\n",
            "# {{ x }}\na: ${{ x }}\n",
            "a: {b: {c: {}}}\n",
        ] {
            assert_eq!(problems(text), [] as [&str; 0], "{text}");
        }
    }

    const SLIPS: &[&str] = &[
        "a:\n\tb: 1\n",
        "a: ?\nb: 3\n",
        "a: [1, 2\nb: 3\n",
        "a: [1, 2",
        "a: {b: 1\n\nc: 2\n",
        "a: {b: 1]\n",
        "a: ]\n",
        "a: \"foo\nb: 3\n",
        "a: 'foo\n",
        "a: \"x\" y\n",
        "a: \"C:\\dir\"\n",
        "a: @foo bar\n",
        "a: `x`\n",
        "a: %x\n",
        "a: b: c\n",
        "why: it's cheap: but slow # ok\n",
        "a:1\nb: 2\n",
        "a:1\nb:2\n",
        "x: 1\na:1\nb: 2\n",
        "a: 1\n  b: 2\n",
        "a:\n  b: 1\n c: 2\n",
        "- a\nb: 1\n",
        "a: 1\nb\n",
        "a: *\n",
        "a: x\u{200b}: y: z\n",
        "{{- if .Values.x }}\na: 1\n{{- end }}\n",
        "{% if x %}\na: 1\n",
        "a: {{ x }}\nb: 1\nc: {{ y }}\n",
        "a: \"{{ x }}\"\nb: [\n",
        "? [a]\n: 1\n",
        ": 1\n",
        "a: 1\na: 2\n",
        "../docker-compose.yaml",
        "just words",
        "!x!y z",
        "a: !x!y z\n",
        "a: |\n\tb\n",
        "a: x\n y\n# c\n z: 1\n",
        "a: *nme\nb: &name 1\nc: *nmae\n",
        "a: &a [*a]\n",
        "<<: 1\na: 1\n",
        "a: \"\\ud800\"\n",
        "a: b\n---\na: [\n---\nc: 1\n",
        "",
        "# only\n",
        "---\n---\n",
        "- <<: {a: 1}\n  <<: {b: 1}\n",
        "key: value\n- item\n",
        "a: - b\n",
        "a: b\n  - c\n",
        "a: 'b' # ok\n b: 1\n",
        "a: #b\n  c: 1\nd:\n  -e\n  f: 1\n",
        "a: [b, c\n  d: 1]\n",
        "a:\n  - b\n c\n",
        "image: nginx:1.2\n  port: 80\n",
        "a: {b: c: d}\n",
        "a: &b *c\n",
        "a: &b &c d\n",
    ];
}
