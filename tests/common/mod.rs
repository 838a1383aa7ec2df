//! Designs for tests, from text.

use premortem::analyse::Analysis;
use premortem::model::{ComponentId, FlowId, link};
use premortem::parse::{Limits, Node, Skip, deserialize, parse};
use premortem::read::{Fragment, Notation};
use premortem::sources::Sources;

/// A design in premortem's notation; every problem but warnings is a failure.
#[allow(dead_code, reason = "not every test has a design of its own")]
pub(crate) fn analyse(text: &str) -> Analysis {
    let (json, analysis) = analyse_at(text, |document| document);
    drop(json);
    analysis
}

/// A design that is a part of a document, and the whole document as JSON.
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

#[allow(dead_code, reason = "not every test asks by name")]
pub(crate) fn component(analysis: &Analysis, name: &str) -> ComponentId {
    analysis.design.find_component(name).unwrap_or_else(|| panic!("no component {name}"))
}

#[allow(dead_code, reason = "not every test asks by name")]
pub(crate) fn flow(analysis: &Analysis, name: &str) -> FlowId {
    analysis.design.find_flow(name).unwrap_or_else(|| panic!("no flow {name}"))
}
