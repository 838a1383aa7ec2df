//! Recognises files that a template engine has to fill in first.
//!
//! Only asked once something does not parse, so that `{{` in a legitimate text costs nobody a message.

use crate::problem::Problem;
use crate::sources::Span;
use std::ops::Range;

/// The first sign of a template.
pub(super) struct Marker {
    /// In the file.
    pub(super) range: Range<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Engine {
    Helm,
    Jinja,
    Unknown,
}

impl Marker {
    /// `at` is the marker's range in the shared offset space.
    pub(super) fn problem(text: &str, at: Span) -> Problem {
        let (message, help) = match engine(text) {
            Engine::Helm => (
                "this file is a Helm template, not YAML",
                "render the chart and review its output: `helm template . > rendered.yaml`",
            ),
            Engine::Jinja => {
                ("this file is a Jinja template, not YAML", "render the template first and review its output")
            }
            Engine::Unknown => ("this file is a template, not YAML", "render the template first and review its output"),
        };
        Problem::error("template", message, at, "filled in by a template engine").with_help(help)
    }
}

/// Whether a syntax error is caused by a template: a marker stands between the last thing understood and the error, or
/// on one of their lines.
pub(super) fn marker_near(text: &str, understood: usize, error: usize) -> Option<Marker> {
    let start = line_start(text, understood);
    let end = line_end(text, error);
    let at = (start..end).find(|at| opens(text, *at) && !is_quoted(text, *at))?;
    Some(marker(text, at))
}

/// Whether a map or list used as a key is really the inside of `{{ … }}`.
pub(super) fn marker_around(text: &str, key: usize) -> Option<Marker> {
    let start = key.checked_sub(1)?;
    [start, key].into_iter().find(|at| opens(text, *at)).map(|at| marker(text, at))
}

fn opens(text: &str, at: usize) -> bool {
    let rest = &text.as_bytes()[at..];
    rest.starts_with(b"{{") || rest.starts_with(b"{%")
}

/// Whether a quote is open before an offset, as far as its line tells.
fn is_quoted(text: &str, at: usize) -> bool {
    let before = &text[line_start(text, at)..at];
    before.matches('"').count() % 2 == 1 || before.matches('\'').count() % 2 == 1
}

fn marker(text: &str, at: usize) -> Marker {
    let line = line_end(text, at);
    let closing = if text[at..].starts_with("{%") { "%}" } else { "}}" };
    let end = text[at..line].find(closing).map_or(line, |length| at + length + 2);
    Marker { range: at..end }
}

fn engine(text: &str) -> Engine {
    if text.contains("{%") {
        Engine::Jinja
    } else if [
        ".Values",
        ".Release",
        ".Chart",
        "{{- include",
        "{{ include",
        "{{ template",
        "{{- define",
        "{{- if",
        "{{- with",
        "{{- range",
    ]
    .iter()
    .any(|sign| text.contains(sign))
    {
        Engine::Helm
    } else {
        Engine::Unknown
    }
}

fn line_start(text: &str, at: usize) -> usize {
    text.as_bytes()[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1)
}

fn line_end(text: &str, at: usize) -> usize {
    text.as_bytes()[at..].iter().position(|byte| *byte == b'\n').map_or(text.len(), |newline| at + newline)
}
