//! premortem's own notation: `*.arch.yaml`.

use super::structure::Shape;
use super::vocabulary::{ComponentFacts, DesignFacts};
use super::{Fragment, Notation};
use crate::parse::{Node, NodeKind, Parsed, Skip, Spanned, deserialize};
use crate::problem::Problem;
use crate::sources::Sources;
use std::sync::LazyLock;

/// Keys that people write one level too high or too low, and where they belong.
const ELSEWHERE: &[(&str, &str)] = &[
    ("timeout", "a dependency: `uses: {redis: {timeout: 50ms}}`"),
    ("retries", "a dependency: `uses: {stripe: {retries: 2}}`"),
    ("need", "a dependency: `uses: {recs: {need: soft}}`"),
    ("pool", "a dependency: `uses: {postgres: {pool: 10}}`"),
    ("breaker", "a dependency: `uses: {stripe: {breaker: true}}`"),
    ("fallback", "a dependency: `uses: {recs: {fallback: omit}}`"),
    ("idempotent", "a dependency: `uses: {stripe: {idempotent: key}}`"),
    ("replicas", "a component: `api: {replicas: 3}`"),
    ("health", "a component: `api: {health: {path: /ready}}`"),
    ("capacity", "a component: `api: {capacity: 400rps}`"),
    ("slo", "a flow: `flows: {checkout: {slo: 99.9%}}`"),
    ("rate", "a flow: `flows: {checkout: {rate: 40rps}}`"),
    ("critical", "a flow: `flows: {checkout: {critical: true}}`"),
    ("engineers", "a team: `team: {engineers: 6}`"),
    ("rollback", "a component's `deploy`: `deploy: {rollback: {how: automatic, time: 5m}}`"),
];

/// What a design looks like: the published schema.
static SHAPE: LazyLock<Shape> = LazyLock::new(|| {
    let schema = schemars::schema_for!(DesignFacts).to_value();
    Shape::new(schema, ELSEWHERE).expect("the schema is made from our own types; a test compiles it")
});

/// The published schema of a design.
pub fn schema() -> &'static serde_json::Value {
    SHAPE.schema()
}

/// Reads every document of a file. What cannot be read is left out and is a problem; the rest is read.
pub fn read(parsed: &Parsed, sources: &Sources) -> (Vec<Fragment>, Vec<Problem>) {
    let mut fragments = Vec::new();
    let mut problems = Vec::new();
    let mut documents = parsed.tree.documents().peekable();
    if documents.peek().is_none() && parsed.problems.is_empty() {
        let whole = sources.get(parsed.source).span();
        problems.push(nothing_described(whole));
    }
    for document in documents {
        match read_document(parsed, document, &mut problems) {
            Some(fragment) => fragments.push(fragment),
            None => continue,
        }
    }
    (fragments, problems)
}

fn read_document(parsed: &Parsed, document: Node<'_>, problems: &mut Vec<Problem>) -> Option<Fragment> {
    match document.kind() {
        NodeKind::Map => {}
        NodeKind::Null => {
            problems.push(nothing_described(document.span()));
            return None;
        }
        _ => {
            problems.push(
                Problem::error("not-a-design", "a design is a map", document.span(), "this is not a map").with_help(
                    "Start with `components:` and name one component per line; `premortem init` writes an example.",
                ),
            );
            return None;
        }
    }
    let checked = SHAPE.check(document);
    problems.extend(checked.problems);
    let facts = match deserialize::<DesignFacts>(document, &checked.skip) {
        Ok(mut facts) => {
            keep_names(document, &checked.skip, &mut facts);
            facts
        }
        Err(mismatch) => {
            problems.push(mismatch.problem(document.span()));
            return None;
        }
    };
    let components = document.entry("components");
    if components.is_none() && document.get("include").is_none() && document.get("flows").is_none() {
        problems.push(
            Problem::error(
                "missing-key",
                "the design has no `components`",
                document.span(),
                "nothing is described here",
            )
            .with_help("Add `components:` and name one component per line: `  api: {uses: [postgres]}`."),
        );
    }
    let place =
        components.or_else(|| document.entries().next()).map_or_else(|| document.span(), |entry| entry.key.span);
    Some(Fragment { notation: Notation::Native, source: parsed.source, place, facts })
}

/// A component or flow whose description cannot be read still exists: others may name it.
fn keep_names(document: Node<'_>, skip: &Skip, facts: &mut DesignFacts) {
    let unread = |key: &str| {
        let things = document.get(key).filter(|things| !skip.holds(*things) && matches!(things.kind(), NodeKind::Map));
        let entries = things.into_iter().flat_map(Node::entries).filter(|entry| skip.holds(entry.value));
        entries.map(|entry| Spanned::new(entry.key.text.to_owned(), entry.key.span)).collect::<Vec<_>>()
    };
    facts.components.0.extend(unread("components").into_iter().map(|name| (name, ComponentFacts::default())));
}

fn nothing_described(place: crate::sources::Span) -> Problem {
    Problem::error("empty-design", "the file describes nothing", place, "empty")
        .with_help("`premortem init` writes a small design to start from.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::link;
    use crate::parse::{Limits, parse};

    #[test]
    fn the_minimal_example_is_read() {
        let text = "\
version: 1
team: {engineers: 3}
scale: {now: 2rps, target: 50rps}
components:
  browser:  {kind: client, uses: [nginx]}
  nginx:    {tech: nginx, uses: [app]}
  app:
    replicas: 2
    uses: {postgres: {timeout: 1s, pool: 10}, redis: {timeout: 50ms}, mail: async}
  postgres: {tech: postgresql, backup: {every: 1d}}
  redis:    {tech: redis, of: postgres, ttl: 5m}
  mail:     {kind: external}
flows:
  sign-up: {path: [browser, nginx, app, postgres], critical: true}
  home:    {path: [browser, nginx, app, redis, postgres]}
";
        let mut sources = Sources::default();
        let parsed = parse(&mut sources, "a.arch.yaml", text.as_bytes(), &Limits::default());
        let (fragments, problems) = read(&parsed, &sources);
        assert_eq!(problems, []);
        let linked = link(fragments);
        assert_eq!(linked.problems, []);
        assert_eq!(linked.design.components.len(), 6);
        assert_eq!(linked.design.dependencies.len(), 5);
        let call = &linked.design.dependencies[2];
        assert_eq!(call.facts.timeout.value().map(|timeout| timeout.0), Some(1.0));
        assert_eq!(sources.text(call.facts.timeout.span().unwrap()), "1s");
    }
}
