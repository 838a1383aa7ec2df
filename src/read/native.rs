//! premortem's own notation: `*.arch.yaml`.

use super::structure::Shape;
use super::vocabulary::{Answer, Attr, ComponentFacts, Count, DesignFacts, FlowFacts, Origin};
use super::{Fragment, Notation};
use crate::parse::{Entry, Mismatch, Node, NodeKind, Parsed, Skip, Spanned, deserialize};
use crate::problem::Problem;
use crate::sources::{Sources, Span};
use rayon::prelude::*;
use std::collections::HashSet;
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

/// What other notations and people call a key or value, and its name here.
const SYNONYMS: &[(&str, &str)] = &[
    ("type", "kind"),
    ("technology", "tech"),
    ("team", "owner"),
    ("description", "why"),
    ("purpose", "why"),
    ("reason", "because"),
    ("depends_on", "uses"),
    ("dependencies", "uses"),
    ("needs", "uses"),
    ("calls", "uses"),
    ("instances", "replicas"),
    ("copies", "replicas"),
    ("healthcheck", "health"),
    ("health_check", "health"),
    ("sla", "slo"),
    ("sla", "availability"),
    ("steps", "path"),
    ("services", "components"),
    ("environment", "stage"),
    ("includes", "include"),
    ("retry", "retries"),
    ("circuit_breaker", "breaker"),
    ("circuitbreaker", "breaker"),
    ("dead_letter_queue", "dlq"),
    ("optional", "soft"),
    ("required", "hard"),
    ("asynchronous", "async"),
    ("synchronous", "sync"),
    ("auto", "automatic"),
    ("prod", "production"),
    ("dev", "prototype"),
    ("development", "prototype"),
    ("microservice", "service"),
    ("app", "service"),
    ("api", "service"),
    ("server", "service"),
    ("browser", "client"),
    ("user", "client"),
    ("db", "database"),
    ("loadbalancer", "balancer"),
    ("load-balancer", "balancer"),
    ("lb", "balancer"),
    ("proxy", "gateway"),
    ("broker", "queue"),
    ("topic", "stream"),
    ("bucket", "object-store"),
    ("storage", "object-store"),
    ("saas", "external"),
    ("cron", "job"),
    ("lambda", "function"),
    ("rw", "both"),
    ("readwrite", "both"),
    ("unlimited", "forever"),
    ("infinite", "forever"),
    ("hourly", "1h"),
    ("daily", "1d"),
    ("nightly", "1d"),
    ("weekly", "1w"),
];

/// What a design looks like: the published schema.
static SHAPE: LazyLock<Shape> = LazyLock::new(|| {
    let mut schema = schemars::schema_for!(DesignFacts).to_value();
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("$id".to_owned(), SCHEMA_ID.into());
        schema.insert("title".to_owned(), "A premortem design".into());
    }
    Shape::new(schema, ELSEWHERE)
        .expect("the schema is made from our own types; a test compiles it")
        .with_synonyms(SYNONYMS)
});

/// The name by which other schemas and editors refer to the published schema.
const SCHEMA_ID: &str = "urn:premortem:schema:design:1";

/// The published schema of a design.
pub fn schema() -> &'static serde_json::Value {
    SHAPE.schema()
}

/// Reads every document of a file. What cannot be read is left out and is a problem; the rest is read.
pub fn read(parsed: &Parsed, sources: &Sources) -> (Vec<Fragment>, Vec<Problem>) {
    let mut fragments = Vec::new();
    let mut problems = Vec::new();
    // What is left of a template without its placeholders says nothing.
    if parsed.problems.iter().any(|problem| problem.code == "template") {
        return (fragments, problems);
    }
    let mut documents = parsed.tree.documents().peekable();
    if documents.peek().is_none() && parsed.problems.is_empty() {
        let file = sources.get(parsed.source);
        let length = u32::try_from(file.line_text(0).len()).unwrap_or(0);
        problems.push(nothing_described(Span::new(file.base(), file.base() + length)));
    }
    for document in documents {
        fragments.extend(read_document(parsed, document, &mut problems));
    }
    (fragments, problems)
}

