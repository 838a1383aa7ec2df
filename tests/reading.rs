//! What holds for any input: reading never panics, order of keys means nothing, and one mistake costs one fact.

use premortem::discover::{InMemory, Project};
use premortem::model::Design;
use premortem::parse::Limits;
use premortem::problem::{Problem, ProblemSeverity};
use premortem::read::vocabulary::{Answer, Facts, Plain};
use premortem::review::open;
use premortem::sources::Sources;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

/// A design with a bit of everything.
const DESIGN: &str = "\
version: 1
system: corner-shop
team: {name: core, engineers: 6, oncall: 24x7}
scale: {now: 40rps, target: 400rps, by: 2027-06}
targets: {rpo: 5m, rto: 1h}
defaults:
  calls: {timeout: 1s}
  deploy: {strategy: rolling, surge: 25%, rollback: {how: automatic, time: 5m}}
components:
  shopper: {kind: client, uses: [lb]}
  lb: {tech: nginx, rate_limit: {per: client, rate: 20rps}, uses: {api: {timeout: 2s}}}
  api:
    tech: nodejs
    replicas: {min: 3, max: 6}
    zones: [a, b, c]
    health: {path: /ready, checks: work, interval: 5s}
    uses:
      postgres: {timeout: 500ms, pool: 15, access: both}
      redis: soft
      stripe: {timeout: 3s, retries: {max: 2, backoff: exponential, jitter: true}, flows: [checkout]}
    one_of:
      mail: {need: 1, of: [sendgrid, ses], failover: automatic}
  postgres: {tech: postgresql, replicas: 2, backup: {every: 1d, tested: 2026-03-01}, writes: 30rps}
  redis: {tech: redis, of: postgres, ttl: 5m, hit_ratio: 80%}
  stripe: {kind: external, availability: 99.9%}
  sendgrid: {kind: external}
  ses: {kind: external, capacity: 100rps}
