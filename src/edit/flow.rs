//! `{a: b}`: behind the last entry where that is plain to see, else before the first.

use super::Change;
use super::plan::range;
use crate::parse::Node;

pub(super) fn insert(map: Node<'_>, text: &str, inner: &str) -> Option<Change> {
    let whole = range(map);
    let written = text.get(whole.clone())?;
    let between = written.strip_prefix('{')?.strip_suffix('}')?;
    let at = |offset: usize, text: String| Some(Change { range: offset..offset, text });
    if between.trim().is_empty() {
        return at(whole.start + 1, inner.to_owned());
    }
    let own = map.entries().filter(|entry| entry.merged_at.is_none());
    let last = own.max_by_key(|entry| entry.key.span.start);
    if let Some(last) = last.filter(|last| last.value.used_at().is_none() && !last.value.span().is_empty()) {
        let end = range(last.value).end;
        let rest = text.get(end..whole.end - 1)?;
        if rest.chars().all(|char| char.is_whitespace() || char == ',') {
            return at(end, format!(", {inner}"));
        }
    }
    let gap = if between.starts_with(char::is_whitespace) { "" } else { " " };
    at(whole.start + 1, format!("{inner},{gap}"))
}
