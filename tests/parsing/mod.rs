//! What holds for the tree of any bytes at all. Shared by the tests and the fuzz target.

use premortem::parse::{Limits, Node, NodeKind, Parsed, Skip, deserialize, parse, to_json};
use premortem::sources::{Source, Sources, Span};
use serde_json::Value;

/// Nodes of one document that are visited: an alias bomb within its limits is walked in part.
const VISITED: usize = 20_000;

/// Panics if the parser breaks a promise on these bytes.
pub(crate) fn check(bytes: &[u8]) -> Parsed {
    let mut sources = Sources::default();
    // Offsets of the file under test must not be taken for offsets of the review.
    parse(&mut sources, "before.yaml", b"before: 1\n", &Limits::default());
    let parsed = parse(&mut sources, "fuzz.yaml", bytes, &Limits::default());
    let source = sources.get(parsed.source);
    assert!(source.text().len() <= bytes.len(), "offsets are those of the file");
    for problem in &parsed.problems {
        assert!(
            !problem.message.is_empty() && !problem.message.ends_with('.') && !problem.message.contains('\n'),
            "{problem:?}"
        );
        for (span, label) in &problem.labels {
            assert_inside(source, *span);
            assert!(!label.is_empty(), "{problem:?}");
            assert!(
                !span.is_empty() || source.text().trim_start_matches('\u{feff}').is_empty(),
                "empty label: {problem:?}"
            );
        }
        sources.positions(problem.primary());
    }
    let mut starts = Vec::new();
    for comment in parsed.tree.comments() {
        assert_inside(source, comment.span);
        assert!(sources.text(comment.span).starts_with('#'), "{comment:?}");
        starts.push(comment.span);
    }
    assert!(starts.is_sorted(), "comments in order");
    for document in parsed.tree.documents() {
        let mut left = VISITED;
        walk(source, document, None, &mut left);
        if left > 0 {
            let json = to_json(document, &Skip::default());
            let read: Value = deserialize(document, &Skip::default()).expect("any value can be read");
            assert!(equal(&json, &read), "{json} read as {read}");
        }
    }
    parsed
}

fn walk(source: &Source, node: Node<'_>, parent: Option<Span>, left: &mut usize) {
    if *left == 0 {
        return;
    }
    *left -= 1;
    assert_inside(source, node.span());
    if let Some(used) = node.used_at() {
        assert_inside(source, used);
    }
    if let Some(parent) = parent {
        assert!(parent.contains(node.span()), "{:?} outside of {parent:?}", node.span());
    }
    for entry in node.entries() {
        assert_inside(source, entry.key.span);
        assert!(!entry.key.span.is_empty(), "a key is somewhere");
        let is_own = entry.merged_at.is_none() && entry.value.use_id() == entry.value.id();
        assert!(!is_own || node.span().contains(entry.key.span), "{:?} outside of {:?}", entry.key, node.span());
        assert!(node.get(entry.key.text).is_some());
        walk(source, entry.value, is_own.then_some(node.span()), left);
    }
    for item in node.items() {
        let is_own = item.use_id() == item.id();
        walk(source, item, is_own.then_some(node.span()), left);
    }
    match node.kind() {
        NodeKind::Map | NodeKind::List => {
            assert!(!node.span().is_empty() || node.entries().count() + node.items().count() == 0, "{node:?}");
        }
        NodeKind::Null => {}
        _ => assert!(!node.span().is_empty(), "{node:?}"),
    }
}

fn assert_inside(source: &Source, span: Span) {
    assert!(source.span().contains(span), "{span:?} outside of {:?}", source.span());
    let (start, end) = ((span.start - source.base()) as usize, (span.end - source.base()) as usize);
    assert!(source.text().is_char_boundary(start) && source.text().is_char_boundary(end), "{span:?} cuts a character");
}

/// Infinities have no place in JSON: one side writes them as text, the other as null.
fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|((k, a), (l, b))| k == l && equal(a, b))
        }
        (Value::String(text), Value::Null) => text.contains(['i', 'I', 'n', 'N']),
        (a, b) => a == b,
    }
}