flows:
  checkout: {path: [shopper, lb, api, stripe, postgres], critical: true, slo: 99.9%, survives: [redis, \"zone:a\"]}
  browse: {path: [shopper, lb, api, redis], rate: {now: 36rps, target: 360rps}}
";

fn read(text: &[u8], limits: &Limits) -> (Option<Design>, Sources, Vec<Problem>) {
    let (mut sources, mut problems) = (Sources::default(), Vec::new());
    let path = PathBuf::from("d.arch.yaml");
    let files = InMemory([(path.clone(), text.to_vec())].into());
    let opened = open(&Project::named(path), &files, limits, &mut sources, &mut problems);
    (opened.analysis.map(|analysis| analysis.design), sources, problems)
}

/// Everything the design says, by name: `api.replicas` to what was answered.
fn facts(design: &Design) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    add(&mut all, "design", &design.facts);
    for component in &design.components {
        all.insert(format!("component {}", component.name), component.kind.to_string());
        add(&mut all, &component.name, &*component.facts);
    }
    for id in design.dependency_ids() {
        let (name, dependency) = (design.dependency_name(id), design.dependency(id));
        let flows = dependency
            .flows
            .as_ref()
            .map(|flows| flows.iter().map(|flow| &design.flow(*flow).name).collect::<Vec<_>>());
        let group = dependency.group.map(|group| &design.group(group).name);
        all.insert(
            format!("dependency {name} {group:?}"),
            format!(
                "{:?} {:?} {:?} {} {flows:?}",
                dependency.need, dependency.mode, dependency.phase, dependency.consumes
            ),
        );
        add(&mut all, &name, &*dependency.facts);
    }
    for group in &design.groups {
        add(&mut all, &format!("{}/{}", design.component(group.source).name, group.name), &group.facts);
    }
    for flow in &design.flows {
        let path: Vec<&str> = flow.path.iter().map(|step| design.component(*step).name.as_str()).collect();
        all.insert(format!("flow {}", flow.name), format!("{path:?} {}", flow.critical));
        add(&mut all, &flow.name, &flow.facts);
    }
    all
}

fn add(all: &mut BTreeMap<String, String>, owner: &str, facts: &dyn Facts) {
    for (index, field) in facts.fields().iter().enumerate() {
        let name = format!("{owner}.{}", field.name);
        match facts.attr(index).plain() {
            Answer::Absent => {}
            Answer::Value(Plain::Record(inner)) => add(all, &name, inner),
            Answer::Value(value) => drop(all.insert(name, shown(&value))),
            Answer::None => drop(all.insert(name, "none".to_owned())),
            Answer::Todo => drop(all.insert(name, "todo".to_owned())),
        }
    }
}

fn shown(value: &Plain<'_>) -> String {
    match value {
        Plain::List(items) => items.iter().fold(String::new(), |mut list, (item, _)| {
            let _ = write!(list, "{},", shown(item));
            list
        }),
        other => format!("{other:?}"),
    }
}

/// Messages that only a reader of the code understands, and marks that lie outside the file.
fn assert_told_well(sources: &Sources, problems: &[Problem], text: &[u8]) {
    for problem in problems {
        for (span, _) in &problem.labels {
            assert!(sources.file_of(*span).span().contains(*span), "{problem:?}");
        }
        let is_raw = problem.message.contains("invalid type") || problem.message.starts_with("expected");
        assert!(!is_raw, "{}\n{}", problem.message, String::from_utf8_lossy(text));
        assert!(!problem.labels.iter().any(|(_, label)| label == "cannot be read"), "{}", problem.message);
    }
}

/// Words to throw in: valid and invalid values of every kind, and punctuation.
const WORDS: &[&str] = &[
    "none",
    "todo",
    "true",
    "false",
    "~",
    "0",
    "-1",
    "1e3",
    "1.5",
    "3",
    "99999999999999999999",
    ".inf",
    ".nan",
    "5s",
    "0s",
    "500",
    "40rps",
    "80%",
    "2026-02-30",
    "2024-02-29",
    "api",
    "postgres",
    "[]",
    "{}",
    "[api]",
    "{a: 1}",
    "{x-a: 1}",
    "[~]",
    "\"\"",
    "soft",
    "*a",
    "&a",
    "<<: {a: 1}",
    "!!str 1",
    "!x",
    "|",
    "- ",
    ": ",
    ", ",
    "{",
    "}",
    "[",
    "]",
    "\n",
    "  ",
    "\t",
    "#",
    "? ",
    "x-y",
    "---\n",
    "{min: 2, max: 1}",
    "{to: api}",
    "{stale_for: 1m}",
    "{need: 9, of: [api]}",
    "'",
    "\"",
    "service",
    "redis",
    "1_000",
    "0x10",
    "0o7",
];

/// Where the scalars and keys of the design begin and end.
fn tokens() -> Vec<(usize, usize)> {
    let is_token = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '%' | '/');
    let mut tokens = Vec::new();
    let mut start = None;
    for (at, c) in DESIGN.char_indices() {
        match (is_token(c), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                tokens.push((from, at));
                start = None;
            }
            _ => {}
        }
    }
    tokens
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Several words replaced at once.
    #[test]
    fn any_words_are_told_well(changes in prop::collection::vec((0..10_000_usize, 0..WORDS.len()), 1..4)) {
        let tokens = tokens();
        let mut text = DESIGN.to_owned();
        let mut changes: Vec<_> = changes.into_iter().map(|(at, word)| (tokens[at % tokens.len()], WORDS[word])).collect();
        changes.sort_unstable();
        for ((from, to), word) in changes.into_iter().rev() {
            if text.is_char_boundary(from) && to <= text.len() {
                text.replace_range(from..to, word);
            }
        }
        let (_, sources, problems) = read(text.as_bytes(), &Limits::default());
        assert_told_well(&sources, &problems, text.as_bytes());
    }

    /// Any bytes in any places.
    #[test]
    fn any_bytes_are_told_well(changes in prop::collection::vec((0..DESIGN.len(), any::<u8>(), 0..3_u8), 1..6)) {
        let mut bytes = DESIGN.as_bytes().to_vec();
        for (at, byte, how) in changes {
            let at = at.min(bytes.len().saturating_sub(1));
            match how {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => drop(bytes.remove(at)),
            }
        }
        let (_, sources, problems) = read(&bytes, &Limits::default());
        assert_told_well(&sources, &problems, &bytes);
    }

    /// A design is what its entries say, in whatever order.
    #[test]
    fn order_of_keys_means_nothing(keys in prop::collection::vec(any::<u32>(), 64)) {
        let mut keys = keys.into_iter().cycle();
        let value: serde_json::Value = serde_yaml::from_str(DESIGN).unwrap();
        let shuffled = serde_yaml::to_string(&shuffle(value, &mut keys)).unwrap();
        let (plain, _, none) = read(DESIGN.as_bytes(), &Limits::default());
        let (other, _, problems) = read(shuffled.as_bytes(), &Limits::default());
        prop_assert_eq!(none, []);
        prop_assert_eq!(problems, []);
        prop_assert_eq!(facts(&plain.unwrap()), facts(&other.unwrap()));
    }
}

fn shuffle(value: serde_json::Value, keys: &mut dyn Iterator<Item = u32>) -> serde_json::Value {
    match value {
        serde_json::Value::Object(entries) => {
            let mut entries: Vec<_> =
                entries.into_iter().map(|(key, value)| (keys.next(), key, shuffle(value, keys))).collect();
            entries.sort_by_key(|(at, ..)| *at);
            entries.into_iter().map(|(_, key, value)| (key, value)).collect()
        }
        serde_json::Value::Array(items) => items.into_iter().map(|item| shuffle(item, keys)).collect(),
        scalar => scalar,
    }
}

