//! Designs for tests, from text.

use premortem::analyse::Analysis;
use premortem::model::link;
use premortem::parse::{Limits, Node, Skip, deserialize, parse};
use premortem::read::{Fragment, Notation};
use premortem::sources::Sources;

/// A design that is a part of a document in premortem's notation, and the whole document as JSON; every problem but
/// warnings is a failure.
pub(crate) fn analyse_at(text: &str, part: impl FnOnce(Node<'_>) -> Node<'_>) -> (serde_json::Value, Analysis) {
    let mut sources = Sources::default();
    let parsed = parse(&mut sources, "test.arch.yaml", text.as_bytes(), &Limits::default());
    assert_eq!(parsed.problems, [], "{text}");
    let document = parsed.tree.documents().next().expect("the test writes a document");
    let node = part(document);
    let facts = deserialize(node, &Skip::default()).unwrap_or_else(|mismatch| panic!("{mismatch}\n{text}"));
    let place = node.entry("components").map_or_else(|| node.span(), |entry| entry.key.span);
    let linked = link(vec![Fragment { notation: Notation::Native, source: parsed.source, place, facts }]);
    let errors: Vec<_> = linked
        .problems
        .iter()
        .filter(|problem| problem.severity == premortem::problem::ProblemSeverity::Error)
        .collect();
    assert!(errors.is_empty(), "{errors:?}\n{text}");
    (premortem::parse::to_json(document, &Skip::default()), Analysis::new(linked.design))
}
