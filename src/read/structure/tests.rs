use super::*;
use crate::parse::{Limits, Spanned, parse};
use crate::sources::Sources;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::collections::BTreeMap;

// A format of its own, with every construct that the real ones use.

#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
#[serde(deny_unknown_fields)]
struct Design {
    components: BTreeMap<String, Component>,
    owner: Option<Spanned<String>>,
    environment: Option<BTreeMap<String, u8>>,
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
struct Component {
    kind: Kind,
    timeout: Option<Duration>,
    weight: Option<u8>,
    tags: Option<Vec<Tag>>,
    uses: Option<Uses>,
    fallback: Option<Fallback>,
    replicas: Option<Replicas>,
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
#[serde(rename_all = "lowercase")]
enum Kind {
    Service,
    Cache,
    /// Holds data.
    Database,
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
#[serde(rename_all = "lowercase")]
enum Tag {
    Critical,
    Legacy,
}

struct Duration;

impl JsonSchema for Duration {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "x-expects": "a duration such as 250ms, 2s or 5m",
            "x-unit": "duration",
            "anyOf": [{"type": "string", "pattern": "^[0-9]+(ms|s|m|h|d)$"}, {"enum": ["none", "todo"]}],
        })
    }
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
#[serde(untagged)]
enum Uses {
    Names(Vec<String>),
    Full(BTreeMap<String, Use>),
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
#[serde(untagged)]
enum Use {
    Word(Need),
    Full(Dependency),
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
#[serde(rename_all = "lowercase")]
enum Need {
    Hard,
    Soft,
    Async,
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
#[serde(deny_unknown_fields)]
struct Dependency {
    timeout: Option<Duration>,
    retries: Option<u8>,
    need: Option<Need>,
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
#[serde(rename_all = "snake_case")]
enum Fallback {
    None,
    StaleFor(Duration),
    To(String),
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
#[serde(untagged)]
enum Replicas {
    Count(u8),
    Range(Range),
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
#[serde(deny_unknown_fields)]
struct Range {
    min: u8,
    max: u8,
}

fn shape() -> Shape {
    let schema = schemars::schema_for!(Design).to_value();
    Shape::new(schema, &[("retries", "a dependency: `uses: {redis: {retries: 2}}`")]).unwrap()
}

/// `line:column code message | help`, one a problem.
fn check(text: &str) -> Vec<String> {
    let mut sources = Sources::default();
    let parsed = parse(&mut sources, "d", text.as_bytes(), &Limits::default());
    assert_eq!(parsed.problems, [], "{text}");
    let shape = shape();
    let root = parsed.tree.documents().next().unwrap();
    let checked = shape.check(root);
    assert!(shape.validator.is_valid(&to_json(root, &checked.skip)) || checked.skip.holds(root));
    let line = |problem: &Problem| {
        let place = sources.place(problem.primary());
        let help = problem.help.as_deref().map_or(String::new(), |help| format!(" | {help}"));
        format!("{} [{}] {}{help}", &place[2..], sources.text(problem.primary()), problem.message)
    };
    checked.problems.iter().map(line).collect()
}

#[test]
fn dump() {
    println!("{}", serde_json::to_string_pretty(&shape().schema).unwrap());
    for text in [
        "components: {a: {kind: cach}}",
        "components:\n  a:\n    kind: cache\n    timeout: 5 parsecs\n    wieght: 3\n    retries: 2\n    zzz: 1\n    tags: [critical, legcy, {a: 1}]\n",
        "components:\n  a:\n    kind: cache\n    timeout: 5 sec\n    weight: '3'\n    tags: critical\n    uses: {r: sof, p: {timeout: 500, need: sft, x: 1}, q: 1}\n    fallback: {stale_for: 12}\n    replicas: {min: 1, mx: 2}",
        "components:\n  a:\n    timeout:\n  b: {kind: cache, timeout: ~, uses: 3, fallback: {stale: 1}, replicas: many}\n  c:\n  d: [x]\nowner: 12\nenvironment: {TOKEN: hunter2}\n",
        "owner: x\n",
        "- a\n",
        "components: {a: {kind: cache, weight: 300}}",
        "base: &b {weight: 300}\ncomponents: {a: {kind: cache, <<: *b}, c: {kind: service, <<: *b}}",
        "components:\n  a: &b {kind: [1]}\n  b: *b\n  c: {kind: cache, uses: {x: {fallback: y}}, uses2: }\n",
        "components: {a: {kind: cache, uses: [1, ~, b]}}",
    ] {
        println!("{text}\n   => {:#?}", check(text));
    }
}
