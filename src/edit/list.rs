//! `uses: [pg]` to `uses: {pg: {…}}`: a name in a list has no room for more.

use super::Change;
use super::plan::{is_flow, range};
use super::slot::is_scalar;
use crate::parse::Node;
use std::collections::BTreeSet;

/// The list as a map in which `chosen` says more. Everything between the names stays.
pub(super) fn to_map(names: Node<'_>, chosen: Node<'_>, text: &str, inner: &str) -> Option<Change> {
    let items: Vec<Node<'_>> = names.items().collect();
    let mut seen = BTreeSet::new();
    let is_name = |item: &Node<'_>| {
        let written = text.get(range(*item)).unwrap_or_default();
        is_scalar(*item)
            && item.used_at().is_none()
            && item.tag().is_none()
            && !written.is_empty()
            && !written.contains('\n')
            && !written.starts_with(['|', '>'])
    };
    if !items.iter().all(|item| is_name(item) && seen.insert(item.raw())) {
        return None;
    }
    let whole = range(names);
    let is_flow = is_flow(names, text);
    let mut made = String::new();
    let mut at = whole.start;
    let mut column = None;
    for item in &items {
        let span = range(*item);
        let gap = text.get(at..span.start)?;
        if is_flow {
            // An anchor would name something else in a map.
            let is_plain = gap.split('#').next().is_some_and(|gap| !gap.contains('&'));
            made.push_str(Some(gap).filter(|_| is_plain)?);
        } else {
            let dash = gap.rfind('-').filter(|dash| gap[dash + 1..].chars().all(|char| char == ' '))?;
            let line = text[..span.start].rfind('\n').map_or(0, |line| line + 1);
            if *column.get_or_insert(span.start - line) != span.start - line {
                return None;
            }
            made.extend([&gap[..dash], " ", &gap[dash + 1..]]);
        }
        made.push_str(&text[span.clone()]);
        let is_chosen = item.id() == chosen.id();
        match (is_chosen, is_flow) {
            (true, _) => made.extend([": {", inner, "}"]),
            (false, true) => made.push_str(": {}"),
            (false, false) => made.push(':'),
        }
        at = span.end;
    }
    made.push_str(text.get(at..whole.end)?);
    if is_flow {
        made = format!("{{{}}}", made.strip_prefix('[')?.strip_suffix(']')?);
    }
    Some(Change { range: whole, text: made })
}
