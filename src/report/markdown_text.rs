//! Words of strangers in Markdown that renders as nothing but words: no markup, no mention of a user, no reference to an
//! issue.

use super::text::escape;

/// One line of prose in which names stand between backticks. In a table a bar would end the cell, even in code.
pub(super) fn inline(text: &str, in_table: bool) -> String {
    let mut markdown = String::new();
    for piece in pieces(&escape(text)) {
        match piece {
            // A backslash before the bar would undo its escape in code, and only there.
            Piece::Code(code) if in_table && code.contains('|') => {
                markdown.push_str("<code>");
                push_words(&mut markdown, code);
                markdown.push_str("</code>");
            }
            Piece::Code(code) => markdown.extend(["`", code, "`"]),
            Piece::Words(words) => push_words(&mut markdown, words),
        }
    }
    markdown
}

/// The same line as HTML, for places where Markdown is not rendered.
pub(super) fn html(text: &str) -> String {
    let mut html = String::new();
    for piece in pieces(&escape(text)) {
        let (Piece::Code(words) | Piece::Words(words)) = piece;
        let is_code = matches!(piece, Piece::Code(_));
        html.push_str(if is_code { "<code>" } else { "" });
        let mut chars = words.chars().peekable();
        while let Some(char) = chars.next() {
            match char {
                '<' => html.push_str("&lt;"),
                '>' => html.push_str("&gt;"),
                '&' => html.push_str("&amp;"),
                _ => html.push(char),
            }
            if !is_code && refers(char, chars.peek().copied()) {
                html.push_str(BREAK);
            }
        }
        html.push_str(if is_code { "</code>" } else { "" });
    }
    html
}

/// Prose and YAML mixed, as a `fix` is written: what is indented or fenced becomes a block of code.
pub(super) fn blocks(text: &str) -> String {
    let (mut markdown, mut prose, mut code) = (String::new(), Vec::new(), Vec::new());
    let mut fenced = false;
    for line in text.trim_end().lines() {
        let is_fence = line.trim_start().starts_with("```");
        if is_fence {
            fenced = !fenced;
        } else if fenced || line.starts_with(' ') || (line.trim().is_empty() && !code.is_empty()) {
            push_prose(&mut markdown, &mut prose);
            code.push(line);
        } else if line.trim().is_empty() {
            push_prose(&mut markdown, &mut prose);
        } else {
            push_code(&mut markdown, &mut code);
            prose.push(line);
        }
    }
    push_prose(&mut markdown, &mut prose);
    push_code(&mut markdown, &mut code);
    markdown.trim_end().to_owned()
}

/// A page that is Markdown already, but for words in angle brackets, which a browser would take for tags.
pub(super) fn page(text: &str) -> String {
    let mut markdown = String::with_capacity(text.len());
    let mut fenced = false;
    for line in text.split_inclusive('\n') {
        let is_fence = line.starts_with("```");
        fenced ^= is_fence;
        if fenced || is_fence || line.starts_with("    ") {
            markdown.push_str(line);
            continue;
        }
        for piece in pieces(line) {
            match piece {
                Piece::Code(code) => markdown.extend(["`", code, "`"]),
                Piece::Words(words) => markdown.push_str(&words.replace('<', "&lt;")),
            }
        }
    }
    markdown
}

enum Piece<'a> {
    Words(&'a str),
    /// Without a backtick in it.
    Code(&'a str),
}

/// A backtick without a partner is a letter like any other, and so are two that hold nothing.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('`') {
        let Some(length) = rest[start + 1..].find('`').filter(|length| *length > 0) else {
            let skipped = start + 1 + usize::from(rest[start + 1..].starts_with('`'));
            pieces.push(Piece::Words(&rest[..skipped]));
            rest = &rest[skipped..];
            continue;
        };
        pieces.push(Piece::Words(&rest[..start]));
        pieces.push(Piece::Code(&rest[start + 1..=start + length]));
        rest = &rest[start + length + 2..];
    }
    pieces.push(Piece::Words(rest));
    pieces
}

/// A space without width.
const BREAK: &str = "&#8203;";

/// Whether these two characters begin a mention or a reference.
fn refers(char: char, next: Option<char>) -> bool {
    match char {
        '@' => next.is_some(),
        '#' | '!' => next.is_some_and(|next| next.is_ascii_digit()),
        _ => false,
    }
}

fn push_words(markdown: &mut String, words: &str) {
    let mut chars = words.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '<' => markdown.push_str("&lt;"),
            '>' => markdown.push_str("&gt;"),
            '&' => markdown.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' => markdown.extend(['\\', char]),
            _ => markdown.push(char),
        }
        if refers(char, chars.peek().copied()) {
            markdown.push_str(BREAK);
        }
    }
}

fn push_prose(markdown: &mut String, prose: &mut Vec<&str>) {
    if prose.is_empty() {
        return;
    }
    let text = inline(&std::mem::take(prose).join(" "), false);
    // Nothing at the start of a line is a heading, a list or a rule.
    markdown.push_str(if text.starts_with(['#', '-', '+', '=']) { "\\" } else { "" });
    markdown.push_str(&text);
    markdown.push_str("\n\n");
}

fn push_code(markdown: &mut String, code: &mut Vec<&str>) {
    while code.last().is_some_and(|line| line.trim().is_empty()) {
        code.pop();
    }
    if code.is_empty() {
        return;
    }
    let indent = |line: &&&str| line.len() - line.trim_start_matches(' ').len();
    let indented = code.iter().filter(|line| !line.trim().is_empty());
    let common = indented.clone().map(|line| indent(&line)).min().unwrap_or(0);
    let longest = code.iter().map(|line| longest_run(line)).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    markdown.extend([&fence, "yaml\n"]);
    for line in code.drain(..) {
        markdown.push_str(&escape(line.get(common..).unwrap_or_default()));
        markdown.push('\n');
    }
    markdown.extend([&fence, "\n\n"]);
}

/// The most backticks that follow each other.
fn longest_run(line: &str) -> usize {
    line.split(|char| char != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_code_and_nothing_else_is_markup() {
        assert_eq!(
            inline("`a|b` is *not* <b> of @ann, see #12 & [x](y)", true),
            r"<code>a\|b</code> is \*not\* &lt;b&gt; of @&#8203;ann, see #&#8203;12 &amp; \[x\](y)"
        );
        assert_eq!(inline("`a|b`", false), "`a|b`");
        assert_eq!(inline("odd ` tick", false), "odd \\` tick");
        assert_eq!(inline("``", false), "\\`\\`");
        assert_eq!(html("`a<b` & @ann"), "<code>a&lt;b</code> &amp; @&#8203;ann");
    }

    #[test]
    fn a_page_keeps_its_markup() {
        let page_of = "# a\n\nfails when <event> hits `<flow>`\n\n    a < b\n\n```yaml\n<x>\n```\n";
        assert_eq!(page(page_of), page_of.replace("<event>", "&lt;event>"));
    }

    #[test]
    fn a_name_cannot_leave_its_code() {
        assert_eq!(inline("`x` <img> @all `y`", false), "`x` &lt;img&gt; @&#8203;all `y`");
    }

    #[test]
    fn yaml_in_prose_becomes_a_block() {
        assert_eq!(
            blocks("Do\nthis:\n\n    a: `x`\n\n      b: 1\nor that\n"),
            "Do this:\n\n```yaml\na: `x`\n\n  b: 1\n```\n\nor that"
        );
        assert_eq!(blocks("# no heading"), "\\# no heading");
        assert_eq!(blocks("  ````\n"), "");
    }
}