/// One value after the other is replaced by something that cannot be right: one error there, and nothing else changes
/// but that fact and what is derived from it.
#[test]
fn a_mistake_costs_one_fact() {
    let (plain, ..) = read(DESIGN.as_bytes(), &Limits::default());
    let whole = facts(&plain.unwrap());
    let mut tried = 0;
    for (from, to) in tokens() {
        // Values of keys, not items of lists: `key: value`.
        let is_value = DESIGN[..from].ends_with(": ") && !DESIGN[to..].starts_with(':');
        if !is_value {
            continue;
        }
        let text = format!("{}[[garbage]]{}", &DESIGN[..from], &DESIGN[to..]);
        let (design, sources, problems) = read(text.as_bytes(), &Limits::default());
        let line = DESIGN[..from].lines().last().unwrap_or_default();
        let told: Vec<String> = problems
            .iter()
            .map(|problem| format!("{} {}", sources.place(problem.primary()), problem.message))
            .collect();
        assert_eq!(told.len(), 1, "{line}[[garbage]]: {told:#?}");
        assert_eq!(problems[0].severity, ProblemSeverity::Error);
        let left = facts(&design.expect("the rest is read"));
        let changed: Vec<&String> =
            whole.iter().filter(|(name, value)| left.get(*name) != Some(value)).map(|(name, _)| name).collect();
        let key = line.trim_end_matches(": ").rsplit([' ', '{', ',']).next().unwrap_or_default();
        for name in &changed {
            // What a default or the technology says instead, and what follows from it, belongs to the same fact.
            let follows = name.contains(key)
                || key == "tech"
                || key == "kind"
                || key == "calls"
                || name.starts_with("component ")
                || name.starts_with("dependency ")
                || (key == "critical" && name.starts_with("flow "))
                || (matches!(key, "min" | "max") && name.ends_with(".replicas"))
                || (key == "redis" && name.contains("api->redis"));
            assert!(follows, "{line}[[garbage]] changes {name}");
        }
        assert!(left.keys().filter(|name| !whole.contains_key(*name)).all(|name| name.contains('.')), "{line}");
        tried += 1;
    }
    assert!(tried > 50, "only {tried}");
}

/// A mistake inside a component leaves the others, and their names, as they were.
#[test]
fn an_unreadable_component_is_still_there() {
    for name in ["lb", "postgres", "redis", "stripe", "ses"] {
        let line = DESIGN.lines().find(|line| line.starts_with(&format!("  {name}:"))).unwrap();
        let text = DESIGN.replace(line, &format!("  {name}: nonsense"));
        let (design, sources, problems) = read(text.as_bytes(), &Limits::default());
        let told: Vec<&str> = problems.iter().map(|problem| problem.message.as_str()).collect();
        assert_eq!(told.len(), 1, "{told:#?}");
        assert_eq!(sources.text(problems[0].primary()), "nonsense");
        assert!(design.unwrap().find_component(name).is_some());
    }
}

#[test]
fn every_limit_names_its_flag() {
    let bomb = "a: &a [1, 2, 3]\nb: &b [*a, *a, *a]\nc: [*b, *b, *b]\ncomponents: {api: {}}\n";
    let cases: [(&str, Limits, &str); 4] = [
        (DESIGN, Limits { file_bytes: 100, ..Limits::default() }, "--max-file-size"),
        (DESIGN, Limits { depth: 3, ..Limits::default() }, "--max-depth"),
        (bomb, Limits { alias_expansions: 5, ..Limits::default() }, "--max-alias-expansions"),
        (DESIGN, Limits { components: 7, ..Limits::default() }, "--max-components"),
    ];
    for (text, limits, flag) in cases {
        let (_, _, problems) = read(text.as_bytes(), &limits);
        let names_it = |problem: &Problem| problem.help.as_deref().is_some_and(|help| help.contains(flag));
        assert!(problems.iter().any(names_it), "{flag}: {problems:#?}");
    }
    let (design, _, problems) = read(DESIGN.as_bytes(), &Limits { components: 8, ..Limits::default() });
    assert_eq!(problems, []);
    assert_eq!(design.unwrap().components.len(), 8);
}

#[test]
fn a_file_of_mistakes_is_given_up_in_few_words() {
    let mut text = "components:\n".to_owned();
    for at in 0..3_000 {
        let _ = writeln!(text, "  c{at}: {{nonsense: 1, uses: [nobody]}}");
    }
    let (_, sources, problems) = read(text.as_bytes(), &Limits::default());
    assert!(!problems.is_empty() && problems.len() <= 1_001, "{} problems", problems.len());
    assert_told_well(&sources, &problems, text.as_bytes());
}
