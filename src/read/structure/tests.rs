use super::*;
use crate::parse::{Limits, Spanned, parse};
use crate::sources::Sources;
use proptest::prelude::*;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Write;

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
fn each_mistake_is_told_on_its_token() {
    let shown = MISTAKES.iter().map(|text| format!("{text}\n  {}\n\n", check(text).join("\n  ")));
    insta::assert_snapshot!(shown.collect::<String>());
}

#[test]
fn a_valid_document_has_no_problems() {
    for text in [
        "components: {}\n",
        "components:\n  a: {kind: database, timeout: todo, tags: [], uses: {b: soft, c: {retries: 0}}, fallback: none}\n  b: {kind: cache, uses: [c], fallback: {stale_for: 5m}, replicas: 3}\n",
    ] {
        assert_eq!(check(text), [] as [&str; 0]);
    }
}

#[test]
fn a_file_of_mistakes_is_given_up() {
    let mut text = String::from("components:\n");
    for at in 0..2 * MOST {
        writeln!(text, "  c{at}: {{kind: nothing}}").unwrap();
    }
    assert_eq!(check(&text).len(), MOST);
}

const MISTAKES: &[&str] = &[
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
    "components: {a: {kind: cache, fallback: {stale_fro: 5m}, extra: {environment: x}}}",
];

/// Any JSON, small.
fn junk() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Value::from),
        any::<i16>().prop_map(Value::from),
        Just(json!(0.5)),
        "[a-z0-9 é]{0,6}".prop_map(Value::from),
        Just(json!([])),
        Just(json!({})),
        Just(json!(["x", null, {"kind": "cache"}])),
        Just(json!({"kind": "cache", "zzz": [{}]})),
        Just(json!({"retries": 1, "timeout": "5s"})),
    ]
}

/// Replaces, renames, removes or adds at the place a random walk leads to.
fn mutate(value: &mut Value, walk: &[prop::sample::Index], action: u8, junk: Value) {
    if let Some((step, rest)) = walk.split_first() {
        match value {
            Value::Object(map) if !map.is_empty() => {
                let key = map.keys().nth(step.index(map.len())).cloned().unwrap_or_default();
                if rest.is_empty() {
                    match action {
                        0 => drop(map.shift_remove(&key)),
                        1 => drop(map.shift_remove(&key).map(|old| map.insert(format!("{key}x"), old))),
                        2 => drop(map.insert("extra/~".to_owned(), junk)),
                        _ => drop(map.insert(key, junk)),
                    }
                } else if let Some(inner) = map.get_mut(&key) {
                    mutate(inner, rest, action, junk);
                }
                return;
            }
            Value::Array(items) if !items.is_empty() => {
                let at = step.index(items.len());
                if rest.is_empty() && action == 0 {
                    items.remove(at);
                } else {
                    mutate(&mut items[at], rest, action, junk);
                }
                return;
            }
            _ => {}
        }
    }
    *value = junk;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_left_after_skipping_is_valid(
        changes in prop::collection::vec((prop::collection::vec(any::<prop::sample::Index>(), 1..6), 0_u8..6, junk()), 1..5)
    ) {
        let mut value = json!({
            "owner": "x",
            "components": {
                "a": {"kind": "cache", "timeout": "5s", "tags": ["critical", "legacy"], "uses": {"b": "soft", "c": {"timeout": "1s", "retries": 2}}},
                "b": {"kind": "service", "uses": ["a", "c"], "fallback": {"stale_for": "5m"}, "replicas": {"min": 1, "max": 2}},
                "c": {"kind": "database", "weight": 7, "replicas": 3, "fallback": "none"},
            },
        });
        for (walk, action, junk) in changes {
            mutate(&mut value, &walk, action, junk);
        }
        let shape = shape();
        for text in [serde_json::to_string_pretty(&value).unwrap(), serde_yaml::to_string(&value).unwrap()] {
            let mut sources = Sources::default();
            let parsed = parse(&mut sources, "d", text.as_bytes(), &Limits::default());
            let Some(root) = parsed.tree.documents().next() else { continue };
            prop_assert_eq!(&to_json(root, &Skip::default()), &value);
            let checked = shape.check(root);
            prop_assert_eq!(checked.problems.is_empty(), shape.validator.is_valid(&value));
            prop_assert_eq!(checked.problems.is_empty(), checked.skip.is_empty());
            prop_assert!(checked.skip.holds(root) || shape.validator.is_valid(&to_json(root, &checked.skip)));
            // Only what lacks a key takes down more than itself.
            if checked.skip.holds(root) {
                let at_root = checked.problems.iter().any(|problem| {
                    root.span() == problem.primary() || root.entries().any(|entry| entry.key.span == problem.primary() || entry.value.span() == problem.primary())
                });
                prop_assert!(at_root, "{:?}", checked.problems);
            }
            for problem in &checked.problems {
                for (span, _) in &problem.labels {
                    prop_assert!(root.span().contains(*span) && !span.is_empty(), "{problem:?}");
                }
                prop_assert!(!problem.message.contains("something else"), "{problem:?}");
            }
            prop_assert!(checked.problems.is_sorted_by_key(Problem::primary));
        }
    }
}
