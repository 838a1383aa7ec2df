//! A map over several lines: a line of its own, below the last entry where that is plain to see, else above the first.

use super::Change;
use super::plan::{is_comment, is_flow, range};
use crate::parse::{Node, NodeKind};

pub(super) fn insert(map: Node<'_>, text: &str, inner: &str) -> Option<Change> {
    let whole = range(map);
    let line_start = text.get(..whole.start)?.rfind('\n').map_or(0, |at| at + 1);
    let before = &text[line_start..whole.start];
    // A dash counts as much as a space; anything else, such as an anchor, belongs to the first key.
    if !before.chars().all(|char| matches!(char, ' ' | '-')) || before.starts_with("---") {
        return None;
    }
    let indent = " ".repeat(before.len());
    let line_break = if text.contains("\r\n") { "\r\n" } else { "\n" };
    if let Some(end) = end_of_last_line(map, text) {
        return Some(Change { range: end..end, text: format!("{line_break}{indent}{inner}") });
    }
    Some(Change { range: whole.start..whole.start, text: format!("{inner}{line_break}{indent}") })
}

/// Where the line ends on which the map ends, if nothing else can belong to its last value.
fn end_of_last_line(map: Node<'_>, text: &str) -> Option<usize> {
    let mut end = range(map).end;
    let mut last = map;
    loop {
        match last.kind() {
            NodeKind::Map if !is_flow(last, text) => {
                let own = last.entries().filter(|entry| entry.merged_at.is_none());
                let entry = own.max_by_key(|entry| entry.key.span.start)?;
                // What is merged in below the last entry has a place after it.
                if entry.value.used_at().is_some() {
                    break;
                }
                end = end.max(entry.key.span.end as usize);
                last = entry.value;
            }
            NodeKind::List if !is_flow(last, text) => {
                let item = last.items().last()?;
                if item.used_at().is_some() {
                    break;
                }
                last = item;
            }
            _ => break,
        }
    }
    // How far a block of text reaches depends on what follows it.
    if text.get(range(last))?.starts_with(['|', '>']) {
        return None;
    }
    let rest = text.get(end..)?;
    let line = rest.split('\n').next().unwrap_or_default();
    let after = line.trim_end_matches('\r');
    let after = if last.span().is_empty() { after.trim_start_matches([' ', ':']) } else { after };
    let starts_comment = is_comment(after) || (last.span().is_empty() && after.starts_with('#'));
    (after.trim().is_empty() || starts_comment).then(|| end + line.trim_end_matches('\r').len())
}