/// Whether a file may define names that were not read, so that a name nobody seems to define is no mistake.
pub fn hides_names(parsed: &Parsed) -> bool {
    let is_unread = |names: Node<'_>| names.kind() != NodeKind::Map;
    let mut documents = parsed.tree.documents();
    parsed.problems.iter().any(|problem| problem.code != "duplicate-key")
        || documents.any(|root| {
            is_unread(root) || ["components", "flows"].iter().any(|key| root.get(key).is_some_and(is_unread))
        })
}

fn read_document(parsed: &Parsed, document: Node<'_>, problems: &mut Vec<Problem>) -> Option<Fragment> {
    match document.kind() {
        NodeKind::Map => {}
        NodeKind::Null => {
            problems.push(nothing_described(document.span()));
            return None;
        }
        _ => {
            let at = document.items().next().map_or(document.span(), Node::span);
            problems.push(
                Problem::error("not-a-design", "a design is a map, not a list", at, "an item of a list").with_help(
                    "begin with `components:` and name one component per line below it: `  api: {uses: [postgres]}`",
                ),
            );
            return None;
        }
    }
    let mut skip = Skip::default();
    let mut facts = design_facts(document, &skip);
    // What can be read is valid. The schema, which takes longer to compile than most designs to read, says what is wrong.
    if facts.is_err() {
        let checked = SHAPE.check(document);
        problems.extend(checked.problems);
        skip = checked.skip;
    }
    if skip.holds(document) {
        return None;
    }
    contradictions(document, &mut skip, problems);
    if !skip.is_empty() {
        facts = design_facts(document, &skip);
    }
    let facts = match facts {
        Ok(mut facts) => {
            keep_names(document, &skip, &mut facts);
            facts
        }
        Err(mismatch) => {
            problems.push(mismatch.problem(document.span()));
            return None;
        }
    };
    let head = document.entry("components").or_else(|| document.entries().next());
    let place = head.map_or_else(|| document.span(), |entry| entry.key.span);
    Some(Fragment { notation: Notation::Native, source: parsed.source, place, facts })
}

/// Fewer components than this are read faster one after the other.
const MANY: usize = 1_000;

/// Typed reading; of large designs the components on all cores.
fn design_facts(document: Node<'_>, skip: &Skip) -> Result<DesignFacts, Mismatch> {
    let components = document.get("components").filter(|components| !skip.holds(*components));
    let entries: Vec<Entry<'_>> =
        components.into_iter().flat_map(Node::entries).filter(|entry| !skip.holds(entry.value)).collect();
    let Some(components) = components.filter(|_| entries.len() >= MANY) else { return deserialize(document, skip) };
    let read = |entry: &Entry<'_>| {
        let name = Spanned { used_at: entry.merged_at, ..Spanned::new(entry.key.text.to_owned(), entry.key.span) };
        let facts: Option<Box<ComponentFacts>> = deserialize(entry.value, skip)?;
        Ok((name, facts.unwrap_or_default()))
    };
    let read: Vec<Result<_, Mismatch>> = entries.par_iter().map(read).collect();
    let mut others = skip.clone();
    others.insert(components.use_id());
    let mut facts: DesignFacts = deserialize(document, &others)?;
    // The first mistake in the file, whichever thread met one first.
    facts.components.0 = read.into_iter().collect::<Result<_, _>>()?;
    Ok(facts)
}

