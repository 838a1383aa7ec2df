//! One key, and the change that writes it.

use super::slot::{Found, Written, own};
use super::{Change, Wish, block, flow, list};
use crate::parse::{Entry, Node, NodeKind};
use crate::read::vocabulary::{Mode, Need};
use std::ops::Range;

/// The change that writes a key; `None` where it is written already or there is no sure way.
pub(super) fn plan(written: &Written<'_>, text: &str, wish: &Wish) -> Option<Change> {
    let inner = inside(&wish.keys, &wish.value)?;
    match written.find(&wish.slot)? {
        Found::Entry(entry) => {
            let is_use = wish.slot.path.iter().rev().nth(1).is_some_and(|parent| parent == "uses");
            into(entry, text, &wish.keys, &wish.value, is_use)
        }
        Found::Item(names, chosen) => {
            let (_, parents) = wish.slot.path.split_last()?;
            let change = list::to_map(names, chosen, text, &inner);
            change.filter(|_| parents.last().is_some_and(|parent| parent == "uses"))
        }
    }
}

/// `key: value`, or `key: {key: value}`.
fn inside(keys: &[String], value: &str) -> Option<String> {
    let (first, rest) = keys.split_first()?;
    Some(if rest.is_empty() { format!("{first}: {value}") } else { format!("{first}: {{{}}}", inside(rest, value)?) })
}

/// Writes into the value of an entry, whatever stands there.
fn into(entry: Entry<'_>, text: &str, keys: &[String], value: &str, is_use: bool) -> Option<Change> {
    let (key, rest) = keys.split_first()?;
    let inner = inside(keys, value)?;
    if entry.value.tag().is_some() {
        return None;
    }
    match entry.value.kind() {
        NodeKind::Map => {
            if let Some(there) = entry.value.entry(key) {
                own(entry.value, key)?;
                return match there.value.kind() {
                    NodeKind::Null if rest.is_empty() => instead_of_null(there, text, value),
                    _ if rest.is_empty() => None,
                    _ => into(there, text, rest, value, false),
                };
            }
            if is_flow(entry.value, text) {
                flow::insert(entry.value, text, &inner)
            } else {
                block::insert(entry.value, text, &inner)
            }
        }
        NodeKind::Null => instead_of_null(entry, text, &format!("{{{inner}}}")),
        NodeKind::Text(word) if is_use => {
            let said = match (Need::parse(word), Mode::parse(word)) {
                (Some(_), _) => "need",
                (None, Some(_)) => "mode",
                (None, None) => return None,
            };
            Some(Change { range: range(entry.value), text: format!("{{{said}: {word}, {inner}}}") })
        }
        _ => None,
    }
}

/// Writes a value where none is, or where `null` is.
fn instead_of_null(entry: Entry<'_>, text: &str, value: &str) -> Option<Change> {
    let written = range(entry.value);
    if !written.is_empty() {
        return Some(Change { range: written, text: value.to_owned() });
    }
    let end = entry.key.span.end as usize;
    // An alias as a key would take the colon for a part of its name.
    let is_alias = text.get(entry.key.span.start as usize..)?.starts_with('*');
    let line = text.get(end..)?.lines().next().unwrap_or_default();
    let after = line.trim_start_matches(' ');
    let colon = end + line.len() - after.len();
    match after.strip_prefix(':') {
        // Nothing but a comment or the next entry may follow: an anchor or a tag would come to stand behind the value.
        Some(rest) if rest.trim().is_empty() || is_comment(rest) || rest.trim_start().starts_with([',', '}']) => {
            Some(Change { range: colon + 1..colon + 1, text: format!(" {value}") })
        }
        None if !is_alias && after.starts_with([',', '}']) => {
            Some(Change { range: end..end, text: format!(": {value}") })
        }
        _ => None,
    }
}

/// Whether what follows a value on its line is a comment.
pub(super) fn is_comment(rest: &str) -> bool {
    rest.starts_with([' ', '\t']) && rest.trim_start().starts_with('#')
}

pub(super) fn is_flow(collection: Node<'_>, text: &str) -> bool {
    text.get(range(collection)).is_some_and(|written| written.starts_with(['{', '[']))
}

pub(super) fn range(node: Node<'_>) -> Range<usize> {
    node.span().start as usize..node.span().end as usize
}