/// A component or flow whose description cannot be read still exists: others may name it.
fn keep_names(document: Node<'_>, skip: &Skip, facts: &mut DesignFacts) {
    let things =
        |key: &str| document.get(key).filter(|things| !skip.holds(*things)).into_iter().flat_map(Node::entries);
    let name_of = |entry: &Entry<'_>| Spanned::new(entry.key.text.to_owned(), entry.key.span);
    let unread = things("components").filter(|entry| skip.holds(entry.value));
    facts.components.0.extend(unread.map(|entry| (name_of(&entry), Box::<ComponentFacts>::default())));
    let unread = things("flows").filter(|entry| skip.holds(entry.value));
    facts.flows.0.extend(unread.map(|entry| (name_of(&entry), FlowFacts::default())));
    let lost: HashSet<&str> =
        things("flows").filter(|flow| loses_path(*flow, skip)).map(|flow| flow.key.text).collect();
    for (name, flow) in &mut facts.flows.0 {
        if lost.contains(name.value.as_str()) && flow.path.value().is_none_or(|path| path.0.is_empty()) {
            flow.path = Attr::new(Answer::Todo, Origin::Nowhere);
        }
    }
}

/// Whether the path of a flow, or a misspelt key that may have been the path, was left out.
fn loses_path(flow: Entry<'_>, skip: &Skip) -> bool {
    let leaves_out = |node: Node<'_>| skip.holds(node) || node.items().any(|item| skip.holds(item));
    skip.holds(flow.value)
        || flow.value.get("path").map_or_else(|| flow.value.entries().any(|entry| skip.holds(entry.value)), leaves_out)
}

/// What is right in every part and wrong as a whole.
fn contradictions(document: Node<'_>, skip: &mut Skip, problems: &mut Vec<Problem>) {
    for component in document.get("components").into_iter().flat_map(Node::entries) {
        let Some(replicas) = component.value.get("replicas").filter(|replicas| !skip.holds(*replicas)) else {
            continue;
        };
        let (Some(min), Some(max)) = (replicas.get("min"), replicas.get("max")) else { continue };
        // One bound says nothing about the other.
        if skip.holds(min) || skip.holds(max) {
            skip.insert(replicas.use_id());
            continue;
        }
        if let (Some(least), Some(most)) = (Count::parse(min.raw()), Count::parse(max.raw()))
            && least > most
        {
            let message = format!("`{}` runs at least {least} copies and at most {most}", component.key.text);
            problems.push(
                Problem::error("bad-value", message, max.span(), "less than `min`")
                    .with_label(min.span(), "the minimum")
                    .with_help(format!("write the smaller number first: `{{min: {most}, max: {least}}}`")),
            );
            skip.insert(replicas.use_id());
        }
    }
}

fn nothing_described(place: Span) -> Problem {
    Problem::error("empty-design", "the file describes nothing", place, "empty")
        .with_help("write a small design to start from with `premortem init`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::link;
    use crate::parse::{Limits, parse};

    #[test]
    fn many_components_are_read_as_few_are() {
        let read_all = |text: &str| {
            let mut sources = Sources::default();
            let parsed = parse(&mut sources, "a.arch.yaml", text.as_bytes(), &Limits::default());
            let (mut fragments, problems) = read(&parsed, &sources);
            (fragments.remove(0).facts, problems)
        };
        let design = "version: 1\nx-common: &common {replicas: 3}\ncomponents:\n  a: {<<: *common, uses: [b]}\n  b:\n  \
                      x-c: {tech: redis, uses: {b: {timeout: WAIT}}}\n  d: WHAT\n";
        for (wait, what) in [("1s", "{}"), ("1 lightyear", "{}"), ("1s", "[1]"), ("1s", "{kidn: cache}")] {
            let design = design.replace("WAIT", wait).replace("WHAT", what);
            let more: Vec<String> = (0..MANY).map(|at| format!("  more{at}: {{}}\n")).collect();
            let ((few, few_problems), (many, many_problems)) =
                (read_all(&design), read_all(&(design + &more.concat())));
            assert_eq!(few_problems, many_problems);
            assert_eq!((few.components.0.len(), many.components.0.len()), (4, 4 + MANY));
            for (name, facts) in few.components.iter() {
                let same = many.components.iter().find(|(other, _)| *other == name).expect("it is read");
                assert_eq!(format!("{name:?} {facts:?}"), format!("{:?} {:?}", same.0, same.1));
            }
        }
    }

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
